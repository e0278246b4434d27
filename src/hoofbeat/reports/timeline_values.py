"""The dated values of a timeline, test by test, in one unit each, with the range that each is judged by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from hoofbeat.cases import Case, Measurement
from hoofbeat.pathways import Event
from hoofbeat.reports.printed_values import as_printed, short
from hoofbeat.terms import find_test, read_measurement, to_ucum

Given = Mapping[tuple[str, float, str], Measurement]


class Dot(NamedTuple):
    """One value. low, high: its range, in its own unit; None for an end that nobody gives."""

    day: float
    value: float
    low: float | None = None
    high: float | None = None
    by_laboratory: bool = False

    @property
    def range(self) -> str:
        """The range as it is drawn, "laboratory 0–150" or "usual 0–80"; empty where there is none."""
        low, high = (None if end is None else short(end) for end in (self.low, self.high))
        span = f"{low}–{high}" if low and high else f"up to {high}" if high else f"from {low}" if low else ""
        return f"{'laboratory' if self.by_laboratory else 'usual'} {span}" if span else ""


class Values(NamedTuple):
    """The values of one test in the order of time, all in one unit."""

    test: str
    unit: str
    dots: tuple[Dot, ...]


def values_of(events: Sequence[Event], case: Case | None) -> list[Values]:
    """Return the values of each test; in the unit they were given in, where that is the same for all.

    Else they are in the unit of the test, and one that cannot be converted is left out. case: the one the
    events are of; without it, values are judged by the usual range of both sexes.
    """
    found: dict[str, list[Event]] = {}
    for event in events:
        if event.kind == "measurement" and event.value is not None and event.day is not None:
            found.setdefault(event.what, []).append(event)
    given = _given(case)
    return [_values(test, held, given, case) for test, held in found.items()]


def _given(case: Case | None) -> Given:
    """The measurements of a case by what an event tells of each; of two with other ranges, neither."""
    found: dict[tuple[str, float, str], Measurement] = {}
    unlike = set()
    for m in case.measurements if case else ():
        reading = read_measurement(m.test, m.value, m.unit)
        key = reading.test or m.test, round(reading.value, 3), reading.unit
        before = found.setdefault(key, m)
        if (before.low, before.high, to_ucum(before.unit)) != (m.low, m.high, to_ucum(m.unit)):
            unlike.add(key)
    return {key: m for key, m in found.items() if key not in unlike}


def _values(test: str, held: list[Event], given: Given, case: Case | None) -> Values:
    known = [given.get((test, e.value or 0.0, e.unit)) for e in held]
    units = {to_ucum(m.unit) if m else "" for m in known}
    if case and len(units) == 1 and all(known):
        pairs = ((e, m) for e, m in zip(held, known, strict=True) if m)
        return Values(test, known[0].unit if known[0] else "", tuple(_as_given(e, m, case) for e, m in pairs))
    unit = held[0].unit
    alike = ((e, m) for e, m in zip(held, known, strict=True) if e.unit == unit)
    return Values(test, unit, tuple(_converted(e, m, case) for e, m in alike))


def _as_given(event: Event, m: Measurement, case: Case) -> Dot:
    shown = as_printed(m, sex=case.sex, age_years=case.age_years)
    alike = to_ucum(shown.unit) == to_ucum(m.unit)
    low, high = (shown.low, shown.high) if alike else (None, None)
    return Dot(event.day or 0.0, m.value, low, high, shown.by_laboratory)


def _converted(event: Event, m: Measurement | None, case: Case | None) -> Dot:
    at = Dot(event.day or 0.0, event.value or 0.0)
    if m is None or case is None:
        low, high = _usual(event.what, event.unit)
        return at._replace(low=low, high=high)
    reading = read_measurement(
        m.test, m.value, m.unit, low=m.low, high=m.high, sex=case.sex, age_years=case.age_years
    )
    return at._replace(low=reading.low, high=reading.high, by_laboratory=reading.range_from == "printed")


def _usual(test: str, unit: str) -> tuple[float | None, float | None]:
    known = find_test(test)
    if known is None or known.unit != unit or not known.usual:
        return None, None
    ends: Iterable[tuple[float, float]] = list(known.usual.values())
    return min(e[0] for e in ends), max(e[1] for e in ends)
