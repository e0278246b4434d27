"""What became of a group of virtual patients."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hoofbeat.simulation.streams import Floats, Numbers

if TYPE_CHECKING:
    from hoofbeat.simulation.engine import Engine


@dataclass(slots=True)
class Visits:
    """Encounters, one row each, in order of patient and day.

    noted, asked: rows x signs, what was there and written down, and what was looked for; labs: rows x
    tests (not-a-number where not asked); sites: rows x places.
    """

    patient: Numbers
    day: Floats
    noted: npt.NDArray[np.bool_]
    asked: npt.NDArray[np.bool_]
    label: Numbers
    suspected: npt.NDArray[np.bool_]
    labs: Floats
    sites: npt.NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.patient)


class VisitLog:
    """Encounters as they happen, day by day; gathered into Visits at the end."""

    def __init__(self, signs: int, labs: int) -> None:
        self._empty = {"noted": (signs, bool), "asked": (signs, bool), "labs": (labs, float)}
        self._days: list[dict[str, npt.NDArray[Any]]] = []

    def add(self, **columns: npt.NDArray[Any]) -> None:
        """Add the encounters of one day: a column for each field of Visits."""
        self._days.append(columns)

    def gathered(self, places: int) -> Visits:
        """Return all encounters in order of patient and day."""
        if not self._days:
            none = np.zeros(0, dtype=np.int64)
            wide = {name: np.zeros((0, width), dtype=kind) for name, (width, kind) in self._empty.items()}
            sites = np.zeros((0, places), dtype=np.float32)
            return Visits(
                patient=none, day=np.zeros(0), label=none, suspected=np.zeros(0, dtype=bool),
                sites=sites, **wide,
            )  # fmt: skip
        columns = {name: np.concatenate([day[name] for day in self._days]) for name in self._days[0]}
        order = np.lexsort((columns["day"], columns["patient"]))
        return Visits(**{name: column[order] for name, column in columns.items()})


@dataclass(slots=True)
class Outcome:
    """Days, signs, encounters and stage of each patient; days are infinite where something never came.

    Arrays run over patients; `first` and `noted_found` are signs x patients, `labs_found` patients x tests,
    `sites_found` patients x places, `course` points x patients for each node recorded. `last` is on the last
    day, in the dead on that of death; of `course`, what comes after a patient's death means nothing.
    """

    patients: Numbers
    age: Floats
    male: npt.NDArray[np.bool_]
    first: Floats
    first_sign: Floats
    first_visit: Floats
    found: Floats
    tested: Floats
    death: Floats
    events: dict[str, Floats]
    at_found: dict[str, Floats]
    noted_found: npt.NDArray[np.bool_]
    labs_found: Floats
    sites_found: Floats
    started: Floats
    last: dict[str, Floats]
    visits: Visits
    course_days: Floats
    course: dict[str, npt.NDArray[np.float32]]

    def __len__(self) -> int:
        return len(self.patients)


def outcome_of(engine: Engine) -> Outcome:
    """Return what an engine that has run found out."""
    draws, clinic, practice = engine.draws, engine.mechanism.clinic, engine.practice
    death = engine.network.event_day.get(clinic.death, np.full(len(engine.patients), np.inf))
    start = engine.schedule.start
    names = engine.setup.record if engine.course else ()
    age = np.clip(draws[clinic.age], draws[clinic.youngest], 100.0)
    return Outcome(
        patients=engine.patients,
        age=age,
        male=draws.male,
        first=practice.first,
        first_sign=practice.first_sign,
        first_visit=practice.first_visit,
        found=practice.found,
        tested=practice.tested,
        death=death,
        events=dict(engine.network.event_day),
        at_found=engine.at_found,
        noted_found=practice.first <= practice.found,
        labs_found=engine.labs_found,
        sites_found=engine.sites_found,
        # what was planned for a day that was not lived to see never began
        started=np.where(start <= death, start, np.inf),
        last=engine.last,
        visits=practice.log.gathered(engine.sites_found.shape[1]),
        course_days=np.array([day for day, _ in engine.course]),
        course={name: np.array([point[name] for _, point in engine.course]) for name in names},
    )


def joined(parts: list[Outcome]) -> Outcome:
    """Return one outcome from those of groups that follow each other."""
    if len(parts) == 1:
        return parts[0]
    whole: dict[str, Any] = {}
    for item in fields(Outcome):
        values = [getattr(part, item.name) for part in parts]
        if item.name in {"first", "noted_found", "started"}:
            whole[item.name] = np.concatenate(values, axis=1)
        elif item.name == "visits":
            whole[item.name] = Visits(
                *(np.concatenate([getattr(v, f.name) for v in values]) for f in fields(Visits))
            )
        elif item.name == "course_days":
            whole[item.name] = values[0]
        elif item.name == "course":
            whole[item.name] = {k: np.concatenate([v[k] for v in values], axis=1) for k in values[0]}
        elif isinstance(values[0], dict):
            whole[item.name] = {k: np.concatenate([v[k] for v in values]) for k in values[0]}
        else:
            whole[item.name] = np.concatenate(values)
    return Outcome(**whole)
