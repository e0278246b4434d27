"""What no file of the project may hold: paths of one computer, registries, lock files."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# each is put together here, so that this file does not hold it
HOSTS = [".".join(p) for p in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("debian", "org"))]
FOLDERS = "|".join(["w" + "ork", "t" + "mp", "r" + "oot", "ho" + r"me/\w+", "Us" + r"ers/\w+"])
MACHINE_PATH = re.compile(rf"(?<![\w./-])/(?:{FOLDERS})(?![\w-])")
LOCKS = re.compile(r"(^|/)(\w+\.lock|package-lock\.json|npm-shrinkwrap\.json|pylock.*\.toml)$")


@pytest.fixture(scope="module")
def files() -> list[str]:
    """Tracked files, and new ones that are not ignored."""
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        out = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this copy of the project is not a git repository")
    return sorted(name for name in out.split("\0") if name and (ROOT / name).is_file())


def _lines_with(files: list[str], pattern: re.Pattern[str]) -> list[str]:
    found = []
    for name in files:
        text = (ROOT / name).read_text(encoding="utf-8", errors="replace")
        found += [
            f"{name}:{number}" for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)
        ]
    return found


def test_no_file_holds_a_path_of_one_computer(files: list[str]) -> None:
    assert _lines_with(files, MACHINE_PATH) == []


@pytest.mark.parametrize("text", ["open('/{}/x')", "cd /{}", "`/{}`", "in /{}/main."])
def test_a_path_of_one_computer_is_seen(text: str) -> None:
    assert MACHINE_PATH.search(text.format("w" + "ork"))


@pytest.mark.parametrize("text", ["see /{}-up", "home/{}/x", "a/{}", "/{}book"])
def test_what_only_looks_like_one_is_let_pass(text: str) -> None:
    assert not MACHINE_PATH.search(text.format("w" + "ork"))


def test_no_file_names_a_package_registry(files: list[str]) -> None:
    assert _lines_with(files, re.compile("|".join(map(re.escape, HOSTS)))) == []


def test_no_lock_file(files: list[str]) -> None:
    assert [name for name in files if LOCKS.search(name)] == []
