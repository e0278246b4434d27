"""The reasons behind a score, as records: which term answers each finding, how, and on what evidence."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis import score
from hoofbeat.diagnosis.beside import reasons_beside
from hoofbeat.diagnosis.exact import Answer
from hoofbeat.diagnosis.observation import Observation
from hoofbeat.diagnosis.observed import label_of
from hoofbeat.diagnosis.posterior import Scored, answers_for
from hoofbeat.diagnosis.profiles import Kind, evidence_of
from hoofbeat.diagnosis.result import How, Reason
from hoofbeat.diagnosis.table import Table
from hoofbeat.knowledge import (
    Frequency,
    Row,
    beta_range,
    in_words,
    load_annotations,
    load_knowledge,
    pretty_range,
)
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
Lines = npt.NDArray[np.intp]
# A distant relative that hardly moves the ratio explains nothing; naming it would puzzle the reader.
WORTH_SAYING = 1.25


class Match(NamedTuple):
    """The term of a hypothesis that answers a finding best: how, its Beta, and what that rests on."""

    term: int
    how: How
    a: float
    b: float
    kind: int


def matched_rows(table: Table, h: Lines, observation: Observation, answer: Answer) -> Lines:
    """Return, for each hypothesis of h, the direct row that explains most of a finding; -1 if none does.

    A row whose whole part in the ratio is less than that of an unrelated finding explains nothing.
    """
    rows = table.direct_rows(h, answer.via)
    return np.where(answer.lift >= score.UNRELATED, rows, -1) if observation.present else rows


def _match(table: Table, h: int, observation: Observation, answer: Answer) -> Match | None:
    row = int(matched_rows(table, np.array([h]), observation, answer)[0])
    if row < 0:
        return None
    via = int(answer.via[0])
    kind = int(table.direct_kind[row])
    how = _how(observation, int(answer.meeting[0]), via)
    return Match(via, how, float(table.direct_a[row]), float(table.direct_b[row]), kind)


def _how(observation: Observation, meeting: int, via: int) -> How:
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
    told = iter(answers_for(scored, np.array([h])))
    for group, block in scored.observed.blocks:
        for observation, answer in zip(block, told, strict=False):
            label = label_of(onto.ids[observation.term], scored.case, scored.knowledge)
            name = group.name if group and len(block) > 1 else ""
            match = _match(scored.table, h, observation, answer)
            found.append(_reason(scored, h, observation, match, label=label, group=name))
    found.extend(reasons_beside(scored, h))
    return tuple(sorted(found, key=lambda r: (-abs(math.log(max(r.ratio, 1e-9))), r.finding)))


def _reason(
    scored: Scored,
    h: int,
    observation: Observation,
    found: Match | None,
    *,
    label: str,
    group: str,
) -> Reason:
    onto = load_ontology()
    here, elsewhere = float(observation.chance[h]), observation.elsewhere
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


def _range(observation: Observation, here: float, found: Match | None) -> tuple[float, float]:
    """Central 90 % range of the chance: it rises or falls with the frequency, so the ends map to ends."""
    if found is None:
        return here, here
    mean = found.a / (found.a + found.b)
    ends = np.array(beta_range(found.a, found.b)) / mean
    low, high = sorted(scaled_chance(observation, np.array(here), ends).tolist())
    return min(low, here), max(high, here)


def scaled_chance(observation: Observation, here: Values, factor: Values) -> Values:
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
        evidence = _own_evidence(scored.knowledge.version, hypothesis.slug, hypothesis.variant).get(term)
        if evidence is not None:
            return in_words(evidence), evidence.kind, evidence.sources
    rows = [r for r in load_annotations().rows(hypothesis.entry) if r.term == term]
    references = tuple(dict.fromkeys(ref for row in rows for ref in row.references))
    return _rows_in_words(rows, kind), _KIND_NAMES[kind], references


@lru_cache(maxsize=256)
def _own_evidence(_version: str, slug: str, variant: str) -> dict[str, Frequency]:
    return evidence_of(load_knowledge().diseases[slug], variant)


def _rows_in_words(rows: list[Row], kind: Kind) -> str:
    counted = [r for r in rows if r.of == r.of]
    if counted:
        n, of = sum(r.n for r in counted), sum(r.of for r in counted)
        return f"{n:.0f} of {of:.0f}, {_WORDS[Kind.ANNOTATION_COUNT]}"
    banded = [r for r in rows if r.low == r.low]
    if banded:
        return f"{pretty_range(banded[0].low, banded[0].high)}, {_WORDS[Kind.ANNOTATION_BAND]}"
    return _WORDS[kind] if kind in _WORDS else _WORDS[Kind.ANNOTATION_BARE]
