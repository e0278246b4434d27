"""Many notes of a record database, read in a stream: OMOP NOTE rows in, NOTE_NLP rows out."""

from __future__ import annotations

import csv
import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from datetime import date
from functools import cache
from importlib.metadata import version
from itertools import islice
from multiprocessing import get_context
from typing import Any, NamedTuple, TextIO

from hoofbeat.reading.as_case import words_of
from hoofbeat.reading.corrections import Correction, corrected
from hoofbeat.reading.inputs import Note
from hoofbeat.reading.model import Cutoff, Kind, Letter, Proposal

# columns of the NOTE_NLP table of OMOP CDM 5.4, in its order
COLUMNS = (
    "note_nlp_id", "note_id", "section_concept_id", "snippet", "offset", "lexical_variant",
    "note_nlp_concept_id", "note_nlp_source_concept_id", "nlp_system", "nlp_date", "nlp_datetime",
    "term_exists", "term_temporal", "term_modifiers",
)  # fmt: skip
_BATCH, _WAITING = 16, 4  # notes handed over at once, and how many such batches may wait for each process
_AROUND, _FIELD, _MODIFIERS = 60, 250, 2000  # characters: context of a snippet, and the widths of the table
_TEMPORAL = {"present": "Present", "absent": "Present", "historical": "Past", "hypothetical": "Future"}

Row = dict[str, Any]


class Tally(NamedTuple):
    """What became of a stream of notes: how many were read, rows written, and places of notes that failed."""

    notes: int
    rows: int
    failed: tuple[str, ...]


class _Reader(NamedTuple):
    """Reads one note into its rows; picklable, so that it can be handed to another process."""

    cutoff: Cutoff
    corrections: tuple[Correction, ...]
    day: str
    kind: Kind | None

    def __call__(self, note: Note) -> tuple[str, list[Row] | None]:
        from hoofbeat.reading.letter import read_letter

        if note.fault:
            return note.where, None
        try:
            letter = read_letter(note.text, cutoff=self.cutoff, kind=self.kind)
            return note.where, list(rows_of(note, corrected(letter, self.corrections), day=self.day))
        except Exception:  # noqa: BLE001 (one note that cannot be read must not end the run, nor be quoted)
            return note.where, None


def note_nlp(
    notes: Iterable[Note],
    out: TextIO,
    *,
    processes: int = 1,
    cutoff: Cutoff = "clinic",
    corrections: Iterable[Correction] = (),
    json_lines: bool = False,
    day: str | None = None,
    kind: Kind | None = None,
) -> Tally:
    """Read notes and write a NOTE_NLP row for each finding, as CSV or JSON Lines, in the order of the notes.

    Notes are read and rows written as they come: memory does not grow with their number. A note that cannot
    be read is counted, and its place returned, never its text. day: ISO date of the rows; today by default.
    """
    reader = _Reader(cutoff, tuple(corrections), day or date.today().isoformat(), kind)  # noqa: DTZ011 (the user's day)
    write = _json_writer(out) if json_lines else _csv_writer(out)
    read = written = 0
    failed: list[str] = []
    for where, rows in _shared(reader, notes, processes):
        read += 1
        if rows is None:
            failed.append(where)
            continue
        for row in rows:
            written += 1
            row["note_nlp_id"] = written
            write(row)
    return Tally(read, written, tuple(failed))


def _csv_writer(out: TextIO) -> Callable[[Row], None]:
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()

    def write(row: Row) -> None:
        writer.writerow(row)

    return write


def _json_writer(out: TextIO) -> Callable[[Row], None]:
    def write(row: Row) -> None:
        out.write(json.dumps({name: row[name] for name in COLUMNS}, ensure_ascii=False) + "\n")

    return write


def _shared(reader: _Reader, notes: Iterable[Note], processes: int) -> Iterator[tuple[str, list[Row] | None]]:
    """Yield what each note holds, in order, from one process or several, with few notes in memory."""
    if processes <= 1:
        for note in notes:
            yield reader(note)
        return
    stream = iter(notes)
    # a fresh interpreter each: forking one that runs threads may hang
    with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
        waiting: deque[Future[list[tuple[str, list[Row] | None]]]] = deque()
        while batch := list(islice(stream, _BATCH)):
            waiting.append(pool.submit(_batch, reader, batch))
            if len(waiting) >= processes * _WAITING:
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()


def _batch(reader: _Reader, notes: list[Note]) -> list[tuple[str, list[Row] | None]]:
    return [reader(note) for note in notes]


def rows_of(note: Note, letter: Letter, *, day: str) -> Iterator[Row]:
    """Yield the NOTE_NLP rows of one note, one a finding, without their running number.

    term_exists is Y only for what the patient has or had; HPO is no OMOP vocabulary, so the concept ids are 0
    and the HPO id stands in term_modifiers.
    """
    for p in letter.proposals:
        start, end = p.spans[0].start, p.spans[-1].end
        around = letter.text[max(0, start - _AROUND) : end + _AROUND]
        there = p.assertion.who == "patient" and p.assertion.status in ("present", "historical")
        yield {
            "note_nlp_id": 0,
            "note_id": note.row.get("note_id") or note.id,
            "section_concept_id": 0,
            "snippet": " ".join(around.split())[:_FIELD],
            "offset": start,
            "lexical_variant": words_of(letter, p)[:_FIELD],
            "note_nlp_concept_id": 0,
            "note_nlp_source_concept_id": 0,
            "nlp_system": _system(),
            "nlp_date": day,
            "nlp_datetime": f"{day}T00:00:00",
            "term_exists": "Y" if there else "N",
            "term_temporal": _TEMPORAL.get(p.assertion.status, ""),
            "term_modifiers": _modifiers(p)[:_MODIFIERS],
        }


@cache
def _system() -> str:
    return f"hoofbeat {version('hoofbeat')}"


def _modifiers(p: Proposal) -> str:
    said = p.assertion
    parts = [f"HPO={p.term}", f"Label={p.label}", f"Section={p.section}"]
    parts += ["Negation=true"] if said.status == "absent" else []
    parts += ["Uncertain=true"] if said.status == "uncertain" else []
    parts += ["Conditional=true"] if said.status == "hypothetical" else []
    parts += [f"Subject={said.who}"] if said.who != "patient" else []
    parts += [f"Since_days={p.when.since_days:g}"] if p.when.since_days is not None else []
    parts += [f"Where={'+'.join(p.where)}"] if p.where else []
    return "; ".join(parts)
