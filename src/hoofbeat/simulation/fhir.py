"""Virtual patients as FHIR R4 resources, for NDJSON files of one resource type each."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from hoofbeat.simulation.clinic_model import Code
from hoofbeat.simulation.records import Entry, Record

Resource = dict[str, Any]
_SYSTEM = {
    "ICD10CM": "http://hl7.org/fhir/sid/icd-10-cm",
    "SNOMED": "http://snomed.info/sct",
    "LOINC": "http://loinc.org",
    "RxNorm": "http://www.nlm.nih.gov/research/umls/rxnorm",
    "ICD10PCS": "http://www.cms.gov/Medicare/Coding/ICD10",
}
_HL7 = "http://terminology.hl7.org/CodeSystem"
TYPES = ("Patient", "Encounter", "Condition", "Observation", "MedicationRequest", "Procedure")
_TYPE = {
    "condition": "Condition",
    "drug": "MedicationRequest",
    "measurement": "Observation",
    "procedure": "Procedure",
}


def resources(records: Iterable[Record]) -> Iterator[Resource]:
    """Yield the resources of each record: the patient, then encounters, then entries.

    Every resource carries the tag HTEST, FHIR's mark for data of nobody.
    """
    for record in records:
        person = f"virtual-{record.patient}"
        yield _patient(record, person)
        for number, day in enumerate(record.visits):
            yield _tagged(
                "Encounter",
                f"{person}-e{number}",
                status="finished",
                **{"class": {"system": f"{_HL7}/v3-ActCode", "code": "AMB", "display": "ambulatory"}},
                subject={"reference": f"Patient/{person}"},
                period={"start": day.isoformat(), "end": day.isoformat()},
            )
        for number, entry in enumerate(record.entries):
            yield _entry(entry, person, number)


def _tagged(kind: str, key: str, **fields: Any) -> Resource:
    tag = {"system": f"{_HL7}/v3-ActReason", "code": "HTEST", "display": "test health data"}
    return {"resourceType": kind, "id": key, "meta": {"tag": [tag]}, **fields}


def _patient(record: Record, person: str) -> Resource:
    fields: Resource = {"gender": record.sex, "birthDate": record.born.isoformat()}
    if record.death:
        fields["deceasedDateTime"] = record.death.isoformat()
    return _tagged("Patient", person, **fields)


def _entry(entry: Entry, person: str, number: int) -> Resource:
    kind, day = _TYPE[entry.kind], entry.day.isoformat()
    coded = _coded(entry.codes, entry.name)
    fields: Resource = {
        "subject": {"reference": f"Patient/{person}"},
        "encounter": {"reference": f"Encounter/{person}-e{entry.visit}"},
    }
    if kind == "Condition":
        fields |= {
            "clinicalStatus": {"coding": [{"system": f"{_HL7}/condition-clinical", "code": "active"}]},
            "verificationStatus": {
                "coding": [{"system": f"{_HL7}/condition-ver-status", "code": "confirmed"}]
            },
            "category": [
                {"coding": [{"system": f"{_HL7}/condition-category", "code": "encounter-diagnosis"}]}
            ],
            "code": coded,
            "onsetDateTime": day,
            "recordedDate": day,
        }
    elif kind == "Observation":
        fields |= {
            "status": "final",
            "category": [{"coding": [{"system": f"{_HL7}/observation-category", "code": _category(entry)}]}],
            "code": coded,
            "effectiveDateTime": day,
            **_value(entry),
        }
    elif kind == "MedicationRequest":
        fields |= {
            "status": "completed",
            "intent": "order",
            "medicationCodeableConcept": coded,
            "authoredOn": day,
        }
    else:
        fields |= {"status": "completed", "code": coded, "performedDateTime": day}
    return _tagged(kind, f"{person}-{number}", **fields)


def _category(entry: Entry) -> str:
    lab = entry.value is not None or any(code.system == "LOINC" for code in entry.codes)
    return "laboratory" if lab else "procedure"


def _value(entry: Entry) -> Resource:
    """A number with its unit, the answer in words, or why there is none."""
    if entry.result == "unknown":
        absent = {"system": f"{_HL7}/data-absent-reason", "code": "unknown", "display": "Unknown"}
        return {"dataAbsentReason": {"coding": [absent]}}
    if entry.result:
        code, words = {"positive": ("POS", "Positive"), "negative": ("NEG", "Negative")}[entry.result]
        answer = {"system": f"{_HL7}/v3-ObservationInterpretation", "code": code, "display": words}
        return {"valueCodeableConcept": {"coding": [answer], "text": entry.result}}
    unit = {"unit": entry.unit, "system": "http://unitsofmeasure.org", "code": entry.unit}
    return {"valueQuantity": {"value": entry.value, **unit}}


def _coded(codes: tuple[Code, ...], name: str) -> Resource:
    if not codes:
        return {"text": name}
    coding = [{"system": _SYSTEM[c.system], "code": c.code, "display": c.display} for c in codes]
    return {"coding": coding, "text": name}
