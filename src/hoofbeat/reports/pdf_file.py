"""A report as a PDF that a screen reader can read (PDF/UA), made from the same page as the HTML."""

from __future__ import annotations

from hoofbeat.reports.html_page import missing, report_html
from hoofbeat.reports.report_model import CaseReport


def report_pdf(report: CaseReport) -> bytes:
    """Return the report as tagged PDF/UA-1, the same bytes for the same report.

    Raises UsageError when WeasyPrint is not installed.
    """
    return pdf_of(report_html(report))


def pdf_of(page: str) -> bytes:
    """Return a page of this room as PDF; whatever it names outside itself is refused, never fetched."""
    try:
        from weasyprint import HTML  # type: ignore[import-untyped]  # it has no types
        from weasyprint.urls import URLFetcher  # type: ignore[import-untyped]  # it has no types
    except (ModuleNotFoundError, OSError) as fault:
        # OSError: the library is there, but the drawing library beneath it (Pango) is not
        raise missing("WeasyPrint", "PDF") from fault
    fetcher = URLFetcher(allowed_protocols=("nothing",), allow_redirects=False)
    # paper has one colour, and WeasyPrint takes the name of the page's own for black
    document = HTML(string=page.replace('fill="Canvas"', 'fill="#fff"'), url_fetcher=fetcher)
    made: bytes = document.write_pdf(pdf_variant="pdf/ua-1", pdf_identifier=b"hoofbeat")
    return made
