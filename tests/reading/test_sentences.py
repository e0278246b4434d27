from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.reading.sections import find_sections
from hoofbeat.reading.sentences import LONGEST, sentence_at, split_sentences


def parts(text: str) -> list[str]:
    return [text[s.start : s.end] for s in split_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("No fever. Rash.", ["No fever.", "Rash."]),
        ("Seen by Dr. Hay with i.e. glossitis.", ["Seen by Dr. Hay with i.e. glossitis."]),
        ("Bloods incl. FBC and zinc 3.4 mmol/L.", ["Bloods incl. FBC and zinc 3.4 mmol/L."]),
        ("no fever. rash on legs", ["no fever.", "rash on legs"]),
        ("1. Eczema\n2. Asthma", ["1. Eczema", "2. Asthma"]),
        ("Found: 1) polyps 2) a normal colon", ["Found:", "1) polyps", "2) a normal colon"]),
        ("- fever\n- rash", ["- fever", "- rash"]),
        ("Hypertension\nDiabetes", ["Hypertension", "Diabetes"]),
        ("Rash.\n\nItch", ["Rash.", "Itch"]),
        ("Is it eczema? No.", ["Is it eczema?", "No."]),
        ("Skin: red\nNails: pale", ["Skin: red", "Nails: pale"]),
        ("Fever,\nchills", ["Fever,\nchills"]),
        ("", []),
        (" \n ", []),
    ],
)
def test_sentences_are_cut_where_a_reader_would(text, expected):
    assert parts(text) == expected


def test_wrapped_line_goes_on_in_the_next():
    text = "The patient was seen with a long history of crusted plaques\nOver the shins, which have now gone."
    assert parts(text) == [text]
    assert parts("short line with\nlower case after it.") == ["short line with\nlower case after it."]


def test_no_sentence_crosses_a_heading():
    assert parts("An itch PMH none. O/E: thin FHx") == ["An itch PMH none.", "O/E: thin FHx"]
    assert parts("An itch. FHx: gout. Plan: biopsy") == ["An itch.", "FHx: gout.", "Plan: biopsy"]


def test_text_without_stops_is_cut_between_words():
    text = "rash " * 1000
    found = split_sentences(text)
    assert all(s.end - s.start <= LONGEST for s in found)
    assert all(text[s.start : s.end].endswith("rash") for s in found)


def test_place_is_found_in_its_sentence():
    found = split_sentences("One. Two. Three.")
    assert [sentence_at(found, i) for i in (0, 4, 5, 12, 99)] == [0, 0, 1, 2, 2]


@given(st.text(alphabet="ab.A \n1)-:?(", max_size=400))
def test_sentences_of_any_text_hold_all_of_it_but_blanks(text):
    found = split_sentences(text)
    assert "".join("".join(text[s.start : s.end].split()) for s in found) == "".join(text.split())
    assert all(a.end <= b.start for a, b in pairwise(found))
    starts = {s.span.start for s in find_sections(text)}
    assert not any(s.start < start < s.end for s in found for start in starts)
