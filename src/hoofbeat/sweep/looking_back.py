"""What a sweep would have given on earlier dates: how long before their diagnosis known patients come up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from hoofbeat.errors import UsageError
from hoofbeat.sweep.api import Place, sweep
from hoofbeat.sweep.worklist import day_text

_MONTH = 365.25 / 12
_EPOCH = dt.date(1970, 1, 1)


class Gained(NamedTuple):
    """One known patient: day of the diagnosis, first date on which the list had them, months between."""

    person_id: int
    diagnosed: str
    listed: str
    rank: int
    months: float


class LookedBack(NamedTuple):
    """How a sweep would have done: known patients on any date, those listed before, and what was gained.

    months: median, least and most months from the first list that had them to the diagnosis; none if nobody
    was listed.
    """

    dates: tuple[str, ...]
    top: int
    known: int
    listed: int
    months: tuple[float, float, float] | None
    gained: tuple[Gained, ...]


def look_back(
    disease: str,
    place: Place,
    out: Path,
    dates: Sequence[dt.date],
    *,
    top: int = 100,
    say: Callable[[str], None] = lambda _text: None,
) -> LookedBack:
    """Sweep as of each date, and see when those who have the diagnosis now were first on the list.

    Rows are read from the records once. A person counts as known from the first record of the diagnosis in
    the records. Raises UsageError for fewer than one date.
    """
    if not dates:
        raise UsageError("No date to look back to", remedy="--from 2015-01-01 --to 2020-01-01 --every 6")
    known: dict[int, int] = {}
    first: dict[int, tuple[dt.date, int]] = {}
    for date in sorted(dates):
        say(date.isoformat())
        result = sweep(disease, place, out, as_of=date, top=top, chances=False, keep=True)
        for person in result.people:
            first.setdefault(person.person_id, (date, person.rank))
    result = sweep(disease, place, out, top=top, chances=False)
    known |= result.known
    gained: list[Gained] = []
    for who, day in sorted(known.items()):
        if who in first and (first[who][0] - _EPOCH).days < day:
            date, rank = first[who]
            months = (day - (date - _EPOCH).days) / _MONTH
            gained.append(Gained(who, day_text(day), date.isoformat(), rank, round(months, 1)))
    told = sorted(g.months for g in gained)
    span = (round(median(told), 1), told[0], told[-1]) if told else None
    return LookedBack(
        tuple(d.isoformat() for d in sorted(dates)), top, len(known), len(gained), span, tuple(gained)
    )


def every(first: dt.date, last: dt.date, months: int) -> list[dt.date]:
    """Return the dates from first to last, so many months apart.

    >>> [d.isoformat() for d in every(dt.date(2019, 12, 31), dt.date(2020, 7, 1), 3)]
    ['2019-12-28', '2020-03-28', '2020-06-28']
    """
    found, year, month = [], first.year, first.month
    while (date := dt.date(year, month, min(first.day, 28))) <= last:
        found.append(date)
        year, month = year + (month + months - 1) // 12, (month + months - 1) % 12 + 1
    return found
