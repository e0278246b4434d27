"""Patients and doctors: who comes when, what is noted, said and tried, and who is found."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hoofbeat.simulation.clinic_model import Clinic, Sign
from hoofbeat.simulation.interventions import Schedule
from hoofbeat.simulation.network import YEAR, Values
from hoofbeat.simulation.outcome import VisitLog
from hoofbeat.simulation.parameters import Draws
from hoofbeat.simulation.streams import Floats, table, uniform, waiting

Flags = npt.NDArray[np.bool_]
NOBODY = -1


class Practice:
    """The clinic for one group of patients.

    Care is sought at a rate that grows with the signs there are; each visit may raise the suspicion that
    leads to the tests, on a logit scale. Delay and stage at diagnosis follow and are set nowhere.
    imposed: days on which the tests are done whatever the doctors think (infinite: never), for a policy.
    """

    def __init__(
        self, clinic: Clinic, draws: Draws, *, step_days: float = 1.0, imposed: Floats | None = None
    ) -> None:
        self.clinic, self.draws, self.dt = clinic, draws, step_days
        n = len(draws.patients)
        self.signs = clinic.signs
        self.limits = [self._limit(sign) for sign in self.signs]
        self.seek = np.array([draws.same(sign.seek) for sign in self.signs])
        # a finding made by chance is no complaint: delay counts from the first sign that has a name
        self.told = np.array([sign.seek != 0 and bool(sign.term) for sign in self.signs])
        self.suspect = np.array([draws.same(sign.suspect) for sign in self.signs])
        self.noted_chance = np.array([draws[sign.noted] for sign in self.signs]).T
        self.now = np.zeros((len(self.signs), n), dtype=bool)
        self.first = np.full((len(self.signs), n), np.inf)
        self.own, self.refuted = np.zeros_like(self.now), np.zeros_like(self.now)
        self.found, self.tested = np.full(n, np.inf), np.full(n, np.inf)
        self.visits = np.zeros(n, dtype=np.int64)
        self.first_visit, self.last_visit = np.full(n, np.inf), np.full(n, -np.inf)
        self.patience = waiting(draws.seed, "visit", draws.patients)
        self.imposed = np.full(n, np.inf) if imposed is None else imposed.copy()
        self.log = VisitLog(len(clinic.signs), len(clinic.labs))
        counts = np.array([label.counted for label in clinic.labels], dtype=np.float64) + 0.5
        self.label_share = np.cumsum(counts / counts.sum()) if len(counts) else counts
        self._result = np.full(n, np.inf)
        self._pace = draws[clinic.visits_per_year] * step_days / YEAR
        self._gap, self._wait = draws[clinic.gap_days], draws[clinic.wait_days]
        self._scales = [(draws[lab.one_is], draws[lab.noise]) for lab in clinic.labs]
        self._asked = np.array([draws.same(lab.asked) for lab in clinic.labs])

    @property
    def first_sign(self) -> Floats:
        """Day on which each patient's first sign appeared; infinite where none has.

        What was there in health is no sign of the disease.
        """
        found: Floats = np.where(self.own, np.inf, self.first)[self.told].min(axis=0)
        return found

    def before(self, values: Values) -> None:
        """See which signs are there in health, before any cause begins."""
        for row in range(len(self.signs)):
            self.own[row] = self._there(row, values)

    def look(self, day: float, values: Values, alive: Flags) -> None:
        """See which signs are there today; in the dead nothing is new."""
        for row, sign in enumerate(self.signs):
            there = self._there(row, values)
            if sign.lasting:
                there = there | self.now[row]
            if sign.refutable:
                there = there & ~self.refuted[row]
            new = there & np.isinf(self.first[row]) & alive
            if new.any():
                self.first[row][new] = day
            self.now[row] = there

    def _there(self, row: int, values: Values) -> Flags:
        limit, above = self.limits[row]
        value = values[self.signs[row].of]
        there: Flags = value > limit if above else value < limit
        return there

    def receive(
        self, day: float, values: Values, at: Floats | None, schedule: Schedule | None, alive: Flags
    ) -> Flags:
        """Let those come who come today, give results that are due, and return who is found today."""
        burden = self.seek @ self.now
        self.patience -= burden * self._pace
        due = (self.patience <= 0) & alive & np.isinf(self.found) & (day - self.last_visit >= self._gap)
        if due.any():
            self._see(day, np.flatnonzero(due), values, at, schedule)
        begin = alive & (self.imposed <= day) & np.isinf(self.found)
        if begin.any():
            self._order(day, np.flatnonzero(begin))
            self.imposed = np.where(begin, np.inf, self.imposed)
        ready = (self._result <= day) & np.isinf(self.found) & alive
        return self._read(day, values, ready) if ready.any() else ready

    def _limit(self, sign: Sign) -> tuple[Floats, bool]:
        said = sign.above if sign.above is not None else sign.below
        limit = self.draws[0 if said is None else said]
        for lab in self.clinic.labs:
            if lab.test == sign.test:
                limit = limit / self.draws[lab.one_is]
        return limit, sign.above is not None

    def _see(
        self,
        day: float,
        who: npt.NDArray[np.int64],
        values: Values,
        at: Floats | None,
        schedule: Schedule | None,
    ) -> None:
        draws, patients, turn = self.draws, self.draws.patients[who], self.visits[who]
        luck = table(draws.seed, "noted", patients, len(self.signs), turn)
        asked = luck < self.noted_chance[who]
        noted = self.now[:, who].T & asked
        base = draws[self.clinic.suspicion][who] + draws[self.clinic.per_visit][who] * turn
        chance_of_test = 1 / (1 + np.exp(-(base + noted @ self.suspect)))
        suspected = uniform(draws.seed, "suspect", patients, turn) < chance_of_test
        label = self._label(day, who, noted, turn, schedule)
        self._write(
            day, who, noted=noted, asked=asked, label=label, suspected=suspected, values=values, at=at
        )
        self._order(day, who[suspected])
        self.first_visit[who] = np.minimum(self.first_visit[who], day)
        self.visits[who] += 1
        self.last_visit[who] = day
        self.patience[who] = waiting(draws.seed, "visit", patients, turn + 1)

    def _label(
        self,
        day: float,
        who: npt.NDArray[np.int64],
        noted: Flags,
        turn: npt.NDArray[np.int64],
        schedule: Schedule | None,
    ) -> npt.NDArray[np.int64]:
        """Return the label each patient is given, by number, and begin what is tried under it."""
        label: npt.NDArray[np.int64] = np.full(len(who), NOBODY, dtype=np.int64)
        needs = [row for row, sign in enumerate(self.signs) if sign.id == self.clinic.labels_need]
        if not self.clinic.labels or not needs:
            return label
        skin = noted[:, needs[0]]
        # a label sticks: it is given anew at every third visit only
        luck = uniform(self.draws.seed, "label", self.draws.patients[who], turn // 3)
        label[skin] = np.searchsorted(self.label_share, luck[skin])
        label = np.minimum(label, len(self.clinic.labels) - 1).astype(np.int64)
        tried = {item.id: item.intervention for item in self.clinic.tried}
        for number in np.unique(label[label >= 0]):
            for name in self.clinic.labels[number].tried:
                if tried[name] and schedule is not None:
                    mask = np.zeros(len(self.found), dtype=bool)
                    mask[who[label == number]] = True
                    schedule.plan(tried[name], mask, np.full(len(self.found), day))
        return label

    def _write(
        self, day: float, who: npt.NDArray[np.int64], *, noted: Flags, asked: Flags,
        label: npt.NDArray[np.int64], suspected: Flags, values: Values, at: Floats | None,
    ) -> None:  # fmt: skip
        self.log.add(
            patient=self.draws.patients[who], day=np.full(len(who), day), noted=noted, asked=asked,
            label=label, suspected=suspected, labs=self.measured(who, values, self.visits[who]),
            sites=(at[who] if at is not None else np.zeros((len(who), 0))).astype(np.float32),
        )  # fmt: skip

    def measured(
        self, who: npt.NDArray[np.int64], values: Values, turn: npt.NDArray[np.int64], *, all_of: bool = False
    ) -> Floats:
        """Return laboratory values (patients x tests), not-a-number where a test was not asked for."""
        patients, labs = self.draws.patients[who], len(self.clinic.labs)
        luck = table(self.draws.seed, "laboratory", patients, 2 * labs, turn)
        found = np.empty((len(who), labs))
        for column, (lab, (one, noise)) in enumerate(zip(self.clinic.labs, self._scales, strict=True)):
            error = noise[who] * (2 * luck[:, column] - 1)
            found[:, column] = values[lab.of][who] * one[who] * (1 + error)
        return found if all_of else np.where(luck[:, labs:] < self._asked, found, np.nan)

    def _order(self, day: float, who: npt.NDArray[np.int64]) -> None:
        self.tested[who] = np.minimum(self.tested[who], day)
        self._result[who] = np.minimum(self._result[who], day + self._wait[who])

    def _read(self, day: float, values: Values, ready: Flags) -> Flags:
        """Read the results that are due: any route that shows the disease finds the patient."""
        positive = np.zeros(len(ready), dtype=bool)
        for route in self.clinic.routes:
            value, limit = values[route.of], self.draws[route.above]
            luck = uniform(self.draws.seed, f"route:{route.id}", self.draws.patients, self.visits)
            beyond = value < limit if route.below else value > limit
            if route.proof:
                beyond = beyond & (values[route.proof] > 0)
            positive |= beyond & (luck < self.draws[route.seen])
        new = ready & positive
        self.found[new] = day
        self.refuted |= self.now & ready & ~positive
        self._result[ready & ~positive] = np.inf
        return new
