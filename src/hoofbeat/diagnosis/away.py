"""Explained away by: whether a few common conditions together explain the same findings.

Occam's one rare disease against Hickam's several common ones (Pearl 1988, noisy-OR networks): for each set
of up to three common conditions, the chance that somebody has them all and that together, with the base
rates, they produce the findings.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np

from hoofbeat.diagnosis import framing, score
from hoofbeat.diagnosis.observation import Observation
from hoofbeat.diagnosis.observed import label_of
from hoofbeat.diagnosis.posterior import Scored
from hoofbeat.diagnosis.result import Together
from hoofbeat.knowledge import load_settings
from hoofbeat.terms import load_ontology

# A condition is common from one adult in five hundred.
COMMON = 0.002
MOST_CONDITIONS = 3
_EXPLAINS = 0.3
# A finding is common anyway from one person in ten of this age and sex.
_ANYWAY = 0.1


def explained_away(scored: Scored, h: int) -> Together | None:
    """Return the best set of common conditions for the findings, against hypothesis h; None without any.

    The set may be empty: then chance alone, through the base rates, explains the findings best.
    """
    observations = scored.observed.observations
    if not observations:
        return None
    table = scored.table
    common, weights = _common(scored)
    sets = [s for size in range(MOST_CONDITIONS + 1) for s in combinations(range(len(common)), size)]
    log_prior = np.array([sum(weights[i] for i in s) for s in sets])
    fit = np.zeros(len(sets))
    for o in observations:
        caused = np.array([_caused(o, line) for line in common])
        spared = np.array([np.prod(1 - caused[list(s)]) if s else 1.0 for s in sets])
        frequency = 1 - (1 - o.leak) * spared
        fit += np.log(np.clip(frequency if o.present else 1 - frequency, 1e-9, 1.0))
    heat = scored.temperature
    total = log_prior + heat * fit
    best = int(np.argmax(total))
    mine = _log_disease(scored, h)
    chosen = [common[i] for i in sets[best]]
    explained, anyway, leftover = _split(scored, chosen)
    both = np.logaddexp(float(total[best]), mine)
    return Together(
        conditions=tuple(table[line].name for line in chosen),
        explained=explained,
        anyway=anyway,
        leftover=leftover,
        odds_against_disease=float(np.exp(np.clip(total[best] - mine, -700, 700))),
        chance_set=float(np.exp(total[best] - both)),
        chance_disease=float(np.exp(mine - both)),
    )


def _common(scored: Scored) -> tuple[list[int], list[float]]:
    """Lines of the common conditions and the log of how common each is here."""
    lines, weights = [], []
    for line in range(scored.table.own_count):
        disease = scored.knowledge.diseases[scored.table[line].slug]
        if disease.about.prevalence and disease.about.prevalence.middle >= COMMON:
            middle, _, _ = framing.prevalence(disease)
            lines.append(line)
            weights.append(float(np.log(middle) + scored.log_age[line] + scored.log_sex[line]))
    return lines, weights


def _caused(observation: Observation, line: int) -> float:
    frequency = (
        float(observation.chance[line]) if observation.present else 1 - float(observation.chance[line])
    )
    return float(np.clip(1 - (1 - frequency) / (1 - observation.leak), 0.0, score.CAP))


def _log_disease(scored: Scored, h: int) -> float:
    """The one disease on the same footing: how common it is in the population, and how well it fits."""
    disease = scored.knowledge.diseases.get(scored.table[h].slug)
    if disease:
        middle = framing.prevalence(disease)[0]
    else:
        back = load_settings().background_prevalence
        middle = float(np.sqrt(back.low * back.high))
    fit = sum(float(np.log(np.clip(o.chance[h], 1e-9, 1.0))) for o in scored.observed.observations)
    age_sex = float(scored.log_age[h] + scored.log_sex[h])
    return float(np.log(middle) + np.log(scored.table.share[h]) + age_sex + scored.temperature * fit)


def _split(scored: Scored, chosen: list[int]) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
    """Present findings that the set causes, that many people have anyway, and that nothing explains."""
    onto = load_ontology()
    explained: list[str] = []
    anyway: list[str] = []
    leftover: list[str] = []
    for o in scored.observed.observations:
        if not o.present:
            continue
        caused = 1 - float(np.prod([1 - _caused(o, line) for line in chosen]))
        label = label_of(onto.ids[o.term], scored.case, scored.knowledge)
        if caused >= _EXPLAINS:
            explained.append(label)
        elif o.leak >= _ANYWAY:
            anyway.append(f"{label} ({100 * o.leak:.0f} of 100)")
        else:
            leftover.append(label)
    return tuple(explained), tuple(anyway), tuple(leftover)
