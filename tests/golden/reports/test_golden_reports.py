"""Reports as they are written, kept whole: one report, shortened, as page and as text.

The report itself is kept too, so that a better model changes nothing here; only its writing is held.
Where a change is meant, write it anew: python tests/golden/reports/test_golden_reports.py
"""

from __future__ import annotations

import re
from pathlib import Path

from hoofbeat.reports import CaseReport, leaflet, leaflet_markdown, report_html, report_text

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
# As many rows and points as show each kind of line.
ROWS, POINTS = 4, 3


def kept() -> CaseReport:
    return CaseReport.model_validate_json((HERE / "report.json").read_text(encoding="utf-8"))


def page(report: CaseReport) -> str:
    """The page without its style sheet and the policy that follows from it."""
    html = re.sub(r"<style>.*?</style>", "<style></style>", report_html(report), flags=re.DOTALL)
    return re.sub(r"sha256-[^&']+", "sha256-", html)


def outline(lang: str) -> str:
    """The leaflet without the numbers that a better model may change."""
    text = leaflet_markdown(leaflet("glucagonoma", lang=lang))
    return re.sub(r"\d[\d.,+a-f]*", "#", text.split("\n1. ", maxsplit=1)[0])


def test_the_page_is_written_as_before() -> None:
    assert page(kept()) == (HERE / "report.html").read_text(encoding="utf-8")


def test_the_text_is_written_as_before() -> None:
    assert report_text(kept()) == (HERE / "report.txt").read_text(encoding="utf-8")


def test_the_leaflet_reads_as_before() -> None:
    assert outline("en") == (HERE / "leaflet.en.txt").read_text(encoding="utf-8")


def shortened(report: CaseReport) -> CaseReport:
    sections = []
    for section in report.sections:
        blocks = []
        for block in section.blocks:
            if block.kind == "table":
                blocks.append(block.model_copy(update={"rows": block.rows[:ROWS]}))
            elif block.kind == "points":
                blocks.append(block.model_copy(update={"entries": block.entries[:POINTS]}))
            elif block.kind == "figure" and section.id == "given":
                blocks.append(block.model_copy(update={"svg": "<svg></svg>"}))
            else:
                blocks.append(block)
        sections.append(section.model_copy(update={"blocks": tuple(blocks)}))
    versions = {"program_version": "0", "model_version": "0+kept"}
    return report.model_copy(update={"sections": tuple(sections), **versions})


def write() -> None:
    from hoofbeat import read_case
    from hoofbeat.reports import case_report

    case = read_case(ROOT / "tests" / "golden" / "patients" / "tumour_with_glucagon.yaml")
    report = shortened(case_report(case, setting="dermatology", date="2026-03-14"))
    (HERE / "report.json").write_text(report.model_dump_json(indent=1) + "\n", encoding="utf-8")
    (HERE / "report.html").write_text(page(kept()), encoding="utf-8")
    (HERE / "report.txt").write_text(report_text(kept()), encoding="utf-8")
    (HERE / "leaflet.en.txt").write_text(outline("en"), encoding="utf-8")


if __name__ == "__main__":
    write()
