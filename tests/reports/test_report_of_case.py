"""What a report says, how it says it in HTML and text, and what it never does."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from itertools import pairwise

import pytest

from hoofbeat.cases import Case, Finding, Measurement, Treatment
from hoofbeat.errors import UsageError
from hoofbeat.reports import CaseReport, case_report, report_csp, report_html, report_text
from hoofbeat.reports.case_view import section as case_section
from hoofbeat.reports.report_model import NOTICE

CHANCE = re.compile(r"of 100|per million|in a million|in 100|[×÷]\d|odds|threshold of")
VOID = {"meta", "br", "hr", "img", "input", "link"}


class Page(HTMLParser):
    """Tags, ids and addresses of a page; tags that do not close are found."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.ids: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.open: list[str] = []
        self.faults: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        self.ids += [value or "" for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


def numbers_of_notes(report: CaseReport) -> Iterator[int]:
    yield from (
        int(n) for n in re.findall(r'"notes":\[([\d,]+)\]', report.model_dump_json()) for n in n.split(",")
    )


def test_every_part_is_there_in_reading_order(report: CaseReport) -> None:
    ids = [section.id for section in report.sections]
    assert ids[:3] == ["given", "differential", "why"]
    assert ids[-4:] == ["next", "pathway", "timeline", "method"]
    assert {"Why Glucagonoma"} <= {section.title for section in report.sections}
    text = report_text(report)
    for words in (
        "none of these",
        "do not miss",
        "Explained away by",
        "Expected, but not asked",
        "Sources",
        NOTICE,
    ):
        assert words in text
    assert report.model_version in text
    assert report.ontology_release in text


def test_the_same_case_is_the_same_bytes(case: Case, report: CaseReport) -> None:
    again = case_report(case, setting="dermatology")
    assert again == report
    assert report_html(again) == report_html(report)
    assert report_text(again) == report_text(report)


def test_a_date_is_only_the_one_given(case: Case, report: CaseReport) -> None:
    assert report.date is None
    dated = case_report(case, setting="dermatology", date="2026-03-14")
    assert "2026-03-14" in report_html(dated)
    assert "2026-03-14" in report_text(dated)
    assert dated.sections == report.sections


def test_a_disease_has_one_range_wherever_it_stands(report: CaseReport) -> None:
    text = " ".join(report_text(report).split())
    place, span = re.search(r"Place (\d+): [^(]+\(([^)]+)\)", text[text.index("Why Glucagonoma") :]).groups()
    listed = {
        row[0].words: row[2].words
        for section in report.sections
        if section.id == "differential"
        for block in section.blocks
        if block.kind == "table"
        for row in block.rows
    }
    assert span in listed[place]


def test_without_numbers_no_way_of_writing_shows_a_chance(silent: CaseReport) -> None:
    page = re.sub(r"<style>.*?</style>", "", report_html(silent), flags=re.DOTALL)
    for written in (report_text(silent), silent.model_dump_json(), page):
        found = CHANCE.search(written)
        assert found is None, written[found.start() - 80 : found.end() + 40]
    text = report_text(silent)
    assert "Fasting glucagon: advised" in text
    assert "for" in text
    assert "assumption" in text


def test_order_and_sources_stay_when_numbers_go(report: CaseReport, silent: CaseReport) -> None:
    def diseases(made: CaseReport) -> list[str]:
        (section,) = (s for s in made.sections if s.id == "differential")
        return [row[1].words for block in section.blocks if block.kind == "table" for row in block.rows]

    assert diseases(report) == diseases(silent)
    assert {n.key for n in silent.footnotes} <= {n.key for n in report.footnotes}


def test_every_footnote_is_used_and_every_mark_has_one(report: CaseReport) -> None:
    used = set(numbers_of_notes(report))
    assert used == {note.number for note in report.footnotes}
    assert [note.number for note in report.footnotes] == list(range(1, len(used) + 1))


def test_the_page_is_whole_and_needs_nothing_else(report: CaseReport) -> None:
    page = Page(report_html(report))
    assert not page.faults
    assert not page.open
    assert len(page.ids) == len(set(page.ids))
    assert "script" not in page.tags
    assert not {"img", "link", "iframe", "object", "embed"} & set(page.tags)
    for tag, name, value in page.attributes:
        assert name != "style", tag  # a strict page refuses it
        assert not name.startswith("on"), tag
        if name in ("href", "src", "xlink:href"):
            assert value.startswith(("#", "https://", "http://")), value
            assert tag == "a"
            if value.startswith("#"):
                assert value[1:] in page.ids
        if "url(" in value:
            assert value.startswith("url(#"), value


def test_headings_run_in_order_and_tables_name_their_columns(report: CaseReport) -> None:
    page = Page(report_html(report))
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch(r"h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(later - earlier <= 1 for earlier, later in pairwise(levels))
    assert page.tags.count("table") == page.tags.count("caption") > 5
    assert ("html", "lang", "en") in page.attributes


def test_the_policy_allows_just_the_pages_own_style(report: CaseReport) -> None:
    html = report_html(report)
    (style,) = re.findall(r"<style>(.*?)</style>", html, flags=re.DOTALL)
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert f"'sha256-{digest}'" in report_csp()
    assert "default-src 'none'" in report_csp()
    assert "@import" not in style
    assert "url(" not in style


def test_whatever_a_case_holds_is_escaped() -> None:
    evil = '<script>alert("x")</script>\x00\x1b\u202e"><img src=x onerror=y>'
    eroded = Finding(
        term="HP:0200041", label=evil, where=("groin",), since_days=90, said=evil, course=evil
    )  # fmt: skip
    values = (
        Measurement(test=evil, value=1, unit=evil, date=evil),
        Measurement(test="glucagon", value=900, unit="pg/mL", date="2026-01-02"),
    )
    tried = Treatment(name=evil, date="2026-01-01", response="partial")
    case = Case(
        id=evil, prior_diagnoses=(evil,), findings=(eroded,), measurements=values, treatments=(tried,)
    )  # fmt: skip
    report = case_report(case, setting="dermatology", date=evil)
    html = report_html(report)
    page = Page(html)
    assert not page.faults
    assert "script" not in page.tags
    assert "img" not in page.tags
    assert "&lt;script&gt;" in html
    for written in (html, report_text(report)):
        assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\u202a-\u202e]", written)


def test_a_case_of_which_nothing_is_known_is_said_to_be_so() -> None:
    report = case_report(Case(id="empty"))
    text = report_text(report)
    assert "Nothing was given" in text
    assert "fewer than three findings" in text
    assert "age not given" in text


def test_too_wide_for_nothing(report: CaseReport) -> None:
    assert max(len(line) for line in report_text(report).splitlines()) <= 96


def test_an_unknown_setting_is_refused(case: Case) -> None:
    with pytest.raises(UsageError, match="setting"):
        case_report(case, setting="moon")


def test_jinja_missing_is_one_message_with_the_remedy(report: CaseReport, monkeypatch) -> None:
    from hoofbeat.reports import html_page

    html_page.environment.cache_clear()
    monkeypatch.setitem(__import__("sys").modules, "jinja2", None)
    try:
        with pytest.raises(UsageError, match="pip install 'hoofbeat\\[reports\\]'"):
            report_html(report)
    finally:
        html_page.environment.cache_clear()


def test_a_value_is_told_in_its_unit_and_against_the_range_it_is_judged_by() -> None:
    case = Case(
        id="v",
        sex="female",
        measurements=(
            Measurement(test="zinc", value=7, unit="umol/L", low=11, high=18),
            Measurement(test="zinc", value=7.5, unit="µmol/L"),
            Measurement(test="glucagon", value=120, unit="pg/mL", high=150),
        ),
    )
    (table,) = (b for b in case_section(case).blocks if b.kind == "table")
    assert [[cell.words for cell in row][:3] for row in table.rows] == [
        ["zinc", "7 umol/L, low", "11–18 umol/L"],
        ["zinc", "7.5 µmol/L, low", "9.18–18.4 µmol/L, usual range assumed"],
        ["glucagon", "120 pg/mL, normal", "up to 150 pg/mL"],
    ]
