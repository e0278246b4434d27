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
from hoofbeat.knowledge import Row, beta_range, in_words, load_annotations, pretty_range
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
Values = npt.NDArray[np.float64]
# A distant relative that hardly moves the ratio explains nothing; naming it would puzzle the reader.
WORTH_SAYING = 1.25


class Match(NamedTuple):
    """The term of a hypothesis that answers a finding best: how, its Beta, and what that rests on."""

    term: int
    how: How
    a: float
    b: float
    kind: int


def match(scored: Scored, h: int, observation: score.Observation) -> Match | None:
    """Return the annotated term that explains most of a finding's likelihood under hypothesis h."""
    known = scored.matches
    key = h, observation.term
    if key not in known:
        known[key] = _match(scored, h, observation)
    found: Match | None = known[key]
    return found


def _match(scored: Scored, h: int, observation: score.Observation) -> Match | None:
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
        share = weight
        if h < table.own_count:
            share = score.own_share(table, observation.term, int(c), via[at : at + 1])[0]
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


def reasons(scored: Scored, h: int) -> tuple[Reason, ...]:
    """Return one record per finding, site, value and treatment for hypothesis h, strongest first."""
    onto = load_ontology()
    found = []
    for group, block in scored.observed.blocks:
        for observation in block:
            label = label_of(onto.ids[observation.term], scored.case, scored.knowledge)
            name = group.name if group and len(block) > 1 else ""
            found.append(_reason(scored, h, observation, label=label, group=name))
    found.extend(reasons_beside(scored, h))
    return tuple(sorted(found, key=lambda r: (-abs(math.log(max(r.ratio, 1e-9))), r.finding)))


def _reason(
    scored: Scored,
    h: int,
    observation: score.Observation,
    *,
    label: str,
    group: str,
) -> Reason:
    onto = load_ontology()
    here, elsewhere = float(observation.chance[h]), observation.elsewhere
    found = match(scored, h, observation)
    if found and found.how == "sibling" and here / elsewhere < WORTH_SAYING:
        found = None
    low, high = _range(observation, here, found)
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


def _range(observation: score.Observation, here: float, found: Match | None) -> tuple[float, float]:
    """Central 90 % range of the chance: it rises or falls with the frequency, so the ends map to ends."""
    if found is None:
        return here, here
    mean = found.a / (found.a + found.b)
    ends = np.array(beta_range(found.a, found.b)) / mean
    low, high = sorted(scaled_chance(observation, np.array(here), ends).tolist())
    return min(low, here), max(high, here)


def scaled_chance(observation: score.Observation, here: Values, factor: Values) -> Values:
    """Return the chance of an observation if the disease caused it `factor` times as often.

    Only the part of the chance that the disease causes is scaled; the base rate stays. The shapes of `here`
    and `factor` are broadcast.
    """
    leak = observation.leak
    frequency = here if observation.present else 1 - here
    caused = np.minimum(np.maximum(1 - (1 - frequency) / (1 - leak), 0.0), score.CAP)
    frequency = 1 - (1 - leak) * (1 - np.minimum(caused * factor, score.CAP))
    result: Values = frequency if observation.present else 1 - frequency
    return np.minimum(np.maximum(result, 1e-9), 1.0)


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
