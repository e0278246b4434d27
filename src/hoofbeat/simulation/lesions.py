"""The rash: lesions born where the skin is short of supply, each passing through its phases and healing."""

from __future__ import annotations

import numpy as np

from hoofbeat.simulation.model import Node
from hoofbeat.simulation.network import Acting, Values
from hoofbeat.simulation.parameters import Draws
from hoofbeat.simulation.streams import Floats, normal, table, uniform

# A wave of new lesions keeps to its places for about one cycle of 7-14 days, then moves.
WAVE_DAYS = 10


class Rash:
    """Lesions of one group of patients, in phases, and spread over body sites.

    `extent` is the active skin as a share of what the patient's susceptible sites could bear, 0 to 1.
    `at` (patients x sites) is how active each site is. Phases follow each other as compartments, so lesions
    of all ages stand side by side as soon as births go on for longer than one cycle.
    """

    def __init__(self, name: str, node: Node, draws: Draws, *, step_days: float) -> None:
        self.name, self.node, self.draws, self.dt = name, node, draws, step_days
        self.tolerance, self.steepness = draws[node.tolerance], draws[node.steepness]
        self.healing, self.waxing = draws[node.healing], draws[node.waxing]
        self.days = [draws[phase.days] for phase in node.phases]
        cycle = sum(d for d, p in zip(self.days, node.phases, strict=True) if p.active)
        self.cycle: Floats = np.maximum(np.asarray(cycle, dtype=np.float64), 1e-9)
        self.phases = [np.zeros(len(draws.patients)) for _ in node.phases]
        friction = [draws.same(place.friction) for place in node.places]
        own = [uniform(draws.seed, f"site:{p.site}", draws.patients) for p in node.places]
        # each patient has own weak places: the square makes a few sites carry most of the rash
        weight = np.array(friction)[:, None] * np.array(own) ** 2
        self.weight = (weight / weight.sum(axis=0)).T
        self.at = np.zeros_like(self.weight)
        self._wave, self._number = self.weight, -1
        self._sway = np.zeros(len(draws.patients))

    def step(self, day: float, values: Values, acting: Acting) -> None:
        """Carry the rash on by one step, from today's supply, and write extent and phases into values."""
        self._move(int(day // WAVE_DAYS))
        supply = values[f"{self.name}:supply"]
        short = np.maximum(self.tolerance + self._sway - supply, 0.0)
        births = np.minimum(short * self.steepness, 1.0)
        if self.name in acting.factor:
            births = births * acting.factor[self.name]
        pace = np.where(short > 0, 1.0, self.healing) * self.dt
        # each phase is carried on exactly, with what enters at an even rate: whatever the step, none holds
        # more than its part of the cycle, and the extent stays within 1
        entering = births * self.dt / self.cycle
        active = np.zeros(len(births))
        for number, (phase, days) in enumerate(zip(self.node.phases, self.days, strict=True)):
            before, goal = self.phases[number], entering * days / pace
            now = goal + (before - goal) * np.exp(-pace / days)
            self.phases[number] = now
            entering = entering + before - now
            values[f"{self.name}.{phase.id}"] = self.phases[number]
            if phase.active:
                active += self.phases[number]
        share = -np.expm1(-pace / self.cycle)
        self.at += (births[:, None] * self._wave - self.at) * share[:, None]
        values[self.name] = active

    def _move(self, number: int) -> None:
        """Choose where the next wave comes, and how the skin's tolerance sways meanwhile."""
        if number == self._number:
            return
        self._number = number
        patients, seed = self.draws.patients, self.draws.seed
        sites = self.weight.shape[1]
        luck = table(seed, "wave", patients, sites, number)
        self._wave = self.weight * 2 * luck
        self._sway = self.waxing * normal(seed, "sway", patients, number)
