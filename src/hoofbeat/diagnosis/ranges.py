"""How sure the chances are: frequencies and priors drawn from their distributions, many times."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis import score
from hoofbeat.diagnosis.exact import Answer
from hoofbeat.diagnosis.posterior import RESEARCH, Scored, answers_for, log_weights
from hoofbeat.diagnosis.reasons import matched, scaled_chance
from hoofbeat.knowledge import load_calibration

Matrix = npt.NDArray[np.float64]
DRAWS = 400
SHORTLIST = 40
_RANGE = (0.05, 0.95)
# so many of the most probable diseases vary, whoever is asked for
_ALWAYS = 10
# streams of random numbers that belong to no disease
_HEAT, _NONE = 1, 2


class Ranges(NamedTuple):
    """Central 90 % ranges of the chances: low and high per shortlisted disease, "none" last."""

    diseases: npt.NDArray[np.intp]
    low: Matrix
    high: Matrix


def chance_ranges(scored: Scored, diseases: npt.NDArray[np.intp], *, seed: int) -> Ranges:
    """Return the range of each disease's chance, by drawing every frequency from its Beta.

    diseases: numbers of those asked for. "None of these" varies with its prior. In a setting of care it is
    also drawn how far findings are discounted as dependent. The point estimate always lies inside the range.
    The most probable always vary, and every disease has a stream of random numbers of its own, so that a
    range is the same whatever else is asked for.
    """
    heat = _heats(scored, np.random.default_rng([seed, _HEAT]))
    first = np.argpartition(-scored.posterior[:-1], _ALWAYS)[:_ALWAYS]
    every = np.r_[first, diseases[~np.isin(diseases, first)]].astype(np.intp)
    drawn = _weights(scored, every, heat, seed)
    luck = np.random.default_rng([seed, _NONE]).normal(size=DRAWS)
    none = heat * scored.none_findings + scored.none_prior + luck * scored.prior_spread[-1]
    rest, fixed = _fixed(scored, first, every, heat)
    total = np.logaddexp.reduce(np.c_[drawn[:, :_ALWAYS], none, rest], axis=1)
    share = np.exp(drawn - total[:, None])
    # of what is asked for besides, the drawn weight takes the place of the fixed one among the rest
    instead = share[:, _ALWAYS:]
    kept = np.maximum(1 - np.exp(fixed[:, _ALWAYS:] - total[:, None]), 0)
    share[:, _ALWAYS:] = instead / np.maximum(kept + instead, np.finfo(float).tiny)
    place = {int(d): at for at, d in enumerate(every)}
    chance = np.c_[share[:, [place[int(d)] for d in diseases]], np.exp(none - total)]
    low, high = np.quantile(chance, _RANGE, axis=0)
    point = np.r_[scored.posterior[diseases], scored.posterior[-1]]
    return Ranges(diseases, np.minimum(low, point), np.maximum(high, point))


def _weights(scored: Scored, diseases: npt.NDArray[np.intp], heat: Matrix, seed: int) -> Matrix:
    """Log weight of diseases with their frequencies and priors drawn; shape (draws, diseases)."""
    table = scored.table
    lines = [np.flatnonzero(table.disease_of == d) for d in diseases]
    streams = [np.random.default_rng([seed, crc32(table[int(line[0])].id.encode())]) for line in lines]
    h = np.concatenate(lines)
    owner = [rng for rng, line in zip(streams, lines, strict=True) for _ in line]
    lined = _drawn_findings(scored, h, owner) + scored.log_beside[h] + np.log(table.share[h])
    framed = scored.log_age[h] + scored.log_sex[h]
    weight = np.empty((DRAWS, len(diseases)))
    end = 0
    for i, (line, rng) in enumerate(zip(lines, streams, strict=True)):
        start, end = end, end + len(line)
        luck = rng.normal(size=DRAWS) * scored.prior_spread[diseases[i]]
        weight[:, i] = heat * np.logaddexp.reduce(lined[:, start:end], axis=1) + framed[start] + luck
    weight += scored.log_prior[diseases]
    return weight


def _heats(scored: Scored, rng: np.random.Generator) -> Matrix:
    """Powers of the findings' likelihood, one a draw: any discount of the range is as likely as another."""
    if scored.setting in RESEARCH:
        return np.full(DRAWS, scored.temperature)
    span = load_calibration().discount
    powers: Matrix = 1 - rng.uniform(span.low, span.high, DRAWS) * (1 - scored.full_temperature)
    return powers


def _fixed(
    scored: Scored, first: npt.NDArray[np.intp], every: npt.NDArray[np.intp], heat: Matrix
) -> tuple[Matrix, Matrix]:
    """Log weights that are not drawn, at each power, interpolated between a few powers.

    Returns that of all diseases but the first together, shape (draws,), and of each one asked for, shape
    (draws, diseases).
    """
    rest = np.ones(scored.table.disease_count, dtype=bool)
    rest[first] = False
    nodes = np.array(sorted({float(at) for at in np.linspace(heat.min(), heat.max(), 5)}))
    weights = [log_weights(scored, at / scored.temperature) for at in nodes]
    total = np.interp(heat, nodes, [np.logaddexp.reduce(weight[rest]) for weight in weights])
    each = np.stack([weight[every] for weight in weights])
    return total, np.column_stack([np.interp(heat, nodes, each[:, i]) for i in range(len(every))])


def _drawn_findings(scored: Scored, h: npt.NDArray[np.intp], owner: list[np.random.Generator]) -> Matrix:
    """Log-likelihood of all findings with frequencies drawn; shape (draws, hypotheses)."""
    total = np.zeros((DRAWS, len(h)))
    answers = answers_for(scored, h)
    factors = iter(_factors(scored, h, answers, owner))
    for group, block in scored.observed.blocks:
        drawn = [scaled_chance(o, o.chance[h], next(factors)) for o in block]
        frequency = np.array([d if o.present else 1 - d for d, o in zip(drawn, block, strict=True)])
        strength = group.strength.mean if group else 0.0
        total += score.joint_of(frequency, [o.present for o in block], strength)
    return total


def _factors(
    scored: Scored, h: npt.NDArray[np.intp], answers: Sequence[Answer], owner: list[np.random.Generator]
) -> Matrix:
    """Each frequency drawn, over its mean: 1 where it is unknown; shape (observations, draws, hypotheses)."""
    observations = scored.observed.observations
    factor = np.ones((len(observations), DRAWS, len(h)))
    found = [matched(scored, h, o, answer) for o, answer in zip(observations, answers, strict=True)]
    if not found:
        return factor
    a, b, kind = (np.stack(column) for column in zip(*found, strict=True))
    for line, rng in enumerate(owner):
        known = np.flatnonzero(kind[:, line] >= 0)
        if len(known):
            x, y = a[known, line, None], b[known, line, None]
            factor[known, :, line] = rng.beta(x, y, size=(len(known), DRAWS)) / (x / (x + y))
    return factor
