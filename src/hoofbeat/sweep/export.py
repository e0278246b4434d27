"""The same definition for other programs: a cohort for OHDSI's Atlas, and a rule for a bedside service."""

from __future__ import annotations

from typing import Any

from hoofbeat.sweep.concepts import HIERARCHICAL
from hoofbeat.sweep.definition import Definition, load_rules
from hoofbeat.sweep.signals import CONDITION, TEST, Signal, signals

# Findings beside a rash that make somebody a member of the exported cohort.
_FINDINGS = 2
_STRONG = 1000


def circe(definition: Definition) -> dict[str, Any]:
    """Return a cohort in Circe's JSON: a rash, two or more telling findings near it, and no such diagnosis.

    A cohort is yes or no: scores, values and the order of the list are lost. Concepts are given by
    vocabulary and code; the site's own vocabulary supplies their ids (0 here), as Atlas does when a concept
    set is imported.
    """
    by_number = {s.number: s for s in signals()}
    rash = [by_number[n] for n in definition.rash]
    telling = [
        by_number[n]
        for m in definition.members
        if int(definition.points[m.group][:, definition.band_of(55), 0, 1 << m.bit].max()) >= _STRONG
        for n in m.signals
        if by_number[n].kind == CONDITION and not by_number[n].is_rash
    ]
    known = [by_number[n] for n in definition.known]
    near = int(load_rules()["new"]["near_rash"])
    return {
        "ConceptSets": [
            _concept_set(0, "Rash", rash),
            _concept_set(1, "Telling findings", telling),
            _concept_set(2, f"Known {definition.name}", known),
        ],
        "PrimaryCriteria": {
            "CriteriaList": [{"ConditionOccurrence": {"CodesetId": 0}}],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "First"},
        },
        "AdditionalCriteria": {
            "Type": "ALL",
            "CriteriaList": [_within(1, near, at_least=_FINDINGS), _within(2, near, at_least=0)],
            "DemographicCriteriaList": [],
            "Groups": [],
        },
        "QualifiedLimit": {"Type": "First"},
        "ExpressionLimit": {"Type": "First"},
        "InclusionRules": [],
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }


def _within(concept_set: int, days: int, *, at_least: int) -> dict[str, Any]:
    """A criterion near the first rash: at least so many, or none at all for 0."""
    span = {"Days": days}
    occurrence = {"Type": 2, "Count": at_least} if at_least else {"Type": 0, "Count": 0}
    return {
        "Criteria": {"ConditionOccurrence": {"CodesetId": concept_set}},
        "StartWindow": {"Start": {**span, "Coeff": -1}, "End": {**span, "Coeff": 1}, "UseEventEnd": False},
        "Occurrence": {**occurrence, "IsDistinct": bool(at_least)},
    }


def _concept_set(number: int, name: str, shown: list[Signal]) -> dict[str, Any]:
    pairs = sorted({(v, c) for s in shown for v, c, _ in s.codes.pairs()})
    items = [
        {
            "concept": {"CONCEPT_ID": 0, "VOCABULARY_ID": v, "CONCEPT_CODE": c},
            "includeDescendants": v in HIERARCHICAL,
            "includeMapped": v not in HIERARCHICAL,
            "isExcluded": False,
        }
        for v, c in pairs
    ]
    return {"id": number, "name": name, "expression": {"items": items}}


def rule(definition: Definition) -> dict[str, Any]:
    """Return the definition as plain data for a CDS Hooks service: what to fetch, and points of each finding.

    Points are for each finding alone, at the age and sex of the bands given; findings of one group share a
    cause and must be looked up together in `groups` (state: sum of the bits of those present).
    """
    by_number = {s.number: s for s in signals()}
    return {
        "hook": "patient-view",
        "id": f"hoofbeat-{definition.slug}",
        "title": f"Consider {definition.name}",
        "description": "Findings of the record that speak for it; for review, never a diagnosis.",
        "prefetch": {
            "patient": "Patient/{{context.patientId}}",
            "conditions": "Condition?patient={{context.patientId}}",
            "observations": "Observation?patient={{context.patientId}}&category=laboratory,vital-signs",
            "medications": "MedicationRequest?patient={{context.patientId}}",
        },
        "history_days": definition.history_days,
        "definition": definition.hash(),
        "forms": [
            {"id": f, "name": n, "points": p}
            for (f, n), p in zip(definition.forms, definition.form_points, strict=True)
        ],
        "bands": list(definition.bands),
        "known": [_codes(by_number[n]) for n in definition.known],
        "findings": [
            {
                "term": m.term,
                "name": m.name,
                "group": m.group,
                "bit": 1 << m.bit,
                "new": m.new,
                "how": m.why,
                "shown_by": [_codes(by_number[n]) for n in m.signals],
            }
            for m in definition.members
        ],
        "groups": [table.tolist() for table in definition.points],
        "ages": definition.age_points.tolist(),
        "sexes": definition.sex_points.tolist(),
    }


def _codes(signal: Signal) -> dict[str, Any]:
    found: dict[str, Any] = {
        "set": signal.codes.set,
        "codes": [f"{v}|{c}" for v, c, _ in signal.codes.pairs()],
    }
    if signal.kind == TEST:
        found |= {"sense": signal.sense, "limits": list(signal.limits), "unit": signal.unit}
    return found
