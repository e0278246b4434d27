"""What a clinician or a patient takes away: reports, drawings, leaflets, and FHIR."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoofbeat.doors import door

if TYPE_CHECKING:
    from hoofbeat.reports.body_map import SiteClaim, body_map_svg, heat_table, region_heat, site_claims
    from hoofbeat.reports.course_plots import bands_svg, course_svg
    from hoofbeat.reports.disease_pages import disease_page
    from hoofbeat.reports.docx_file import report_docx
    from hoofbeat.reports.fhir_out import to_fhir
    from hoofbeat.reports.footnotes import Footnote
    from hoofbeat.reports.html_page import report_csp, report_html
    from hoofbeat.reports.leaflet_pages import leaflet_html, leaflet_markdown, leaflet_pdf
    from hoofbeat.reports.leaflets import Leaflet, leaflet, leaflet_causes, leaflet_languages, leaflet_slugs
    from hoofbeat.reports.lesion_drawings import lesion_svg
    from hoofbeat.reports.next_view import threshold_words
    from hoofbeat.reports.numbers_off import without_amounts, without_chances, without_thresholds
    from hoofbeat.reports.pdf_file import report_pdf
    from hoofbeat.reports.plain_text import report_text
    from hoofbeat.reports.printed_values import Printed, as_printed
    from hoofbeat.reports.report_model import CaseReport, Section
    from hoofbeat.reports.report_of_case import case_report
    from hoofbeat.reports.source_pages import source_page
    from hoofbeat.reports.timeline_plot import timeline_svg
    from hoofbeat.reports.timeline_view import told_values, value_said
    from hoofbeat.reports.tornado import tornado_svg
    from hoofbeat.reports.wording import (
        SETTINGS,
        amount,
        days,
        factor,
        from_to,
        in_100,
        of_100,
        plural,
        span,
        speaks,
    )

__all__ = [
    "SETTINGS",
    "CaseReport",
    "Footnote",
    "Leaflet",
    "Printed",
    "Section",
    "SiteClaim",
    "amount",
    "as_printed",
    "bands_svg",
    "body_map_svg",
    "case_report",
    "course_svg",
    "days",
    "disease_page",
    "factor",
    "from_to",
    "heat_table",
    "in_100",
    "leaflet",
    "leaflet_causes",
    "leaflet_html",
    "leaflet_languages",
    "leaflet_markdown",
    "leaflet_pdf",
    "leaflet_slugs",
    "lesion_svg",
    "of_100",
    "plural",
    "region_heat",
    "report_csp",
    "report_docx",
    "report_html",
    "report_pdf",
    "report_text",
    "site_claims",
    "source_page",
    "span",
    "speaks",
    "threshold_words",
    "timeline_svg",
    "to_fhir",
    "told_values",
    "tornado_svg",
    "value_said",
    "without_amounts",
    "without_chances",
    "without_thresholds",
]

_HOMES = {
    "body_map": ("SiteClaim", "body_map_svg", "heat_table", "region_heat", "site_claims"),
    "course_plots": ("bands_svg", "course_svg"),
    "disease_pages": ("disease_page",),
    "docx_file": ("report_docx",),
    "fhir_out": ("to_fhir",),
    "footnotes": ("Footnote",),
    "html_page": ("report_csp", "report_html"),
    "leaflet_pages": ("leaflet_html", "leaflet_markdown", "leaflet_pdf"),
    "leaflets": ("Leaflet", "leaflet", "leaflet_causes", "leaflet_languages", "leaflet_slugs"),
    "lesion_drawings": ("lesion_svg",),
    "next_view": ("threshold_words",),
    "numbers_off": ("without_amounts", "without_chances", "without_thresholds"),
    "pdf_file": ("report_pdf",),
    "plain_text": ("report_text",),
    "printed_values": ("Printed", "as_printed"),
    "report_model": ("CaseReport", "Section"),
    "report_of_case": ("case_report",),
    "source_pages": ("source_page",),
    "timeline_plot": ("timeline_svg",),
    "timeline_view": ("told_values", "value_said"),
    "tornado": ("tornado_svg",),
    "wording": (
        "SETTINGS",
        "amount",
        "days",
        "factor",
        "from_to",
        "in_100",
        "of_100",
        "plural",
        "span",
        "speaks",
    ),
}

__getattr__ = door(__name__, _HOMES)
