"""What each hypothesis is annotated with, one line per term, from our own models or the background."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import IntEnum
from functools import lru_cache
from typing import NamedTuple

from hoofbeat.cases import publication_id
from hoofbeat.diagnosis.protocol import Recounted
from hoofbeat.knowledge import (
    Annotations,
    Counted,
    Counts,
    Disease,
    Frequency,
    Reported,
    Row,
    load_knowledge,
    too_general,
)
from hoofbeat.terms import Ontology, load_ontology

# Smoothing of annotation counts and the reading of rows without frequency, as measured in the ranking
# study: (n + 0.7) / (N + 1.5), 0.57 when nothing is said, never below 0.1 nor above 0.98.
_PRIOR_N, _PRIOR_OF, _UNSAID, _FLOOR, _CAP = 0.7, 1.5, 0.5, 0.1, 0.98
# A band is worth five patients, a bare annotation two: neither is a count.
_BAND_WEIGHT, _BARE_WEIGHT = 5.0, 2.0


class Kind(IntEnum):
    """What a frequency rests on."""

    COUNTED = 0
    REPORTED = 1
    ASSUMPTION = 2
    ANNOTATION_COUNT = 3
    ANNOTATION_BAND = 4
    ANNOTATION_BARE = 5


class Direct(NamedTuple):
    """One annotated term of a hypothesis: ontology index, Beta parameters, what they rest on."""

    term: int
    a: float
    b: float
    kind: Kind


_KINDS = {"counted": Kind.COUNTED, "reported": Kind.REPORTED, "assumption": Kind.ASSUMPTION}


def evidence_of(
    disease: Disease, variant: str, *, without: frozenset[str] = frozenset()
) -> dict[str, Frequency]:
    """Return the frequency that the model itself gives each term: findings first, then test results.

    without: keys of sources that are left out; see what_remains.
    """
    found: dict[str, Frequency] = {}
    for row in disease.findings.findings:
        # a row for this very variant beats a row for all
        if row.given in ("", variant) and (row.finding not in found or row.given):
            found[row.finding] = row
    for test in disease.tests.tests:
        if test.finding and test.present and test.given in ("", variant):
            found.setdefault(test.finding, test.present)
    if not without:
        return found
    remain = ((term, what_remains(evidence, without)) for term, evidence in found.items())
    return {term: evidence for term, evidence in remain if evidence is not None}


def what_remains(evidence: Frequency, without: frozenset[str]) -> Frequency | None:
    """Return a frequency without these sources: the next source beside it takes the place of one left out.

    From a sum over the sources beside it, what is theirs is taken off. None if nothing else is known.
    """
    if without.isdisjoint(evidence.sources):
        return evidence
    also = tuple(item for item in evidence.also if item.source not in without)
    first = evidence.counted or evidence.reported
    counted = [item for item in evidence.also if isinstance(item, Counted)]
    total = evidence.counted
    if first and first.source in without:
        # a count before a range
        beside = sorted(also, key=lambda item: not isinstance(item, Counted))
        if not beside:
            return None
        first, also = beside[0], tuple(item for item in also if item is not beside[0])
    elif total and (total.n, total.of) == (sum(c.n for c in counted), sum(c.of for c in counted)):
        rest = [c for c in counted if c.source not in without]
        if not rest:
            return None
        first = total.model_copy(
            update={
                "n": sum(c.n for c in rest),
                "of": sum(c.of for c in rest),
                "place": "what remains of " + total.place,
            }
        )
    return Frequency(
        counted=first if isinstance(first, Counted) else None,
        reported=first if isinstance(first, Reported) else None,
        assumption=evidence.assumption,
        also=also,
        note=evidence.note,
        statements=evidence.statements,
    )


def left_out_sources(publications: Collection[str]) -> frozenset[str]:
    """Return the keys of our own sources that are among these publications (ids, or keys themselves)."""
    named = sources_by_id(load_knowledge().version)
    return frozenset(key for p in publications for key in named.get(p, ()))


@lru_cache(maxsize=4)
def sources_by_id(_version: str) -> dict[str, list[str]]:
    """Return our own sources' keys by every id they go by: PubMed number, DOI, address and key."""
    found: dict[str, list[str]] = {}
    for key, source in load_knowledge().sources.items():
        named = (f"PMID:{source.pmid}" if source.pmid else "", source.doi, source.url, key)
        for name in {publication_id(n) for n in named if n}:
            found.setdefault(name, []).append(key)
    return found


def entries_of(disease: Disease, annotations: Annotations) -> set[int]:
    """Return the annotated diseases that a model of ours stands for."""
    return {e for i in disease.aliases if (e := annotations.find(i)) is not None}


def own_rows(
    disease: Disease,
    variant: str,
    annotations: Annotations,
    onto: Ontology,
    *,
    without: Collection[str] = (),
    sources: frozenset[str] = frozenset(),
    counted: Recounted | None = None,
) -> list[Direct]:
    """Return the model's rows, and the annotations of the same disease where the model is silent.

    Annotations marked as overridden are left out. Where a disease has variants they go to the first, the
    form that the annotations describe. without, counted: publications whose annotations are not used, and
    what they counted, by entry (see Annotations.rows); sources: keys of our own sources, likewise.
    """
    found: dict[int, Direct] = {}
    for term, evidence in evidence_of(disease, variant, without=sources).items():
        resolved = onto.resolve(term)
        if resolved.id is not None:
            a, b = evidence.beta
            found[onto.index(resolved.id)] = Direct(onto.index(resolved.id), a, b, _KINDS[evidence.kind])
    variants = disease.about.variants
    if not variants or variants[0].id == variant:
        overridden = {o.finding for o in disease.about.overrides}
        said = {onto.ids[i] for i in found}
        for entry in sorted(entries_of(disease, annotations)):
            mine = None if counted is None else counted.get(entry, {})
            rows = annotations.rows(entry, without=without, counted=mine)
            for direct in pooled([r for r in rows if r.term not in overridden]):
                term = onto.ids[direct.term]
                # an ancestor of a term the model speaks of is already answered by it
                if direct.term not in found and not any(onto.is_a(s, term) for s in said):
                    found[direct.term] = direct
    return sorted(found.values())


def background_rows(
    annotations: Annotations,
    entry: int,
    *,
    without: Collection[str] = (),
    counted: Mapping[str, Counts] | None = None,
) -> list[Direct]:
    """Return the rows of a background disease, rows of one term pooled; see Annotations.rows."""
    return pooled(annotations.rows(entry, without=without, counted=counted))


def pooled(rows: Collection[Row]) -> list[Direct]:
    """Pool the annotation rows of each term: counts added up, a band worth five patients.

    A term that was only ever sought in vain is left out, and one that nearly any finding is a kind of.
    """
    onto = load_ontology()
    n: dict[int, float] = {}
    of: dict[int, float] = {}
    kind: dict[int, Kind] = {}
    for row in rows:
        term = onto.index(row.term)
        if row.of == row.of:
            more, total, what = row.n, row.of, Kind.ANNOTATION_COUNT
        elif row.low == row.low:
            more, total, what = (row.low + row.high) / 2 * _BAND_WEIGHT, _BAND_WEIGHT, Kind.ANNOTATION_BAND
        else:
            more, total, what = _UNSAID * _BARE_WEIGHT, _BARE_WEIGHT, Kind.ANNOTATION_BARE
        n[term] = n.get(term, 0.0) + more
        of[term] = of.get(term, 0.0) + total
        kind[term] = min(kind.get(term, what), what)
    found = []
    for term, more in n.items():
        if more == 0 or term in too_general():
            continue  # sought in some and found in none is no finding, and what fits anything says nothing
        weight = of[term] + _PRIOR_OF
        mean = min(max((more + _PRIOR_N) / weight, _FLOOR), _CAP)
        if kind[term] == Kind.ANNOTATION_BARE:
            mean = _UNSAID
        elif kind[term] == Kind.ANNOTATION_BAND:
            mean = min(max(more / of[term], 0.02), _CAP)
        found.append(Direct(term, mean * weight, (1 - mean) * weight, kind[term]))
    return sorted(found)
