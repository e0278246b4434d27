"""From rows to what is known of each person at a date: who, and which findings since when."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoofbeat.sweep.definition import OLDEST, Definition, earliest_day, load_rules
from hoofbeat.sweep.observed import EARLIEST_YEAR, Filler, persons, spans
from hoofbeat.sweep.plan import AGAIN, COURSE, FALL, SINGLE, TREATED, ScoreTables
from hoofbeat.sweep.signals import MILLI, WEIGHT, signals
from hoofbeat.sweep.sources import Source

if TYPE_CHECKING:
    import ibis

FEATURE = ("person_id", "member", "first_day", "last_day", "days")


def people(
    source: Source,
    chosen: ibis.Table,
    rows: ibis.Table,
    tables: ScoreTables,
    *,
    as_of: int | None,
    fills: Filler | None = None,
) -> ibis.Table:
    """Return who was chosen: sex (0 unknown, 1 female, 2 male), age, band, first and last day seen.

    chosen: person_id. rows: those that count; they stand for the observation where records do not tell it.
    as_of: day on which everybody is looked at, if observed so long; None for each person's last observed
    day. age: on the day looked at, in whole years by the years alone, -1 if unknown.
    """
    import ibis

    chosen = chosen.select("person_id")
    period = source.table("observation_period")
    if period is not None:
        observed = spans(period)
    else:
        observed = rows.select("person_id", start_day=rows.day, end_day=rows.day)
    seen = observed.inner_join(chosen, "person_id").group_by("person_id")
    seen = seen.agg(start_day=ibis._.start_day.min(), end_day=ibis._.end_day.max())
    found = seen.inner_join(persons(source, chosen), "person_id")
    last = found.end_day
    if as_of is not None:
        last = ibis.least(last, as_of)
    elif fills is not None:
        last = (last > fills.limit).ifelse(fills.newest, last).cast("int64")
    found = found.mutate(as_of_day=last)
    # 719528 days lie between year 0 and 1970, a year has 365.2425; a day's error at new year does no harm
    year = ((found.as_of_day.cast("float64") + 719528.0) / 365.2425).floor().cast("int64")
    age = year - found.born
    known = (found.born >= EARLIEST_YEAR) & (age >= 0)
    found = found.mutate(age=known.ifelse(ibis.least(age, OLDEST), -1).cast("int64"))
    found = found.inner_join(tables.bands, "age")
    return found.select("person_id", "sex", "age", "band", "start_day", "as_of_day")


def used_rows(source: Source, rows: ibis.Table, who: ibis.Table, tables: ScoreTables) -> ibis.Table:
    """Return the rows that count: dated, observed, not after the date, and beyond the limit for the sex."""
    rows = rows.filter(rows.source > 0, rows.day >= earliest_day())
    rows = rows.inner_join(who, "person_id")
    rows = rows.filter(rows.day <= rows.as_of_day)
    period = source.table("observation_period")
    if period is not None:
        observed = spans(period).rename(seen_from="start_day", seen_to="end_day")
        observed = observed.inner_join(who.select("person_id"), "person_id")
        rows = rows.inner_join(observed, "person_id")
        rows = rows.filter(rows.day >= rows.seen_from, rows.day <= rows.seen_to)
    rows = rows.left_join(tables.limits, ["signal", "sex"])
    rows = rows.filter(rows.sense.isnull() | (rows.sense * rows.amount > rows.sense * rows.least))
    return rows.select("person_id", "signal", "day", "source", "row_id", "amount", "start_day", "as_of_day")


def features(definition: Definition, used: ibis.Table, tables: ScoreTables) -> ibis.Table:
    """Return person, member, first and last day, and number of days, for every finding that counts."""
    recent = used.filter(used.day > used.as_of_day - definition.history_days)
    rash = recent.filter(recent.signal.isin([*definition.rash])).select("person_id", "day").distinct()
    span = rash.group_by("person_id").agg(rash_first=rash.day.min(), rash_last=rash.day.max())
    shows = tables.shows
    found = [
        _single(definition, used, recent, span, shows),
        _of_rash(
            span.filter(span.rash_last - span.rash_first > load_rules()["long_course"]["days"]), shows, COURSE
        ),
        _of_rash(_again(rash).inner_join(span, "person_id"), shows, AGAIN),
        _falls_found(recent, shows),
        _treated(recent, span, shows),
    ]
    rows = found[0].union(*found[1:], distinct=False)
    return rows.group_by("person_id", "member").agg(
        first_day=rows.first_day.min(), last_day=rows.last_day.max(), days=rows.days.max()
    )


def _single(
    definition: Definition, used: ibis.Table, recent: ibis.Table, span: ibis.Table, shows: ibis.Table
) -> ibis.Table:
    """Findings that one record shows; those that must be new, only in people in whom they are."""
    rules = load_rules()["new"]
    simple = shows.filter(shows.how == SINGLE)
    fresh = simple.filter(simple.fresh == 1).select("signal", "grp")
    ever = used.inner_join(fresh, "signal")
    ever = ever.group_by("person_id", "grp").agg(
        first_ever=ever.day.min(), start_day=ever.start_day.min(), as_of_day=ever.as_of_day.max()
    )
    ever = ever.left_join(span, "person_id").drop("person_id_right")
    apart = (ever.first_ever - ever.rash_first).abs()
    is_new = (
        (ever.first_ever >= ever.start_day + rules["washout"])
        & (ever.first_ever > ever.as_of_day - definition.history_days)
        & (ever.rash_first.isnull() | (apart <= rules["near_rash"]))
    )
    ever = ever.filter(is_new).select("person_id", "grp", "first_ever")
    rows = recent.inner_join(simple, "signal").select("person_id", "member", "grp", "fresh", "day")
    old = rows.filter(rows.fresh == 0).select("person_id", "member", "day")
    new = (
        rows.filter(rows.fresh == 1)
        .inner_join(ever, ["person_id", "grp"])
        .select("person_id", "member", "day")
    )
    return _summed(old.union(new, distinct=False))


def _summed(rows: ibis.Table) -> ibis.Table:
    return rows.group_by("person_id", "member").agg(
        first_day=rows.day.min(), last_day=rows.day.max(), days=rows.day.nunique().cast("int64")
    )


def _of_rash(persons: ibis.Table, shows: ibis.Table, how: int) -> ibis.Table:
    import ibis

    member = shows.filter(shows.how == how).select("member").distinct()
    rows = persons.cross_join(member)
    return rows.select(
        "person_id",
        "member",
        first_day=rows.rash_first,
        last_day=rows.rash_last,
        days=ibis.literal(2, "int64"),
    )


def _again(rash: ibis.Table) -> ibis.Table:
    """People whose rash came in episodes: a longer pause begins a new one."""
    import ibis

    rules = load_rules()["relapsing"]
    before = rash.day.lag().over(ibis.window(group_by=rash.person_id, order_by=rash.day))
    steps = rash.mutate(gap=(rash.day - before).fill_null(0))
    starts = steps.mutate(starts=(steps.gap >= rules["gap"]).ifelse(1, 0))
    counted = starts.group_by("person_id").agg(pauses=starts.starts.sum())
    return counted.filter(counted.pauses >= rules["episodes"] - 1).select("person_id")


def falls(recent: ibis.Table) -> ibis.Table:
    """Return the rows of weight that lie far enough below the highest before them."""
    import ibis

    rules = load_rules()["weight_fall"]
    weights = [s.number for s in signals() if s.kind == WEIGHT]
    rows = recent.filter(
        recent.signal.isin(weights),
        recent.amount >= rules["low_kg"] * MILLI,
        recent.amount <= rules["high_kg"] * MILLI,
    )
    window = ibis.range_window(
        preceding=rules["days"], following=0, group_by=rows.person_id, order_by=rows.day
    )
    rows = rows.mutate(highest=rows.amount.max().over(window))
    return rows.filter(rows.amount * 100 <= rows.highest * (100 - rules["percent"]))


def _falls_found(recent: ibis.Table, shows: ibis.Table) -> ibis.Table:
    member = shows.filter(shows.how == FALL).select("signal", "member")
    rows = falls(recent).inner_join(member, "signal").select("person_id", "member", "day")
    return _summed(rows)


def _treated(recent: ibis.Table, span: ibis.Table, shows: ibis.Table) -> ibis.Table:
    drugs = shows.filter(shows.how == TREATED).select("signal", "member", "repeated")
    rows = recent.inner_join(drugs, "signal").inner_join(span, "person_id")
    rows = rows.group_by("person_id", "member", "repeated").agg(
        first_day=rows.day.min(), last_day=rows.day.max(), days=rows.day.nunique().cast("int64")
    )
    return rows.filter(rows.days >= rows.repeated).select(*FEATURE)
