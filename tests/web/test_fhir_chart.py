"""Weights, reports and contacts of a chart; and nothing of it lost without a word."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.apps.web.fhir_in import Charted, case_from_fhir
from hoofbeat.apps.web.fhir_rules import fhir_rules
from hoofbeat.apps.web.fhir_weight import Weight, weight_fall

TODAY = date(2026, 11, 21)
LOSS, RASH, GLOSSITIS = "HP:0001824", "HP:0000988", "HP:0000206"


def chart(*resources: dict[str, Any]) -> Charted:
    return case_from_fhir([{"resourceType": "Patient", "id": "1"}, *resources], today=TODAY)


def weight(day: str, value: float, unit: str = "kg", **more: Any) -> dict[str, Any]:
    concept = {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}
    quantity = {"value": value, "unit": unit}
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": concept,
        "effectiveDateTime": day,
        "valueQuantity": quantity,
        **more,
    }


def finding(words: str, kind: str = "Condition", **more: Any) -> dict[str, Any]:
    return {"resourceType": kind, "code": {"text": words}, **more}


def terms(charted: Charted) -> dict[str, Any]:
    return {f.term: f for f in charted.case.findings}


def why(charted: Charted) -> dict[str, str]:
    return {i.category: i.message for i in charted.issues}


def test_weights_that_fall_far_enough_are_weight_loss_since_it_was_seen():
    lost = terms(chart(weight("2025-10-01", 76), weight("2026-03-01", 69), weight("2026-09-01", 66)))[LOSS]
    assert lost.since_days == (TODAY - date(2026, 3, 1)).days  # 9 % already; the lowest came later
    assert lost.said == "body weight 76 kg (2025-10-01) to 66 kg (2026-09-01): 13 % lost"


@pytest.mark.parametrize(
    ("weights", "said"),
    [
        ([("2025-10-01", 76), ("2026-09-01", 70.5)], set()),  # 7 %: weights in records wobble
        ([("2023-10-01", 90), ("2026-09-01", 70)], set()),  # the highest is not of the last two years
        ([("2025-10-01", 76), ("2026-03-01", 66), ("2026-09-01", 75)], {"regained"}),
        ([("2026-09-01", 66)], {"one-weight"}),
        ([("2026-09-01", 76), ("2026-09-01", 66)], {"one-weight"}),  # one day: a slip of the pen
        ([("2025-10-01", 76), ("2026-09-01", 6.6)], {"one-weight", "not-used"}),  # no one weighs that
    ],
)
def test_weights_that_show_no_loss_do_not_make_one(weights, said):
    charted = chart(*(weight(day, value) for day, value in weights))
    assert LOSS not in terms(charted)
    assert set(why(charted)) - {"nothing-known"} == said


def test_a_wrong_weight_that_was_struck_out_makes_no_loss():
    charted = chart(weight("2025-10-01", 176, status="entered-in-error"), weight("2026-09-01", 76))
    assert LOSS not in terms(charted)
    assert why(charted)["left-out"].endswith("1 Observation")


def test_pounds_and_kilograms_are_one_series():
    assert LOSS in terms(chart(weight("2025-10-01", 176, "[lb_av]"), weight("2026-09-01", 70)))
    assert LOSS not in terms(chart(weight("2025-10-01", 176, "[lb_av]"), weight("2026-09-01", 79)))


def test_the_sweep_and_the_page_mean_the_same_by_a_fall():
    from hoofbeat.sweep.definition import load_rules

    ours, theirs = fhir_rules().weight_fall.model_dump(), load_rules()["weight_fall"]
    assert ours == theirs


DAYS = st.dates(min_value=date(2018, 1, 1), max_value=TODAY)


@given(st.lists(st.builds(Weight, DAYS, st.floats(40, 120)), max_size=8))
def test_a_fall_is_always_as_large_as_the_rule_asks(weights):
    fall, rule = weight_fall(weights), fhir_rules().weight_fall
    if fall is None:
        assert all(later.kilograms > 0.92 * before.kilograms - 1e-9 for before, later in close(weights))
        return
    assert fall.share >= rule.percent - 0.05  # it is told to a tenth
    assert fall.highest.day <= fall.since <= max(w.day for w in weights)


def close(weights):
    kept = sorted(set(weights))
    return [
        (a, b)
        for n, b in enumerate(kept)
        for a in kept[:n]
        if (b.day - a.day).days <= fhir_rules().weight_fall.days
    ]


def report(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "effectiveDateTime": "2026-05-02",
        "conclusionCode": [{"text": "Glossitis"}],
        **more,
    }


def test_a_coded_conclusion_is_a_finding_as_of_its_day():
    assert terms(chart(report()))[GLOSSITIS].since_days == (TODAY - date(2026, 5, 2)).days


@pytest.mark.parametrize(
    ("status", "said"),
    [("entered-in-error", "left-out"), ("cancelled", "left-out"), ("preliminary", "doubtful")],
)
def test_a_report_that_does_not_stand_is_left_out_and_said(status, said):
    charted = chart(report(status=status))
    assert GLOSSITIS not in terms(charted)
    assert "1 DiagnosticReport" in why(charted)[said]


def test_words_of_a_conclusion_are_never_read_silently():
    charted = chart(report(conclusionCode=[], conclusion="Weight loss and glossitis."))
    assert charted.case.findings == ()
    assert "1 DiagnosticReport" in why(charted)["words-not-read"]
    assert "glossitis" not in " ".join(str(i) for i in charted.issues).lower()


def albumin(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Observation",
        "status": "final",
        "code": {"coding": [{"system": "http://loinc.org", "code": "1751-7"}]},
        "effectiveDateTime": "2026-05-02",
        "valueQuantity": {"value": 28, "unit": "g/L"},
        **more,
    }


def test_a_result_counts_once_wherever_the_report_keeps_it():
    beside = chart(albumin(id="a"), report(result=[{"reference": "Observation/a"}]))
    inside = chart(report(contained=[albumin(id="a")], result=[{"reference": "#a"}]))
    both = chart(
        albumin(id="a"), report(contained=[albumin(id="b")], result=[{"reference": "#b"}]), albumin(id="a")
    )
    for charted in (beside, inside, both):
        assert [(m.test, m.value) for m in charted.case.measurements] == [("albumin", 28)]
    assert "not-along" not in why(beside)


def test_a_result_that_did_not_come_along_is_said():
    assert "1 Observation" in why(chart(report(result=[{"reference": "Observation/elsewhere"}])))["not-along"]


def contact(**more: Any) -> dict[str, Any]:
    return {
        "resourceType": "Encounter",
        "id": "e1",
        "status": "finished",
        "class": {"code": "AMB"},
        "period": {"start": "2026-01-10T09:00:00Z"},
        **more,
    }


def test_a_contact_dates_what_has_no_day_of_its_own():
    at_it = {"encounter": {"reference": "Encounter/e1"}}
    charted = chart(contact(), finding("Glossitis", **at_it))
    days = (TODAY - date(2026, 1, 10)).days
    assert terms(charted)[GLOSSITIS].since_days == days
    assert charted.visits == (("2026-01-10", "outpatient"),)
    # the contact may name the condition, rather than the condition the contact
    named = chart(
        contact(diagnosis=[{"condition": {"reference": "Condition/c"}}]), finding("Glossitis", id="c")
    )
    assert terms(named)[GLOSSITIS].since_days == days


def test_why_a_patient_came_is_a_finding_and_a_cancelled_contact_is_none():
    came = {"reasonCode": [{"text": "Skin rash"}]}
    assert terms(chart(contact(**came)))[RASH].since_days == (TODAY - date(2026, 1, 10)).days
    for status in ("cancelled", "entered-in-error", "planned"):
        charted = chart(contact(**came, status=status))
        assert charted.case.findings == ()
        assert charted.visits == ()
        assert "1 Encounter" in " ".join(why(charted).values())


def test_kinds_that_are_not_read_are_named_and_counted():
    allergy = {"resourceType": "AllergyIntolerance", "code": {"text": "Penicillin"}}
    odd = {"resourceType": "<script>alert(1)</script>"}
    said = why(chart(allergy, {**allergy, "id": "2"}, odd))["not-read"]
    assert said.endswith("2 AllergyIntolerance, 1 unknown")


def test_a_drug_named_elsewhere_in_the_chart_is_found_and_one_not_given_is_not():
    cream = {"resourceType": "Medication", "id": "m", "code": {"text": "Clobetasol cream"}}
    asked = {"resourceType": "MedicationRequest", "medicationReference": {"reference": "Medication/m"}}
    assert [t.name for t in chart(cream, asked).case.treatments] == ["Clobetasol cream"]
    assert "1 Medication" in why(chart(asked))["not-along"]
    assert chart(cream, {**asked, "doNotPerform": True}).case.treatments == ()


def test_a_resolved_condition_counts_and_is_said_to():
    over = finding("Glossitis", clinicalStatus={"coding": [{"code": "resolved"}]})
    charted = chart(over)
    assert terms(charted)[GLOSSITIS].course == "resolved"
    assert "1 Condition" in why(charted)["over"]


def test_a_list_that_goes_on_is_said_to():
    page = {
        "resourceType": "Bundle",
        "link": [{"relation": "next", "url": "x"}],
        "entry": [{"resource": albumin()}],
    }
    assert "1 Bundle" in why(chart(page))["unsent"]


def test_an_answer_tells_what_of_the_chart_was_not_used(client):
    resources = [finding("Skin rash"), {"resourceType": "Immunization"}]
    bundle = {
        "resourceType": "Bundle",
        "type": "collection",
        "entry": [{"resource": r} for r in resources],
    }
    for numbers in ("on", "off"):
        told = client.post("/api/rank", json={"case": bundle, "numbers": numbers, "top": 1}).json()
        assert [i["category"] for i in told["issues"]] == ["not-read"]
    whole = client.post("/api/rank", json={"case": {"findings": ["skin rash"]}, "top": 1}).json()
    assert "issues" not in whole


def value(loinc: str, number: float, unit: str) -> dict[str, Any]:
    concept = {"coding": [{"system": "http://loinc.org", "code": loinc}]}
    quantity = {"value": number, "unit": unit, "system": "http://unitsofmeasure.org", "code": unit}
    return {"resourceType": "Observation", "status": "final", "code": concept, "valueQuantity": quantity}


def test_a_value_that_cannot_be_costs_itself_and_not_the_chart():
    """Public synthetic charts hold a protein of 73 g/dL in nearly everybody; red cells come in 10*6/uL."""
    charted = chart(value("2885-2", 73.4, "g/dL"), value("789-8", 4.1, "10*6/uL"), finding("Glossitis"))
    (kept,) = charted.case.measurements
    assert (kept.test, kept.value, kept.unit) == ("red_cells", 4.1, "10*6/uL")
    assert set(terms(charted)) == {GLOSSITIS}
    assert why(charted)["impossible-value"].startswith("Left out: total protein 73.4 g/dL is impossible")
    assert not [i for i in charted.issues if i.level == "error"]


def test_a_chart_with_a_value_that_cannot_be_is_ranked_and_the_answer_says_so(client):
    entries = [{"resourceType": "Patient", "id": "1"}, value("2885-2", 73.4, "g/dL"), finding("Glossitis")]
    bundle = {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": e} for e in entries]}
    answer = client.post("/api/rank", json={"case": bundle})
    assert answer.status_code == 200
    assert "impossible-value" in {i["category"] for i in answer.json()["issues"]}
