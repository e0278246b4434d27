"""What README, the documents and the Makefile say is so."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import typer

from hoofbeat.apps.cli import application, main

ROOT = Path(__file__).parents[2]
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")
WORDS = sorted(set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE)))


def _name(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(scope="module")
def bare_make() -> str:
    if shutil.which("make") is None:
        pytest.skip("make is not installed")
    outside = {k: v for k, v in os.environ.items() if k not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    return subprocess.run(["make"], cwd=ROOT, env=outside, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("word", WORDS)
def test_bare_make_lists_every_word_with_what_it_does(bare_make: str, word: str) -> None:
    assert re.search(rf"^ +make {word} +\w", bare_make, re.MULTILINE)


def test_bare_make_lists_nothing_else(bare_make: str) -> None:
    assert sorted(re.findall(r"^ +make (\w+) ", bare_make, re.MULTILINE)) == WORDS


def test_no_word_of_make_is_taken_for_a_file() -> None:
    phony = " ".join(re.findall(r"^\.PHONY: (.*)$", MAKEFILE, re.MULTILINE)).split()
    assert set(WORDS) <= set(phony)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_page_names_only_words_of_make_that_exist(page: Path) -> None:
    said = re.findall(r"(?:^|`)make ([a-z]+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert set(said) <= set(WORDS)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_a_page_names_only_commands_that_exist(page: Path) -> None:
    said = re.findall(r"(?:^|`|/|\s)hoofbeat ([a-z]+)(?: [^`\n]*)?(?:`|$)", _typed(page), re.MULTILINE)
    commands = typer.main.get_command(application()).commands
    assert set(said) <= set(commands)


@pytest.mark.parametrize("page", PAGES, ids=_name)
def test_links_between_pages_lead_somewhere(page: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)[^)]*\)", page.read_text(encoding="utf-8"))
    inside = [link for link in links if "://" not in link]
    assert [link for link in inside if not (page.parent / link).exists()] == []


def test_readme_shows_every_room() -> None:
    rooms = [p.name for p in (ROOT / "src/hoofbeat").iterdir() if (p / "__init__.py").exists()]
    assert [room for room in rooms if f"| `{room}/` |" not in README] == []


def test_readme_and_intended_use_say_that_it_is_no_medical_device() -> None:
    use = (ROOT / "INTENDED_USE.md").read_text(encoding="utf-8")
    for text in (README, use):
        assert "not cleared or certified as a medical device" in text.lower()


def test_the_library_example_in_readme_runs(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    (example,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    exec(compile(example, "README.md", "exec"), {})  # noqa: S102 (our own page)
    assert len(capsys.readouterr().out.splitlines()) == 3


def test_the_first_result_in_readme_is_what_the_program_says(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    shown = README.split("<!-- first-result -->")[1].split("<!-- /first-result -->")[0]
    for block in re.findall(r"```\n\$ hoofbeat (.*?)```", shown, re.DOTALL):
        typed, *lines = block.splitlines()
        monkeypatch.setattr("sys.argv", ["hoofbeat", *typed.split()])
        with pytest.raises(SystemExit):
            main()
        said = capsys.readouterr().out.splitlines()
        assert [line for line in lines if line.strip() not in ("", "...") and line not in said] == []


def test_every_environment_variable_is_described() -> None:
    page = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
    sources = (ROOT / "src").rglob("*.py")
    used = {name for p in sources for name in re.findall(r"HOOFBEAT_[A-Z]+", p.read_text(encoding="utf-8"))}
    assert sorted(name for name in used if f"| `{name}` |" not in page) == []


def _typed(page: Path) -> str:
    """Return what a page shows as typed: its code blocks and its code words."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```\n(.*?)```", text, re.DOTALL)
    words = re.findall(r"`[^`\n]+`", re.sub(r"```.*?```", "", text, flags=re.DOTALL))
    return "\n".join([*blocks, *words])
