"""The timeline: order, response of rash and glucagon, recurrence, delay."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.cases import Case, Treatment, first_day, last_day, read_case
from hoofbeat.pathways import Timeline, load_pathway, timeline

WAY = load_pathway("glucagonoma")
OPERATION = {"name": "distal pancreatectomy", "response": "complete", "date": "2024-02-20"}


def line(visit: str | None = None, **case: Any) -> Timeline:
    rules = WAY.treatments.course if WAY.treatments else None
    day = date.fromisoformat(visit) if visit else None
    return timeline(
        read_case({"findings": ["glucagonoma"], **case}), options=WAY.options, rules=rules, visit=day
    )


def glucagon(value: float, day: str | None = None, **rest: Any) -> dict[str, Any]:
    return {"test": "glucagon", "value": value, "unit": "pg/mL", "high": 80, "date": day, **rest}


def test_events_stand_in_order_and_undated_ones_last() -> None:
    found = line(
        visit="2024-06-01",
        findings=["glucagonoma", {"is": "skin rash", "since": "1 year"}],
        measurements=[glucagon(900, "2024-01-05")],
        treatments=[OPERATION],
    )
    assert [event.kind for event in found.events] == ["finding", "measurement", "treatment", "finding"]
    assert found.events[0].date == "2023-06-02"
    assert found.events[-1].day is None


def test_without_a_visit_the_last_date_is_taken_and_said() -> None:
    found = line(treatments=[OPERATION])
    assert (found.visit, found.visit_from) == ("2024-02-20", "last date")
    assert line().visit_from == "unknown"


@pytest.mark.parametrize(
    ("after", "verdict"), [(70, "normal"), (150, "fell"), (200, "residual"), (1500, "residual")]
)
def test_glucagon_after_resection_is_judged(after: float, verdict: str) -> None:
    values = [glucagon(1138, "2024-01-05"), glucagon(after, "2024-04-05")]
    (response,) = line(measurements=values, treatments=[OPERATION]).responses
    assert response.glucagon == verdict
    assert (response.days, response.rash) == (45.0, "complete")


def test_an_early_value_is_not_yet_called_residual() -> None:
    values = [glucagon(1138, "2024-02-01"), glucagon(300, "2024-02-25")]
    (response,) = line(measurements=values, treatments=[OPERATION]).responses
    assert response.glucagon == "fell"


def test_a_later_treatment_is_not_credited_to_an_earlier_one() -> None:
    values = [glucagon(1200, "2024-01-05"), glucagon(60, "2024-04-05")]
    drug = {"name": "octreotide", "response": "partial", "date": "2024-01-20"}
    responses = line(measurements=values, treatments=[drug, OPERATION]).responses
    assert {r.treatment: r.glucagon for r in responses} == {
        "octreotide": "",
        "distal pancreatectomy": "normal",
    }


def test_words_beside_a_value_say_when_no_date_does() -> None:
    values = [glucagon(1100), glucagon(222, said="glucagon (post-op)")]
    found = line(measurements=values, treatments=[{"name": "distal pancreatectomy"}])
    (response,) = found.responses
    assert (response.glucagon_before, response.glucagon_after, response.glucagon) == (1100, 222, "fell")


def test_a_value_said_to_be_at_recurrence_is_one() -> None:
    values = [glucagon(236, said="glucagon (fasting, at recurrence)")]
    found = line(measurements=values, treatments=[{"name": "distal pancreatectomy"}])
    assert found.course["glucagon_high_after_resection"] is True
    assert [back.sign for back in found.recurrences] == ["glucagon"]


def test_a_rash_that_began_after_resection_has_come_back() -> None:
    rash = {"is": "necrolytic migratory erythema", "since": "30 days"}
    found = line(visit="2025-03-01", findings=["glucagonoma", rash], treatments=[OPERATION])
    (back,) = found.recurrences
    assert (back.sign, back.date, back.days_after) == ("rash", "2025-01-30", 345.0)
    assert found.course["rash_back_after_resection"] is True


def test_the_rash_there_before_resection_has_not_come_back() -> None:
    rash = {"is": "necrolytic migratory erythema", "since": "3 years"}
    found = line(visit="2025-03-01", findings=["glucagonoma", rash], treatments=[OPERATION])
    assert found.recurrences == ()


def test_a_relapse_under_an_analogue_is_no_return_after_resection() -> None:
    found = line(treatments=[{"name": "lanreotide", "response": "relapse"}])
    assert found.course == {"rash_back_under_treatment": True}


def test_the_delay_runs_from_the_first_sign() -> None:
    found = line(
        visit="2024-06-01",
        findings=[
            "glucagonoma",
            {"is": "skin rash", "since": "2 years"},
            {"is": "weight loss", "since": "1 year"},
        ],
        measurements=[glucagon(900, "2024-01-05")],
        treatments=[OPERATION],
    )
    assert found.delay.first_sign == "Skin rash"
    assert (found.delay.to_visit, found.delay.to_proof, found.delay.to_treatment) == (730.5, 582.5, 628.5)


def test_a_year_is_no_day_and_what_overlaps_decides_nothing() -> None:
    resected = {**OPERATION, "date": "2024"}
    found = line(visit="2026-01-06", measurements=[glucagon(1240, "2024-06")], treatments=[resected])
    assert found.responses[0].glucagon == ""
    assert (found.recurrences, found.course.get("glucagon_high_after_resection")) == ((), None)
    later = line(visit="2026-01-06", measurements=[glucagon(1240, "2025-06")], treatments=[resected])
    assert later.course["glucagon_high_after_resection"] is True


def test_an_age_in_years_is_no_day() -> None:
    rash = {"is": "necrolytic migratory erythema", "onset_age": 58}
    found = line(visit="2026-01-01", age=58, findings=["glucagonoma", rash], treatments=[OPERATION])
    event = next(e for e in found.events if e.kind == "finding" and e.day is not None)
    assert (event.first, event.last) == (-365.25, 0.0)
    assert found.recurrences[0].sign == "rash"  # a year and a half after the operation at the earliest
    near = line(
        visit="2026-01-01",
        age=58,
        findings=["glucagonoma", rash],
        treatments=[{**OPERATION, "date": "2025-11-15"}],
    )
    assert near.recurrences == ()


def test_jaundice_after_resection_is_no_returning_rash() -> None:
    new = {"is": "jaundice", "since": "30 days"}
    assert line(visit="2026-01-01", findings=["glucagonoma", new], treatments=[OPERATION]).recurrences == ()


def test_the_latest_value_after_resection_decides() -> None:
    values = [glucagon(1138, "2024-01-05"), glucagon(170, "2024-03-25"), glucagon(60, "2024-09-01")]
    found = line(visit="2026-01-01", measurements=values, treatments=[OPERATION])
    assert (found.recurrences, found.course["glucagon_high_after_resection"]) == ((), False)
    risen = line(
        visit="2026-01-01", measurements=[*values, glucagon(300, "2025-09-01")], treatments=[OPERATION]
    )
    assert [back.date for back in risen.recurrences] == ["2025-09-01"]


@pytest.mark.parametrize(
    ("text", "last"), [("2024", "2024-12-31"), ("2024-02", "2024-02-29"), ("2024-02-20", "2024-02-20")]
)
def test_a_date_ends_when_it_can_last_be(text: str, last: str) -> None:
    found = last_day(text)
    assert found is not None
    assert found.isoformat() == last


@pytest.mark.parametrize("text", ["2024", "2024-02", "2024-02-20", "2024-02-20T10:00:00Z"])
def test_a_date_is_read(text: str) -> None:
    assert first_day(text) is not None


@pytest.mark.parametrize("text", [None, "", "soon", "2024-13", "2024-02-30", "20.2.2024"])
def test_what_is_no_date_is_none(text: str | None) -> None:
    assert first_day(text) is None


@given(st.lists(st.tuples(st.text(max_size=20), st.text(max_size=12)), max_size=5))
def test_any_words_and_dates_make_a_timeline(items: list[tuple[str, str]]) -> None:
    case = Case(treatments=tuple(Treatment(name=name, date=day) for name, day in items))
    found = timeline(case, options=WAY.options)
    assert len(found.events) == len(items)
