"""Patients with known diagnoses, counted: n of N with each finding, by disease and publication."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from hoofbeat.cases import Case, State, is_publication, publication_id
from hoofbeat.knowledge import PatientCount, disease_id


class Fitted(NamedTuple):
    """The counts, how many patients they are from, and how many were passed over and why."""

    counts: list[PatientCount]
    patients: int
    without_diagnosis: int
    without_publication: int
    twice: int


def fit(cases: Iterable[Case]) -> Fitted:
    """Count the patients of each publication in whom a finding was present, of those in whom it was sought.

    A patient without diagnosis or publication is passed over: what cannot be left out again must not be let
    in. No patient counts twice: the same id in the same publication is the same patient, however the
    publication is written. A diagnosis counts under the id its disease has here (see disease_id).
    """
    ids: dict[str, str] = {}
    counts: dict[tuple[str, str, str], tuple[int, int]] = {}
    names: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    patients = without_diagnosis = without_publication = twice = 0
    for case in cases:
        if not case.truth:
            without_diagnosis += 1
        elif (paper := _paper(case)) is None:
            without_publication += 1
        elif (paper, case.id) in seen:
            twice += 1
        else:
            patients += 1
            seen.add((paper, case.id))
            truth = case.truth[0]
            disease = ids[truth] = ids.get(truth) or disease_id(truth)
            names[disease] = names.get(disease) or (case.truth_labels[0] if case.truth_labels else "")
            _add(counts, disease, paper, case)
    rows = [PatientCount(d, names[d], paper, term, *c) for (d, paper, term), c in counts.items()]
    return Fitted(sorted(rows), patients, without_diagnosis, without_publication, twice)


def _paper(case: Case) -> str | None:
    """The publication a patient is counted under: the first that could be left out again."""
    return next((publication_id(p) for p in case.publications if is_publication(p)), None)


def _add(counts: dict[tuple[str, str, str], tuple[int, int]], disease: str, paper: str, case: Case) -> None:
    asked = {f.term: f.state for f in case.findings if f.state is not State.NOT_ASKED}
    for term, state in asked.items():
        key = disease, paper, term
        n, of = counts.get(key, (0, 0))
        counts[key] = n + (state is State.PRESENT), of + 1
