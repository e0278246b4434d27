"""Days carried forward for a group of patients at once: nodes, rash, signs, encounters, care."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from hoofbeat.simulation.encounters import Practice
from hoofbeat.simulation.interventions import Planned, Schedule
from hoofbeat.simulation.lesions import Rash
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.network import Acting, Network, Values
from hoofbeat.simulation.outcome import Outcome, outcome_of
from hoofbeat.simulation.parameters import CENTRAL, Draws
from hoofbeat.simulation.streams import Floats, Numbers, uniform


@dataclass(frozen=True, slots=True)
class Setup:
    """What is simulated: causes, plans, links cut, parameters fixed, nodes held, and what is recorded.

    causes: interventions that act from the first day; none means the disease's own cause. With an empty
    string among them, there is no cause at all. untouched: nobody is tested or treated by the clinic;
    untreated: people are seen, tested and diagnosed, and no more than planned is done.
    every: days between recorded points of `record` (0: none are kept).
    """

    years: float = 10.0
    seed: int = 1
    world: int = CENTRAL
    causes: tuple[str, ...] = ()
    plans: tuple[Planned, ...] = ()
    cut: tuple[str, ...] = ()
    fixed: Mapping[str, float] = field(default_factory=dict)
    hold: Mapping[str, float] = field(default_factory=dict)
    step_days: float = 1.0
    untouched: bool = False
    untreated: bool = False
    record: tuple[str, ...] = ()
    every: float = 0.0
    imposed: Floats | None = None


class Engine:
    """The whole model for one group of patients; run() carries it from the first day to the last."""

    def __init__(self, mechanism: Mechanism, patients: Numbers, setup: Setup) -> None:
        self.mechanism, self.patients, self.setup = mechanism, patients, setup
        clinic = mechanism.clinic
        self.draws = Draws(
            mechanism.parameters, patients, seed=setup.seed, world=setup.world, fixed=setup.fixed,
            male=clinic.male,
        )  # fmt: skip
        self.network = Network(mechanism.file, self.draws, step_days=setup.step_days, cut=setup.cut)
        name = mechanism.file.rash
        self.rash = (
            Rash(name, mechanism.file.nodes[name], self.draws, step_days=setup.step_days) if name else None
        )
        imposed = None if setup.imposed is None else setup.imposed[patients]
        self.practice = Practice(clinic, self.draws, step_days=setup.step_days, imposed=imposed)
        self._courses, again = _courses(mechanism, setup)
        self.schedule = Schedule(mechanism, self.draws, setup.hold, again)
        everyone = np.ones(len(patients), dtype=bool)
        for cause in setup.causes or (mechanism.file.cause,):
            if cause:
                self.schedule.plan(cause, everyone, np.zeros(len(patients)))
        self._waiting = list(zip(setup.plans, self._courses, strict=True))
        self._mask: npt.NDArray[np.bool_] = np.zeros(len(patients), dtype=bool)
        self.at_first_visit: dict[str, Floats] = {}
        self.at_found: dict[str, Floats] = {
            name: np.full(len(patients), np.nan) for name in mechanism.file.nodes
        }
        self.last: dict[str, Floats] = {name: np.zeros(len(patients)) for name in mechanism.file.nodes}
        self.sites_found = np.zeros((len(patients), self.rash.at.shape[1] if self.rash else 0))
        self.noted_found = np.zeros((len(self.practice.signs), len(patients)), dtype=bool)
        self.labs_found = np.full((len(patients), len(clinic.labs)), np.nan)
        self.course: list[tuple[float, dict[str, npt.NDArray[np.float32]]]] = []

    def run(self) -> Outcome:
        """Carry the patients through all days and return what became of them."""
        setup, network = self.setup, self.network
        # everybody is healthy until the first day, on which the cause begins
        network.settle(Acting())
        self._phases(network.values)
        self.practice.before(network.values)
        steps = round(setup.years * 365.25 / setup.step_days)
        keep = max(1, round(setup.every / setup.step_days)) if setup.every else 0
        for number in range(steps):
            day = number * setup.step_days
            if self._waiting:
                self._plan()
            alive = network.alive
            acting = self.schedule.today(day, network)
            network.step(day, acting)
            if self.rash:
                self._supply(network)
                self.rash.step(day, network.values, acting)
            self.practice.look(day, network.values, alive)
            network.alive = self._living()
            self._keep(alive & ~network.alive)
            if not setup.untouched:
                self._care(day)
            if keep and number % keep == 0:
                values = network.values
                self.course.append((day, {n: values[n].astype(np.float32) for n in setup.record}))
        self._keep(network.alive)
        return outcome_of(self)

    def _living(self) -> npt.NDArray[np.bool_]:
        death = self.mechanism.clinic.death
        return self.network.values[death] <= 0 if death else self.network.alive

    def _keep(self, who: npt.NDArray[np.bool_]) -> None:
        """Keep how patients are on the last day of their lives, or of the study."""
        if who.any():
            for name, kept in self.last.items():
                kept[who] = self.network.values[name][who]

    def _supply(self, network: Network) -> None:
        """What the rash is fed by: its links, summed on the scale on which 1 is healthy."""
        name = self.mechanism.file.rash
        total: Floats = np.zeros(len(self.patients))
        for link in network.links[name]:
            total = total + network.values[link.source_node]
        network.values[f"{name}:supply"] = total if network.links[name] else np.ones(len(self.patients))

    def _phases(self, values: Values) -> None:
        if self.rash:
            for phase in self.rash.node.phases:
                values[f"{self.rash.name}.{phase.id}"] = np.zeros(len(self.patients))

    def _plan(self) -> None:
        """Set the start of plans in those patients whose anchor has come."""
        for planned, course in self._waiting:
            since = self._anchor(planned)
            ready = np.isfinite(since)
            if ready.any():
                self.schedule.plan(
                    planned.intervention, ready, since + planned.at, lasts=planned.lasts, dose=planned.dose,
                    course=course,
                )  # fmt: skip
        self._waiting = [w for w in self._waiting if not np.isfinite(self._anchor(w[0])).all()]

    def _anchor(self, planned: Planned) -> Floats:
        if planned.anchor == "start":
            return np.zeros(len(self.patients))
        if planned.anchor == "diagnosis":
            return self.practice.found
        if planned.anchor == "rash":
            rows = [
                row for row, sign in enumerate(self.practice.signs) if sign.of == self.mechanism.file.rash
            ]
            return self.practice.first[rows[0]] if rows else self.practice.first_sign
        return self.practice.first_sign

    def _care(self, day: float) -> None:
        values, alive = self.network.values, self.network.alive
        at = self.rash.at if self.rash else None
        tried = None if self.setup.untreated else self.schedule
        found = self.practice.receive(day, values, at, tried, alive)
        if found.any():
            self._diagnose(day, found)

    def _diagnose(self, day: float, found: npt.NDArray[np.bool_]) -> None:
        """Keep how each patient was when found, and begin the care that follows."""
        values, clinic = self.network.values, self.mechanism.clinic
        for name, kept in self.at_found.items():
            kept[found] = values[name][found]
        if self.rash:
            self.sites_found[found] = self.rash.at[found]
        self.noted_found[:, found] = self.practice.now[:, found]
        who = np.flatnonzero(found)
        self.labs_found[who] = self.practice.measured(who, values, self.practice.visits[who], all_of=True)
        if self.setup.untreated:
            return
        spread = values[clinic.spread] > 0 if clinic.spread else np.zeros(len(found), dtype=bool)
        for care in clinic.care:
            fits = {"always": found, "spread": found & spread, "not_spread": found & ~spread}[care.when]
            luck = uniform(self.draws.seed, f"care:{care.intervention}:{care.when}", self.patients)
            given = fits & (luck < self.draws[care.share])
            if given.any():
                self.schedule.plan(care.intervention, given, day + self.draws[care.after])


def _courses(mechanism: Mechanism, setup: Setup) -> tuple[list[int | None], list[str]]:
    """Row of each plan in the schedule (None: that of its intervention), and what is given a further time."""
    seen, again = set(setup.causes or (mechanism.file.cause,)), list[str]()
    rows: list[int | None] = []
    for planned in setup.plans:
        if planned.intervention in seen:
            rows.append(len(mechanism.file.interventions) + len(again))
            again.append(planned.intervention)
        else:
            rows.append(None)
        seen.add(planned.intervention)
    return rows, again
