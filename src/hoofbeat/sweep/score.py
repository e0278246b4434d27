"""From findings to scores in whole thousandths of a nat, and the bound that spares most people the work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoofbeat.sweep.definition import Definition
from hoofbeat.sweep.features import earliest_day
from hoofbeat.sweep.plan import ScoreTables

if TYPE_CHECKING:
    import ibis


def scores(features: ibis.Table, who: ibis.Table, tables: ScoreTables) -> ibis.Table:
    """Return person, form and points: the form of the disease with the most points, the first if equal.

    Points are sums of whole numbers, so every engine finds the same.
    """
    import ibis

    bits = tables.shows.select("member", "grp", "bit").distinct()
    rows = features.inner_join(bits, "member")
    states = rows.group_by("person_id", "grp").agg(state=rows.bit.sum().cast("int64"))
    placed = states.inner_join(who.select("person_id", "sex", "age", "band"), "person_id")
    placed = placed.inner_join(tables.points, ["grp", "band", "sex", "state"])
    found = placed.group_by("person_id", "form", "sex", "age").agg(found=placed.points.sum().cast("int64"))
    ages = tables.ages.rename(of_age="points")
    sexes = tables.sexes.rename(of_sex="points")
    found = found.inner_join(ages, ["age", "form"]).inner_join(sexes, ["sex", "form"])
    found = found.mutate(points=found.found + found.of_age + found.of_sex)
    first = ibis.window(group_by=found.person_id, order_by=[found.points.desc(), found.form.asc()])
    found = found.mutate(place=ibis.row_number().over(first))
    return found.filter(found.place == 0).select("person_id", "form", "points")


def counting(rows: ibis.Table, as_of: int | None) -> ibis.Table:
    """Return the rows that may count: readable, dated, and not after the date."""
    kept = rows.filter(rows.source > 0, rows.day >= earliest_day())
    return kept if as_of is None else kept.filter(kept.day <= as_of)


def known_people(definition: Definition, rows: ibis.Table, as_of: int | None) -> ibis.Table:
    """Return those who have the diagnosis, or one that excludes it, by the date, and since when."""
    rows = counting(rows, as_of)
    known = rows.filter(rows.signal.isin([*definition.known]))
    return known.group_by("person_id").agg(known_day=known.day.min())


def bounds(
    definition: Definition, rows: ibis.Table, known: ibis.Table, tables: ScoreTables, as_of: int | None
) -> ibis.Table:
    """Return person and ceiling: a number that the points of findings cannot exceed.

    Everything that might count is taken to count, at its ceiling (see Definition); age, sex and form come on
    top.
    """
    rows = counting(rows, as_of)
    wanted = rows.filter(rows.signal.notin([*definition.known])) if definition.known else rows
    seen = wanted.select("person_id", "signal").distinct().inner_join(tables.ceilings, "signal")
    found = seen.group_by("person_id").agg(ceiling=(seen.ceiling.sum() + seen.once.max()).cast("int64"))
    found = found.left_join(known, "person_id")
    return found.filter(found.known_day.isnull()).select("person_id", "ceiling")


def within_reach(
    rows: ibis.Table, who: ibis.Table, tables: ScoreTables, *, as_of: int | None, least: int
) -> ibis.Table:
    """Return those of `who` who can still reach `least` points, by ceilings for their own age and sex.

    A group of findings adds no more than its best combination.
    """
    import ibis

    seen = counting(rows, as_of).select("person_id", "signal").distinct()
    seen = seen.inner_join(who.select("person_id", "band", "sex"), "person_id")
    seen = seen.inner_join(tables.caps, ["signal", "band", "sex"])
    groups = seen.group_by("person_id", "grp").agg(
        ceiling=ibis.least(seen.ceiling.sum().cast("int64"), seen.cap.max())
    )
    most = groups.group_by("person_id").agg(most=groups.ceiling.sum().cast("int64"))
    return who.inner_join(most.filter(most.most >= least).select("person_id"), "person_id")


def most_beside(definition: Definition) -> int:
    """Return the most points that age, sex and form can add to those of the findings."""
    return max(
        int(definition.age_points[f].max()) + int(definition.sex_points[f].max()) + definition.form_points[f]
        for f in range(len(definition.forms))
    )


def best(rows: ibis.Table, column: str, count: int) -> ibis.Table:
    """Return the first `count` people by a column, the lower number first among equals."""
    return rows.order_by([rows[column].desc(), rows.person_id.asc()]).limit(count)
