"""What happened when: findings, values and treatments of a case in order."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Literal

from hoofbeat.cases import Case, Finding, Measurement, State, Treatment, first_day
from hoofbeat.pathways.course import course_of, delay_of, recurrences_of, responses_of
from hoofbeat.pathways.dates import Days
from hoofbeat.pathways.events import Event, Timeline
from hoofbeat.pathways.model import CourseRules, Option
from hoofbeat.pathways.naming import Wording, names
from hoofbeat.terms import read_measurement


def timeline(
    case: Case,
    *,
    options: Sequence[Option] = (),
    rules: CourseRules | None = None,
    visit: date | None = None,
    wording: Wording | None = None,
) -> Timeline:
    """Return what happened when, what each treatment did to rash and glucagon, what came back, and the delay.

    visit: the day of the visit; without it, the last date in the case. Spans ("since 2 years") are counted
    back from it. Undated events stay in the list, at its end, without a day. wording: how treatments are
    recognised; by the words of the options when not given.
    """
    seen, source = (visit, "given") if visit else _last_date(case)
    day, said = Days(case, seen), wording or Wording(options)
    events = [
        *(_finding(f, day) for f in case.findings if f.state is State.PRESENT),
        *(_measured(m, case, day, rules) for m in case.measurements),
        *(_treated(t, said, day) for t in case.treatments),
    ]
    events.sort(key=lambda e: (e.day is None, e.day or 0.0, e.kind, e.what))
    responses = responses_of(events, rules)
    recurrences = recurrences_of(events, responses, rules)
    return Timeline(
        visit=seen.isoformat() if seen else None,
        visit_from=source if seen else "unknown",
        events=tuple(events),
        responses=tuple(responses),
        recurrences=tuple(recurrences),
        delay=delay_of(events, rules),
        course=course_of(events, responses, recurrences, rules),
    )


def _last_date(case: Case) -> tuple[date | None, Literal["given", "last date", "unknown"]]:
    texts = [*(m.date for m in case.measurements), *(t.date for t in case.treatments)]
    found = [first_day(text) for text in texts]
    dated = [day for day in found if day]
    return (max(dated), "last date") if dated else (None, "unknown")


def _finding(finding: Finding, day: Days) -> Event:
    what = finding.label or finding.term
    return Event(kind="finding", what=what, term=finding.term, **day.of_finding(finding)._asdict())


def _measured(m: Measurement, case: Case, day: Days, rules: CourseRules | None) -> Event:
    reading = read_measurement(
        m.test, m.value, m.unit, low=m.low, high=m.high, sex=case.sex, age_years=case.age_years
    )
    note: Literal["", "after resection", "at recurrence"] = ""
    if rules and names(m.said, rules.recurrence_words):
        note = "at recurrence"
    elif rules and names(m.said, rules.after_words):
        note = "after resection"
    multiple = reading.multiple_of_upper_limit
    return Event(
        kind="measurement",
        what=reading.test or m.test,
        value=round(reading.value, 3),
        unit=reading.unit,
        times_limit=None if multiple is None else round(multiple, 2),
        note=note,
        **day.of_record(m.date, m.age_years)._asdict(),
    )


def _treated(t: Treatment, wording: Wording, day: Days) -> Event:
    return Event(
        kind="treatment",
        what=t.name,
        response=t.response,
        kinds=wording.kinds(t.name),
        work=wording.work(t.name),
        **day.of_record(t.date, t.age_years)._asdict(),
    )
