"""Texts from files and streams: plain text, HTML, PDF, DOCX, FHIR resources, OMOP NOTE rows.

No message ever holds a word of what was read: it says which file, which record, and what is wrong with it.
"""

from __future__ import annotations

import base64
import binascii
import csv
import gzip
import io
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from hoofbeat.errors import InputError
from hoofbeat.reading.extraction import FORMATS, LARGEST, docx_text, html_text, looks_like_html, pdf_text

_HTML, _PDF = ("text/html", "application/xhtml+xml"), "application/pdf"
_DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


class Note(NamedTuple):
    """One text to be read: an id, the text that all spans refer to, and where it stood.

    row: person_id, note_date and the like of an OMOP NOTE row; subject and date of a FHIR resource.
    fault: why one record of many could not be read; its text is empty then.
    """

    id: str
    text: str
    where: str = ""
    row: Mapping[str, str] = {}
    fault: str = ""


def read_texts(source: str | Path | bytes, *, name: str = "") -> Iterator[Note]:
    """Yield the texts of a source: one of a letter, many of a file of notes or a FHIR bundle.

    source: a path, "-" for standard input, or bytes. The format is seen from the content. Offsets of HTML,
    PDF and DOCX are those of the text taken out of them, without markup.
    Raises UsageError for a source that is not there, InputError for one that cannot be read.
    """
    if not isinstance(source, bytes) and str(source) != "-" and _is_notes(Path(source)):
        yield from _notes_file(Path(source))
        return
    from hoofbeat.cases import read_bytes

    data, found = read_bytes(source, "a text")
    where = name or found
    yield from _texts(data, where)


def read_text(source: str | Path | bytes, *, name: str = "") -> Note:
    """Return the one text of a source. Raises InputError if it holds several."""
    notes = list(read_texts(source, name=name))
    if len(notes) != 1:
        raise InputError(
            f"{len(notes)} texts where one is wanted", where=name, remedy="read many with --notes"
        )
    return notes[0]


def _texts(data: bytes, where: str) -> Iterator[Note]:
    if data[:2] == b"\x1f\x8b":
        data = _unpacked(data, where)
    key = Path(where).stem if where and where != "standard input" else "letter"
    if data[:5] == b"%PDF-":
        yield Note(key, pdf_text(data, where), where)
    elif data[:4] == b"PK\x03\x04":
        yield Note(key, docx_text(data, where), where)
    else:
        yield from _decoded_texts(decoded(data, where), key, where)


def _decoded_texts(text: str, key: str, where: str) -> Iterator[Note]:
    start = text.lstrip()[:400]
    if start[:1] in "{[":
        yield from _json_texts(text, key, where)
    elif start[:1] == "<" and looks_like_html(start):
        yield Note(key, html_text(text), where)
    elif _note_columns(text.split("\n", 1)[0]):
        yield from _rows(csv.DictReader(io.StringIO(text, newline=""), delimiter=_delimiter(text)), where)
    else:
        yield Note(key, text, where)


def _unpacked(data: bytes, where: str) -> bytes:
    try:
        with gzip.open(io.BytesIO(data)) as file:
            out = file.read(LARGEST + 1)
    except (OSError, EOFError, ValueError):
        raise InputError("The gzip file is damaged", where=where, remedy="copy or make it again") from None
    if len(out) > LARGEST:
        raise InputError("The text is larger than 200 MB", where=where, remedy="split it")
    return out


def decoded(data: bytes, where: str) -> str:
    """Return bytes as text: UTF-8, or UTF-16 with its mark. Raises InputError for anything else."""
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise InputError(
            "The file is an old Word file (.doc)", where=where, remedy="save it as .docx or text"
        )
    if data[:5] == b"{\\rtf":
        raise InputError("The file is rich text (RTF)", where=where, remedy="save it as .docx or text")
    if not data.strip():
        raise InputError("The file is empty", where=where, remedy=f"give {FORMATS}")
    try:
        if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
            return data.decode("utf-16")
        if b"\0" in data[:4096]:
            raise InputError("The file holds binary data, not text", where=where, remedy=f"give {FORMATS}")
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise InputError(
            "The file is not UTF-8 text",
            where=f"{where}, line {line}".lstrip(", "),
            why="Other encodings turn letters such as µ and ö into others.",
            remedy="save it as UTF-8",
        ) from None


def _json_texts(text: str, key: str, where: str) -> Iterator[Note]:
    try:
        data = json.loads(text)
    except json.JSONDecodeError as fault:
        full = [line for line in text.splitlines() if line.strip()]
        if len(full) > 1 and all(line.lstrip().startswith("{") for line in full[:2]):
            yield from _json_lines(text.splitlines(), where)
            return
        if text.lstrip()[:2] not in ('{"', "{\n", "[{", "{\r", "[]", "{}"):
            yield Note(key, text, where)  # a letter may begin with a bracket
            return
        place = f"{where}, line {fault.lineno}".lstrip(", ")
        raise InputError(
            f"The file is not JSON: {fault.msg}", where=place, remedy=f"give {FORMATS}"
        ) from None
    except RecursionError:
        raise InputError("The file is nested too deeply", where=where, remedy=f"give {FORMATS}") from None
    records = data if isinstance(data, list) else [data]
    for number, record in enumerate(records, 1):
        yield from _record(record, f"{where}, record {number}".lstrip(", ") if len(records) > 1 else where)


def _json_lines(lines: Iterable[str], where: str) -> Iterator[Note]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield from _json_line(line, f"{where}, line {number}".lstrip(", "))


def _json_line(line: str, place: str) -> Iterator[Note]:
    """Yield what one line holds; a bad line is a note with its fault, so that it hides no other."""
    try:
        yield from _record(json.loads(line), place)
    except (json.JSONDecodeError, RecursionError):
        yield Note(place, "", place, {}, "the line is not JSON")
    except InputError as fault:
        yield Note(place, "", place, {}, fault.what[0].lower() + fault.what[1:])


def _record(record: Any, where: str) -> Iterator[Note]:
    if isinstance(record, Mapping) and "resourceType" in record:
        yield from _fhir(record, where)
    elif isinstance(record, Mapping) and any(str(k).lower() == "note_text" for k in record):
        yield from _rows([record], where)
    else:
        raise InputError("The record holds no text to read", where=where, remedy=f"give {FORMATS}")


def _fhir(resource: Mapping[str, Any], where: str) -> Iterator[Note]:
    kind = resource.get("resourceType")
    if kind == "Bundle":
        for number, entry in enumerate(_list(resource.get("entry")), 1):
            inner = entry.get("resource") if isinstance(entry, Mapping) else None
            if isinstance(inner, Mapping) and inner.get("resourceType") in _CARRIERS:
                yield from _fhir(inner, f"{where}, entry {number}".lstrip(", "))
        return
    if kind not in _CARRIERS:
        remedy = "give a DocumentReference, a DiagnosticReport, or a Bundle of them"
        raise InputError("The FHIR resource is of a kind that holds no letter", where=where, remedy=remedy)
    row = {k: str(resource[k]) for k in ("date", "effectiveDateTime") if resource.get(k)}
    subject = resource.get("subject")
    if isinstance(subject, Mapping) and subject.get("reference"):
        row["person_id"] = str(subject["reference"])
    texts = [t for a in _attachments(resource) if (t := _attached(a, where))]
    # the conclusion stands for the report only where no text of it is given
    if not texts and isinstance(resource.get("conclusion"), str):
        texts = [resource["conclusion"]]
    if not texts:
        why = "Its text is kept elsewhere (an address), or there is none."
        raise InputError(
            "The FHIR resource holds no text", where=where, why=why, remedy="send the text within it"
        )
    for number, text in enumerate(texts, 1):
        suffix = f"-{number}" if len(texts) > 1 else ""
        yield Note(f"{resource.get('id') or kind}{suffix}", text, where, row)


_CARRIERS = ("DocumentReference", "DiagnosticReport")


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
    kind = str(attachment.get("contentType", "")).split(";")[0].strip().lower()
    if kind == _PDF or data[:5] == b"%PDF-":
        return pdf_text(data, where)
    if kind == _DOCX or data[:4] == b"PK\x03\x04":
        return docx_text(data, where)
    text = decoded(data, where)
    return html_text(text) if kind in _HTML or (not kind and looks_like_html(text[:400])) else text


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _is_notes(path: Path) -> bool:
    """Whether a file holds OMOP NOTE rows: then it is read row by row, however large."""
    try:
        with _opened(path) as file:
            first = file.readline(100_000)
    except (OSError, UnicodeDecodeError, EOFError, ValueError):
        return False
    return _note_columns(first) or ('"note_text"' in first.lower() and first.lstrip().startswith("{"))


def _note_columns(line: str) -> bool:
    if len(line) > 20_000:
        return False
    names = {cell.strip(' "\r\n').lower() for cell in line.replace("\t", ",").split(",")}
    return {"note_text", "note_id"} <= names


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open(encoding="utf-8-sig", newline="")


def _delimiter(text: str) -> str:
    first = text.split("\n", 1)[0]
    return "\t" if first.count("\t") > first.count(",") else ","


def _notes_file(path: Path) -> Iterator[Note]:
    csv.field_size_limit(LARGEST)
    try:
        with _opened(path) as file:
            first = file.readline()
            file.seek(0)
            if first.lstrip().startswith("{"):
                yield from _json_lines(file, str(path))
            else:
                yield from _rows(csv.DictReader(file, delimiter=_delimiter(first)), str(path))
    except UnicodeDecodeError:
        raise InputError("The file is not UTF-8 text", where=str(path), remedy="save it as UTF-8") from None
    except csv.Error:
        raise InputError(
            "The table of notes is damaged", where=str(path), remedy="write it again as CSV"
        ) from None


def _rows(rows: Any, where: str) -> Iterator[Note]:
    for number, row in enumerate(rows, 1):
        plain = {str(k).lower(): "" if v is None else str(v) for k, v in row.items() if k is not None}
        text = plain.pop("note_text", "")
        yield Note(plain.get("note_id") or str(number), text, f"{where}, row {number}", plain)
