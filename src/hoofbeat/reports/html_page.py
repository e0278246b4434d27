"""A report as one HTML page that needs nothing else: style and drawings inside, no script."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoofbeat.errors import UsageError
from hoofbeat.reports.report_model import NOTICE, CaseReport

if TYPE_CHECKING:
    from jinja2 import Environment

_HERE = Path(__file__).parent / "templates"


def report_html(report: CaseReport) -> str:
    """Return the page of a report: one file, every word escaped, readable without script and in print.

    Raises UsageError when Jinja is not installed.
    """
    return render("report.html", report=report, notice=NOTICE)


def report_csp() -> str:
    """Return the content security policy of a report's page: its own style, no script, nothing fetched.

    A server that sends the page must send this policy, else its own may forbid the style.
    """
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"
    )


@cache
def style() -> str:
    """Return the style sheet of every page of this room."""
    return (_HERE / "report.css").read_text(encoding="utf-8")


def render(template: str, **values: Any) -> str:
    """Return a template of this room filled in; what is put in is escaped unless it is our own drawing."""
    return environment().get_template(template).render(style=style(), csp=report_csp(), **values)


@cache
def environment() -> Environment:
    """Return Jinja set up to escape everything and to refuse unknown names."""
    try:
        from jinja2 import Environment, FileSystemLoader, StrictUndefined
        from markupsafe import Markup
    except ModuleNotFoundError as fault:
        raise missing("Jinja2", "HTML") from fault
    made = Environment(
        loader=FileSystemLoader(_HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    # drawings and the style sheet are made here and hold only escaped words
    made.filters["ours"] = Markup
    return made


def missing(library: str, what: str) -> UsageError:
    """Return the one message for a library that is not installed."""
    return UsageError(
        f"{what} needs {library}, which is not installed",
        why="it is left out of the small installation because only reports use it",
        remedy="pip install 'hoofbeat[reports]'; text and Markdown need nothing more",
    )
