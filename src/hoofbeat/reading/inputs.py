"""Texts from files and streams: plain text, HTML, PDF, DOCX, FHIR resources, OMOP NOTE rows.

No message ever holds a word of what was read: it says which file, which record, and what is wrong with it.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import sys
import zlib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, TextIO

from hoofbeat.errors import InputError, UsageError
from hoofbeat.reading.extraction import (
    FORMATS,
    LARGEST,
    decoded,
    docx_text,
    html_text,
    looks_like_html,
    pdf_text,
)
from hoofbeat.reading.fhir_letters import CARRIERS, carried

_HEAD = 100_000  # bytes in which a table of notes names its columns
# a byte that is no UTF-8 stays in its row, and is found there
_BAD = "surrogateescape"
_NOT_TEXT = re.compile("[\ud800-\udfff]")
_NOT_UTF8 = "the row is not UTF-8 text"


class Note(NamedTuple):
    """One text to be read: an id, the text that all spans refer to, and where it stood.

    row: person_id, note_date and the like of an OMOP NOTE row; subject, date and status of a FHIR resource.
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

    if not isinstance(source, bytes) and str(source) == "-" and sys.stdin is None:
        raise UsageError("Standard input is closed", remedy="name a file, or pipe a text in")
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
    elif _starts_notes(first := data.split(b"\n", 1)[0][:_HEAD].decode("utf-8-sig", _BAD)):
        file = io.StringIO(data.decode("utf-8-sig", _BAD), newline="")
        yield from _many(file, first, where)
    else:
        yield from _decoded_texts(decoded(data, where), key, where)


def _decoded_texts(text: str, key: str, where: str) -> Iterator[Note]:
    start = text.lstrip()[:400]
    if start[:1] in "{[":
        yield from _json_texts(text, key, where)
    elif start[:1] == "<" and looks_like_html(start):
        yield Note(key, html_text(text), where)
    elif _note_columns(first := text.split("\n", 1)[0]):  # in UTF-16
        yield from _many(io.StringIO(text, newline=""), first, where)
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
    if not isinstance(data, list) or len(data) == 1:
        yield from _record(data[0] if isinstance(data, list) else data, where)
        return
    for number, record in enumerate(data, 1):
        place = f"{where}, record {number}".lstrip(", ")
        yield from _or_fault(_record(record, place), place)


def _json_lines(lines: Iterable[str], where: str) -> Iterator[Note]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            yield from _json_line(line, f"{where}, line {number}".lstrip(", "))


def _json_line(line: str, place: str) -> Iterator[Note]:
    if _NOT_TEXT.search(line):
        yield Note(place, "", place, {}, _NOT_UTF8)
        return
    try:
        record = json.loads(line)
    except (json.JSONDecodeError, RecursionError):
        yield Note(place, "", place, {}, "the line is not JSON")
        return
    yield from _or_fault(_record(record, place), place)


def _or_fault(notes: Iterator[Note], place: str) -> Iterator[Note]:
    """Yield what one record of many holds; a bad one is a note with its fault, so that it hides no other."""
    try:
        yield from notes
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
    if resource.get("resourceType") != "Bundle":
        for text in carried(resource, where):
            yield Note(text.id, text.text, where, text.row)
        return
    entries = resource.get("entry")
    found = False
    for number, entry in enumerate(entries if isinstance(entries, list) else (), 1):
        inner = entry.get("resource") if isinstance(entry, Mapping) else None
        if isinstance(inner, Mapping) and inner.get("resourceType") in (*CARRIERS, "Bundle"):
            found = True
            place = f"{where}, entry {number}".lstrip(", ")
            yield from _or_fault(_fhir(inner, place), place)
    if not found:
        remedy = "give one that holds a DocumentReference or a DiagnosticReport"
        raise InputError("The FHIR bundle holds no letter", where=where, remedy=remedy)


def _is_notes(path: Path) -> bool:
    """Whether a file holds OMOP NOTE rows: then it is read row by row, however large."""
    try:
        with _opened(path) as file:
            return _starts_notes(file.readline(_HEAD))
    except (OSError, EOFError, ValueError, zlib.error):
        return False


def _starts_notes(first: str) -> bool:
    return _note_columns(first) or ('"note_text"' in first.lower() and first.lstrip().startswith("{"))


def _note_columns(line: str) -> bool:
    if len(line) > 20_000:
        return False
    names = {cell.strip(' "\r\n').lower() for cell in line.replace("\t", ",").split(",")}
    return {"note_text", "note_id"} <= names


def _opened(path: Path) -> TextIO:
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig", errors=_BAD, newline="")
    return path.open(encoding="utf-8-sig", errors=_BAD, newline="")


def _notes_file(path: Path) -> Iterator[Note]:
    try:
        with _opened(path) as file:
            first = file.readline()
            file.seek(0)
            yield from _many(file, first, str(path))
    except (EOFError, zlib.error, gzip.BadGzipFile):
        what = "The gzip file is damaged: what follows is lost"
        raise InputError(what, where=str(path), remedy="copy or make it again") from None


def _many(file: TextIO, first: str, where: str) -> Iterator[Note]:
    """Yield the notes of a file of lines of JSON, or of a table, whose first line is given."""
    if first.lstrip().startswith("{"):
        yield from _json_lines(file, where)
        return
    csv.field_size_limit(LARGEST)
    delimiter = "\t" if first.count("\t") > first.count(",") else ","
    # strict: a quote that is never closed would join the notes of several people
    yield from _rows(csv.DictReader(file, delimiter=delimiter, strict=True), where)


def _rows(rows: Iterable[Mapping[Any, Any]], where: str) -> Iterator[Note]:
    stream, number = iter(rows), 0
    while True:
        number += 1
        place = f"{where}, row {number}".lstrip(", ")
        try:
            row = next(stream)
        except StopIteration:
            return
        except csv.Error:
            yield Note(
                str(number), "", place, {}, "the row is damaged: a quote is not closed or stands inside"
            )
            continue
        yield _row(row, number, place)


def _row(row: Mapping[Any, Any], number: int, place: str) -> Note:
    """One row as a note; a row whose cells do not fit its columns would be read in part, and is a fault."""
    plain = {str(k).lower(): "" if v is None else str(v) for k, v in row.items() if k is not None}
    text = plain.pop("note_text", "")
    key = plain.get("note_id") or str(number)
    fault = ""
    if any(_NOT_TEXT.search(cell) for cell in (text, *plain.values())):
        key, fault = str(number), _NOT_UTF8
    elif any(row.get(None) or ()) or any(
        k and str(k).lower() == "note_text" and v is None for k, v in row.items()
    ):
        fault = "the row has more or fewer cells than the table has columns"
    return Note(key, "", place, {}, fault) if fault else Note(key, text, place, plain)
