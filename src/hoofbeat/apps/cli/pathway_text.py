"""A pathway's answer as plain text, for a terminal of 80 columns or more."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from hoofbeat.apps.cli.text import NOTICE
from hoofbeat.knowledge import pretty_amounts, pretty_range
from hoofbeat.reports import in_100

if TYPE_CHECKING:
    from hoofbeat.pathways import (
        CauseView,
        CautionView,
        Due,
        EffectView,
        OptionView,
        PathwayResult,
        Span,
        StepView,
    )

_WIDTH = 100


def pathway_text(result: PathwayResult, *, numbers: bool) -> str:
    """Return where a case is, what is open, and what to consider, as text."""
    parts = [
        _head(result, numbers=numbers),
        _way(result),
        _steps("Consider next", result.next, numbers=numbers),
        _steps("Worth doing at the same visit", result.beside, numbers=numbers),
        _gaps(result),
        _list("Not known, and would take it further", result.here.missing),
        _contradictions(result),
        _causes(result, numbers=numbers),
        _label(result),
        _options(result, numbers=numbers),
        _schedule(result, numbers=numbers),
        _course(result),
        [NOTICE],
    ]
    return "\n\n".join("\n".join(part) for part in parts if part)


def _head(result: PathwayResult, *, numbers: bool) -> list[str]:
    here = result.here
    lines = [f"Case {result.case} on the pathway “{result.pathway}” ({result.disease}):"]
    if here.kind == "end":
        lines += _wrapped(f"the pathway ends: {here.name}. {here.says}", bullet="  ")
        if here.onward:
            lines.append(f"  It goes on there: hoofbeat pathway FILE --disease {here.onward}")
    else:
        again = ", for the second time" if here.again else ""
        lines += _wrapped(f"here: {here.name}{again}. {here.says} ({here.who})", bullet="  ")
        if here.within and numbers:
            by = f", by {here.by}" if here.by else ""
            past = ", which has passed" if here.by and here.by < (result.timeline.visit or "") else ""
            lines += _wrapped(f"how soon{by}{past}: {here.within.evidence}", bullet="  ")
    # once a tumour is shown the chance by findings says nothing more
    early = not result.way or result.way[0].rule == "E8"
    if result.chance is not None and numbers and early:
        lines.append(f"  chance of it beforehand: {in_100(result.chance)}")
    return lines


def _way(result: PathwayResult) -> list[str]:
    lines = ["The way there"] if result.way else []
    for turn in result.way:
        rule = f" (rule {turn.rule})" if turn.rule else ""
        shown = f" [{'; '.join(turn.shown_by)}]" if turn.shown_by else ""
        lines += _wrapped(f"{turn.start} → {turn.to}{rule}: {turn.because}{shown}{_cited(turn.sources)}")
    return lines


def _steps(title: str, steps: Iterable[StepView], *, numbers: bool) -> list[str]:
    lines = []
    for step in steps:
        only = f" — only if: {'; '.join(step.missing)}" if step.state == "only if" else ""
        said = f"consider {step.consider} ({step.who}){only}"
        bands = [
            f"cost {step.cost}" if step.cost != "none" else "",
            f"harm {step.harm}" if step.harm != "none" else "",
        ]
        if step.wait_days and numbers:
            bands.append(f"wait {_amount(step.wait_days)}")
        tail = "; ".join(band for band in bands if band)
        lines += _wrapped(said + (f" · {tail}" if tail else "") + _cited(step.sources))
        if step.why:
            lines += _wrapped(f"why: {step.why}", bullet="    ")
    return [title, *lines] if lines else []


def _gaps(result: PathwayResult) -> list[str]:
    """One line a stage: what was passed over is told, not explained again."""
    names = {stage.id: stage.name for stage in result.stages}
    by_stage: dict[str, list[str]] = {}
    for step in result.gaps:
        by_stage.setdefault(names[step.stage], []).append(step.id.replace("_", " "))
    lines = [line for name, steps in by_stage.items() for line in _wrapped(f"{name}: {', '.join(steps)}")]
    return ["Not on record from earlier stages", *lines] if lines else []


def _list(title: str, items: Iterable[str]) -> list[str]:
    lines = [line for item in items for line in _wrapped(item)]
    return [title, *lines] if lines else []


def _contradictions(result: PathwayResult) -> list[str]:
    lines = []
    for issue in result.contradictions:
        lines += _wrapped(f"{issue.level}: {issue.message}")
        if issue.remedy:
            lines += _wrapped(f"Try: {issue.remedy}", bullet="    ")
    return ["Contradictory or impossible", *lines] if lines else []


def _causes(result: PathwayResult, *, numbers: bool) -> list[str]:
    shown = [c for c in result.causes if c.state in ("found", "ruled out", "looked for")]
    rest = [c for c in result.causes if c.state == "not looked for"]
    lines = [line for cause in shown for line in _cause(cause, numbers=numbers)]
    if rest:
        lines += _wrapped(
            "not looked for, in this order: " + "; ".join(f"{c.name} ({', '.join(c.look)})" for c in rest)
        )
    return ["Causes without a tumour of the pancreas", *lines] if lines else []


def _cause(cause: CauseView, *, numbers: bool) -> list[str]:
    because = f" [{'; '.join(cause.because)}]" if cause.because else ""
    said = f"{cause.name}: {cause.state}{because}"
    if cause.state == "found":
        said += f"; {cause.treat}"
        if cause.reports and numbers:
            said += f" ({cause.reports})"
    return _wrapped(said + _cited(cause.sources))


def _label(result: PathwayResult) -> list[str]:
    label = result.label
    if label is None:
        return []
    lines = _wrapped(f"The label “{label.name}” {label.says}", bullet="")
    words = {True: "met", False: "refuted", None: "not known"}
    for ground in label.grounds:
        because = f" [{'; '.join(ground.because)}]" if ground.because else ""
        lines += _wrapped(f"({ground.id}) {words[ground.met]}: {ground.says}{because}")
    return lines + (_wrapped(label.exception) if label.exception and not label.allowed else [])


def _options(result: PathwayResult, *, numbers: bool) -> list[str]:
    shown = [o for o in result.options if o.state in ("applies", "given")]
    waiting = [o for o in result.options if o.state == "not known"]
    if not shown and not waiting:
        return []
    lines = ["Treatments to consider", *_wrapped(result.options_order, bullet="  ")]
    for option in shown:
        lines += _option(option, numbers=numbers)
    for option in waiting:
        lines += _wrapped(f"{option.name}: cannot be said before this is known: {'; '.join(option.missing)}")
    return lines


def _option(option: OptionView, *, numbers: bool) -> list[str]:
    state = "given" if option.state == "given" else "consider"
    because = f" [{'; '.join(option.because)}]" if option.because else ""
    lines = _wrapped(
        f"{state}: {option.name} ({option.kind.replace('_', ' ')}){because}{_cited(option.sources)}"
    )
    if option.state == "given":
        minded = [c for c in (*option.cautions, *option.interactions) if c.here]
        return lines + [line for c in minded for line in _wrapped(_caution(c), bullet="    ")]
    lines += _wrapped(option.method, bullet="    ")
    for effect in option.effects:
        lines += _wrapped(_effect(effect, numbers=numbers), bullet="    ")
    for caution in (*option.cautions, *option.interactions):
        lines += _wrapped(_caution(caution), bullet="    ")
    return lines


def _effect(effect: EffectView, *, numbers: bool) -> str:
    figures = []
    if numbers and effect.share:
        figures.append(pretty_range(effect.share.low, effect.share.high))
    if numbers and effect.amount:
        figures.append(_amount(effect.amount))
    shown = f": {', '.join(figures)}" if figures else ""
    return f"{effect.of}: {effect.says.rstrip('.')}{shown} ({effect.level}){_cited(effect.sources)}"


def _caution(caution: CautionView) -> str:
    here = " — in this case" if caution.here else ""
    return f"mind: {caution.says}{here}{_cited(caution.sources)}"


def _schedule(result: PathwayResult, *, numbers: bool) -> list[str]:
    lines = []
    for due in result.schedule:
        state = "was due, not on record" if due.state == "not on record" else due.state
        lines += _wrapped(
            f"{state}: {due.look}, after {due.treatment}{_when(due, numbers=numbers)}{_cited(due.sources)}"
        )
        lines += _wrapped(due.change_means, bullet="    ")
        if due.sooner:
            lines += _wrapped(f"sooner: {due.sooner}", bullet="    ")
    return ["Follow-up that is running", *lines] if lines else []


def _when(due: Due, *, numbers: bool) -> str:
    if due.start and due.end and due.state != "any time":
        return f", between {due.start} and {due.end}"
    if not numbers or due.state == "any time":
        return ""
    every = f", then every {_amount(due.every)}" if due.every else ""
    return f", {_amount(due.first)} after it{every}"


def _course(result: PathwayResult) -> list[str]:
    line = result.timeline
    lines = list(_delays(result))
    for response in line.responses:
        said = [] if response.rash == "unknown" else [f"rash {response.rash}"]
        if response.glucagon:
            values = f"{response.glucagon_before or '?'} to {response.glucagon_after} {response.unit}"
            said.append(f"glucagon {response.glucagon} ({values})")
        if said:
            on = f" on {response.date}" if response.date else ""
            lines += _wrapped(f"{response.treatment}{on}: {', '.join(said)}")
    for back in line.recurrences:
        on = f" on {back.date}" if back.date else ""
        lines += _wrapped(f"{back.sign} back{on}, after {back.after}")
    return ["Course", *lines] if lines else []


def _delays(result: PathwayResult) -> Iterator[str]:
    delay = result.timeline.delay
    if delay.to_visit is None:
        return
    spans = [
        (delay.to_proof, "first proof"),
        (delay.to_treatment, "treatment of the tumour"),
        (delay.to_visit, "this visit"),
    ]
    said = ", ".join(f"{days:.0f} days to {what}" for days, what in spans if days is not None and days >= 0)
    yield from _wrapped(f"first sign {delay.first_sign}: {said}")


def _amount(span: Span) -> str:
    return pretty_amounts(span.low, span.high, span.unit)


def _cited(sources: tuple[str, ...]) -> str:
    return f" [{', '.join(sources)}]" if sources else ""


def _wrapped(text: str, bullet: str = "  - ") -> list[str]:
    return textwrap.wrap(text, _WIDTH, initial_indent=bullet, subsequent_indent=" " * len(bullet))
