"""The chance that a decision rests on: averaged over what is uncertain, where ranking takes the middle.

Findings are discounted because they are not independent. How much is right in a setting of care is not known,
and a prevalence is known within a factor of ten; ranking takes the middle of both. Expected gain and loss
depend on the mean chance (Pauker and Kassirer 1980), and where the chance is small its mean lies above its
middle.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis import framing
from hoofbeat.diagnosis.posterior import RESEARCH, Scored, softmax
from hoofbeat.knowledge import load_calibration, load_knowledge

Vector = npt.NDArray[np.float64]
_NODES = 5
# 3.29 standard deviations lie between the ends of a central 90 % range
_SPAN = 3.29


def discounts() -> Vector:
    """Return the discounts averaged over, 1 as much as without a setting, 0 none."""
    span = load_calibration().discount
    steps = (np.arange(_NODES) + 0.5) / _NODES
    result: Vector = span.low + (span.high - span.low) * steps
    return result


def heats(temperature: float, given: Sequence[float] | Vector | None = None) -> Vector:
    """Return the powers of the findings' likelihood that the discounts amount to."""
    wanted = discounts() if given is None else np.asarray(given)
    result: Vector = 1 - wanted * (1 - temperature)
    return result


@lru_cache(maxsize=4)
def mean_lift(_version: str) -> Vector:
    """Log of mean over middle of each own disease's prevalence, a lognormal over its range."""
    spans = [framing.prevalence(d) for d in load_knowledge().diseases.values()]
    return np.array([(math.log(high / low) / _SPAN) ** 2 / 2 for _, low, high in spans])


def averaged(scored: Scored, *, given: Sequence[float] | None = None) -> Vector:
    """Return the mean chance of every disease, "none of these" last; see by_power()."""
    result: Vector = by_power(scored, given=given).mean(axis=0)
    return result


def by_power(scored: Scored, *, given: Sequence[float] | None = None) -> Vector:
    """Return the chance of every disease, "none of these" last, under each discount of the findings.

    given: discounts instead of those of the thresholds. Prevalences enter with their mean instead of their
    middle; in a setting without prevalences (uniform, described) there is none. Shape (discounts,
    diseases + 1).
    """
    table = scored.table
    start = np.flatnonzero(np.r_[True, table.disease_of[1:] != table.disease_of[:-1]])
    return by_power_from(
        scored.log_findings + scored.log_beside + np.log(table.share),
        scored.none_findings,
        start=start,
        framed=(scored.log_age + scored.log_sex)[start],
        prior=scored.log_prior,
        none_prior=scored.none_prior,
        powers=heats(scored.full_temperature, given),
        lift=None if scored.setting in RESEARCH else mean_lift(table.version),
    )


def by_power_from(
    evidence: Vector,
    none_findings: float,
    *,
    start: npt.NDArray[np.intp],
    framed: Vector,
    prior: Vector,
    none_prior: float,
    powers: Vector,
    lift: Vector | None,
) -> Vector:
    """As by_power(), from the parts: evidence by line, and by disease the frame and the log prior.

    start: first line of each disease. lift: added to the log prior of the first diseases, those of our own.
    """
    weight = prior + framed
    if lift is not None:
        weight = weight.copy()
        weight[: len(lift)] += lift
    # one disease's variants are its alternatives; only our own diseases have several
    several = start[-1] + 1 != len(start)
    grouped = np.logaddexp.reduceat(evidence, start) if several else evidence
    log = powers[:, None] * grouped[None, :] + weight[None, :]
    none = powers * none_findings + none_prior
    return softmax(np.column_stack([log, none]))
