"""A cohort in figures: who was found, when, how, and what they were told before."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from hoofbeat.errors import UsageError
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.outcome import Outcome
from hoofbeat.simulation.streams import Floats

MONTH = 30.4375


@dataclass
class Summary:
    """Figures of a cohort, gathered group by group so that no group needs to be kept."""

    mechanism: Mechanism
    patients: int = 0
    came: int = 0
    found: int = 0
    spread: int = 0
    died: int = 0
    visits: int = 0
    signs: dict[str, int] = field(default_factory=dict)
    labels: dict[str, int] = field(default_factory=dict)
    _delays: list[Floats] = field(default_factory=list)

    def add(self, outcome: Outcome) -> None:
        """Count one group of patients."""
        clinic = self.mechanism.clinic
        found = np.isfinite(outcome.found)
        self.patients += len(outcome)
        self.came += int(np.isfinite(outcome.first_visit).sum())
        self.found += int(found.sum())
        self.died += int(np.isfinite(outcome.death).sum())
        self.visits += len(outcome.visits)
        if clinic.spread:
            self.spread += int((found & (outcome.events[clinic.spread] <= outcome.found)).sum())
        for row, sign in enumerate(clinic.signs):
            if not sign.skin or sign.of == self.mechanism.file.rash:
                count = int((found & (outcome.first[row] <= outcome.found)).sum())
                self.signs[sign.name] = self.signs.get(sign.name, 0) + count
        for number, label in enumerate(clinic.labels):
            ever = np.unique(outcome.visits.patient[outcome.visits.label == number])
            self.labels[label.name] = self.labels.get(label.name, 0) + len(ever)
        told = found & (outcome.first_sign < outcome.found)
        self._delays.append((outcome.found[told] - outcome.first_sign[told]) / MONTH)

    @property
    def delay(self) -> tuple[float, float, float]:
        """5th, 50th and 95th centile of the months from first sign to diagnosis; zeros if none was found."""
        delays = np.concatenate(self._delays) if self._delays else np.zeros(0)
        if not len(delays):
            return 0.0, 0.0, 0.0
        low, middle, high = np.quantile(delays, [0.05, 0.5, 0.95])
        return float(low), float(middle), float(high)

    def as_json(self) -> dict[str, object]:
        """Return it as plain fields; shares are of those found."""
        low, middle, high = self.delay
        share = {name: count / self.found if self.found else 0.0 for name, count in self.signs.items()}
        return {
            "disease": self.mechanism.slug,
            "patients": self.patients,
            "came": self.came,
            "found": self.found,
            "died": self.died,
            "visits": self.visits,
            "spread_when_found": self.spread / self.found
            if self.found and self.mechanism.clinic.spread
            else None,
            "delay_months": {"low": low, "median": middle, "high": high},
            "signs_when_found": share,
            "told_before": dict(self.labels),
        }


def course_of(outcome: Outcome, patient: int) -> dict[str, Floats]:
    """Return one patient's recorded course: the days lived under "day", then each recorded node by name.

    patient: the number in the whole cohort. Raises UsageError for a patient of another cohort.
    """
    where = np.flatnonzero(outcome.patients == patient)
    if not len(where):
        raise UsageError(f"patient {patient} is not among those simulated", remedy="one of outcome.patients")
    lived = outcome.course_days <= outcome.death[where[0]]
    found = {name: values[lived, where[0]].astype(np.float64) for name, values in outcome.course.items()}
    return {"day": outcome.course_days[lived], **found}


def bands(
    outcome: Outcome, node: str, *, shares: tuple[float, ...] = (0.05, 0.25, 0.5, 0.75, 0.95)
) -> Floats:
    """Return a node's quantiles over the living for each recorded day (days x shares): a cohort's bands.

    From the day on which nobody lives any more, the last band stands on.
    """
    found: list[Floats] = []
    for day, values in zip(outcome.course_days, outcome.course[node].astype(np.float64), strict=True):
        alive = outcome.death >= day
        found.append(np.quantile(values[alive], shares) if alive.any() else found[-1])
    return np.array(found).reshape(-1, len(shares))
