"""How a site measures before it trusts: planted patients, and looking back at known ones."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from hoofbeat.apps.cli import application
from hoofbeat.cases import Case, Finding, State
from hoofbeat.errors import UsageError
from hoofbeat.sweep import Place, circe, define, look_back, plant, rule

ECZEMA, WEIGHT_LOSS, TUMOUR = 101, 103, 105
ILL = ("HP:0000964", "HP:0001824", "HP:0001903", "HP:0002625", "HP:0000206", "HP:0030318")


def case(name, *terms):
    found = [Finding(term=t) for t in terms] + [Finding(term="HP:0000716", state=State.ABSENT)]
    return Case(id=name, age_years=58, sex="female", findings=tuple(found))


def test_planted_patients_are_found_or_said_not_to_be(made_up, tmp_path):
    cases = [case("ill", *ILL), case("nothing to see", "HP:0012531"), case("none")]
    before = sorted(p.name for p in made_up.iterdir())
    found = plant("glucagonoma", cases, Place(omop=made_up, threads=2), tmp_path, tops=(10, 300))
    by_name = {p.case: p for p in found.planted}
    assert set(by_name) == {"ill", "nothing to see"}  # an absent finding is none
    # deep vein thrombosis was new within observation, so all six are recorded and found
    assert by_name["ill"].told == by_name["ill"].recorded == len(ILL)
    assert 0 < by_name["ill"].rank <= 10
    assert by_name["nothing to see"].recorded == by_name["nothing to see"].rank == 0
    assert dict(found.not_shown) == {"Pain": 1}
    assert [(r.top, r.found, r.of) for r in found.recall] == [(10, 1, 2), (300, 1, 2)]
    assert found.recall[0].low < 0.5 < found.recall[0].high
    assert found.people == 402
    assert sorted(p.name for p in made_up.iterdir()) == before
    assert json.loads((tmp_path / "validation.json").read_text())["people"] == 402


def test_planting_needs_patients_and_files(made_up, tmp_path):
    with pytest.raises(UsageError, match="no patient with findings"):
        plant("glucagonoma", [case("none")], Place(omop=made_up), tmp_path)
    with pytest.raises(UsageError, match="in Parquet"):
        plant("glucagonoma", [case("ill", *ILL)], Place(index=tmp_path), tmp_path)


def test_months_gained_are_counted_from_the_first_list_that_had_somebody(records, tmp_path):
    records.person(1).condition(1, ECZEMA, "2015-06-01").condition(1, TUMOUR, "2018-01-01")
    records.person(2).condition(2, TUMOUR, "2016-01-01")
    records.person(3).condition(3, WEIGHT_LOSS, "2015-01-01")
    dates = [dt.date(2015, 1, 15), dt.date(2016, 1, 1), dt.date(2017, 1, 1), dt.date(2018, 7, 1)]
    found = look_back("glucagonoma", Place(omop=records.write(), threads=2), tmp_path / "out", dates, top=5)
    assert (found.known, found.listed) == (2, 1)
    assert found.gained[0].person_id == 1
    assert found.gained[0].listed == "2016-01-01"
    assert found.months == (24.0, 24.0, 24.0)


def test_a_cohort_for_atlas_has_rash_findings_and_the_diagnosis_to_exclude():
    told = circe(define("glucagonoma"))
    names = [s["name"] for s in told["ConceptSets"]]
    assert names == ["Rash", "Telling findings", "Known Glucagonoma"]
    codes = {i["concept"]["CONCEPT_CODE"] for i in told["ConceptSets"][2]["expression"]["items"]}
    assert "C25.4" in codes
    assert told["AdditionalCriteria"]["CriteriaList"][1]["Occurrence"] == {
        "Type": 0,
        "Count": 0,
        "IsDistinct": False,
    }


def test_the_rule_holds_all_points(tmp_path):
    definition = define("glucagonoma")
    told = json.loads(
        CliRunner().invoke(application(), ["sweep", "export", "glucagonoma", "--as", "rule"]).stdout
    )
    assert told == json.loads(json.dumps(rule(definition)))
    member = definition.members[0]
    assert told["groups"][member.group][0][3][1][1 << member.bit] == int(
        definition.points[member.group][0, 3, 1, 1 << member.bit]
    )
    assert CliRunner().invoke(application(), ["sweep", "export", "glucagonoma", "--as", "cql"]).exit_code != 0
