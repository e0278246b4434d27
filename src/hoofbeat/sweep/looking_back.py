"""What a sweep would have given on earlier dates: how long before their diagnosis known patients come up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np

from hoofbeat.diagnosis import wilson
from hoofbeat.errors import UsageError
from hoofbeat.sweep.api import Place, Result, sweep
from hoofbeat.sweep.worklist import day_text

MONTH = 365.25 / 12
_EPOCH = dt.date(1970, 1, 1)
# Samples drawn for the interval of a median: enough that its ends waver by little.
_DRAWN, _ENOUGH = 4000, 6


class Gained(NamedTuple):
    """One known patient: day of the diagnosis, first date on which the list had them, months between."""

    person_id: int
    diagnosed: str
    listed: str
    rank: int
    months: float


class LookedBack(NamedTuple):
    """How a sweep would have done: known patients, those listed before they were, and what was gained.

    known: whose diagnosis came after the first date; earlier: all others, whom no list could have had first.
    months: median, least and most months from the first list that had them to the diagnosis; none if nobody
    was listed. share: those listed, of those known, with Wilson's 95 % interval. interval: of the median, by
    bootstrap, 95 %; none for few patients.
    """

    dates: tuple[str, ...]
    top: int
    known: int
    listed: int
    months: tuple[float, float, float] | None
    gained: tuple[Gained, ...]
    share: tuple[float, float, float] = (0.0, 0.0, 1.0)
    interval: tuple[float, float] | None = None
    earlier: int = 0


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
    first: dict[int, tuple[dt.date, int]] = {}
    known: dict[int, int] = {}
    for date, result in replay(disease, place, out, dates, top=top, say=say):
        if date is None:
            known = result.known
            continue
        for person in result.people:
            first.setdefault(person.person_id, (date, person.rank))
    gained: list[Gained] = []
    sought = {who: day for who, day in known.items() if day > (min(dates) - _EPOCH).days}
    for who, day in sorted(sought.items()):
        if who in first and (first[who][0] - _EPOCH).days < day:
            date, rank = first[who]
            months = (day - (date - _EPOCH).days) / MONTH
            gained.append(Gained(who, day_text(day), date.isoformat(), rank, round(months, 1)))
    told = sorted(g.months for g in gained)
    share = wilson(len(gained), len(sought))
    return LookedBack(
        dates=tuple(d.isoformat() for d in sorted(dates)),
        top=top,
        known=len(sought),
        earlier=len(known) - len(sought),
        listed=len(gained),
        months=(round(median(told), 1), told[0], told[-1]) if told else None,
        gained=tuple(gained),
        share=(share.value, share.low, share.high),
        interval=median_interval(told),
    )


def replay(
    disease: str,
    place: Place,
    out: Path,
    dates: Sequence[dt.date],
    *,
    top: int,
    say: Callable[[str], None],
) -> Iterator[tuple[dt.date | None, Result]]:
    """Yield each date with what a sweep as of it gives, in order; last, with None, as of each last day.

    An index holds what rows there are, so that nothing has to be kept between dates; other rows are read once
    and kept until the end. Raises UsageError for fewer than one date.
    """
    if not dates:
        raise UsageError("No date to look back to", remedy="--from 2015-01-01 --to 2020-01-01 --every 6")
    for date in sorted(dates):
        say(date.isoformat())
        keep = place.index is None
        yield date, sweep(disease, place, out, as_of=date, top=top, chances=False, keep=keep)
    yield None, sweep(disease, place, out, top=top, chances=False)


def median_interval(values: Sequence[float], *, seed: int = 1) -> tuple[float, float] | None:
    """Return the 95 % interval of the median, by drawing the values again (percentile bootstrap, Efron 1979).

    None for fewer than six: even the least and the most of five lie on one side of the true median more often
    than one time in twenty.

    >>> median_interval([12.0, 12.0])
    """
    if len(values) < _ENOUGH:
        return None
    drawn = np.random.default_rng(seed).choice(np.asarray(values, dtype=float), (_DRAWN, len(values)))
    low, high = np.quantile(np.median(drawn, axis=1), (0.025, 0.975))
    return round(float(low), 1), round(float(high), 1)


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
