"""Dates as they were written: a year or a month stays one, a moment keeps its hour and its zone."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from hoofbeat.cases.checks import is_death
from hoofbeat.cases.model import Finding, Measurement, Treatment
from hoofbeat.cases.times import write_years

BEGAN, BEGAN_AT_AGE = "hoofbeat:began/", "hoofbeat:began_at_age/"
_WRITTEN = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2})(T.*)?)?)?", re.ASCII)
_MIDNIGHT = re.compile(r"T00:00(?::00(?:\.0+)?)?(?:Z|[+-]00:00)?", re.IGNORECASE)
_MOMENT = re.compile(r"T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})", re.ASCII)
_DAY = 10


def first_day(text: str | None) -> date | None:
    """Return the first day that a date as written may mean; None if it is no date.

    >>> first_day("2024-06").isoformat()
    '2024-06-01'
    """
    match = _WRITTEN.fullmatch((text or "").strip())
    if not match:
        return None
    try:
        return date(int(match[1]), int(match[2] or 1), int(match[3] or 1))
    except ValueError:
        return None


def last_day(text: str | None) -> date | None:
    """Return the last day that a date as written may mean; None if it is no date.

    >>> last_day("2024-02").isoformat()
    '2024-02-29'
    """
    first, written = first_day(text), (text or "").strip()
    if first is None or len(written) >= _DAY:
        return first
    month = first.month if len(written) > len("2024") else 12
    return date(first.year, month, monthrange(first.year, month)[1])


def from_timestamp(text: str) -> str:
    """Return a timestamp as a date: midnight in Greenwich is how the standard writes a day without an hour.

    >>> from_timestamp("2024-06-01T00:00:00Z"), from_timestamp("2024-06-01T23:30:00+02:00")
    ('2024-06-01', '2024-06-01T23:30:00+02:00')
    """
    text = text.strip()
    return text[:_DAY] if first_day(text) and _MIDNIGHT.fullmatch(text[_DAY:]) else text


def from_interval(start: str, end: str) -> str | None:
    """Return the year or month that an interval fills from its first to its last day; None if it fills none.

    >>> from_interval("2024-01-01T00:00:00Z", "2024-12-31T23:59:59Z")
    '2024'
    """
    for length in (len("2024"), len("2024-06")):
        period = start[:length]
        first, last = first_day(period), last_day(period)
        if first and last and (start[:_DAY], end[:_DAY]) == (first.isoformat(), last.isoformat()):
            return period
    return None


def to_timestamp(text: str) -> str | None:
    """Return a day or a moment as a timestamp of the standard; None for a year, a month or no date."""
    if first_day(text) is None or len(text) < _DAY:
        return None
    if len(text) == _DAY:
        return f"{text}T00:00:00Z"
    return text if _MOMENT.fullmatch(text[_DAY:]) else None


def time_element(written: str | None, age_years: float | None = None) -> dict[str, Any] | None:
    """Return a date, or else an age, as a time element of the standard; None if there is neither.

    A year or a month is the interval that it fills, so that no day is invented; words that are no date are
    kept under an id of our own.
    """
    if written is None:
        return None if age_years is None else {"age": {"iso8601duration": write_years(age_years)}}
    if stamp := to_timestamp(written):
        return {"timestamp": stamp}
    first, last = first_day(written), last_day(written)
    if first and last and len(written) < _DAY:
        return {"interval": {"start": f"{first}T00:00:00Z", "end": f"{last}T23:59:59Z"}}
    return {"ontologyClass": {"id": BEGAN + written, "label": written}}


def with_spans(
    findings: Iterable[Finding],
    measurements: Sequence[Measurement],
    treatments: Sequence[Treatment],
    seen: str | None = None,
) -> tuple[Finding, ...]:
    """Return the findings, those that have a date with how long before the visit it was.

    seen: the day of the visit. The last date of a measurement or treatment goes before it, because that is
    the day from which a timeline counts spans back. A death of which the year alone is known is taken at the
    year's end, lest what was given in that year seem given to the dead.
    """
    events = [first_day(text) for text in (*(m.date for m in measurements), *(t.date for t in treatments))]
    visit = max((day for day in events if day), default=first_day(seen))
    return tuple(_with_span(f, visit) for f in findings)


def _with_span(finding: Finding, visit: date | None) -> Finding:
    if visit is None or finding.since_days is not None:
        return finding
    day = last_day(finding.date) if is_death(finding) else first_day(finding.date)
    if day is None:
        return finding
    return finding.model_copy(update={"since_days": float(max(0, (visit - day).days))})
