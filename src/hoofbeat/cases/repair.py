"""A case without its faulty parts, for work on many records where none should be lost to one bad field."""

from __future__ import annotations

from collections.abc import Iterator

from hoofbeat.cases.checks import ONSET_SLACK, both, in_use, is_death, readings
from hoofbeat.cases.model import Case, Finding, Measurement, State
from hoofbeat.terms import load_ontology, within


def without_faults(case: Case) -> Case:
    """Return a case that check_case finds no error in; what is left of it is unchanged.

    Dropped are findings whose term is no current one, absent findings that a present one contradicts, spared
    sites that are involved all the same, ages of onset after the visit (except of a death), and measurements
    that cannot be.
    """
    onto = load_ontology()
    known = in_use(case.findings)
    there = (onto.ancestors(f.term) for f in known if f.state is State.PRESENT)
    implied: frozenset[str] = frozenset().union(*there)
    kept = [
        _with_possible_onset(_with_possible_places(f), case.age_years)
        for f in known
        if f.state is not State.ABSENT or onto.ids[onto.index(f.term)] not in implied
    ]
    return case.model_copy(update={"findings": tuple(kept), "measurements": tuple(_possible(case))})


def _with_possible_onset(finding: Finding, age_years: float | None) -> Finding:
    onset = finding.onset_age_years
    if onset is None or age_years is None or onset <= age_years + ONSET_SLACK or is_death(finding):
        return finding
    return finding.model_copy(update={"onset_age_years": None})


def _with_possible_places(finding: Finding) -> Finding:
    there = both(finding)
    if not there:
        return finding
    kept = tuple(s for s in finding.spared if not any(within(t, s) for t in there))
    return finding.model_copy(update={"spared": kept})


def _possible(case: Case) -> Iterator[Measurement]:
    for measurement, reading in readings(case):
        if not any(issue.level == "error" for issue in reading.issues):
            yield measurement
