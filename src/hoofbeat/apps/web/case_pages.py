"""The page of a case: every request brings the whole form, and the whole page goes back."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from pydantic import BaseModel
from starlette.responses import HTMLResponse, JSONResponse, Response

from hoofbeat.apps.web.answer_view import answer
from hoofbeat.apps.web.answered import Asked, asked_of
from hoofbeat.apps.web.describe_view import describe
from hoofbeat.apps.web.drawing import LESIONS, lesion_sheet, rendered
from hoofbeat.apps.web.onward_view import onward
from hoofbeat.apps.web.pressed import Outcome, press
from hoofbeat.apps.web.sheet import Sheet, sheet_from
from hoofbeat.apps.web.typed import suggestions
from hoofbeat.cases import to_yaml

router = APIRouter(include_in_schema=False)
_LEGEND = (
    ("present", "present"),
    ("absent", "absent"),
    ("uncertain", "uncertain"),
    ("other", "someone else"),
    ("value", "value"),
    ("drug", "treatment"),
    ("diagnosis", "diagnosis named"),
)


class Suggested(BaseModel):
    """What the words in the box may mean."""

    choices: list[dict[str, str]]


@router.get("/")
async def empty(request: Request) -> Response:
    """Return the page before anything is known."""
    sheet = Sheet(numbers=request.app.state.options.numbers)
    return HTMLResponse(await request.app.state.work(case_page, request, sheet, Outcome(), parts=True))


@router.post("/")
async def asked(request: Request) -> Response:
    """Return the page of what the form says; with script, the slower half follows by itself."""
    body = await request.body()
    whole = request.headers.get("hx-request") != "true"
    return HTMLResponse(await request.app.state.work(_asked, request, body, whole))


@router.post("/rest")
async def rest(request: Request) -> Response:
    """Return next steps, pathway, timeline and what can be taken away."""
    return HTMLResponse(await request.app.state.work(_rest, request, await request.body()))


@router.post("/suggest")
async def suggest(request: Request) -> Response:
    """Return what the words in the box may mean; the words come in the body, not in the address."""
    sheet_fields = sheet_from(await request.body(), 10)[1]
    found = await request.app.state.work(suggestions, sheet_fields.get("q", ""))
    return JSONResponse({"choices": [s._asdict() for s in found]})


@router.get(f"/static/{LESIONS}")
async def lesions(request: Request) -> Response:
    """Return all lesion drawings in one file."""
    return Response(await request.app.state.work(lesion_sheet), media_type="image/svg+xml")


def _asked(request: Request, body: bytes, whole: bool) -> str:  # noqa: FBT001 (passed on by a thread)
    sheet, fields = sheet_from(body, request.app.state.options.most_fields)
    outcome = press(sheet, fields)
    return case_page(
        request, sheet, outcome, parts=whole, typed=fields.get("add", "") if outcome.near else ""
    )


def case_page(request: Request, sheet: Sheet, outcome: Outcome, *, parts: bool, typed: str = "") -> str:
    """Return the page of a form. parts: with the slower half too."""
    told = asked_of(sheet)
    found = answer(told.case, sheet) if told.case else None
    shown: dict[str, Any] = {"rest": None, "answer_advice": None, "case_yaml": ""}
    if told.case and parts:
        shown = _onward(told, sheet, found["advice"] if found else None)
    said = outcome.said
    if found and said:
        said = f"{said} Likeliest now: {found['short']['likely']}."
    return rendered(
        "case.html",
        request,
        **describe(sheet),
        **shown,
        ready=told.case is not None,
        answer=found,
        said=said,
        typed=typed,
        near=outcome.near,
        pasted=outcome.pasted,
        legend=_LEGEND,
        issues=told.issues,
        without=told.without,
        not_used=[i.message for i in told.issues if i.level == "error"],
        answered_yaml=to_yaml(told.case) if told.case and told.case != told.whole else "",
    )


def _rest(request: Request, body: bytes) -> str:
    from hoofbeat.apps.web.answer_view import advice_view
    from hoofbeat.diagnosis import advises

    sheet, _ = sheet_from(body, request.app.state.options.most_fields)
    told = asked_of(sheet)
    if told.case is None:
        return ""
    advice = advice_view(advises(told.case, setting=sheet.setting), numbers=sheet.numbers)
    return rendered("rest.html", request, sheet=sheet, **_onward(told, sheet, advice))


def _onward(told: Asked, sheet: Sheet, advice: dict[str, Any] | None) -> dict[str, Any]:
    """What follows from the case that is asked about; what is taken away is the whole record."""
    if told.case is None or told.whole is None:
        return {}
    return {
        "rest": onward(told.case, sheet),
        "answer_advice": advice,
        "case_yaml": to_yaml(told.whole),
    }
