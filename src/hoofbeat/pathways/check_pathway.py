"""Whether the pathways are in order: every stage reached and left, every fact known, every step cited."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel

from hoofbeat.errors import Issue
from hoofbeat.knowledge import Evidence, Knowledge, load_knowledge, shown
from hoofbeat.pathways.check_conditions import condition_issues, unused_issues
from hoofbeat.pathways.load import PATHWAY, TREATMENTS, pathway_folders, read_pathway
from hoofbeat.pathways.model import Pathway, PathwayFile

Places = Sequence[tuple[str, BaseModel]]


@dataclass(frozen=True)
class PathwayReport:
    """What a check of the pathways found.

    numbers: how many of each kind (counted, reported, assumption). cited: keys of the sources that the
    pathways lean on.
    """

    issues: tuple[Issue, ...]
    pathways: int
    stages: int
    branches: int
    steps: int
    options: int
    numbers: dict[str, int]
    cited: frozenset[str]

    @property
    def passed(self) -> bool:
        """True if there is no error; warnings pass."""
        return not any(issue.level == "error" for issue in self.issues)

    def as_json(self) -> dict[str, object]:
        """Return the report as plain fields."""
        return {
            "passed": self.passed,
            "pathways": self.pathways,
            "stages": self.stages,
            "branches": self.branches,
            "steps": self.steps,
            "options": self.options,
            "numbers": self.numbers,
            "issues": [issue.as_json() for issue in self.issues],
        }


def check_pathways(folders: Sequence[Path] = (), knowledge: Knowledge | None = None) -> PathwayReport:
    """Return every fault of the pathways shipped and added: structure, conditions, citations.

    No stage out of reach, no branch to nowhere, no stage from which no way out can be reached, no condition
    that names what is not declared, no step without a source. folders: as for hoofbeat.knowledge.
    knowledge: the models whose sources and causes are meant; loaded when not given.
    """
    known = knowledge or load_knowledge(tuple(folders))
    issues: list[Issue] = []
    ways: list[Pathway] = []
    for folder in dict.fromkeys(pathway_folders(folders)):
        way, faults = read_pathway(folder)
        issues += faults
        if way:
            ways.append(way)
            issues += pathway_issues(way, known, where=shown(folder))
    parts = [part for way in ways for _, part in _within(way)]
    kinds = Counter(part.kind for part in parts if isinstance(part, Evidence))
    return PathwayReport(
        issues=tuple(sorted(issues, key=lambda issue: issue.level != "error")),
        pathways=len(ways),
        stages=sum(len(way.file.stages) for way in ways),
        branches=sum(len(s.branches) for way in ways for s in way.file.stages),
        steps=sum(len(s.steps) for way in ways for s in way.file.stages),
        options=sum(len(way.options) for way in ways),
        numbers={kind: kinds[kind] for kind in ("counted", "reported", "assumption")},
        cited=frozenset(key for part in parts for key in _sources(part)),
    )


def pathway_issues(way: Pathway, knowledge: Knowledge, *, where: str = "") -> list[Issue]:
    """Return the faults of one pathway."""
    file = f"{where or way.slug}/{PATHWAY}"
    places = [(place, part) for place, part in _within(way)]
    return [
        *_structure(way.file, file),
        *condition_issues(way, places, file),
        *unused_issues(way, places, file),
        *_citations(places, knowledge, where or way.slug),
        *_twice(way, file),
        *_options(way, f"{where or way.slug}/{TREATMENTS}"),
        *_follow_up(way, f"{where or way.slug}/{TREATMENTS}"),
        *_causes(way, knowledge, file),
    ]


def _structure(file: PathwayFile, where: str) -> Iterator[Issue]:
    stages, ends = {s.id for s in file.stages}, {e.id for e in file.ends}
    targets = [(f"stage {s.id}", b.to) for s in file.stages for b in s.branches]
    targets += [("stops", stop.to) for stop in file.stops] + [("start", file.start)]
    for place, to in targets:
        if to not in stages | ends:
            yield _fault("branch-to-nowhere", f"{place} leads to {to!r}, no stage and no end", where)
    for stage in file.stages:
        for name in set(stage.together) - stages:
            yield _fault("unknown-stage", f"stage {stage.id} is together with {name!r}", where)
    yield from _reach(file, where)


def _reach(file: PathwayFile, where: str) -> Iterator[Issue]:
    """Stages out of reach, stages without a way out, branches that an earlier one hides."""
    stages, ends = {s.id for s in file.stages}, {e.id for e in file.ends}
    leads = {s.id: {b.to for b in s.branches} for s in file.stages}
    reached = _closure({file.start}, leads) | {stop.to for stop in file.stops}
    for name in sorted((stages | ends) - reached):
        yield _fault("unreachable", f"{name!r} cannot be reached from {file.start!r}", where)
    for stage in file.stages:
        if not _closure({stage.id}, leads) & ends:
            yield _fault("no-exit", f"from stage {stage.id!r} no way out can be reached", where)
        for earlier, branch in enumerate(stage.branches):
            if branch.when in [b.when for b in stage.branches[:earlier]]:
                message = f"stage {stage.id}: the branch to {branch.to} repeats an earlier condition"
                yield _fault("dead-branch", message, where)


def _closure(start: set[str], leads: dict[str, set[str]]) -> set[str]:
    found, waiting = set(start), list(start)
    while waiting:
        for name in leads.get(waiting.pop(), set()) - found:
            found.add(name)
            waiting.append(name)
    return found


def _citations(places: Places, knowledge: Knowledge, where: str) -> Iterator[Issue]:
    for place, part in places:
        named = tuple(_sources(part))
        for key in named:
            if key not in knowledge.sources:
                message = f"{place}: source {key} has no file"
                yield Issue("error", "no-source", message, f"write sources/{key}.yaml", where)
        if _must_cite(part) and not named and not _evidence_within(part) and not getattr(part, "judged", ""):
            message = f"{place} says nothing of where it comes from"
            yield Issue("error", "uncited", message, "add sources:, or judged: with the reason", where)
        if type(part).__name__ == "Step" and not named:
            yield Issue("error", "uncited", f"{place} cites no source", "add the nearest source", where)


def _must_cite(part: BaseModel) -> bool:
    return "sources" in type(part).model_fields and not isinstance(part, Evidence)


def _evidence_within(part: BaseModel) -> bool:
    values = (getattr(part, name) for name in type(part).model_fields)
    judged = getattr(part, "level", "") in {"judged", "never_counted"}
    return judged or any(isinstance(value, Evidence) for value in values)


def _sources(part: BaseModel) -> Iterator[str]:
    for name in ("source", "sources"):
        if name in type(part).model_fields:
            named = getattr(part, name)
            yield from (named,) if name == "source" else named


def _twice(way: Pathway, where: str) -> Iterator[Issue]:
    file = way.file
    groups: list[tuple[str, Iterable[str]]] = [
        ("stage or end", [*(s.id for s in file.stages), *(e.id for e in file.ends)]),
        *((f"step of {s.id}", [step.id for step in s.steps]) for s in file.stages),
        ("option", [o.id for o in way.options]),
        *((f"follow-up of {o.id}", [v.id for v in o.follow_up]) for o in way.options),
        ("cause", [c.id for c in file.causes]),
    ]
    for what, names in groups:
        for name, count in Counter(names).items():
            if count > 1:
                yield _fault("twice", f"{what} {name!r} is there {count} times", where)


def _options(way: Pathway, where: str) -> Iterator[Issue]:
    if way.treatments is None:
        return
    levels = {level.id for level in way.treatments.levels}
    ids = {option.id for option in way.options}
    for option in way.options:
        for effect in option.effects:
            if effect.level not in levels:
                yield _fault("unknown-level", f"option {option.id}: no level {effect.level!r}", where)
        if not any(effect.of == "rash" for effect in option.effects) and option.kind != "support":
            message = f"option {option.id} does not say what it does to the rash, not even that nobody knows"
            yield Issue("warning", "effect-not-said", message, "add an effect of: rash", where)
        words = [word.casefold() for word in option.words]
        if len(words) != len(set(words)):
            yield _fault("twice", f"option {option.id} repeats a word", where)
    rules = way.treatments.course
    for name in (rules.resection, *rules.tumour_directed):
        if name not in ids:
            yield _fault("unknown-option", f"course names the option {name!r}", where)


def _follow_up(way: Pathway, where: str) -> Iterator[Issue]:
    """Procedures that a follow-up names and the pathway does not declare."""
    for option in way.options:
        for name in {n for visit in option.follow_up for n in visit.procedures}:
            if name not in way.file.procedures:
                yield _fault("unknown-fact", f"option {option.id}: there is no procedure {name!r}", where)


def _causes(way: Pathway, knowledge: Knowledge, where: str) -> Iterator[Issue]:
    disease = knowledge.diseases.get(way.slug)
    if way.file.disease != way.slug:
        yield _fault("wrong-disease", f"disease: {way.file.disease} is not the folder's name", where)
    if disease is None:
        yield _fault("unknown-disease", f"there is no disease model {way.slug!r}", where)
        return
    known = {cause.id: cause for cause in disease.about.causes}
    walked = {path.id for path in way.file.causes}
    for name in sorted(walked - set(known)):
        yield _fault("unknown-cause", f"disease.yaml has no cause {name!r}", where)
    if walked:
        for name in sorted(set(known) - walked):
            if known[name].finding:
                yield _fault("cause-not-walked", f"cause {name!r} of disease.yaml is not walked", where)
    stages = {s.also for s in way.file.stages if s.also} | {e.disease for e in way.file.ends if e.disease}
    for name in sorted(stages - set(knowledge.diseases)):
        yield _fault("unknown-disease", f"there is no disease model {name!r} to go on with", where)


def _fault(category: str, message: str, where: str) -> Issue:
    return Issue("error", category, message, "correct the pathway, or add what it names", where)


def _within(part: BaseModel, path: str = "") -> Iterator[tuple[str, BaseModel]]:
    """Each piece of a pathway with the place it stands."""
    yield path or "pathway", part
    for name in type(part).model_fields:
        value = getattr(part, name)
        inner = f"{path}.{name}" if path else name
        yield from _items(value, inner)


def _items(value: object, path: str) -> Iterator[tuple[str, BaseModel]]:
    if isinstance(value, BaseModel):
        yield from _within(value, path)
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _items(item, f"{path}.{key}")
    elif isinstance(value, Collection) and not isinstance(value, str):
        for number, item in enumerate(value):
            identifier = getattr(item, "id", number)
            yield from _items(item, f"{path}[{identifier}]")
