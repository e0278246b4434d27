"""A site that was looked at and is free of the rash is evidence; a site not mentioned is none."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoofbeat.cases import Case, Finding
from hoofbeat.diagnosis import explain, rank
from hoofbeat.diagnosis.regions import (
    HIGHEST_RATIO,
    LOWEST_RATIO,
    PART,
    SCORED,
    UNNAMED,
    log_sites,
    own_rates,
    region_ratio,
    spared_regions,
)
from hoofbeat.diagnosis.table import load_table

PLAQUE, SCALE = "HP:0200035", "HP:0040189"


def rash(**places: tuple[str, ...]) -> Case:
    return Case(findings=(Finding(term=PLAQUE, **places), Finding(term=SCALE)))


def log_odds(case: Case, disease: str) -> float:
    chance = explain(case, disease, setting="dermatology").disease.chance
    return math.log(chance / (1 - chance))


@settings(max_examples=30)
@given(st.sampled_from(SCORED), st.sampled_from([1.0, PART]))
def test_a_spared_region_lowers_what_nearly_always_affects_it_against_what_never_does(region, share):
    table, rates = load_table(), own_rates()
    moved = log_sites(table, (), spared=((region, share),))
    named = [h for h, known in enumerate(rates) if known]
    by_rate = sorted(named, key=lambda h: rates[h][region].mean if region in rates[h] else UNNAMED)
    steps = [moved[h] for h in by_rate]
    assert steps == sorted(steps, reverse=True)  # the oftener it is affected, the lower
    assert steps[0] > steps[-1]
    assert not moved[[h for h in range(len(table)) if h not in set(named)]].any()


def test_face_and_scalp_spared_turn_a_rash_from_seborrhoeic_dermatitis_to_inverse_psoriasis():
    def against(**places: tuple[str, ...]) -> float:
        case = rash(where=("groin",), **places)
        return log_odds(case, "seborrhoeic_dermatitis") - log_odds(case, "inverse_psoriasis")

    assert against(spared=("face", "scalp")) < against() - 0.5


def test_what_is_spared_in_part_moves_less_than_what_is_spared_whole():
    table = load_table()
    whole, part = (
        log_sites(table, (), spared=spared_regions(sites, ())) for sites in (("acral",), ("palm",))
    )
    assert (abs(part) <= abs(whole) + 1e-12).all()
    assert abs(part).max() > 0.05


@pytest.mark.parametrize(
    ("spared", "touched", "found"),
    [
        # what is part of a spared site is spared with it
        (("face",), (), {"perioral": 1.0, "periocular": 1.0, "face": 1.0}),
        (("head",), (), {"perioral": 1.0, "periocular": 1.0, "face": 1.0, "scalp": 1.0}),
        # a face that is affected, but not round the mouth
        (("perioral",), ("face",), {"perioral": 1.0}),
        (("perioral",), (), {"perioral": 1.0, "face": PART}),
        (("palm",), (), {"acral": PART}),
        ((), (), {}),
    ],
)
def test_which_regions_are_spared(spared, touched, found):
    assert dict(spared_regions(spared, touched)) == found


def test_a_site_that_is_not_mentioned_is_silent():
    plain, same = rank(rash(where=("groin",))), rank(rash(where=("groin",), spared=()))
    assert plain == same
    assert all(r.state == "present" for d in plain.ranked for r in d.reasons if r.how == "site")


def test_the_reason_for_a_spared_site_is_told_with_its_range():
    found = explain(rash(where=("groin",), spared=("face",)), "seborrhoeic_dermatitis").disease.reasons
    (face,) = (r for r in found if r.finding == "site:face")
    assert (face.state, face.label) == ("absent", "rash on face")
    assert face.here < face.elsewhere
    assert LOWEST_RATIO <= face.ratio_low <= face.ratio <= face.ratio_high < 1
    assert face.evidence


@given(st.floats(0.001, 0.999), st.floats(0.001, 0.999), st.sampled_from([0.0, PART, 1.0]))
def test_no_site_ever_excludes(mean, usual, share):
    assert LOWEST_RATIO <= region_ratio(mean, usual, share) <= HIGHEST_RATIO
