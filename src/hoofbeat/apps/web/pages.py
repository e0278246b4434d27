"""Pages to read: diseases, sources, body maps side by side, intended use, every element, and the way in."""

from __future__ import annotations

from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from markupsafe import Markup
from starlette.responses import RedirectResponse, Response

from hoofbeat.apps.web import case_pages, take
from hoofbeat.apps.web.drawing import markup, page
from hoofbeat.apps.web.evidence_view import source_card
from hoofbeat.apps.web.plain_markdown import html_of
from hoofbeat.apps.web.refusals import Refusal, refusal_of
from hoofbeat.apps.web.security import COOKIE, pass_of, same
from hoofbeat.apps.web.sheet import sheet_from
from hoofbeat.errors import UnknownTerm
from hoofbeat.knowledge import load_knowledge, numbers_of, source_keys
from hoofbeat.reports import body_map_svg, disease_page, heat_table, leaflet_slugs, region_heat, source_page

router = APIRouter(include_in_schema=False)
router.include_router(case_pages.router)
router.include_router(take.router)
_COMPARED = ("glucagonoma", "inverse_psoriasis", "pellagra")
_MOST_COMPARED = 3


@router.get("/diseases")
async def diseases(request: Request) -> Response:
    """Return all models, with how many numbers each holds and of which kind."""
    return page("diseases.html", request, rows=await request.app.state.work(_diseases))


@router.get("/diseases/{slug}")
async def disease(request: Request, slug: str) -> Response:
    """Return one model as prose and tables, every number with what it rests on."""
    found = await request.app.state.work(_one_disease, slug)
    return page("disease.html", request, **found)


@router.get("/sources")
async def sources(request: Request) -> Response:
    """Return all sources."""
    rows = [source_card(key) for key in sorted(load_knowledge().sources)]
    return page("sources.html", request, rows=rows)


@router.get("/sources/{key}")
async def source(request: Request, key: str) -> Response:
    """Return one source and every number that leans on it."""
    found = await request.app.state.work(_known, source_page, key)
    return page("source.html", request, source=found, card=source_card(key))


@router.get("/compare")
async def compare(
    request: Request, d: Annotated[tuple[str, ...], Query(max_length=_MOST_COMPARED)] = ()
) -> Response:
    """Return body maps side by side: how often each disease strikes each region."""
    chosen = tuple(dict.fromkeys(x for x in d if x))[:_MOST_COMPARED] or _COMPARED
    found = await request.app.state.work(_known, _compared, chosen)
    return page("compare.html", request, **found)


@router.get("/intended-use")
async def intended_use(request: Request) -> Response:
    """Return what the tool is for and what it is not."""
    return page("words.html", request, title="Intended use", body=Markup(html_of(_intended_use())))  # noqa: S704 (escaped there)


@router.get("/patterns")
async def patterns(request: Request) -> Response:
    """Return every element of the page, for those who change it and those who check it."""
    return page("patterns.html", request, **_elements())


@router.get("/enter")
async def enter(request: Request, to: str = "/") -> Response:
    """Ask for the token."""
    return page("enter.html", request, to=_inside(to), wrong=False)


@router.post("/enter")
async def entered(request: Request) -> Response:
    """Let in who knows the token: the cookie proves it and holds nothing else."""
    options = request.app.state.options
    _, fields = sheet_from(await request.body(), 10)
    if not options.token or not same(fields.get("token", ""), options.token):
        return page("enter.html", request, to=_inside(fields.get("to", "/")), wrong=True, status=401)
    answer = RedirectResponse(_inside(fields.get("to", "/")), status_code=303)
    secure = bool(options.certificate)
    answer.set_cookie(COOKIE, pass_of(options.token), httponly=True, samesite="strict", secure=secure)
    return answer


@router.get("/favicon.ico")
async def favicon() -> Response:
    """Return the mark for browsers that ask for it unasked."""
    from hoofbeat.apps.web.drawing import asset

    return RedirectResponse(asset("mark.svg"), status_code=308)


def refused(request: Request, refusal: Refusal) -> Response:
    """Return a refusal as a page."""
    answer = page("refused.html", request, status=refusal.status, refusal=refusal)
    answer.headers.update(refusal.headers)
    return answer


def _inside(address: str) -> str:
    """An address of our own pages; any other becomes the first page.

    >>> _inside("/diseases"), _inside("//elsewhere.org"), _inside("https://elsewhere.org")
    ('/diseases', '/', '/')
    """
    good = address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable()
    return address if good else "/"


def _known(task: Any, *args: Any) -> Any:
    """Do a task; a name that nobody knows is a page that is not there."""
    try:
        return task(*args)
    except UnknownTerm as fault:
        raise refusal_of(fault, status=404) from None


@cache
def _diseases() -> list[dict[str, Any]]:
    rows = []
    for found in load_knowledge().diseases.values():
        kinds = [number.kind for number in numbers_of(found)]
        rows.append(
            {
                "slug": found.slug,
                "name": found.name,
                "definition": found.about.definition,
                "do_not_miss": found.about.do_not_miss,
                "all": len(kinds),
                "counted": kinds.count("counted"),
                "reported": kinds.count("reported"),
                "assumed": kinds.count("assumption"),
                "sources": len(source_keys(found)),
            }
        )
    return sorted(rows, key=lambda r: str(r["name"]).casefold())


def _one_disease(slug: str) -> dict[str, Any]:
    found = _known(disease_page, slug)
    own = found.get("kind") != "background"
    heat = region_heat(found["slug"]) if own else {}
    drawn = {s: body_map_svg(s, heat=heat, name=found["name"]) for s in ("front", "back")} if heat else {}
    leaflet = own and found["slug"] in leaflet_slugs()
    return {"disease": found, "maps": markup(drawn), "leaflet": leaflet}


def _compared(chosen: tuple[str, ...]) -> dict[str, Any]:
    models = load_knowledge().diseases
    known = [slug for slug in chosen if slug in models]
    if len(known) < len(chosen):
        raise UnknownTerm("One of these diseases has no model", remedy="choose from the list")
    maps = []
    for n, slug in enumerate(known):
        heat = region_heat(slug)
        drawn = {
            s: body_map_svg(s, heat=heat, name=models[slug].name, key=f"m{n}-{s}") for s in ("front", "back")
        }
        maps.append({"slug": slug, "name": models[slug].name, "maps": markup(drawn), "silent": not heat})
    places = [s for s in models.values() if s.findings.sites or s.findings.counted_sites]
    disagree = [
        {"name": models[slug].name, "slug": slug, "items": list(models[slug].about.contradictions)}
        for slug in known
        if models[slug].about.contradictions
    ]
    return {
        "compared": maps,
        "table": heat_table(known),
        "choices": sorted(((m.slug, m.name) for m in places), key=lambda x: x[1].casefold()),
        "chosen": [*known, *[""] * (_MOST_COMPARED - len(known))],
        "disagree": disagree,
    }


@cache
def _intended_use() -> str:
    """The document of the project: shipped with the package, else beside its source."""
    shipped = Path(str(files("hoofbeat.apps.web"))) / "INTENDED_USE.md"
    beside = Path(__file__).parents[4] / "INTENDED_USE.md"
    return (shipped if shipped.is_file() else beside).read_text(encoding="utf-8")


def _elements() -> dict[str, Any]:
    """Made-up values to show each element with."""
    bars = [{"x": 22.0, "width": 41.0, "middle": 41.0}, {"x": 0.1, "width": 5.0, "middle": 1.0}]
    pulls = [
        {"side": "for", "reach": 40.0},
        {"side": "for", "reach": 12.0},
        {"side": "neither", "reach": 0.5},
        {"side": "against", "reach": 25.0},
    ]
    drawer = {
        "kind": "counted",
        "assumed": False,
        "words": "15 of 21 (abstract)",
        "group": "",
        "main": None,
        "others": [],
        "note": "",
        "sources": [],
    }
    return {"bars": bars, "pulls": pulls, "drawer": drawer}
