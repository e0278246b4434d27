"""Body sites: words to sites, sites to the regions that are scored."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.diagnosis import regions as scoring
from hoofbeat.errors import UnknownTerm
from hoofbeat.terms import load_ontology, read_sites, regions, site, site_regions, sites, within

SLUGS = [s.slug for s in sites()]


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
