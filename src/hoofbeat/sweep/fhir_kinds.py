"""What is read of each kind of FHIR resource: columns, where code and date stand, whether it holds."""

from __future__ import annotations

from typing import NamedTuple

CODING = "STRUCT(coding STRUCT(system VARCHAR, code VARCHAR)[])"
ANSWER = "STRUCT(coding STRUCT(code VARCHAR)[], text VARCHAR)"
QUANTITY = "STRUCT(value DOUBLE, code VARCHAR, unit VARCHAR)"
REFERENCE = "STRUCT(reference VARCHAR)"
PERIOD = 'STRUCT("start" VARCHAR, "end" VARCHAR)'
SYSTEMS = {
    "http://snomed.info/sct": "SNOMED",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD10CM",
    "http://hl7.org/fhir/sid/icd-10": "ICD10CM",
    "http://hl7.org/fhir/sid/icd-9-cm": "ICD9CM",
    "http://loinc.org": "LOINC",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RXNORM",
    "http://www.whocc.no/atc": "ATC",
    "http://terminology.hl7.org/CodeSystem/icd-o-3": "ICDO3",
    "urn:oid:2.16.840.1.113883.6.96": "SNOMED",
    "urn:oid:2.16.840.1.113883.6.90": "ICD10CM",
    "urn:oid:2.16.840.1.113883.6.3": "ICD10CM",
    "urn:oid:2.16.840.1.113883.6.103": "ICD9CM",
    "urn:oid:2.16.840.1.113883.6.1": "LOINC",
    "urn:oid:2.16.840.1.113883.6.88": "RXNORM",
    "urn:oid:2.16.840.1.113883.6.73": "ATC",
    "urn:oid:2.16.840.1.113883.6.43.1": "ICDO3",
}


class Kind(NamedTuple):
    """A resource type: where it goes, its columns, and how code, date and whether it holds are read."""

    name: str
    table: str
    columns: dict[str, str]
    code: str
    date: str
    holds: str


_DRUG = {
    "medicationCodeableConcept": CODING,
    "medicationReference": REFERENCE,
    "contained": f"STRUCT(id VARCHAR, code {CODING})[]",
    "status": "VARCHAR",
    "authoredOn": "VARCHAR",
    "effectiveDateTime": "VARCHAR",
    "effectivePeriod": PERIOD,
    "whenHandedOver": "VARCHAR",
    "whenPrepared": "VARCHAR",
    "dateAsserted": "VARCHAR",
}
_DRUG_DATE = (
    'coalesce(authoredOn, effectiveDateTime, effectivePeriod."start", '
    "whenHandedOver, whenPrepared, dateAsserted)"
)
# A drug is named where it is given, in a part of the same line, or in a file of medications.
_DRUG_CODE = (
    "coalesce(nullif(medicationCodeableConcept.coding, []), list_filter(contained, "
    "lambda c: '#' || c.id = medicationReference.reference)[1].code.coding, drug.coding)"
)
_VALUES = {
    "valueQuantity": QUANTITY,
    "valueBoolean": "VARCHAR",
    "valueString": "VARCHAR",
    "valueCodeableConcept": ANSWER,
    "dataAbsentReason": "JSON",
}
KINDS = (
    Kind(
        "Condition",
        "condition_occurrence",
        {
            "code": CODING,
            "onsetDateTime": "VARCHAR",
            "onsetPeriod": PERIOD,
            "recordedDate": "VARCHAR",
            "verificationStatus": "STRUCT(coding STRUCT(code VARCHAR)[])",
        },
        "code.coding",
        'coalesce(onsetDateTime, onsetPeriod."start", recordedDate)',
        "NOT coalesce(list_has_any(list_transform(verificationStatus.coding, lambda c: c.code), "
        "['refuted', 'entered-in-error', 'differential']), false)",
    ),
    Kind(
        "Observation",
        "measurement",
        {
            "code": CODING,
            "status": "VARCHAR",
            "effectiveDateTime": "VARCHAR",
            "effectivePeriod": PERIOD,
            "issued": "VARCHAR",
            **_VALUES,
            "component": f"STRUCT(code {CODING}, {', '.join(f'{n} {k}' for n, k in _VALUES.items())})[]",
        },
        "code.coding",
        'coalesce(effectiveDateTime, effectivePeriod."start", issued)',
        "coalesce(status, '') NOT IN ('entered-in-error', 'cancelled')",
    ),
    *(
        Kind(
            name,
            "drug_exposure",
            _DRUG,
            _DRUG_CODE,
            _DRUG_DATE,
            "coalesce(status, '') NOT IN ('entered-in-error', 'not-taken', 'not-done', 'cancelled')",
        )
        for name in (
            "MedicationRequest",
            "MedicationStatement",
            "MedicationDispense",
            "MedicationAdministration",
        )
    ),
)
