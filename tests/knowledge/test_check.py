"""The check is tested on what it must accept and what it must refuse: one pair of files for each fault."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from hoofbeat.knowledge.check import CheckReport, check_folders, check_knowledge
from hoofbeat.knowledge.consistency import consistency_issues
from hoofbeat.knowledge.context import Group
from hoofbeat.knowledge.evidence import Assumption, Frequency
from hoofbeat.knowledge.files import read_folders

FIXTURES = Path(__file__).parent / "fixtures"
PAIRS = [
    pytest.param(pair, id=f"{path.stem}-{number}")
    for path in sorted((FIXTURES / "faults").glob("*.yaml"))
    for number, pair in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")))
]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return Path(shutil.copytree(FIXTURES / "sound", tmp_path / "models"))


def check_with(models: Path, file: str, text: str) -> CheckReport:
    (models / file).write_text(text, encoding="utf-8")
    return check_folders([models])


def test_sound_models_pass_without_a_word(models: Path) -> None:
    report = check_folders([models])
    assert report.passed
    assert report.issues == ()


@pytest.mark.parametrize("pair", PAIRS)
def test_accepts_what_is_right(models: Path, pair: dict[str, Any]) -> None:
    assert check_with(models, pair["file"], pair["right"]).issues == ()


@pytest.mark.parametrize("pair", PAIRS)
def test_refuses_what_is_wrong(models: Path, pair: dict[str, Any]) -> None:
    report = check_with(models, pair["file"], pair["wrong"])
    found = [i for i in report.issues if i.category == pair["category"] and i.where.endswith(pair["where"])]
    assert found, report.issues
    assert found[0].level == pair["level"]
    assert found[0].remedy
    assert report.passed == (pair["level"] == "warning")


def test_every_pair_tests_one_fault_only(models: Path) -> None:
    report = check_with(models, "diseases/paleskin/disease.yaml", "id: hoofbeat:paleskin\nmale: 0.5\n")
    assert {i.category for i in report.issues} == {"bare-number", "missing-field"}


def test_a_source_cited_nowhere_is_a_warning(models: Path) -> None:
    shutil.copy(FIXTURES / "added" / "sources" / "reader_2020.yaml", models / "sources")
    report = check_folders([models])
    assert report.passed
    assert [i.category for i in report.issues] == ["unused-source"]


def test_a_file_that_is_not_read_is_said_to_be_so(models: Path) -> None:
    (models / "diseases" / "paleskin" / "finding.yaml").write_text("findings: []\n", encoding="utf-8")
    assert [i.category for i in check_folders([models]).issues] == ["unknown-file"]


def test_faults_of_several_files_are_reported_together(models: Path) -> None:
    for slug in ("redskin", "paleskin"):
        (models / "diseases" / slug / "findings.yaml").write_text("findings: 3\n", encoding="utf-8")
    wheres = {i.where for i in check_folders([models]).issues if i.category == "wrong-type"}
    assert {where.split("/")[-2] for where in wheres} == {"redskin", "paleskin"}


def test_a_folder_without_models_is_refused(tmp_path: Path) -> None:
    assert [i.category for i in check_folders([tmp_path]).issues] == ["no-models"]


def test_numbers_are_counted_by_kind(models: Path) -> None:
    assert check_folders([models]).numbers == {"counted": 5, "reported": 4, "assumption": 5}


def test_statements_are_followed_to_their_places(models: Path) -> None:
    report = check_folders([models])
    assert report.statements == {
        "T1": ("redskin/disease.yaml notes[0]",),
        "T2": ("redskin/findings.yaml findings[1]",),
    }
    assert (report.statements_total, report.statements_covered) == (2, 2)


def test_a_report_is_plain_data(models: Path) -> None:
    data = check_folders([models]).as_json()
    assert data["passed"] is True
    assert data["diseases"] == 2


def test_models_already_read_are_checked_as_well(models: Path) -> None:
    knowledge, _ = read_folders([models])
    assert check_knowledge(knowledge).passed


def test_base_rates_respect_the_ontology_as_well(models: Path) -> None:
    row = (
        "rows: [{ages: [0, 120], sex: all, rate: {assumption: {low: %s, high: %s, why: made up for tests}}}]"
    )
    whole = "- {finding: HP:0000969, name: Oedema, " + row % (0.1, 0.2) + "}\n"
    part = "- {finding: HP:0010741, name: Swollen feet, " + row
    right = check_with(models, "base_rates.yaml", whole + part % (0.05, 0.2) + "}\n")
    wrong = check_with(models, "base_rates.yaml", whole + part % (0.5, 0.7) + "}\n")
    assert right.issues == ()
    assert [i.category for i in wrong.issues] == ["contradicts-ancestor"]


def test_what_all_diseases_share_is_checked_for_its_terms(models: Path) -> None:
    knowledge, _ = read_folders([models])
    why = "made up for tests"
    strength = Frequency(assumption=Assumption(low=0.1, high=0.2, why=why))
    group = Group(id="wasting", name="Wasting", strength=strength, terms=("HP:0001824", "HP:9999999"))
    issues = list(consistency_issues(knowledge, [("groups.yaml wasting", group)]))
    assert [(i.category, i.where) for i in issues] == [("unknown-term", "groups.yaml wasting")]
