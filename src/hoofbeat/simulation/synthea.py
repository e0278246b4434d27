"""A Synthea module (generic module framework, version 2) made from a simulated cohort.

Synthea has no mechanism: the module carries the cohort's shares and spans as transitions and delays, apart
for those with a wrong label and without, found sooner or later, never found, and those who never came. Each
delay is uniform with the cohort's mean; the sum of several is narrower than the cohort's. How many get the
disease is its lifetime risk, unless a share is asked for: hardly any synthetic population is large enough to
hold one patient otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from hoofbeat.knowledge import load_knowledge
from hoofbeat.simulation.clinic_model import Code
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.outcome import Outcome
from hoofbeat.simulation.streams import Floats, Numbers

State = dict[str, Any]
Flags = npt.NDArray[np.bool_]
_SYSTEM = {
    "ICD10CM": "ICD10-CM",
    "SNOMED": "SNOMED-CT",
    "LOINC": "LOINC",
    "RxNorm": "RxNorm",
    "ICD10PCS": "ICD10-PCS",
}
_VISIT = {"system": "SNOMED-CT", "code": "185345009", "display": "Encounter for symptom (procedure)"}
_YEARS_AT_RISK = 80
# stands for the number of a sign
_SPREAD = -1


def synthea_module(mechanism: Mechanism, outcome: Outcome, *, share: float | None = None) -> dict[str, Any]:
    """Return the module: first and later signs, wrong labels with their treatment, diagnosis, care, death.

    share: of the population that gets the disease; None takes incidence times 80 years.
    """
    if share is None:
        incidence = load_knowledge().diseases[mechanism.slug].about.incidence
        share = min(1.0, incidence.middle * _YEARS_AT_RISK) if incidence else 1e-6
    courses, found = _courses(outcome), int(np.isfinite(outcome.found).sum())
    states = _Chain()
    states.add("Initial", {"type": "Initial"}, branches=[(share, "Age"), (1 - share, "Terminal")])
    ages = np.quantile(outcome.age, [0.05, 0.95]) if len(outcome) else [20, 80]
    states.add("Age", _delay(float(ages[0]), float(ages[1]), "years"))
    groups = [(name, who) for name, who in courses.groups.items() if who.any()]
    states.add("Course", {"type": "Simple"}, branches=[(float(who.mean()), name) for name, who in groups])
    for name, who in groups:
        states.begin(name)
        _Course(states, mechanism, outcome, courses, who).write(name)
    states.begin("")
    states.add("Terminal", {"type": "Terminal"}, branches=[])
    return {
        "name": f"{load_knowledge().diseases[mechanism.slug].name} (hoofbeat)",
        "remarks": [
            "Made by hoofbeat from its simulated cohort; shares and mean delays are the cohort's.",
            f"{len(outcome)} virtual patients, {found} of them found. Nobody in it has lived.",
        ],
        "states": states.states,
        "gmf_version": 2,
    }


class _Chain:
    """States in order: each leads to the next unless it branches. Names begin with that of the course."""

    def __init__(self) -> None:
        self.states, self.course = dict[str, State](), ""
        self._before: str | None = None

    def begin(self, course: str) -> None:
        self.course, self._before = course, None

    def named(self, name: str) -> str:
        return f"{self.course}: {name}" if self.course and name not in ("Terminal", self.course) else name

    def add(
        self, name: str, state: State, *, branches: list[tuple[float, str]] | None = None, to: str = ""
    ) -> None:
        """Add a state. branches: shares and where they lead; to: where it leads if not to the next."""
        name = self.named(name)
        if self._before:
            self.states[self._before].setdefault("direct_transition", name)
        self.states[name] = state
        if branches:
            total = sum(part for part, _ in branches)
            state["distributed_transition"] = [
                {"distribution": part / total, "transition": self.named(way)} for part, way in branches
            ]
        if to:
            state["direct_transition"] = self.named(to)
        self._before = None if branches is not None or to else name

    def unless(self, name: str, passed: list[str], there: str, branches: list[tuple[float, str]]) -> None:
        """Add a fork: to `there` if one of these states was passed before, else by chance."""
        if not passed:
            self.add(name, {"type": "Simple"}, branches=branches)
            return
        ways: list[dict[str, Any]] = [
            {
                "condition": {"condition_type": "PriorState", "name": self.named(before)},
                "transition": self.named(there),
            }
            for before in passed
        ]
        chances = [{"distribution": part, "transition": self.named(way)} for part, way in branches]
        ways.append({"distributions": chances})
        self.add(name, {"type": "Simple", "complex_transition": ways}, branches=[])

    def known(self, *names: str) -> list[str]:
        """Return those of these states that this course has."""
        return [name for name in names if self.named(name) in self.states]


@dataclass(frozen=True, slots=True)
class _Courses:
    """Milestones of each patient, and who is in which course. label: the first, or -1."""

    start: Floats
    stop: Floats
    label: Numbers
    groups: dict[str, Flags]


def _courses(outcome: Outcome) -> _Courses:
    visits = outcome.visits
    at = np.searchsorted(outcome.patients, visits.patient)
    label = np.full(len(outcome), -1, dtype=np.int64)
    given = np.flatnonzero(visits.label >= 0)[::-1]
    label[at[given]] = visits.label[given]
    last = np.full(len(outcome), -np.inf)
    np.maximum.at(last, at, visits.day)
    found, came = np.isfinite(outcome.found), np.isfinite(outcome.first_visit)
    start = np.minimum(outcome.first_sign, np.minimum(outcome.first_visit, outcome.found))
    later = np.zeros(len(outcome), dtype=bool)
    if found.any():
        took = outcome.found[found] - start[found]
        later[found] = took > np.median(took)
    return _Courses(
        start=start,
        stop=np.where(found, outcome.found, last),
        label=label,
        groups={
            "Labelled, found sooner": found & ~later & (label >= 0),
            "Labelled, found later": later & (label >= 0),
            "Not labelled, found sooner": found & ~later & (label < 0),
            "Not labelled, found later": later & (label < 0),
            "Labelled, never found": ~found & (label >= 0),
            "Not labelled, never found": ~found & came & (label < 0),
            "Never came": ~found & ~came,
        },
    )


class _Course:
    """The states of one course, from the day on which the disease begins."""

    def __init__(
        self, states: _Chain, mechanism: Mechanism, outcome: Outcome, courses: _Courses, who: Flags
    ) -> None:
        self.states, self.mechanism, self.outcome, self.who = states, mechanism, outcome, who
        self.start, self.stop = courses.start[who], courses.stop[who]
        self.label = courses.label[who]
        self.visit, self.found = np.minimum(outcome.first_visit, courses.stop)[who], outcome.found[who]
        none = np.full(len(outcome), np.inf)
        self.spread = outcome.events.get(mechanism.clinic.spread, none)[who]
        self.death = outcome.death[who]
        self.second = "Diagnosis" if np.isfinite(self.found).any() else "Last visit"

    def write(self, name: str) -> None:
        self.states.add(name, {"type": "Simple"})
        if not np.isfinite(self.stop).all():
            self._ending("never came", np.ones(len(self.stop), dtype=bool), np.zeros(len(self.stop)))
            return
        self.states.add("Until the first sign", _span(self.start))
        signs = self._first_sign()
        self._signs(signs, self.start, self.visit, "First visit")
        self._first_visit()
        self._signs(signs, self.visit, self.stop, self.second)
        self.states.add(self.second, _encounter())
        if self.second == "Diagnosis":
            self._diagnosis()
        self.states.add(f"End of {self.second.lower()}", {"type": "EncounterEnd"})
        self._endings()

    def _first_sign(self) -> dict[int, Floats]:
        """The sign that comes first; return the day of each sign and of the spread, -infinite if first.

        What was there before counts as coming with the first complaint.
        """
        clinic = self.mechanism.clinic
        rows = [n for n, s in enumerate(clinic.signs) if s.codes and s.of != clinic.spread]
        days = np.maximum(self.outcome.first[rows][:, self.who], self.start)
        firsts = np.where(days.min(axis=0) <= self.start, days.argmin(axis=0), -1)
        shares = [(float(np.mean(firsts == n)), clinic.signs[row]) for n, row in enumerate(rows)]
        shares = [(part, sign) for part, sign in shares if part]
        branches = [(part, _first(sign.id)) for part, sign in shares]
        branches.append((float(np.mean(firsts == -1)), "Signs go on"))
        self.states.add("First sign", {"type": "Simple"}, branches=branches)
        for _, sign in shares:
            onset = {"type": "ConditionOnset", "target_encounter": self.states.named("First visit")}
            self.states.add(_first(sign.id), onset | {"codes": _codes(sign.codes)}, to="Signs go on")
        self.states.add("Signs go on", {"type": "Simple"})
        found = {row: np.where(firsts == n, -np.inf, days[n]) for n, row in enumerate(rows)}
        return found | ({_SPREAD: np.maximum(self.spread, self.start)} if clinic.spread else {})

    def _signs(self, days: dict[int, Floats], begin: Floats, end: Floats, encounter: str) -> None:
        """Signs that begin within one span, each at its mean place in it, or are passed over."""
        length = np.maximum(end - begin, 0)
        coming: list[tuple[float, float, int]] = []
        for row, day in days.items():
            to_come = day >= begin if begin is self.start else day > begin
            new = to_come & (day <= end)
            if new.any():
                places = (day[new] - begin[new]) / np.maximum(length[new], 1)
                coming.append((float(np.mean(places)), float(new.sum() / to_come.sum()), row))
        passed = 0.0
        for place, share, row in sorted(coming):
            self._slot(row, share, _span(length * (place - passed)), encounter)
            passed = place
        self.states.add(f"Until {encounter.lower()}", _span(length * (1 - passed)))

    def _slot(self, row: int, share: float, wait: State, encounter: str) -> None:
        """One sign's place: it begins there, or has begun, or does not begin."""
        sign, then = self.mechanism.clinic.signs[row].id if row != _SPREAD else "spread", encounter.lower()
        begins, after = f"{sign.title()} begins before {then}", f"After {sign} ({then})"
        self.states.add(f"Until {sign} ({then})", wait)
        passed = self.states.known(_first(sign), f"{sign.title()} begins before first visit")
        ways = [(share, begins), (1 - share, after)]
        self.states.unless(f"{sign.title()} or not ({then})", passed, after, ways)
        self.states.add(begins, self._onset(row, encounter))
        self.states.add(after, {"type": "Simple"})

    def _onset(self, row: int, encounter: str) -> State:
        clinic = self.mechanism.clinic
        if row == _SPREAD:
            codes = next((s.codes for s in clinic.signs if s.of == clinic.spread), ())
            if not codes or self.second != "Diagnosis":  # nobody looks: it is there, and in no record
                return {"type": "SetAttribute", "attribute": f"{self.mechanism.slug}_spread", "value": True}
            encounter = "Diagnosis"
        else:
            codes = clinic.signs[row].codes
        target = self.states.named(encounter)
        return {"type": "ConditionOnset", "target_encounter": target, "codes": _codes(codes)}

    def _first_visit(self) -> None:
        """The first visit; in who gets a wrong label, that label and its treatment."""
        clinic, states = self.mechanism.clinic, self.states
        states.add("First visit", _encounter())
        named = [(float(np.mean(self.label == n)), label) for n, label in enumerate(clinic.labels)]
        named = [(part, label) for part, label in named if part]
        if named:
            ways = [(part, f"Called {label.id}") for part, label in named]
            states.add("Label", {"type": "Simple"}, branches=ways)
        for _, label in named:
            name, end = f"Called {label.id}", "End of first visit"
            target = states.named("First visit")
            onset = {"type": "ConditionOnset", "target_encounter": target, "codes": _codes(label.codes)}
            tried = [item for item in clinic.tried if item.id in label.tried]
            states.add(name, onset, to="" if tried else end)
            for item in tried:
                order = {"type": "MedicationOrder", "codes": _codes(item.codes), "reason": states.named(name)}
                states.add(f"{item.name} for {label.id}", order, to=end if item is tried[-1] else "")
        states.add("End of first visit", {"type": "EncounterEnd"})

    def _diagnosis(self) -> None:
        clinic, outcome = self.mechanism.clinic, self.outcome
        for column, lab in enumerate(clinic.labs):
            if lab.codes:
                low, high = np.quantile(outcome.labs_found[self.who, column], [0.05, 0.95])
                value: State = {"type": "Observation", "category": "laboratory", "unit": lab.unit}
                value |= {"codes": _codes(lab.codes)}
                value["range"] = {"low": round(float(low), 2), "high": round(float(high), 2)}
                self.states.add(f"Value of {lab.test}", value)
        for number, code in enumerate(clinic.truth_codes):
            target = self.states.named("Diagnosis")
            onset = {"type": "ConditionOnset", "target_encounter": target, "codes": _codes((code,))}
            self.states.add("Disease named" if number == 0 else f"Named as well: {code.code}", onset)
        rows = {item.id: row for row, item in enumerate(self.mechanism.file.interventions)}
        for care in clinic.care:
            if not care.codes:  # Synthea writes nothing without a code
                continue
            share = float(np.mean(np.isfinite(outcome.started[rows[care.intervention]][self.who])))
            name, skip = f"{care.intervention.title()} {care.when}", f"After {care.intervention} {care.when}"
            drug = any(code.system == "RxNorm" for code in care.codes)
            given = {"type": "MedicationOrder" if drug else "Procedure", "codes": _codes(care.codes)}
            self.states.add(f"{name} or not", {"type": "Simple"}, branches=[(share, name), (1 - share, skip)])
            self.states.add(name, given)
            self.states.add(skip, {"type": "Simple"})

    def _endings(self) -> None:
        """What follows: spread at the time, later, or never, each with its share of deaths."""
        early = self.spread <= self.stop
        later = ~early & np.isfinite(self.spread) & (self.spread <= self.death)
        share = float(later.sum() / max((~early).sum(), 1))
        branches = [(share, "Spreads later"), (1 - share, "Does not spread")]
        names = (f"Spread begins before {name}" for name in ("first visit", self.second.lower()))
        passed = self.states.known(*names)
        self.states.unless("Then", passed, "Had spread", branches)
        if passed:
            self.states.add("Had spread", {"type": "Simple"})
            self._ending("had spread", early, self.stop)
        self.states.add("Spreads later", _span((self.spread - self.stop)[later]))
        self._follow_up()
        self._ending("spread later", later, self.spread)
        self.states.add("Does not spread", {"type": "Simple"})
        self._ending("not spread", ~early & ~later, self.stop)

    def _follow_up(self) -> None:
        if self.second != "Diagnosis":
            self.states.add("Has spread", self._onset(_SPREAD, ""))
            return
        self.states.add("Follow-up", _encounter())
        onset = self._onset(_SPREAD, "")
        if "target_encounter" in onset:
            onset["target_encounter"] = self.states.named("Follow-up")
        self.states.add("Has spread", onset)
        self.states.add("End of follow-up", {"type": "EncounterEnd"})

    def _ending(self, name: str, who: Flags, since: Floats) -> None:
        dies = who & np.isfinite(self.death)
        share = float(dies.sum() / max(who.sum(), 1))
        ways = [(share, f"Until death, {name}"), (1 - share, "Terminal")]
        self.states.add(f"Dies or not, {name}", {"type": "Simple"}, branches=ways)
        self.states.add(f"Until death, {name}", _span(self.death[dies] - since[dies]))
        self.states.add(f"Death, {name}", {"type": "Death"}, to="Terminal")


def _first(sign: str) -> str:
    return f"{sign.title()} is first"


def _encounter() -> State:
    return {"type": "Encounter", "encounter_class": "ambulatory", "codes": [_VISIT]}


def _codes(codes: tuple[Code, ...]) -> list[dict[str, str]]:
    """Synthea names conditions by SNOMED CT; where there is no such code, the one there is."""
    chosen = [c for c in codes if c.system == "SNOMED"] or list(codes[:1])
    return [{"system": _SYSTEM[c.system], "code": c.code, "display": c.display} for c in chosen]


def _span(days: Floats) -> State:
    """A delay with the mean of these days, as wide as they are spread, and never below 0."""
    if not len(days):
        return _delay(0, 0, "days")
    mean = max(0.0, float(np.mean(days)))
    low = max(0.0, mean - 3**0.5 * float(np.std(days)))
    return _delay(low, 2 * mean - low, "days")


def _delay(low: float, high: float, unit: str) -> State:
    parameters = {"low": round(low, 3), "high": round(high, 3)}
    return {"type": "Delay", "distribution": {"kind": "UNIFORM", "parameters": parameters}, "unit": unit}
