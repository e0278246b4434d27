"""What an answer or a result would do to the list: information, the pair it separates, the list after."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]


class Pair(NamedTuple):
    """Two diseases (numbers) that a question or test tells apart, and how far their results differ (0..1)."""

    first: int
    second: int
    apart: float


def largest(values: Matrix, count: int) -> list[int]:
    """Return where the largest values stand, the largest first, the earlier first among equals."""
    count = min(count, len(values))
    chosen = np.argpartition(-values, count - 1)[:count] if count < len(values) else np.arange(len(values))
    return sorted((int(i) for i in chosen), key=lambda i: (-float(values[i]), i))


def information(chance: Matrix, outcome: Matrix) -> float:
    """Mutual information, in bits, between the disease and the result.

    chance: (diseases + 1,); outcome: P(result | disease), (results, diseases + 1). What Shannon (1948) calls
    the expected fall of uncertainty about which disease it is, "none of these" among them.

    >>> import numpy as np
    >>> even = np.array([0.5, 0.5])
    >>> information(even, np.array([[1.0, 0.0], [0.0, 1.0]])), information(even, np.full((2, 2), 0.5))
    (1.0, 0.0)
    """
    mean = np.maximum((outcome * chance).sum(axis=1), 1e-300)
    with np.errstate(divide="ignore", invalid="ignore"):
        gain = np.where(outcome > 0, outcome * np.log2(outcome / mean[:, None]), 0.0)
    return max(float((gain * chance).sum()), 0.0)


def about(chance: Matrix, outcome: Matrix, number: int) -> float:
    """Mutual information, in bits, between having one disease or not and the result."""
    p = float(chance[number])
    rest = chance.copy()
    rest[number] = 0.0
    others = (outcome * (rest / max(rest.sum(), 1e-300))).sum(axis=1)
    return information(np.array([p, 1 - p]), np.column_stack([outcome[:, number], others]))


def list_after(chance: Matrix, outcome: Matrix) -> Matrix:
    """Chances of all diseases after each result: (results, diseases + 1)."""
    joint = outcome * chance
    result: Matrix = joint / np.maximum(joint.sum(axis=1, keepdims=True), 1e-300)
    return result


def pair(chance: Matrix, outcome: Matrix, *, target: int | None = None, among: int = 12) -> Pair | None:
    """Return the two diseases that the results tell apart most, the likelier ones first.

    The distance of two diseases is the total variation of their results, weighed by how likely both are;
    with a target it is one of the two. None if nothing is told apart.
    """
    diseases = len(chance) - 1
    top = np.array(largest(chance[:diseases], among))
    best: tuple[float, Pair] | None = None
    for first in [target] if target is not None else top.tolist():
        for second in top.tolist():
            if first == second:
                continue
            apart = 0.5 * float(np.abs(outcome[:, first] - outcome[:, second]).sum())
            weight = apart * float(chance[second]) * (1.0 if target is not None else float(chance[first]))
            if best is None or weight > best[0]:
                best = weight, Pair(int(first), int(second), apart)
    return best[1] if best and best[0] > 0 else None


def evidence(chance: Matrix, outcome: Matrix, number: int, *, against: bool) -> float:
    """Weight of evidence, in bits, that the result is expected to bring for one disease, or against it.

    For it: expected in somebody who has it; against it: in somebody who has not. What Good (1950) calls the
    expected weight of evidence; Kullback and Leibler's divergence (1951) of the two distributions of results.
    """
    rest = chance.copy()
    rest[number] = 0.0
    there = np.maximum((outcome * (rest / max(rest.sum(), 1e-300))).sum(axis=1), 1e-12)
    here = np.maximum(outcome[:, number], 1e-12)
    ratio = np.log2(here / there)
    return float(-(there @ ratio) if against else here @ ratio)
