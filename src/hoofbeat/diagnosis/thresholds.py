"""When a test is worth doing: the testing threshold and the treatment threshold (Pauker, Kassirer 1980)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.knowledge import Investigation, Knowledge, Stakes, load_thresholds

Matrix = npt.NDArray[np.float64]


class Cut(NamedTuple):
    """The two thresholds of one test for one disease, and what they are made of.

    testing: below it the disease is too unlikely to test. treatment: above it, acting without the test is
    better. acting: the chance at which acting is right when there is no test. benefit, harm, burden: days of
    full health. sensitivity, false_alarm: P(positive result) with the disease and without.
    """

    testing: float
    treatment: float
    acting: float
    sensitivity: float
    false_alarm: float
    benefit: float
    harm: float
    burden: float


def cut(*, sensitivity: float, false_alarm: float, benefit: float, harm: float, burden: float) -> Cut:
    """Return the thresholds of a test.

    With P(+|D) the sensitivity, P(+|d) the false alarms, B the benefit of acting on one who has the disease,
    R the harm of acting on one who has not and r the burden of the test: testing = (P(+|d) R + r) /
    (P(+|d) R + P(+|D) B), treatment = (P(-|d) R - r) / (P(-|d) R + P(-|D) B). Both lie between 0 and 1; where
    the test is so poor or so harmful that they cross, it is never the best choice.

    >>> cheap = cut(sensitivity=0.9, false_alarm=0.01, benefit=700, harm=4, burden=0.01)
    >>> cheap.testing < 0.0001 < cheap.acting < cheap.treatment
    True
    """
    testing = (false_alarm * harm + burden) / max(false_alarm * harm + sensitivity * benefit, 1e-12)
    quiet, missed = (1 - false_alarm) * harm, (1 - sensitivity) * benefit
    treatment = (quiet - burden) / max(quiet + missed, 1e-12)
    return Cut(
        testing=min(max(testing, 0.0), 1.0),
        treatment=min(max(treatment, 0.0), 1.0),
        acting=harm / (harm + benefit),
        sensitivity=sensitivity,
        false_alarm=false_alarm,
        benefit=benefit,
        harm=harm,
        burden=burden,
    )


def stakes_of(knowledge: Knowledge, slug: str) -> Stakes:
    """Return what is gained and lost by acting on one of our own diseases."""
    about = knowledge.diseases[slug].about
    return load_thresholds().stakes_of(slug, kind=about.kind, do_not_miss=about.do_not_miss)


def positives(what: Investigation, count: int) -> tuple[int, ...]:
    """Return the numbers of the results that count as positive for the diseases a test is for."""
    if what.bands:
        return tuple(range(what.bands.positive, count))
    if what.finding:
        return (0,)
    return tuple(i for i, result in enumerate(what.results) if result.supports)


def without(chance: Matrix, number: int) -> Matrix:
    """Return the chances of everything but one disease, summing to 1."""
    rest = chance.copy()
    rest[number] = 0.0
    result: Matrix = rest / max(rest.sum(), 1e-300)
    return result


def cut_of(
    outcome: Matrix, chance: Matrix, number: int, *, positive: tuple[int, ...], stakes: Stakes, burden: float
) -> Cut:
    """Return the thresholds of a test for one disease in one patient.

    outcome: (results, diseases + 1); chance: of each disease, "none" last. False alarms are those of the
    other diseases this patient may have, each as likely as it is here.
    """
    seen = outcome[list(positive)].sum(axis=0)
    return cut(
        sensitivity=float(seen[number]),
        # a plain product: threads of a matrix library cost more than they save at this size
        false_alarm=float((seen * without(chance, number)).sum()),
        benefit=stakes.benefit.middle,
        harm=stakes.harm.middle,
        burden=burden,
    )


def after(outcome: Matrix, chance: Matrix, number: int, of: float) -> Matrix:
    """Return the chance of a disease after each result, from its decision chance `of` before."""
    here, there = outcome[:, number], (outcome * without(chance, number)).sum(axis=1)
    odds = of / max(1 - of, 1e-12) * here / np.maximum(there, 1e-12)
    result: Matrix = odds / (1 + odds)
    return result
