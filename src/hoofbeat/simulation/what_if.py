"""What if: the same patients with and without an intervention, with the same luck."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from hoofbeat.errors import UsageError
from hoofbeat.simulation.cohort import simulate
from hoofbeat.simulation.engine import Setup
from hoofbeat.simulation.interventions import Planned
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.outcome import Outcome
from hoofbeat.simulation.streams import Floats

EVERY = 7.0


@dataclass(frozen=True, slots=True)
class Difference:
    """One outcome in both arms: means without and with, and the paired difference with its 95 % interval."""

    name: str
    unit: str
    without: float
    with_it: float
    difference: float
    low: float
    high: float
    patients: int

    def as_json(self) -> dict[str, object]:
        """Return it as plain fields."""
        return {
            "name": self.name,
            "unit": self.unit,
            "without": self.without,
            "with": self.with_it,
            "difference": self.difference,
            "interval": [self.low, self.high],
            "patients": self.patients,
        }


def compare(
    mechanism: Mechanism, n: int, setup: Setup, plans: tuple[Planned, ...], *, window: float = 90.0,
    processes: int = 1,
) -> list[Difference]:  # fmt: skip
    """Return what plans change in patients who live to see them, against the same patients untreated.

    window: days after each patient's first plan over which levels are averaged. Doctors of the simulated
    clinic treat in neither arm. Raises UsageError if no patient reached the plan.
    """
    nodes = tuple(
        dict.fromkeys((*mechanism.file.shown, *([mechanism.file.rash] if mechanism.file.rash else [])))
    )
    base = replace(setup, untouched=True, record=nodes, every=EVERY, plans=())
    without = simulate(mechanism, n, base, processes=processes)
    treated = simulate(mechanism, n, replace(base, plans=plans), processes=processes)
    place = {item.id: row for row, item in enumerate(mechanism.file.interventions)}
    start = np.min([treated.started[place[plan.intervention]] for plan in plans], axis=0)
    reached = np.isfinite(start) & (start < without.course_days[-1]) & (start <= without.death)
    if not reached.any():
        raise UsageError(
            "no virtual patient reached the day of the intervention",
            remedy="simulate more years, or begin earlier: octreotide at 30 days",
        )
    found = [
        _difference(
            f"{mechanism.file.nodes[name].name}, mean over {window:g} days", mechanism.file.nodes[name].unit,
            _window(without, name, start, window)[reached], _window(treated, name, start, window)[reached],
        )
        for name in nodes
    ]  # fmt: skip
    horizon = setup.years * 365.25
    lived = [np.minimum(out.death, horizon)[reached] / 365.25 for out in (without, treated)]
    return [*found, _difference("Years lived within the years simulated", "years", lived[0], lived[1])]


def _window(outcome: Outcome, node: str, start: Floats, days: float) -> Floats:
    """Mean of a node from the start of the plan over the window, per patient."""
    at = outcome.course_days[:, None]
    inside = (at >= start) & (at < start + days)
    counted = np.maximum(inside.sum(axis=0), 1)
    found: Floats = (outcome.course[node] * inside).sum(axis=0) / counted
    return found


def _difference(name: str, unit: str, without: Floats, treated: Floats) -> Difference:
    gap = treated - without
    error = 1.959964 * float(np.std(gap, ddof=1)) / np.sqrt(len(gap)) if len(gap) > 1 else float("nan")
    middle = float(np.mean(gap))
    return Difference(
        name=name, unit=unit, without=float(np.mean(without)), with_it=float(np.mean(treated)),
        difference=middle, low=middle - float(error), high=middle + float(error), patients=len(gap),
    )  # fmt: skip
