"""What single pages promise: every option in the reference, examples that the check accepts."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import typer

from hoofbeat.apps.cli import application
from hoofbeat.knowledge import check_knowledge
from hoofbeat.pathways import check_pathways
from hoofbeat.simulation import check_mechanisms

ROOT = Path(__file__).parents[2]
HOW_TO = (ROOT / "docs/how-to/add-a-disease.md").read_text(encoding="utf-8")
REFERENCE = (ROOT / "docs/reference/commands.md").read_text(encoding="utf-8")
# each example stands after the name of its file
FILES = {
    re.findall(r"`((?:sources/)?\w+\.(?:yaml|en\.md))`", before)[-1]: text
    for before, text in re.findall(
        r"(?s)(`.*?)```(?:yaml)?\n(.*?)```", HOW_TO.split("## 2. ")[1].split("### Try")[0]
    )
}


def _commands(command: Any, name: str = "") -> dict[str, Any]:
    below: dict[str, Any] = getattr(command, "commands", {})
    found = {name: command} if name else {}
    for word, sub in below.items():
        found |= _commands(sub, f"{name} {word}".strip())
    return found


COMMANDS = _commands(typer.main.get_command(application()))


@pytest.mark.parametrize("name", COMMANDS)
def test_the_reference_names_every_option_and_no_other(name: str) -> None:
    parts = re.split(r"^## `hoofbeat ([a-z ]+)`\n", REFERENCE, flags=re.MULTILINE)
    said = dict(zip(parts[1::2], parts[2::2], strict=True))[name]
    named = set(re.findall(r"`(--?[a-zA-Z][a-z-]*)", said))
    options = [
        p.opts for p in COMMANDS[name].params if p.param_type_name == "option" and "--help" not in p.opts
    ]
    assert [opts for opts in options if not named & set(opts)] == []
    assert named <= {word for opts in options for word in opts}


def test_the_examples_of_a_new_disease_are_in_order(tmp_path: Path) -> None:
    folder = tmp_path / "diseases" / "blue_skin"
    folder.mkdir(parents=True)
    (tmp_path / "sources").mkdir()
    for name, text in FILES.items():
        (tmp_path / name if "/" in name else folder / name).write_text(text, encoding="utf-8")
    smith = (tmp_path / "sources/smith_2019.yaml").read_text(encoding="utf-8")
    jones = smith.replace("smith_2019", "jones_2003")
    (tmp_path / "sources/jones_2003.yaml").write_text(jones, encoding="utf-8")
    beside = {path.name for path in folder.iterdir()}
    assert {"course.yaml", "pathway.yaml", "treatments.yaml", "mechanism.yaml", "clinic.yaml"} <= beside
    for report in (check_knowledge((tmp_path,)), check_pathways((tmp_path,)), check_mechanisms((tmp_path,))):
        assert [str(issue) for issue in report.issues] == []
