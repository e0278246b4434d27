"""Words are compared as clinicians hear them."""

from __future__ import annotations

import pytest

from hoofbeat.reading.tokens import tokenise
from hoofbeat.reading.words import root, singular, spelled


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("anaemic", "anemia"),
        ("oedema", "edema"),
        ("necrotic", "necrosis"),
        ("hypotonic", "hypotonia"),
        ("psoriatic", "psoriasis"),
        ("dysplastic", "dysplasia"),
        ("haemorrhages", "hemorrhage"),
        ("biopsies", "biopsy"),
        ("autistic", "autism"),
    ],
)
def test_one_family_has_one_root(one, other):
    assert root(singular(spelled(one))) == root(singular(spelled(other)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("hypotonia", "hypertonia"),
        ("macrocephaly", "microcephaly"),
        ("necrosis", "neurosis"),
        ("ileum", "ilium"),
    ],
)
def test_opposites_and_strangers_stay_apart(one, other):
    assert root(singular(spelled(one))) != root(singular(spelled(other)))


def test_a_sentence_ends_a_stretch_and_a_decimal_point_does_not():
    tokens = tokenise("Zinc 4.2 is low. Iron at L5. Abdomen soft. Seen by Dr. Grey at noon")
    stretch = dict(zip(tokens.words, tokens.stretch.tolist(), strict=True))
    assert stretch["4"] == stretch["low"]
    assert stretch["low"] != stretch["Iron"]
    assert stretch["L5"] != stretch["Abdomen"]
    assert stretch["Dr"] == stretch["Grey"]


def test_a_sentence_before_a_colon_is_no_heading():
    assert tokenise("The tongue was inflamed: bright red.").headings == ()
    assert tokenise("EARS: low-set.").headings == ((0, 1, 3),)


def test_words_divided_at_a_lines_end_are_joined_only_if_known():
    known = {"hyperglycemia"}
    assert tokenise("hyper-\nglycemia", known).words == ["hyperglycemia"]
    assert tokenise("well-\nknown", known).words == ["well", "known"]
