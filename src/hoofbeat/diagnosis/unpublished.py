"""How much a value says where none is published: which side of the usual limit, not how far from it."""

from __future__ import annotations

import math

from hoofbeat.knowledge import Distribution, load_interpretations

CORRECTED_FROM = 40.0
_Z90 = 1.6448536269514722
# Share of values outside anybody's curve, as in quantities; half of it on either side of the limit.
_OUTSIDE = 0.02


def within(value: float, curve: Distribution) -> float:
    """Return a value, or the end of the curve that it lies beyond where no published value stands beside it.

    The tail of such a curve is but the shape that was assumed: a very low albumin says as much as a low one.
    """
    return value if curve.also else min(max(value, curve.low), curve.high)


def bounds(curve: Distribution, usual: Distribution, limit: float, slip: float = 0.0) -> tuple[float, float]:
    """Return the least and most likelihood ratio: those of lying on either side of the usual limit.

    curve, usual: values with the disease and in those tested without it, among whom low ones are common;
    slip: share of samples that say nothing. Unbounded where published values stand beside the curve.
    """
    if curve.also:
        return 0.0, math.inf
    here, there = _below(limit, curve), _below(limit, usual)
    sides = [(1 - slip) * a / b + slip for a, b in ((here, there), (1 - here, 1 - there))]
    return min(sides), max(sides)


def _below(limit: float, curve: Distribution) -> float:
    middle = (math.log(curve.low) + math.log(curve.high)) / 2
    spread = max((math.log(curve.high) - math.log(curve.low)) / (2 * _Z90), 0.05)
    z = (math.log(limit) - middle) / spread
    return (1 - _OUTSIDE) * 0.5 * (1 + math.erf(z / math.sqrt(2))) + _OUTSIDE / 2


def at_usual_albumin(albumin: float, share: float | None = None) -> float:
    """Return the factor that takes zinc to an albumin of 40 g/L: the share that albumin carries is scaled up.

    albumin: in g/L; above 40 nothing is changed. share: of zinc carried by it, the middle one if not given.
    """
    if share is None:
        share = next(v.bound.mean for v in load_interpretations().values if v.bound)
    return 1 / max(1 - share * max(1 - albumin / CORRECTED_FROM, 0.0), 0.2)
