"""The ages at which a disease begins, from the rows that say so."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt


def onset_spans(
    entry: npt.NDArray[Any], onset: npt.NDArray[Any], kept: npt.NDArray[np.bool_], count: int
) -> npt.NDArray[np.float64]:
    """Return the ages, in years, between which each entry begins; shape (count, 2), NaN where unknown.

    entry: of each row. onset: its lowest and highest age and its weight, shape (rows, 3). kept: rows used.
    The span reaches from the lower quarter of the lowest ages to the upper quarter of the highest, each row
    standing as often as its weight.
    """
    found = np.full((count, 2), np.nan)
    times = onset[kept, 2].astype(int)
    who = np.repeat(entry[kept], times)
    for column, share in ((0, 0.25), (1, 0.75)):
        age = np.repeat(onset[kept, column], times)
        order = np.lexsort((age, who))
        sorted_who, sorted_age = who[order], age[order].astype(float)
        ids, first, many = np.unique(sorted_who, return_index=True, return_counts=True)
        # the quantile between two neighbours, as numpy's own
        place = share * (many - 1)
        low = np.floor(place).astype(int)
        high = np.minimum(low + 1, many - 1)
        below, above = sorted_age[first + low], sorted_age[first + high]
        found[ids, column] = below + (place - low) * (above - below)
    return found
