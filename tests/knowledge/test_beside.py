"""Files beside the models: found where models are found, each fault with its place and a remedy."""

from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from hoofbeat.knowledge import SHIPPED, folders_with, read_beside, shown


class Walk(BaseModel):
    model_config = ConfigDict(extra="forbid")

    steps: list[str] = []
    days: str = "1"


@pytest.mark.parametrize(
    ("text", "category", "line"),
    [
        ("steps: [a]\nsteps: [b]\n", "yaml", 2),
        ("steps: [a]\ndays: [\n", "yaml", 3),
        ("steps:\n- a\n- {b: c}\n", "walk-string-type", 3),
        ("steps: [a]\nshoes: brown\n", "walk-extra-forbidden", 2),
        ("steps: [a]\ndays: 3\n", "bare-number", 2),
    ],
)
def test_a_fault_names_its_line(tmp_path: Path, text: str, category: str, line: int) -> None:
    path = tmp_path / "walk.yaml"
    path.write_text(text, encoding="utf-8")
    found, issues = read_beside(path, Walk, form="walk", bare="say who counted")
    assert found is None
    assert [(issue.category, issue.where) for issue in issues] == [(category, f"{path}, line {line}")]
    assert issues[0].remedy


def test_a_number_is_no_special_fault_where_the_form_may_hold_numbers(tmp_path: Path) -> None:
    path = tmp_path / "walk.yaml"
    path.write_text("days: 3\n", encoding="utf-8")
    assert [issue.category for issue in read_beside(path, Walk, form="walk")[1]] == ["walk-string-type"]


def test_a_file_that_is_not_there_or_no_text_is_one_fault(tmp_path: Path) -> None:
    _, issues = read_beside(tmp_path / "walk.yaml", Walk, form="walk", absent="every ride needs a walk")
    assert [(issue.category, issue.remedy) for issue in issues] == [("no-file", "every ride needs a walk")]
    (tmp_path / "walk.yaml").write_bytes(b"days: \xff")
    assert [i.category for i in read_beside(tmp_path / "walk.yaml", Walk, form="walk")[1]] == ["unreadable"]


def test_an_empty_file_is_an_empty_form(tmp_path: Path) -> None:
    path = tmp_path / "walk.yaml"
    path.write_text("# nothing yet\n", encoding="utf-8")
    assert read_beside(path, Walk, form="walk") == (Walk(), [])


def test_added_folders_come_before_shipped_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    named, given = tmp_path / "named", tmp_path / "given"
    for models in (named, given):
        (models / "diseases" / "pellagra").mkdir(parents=True)
        (models / "diseases" / "pellagra" / "clinic.yaml").touch()
    monkeypatch.setenv("HOOFBEAT_MODELS", str(named))
    pellagra = [folder for folder in folders_with("clinic.yaml", [given]) if folder.name == "pellagra"]
    assert pellagra == [models / "diseases" / "pellagra" for models in (given, named, SHIPPED)]


def test_a_shipped_file_is_named_within_the_package_and_another_as_it_is(tmp_path: Path) -> None:
    assert shown(SHIPPED / "diseases" / "tinea") == "diseases/tinea"
    assert shown(tmp_path / "tinea") == str(tmp_path / "tinea")
