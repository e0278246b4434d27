"""Laboratory values: scored by their density where a model gives one, else as the finding they amount to."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.cases import Case
from hoofbeat.diagnosis import unpublished
from hoofbeat.diagnosis.table import Table
from hoofbeat.errors import Issue
from hoofbeat.knowledge import (
    Distribution,
    Knowledge,
    ValueMeaning,
    load_interpretations,
    load_knowledge,
    load_usual_values,
)
from hoofbeat.terms import read_measurement

Vector = npt.NDArray[np.float64]
_Z90 = 1.6448536269514722
MULTIPLE = "x upper limit"
# Two laboratories, two assays, one illness: a value may lie outside anybody's curve.
OUTSIDE = 0.02
# Nothing measured once settles a diagnosis by itself: a ratio beyond this is cut.
LARGEST_RATIO = 1000.0


class Value(NamedTuple):
    """One laboratory value understood: in its test's own unit, and as a multiple of the upper limit."""

    test: str
    value: float
    unit: str
    multiple: float | None
    interpretation: str
    issues: tuple[Issue, ...]


def read_values(case: Case, knowledge: Knowledge) -> tuple[list[Value], list[str], list[str]]:
    """Return values to be scored by density, and the findings that the other values show or rule out."""
    curves = {t.test for d in knowledge.diseases.values() for t in d.tests.tests if t.distribution}
    by_density: dict[str, Value] = {}
    present: list[str] = []
    absent: list[str] = []
    for m in case.measurements:
        reading = read_measurement(
            m.test, m.value, m.unit, low=m.low, high=m.high, sex=case.sex, age_years=case.age_years
        )
        if reading.test is None or reading.interpretation is None:
            continue
        if reading.test in curves:
            # the first value of a test is the one on which the diagnosis was to be made
            by_density.setdefault(
                reading.test,
                Value(
                    reading.test,
                    reading.value,
                    reading.unit,
                    reading.multiple_of_upper_limit,
                    reading.interpretation,
                    reading.issues,
                ),
            )
        elif reading.finding:
            present.append(reading.finding)
        else:
            absent.extend(reading.absent_finding)
    return _for_albumin(by_density), present, absent


def _for_albumin(values: dict[str, Value]) -> list[Value]:
    """Return the values, zinc as it would be with 40 g/L of the albumin that carries it.

    So a low albumin, which speaks for itself, is not counted a second time as a low zinc.
    """
    albumin, zinc = values.get("albumin"), values.get("zinc")
    if albumin and zinc:
        by = unpublished.at_usual_albumin(albumin.value)
        values["zinc"] = zinc._replace(value=zinc.value * by, multiple=zinc.multiple and zinc.multiple * by)
    return list(values.values())


def log_values(table: Table, values: list[Value]) -> Vector:
    """Log density of the values under every hypothesis, relative to someone with none of the diseases."""
    knowledge = load_knowledge()
    result = np.zeros(len(table))
    for value in values:
        usual = load_usual_values().get(value.test)
        if usual is None:
            continue
        for h in range(table.own_count):
            hypothesis = table[h]
            curve = knowledge.diseases[hypothesis.slug].curve(value.test, hypothesis.variant)
            if curve is not None:
                result[h] += math.log(value_ratio(value, curve, usual))
    return result


def value_ratio(value: Value, curve: Distribution, usual: Distribution, slip: float = 0.0) -> float:
    """Return how much likelier a value is with a disease than without any of them.

    curve, usual: how it is spread in both; slip: share of samples that say nothing of the disease.
    """
    limit = _meaning(value.test).bands[1].above
    at = value._replace(value=unpublished.within(value.value, curve))
    least, most = unpublished.bounds(curve, usual, limit, slip)
    base = density(at, usual)
    ratio = ((1 - slip) * density(at, curve) + slip * base) / base
    return min(max(min(max(ratio, least), most), 1 / LARGEST_RATIO), LARGEST_RATIO)


def ratio_range(value: Value, curve: Distribution, usual: Distribution) -> tuple[float, float]:
    """Return the ends of value_ratio: where the curve lies, and how many samples slip, is unsure."""
    meaning = _meaning(value.test)
    ratios = [
        value_ratio(value, shifted(curve, factor), usual, slip)
        for factor in (meaning.centre.low, meaning.centre.high)
        for slip in (meaning.slip.low, meaning.slip.high)
    ]
    found = [*ratios, value_ratio(value, curve, usual)]
    return min(found), max(found)


def _meaning(test: str) -> ValueMeaning:
    return next(v for v in load_interpretations().values if v.test == test)


def shifted(curve: Distribution, factor: float) -> Distribution:
    """Return a curve of values with its centre moved by a factor."""
    spread = curve.assumption or curve.reported
    assert spread is not None  # noqa: S101 (amounts are never counted)
    part = spread.model_copy(update={"low": spread.low * factor, "high": spread.high * factor})
    return curve.model_copy(update={"assumption" if curve.assumption else "reported": part})


def density(value: Value, curve: Distribution) -> float:
    """Density of a value (per unit of its logarithm) under a lognormal with the given central 90 %.

    A curve in multiples of the upper limit reads the value as such; heavy tails of 2 % keep one assay's
    outlier from deciding all.
    """
    scale = value.multiple if curve.unit == MULTIPLE and value.multiple else value.value
    middle = (math.log(curve.low) + math.log(curve.high)) / 2
    spread = max((math.log(curve.high) - math.log(curve.low)) / (2 * _Z90), 0.05)
    z = (math.log(max(scale, 1e-9)) - middle) / spread
    normal = math.exp(-0.5 * z * z) / (spread * math.sqrt(2 * math.pi))
    wide = 1 / math.log(1e6)
    return (1 - OUTSIDE) * normal + OUTSIDE * wide
