"""What was given of the patient, as the report shows it."""

from __future__ import annotations

from hoofbeat.cases import Case, Finding, Measurement
from hoofbeat.reports.body_map import SIDES, body_map_svg
from hoofbeat.reports.printed_values import as_printed
from hoofbeat.reports.report_model import Block, Cell, Figure, Paragraph, Section, Table, Text
from hoofbeat.reports.wording import days
from hoofbeat.terms import find_test, lesion_word, site

_STATES = {"present": "present", "absent": "absent", "not_asked": "not asked"}


def about(case: Case) -> tuple[tuple[str, str], ...]:
    """Return the few lines at the head: age and sex, with what was known of before."""
    age = "age not given" if case.age_years is None else f"{case.age_years:.0f} years"
    rows = [("Patient", f"{age}, {case.sex if case.sex != 'unknown' else 'sex not given'}")]
    if case.prior_diagnoses:
        rows.append(("Diagnoses so far", ", ".join(d for d in case.prior_diagnoses)))
    return tuple(rows)


def section(case: Case) -> Section:
    """Return findings, values and treatments as they entered the reckoning."""
    blocks: list[Block] = []
    if case.findings:
        rows = tuple(_finding(f) for f in case.findings)
        blocks.append(
            Table(caption="Findings", columns=("Finding", "State", "Since", "Where and how"), rows=rows)
        )
    chosen = tuple(dict.fromkeys(w for f in case.findings if f.state == "present" for w in f.where))
    if chosen:
        blocks.append(_map(chosen))
    if case.measurements:
        rows = tuple(_measured(m, case) for m in case.measurements)
        blocks.append(Table(caption="Values", columns=("Test", "Value", "Range", "Date"), rows=rows))
    if case.treatments:
        rows = tuple(
            (Cell(words=t.name), Cell(words=t.response), Cell(words=t.date or "")) for t in case.treatments
        )
        blocks.append(Table(caption="Treatments", columns=("Treatment", "Response", "Date"), rows=rows))
    if not blocks:
        blocks.append(Paragraph(text=Text(words="Nothing was given but what stands above.", tone="mind")))
    return Section(id="given", title="What was given", blocks=tuple(blocks))


def _map(chosen: tuple[str, ...]) -> Figure:
    """Front and back side by side, the sites hatched."""
    drawn = "".join(body_map_svg(side, chosen=chosen, key=f"case-{side}") for side in SIDES)
    named = ", ".join(site(slug).name for slug in chosen)
    return Figure(svg=drawn, caption="Sites of the findings, hatched: front and back", alt=f"Sites: {named}.")


def _finding(finding: Finding) -> tuple[Cell, ...]:
    where = [site(slug).name for slug in finding.where]
    free = [site(slug).name for slug in finding.spared]
    forms = [lesion_word(slug).name for slug in finding.forms]
    spared = f"not on {', '.join(free)}" if free else ""
    parts = (", ".join(where), spared, ", ".join(forms), finding.course or "")
    told = "; ".join(part for part in parts if part)
    since = days(finding.since_days) if finding.since_days is not None else ""
    name = f"{finding.label or finding.term} ({finding.term})" if finding.label else finding.term
    return (
        Cell(words=name),
        Cell(words=_STATES[str(finding.state)], tone="mark" if finding.state == "absent" else ""),
        Cell(words=since),
        Cell(words=told),
    )


def _measured(m: Measurement, case: Case) -> tuple[Cell, ...]:
    shown, known = as_printed(m, sex=case.sex, age_years=case.age_years), find_test(m.test)
    assumed = ", usual range assumed" if shown.range and not shown.by_laboratory else ""
    return (
        Cell(words=(known.slug if known else m.test).replace("_", " ")),
        Cell(words=f"{m.value:g} {m.unit}".strip() + (f", {shown.side}" if shown.side else "")),
        Cell(words=f"{shown.range}{assumed}"),
        Cell(words=m.date or ""),
    )
