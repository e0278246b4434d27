"""From findings to scores in whole thousandths of a nat, and the bound that spares most people the work."""

from __future__ import annotations

from functools import reduce
from typing import TYPE_CHECKING

from hoofbeat.sweep.definition import Definition, earliest_day
from hoofbeat.sweep.events import NO_DAY
from hoofbeat.sweep.marks import WORDS, counting
from hoofbeat.sweep.plan import ScoreTables

if TYPE_CHECKING:
    import ibis

_KEPT = ("person_id", "sex", "age", "band")


def scores(features: ibis.Table, who: ibis.Table, tables: ScoreTables) -> ibis.Table:
    """Return person, form and points: the form of the disease with the most points, the first if equal.

    Points are sums of whole numbers, so every engine finds the same.
    """
    import ibis

    bits = tables.masks.select("member", "grp", "bit")
    rows = features.select("person_id", "member").inner_join(bits, "member")
    found = _of_forms(rows.inner_join(who.select(*_KEPT), "person_id"), tables.points, tables)
    first = ibis.window(group_by=found.person_id, order_by=[found.points.desc(), found.form.asc()])
    found = found.mutate(place=ibis.row_number().over(first))
    return found.filter(found.place == 0).select("person_id", "form", "points")


def most(marked: ibis.Table, who: ibis.Table, tables: ScoreTables) -> ibis.Table:
    """Return person and the points they would have if everything marked counted.

    Of each group of findings the best combination is taken that can be made of what is marked, for the
    person's own age and sex.
    """
    possible = marked.inner_join(who.select(*_KEPT), "person_id").cross_join(tables.masks)
    shows = reduce(lambda a, b: a | b, (possible[n] & possible[f"mask_{n}"] for n in WORDS)) != 0
    found = _of_forms(possible.filter(shows), tables.caps, tables)
    return found.group_by("person_id").agg(points=found.points.max())


def _of_forms(rows: ibis.Table, points: ibis.Table, tables: ScoreTables) -> ibis.Table:
    """Person, form and points of each form of the disease; rows: a finding each, with its group and bit."""
    # age and sex go along from here, as engines may otherwise join every age with every state first
    states = rows.group_by(*_KEPT, "grp").agg(state=rows.bit.sum().cast("int64"))
    placed = states.inner_join(points, ["grp", "band", "sex", "state"])
    found = placed.group_by("person_id", "form", "sex", "age").agg(found=placed.points.sum().cast("int64"))
    ages = tables.ages.rename(of_age="points")
    sexes = tables.sexes.rename(of_sex="points")
    found = found.inner_join(ages, ["age", "form"]).inner_join(sexes, ["sex", "form"])
    return found.mutate(points=found.found + found.of_age + found.of_sex)


def known_people(definition: Definition, rows: ibis.Table, as_of: int | None) -> ibis.Table:
    """Return those who have the diagnosis, or one that excludes it, by the date, and since when.

    As of everybody's last day, a diagnosis without a date is known too: since NO_DAY if no other has one.
    """
    rows = rows.filter(rows.source > 0) if as_of is None else counting(rows, as_of)
    known = rows.filter(rows.signal.isin([*definition.known]))
    since = known.day.min(where=known.day >= earliest_day())
    return known.group_by("person_id").agg(known_day=since.fill_null(NO_DAY).cast("int64"))


def most_beside(definition: Definition) -> int:
    """Return the most points that age, sex and form can add to those of the findings."""
    return max(
        int(definition.age_points[f].max()) + int(definition.sex_points[f].max()) + definition.form_points[f]
        for f in range(len(definition.forms))
    )


def best(rows: ibis.Table, column: str, count: int) -> ibis.Table:
    """Return the first `count` people by a column, the lower number first among equals."""
    return rows.order_by([rows[column].desc(), rows.person_id.asc()]).limit(count)
