"""Which candidates stand, once each has its chance."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hoofbeat.reading.candidates import Candidates
from hoofbeat.reading.lexicon import Lexicon


def select(
    found: Candidates,
    chance: npt.NDArray[np.float64],
    lexicon: Lexicon,
    least: float,
    kept: npt.NDArray[np.bool_] | None = None,
) -> list[int]:
    """Return the candidates that stand, the likeliest first.

    Each set of words names one term, and each term is named once at a place. kept: candidates that stand
    below `least` too, unless their words are taken.
    """
    order = np.lexsort((found.row, -lexicon.length[found.row], -chance))
    taken: set[tuple[int, ...]] = set()
    # word by word, so that a text that repeats one finding is no slower than any other
    places: set[tuple[int, int]] = set()
    chosen = []
    wanted = chance >= least
    if kept is not None:
        wanted |= kept
    own = np.sort(np.where(found.lent, -1, found.token), axis=1)
    for k in order[wanted[order]].tolist():
        words = tuple(own[k].tolist())
        term = int(lexicon.term[found.row[k]])
        first, last = int(found.first[k]), int(found.last[k])
        place = [(term, at) for at in range(first, last + 1)]
        if words in taken or not places.isdisjoint(place):
            continue
        taken.add(words)
        places.update(place)
        chosen.append(k)
    return chosen
