"""What to do next, the pathway and the timeline, as the page draws them."""

from __future__ import annotations

from typing import Any, cast

from hoofbeat.apps.web.questions import with_chance
from hoofbeat.apps.web.sheet import Sheet
from hoofbeat.apps.web.words import in_100
from hoofbeat.cases import Case
from hoofbeat.diagnosis import NextSteps, Possible, Step, next_steps
from hoofbeat.errors import HoofbeatError
from hoofbeat.pathways import OptionView, PathwayResult, StepView, Timeline, pathway, pathway_slugs
from hoofbeat.reports import (
    amount,
    from_to,
    leaflet_slugs,
    timeline_svg,
    told_values,
    tornado_svg,
    value_said,
)

_KINDS = {
    "question": "Ask",
    "examination": "Look",
    "laboratory": "Laboratory",
    "trial": "Trial of treatment",
    "histology": "Tissue",
    "imaging": "Image",
    "genetic": "Gene test",
}
_STATUS = {
    "consider": "consider",
    "act": "act without it",
    "not yet": "not yet",
    "pointless": "pointless now",
}
# five at most, questions before tests before biopsies; the rest is folded
_MOST, _QUESTIONS = 5, 2
_INFLUENCES = 6


def onward(case: Case, sheet: Sheet) -> dict[str, Any]:
    """Return the slower half of the answer: next steps, pathway, timeline."""
    slug = sheet.chosen if sheet.chosen in pathway_slugs() else "glucagonoma"
    given = with_chance(case, slug, {}, None if sheet.setting in ("uniform", "described") else sheet.setting)
    way = pathway(case, slug, given=given)
    return {
        "next": steps_view(case, sheet),
        "way": way_view(way, numbers=sheet.numbers),
        "time": time_view(way.timeline, case),
        "slug": slug,
        "leaflet": slug in leaflet_slugs(),
    }


def steps_view(case: Case, sheet: Sheet) -> dict[str, Any]:
    """Return the five steps most worth doing, and all others."""
    target = (sheet.target or sheet.chosen or None) if sheet.mode != "narrow" else None
    mode = cast("Any", sheet.mode)
    try:
        found = next_steps(case, setting=sheet.setting, mode=mode, disease=target)
    except HoofbeatError:
        found = next_steps(case, setting=sheet.setting, mode=mode)
    steps = _first(found)
    kept = {s.id for s in steps}
    return {
        "mode": found.mode,
        "target": found.target_name,
        "steps": [_step(s, numbers=sheet.numbers) for s in steps],
        "others": [_step(s, numbers=sheet.numbers) for s in found.steps if s.id not in kept],
        "pointless": [s.name for s in found.pointless],
        "done": found.done,
        "results": [_result_line(r, numbers=sheet.numbers) for r in found.results],
        "tornado": tornado_svg(found.advice.sensitivity[:_INFLUENCES])
        if found.advice and found.advice.sensitivity and sheet.numbers
        else "",
        "influences": [
            {
                "input": i.input,
                "unit": i.unit,
                "low": amount(i.low),
                "high": amount(i.high),
                "chance": from_to(i.chance_low, i.chance_high),
                "testing": from_to(i.testing_low, i.testing_high),
                "turns": i.changes_advice,
                "why": i.why,
                "sources": i.sources,
            }
            for i in (found.advice.sensitivity[:_INFLUENCES] if found.advice and sheet.numbers else ())
        ],
    }


def _first(found: NextSteps) -> list[Step]:
    """Two things to ask or look at, then the tests worth most; the advised test is always among them."""
    free = [s for s in found.steps if s.kind in ("question", "examination")]
    free.sort(key=lambda s: -s.worth)
    first = sorted(free[:_QUESTIONS], key=lambda s: s.kind == "examination")
    tests = [
        s
        for s in found.steps
        if s.kind not in ("question", "examination") and s.status in ("consider", "act")
    ]
    advised = [s for s in tests if found.advice and found.advice.advised and s.id == "fasting_glucagon"]
    best = sorted((s for s in tests if s not in advised), key=lambda s: -s.worth)
    return [*first, *advised, *best][:_MOST]


def _step(step: Step, *, numbers: bool) -> dict[str, Any]:
    free = step.kind in ("question", "examination")
    wait = ""
    if not free:
        wait = f"{step.wait_days[0]:g}–{step.wait_days[1]:g} days" if step.wait_days else "at once"
    return {
        "id": step.id,
        "name": step.name,
        "kind": _KINDS.get(step.kind, step.kind),
        "free": free,
        "term": step.id if free and step.id.startswith("HP:") else "",
        "status": _STATUS[step.status],
        "why": step.why if numbers else "",
        "cost": step.cost,
        "harm": step.harm,
        "wait": wait,
        "who": step.who,
        "separates": step.separates,
        "results": [_possible(r, numbers=numbers) for r in step.results],
        "mind": step.confounders,
        "note": step.note,
        "sources": step.sources,
    }


def _possible(result: Possible, *, numbers: bool) -> dict[str, Any]:
    if not numbers:
        return {
            "result": result.result,
            "chance": "",
            "words": "then " + ", ".join(c.name for c in result.first),
        }
    moved = "; ".join(f"{c.name} {in_100(c.before)} → {in_100(c.after)}" for c in result.moves)
    return {"result": result.result, "chance": in_100(result.chance), "words": moved or "changes little"}


def _result_line(result: Any, *, numbers: bool) -> dict[str, Any]:
    if result.issues and result.ratio is None:
        return {
            "what": result.result,
            "says": result.issues[0].message,
            "consider": result.issues[0].remedy,
            "mind": (),
        }
    says = result.says
    return {
        "what": result.result,
        "says": says,
        "consider": result.consider if numbers else "",
        "mind": result.remarks,
    }


def way_view(way: PathwayResult, *, numbers: bool) -> dict[str, Any]:
    """Return where the case is on the pathway, and what to consider there."""
    here = way.here
    within = here.within.evidence if here.within and numbers else ""
    return {
        "name": way.pathway,
        "disease": way.disease,
        "here": here,
        "within": within,
        "stages": [{"name": s.name, "state": s.state, "who": s.who} for s in way.stages],
        "turns": way.way,
        "next": [_way_step(s, numbers=numbers) for s in way.next],
        "beside": [_way_step(s, numbers=numbers) for s in way.beside],
        "missing": here.missing,
        "gaps": [_way_step(s, numbers=numbers) for s in way.gaps],
        "contradictions": way.contradictions,
        "options": [_option(o) for o in way.options if o.state in ("applies", "given")],
        "order": way.options_order,
        "label": way.label,
        "schedule": way.schedule,
    }


def _way_step(step: StepView, *, numbers: bool) -> dict[str, Any]:
    wait = step.wait_days
    return {
        "consider": step.consider,
        "who": step.who,
        "state": step.state,
        "why": step.why,
        "missing": step.missing,
        "cost": step.cost,
        "harm": step.harm,
        "wait": f"{wait.low:g}–{wait.high:g} days" if wait and numbers else "",
        "sources": step.sources,
        "judged": step.judged,
    }


def _option(option: OptionView) -> dict[str, Any]:
    return {
        "name": option.name,
        "state": option.state,
        "because": option.because,
        "method": option.method,
        "cautions": [
            c for c in (*option.cautions, *option.interactions) if c.here or option.state == "applies"
        ],
        "sources": option.sources,
    }


def time_view(line: Timeline, case: Case) -> dict[str, Any]:
    """Return the timeline as a drawing and as a table, values as the case gives them."""
    told = told_values(case)
    rows = [
        {
            "kind": {"finding": "finding since", "measurement": "value", "treatment": "treatment"}[e.kind],
            "what": e.what.replace("_", " "),
            "when": e.date or (f"{-e.day:.0f} days before the visit" if e.day else "no date"),
            "value": value_said(e, told),
        }
        for e in line.events
    ]
    dated = any(e.day is not None for e in line.events)
    return {"svg": timeline_svg(line, case) if dated else "", "rows": rows, "recurrences": line.recurrences}
