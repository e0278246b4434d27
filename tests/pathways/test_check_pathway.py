"""The check of pathways: what it must accept and what it must refuse."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from hoofbeat.errors import KnowledgeError
from hoofbeat.knowledge import load_knowledge
from hoofbeat.pathways import check_pathways, load_pathway, pathway_slugs
from hoofbeat.pathways.check_pathway import pathway_issues
from hoofbeat.pathways.load import SHIPPED, read_pathway

Change = Callable[[dict[str, Any]], object]


def test_the_shipped_pathways_are_in_order() -> None:
    report = check_pathways()
    assert "\n".join(map(str, report.issues)) == ""
    assert report.passed
    assert (report.pathways, report.as_json()["issues"]) == (2, [])


def test_the_shipped_pathways_cite_counted_and_reported_numbers_too() -> None:
    assert min(check_pathways().numbers.values()) > 0


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return shutil.copytree(SHIPPED / "diseases" / "glucagonoma", tmp_path / "diseases" / "glucagonoma")


def read(path: Path) -> Any:
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)


def faults(folder: Path, change: Change, name: str = "pathway.yaml") -> set[str]:
    """The categories of fault after a change of a file of a shipped pathway."""
    content = read(folder / name)
    change(content)
    (folder / name).write_text(yaml.dump(content, Dumper=yaml.CSafeDumper), encoding="utf-8")
    way, issues = read_pathway(folder)
    if way is not None:
        issues = pathway_issues(way, load_knowledge())
    return {issue.category for issue in issues if issue.level == "error"}


def stage(content: dict[str, Any], name: str) -> dict[str, Any]:
    return next(s for s in content["stages"] if s["id"] == name)


def test_an_unchanged_copy_is_in_order(folder: Path) -> None:
    assert faults(folder, lambda content: content) == set()


def _alone(content: dict[str, Any]) -> None:
    for each in content["stages"]:
        for branch in each["branches"]:
            if branch["to"] == "recurrence":
                branch["to"] = "suspect"


def _closed(content: dict[str, Any]) -> None:
    for each in content["stages"]:
        for branch in each["branches"]:
            if branch["to"] not in {s["id"] for s in content["stages"]}:
                branch["to"] = "suspect"


WRONG: dict[str, tuple[str, Change]] = {
    "a stage nobody reaches": ("unreachable", _alone),
    "stages without a way out": ("no-exit", _closed),
    "a branch to nowhere": ("branch-to-nowhere", lambda c: stage(c, "biopsy")["branches"][0].update(to="x")),
    "a start that is no stage": ("branch-to-nowhere", lambda c: c.update(start="x")),
    "a branch said twice": (
        "dead-branch",
        lambda c: stage(c, "blood")["branches"].append(dict(stage(c, "blood")["branches"][0], to="stage")),
    ),
    "an unknown fact": (
        "unknown-fact",
        lambda c: stage(c, "blood")["branches"][0].update(when={"fact": "wealth"}),
    ),
    "an unknown threshold": (
        "unknown-fact",
        lambda c: c["facts"]["anaemia"].update(when={"value": {"test": "zinc", "below": "enough"}}),
    ),
    "an unknown treatment": (
        "unknown-fact",
        lambda c: c["facts"]["anaemia"].update(when={"treated": "leeches"}),
    ),
    "a word that is never told": (
        "unknown-fact",
        lambda c: c["facts"]["anaemia"].update(when={"given": {"name": "spread", "is": "far"}}),
    ),
    "an unknown course": (
        "unknown-fact",
        lambda c: c["facts"]["anaemia"].update(when={"course": "up_and_down"}),
    ),
    "an unknown stage done": ("unknown-fact", lambda c: c["facts"]["anaemia"].update(when={"done": "x"})),
    "an unknown term": (
        "unknown-term",
        lambda c: c["facts"]["anaemia"].update(when={"present": ["HP:9999999"]}),
    ),
    "an unknown test": ("unknown-test", lambda c: c["facts"]["anaemia"].update(when={"measured": "luck"})),
    "a fact decided by itself": (
        "circular-fact",
        lambda c: c["facts"]["anaemia"].update(when={"not": {"fact": "company"}}),
    ),
    "a step without a source": (
        "uncited",
        lambda c: stage(c, "blood")["steps"][0].update(sources=[], judged="we like it"),
    ),
    "a branch without a source": (
        "uncited",
        lambda c: stage(c, "blood")["branches"][0].pop("sources"),
    ),
    "a source without a file": (
        "no-source",
        lambda c: stage(c, "blood")["steps"][0].update(sources=["hearsay_1999"]),
    ),
    "a step twice": (
        "twice",
        lambda c: stage(c, "blood")["steps"].append(stage(c, "blood")["steps"][0]),
    ),
    "a bare number": (
        "pathway-value-error",
        lambda c: c["thresholds"].update(enough={"unit": "pg/mL"}),
    ),
    "an unknown word": ("pathway-extra-forbidden", lambda c: c.update(motto="festina lente")),
    "a condition that says two things": (
        "pathway-value-error",
        lambda c: c["facts"]["anaemia"].update(when={"fact": "rash", "measured": "zinc"}),
    ),
    "another folder's disease": ("wrong-disease", lambda c: c.update(disease="eczema")),
}


@pytest.mark.parametrize("name", WRONG)
def test_it_refuses(name: str, folder: Path) -> None:
    category, change = WRONG[name]
    assert category in faults(folder, change)


@pytest.mark.parametrize(
    ("category", "change"),
    [
        ("unknown-level", lambda c: c["options"][0]["effects"][0].update(level="certain")),
        ("unknown-option", lambda c: c["course"].update(resection="prayer")),
        ("twice", lambda c: c["options"].append(c["options"][0])),
        ("uncited", lambda c: c["options"][0].pop("sources")),
        ("unknown-fact", lambda c: c["options"][0].update(eligible={"fact": "luck"})),
    ],
)
def test_it_refuses_treatments_with_a_fault(category: str, change: Change, folder: Path) -> None:
    assert category in faults(folder, change, "treatments.yaml")


def test_every_cause_of_the_model_must_be_walked(tmp_path: Path) -> None:
    place = tmp_path / "diseases" / "pseudoglucagonoma"
    shutil.copytree(SHIPPED / "diseases" / "pseudoglucagonoma", place)
    assert "cause-not-walked" in faults(place, lambda c: c["causes"].pop())


def test_what_is_declared_and_never_asked_is_warned_of(folder: Path) -> None:
    path = folder / "pathway.yaml"
    content = read(path)
    content["told"]["shoe_size"] = {"means": "size of the shoes", "unit": "EU"}
    path.write_text(yaml.dump(content, Dumper=yaml.CSafeDumper), encoding="utf-8")
    way, _ = read_pathway(folder)
    assert way is not None
    assert [i.category for i in pathway_issues(way, load_knowledge())] == ["unused"]


def test_an_added_folder_wins_and_a_broken_one_is_said(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOFBEAT_MODELS", str(folder.parents[1]))
    path = folder / "pathway.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("2026.1", "mine"), encoding="utf-8")
    assert load_pathway("glucagonoma").file.version == "mine"
    assert "glucagonoma" in pathway_slugs()
    other = folder.parent / "tinea"
    other.mkdir()
    (other / "pathway.yaml").write_text("disease: [", encoding="utf-8")
    with pytest.raises(KnowledgeError) as fault:
        load_pathway("tinea")
    assert fault.value.remedy


def test_a_visit_may_name_only_declared_work(folder: Path) -> None:
    def break_it(content: dict[str, Any]) -> None:
        content["options"][0]["follow_up"][0]["procedures"] = ["x_ray"]

    assert "unknown-fact" in faults(folder, break_it, "treatments.yaml")


@pytest.mark.parametrize(
    "when",
    [
        {"again": {"test": "no such test", "is": "raised"}},
        {"precedes": {"procedure": "x_ray", "of": ["HP:0000988"]}},
        {"response": {"to": "x_ray", "is": ["none"]}},
    ],
)
def test_new_words_of_conditions_name_only_what_is_declared(folder: Path, when: dict[str, Any]) -> None:
    def break_it(content: dict[str, Any]) -> None:
        content["facts"]["long_unhelped"]["when"] = when

    assert faults(folder, break_it) & {"unknown-fact", "unknown-test"}


def test_work_needs_words(folder: Path) -> None:
    def break_it(content: dict[str, Any]) -> None:
        del content["procedures"]["eus"]["words"]

    assert faults(folder, break_it)
