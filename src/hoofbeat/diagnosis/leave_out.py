"""Leave a publication out: no patient is scored with evidence that came from the same paper."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.cases import is_publication, publication_ids
from hoofbeat.diagnosis.exact import Answer, answers
from hoofbeat.diagnosis.profiles import (
    Direct,
    entries_of,
    evidence_of,
    left_out_sources,
    own_rows,
    pooled,
)
from hoofbeat.diagnosis.protocol import Recounted
from hoofbeat.diagnosis.table import Table, load_table
from hoofbeat.errors import UsageError
from hoofbeat.knowledge import Annotations, Row, load_annotations, load_knowledge
from hoofbeat.terms import Ontology, load_ontology

Lines = npt.NDArray[np.intp]


class LeftOut(NamedTuple):
    """What is not used for a case.

    publications: by the ids of publication_id, in our own models. annotated: those whose annotations are not
    used either. sources: keys of our own sources that are among the publications. counted: what publications
    of `annotated` counted, so that rows citing others too keep the rest; None drops such rows.
    """

    publications: frozenset[str]
    annotated: frozenset[str]
    sources: frozenset[str]
    counted: Recounted | None


class Rest(NamedTuple):
    """The lines of the table that lose something, in ascending order, and a table of what they keep."""

    lines: Lines
    table: Table

    def places(self, h: Lines) -> tuple[npt.NDArray[np.bool_], Lines]:
        """Which of the hypotheses h are among the lines, and where those stand."""
        at = np.minimum(np.searchsorted(self.lines, h), len(self.lines) - 1)
        here = self.lines[at] == h
        return here, at[here]


def left_out(
    case_s: Collection[str], asked: Collection[str], *, annotations_too: bool, counted: Recounted | None
) -> LeftOut:
    """Return what is left out: the case's own publications, and those asked for.

    Raises UsageError for one asked for that names no publication and no source of ours: it would silently
    leave out nothing. Those of the case are data, and cases are checked where they are read.
    """
    own_keys = load_knowledge().sources
    for text in asked:
        if not is_publication(text) and text.strip() not in own_keys:
            raise UsageError(
                f"{text!r} names no publication",
                why="nothing would be left out, and the answer would not show it",
                remedy="give a PubMed number, a DOI, a PMC number, an address, or the key of a source",
            )
    publications = frozenset((*publication_ids((*asked, *case_s)), *(t.strip() for t in asked)))
    annotated = publications if annotations_too else frozenset()
    return LeftOut(publications, annotated, left_out_sources(publications), counted)


def remaining(table: Table, out: LeftOut) -> Rest | None:
    """Return what the diseases that lose evidence keep, or None where none loses any.

    A background disease loses the rows that cite only what is left out (see Annotations.rows); one of ours
    also what its model counts from such a source. Frequencies and length are worked out again from the rest.
    The mean background is left as it was, since one disease among 10,000 hardly moves it.
    """
    annotations, onto = load_annotations(), load_ontology()
    entries = annotations.citing(out.annotated)
    ours = _ours(table.version)
    losing = [
        h
        for h, (own_entries, sources) in enumerate(ours)
        if not (own_entries.isdisjoint(entries) and sources.isdisjoint(out.sources))
    ]
    background = table.entry[table.own_count :]
    lines = np.r_[losing, table.own_count + np.flatnonzero(np.isin(background, list(entries)))]
    if not len(lines):
        return None
    lines = lines.astype(np.intp)
    return Rest(lines, table.with_rows(lines, [_rows(table, int(h), out, onto) for h in lines], onto))


def _rows(table: Table, h: int, out: LeftOut, onto: Ontology) -> list[Direct]:
    annotations, line = load_annotations(), table[h]
    if h < table.own_count:
        disease = load_knowledge().diseases[line.slug]
        return own_rows(
            disease,
            line.variant,
            annotations,
            onto,
            without=out.annotated,
            sources=out.sources,
            counted=out.counted,
        )
    return pooled(remaining_rows(annotations, line.entry, out))


def remaining_rows(annotations: Annotations, entry: int, out: LeftOut) -> list[Row]:
    """Return the annotation rows that an annotated disease keeps; see Annotations.rows."""
    counted = None if out.counted is None else out.counted.get(entry, {})
    return annotations.rows(entry, without=out.annotated, counted=counted)


@lru_cache(maxsize=4)
def _ours(_version: str) -> tuple[tuple[frozenset[int], frozenset[str]], ...]:
    """The annotated diseases and the sources that each of our own lines leans on."""
    table, annotations = load_table(), load_annotations()
    found = []
    for h in range(table.own_count):
        disease = load_knowledge().diseases[table[h].slug]
        rows = evidence_of(disease, table[h].variant).values()
        sources = frozenset(key for row in rows for key in row.sources)
        found.append((frozenset(entries_of(disease, annotations)), sources))
    return tuple(found)


def answers_without(
    table: Table, rest: Rest | None, findings: list[tuple[int, bool]], lines: Lines
) -> list[Answer]:
    """Return what each hypothesis of lines says of each finding (see exact.answers), with what it keeps."""
    onto = load_ontology()
    found = answers(table, onto, findings, lines)
    if rest is None:
        return found
    here, at = rest.places(lines)
    if not here.any():
        return found
    kept = answers(rest.table, onto, findings, at)
    return [whole.replaced(here, part) for whole, part in zip(found, kept, strict=True)]
