"""Chances, ratios and spans in the words of the page."""

from __future__ import annotations

import math

from hoofbeat.reports import factor, in_100, of_100, speaks

__all__ = ["SETTING_WORDS", "effect", "factor", "in_100", "of_100", "reach", "span"]

SETTING_WORDS = {
    "uniform": "if every disease were equally common",
    "described": "with diseases weighed by how often they are described",
    "population": "in the general population",
    "general_practice": "in general practice",
    "dermatology": "in a dermatology clinic",
    "rare_disease_clinic": "in a rare-disease clinic",
}
# from this ratio on a finding speaks strongly: ten, as evidence-based medicine teaches; three is assumed
_STRONG, _CLEAR = 10.0, 3.0
_FULL_BAR = 100.0


def span(low: float, high: float) -> str:
    """Return a range, its unit once where both ends have the same.

    >>> span(0.22, 0.63), span(2.9e-5, 8.6e-5), span(1.2e-5, 0.001)
    ('22–63', '29–86 per million', '12 per million to 0.1 of 100')
    """
    left, right = of_100(low), of_100(high)
    if right.endswith("million"):
        return f"{left.removesuffix(' per million')}–{right}"
    if left.endswith("million") or right.startswith("over"):
        return f"{left} to {right}" + (" of 100" if left.endswith("million") else "")
    return f"{left}–{right}"


def effect(ratio: float) -> str:
    """Return which way a likelihood ratio speaks, and how loudly.

    >>> [effect(r) for r in (52, 4, 1.3, 1.0, 0.8, 0.05)]
    ['strongly for', 'for', 'weakly for', 'neither', 'weakly against', 'strongly against']
    """
    side = speaks(ratio)
    if side == "neither":
        return side
    size = max(ratio, 1 / ratio) if ratio > 0 else math.inf
    return f"strongly {side}" if size >= _STRONG else side if size >= _CLEAR else f"weakly {side}"


def reach(ratio: float) -> float:
    """Return how far a bar goes for a ratio, 0 to 1, on a logarithmic scale that ends at a hundredfold."""
    size = max(ratio, 1 / ratio) if ratio > 0 else _FULL_BAR
    return min(1.0, math.log(size) / math.log(_FULL_BAR))
