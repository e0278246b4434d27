"""CDS Hooks 2.0: a card when a chart looks like a glucagonoma that nobody has thought of; else no card."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fastapi import APIRouter, Request
from pydantic import ValidationError
from starlette.responses import JSONResponse, Response

from hoofbeat.apps.web.cds_models import (
    Action,
    Card,
    Coding,
    FeedbackBody,
    HookAnswer,
    HookBody,
    Link,
    Source,
    Suggestion,
)
from hoofbeat.apps.web.cds_proof import check_signed
from hoofbeat.apps.web.fhir_codes import set_of, test_of
from hoofbeat.apps.web.fhir_in import Charted, case_from_fhir
from hoofbeat.apps.web.fhir_parts import list_of, reference
from hoofbeat.apps.web.fhir_rules import fhir_rules
from hoofbeat.apps.web.fhir_whose import plain
from hoofbeat.apps.web.limits import parsed
from hoofbeat.apps.web.refusals import Refusal, invalid
from hoofbeat.apps.web.text_log import LOG
from hoofbeat.apps.web.words import in_100
from hoofbeat.cases import without_faults
from hoofbeat.diagnosis import Advice, advises, explain
from hoofbeat.knowledge import DrugSet, load_code_sets, load_investigations, load_knowledge
from hoofbeat.reports import speaks
from hoofbeat.terms import find_test

router = APIRouter()
GRAVE, TEST = "glucagonoma", "glucagon"
# where a record system is asked, nobody has been chosen by a specialist yet
_SETTING = "general_practice"
_FEWEST, _NAMED, _LONGEST = 3, 3, 139
_SYSTEM = "urn:hoofbeat:override-reasons"
_REASONS = (
    ("already-considered", "Already considered"),
    ("finding-wrong", "A finding is wrong"),
    ("not-now", "Not relevant now"),
)
_PREFETCH = {
    "patient": "Patient/{{context.patientId}}",
    "conditions": "Condition?patient={{context.patientId}}",
    "observations": "Observation?patient={{context.patientId}}&category=laboratory&_sort=-date&_count=200",
    "medications": "MedicationRequest?patient={{context.patientId}}&_sort=-authoredon&_count=200",
    # weights are no laboratory values, and would be crowded out by other vital signs
    "weights": (
        "Observation?patient={{context.patientId}}&code=http://loinc.org|29463-7,http://loinc.org|3141-9"
        "&_sort=-date&_count=50"
    ),
    "reports": "DiagnosticReport?patient={{context.patientId}}&_sort=-date&_count=50",
    "contacts": "Encounter?patient={{context.patientId}}&_sort=-date&_count=50",
    # a glucagon that was ordered already; of other orders nothing is read
    "orders": "ServiceRequest?patient={{context.patientId}}&code=http://loinc.org|2338-2&_count=20",
}
_SERVICES = {
    "hoofbeat-patient-view": (
        "patient-view",
        "Says when a chart’s findings together make glucagonoma worth one blood test. Silent otherwise.",
    ),
    "hoofbeat-order-select": (
        "order-select",
        "Says the same when a rash is about to be treated once more.",
    ),
}


class _Way(NamedTuple):
    """How a card leads on: our address, whether chances are shown, whether the page can be launched."""

    base: str
    numbers: bool
    smart: bool


@router.get("/cds-services")
async def services() -> JSONResponse:
    """What this server offers to a record system."""
    told = [
        {
            "hook": hook,
            "id": name,
            "title": "Consider glucagonoma",
            "description": does,
            "prefetch": _PREFETCH,
        }
        for name, (hook, does) in _SERVICES.items()
    ]
    return JSONResponse({"services": told})


@router.post("/cds-services/{service}")
async def cards(request: Request, service: str) -> Response:
    """Cards for one patient, from the chart in the prefetch; an empty list when there is nothing to say."""
    options = request.app.state.options
    hook = _hook_of(service)
    check_signed(request, options)
    try:
        body = HookBody.model_validate(parsed(await request.body(), options.deepest))
    except ValidationError as fault:
        raise invalid(fault.errors(include_url=False, include_input=False)) from None
    if body.hook != hook:
        raise Refusal(422, "wrong-hook", f"{service} answers {hook}", remedy=f"send hook {hook}")
    way = _Way(options.base(str(request.base_url)), options.numbers, bool(options.smart_servers))
    found = await request.app.state.work(_cards, body, way)
    return JSONResponse(found.model_dump(exclude_none=True))


@router.post("/cds-services/{service}/feedback")
async def feedback(request: Request, service: str) -> Response:
    """What became of cards: counted in the log by outcome, without card, patient or words."""
    _hook_of(service)
    check_signed(request, request.app.state.options)
    try:
        body = FeedbackBody.model_validate(parsed(await request.body(), request.app.state.options.deepest))
    except ValidationError as fault:
        raise invalid(fault.errors(include_url=False, include_input=False)) from None
    outcomes = [item.outcome for item in body.feedback]
    told = {word: outcomes.count(word) for word in ("accepted", "overridden")}
    LOG.info("feedback", extra={"told": {"service": service, **told}})
    return JSONResponse({})


def _hook_of(service: str) -> str:
    if service not in _SERVICES:
        raise Refusal(404, "not-found", "There is no such service", remedy="GET /cds-services lists them")
    return _SERVICES[service][0]


def _cards(body: HookBody, way: _Way) -> HookAnswer:
    charted = case_from_fhir(_chart(body.prefetch), of=body.context.patientId)
    if charted.case is None:
        fault = charted.issues[0]
        why = "A card about one patient must not rest on the chart of another."
        raise Refusal(412, fault.category, fault.message, why=why, remedy=fault.remedy)
    if _on_its_way(body) or (body.hook == "order-select" and not _concerns_rash(body)):
        return HookAnswer(cards=[])
    advice = _advice(charted)
    if advice is None:
        return HookAnswer(cards=[])
    telling = _telling(charted)
    if len(telling) < _FEWEST:
        return HookAnswer(cards=[])
    return HookAnswer(cards=[_card(body.context.patientId, charted, advice, telling, way)])


def _chart(prefetch: Mapping[str, Any] | None) -> list[Mapping[str, Any]]:
    """Return the prefetched resources. Raises Refusal (412) when those that a card needs were not sent."""
    given = {k: v for k, v in (prefetch or {}).items() if isinstance(v, Mapping)}
    lacking = [name for name in ("patient", "conditions") if name not in given]
    if lacking:
        raise Refusal(
            412,
            "data-lacking",
            f"The prefetch lacks {' and '.join(lacking)}",
            why="Nothing is fetched from here: the chart has to come with the call.",
            remedy="send the prefetch that GET /cds-services names",
        )
    return list(given.values())


def _advice(charted: Charted) -> Advice | None:
    """Advice to test, unless the patient is dead, the disease is known, or the test was ordered or done."""
    case = charted.case
    if case is None or charted.dead or set(charted.known) & {GRAVE, "pseudoglucagonoma"}:
        return None
    if TEST in charted.awaited or any(m.test == TEST for m in case.measurements):
        return None
    advice = advises(without_faults(case), setting=_SETTING)
    return advice if advice is not None and advice.advised else None


def _concerns_rash(body: HookBody) -> bool:
    """Whether a selected order treats the skin."""
    chosen = set(body.context.selections)
    for order in _drafts(body):
        found = set_of(order.get("medicationCodeableConcept"))
        named = f"{order.get('resourceType')}/{order.get('id')}"
        if named in chosen and isinstance(found, DrugSet) and found.treatment:
            return True
    return False


def _on_its_way(body: HookBody) -> bool:
    """Whether a glucagon is among the orders being written: it needs no card, and no second draft."""
    return any(
        order.get("resourceType") == "ServiceRequest"
        and (test := test_of(order.get("code"))) is not None
        and test.slug == TEST
        and order.get("status") not in fhir_rules().void
        and order.get("doNotPerform") is not True
        for order in _drafts(body)
    )


def _drafts(body: HookBody) -> Iterator[Mapping[str, Any]]:
    """Yield the orders being written for this patient; one that names nobody is."""
    for entry in list_of((body.context.draftOrders or {}).get("entry")):
        order = entry.get("resource") if isinstance(entry, Mapping) else None
        if isinstance(order, Mapping):
            whose = plain(reference(order.get("subject")))
            if whose in ("", f"Patient/{body.context.patientId}"):
                yield order


def _telling(charted: Charted) -> list[str]:
    """The findings that speak for it, the loudest first; without a rash among them there are none."""
    case = charted.case
    if case is None:
        return []
    found = explain(without_faults(case), GRAVE, setting=_SETTING)
    dated = {label for label, _ in charted.dated}
    loud = sorted(found.disease.reasons, key=lambda r: -r.ratio)
    telling = [
        r.label for r in loud if speaks(r.ratio) == "for" and r.state == "present" and r.label in dated
    ]
    rashes = {s.finding for s in load_code_sets().conditions if s.rash and s.finding}
    rash = next((f.label for f in case.findings if f.term in rashes and f.state.value == "present"), None)
    if rash is None:
        return []
    return list(dict.fromkeys([rash, *telling]))


def _card(patient: str, charted: Charted, advice: Advice, telling: list[str], way: _Way) -> Card:
    version = load_knowledge().version
    label = "What speaks for and against it, with sources"
    links = [Link(label=label, url=f"{way.base}diseases/{GRAVE}", type="absolute")]
    if way.smart:
        links.append(Link(label="Open this chart in hoofbeat", url=f"{way.base}smart/launch", type="smart"))
    return Card(
        # the same patient, findings and models make the same card, so that a system can show it once
        uuid=str(uuid.uuid5(uuid.NAMESPACE_URL, "|".join((way.base, patient, version, *telling)))),
        summary=_summary(telling),
        indicator="info",
        detail=_detail(charted, advice, telling, numbers=way.numbers),
        source=Source(label=f"hoofbeat, model {version}", url=f"{way.base}intended-use"),
        suggestions=[_suggestion(patient, version)],
        selectionBehavior="any",
        overrideReasons=[Coding(code=code, system=_SYSTEM, display=words) for code, words in _REASONS],
        links=links,
    )


def _summary(telling: list[str]) -> str:
    """Return one sentence under 140 characters.

    >>> _summary(["Skin rash", "Weight loss", "Glossitis"])
    'Skin rash, weight loss and glossitis together: consider glucagonoma. 3 findings, 1 test to check.'
    """
    for count in range(_NAMED, 0, -1):
        named = [label.lower() for label in telling[:count]]
        joined = " and ".join(filter(None, (", ".join(named[:-1]), named[-1])))
        said = f"{joined[0].upper()}{joined[1:]} together: consider {GRAVE}."
        said += f" {len(telling)} findings, 1 test to check."
        if len(said) <= _LONGEST:
            return said
    return f"{len(telling)} findings together: consider {GRAVE}. 1 test to check."


def _detail(charted: Charted, advice: Advice, telling: list[str], *, numbers: bool) -> str:
    since = dict(charted.dated)
    lines = [f"- {label}" + (f" (since {since[label]})" if since.get(label) else "") for label in telling[:6]]
    said = ["Findings in this chart that speak for it:", "", *lines, ""]
    named = {step.id: step.name for step in load_investigations()}
    said.append(f"Consider next: {named[advice.test]}. One sample, after eight hours without food.")
    if numbers:
        t = advice.threshold
        said.append(
            f"Chance, averaged over what is uncertain: {in_100(t.chance)}; "
            f"worth testing from {in_100(t.testing)}."
        )
    if left := [i.message for i in charted.issues if i.level != "error"]:
        said += ["", f"Not all of this chart was used. {'; '.join(left)}."]
    said += ["", "For research and education; not cleared or certified as a medical device."]
    return "\n".join(said)


def _suggestion(patient: str, version: str) -> Suggestion:
    known = find_test(TEST)
    code = {
        "system": "http://loinc.org",
        "code": known.loinc if known else "",
        "display": "Glucagon [Mass/volume] in Plasma",
    }
    order = {
        "resourceType": "ServiceRequest",
        "status": "draft",
        "intent": "order",
        "code": {"coding": [code], "text": "Glucagon in plasma, fasting"},
        "subject": {"reference": f"Patient/{patient}"},
        "patientInstruction": "Nothing to eat for eight hours before the blood is taken.",
        "note": [{"text": f"Drafted by hoofbeat, model {version}; chilled tube, plasma frozen at once."}],
    }
    return Suggestion(
        label="Draft a fasting glucagon",
        uuid=str(uuid.uuid5(uuid.NAMESPACE_URL, f"{patient}|{version}|{TEST}")),
        isRecommended=True,
        actions=[
            Action(type="create", description="Fasting plasma glucagon, as a draft to sign", resource=order)
        ],
    )
