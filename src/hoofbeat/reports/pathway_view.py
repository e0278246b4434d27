"""Where a case is on a care pathway, and what that brings."""

from __future__ import annotations

from collections.abc import Iterable

from hoofbeat.knowledge import pretty_amounts, pretty_range
from hoofbeat.pathways import CauseView, CautionView, EffectView, OptionView, PathwayResult, Span, StepView
from hoofbeat.reports.footnotes import Footnotes
from hoofbeat.reports.report_model import Block, Entry, Heading, Paragraph, Points, Section, Text

_MET = {True: "met", False: "refuted", None: "not known"}


def section(result: PathwayResult, notes: Footnotes, *, numbers: bool) -> Section:
    """Return place, way, next steps, gaps, contradictions, causes, label, treatments and follow-up."""
    here = result.here
    says = f"{here.name}. {here.says}" + (f" ({here.who})" if here.who else "")
    if here.within and numbers:
        says += f" How soon: {here.within.evidence}."
    blocks: list[Block] = [
        Paragraph(text=Text(words=f"On the pathway “{result.pathway}”, version {result.version}.")),
        Paragraph(text=Text(words=f"Here: {says}", tone="lead")),
    ]
    way = [
        Entry(
            text=Text(words=f"{t.start} → {t.to}: {t.because}", notes=notes.of(t.sources)),
            beneath=(Text(words=f"Shown by: {'; '.join(t.shown_by)}."),) if t.shown_by else (),
        )
        for t in result.way
    ]
    blocks += _listed("The way there", way)
    blocks += _listed("Consider next", [_step(s, notes, numbers=numbers) for s in result.next])
    beside = [_step(s, notes, numbers=numbers) for s in result.beside]
    blocks += _listed("Worth doing at the same visit", beside)
    blocks += _listed("Not known, and would take it further", [_plain(m) for m in here.missing])
    faults = [_plain(f"{i.level}: {i.message}", i.remedy) for i in result.contradictions]
    blocks += _listed("Contradictory or impossible", faults)
    blocks += _causes(result.causes, notes, numbers=numbers)
    if result.label:
        grounds = [_plain(f"({g.id}) {_MET[g.met]}: {g.says}") for g in result.label.grounds]
        blocks += _listed(f"The label “{result.label.name}” {result.label.says}", grounds)
    blocks += _options(result, notes, numbers=numbers)
    due = [
        Entry(
            text=Text(
                words=f"{d.state}: {d.look}, after {d.treatment}{_when(d.start, d.end)}",
                notes=notes.of(d.sources),
            ),
            beneath=(Text(words=d.change_means),),
        )
        for d in result.schedule
    ]
    blocks += _listed("Follow-up that is running", due)
    return Section(id="pathway", title="Where this is on the care pathway", blocks=tuple(blocks))


def _listed(title: str, entries: Iterable[Entry]) -> list[Block]:
    held = tuple(entries)
    return [Heading(words=title), Points(entries=held)] if held else []


def _plain(words: str, *beneath: str) -> Entry:
    return Entry(text=Text(words=words), beneath=tuple(Text(words=b) for b in beneath if b))


def _step(step: StepView, notes: Footnotes, *, numbers: bool) -> Entry:
    said = f"consider {step.consider} ({step.who})"
    bands = [f"{name} {band}" for name, band in (("cost", step.cost), ("harm", step.harm)) if band != "none"]
    if step.wait_days and numbers:
        bands.append(f"wait {_amount(step.wait_days)}")
    if bands:
        said += " · " + "; ".join(bands)
    only = f"Only if: {'; '.join(step.missing)}." if step.state == "only if" else ""
    beneath = tuple(Text(words=line) for line in (only, step.why) if line)
    return Entry(text=Text(words=said, notes=notes.of(step.sources)), beneath=beneath)


def _causes(causes: tuple[CauseView, ...], notes: Footnotes, *, numbers: bool) -> list[Block]:
    entries = []
    for cause in causes:
        if cause.state == "not looked for":
            continue
        said = f"{cause.name}: {cause.state}" + (f"; {cause.treat}" if cause.state == "found" else "")
        if cause.state == "found" and cause.reports and numbers:
            said += f" ({cause.reports})"
        entries.append(Entry(text=Text(words=said, notes=notes.of(cause.sources))))
    rest = [c for c in causes if c.state == "not looked for"]
    if rest:
        listed = "; ".join(f"{c.name} ({', '.join(c.look)})" for c in rest)
        entries.append(_plain(f"Not looked for, in this order: {listed}"))
    return _listed("Causes without a tumour of the pancreas", entries)


def _options(result: PathwayResult, notes: Footnotes, *, numbers: bool) -> list[Block]:
    entries = [_option(o, notes, numbers=numbers) for o in result.options if o.state in ("applies", "given")]
    entries += [
        _plain(f"{o.name}: cannot be said before this is known: {'; '.join(o.missing)}")
        for o in result.options
        if o.state == "not known"
    ]
    if not entries:
        return []
    order = Paragraph(text=Text(words=result.options_order))
    return [Heading(words="Treatments to consider"), order, Points(entries=tuple(entries))]


def _option(option: OptionView, notes: Footnotes, *, numbers: bool) -> Entry:
    state = "given" if option.state == "given" else "consider"
    lines: list[Text] = []
    minded = [c for c in (*option.cautions, *option.interactions) if c.here or option.state != "given"]
    if option.state != "given":
        lines.append(Text(words=option.method))
        lines += [_effect(e, notes, numbers=numbers) for e in option.effects]
    lines += [_caution(c, notes) for c in minded]
    words = f"{state}: {option.name}"
    return Entry(text=Text(words=words, notes=notes.of(option.sources)), beneath=tuple(lines))


def _effect(effect: EffectView, notes: Footnotes, *, numbers: bool) -> Text:
    figures = []
    if numbers and effect.share:
        figures.append(pretty_range(effect.share.low, effect.share.high))
    if numbers and effect.amount:
        figures.append(_amount(effect.amount))
    shown = f": {', '.join(figures)}" if figures else ""
    words = f"{effect.of}: {effect.says.rstrip('.')}{shown} ({effect.level})"
    return Text(words=words, notes=notes.of(effect.sources))


def _caution(caution: CautionView, notes: Footnotes) -> Text:
    here = " — in this case" if caution.here else ""
    return Text(words=f"mind: {caution.says}{here}", notes=notes.of(caution.sources), tone="mind")


def _when(start: str | None, end: str | None) -> str:
    return f", between {start} and {end}" if start and end else ""


def _amount(span: Span) -> str:
    return pretty_amounts(span.low, span.high, span.unit)
