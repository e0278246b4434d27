"""A chart becomes a case: what is said, what is doubtful, and what could not be used."""

from __future__ import annotations

from datetime import date

import pytest
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

    case["findings"].append({"is": "annular skin lesion", "where": ["groin", "lower leg"]})
    case["treatments"] = [{"name": "topical steroid", "date": "2026-01-05"}]
    case["treatments"].append({"name": "distal pancreatectomy", "kind": "procedure"})
    case["measurements"] = [{"test": "zinc", "value": 7, "unit": "umol/L", "date": "2026-02-01"}]
    read = hoofbeat.read_case(case)
    back = case_from_fhir(to_fhir(hoofbeat.rank(read), read)).case
    assert {(f.term, f.where) for f in back.findings} == {(f.term, f.where) for f in read.findings}
    assert {(t.name, t.date) for t in back.treatments} == {(t.name, t.date) for t in read.treatments}
    assert [(m.test, m.value, m.date) for m in back.measurements] == [("zinc", 7, "2026-02-01")]


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
                "subject",
                "patient",
                "focus",
                "identifier",
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


def condition(words: str, whose: object, **more: object) -> dict[str, object]:
    subject = {"reference": whose} if isinstance(whose, str) else whose
    return {"resourceType": "Condition", "code": {"text": words}, "subject": subject, **more}


HER = {
    "resourceType": "Patient",
    "id": "7",
    "identifier": [{"system": "urn:hospital", "value": "A"}],
    "link": [{"other": {"reference": "Patient/6"}, "type": "replaces"}],
}


@pytest.mark.parametrize(
    ("whose", "hers"),
    [
        ("Patient/7", True),
        ("https://ehr.example.org/fhir/Patient/7/_history/3", True),
        ("Patient/6", True),  # her record before a merge
        (None, True),  # nobody is named: it came with her chart
        ({"identifier": {"system": "urn:hospital", "value": "A"}}, True),
        ({"identifier": {"system": "urn:insurer", "value": "Z"}}, True),
        ({"identifier": {"system": "urn:hospital", "value": "B"}}, False),
        ("Patient/8", False),
        ("urn:uuid:c3d1", False),
        ("Group/7", False),
    ],
)
def test_what_names_another_patient_is_left_out_and_counted(whose, hers):
    charted = case_from_fhir([HER, condition("Weight loss", whose), condition("Glossitis", "Patient/7")])
    assert [f.label for f in charted.case.findings] == ["Weight loss"] * hers + ["Glossitis"]
    told = [i.message for i in charted.issues if i.category == "other-patient"]
    assert told == [] if hers else told == ["Of another patient, and left out: 1 Condition"]


def test_a_whole_chart_that_names_another_patient_leaves_nothing(chart):
    entries = chart["entry"]
    other = [{**e["resource"], "subject": {"reference": "Patient/OTHER"}} for e in entries[1:]]
    charted = case_from_fhir([entries[0]["resource"], *other])
    case = charted.case
    assert (case.findings, case.measurements, case.treatments) == ((), (), ())
    assert {i.category for i in charted.issues} == {"other-patient", "nothing-known"}


def test_neither_the_day_of_anothers_contact_nor_what_lies_in_a_report_is_taken():
    contact = {
        "resourceType": "Encounter",
        "id": "e",
        "subject": {"reference": "Patient/8"},
        "period": {"start": "2020-01-01"},
    }
    inside = {
        "resourceType": "Observation",
        "id": "o",
        "subject": {"reference": "Patient/8"},
        "code": {"text": "Glossitis"},
        "valueBoolean": True,
    }
    report = {"resourceType": "DiagnosticReport", "contained": [inside], "result": [{"reference": "#o"}]}
    told = condition("Weight loss", "Patient/7", encounter={"reference": "Encounter/e"})
    charted = case_from_fhir([HER, contact, report, told], today=TODAY)
    assert [(f.label, f.since_days) for f in charted.case.findings] == [("Weight loss", None)]
    assert charted.visits == ()
    assert "1 Encounter, 1 Observation" in charted.issues[0].message


def test_what_was_seen_on_a_relative_is_not_hers():
    seen = {
        "resourceType": "Observation",
        "subject": {"reference": "Patient/7"},
        "focus": [{"reference": "RelatedPerson/father"}],
        "code": {"text": "Glossitis"},
        "valueBoolean": True,
    }
    assert case_from_fhir([HER, seen]).case.findings == ()
    assert case_from_fhir([HER, {**seen, "focus": [{"reference": "Specimen/s"}]}]).case.findings


@pytest.mark.parametrize("patient", [[], [{"resourceType": "Patient"}]])
def test_without_a_named_patient_all_entries_must_name_the_same(patient):
    alike = case_from_fhir([*patient, condition("Weight loss", "Patient/1"), condition("Glossitis", None)])
    assert len(alike.case.findings) == 2
    mixed = case_from_fhir([condition("Weight loss", "Patient/1"), condition("Glossitis", "Patient/2")])
    assert mixed.case is None
    assert mixed.issues[0].category == "many-patients"


def test_two_patients_told_apart_by_their_addresses_alone_are_refused():
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": f"urn:uuid:{n}", "resource": {"resourceType": "Patient", "gender": sex}}
            for n, sex in enumerate(("female", "male"))
        ],
    }
    assert case_from_fhir(bundle).issues[0].category == "many-patients"


def test_a_chart_of_someone_else_than_was_asked_for_is_refused(chart):
    assert case_from_fhir(chart, of="invented-1").case
    assert case_from_fhir(chart, of="999").issues[0].category == "other-patient"
    assert case_from_fhir([{"resourceType": "Patient"}], of="999").case is None  # nothing proves who it is
