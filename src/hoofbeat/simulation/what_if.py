"""What if: the same patients with and without an intervention, with the same luck."""

from __future__ import annotations

from dataclasses import dataclass, replace
from math import isfinite

import numpy as np
import numpy.typing as npt

from hoofbeat.errors import UsageError
from hoofbeat.simulation.cohort import simulate
from hoofbeat.simulation.engine import Setup
from hoofbeat.simulation.interventions import Planned
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.outcome import Outcome
from hoofbeat.simulation.streams import Floats

Flags = npt.NDArray[np.bool_]

# days between two points, fewer where the window is shorter
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
            "interval": [self.low, self.high] if isfinite(self.low) else None,
            "patients": self.patients,
        }


def compare(
    mechanism: Mechanism, n: int, setup: Setup, plans: tuple[Planned, ...], *, window: float = 90.0,
    processes: int = 1,
) -> list[Difference]:  # fmt: skip
    """Return what plans change in patients who live to see them, against the same patients untreated.

    window: days after each patient's first plan over which levels are averaged, 1 or more; only days on which
    the patient lives in both arms count. Doctors of the simulated clinic treat in neither arm; they diagnose
    where a plan waits for that. Raises UsageError if no patient reached the plan.
    """
    if not window >= 1:
        raise UsageError(f"--window is {window:g}", remedy="1 day or more: --window 90")
    nodes = _compared(mechanism, plans)
    seen = any(plan.anchor == "diagnosis" for plan in plans)
    every = max(setup.step_days, min(EVERY, window / 4))
    base = replace(setup, untouched=not seen, untreated=seen, record=nodes, every=every, plans=())
    without = simulate(mechanism, n, base, processes=processes)
    treated = simulate(mechanism, n, replace(base, plans=plans), processes=processes)
    place = {item.id: row for row, item in enumerate(mechanism.file.interventions)}
    rows = [*{place[plan.intervention] for plan in plans}, *range(len(place), len(treated.started))]
    start = np.min(treated.started[rows], axis=0)
    reached = np.isfinite(start) & (start < without.course_days[-1]) & (start <= without.death)
    if not reached.any():
        raise UsageError(
            "no virtual patient reached the day of the intervention",
            remedy="simulate more years, or begin earlier: octreotide at 30 days",
        )
    inside = _inside(without, treated, start, window)
    found = [
        _difference(
            f"{mechanism.file.nodes[name].name}, mean over {window:g} days", mechanism.file.nodes[name].unit,
            _mean(without, name, inside)[reached], _mean(treated, name, inside)[reached],
        )
        for name in nodes
    ]  # fmt: skip
    horizon = setup.years * 365.25
    lived = [np.minimum(out.death, horizon)[reached] / 365.25 for out in (without, treated)]
    return [*found, _difference("Years lived within the years simulated", "years", lived[0], lived[1])]


def _compared(mechanism: Mechanism, plans: tuple[Planned, ...]) -> tuple[str, ...]:
    """What is shown, the rash, what the plans themselves act on, and what that leads to next."""
    items = {item.id: item for item in mechanism.file.interventions}
    acted = [act.node for plan in plans for act in items[plan.intervention].acts]
    led_to = [link.to for link in mechanism.file.links if link.source_node in acted]
    rash = [mechanism.file.rash] if mechanism.file.rash else []
    named = dict.fromkeys((*mechanism.file.shown, *rash, *acted, *led_to))
    return tuple(name for name in named if name in mechanism.file.nodes)


def _inside(without: Outcome, treated: Outcome, start: Floats, days: float) -> Flags:
    """Which recorded points lie in each patient's window, in life in both arms; shape (points, patients)."""
    at = without.course_days[:, None]
    found: Flags = (at >= start) & (at < start + days) & (at < np.minimum(without.death, treated.death))
    return found


def _mean(outcome: Outcome, node: str, inside: Flags) -> Floats:
    """Mean of a node over the points inside, per patient; NaN where there is none."""
    counted = inside.sum(axis=0)
    total = (outcome.course[node] * inside).sum(axis=0)
    found: Floats = np.divide(total, counted, out=np.full(len(counted), np.nan), where=counted > 0)
    return found


def _difference(name: str, unit: str, without: Floats, treated: Floats) -> Difference:
    known = np.isfinite(without) & np.isfinite(treated)
    without, treated = without[known], treated[known]
    gap = treated - without
    error = 1.959964 * float(np.std(gap, ddof=1)) / np.sqrt(len(gap)) if len(gap) > 1 else float("nan")
    middle = float(np.mean(gap))
    return Difference(
        name=name, unit=unit, without=float(np.mean(without)), with_it=float(np.mean(treated)),
        difference=middle, low=middle - float(error), high=middle + float(error), patients=len(gap),
    )  # fmt: skip
