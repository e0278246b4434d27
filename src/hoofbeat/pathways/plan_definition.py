"""A pathway as a FHIR R4 PlanDefinition: one action a stage, one inside it a step."""

from __future__ import annotations

from typing import Any

from hoofbeat.knowledge import Amount, Source, in_words, load_knowledge
from hoofbeat.pathways import words
from hoofbeat.pathways.condition_model import Condition
from hoofbeat.pathways.model import Branch, Caution, Option, Pathway, PathwayFile, Stage, Step, Visit

CANONICAL = "urn:hoofbeat:pathway"
# Conditions are written in our own words: FHIRPath could not say "not known".
LANGUAGE = "text/x-hoofbeat-condition"
_NOTICE = "Not cleared or certified as a medical device; for research and education."
_URGENT_DAYS, _SOON_DAYS = 7, 31


def to_plan_definition(way: Pathway) -> dict[str, Any]:
    """Return the pathway as a FHIR R4 PlanDefinition resource, ready for JSON.

    Stages are actions with an applicability condition (how they are reached), related to those that come
    before; steps and treatment options are actions within them. Every citation is a relatedArtifact. The
    description of a condition says its facts by their meaning, the expression by what decides them.
    """
    file = way.file
    actions = [_stage(stage, way) for stage in file.stages]
    actions += [_end(end.id, end.name, end.says, way) for end in file.ends]
    plan: dict[str, Any] = {
        "resourceType": "PlanDefinition",
        "id": f"hoofbeat-{way.slug}".replace("_", "-"),
        "url": f"{CANONICAL}:{way.slug}",
        "version": file.version,
        "name": "".join(word.capitalize() for word in way.slug.split("_")) + "Pathway",
        "title": file.name,
        "type": {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/plan-definition-type",
                    "code": "clinical-protocol",
                    "display": "Clinical Protocol",
                }
            ]
        },
        "status": "draft",
        "experimental": True,
        "subjectCodeableConcept": {"text": "Patient"},
        "description": f"{file.about} {_NOTICE}",
        "usage": "A condition that is not known is not met. Every action is a thing to consider.",
        "relatedArtifact": [_artifact(key) for key in _all_sources(way)],
        "action": actions,
    }
    return _without_empty(plan)


def _stage(stage: Stage, way: Pathway) -> dict[str, Any]:
    reached = [(s, b) for s in way.file.stages for b in s.branches if b.to == stage.id]
    inner = [_step(step, stage, way.file) for step in stage.steps]
    if any(step.id == "choose" for step in stage.steps):
        inner += [_option(option, way) for option in way.options]
    return _without_empty(
        {
            "id": _id(stage.id),
            "title": stage.name,
            "description": stage.asks,
            "priority": _priority(stage),
            "reason": [{"text": b.because} for _, b in reached],
            "documentation": _cited(tuple(dict.fromkeys(k for _, b in reached for k in b.sources))),
            "condition": [_applies(reached, stage.id, way.file)],
            "relatedAction": [_related(s.id) for s in _unique(reached)],
            "participant": [_who(stage.who)],
            "groupingBehavior": "logical-group",
            "selectionBehavior": "any",
            "action": inner,
        }
    )


def _unique(reached: list[tuple[Stage, Branch]]) -> list[Stage]:
    return list({stage.id: stage for stage, _ in reached}.values())


def _applies(reached: list[tuple[Stage, Branch]], stage: str, file: PathwayFile) -> dict[str, Any]:
    if not reached:
        said = "the start of the pathway" if stage == file.start else "never"
        return {"kind": "applicability", "expression": _expression(said, said)}
    return _reached([(f"from {s.id}: ", b.when) for s, b in reached], file)


def _reached(ways: list[tuple[str, Condition]], file: PathwayFile) -> dict[str, Any]:
    """One condition for several ways, each with where it starts."""
    meant = " or ".join(start + words.in_words(when, file) for start, when in ways)
    whole = " or ".join(start + words.in_words(when, file, whole=True) for start, when in ways)
    return {"kind": "applicability", "expression": _expression(meant, whole)}


def _condition(kind: str, when: Condition, file: PathwayFile) -> dict[str, Any]:
    meant, whole = words.in_words(when, file), words.in_words(when, file, whole=True)
    return {"kind": kind, "expression": _expression(meant, whole)}


def _expression(meant: str, whole: str) -> dict[str, Any]:
    return {"description": meant, "language": LANGUAGE, "expression": whole}


def _step(step: Step, stage: Stage, file: PathwayFile) -> dict[str, Any]:
    conditions = []
    if step.when:
        conditions.append(_condition("applicability", step.when, file))
    if step.done:
        conditions.append(_condition("stop", step.done, file))
    return _without_empty(
        {
            "id": _id(f"{stage.id}.{step.id}"),
            "title": step.id.replace("_", " "),
            "description": f"Consider {step.consider}",
            "textEquivalent": step.why,
            "documentation": _cited(step.sources),
            "condition": conditions,
            "participant": [_who(step.who)],
            "requiredBehavior": "could",
        }
    )


def _option(option: Option, way: Pathway) -> dict[str, Any]:
    minded = [_minded(c, way.file) for c in (*option.cautions, *option.interactions)]
    said = [way.treatments.order if way.treatments else "", *_effects(option, way), *minded]
    return _without_empty(
        {
            "id": _id(f"option.{option.id}"),
            "title": option.name,
            "description": f"Consider: {option.method}",
            "textEquivalent": " ".join(part for part in said if part),
            "documentation": _cited(_sources_of(option)),
            "condition": [_condition("applicability", option.eligible, way.file)],
            "requiredBehavior": "could",
            "action": [_visit(visit, option) for visit in option.follow_up],
        }
    )


def _effects(option: Option, way: Pathway) -> list[str]:
    """What a treatment does, each with its figures and how well it is known."""
    levels = {level.id: level.name for level in way.treatments.levels} if way.treatments else {}
    found = []
    for effect in option.effects:
        figures = "; ".join(in_words(number) for number in (effect.share, effect.amount) if number)
        shown = f": {figures}" if figures else ""
        found.append(f"{effect.of}: {effect.says.rstrip('.')}{shown} ({levels.get(effect.level, '')}).")
    return found


def _minded(caution: Caution, file: PathwayFile) -> str:
    only_if = f" (if so: {words.in_words(caution.when, file)})" if caution.when else ""
    return f"Mind: {caution.says}{only_if}."


def _sources_of(option: Option) -> tuple[str, ...]:
    effects = [key for effect in option.effects for key in effect.sources]
    minded = [key for c in (*option.cautions, *option.interactions) for key in c.sources]
    return tuple(dict.fromkeys((*option.sources, *effects, *minded)))


def _visit(visit: Visit, option: Option) -> dict[str, Any]:
    sooner = f"; {visit.sooner}" if visit.sooner else ""
    offset = {"low": _days(visit.first.low), "high": _days(visit.first.high)}
    after = {
        "actionId": _id(f"option.{option.id}"),
        "relationship": "after-start",
        "offsetRange": offset,
    }
    return _without_empty(
        {
            "id": _id(f"option.{option.id}.{visit.id}"),
            "title": visit.look,
            "description": f"Consider {visit.look}; {visit.change_means}{sooner}",
            "documentation": _cited(visit.sources),
            "relatedAction": [after],
            "timingTiming": _repeat(visit.every, visit.until),
        }
    )


def _repeat(every: Amount | None, until: Amount | None) -> dict[str, Any]:
    """How often a visit comes again, and for how long."""
    if every is None:
        return {}
    repeat: dict[str, Any] = {"frequency": 1, "period": every.low, "periodUnit": "d"}
    if every.high > every.low:
        repeat["periodMax"] = every.high
    if until is not None:
        repeat["boundsDuration"] = _days(until.high)
    return {"repeat": repeat}


def _end(identifier: str, name: str, says: str, way: Pathway) -> dict[str, Any]:
    end = way.file.end(identifier)
    reached = [(s, b) for s in way.file.stages for b in s.branches if b.to == identifier]
    ways = [(f"from {s.id}: ", b.when) for s, b in reached]
    ways += [("at any stage: ", stop.when) for stop in way.file.stops if stop.to == identifier]
    return _without_empty(
        {
            "id": _id(identifier),
            "title": name,
            "description": says,
            "documentation": _cited(end.sources if end else ()),
            "condition": [_reached(ways, way.file)],
            "relatedAction": [_related(s.id) for s in _unique(reached)],
            "definitionCanonical": f"{CANONICAL}:{end.disease}" if end and end.disease else "",
        }
    )


def _days(days: float) -> dict[str, Any]:
    return {"value": days, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}


def _related(identifier: str) -> dict[str, Any]:
    return {"actionId": _id(identifier), "relationship": "after"}


def _id(name: str) -> str:
    """An id as FHIR allows it: no underscores, 64 characters at most."""
    return name.replace("_", "-")[:64]


def _who(words: str) -> dict[str, Any]:
    kind = "patient" if words == "the patient" else "practitioner"
    return {"type": kind, "role": {"text": words}}


def _priority(stage: Stage) -> str:
    if stage.urgency.high <= _URGENT_DAYS:
        return "asap"
    return "urgent" if stage.urgency.high <= _SOON_DAYS else "routine"


def _cited(keys: tuple[str, ...]) -> list[dict[str, Any]]:
    return [_artifact(key) for key in keys]


def _artifact(key: str) -> dict[str, Any]:
    source = load_knowledge().sources.get(key)
    if source is None:
        return {"type": "citation", "label": key, "citation": key}
    found = {"type": "citation", "label": key, "citation": source.citation, "url": _url(source)}
    return {name: value for name, value in found.items() if value}


def _url(source: Source) -> str:
    if source.doi:
        return f"https://doi.org/{source.doi}"
    return source.url or (f"https://pubmed.ncbi.nlm.nih.gov/{source.pmid}/" if source.pmid else "")


def _all_sources(way: Pathway) -> list[str]:
    found: list[str] = []
    for stage in way.file.stages:
        found += [key for b in stage.branches for key in b.sources]
        found += [key for step in stage.steps for key in step.sources]
    found += [key for end in way.file.ends for key in end.sources]
    found += [key for option in way.options for key in _sources_of(option)]
    found += [key for option in way.options for visit in option.follow_up for key in visit.sources]
    return sorted(dict.fromkeys(found))


def _without_empty(value: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty: FHIR forbids empty strings and lists."""
    return {key: item for key, item in value.items() if item not in ("", [], {}, None)}
