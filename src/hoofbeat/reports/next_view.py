"""What to ask, look at, measure or try next, with what each result would change."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import islice

from hoofbeat.diagnosis import Advice, Interpretation, NextSteps, Possible, Step, Threshold
from hoofbeat.reports.footnotes import Footnotes
from hoofbeat.reports.report_model import (
    Block,
    Cell,
    Entry,
    Figure,
    Heading,
    Paragraph,
    Points,
    Section,
    Table,
    Text,
)
from hoofbeat.reports.tornado import tornado_svg, tornado_words
from hoofbeat.reports.wording import SETTINGS, amount, factor, from_to, in_100

_HEADS = {
    "question": "Ask",
    "examination": "Look",
    "laboratory": "Laboratory",
    "trial": "Trials of treatment",
    "histology": "Tissue",
    "imaging": "Images",
    "genetic": "Genes",
}
_STATUS = {"consider": "consider", "act": "likely enough to act without it", "not yet": "not yet"}
_FREE = ("question", "examination")
# As many steps of a kind as a visit has room for; the rest are named in one line.
_MOST, _THRESHOLDS, _INFLUENCES = 3, 2, 7


def section(found: NextSteps, notes: Footnotes, *, numbers: bool) -> Section:
    """Return results so far, the advice on the grave disease, the steps by kind, and what is pointless."""
    assumed = " (assumed: no setting was given)" * (found.setting_from == "assumed")
    lead = f"What to consider next, {SETTINGS[found.setting]}{assumed}. Questions come before tests."
    blocks: list[Block] = [Paragraph(text=Text(words=lead, tone="lead"))]
    blocks += _results(found.results, numbers=numbers)
    if found.advice:
        blocks += _advice(found.advice, notes, numbers=numbers)
    for kind, title in _HEADS.items():
        blocks += _of_kind(title, [s for s in found.steps if s.kind == kind], notes, numbers=numbers)
    for title, names in (
        ("Pointless now, since no result could change anything", [s.name for s in found.pointless]),
        ("Done already", list(found.done)),
    ):
        if names:
            blocks.append(Paragraph(text=Text(words=f"{title}: {_joined(names)}.")))
    return Section(id="next", title="What to do next", blocks=tuple(blocks))


def _results(results: Iterable[Interpretation], *, numbers: bool) -> list[Block]:
    entries = []
    for r in results:
        if r.issues and r.ratio is None:
            remedy = Text(words=f"Try: {r.issues[0].remedy}")
            entries.append(
                Entry(text=Text(words=f"{r.result}: not read. {r.issues[0].message}"), beneath=(remedy,))
            )
            continue
        says = f"{r.result}: {r.says}"
        if numbers and r.ratio and r.ratio_low and r.ratio_high:
            says += f" ({factor(r.ratio)} for {r.disease}, {factor(r.ratio_low)} to {factor(r.ratio_high)})"
        lines = [f"Consider: {r.consider}.", *(f"Mind: {remark}." for remark in r.remarks)]
        beneath = tuple(Text(words=line) for line in lines)
        entries.append(Entry(text=Text(words=says + "."), beneath=beneath))
    return [Heading(words="What the results so far mean"), Points(entries=tuple(entries))] if entries else []


def _advice(advice: Advice, notes: Footnotes, *, numbers: bool) -> list[Block]:
    cited = notes.of(advice.sources)
    if not numbers:
        verdict = "advised" if advice.advised else "not advised yet"
        if advice.done:
            verdict = "done already; what its result says stands above"
        return [Paragraph(text=Text(words=f"Fasting glucagon: {verdict}.", notes=cited, tone="lead"))]
    blocks: list[Block] = [Paragraph(text=Text(words=advice.sentence, notes=cited, tone="lead"))]
    shown = advice.sensitivity[:_INFLUENCES]
    if shown:
        blocks.append(
            Figure(
                svg=tornado_svg(shown),
                caption="What moves this advice most: chance over threshold at both ends of each input",
                alt=tornado_words(shown),
            )
        )
        rows = tuple(
            (
                Cell(words=i.input, notes=notes.of(i.sources, most=3)),
                Cell(words=f"{amount(i.low)} to {amount(i.high)} {i.unit}"),
                Cell(words=from_to(i.chance_low, i.chance_high)),
                Cell(words=from_to(i.testing_low, i.testing_high)),
                Cell(words="yes", tone="mark") if i.changes_advice else Cell(words="no"),
            )
            for i in shown
        )
        columns = ("Input", "From and to", "Chance", "Testing threshold", "Turns the advice")
        blocks.append(Table(caption="The same as a table", columns=columns, rows=rows))
    return blocks


def _of_kind(title: str, steps: list[Step], notes: Footnotes, *, numbers: bool) -> list[Block]:
    now = [s for s in steps if s.status in ("consider", "act")]
    later = [s for s in steps if s.status == "not yet"] + now[_MOST:]
    if not steps:
        return []
    blocks: list[Block] = [Heading(words=title)]
    if now:
        entries = tuple(_step(s, notes, numbers=numbers) for s in now[:_MOST])
        blocks.append(Points(entries=entries, ordered=True))
    if later:
        words = f"Later, or of less use: {_joined(s.name for s in later)}."
        blocks.append(Paragraph(text=Text(words=words)))
    return blocks


def _step(step: Step, notes: Footnotes, *, numbers: bool) -> Entry:
    words = step.name
    if step.kind not in _FREE:
        wait = f", {step.wait_days[0]:g}–{step.wait_days[1]:g} days" if step.wait_days else ""
        words = f"{_STATUS[step.status]}: {step.name} (cost {step.cost}, harm {step.harm}{wait}; {step.who})"
    lines = []
    if step.separates:
        lines.append(f"Separates {step.separates.first} from {step.separates.second}.")
    if numbers and step.kind not in _FREE:
        lines += threshold_words(step.thresholds)
    lines += [f"Mind: {confounder}." for confounder in step.confounders]
    lines += [_result(r, numbers=numbers) for r in step.results]
    beneath = tuple(Text(words=line) for line in lines)
    return Entry(text=Text(words=words, notes=notes.of(step.sources, most=3)), beneath=beneath)


def _joined(names: Iterable[str]) -> str:
    return "; ".join(name.rstrip(".?") for name in names)


def threshold_words(thresholds: Iterable[Threshold]) -> list[str]:
    """Return for the first two thresholds of a step the chance, and from where on it is worth testing."""
    return [_threshold(t) for t in islice(thresholds, _THRESHOLDS)]


def _threshold(t: Threshold) -> str:
    if t.treatment <= t.testing:
        return f"{t.name}: chance {in_100(t.chance)}; never the best choice: it harms more than it tells."
    return (
        f"{t.name}: chance {in_100(t.chance)}; worth testing from {in_100(t.testing)}, "
        f"acting without it from {in_100(t.treatment)}."
    )


def _result(r: Possible, *, numbers: bool) -> str:
    if not numbers:
        return f"If {r.result}: then {', '.join(c.name for c in r.first)}."
    moved = ", ".join(f"{c.name} {in_100(c.before)} → {in_100(c.after)}" for c in r.moves)
    return f"If {r.result} ({in_100(r.chance)}): {moved or 'little changes'}."
