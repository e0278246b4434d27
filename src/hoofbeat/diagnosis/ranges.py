"""How sure the chances are: frequencies and priors drawn from their distributions, many times."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis import score
from hoofbeat.diagnosis.exact import Answer
from hoofbeat.diagnosis.observation import Observation
from hoofbeat.diagnosis.posterior import RESEARCH, Scored, answers_for, log_weights, softmax
from hoofbeat.diagnosis.reasons import matched, scaled_chance
from hoofbeat.knowledge import load_calibration

Matrix = npt.NDArray[np.float64]
DRAWS = 400
SHORTLIST = 40
_RANGE = (0.05, 0.95)


class Ranges(NamedTuple):
    """Central 90 % ranges of the chances: low and high per shortlisted disease, "none" last."""

    diseases: npt.NDArray[np.intp]
    low: Matrix
    high: Matrix


def chance_ranges(scored: Scored, diseases: npt.NDArray[np.intp], *, seed: int) -> Ranges:
    """Return the range of each disease's chance, by drawing every frequency from its Beta.

    diseases: numbers of those shown. "None of these" varies with its prior. In a setting of care it is also
    drawn how far findings are discounted as dependent. The point estimate always lies inside the range.
    """
    rng = np.random.default_rng(seed)
    table, heat = scored.table, _heats(scored, rng)
    lines = [np.flatnonzero(table.disease_of == d) for d in diseases]
    h = np.concatenate(lines) if lines else np.zeros(0, dtype=np.intp)
    evidence = _drawn_findings(scored, h, rng)
    lined = evidence + scored.log_beside[h] + np.log(table.share[h])
    framed = scored.log_age[h] + scored.log_sex[h]
    ends = np.cumsum([len(line) for line in lines])
    weight = np.empty((DRAWS, len(diseases) + 2))
    for i, (end, line) in enumerate(zip(ends, lines, strict=True)):
        start = end - len(line)
        weight[:, i] = heat * np.logaddexp.reduce(lined[:, start:end], axis=1) + framed[start]
    spread = scored.prior_spread
    weight[:, :-2] += scored.log_prior[diseases] + rng.normal(size=(DRAWS, len(diseases))) * spread[diseases]
    none = heat * (scored.none_findings) + scored.none_prior
    weight[:, -2] = none + rng.normal(size=DRAWS) * spread[-1]
    weight[:, -1] = _others(scored, diseases, heat)
    chance = softmax(weight)[:, :-1]
    low, high = np.quantile(chance, _RANGE, axis=0)
    point = np.r_[scored.posterior[diseases], scored.posterior[-1]]
    return Ranges(diseases, np.minimum(low, point), np.maximum(high, point))


def _heats(scored: Scored, rng: np.random.Generator) -> Matrix:
    """Powers of the findings' likelihood, one a draw: any discount of the range is as likely as another."""
    if scored.setting in RESEARCH:
        return np.full(DRAWS, scored.temperature)
    span = load_calibration().discount
    powers: Matrix = 1 - rng.uniform(span.low, span.high, DRAWS) * (1 - scored.full_temperature)
    return powers


def _others(scored: Scored, diseases: npt.NDArray[np.intp], heat: Matrix) -> Matrix:
    """Log weight of all diseases not shown, at each power; interpolated between a few powers."""
    rest = np.ones(scored.table.disease_count, dtype=bool)
    rest[diseases] = False
    if not rest.any():
        return np.full(len(heat), -np.inf)
    nodes = np.array(sorted({float(at) for at in np.linspace(heat.min(), heat.max(), 5)}))
    totals = [np.logaddexp.reduce(log_weights(scored, at / scored.temperature)[rest]) for at in nodes]
    interpolated: Matrix = np.interp(heat, nodes, totals)
    return interpolated


def _drawn_findings(scored: Scored, h: npt.NDArray[np.intp], rng: np.random.Generator) -> Matrix:
    """Log-likelihood of all findings with frequencies drawn; shape (draws, hypotheses)."""
    total = np.zeros((DRAWS, len(h)))
    told = iter(answers_for(scored, h))
    for group, block in scored.observed.blocks:
        drawn = [_drawn(scored, o, next(told), h, rng) for o in block]
        frequency = np.array([d if o.present else 1 - d for d, o in zip(drawn, block, strict=True)])
        strength = group.strength.mean if group else 0.0
        total += score.joint_of(frequency, [o.present for o in block], strength)
    return total


def _drawn(
    scored: Scored,
    observation: Observation,
    answer: Answer,
    h: npt.NDArray[np.intp],
    rng: np.random.Generator,
) -> Matrix:
    """Chance of one observation, its frequency drawn from its Beta where the disease describes it."""
    factor = np.ones((DRAWS, len(h)))
    a, b, kind = matched(scored, h, observation, answer)
    known = np.flatnonzero(kind >= 0)
    if len(known):
        a, b = a[known], b[known]
        factor[:, known] = rng.beta(a, b, size=(DRAWS, len(known))) / (a / (a + b))
    return scaled_chance(observation, observation.chance[h], factor)
