"""OpenAPI 3.1 for programs, and a page of our own for people; nothing is fetched from elsewhere."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema
from starlette.responses import JSONResponse, Response

from hoofbeat import __version__
from hoofbeat.apps.web.api_models import ANSWERS, REQUESTS
from hoofbeat.apps.web.cds_models import FeedbackBody, HookAnswer, HookBody
from hoofbeat.apps.web.drawing import page
from hoofbeat.apps.web.refusals import ErrorAnswer

router = APIRouter(include_in_schema=False)
STATUSES = (
    (400, "The body is not JSON, or is nested too deeply; an option is not known."),
    (401, "The token is missing or wrong; a signed request does not prove who sent it."),
    (403, "The request comes from another web site."),
    (404, "There is no such page, disease or source."),
    (405, "The method is not one of this address."),
    (408, "The request did not arrive in time."),
    (412, "CDS Hooks: data that the card needs were not sent."),
    (413, "The body is too large."),
    (415, "The body is not of a kind that is read here."),
    (421, "The host is not this computer."),
    (422, "The case or a field of the request is not valid; issues lists every fault."),
    (500, "A fault of the program; nothing of the request is kept or logged."),
    (503, "The answer took too long, or too many ask at once."),
)
_REF = "#/components/schemas/{model}"
_ISSUES = {
    "type": "array",
    "items": {"$ref": _REF.format(model="IssueBody")},
    "description": "What of the case could not be used; not there when all of it was.",
}
_ALWAYS = (400, 401, 403, 408, 413, 415, 421, 422, 500, 503)


@router.get("/api/openapi.json")
async def openapi(request: Request) -> Response:
    """Return the description for programs."""
    return JSONResponse(document(request.app))


@router.get("/api")
async def people(request: Request) -> Response:
    """Return the description for people."""
    options = request.app.state.options
    return page(
        "api.html",
        request,
        base=request.app.state.options.base(str(request.base_url)),
        token=bool(options.token),
        statuses=STATUSES,
        doors=_doors(document(request.app)),
    )


def document(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document, made once."""
    if app.openapi_schema is None:
        app.openapi_schema = _made(app)
    return app.openapi_schema


def _made(app: FastAPI) -> dict[str, Any]:
    made = get_openapi(
        title="hoofbeat",
        version=__version__,
        openapi_version="3.1.0",
        summary="From findings to a ranked, explained, cited differential",
        description="Not cleared or certified as a medical device; for research and education.",
        routes=app.routes,
    )
    models: list[type[BaseModel]] = [
        *REQUESTS.values(),
        *ANSWERS.values(),
        ErrorAnswer,
        HookBody,
        HookAnswer,
        FeedbackBody,
    ]
    _, shared = models_json_schema([(m, "validation") for m in models], ref_template=_REF)
    schemas = made.setdefault("components", {}).setdefault("schemas", {})
    schemas.update(shared["$defs"])
    for model in schemas.values():
        case = model.get("properties", {}).get("case", {})
        if "oneOf" in case:  # what has fields of two kinds of case is read as one of them, not refused
            case["anyOf"] = case.pop("oneOf")
    for name in ("HTTPValidationError", "ValidationError"):
        schemas.pop(name, None)
    for path, methods in made["paths"].items():
        for method, door in methods.items():
            _complete(path, method, door)
    made["components"]["securitySchemes"] = {"token": {"type": "http", "scheme": "bearer"}}
    return made


def _complete(path: str, method: str, door: dict[str, Any]) -> None:
    word = path.removeprefix("/api/")
    if method == "post" and word in REQUESTS:
        schema = {"$ref": _REF.format(model=REQUESTS[word].__name__)}
        content: dict[str, Any] = {"application/json": {"schema": schema}}
        if word == "rank":
            content["application/x-ndjson"] = {
                "schema": {"type": "string", "description": "One request a line."}
            }
        door["requestBody"] = {"required": True, "content": content}
        door["responses"]["200"] = _answer(word)
    if path.startswith("/cds-services/") and method == "post":
        feedback = path.endswith("/feedback")
        model = "FeedbackBody" if feedback else "HookBody"
        door["requestBody"] = _json_of(model) | {"required": True}
        if not feedback:
            door["responses"]["200"] = _json_of("HookAnswer") | {
                "description": "Cards; none when there is nothing to say."
            }
            door["responses"]["412"] = _json_of("ErrorAnswer") | {"description": dict(STATUSES)[412]}
    also = (404,) if "{" in path else ()
    for status in (*_ALWAYS, *also):
        if method == "get" and status in (413, 415):
            continue
        door["responses"][str(status)] = _json_of("ErrorAnswer") | {"description": dict(STATUSES)[status]}


def _answer(word: str) -> dict[str, Any]:
    shown = {"type": "object", "description": "Every field that is read."}
    without = {"type": "object", "description": "The same without chances and ratios, where numbers are off."}
    schema: dict[str, Any] = shown
    if word in ANSWERS:
        answer = {"anyOf": [{"$ref": _REF.format(model=ANSWERS[word].__name__)}, without]}
        schema = {"allOf": [answer, {"properties": {"issues": _ISSUES}}]}
    content: dict[str, Any] = {"application/json": {"schema": schema}}
    if word == "rank":
        content["application/x-ndjson"] = {"schema": {"type": "string"}}
    return {"description": "The answer.", "content": content}


def _json_of(model: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": _REF.format(model=model)}}}}


def _doors(made: dict[str, Any]) -> list[tuple[str, str, str, list[tuple[str, str]], list[tuple[str, str]]]]:
    doors = []
    for path, methods in made["paths"].items():
        for method, door in methods.items():
            params = [
                (p["name"], p.get("description", "") or _holds(p["schema"], made))
                for p in door.get("parameters", [])
            ]
            fields: list[tuple[str, str]] = []
            body = (
                door.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema", {})
            )
            if "$ref" in body:
                model = made["components"]["schemas"][body["$ref"].rpartition("/")[2]]
                fields = [(name, _holds(s, made)) for name, s in model.get("properties", {}).items()]
            doors.append((path, method.upper(), door.get("description", ""), fields, params))
    return doors


def _holds(schema: dict[str, Any], made: dict[str, Any]) -> str:
    """Return in words what a field may hold."""
    if "$ref" in schema:
        return str(schema["$ref"]).rpartition("/")[2].removesuffix("Body")
    for word in ("anyOf", "oneOf"):
        if word in schema:
            return " or ".join(dict.fromkeys(_holds(s, made) for s in schema[word]))
    if "enum" in schema:
        return " or ".join(map(str, schema["enum"]))
    said = str(schema.get("title") if schema.get("type") == "object" else schema.get("type", "anything"))
    if schema.get("type") == "array":
        said = f"list of {_holds(schema.get('items', {}), made)}"
    if "default" in schema and schema["default"] not in ([], {}, None):
        said += f" (else {schema['default']})"
    return said
