"""The reasons behind a score, as records: which term answers each finding, how, and on what evidence."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis import score
from hoofbeat.diagnosis.beside import reasons_beside
from hoofbeat.diagnosis.observed import label_of
from hoofbeat.diagnosis.posterior import Scored
from hoofbeat.diagnosis.profiles import Kind, evidence_of
from hoofbeat.diagnosis.result import How, Reason
from hoofbeat.knowledge import Row, in_words, load_annotations, pretty_range
from hoofbeat.terms import load_ontology

_WORDS = {
    Kind.ANNOTATION_COUNT: "counted in the HPO annotations",
    Kind.ANNOTATION_BAND: "frequency band in the HPO annotations",
    Kind.ANNOTATION_BARE: "listed in the HPO annotations without a frequency",
}
_KIND_NAMES = {
    Kind.COUNTED: "counted",
    Kind.REPORTED: "reported",
    Kind.ASSUMPTION: "assumption",
    Kind.ANNOTATION_COUNT: "counted",
    Kind.ANNOTATION_BAND: "reported",
    Kind.ANNOTATION_BARE: "assumption",
}
_DRAWS = 400
_RANGE = (0.05, 0.95)


class Match(NamedTuple):
    """The term of a hypothesis that answers a finding best: how, its Beta, and what that rests on."""

    term: int
    how: How
    a: float
    b: float
    kind: int


def match(scored: Scored, h: int, observation: score.Observation) -> Match | None:
    """Return the annotated term that explains most of a finding's likelihood under hypothesis h."""
    table, onto = scored.table, load_ontology()
    best: tuple[float, int, int] | None = None
    terms, weights = (
        score.ancestor_weights(table, onto, observation.term)
        if observation.present
        else (np.array([observation.term]), np.array([1.0]))
    )
    for c, weight in zip(terms, weights, strict=True):
        hypothesis, frequency, via = table.column(int(c))
        at = int(np.searchsorted(hypothesis, h))
        if at == len(hypothesis) or hypothesis[at] != h:
            continue
        share = weight if h >= table.own_count else (1.0 if c == observation.term else score.COARSER)
        lift = share * float(frequency[at]) * float(table.scale[h]) / float(table.background[c])
        if best is None or lift > best[0]:
            best = lift, int(c), int(via[at])
    if best is None or (observation.present and best[0] < score.UNRELATED):
        return None
    _, meeting, via_term = best
    direct = table.direct(h, via_term)
    if direct is None:
        return None
    return Match(via_term, _how(observation, meeting, via_term), *direct)


def _how(observation: score.Observation, meeting: int, via: int) -> How:
    if not observation.present:
        return "absent"
    if via == observation.term:
        return "exact"
    if meeting == observation.term:
        return "more specific here"
    return "more general here" if via == meeting else "sibling"


def reasons(scored: Scored, h: int, *, seed: int) -> tuple[Reason, ...]:
    """Return one record per finding, site, value and treatment for hypothesis h, strongest first."""
    onto, rng = load_ontology(), np.random.default_rng(seed)
    found = []
    for group, block in scored.observed.blocks:
        for observation in block:
            label = label_of(onto.ids[observation.term], scored.case, scored.knowledge)
            name = group.name if group and len(block) > 1 else ""
            found.append(_reason(scored, h, observation, rng, label=label, group=name))
    found.extend(reasons_beside(scored, h))
    return tuple(sorted(found, key=lambda r: (-abs(math.log(max(r.ratio, 1e-9))), r.finding)))


def _reason(
    scored: Scored,
    h: int,
    observation: score.Observation,
    rng: np.random.Generator,
    *,
    label: str,
    group: str,
) -> Reason:
    onto = load_ontology()
    here, elsewhere = float(observation.chance[h]), observation.elsewhere
    found = match(scored, h, observation)
    low, high = _range(observation, here, found, rng)
    words, kind, sources = basis(scored, h, found)
    return Reason(
        finding=onto.ids[observation.term],
        label=label,
        state="present" if observation.present else "absent",
        how=found.how if found else "not described",
        matched=onto.ids[found.term] if found else "",
        matched_label=onto.label(onto.ids[found.term]) if found else "",
        here=here,
        elsewhere=elsewhere,
        ratio=here / elsewhere,
        ratio_low=low / elsewhere,
        ratio_high=high / elsewhere,
        kind=kind,
        evidence=words,
        sources=sources,
        group=group,
    )


def _range(
    observation: score.Observation, here: float, found: Match | None, rng: np.random.Generator
) -> tuple[float, float]:
    if found is None:
        return here, here
    drawn = sampled_chance(observation, np.array([here]), np.array([[found.a, found.b]]), rng, _DRAWS)[:, 0]
    low, high = np.quantile(drawn, _RANGE)
    return min(float(low), here), max(float(high), here)


def sampled_chance(
    observation: score.Observation,
    here: npt.NDArray[np.float64],
    betas: npt.NDArray[np.float64],
    rng: np.random.Generator,
    draws: int,
) -> npt.NDArray[np.float64]:
    """Draw the chance of an observation from the Betas behind it; shape (draws, hypotheses).

    betas: (hypotheses, 2), NaN where nothing describes the finding and nothing is drawn. The drawn
    frequency scales the part of the chance that the disease causes; the base rate stays.
    """
    leak = observation.leak
    frequency = here if observation.present else 1 - here
    caused = np.clip(1 - (1 - frequency) / (1 - leak), 0.0, score.CAP)
    known = ~np.isnan(betas[:, 0])
    a, b = np.where(known, betas[:, 0], 1.0), np.where(known, betas[:, 1], 1.0)
    drawn = rng.beta(a, b, size=(draws, len(here)))
    factor = np.where(known, drawn / (a / (a + b)), 1.0)
    frequency = 1 - (1 - leak) * (1 - np.clip(caused * factor, 0.0, score.CAP))
    result: npt.NDArray[np.float64] = frequency if observation.present else 1 - frequency
    return np.clip(result, 1e-9, 1.0)


def basis(scored: Scored, h: int, found: Match | None) -> tuple[str, str, tuple[str, ...]]:
    """Return what a frequency rests on: words, kind, and source keys or publications."""
    if found is None:
        return "not described in this disease", "none", ()
    onto, hypothesis = load_ontology(), scored.table[h]
    term, kind = onto.ids[found.term], Kind(found.kind)
    if kind in (Kind.COUNTED, Kind.REPORTED, Kind.ASSUMPTION):
        evidence = evidence_of(scored.knowledge.diseases[hypothesis.slug], hypothesis.variant).get(term)
        if evidence is not None:
            return in_words(evidence), evidence.kind, evidence.sources
    rows = [r for r in load_annotations().rows(hypothesis.entry) if r.term == term]
    references = tuple(dict.fromkeys(ref for row in rows for ref in row.references))
    return _rows_in_words(rows, kind), _KIND_NAMES[kind], references


def _rows_in_words(rows: list[Row], kind: Kind) -> str:
    counted = [r for r in rows if r.of == r.of]
    if counted:
        n, of = sum(r.n for r in counted), sum(r.of for r in counted)
        return f"{n:.0f} of {of:.0f}, {_WORDS[Kind.ANNOTATION_COUNT]}"
    banded = [r for r in rows if r.low == r.low]
    if banded:
        return f"{pretty_range(banded[0].low, banded[0].high)}, {_WORDS[Kind.ANNOTATION_BAND]}"
    return _WORDS[kind] if kind in _WORDS else _WORDS[Kind.ANNOTATION_BARE]
