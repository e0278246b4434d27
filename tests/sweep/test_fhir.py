"""FHIR in bulk: what holds is read, what is refuted or broken is left out and counted."""

from __future__ import annotations

import gzip
import json

import pytest

from hoofbeat.errors import InputError
from hoofbeat.sweep import Place, prepare, sweep

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"
ICD10 = "http://hl7.org/fhir/sid/icd-10-cm"


def coded(system, code):
    return {"coding": [{"system": "urn:other", "code": "x"}, {"system": system, "code": code}]}


@pytest.fixture
def bulk(tmp_path):
    """Three patients; each way to refer to a patient, plain and packed files."""
    folder = tmp_path / "bulk"
    folder.mkdir()
    patients = [
        {"resourceType": "Patient", "id": f"p{n}", "gender": "female", "birthDate": birth}
        for n, birth in enumerate(("1960-05-05", "1960", "1961-02"), 1)
    ]
    eczema = coded(SNOMED, "43116000")
    conditions = [
        condition("c1", "Patient/p1", eczema, "2015-01-01T10:00:00Z"),
        condition("c2", "urn:uuid:p2", eczema, "2015", status="refuted"),
        condition("c3", "https://example.org/fhir/Patient/p3", eczema, "2015-03"),
        condition("c4", "Patient/p3", coded("http://hl7.org/fhir/sid/icd-10-cm", "R63.4"), "2015-04-01"),
    ]
    observations = [
        observation("o1", "Patient/p1", "718-7", 10.1, "g/dL"),
        observation("o2", "Patient/p2", "718-7", 10.1, "g/dL", status="entered-in-error"),
        {
            "resourceType": "Observation",
            "id": "o3",
            "status": "final",
            "code": coded(LOINC, "85353-1"),
            "subject": {"reference": "Patient/p2"},
            "effectiveDateTime": "2015-05-01",
            "component": [
                {"code": coded(LOINC, "1751-7"), "valueQuantity": {"value": 28, "unit": "g/L", "code": "g/L"}}
            ],
        },
    ]
    (folder / "Patient.ndjson").write_text("".join(json.dumps(p) + "\n" for p in patients))
    with gzip.open(folder / "1.Condition.ndjson.gz", "wt") as file:
        file.writelines(json.dumps(c) + "\n" for c in conditions)
    text = "".join(json.dumps(o) + "\n" for o in observations)
    (folder / "Observation_2.ndjson").write_text(text + '{"resourceType": "Observation", "id": "cut", "sta')
    return folder


def condition(name, subject, code, onset, *, status="confirmed"):
    return {
        "resourceType": "Condition",
        "id": name,
        "code": code,
        "subject": {"reference": subject},
        "onsetDateTime": onset,
        "verificationStatus": {"coding": [{"code": status}]},
    }


def observation(name, subject, code, value, unit, *, status="final"):
    return {
        "resourceType": "Observation",
        "id": name,
        "status": status,
        "code": coded(LOINC, code),
        "subject": {"reference": subject},
        "effectiveDateTime": "2015-05-01",
        "valueQuantity": {"value": value, "code": unit},
    }


def test_patients_are_found_with_the_names_of_their_resources(bulk, tmp_path):
    result = sweep("glucagonoma", Place(fhir=bulk, threads=2), tmp_path / "out", top=10, chances=False)
    by_patient = {
        p.record_id: {e.finding for e in result.evidence if e.rank == p.rank} for p in result.people
    }
    assert by_patient["p1"] >= {"HP:0000964", "HP:0001903"}
    assert by_patient["p2"] == {"age", "sex", "form", "HP:0003073"}
    assert by_patient["p3"] >= {"HP:0000964", "HP:0001824"}
    assert {e.record_id for e in result.evidence if e.table} == {"c1", "c3", "c4", "o1", "o3"}


def test_refuted_entries_and_broken_lines_are_counted(bulk, tmp_path):
    result = sweep("glucagonoma", Place(fhir=bulk, threads=2), tmp_path / "out", chances=False)
    assert result.manifest["dropped"] == {
        "entries refuted, one of several possible, cancelled or entered in error": 2,
        "lines that are no JSON": 1,
    }
    assert result.problems == {"lines that are no JSON": 1}


def test_ids_are_the_same_in_every_run(bulk, tmp_path):
    first, second = (
        sweep("glucagonoma", Place(fhir=bulk, threads=2), tmp_path / out, chances=False) for out in ("a", "b")
    )
    assert first.people == second.people
    assert first.evidence == second.evidence


def test_a_folder_without_patients_is_refused(bulk, tmp_path):
    (bulk / "Patient.ndjson").unlink()
    with pytest.raises(InputError, match="no file of patients"):
        sweep("glucagonoma", Place(fhir=bulk), tmp_path / "out")


def test_a_patient_exported_twice_is_one_person(bulk, tmp_path):
    (bulk / "Patient_again.ndjson").write_text((bulk / "Patient.ndjson").read_text())
    result = sweep("glucagonoma", Place(fhir=bulk, threads=2), tmp_path / "out", top=10, chances=False)
    assert result.manifest["counts"]["people"] == 3
    assert len(result.people) == 3


def test_an_index_of_resources_keeps_their_names(bulk, tmp_path):
    prepare(Place(fhir=bulk, threads=2), tmp_path / "index")
    found = sweep("glucagonoma", Place(index=tmp_path / "index"), tmp_path / "by", top=10, chances=False)
    raw = sweep("glucagonoma", Place(fhir=bulk), tmp_path / "raw", top=10, chances=False)
    assert found.people == raw.people
    assert found.evidence == raw.evidence
    assert found.problems == raw.problems == {"lines that are no JSON": 1}


@pytest.fixture
def one(tmp_path):
    """Sweep one patient with three rashes and what else is given, by the name of the file."""

    def run(**files):
        folder = tmp_path / "one"
        folder.mkdir()
        rash = [
            condition(f"r{n}", "Patient/p1", coded(ICD10, "L30.9"), day)
            for n, day in enumerate(("2019-01-10", "2019-03-10", "2019-06-20"))
        ]
        patient = {"resourceType": "Patient", "id": "p1", "gender": "female", "birthDate": "1960-05-05"}
        files = {**files, "Patient": [patient, *files.get("Patient", [])]}
        files["Condition"] = rash + files.get("Condition", [])
        for name, lines in files.items():
            text = (line if isinstance(line, str) else json.dumps(line) for line in lines)
            (folder / f"{name}.ndjson").write_text("".join(f"{line}\n" for line in text))
        return sweep("glucagonoma", Place(fhir=folder, threads=2), tmp_path / "out", chances=False)

    return run


def answered(name, code="89362005", **answer):
    return {
        "resourceType": "Observation",
        "id": name,
        "code": coded(SNOMED, code),
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2019-05-05",
        **answer,
    }


NO = {"valueCodeableConcept": {"coding": [{"system": SNOMED, "code": "373067005"}]}}


@pytest.mark.parametrize(
    "answer",
    [
        {"valueBoolean": False},
        {"valueString": " No "},
        {"valueCodeableConcept": {"text": "negative"}},
        {"valueCodeableConcept": {"coding": [{"code": "N"}], "text": "Nein"}},
        {"dataAbsentReason": {"coding": [{"code": "not-asked"}]}},
        NO,
    ],
)
def test_an_answer_of_no_is_no_finding(one, answer):
    result = one(Observation=[answered("o1", **answer)])
    assert "Weight loss" not in {r.name for r in result.evidence}


def test_an_answer_of_yes_and_none_at_all_are_findings(one):
    result = one(Observation=[answered("o1", valueBoolean=True), answered("o2", "267024001")])
    told = {r.record_id for r in result.evidence if r.name == "Weight loss"}
    assert told == {"o1", "o2"}


def test_a_component_may_be_answered_with_no(one):
    parts = {"component": [{"code": coded(SNOMED, "89362005"), **NO}]}
    assert "Weight loss" not in {r.name for r in one(Observation=[answered("o1", "1", **parts)]).evidence}


def test_a_possible_tumour_sets_nobody_aside_and_a_known_one_does(one):
    tumour = [condition("t", "Patient/p1", coded(ICD10, "C25.9"), "2019-07-01", status="differential")]
    assert len(one(Condition=tumour).people) == 1


@pytest.mark.parametrize("code", [f"C25.{n}" for n in (0, 1, 2, 3, 4, 7, 8, 9)])
def test_every_known_cancer_of_the_pancreas_sets_aside(one, code):
    assert not one(Condition=[condition("t", "Patient/p1", coded(ICD10, code), "2019-07-01")]).people


def test_lines_cut_short_are_counted_whatever_their_kind(one):
    result = one(Patient=['{"resourceType": "Patient", "id": "p2", "gen'], Encounter=['{"resourceType"'])
    assert result.problems == {"lines that are no JSON": 2}


def test_codes_of_another_system_are_counted_by_its_name(one):
    lines = [
        condition("a", "Patient/p1", {"coding": [{"system": "urn:german", "code": "L30.9"}]}, "2019-01-01"),
        condition("b", "Patient/p1", {"coding": [{"code": "L30.9"}]}, "2019-01-01"),
        condition("c", "Patient/p1", {"text": "itch"}, "2019-01-01"),
    ]
    assert one(Condition=lines).problems == {
        "lines coded in urn:german, which is not read": 1,
        "lines without a code": 2,
    }


def test_a_system_may_be_named_by_its_number(one):
    code = {"coding": [{"system": "urn:oid:2.16.840.1.113883.6.90", "code": "R63.4"}]}
    result = one(Condition=[condition("w", "Patient/p1", code, "2019-05-01")])
    assert "Weight loss" in {r.name for r in result.evidence}
    assert not result.problems


@pytest.mark.parametrize("day", ["2205-01-01", "0001-01-01"])
def test_a_day_that_cannot_be_stretches_nobodys_observation(one, day):
    """Type 2 diabetes is new only after a year without it, and only if somebody was looking then."""
    diabetes = condition("d", "Patient/p1", coded(SNOMED, "44054006"), "2018-12-01")
    result = one(Condition=[diabetes, condition("x", "Patient/p1", coded(SNOMED, "38341003"), day)])
    assert [p.as_of for p in result.people] == ["2019-06-20"]
    assert "Diabetes, type 2 or other" not in {r.name for r in result.evidence}
    assert result.problems == ({"lines dated in the future": 1} if day > "2020" else {})


def test_dates_moved_into_the_future_on_purpose_stay(one):
    late = [condition(f"x{n}", "Patient/p1", coded(ICD10, "L30.9"), f"2205-0{n}-01") for n in range(1, 6)]
    assert [p.as_of for p in one(Condition=late).people] == ["2205-05-01"]


@pytest.mark.parametrize("where", ["file", "contained"])
def test_a_drug_may_be_named_elsewhere(one, where):
    drug = {"resourceType": "Medication", "id": "x", "code": coded("http://www.whocc.no/atc", "D07AC01")}
    given = [
        {
            "resourceType": "MedicationRequest",
            "id": f"m{month}",
            "subject": {"reference": "Patient/p1"},
            "authoredOn": f"2019-0{month}-11",
            "medicationReference": {"reference": "Medication/x" if where == "file" else "#x"},
            **({"contained": [drug]} if where == "contained" else {}),
        }
        for month in (1, 2, 3)
    ]
    result = one(MedicationRequest=given, **({"Medication": [drug]} if where == "file" else {}))
    assert {r.record_id for r in result.evidence if r.table == "drug_exposure"} == {"m1", "m2", "m3"}
    assert not result.problems
