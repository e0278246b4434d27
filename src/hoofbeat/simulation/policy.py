"""A testing policy against usual care: test when a chance passes a threshold at a visit."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from hoofbeat.cases import Case
from hoofbeat.errors import UsageError
from hoofbeat.knowledge import beta_range
from hoofbeat.simulation.alike import bedside
from hoofbeat.simulation.cohort import simulate
from hoofbeat.simulation.engine import Setup
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.outcome import Outcome
from hoofbeat.simulation.patients import case_at_visit
from hoofbeat.simulation.streams import Floats

Scores = Callable[[Sequence[Case]], Sequence[float]]
MONTH = 30.4375


@dataclass(frozen=True, slots=True)
class PolicyPoint:
    """What one threshold gives in one world, against usual care of the same patients.

    tested: share of patients with the disease tested by the policy. tests_alike: tests per 1,000 patients
    with a look-alike. months_saved: mean over all patients, those never found counting to the horizon.
    before_spread: share found before metastasis. life_years: mean gain within the horizon.
    """

    threshold: float
    world: int
    tested: float
    tests_alike: float
    months_saved: float
    before_spread: float
    before_spread_usual: float
    found: float
    found_usual: float
    life_years: float


@dataclass(frozen=True, slots=True)
class PolicyRange:
    """The same over several worlds: the central one's figure, and the span of it and of 90 % of them.

    tests_alike does not differ between worlds: its span is the 90 % interval of a count among so many cases.
    """

    threshold: float
    figures: dict[str, tuple[float, float, float]]

    def as_json(self) -> dict[str, object]:
        """Return it as plain fields: for each figure its middle, low and high."""
        return {"threshold": self.threshold, **{k: list(v) for k, v in self.figures.items()}}


def policy_curve(
    mechanism: Mechanism, n: int, setup: Setup, scores: Scores, *, thresholds: Sequence[float],
    visit: int = 1, alike: Sequence[Case] = (), worlds: int = 1, processes: int = 1,
) -> list[PolicyRange]:  # fmt: skip
    """Return the policy's curve over thresholds, with ranges over worlds drawn from the parameters' ranges.

    scores: gives the chance of the disease for each case, by the signs of that visit alone, in both groups.
    visit: which visit decides (1: the first); the k-th and, where it did not pass, none other. alike: cases
    of other diseases, to count tests in them. Raises UsageError for a threshold outside 0 to 1, or a visit
    below 1.
    """
    if not thresholds or not all(0 <= t <= 1 for t in thresholds):
        raise UsageError("a threshold is not between 0 and 1", remedy="--thresholds 0.01,0.05,0.2")
    if visit < 1:
        raise UsageError(f"--visit is {visit}", remedy="1 for the first visit")
    alike_scores = np.array(scores([bedside(case) for case in alike]) if alike else [], dtype=np.float64)
    points: list[PolicyPoint] = []
    for world in range(worlds):
        own = replace(setup, world=world)
        usual = simulate(mechanism, n, own, processes=processes)
        rows = _rows(usual, visit)
        chance = np.full(n, -1.0)
        cases = [bedside(case_at_visit(mechanism, usual, int(row))) for row in rows]
        chance[usual.visits.patient[rows]] = scores(cases)
        day = np.full(n, np.inf)
        day[usual.visits.patient[rows]] = usual.visits.day[rows]
        for threshold in thresholds:
            imposed = np.where(chance >= threshold, day, np.inf)
            ruled = simulate(mechanism, n, replace(own, imposed=imposed), processes=processes)
            points.append(
                _point(
                    mechanism, (threshold, world), usual, ruled,
                    imposed=imposed, alike=alike_scores, years=setup.years,
                )
            )  # fmt: skip
    curve = [over_worlds(t, [p for p in points if p.threshold == t]) for t in thresholds]
    for point in curve if alike else ():
        point.figures["tests_alike"] = _per_thousand(alike_scores >= point.threshold)
    return curve


def _per_thousand(tested: np.ndarray) -> tuple[float, float, float]:
    """Tests per 1,000, with the central 90 % of the Beta distribution that the count leaves (Jeffreys)."""
    n, share = int(tested.sum()), float(np.mean(tested))
    low, high = beta_range(n + 0.5, len(tested) - n + 0.5)
    return 1000 * share, 1000 * min(low, share), 1000 * max(high, share)


def _rows(outcome: Outcome, visit: int) -> np.ndarray:
    """Rows of the k-th visit of each patient who had as many."""
    patient = outcome.visits.patient
    first = np.searchsorted(patient, patient)
    return np.flatnonzero(np.arange(len(patient)) - first == visit - 1)


def _point(
    mechanism: Mechanism, at: tuple[float, int], usual: Outcome, ruled: Outcome, *, imposed: Floats,
    alike: Floats, years: float,
) -> PolicyPoint:  # fmt: skip
    horizon = years * 365.25
    came = np.isfinite(usual.first_visit)
    found = [np.minimum(np.minimum(o.found, o.death), horizon) for o in (usual, ruled)]
    lived = [np.minimum(o.death, horizon) for o in (usual, ruled)]
    return PolicyPoint(
        threshold=at[0],
        world=at[1],
        tested=float(np.mean(np.isfinite(imposed)[came])) if came.any() else 0.0,
        tests_alike=1000 * float(np.mean(alike >= at[0])) if len(alike) else 0.0,
        months_saved=float(np.mean((found[0] - found[1])[came])) / MONTH if came.any() else 0.0,
        before_spread=_early(mechanism, ruled),
        before_spread_usual=_early(mechanism, usual),
        found=float(np.mean(np.isfinite(ruled.found))),
        found_usual=float(np.mean(np.isfinite(usual.found))),
        life_years=float(np.mean((lived[1] - lived[0])[came])) / 365.25 if came.any() else 0.0,
    )


def _early(mechanism: Mechanism, outcome: Outcome) -> float:
    """Share of all patients found before the disease spread."""
    spread = outcome.events.get(mechanism.clinic.spread, np.full(len(outcome), np.inf))
    return float(np.mean(np.isfinite(outcome.found) & (outcome.found < spread)))


def over_worlds(threshold: float, points: Sequence[PolicyPoint]) -> PolicyRange:
    """Return one threshold's figures over worlds; the first is the central one."""
    names = [name for name in PolicyPoint.__slots__ if name not in {"threshold", "world"}]
    figures = {}
    for name in names:
        values = [getattr(point, name) for point in points]
        middle = float(values[0])
        # the central world is none of the drawn ones: it may lie beyond 90 % of them, and a range that does
        # not hold its own figure reads as a misprint
        low, high = (float(end) for end in np.quantile(values, [0.05, 0.95]))
        figures[name] = (middle, min(low, middle), max(high, middle))
    return PolicyRange(threshold=threshold, figures=figures)
