"""Virtual patients as a health record: dated, coded, with the wrong labels and their treatments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import Literal

import numpy as np

from hoofbeat.simulation.clinic_model import Code
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.outcome import Outcome
from hoofbeat.simulation.streams import uniform

# Records begin within four years of this day, each patient on an own one.
BEGIN, SPAN = date(2012, 1, 1), 1461
Kind = Literal["condition", "drug", "measurement", "procedure"]


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a record. visit: which encounter of this patient it belongs to."""

    kind: Kind
    day: date
    visit: int
    codes: tuple[Code, ...]
    name: str
    value: float | None = None
    unit: str = ""


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


def records_of(mechanism: Mechanism, outcome: Outcome, *, years: float, seed: int) -> Iterator[Record]:
    """Yield the record of every patient; those who never came have an empty one."""
    starts = (uniform(seed, "calendar", outcome.patients) * SPAN).astype(int)
    first = np.searchsorted(outcome.visits.patient, outcome.patients)
    last = np.searchsorted(outcome.visits.patient, outcome.patients, side="right")
    for i in range(len(outcome)):
        begin = BEGIN + timedelta(days=int(starts[i]))
        born = begin - timedelta(days=int(float(outcome.age[i]) * 365.25))
        died = float(outcome.death[i])
        death = begin + timedelta(days=int(died)) if np.isfinite(died) else None
        end = death or begin + timedelta(days=int(years * 365.25))
        days, entries = _entries(
            mechanism, outcome, i, range(int(first[i]), int(last[i])), begin=begin, end=end
        )
        yield Record(
            patient=int(outcome.patients[i]), born=born, sex="male" if outcome.male[i] else "female",
            begin=begin, end=end, death=death, visits=tuple(days), entries=tuple(entries),
        )  # fmt: skip


def _entries(
    mechanism: Mechanism, outcome: Outcome, i: int, rows: range, *, begin: date, end: date
) -> tuple[list[date], list[Entry]]:
    clinic, visits = mechanism.clinic, outcome.visits
    days = [begin + timedelta(days=int(visits.day[row])) for row in rows]
    found: list[Entry] = []
    for number, row in enumerate(rows):
        day = days[number]
        for column in np.flatnonzero(visits.noted[row]):
            sign = clinic.signs[column]
            if sign.codes and not (sign.skin and visits.label[row] >= 0):
                found.append(Entry("condition", day, number, sign.codes, sign.name))
        if visits.label[row] >= 0:
            label = clinic.labels[visits.label[row]]
            found.append(Entry("condition", day, number, label.codes, label.name))
            found += [
                Entry("drug", day, number, item.codes, item.name)
                for item in clinic.tried
                if item.id in label.tried
            ]
        found += _values(mechanism, visits.labs[row], day, number)
    if np.isfinite(outcome.found[i]):
        day = begin + timedelta(days=int(outcome.found[i]))
        days.append(day)
        found += _at_diagnosis(mechanism, outcome, i, day=day, visit=len(days) - 1)
        for given, entry in _care(mechanism, outcome, i, begin=begin, end=end):
            found.append(replace(entry, visit=len(days)))
            days.append(given)
    return days, found


def _at_diagnosis(
    mechanism: Mechanism, outcome: Outcome, i: int, *, day: date, visit: int
) -> Iterator[Entry]:
    clinic = mechanism.clinic
    yield from _values(mechanism, outcome.labs_found[i], day, visit)
    for route in clinic.routes:
        if route.codes:
            yield Entry("procedure", day, visit, route.codes, route.name)
    yield Entry("condition", day, visit, clinic.truth_codes, clinic.truth_name)
    for row, sign in enumerate(clinic.signs):
        if sign.of == clinic.spread and outcome.first[row, i] <= outcome.found[i] and sign.codes:
            yield Entry("condition", day, visit, sign.codes, sign.name)


def _care(
    mechanism: Mechanism, outcome: Outcome, i: int, *, begin: date, end: date
) -> Iterator[tuple[date, Entry]]:
    """What is given after the diagnosis, each at an encounter of its own."""
    rows = {item.id: (row, item.name) for row, item in enumerate(mechanism.file.interventions)}
    for care in mechanism.clinic.care:
        row, name = rows[care.intervention]
        since = outcome.started[row, i]
        if not care.codes or not np.isfinite(since):
            continue
        day = begin + timedelta(days=int(since))
        if day <= end:
            drug = any(code.system == "RxNorm" for code in care.codes)
            yield day, Entry("drug" if drug else "procedure", day, 0, care.codes, name)


def _values(mechanism: Mechanism, labs: np.ndarray, day: date, visit: int) -> Iterator[Entry]:
    for column, lab in enumerate(mechanism.clinic.labs):
        if np.isfinite(labs[column]):
            value = float(f"{labs[column]:.4g}")
            yield Entry("measurement", day, visit, lab.codes, lab.test, value, lab.unit)
