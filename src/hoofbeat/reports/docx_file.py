"""A report as a Word document, for letters and records that want one."""

from __future__ import annotations

import io
import zipfile
from datetime import UTC, datetime
from typing import Any

from hoofbeat.reports.html_page import missing
from hoofbeat.reports.report_model import NOTICE, Block, CaseReport, Cell, Table, Text

# A file's own times are set to this moment, so that the same report is the same bytes.
_MOMENT = datetime(2000, 1, 1, tzinfo=UTC)


def report_docx(report: CaseReport) -> bytes:
    """Return the report as .docx: headings, lists and tables of Word's own; drawings as words.

    Raises UsageError when python-docx is not installed.
    """
    try:
        from docx import Document
    except ModuleNotFoundError as fault:
        raise missing("python-docx", "DOCX") from fault
    made = Document()
    properties = made.core_properties
    properties.title, properties.author, properties.comments = report.title, "hoofbeat", NOTICE
    properties.created = properties.modified = _MOMENT.replace(tzinfo=None)
    properties.language = "en"
    made.add_heading(report.title, level=0)
    made.add_paragraph(NOTICE, style="Intense Quote")
    for name, value in (*report.about, ("Setting", report.setting), ("Date", report.date or "")):
        if value:
            paragraph = made.add_paragraph()
            paragraph.add_run(f"{name}: ").bold = True
            paragraph.add_run(value)
    for section in report.sections:
        made.add_heading(section.title, level=1)
        for block in section.blocks:
            _block(made, block)
    made.add_heading("Sources", level=1)
    for note in report.footnotes:
        words = " ".join([note.citation, *note.ids, f"(read: {note.read})" if note.read else ""]).strip()
        made.add_paragraph(f"[{note.number}] {words}")
    versions = (
        f"hoofbeat {report.program_version}, model {report.model_version}, HPO {report.ontology_release}."
    )
    made.add_paragraph(f"{versions} {NOTICE}")
    held = io.BytesIO()
    made.save(held)
    return _steady(held.getvalue())


def _block(made: Any, block: Block) -> None:
    if block.kind == "paragraph":
        _run(made.add_paragraph(), block.text)
    elif block.kind == "heading":
        made.add_heading(block.words, level=2)
    elif block.kind == "points":
        style = "List Number" if block.ordered else "List Bullet"
        for entry in block.entries:
            # Word would number on from the last list: numbers are written where order matters
            _run(made.add_paragraph(style="List Bullet" if style == "List Number" else style), entry.text)
            for line in entry.beneath:
                _run(made.add_paragraph(style="List Bullet 2"), line)
    elif block.kind == "table":
        _table(made, block)
    else:
        made.add_paragraph(f"{block.caption}. {block.alt}".strip(), style="Caption")


def _table(made: Any, table: Table) -> None:
    made.add_paragraph(table.caption, style="Caption")
    grid = made.add_table(rows=1, cols=len(table.columns), style="Light Grid Accent 1")
    for cell, name in zip(grid.rows[0].cells, table.columns, strict=True):
        cell.text = name
    _repeat(grid.rows[0])
    for row in table.rows:
        for cell, words in zip(grid.add_row().cells, row, strict=True):
            cell.text = _noted(words)


def _repeat(row: Any) -> None:
    """Mark the head row as one, so that it is read out and repeated on every page."""
    from docx.oxml import OxmlElement

    mark = OxmlElement("w:tblHeader")
    row._tr.get_or_add_trPr().append(mark)  # noqa: SLF001 (python-docx has no door for it)


def _run(paragraph: Any, text: Text) -> None:
    run = paragraph.add_run(text.words)
    run.bold = text.tone in ("lead", "mark")
    run.italic = text.tone == "assumption"
    if text.notes:
        paragraph.add_run(f" [{', '.join(map(str, text.notes))}]")


def _noted(cell: Cell) -> str:
    return f"{cell.words} [{', '.join(map(str, cell.notes))}]" if cell.notes else cell.words


def _steady(made: bytes) -> bytes:
    """Return the same archive with fixed times and order."""
    held = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(made)) as old, zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as new:
        for name in sorted(old.namelist(), key=lambda n: (n != "[Content_Types].xml", n)):
            entry = zipfile.ZipInfo(name, date_time=_MOMENT.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            new.writestr(entry, old.read(name))
    return held.getvalue()
