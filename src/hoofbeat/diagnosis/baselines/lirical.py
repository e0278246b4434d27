"""LIRICAL's rules: a likelihood ratio for each finding, by how it matches the disease's annotations.

Robinson and others, Am J Hum Genet 2020; the rules as version 2.4 applies them, restated from its public
description and behaviour. Of the rules that fit a finding the first decides:

1. the disease is said not to have the finding or something it is a kind of: 0.001;
2. the disease is annotated with the very term: its frequency over the background frequency;
3. it is annotated with kinds of it: the largest of their frequencies over the background;
4. it is annotated with a direct parent: the parent's frequency shared evenly among the parent's children,
   but no less than a chance finding, over the background (a grandparent does not count here);
5. both have an ancestor below "Phenotypic abnormality": the nearest one, with the annotation's frequency
   divided by ten for each step up, over that ancestor's background, but no less than 0.01 (of equally near
   ones that with the lower id, which the original leaves open);
6. otherwise 0.01.

A frequency that is not given is 100 %; a background is never below 1 in 10,000. Kinds that were all looked
for in vain make the ratio of rule 3 zero, as in the original. Ranks are by the product itself, before the
original turns it into a chance that ties at 100 %.

Verified: the background frequencies that LIRICAL's own tests expect of five diseases, and the 100 % of a
frequency not given; each rule against a figure worked out by hand; the whole against a slow reading of the
rules, term by term, on invented ontologies and on HPO.
"""

from __future__ import annotations

from collections.abc import Collection

import numpy as np

from hoofbeat.diagnosis.baselines.profiles import Profiles, Vector

FLOOR = 0.01
RAREST = 1e-4
CONTRADICTED, AGREED_ABSENT = 1e-3, 1e3
# A chance finding is thought rarer the rarer it is: 1 in 500 to 1 in 10 of its background.
_CHANCE_LOW, _CHANCE_HIGH = 0.002, 0.10
_TOO_USUAL = 0.99


def scores(profiles: Profiles, present: Collection[int], absent: Collection[int] = ()) -> Vector:
    """Return the log of the product of the likelihood ratios of all findings; shape (diseases,)."""
    total = np.zeros(profiles.size)
    with np.errstate(divide="ignore"):
        for term in present:
            total += np.log(ratios(profiles, term))
        for term in absent:
            total += np.log(excluded_ratios(profiles, term))
    return total


def present_only(profiles: Profiles, present: Collection[int], absent: Collection[int] = ()) -> Vector:
    """Return the same without the excluded findings."""
    del absent
    return scores(profiles, present)


def ratios(profiles: Profiles, term: int) -> Vector:
    """Return the likelihood ratio of a finding that is present, in every disease; shape (diseases,).

    Written from the weakest rule to the strongest, each overwriting the last.
    """
    near = profiles.graph.nearest_first(profiles.onto, term)
    usual = _usual(profiles, term)
    ratio = np.full(profiles.size, FLOOR)
    for ancestor in near[::-1]:
        entry, faded = profiles.near.of(ancestor)
        ratio[entry] = np.maximum(FLOOR, faded / _usual(profiles, ancestor))
    shared = np.zeros(profiles.size)
    for parent in profiles.graph.parents(term):
        entry, frequency = profiles.own.of(parent)
        shared[entry] = np.maximum(shared[entry], frequency / len(profiles.graph.children(parent)))
    by_parent = shared > 0
    ratio[by_parent] = np.maximum(shared[by_parent], _chance(profiles, term)) / usual
    ratio[profiles.absent_above.of(term)[0]] = 0.0
    for columns in (profiles.shown, profiles.own):
        entry, frequency = columns.of(term)
        ratio[entry] = frequency / usual
    for ancestor in near:
        ratio[profiles.absent.of(ancestor)[0]] = CONTRADICTED
    return ratio


def excluded_ratios(profiles: Profiles, term: int) -> Vector:
    """Return the likelihood ratio of a finding looked for in vain, in every disease; shape (diseases,).

    1000 where the disease is said not to have it (or a kind of it: so the original); else one minus its
    frequency, at least 0.01, over one minus the background.
    """
    usual = _usual(profiles, term)
    if usual > _TOO_USUAL:
        return np.ones(profiles.size)
    ratio = np.full(profiles.size, 1 / (1 - usual))
    entry, frequency = profiles.shown.of(term)
    ratio[entry] = np.maximum(FLOOR, 1 - frequency) / (1 - usual)
    ratio[profiles.absent_above.of(term)[0]] = AGREED_ABSENT
    return ratio


def _usual(profiles: Profiles, term: int) -> float:
    return max(float(profiles.background.frequency[term]), RAREST)


def _chance(profiles: Profiles, term: int) -> float:
    """How likely a finding is that has nothing to do with the disease."""
    usual = float(profiles.background.frequency[term])
    slope = (_CHANCE_HIGH - _CHANCE_LOW) / (_CHANCE_HIGH - FLOOR)
    return (_CHANCE_LOW + (usual - FLOOR) * slope) * usual
