"""What a text names is found, however it is written, and nothing else is."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoofbeat.reading.mentions import find_mentions
from hoofbeat.terms import load_ontology


def labels(text, cutoff="clinic"):
    onto = load_ontology()
    return {onto.label(m.term) for m in find_mentions(text, cutoff=cutoff)}


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("There was necrolytic migratory erythema of the groin.", "Necrolytic migratory erythema"),
        ("Biopsy was in keeping with NME.", "Necrolytic migratory erythema"),
        ("Painful erosions on both shins.", "Skin erosion"),
        ("She has angular cheilitis.", "Angular cheilitis"),
        ("cracks at the corners of her mouth", "Angular cheilitis"),
        ("Glossitis and a sore mouth.", "Glossitis"),
        ("He has lost weight.", "Weight loss"),
        ("hypoaminoacidaemia on two occasions", "Abnormal circulating amino acid concentration"),
        ("The zinc was low.", "Decreased serum zinc"),
        ("A migratory rash for two years.", "Migratory erythematous plaque"),
        ("crusted plaques on the buttocks", "Crusting erythematous dermatitis"),
        ("residual hyperpigmentation", "Hyperpigmentation of the skin"),
        ("Had a DVT in 2019.", "Deep venous thrombosis"),
        ("Marked anaemia.", "Anemia"),
        ("oedema of the legs", "Pedal edema"),
        ("The face is hyperteloric.", "Hypertelorism"),
        ("EARS: low-set, slightly rotated.", "Low-set ears"),
        ("Ears are lowset.", "Low-set ears"),
        ("long fingers and toes", "Long toe"),
        ("Markedly raised glucagon.", "Increased glucagon level"),
        ("hyper-\nglycaemia since spring", "Hyperglycemia"),
        ("severe eythema of the trunk", "Erythema"),
    ],
)
def test_a_finding_is_read_as_it_is_said(text, label):
    assert label in labels(text)


@pytest.mark.parametrize(
    "text",
    [
        "Swabs were negative. The results were negative.",
        "Rinse your mouth after use.",
        "The jump in price was noted by the committee.",
        "The oncologists agreed that the picture fits.",
        "He was treated blind with two creams.",
        "I do not worry about the small print.",
        "The lips were split, the tongue was clean.",
        "Please send the letter to the practice by Friday.",
        "Had sob story to tell, and an asd of leaves.",
    ],
)
def test_everyday_words_name_no_finding(text):
    assert labels(text) == set()


def test_an_abbreviation_means_what_the_text_says_it_means():
    text = "He had basal cell carcinomas (BCCs) removed. New BCCs appeared."
    places = [m for m in find_mentions(text) if m.start == text.index("BCCs appeared")]
    assert [load_ontology().label(m.term) for m in places] == ["Basal cell carcinoma"]
    assert places[0].how == "abbreviation"


def test_an_abbreviation_explained_as_something_else_is_not_taken_for_a_finding():
    assert "Deep venous thrombosis" not in labels(
        "The Danish Vascular Trial (DVT) began in 1999. The DVT ended."
    )


def test_what_is_called_normal_is_marked_so():
    found = [m for m in find_mentions("NAILS: normal nails.") if "nail" in load_ontology().label(m.term)]
    assert all(m.how == "normal" for m in found)


def test_words_apart_give_several_spans():
    text = "small ears and a very small mouth; long fingers and toes"
    toes = next(m for m in find_mentions(text) if load_ontology().label(m.term) == "Long toe")
    assert [text[s:e] for s, e in toes.spans] == ["long", "toes"]


def test_one_place_names_a_term_once():
    text = "weight loss, loss of weight, and weight lost " * 20
    found = find_mentions(text)
    for one, other in pairwise(found):
        assert one.term != other.term or one.end <= other.start


def test_the_clinic_cutoff_keeps_whatever_the_balanced_one_proposes():
    text = (
        "Scaly, itchy rash with erosions; pain; alopecia; scoliosis; NME; abnormal gait and a smooth tongue."
    )
    assert labels(text, "balanced") <= labels(text, "clinic")


def test_a_long_text_is_read_whole_and_in_place():
    text = ("The weather was fine that day and nothing happened. " * 5000) + "She has angular cheilitis."
    (mention,) = find_mentions(text)
    assert text[mention.start : mention.end] == "angular cheilitis"


PIECES = [
    "rash",
    "NME",
    "low-set",
    "ears:",
    "(BCC)",
    "no",
    "weight",
    "loss",
    ",",
    ".",
    "\n",
    "\n\n",
    "-",
    "and/or",
]
PIECES += [
    "α",
    "é",
    "ß",
    "İ",
    "𝔘",
    "\u00ad",
    "'",
    "normal",
    "of",
    "zinc",
    "12",
    "hyper-\nglycaemia",
    "basal cell",
]
words = st.sampled_from(PIECES)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=200), st.lists(words, max_size=60).map(" ".join)))
def test_any_text_gives_spans_that_lie_in_it_in_order(text):
    found = find_mentions(text)
    assert [(m.start, m.end, m.term) for m in found] == sorted((m.start, m.end, m.term) for m in found)
    for mention in found:
        assert 0 < mention.chance <= 1
        before = -1
        for start, end in mention.spans:
            assert before <= start < end <= len(text)
            assert text[start].isalnum()
            assert text[end - 1].isalnum()
            before = end


@pytest.mark.parametrize(
    "shape", ["rash ", "a", "(BCC) ", "EARS: low-set ", "short ear small toe thin lip ", "-\n"]
)
def test_a_text_of_one_shape_is_read_to_its_end(shape):
    text = shape * (60_000 // len(shape)) + ". She has angular cheilitis."
    last = find_mentions(text)[-1]
    assert text[last.start : last.end] == "angular cheilitis"
