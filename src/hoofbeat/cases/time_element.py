"""When something was, in a phenopacket: a date or an age, however the standard lets it be written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from hoofbeat.cases.dates import BEGAN, BEGAN_AT_AGE, first_day, from_interval, from_timestamp
from hoofbeat.cases.gather import Gatherer, shown
from hoofbeat.cases.times import read_age
from hoofbeat.terms import load_ontology

_AT_BIRTH = ("HP:0003577", "HP:0030674")  # congenital and antenatal onset


class When(NamedTuple):
    """A date as written, or an age in years; neither, if it is not known."""

    date: str | None = None
    age_years: float | None = None


def field(data: Mapping[str, Any], key: str) -> Any:
    """Return a field by its camelCase or snake_case name; None if it is not there."""
    if key in data:
        return data[key]
    snake = "".join(f"_{c.lower()}" if c.isupper() else c for c in key)
    return data.get(snake)


def read_when(element: Any, path: str, gather: Gatherer, at: str = "") -> When:
    """Return when something was from a time element. What of it cannot be kept is told under `path`.

    An age before birth, and an onset said to be congenital or antenatal, is an age of 0.
    """
    if not element:
        return When()
    said = element if isinstance(element, Mapping) else {}
    duration = duration_of(said)
    if duration is not None:
        if field(said, "ageRange") is not None:
            gather.leave(f"{path}.ageRange")
        return When(age_years=gather.age(duration, at))
    if said.get("timestamp") is not None:
        return When(read_stamp(said["timestamp"], gather, at))
    if said.get("interval") is not None:
        return When(read_interval(said["interval"], f"{path}.interval", gather, at))
    if isinstance(term := field(said, "ontologyClass"), Mapping):
        return _class(str(term.get("id", "")), path, gather, at)
    before_birth = field(said, "gestationalAge") is not None
    gather.leave(f"{path}.gestationalAge" if before_birth else path)
    return When(age_years=0.0 if before_birth else None)


def duration_of(element: Mapping[str, Any]) -> Any:
    """Return the ISO duration of a time element: an age, or the middle of an age range in years."""
    age = element.get("age")
    if isinstance(age, Mapping):
        text = age.get("iso8601duration")
        return text.get("iso8601duration") if isinstance(text, Mapping) else text
    if isinstance(age, str):
        return age
    spread = field(element, "ageRange")
    if isinstance(spread, Mapping):
        ends = [read_age(duration_of({"age": spread.get(k)})) for k in ("start", "end")]
        known = [e for e in ends if e is not None]
        return sum(known) / len(known) if known else None
    return None


def read_stamp(value: Any, gather: Gatherer, at: str = "") -> str:
    """Return a timestamp as a date, no less exact than it was written; a warning if it is none."""
    found = from_timestamp(str(value))
    if first_day(found) is None:
        gather.note(
            "warning", "bad-date", f"{shown(value)} is no date", "write 2026-03-14, 2026-03 or 2026", at
        )
    return found


def read_interval(value: Any, path: str, gather: Gatherer, at: str = "") -> str | None:
    """Return the year or month that an interval fills, or else its first day; its end is told as left."""
    ends = value if isinstance(value, Mapping) else {}
    start, end = ends.get("start"), ends.get("end")
    if start is None:
        gather.leave(path)
        return None
    if end is not None:
        if period := from_interval(str(start), str(end)):
            return period
        gather.leave(f"{path}.end")
    return read_stamp(start, gather, at)


def _class(code: str, path: str, gather: Gatherer, at: str) -> When:
    if code.startswith(BEGAN):
        return When(code.removeprefix(BEGAN))
    if code.startswith(BEGAN_AT_AGE):
        return When(age_years=gather.age(code.removeprefix(BEGAN_AT_AGE), at))
    gather.leave(f"{path}.ontologyClass")
    onto = load_ontology()
    known = onto.resolve(code).status in ("current", "alternative")
    return When(age_years=0.0) if known and any(onto.is_a(code, term) for term in _AT_BIRTH) else When()
