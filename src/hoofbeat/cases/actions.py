"""What was done, in a phenopacket: procedures, drugs, radiation and regimens, and what they did."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

from hoofbeat.cases.dates import BEGAN, BEGAN_AT_AGE, first_day
from hoofbeat.cases.gather import Gatherer
from hoofbeat.cases.model import Treatment
from hoofbeat.cases.time_element import When, field, read_interval, read_when
from hoofbeat.terms import load_ontology

RESPONSE, TREATMENT = "hoofbeat:response/", "hoofbeat:treatment"
_PATH = "medicalActions"
_SKIN = "HP:0001574"
_TUMOUR = re.compile(r"\w+oma\b|\w+omas\b|neoplas|tumou?r|cancer|metasta|malignan", re.IGNORECASE)
# the first that stands in the words is meant: "no response" before "response", "incomplete" before "complete"
_RESPONSES = (
    (r"no (?:response|remission|change|effect|improvement)|non-?response|stable disease|unchanged", "none"),
    (r"relaps|recurr", "relapse"),
    (r"progressi|worse|deteriorat|exacerbat", "worse"),
    (r"partial|incomplete", "partial"),
    (r"complete|full (?:response|remission|recovery)|\bcured?\b", "complete"),
)


def read_action(item: Mapping[str, Any], at: str, gather: Gatherer) -> Treatment | None:
    """Return the treatment that a medical action is; None, with what was left of it told, if it has no name.

    A body site that the name does not tell joins it: "Biopsy" of "Skin" is "Biopsy of the skin".
    """
    for key, kind, name in (
        ("procedure", "procedure", "code"),
        ("treatment", None, "agent"),
        ("radiationTherapy", "radiation", "modality"),
        ("therapeuticRegimen", "regimen", "ontologyClass"),
    ):
        done = field(item, key)
        if not isinstance(done, Mapping):
            continue
        term = field(done, name)
        if key == "therapeuticRegimen" and not isinstance(term, Mapping):
            term = _reference(done)
        code, words = _named(term)
        if not words:
            break
        own, other = _own(code, at, gather)
        when = own if own != When() else _when(key, done, at, gather)
        return Treatment.model_validate(
            {
                "name": _with_site(words, field(done, "bodySite"), gather),
                "response": _response(item, gather),
                "date": when.date,
                "age_years": when.age_years,
                "kind": kind,
                "code": other,
            }
        )
    gather.leave(_PATH)
    return None


def _reference(regimen: Mapping[str, Any]) -> Mapping[str, Any]:
    found = field(regimen, "externalReference")
    said = found if isinstance(found, Mapping) else {}
    return {"id": said.get("id") or said.get("reference"), "label": said.get("description")}


def _named(term: Any) -> tuple[str, str]:
    """The id and the words of an ontology class; the id stands in where there are no words."""
    if not isinstance(term, Mapping):
        return "", ""
    code = str(term.get("id") or "")
    return code, str(term.get("label") or code)


def _own(code: str, at: str, gather: Gatherer) -> tuple[When, str | None]:
    """What an id of our own keeps, for want of another place: a date or an age, and the id of another list.

    hoofbeat:treatment, hoofbeat:treatment/DATE, hoofbeat:treatment/DATE/ID, escaped as in an address.
    """
    if code != TREATMENT and not code.startswith(f"{TREATMENT}/"):
        return When(), code or None
    kept, _, other = code.removeprefix(TREATMENT).lstrip("/").partition("/")
    kept, other = unquote(kept), unquote(other)
    if re.fullmatch(r"P\d+Y(?:\d+D)?", kept):
        return When(age_years=gather.age(kept, at)), other or None
    return When(kept or None), other or None


def _when(key: str, done: Mapping[str, Any], at: str, gather: Gatherer) -> When:
    if key == "procedure":
        return read_when(field(done, "performed"), f"{_PATH}.procedure.performed", gather, at)
    if key == "therapeuticRegimen":
        return read_when(field(done, "startTime"), f"{_PATH}.{key}.startTime", gather, at)
    return _doses(field(done, "doseIntervals"), at, gather)


def _doses(doses: Any, at: str, gather: Gatherer) -> When:
    """When a drug was begun: the earliest start of its doses."""
    path, found = f"{_PATH}.treatment.doseIntervals", []
    for dose in doses if isinstance(doses, list) else []:
        if not isinstance(dose, Mapping):
            gather.leave(path)
            continue
        schedule = field(dose, "scheduleFrequency")
        code = str(schedule.get("id", "")) if isinstance(schedule, Mapping) else ""
        if code.startswith((BEGAN, BEGAN_AT_AGE)):
            return read_when({"ontologyClass": schedule}, path, gather, at)
        for key in ("quantity", "scheduleFrequency"):
            if field(dose, key):
                gather.leave(f"{path}.{key}")
        if dose.get("interval") is not None:
            found.append(read_interval(dose["interval"], f"{path}.interval", gather, at))
    starts = [text for text in found if text is not None]
    dated = [(day, text) for text in starts if (day := first_day(text))]
    return When(min(dated)[1] if dated else next(iter(starts), None))


def _with_site(words: str, place: Any, gather: Gatherer) -> str:
    _, site = _named(place)
    if not site:
        return words
    if re.fullmatch(r"[A-Za-z]+:\S+", site):  # an id without words tells a reader nothing
        gather.leave(f"{_PATH}.bodySite")
        return words
    if all(word in words.casefold() for word in site.casefold().split()):
        return words
    return f"{words} of the {site[:1].lower()}{site[1:]}"


def _response(item: Mapping[str, Any], gather: Gatherer) -> str:
    """What it did to the rash, in our words; a response of a tumour or of the blood is none of the rash."""
    code, words = _named(field(item, "responseToTreatment"))
    if code.startswith(RESPONSE):
        return code.removeprefix(RESPONSE)
    if not words:
        return "unknown"
    about_skin = _about_skin(*_named(field(item, "treatmentTarget")))
    for pattern, word in _RESPONSES if about_skin else ():
        if re.search(pattern, words, re.IGNORECASE):
            return word
    gather.leave(f"{_PATH}.responseToTreatment")
    return "unknown"


def _about_skin(code: str, words: str) -> bool:
    """True if a target of treatment may be the rash: none is named, or it is of the skin and no tumour."""
    onto = load_ontology()
    if onto.resolve(code).status in ("current", "alternative"):
        return onto.is_a(code, _SKIN)
    return not _TUMOUR.search(words)
