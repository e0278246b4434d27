"""Many notes go through in a stream: the same rows from one process as from two, and never all in memory."""

from __future__ import annotations

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator

import pytest

from hoofbeat.reading import Note, note_nlp, removal
from hoofbeat.reading.notes import COLUMNS

TEXTS = [
    "She has an itchy rash on the legs for 2 months.",
    "No fever. Her mother has asthma.",
    "Possible glossitis, weight loss.",
    "Nothing of note.",
]


def _notes(count: int) -> Iterator[Note]:
    for n in range(count):
        yield Note(str(n), TEXTS[n % len(TEXTS)], f"row {n}", {"note_id": str(n)})


def _rows(count: int = 4, **options) -> list[dict[str, str]]:
    out = io.StringIO()
    note_nlp(_notes(count), out, day="2026-01-02", **options)
    return list(csv.DictReader(io.StringIO(out.getvalue())))


def test_rows_are_those_of_the_standard_table() -> None:
    rows = _rows()
    assert tuple(rows[0]) == COLUMNS
    assert [r["note_nlp_id"] for r in rows] == [str(n) for n in range(1, len(rows) + 1)]
    assert {r["nlp_date"] for r in rows} == {"2026-01-02"}


def test_a_row_says_where_what_and_whether() -> None:
    rows = {r["lexical_variant"].split()[0]: r for r in _rows()}
    assert (rows["itchy"]["term_exists"], rows["itchy"]["note_id"]) == ("Y", "0")
    assert int(rows["itchy"]["offset"]) == TEXTS[0].index("itchy")
    assert "HPO=HP:0000989" in rows["itchy"]["term_modifiers"]
    assert rows["fever"]["term_exists"] == "N"
    assert "Negation=true" in rows["fever"]["term_modifiers"]
    assert rows["asthma"]["term_exists"] == "N"
    assert "Subject=mother" in rows["asthma"]["term_modifiers"]
    assert "Uncertain=true" in rows["glossitis"]["term_modifiers"]


def test_corrections_hold_for_every_note() -> None:
    (words,) = {r["lexical_variant"] for r in _rows() if r["lexical_variant"].startswith("weight")}
    assert words not in {r["lexical_variant"] for r in _rows(corrections=[removal(words)])}


def test_a_record_that_cannot_be_read_is_counted_and_hides_no_other() -> None:
    notes = [*_notes(1), Note("x", "", "notes.csv, row 2", {}, "the row is not UTF-8 text"), *_notes(1)]
    out = io.StringIO()
    tally = note_nlp(notes, out, day="2026-01-02")
    assert (tally.notes, tally.failed) == (3, ("notes.csv, row 2",))
    assert {r["note_id"] for r in csv.DictReader(io.StringIO(out.getvalue()))} == {"0"}


def test_json_lines_hold_the_same_rows() -> None:
    out = io.StringIO()
    note_nlp(_notes(4), out, day="2026-01-02", json_lines=True)
    lines = [json.loads(line) for line in out.getvalue().splitlines()]
    assert [{k: str(v) for k, v in line.items()} for line in lines] == _rows()


def test_two_processes_write_the_same_rows_in_the_same_order() -> None:
    assert _rows(40, processes=2) == _rows(40)


def test_a_note_that_cannot_be_read_stops_no_other_and_is_never_quoted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from hoofbeat.reading import letter

    read = letter.read_letter

    def fails(text: str, **options):
        if "glossitis" in text:
            raise RuntimeError(text)
        return read(text, **options)

    monkeypatch.setattr(letter, "read_letter", fails)
    out = io.StringIO()
    tally = note_nlp(_notes(4), out, day="2026-01-02")
    assert (tally.notes, tally.failed) == (4, ("row 2",))
    assert tally.rows == len(out.getvalue().splitlines()) - 1 > 0
    assert "glossitis" not in out.getvalue() + str(tally)


def test_notes_are_read_as_they_are_needed() -> None:
    taken = 0

    class Out(io.StringIO):
        def write(self, text: str) -> int:
            # the first row is written long before the last note is taken
            assert taken <= 8
            return super().write(text)

    def counted() -> Iterator[Note]:
        nonlocal taken
        for note in _notes(8):
            taken += 1
            yield note

    note_nlp(counted(), Out(), day="2026-01-02")
    assert taken == 8


@pytest.mark.slow
def test_memory_does_not_grow_with_the_number_of_notes() -> None:
    class Nowhere(io.StringIO):
        def write(self, text: str) -> int:
            return len(text)

    note_nlp(_notes(50), Nowhere(), day="2026-01-02")
    peaks = []
    for count in (100, 800):
        tracemalloc.start()
        note_nlp(_notes(count), Nowhere(), day="2026-01-02")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.5 * peaks[0] + 200_000
