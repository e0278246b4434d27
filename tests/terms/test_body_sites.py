"""Body sites: words to sites, sites to the regions that are scored."""

from __future__ import annotations

from collections import defaultdict

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hoofbeat.diagnosis import regions as scoring
from hoofbeat.errors import UnknownTerm
from hoofbeat.terms import load_ontology, read_sites, regions, site, site_regions, sites, within
from hoofbeat.terms.vocabulary import plain, words

SLUGS = [s.slug for s in sites()]
CODES = [s.snomed for s in sites() if s.snomed]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cleft of the buttocks", {"gluteal_cleft"}),
        ("armpits, groin and both shins", {"axilla", "groin", "lower_leg"}),
        ("legs", {"lower_limb"}),
        ("Palms and soles", {"palm", "sole"}),
        ("around the mouth", {"perioral"}),
        ("all over the body", {"generalised"}),
        ("left upper eyelid", {"periocular"}),
        ("inguinal and perianal", {"groin", "perianal"}),
        ("", set()),
    ],
)
def test_everyday_words_name_a_site(text: str, found: set[str]) -> None:
    assert set(read_sites(text).sites) == found


def test_what_is_spared_is_not_involved() -> None:
    reading = read_sites("face and scalp, sparing the trunk")
    assert set(reading.sites) == {"face", "scalp"}
    assert reading.spared == ("trunk",)


def test_words_that_are_no_site_are_given_back() -> None:
    reading = read_sites("groin, frobnicated")
    assert (reading.sites, reading.unread) == (("groin",), "frobnicated")


def test_no_word_is_read_inside_another() -> None:
    assert read_sites("legsome earful handsome").sites == ()


@pytest.mark.parametrize("one", sites(), ids=lambda s: s.slug)
def test_a_site_leads_to_regions_that_are_scored(one) -> None:
    assert site_regions([one.slug]) <= {*scoring.SCORED, *regions()}
    assert all(site(parent) for parent in one.part_of)
    assert not one.snomed or has_check_digit(one.snomed)
    assert not one.hpo or load_ontology().resolve(one.hpo).status == "current"


@pytest.mark.parametrize("one", sites(), ids=lambda s: s.slug)
def test_a_site_is_read_back_from_each_of_its_names(one) -> None:
    for word in (one.name, *one.words):
        assert one.slug in read_sites(word).sites, word


def test_no_word_belongs_to_two_sites() -> None:
    words = [w.lower() for s in sites() for w in {s.name, s.slug.replace("_", " "), *s.words}]
    assert sorted(w for w in set(words) if words.count(w) > 1) == []


@given(st.sampled_from(SLUGS), st.sampled_from(SLUGS), st.sampled_from(SLUGS))
def test_being_part_of_is_an_order(one: str, two: str, three: str) -> None:
    assert within(one, one)
    if within(one, two) and within(two, three):
        assert within(one, three)
    if within(one, two) and within(two, one):
        assert one == two


@given(st.lists(st.sampled_from(SLUGS), max_size=4), st.lists(st.sampled_from(SLUGS), max_size=4))
def test_regions_of_several_sites_are_those_of_each(left: list[str], right: list[str]) -> None:
    assert site_regions(left + right) == site_regions(left) | site_regions(right)


@given(st.sampled_from(SLUGS))
def test_a_part_touches_all_regions_of_its_whole(slug: str) -> None:
    for parent in site(slug).part_of:
        assert site_regions([parent]) <= site_regions([slug])


def test_an_unknown_site_brings_the_nearest() -> None:
    with pytest.raises(UnknownTerm) as fault:
        site("groyn")
    assert "groin" in fault.value.remedy


def has_check_digit(code: str) -> bool:
    """SNOMED CT's own check (Verhoeff's dihedral scheme) on the digits of an identifier."""
    times = [[(i + j) % 5 + 5 * ((i >= 5) ^ (j >= 5)) for j in range(10)] for i in range(10)]
    for i in range(10):
        for j in range(10):
            if i >= 5:
                times[i][j] = (i - 5 - j) % 5 + 5 if j < 5 else (i - j) % 5
    moved = [[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], [1, 5, 7, 6, 2, 8, 3, 0, 9, 4]]
    while len(moved) < 8:
        moved.append([moved[-1][moved[1][k]] for k in range(10)])
    check = 0
    for place, digit in enumerate(reversed(code)):
        check = times[check][moved[place % 8][int(digit)]]
    return check == 0


@pytest.mark.parametrize(("code", "valid"), [("22298006", True), ("22298007", False), ("91470000", True)])
def test_the_check_of_snomed_codes_knows_right_from_wrong(code: str, valid: bool) -> None:  # noqa: FBT001 (a table)
    assert has_check_digit(code) is valid


# Words of every day, in full


@pytest.mark.parametrize(
    ("text", "found", "spared"),
    [
        ("cleft of the buttocks", ("gluteal_cleft",), ()),
        ("armpits", ("axilla",), ()),
        ("both shins", ("lower_leg",), ()),
        ("legs and groin", ("lower_limb", "groin"), ()),
        ("face, sparing the trunk", ("face",), ("trunk",)),
        ("groin but not the face", ("groin",), ("face",)),
        ("whole body except palms and soles", ("generalised",), ("palm", "sole")),
        ("face, sparing the face", (), ("face",)),
        ("backs of the hands; under the breasts", ("dorsal_hand", "submammary"), ()),
        ("arms and legs", ("extremities",), ()),
        ("lower abdomen, lower back and lower legs", ("lower_abdomen", "back", "lower_leg"), ()),
    ],
)
def test_each_site_of_a_description_is_involved_or_spared(text, found, spared):
    reading = read_sites(text)
    assert (reading.sites, reading.spared) == (found, spared)


@pytest.mark.parametrize(
    "text", ["both shins", "over the left aspect of the upper back", "skin of the groin"]
)
def test_small_words_are_not_given_back_as_unread(text):
    assert read_sites(text).unread == ""


@pytest.mark.parametrize("one", sites(), ids=lambda s: s.slug)
def test_each_name_means_its_site_and_no_other(one):
    for word in (one.name, one.slug.replace("_", " "), *one.words):
        for written in (word, word.upper(), f"  {word}. "):
            assert read_sites(written) == ((one.slug,), (), ""), written


def test_no_word_belongs_to_two_sites_even_as_it_is_compared():
    owners = defaultdict(set)
    for one in sites():
        for name in (one.name, one.slug.replace("_", " "), *one.words):
            owners[tuple(plain(w) for w in words(name))].add(one.slug)
    assert () not in owners
    assert {name: slugs for name, slugs in owners.items() if len(slugs) > 1} == {}


@given(st.text(max_size=60))
def test_any_text_can_be_read(text):
    reading = read_sites(text)
    assert {*reading.sites, *reading.spared} <= set(SLUGS)
    assert not set(reading.sites) & set(reading.spared)


@given(st.lists(st.sampled_from(SLUGS), min_size=1, max_size=4, unique=True))
def test_a_list_of_names_is_read_as_those_sites(slugs):
    assert read_sites(", ".join(site(s).name for s in slugs)).sites == tuple(slugs)


# The tree of sites, and its regions


def test_slugs_are_unique():
    assert sorted(set(SLUGS)) == sorted(SLUGS)


@pytest.mark.parametrize("slug", SLUGS)
def test_the_way_up_ends(slug):
    known = {s.slug: s for s in sites()}
    todo = [(slug, ())]
    while todo:
        here, below = todo.pop()
        assert here in known, below
        assert here not in below, below
        todo += [(parent, (*below, here)) for parent in known[here].part_of]


@pytest.mark.parametrize("one", sites(), ids=lambda s: s.slug)
def test_each_region_named_is_scored(one):
    assert set(one.regions) <= set(scoring.SCORED)
    # only the head as a whole is scored through its parts
    assert one.regions or one.slug == "head"


def test_each_scored_region_can_be_reached():
    assert regions() == set(scoring.SCORED)


@given(st.sampled_from(SLUGS), st.sampled_from(SLUGS))
def test_a_part_implies_its_whole(one, other):
    if within(one, other):
        assert site_regions([one]) >= site_regions([other])
    for parent in site(one).part_of:
        assert within(one, parent)
        assert within(one, other) >= within(parent, other)
        assert not within(parent, one)


@pytest.mark.parametrize(
    ("part", "whole", "is_part"),
    [
        ("ankle", "lower_limb", True),
        ("perioral", "head", True),
        ("gluteal_cleft", "folds", True),
        ("folds", "groin", False),
        ("groin", "face", False),
        ("axilla", "groin", False),
    ],
)
def test_what_is_part_of_what(part, whole, is_part):
    assert within(part, whole) is is_part


@pytest.mark.parametrize(
    ("slugs", "touched"),
    [
        (["gluteal_cleft"], {"folds", "buttocks"}),
        (["dorsal_hand"], {"acral", "photoexposed"}),
        (["perioral"], {"perioral", "face"}),
        (["ankle", "groin"], {"lower_limb", "folds"}),
        (["photoexposed"], {"photoexposed"}),
        ([], set()),
    ],
)
def test_sites_touch_the_regions_of_all_they_are_part_of(slugs, touched):
    assert site_regions(slugs) == touched


# Slugs that are not known


@pytest.mark.parametrize(
    "ask",
    [site, lambda slug: within(slug, "folds"), lambda slug: site_regions(["face", slug])],
    ids=["site", "within", "site_regions"],
)
def test_an_unknown_slug_is_refused_wherever_it_is_used(ask):
    with pytest.raises(UnknownTerm, match="axila") as fault:
        ask("axila")
    assert "axilla" in fault.value.remedy
    assert fault.value.why


def test_a_slug_like_no_other_still_brings_some_to_choose_from():
    with pytest.raises(UnknownTerm) as fault:
        site("zzzzzz")
    offered = fault.value.remedy.removeprefix("one of: ").split(", ")
    assert len(offered) > 1
    assert set(offered) <= set(SLUGS)


@given(st.sampled_from([s for s in SLUGS if len(s) > 5]), st.data())
def test_a_letter_left_out_still_brings_the_site_meant(slug, data):
    gap = data.draw(st.integers(0, len(slug) - 1))
    slip = slug[:gap] + slug[gap + 1 :]
    assume(slip not in SLUGS)
    with pytest.raises(UnknownTerm) as fault:
        site(slip)
    assert slug in fault.value.remedy.removeprefix("one of: ").split(", ")


# Codes elsewhere


@pytest.mark.parametrize("code", CODES)
def test_a_snomed_code_is_an_identifier(code):
    assert code.isascii()
    assert code.isdecimal()
    assert 6 <= len(code) <= 18
    assert has_check_digit(code)


def test_no_snomed_code_stands_for_two_sites():
    assert [code for code in set(CODES) if CODES.count(code) > 1] == []


@given(st.sampled_from(CODES), st.data())
def test_the_check_of_snomed_codes_catches_any_one_wrong_digit(code, data):
    place = data.draw(st.integers(0, len(code) - 1))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != code[place]]))
    assert not has_check_digit(code[:place] + digit + code[place + 1 :])
