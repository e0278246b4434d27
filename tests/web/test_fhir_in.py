"""A chart becomes a case: what is said, what is doubtful, and what could not be used."""

from __future__ import annotations

from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.apps.web.fhir_in import case_from_fhir

TODAY = date(2026, 11, 21)


def test_the_invented_chart_is_read(chart):
    charted = case_from_fhir(chart, today=TODAY)
    case = charted.case
    there = {f.term: f for f in case.findings}
    assert case.age_years == 62.6
    assert case.sex == "female"
    assert there["HP:0001824"].since_days == 385
    assert there["HP:0000964"].where == ("groin", "lower_leg")
    assert there["HP:0000819"].label == "Diabetes mellitus"  # E11.65 is an E11
    assert there["HP:0002014"].state == "absent"  # refuted
    assert [(m.test, m.value, m.low) for m in case.measurements] == [
        ("haemoglobin", 9.8, 11.5)
    ]  # not the erroneous one
    assert [(t.name, t.response) for t in case.treatments] == [("topical steroid", "partial")]  # three times


def test_a_letter_written_as_fhir_reads_back_to_its_findings():
    from hoofbeat.reading import fhir_bundle, read_letter, to_case

    letter = read_letter("She has weight loss and glossitis. She denies diarrhoea. Albumin 28 g/L (35-50).")
    back = case_from_fhir(fhir_bundle(letter)).case
    assert {(f.term, f.state) for f in back.findings} == {(f.term, f.state) for f in to_case(letter).findings}
    assert [m.test for m in back.measurements] == ["albumin"]


def test_our_own_bundle_reads_back(case):
    import hoofbeat
    from hoofbeat.reports import to_fhir

    read = hoofbeat.read_case(case)
    back = case_from_fhir(to_fhir(hoofbeat.rank(read), read)).case
    assert {f.term for f in back.findings} == {f.term for f in read.findings}


def test_doubtful_conditions_are_left_out_and_said():
    doubtful = {
        "resourceType": "Condition",
        "verificationStatus": {"coding": [{"code": "provisional"}]},
        "code": {"text": "Weight loss"},
    }
    charted = case_from_fhir([{"resourceType": "Patient"}, doubtful])
    assert charted.case.findings == ()
    assert "doubtful" in {i.category for i in charted.issues}


def test_two_patients_in_one_bundle_are_refused():
    charted = case_from_fhir([{"resourceType": "Patient", "id": "1"}, {"resourceType": "Patient", "id": "2"}])
    assert charted.case is None
    assert charted.issues[0].remedy


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    "coding",
                    "code",
                    "system",
                    "display",
                    "text",
                    "value",
                    "unit",
                    "valueQuantity",
                    "valueBoolean",
                    "component",
                    "referenceRange",
                    "low",
                    "high",
                    "onsetDateTime",
                    "authoredOn",
                    "birthDate",
                    "gender",
                    "bodySite",
                    "verificationStatus",
                    "medicationCodeableConcept",
                    "entry",
                    "resource",
                    "interpretation",
                    "reference",
                    "contained",
                    "start",
                    "id",
                    "relation",
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)
KINDS = st.sampled_from(
    [
        "Patient",
        "Condition",
        "Observation",
        "DiagnosticReport",
        "Encounter",
        "MedicationRequest",
        "Procedure",
        "Bundle",
        "Nothing",
    ]
)


@given(
    KINDS,
    st.dictionaries(
        st.sampled_from(
            [
                "code",
                "valueQuantity",
                "component",
                "bodySite",
                "birthDate",
                "onsetDateTime",
                "status",
                "medicationCodeableConcept",
                "verificationStatus",
                "interpretation",
                "referenceRange",
                "entry",
                "contained",
                "result",
                "conclusionCode",
                "diagnosis",
                "encounter",
                "reasonCode",
                "period",
                "class",
                "link",
                "medicationReference",
                "clinicalStatus",
            ]
        ),
        JSON,
        max_size=6,
    ),
)
def test_no_resource_however_odd_is_a_fault(kind, parts):
    odd = {"resourceType": kind, **parts}
    charted = case_from_fhir({"resourceType": "Bundle", "entry": [{"resource": odd}, odd]})
    assert charted.case is None or charted.case.id == "chart"
