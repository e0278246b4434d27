"""Lesion words: what single lesions look like and do."""

from __future__ import annotations

import pytest

from hoofbeat.errors import UnknownTerm
from hoofbeat.terms import lesion_word, lesion_words, load_ontology, read_lesion_words


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("annular, crusted, serpiginous plaques", {"annular", "crust", "serpiginous", "plaque"}),
        ("scaly macules", {"scale", "macule"}),
        ("a migrating eruption", {"migratory"}),
        ("vesicles and erosions", {"vesicle", "erosion"}),
        ("crustacean", set()),
        ("", set()),
    ],
)
def test_a_description_is_read_word_by_word(text: str, found: set[str]) -> None:
    assert set(read_lesion_words(text)) == found


@pytest.mark.parametrize("one", lesion_words(), ids=lambda w: w.slug)
def test_a_lesion_word_is_read_back_from_each_of_its_names(one) -> None:
    for word in (one.name, *one.words):
        assert one.slug in read_lesion_words(f"some {word} here"), word
    assert one.means
    assert not one.hpo or load_ontology().resolve(one.hpo).status == "current"


def test_no_word_belongs_to_two_meanings() -> None:
    words = [w.lower() for x in lesion_words() for w in {x.name, x.slug.replace("_", " "), *x.words}]
    assert sorted(w for w in set(words) if words.count(w) > 1) == []


def test_an_unknown_form_brings_the_nearest() -> None:
    with pytest.raises(UnknownTerm) as fault:
        lesion_word("anular")
    assert "annular" in fault.value.remedy
