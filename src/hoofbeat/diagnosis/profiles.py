"""What each hypothesis is annotated with, one line per term, from our own models or the background."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import IntEnum
from typing import NamedTuple

from hoofbeat.knowledge import Annotations, Counts, Disease, Frequency, Row, too_general
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


def evidence_of(disease: Disease, variant: str) -> dict[str, Frequency]:
    """Return the frequency that the model itself gives each term: findings first, then test results."""
    found: dict[str, Frequency] = {}
    for row in disease.findings.findings:
        # a row for this very variant beats a row for all
        if row.given in ("", variant) and (row.finding not in found or row.given):
            found[row.finding] = row
    for test in disease.tests.tests:
        if test.finding and test.present and test.given in ("", variant):
            found.setdefault(test.finding, test.present)
    return found


def own_rows(
    disease: Disease, variant: str, entries: Collection[int], annotations: Annotations, onto: Ontology
) -> list[Direct]:
    """Return the model's rows, and the annotations of the same disease where the model is silent.

    Annotations marked as overridden are left out. Where a disease has variants they go to the first, the
    form that the annotations describe.
    """
    found: dict[int, Direct] = {}
    for term, evidence in evidence_of(disease, variant).items():
        resolved = onto.resolve(term)
        if resolved.id is not None:
            a, b = evidence.beta
            found[onto.index(resolved.id)] = Direct(onto.index(resolved.id), a, b, _KINDS[evidence.kind])
    variants = disease.about.variants
    if not variants or variants[0].id == variant:
        overridden = {o.finding for o in disease.about.overrides}
        said = {onto.ids[i] for i in found}
        for entry in entries:
            rows = [r for r in annotations.rows(entry) if r.term not in overridden]
            for direct in pooled(rows):
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
