"""The pathway in other formats: a FHIR R4 PlanDefinition by its own rules, and Mermaid."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from hoofbeat.cases import read_case
from hoofbeat.pathways import load_pathway, pathway, to_mermaid, to_plan_definition

SLUGS = ("glucagonoma", "pseudoglucagonoma")
# The elements of PlanDefinition and PlanDefinition.action in FHIR R4 (4.0.1), those that we may use.
TOP = {
    "resourceType", "id", "url", "version", "name", "title", "type", "status", "experimental",
    "subjectCodeableConcept", "description", "usage", "relatedArtifact", "action",
}  # fmt: skip
ACTION = {
    "id", "title", "description", "textEquivalent", "priority", "reason", "documentation", "condition",
    "relatedAction", "participant", "groupingBehavior", "selectionBehavior", "requiredBehavior",
    "definitionCanonical", "action", "timingTiming",
}  # fmt: skip
CODES = {
    "status": {"draft", "active", "retired", "unknown"},
    "priority": {"routine", "urgent", "asap", "stat"},
    "kind": {"applicability", "start", "stop"},
    "relationship": {
        "before-start", "before", "before-end", "concurrent-with-start", "concurrent",
        "concurrent-with-end", "after-start", "after", "after-end",
    },
    "groupingBehavior": {"visual-group", "logical-group", "sentence-group"},
    "selectionBehavior": {"any", "all", "all-or-none", "exactly-one", "at-most-one", "one-or-more"},
    "requiredBehavior": {"must", "could", "must-unless-documented"},
}  # fmt: skip
FHIR_ID = re.compile(r"[A-Za-z0-9\-.]{1,64}")


def actions(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    for action in plan.get("action", []):
        yield action
        yield from actions(action)


def everything(value: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield key, item
            yield from everything(item)
    elif isinstance(value, list):
        for item in value:
            yield from everything(item)


@pytest.fixture(params=SLUGS)
def plan(request: pytest.FixtureRequest) -> dict[str, Any]:
    return to_plan_definition(load_pathway(request.param))


def test_a_plan_has_only_elements_of_the_resource(plan: dict[str, Any]) -> None:
    assert set(plan) <= TOP
    assert plan["resourceType"] == "PlanDefinition"
    for action in actions(plan):
        assert set(action) <= ACTION, action["id"]


def test_codes_come_from_their_value_sets(plan: dict[str, Any]) -> None:
    for key, value in everything(plan):
        if key in CODES:
            assert value in CODES[key], key
        if key == "participant":
            assert {p["type"] for p in value} <= {"patient", "practitioner", "related-person", "device"}


def test_ids_are_valid_and_no_relation_leads_nowhere(plan: dict[str, Any]) -> None:
    ids = [action["id"] for action in actions(plan)]
    assert len(ids) == len(set(ids))
    assert all(FHIR_ID.fullmatch(i) for i in [*ids, plan["id"]])
    related = [v for k, v in everything(plan) if k == "actionId"]
    assert related
    assert set(related) <= set(ids)


def test_the_name_is_one_a_computer_can_use(plan: dict[str, Any]) -> None:
    assert re.fullmatch(r"[A-Z]([A-Za-z0-9_]){0,254}", plan["name"])


def test_nothing_is_empty_and_all_is_json(plan: dict[str, Any]) -> None:
    empty = [key for key, value in everything(plan) if value in ("", [], {}, None)]
    assert empty == []
    assert json.loads(json.dumps(plan, allow_nan=False)) == plan


def test_expressions_and_citations_are_complete(plan: dict[str, Any]) -> None:
    for key, value in everything(plan):
        if key == "expression" and isinstance(value, dict):
            assert value["language"]
            assert value["expression"]
        if key in {"documentation", "relatedArtifact"}:
            assert all(item["type"] == "citation" and item["citation"] for item in value)


def test_every_stage_and_step_is_an_action() -> None:
    way = load_pathway("glucagonoma")
    ids = {action["id"] for action in actions(to_plan_definition(way))}
    for stage in way.file.stages:
        assert stage.id.replace("_", "-") in ids
        for step in stage.steps:
            assert f"{stage.id}.{step.id}".replace("_", "-") in ids
    assert {f"option.{o.id}".replace("_", "-") for o in way.options} <= ids


def test_what_is_to_be_considered_is_never_ordered(plan: dict[str, Any]) -> None:
    asked = {action.get("requiredBehavior", "could") for action in actions(plan)}
    assert asked == {"could"}


@pytest.mark.parametrize("slug", SLUGS)
def test_mermaid_draws_every_stage_end_and_branch(slug: str) -> None:
    way = load_pathway(slug)
    drawn = to_mermaid(way)
    assert drawn.startswith("flowchart TD\n")
    for stage in way.file.stages:
        assert f'  {stage.id}["' in drawn
    assert drawn.count("-->|") == sum(len(s.branches) for s in way.file.stages)
    assert drawn.count("-.->|") == len(way.file.stops)


@pytest.mark.parametrize("slug", SLUGS)
def test_labels_cannot_break_the_diagram(slug: str) -> None:
    for line in to_mermaid(load_pathway(slug)).splitlines()[1:]:
        for label in re.findall(r'"([^"]*)"', line):
            assert not re.search(r"[<>{}|\[\]]", label.replace("<br/>", ""))
        assert line.count('"') in (0, 2)


def test_mermaid_marks_the_way_of_a_case() -> None:
    case = read_case({"findings": ["necrolytic migratory erythema"]})
    walked = pathway(case)
    drawn = to_mermaid(load_pathway(), walked)
    assert "class blood here" in drawn
    assert "the case is here" in drawn
    assert drawn.count("==>|") == len(walked.way)
    assert "==>" not in to_mermaid(load_pathway())


def action(identifier: str) -> dict[str, Any]:
    found = to_plan_definition(load_pathway("glucagonoma"))
    return next(a for a in actions(found) if a["id"] == identifier)


def test_a_condition_says_its_facts_by_meaning_and_by_what_decides_them() -> None:
    (applies, _) = (c["expression"] for c in action("blood.confounder")["condition"])
    assert "something else that raises glucagon" in applies["description"]
    assert "glucagon below 2.5 x upper limit" in applies["description"]
    assert "Cirrhosis" in applies["expression"]


def test_no_name_of_a_fact_or_threshold_stands_for_itself(plan: dict[str, Any]) -> None:
    slug = plan["url"].rpartition(":")[2]
    file = load_pathway(slug).file
    coined = {name.replace("_", " ") for name in (*file.facts, *file.thresholds) if name.count("_") > 1}
    said = " ".join(c["expression"]["expression"] for a in actions(plan) for c in a.get("condition", []))
    assert not {name for name in coined if name in said}


def test_an_option_carries_cautions_evidence_and_how_often_it_is_followed() -> None:
    option = action("option.resection")
    assert "Mind: prevention of thrombosis around surgery" in option["textEquivalent"]
    assert "(single published patients with this tumour)" in option["textEquivalent"]
    repeat = action("option.resection.imaging")["timingTiming"]["repeat"]
    assert (repeat["period"], repeat["periodMax"], repeat["periodUnit"]) == (365.0, 730.0, "d")
    assert repeat["boundsDuration"]["value"] == 3650.0
