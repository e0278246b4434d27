from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.reading.context import assert_mentions
from hoofbeat.reading.model import Assertion, Span
from hoofbeat.reading.rules import expand, lowered, rules
from hoofbeat.reading.scoring_assertion import labels, locate, score_negex

TABLE = yaml.safe_load(
    (Path(__file__).parents[1] / "data" / "reading" / "assertions.yaml").read_text("utf-8")
)
ROWS = [(kind, *row) for kind, rows in TABLE.items() for row in rows]

# words from which letters, and what is no letter, are put together
WORDS = st.sampled_from(
    [
        "no",
        "rash",
        "denies",
        "but",
        "her mother",
        "(",
        ")",
        ",",
        ";",
        ".",
        ":",
        "\n",
        "\n\n",
        "- ",
        "?",
        "possible",
        "PMH:",
        "FHx",
        "history of",
        "was not seen",
        "or",
        "and",
        "İ",
        "’",
        "2/12",
        "\t",
        "if",
        "resolved",
        "🦓",
        "[ ]",
        "+/-",
        "-ve",
    ]
)
LETTERS = st.lists(WORDS, max_size=60).map(" ".join)


def said(text: str, finding: str) -> Assertion:
    start = text.rfind(finding)
    return assert_mentions(text, [Span(start, start + len(finding))])[0]


@pytest.mark.parametrize(
    ("kind", "text", "finding", "status", "who"), [(*r[:4], (r[4:] or ("patient",))[0]) for r in ROWS]
)
def test_short_sentence_is_read_as_a_clinician_would(kind, text, finding, status, who):
    read = said(text, finding)
    assert (read.status, read.who) == (status, who), kind


def test_table_is_long_enough_to_mean_something():
    assert len(ROWS) >= 250


def test_cues_are_the_words_that_decided():
    text = "He denies fever."
    (cue,) = said(text, "fever").cues
    assert text[cue.start : cue.end] == "denies"


def test_cue_within_a_finding_decides_nothing():
    text = "Absent reflexes and hypotonia."
    spans = [Span(0, 15), Span(20, 29)]
    assert [a.status for a in assert_mentions(text, spans)] == ["present", "present"]


def test_last_piece_of_a_finding_in_pieces_decides():
    text = "Nails normal with no dystrophy."
    assert assert_mentions(text, [Span(0, 30)])[0].status == "present"
    assert assert_mentions(text, [(Span(0, 5), Span(21, 30))])[0].status == "absent"


def test_spans_are_answered_in_the_order_asked():
    text = "No fever. Rash."
    assert [a.status for a in assert_mentions(text, [Span(10, 14), Span(3, 8)])] == ["present", "absent"]


def test_second_of_two_in_an_examination_is_no_item_of_the_denied_list():
    assert said("O/E: no scoliosis, sacral dimple.", "sacral dimple").status == "present"
    assert said("O/E: no scoliosis, masses, sacral dimple.", "sacral dimple").status == "absent"
    assert said("No fever, night sweats.", "night sweats").status == "absent"


def test_reference_list_tells_of_nobody_here():
    assert said("Rash.\nReferences\n1. Diarrhoea in adults.", "Diarrhoea").who == "general"


@pytest.mark.parametrize("text", ["", " \n ", "\n"])
def test_text_without_words_is_read(text):
    assert assert_mentions(text, [Span(0, 0)]) == [Assertion()]


@given(LETTERS, st.data())
def test_any_text_gives_an_assertion_for_each_span_with_cues_inside_the_text(text, data):
    ends = st.integers(0, len(text))
    spans = [Span(*sorted(pair)) for pair in data.draw(st.lists(st.tuples(ends, ends), max_size=12))]
    read = assert_mentions(text, spans)
    assert len(read) == len(spans)
    for assertion in read:
        assert all(
            0 <= c.start < c.end <= len(text) and text[c.start : c.end].strip() for c in assertion.cues
        )


@given(LETTERS)
def test_each_span_is_read_alike_alone_and_among_others_that_hold_no_cue(text):
    spans = [Span(i, i + 4) for i in range(len(text)) if text.startswith("rash", i)]
    assert assert_mentions(text, spans) == [assert_mentions(text, [s])[0] for s in spans]


@given(st.text(max_size=200))
def test_lower_case_keeps_every_character_in_its_place(text):
    low = lowered(text)
    assert len(low) == len(text)
    assert all(a.lower() == b for a, b in zip(text, low, strict=True) if a.isascii())


@given(st.text(max_size=300))
def test_cues_of_any_text_are_in_order_and_do_not_run_back(text):
    cues = list(rules().find(text))
    assert all(0 <= c.start <= c.end <= len(text) for c in cues)
    assert [c.start for c in cues] == sorted(c.start for c in cues)


def test_short_form_with_an_empty_choice_leaves_the_word_out():
    assert expand("no [clear|] sign", {}) == ["no clear sign", "no sign"]


def line(concept: str, text: str, neg: str, temp: str = "Recent", exp: str = "Patient") -> str:
    return json.dumps({"concept": concept, "text": text, "neg": neg, "temp": temp, "exp": exp})


def test_negex_score_counts_each_class():
    score = score_negex(
        [
            line("fever", "He denies FEVER.", "Negated"),
            line("rash", "There is a RASH.", "Affirmed"),
            line("gout", "H/o GOUT.", "Affirmed", "Historical"),
            line("asthma", "Her mother has ASTHMA.", "Affirmed", exp="Family member"),
            line("cough", "The COUGH has resolved.", "Negated"),
            line("itch", "The text ends early.", "Negated"),
        ]
    )
    assert score["concepts"] == 6
    assert score["not_found"] == 1
    assert (score["negated"]["tp"], score["negated"]["fn"], score["negated"]["fp"]) == (2, 1, 0)
    assert score["historical"]["f1"] == 1.0
    assert score["other_person"]["f1"] == 1.0


def test_negex_line_of_another_kind_is_refused_with_its_number_and_without_its_text():
    from hoofbeat.errors import InputError

    with pytest.raises(InputError, match="line 2") as fault:
        score_negex([line("a", "a", "Affirmed"), '{"text": "secret words"}'])
    assert "secret" not in str(fault.value)


def test_marked_concept_is_found_whatever_its_blanks():
    assert locate("chest  pain", "No CHEST\n PAIN.") == Span(3, 14)
    assert locate("absent", "nothing") is None


def test_what_has_resolved_counts_as_negated_in_the_kit():
    text = "The cough has resolved."
    assert labels(text, said(text, "cough")) == (True, False, False)
