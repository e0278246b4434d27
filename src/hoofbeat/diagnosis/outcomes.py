"""How likely each answer and each test result is in every disease, for a patient partly known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis import confounding, quantities, score
from hoofbeat.diagnosis.observation import Observation, Said, joint, observe
from hoofbeat.diagnosis.observed import base_rate_near, group_of
from hoofbeat.diagnosis.posterior import Scored
from hoofbeat.diagnosis.table import Table, load_table
from hoofbeat.knowledge import (
    Disease,
    Distribution,
    Investigation,
    load_interpretations,
    load_investigations,
    load_knowledge,
    load_usual_values,
)
from hoofbeat.terms import find_test, load_ontology

Matrix = npt.NDArray[np.float64]
# The whole range of any laboratory value, as in quantities: what lies outside every curve is spread over it.
_WIDE = math.log(1e6)
_LEAST = 1e-6


def line_weights(scored: Scored) -> Matrix:
    """Share of each variant among patients with its disease who look like this one; background lines 1."""
    table = scored.table
    own = slice(0, table.own_count)
    likelihood = (scored.log_findings + scored.log_beside)[own]
    evidence = scored.full_temperature * likelihood + np.log(table.share[own])
    weight = np.ones(len(table))
    weight[own] = np.exp(evidence - evidence.max())
    start = _starts(table.disease_of)
    total = np.add.reduceat(weight, start)
    result: Matrix = weight / np.maximum(total[table.disease_of], 1e-300)
    return result


def _starts(disease_of: npt.NDArray[np.int32]) -> npt.NDArray[np.intp]:
    return np.flatnonzero(np.r_[True, disease_of[1:] != disease_of[:-1]])


def by_disease(table: Table, weights: Matrix, lines: Matrix, none: Sequence[float] | Matrix) -> Matrix:
    """Chance of each outcome by disease, "none of these" last, from its chance by line.

    lines: (outcomes, lines); weights: as line_weights; returns (outcomes, diseases + 1).
    """
    grouped = np.add.reduceat(lines * weights, _starts(table.disease_of), axis=1)
    return np.column_stack([grouped, np.asarray(none)])


def asked(scored: Scored, terms: Sequence[str]) -> list[Observation]:
    """Return each finding as it would be observed if it were there."""
    table, onto = scored.table, load_ontology()
    said = [
        Said(onto.index(t), present=True, leak=base_rate_near(table, scored.knowledge, scored.case, t))
        for t in terms
    ]
    return observe(table, onto, said)


def finding_outcomes(scored: Scored, weights: Matrix, new: Observation) -> Matrix:
    """Chance that a finding is there, and that it is not, by disease: shape (2, diseases + 1).

    Where findings that share a cause with it are known, its chance is the chance given them.
    """
    onto = load_ontology()
    group = group_of(onto.ids[new.term], onto)
    known = next((b for g, b in scored.observed.blocks if g and group and g.id == group.id), [])
    present, elsewhere = new.chance, new.elsewhere
    if group and known:
        strength = group.strength.mean
        present = np.exp(joint([*known, new], strength) - joint(known, strength))
        elsewhere = float(_joint_elsewhere([*known, new], strength) / _joint_elsewhere(known, strength))
    present = np.clip(present, _LEAST, 1 - _LEAST)
    elsewhere = float(np.clip(elsewhere, _LEAST, 1 - _LEAST))
    lines = np.vstack([present, 1 - present])
    return by_disease(scored.table, weights, lines, [elsewhere, 1 - elsewhere])


def _joint_elsewhere(block: Sequence[Observation], strength: float) -> float:
    frequency = np.array([[o.elsewhere if o.present else 1 - o.elsewhere] for o in block])
    return float(np.exp(score.joint_of(frequency, [o.present for o in block], strength)[0]))


def result_outcomes(
    scored: Scored, weights: Matrix, what: Investigation, confounders: tuple[str, ...] = ()
) -> Matrix:
    """Chance of each result by disease, "otherwise" last among them: shape (results, diseases + 1)."""
    if what.finding:
        return finding_outcomes(scored, weights, asked(scored, [what.finding])[0])
    table = scored.table
    own, usual = own_outcomes(table.version, what.id, confounders)
    lines = np.repeat(usual[:, None], len(table), axis=1)
    lines[:, : table.own_count] = own
    return by_disease(table, weights, lines, usual)


@lru_cache(maxsize=256)
def own_outcomes(_version: str, what: str, confounders: tuple[str, ...]) -> tuple[Matrix, Matrix]:
    """Chance of each result in every line of our own models, and in anybody else.

    confounders: ids of those that this patient has. Shapes (results, own lines) and (results,).
    """
    table, knowledge = load_table(), load_knowledge()
    found = next(i for i in load_investigations() if i.id == what)
    rows = [_banded(found, None, "", confounders)] if found.bands else [_of_results(found, None, "")]
    for h in range(table.own_count):
        line = table[h]
        disease = knowledge.diseases[line.slug]
        rows.append(
            _banded(found, disease, line.variant, confounders)
            if found.bands
            else _of_results(found, disease, line.variant)
        )
    return np.array(rows[1:]).T, np.array(rows[0])


def _of_results(what: Investigation, disease: Disease | None, variant: str) -> list[float]:
    """Chance of each result in a disease; where one result hides the next, the first seen counts."""
    rates = []
    for result in what.results:
        known = [disease.shows(row, variant) for row in result.rows] if disease else []
        mean = [row.mean for row in known if row]
        usual = result.usual.mean if result.usual else _LEAST
        rates.append(mean[0] if mean else usual)
    if what.exclusive:
        total = sum(rates)
        rates = [r / max(total, 0.98) * 0.98 if total > 0.98 else r for r in rates]
        return [*rates, 1 - sum(rates)]
    left, found = 1.0, []
    for rate in rates:
        found.append(left * rate)
        left *= 1 - rate
    return _pooled(what, disease, [*found, left])


def _pooled(what: Investigation, disease: Disease | None, chance: list[float]) -> list[float]:
    """Share what is pooled as it is elsewhere: a report that names no disease does not name its opposite."""
    if disease is None or disease.slug not in what.settles or not what.pooled:
        return chance
    names = [*(r.id for r in what.results), "otherwise"]
    usual = _of_results(what, None, "")
    numbers = [names.index(name) for name in what.pooled]
    factor = sum(chance[i] for i in numbers) / sum(usual[i] for i in numbers)
    return [usual[i] * factor if i in numbers else p for i, p in enumerate(chance)]


def _banded(
    what: Investigation, disease: Disease | None, variant: str, confounders: tuple[str, ...]
) -> list[float]:
    """Chance of each band of a laboratory value in a disease, or in people without any (None)."""
    bands = what.bands
    assert bands is not None  # noqa: S101 (asked only of those with bands)
    usual = usual_curve(bands.test, confounders)
    elsewhere = band_chances(usual, bands.cuts, bands.test)
    curve = disease.curve(bands.test, variant) if disease else None
    if curve is not None:
        slip = slip_of(bands.test)
        own = band_chances(curve, bands.cuts, bands.test)
        return [(1 - slip) * a + slip * b for a, b in zip(own, elsewhere, strict=True)]
    known = [disease.shows(row, variant) for row in bands.rows] if disease else []
    mean = [row.mean for row in known if row]
    if not mean or bands.rows_from is None:
        return elsewhere
    first = bands.cuts.index(bands.rows_from) + 1
    above = sum(elsewhere[first:])
    wanted = max(mean[0], above)
    return [
        p * (wanted / above if i >= first else (1 - wanted) / (1 - above)) for i, p in enumerate(elsewhere)
    ]


def slip_of(test: str) -> float:
    """Return the share of samples of a test that say nothing."""
    found = next((v for v in load_interpretations().values if v.test == test), None)
    return found.slip.mean if found else 0.0


def usual_curve(test: str, confounders: Sequence[str] = ()) -> Distribution:
    """Return the values of people without the disease: those tested, or those with the gravest confounder."""
    meaning = next((v for v in load_interpretations().values if v.test == test), None)
    curves = [c.curve for c in (meaning.confounders if meaning else ()) if c.id in confounders and c.curve]
    return max([load_usual_values()[test], *curves], key=lambda curve: curve.low * curve.high)


def band_chances(curve: Distribution, cuts: Sequence[float], test: str) -> list[float]:
    """Chance of a value between each two cuts, under a lognormal with the tails that scoring gives it."""
    known = find_test(test)
    limit = max(high for _, high in known.usual.values()) if known else 1.0
    least, most = known.possible if known else (cuts[0] / 100, cuts[-1] * 100)
    factor = limit if curve.unit == quantities.MULTIPLE else 1.0
    middle = (math.log(curve.low * factor) + math.log(curve.high * factor)) / 2
    spread = max((math.log(curve.high) - math.log(curve.low)) / (2 * 1.6448536269514722), 0.05)
    ends = [least, *cuts, most]

    def below(value: float) -> float:
        return _normal((math.log(value) - middle) / spread)

    inside = [
        (1 - quantities.OUTSIDE) * (below(b) - below(a))
        + quantities.OUTSIDE * math.log(b / a) / _WIDE
        for a, b in pairwise(ends)
    ]  # fmt: skip
    return [max(p, _LEAST) / sum(inside) for p in inside]


def _normal(z: float) -> float:
    return 0.5 * (1 + math.erf(z / math.sqrt(2)))


# What a case says that moves a value; here because the chances of results depend on it.
confounders_of = confounding.confounders_of
