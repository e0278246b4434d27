"""A case walked along a pathway: branch by branch, as far as what is known carries it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

from hoofbeat.cases import Case
from hoofbeat.pathways.conditions import decide
from hoofbeat.pathways.contradictions import contradictions
from hoofbeat.pathways.facts import CaseFacts
from hoofbeat.pathways.follow_up import schedule
from hoofbeat.pathways.load import load_pathway
from hoofbeat.pathways.model import Pathway, PathwayFile, Stage
from hoofbeat.pathways.result import (
    CauseView,
    IssueView,
    LabelView,
    OptionView,
    PathwayResult,
    Place,
    StageView,
    StepView,
    Turn,
)
from hoofbeat.pathways.views import cause_views, label_view, option_views, span, step_view

_OPEN = ("open", "only if", "advice")


def pathway(
    case: Case,
    disease: str = "glucagonoma",
    *,
    given: Mapping[str, str | float] | None = None,
    visit: date | None = None,
) -> PathwayResult:
    """Where a case is on the pathway of a disease, what is done, what is missing, and what comes next.

    disease: a slug with a pathway ("glucagonoma", "pseudoglucagonoma"). given: facts that a case file has no
    field for, by the names the pathway declares: {"probability": 0.2, "spread": "metastatic"}. visit: the
    day of the visit; without it the last date in the case.
    Faulty parts of the case are not used and come back as contradictions, each with a remedy.
    Raises UnknownTerm for a disease without a pathway, UsageError for a fact it does not know.
    """
    return walk(case, load_pathway(disease), given=given, visit=visit)


def walk(
    case: Case,
    way: Pathway,
    *,
    given: Mapping[str, str | float] | None = None,
    visit: date | None = None,
) -> PathwayResult:
    """Return the same for a pathway already loaded."""
    facts = CaseFacts(case, way, given, visit)
    turns, here, again = _turns(facts)
    ended_early = any(
        turn.to == stop.to and turn.because == stop.says for turn in turns for stop in way.file.stops
    )
    visited = [] if ended_early else [turn.start for turn in turns]
    steps = {s.id: tuple(step_view(step, s, facts) for step in s.steps) for s in way.file.stages}
    stage = way.file.stage(here)
    causes, label = _causes(facts, stage, given, visit)
    chance = facts.given.get("probability")
    return PathwayResult(
        case=case.id,
        disease=way.slug,
        pathway=way.file.name,
        version=way.file.version,
        here=_place(facts, here, again=again),
        way=tuple(turns),
        stages=tuple(_stages(way.file, here, visited, steps)),
        next=_wanted(steps[here]) if stage else (),
        beside=_beside(steps, stage) if stage else (),
        gaps=tuple(s for v in dict.fromkeys(visited) if v != here for s in _gaps(facts, v, steps[v])),
        contradictions=tuple(IssueView(**issue.as_json()) for issue in contradictions(case, facts)),
        options=_weighed(facts, [*visited, here]) if stage else (),
        options_order=way.treatments.order if way.treatments else "",
        schedule=schedule(facts) if stage else (),
        causes=causes,
        label=label,
        timeline=facts.timeline,
        chance=float(chance) if chance is not None else None,
    )


def _turns(facts: CaseFacts) -> tuple[list[Turn], str, bool]:
    """The branches taken from the start; where they end; whether that is a stage come to a second time."""
    file = facts.pathway.file
    for stop in file.stops:
        verdict = decide(stop.when, facts)
        if verdict.holds:
            turn = Turn(
                start=file.start,
                to=stop.to,
                because=stop.says,
                shown_by=verdict.because,
                sources=stop.sources,
                judged=stop.judged,
            )
            return [turn], stop.to, False
    turns: list[Turn] = []
    here, visited = file.start, {file.start}
    while (stage := file.stage(here)) is not None:
        taken = _branch(stage, facts)
        if taken is None:
            return turns, here, False
        turns.append(taken)
        _note_done(stage, facts)
        here = taken.to
        if here in visited:
            return turns, here, True
        visited.add(here)
    return turns, here, False


def _branch(stage: Stage, facts: CaseFacts) -> Turn | None:
    """The first branch whose condition is known to hold."""
    for branch in stage.branches:
        verdict = decide(branch.when, facts)
        if verdict.holds:
            return Turn(
                start=stage.id,
                to=branch.to,
                because=branch.because,
                shown_by=verdict.because,
                rule=branch.rule,
                sources=branch.sources,
                judged=branch.judged,
            )
    return None


def _note_done(stage: Stage, facts: CaseFacts) -> None:
    states = [step_view(step, stage, facts).state for step in stage.steps]
    if not any(state == "open" for state in states):
        facts.done_stages.add(stage.id)


def _place(facts: CaseFacts, here: str, *, again: bool) -> Place:
    file = facts.pathway.file
    end = file.end(here)
    if end is not None:
        return Place(id=end.id, name=end.name, kind="end", says=end.says, onward=end.disease)
    stage = file.stage(here)
    if stage is None:
        raise AssertionError(here)  # the check refuses a branch to nowhere
    missing = [m for b in stage.branches for m in decide(b.when, facts).missing]
    return Place(
        id=stage.id,
        name=stage.name,
        kind="stage",
        says=stage.asks,
        who=stage.who,
        within=span(stage.urgency),
        by=_by(stage, facts),
        missing=tuple(dict.fromkeys(missing)),
        again=again,
    )


def _by(stage: Stage, facts: CaseFacts) -> str | None:
    """The last day: counted from a dated return where there is one, else from the visit."""
    dates = [r.date for r in facts.timeline.recurrences if r.date] if stage.counted_from == "return" else []
    start = max(dates) if dates else facts.timeline.visit
    if start is None:
        return None
    return (date.fromisoformat(start) + timedelta(days=stage.urgency.high)).isoformat()


def _beside(steps: Mapping[str, tuple[StepView, ...]], stage: Stage) -> tuple[StepView, ...]:
    """Open steps of the stages worth doing at the same visit; those that may never apply can wait."""
    return tuple(s for other in stage.together for s in _wanted(steps[other]) if s.state != "only if")


def _weighed(facts: CaseFacts, passed: list[str]) -> tuple[OptionView, ...]:
    """All treatments once the pathway weighs them; before that, those that apply or were given."""
    stages = [s for s in map(facts.pathway.file.stage, passed) if s]
    views = option_views(facts)
    if any(stage.weighs_treatment for stage in stages):
        return views
    return tuple(view for view in views if view.state in ("given", "applies"))


def _gaps(facts: CaseFacts, name: str, steps: tuple[StepView, ...]) -> list[StepView]:
    """Steps that are not on record; advice only where the case itself gives the reason for it."""
    stage = facts.pathway.file.stage(name)
    reasoned = {step.id for step in stage.steps if step.when} if stage else set()
    return [s for s in steps if s.state == "open" or (s.state == "advice" and s.id in reasoned)]


def _wanted(steps: tuple[StepView, ...]) -> tuple[StepView, ...]:
    return tuple(step for step in steps if step.state in _OPEN)


def _stages(
    file: PathwayFile, here: str, visited: list[str], steps: Mapping[str, tuple[StepView, ...]]
) -> list[StageView]:
    ahead = _reachable(file, here)
    found = []
    for stage in file.stages:
        state = "off the way"
        if stage.id == here:
            state = "here"
        elif stage.id in visited:
            gaps = any(step.state == "open" for step in steps[stage.id])
            state = "passed with gaps" if gaps else "passed"
        elif stage.id in ahead:
            state = "ahead"
        found.append(
            StageView(
                id=stage.id,
                name=stage.name,
                asks=stage.asks,
                who=stage.who,
                state=state,
                steps=steps[stage.id],
            )
        )
    return found


def _reachable(file: PathwayFile, here: str) -> set[str]:
    found: set[str] = set()
    waiting = [here]
    while waiting:
        stage = file.stage(waiting.pop())
        for branch in stage.branches if stage else ():
            if branch.to not in found:
                found.add(branch.to)
                waiting.append(branch.to)
    return found


def _causes(
    facts: CaseFacts, stage: Stage | None, given: Mapping[str, str | float] | None, visit: date | None
) -> tuple[tuple[CauseView, ...], LabelView | None]:
    """The causes and the label of this pathway, or of the one that is walked beside this stage."""
    if facts.pathway.file.causes:
        return cause_views(facts), label_view(facts)
    stages = [s for s in map(facts.pathway.file.stage, (stage.id, *stage.together)) if s] if stage else []
    other = next((s.also for s in stages if s.also), "")
    if not other:
        return (), None
    beside = load_pathway(other)
    told = {name: value for name, value in (given or {}).items() if name in beside.file.told}
    there = CaseFacts(facts.case, beside, told, visit)
    # beside a search that is still open the label is not yet a question
    return cause_views(there), label_view(there) if stage and stage.also else None
