"""Leave a publication out: no patient is scored with evidence that came from the same paper."""

from __future__ import annotations

import numpy as np

from hoofbeat.diagnosis import score
from hoofbeat.diagnosis.observation import Observation
from hoofbeat.diagnosis.posterior import Scored
from hoofbeat.diagnosis.profiles import Direct, background_rows
from hoofbeat.diagnosis.protocol import Recounted
from hoofbeat.diagnosis.table import SEVERAL
from hoofbeat.knowledge import load_annotations
from hoofbeat.terms import Ontology, load_ontology


def correct(scored: Scored, recounted: Recounted | None = None) -> None:
    """Rescore, in place, the background diseases that a left-out publication is cited for.

    Rows citing it are dropped and the disease's frequencies and length computed again from the rest; with
    recounted (by entry and publication) rows that cite others too keep what is theirs. The mean background is
    left as it was, since one disease among 10,000 hardly moves it. Our own models leave out the counted
    patients of that publication when sites are scored.
    """
    table, annotations = scored.table, load_annotations()
    onto = load_ontology()
    for h in _citing(scored):
        entry = table[h].entry
        counted = None if recounted is None else recounted.get(entry, {})
        rows = background_rows(annotations, entry, without=scored.without, counted=counted)
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


def _frequency(scored: Scored, onto: Ontology, observation: Observation, rows: list[Direct]) -> float:
    """P(observation) in one background disease with the rows that remain."""
    if not observation.present:
        return observation.elsewhere
    table = scored.table
    frequency = propagated(rows, onto)
    scale = table.length_scale(sum(d.a / (d.a + d.b) for d in rows))
    ratio = score.UNRELATED
    terms, weights = score.ancestor_weights(table, onto, observation.term)
    for c, weight in zip(terms, weights, strict=True):
        ratio += float(weight) * frequency.get(int(c), 0.0) * scale / float(table.background[c])
    caused = min(float(table.background[observation.term]) * ratio, score.CAP)
    return 1 - (1 - observation.leak) * (1 - caused)


def propagated(rows: list[Direct], onto: Ontology) -> dict[int, float]:
    """Return the frequency of each term and ancestor in one background disease, as the table has it."""
    largest: dict[int, float] = {}
    missed: dict[int, float] = {}
    for d in rows:
        mean = d.a / (d.a + d.b)
        for c in onto.ancestor_indices(d.term).tolist():
            largest[c] = max(largest.get(c, 0.0), mean)
            missed[c] = missed.get(c, 1.0) * (1 - mean)
    return {c: (1 - SEVERAL) * mean + SEVERAL * (1 - missed[c]) for c, mean in largest.items()}
