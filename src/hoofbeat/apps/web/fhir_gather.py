"""What the entries of a chart add up to: findings, values, treatments, weights, and what was left out."""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import NamedTuple

from hoofbeat.apps.web.fhir_left import LeftOut
from hoofbeat.apps.web.fhir_rules import fhir_rules
from hoofbeat.apps.web.fhir_weight import Fall, Weight, weight_fall
from hoofbeat.cases import Case, Finding, Measurement, Sex, State, Treatment
from hoofbeat.knowledge import DrugSet
from hoofbeat.terms import load_ontology


class Visit(NamedTuple):
    """One contact: the day it began, and its kind in a word; empty where the chart does not tell."""

    day: str
    kind: str


def told_visits(visits: tuple[Visit, ...]) -> str:
    """Return the contacts of a chart in one line; empty if there is none.

    >>> told_visits((Visit("2025-03-01", "outpatient"), Visit("2025-06-07", "emergency")))
    '2 contacts, 2025-03-01 to 2025-06-07: 1 outpatient, 1 emergency'
    """
    if not visits:
        return ""
    days = [v.day for v in visits if v.day]
    span = f", {days[0]} to {days[-1]}" if len(days) > 1 else f", {days[0]}" if days else ""
    kinds = Counter(v.kind or "of another kind" for v in visits)
    listed = ", ".join(f"{count} {kind}" for kind, count in kinds.items())
    return f"{len(visits)} contact{'s' * (len(visits) > 1)}{span}: {listed}"


class Gathered:
    """Gathers what the entries of one patient's chart say, each thing once."""

    def __init__(self, today: date) -> None:
        self.today = today
        self.left = LeftOut()
        self.findings: dict[tuple[str, State], Finding] = {}
        self.measurements: dict[Measurement, None] = {}
        self.weights: list[Weight] = []
        self.given: dict[str, list[tuple[str, DrugSet | None]]] = {}
        self.labels: list[str] = []
        self.known: list[str] = []
        self.awaited: list[str] = []

    def finding(
        self,
        term: str,
        said: str,
        *,
        absent: bool = False,
        day: str = "",
        where: tuple[str, ...] = (),
        over: bool = False,
    ) -> None:
        """Add a finding; one that is there already keeps its earliest day and all its sites."""
        state, since = State.ABSENT if absent else State.PRESENT, self._back(day)
        before = self.findings.get((term, state))
        if before is not None:
            spans = [s for s in (before.since_days, since) if s is not None]
            since, where = max(spans, default=None), tuple(dict.fromkeys((*before.where, *where)))
            over = over and before.course == "resolved"
        label = load_ontology().label(term)
        self.findings[term, state] = Finding(
            term=term,
            label=label,
            state=state,
            said=said if said.casefold() != label.casefold() else "",
            since_days=None if absent else since,
            where=() if absent else where,
            course="resolved" if over and not absent else None,
        )

    def measured(self, value: Measurement) -> None:
        """Add a value; the same value of the same day is one value, written twice."""
        self.measurements[value] = None

    def drug(self, name: str, day: str, drug: DrugSet | None = None) -> None:
        """Add one day on which a treatment was given or prescribed."""
        self.given.setdefault(name, []).append((day, drug))

    def weighed(self, day: str, kilograms: float) -> None:
        """Add a body weight; without a day it cannot be one of two."""
        if day:
            self.weights.append(Weight(date.fromisoformat(day), kilograms))
        else:
            self.left.add("one-weight", "Observation")

    def case(self, age: float | None, sex: Sex) -> Case:
        """Return the case. What is said to be absent, and stands elsewhere in the chart, is there."""
        self._lost_weight()
        there = {term for term, state in self.findings if state is State.PRESENT}
        kept = [
            f for (term, state), f in self.findings.items() if state is State.PRESENT or term not in there
        ]
        return Case(
            id="chart",
            age_years=age,
            sex=sex,
            findings=tuple(kept),
            measurements=tuple(self.measurements),
            treatments=tuple(_treatment(name, times) for name, times in self.given.items()),
            prior_diagnoses=tuple(dict.fromkeys(self.labels)),
        )

    def dated(self) -> tuple[tuple[str, str], ...]:
        """Return the present findings with the day since which they are known."""
        rows = []
        for f in self.findings.values():
            if f.state is State.PRESENT:
                days = f.since_days
                first = self.today.toordinal() - int(days) if days is not None else 0
                rows.append((f.label, date.fromordinal(first).isoformat() if first > 0 else ""))
        return tuple(rows)

    def _lost_weight(self) -> None:
        if len({w.day for w in self.weights}) == 1:
            self.left.add("one-weight", "Observation", len(self.weights))
        fall = weight_fall(self.weights)
        if fall is None:
            return
        if fall.regained:
            self.left.add("regained", "Observation")
            return
        rule = fhir_rules().weight_fall
        # words of the chart, where there are any, say more than two numbers
        before = self.findings.get((rule.finding, State.PRESENT))
        self.finding(rule.finding, (before.said if before else "") or _told(fall), day=fall.since.isoformat())

    def _back(self, day: str) -> float | None:
        return float(max(0, (self.today - date.fromisoformat(day)).days)) if day else None


def _told(fall: Fall) -> str:
    high, low = fall.highest, fall.lowest
    return (
        f"body weight {high.kilograms:.3g} kg ({high.day.isoformat()}) to {low.kilograms:.3g} kg "
        f"({low.day.isoformat()}): {fall.share:.0f} % lost"
    )


def _treatment(name: str, times: list[tuple[str, DrugSet | None]]) -> Treatment:
    """A drug given again and again did not settle the matter; prescriptions say no more than that."""
    days = sorted({day for day, _ in times if day})
    drug = next((d for _, d in times if d), None)
    again = drug is not None and drug.repeated and len(days) >= drug.repeated and drug.response
    return Treatment.model_validate(
        {
            "name": name,
            "response": (drug.response if drug and again else "") or "unknown",
            "date": days[-1] if days else None,
        }
    )
