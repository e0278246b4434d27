"""Shares and means with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

_Z95 = 1.959963984540054
DRAWS = 2000


class Share(BaseModel):
    """A share or mean with its 95 % interval."""

    model_config = ConfigDict(frozen=True)

    value: float
    low: float
    high: float


def wilson(n: int, of: int) -> Share:
    """Share n/of with its 95 % interval (Wilson 1927); an empty group gives 0 with the interval 0..1.

    >>> wilson(0, 10).high > 0.2
    True
    """
    if of == 0:
        return Share(value=0.0, low=0.0, high=1.0)
    share, z2 = n / of, _Z95**2
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z95 * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Share(
        value=share, low=max(0.0, min(centre - half, share)), high=min(1.0, max(centre + half, share))
    )


def mean(values: Sequence[float]) -> Share:
    """Mean with its 95 % interval by the normal approximation, kept within 0..1; nothing gives 0, 0..1."""
    n = len(values)
    if n == 0:
        return Share(value=0.0, low=0.0, high=1.0)
    middle = sum(values) / n
    spread = math.sqrt(sum((v - middle) ** 2 for v in values) / max(n - 1, 1) / n)
    return Share(value=middle, low=max(0.0, middle - _Z95 * spread), high=min(1.0, middle + _Z95 * spread))


def clustered(values: Sequence[float], clusters: Sequence[str], *, seed: int = 1) -> Share:
    """Mean with its 95 % interval by resampling whole clusters (Field and Welsh 2007), such as publications.

    Patients of one publication resemble each other, so that resampling patients would promise too much.

    >>> one_paper = clustered([1, 1, 1, 0, 0, 0], ["a", "a", "a", "b", "b", "b"])
    >>> one_paper.low, one_paper.high
    (0.0, 1.0)
    """
    if not values:
        return Share(value=0.0, low=0.0, high=1.0)
    _, of = np.unique(np.array(clusters), return_inverse=True)
    total = np.bincount(of, weights=np.array(values, dtype=float))
    size = np.bincount(of).astype(float)
    drawn = np.random.default_rng(seed).integers(0, len(total), size=(DRAWS, len(total)))
    means: npt.NDArray[np.float64] = total[drawn].sum(axis=1) / size[drawn].sum(axis=1)
    low, high = np.quantile(means, (0.025, 0.975))
    value = float(total.sum() / size.sum())
    return Share(value=value, low=min(float(low), value), high=max(float(high), value))
