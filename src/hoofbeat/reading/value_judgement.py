"""Where a printed value lies: against the printed range, by the printed flag, or against the usual range."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

from hoofbeat.reading.model import Value
from hoofbeat.reading.units import Unit
from hoofbeat.reading.value_patterns import Analyte
from hoofbeat.reading.value_tail import Tail

_MISFIT = 6.0  # a printed range so many times off the usual one was printed for another unit


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
