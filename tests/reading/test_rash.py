"""A rash told of in words is one rash: forms, sites and course belong together, other organs do not."""

from __future__ import annotations

import pytest

from hoofbeat.reading import read_letter, to_case
from hoofbeat.reading.model import Span
from hoofbeat.reading.rash import RASH, RashSentence, find_rash, site_words
from hoofbeat.reading.rash_words import rules
from hoofbeat.terms import lesion_words, load_ontology, sites

HEAT, RUBBED = "HP:6001076", "HP:6000933"


def _one(text: str) -> RashSentence:
    (found,) = find_rash(text, [Span(0, len(text))])
    return found


def _terms(text: str) -> set[str]:
    return {t.term for s in find_rash(text, [Span(0, len(text))]) for t in s.terms}


def test_forms_sites_and_course_of_one_sentence_belong_together() -> None:
    found = _one("Crusted annular plaques over both shins and the groin for 8 months, relapsing.")
    assert [form for form, _ in found.forms] == ["crust", "annular", "plaque"]
    assert found.sites == ("lower_leg", "groin")
    assert found.course == "relapsing"


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("red scaly plaques on the trunk", "HP:0025474"),
        ("the plaques are red", "HP:0025474"),
        ("pink macules on the trunk", "HP:0025475"),
        ("scattered small red papules", "HP:0030350"),
    ],
)
def test_a_colour_and_a_lesion_are_one_finding(text: str, term: str) -> None:
    assert term in _terms(text)
    assert "HP:0010783" not in _terms(text)


def test_a_colour_does_not_cross_another_lesion() -> None:
    assert "HP:0025474" not in _terms("red papules and scaly plaques")


@pytest.mark.parametrize(
    ("text", "term"),
    [
        ("The tongue was red and swollen.", "HP:0000206"),
        ("Tongue bald.", "HP:0010298"),
        ("A burning mouth.", "HP:0032143"),
        ("Corners of the mouth split.", "HP:0030318"),
        ("The tongue is sore.", "HP:0030811"),
        ("Nails dystrophic.", "HP:0008404"),
    ],
)
def test_what_is_said_of_a_place_means_a_finding_there(text: str, term: str) -> None:
    found = _one(text)
    assert [t.term for t in found.terms] == [term]
    assert not found.forms


@pytest.mark.parametrize(
    "text",
    [
        "She came back red-faced about the red cell count.",
        "The abdomen was soft and tender.",
        "A lytic lesion of the liver.",
        "Pain scale 4 of 10.",
        "Dental plaque was removed.",
        "Labelled as bullous pemphigoid.",
        "Moving house soon.",
        "Delayed eruption of teeth.",
    ],
)
def test_words_that_do_not_mean_the_skin_are_no_rash(text: str) -> None:
    assert _terms(text) == set()


@pytest.mark.parametrize(
    ("told", "where", "spared"),
    [
        ("a scaly rash on the trunk, sparing the face and palms.", {"trunk"}, {"face", "palm"}),
        ("a scaly rash on the trunk. The face is spared.", {"trunk"}, {"face"}),
        ("an erosive rash of the groin. The scalp and palms are clear.", {"groin"}, {"scalp", "palm"}),
        ("a red rash on the trunk but not on the face.", {"trunk"}, {"face"}),
        ("a scaly rash on the trunk. His mother has a rash, sparing the face.", {"trunk"}, set()),
        ("a scaly rash on the face. The face is spared in summer.", {"face"}, set()),
    ],
)  # fmt: skip
def test_sites_that_are_told_to_be_free_are_kept_as_spared(
    told: str, where: set[str], spared: set[str]
) -> None:
    case = to_case(read_letter(f"A 60-year-old man has {told}"))
    rash = next(f for f in case.findings if f.where or f.spared)
    chief = next((f for f in case.findings if f.spared), rash)
    assert (set(chief.where), set(chief.spared)) == (where, spared)


def test_spared_sites_are_no_sites() -> None:
    found = _one("Scaly plaques on the trunk and arms, sparing the face.")
    assert "face" in found.spared
    assert "face" not in found.sites
    assert "trunk" in found.sites


def test_a_sentence_that_begins_with_they_goes_on_about_the_rash() -> None:
    text = "Red plaques on the legs. They itched. Paid by card."
    spans = [Span(0, 24), Span(25, 37), Span(38, 51)]
    assert [t.term for t in find_rash(text, spans)[1].terms] == ["HP:0000989"]


def test_they_after_another_subject_is_not_the_rash() -> None:
    text = "His sons visit. They ache."
    assert find_rash(text, [Span(0, 15), Span(16, 26)]) == []


def test_a_word_of_the_rash_itself_is_the_finding_rash() -> None:
    assert RASH in _terms("An itchy and painful rash.")


def test_every_span_is_the_words_it_was_read_from() -> None:
    text = "O/E: weeping, crusted\nplaques   of the axillae with central clearing."
    found = _one(text)
    for _, span in found.forms:
        words = text[span.start : span.end]
        assert words == words.strip() != ""
    assert {text[s.start : s.end] for _, s in found.forms} >= {"crusted", "central clearing"}


def test_site_words_stand_where_they_are_said() -> None:
    text = "It affects the lips, less often the groin."
    found = site_words(text, Span(0, len(text)))
    assert [(slug, text[s.start : s.end]) for slug, s in found] == [("perioral", "lips"), ("groin", "groin")]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("The rash is worse in heat and with friction.", {HEAT: "present", RUBBED: "present"}),
        ("Itchy red plaques of the groin. What makes it better or worse: worse with rubbing, not heat.",
         {RUBBED: "present"}),
        ("The rash is aggravated by pressure, rubbing or hot weather.", {HEAT: "present", RUBBED: "present"}),
        ("The rash is not worse in heat.", {HEAT: "absent"}),
        ("He has an itchy rash. Her daughter's headache is worse in heat.", {}),
        ("Itchy rash of the groin, headache worse in heat.", {}),
        ("Worse in heat.", {}),
    ],
)  # fmt: skip
def test_what_makes_the_rash_worse_is_kept(text: str, told: dict[str, str]) -> None:
    found = {p.term: p.assertion.status for p in read_letter(text).proposals}
    assert {term: status for term, status in found.items() if term in (HEAT, RUBBED)} == told


def test_what_makes_it_better_is_a_treatment_with_its_response() -> None:
    (zinc,) = to_case(read_letter("The rash is worse in heat, better after zinc.")).treatments
    assert (zinc.name, zinc.response) == ("zinc", "partial")


def test_the_rules_name_only_what_exists() -> None:
    onto, data = load_ontology(), rules()
    slugs = {w.slug for w in lesion_words()}
    terms = [row["term"] for key in ("on_place", "together", "at_sites") for row in data[key]]
    assert [t for t in terms if onto.resolve(t).status != "current"] == []
    assert {form for row in data["together"] for form in row["forms"]} <= slugs
    assert set(data["more_forms"]) | set(data["ambiguous"]) | set(data["with_site"]) <= slugs
    assert {s for row in data["at_sites"] for s in row["sites"]} <= {s.slug for s in sites()}
    assert set(data["course"]) == {"relapsing", "progressive", "persistent", "improving", "resolved"}
