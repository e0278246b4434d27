"""BOQA: a Bayesian network with findings missed and findings by chance (Bauer and others, 2012).

The disease switches on its annotated terms and all their ancestors. What is observed, ancestors included,
differs: a term that is on is missed with chance 0.1, one that is off is seen with chance 0.001. A term whose
parents are not all observed cannot be observed, and says nothing (the true-path rule). This is the variant
without frequencies, with both chances fixed.

Verified: the probability of what is observed, summed over the whole network by brute force on small invented
ontologies, is the one given here; the four counts of terms that a public re-implementation (P2GX/BOQA, made
to agree with the authors' pyboqa) expects for five published patients; and its product of the four powers.
"""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis.baselines.profiles import Profiles, Vector

BY_CHANCE, MISSED = 0.001, 0.1


class Tally(NamedTuple):
    """How many terms each disease and the patient agree and disagree about; shape (diseases,) each."""

    neither: Vector
    missed: Vector
    by_chance: Vector
    both: Vector


def tally(profiles: Profiles, present: Collection[int]) -> Tally:
    """Count terms on and off, leaving out those that could not have been observed."""
    seen = profiles.closure(present)
    edge = _edge(profiles, seen)
    both, missed = profiles.summed(seen), profiles.summed(edge)
    return Tally(len(edge) - missed, missed, len(seen) - both, both)


def scores(profiles: Profiles, present: Collection[int], absent: Collection[int] = ()) -> Vector:
    """Return the log-likelihood of what is observed under every disease; shape (diseases,)."""
    del absent
    return log_likelihood(tally(profiles, present))


def log_likelihood(found: Tally, by_chance: float = BY_CHANCE, missed: float = MISSED) -> Vector:
    """Return the log of the product of the four chances, each to the power of its count."""
    return (
        found.neither * math.log1p(-by_chance)
        + found.missed * math.log(missed)
        + found.by_chance * math.log(by_chance)
        + found.both * math.log1p(-missed)
    )


def _edge(profiles: Profiles, seen: npt.NDArray[np.intp]) -> npt.NDArray[np.intp]:
    """Terms not observed all of whose parents are."""
    if not len(seen):
        return seen
    graph = profiles.graph
    below, parents_seen = np.unique(
        np.concatenate([graph.children(t) for t in seen.tolist()]), return_counts=True
    )
    parents = np.diff(graph.parent_start)[below]
    edge = below[parents_seen == parents]
    found: npt.NDArray[np.intp] = edge[~np.isin(edge, seen)].astype(np.intp)
    return found
