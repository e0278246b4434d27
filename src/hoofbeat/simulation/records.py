"""Virtual patients as a health record: dated, coded, with the wrong labels and their treatments."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from hoofbeat.simulation.clinic_model import Code, Route
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.outcome import Outcome
from hoofbeat.simulation.parameters import Draws
from hoofbeat.simulation.streams import uniform

# Records begin within four years of this day, each patient on an own one.
BEGIN, SPAN = date(2012, 1, 1), 1461
Kind = Literal["condition", "drug", "measurement", "procedure"]
Encounter = tuple[date, list["Entry"]]
Result = Literal["positive", "negative", "unknown"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a record. visit: which encounter of this patient it belongs to.

    codes: empty for what no list we know has a code for. result: of a test that is told in words.
    """

    kind: Kind
    day: date
    visit: int
    codes: tuple[Code, ...]
    name: str
    value: float | None = None
    unit: str = ""
    result: Result | None = None


@dataclass(frozen=True, slots=True)
class Record:
    """One patient's record: person, encounters (by day), entries, and death."""

    patient: int
    born: date
    sex: Literal["male", "female"]
    begin: date
    end: date
    death: date | None
    visits: tuple[date, ...]
    entries: tuple[Entry, ...] = field(default=())


def records_of(
    mechanism: Mechanism,
    outcome: Outcome,
    *,
    years: float,
    seed: int,
    fixed: Mapping[str, float] | None = None,
) -> Iterator[Record]:
    """Yield the record of every patient; those who never came have an empty one.

    years, seed, fixed: those of the cohort's Setup.
    """
    starts = (uniform(seed, "calendar", outcome.patients) * SPAN).astype(int)
    first = np.searchsorted(outcome.visits.patient, outcome.patients)
    last = np.searchsorted(outcome.visits.patient, outcome.patients, side="right")
    draws = Draws(mechanism.parameters, outcome.patients, seed=seed, fixed=fixed)
    wait, positive = draws[mechanism.clinic.wait_days], _positive(mechanism, outcome, draws, last - first)
    for i in range(len(outcome)):
        begin = BEGIN + timedelta(days=int(starts[i]))
        born = begin - timedelta(days=int(float(outcome.age[i]) * 365.25))
        died, rows = float(outcome.death[i]), range(int(first[i]), int(last[i]))
        death = begin + timedelta(days=int(died)) if np.isfinite(died) else None
        end = death or begin + timedelta(days=int(years * 365.25))
        until = min(died, years * 365.25, float(outcome.found[i]))
        met = [_visit(mechanism, outcome, row, begin) for row in rows]
        met += [
            _nothing_found(mechanism, outcome, i, begin + timedelta(days=due))
            for due in _due(outcome, rows, float(wait[i]))
            if due < until
        ]
        if np.isfinite(outcome.found[i]):
            met.append(_at_diagnosis(mechanism, outcome, i, begin, positive[:, i]))
            met += [(entry.day, [entry]) for entry in _care(mechanism, outcome, i, begin=begin, end=end)]
        met.sort(key=lambda encounter: encounter[0])
        yield Record(
            patient=int(outcome.patients[i]), born=born, sex="male" if outcome.male[i] else "female",
            begin=begin, end=end, death=death, visits=tuple(day for day, _ in met),
            entries=tuple(replace(e, visit=n) for n, (_, entries) in enumerate(met) for e in entries),
        )  # fmt: skip


def _visit(mechanism: Mechanism, outcome: Outcome, row: int, begin: date) -> Encounter:
    """What is written at one visit: signs, the label in place of the rash, what is tried, values."""
    clinic, visits = mechanism.clinic, outcome.visits
    day = begin + timedelta(days=int(visits.day[row]))
    found: list[Entry] = []
    for column in np.flatnonzero(visits.noted[row]):
        sign = clinic.signs[column]
        if sign.codes and not (sign.skin and visits.label[row] >= 0):
            found.append(Entry("condition", day, 0, sign.codes, sign.name))
    if visits.label[row] >= 0:
        label = clinic.labels[visits.label[row]]
        found.append(Entry("condition", day, 0, label.codes, label.name))
        found += [Entry("drug", day, 0, t.codes, t.name) for t in clinic.tried if t.id in label.tried]
    return day, found + list(_values(mechanism, visits.labs[row], day))


def _due(outcome: Outcome, rows: range, wait: float) -> Iterator[int]:
    """Days on which the results of each work-up are there; suspicion meanwhile asks for nothing more."""
    due = -1
    for row in rows:
        day = float(outcome.visits.day[row])
        if outcome.visits.suspected[row] and day > due:
            due = math.ceil(day + wait)
            yield due


def _nothing_found(mechanism: Mechanism, outcome: Outcome, i: int, day: date) -> Encounter:
    """A work-up that finds nothing: each of its tests, negative.

    Where there is nothing to find, a raised value may have led to a search in vain; which it was is not kept.
    """
    found: list[Entry] = []
    for route in mechanism.clinic.routes:
        in_vain = bool(route.proof) and outcome.last[route.proof][i] <= 0
        found += _result(mechanism, route, day, "unknown" if in_vain else "negative")
    return day, found


def _at_diagnosis(
    mechanism: Mechanism, outcome: Outcome, i: int, begin: date, positive: np.ndarray
) -> Encounter:
    clinic = mechanism.clinic
    day = begin + timedelta(days=int(outcome.found[i]))
    found = list(_values(mechanism, outcome.labs_found[i], day))
    for route, shows in zip(clinic.routes, positive, strict=True):
        if _lab_codes(mechanism, route) is None:  # a laboratory's value stands above as a number
            found += _result(mechanism, route, day, "positive" if shows else "negative")
    for number, code in enumerate(clinic.truth_codes):
        name = clinic.truth_name if number == 0 else code.display
        found.append(Entry("condition", day, 0, (code,), name))
    for row, sign in enumerate(clinic.signs):
        if sign.of == clinic.spread and outcome.first[row, i] <= outcome.found[i] and sign.codes:
            found.append(Entry("condition", day, 0, sign.codes, sign.name))
    return day, found


def _result(mechanism: Mechanism, route: Route, day: date, result: Result) -> Iterator[Entry]:
    """The test of one route with its result; what is no laboratory value is a procedure as well."""
    lab = _lab_codes(mechanism, route)
    if lab is None:
        yield Entry("procedure", day, 0, route.codes, route.name)
    codes = route.codes if lab is None else lab
    yield Entry("measurement", day, 0, codes, route.name, result=result)


def _lab_codes(mechanism: Mechanism, route: Route) -> tuple[Code, ...] | None:
    return next((lab.codes for lab in mechanism.clinic.labs if lab.of == route.of), None)


def _positive(mechanism: Mechanism, outcome: Outcome, draws: Draws, visits: np.ndarray) -> np.ndarray:
    """Whether each route showed the disease when it was found (routes x patients): with the same luck."""
    rows = []
    for route in mechanism.clinic.routes:
        value, limit = outcome.at_found[route.of], draws[route.above]
        beyond = value < limit if route.below else value > limit
        if route.proof:
            beyond = beyond & (outcome.at_found[route.proof] > 0)
        luck = uniform(draws.seed, f"route:{route.id}", outcome.patients, visits)
        rows.append(beyond & (luck < draws[route.seen]))
    return np.array(rows)


def _care(mechanism: Mechanism, outcome: Outcome, i: int, *, begin: date, end: date) -> Iterator[Entry]:
    """What is given after the diagnosis, each at an encounter of its own."""
    rows = {item.id: (row, item.name) for row, item in enumerate(mechanism.file.interventions)}
    for care in mechanism.clinic.care:
        row, name = rows[care.intervention]
        since = outcome.started[row, i]
        day = begin + timedelta(days=int(since)) if np.isfinite(since) else None
        if day and day <= end:
            drug = any(code.system == "RxNorm" for code in care.codes)
            yield Entry("drug" if drug else "procedure", day, 0, care.codes, name)


def _values(mechanism: Mechanism, labs: np.ndarray, day: date) -> Iterator[Entry]:
    for column, lab in enumerate(mechanism.clinic.labs):
        if np.isfinite(labs[column]):
            value = float(f"{labs[column]:.4g}")
            yield Entry("measurement", day, 0, lab.codes, lab.test, value, lab.unit)
