"""Leave a publication out: no patient is scored with evidence that came from the same paper."""

from __future__ import annotations

import numpy as np

from hoofbeat.diagnosis import score
from hoofbeat.diagnosis.posterior import Scored
from hoofbeat.diagnosis.profiles import Direct, background_rows
from hoofbeat.knowledge import load_annotations
from hoofbeat.terms import Ontology, load_ontology


def correct(scored: Scored) -> None:
    """Rescore, in place, the background diseases that a left-out publication is cited for.

    Rows citing it are dropped and the disease's frequencies and length computed again from the rest; the
    mean background is left as it was, since one disease among 10,000 hardly moves it. Our own models leave
    out the counted patients of that publication when sites are scored.
    """
    table, annotations = scored.table, load_annotations()
    onto = load_ontology()
    for h in _citing(scored):
        rows = background_rows(annotations, table[h].entry, without=scored.without)
        total = 0.0
        for group, block in scored.observed.blocks:
            frequency = [_frequency(scored, onto, o, rows) for o in block]
            column = np.array([[f if o.present else 1 - f] for f, o in zip(frequency, block, strict=True)])
            strength = group.strength.mean if group else 0.0
            total += float(score.joint_of(column, [o.present for o in block], strength)[0])
        scored.log_findings[h] = total


def _citing(scored: Scored) -> list[int]:
    annotations, table = load_annotations(), scored.table
    entries = annotations.citing(scored.without)
    if not entries:
        return []
    found = np.flatnonzero(np.isin(table.entry, list(entries)))
    return [int(h) for h in found if h >= table.own_count]


def _frequency(scored: Scored, onto: Ontology, observation: score.Observation, rows: list[Direct]) -> float:
    """P(observation) in one background disease with the rows that remain."""
    table = scored.table
    mass = sum(d.a / (d.a + d.b) for d in rows)
    scale = table.length_scale(mass)
    best: dict[int, float] = {}
    for d in rows:
        for c in onto.ancestor_indices(d.term):
            best[int(c)] = max(best.get(int(c), 0.0), d.a / (d.a + d.b))
    background = float(table.background[observation.term])
    if not observation.present:
        caused = min(best.get(observation.term, 0.0) * scale, score.CAP)
        trusted = (1 - score.ABSENT_BACKGROUND_TRUST * caused) / (
            1 - score.ABSENT_BACKGROUND_TRUST * min(background, score.CAP)
        )
        return float(min(observation.elsewhere * trusted**score.ABSENT_BACKGROUND_WEIGHT, 1.0))
    ratio = score.UNRELATED
    terms, weights = score.ancestor_weights(table, onto, observation.term)
    for c, weight in zip(terms, weights, strict=True):
        ratio += float(weight) * best.get(int(c), 0.0) * scale / float(table.background[c])
    caused = min(background * ratio, score.CAP)
    return 1 - (1 - observation.leak) * (1 - caused)
