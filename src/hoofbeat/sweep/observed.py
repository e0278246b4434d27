"""Who is in the records, each once, and from when to when they are observed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple

from hoofbeat.sweep.definition import earliest_day
from hoofbeat.sweep.events import day_of
from hoofbeat.sweep.sources import Source

if TYPE_CHECKING:
    import ibis

_MALE, _FEMALE = 8507, 8532
EARLIEST_YEAR = 1850
# Records are often shifted by up to a year, to hide who it is; what is later than that fills a column.
LATER = 366
_EPOCH = dt.date(1970, 1, 1)

PEOPLE = (
    "people",
    "people without year of birth",
    "people with a year of birth that cannot be believed",
    "people who stand more than once in the table person",
)
NOT_IN_PERSON = "people with findings who are not in the table person"
NOT_OBSERVED = "people with findings but without a period of observation that can be read"
IN_FUTURE = "people observed until a day in the future"


class Filler(NamedTuple):
    """Last days beyond `limit` stand for "until now": the newest day that rows bear is taken instead."""

    limit: int
    newest: int


def persons(source: Source, chosen: ibis.Table) -> ibis.Table:
    """Return person, year born (0 unknown) and sex (0 unknown, 1 female, 2 male), one row each.

    chosen: person_id. Of somebody who stands there twice, what the rows disagree about is unknown.
    """
    table = source.need("person")
    rows = table.select(
        person_id=table.person_id.cast("int64"), born=table.year_of_birth.cast("int64"), sex=_sex(table)
    )
    rows = rows.semi_join(chosen, "person_id")
    born, sex = rows.born.nullif(0), rows.sex.nullif(0)
    once = rows.group_by("person_id").agg(
        born=born.min(), born_too=born.max(), sex=sex.min(), sex_too=sex.max()
    )
    return once.select(
        "person_id",
        born=(once.born == once.born_too).ifelse(once.born, 0).fill_null(0).cast("int64"),
        sex=(once.sex == once.sex_too).ifelse(once.sex, 0).fill_null(0).cast("int64"),
    )


def _sex(person: ibis.Table) -> Any:
    import ibis

    concept = person.gender_concept_id.cast("int64").fill_null(0)
    if "gender_source_value" in person.columns:
        written = person.gender_source_value.cast("string").upper().left(1).fill_null("")
    else:
        written = ibis.literal("")
    return (
        ((concept == _FEMALE) | ((concept == 0) & (written == "F")))
        .ifelse(1, ((concept == _MALE) | ((concept == 0) & (written == "M"))).ifelse(2, 0))
        .cast("int64")
    )


def spans(period: ibis.Table) -> ibis.Table:
    """Return person, first and last day of each period that has a last day; the first is no filler."""
    import ibis

    found = period.select(
        person_id=period.person_id.cast("int64"),
        start_day=ibis.greatest(day_of(period.observation_period_start_date), earliest_day()).cast("int64"),
        end_day=day_of(period.observation_period_end_date),
    )
    return found.filter(found.end_day >= earliest_day())


def filler(source: Source, rows: ibis.Table) -> Filler | None:
    """Return what to take for last days that only fill a column, such as 2099-12-31; None if there are none.

    Where most rows lie in the future, dates were moved on purpose and are left as they are.
    """
    today = (dt.date.today() - _EPOCH).days  # noqa: DTZ011 (a day more or less does not matter)
    limit, period = today + LATER, source.table("observation_period")
    if source.engine.number((rows.day if period is None else spans(period).end_day).max()) <= limit:
        return None
    believed = rows.filter(rows.day >= earliest_day())
    future = (believed.day > limit).sum()
    newest = believed.day.max(where=believed.day <= today)
    told = source.engine.fetch(believed.aggregate(rows=believed.count(), future=future, newest=newest))[0]
    if told["newest"] is None or 2 * int(told["future"] or 0) > int(told["rows"]):
        return None
    return Filler(limit, int(told["newest"]))


def count_people(source: Source) -> dict[str, int]:
    """Return how many people there are, how many of unknown age, and how many stand there more than once."""
    person = source.need("person")
    year = person.year_of_birth.cast("int64")
    wrong = (year < EARLIEST_YEAR) | (year > dt.date.today().year)  # noqa: DTZ011 (on one night a year a newborn may be off)
    counted = person.aggregate(
        rows=person.count(), people=person.person_id.nunique(), unborn=year.isnull().sum(), wrong=wrong.sum()
    )
    told = {name: int(count or 0) for name, count in source.engine.fetch(counted)[0].items()}
    found = (told["people"], told["unborn"], told["wrong"], told["rows"] - told["people"])
    return dict(zip(PEOPLE, found, strict=True))


def seen_people(source: Source, marked: ibis.Table) -> tuple[ibis.Table, dict[str, int]]:
    """Return those marked who can be looked at, and how many of the others there are, by what is wrong."""
    period, told = source.table("observation_period"), {}
    person = source.need("person")
    checks = [(NOT_IN_PERSON, person.select(person_id=person.person_id.cast("int64")))]
    if period is not None:
        checks.append((NOT_OBSERVED, spans(period).select("person_id")))
    for name, ids in checks:
        told[name] = source.engine.number(marked.anti_join(ids, "person_id").count())
        if told[name]:
            marked = marked.semi_join(ids, "person_id")
    return marked, told


def count_future(source: Source, rows: ibis.Table, fills: Filler | None) -> int:
    """Return how many people are observed beyond what can be."""
    if fills is None:
        return 0
    period = source.table("observation_period")
    days = rows.select("person_id", end_day=rows.day) if period is None else spans(period)
    return source.engine.number(days.filter(days.end_day > fills.limit).person_id.nunique())
