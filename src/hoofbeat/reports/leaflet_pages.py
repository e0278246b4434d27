"""A leaflet as Markdown, as a page and as PDF."""

from __future__ import annotations

from hoofbeat.reports.html_page import render
from hoofbeat.reports.leaflets import MARKS, Leaflet
from hoofbeat.reports.pdf_file import pdf_of
from hoofbeat.reports.report_model import NOTICE, Text


def leaflet_markdown(leaflet: Leaflet) -> str:
    """Return the leaflet as Markdown, footnotes as numbers in brackets and listed at the end."""
    lines = [f"# {leaflet.title}", ""]
    if leaflet.subtitle:
        lines += [f"*{leaflet.subtitle}*", ""]
    for section in leaflet.sections:
        lines += [f"## {section.title}", ""]
        for block in section.blocks:
            if block.kind == "points":
                lines += [f"- {_noted(entry.text)}" for entry in block.entries]
                lines.append("")
            elif block.kind == "paragraph":
                lines += [_noted(block.text), ""]
    lines += [f"## {sources_heading(leaflet)}", ""]
    lines += [f"{n.number}. {' '.join([n.citation, *n.ids])}" for n in leaflet.footnotes]
    marks = marks_in_words(leaflet)
    lines += ["", marks, ""] if marks else [""]
    lines += [
        leaflet.labels["about"],
        "",
        leaflet.labels["model"].format(version=leaflet.model_version),
        NOTICE,
    ]
    return "\n".join(lines) + "\n"


def leaflet_html(leaflet: Leaflet) -> str:
    """Return the leaflet as one page that needs nothing else."""
    return render(
        "leaflet.html",
        leaflet=leaflet,
        heading=sources_heading(leaflet),
        marks=marks_in_words(leaflet),
        model=leaflet.labels["model"].format(version=leaflet.model_version),
        notice=NOTICE,
    )


def leaflet_pdf(leaflet: Leaflet) -> bytes:
    """Return the leaflet as tagged PDF/UA-1. Raises UsageError when WeasyPrint is not installed."""
    return pdf_of(leaflet_html(leaflet))


def sources_heading(leaflet: Leaflet) -> str:
    """Return the heading over the sources, which names the disease like every other."""
    return leaflet.labels["sources"].format(title=leaflet.title)


def marks_in_words(leaflet: Leaflet) -> str:
    """Return how many lines rest on no source, and on what instead."""
    counts = [(sum(mark in t.keys for t in leaflet.traces), leaflet.labels[mark]) for mark in MARKS]
    told = "; ".join(f"{count} × {words}" for count, words in counts if count)
    return f"{told}." if told else ""


def _noted(text: Text) -> str:
    numbers = ", ".join(map(str, text.notes))
    return f"{text.words} [{numbers}]" if numbers else text.words
