"""FHIR in bulk: what holds is read, what is refuted or broken is left out and counted."""

from __future__ import annotations

import gzip
import json

import pytest

from hoofbeat.errors import InputError
from hoofbeat.sweep import Place, prepare, sweep

SNOMED, LOINC = "http://snomed.info/sct", "http://loinc.org"


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
        "entries refuted, cancelled or entered in error": 2,
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
