"""Weight loss from body weights that were written down at different times."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from hoofbeat.apps.web.fhir_rules import fhir_rules


class Weight(NamedTuple):
    """One body weight in kilograms."""

    day: date
    kilograms: float


class Fall(NamedTuple):
    """A fall in body weight.

    since: the first day it was seen. share: percent below the highest. regained: whether a later weight is
    back above the limit, so that it is no finding of today.
    """

    highest: Weight
    lowest: Weight
    since: date
    share: float
    regained: bool


def in_kilograms(value: float, unit: str) -> float | None:
    """Return a weight in kilograms; None for a unit that is not one, or a weight no adult or child has."""
    rules = fhir_rules()
    factor = rules.kilograms.get(unit.strip().lower())
    if factor is None or not rules.weight_fall.low_kg <= value * factor <= rules.weight_fall.high_kg:
        return None
    return value * factor


def weight_fall(weights: Iterable[Weight]) -> Fall | None:
    """Return the latest fall that counts, or None.

    A weight counts when it lies far enough below the highest of the two years before it; the limits are
    data. What was lost and put on again comes back as regained.

    >>> fall = weight_fall([Weight(date(2025, 1, 1), 80), Weight(date(2026, 1, 1), 70)])
    >>> fall.share, fall.since.isoformat()
    (12.5, '2026-01-01')
    >>> weight_fall([Weight(date(2020, 1, 1), 80), Weight(date(2026, 1, 1), 70)]) is None
    True
    """
    rule, kept = fhir_rules().weight_fall, sorted(set(weights))
    found: tuple[int, Weight] | None = None
    # the weights of the last two years that no later one exceeds: the first of them is the highest
    highs: deque[Weight] = deque()
    for n, weight in enumerate(kept):
        while highs and highs[-1].kilograms <= weight.kilograms:
            highs.pop()
        highs.append(weight)
        while (weight.day - highs[0].day).days > rule.days:
            highs.popleft()
        if weight.kilograms * 100 <= highs[0].kilograms * (100 - rule.percent):
            found = n, highs[0]
    if found is None:
        return None
    last, highest = found
    limit = highest.kilograms * (100 - rule.percent) / 100
    spell = [w for w in kept[: last + 1] if w.day >= highest.day and w.kilograms <= limit]
    lowest = min(spell, key=lambda w: w.kilograms)
    return Fall(
        highest,
        lowest,
        since=spell[0].day,
        share=round(100 * (1 - lowest.kilograms / highest.kilograms), 1),
        regained=kept[-1].kilograms > limit,
    )
