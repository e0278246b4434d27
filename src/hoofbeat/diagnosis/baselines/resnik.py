"""Resnik's similarity with best matches, as Phenomizer ranks (Köhler and others, Am J Hum Genet 2009).

Two terms are as similar as their most informative common ancestor is informative (Resnik 1995). Each finding
is compared with the disease's most similar annotation, and the other way round. Phenomizer's p values are not
restated.

Verified: pyhpo's own HPOSet.similarity with method "resnik" on the same ontology and annotations gives the
same numbers, for the mean of both directions ("funSimAvg"), the pooled mean ("BMA"), and single terms.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from hoofbeat.diagnosis.baselines.profiles import Profiles, Vector


def one_sided(profiles: Profiles, present: Collection[int], absent: Collection[int] = ()) -> Vector:
    """Return the mean, over the findings, of the best match in each disease; shape (diseases,)."""
    del absent
    return _from_findings(profiles, present) / max(len(present), 1)


def symmetric(profiles: Profiles, present: Collection[int], absent: Collection[int] = ()) -> Vector:
    """Return the mean of both directions, each averaged by itself; shape (diseases,)."""
    annotated, number = _from_disease(profiles, present)
    return (one_sided(profiles, present, absent) + annotated / np.maximum(number, 1)) / 2


def best_match_average(profiles: Profiles, present: Collection[int], absent: Collection[int] = ()) -> Vector:
    """Return the mean over findings and annotations together, so that long lists weigh more."""
    del absent
    annotated, number = _from_disease(profiles, present)
    return (_from_findings(profiles, present) + annotated) / np.maximum(number + len(present), 1)


def _from_findings(profiles: Profiles, present: Collection[int]) -> Vector:
    """Best matches of all findings, summed."""
    information = profiles.background.information
    total = np.zeros(profiles.size)
    for term in present:
        best = np.zeros(profiles.size)
        ancestors = profiles.onto.ancestor_indices(term)
        # the most informative is written last
        for a in ancestors[np.argsort(information[ancestors], kind="stable")]:
            if information[a] > 0:
                best[profiles.shown.of(a)[0]] = information[a]
        total += best
    return total


def _from_disease(profiles: Profiles, present: Collection[int]) -> tuple[Vector, Vector]:
    """Best matches of all annotations of each disease, summed; and how many annotations it has."""
    information = profiles.background.information
    closure = profiles.closure(present)
    best = np.zeros(len(profiles.onto))
    for a in closure[np.argsort(information[closure], kind="stable")]:
        if information[a] > 0:
            best[profiles.onto.descendant_indices(int(a))] = information[a]
    entry = profiles.own.entry
    total = np.bincount(entry, weights=best[profiles.own_term], minlength=profiles.size)
    number = np.bincount(entry, minlength=profiles.size)
    return total.astype(np.float64), number.astype(np.float64)
