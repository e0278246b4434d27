"""The application: every door, and the layers that each request passes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files
from pathlib import Path

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from hoofbeat import __version__
from hoofbeat.apps.web import api, api_document, cds, pages, smart
from hoofbeat.apps.web.headers import Outside
from hoofbeat.apps.web.limits import Work
from hoofbeat.apps.web.options import ServeOptions
from hoofbeat.apps.web.refusals import Refusal, invalid, refusal_of
from hoofbeat.apps.web.security import Gate
from hoofbeat.apps.web.sharing import end_with_parent
from hoofbeat.apps.web.text_log import LOG, start_log
from hoofbeat.errors import HoofbeatError

_PROGRAMS = ("/api/", "/cds-services", "/health")


def app_from_environment() -> FastAPI:
    """Return the application of a worker process."""
    from hoofbeat.apps.web.server import Impatient

    start_log()
    options = ServeOptions.from_environment()
    Impatient.seconds = options.seconds
    end_with_parent()
    return create_app(options)


def create_app(options: ServeOptions | None = None) -> FastAPI:
    """Return the application. Nothing of a patient is kept in it: every request brings its whole case."""
    options = options or ServeOptions()
    app = FastAPI(
        title="hoofbeat",
        version=__version__,
        summary="From findings to a ranked, explained, cited differential",
        # FastAPI's own documentation pages fetch from elsewhere; ours is at /api
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
        lifespan=_awake,
    )
    app.state.options, app.state.work = options, Work(options)
    for part in (api, api_document, cds, smart, pages):
        app.include_router(part.router)
    folder = Path(str(files("hoofbeat.apps.web") / "static"))
    app.mount("/static", StaticFiles(directory=folder), name="static")
    _answer_faults(app)
    app.add_middleware(Gate, options=options)
    work = app.state.work
    app.add_middleware(
        Outside, shown=_shown, crowded=lambda: work.crowded, encrypted=bool(options.certificate)
    )
    return app


@asynccontextmanager
async def _awake(app: FastAPI) -> AsyncIterator[None]:
    """Load models and ontology before the first request, so that nobody waits for them."""
    LOG.info("starting", extra={"told": {"version": __version__}})
    await app.state.work(_warm)
    LOG.info("ready", extra={"told": {"local": app.state.options.local}})
    yield
    LOG.info("stopped")


def _warm() -> None:
    from hoofbeat.cases import read_case
    from hoofbeat.diagnosis import rank

    rank(read_case({"findings": ["skin rash"]}), setting="dermatology", top=1)


def _answer_faults(app: FastAPI) -> None:
    @app.exception_handler(Refusal)
    async def refused(request: Request, fault: Refusal) -> Response:
        return _shown(request, fault)

    @app.exception_handler(HoofbeatError)
    async def ours(request: Request, fault: HoofbeatError) -> Response:
        return _shown(request, refusal_of(fault))

    @app.exception_handler(RequestValidationError)
    async def wrong_shape(request: Request, fault: RequestValidationError) -> Response:
        return _shown(request, invalid(fault.errors(), "request"))

    @app.exception_handler(HTTPException)
    async def http(request: Request, fault: HTTPException) -> Response:
        names = {404: ("not-found", "There is no such page"), 405: ("wrong-method", "Not with this method")}
        kind, what = names.get(fault.status_code, ("refused", "The request is refused"))
        refusal = Refusal(
            fault.status_code,
            kind,
            what,
            remedy="start at / or, for programs, at /api",
            headers=fault.headers,
        )
        return _shown(request, refusal)


def _shown(request: Request, refusal: Refusal) -> Response:
    for_people = "text/html" in request.headers.get("accept", "")
    if for_people and not request.url.path.startswith(_PROGRAMS):
        return pages.refused(request, refusal)
    return refusal.response()
