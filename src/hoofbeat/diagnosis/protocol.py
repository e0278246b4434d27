"""The honest protocol: no patient is ranked with evidence that was counted from that patient.

The public annotations were partly made from the very patients that tools are measured on. Here each
patient's publication is left out: rows that cite only it are dropped, and its own patients, recounted from
the file, are subtracted from rows that it shares with other publications. Deleting the shared rows as well
would be as wrong the other way. At most four patients of a disease and publication are used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Literal, NamedTuple

from hoofbeat.cases import Case, State, publication_ids
from hoofbeat.knowledge import Counts, genes_of, load_annotations
from hoofbeat.terms import load_ontology

# By background entry, then by publication.
Recounted = Mapping[int, Mapping[str, Counts]]
MOST = 4
Part = Literal["tune", "report"]
TUNED = 0.6


class Sample(NamedTuple):
    """The cases to rank, and what each publication contributed to each disease."""

    cases: list[Case]
    recounted: Recounted


class Standing(NamedTuple):
    """Whether a case's disease never cited its publication, and whether nothing is left without it.

    fitted: what is left was counted by `hoofbeat fit` alone.
    """

    clean: bool
    emptied: bool
    fitted: bool


def sample(cases: Iterable[Case], *, most: int = MOST) -> Sample:
    """Return at most `most` cases of each disease and publication, and the counts of all of them.

    A case without publication is nobody's sibling, and kept. Which cases are kept depends on their ids alone,
    so that the order of a file does not matter.
    """
    known = [_named(case) for case in cases if case.truth]
    groups: dict[tuple[str, tuple[str, ...]], list[Case]] = defaultdict(list)
    for number, case in enumerate(known):
        groups[case.truth[0], case.publications or (f"case {number}",)].append(case)
    kept = {id(case) for group in groups.values() for case in sorted(group, key=lambda c: _lot(c.id))[:most]}
    return Sample([case for case in known if id(case) in kept], recount(known))


def _named(case: Case) -> Case:
    """The case with its publications by the names that annotations have for them."""
    return case.model_copy(update={"publications": publication_ids(case.publications)})


def _lot(identifier: str) -> str:
    return sha256(identifier.encode()).hexdigest()


def of_part(cases: Sequence[Case], part: Part | None) -> list[Case]:
    """Return the cases of one part, in their order, or all."""
    if part is None:
        return list(cases)
    return [case for case, its in zip(cases, parts(cases), strict=True) if its == part]


def parts(cases: Sequence[Case]) -> list[Part]:
    """Return which part each case belongs to: "tune", to choose constants with, or "report", to measure on.

    Cases that share a disease, a gene known for it or a publication are in one part, so that nothing learned
    on the one is asked again in the other. About six in ten such groups are for tuning; which ones depends
    on their diseases' names alone.
    """
    above: dict[str, str] = {}

    def top(name: str) -> str:
        above.setdefault(name, name)
        while above[name] != name:
            above[name] = above[above[name]]
            name = above[name]
        return name

    keys = [
        [*case.truth, *(g for t in case.truth for g in genes_of(t)), *case.publications] for case in cases
    ]
    for names in keys:
        for name in names[1:]:
            one, other = sorted((top(names[0]), top(name)))
            above[other] = one
    return ["tune" if _share(top(names[0] if names else "")) < TUNED else "report" for names in keys]


def _share(name: str) -> float:
    """A fraction of 1 that looks drawn by lot, and is always the same for a name."""
    return int(_lot(name)[:8], 16) / 16**8


def recount(cases: Iterable[Case]) -> Recounted:
    """Count, by disease and publication, in how many patients each term was present, of those asked."""
    onto, annotations = load_ontology(), load_annotations()
    found: dict[int, dict[str, dict[int, tuple[int, int]]]] = {}
    for case in cases:
        entry = next((e for t in case.truth if (e := annotations.find(t)) is not None), None)
        if entry is None:
            continue
        asked = {onto.index(f.term): f.state for f in case.findings if f.state is not State.NOT_ASKED}
        for publication in case.publications:
            counts = found.setdefault(entry, {}).setdefault(publication, {})
            for term, state in asked.items():
                n, of = counts.get(term, (0, 0))
                counts[term] = n + (state is State.PRESENT), of + 1
    return found


def standing(case: Case, recounted: Recounted) -> Standing | None:
    """Return how a case stands to the annotations of its own disease; None if they have no such disease."""
    annotations = load_annotations()
    entry = next((e for t in case.truth if (e := annotations.find(t)) is not None), None)
    if entry is None:
        return None
    clean = entry not in annotations.citing(case.publications)
    rest = annotations.rows(entry, without=case.publications, counted=recounted.get(entry, {}))
    return Standing(clean, not rest, bool(rest) and all(row.fitted for row in rest))
