"""The findings of one patient under a few hypotheses, scored exactly and with the term that answers each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis.score import COARSER, IC_SCALE, UNRELATED, ancestor_weights
from hoofbeat.diagnosis.table import Table
from hoofbeat.terms import Ontology

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


class Answer(NamedTuple):
    """What a few hypotheses say of one finding; every array has shape (lines,).

    ratio: likelihood ratio of the finding if present, against the mean background. lift: the largest single
    contribution to it. meeting: the ancestor where finding and annotation meet there, and via: the annotated
    term; both ontology indices, -1 if nothing answers. frequency: of the finding's
    own term, 0 without one.
    """

    ratio: Floats
    lift: Floats
    meeting: Integers
    via: Integers
    frequency: Floats

    def at(self, lines: Integers) -> Answer:
        """The same for some of the lines, by their places."""
        return Answer(
            self.ratio[lines], self.lift[lines], self.meeting[lines], self.via[lines], self.frequency[lines]
        )

    def replaced(self, here: npt.NDArray[np.bool_], other: Answer) -> Answer:
        """The same with some of the lines, told by a mask, as `other` has them, in their order."""
        both = self.at(np.arange(len(here)))
        for column, its in zip(both, other, strict=True):
            column[here] = its
        return both


def answers(
    table: Table, onto: Ontology, findings: Sequence[tuple[int, bool]], lines: Integers
) -> list[Answer]:
    """Return what each hypothesis of `lines` says of each finding (ontology index, present or absent)."""
    weighted = [_weights(table, onto, term, present=present) for term, present in findings]
    columns = distinct(np.concatenate([terms for terms, _ in weighted]) if weighted else np.zeros(0, int))
    frequency, via = _gather(table, columns, lines)
    lift = frequency * table.scale[lines] / table.background[columns][:, None]
    found = []
    for (term, _), (terms, weights) in zip(findings, weighted, strict=True):
        at = np.searchsorted(columns, terms)
        ours = _own_shares(table, term, terms, via[at])
        share = np.where(lines < table.own_count, ours, weights[:, None])
        part = np.where(via[at] >= 0, share * lift[at], 0.0)
        own_term = frequency[at][terms == term].sum(axis=0)
        found.append(_answer(terms, part, via[at], own_term, ours=lines < table.own_count))
    return found


def distinct(numbers: Integers) -> Integers:
    """Return the different numbers in order; numpy's own way imports masked arrays, a tenth of a start.

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    ordered = np.sort(numbers)
    return ordered[np.r_[True, ordered[1:] != ordered[:-1]]] if len(ordered) else ordered


def _weights(table: Table, onto: Ontology, term: int, *, present: bool) -> tuple[npt.NDArray[Any], Floats]:
    """An absent finding is answered by its own term alone, with all the kinds of it."""
    if present:
        return ancestor_weights(table, onto, term)
    return np.array([term]), np.array([1.0])


def _gather(table: Table, columns: Integers, lines: Integers) -> tuple[Floats, Integers]:
    """Frequencies and annotated terms, shape (columns, lines); 0 and -1 where there is nothing."""
    start, stop = table.row_start[lines], table.row_start[lines + 1]
    spans = stop - start
    line = np.repeat(np.arange(len(lines)), spans)
    entry = np.arange(len(line)) + np.repeat(start - (np.cumsum(spans) - spans), spans)
    place = np.full(len(table.start), -1)
    place[columns] = np.arange(len(columns))
    row = place[table.row_term[entry]]
    known = row >= 0
    entry, line, row = entry[known], line[known], row[known]
    frequency = np.zeros((len(columns), len(lines)))
    via = np.full((len(columns), len(lines)), -1)
    frequency[row, line] = table.row_frequency[entry]
    via[row, line] = table.row_via[entry]
    return frequency, via


def _answer(
    terms: Integers, part: Floats, via: Integers, frequency: Floats, *, ours: npt.NDArray[np.bool_]
) -> Answer:
    """Sum the parts of the ancestors for a background disease, take the largest for our own models."""
    if not len(part):
        nobody = np.full(len(ours), -1)
        return Answer(np.full(len(ours), UNRELATED), frequency, nobody, nobody, frequency)
    best, line = part.argmax(axis=0), np.arange(len(ours))
    most = part[best, line]
    return Answer(
        ratio=UNRELATED + np.where(ours, most, part.sum(axis=0)),
        lift=most,
        meeting=np.where(most > 0, terms[best], -1),
        via=np.where(most > 0, via[best, line], -1),
        frequency=frequency,
    )


def _own_shares(table: Table, term: int, terms: Integers, via: Integers) -> Floats:
    """Share at which our own models' rows count, shape (terms, lines); see score.own_share."""
    further = np.maximum(table.information[term] - table.information[terms], 0.0)
    near = np.exp(-further / IC_SCALE)[:, None]
    share = np.where(via == terms[:, None], COARSER, COARSER * near)
    return np.where((terms == term)[:, None], 1.0, share)
