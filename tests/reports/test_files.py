"""PDF and Word files, read back."""

from __future__ import annotations

import io
import sys

import pypdf
import pytest
from docx import Document

from hoofbeat.cases import Case, Treatment
from hoofbeat.errors import UsageError
from hoofbeat.reports import CaseReport, case_report, leaflet, leaflet_pdf, report_docx, report_pdf
from hoofbeat.reports.pdf_file import pdf_of
from hoofbeat.reports.report_model import NOTICE


@pytest.fixture(scope="module")
def pdf(report: CaseReport) -> bytes:
    return report_pdf(report)


def text_of(made: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(made)).pages).split())


def test_a_pdf_says_what_the_page_says(pdf: bytes, report: CaseReport) -> None:
    text = text_of(pdf)
    for words in (report.title, "What it could be", "none of these", "Fasting glucagon", NOTICE):
        assert words in text or words.lower() in text.lower(), words
    assert f"1 of {len(pypdf.PdfReader(io.BytesIO(pdf)).pages)}" in text


def test_a_pdf_is_tagged_for_screen_readers(pdf: bytes, report: CaseReport) -> None:
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata.title == report.title
    assert b"pdfuaid" in root["/Metadata"].get_data()
    kinds = set(tags(root["/StructTreeRoot"]))
    assert {"/H1", "/H2", "/Table", "/TH", "/TD", "/LI", "/P"} <= kinds


def tags(node: object, depth: int = 0) -> list[str]:
    held = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(held, list):
        return [tag for child in held for tag in tags(child, depth + 1)]
    if not isinstance(held, dict) or depth > 40:
        return []
    own = [str(held["/S"])] if "/S" in held else []
    return own + (tags(held["/K"], depth + 1) if "/K" in held else [])


def test_the_same_report_is_the_same_file(pdf: bytes, report: CaseReport) -> None:
    assert report_pdf(report) == pdf
    assert report_docx(report) == report_docx(report)


def test_a_pdf_shows_its_drawings(pdf: bytes) -> None:
    """The testing side of the tornado and the axis of the timeline are words of drawings only."""
    text = text_of(pdf)
    assert "not worth testing" in text
    assert "time before the visit" in text


def test_a_pdf_fetches_nothing(tmp_path, caplog) -> None:
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"\x89PNG\r\n\x1a\n")
    page = f'<html lang="en"><title>t</title><img alt="a" src="{secret.as_uri()}"><img alt="b" src="https://example.org/x.png"><p>here'
    assert "here" in text_of(pdf_of(page))
    assert caplog.text.count("Failed to load image") == 2


def test_a_word_file_says_what_the_page_says(report: CaseReport) -> None:
    made = Document(io.BytesIO(report_docx(report)))
    headings = [p.text for p in made.paragraphs if p.style.name.startswith("Heading 1")]
    assert headings == [*(section.title for section in report.sections), "Sources"]
    (differential,) = (s for s in report.sections if s.id == "differential")
    wanted = next(b for b in differential.blocks if b.kind == "table")
    tables = [[[cell.text for cell in row.cells] for row in t.rows] for t in made.tables]
    assert [list(wanted.columns), *([c.words for c in row] for row in wanted.rows)] in tables
    assert made.core_properties.title == report.title
    assert any(NOTICE in p.text for p in made.paragraphs)
    assert all("w:tblHeader" in t.rows[0]._tr.xml for t in made.tables)


def test_a_word_file_bears_any_words() -> None:
    hostile = case_report(Case(id="a\x00\x0bb<w:p>", treatments=(Treatment(name="x\ud800\uffff]]>y"),)))
    made = Document(io.BytesIO(report_docx(hostile)))
    assert any("ab<w:p>" in p.text for p in made.paragraphs)
    assert any("x]]>y" in cell.text for table in made.tables for row in table.rows for cell in row.cells)


def test_without_numbers_neither_file_has_a_chance(silent: CaseReport) -> None:
    made = Document(io.BytesIO(report_docx(silent)))
    words = " ".join(
        [*(p.text for p in made.paragraphs), *(c.text for t in made.tables for r in t.rows for c in r.cells)]
    )
    for written in (words, text_of(report_pdf(silent))):
        assert "of 100" not in written
        assert "per million" not in written


@pytest.mark.parametrize(("library", "write"), [("weasyprint", report_pdf), ("docx", report_docx)])
def test_a_missing_library_is_one_message_with_the_remedy(report, library, write, monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(UsageError, match=r"not installed[\s\S]*pip install 'hoofbeat\[reports\]'"):
        write(report)


def test_a_leaflet_is_a_tagged_pdf_in_its_language() -> None:
    reader = pypdf.PdfReader(io.BytesIO(leaflet_pdf(leaflet("glucagonoma", lang="de"))))
    assert reader.trailer["/Root"]["/Lang"] == "de"
    assert "Glukagonom" in reader.pages[0].extract_text()
