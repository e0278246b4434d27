"""What is done to patients and when: read from words, and turned into acts on nodes day by day."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import numpy.typing as npt

from hoofbeat.errors import UsageError
from hoofbeat.simulation.model import Intervention, Mechanism
from hoofbeat.simulation.network import Acting, Network
from hoofbeat.simulation.parameters import Draws
from hoofbeat.simulation.streams import Floats

Anchor = Literal["start", "first sign", "rash", "diagnosis"]
_UNITS = {"hour": 1 / 24, "day": 1.0, "week": 7.0, "month": 30.4375, "year": 365.25}
_AMOUNT = r"(\d+(?:\.\d+)?)\s*(hour|day|week|month|year)s?"
_FORM = re.compile(
    rf"^(?P<name>.+?)(?:\s+(?P<dose>\d+(?:\.\d+)?)\s*(?P<unit>ng/kg/h|ug/kg/h|x))?"
    rf"(?:\s+at\s+(?P<at>{_AMOUNT}))?(?:\s+for\s+(?P<long>{_AMOUNT}))?"
    r"(?:\s+after\s+(?:the\s+)?(?P<anchor>start|first sign|rash|diagnosis))?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Planned:
    """One intervention, from so many days after an event in each patient, for so many days (0: for good).

    dose: None for the usual one.
    """

    intervention: str
    at: float = 0.0
    lasts: float = 0.0
    anchor: Anchor = "start"
    dose: float | None = None


def read_plan(words: str, mechanism: Mechanism) -> Planned:
    """Return the plan that words mean: "octreotide at 90 days", "zinc at 2 weeks for 4 weeks after rash".

    A time counts from the patient's first sign unless "after start", "after rash" or "after diagnosis" is
    said. Raises UsageError for words that are no plan, naming what could be done.

    >>> from hoofbeat.simulation import load_mechanism
    >>> read_plan("octreotide at 90 days", load_mechanism("glucagonoma")).anchor
    'first sign'
    """
    match = _FORM.match(" ".join(words.split()))
    item = mechanism.intervention(match["name"]) if match else None
    if match is None or item is None:
        known = ", ".join(i.id.replace("_", " ") for i in mechanism.file.interventions)
        raise UsageError(
            f"--do is {words!r}",
            why=f"What can be done: {known}.",
            remedy="octreotide at 90 days, or: zinc at 2 weeks for 4 weeks after rash",
        )
    said = (match["anchor"] or "first sign").lower()
    anchor: Anchor = next(known for known in get_args(Anchor) if known == said)
    return Planned(
        intervention=item.id,
        at=_days(match["at"]),
        lasts=_days(match["long"]),
        anchor=anchor,
        dose=_dose(match["dose"], match["unit"], item, words),
    )


def _days(said: str | None) -> float:
    if not said:
        return 0.0
    found = re.match(_AMOUNT, said, re.IGNORECASE)
    return float(found[1]) * _UNITS[found[2].lower()] if found else 0.0


def _dose(said: str | None, unit: str | None, item: Intervention, words: str) -> float | None:
    if said is None:
        return None
    given = (unit or "").lower()
    if not item.dose_unit:
        raise UsageError(f"--do is {words!r}", why=f"{item.name} has no dose here.", remedy="leave it out")
    scale = {("ug/kg/h", "ng/kg/h"): 1000.0}.get((given, item.dose_unit), 1.0)
    if given != item.dose_unit and scale == 1.0:
        raise UsageError(f"--do is {words!r}", remedy=f"give the dose in {item.dose_unit}")
    return float(said) * scale


class Schedule:
    """Start and end of every intervention in every patient, and what follows for the nodes today.

    hold: nodes held at a value in everybody throughout. again: interventions given a further time, each as a
    course of its own; the rows of these follow those of all interventions.
    """

    def __init__(
        self,
        mechanism: Mechanism,
        draws: Draws,
        hold: Mapping[str, float] | None = None,
        again: Sequence[str] = (),
    ) -> None:
        every = mechanism.file.interventions
        self.place: Mapping[str, int] = {item.id: n for n, item in enumerate(every)}
        self.items: Sequence[Intervention] = [*every, *(every[self.place[name]] for name in again)]
        self.draws = draws
        shape = (len(self.items), len(draws.patients))
        self.start, self.stop = np.full(shape, np.inf), np.full(shape, np.inf)
        # nothing said means the usual dose
        self.dose = np.full(shape, np.nan)
        self._was = np.zeros(shape, dtype=bool)
        self._ever = np.zeros(shape, dtype=bool)
        everyone = np.ones(shape[1], dtype=bool)
        self._held = {node: (everyone, np.full(shape[1], value)) for node, value in (hold or {}).items()}
        self._acting = Acting(held=dict(self._held))

    def plan(
        self,
        intervention: str,
        who: npt.NDArray[np.bool_],
        start: Floats,
        *,
        lasts: float = 0.0,
        dose: float | None = None,
        course: int | None = None,
    ) -> None:
        """Give an intervention to patients from a day of their own; one already planned earlier stays.

        course: row of a further course of it.
        """
        row = self.place[intervention] if course is None else course
        new = who & (start < self.start[row])
        item = self.items[row]
        end = lasts or (self.draws.same(item.lasts) if item.lasts else 0.0)
        self.start[row][new] = start[new]
        self.stop[row][new] = start[new] + end if end else np.inf
        self.dose[row][new] = np.nan if dose is None else dose

    def today(self, day: float, network: Network) -> Acting:
        """Return what acts today; at an intervention's first day, also what it changes at once."""
        now = (self.start <= day) & (day < self.stop)
        if (now == self._was).all():
            return self._acting
        first = now & ~self._ever
        for row in np.flatnonzero(first.any(axis=1)).tolist():
            for act in self.items[row].acts:
                if act.how == "scale":
                    network.scale(act.node, self.draws[act.by], first[row])
                elif act.how == "seed":
                    network.seed(act.node, self.draws[act.by], first[row])
        self._was, self._ever = now, self._ever | now
        self._acting = self._gathered(now)
        return self._acting

    def _gathered(self, now: npt.NDArray[np.bool_]) -> Acting:
        acting = Acting(held=dict(self._held))
        for row in np.flatnonzero(now.any(axis=1)).tolist():
            on = now[row]
            for other in range(row):  # two courses at once of one drug are one
                if self.items[other] is self.items[row]:
                    on = on & ~now[other]
            for act in self.items[row].acts:
                by = self.draws[act.by]
                if act.per_dose != 0:
                    usual = self.draws[act.per_dose]
                    by = by * np.where(np.isnan(self.dose[row]), 1.0, self.dose[row] / usual)
                if act.how == "factor":
                    acting.factor[act.node] = acting.factor.get(act.node, 1.0) * np.where(on, by, 1.0)
                elif act.how == "add":
                    acting.add[act.node] = acting.add.get(act.node, 0.0) + np.where(on, by, 0.0)
                elif act.how == "set":
                    acting.held[act.node] = (on, by)
        return acting
