"""How a site measures before it trusts: planted patients, and looking back at known ones."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from typer.testing import CliRunner

from hoofbeat.apps.cli import application
from hoofbeat.cases import Case, Finding, Measurement, State
from hoofbeat.errors import InputError, UsageError
from hoofbeat.sweep import Place, circe, define, look_back, plant, rule

ECZEMA, WEIGHT_LOSS, TUMOUR, HAEMOGLOBIN, GRAMS = 101, 103, 105, 106, 8713
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


def test_those_diagnosed_before_the_first_list_are_told_apart(records, tmp_path):
    """Two were diagnosed in 2012: a list of 2019 could not have had them."""
    for number, day in ((1, "2020-06-01"), (2, "2012-06-01"), (3, "2012-06-01")):
        records.person(number)
        records.condition(number, ECZEMA, "2019-01-01").condition(number, WEIGHT_LOSS, "2019-03-01")
        records.condition(number, TUMOUR, day)
    dates = [dt.date(2019, 12, 31), dt.date(2020, 12, 31)]
    found = look_back("glucagonoma", Place(omop=records.write(), threads=2), tmp_path / "out", dates)
    assert (found.known, found.listed, found.earlier) == (1, 1, 2)
    assert found.share[0] == 1


def test_records_without_any_unit_can_be_planted_among(records, tmp_path):
    """In a column where nothing stands, some exports have truth values."""
    records.person(1).condition(1, ECZEMA, "2019-01-01").value(1, HAEMOGLOBIN, "2019-01-01", 14.0, GRAMS)
    for row in records.tables["measurement"]:
        row |= {"unit_source_value": True, "measurement_source_value": None}
    low = Measurement(test="haemoglobin", value=9.0, unit="g/dL")
    ill = case("ill", *ILL).model_copy(update={"measurements": (low,)})
    found = plant("glucagonoma", [ill], Place(omop=records.write(whole=True), threads=2), tmp_path / "out")
    assert found.recall[0].found == 1
    assert ",9000,g/dL" in (tmp_path / "out" / "evidence.csv").read_text()


def test_patients_that_cannot_be_read_are_counted(made_up, tmp_path):
    whole = {
        "id": "a",
        "subject": {"id": "a", "sex": "FEMALE", "timeAtLastEncounter": {"age": {"iso8601duration": "P58Y"}}},
        "phenotypicFeatures": [{"type": {"id": t, "label": ""}} for t in ILL],
        "metaData": {"phenopacketSchemaVersion": "2.0"},
    }
    cases = tmp_path / "cases.jsonl"
    cases.write_text(json.dumps(whole) + "\n" + json.dumps(whole)[:60] + "\n")
    command = ["sweep", "plant", str(cases), "--omop", str(made_up), "--out", str(tmp_path / "out")]
    told = CliRunner().invoke(application(), [*command, "--threads", "2"])
    assert told.exit_code == 4
    assert "1 of 2 records could not be used" in told.output


@pytest.fixture
def cohort(records):
    """Records whose vocabulary maps the tumour and has two findings."""
    records.person(1)
    records.tables["concept"] += [
        {"concept_id": 201, "vocabulary_id": "SNOMED", "concept_code": "363418001", "concept_name": "own"},
        {"concept_id": 202, "vocabulary_id": "SNOMED", "concept_code": "999", "concept_name": "kind of it"},
        {"concept_id": 203, "vocabulary_id": "ICD10CM", "concept_code": "K14.0", "concept_name": "Glossitis"},
        {"concept_id": 204, "vocabulary_id": "ICD10CM", "concept_code": "I82.409", "concept_name": "DVT"},
    ]
    records.tables["concept_relationship"] = [
        {"concept_id_1": TUMOUR, "concept_id_2": 201, "relationship_id": "Maps to"}
    ]
    records.tables["concept_ancestor"] = [{"ancestor_concept_id": 201, "descendant_concept_id": 202}]
    return Place(omop=records.condition(1, ECZEMA, "2019-01-01").write(whole=True), threads=2)


def test_a_cohort_for_atlas_has_concepts_and_excludes_at_any_time(cohort):
    told = circe(define("glucagonoma"), cohort)
    sets = {
        s["name"]: {i["concept"]["CONCEPT_ID"] for i in s["expression"]["items"]} for s in told["ConceptSets"]
    }
    assert all(0 not in ids for ids in sets.values())
    assert sets["Known Glucagonoma"] == {TUMOUR, 201, 202}
    assert sets["Rash"] >= {ECZEMA}
    assert sets["Weight loss"] == {WEIGHT_LOSS}
    never = told["AdditionalCriteria"]["CriteriaList"]
    assert [next(iter(c["Criteria"])) for c in never] == ["ConditionOccurrence", "Observation"]
    for criterion in never:
        assert criterion["Occurrence"] == {"Type": 0, "Count": 0, "IsDistinct": False}
        assert criterion["StartWindow"]["Start"] == {"Coeff": -1}
        assert criterion["IgnoreObservationPeriod"]
    (findings,) = told["AdditionalCriteria"]["Groups"]
    assert (findings["Type"], findings["Count"]) == ("AT_LEAST", 2)
    assert len(findings["Groups"]) == len(told["ConceptSets"]) - 2


def test_the_command_gives_the_cohort_of_a_place(cohort):
    command = ["sweep", "export", "glucagonoma", "--as", "circe"]
    told = CliRunner().invoke(application(), [*command, "--omop", str(cohort.omop)])
    assert json.loads(told.stdout) == json.loads(json.dumps(circe(define("glucagonoma"), cohort)))
    assert CliRunner().invoke(application(), command).exit_code != 0


def test_a_cohort_that_would_select_nobody_is_refused(records):
    with pytest.raises(UsageError, match="concepts of a vocabulary"):
        circe(define("glucagonoma"))
    records.tables["concept"] = [
        {"concept_id": 1, "vocabulary_id": "X", "concept_code": "1", "concept_name": ""}
    ]
    folder = records.person(1).condition(1, ECZEMA, "2019-01-01").write(whole=True)
    with pytest.raises(InputError, match="select nobody"):
        circe(define("glucagonoma"), Place(vocabulary=folder, threads=2))


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
