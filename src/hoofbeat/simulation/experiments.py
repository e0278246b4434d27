"""Published experiments run on virtual patients, the observed range beside what comes out."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from hoofbeat.errors import KnowledgeError
from hoofbeat.knowledge import Evidence, load_knowledge
from hoofbeat.simulation.cohort import simulate
from hoofbeat.simulation.engine import Setup
from hoofbeat.simulation.interventions import Planned
from hoofbeat.simulation.model import Experiment, Mechanism
from hoofbeat.simulation.outcome import Outcome
from hoofbeat.simulation.streams import Floats

MONTH = 30.4375
# A rash is called clear at a tenth of its extent and improved at half, as case reports do.
CLEAR, IMPROVED = 0.1, 0.5


@dataclass(frozen=True, slots=True)
class Compared:
    """One experiment: the observed range, what the model gives, and whether it lies inside."""

    id: str
    name: str
    unit: str
    use: str
    observed: tuple[float, float]
    simulated: float
    patients: int

    @property
    def inside(self) -> bool:
        """Whether the simulated figure lies within the observed range."""
        return self.observed[0] <= self.simulated <= self.observed[1]

    def as_json(self) -> dict[str, object]:
        """Return it as plain fields."""
        return {
            "id": self.id,
            "name": self.name,
            "unit": self.unit,
            "use": self.use,
            "observed": list(self.observed),
            "simulated": self.simulated,
            "inside": self.inside,
            "patients": self.patients,
        }


def run_experiments(
    mechanism: Mechanism, *, seed: int = 1, size: float = 1.0, cut: tuple[str, ...] = ()
) -> list[Compared]:
    """Return every published experiment of a mechanism beside its simulation.

    size: how many patients, as a multiple of the usual number. cut: links switched off in all of them, to see
    which observation a hypothesis is needed for. Raises KnowledgeError for a scenario that is
    not known.
    """
    scenarios = Scenarios(mechanism, seed=seed, size=size, cut=cut)
    return [_compared(item, mechanism, scenarios) for item in mechanism.file.experiments]


def observed_range(experiment: Experiment, mechanism: Mechanism) -> tuple[float, float]:
    """Return the published range: Wilson's interval of a count, else the range as it is printed."""
    observed = experiment.observed
    evidence: Evidence | None = observed.evidence
    if observed.row:
        disease = load_knowledge().diseases[mechanism.slug]
        rows = {row.id: row for row in disease.course.rows}
        row = rows.get(observed.row)
        evidence = (row.fraction or row.amount) if row else None
    if evidence is None:
        raise KnowledgeError(
            f"the experiment {experiment.id} names no observed range",
            where=f"diseases/{mechanism.slug}/mechanism.yaml",
            remedy="give evidence, or the id of a row of course.yaml",
        )
    counted = evidence.counted
    return wilson(counted.n, counted.of) if counted else (evidence.low, evidence.high)


def wilson(n: int, of: int) -> tuple[float, float]:
    """Return Wilson's 95 % interval of a share (Wilson 1927).

    >>> [round(x, 3) for x in wilson(1, 33)]
    [0.005, 0.153]
    """
    z = 1.959964
    middle = (n + z * z / 2) / (of + z * z)
    half = z / (of + z * z) * math.sqrt(n * (of - n) / of + z * z / 4)
    return max(0.0, middle - half), min(1.0, middle + half)


def _compared(experiment: Experiment, mechanism: Mechanism, scenarios: Scenarios) -> Compared:
    measure: Callable[[], tuple[float, int]] | None = getattr(scenarios, experiment.measure, None)
    if measure is None or experiment.measure.startswith("_"):
        raise KnowledgeError(
            f"the experiment {experiment.id} asks for {experiment.measure!r}, which is no scenario",
            where=f"diseases/{mechanism.slug}/mechanism.yaml",
            remedy="see docs/explanation/simulation.md for those there are",
        )
    simulated, patients = measure()
    return Compared(
        id=experiment.id, name=experiment.name, unit=experiment.unit, use=experiment.use,
        observed=observed_range(experiment, mechanism), simulated=simulated, patients=patients,
    )  # fmt: skip


class Scenarios:
    """The scenarios, each run once when first asked for; a measure returns a figure and its patients."""

    def __init__(self, mechanism: Mechanism, *, seed: int, size: float, cut: tuple[str, ...] = ()) -> None:
        self.mechanism, self.seed, self.scale, self.cut = mechanism, seed, size, cut
        self._treated: dict[str, tuple[Floats, Floats, Outcome]] = {}

    # volunteers and other causes

    def infusion(self) -> tuple[float, int]:
        """Fall of total amino acids over eight hours of infused glucagon, in per cent."""
        hour = 1 / 24
        plan = Planned("glucagon_infusion", at=2 * hour, lasts=8 * hour, dose=60.0)
        out = self._run(
            400, years=11 * hour / 365.25, step_days=hour, causes=("",), plans=(plan,),
            record=("amino_acids",), every=hour,
        )  # fmt: skip
        course = out.course["amino_acids"]
        fall = 100 * (1 - course[9] / course[1])
        return float(np.mean(fall)), len(out)

    def receptor(self) -> tuple[float, int]:
        """Share with a rash among people whose glucagon receptor does not work."""
        return self._rash_share(self._receptor)

    def receptor_glucagon(self) -> tuple[float, int]:
        """Their median glucagon."""
        return float(np.median(self._receptor.last["glucagon"])), len(self._receptor)

    def cirrhosis(self) -> tuple[float, int]:
        """Share with a rash in cirrhosis."""
        return self._rash_share(self._cirrhosis)

    def cirrhosis_glucagon(self) -> tuple[float, int]:
        """Their median glucagon."""
        return float(np.median(self._cirrhosis.last["glucagon"])), len(self._cirrhosis)

    def normal_glucagon(self) -> tuple[float, int]:
        """Share with a rash among people with malabsorption and normal glucagon."""
        return self._normal("malabsorption")

    def lung_cancer(self) -> tuple[float, int]:
        """The same in small-cell lung cancer."""
        return self._normal("small_cell_lung_cancer")

    def infants(self) -> tuple[float, int]:
        """Share with a rash in three months of infused glucagon, 10 µg/kg/h."""
        plan = Planned("glucagon_infusion", lasts=90.0, dose=10_000.0)
        out = self._run(4000, years=0.25, causes=("",), plans=(plan,))
        return self._rash_share(out)

    @cached_property
    def _receptor(self) -> Outcome:
        return self._run(4000, years=2, causes=("receptor_defect",))

    @cached_property
    def _cirrhosis(self) -> Outcome:
        return self._run(20_000, years=2, causes=("cirrhosis",))

    def _normal(self, cause: str) -> tuple[float, int]:
        out = self._run(5000, years=2, causes=(cause,))
        normal = out.last["glucagon"] <= 1
        return float(np.mean(np.isfinite(self._rash_day(out))[normal])), int(normal.sum())

    # treatments

    def resection(self) -> tuple[float, int]:
        """Share whose rash is gone one to fourteen days after complete resection."""
        days = self._days_to_clear("resection")
        return float(np.mean((days >= 1) & (days <= 14))), len(days)

    def resection_days(self) -> tuple[float, int]:
        """Median days until it is gone."""
        days = self._days_to_clear("resection")
        return float(np.median(days)), len(days)

    def amino_acids(self) -> tuple[float, int]:
        """Share whose rash is gone within three weeks of amino acids by vein."""
        days = self._days_to_clear("amino_acids")
        return float(np.mean(days <= 21)), len(days)

    def amino_acids_days(self) -> tuple[float, int]:
        """Median days until it is gone, in those it clears in three weeks."""
        days = self._days_to_clear("amino_acids")
        cleared = days[days <= 21]
        return float(np.median(cleared)), len(cleared)

    def amino_acids_glucagon(self) -> tuple[float, int]:
        """Median glucagon after ten days of it, as a multiple of that before."""
        _, glucagon = self._around("amino_acids")
        return float(np.median(glucagon[11] / glucagon[0])), glucagon.shape[1]

    def analogue(self) -> tuple[float, int]:
        """Share whose rash is at most half as wide after four weeks of a somatostatin analogue."""
        rash, _ = self._around("somatostatin_analogue")
        return float(np.mean(rash[28:35].mean(axis=0) <= IMPROVED * rash[0])), rash.shape[1]

    def zinc_alone(self) -> tuple[float, int]:
        """Share whose rash is gone within four weeks of zinc."""
        days = self._days_to_clear("zinc")
        return float(np.mean(days <= 28)), len(days)

    def glucagon_falls(self) -> tuple[float, int]:
        """Median glucagon on day 14 after debulking, in patients with 1,000 to 1,200 pg/mL before."""
        _, glucagon = self._around("debulking")
        limit = self._limit()
        before = glucagon[0] * limit
        chosen = (before >= 1000) & (before <= 1200)
        return float(np.median(glucagon[15][chosen]) * limit), int(chosen.sum())

    def _days_to_clear(self, treatment: str) -> Floats:
        rash, _ = self._around(treatment)
        clear = rash[1:] <= CLEAR * rash[0]
        return np.where(clear.any(axis=0), clear.argmax(axis=0) + 1.0, np.inf)

    def _around(self, treatment: str) -> tuple[Floats, Floats]:
        """Rash and glucagon from the day before a treatment on (days x patients), a year into the rash."""
        if treatment not in self._treated:
            out = self._run(
                1500, years=8, plans=(Planned(treatment, at=365.0, anchor="rash"),),
                record=("rash", "glucagon"), every=1.0,
            )  # fmt: skip
            row = [i.id for i in self.mechanism.file.interventions].index(treatment)
            last = len(out.course_days) - 40
            start = out.started[row]
            # only those who live through the days that are looked at
            who = np.flatnonzero((start < last) & (out.death > start + 40))
            at = start[who].astype(int)[None, :] - 1 + np.arange(40)[:, None]
            rash, glucagon = out.course["rash"][at, who], out.course["glucagon"][at, who]
            ill = rash[0] >= 0.05
            self._treated[treatment] = (rash[:, ill], glucagon[:, ill], out)
        rash, glucagon, _ = self._treated[treatment]
        return rash, glucagon

    # natural history

    def spread(self) -> tuple[float, int]:
        """Share with metastases when found."""
        out = self._natural
        return self._of_found(out.events["metastasis"] <= out.found)

    def delay(self) -> tuple[float, int]:
        """Median months from the first sign to the diagnosis."""
        out = self._natural
        told = np.isfinite(out.found) & (out.first_sign < out.found)
        return float(np.median(out.found[told] - out.first_sign[told]) / MONTH), int(told.sum())

    def nme(self) -> tuple[float, int]:
        """Share with the rash when found."""
        return self._sign("rash")

    def weight_loss(self) -> tuple[float, int]:
        """Share with weight loss when found."""
        return self._sign("weight_loss")

    def anaemia(self) -> tuple[float, int]:
        """Share with anaemia when found."""
        return self._sign("anaemia")

    def sore_mouth(self) -> tuple[float, int]:
        """Share with a sore mouth when found."""
        return self._sign("sore_mouth")

    def diabetes_first(self) -> tuple[float, int]:
        """Share with diabetes at the first visit, of those found."""
        out = self._natural
        return self._of_found(self._first("diabetes") <= out.first_visit)

    def diabetes_ever(self) -> tuple[float, int]:
        """Share with diabetes at any time, of those found."""
        return self._of_found(np.isfinite(self._first("diabetes")))

    def size(self) -> tuple[float, int]:
        """Mean diameter of the tumour when found, in cm."""
        volume = self._natural.at_found["tumour"][self._found]
        return float(np.mean((6 * volume / np.pi) ** (1 / 3))), len(volume)

    def level(self) -> tuple[float, int]:
        """Median glucagon when found, in pg/mL."""
        glucagon = self._natural.at_found["glucagon"][self._found]
        return float(np.median(glucagon) * self._limit()), len(glucagon)

    def low_glucagon(self) -> tuple[float, int]:
        """Share with less than 500 pg/mL when found."""
        glucagon = self._natural.at_found["glucagon"][self._found] * self._limit()
        return float(np.mean(glucagon < 500)), len(glucagon)

    def age(self) -> tuple[float, int]:
        """Mean age when found."""
        out, found = self._natural, self._found
        return float(np.mean(out.age[found] + out.found[found] / 365.25)), int(found.sum())

    def survival_localised(self) -> tuple[float, int]:
        """Share alive ten years after the diagnosis, of those found before any spread."""
        return self._alive(self._natural.events["metastasis"] > self._natural.found)

    def survival_spread(self) -> tuple[float, int]:
        """The same, of those found after it."""
        return self._alive(self._natural.events["metastasis"] <= self._natural.found)

    def _alive(self, who: np.ndarray) -> tuple[float, int]:
        out = self._natural
        # only those found early enough to be followed for ten years
        chosen = who & (out.found < 5 * 365.25)
        alive = out.death[chosen] > out.found[chosen] + 10 * 365.25
        return float(np.mean(alive)), int(chosen.sum())

    @cached_property
    def _natural(self) -> Outcome:
        return self._run(4000, years=15.1, untouched=False)

    @property
    def _found(self) -> np.ndarray:
        return np.isfinite(self._natural.found)

    def _first(self, sign: str) -> Floats:
        row = [s.id for s in self.mechanism.clinic.signs].index(sign)
        found: Floats = self._natural.first[row]
        return found

    def _sign(self, sign: str) -> tuple[float, int]:
        return self._of_found(self._first(sign) <= self._natural.found)

    def _of_found(self, flags: np.ndarray) -> tuple[float, int]:
        return float(np.mean(flags[self._found])), int(self._found.sum())

    def _limit(self) -> float:
        """What one upper limit of glucagon is in pg/mL."""
        parameter = self.mechanism.parameters[str(self.mechanism.clinic.labs[0].one_is)]
        return (parameter.low + parameter.high) / 2

    def _rash_share(self, out: Outcome) -> tuple[float, int]:
        return float(np.mean(np.isfinite(self._rash_day(out)))), len(out)

    def _rash_day(self, out: Outcome) -> Floats:
        row = [s.of for s in self.mechanism.clinic.signs].index(self.mechanism.file.rash)
        found: Floats = out.first[row]
        return found

    def _run(self, n: int, *, untouched: bool = True, cut: tuple[str, ...] = (), **words: Any) -> Outcome:
        setup = Setup(seed=self.seed, untouched=untouched, cut=(*self.cut, *cut), **words)
        return simulate(self.mechanism, max(50, round(n * self.scale)), setup)
