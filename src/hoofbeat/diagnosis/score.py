"""How likely a finding is under a hypothesis: the mathematics, without any patient.

Present findings follow the interpolated ancestor model of the ranking study: a likelihood ratio is the
chance that the finding is unrelated, plus each ancestor's frequency over its background, weighted. The
ratio becomes a probability again and is joined to the base rate by a noisy-OR, so that a common sign
neither condemns nor acquits a rare disease.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis.table import Table
from hoofbeat.terms import Ontology

Vector = npt.NDArray[np.float64]

# Interpolated ancestor model (ranking study, section 4): the optimum is flat around these values.
UNRELATED = 0.15
EXACT_WEIGHT = 0.92
IC_SCALE = 2.0
# Our own models speak in general words too: a coarser term of theirs counts for a finer finding at this
# share.
COARSER = 0.5
CAP = 0.98
# Any finding may stand in any record by chance or by slip: assumed 1 in 5,000 (0.005-0.1 %). Measured on
# patients with 261 rare diseases: at 1 in 500 the right one came among the first ten in 1 % fewer.
CHANCE = 0.0002


def ancestor_weights(table: Table, onto: Ontology, term: int) -> tuple[npt.NDArray[Any], Vector]:
    """Ancestors of a term (itself first) that any hypothesis has, and their weights, which sum to 1."""
    if term not in table.weights:
        table.weights[term] = _ancestor_weights(table, onto, term)
    return table.weights[term]


def _ancestor_weights(table: Table, onto: Ontology, term: int) -> tuple[npt.NDArray[Any], Vector]:
    ancestors = np.asarray(onto.ancestor_indices(term))
    used = ancestors[table.start[ancestors + 1] > table.start[ancestors]]
    others = used[used != term]
    distance = table.information[term] - table.information[others]
    weights = np.exp(-np.maximum(distance, 0.0) / IC_SCALE)
    total = weights.sum()
    exact = EXACT_WEIGHT if len(others) < len(used) else 0.0
    if total > 0:
        weights *= (1 - exact) / total
    return np.r_[[term], others] if exact else others, np.r_[[exact], weights] if exact else weights


def related_ratio(table: Table, onto: Ontology, term: int) -> Vector:
    """Likelihood ratio of a present finding under every hypothesis against the mean background."""
    ratio = np.full(len(table), UNRELATED)
    own = np.zeros(table.own_count)
    terms, weights = ancestor_weights(table, onto, term)
    for c, weight in zip(terms, weights, strict=True):
        hypothesis, frequency, via = table.column(int(c))
        lift = frequency * table.scale[hypothesis] / table.background[c]
        ratio[hypothesis] += weight * lift
        ours = hypothesis < table.own_count
        share = own_share(table, term, int(c), via[ours])
        np.maximum.at(own, hypothesis[ours], share * lift[ours])
    ratio[: table.own_count] = UNRELATED + own
    return ratio


def own_share(table: Table, term: int, at: int, via: npt.NDArray[Any]) -> Vector:
    """Share at which our own models' rows count for a finding that they meet at an ancestor.

    A row on the term itself, or on a kind of it, counts in full; a row on the ancestor at COARSER; a row on
    a relative that only shares the ancestor at COARSER, the less the more general that ancestor is.
    """
    if at == term:
        return np.ones(len(via))
    near = math.exp(-max(float(table.information[term] - table.information[at]), 0.0) / IC_SCALE)
    shares: Vector = np.where(via == at, COARSER, COARSER * near)
    return shares


def chance_of(ratio: Vector, background: float, leak: float) -> Vector:
    """P(present | hypothesis) from a ratio against the background, joined to the base rate by noisy-OR."""
    chance: Vector = 1 - (1 - leak) * (1 - np.minimum(background * ratio, CAP))
    return chance


def joint_of(frequency: npt.NDArray[Any], present: list[bool], strength: float) -> Vector:
    """Log-likelihood of findings that share one hidden cause: frequency of shape (findings, …) gives (…).

    The hidden state is as common as the group's most common finding there. Given it, each finding is as
    much commoner as `strength` says, such that its overall frequency stays what it was.

    >>> import numpy as np
    >>> apart = joint_of(np.array([0.1, 0.1]), [True, True], 0.0)
    >>> together = joint_of(np.array([0.1, 0.1]), [True, True], 0.8)
    >>> bool(np.isclose(np.exp(apart), 0.01) and together > apart)
    True
    """
    frequency = np.clip(frequency, 1e-9, 1 - 1e-9)
    if len(present) == 1:
        alone: Vector = np.log(frequency[0] if present[0] else 1 - frequency[0])
        return alone
    state = np.clip(frequency.max(axis=0), 0.02, 0.98)
    room = np.minimum((1 - frequency) / (1 - state), frequency / state)
    given = frequency + strength * (1 - state) * room
    without = frequency - strength * state * room
    signs = np.array(present).reshape((-1,) + (1,) * (frequency.ndim - 1))
    log_given = np.log(np.clip(np.where(signs, given, 1 - given), 1e-12, 1.0)).sum(axis=0)
    log_without = np.log(np.clip(np.where(signs, without, 1 - without), 1e-12, 1.0)).sum(axis=0)
    result: Vector = np.logaddexp(np.log(state) + log_given, np.log1p(-state) + log_without)
    return result
