"""hoofbeat pathway: one command from suspicion to follow-up."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from hoofbeat.pathways.load import SHIPPED

TREATED = """
id: treated
age: 58
findings:
- {is: necrolytic migratory erythema, since: 3 months}
- glucagonoma
measurements:
- {test: glucagon, value: 1240, unit: pg/mL, date: 2024-01-10}
treatments:
- {name: distal pancreatectomy, response: complete, date: 2024-02-20}
"""


@pytest.fixture
def treated(tmp_path: Path) -> Path:
    path = tmp_path / "treated.yaml"
    path.write_text(TREATED, encoding="utf-8")
    return path


def test_it_says_where_the_case_is_and_what_to_consider(hoofbeat, patient: Path) -> None:
    answer = hoofbeat("pathway", patient)
    assert (answer.code, answer.err) == (0, "")
    assert "here: Skin biopsy" in answer.out
    assert "rule E2" in answer.out
    assert "consider a fasting glucagon" in answer.out
    assert answer.out.rstrip().endswith("for research and education.")


def test_json_is_one_line_a_case_and_says_the_same(hoofbeat, patient: Path) -> None:
    answer = hoofbeat("pathway", patient, "--json")
    found = json.loads(answer.out)
    assert len(answer.out.splitlines()) == 1
    assert (found["here"]["id"], found["disease"]) == ("biopsy", "glucagonoma")
    assert found["timeline"]["delay"]["to_visit"] > 900


def test_the_ranking_is_asked_where_a_setting_is_known(hoofbeat, patient: Path) -> None:
    found = json.loads(hoofbeat("pathway", patient, "--json", "--setting", "dermatology").out)
    assert 0 < found["chance"] < 1
    assert json.loads(hoofbeat("pathway", patient, "--json").out)["chance"] is None


def test_numbers_off_leaves_order_reasons_and_sources(hoofbeat, treated: Path) -> None:
    words = ("pathway", treated, "--visit", "2026-03-01")
    on, off = hoofbeat(*words), hoofbeat(*words, "--numbers", "off")
    assert "85–99 %" not in off.out
    assert "40–90 %" not in off.out
    assert "tolliver_2018" in off.out
    assert "here: Recurrence" in on.out
    assert "here: Recurrence" in off.out
    plain = hoofbeat("pathway", treated, "--json", "--numbers", "off", "--setting", "dermatology").out
    assert '"share"' not in plain
    assert '"chance"' not in plain


def test_the_visit_dates_the_schedule(hoofbeat, treated: Path) -> None:
    answer = hoofbeat("pathway", treated, "--visit", "2024-03-01")
    assert "upcoming: fasting glucagon, after distal pancreatectomy, between 2024-03-12 and 2024-03-26" in (
        " ".join(answer.out.split())
    )


def test_facts_are_told(hoofbeat, treated: Path, tmp_path: Path) -> None:
    untreated = tmp_path / "untreated.yaml"
    untreated.write_text(TREATED.split("treatments:", maxsplit=1)[0], encoding="utf-8")
    told = ("--given", "spread=metastatic", "--given", "sstr=positive")
    found = json.loads(hoofbeat("pathway", untreated, "--json", *told).out)
    assert found["here"]["id"] == "treat"
    assert {o["id"]: o["state"] for o in found["options"]}["prrt"] == "applies"


def test_another_pathway_can_be_asked(hoofbeat, patient: Path) -> None:
    answer = hoofbeat("pathway", patient, "--disease", "pseudoglucagonoma")
    assert answer.code == 0
    assert "not to be used yet" in answer.out


def test_fhir_and_mermaid_need_no_case(hoofbeat) -> None:
    plan = json.loads(hoofbeat("pathway", "--to", "fhir").out)
    assert plan["resourceType"] == "PlanDefinition"
    assert hoofbeat("pathway", "--to", "mermaid").out.startswith("flowchart TD")


def test_mermaid_of_a_case_marks_it(hoofbeat, patient: Path) -> None:
    assert "class biopsy here" in hoofbeat("pathway", patient, "--to", "mermaid").out


@pytest.mark.parametrize(
    "words",
    [
        ("--to", "pdf"),
        ("--given", "spread"),
        ("--given", "spread=far"),
        ("--given", "luck=good"),
        ("--visit", "soon"),
        ("--numbers", "maybe"),
    ],
)
def test_misuse_is_said_with_a_remedy(hoofbeat, patient: Path, words: tuple[str, str]) -> None:
    answer = hoofbeat("pathway", patient, *words)
    assert answer.code == 2
    assert answer.err.startswith("error: ")
    assert "Try: " in answer.err


def test_a_disease_without_a_pathway_is_said(hoofbeat, patient: Path) -> None:
    answer = hoofbeat("pathway", patient, "--disease", "tinea")
    assert answer.code == 3
    assert "glucagonoma" in answer.err


def test_a_case_with_a_fault_is_walked_without_it_and_the_fault_told(hoofbeat, tmp_path: Path) -> None:
    path = tmp_path / "units.yaml"
    path.write_text(TREATED.replace("unit: pg/mL", "unit: g/L"), encoding="utf-8")
    answer = hoofbeat("pathway", path)
    assert answer.code == 4
    assert "glucagon 1240 g/L is impossible" in " ".join(answer.out.split())
    assert "Try: check the unit" in answer.out
    assert answer.err == ""


def test_a_file_that_is_no_case_is_refused(hoofbeat, tmp_path: Path) -> None:
    path = tmp_path / "list.yaml"
    path.write_text("- 1\n", encoding="utf-8")
    answer = hoofbeat("pathway", path)
    assert answer.code == 3
    assert answer.err.startswith("error: ")


def test_check_covers_the_pathways(hoofbeat) -> None:
    answer = hoofbeat("check")
    assert answer.code == 0
    assert "2 pathways: " in answer.out
    assert json.loads(hoofbeat("check", "--json").out)["pathways"]["passed"] is True


def test_check_refuses_an_added_pathway_with_a_fault(hoofbeat, tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    place = mine / "diseases" / "blueskin"
    fixtures = Path(__file__).parents[1] / "knowledge" / "fixtures" / "added"
    shutil.copytree(fixtures, mine)
    text = (SHIPPED / "diseases" / "glucagonoma" / "pathway.yaml").read_text(encoding="utf-8")
    (place / "pathway.yaml").write_text(text.replace("start: suspect", "start: nowhere"), encoding="utf-8")
    answer = hoofbeat("check", mine)
    assert answer.code == 3
    assert "branch-to-nowhere" not in answer.out
    assert "'nowhere', no stage and no end" in answer.err
