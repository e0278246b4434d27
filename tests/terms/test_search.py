"""From words to terms: what a clinician or a patient writes is found, and nothing is read into it."""

from __future__ import annotations

from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.terms import load_ontology
from hoofbeat.terms.compile_search import compile_search, read_lay_words
from hoofbeat.terms.spelling import loose_word, strict_words

LAY = read_lay_words()
numbers = st.integers(min_value=0, max_value=len(load_ontology()) - 1)
phrases = [(e["term"], phrase) for e in LAY["terms"] for phrase in e["words"]]

FIRST = {
    "sore red tongue": "Glossitis",
    "tongue is sore and red": "Glossitis",
    "beefy tongue": "Glossitis",
    "itchy skin": "Pruritus",
    "itch": "Pruritus",
    "itching of the skin": "Pruritus",
    "weight loss": "Weight loss",
    "loss of weight": "Weight loss",
    "losing weight": "Weight loss",
    "blood clot in the leg": "Deep venous thrombosis",
    "low blood count": "Anemia",
    "anaemia": "Anemia",
    "anaemic": "Anemia",
    "haemoglobin low": "Anemia",
    "oesophageal varices": "Esophageal varix",
    "diarrhoea": "Diarrhea",
    "cracked corners of the mouth": "Angular cheilitis",
    "skin erosions": "Skin erosion",
    "erosions of the skin": "Skin erosion",
    "hair loss": "Alopecia",
    "sugar diabetes": "Diabetes mellitus",
    "wandering rash": "Migratory erythematous plaque",
    "ring-shaped rash": "Annular cutaneous lesion",
    "weepy skin": "Skin erosion",
    "tired all the time": "Fatigue",
    "off food": "Poor appetite",
    "high sugar": "Hyperglycemia",
    "raised glucagon": "Increased glucagon level",
    "glucagon level raised": "Increased glucagon level",
    "low zinc levels": "Decreased serum zinc",
    "severe weight loss": "Weight loss",
    "blood clot in my left leg": "Deep venous thrombosis",
    "vitamin a deficiency": "Reduced circulating vitamin A concentration",
    "DVT": "Deep venous thrombosis",
    "PE": "Pulmonary embolism",
    "T2DM": "Type II diabetes mellitus",
    "IBD": "Inflammation of the large intestine",
    "UTI": "Recurrent urinary tract infections",
}
MISSPELT = {
    "eroson of skin": "Skin erosion",
    "diarhoea": "Diarrhea",
    "hypertyroidism": "Hyperthyroidism",
    "hypotyroidism": "Hypothyroidism",
    "glosittis": "Glossitis",
    "eczma": "Eczematoid dermatitis",
    "weigt loss": "Weight loss",
    "trombocytopenia": "Thrombocytopenia",
    "anguler cheilitis": "Angular cheilitis",
}
NOT_SURE = [
    "", " ", "?", "the", "no weight loss", "not itchy", "denies itching", "without rash", "normal glucagon",
    "family history of diabetes mellitus", "mother has diabetes", "risk of thrombosis", "previous anaemia",
    "zinc", "glucagon", "blood", "skin", "tongue", "low", "itchy skin and hair loss", "dvt", "pe",
    "xyzzy", "hypethyroidism", "<script>", "HP:0001824", "'; drop table", "𝛼" * 40, "a" * 5000,
]  # fmt: skip


@pytest.mark.parametrize(("words", "label"), FIRST.items())
def test_plain_words_are_found_first_and_surely(words, label):
    onto = load_ontology()
    assert onto.search(words)[0].label == label
    sure = onto.find(words)
    assert sure is not None
    assert sure.label == label


@pytest.mark.parametrize(("words", "label"), MISSPELT.items())
def test_a_slip_of_the_pen_is_mended(words, label):
    onto = load_ontology()
    first = onto.search(words)[0]
    assert (first.label, first.how) == (label, "spelling")
    sure = onto.find(words)
    assert sure is None or sure.label == label


@pytest.mark.parametrize("words", NOT_SURE)
def test_nothing_is_read_into_words_that_say_no_one_finding(words):
    assert load_ontology().find(words) is None


@pytest.mark.parametrize("words", NOT_SURE)
def test_any_words_can_be_searched(words):
    found = load_ontology().search(words)
    assert all(0 <= match.score <= 1 for match in found)


@given(st.text(max_size=60))
def test_no_text_is_too_odd(text):
    onto = load_ontology()
    assert len(onto.search(text, limit=3)) <= 3
    onto.find(text)


# Laws over the ontology itself


@given(numbers)
def test_every_label_finds_its_own_term(i):
    onto = load_ontology()
    found = onto.find(onto.name(i, 0).text)
    assert found is not None
    assert found.id == onto.ids[i]
    assert onto.search(onto.name(i, 0).text)[0].id == onto.ids[i]


@given(numbers)
def test_every_exact_synonym_that_is_unique_finds_its_own_term(i):
    onto = load_ontology()
    for synonym in onto.synonyms(onto.ids[i]):
        if synonym.scope == "EXACT" and owners(synonym.text) == {i}:
            found = onto.find(synonym.text)
            assert found is not None
            assert found.id == onto.ids[i]


def owners(text: str) -> set[int]:
    if not _OWNERS:
        for i, _, name in load_ontology().names():
            if name.scope in {"LABEL", "EXACT"}:
                _OWNERS[frozenset(strict_words(name.text))].add(i)
    return _OWNERS[frozenset(strict_words(text))]


_OWNERS: defaultdict[frozenset[str], set[int]] = defaultdict(set)


@given(numbers, st.randoms(use_true_random=False))
def test_case_and_order_of_words_do_not_matter(i, random):
    onto = load_ontology()
    words = onto.name(i, 0).text.replace(" a ", " ").split()
    # A and I are names of things after some words only; and in a few labels nothing but the order differs
    if any(w.lower() in {"a", "i"} for w in words) or owners(onto.name(i, 0).text) != {i}:
        return
    shuffled = random.sample(words, len(words))
    plain = [m.id for m in onto.search(" ".join(words).lower())]
    assert [m.id for m in onto.search(" ".join(shuffled).lower())][:1] == plain[:1]


@given(numbers)
def test_plural_finds_the_same(i):
    onto = load_ontology()
    label = onto.name(i, 0).text
    if label[-3:].isalpha() and label[-1] in "anrm" and owners(label) == {i} and onto.phenotypic[i]:
        assert strict_words(f"{label}s") == strict_words(label)
        assert onto.search(f"{label}s")[0].id == onto.search(label)[0].id


# How matches are told


def test_a_match_says_which_name_was_hit_and_how():
    onto = load_ontology()
    exact = onto.find("Itchy skin")
    assert (exact.matched, exact.scope, exact.lay, exact.how) == ("Itchy skin", "EXACT", True, "exact")
    ours = onto.find("beefy red tongues")
    assert (ours.matched, ours.scope, ours.lay) == ("beefy red tongue", "OURS", True)
    assert onto.find("Weight loss").score == 1
    assert onto.find("DVT").how == "abbreviation"


def test_a_search_is_ordered_short_and_names_each_term_once():
    found = load_ontology().search("red skin rash", limit=5)
    assert len(found) == 5
    assert [m.score for m in found] == sorted((m.score for m in found), reverse=True)
    assert len({m.id for m in found}) == 5
    assert load_ontology().search("rash", limit=0) == []


def test_small_letters_are_a_hint_not_a_certainty():
    found = load_ontology().search("dvt")
    assert found[0].label == "Deep venous thrombosis"
    assert found[0].score < 1
    assert load_ontology().search("pe") == [] or load_ontology().search("pe")[0].label != "Pulmonary embolism"


def test_the_last_word_may_be_unfinished():
    assert load_ontology().search("angular cheil")[0].label == "Angular cheilitis"
    assert load_ontology().search("glossit")[0].label == "Glossitis"


@pytest.mark.parametrize(("said", "opposite"), [("low zinc", "Increased"), ("high calcium", "Hypocalcemia")])
def test_the_opposite_is_never_first(said, opposite):
    found = load_ontology().search(said)
    assert not found[0].label.startswith(opposite)
    assert all(m.score < 0.6 for m in found if m.label.startswith(opposite))


def test_a_slip_never_turns_low_into_high():
    labels = [m.label for m in load_ontology().search("hyperthyroidizm", limit=3)]
    assert labels[0] == "Hyperthyroidism"
    assert "Hypothyroidism" not in labels


# Our own lay words


@pytest.mark.parametrize("entry", LAY["terms"] + LAY["abbreviations"], ids=lambda e: e["label"])
def test_each_entry_names_a_current_finding_by_its_label(entry):
    onto = load_ontology()
    assert onto.resolve(entry["term"]).status == "current"
    assert onto.label(entry["term"]) == entry["label"]
    assert onto.phenotypic[onto.index(entry["term"])]
    assert entry["words"]


def test_each_phrase_finds_its_term():
    onto = load_ontology()
    wrong = [(p, term) for term, p in phrases if (found := onto.find(p)) is None or found.id != term]
    assert wrong == []


def test_no_phrase_takes_a_name_that_the_ontology_gives_to_another_term():
    onto = load_ontology()
    taken = [(p, onto.label(term)) for term, p in phrases if owners(p) - {onto.index(term)}]
    assert taken == []


def test_no_phrase_stands_twice():
    seen = defaultdict(list)
    for _, phrase in phrases:
        seen[frozenset(strict_words(phrase))].append(phrase)
    assert [same for same in seen.values() if len(same) > 1] == []


def test_each_abbreviation_is_found_as_written():
    onto = load_ontology()
    for entry in LAY["abbreviations"]:
        assert {onto.find(short).id for short in entry["words"]} == {entry["term"]}


def test_no_word_stands_in_two_groups_of_the_same_meaning():
    seen = defaultdict(set)
    for number, group in enumerate(LAY["same_words"]):
        for word in group:
            seen[loose_word(strict_words(word)[0], {})].add(number)
    assert {w: groups for w, groups in seen.items() if len(groups) > 1} == {}


def test_the_index_on_disk_is_what_the_code_makes_now():
    onto = load_ontology()
    arrays, words = compile_search(onto)
    assert words["vocabulary"] == onto.search_index.vocabulary
    assert np.array_equal(arrays["term"], onto.search_index.term)
    assert np.array_equal(arrays["total"], onto.search_index.total)


# Words as they are compared


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("oedema", "edema"),
        ("haemoglobin", "Hemoglobin"),
        ("tumours", "tumor"),
        ("leucocytes", "leukocyte"),
        ("varices", "varix"),
        ("bullae", "bulla"),
        ("swellings", "swelling"),
        ("toes", "toe"),
        ("thromboses", "thrombosis"),
        ("biopsies", "biopsy"),
        ("patches", "patch"),
        ("localised", "localized"),
        ("fibre", "fiber"),
        ("Sjögren’s", "sjogren"),
        ("β-cell", "beta cell"),
        ("the rash of my face", "rash face"),
    ],
)
def test_spellings_that_are_one_word(one, other):
    assert strict_words(one) == strict_words(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("hyperkalemia", "hypokalemia"), ("vitamin A", "vitamin"), ("ileum", "ilium"), ("type 1", "type 2")],
)
def test_words_that_must_stay_apart(one, other):
    assert strict_words(one) != strict_words(other)


def test_a_lower_lip_is_not_a_low_value():
    assert loose_word("lower", load_ontology().search_index.same) == "lower"
