"""FHIR out, held against the R4B models of an independent library."""

from __future__ import annotations

import json

import pytest
from fhir.resources.R4B.bundle import Bundle

from hoofbeat import rank, read_case
from hoofbeat.cases import Case, Finding, Measurement, Treatment
from hoofbeat.reports import to_fhir


@pytest.fixture(scope="module")
def ranking(case: Case):
    return rank(case, setting="dermatology")


def resources(bundle: dict, kind: str) -> list[dict]:
    return [e["resource"] for e in bundle["entry"] if e["resource"]["resourceType"] == kind]


def valid(bundle: dict) -> None:
    """Everything a strict reader wants; and what was read back is what was written."""
    read = Bundle.model_validate(bundle)
    again = json.loads(read.model_dump_json(exclude_none=True))
    assert len(again["entry"]) == len(bundle["entry"])


def test_the_bundle_is_valid_and_its_references_lead_somewhere(ranking, case: Case) -> None:
    bundle = to_fhir(ranking, case)
    valid(bundle)
    addresses = [entry["fullUrl"] for entry in bundle["entry"]]
    assert len(set(addresses)) == len(addresses)
    named = set(_references(bundle))
    assert named <= set(addresses)
    assert len(named) == len(addresses) - 1  # only the impression is named by nothing


def _references(value: object):
    if isinstance(value, dict):
        if isinstance(value.get("reference"), str):
            yield value["reference"]
        for inner in value.values():
            yield from _references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _references(inner)


def test_chances_are_per_cent_in_the_order_of_the_list(ranking, case: Case) -> None:
    (risk,) = resources(to_fhir(ranking, case), "RiskAssessment")
    told = [(p["outcome"]["text"], p["probabilityDecimal"]) for p in risk["prediction"]]
    listed = (*ranking.ranked, *ranking.watch, ranking.none_of_these)
    assert [name for name, _ in told] == [r.name for r in listed]
    for (_, percent), ranked in zip(told, listed, strict=True):
        assert percent == pytest.approx(100 * ranked.chance, rel=1e-4)
    assert "to" in risk["prediction"][0]["rationale"]
    assert sum(percent for _, percent in told) <= 100.001


def test_without_numbers_no_chance_leaves(ranking, case: Case) -> None:
    bundle = to_fhir(ranking, case, numbers=False)
    valid(bundle)
    written = json.dumps(bundle)
    assert "probability" not in written
    assert "of 100" not in written
    assert "million" not in written
    (impression,) = resources(bundle, "ClinicalImpression")
    assert [f["itemCodeableConcept"]["text"] for f in impression["finding"]] == [
        r.name for r in ranking.ranked
    ]


def test_a_disease_bears_the_codes_of_its_catalogues(patient) -> None:
    path = patient.parents[1] / "tests" / "golden" / "patients" / "tumour_with_glucagon.yaml"
    sick = read_case(path)
    bundle = to_fhir(rank(sick, setting="dermatology"), sick)
    (impression,) = resources(bundle, "ClinicalImpression")
    glucagonoma = next(f for f in impression["finding"] if f["itemCodeableConcept"]["text"] == "Glucagonoma")
    codes = {(c["system"], c["code"]) for c in glucagonoma["itemCodeableConcept"]["coding"]}
    assert ("http://www.orpha.net", "97280") in codes
    assert ("http://purl.obolibrary.org/obo/mondo.owl", "MONDO:0019959") in codes
    assert "for: " in glucagonoma["basis"]


def test_absent_is_false_and_not_asked_is_left_out() -> None:
    case = Case(
        id="x",
        sex="other",
        findings=(
            Finding(term="HP:0200041"),
            Finding(term="HP:0001824", state="absent"),
            Finding(term="HP:0000819", state="not_asked"),
        ),
        measurements=(
            Measurement(test="zinc", value=7, unit="µmol/L", low=11, high=18),
            Measurement(test="my own test", value=2, unit=""),
        ),
    )
    bundle = to_fhir(rank(case), case, date="2026-03-14")
    valid(bundle)
    seen = resources(bundle, "Observation")
    assert [o.get("valueBoolean") for o in seen] == [True, False, None, None]
    zinc = seen[2]
    assert zinc["valueQuantity"]["code"] == "umol/L"
    assert zinc["referenceRange"][0]["low"]["value"] == 11
    assert "coding" not in seen[3]["code"]
    assert resources(bundle, "Patient") == [{"resourceType": "Patient", "gender": "other"}]
    assert resources(bundle, "RiskAssessment")[0]["occurrenceDateTime"] == "2026-03-14"


def test_the_same_answer_is_the_same_bundle_and_another_case_has_other_addresses(ranking, case: Case) -> None:
    assert to_fhir(ranking, case) == to_fhir(ranking, case)
    other = to_fhir(ranking, case.model_copy(update={"id": "other"}))
    assert not {e["fullUrl"] for e in other["entry"]} & {
        e["fullUrl"] for e in to_fhir(ranking, case)["entry"]
    }


def test_a_case_without_findings_is_valid_too() -> None:
    empty = Case(id="e\x00")
    bundle = to_fhir(rank(empty), empty)
    valid(bundle)
    assert not resources(bundle, "Observation")


def test_treatments_and_sites_leave_with_the_rest_and_stand_under_what_was_reckoned() -> None:
    case = Case(
        id="t",
        findings=(
            Finding(term="HP:0200041", where=("neck",), spared=("face",)),
            Finding(term="HP:0000988", where=("groin", "lower_leg")),
        ),
        measurements=(Measurement(test="zinc", value=7, unit="umol/L", date="2025-03"),),
        treatments=(
            Treatment(name="topical steroid", response="partial", date="2024-06", code="ATC:D07AD01"),
            Treatment(name="distal pancreatectomy", kind="procedure", date="2026-03-02", code="NCIT:C15189"),
            Treatment(name="zinc\x00", date="in spring", code="own:1"),
        ),
    )
    bundle = to_fhir(rank(case), case)
    valid(bundle)
    steroid, zinc = resources(bundle, "MedicationStatement")
    (surgery,) = resources(bundle, "Procedure")
    assert steroid["effectiveDateTime"] == "2024-06"
    assert steroid["note"] == [{"text": "Response of the rash: partial."}]
    assert steroid["medicationCodeableConcept"]["coding"][0]["code"] == "D07AD01"
    assert surgery["performedDateTime"] == "2026-03-02"
    assert set(zinc) == {"resourceType", "status", "medicationCodeableConcept", "subject"}
    (risk,) = resources(bundle, "RiskAssessment")
    (impression,) = resources(bundle, "ClinicalImpression")
    kinds = {e["fullUrl"]: e["resource"]["resourceType"] for e in bundle["entry"]}
    based = [kinds[b["reference"]] for b in risk["basis"]]
    assert based == 3 * ["Observation"] + ["MedicationStatement", "Procedure", "MedicationStatement"]
    assert {kinds[i["reference"]] for i in impression["investigation"][0]["item"]} == {"Observation"}
    assert len(impression["supportingInfo"]) == 3
    one, two, value = resources(bundle, "Observation")
    assert one["note"] == [{"text": "Looked for and not found on: face."}]
    assert one["bodySite"]["coding"][0]["code"] == "45048000"
    assert two["bodySite"] == {"text": "groin, lower leg"}
    assert value["effectiveDateTime"] == "2025-03"
