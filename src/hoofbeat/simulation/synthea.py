"""A Synthea module (generic module framework, version 2) made from a simulated cohort.

Synthea has no mechanism: the module carries the cohort's shares and spans as transitions and delays. How many
get the disease is its lifetime risk, unless a share is asked for: hardly any synthetic population is large
enough to hold one patient otherwise.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from hoofbeat.knowledge import load_knowledge
from hoofbeat.simulation.clinic_model import Code, Sign
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.outcome import Outcome

State = dict[str, Any]
_SYSTEM = {
    "ICD10CM": "ICD10-CM",
    "SNOMED": "SNOMED-CT",
    "LOINC": "LOINC",
    "RxNorm": "RxNorm",
    "ICD10PCS": "ICD10-PCS",
}
_VISIT = {"system": "SNOMED-CT", "code": "185345009", "display": "Encounter for symptom (procedure)"}
_YEARS_AT_RISK = 80


def synthea_module(mechanism: Mechanism, outcome: Outcome, *, share: float | None = None) -> dict[str, Any]:
    """Return the module: onset, wrong labels with their treatment, diagnosis, care, and death.

    share: of the population that gets the disease; None takes incidence times 80 years.
    """
    if share is None:
        incidence = load_knowledge().diseases[mechanism.slug].about.incidence
        share = min(1.0, incidence.middle * _YEARS_AT_RISK) if incidence else 1e-6
    found = np.isfinite(outcome.found)
    states = _Chain(mechanism.slug)
    states.add("Initial", {"type": "Initial"}, branches=[(share, "Age"), (1 - share, "Terminal")])
    ages = np.quantile(outcome.age, [0.05, 0.95]) if len(outcome) else [20, 80]
    states.add("Age", _delay(float(ages[0]), float(ages[1]), "years"))
    _signs(states, mechanism, outcome, found)
    _visits(states, mechanism, outcome, found)
    _diagnosis(states, mechanism, outcome, found)
    states.add("Terminal", {"type": "Terminal"}, last=True)
    return {
        "name": f"{load_knowledge().diseases[mechanism.slug].name} (hoofbeat)",
        "remarks": [
            "Made by hoofbeat from its simulated cohort; shares and delays are the cohort's.",
            f"{len(outcome)} virtual patients, {int(found.sum())} of them found. Nobody in it has lived.",
        ],
        "states": states.done(),
        "gmf_version": 2,
    }


class _Chain:
    """States in order: each leads to the next unless it branches."""

    def __init__(self, slug: str) -> None:
        self.slug, self.states = slug, dict[str, State]()
        self._before: str | None = None

    def add(
        self, name: str, state: State, *, branches: list[tuple[float, str]] | None = None, last: bool = False
    ) -> None:
        if self._before:
            self.states[self._before].setdefault("direct_transition", name)
        self.states[name] = state
        if branches:
            total = sum(part for part, _ in branches)
            state["distributed_transition"] = [
                {"distribution": part / total, "transition": to} for part, to in branches
            ]
        self._before = None if last or branches else name

    def done(self) -> dict[str, State]:
        return self.states


def _signs(states: _Chain, mechanism: Mechanism, outcome: Outcome, found: np.ndarray) -> None:
    """Each coded sign begins, or is passed over, in the order in which they come in the cohort."""
    coded = [
        (row, s)
        for row, s in enumerate(mechanism.clinic.signs)
        if s.codes and s.of != mechanism.clinic.spread
    ]
    coded.sort(key=lambda item: float(np.median(np.minimum(outcome.first[item[0]], 1e6))))
    for row, sign in coded:
        share = float(np.mean(outcome.noted_found[row][found])) if found.any() else 0.0
        name = f"{sign.id.title()} or not"
        follow = f"{sign.id.title()} begins"
        skip = f"After {sign.id}"
        states.add(name, {"type": "Simple"}, branches=[(share, follow), (1 - share, skip)])
        states.add(follow, _onset(sign))
        states.states[follow]["direct_transition"] = skip
        states.add(skip, {"type": "Simple"})


def _visits(states: _Chain, mechanism: Mechanism, outcome: Outcome, found: np.ndarray) -> None:
    """One visit with a wrong label and its treatment, then the wait until the diagnosis."""
    clinic = mechanism.clinic
    states.add("First visit", {"type": "Encounter", "encounter_class": "ambulatory", "codes": [_VISIT]})
    given = outcome.visits.label[outcome.visits.label >= 0]
    named = [
        (float(np.mean(given == number)), label) for number, label in enumerate(clinic.labels) if len(given)
    ]
    if named and sum(part for part, _ in named) > 0:
        states.add(
            "Label", {"type": "Simple"}, branches=[(part, f"Called {label.id}") for part, label in named]
        )
        for _, label in named:
            name = f"Called {label.id}"
            states.add(
                name,
                {"type": "ConditionOnset", "target_encounter": "First visit", "codes": _codes(label.codes)},
            )
            for item in (i for i in clinic.tried if i.id in label.tried):
                drug = f"{item.name} for {label.id}"
                states.add(drug, {"type": "MedicationOrder", "codes": _codes(item.codes), "reason": name})
                name = drug
            states.states[name]["direct_transition"] = "End of first visit"
            states._before = None  # noqa: SLF001 (the chain is this module's own)
    states.add("End of first visit", {"type": "EncounterEnd"})
    first = np.minimum(outcome.first_visit[found], outcome.found[found])
    wait = outcome.found[found] - first if found.any() else np.zeros(1)
    low, high = np.quantile(wait, [0.05, 0.95]) / 30.4375
    states.add("Until diagnosis", _delay(max(0.0, float(low)), max(0.1, float(high)), "months"))


def _diagnosis(states: _Chain, mechanism: Mechanism, outcome: Outcome, found: np.ndarray) -> None:
    clinic = mechanism.clinic
    states.add("Diagnosis", {"type": "Encounter", "encounter_class": "ambulatory", "codes": [_VISIT]})
    for column, lab in enumerate(clinic.labs):
        values = outcome.labs_found[found, column]
        if lab.codes and len(values):
            low, high = np.quantile(values, [0.05, 0.95])
            span = {"low": round(float(low), 2), "high": round(float(high), 2)}
            states.add(
                f"Value of {lab.test}",
                {
                    "type": "Observation",
                    "category": "laboratory",
                    "unit": lab.unit,
                    "codes": _codes(lab.codes),
                    "range": span,
                },
            )
    states.add(
        "Disease named",
        {"type": "ConditionOnset", "target_encounter": "Diagnosis", "codes": _codes(clinic.truth_codes)},
    )
    rows = {item.id: row for row, item in enumerate(mechanism.file.interventions)}
    for care in clinic.care:
        if not care.codes:
            continue
        share = (
            float(np.mean(np.isfinite(outcome.started[rows[care.intervention]][found])))
            if found.any()
            else 0.0
        )
        name, skip = f"{care.intervention.title()} {care.when}", f"After {care.intervention} {care.when}"
        drug = any(code.system == "RxNorm" for code in care.codes)
        states.add(f"{name} or not", {"type": "Simple"}, branches=[(share, name), (1 - share, skip)])
        states.add(name, {"type": "MedicationOrder" if drug else "Procedure", "codes": _codes(care.codes)})
        states.states[name]["direct_transition"] = skip
        states.add(skip, {"type": "Simple"})
    states.add("End of diagnosis", {"type": "EncounterEnd"})


def _onset(sign: Sign) -> State:
    return {"type": "ConditionOnset", "target_encounter": "First visit", "codes": _codes(sign.codes)}


def _codes(codes: tuple[Code, ...]) -> list[dict[str, str]]:
    """Synthea names conditions by SNOMED CT; where there is no such code, the one there is."""
    chosen = [c for c in codes if c.system == "SNOMED"] or list(codes[:1])
    return [{"system": _SYSTEM[c.system], "code": c.code, "display": c.display} for c in chosen]


def _delay(low: float, high: float, unit: str) -> State:
    parameters = {"low": round(low, 3), "high": round(high, 3)}
    return {"type": "Delay", "distribution": {"kind": "UNIFORM", "parameters": parameters}, "unit": unit}
