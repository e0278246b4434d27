"""Where a printed value lies: against the printed range, by the printed flag, or against the usual range."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

from hoofbeat.reading import value_patterns as patterns
from hoofbeat.reading.context import assert_mentions
from hoofbeat.reading.model import Assertion, Value
from hoofbeat.reading.units import Unit
from hoofbeat.reading.value_patterns import Analyte
from hoofbeat.reading.value_tail import Tail

_MISFIT = 6.0  # a printed range so many times off the usual one was printed for another unit
_BEFORE = 300  # characters before a value in which a relative is named, if it is a relative's
_RELATIVE = re.compile(
    r"\b(?:mother|mum|mom|father|dad|parent|brother|sister|sibling|twin|grand\w{3,9}|aunt|uncle|cousin|nephew|niece"
    r"|son|daughter|husband|wife|partner|relative|family|fhx?|his child|her child)",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?]\s|\n\s*\n")
_CLAUSE = re.compile(r"[.;\n](?!\d)")
_DECIMAL_COMMA = re.compile(r"(?<![\d.,])(?:\d{1,4},\d{1,2}|0,\d{3})(?![\d.,]\d|\d)")
_IN_THREES = re.compile(r"(?<![\d.,])[1-9]\d{0,2}[.,]\d{3}(?!\d|[.,]\d)")


class Person(NamedTuple):
    """Whose value it is, as far as known."""

    age_years: float | None = None
    sex: str = "unknown"


def judge(
    value: Value, analyte: Analyte, tail: Tail, person: Person, *, said: str = "", elsewhere: bool = False
) -> Value:
    """Return a value with its direction, the basis of that, and what is wrong with it.

    said: the words it was read from, which may say what else would be unclear ("fasting"). elsewhere:
    measured in another fluid than blood, where neither usual range nor finding holds.
    """
    problem = _problem(value, analyte, tail, elsewhere=elsewhere)
    low, high = tail.low, tail.high
    if tail.range_unit is not None and tail.unit is not None and (low is not None or high is not None):
        low, high, fault = _range_in_unit(analyte, tail)
        problem = problem or fault
    direction, basis = "", ""
    if low is not None or high is not None:
        direction, basis = _against(tail, low, high), "printed range"
        if not elsewhere and not problem and _misfits(analyte, tail.unit, low, high, person):
            direction, problem = "", f"the printed range does not fit {analyte.test.name} in {value.unit}"
        if value.flag and direction and value.flag != direction:
            problem = problem or "the printed flag and the printed range disagree"
    elif value.flag:
        direction, basis = value.flag, "printed flag"
    elif not problem and not elsewhere:
        direction, problem = _by_default(analyte, tail, person, said)
        basis = "default range" if direction else ""
    finding = {"low": analyte.test.low_is, "high": analyte.test.high_is}.get(direction, "")
    return replace(
        value, low=low, high=high, direction=direction, basis=basis if direction else "", problem=problem,
        finding=(finding or None) if not elsewhere else None,
    )  # fmt: skip


def _problem(value: Value, analyte: Analyte, tail: Tail, *, elsewhere: bool) -> str:
    unit = tail.unit
    if unit is None:
        return "" if analyte.unit_left_out else "no unit printed"
    if unit.code == "ULN" or (unit.code == "%" and analyte.percent is not None):
        return ""
    own = analyte.own(tail.value, unit)
    if own is None:
        return f"{analyte.test.name} is not given in {value.unit}"
    least, most = analyte.test.possible
    bounded = tail.sign and 0 <= own <= most  # "<1" may lie below what can be measured
    if not elsewhere and not least <= own <= most and not bounded:
        return f"{value.value:g} {value.unit} is impossible for {analyte.test.name}: check the unit"
    return ""


def _range_in_unit(analyte: Analyte, tail: Tail) -> tuple[float | None, float | None, str]:
    """Return a range printed in another unit in the unit of the value."""
    if tail.unit is None or tail.range_unit is None or tail.unit[2:] == tail.range_unit[2:]:
        return tail.low, tail.high, ""
    limits: list[float | None] = []
    nought, one = analyte.own(0.0, tail.unit), analyte.own(1.0, tail.unit)
    for limit in (tail.low, tail.high):
        own = None if limit is None else analyte.own(limit, tail.range_unit)
        if limit is not None and (own is None or nought is None or one is None or one == nought):
            return None, None, "value and printed range are in different units"
        limits.append(
            None if own is None or nought is None or one is None else (own - nought) / (one - nought)
        )
    return limits[0], limits[1], ""


def _against(tail: Tail, low: float | None, high: float | None) -> str:
    """Return where a value lies against a range; "" where "less than" or "more than" leaves it open."""
    value = tail.value
    if tail.sign == "<":
        if low is not None and value <= low and low > 0:
            return "low"
        return "normal" if (low is None or low <= 0) and high is not None and value <= high else ""
    if tail.sign == ">":
        if high is not None and value >= high:
            return "high"
        return "normal" if (high is None or math.isinf(high)) and low is not None and value >= low else ""
    if low is not None and value < low:
        return "low"
    return "high" if high is not None and value > high else "normal"


def _misfits(
    analyte: Analyte, unit: Unit | None, low: float | None, high: float | None, person: Person
) -> bool:
    """Tell whether a printed range is so far off the usual one that it was printed for another unit."""
    usual = analyte.usual(person.age_years, person.sex)
    if unit is None or usual is None or low is None or high is None or unit.code == "%":
        return False
    own = analyte.own(high, unit)
    # only usual ranges with two limits are narrow enough to judge by
    if own is None or own <= 0 or usual[0] <= 0 or math.isinf(usual[1]):
        return False
    return not 1 / _MISFIT < own / usual[1] < _MISFIT


def _by_default(analyte: Analyte, tail: Tail, person: Person, said: str) -> tuple[str, str]:
    """Return direction and problem by the usual range."""
    unit = tail.unit
    if unit is not None and unit.code == "ULN":
        return ("high" if tail.value > 1 else "normal"), ""
    if unit is not None and unit.code == "%" and analyte.percent is not None:
        return _against(tail, *analyte.percent), ""
    usual = analyte.usual(person.age_years, person.sex)
    own = tail.value if unit is None else analyte.own(tail.value, unit)
    if usual is None or own is None:
        return "", ""
    if analyte.unclear and not any(word in said.lower() for word in analyte.unclear[2]):
        start, end, _, why = analyte.unclear
        if start < own <= end:
            return "", why
    return _against(tail._replace(value=own), *usual), ""


def said_of_values(text: str, values: Sequence[Value]) -> list[Assertion]:
    """Return for each value whose it is, and whether it was measured or only wished for or waited for.

    >>> from hoofbeat.reading.values import find_values
    >>> text = "Transfuse if Hb <70 g/L. Her mother had an Hb of 60 g/L."
    >>> [(a.status, a.who) for a in said_of_values(text, find_values(text))]
    [('hypothetical', 'patient'), ('present', 'mother')]
    """
    wishes = [m.end() for m in patterns.wish_words().finditer(text)]
    said = [Assertion("hypothetical") if _is_wished(text, v, wishes) else Assertion() for v in values]
    relatives = [m.start() for m in _RELATIVE.finditer(text)]
    near = [n for n, v in enumerate(values) if _beside_relative(text, v, relatives)]
    for n, found in zip(near, assert_mentions(text, [values[n].span for n in near]), strict=True):
        said[n] = replace(said[n], who=found.who, cues=found.cues if found.who != "patient" else ())
    return said


def _beside_relative(text: str, value: Value, relatives: Sequence[int]) -> bool:
    """Whether a relative is named in the sentence of a value; relatives: where any is named."""
    start, end = max(0, value.span.start - _BEFORE), value.span.end + 30
    near = relatives[bisect_left(relatives, start) : bisect_left(relatives, end)]
    return any(_SENTENCE.search(text, place, value.span.start) is None for place in near)


def _is_wished(text: str, value: Value, wishes: Sequence[int]) -> bool:
    """Whether a value is only aimed for, or waited for; wishes: where words of that end."""
    start, end = value.span
    near = bisect_left(wishes, start - 60)
    if near == len(wishes) or wishes[near] > end + 30:
        return False
    before = _CLAUSE.split(text[max(0, start - 60) : start])[-1]
    found = patterns.wished().search(before)
    if found is not None and (found["wish"] or not patterns.told_as_fact().search(text, start, end + 1)):
        return True
    return patterns.wished_after().match(text, end) is not None


def without_doubtful(text: str, values: Sequence[Value]) -> list[Value]:
    """Return values, those marked that are not this patient's, or may be a thousand times as large."""
    commas = any(_DECIMAL_COMMA.search(text, *v.span) for v in values)
    kept = []
    for value, said in zip(values, said_of_values(text, values), strict=True):
        if said.status == "hypothetical":
            kept.append(_unjudged(value, "a wish or a condition, not a result"))
        elif said.who != "patient":
            told = value if value.basis != "default range" else _unjudged(value, "")
            kept.append(replace(told, problem=f"told of: {said.who}"))
        elif commas and _in_threes(text, value):
            kept.append(
                _unjudged(value, "the sign before three digits may part thousands or be a decimal sign")
            )
        else:
            kept.append(value)
    return kept


def _in_threes(text: str, value: Value) -> bool:
    found = (m[0] for m in _IN_THREES.finditer(text, *value.span))
    return any(patterns.number_of(digits) == value.value for digits in found)


def _unjudged(value: Value, problem: str) -> Value:
    return replace(value, direction="", basis="", finding=None, problem=value.problem or problem)
