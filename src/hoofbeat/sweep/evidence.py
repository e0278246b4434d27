"""Why somebody is on the list: the rows behind each finding, and what each finding adds, to the last unit."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hoofbeat.sweep.definition import Definition
from hoofbeat.sweep.features import falls
from hoofbeat.sweep.plan import AGAIN, COURSE, FALL, SINGLE, TREATED, ScoreTables

if TYPE_CHECKING:
    import ibis

_COLUMNS = ("person_id", "member", "signal", "day", "source", "row_id", "amount")


def evidence_rows(
    definition: Definition, used: ibis.Table, features: ibis.Table, listed: ibis.Table, tables: ScoreTables
) -> ibis.Table:
    """Return the rows behind each finding of the people listed: which table, which row, which day.

    A rash that lasts or comes again is shown by its first and last record; weight loss by the rows that lie
    below.
    """
    recent = used.filter(used.day > used.as_of_day - definition.history_days)
    recent = recent.inner_join(listed.select("person_id"), "person_id")
    seen = features.select("person_id", "member", "first_day", "last_day")
    shows = tables.shows.select("signal", "member", "how")
    plain = recent.inner_join(shows.filter(shows.how.isin([SINGLE, TREATED])), "signal")
    plain = plain.inner_join(seen, ["person_id", "member"])
    course = recent.inner_join(shows.filter(shows.how.isin([COURSE, AGAIN])), "signal")
    course = course.inner_join(seen, ["person_id", "member"])
    course = course.filter((course.day == course.first_day) | (course.day == course.last_day))
    lower = falls(recent).inner_join(shows.filter(shows.how == FALL), "signal")
    lower = lower.inner_join(seen, ["person_id", "member"])
    return plain.select(*_COLUMNS).union(course.select(*_COLUMNS), lower.select(*_COLUMNS), distinct=True)


def contributions(
    definition: Definition, person: dict[str, Any], members: list[int]
) -> list[tuple[str, str, int]]:
    """Return (term, name, points) of everything that makes up somebody's points, in the model's order.

    Findings of one group share a cause: each adds what it adds to those named before it, so that the parts
    sum to the whole. Age, sex and the form's share come first.

    person: form, band, age and sex, as they were scored.
    """
    form, band, sex, age = (int(person[c]) for c in ("form", "band", "sex", "age"))
    variant, name = definition.forms[form]
    parts = [("age", f"Age {age}" if age >= 0 else "Age unknown", _age(definition, form, age))]
    parts.append(("sex", ("Sex unknown", "Female", "Male")[sex], int(definition.sex_points[form, sex])))
    if variant:
        parts.append(("form", name, definition.form_points[form]))
    state: dict[int, int] = {}
    for member in sorted((definition.members[m] for m in members), key=lambda m: m.number):
        before = state.get(member.group, 0)
        after = before | 1 << member.bit
        table = definition.points[member.group][form, band, sex]
        parts.append((member.term, member.name, int(table[after] - table[before])))
        state[member.group] = after
    return parts


def _age(definition: Definition, form: int, age: int) -> int:
    return int(definition.age_points[form, age]) if age >= 0 else 0
