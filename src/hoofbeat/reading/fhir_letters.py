"""The texts a FHIR resource carries (attachments, conclusion, narrative), and which are not to be read."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from hoofbeat.errors import InputError
from hoofbeat.reading.extraction import decoded, docx_text, html_text, looks_like_html, pdf_text

CARRIERS = ("DocumentReference", "DiagnosticReport")
_WITHDRAWN = ("entered-in-error", "cancelled")
_HTML, _PDF = ("text/html", "application/xhtml+xml"), "application/pdf"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_CHARSET = re.compile(r";\s?charset\s?=\s?[\"']?([\w.:-]{1,40})", re.IGNORECASE)


class Carried(NamedTuple):
    """One text of a resource: its id, the text, and the resource's subject, date and status."""

    id: str
    text: str
    row: Mapping[str, str]


def carried(resource: Mapping[str, Any], where: str) -> list[Carried]:
    """Return the texts of a DocumentReference or a DiagnosticReport, each to be read as one letter.

    A conclusion that an attached text does not say stands at its end. The narrative, which a machine may have
    written, stands for the resource only where nothing is attached.
    Raises InputError for another kind, for one withdrawn as an error, and where there is no text.
    """
    kind = resource.get("resourceType")
    if kind not in CARRIERS:
        remedy = "give a DocumentReference, a DiagnosticReport, or a Bundle of them"
        raise InputError("The FHIR resource is of a kind that holds no letter", where=where, remedy=remedy)
    if any(resource.get(name) in _WITHDRAWN for name in ("status", "docStatus")):
        raise InputError(
            "The FHIR resource is marked as entered in error, or cancelled",
            where=where,
            why="It may be about another patient, or about none.",
            remedy="leave it out, or give the one that replaced it",
        )
    texts = [t for a in _attachments(resource) if (t := _attached(a, where)).strip()] or _narrative(resource)
    texts = _with_conclusion(texts, resource.get("conclusion"))
    if not texts:
        why = "Its text is kept elsewhere (an address), or there is none."
        raise InputError(
            "The FHIR resource holds no text", where=where, why=why, remedy="send the text within it"
        )
    key, row = resource.get("id") or kind, _row(resource)
    return [Carried(f"{key}-{n}" if len(texts) > 1 else str(key), t, row) for n, t in enumerate(texts, 1)]


def _row(resource: Mapping[str, Any]) -> dict[str, str]:
    known = ("date", "effectiveDateTime", "status", "docStatus")
    row = {name: str(resource[name]) for name in known if resource.get(name)}
    subject = resource.get("subject")
    if isinstance(subject, Mapping) and subject.get("reference"):
        row["person_id"] = str(subject["reference"])
    return row


def _attachments(resource: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if resource["resourceType"] == "DiagnosticReport":
        yield from (a for a in _list(resource.get("presentedForm")) if isinstance(a, Mapping))
    for content in _list(resource.get("content")):
        if isinstance(content, Mapping) and isinstance(content.get("attachment"), Mapping):
            yield content["attachment"]


def _attached(attachment: Mapping[str, Any], where: str) -> str:
    if not isinstance(attachment.get("data"), str):
        return ""
    try:
        data = base64.b64decode("".join(attachment["data"].split()), validate=True)
    except (binascii.Error, ValueError):
        raise InputError("The attachment is not base64", where=where, remedy="encode it again") from None
    declared = str(attachment.get("contentType", ""))
    kind = declared.split(";", 1)[0].strip().lower()
    if kind == _PDF or data[:5] == b"%PDF-":
        return pdf_text(data, where)
    if kind == _DOCX or data[:4] == b"PK\x03\x04":
        return docx_text(data, where)
    charset = _CHARSET.search(declared)
    text = decoded(data, where, charset[1] if charset else "")
    return html_text(text) if kind in _HTML or (not kind and looks_like_html(text[:400])) else text


def _narrative(resource: Mapping[str, Any]) -> list[str]:
    told = resource.get("text")
    if not isinstance(told, Mapping) or not isinstance(told.get("div"), str) or told.get("status") == "empty":
        return []
    text = html_text(told["div"])
    return [text] if text.strip() else []


def _with_conclusion(texts: list[str], conclusion: Any) -> list[str]:
    if not isinstance(conclusion, str) or not conclusion.strip():
        return texts
    if not texts:
        return [conclusion]
    said = " ".join(conclusion.split())
    return [
        text if said in " ".join(text.split()) else f"{text.rstrip()}\n\nConclusion:\n{conclusion}\n"
        for text in texts
    ]


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []
