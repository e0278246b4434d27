"""A forest of decision trees kept as plain arrays and walked for many candidates at once.

Extremely randomised trees (Geurts 2006, doi:10.1007/s10994-006-6226-1); the answer is the mean of the leaves.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hoofbeat.errors import KnowledgeError

FILE = Path(__file__).parent / "data" / "ranker.npz"
_BLOCK = 2048  # candidates walked at once, so that the work stays in the processor's own memory


class Forest:
    """Trees joined end to end.

    column, threshold: what each node asks (column < 0 at a leaf); left: the node for "not above"; the next
    one is for "above". chance: answer of a leaf. roots: first node of each tree. cutoffs: by name.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], names: tuple[str, ...]) -> None:
        self.column = arrays["column"].astype(np.int64)
        self.threshold = arrays["threshold"].astype(np.float32)
        self.left = arrays["left"].astype(np.int64)
        self.chance = arrays["chance"].astype(np.float32) / np.float32(65535)
        self.roots = arrays["roots"].astype(np.int64)
        self.cutoffs = dict(zip(arrays["cutoff_names"].tolist(), arrays["cutoffs"].tolist(), strict=True))
        self.names = names

    def chances(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return the chance of each row of features; shape (n,)."""
        parts = [self._block(features[k : k + _BLOCK]) for k in range(0, len(features), _BLOCK)]
        return np.concatenate(parts) if parts else np.empty(0)

    def _block(self, features: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        n, width = features.shape
        flat = np.ascontiguousarray(features).reshape(-1)
        total = np.zeros(n, dtype=np.float64)
        node = np.repeat(self.roots[None, :], n, axis=0).reshape(-1)
        base = np.repeat(np.arange(n) * width, len(self.roots))
        owner = np.repeat(np.arange(n), len(self.roots))
        while len(node):
            column = self.column[node]
            leaf = column < 0
            if leaf.any():
                total += np.bincount(owner[leaf], weights=self.chance[node[leaf]], minlength=n)
                inner = ~leaf
                node, base, owner, column = node[inner], base[inner], owner[inner], column[inner]
            node = self.left[node] + (flat[base + column] > self.threshold[node])
        return total / len(self.roots)


@cache
def load_forest(names: tuple[str, ...]) -> Forest:
    """Return the trained forest. Raises KnowledgeError if it was trained on other columns."""
    with np.load(FILE, allow_pickle=False) as stored:
        arrays = {name: stored[name] for name in stored.files}
    if tuple(arrays["names"].tolist()) != names:
        raise KnowledgeError(
            "The reading ranker does not fit this version",
            where=str(FILE.name),
            why="It was trained on other columns than those computed now.",
            remedy="train it anew: python -m hoofbeat.reading.train",
        )
    return Forest(arrays, names)
