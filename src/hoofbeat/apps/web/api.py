"""POST /api/rank, explain, next, pathway and read: the command line's words for programs."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from functools import partial
from typing import Annotated, Any, TypeVar

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ValidationError
from starlette.responses import Response, StreamingResponse

from hoofbeat import __version__
from hoofbeat.apps.web.api_models import (
    REQUESTS,
    DiseaseAnswer,
    HealthAnswer,
    RankRequest,
    ReadRequest,
    SourceAnswer,
    TermBody,
    TermsAnswer,
)
from hoofbeat.apps.web.limits import LINES, content_type, parsed
from hoofbeat.apps.web.questions import QUESTIONS, read_case_data
from hoofbeat.apps.web.refusals import Refusal, invalid, refusal_of, unexpected
from hoofbeat.apps.web.text_log import LOG, place_of
from hoofbeat.errors import HoofbeatError, UnknownTerm
from hoofbeat.reports import without_amounts, without_chances, without_thresholds

router = APIRouter()
Asked = TypeVar("Asked", bound=BaseModel)

WITHOUT = {
    "rank": without_chances,
    "explain": without_chances,
    "next": without_thresholds,
    "pathway": without_amounts,
}


@router.post("/api/rank")
async def rank(request: Request) -> Response:
    """Diseases in order, with their chance, its range and what speaks for each.

    Many cases go as JSON Lines, one request a line; the answers come back as lines, in the same order, each
    as soon as it is made.
    """
    if content_type(dict(request.scope["headers"])) == LINES:
        body = await request.body()
        if not body.strip():
            raise Refusal(422, "case", "There is no line in it", remedy="send one request a line")
        return StreamingResponse(_lines(request, body), media_type=LINES)
    return await _answered(request, "rank")


@router.post("/api/explain")
async def explain(request: Request) -> Response:
    """Each finding for and against one disease, what was not asked, and what else would explain it."""
    return await _answered(request, "explain")


@router.post("/api/next")
async def next_steps(request: Request) -> Response:
    """What to ask, look at, test or try next, each with what its results would change."""
    return await _answered(request, "next")


@router.post("/api/pathway")
async def pathway(request: Request) -> Response:
    """Where the case is on the way from suspicion to follow-up, and what to consider there."""
    return await _answered(request, "pathway")


@router.post("/api/read")
async def read(request: Request) -> Response:
    """Findings, values, treatments and diagnoses proposed from a letter, each with its characters."""
    asked, _ = _asked(ReadRequest, parsed(await request.body(), request.app.state.options.deepest))
    return _json(await request.app.state.work(_read, asked))


@router.get("/api/terms")
async def terms(
    request: Request,
    q: Annotated[
        str, Query(max_length=200, description="A finding in any words. Never send what identifies a person.")
    ],
    limit: Annotated[int, Query(ge=1, le=50)] = 8,
) -> TermsAnswer:
    """Terms that words may mean, the likeliest first."""
    found: TermsAnswer = await request.app.state.work(find_terms, q, limit)
    return found


@router.get("/api/diseases/{slug}")
async def disease(request: Request, slug: str) -> DiseaseAnswer:
    """Everything a disease model says, with the source of each number; slug may be any alias."""
    found: DiseaseAnswer = await request.app.state.work(_disease, slug)
    return found


@router.get("/api/sources/{key}")
async def source(request: Request, key: str) -> SourceAnswer:
    """One source: what it is, how much of it was read, and which models lean on it."""
    found: SourceAnswer = await request.app.state.work(_source, key)
    return found


@router.get("/health")
async def health(request: Request) -> HealthAnswer:
    """Whether the server can answer."""
    found: HealthAnswer = await request.app.state.work(_health)
    return found


async def _answered(request: Request, word: str) -> Response:
    options = request.app.state.options
    asked, data = _asked(REQUESTS[word], parsed(await request.body(), options.deepest))
    return _json(await request.app.state.work(_answer, word, asked, data, options.numbers))


def _asked(kind: type[Asked], data: Any) -> tuple[Asked, dict[str, Any]]:
    """Return the request as understood, and the case as it was sent: its own reader finds more faults."""
    try:
        asked = kind.model_validate(data)
    except ValidationError as fault:
        raise invalid(fault.errors(include_url=False, include_input=False)) from None
    return asked, data.get("case", {})


def _answer(word: str, asked: Any, data: dict[str, Any], numbers: bool) -> str:  # noqa: FBT001 (passed on by a thread)
    question: Any = QUESTIONS[word]
    reading = read_case_data(data, replace_old_terms=asked.replace_old_terms)
    answer: BaseModel = question(asked, reading)
    if asked.numbers == "off" or (asked.numbers is None and not numbers):
        said = json.dumps(WITHOUT[word](answer.model_dump(mode="json")), ensure_ascii=False)
    else:
        said = answer.model_dump_json()
    if not reading.issues:
        return said
    # what of the case could not be used must not be lost behind an answer that looks whole
    issues = json.dumps([issue.as_json() for issue in reading.issues], ensure_ascii=False)
    return f'{said[:-1]},"issues":{issues}}}'


async def _lines(request: Request, body: bytes) -> AsyncIterator[bytes]:
    """Answer line by line; a line that cannot be answered is answered by its error, and the next follows."""
    state = request.app.state
    for number, line in enumerate(body.split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            asked, data = _asked(RankRequest, parsed(line, state.options.deepest))
            answer = await state.work(partial(_answer, "rank", asked, data, state.options.numbers))
        except (Refusal, HoofbeatError) as fault:
            refused = fault if isinstance(fault, Refusal) else refusal_of(fault)
            answer = json.dumps({"line": number, **refused.as_json()}, ensure_ascii=False)
        except Exception as fault:  # noqa: BLE001 (one line must not end the others, nor be quoted)
            told = {"kind": type(fault).__name__, "place": place_of(fault)}
            LOG.error("fault", extra={"told": told})
            answer = json.dumps({"line": number, **unexpected().as_json()})
        yield answer.encode() + b"\n"


def _json(text: str) -> Response:
    return Response(text, media_type="application/json")


def _read(asked: ReadRequest) -> str:
    from hoofbeat.reading import as_data, read_letter

    letter = read_letter(asked.text, cutoff=asked.cutoff, kind=asked.kind)
    return json.dumps(as_data(letter, text_id=asked.id), ensure_ascii=False, allow_nan=False)


def find_terms(words: str, limit: int = 8) -> TermsAnswer:
    """Return the terms that words may mean."""
    from hoofbeat.terms import load_ontology

    onto = load_ontology()
    found = (
        [TermBody(**match._asdict()) for match in onto.search(words, limit=limit)] if words.strip() else []
    )
    return TermsAnswer(words=words, terms=found, ontology_release=onto.release)


def _disease(slug: str) -> DiseaseAnswer:
    from hoofbeat.knowledge import find_disease, load_knowledge

    knowledge = load_knowledge()
    try:
        found = find_disease(knowledge, slug)
    except UnknownTerm as fault:
        raise refusal_of(fault, status=404) from None
    return DiseaseAnswer(
        slug=found.slug,
        id=found.id,
        name=found.name,
        aliases=list(found.aliases),
        model=found.model_dump(mode="json", exclude_defaults=True),
        model_version=knowledge.version,
    )


def _source(key: str) -> SourceAnswer:
    from hoofbeat.knowledge import load_knowledge, source_keys

    knowledge = load_knowledge()
    found = knowledge.sources.get(key)
    if found is None:
        raise Refusal(404, "unknown-source", "There is no source of that name", remedy="see /sources for all")
    used_by = [d.slug for d in knowledge.diseases.values() if key in source_keys(d)]
    return SourceAnswer(key=key, source=found.model_dump(mode="json", exclude_defaults=True), used_by=used_by)


def _health() -> HealthAnswer:
    from hoofbeat.knowledge import load_knowledge
    from hoofbeat.terms import load_ontology

    return HealthAnswer(
        status="ok",
        version=__version__,
        model_version=load_knowledge().version,
        ontology_release=load_ontology().release,
    )
