"""The likelihood ratios of every finding in every background disease, in one byte each.

Ranking all diseases needs only to know which few can be first; those are then scored exactly (see
hoofbeat.diagnosis.exact). The ratios are laid out once, a row of bytes for each finding, and memory-mapped:
a case reads only the rows of its findings.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis.score import UNRELATED, ancestor_weights, related_ratio
from hoofbeat.diagnosis.table import FORMAT, Table
from hoofbeat.terms import Ontology, cached, load_ontology

Bytes = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]
# 0 stands for an unrelated finding, 255 for the largest ratio there is: the rarest term, always there.
LEVELS = 256
_LOWEST = math.log(UNRELATED)
_HIGHEST = 10.8
_STEP = (_HIGHEST - _LOWEST) / (LEVELS - 1)
RATIOS: Floats = np.exp(_LOWEST + _STEP * np.arange(LEVELS))


class Quantised:
    """Rows of bytes, one for each kind of finding: `row(term)` has shape (background diseases,).

    Terms that nobody is annotated with, and that have the same annotated ancestors, share a row.
    """

    def __init__(self, codes: Bytes, row_of: npt.NDArray[np.int32]) -> None:
        self._codes, self._row_of = codes, row_of

    def row(self, term: int) -> Bytes:
        """Return the levels of one ontology index, to be looked up in RATIOS."""
        codes: Bytes = self._codes[self._row_of[term]]
        return codes


def load_quantised(table: Table) -> Quantised:
    """Return the rows of a table, laid out on first use (some seconds) and memory-mapped after."""
    return _load(table, f"{table.release}-{table.version}-v{FORMAT}".replace("+", "-"))


@lru_cache(maxsize=4)
def _load(table: Table, key: str) -> Quantised:
    arrays, _ = cached("quantised", key, lambda: (_compile(table, load_ontology()), {}))
    return Quantised(arrays["codes"], arrays["row_of"])


def _compile(table: Table, onto: Ontology) -> dict[str, npt.NDArray[Any]]:
    row_of = np.zeros(len(onto), dtype=np.int32)
    known: dict[tuple[int, ...], int] = {}
    rows: list[int] = []
    for term in range(len(onto)):
        used = tuple(np.sort(ancestor_weights(table, onto, term)[0]).tolist())
        if used not in known:
            known[used] = len(rows)
            rows.append(term)
        row_of[term] = known[used]
    codes = np.empty((len(rows), len(table) - table.own_count), dtype=np.uint8)
    for row, term in enumerate(rows):
        ratio = related_ratio(table, onto, term)[table.own_count :].astype(np.float32)
        codes[row] = np.clip(np.rint((np.log(ratio) - _LOWEST) / _STEP), 0, LEVELS - 1)
    return {"codes": codes, "row_of": row_of}
