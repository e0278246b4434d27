"""The same definition for other programs: a cohort for OHDSI's Atlas, and a rule for a bedside service."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from hoofbeat.errors import InputError, UsageError
from hoofbeat.sweep.concepts import resolve
from hoofbeat.sweep.definition import Definition, Member, load_rules
from hoofbeat.sweep.engines import duckdb_engine
from hoofbeat.sweep.engines import told as faults_told
from hoofbeat.sweep.signals import CONDITION, TEST, Signal, signals

if TYPE_CHECKING:
    from hoofbeat.sweep.api import Place
    from hoofbeat.sweep.sources import Source

# Findings beside a rash that make somebody a member of the exported cohort.
_FINDINGS = 2
_STRONG = 1000
# Findings such as weight loss are kept in either table.
_DOMAINS = ("ConditionOccurrence", "Observation")
_TOLD = ("concept_id", "concept_name", "domain_id", "vocabulary_id", "concept_class_id", "concept_code")


def circe(definition: Definition, place: Place | None = None) -> dict[str, Any]:
    """Return a cohort in Circe's JSON: a rash, two or more telling findings near it, never the diagnosis.

    A cohort is yes or no: scores, values and the order of the list are lost. place: records, or a vocabulary
    alone, from which the concepts come: a cohort of codes without concepts would select nobody. Raises
    UsageError without a place, InputError if its vocabulary knows neither rash nor findings.
    """
    by_number = {s.number: s for s in signals()}
    told = _concepts(definition, place)
    sets = [
        _concept_set(0, "Rash", told, definition.rash),
        _concept_set(1, f"Known {definition.name}", told, definition.known),
    ]
    for member in definition.members:
        shown = [n for n in member.signals if by_number[n].kind == CONDITION and not by_number[n].is_rash]
        found = _concept_set(len(sets), member.name, told, shown)
        if found["expression"]["items"] and _says(definition, member) >= _STRONG:
            sets.append(found)
    if not sets[0]["expression"]["items"] or len(sets) < 2 + _FINDINGS:
        raise InputError(
            "The vocabulary knows too few of the codes",
            why="The cohort would select nobody.",
            remedy="name the records with their vocabulary: --omop cdm/, or --vocabulary folder",
        )
    near = int(load_rules()["new"]["near_rash"])
    findings = [_group("ANY", _either(s["id"], near, at_least=1)) for s in sets[2:]]
    return {
        "ConceptSets": sets,
        "PrimaryCriteria": {
            "CriteriaList": [{domain: {"CodesetId": 0}} for domain in _DOMAINS],
            "ObservationWindow": {"PriorDays": 0, "PostDays": 0},
            "PrimaryCriteriaLimit": {"Type": "All"},
        },
        "AdditionalCriteria": {
            **_group("ALL", _either(1, None, at_least=0)),
            "Groups": [{**_group("AT_LEAST", []), "Count": _FINDINGS, "Groups": findings}],
        },
        "QualifiedLimit": {"Type": "First"},
        "ExpressionLimit": {"Type": "First"},
        "InclusionRules": [],
        "CensoringCriteria": [],
        "CollapseSettings": {"CollapseType": "ERA", "EraPad": 0},
        "CensorWindow": {},
    }


def _says(definition: Definition, member: Member) -> int:
    """The most that a finding says by itself, at 55."""
    return int(definition.points[member.group][:, definition.band_of(55), 0, 1 << member.bit].max())


def _group(kind: str, criteria: list[dict[str, Any]]) -> dict[str, Any]:
    return {"Type": kind, "CriteriaList": criteria, "DemographicCriteriaList": [], "Groups": []}


def _either(concept_set: int, days: int | None, *, at_least: int) -> list[dict[str, Any]]:
    """Criteria of either table: at least so many near a rash, or none at any time for 0."""
    span = {} if days is None else {"Days": days}
    occurrence = {"Type": 2, "Count": at_least} if at_least else {"Type": 0, "Count": 0}
    return [
        {
            "Criteria": {domain: {"CodesetId": concept_set}},
            "StartWindow": {
                "Start": {**span, "Coeff": -1},
                "End": {**span, "Coeff": 1},
                "UseEventEnd": False,
            },
            "IgnoreObservationPeriod": days is None,
            "Occurrence": {**occurrence, "IsDistinct": False},
        }
        for domain in _DOMAINS
    ]


def _concepts(definition: Definition, place: Place | None) -> dict[int, list[dict[str, Any]]]:
    """Concepts of each signal as Circe names them, by the vocabulary of a place."""
    from hoofbeat.sweep import api, run, sources

    if place is None or not (place.omop or place.vocabulary or place.database or place.fhir):
        raise UsageError(
            "A cohort for Atlas needs the concepts of a vocabulary",
            why="Codes without their concepts select nobody.",
            remedy="name the records, or their vocabulary alone: --omop cdm/",
        )
    with TemporaryDirectory() as folder:
        if place.vocabulary and not (place.omop or place.database or place.fhir):
            engine = duckdb_engine(Path(folder) / "work.duckdb", memory=place.memory, threads=place.threads)
            source = sources.parquet_source(engine, place.vocabulary)
        else:
            source, _ = api.open_place(place, Path(folder), definition, run.Stages())
        try:
            with faults_told(source.engine):
                return _named(source, resolve(source, definition.wanted).concepts)
        finally:
            source.engine.close()


def _named(source: Source, wanted: set[tuple[int, int]]) -> dict[int, list[dict[str, Any]]]:
    """Concepts by signal, with vocabulary, code and name."""
    found: dict[int, list[dict[str, Any]]] = {}
    table, by_id = source.table("concept"), dict[int, list[int]]()
    for i, number in sorted(wanted):
        by_id.setdefault(i, []).append(number)
    if table is None or not by_id:
        return found
    columns = [c for c in _TOLD if c in table.columns]
    kept = table.filter(table.concept_id.isin(list(by_id))).order_by("concept_id")
    for row in source.engine.fetch(kept.select(*columns)):
        for number in by_id[int(row["concept_id"])]:
            found.setdefault(number, []).append({c.upper(): row[c] for c in columns})
    return found


def _concept_set(
    number: int, name: str, told: dict[int, list[dict[str, Any]]], shown: Iterable[int]
) -> dict[str, Any]:
    """Concepts with all that lies below them already among them, as the sweep has them."""
    concepts = {c["CONCEPT_ID"]: c for n in shown for c in told.get(n, [])}
    no = dict.fromkeys(("includeDescendants", "includeMapped", "isExcluded"), False)
    items = [{"concept": concepts[i], **no} for i in sorted(concepts)]
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
