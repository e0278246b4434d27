"""What is taken away: the report in every form, the case in every format, the leaflet."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from hoofbeat.apps.web.answered import left_of, without
from hoofbeat.apps.web.questions import unusable
from hoofbeat.apps.web.refusals import Refusal, refusal_of
from hoofbeat.apps.web.sheet import SETTINGS, sheet_from
from hoofbeat.cases import Case, CaseReading, read_cases, to_phenopacket, to_yaml
from hoofbeat.diagnosis import rank
from hoofbeat.errors import UnknownTerm, UsageError
from hoofbeat.reports import (
    CaseReport,
    case_report,
    leaflet,
    leaflet_html,
    report_csp,
    report_docx,
    report_html,
    report_pdf,
    report_text,
    to_fhir,
)

router = APIRouter(include_in_schema=False)
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class _Taken(NamedTuple):
    """What is wanted: the whole record, the case that was answered, for whom, with or without numbers."""

    whole: Case
    case: Case
    setting: str
    numbers: bool


@router.post("/take/{form}")
async def take(request: Request, form: str) -> Response:
    """Return the case of a form in one of the forms; nothing of it is kept."""
    if form not in _FORMS:
        raise Refusal(404, "not-found", "There is no such form", remedy="one of: " + ", ".join(_FORMS))
    body = await request.body()
    made: Response = await request.app.state.work(_made, form, body, request.app.state.options.most_fields)
    return made


@router.get("/leaflets/{slug}")
async def patient_leaflet(
    request: Request,
    slug: str,
    cause: Annotated[str | None, Query(max_length=80)] = None,
    lang: Annotated[str, Query(max_length=8)] = "en",
) -> Response:
    """Return the leaflet of a disease for a patient: about the disease, not about anyone."""
    made: str = await request.app.state.work(_leaflet, slug, cause, lang)
    return _own_page(made)


def _leaflet(slug: str, cause: str | None, lang: str) -> str:
    try:
        return leaflet_html(leaflet(slug, cause=cause, lang=lang))
    except (UnknownTerm, UsageError) as fault:
        raise refusal_of(fault, status=404) from None


def _made(form: str, body: bytes, most: int) -> Response:
    _, fields = sheet_from(body, most)
    whole = next(read_cases(fields.get("case", "").encode()), CaseReading(None, (), ""))
    # an answer given without a part of the record says so; only what was answered has to be without fault
    answered = next(read_cases(fields["answered"].encode())) if fields.get("answered") else whole
    if whole.case is None or answered.case is None or not answered.usable:
        raise unusable((*answered.issues, *whole.issues))
    setting = fields.get("setting", "")
    if setting not in SETTINGS:
        setting = whole.case.setting or "dermatology"
    return _FORMS[form](_Taken(whole.case, answered.case, setting, fields.get("numbers") != "off"))


def _today() -> str:
    return date.today().isoformat()  # noqa: DTZ011 (the day where the reader is)


def _report(taken: _Taken) -> CaseReport:
    report = case_report(taken.case, setting=taken.setting, numbers=taken.numbers, date=_today())
    words = _without(taken)
    return (
        report.model_copy(update={"about": (*report.about, ("Answered without", words))}) if words else report
    )


def _without(taken: _Taken) -> str:
    return ", ".join(without(taken.whole, taken.case))


def _own_page(text: str) -> Response:
    """A page that brings its own style needs the policy that allows just this style."""
    policy = f"{report_csp()}; frame-ancestors 'none'"
    return HTMLResponse(text, headers={"content-security-policy": policy})


def _file(data: str | bytes, name: str, kind: str) -> Response:
    return Response(data, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


def _phenopacket(taken: _Taken) -> Response:
    return _file(_json(to_phenopacket(taken.whole)), "case.phenopacket.json", "application/json")


def _fhir(taken: _Taken) -> Response:
    ranking = rank(taken.case, setting=taken.setting)
    bundle = to_fhir(ranking, taken.case, numbers=taken.numbers, date=_today())
    words = _without(taken)
    if words:
        _add_left(bundle, to_fhir(ranking, left_of(taken.whole, taken.case)), words)
    return _file(_json(bundle), "case.fhir.json", "application/fhir+json")


def _add_left(bundle: dict[str, Any], left: dict[str, Any], words: str) -> None:
    """Add what an answer was given without to its Bundle; it is in the record, and no basis of the answer."""
    subject = {"reference": bundle["entry"][0]["fullUrl"]}
    for entry in left["entry"]:
        if entry["resource"]["resourceType"] not in ("Patient", "ClinicalImpression", "RiskAssessment"):
            notes = [*entry["resource"].get("note", []), {"text": "The answer was given without it."}]
            entry["resource"] |= {"subject": subject, "note": notes}
            bundle["entry"].append(entry)
    for entry in bundle["entry"]:
        if entry["resource"]["resourceType"] == "ClinicalImpression":
            entry["resource"].setdefault("note", []).append({"text": f"Answered without: {words}."})


def _case_file(taken: _Taken) -> Response:
    words = " ".join(_without(taken).split())
    said = f"# answered without: {words}\n" if words else ""
    return _file(said + to_yaml(taken.whole), "case.yaml", "application/yaml")


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


_FORMS: dict[str, Callable[[_Taken], Response]] = {
    "report": lambda t: _own_page(report_html(_report(t))),
    "html": lambda t: _file(report_html(_report(t)), "report.html", "text/html"),
    "pdf": lambda t: _file(report_pdf(_report(t)), "report.pdf", "application/pdf"),
    "docx": lambda t: _file(report_docx(_report(t)), "report.docx", _WORD),
    "text": lambda t: Response(report_text(_report(t)), media_type="text/plain; charset=utf-8"),
    "case": _case_file,
    "phenopacket": _phenopacket,
    "fhir": _fhir,
}
