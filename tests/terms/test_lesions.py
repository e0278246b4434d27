"""Lesion words: what single lesions look like and do."""

from __future__ import annotations

import re
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.errors import UnknownTerm
from hoofbeat.terms import lesion_word, lesion_words, load_ontology, read_lesion_words, sites
from hoofbeat.terms.vocabulary import Phrases, plain, words

NAMES = [(name, w.slug) for w in lesion_words() for name in (w.name, w.slug.replace("_", " "), *w.words)]


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


# Descriptions in full


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (
            "annular, crusted, serpiginous and migrating plaques",
            ("annular", "crust", "serpiginous", "migratory", "plaque"),
        ),
        ("red, scaly, itchy patches with blisters", ("erythema", "scale", "itchy", "patch", "bulla")),
        ("eroded red areas that heal with dark marks", ("erosion", "erythema", "hyperpigmentation")),
        ("plaque on plaque, plaques", ("plaque",)),
        ("waxing and waning, worse with friction", ("relapsing", "koebner")),
    ],
)
def test_the_words_are_found_in_their_order_each_once(text, found):
    assert read_lesion_words(text) == found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("small blisters", ("vesicle",)),
        ("confluent rings", ("polycyclic",)),
        ("raised patch", ("plaque",)),
        ("post-inflammatory hyperpigmentation", ("hyperpigmentation",)),
        ("non-blanching", ("purpura",)),
        ("small red blister", ("erythema", "bulla")),
    ],
)
def test_the_longest_phrase_is_what_was_meant(text, found):
    assert read_lesion_words(text) == found


@pytest.mark.parametrize(
    ("one", "many"),
    [
        ("plaque", "plaques"),
        ("macule", "Macules"),
        ("patch", "patches"),
        ("bulla", "bullae"),
        ("vesicle", "vesicles"),
        ("pustule", "pustules"),
        ("papule", "papules"),
        ("nodule", "nodules"),
        ("erosion", "erosions"),
        ("crust", "crusts"),
        ("ulcer", "ULCERS"),
        ("fissure", "fissures"),
        ("wheal", "wheals"),
        ("target lesion", "target lesions"),
    ],
)
def test_one_or_many_is_the_same_word(one, many):
    assert len(read_lesion_words(one)) == 1
    assert read_lesion_words(one) == read_lesion_words(many)


@pytest.mark.parametrize(
    ("british", "american"),
    [("haemorrhagic", "hemorrhagic"), ("necrotising", "necrotizing"), ("koebnerised", "koebnerized")],
)
def test_british_and_american_spelling_meet(british, american):
    assert len(read_lesion_words(british)) == 1
    assert read_lesion_words(british) == read_lesion_words(american)


@pytest.mark.parametrize(
    "text",
    [
        "crustacean", "painless", "ringing", "scalene", "target-practice", "scaredy", "unscarred", "redolent",
        "hivelike", "rawhide", "bumper", "sorely", "patchouli", "darkroom", "pale-faced", "movingly",
    ],
)  # fmt: skip
def test_no_lesion_is_read_inside_another_word(text):
    assert read_lesion_words(text) == ()


@given(st.sampled_from([name for name, _ in NAMES if name.isalpha()]))
def test_a_word_with_letters_grown_on_is_another_word(name):
    assert read_lesion_words(f"{name}acean qu{name} {name}-qu qu-{name}") == ()


@given(st.sampled_from(NAMES), st.sampled_from(NAMES))
def test_two_words_apart_are_both_read(one, other):
    found = read_lesion_words(f"{one[0]} elsewhere, {other[0].upper()}")
    assert found == tuple(dict.fromkeys((one[1], other[1])))


@given(st.text(max_size=60))
def test_any_text_can_be_read(text):
    found = read_lesion_words(text)
    assert all(lesion_word(slug).slug == slug for slug in found)
    assert len(set(found)) == len(found)


# The vocabulary itself


@pytest.mark.parametrize("one", [w for w in lesion_words() if w.hpo], ids=lambda w: w.slug)
def test_a_lesion_word_counts_as_a_finding(one):
    onto = load_ontology()
    assert re.fullmatch(r"HP:\d{7}", one.hpo)
    assert onto.resolve(one.hpo).status == "current"
    assert onto.phenotypic[onto.index(one.hpo)]


def test_no_word_belongs_to_two_meanings_even_as_it_is_compared():
    owners = defaultdict(set)
    for name, slug in NAMES:
        owners[tuple(plain(w) for w in words(name))].add(slug)
    assert () not in owners
    assert {name: slugs for name, slugs in owners.items() if len(slugs) > 1} == {}


def test_slugs_are_unique_and_lead_to_their_word():
    assert len({w.slug for w in lesion_words()}) == len(lesion_words())
    assert all(lesion_word(w.slug) is w for w in lesion_words())


def test_a_form_like_no_other_still_brings_some_to_choose_from():
    with pytest.raises(UnknownTerm) as fault:
        lesion_word("zzzzzz")
    offered = fault.value.remedy.removeprefix("one of: ").split(", ")
    assert len(offered) > 1
    assert set(offered) <= {w.slug for w in lesion_words()}


# Phrases in text, as lesions and sites are both read


def test_every_word_of_the_vocabularies_has_one_plain_form():
    names = [name for name, _ in NAMES] + [name for s in sites() for name in (s.name, *s.words)]
    spoken = {word for name in names for word in words(name)}
    assert [w for w in spoken if plain(plain(w)) != plain(w)] == []


@pytest.mark.parametrize("word", ["gas", "pus", "abscess", "pelvis", "penis"])
def test_what_only_looks_like_a_plural_is_left(word):
    assert plain(word) == word


_letters = st.sampled_from(["red", "Reds", "ring", "rings", "small", "on", "blister"])


@given(st.lists(st.lists(_letters, min_size=1, max_size=3), max_size=5), st.lists(_letters, max_size=12))
def test_phrases_found_are_said_do_not_overlap_and_are_the_longest(phrases, text):
    known = Phrases((" ".join(p), str(i)) for i, p in enumerate(phrases))
    tokens = [plain(w) for w in text]
    at = 0
    for span in known.find(" ".join(text)):
        assert not any(tuple(tokens[at : at + n]) in known.meanings for n in (1, 2, 3) if at < span.start)
        assert at <= span.start < span.end <= len(tokens)
        assert known.meanings[tuple(tokens[span.start : span.end])] == span.meaning
        longer = [tuple(tokens[span.start : end]) for end in range(span.end + 1, len(tokens) + 1)]
        assert not any(phrase in known.meanings for phrase in longer)
        at = span.end
