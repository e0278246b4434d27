"""Patients with known diagnoses, counted: n of N with each finding, by disease and publication."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from hoofbeat.cases import Case, State
from hoofbeat.knowledge import PatientCount


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
    in. No patient counts twice: the same id in the same publication is the same patient.
    """
    counts: dict[tuple[str, str, str], tuple[int, int]] = {}
    names: dict[str, str] = {}
    seen: set[tuple[str, str]] = set()
    patients = without_diagnosis = without_publication = twice = 0
    for case in cases:
        if not case.truth:
            without_diagnosis += 1
        elif not case.publications:
            without_publication += 1
        elif (case.publications[0], case.id) in seen:
            twice += 1
        else:
            patients += 1
            seen.add((case.publications[0], case.id))
            disease = case.truth[0]
            names.setdefault(disease, case.truth_labels[0] if case.truth_labels else "")
            _add(counts, disease, case)
    rows = [PatientCount(d, names[d], paper, term, *c) for (d, paper, term), c in counts.items()]
    return Fitted(sorted(rows), patients, without_diagnosis, without_publication, twice)


def _add(counts: dict[tuple[str, str, str], tuple[int, int]], disease: str, case: Case) -> None:
    asked = {f.term: f.state for f in case.findings if f.state is not State.NOT_ASKED}
    for term, state in asked.items():
        key = disease, case.publications[0], term
        n, of = counts.get(key, (0, 0))
        counts[key] = n + (state is State.PRESENT), of + 1
