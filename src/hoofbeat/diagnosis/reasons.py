"""The reasons behind a score, as records: which term answers each finding, how, and on what evidence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis import score
from hoofbeat.diagnosis.beside import reasons_beside
from hoofbeat.diagnosis.exact import Answer
from hoofbeat.diagnosis.leave_out import remaining_rows
from hoofbeat.diagnosis.observation import Observation
from hoofbeat.diagnosis.observed import label_of
from hoofbeat.diagnosis.posterior import Scored, answers_for, betas_of
from hoofbeat.diagnosis.profiles import Kind, entries_of, evidence_of
from hoofbeat.diagnosis.result import How, Reason
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

_COUNTED = "counted in the HPO annotations"
_FITTED = "counted by hoofbeat fit"
_BAND = "frequency band in the HPO annotations"
_BARE = "listed in the HPO annotations without a frequency"
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


def matched(
    scored: Scored, h: Lines, observation: Observation, answer: Answer
) -> tuple[Values, Values, Values]:
    """Return, for each hypothesis of h, a, b and kind of the row that explains most of a finding.

    The kind is -1 where no row does. A row whose whole part in the ratio is less than that of an unrelated
    finding explains nothing.
    """
    a, b, kind = betas_of(scored, h, answer.via)
    return a, b, np.where(answer.lift >= score.UNRELATED, kind, -1) if observation.present else kind


def _matches(
    scored: Scored, h: Lines, observation: Observation, answer: Answer, here: Sequence[float]
) -> list[Match | None]:
    """What answers a finding in each hypothesis; here: the chance of the finding there."""
    told: list[Match | None] = []
    for at, (a, b, kind) in enumerate(zip(*matched(scored, h, observation, answer), strict=True)):
        how = _how(observation, int(answer.meeting[at]), int(answer.via[at]))
        far = how == "sibling" and here[at] / observation.elsewhere < WORTH_SAYING
        if kind < 0 or far:
            told.append(None)
            continue
        told.append(Match(int(answer.via[at]), how, float(a), float(b), int(kind)))
    return told


def _how(observation: Observation, meeting: int, via: int) -> How:
    if not observation.present:
        return "absent"
    if via == observation.term:
        return "exact"
    if meeting == observation.term:
        return "more specific here"
    return "more general here" if via == meeting else "sibling"


def reasons(scored: Scored, lines: Sequence[int]) -> list[tuple[Reason, ...]]:
    """Return for each hypothesis one record a finding, site, value and treatment, strongest first."""
    onto, h = load_ontology(), np.array(lines, dtype=np.intp)
    found: list[list[Reason]] = [[] for _ in lines]
    told = iter(answers_for(scored, h))
    for group, block in scored.observed.blocks:
        for observation, answer in zip(block, told, strict=False):
            label = label_of(onto.ids[observation.term], scored.case, scored.knowledge)
            name = group.name if group and len(block) > 1 else ""
            here = observation.chance[h].tolist()
            matches = _matches(scored, h, observation, answer, here)
            ends = _ends(observation, here, matches)
            for mine, line, match, p, span in zip(found, lines, matches, here, ends, strict=True):
                mine.append(
                    _reason(scored, line, observation, match, chance=(p, *span), label=label, group=name)
                )
    return [
        tuple(
            sorted(
                [*mine, *reasons_beside(scored, line)],
                key=lambda r: (-abs(math.log(max(r.ratio, 1e-9))), r.finding),
            )
        )
        for mine, line in zip(found, lines, strict=True)
    ]


def _reason(
    scored: Scored,
    h: int,
    observation: Observation,
    found: Match | None,
    *,
    chance: tuple[float, float, float],
    label: str,
    group: str,
) -> Reason:
    """The record of one finding; chance: of the finding in the disease, and its range."""
    onto, elsewhere = load_ontology(), observation.elsewhere
    words, kind, sources = basis(scored, h, found)
    return Reason(
        finding=onto.ids[observation.term],
        label=label,
        state="present" if observation.present else "absent",
        how=found.how if found else "not described",
        matched=onto.ids[found.term] if found else "",
        matched_label=onto.label(onto.ids[found.term]) if found else "",
        here=chance[0],
        elsewhere=elsewhere,
        ratio=chance[0] / elsewhere,
        ratio_low=chance[1] / elsewhere,
        ratio_high=chance[2] / elsewhere,
        kind=kind,
        evidence=words,
        sources=sources,
        group=group,
    )


def _ends(
    observation: Observation, here: Sequence[float], matches: Sequence[Match | None]
) -> list[tuple[float, float]]:
    """Central 90 % range of each chance: it rises or falls with the frequency, so the ends map to ends."""
    factors = [
        [end * (m.a + m.b) / m.a for end in beta_range(m.a, m.b)] if m else [1.0, 1.0] for m in matches
    ]
    scaled = scaled_chance(observation, np.array(here)[:, None], np.array(factors)).tolist()
    return [
        (min(*ends, p), max(*ends, p)) if m else (p, p)
        for p, m, ends in zip(here, matches, scaled, strict=True)
    ]


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
    out, entries = scored.out, {hypothesis.entry}
    if kind in (Kind.COUNTED, Kind.REPORTED, Kind.ASSUMPTION):
        told = _own_evidence(scored.knowledge.version, *hypothesis[2:4], out.sources)[term]
        return in_words(told), told.kind, told.sources
    annotations = load_annotations()
    if h < scored.table.own_count:
        entries = entries_of(scored.knowledge.diseases[hypothesis.slug], annotations)
    rows = [r for e in sorted(entries) for r in remaining_rows(annotations, e, out) if r.term == term]
    references = tuple(dict.fromkeys(ref for row in rows for ref in row.references))
    return _rows_in_words(rows), _KIND_NAMES[kind], references


@lru_cache(maxsize=256)
def _own_evidence(_version: str, slug: str, variant: str, without: frozenset[str]) -> dict[str, Frequency]:
    # a model may name a term by an id that has been replaced since
    told = evidence_of(load_knowledge().diseases[slug], variant, without=without)
    return {load_ontology().resolve(term).id or term: evidence for term, evidence in told.items()}


def _rows_in_words(rows: list[Row]) -> str:
    counted = [
        f"{sum(r.n for r in of_one):.0f} of {sum(r.of for r in of_one):.0f}, {words}"
        for fitted, words in ((False, _COUNTED), (True, _FITTED))
        if (of_one := [r for r in rows if r.of == r.of and r.fitted == fitted])
    ]
    if counted:
        return "; ".join(counted)
    banded = [r for r in rows if r.low == r.low]
    return f"{pretty_range(banded[0].low, banded[0].high)}, {_BAND}" if banded else _BARE
