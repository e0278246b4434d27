"""Templates filled in, assets named by what is in them, and drawings as the page uses them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import HTMLResponse

from hoofbeat import __version__
from hoofbeat.knowledge import load_knowledge
from hoofbeat.reports import lesion_svg
from hoofbeat.terms import lesion_words, load_ontology, site

_HERE = Path(str(files("hoofbeat.apps.web")))
LESIONS = "lesions.svg"


@cache
def environment() -> Environment:
    """Return Jinja set up to escape everything and to refuse unknown names."""
    made = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    # drawings are made by our own reports room and hold only escaped words
    made.filters["ours"] = Markup
    made.globals.update(asset=asset, version=__version__, site_names=site_names)
    return made


def rendered(template: str, request: Request, **values: Any) -> str:
    """Return a template filled in."""
    options = request.app.state.options
    return (
        environment()
        .get_template(template)
        .render(
            here=request.url.path,
            local=options.local,
            model_version=load_knowledge().version,
            ontology_release=load_ontology().release,
            **values,
        )
    )


def page(template: str, request: Request, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page."""
    return HTMLResponse(rendered(template, request, **values), status)


@cache
def asset(name: str) -> str:
    """Return the address of an asset, with what is in it told in short, so that it may be kept for long."""
    data = lesion_sheet().encode() if name == LESIONS else (_HERE / "static" / name).read_bytes()
    return f"/static/{name}?{hashlib.sha256(data).hexdigest()[:12]}"


@cache
def lesion_sheet() -> str:
    """Return all lesion drawings in one file, to be used by name."""
    symbols = []
    for word in lesion_words():
        drawn = re.sub(r"<(title|desc)[^>]*>.*?</\1>", "", lesion_svg(word.slug), flags=re.DOTALL)
        inner = re.sub(r"^<svg[^>]*>|</svg>$", "", drawn.strip())
        symbols.append(f'<symbol id="{word.slug}" viewBox="0 0 96 96">{inner}</symbol>')
    return f'<svg xmlns="http://www.w3.org/2000/svg">{"".join(symbols)}</svg>'


def site_names(slugs: tuple[str, ...]) -> str:
    """Return body sites as people call them."""
    return ", ".join(site(slug).name for slug in slugs)


def markup(drawings: Mapping[str, str]) -> dict[str, Markup]:
    """Return our own drawings, marked as such."""
    return {name: Markup(drawn) for name, drawn in drawings.items()}  # noqa: S704 (our own drawings, every word escaped)
