"""What happened when: a drawing, its summary in words, and the same as a table."""

from __future__ import annotations

from collections.abc import Mapping

from hoofbeat.cases import Case, Measurement
from hoofbeat.pathways import Event, Timeline
from hoofbeat.reports.printed_values import as_printed
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
from hoofbeat.reports.timeline_plot import timeline_svg, timeline_words
from hoofbeat.reports.wording import days
from hoofbeat.terms import read_measurement

_KINDS = {"finding": "finding", "measurement": "value", "treatment": "treatment"}


def section(line: Timeline, case: Case) -> Section:
    """Return the drawing (where anything has a day), its summary, the table, and what each treatment did.

    case: the one the timeline was made of; values are told as it gives them, in the laboratory's own units.
    """
    words = timeline_words(line, case)
    blocks: list[Block] = [Paragraph(text=Text(words=words, tone="lead"))]
    if any(event.day is not None for event in line.events):
        caption = "Values with their range, findings as bars, treatments as marks, on one axis"
        blocks.append(Figure(svg=timeline_svg(line, case), caption=caption, alt=""))
    if line.events:
        told = told_values(case)
        rows = tuple(_row(e, told) for e in line.events)
        columns = ("When", "Kind", "What", "Value or response")
        blocks.append(Table(caption="The same as a table", columns=columns, rows=rows))
    course = list(_course(line))
    if course:
        blocks += [
            Heading(words="Course"),
            Points(entries=tuple(Entry(text=Text(words=c)) for c in course)),
        ]
    return Section(id="timeline", title="Timeline", blocks=tuple(blocks))


def told_values(case: Case) -> Mapping[tuple[str, float, str], str]:
    """Return what is told of each value of a case, by the test, value and unit that a timeline gives it."""
    found: dict[tuple[str, float, str], str] = {}
    for m in case.measurements:
        reading = read_measurement(m.test, m.value, m.unit)
        key, words = (reading.test or m.test, round(reading.value, 3), reading.unit), _printed(m, case)
        # the same value against two ranges: a timeline does not say which is which
        found[key] = words if found.get(key, words) == words else f"{m.value:g} {m.unit}".strip()
    return found


def _printed(m: Measurement, case: Case) -> str:
    shown = as_printed(m, sex=case.sex, age_years=case.age_years)
    return f"{m.value:g} {m.unit}".strip() + (f" ({shown.beyond})" if shown.beyond else "")


def value_said(event: Event, told: Mapping[tuple[str, float, str], str]) -> str:
    """Return a value as it was given, or what a treatment did; told: of told_values."""
    if event.value is None:
        return event.response if event.kind == "treatment" else ""
    return told.get((event.what, event.value, event.unit), f"{event.value:g} {event.unit}")


def _row(event: Event, told: Mapping[tuple[str, float, str], str]) -> tuple[Cell, ...]:
    return (
        Cell(words=when(event)),
        Cell(words=_KINDS[event.kind]),
        Cell(words=event.what.replace("_", " ") if event.kind == "measurement" else event.what),
        Cell(words=value_said(event, told)),
    )


def when(event: Event) -> str:
    """Return the day of an event: its date, else how long before the visit."""
    if event.date:
        return event.date if event.exact else f"about {event.date}"
    if event.day is None:
        return "no date"
    return "at the visit" if round(event.day) == 0 else f"{days(-event.day)} before the visit"


def _value(amount: float | None) -> str:
    return "?" if amount is None else f"{amount:g}"


def _course(line: Timeline) -> list[str]:
    delay, said = line.delay, []
    spans = [
        (delay.to_proof, "first proof"),
        (delay.to_treatment, "treatment of the tumour"),
        (delay.to_visit, "this visit"),
    ]
    parts = [f"{days(d)} to {what}" for d, what in spans if d is not None and d >= 0]
    if parts:
        said.append(f"First sign {delay.first_sign}: {', '.join(parts)}.")
    for r in line.responses:
        on = f" on {r.date}" if r.date else ""
        did = [] if r.rash == "unknown" else [f"rash {r.rash}"]
        if r.glucagon:
            did.append(
                f"glucagon {r.glucagon} ({_value(r.glucagon_before)} to {_value(r.glucagon_after)} {r.unit})"
            )
        if did:
            said.append(f"{r.treatment}{on}: {', '.join(did)}.")
    for back in line.recurrences:
        on = f" on {back.date}" if back.date else ""
        said.append(f"The {back.sign} came back{on}, after {back.after}.")
    return said
