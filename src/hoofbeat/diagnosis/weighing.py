"""How far a laboratory value speaks for a disease: its band, and its likelihood ratio with its range."""

from __future__ import annotations

import math
from collections.abc import Sequence

from hoofbeat.diagnosis import quantities
from hoofbeat.diagnosis.outcomes import usual_curve
from hoofbeat.knowledge import Band, Confounder, ValueMeaning, load_knowledge
from hoofbeat.terms import Reading

_Ratio = tuple[float, float, float]
# The bands of glucagon below 500 pg/mL, where laboratories and assays differ.
_BELOW_500 = 3


def band_of(meaning: ValueMeaning, reading: Reading) -> Band:
    """Return the band of a value; what the laboratory itself calls low or usual goes before our own cuts."""
    bands = meaning.bands
    if meaning.test != "glucagon":
        order = {"low": 0, "normal": 1, "high": 2}
        return bands[min(order[reading.interpretation or "normal"], len(bands) - 1)]
    if _within_its_own_range(meaning, reading):
        return bands[0].model_copy(update={"says": "within this laboratory's own range, above that of most"})
    reached = [b for b in bands if reading.value > b.above or b is bands[0]]
    return bands[0] if len(reached) <= _BELOW_500 and reading.interpretation != "high" else reached[-1]


def _within_its_own_range(meaning: ValueMeaning, reading: Reading) -> bool:
    """Whether a glucagon above most laboratories' limit is not above its own; over 500 no limit counts."""
    if meaning.test != "glucagon" or reading.interpretation == "high":
        return False
    return meaning.bands[1].above < reading.value <= meaning.bands[_BELOW_500].above


def ratio_of(meaning: ValueMeaning, reading: Reading, found: Sequence[Confounder]) -> _Ratio:
    """Return P(value | disease) over P(value) in people like this without it, and its range.

    A glucagon within its own laboratory's range, though above that of most, is read both as it stands and as
    the same share of the usual limit, since assays are not interchangeable: the ratio lies midway, the range
    holds both.
    """
    if not _within_its_own_range(meaning, reading) or reading.multiple_of_upper_limit is None:
        return _ratio(meaning, reading, found)
    usual = meaning.bands[1].above * reading.multiple_of_upper_limit
    ratio, low, high = _ratio(meaning, scaled(reading, usual / reading.value), found)
    bare = _ratio(meaning, reading, found)
    return math.sqrt(ratio * bare[0]), min(low, bare[1]), max(high, bare[2])


def _ratio(meaning: ValueMeaning, reading: Reading, found: Sequence[Confounder]) -> _Ratio:
    """Density under the disease over density in people like this without it, and its range.

    The disease's curve is shifted by the factor that its centre is unsure by, and mixed with the samples
    that say nothing; so one low value lowers the chance only as far as that allows.
    """
    disease = load_knowledge().diseases[meaning.disease]
    curve = next(t.distribution for t in disease.tests.tests if t.test == meaning.test and t.distribution)
    value = quantities.Value(
        meaning.test, reading.value, reading.unit, reading.multiple_of_upper_limit, "", reading.issues
    )
    usual = usual_curve(meaning.test, [c.id for c in found])
    ratios = [quantities.value_ratio(value, curve, usual, meaning.slip.mean)]
    for factor in (meaning.centre.low, meaning.centre.high):
        moved = quantities.shifted(curve, factor)
        slips = (meaning.slip.low, meaning.slip.high)
        ratios += [quantities.value_ratio(value, moved, usual, slip) for slip in slips]
    return ratios[0], min(ratios), max(ratios)


def scaled(reading: Reading, by: float) -> Reading:
    """Return a reading with its value scaled, against the same range."""
    value = reading.value * by
    below, above = (
        reading.low is not None and value < reading.low,
        reading.high is not None and value > reading.high,
    )
    multiple = reading.multiple_of_upper_limit
    return reading._replace(
        value=value,
        interpretation="low" if below else "high" if above else "normal",
        multiple_of_upper_limit=multiple * by if multiple else None,
    )
