"""A report as plain text, to be pasted into a note."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator
from itertools import zip_longest

from hoofbeat.reports.report_model import NOTICE, Block, CaseReport, Cell, Table, Text

_WIDTH, _INDENT, _GUTTER = 96, 2, 2


def report_text(report: CaseReport) -> str:
    """Return the whole report as text of at most 96 columns, footnotes in square brackets."""
    head = [*report.about, ("Setting", report.setting), ("Date", report.date or "")]
    head.append(("Model", f"{report.model_version}, HPO {report.ontology_release}"))
    lines = [*_wrapped(report.title, ""), "=" * min(len(report.title), _WIDTH), ""]
    lines += [line for name, value in head if value for line in _wrapped(f"{name}: {value}", "")]
    lines += [NOTICE]
    for section in report.sections:
        lines += ["", "", *_wrapped(section.title, ""), "-" * min(len(section.title), _WIDTH)]
        for block in section.blocks:
            lines += _block(block)
    lines += ["", "", "Sources", "-------"]
    for note in report.footnotes:
        words = " ".join([note.citation, *note.ids, f"(read: {note.read})" if note.read else ""]).strip()
        lines += _wrapped(words, f"[{note.number}] ")
    lines += ["", *_wrapped(f"hoofbeat {report.program_version}, model {report.model_version}. {NOTICE}", "")]
    return "\n".join(line.rstrip() for line in lines) + "\n"


def _block(block: Block) -> Iterator[str]:
    if block.kind == "paragraph":
        yield from _wrapped(_run(block.text), "")
    elif block.kind == "heading":
        yield from ("", *_wrapped(f"{block.words}:", ""))
    elif block.kind == "points":
        for number, entry in enumerate(block.entries, start=1):
            yield from _wrapped(_run(entry.text), f"  {number}. " if block.ordered else "  - ")
            for line in entry.beneath:
                yield from _wrapped(_run(line), "      ")
    elif block.kind == "table":
        yield ""
        yield from _wrapped(f"{block.caption}:", "")
        yield from _table(block)
    else:
        yield from _wrapped(f"(drawing) {block.caption}. {block.alt}".strip(), "")


def _table(table: Table) -> Iterator[str]:
    """Rows as columns, the widest wrapped until all fit the width."""
    rows = [[_cell(cell) for cell in row] for row in table.rows]
    widths = [max(len(r[i]) for r in (list(table.columns), *rows)) for i in range(len(table.columns))]
    while _INDENT + sum(widths) + _GUTTER * (len(widths) - 1) > _WIDTH:
        widest = max(range(len(widths)), key=lambda i: widths[i])
        widths[widest] -= 1
    for row in (list(table.columns), *rows):
        cells = [textwrap.wrap(word, width) or [""] for word, width in zip(row, widths, strict=True)]
        for line in zip_longest(*cells, fillvalue=""):
            parts = (word.ljust(width) for word, width in zip(line, widths, strict=True))
            yield " " * _INDENT + (" " * _GUTTER).join(parts).rstrip()


def _cell(cell: Cell) -> str:
    return _with_notes(cell.words, cell.notes)


def _run(text: Text) -> str:
    return _with_notes(text.words, text.notes)


def _with_notes(words: str, notes: Iterable[int]) -> str:
    numbers = ", ".join(map(str, notes))
    return " ".join(f"{words} [{numbers}]".split()) if numbers else " ".join(words.split())


def _wrapped(words: str, bullet: str) -> list[str]:
    return textwrap.wrap(words, _WIDTH, initial_indent=bullet, subsequent_indent=" " * len(bullet))
