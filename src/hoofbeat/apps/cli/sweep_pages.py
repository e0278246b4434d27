"""A page for each of the first people on a list: why they are on it, and the report of what records tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hoofbeat.reports import CaseReport, Section
    from hoofbeat.sweep import EvidenceRow, PersonPage, Result

# Rows shown of one finding; somebody seen weekly would fill the page. The rest stand in the evidence file.
_SHOWN = 20


def pages_of(result: Result, number: int, *, numbers: bool) -> dict[str, str]:
    """Return the pages of the first people on a list, as HTML by the name of the file.

    numbers: False leaves out every chance and every point.
    """
    from hoofbeat.reports import report_html
    from hoofbeat.sweep import person_pages

    found = person_pages(result, number)
    return {f"{p.listed.rank:04d}.html": report_html(_report(p, numbers=numbers)) for p in found}


def _report(page: PersonPage, *, numbers: bool) -> CaseReport:
    """The report of the person's case, with why they are on the list before everything else."""
    from hoofbeat.reports import case_report

    made, person = case_report(page.case, setting=page.setting, numbers=numbers), page.listed
    about = (
        ("Person in the records", page.name),
        *made.about,
        ("Place on the list", f"{person.rank} of {page.of}"),
        ("Known until", person.as_of),
        ("Made from", "coded records alone; no note, letter or picture was read"),
    )
    told = {
        "title": f"Person {page.name}: consider {page.disease}",
        "about": about,
        "sections": (_section(page, numbers=numbers), *made.sections),
    }
    # built anew, so that words of the records are cleaned as all others are
    return type(made).model_validate({**dict(made), **told})


def _section(page: PersonPage, *, numbers: bool) -> Section:
    from hoofbeat.reports import Section

    lead = (
        f"Consider {page.disease}: this person's records speak for it more than those of most. This page "
        "is for review by a clinician who knows the whole record. Nothing is decided; codes can be wrong."
    )
    blocks = [_paragraph(lead, "lead"), *(_paragraph(w) for w in _chance(page) if numbers)]
    blocks.append(_table(page, numbers=numbers))
    if any(n > _SHOWN for n in _counted(page).values()):
        blocks.append(_paragraph(f"Of each finding {_SHOWN} rows are shown; all are in evidence.csv."))
    if not numbers:
        blocks.append(_paragraph("This page was asked for without chances and points."))
    return Section.model_validate({"id": "records", "title": "Why on the list", "blocks": tuple(blocks)})


def _chance(page: PersonPage) -> list[str]:
    from hoofbeat.reports import in_100, span

    person = page.listed
    told = (
        f"Points together: {person.score / 1000:+.2f} (natural logarithm of the odds that the records add). "
        f"Chance of {page.disease} in somebody of the population with these findings: about "
        f"{in_100(person.chance)} ({span(person.chance_low, person.chance_high)})."
    )
    return [told, person.advice] if person.advice else [told]


def _table(page: PersonPage, *, numbers: bool) -> dict[str, Any]:
    names = ["Finding", "Points", "Date", "Table", "Row", "What the row says"]
    rows, seen = [], dict.fromkeys(_counted(page), 0)
    for row in page.evidence:
        seen[row.finding] += 1
        if seen[row.finding] > _SHOWN:
            continue
        cells = _cells(row, first=seen[row.finding] == 1)
        if numbers or row.table:
            rows.append(cells if numbers else [cells[0], *cells[2:]])
    return {
        "kind": "table",
        "caption": "Rows of the records behind the score",
        "columns": names if numbers else [names[0], *names[2:]],
        "rows": rows,
    }


def _cells(row: EvidenceRow, *, first: bool) -> list[dict[str, str]]:
    """The cells of one row; points stand at the first row of a finding, as in the evidence file."""
    points = {"words": f"{row.points / 1000:+.2f}" if first else ""}
    if first and row.points:
        points["tone"] = "for" if row.points > 0 else "against"
    amount = f": {row.amount / 1000:g} {row.unit}" if row.unit else ""
    place = row.record_id or (str(row.row_id) if row.table else "")
    words = (row.date, row.table, place, f"{row.record}{amount}")
    return [{"words": row.name}, points, *({"words": w} for w in words)]


def _counted(page: PersonPage) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in page.evidence:
        found[row.finding] = found.get(row.finding, 0) + 1
    return found


def _paragraph(words: str, tone: str = "") -> dict[str, Any]:
    return {"kind": "paragraph", "text": {"words": words, "tone": tone}}
