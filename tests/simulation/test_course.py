"""What a patient's course may and may not hold: signs that agree with the laboratory, nothing after death."""

from __future__ import annotations

import numpy as np
import pytest

from hoofbeat.simulation import Mechanism, Outcome, Planned, Setup, bands, course_of, simulate
from hoofbeat.simulation.parameters import Draws

# how far a laboratory value may stray from the truth
NOISE = 0.04


def row(mechanism: Mechanism, sign: str) -> int:
    return [s.id for s in mechanism.clinic.signs].index(sign)


def lab(mechanism: Mechanism, outcome: Outcome, test: str) -> np.ndarray:
    return outcome.labs_found[:, [item.test for item in mechanism.clinic.labs].index(test)]


# the rash


@pytest.fixture(scope="module")
def rashes(glucagonoma: Mechanism) -> tuple[np.ndarray, np.ndarray]:
    """The extent of the same patients' rash, in steps of a day and of a fifth of one."""
    base = {"years": 6.0, "untouched": True, "record": ("rash",), "every": 10.0}
    daily, fine = (
        simulate(glucagonoma, 60, Setup(step_days=step, **base)).course["rash"] for step in (1, 0.2)
    )
    return daily, fine


def test_the_rash_never_covers_more_than_all_that_could_bear_it(rashes) -> None:
    assert all(0.9 < float(course.max()) <= 1 + 1e-6 for course in rashes)


def test_the_rash_does_not_depend_on_the_step(rashes) -> None:
    daily, fine = (float(course[-1].mean()) for course in rashes)
    assert daily == pytest.approx(fine, rel=0.02)


# chance findings


def test_a_chance_scan_shows_a_mass_only_where_there_is_one(glucagonoma: Mechanism) -> None:
    setup = Setup(years=6, untouched=True, record=("tumour",), every=1)
    out = simulate(glucagonoma, 300, setup)
    day = out.first[row(glucagonoma, "scan")]
    who = np.flatnonzero(np.isfinite(day))
    draws = Draws(glucagonoma.parameters, out.patients, seed=setup.seed)
    assert len(who) > 20
    # that day's growth is carried on after the scan is read
    assert (out.course["tumour"][day[who].astype(int), who] > 0.98 * draws["ct_sees"][who]).all()


@pytest.mark.parametrize("cause", ["cirrhosis", "receptor_defect", "malabsorption"])
def test_without_a_tumour_nobody_is_found_to_have_one(glucagonoma: Mechanism, cause: str) -> None:
    out = simulate(glucagonoma, 400, Setup(years=10, causes=(cause,)))
    assert not np.isfinite(out.first[row(glucagonoma, "scan")]).any()
    assert np.isfinite(out.tested).any() or cause != "malabsorption"
    assert not np.isfinite(out.found).any()


def test_raised_glucagon_alone_finds_nobody_without_a_tumour(glucagonoma: Mechanism) -> None:
    setup = Setup(years=1, causes=("cirrhosis",), imposed=np.full(200, 30.0))
    out = simulate(glucagonoma, 200, setup)
    assert (out.last["glucagon"] > 3).any()
    assert np.isfinite(out.tested).any()
    assert not np.isfinite(out.found).any()


def test_a_mass_that_tests_do_not_confirm_brings_nobody_back_for_years(glucagonoma: Mechanism) -> None:
    blind = {"ct_read": 0.0, "glucagon_read": 0.0}
    out = simulate(glucagonoma, 300, Setup(years=10, fixed=blind))
    scan, visits = row(glucagonoma, "scan"), out.visits
    seen, since = out.first[scan][visits.patient], out.tested[visits.patient]
    late = (since >= seen) & (visits.day > since + 200)
    assert late.any()
    assert not visits.noted[late, scan].any()
    # a mass that is seen only after earlier tests found nothing is a new one
    assert visits.noted[since + 200 < seen, scan].any()


# after death


def test_nothing_befalls_the_dead(glucagonoma: Mechanism) -> None:
    out = simulate(glucagonoma, 600, Setup(years=15, plans=(Planned("zinc", at=4000, anchor="start"),)))
    assert np.isfinite(out.death).sum() > 200
    for days in (*out.first, *out.events.values(), *out.started):
        came = np.isfinite(days)
        assert (days[came] <= out.death[came]).all()


def test_the_dead_are_as_they_were_when_they_died(glucagonoma: Mechanism) -> None:
    setup = Setup(years=8, untouched=True, record=("weight",), every=1)
    out = simulate(glucagonoma, 200, setup)
    died = np.flatnonzero(np.isfinite(out.death))
    assert len(died) > 10
    then = out.course["weight"][out.death[died].astype(int), died]
    assert out.last["weight"][died] == pytest.approx(then, rel=1e-6)


def test_bands_and_courses_are_of_the_living(glucagonoma: Mechanism) -> None:
    out = simulate(glucagonoma, 200, Setup(years=12, untouched=True, record=("tumour",), every=30))
    living = out.death >= out.course_days[-1]
    assert 0 < living.sum() < len(out)
    assert bands(out, "tumour")[-1, 2] == pytest.approx(np.median(out.course["tumour"][-1, living]))
    died = int(np.flatnonzero(~living)[0])
    course = course_of(out, int(out.patients[died]))
    assert course["day"][-1] <= out.death[died]
    assert len(course["tumour"]) == len(course["day"])


def test_bands_stand_on_when_nobody_lives_any_more(glucagonoma: Mechanism) -> None:
    out = simulate(glucagonoma, 1, Setup(years=1, untouched=True, record=("tumour",), every=30))
    out.death[:] = 100.0
    found = bands(out, "tumour")
    assert len(found) == len(out.course_days)
    assert (found[4:] == found[3]).all()


# first signs, and the laboratory


def test_health_brings_no_sign_of_the_disease(glucagonoma: Mechanism) -> None:
    out = simulate(glucagonoma, 500, Setup(years=3, causes=("",), untouched=True))
    for sign in ("rash", "weight_loss", "diabetes", "sore_mouth", "diarrhoea"):
        assert not np.isfinite(out.first[row(glucagonoma, sign)]).any(), sign
    assert float(np.mean(np.isfinite(out.first[row(glucagonoma, "anaemia")]))) < 0.02


def test_what_was_there_before_the_tumour_is_no_first_sign(glucagonoma: Mechanism) -> None:
    out = simulate(glucagonoma, 50, Setup(years=0.1, untouched=True, fixed={"hb_g": 11.0}))
    assert (out.first[row(glucagonoma, "anaemia")] == 0).all()
    assert (out.first_sign > 0).all()


def test_no_sign_comes_before_the_tumour_has_done_anything(glucagonoma: Mechanism) -> None:
    out = simulate(glucagonoma, 1000, Setup(years=0.1, untouched=True))
    assert float(np.mean(out.first_sign < 7)) < 0.03


@pytest.fixture(scope="module")
def many(glucagonoma: Mechanism) -> Outcome:
    return simulate(glucagonoma, 1000, Setup(years=12, seed=6))


def test_diabetes_is_what_fasting_glucose_says(glucagonoma: Mechanism, many: Outcome) -> None:
    found, glucose = np.isfinite(many.found), lab(glucagonoma, many, "glucose")
    diabetes = many.noted_found[row(glucagonoma, "diabetes")]
    assert (glucose[found & ~diabetes] <= 126 * (1 + NOISE)).all()
    assert float(np.mean(glucose[found & diabetes] >= 126 * (1 - NOISE))) > 0.9


def test_anaemia_is_what_haemoglobin_says_by_sex(glucagonoma: Mechanism, many: Outcome) -> None:
    found, level = np.isfinite(many.found), lab(glucagonoma, many, "haemoglobin")
    anaemia, limit = many.noted_found[row(glucagonoma, "anaemia")], np.where(many.male, 13, 12)
    assert (level[found & ~anaemia] >= (limit * (1 - NOISE))[found & ~anaemia]).all()
    assert float(np.mean((level < limit * (1 + NOISE))[found & anaemia])) > 0.9
    assert float(level[found & many.male].mean()) > float(level[found & ~many.male].mean()) + 0.5


def test_wasting_is_as_deep_as_in_published_patients(many: Outcome, glucagonoma: Mechanism) -> None:
    found = np.isfinite(many.found)
    weight, level = many.at_found["weight"][found], lab(glucagonoma, many, "haemoglobin")[found]
    assert 0.1 < float(np.mean(weight < 0.9)) < 0.5
    assert float(weight.min()) > 0.6
    assert 0.02 < float(np.mean(level < 10)) < 0.2
    assert float(level.min()) > 5
