"""What happened when: findings, values and treatments of a case in order."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Literal

from hoofbeat.cases import Case, Finding, Measurement, State, Treatment
from hoofbeat.pathways.course import course_of, delay_of, recurrences_of, responses_of
from hoofbeat.pathways.events import DAYS_A_YEAR, Event, Timeline
from hoofbeat.pathways.model import CourseRules, Option
from hoofbeat.terms import read_measurement


def timeline(
    case: Case,
    *,
    options: Sequence[Option] = (),
    rules: CourseRules | None = None,
    visit: date | None = None,
) -> Timeline:
    """Return what happened when, what each treatment did to rash and glucagon, what came back, and the delay.

    visit: the day of the visit; without it, the last date in the case. Spans ("since 2 years") are counted
    back from it. Undated events stay in the list, at its end, without a day.
    """
    seen, source = (visit, "given") if visit else _last_date(case)
    day = _Days(case, seen)
    events = [
        *(_finding(f, day) for f in case.findings if f.state is State.PRESENT),
        *(_measured(m, case, day, rules) for m in case.measurements),
        *(_treated(t, options, day) for t in case.treatments),
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


def read_date(text: str | None) -> date | None:
    """Return the day of a date as written: 2026, 2026-03 or 2026-03-14; None if it is no date.

    >>> read_date("2026-03").isoformat()
    '2026-03-01'
    """
    match = re.fullmatch(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?:T.*)?", (text or "").strip())
    if not match:
        return None
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return None


def kinds_of(name: str, options: Iterable[Option]) -> tuple[str, ...]:
    """Return the ids of the options that a treatment's name means; a name may mean several."""
    return tuple(option.id for option in options if names(name, option.words))


def names(text: str, words: Iterable[str]) -> bool:
    """True if one of the words stands in the text as a word of its own."""
    said = text.casefold()
    return any(re.search(rf"(?<![\w]){re.escape(word.casefold())}(?![\w])", said) for word in words)


def _last_date(case: Case) -> tuple[date | None, Literal["given", "last date", "unknown"]]:
    texts = [*(m.date for m in case.measurements), *(t.date for t in case.treatments)]
    found = [read_date(text) for text in texts]
    dated = [day for day in found if day]
    return (max(dated), "last date") if dated else (None, "unknown")


class _Days:
    """Turns dates and spans into days from the visit."""

    def __init__(self, case: Case, visit: date | None) -> None:
        self.age, self.visit = case.age_years, visit

    def of_date(self, text: str | None) -> tuple[float | None, str | None, bool]:
        day = read_date(text)
        if day is None:
            return None, None, False
        exact = len((text or "").strip()) >= 10
        return (float((day - self.visit).days) if self.visit else None), day.isoformat(), exact

    def of_finding(self, finding: Finding) -> tuple[float | None, str | None]:
        back = finding.since_days
        if back is None and finding.onset_age_years is not None and self.age is not None:
            back = max(0.0, (self.age - finding.onset_age_years) * DAYS_A_YEAR)
        if back is None:
            return None, None
        if self.visit is None:
            return -back, None
        try:
            return -back, (self.visit - timedelta(days=round(back))).isoformat()
        except OverflowError:
            return -back, None


def _finding(finding: Finding, day: _Days) -> Event:
    when, written = day.of_finding(finding)
    return Event(
        kind="finding", what=finding.label or finding.term, term=finding.term, day=when, date=written
    )


def _measured(m: Measurement, case: Case, day: _Days, rules: CourseRules | None) -> Event:
    when, written, exact = day.of_date(m.date)
    reading = read_measurement(
        m.test, m.value, m.unit, low=m.low, high=m.high, sex=case.sex, age_years=case.age_years
    )
    note: Literal["", "after resection", "at recurrence"] = ""
    if rules and names(m.said, rules.recurrence_words):
        note = "at recurrence"
    elif rules and names(m.said, rules.after_words):
        note = "after resection"
    return Event(
        kind="measurement",
        what=reading.test or m.test,
        day=when,
        date=written,
        exact=exact,
        value=round(reading.value, 3),
        unit=reading.unit,
        times_limit=None
        if reading.multiple_of_upper_limit is None
        else round(reading.multiple_of_upper_limit, 2),
        note=note,
    )


def _treated(t: Treatment, options: Sequence[Option], day: _Days) -> Event:
    when, written, exact = day.of_date(t.date)
    return Event(
        kind="treatment",
        what=t.name,
        day=when,
        date=written,
        exact=exact,
        response=t.response,
        kinds=kinds_of(t.name, options),
    )
