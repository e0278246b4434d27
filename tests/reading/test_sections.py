from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.reading.sections import find_sections, heading_of

LETTER = """Dear colleague,
thank you for seeing this man.

Past medical history
Asthma.

Family history: mother has psoriasis.
O/E: two plaques. Skin: crusts.
Ix: zinc low
IMPRESSION:
Eczema?
Plan - biopsy

References
1. A paper.
"""


def kinds(text: str) -> list[tuple[str, str]]:
    return [(s.kind, s.heading) for s in find_sections(text)]


def test_headings_of_a_letter_are_found_in_order():
    assert kinds(LETTER) == [
        ("other", ""),
        ("history", "Past medical history"),
        ("family", "Family history"),
        ("examination", "O/E"),
        ("investigations", "Ix"),
        ("impression", "IMPRESSION"),
        ("plan", "Plan"),
        ("references", "References"),
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Itch. PMH: asthma.", [("other", ""), ("history", "PMH")]),
        ("Itch. PMH asthma.", [("other", ""), ("history", "PMH")]),
        ("Itch. O/E thin.", [("other", ""), ("examination", "O/E")]),
        ("FHx diabetes. NKDA. Imp: eczema", [("family", "FHx"), ("history", "NKDA"), ("impression", "Imp")]),
        ("**Plan:** biopsy", [("other", ""), ("plan", "Plan")]),
        ("## Treatment\nzinc", [("other", ""), ("treatment", "Treatment")]),
        ("1331 HOURS CLINICAL HISTORY: cough", [("other", ""), ("history", "CLINICAL HISTORY")]),
        ("Plan\nbiopsy", [("plan", "Plan")]),
        (
            "MEDICATIONS:\nzinc\nSHOPPING LIST:\nmilk",
            [("treatment", "MEDICATIONS"), ("other", "SHOPPING LIST")],
        ),
    ],
)
def test_heading_is_known_in_each_form(text, expected):
    assert kinds(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "The plan is to biopsy.",
        "She gave a history of itch.",
        "Examination was normal.",
        "Skin: crusts.\nNails: pitting.",
        "We made a plan for her treatment; results are awaited.",
        "fh of something in lower case",
    ],
)
def test_words_of_a_sentence_are_no_heading(text):
    assert kinds(text) == [("other", "")]


def test_heading_says_what_is_true_below_it():
    past, family, refs = (
        heading_of(find_sections(t)[0]) for t in ("PMH: gout", "FH: gout", "References\ngout")
    )
    assert (past.status, past.who) == ("historical", "patient")
    assert (family.status, family.who) == ("present", "family")
    assert refs.who == "general"


@given(
    st.lists(
        st.sampled_from(["PMH:", "O/E", "Plan\n", "\n", "rash", ". ", "FHx", "#", "HISTORY: ", "İ", "  "]),
        max_size=40,
    )
)
def test_sections_of_any_text_cover_it_and_begin_with_their_heading(words):
    text = "".join(words)
    sections = find_sections(text)
    assert "".join(text[s.span.start : s.span.end] for s in sections) == text
    assert all(text.startswith(s.heading, s.span.start) for s in sections)
