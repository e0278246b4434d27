"""The engine: the same patients from the same seed, paired arms, and laws that no patient breaks."""

from __future__ import annotations

import numpy as np
import pytest

from hoofbeat.errors import UsageError
from hoofbeat.simulation import Mechanism, Outcome, Planned, Setup, cohort, compare, read_plan, simulate


def test_a_patient_does_not_depend_on_who_else_is_simulated(
    glucagonoma: Mechanism, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = Setup(years=3, seed=9)
    whole = simulate(glucagonoma, 60, setup)
    monkeypatch.setattr(cohort, "GROUP", 17)
    parts = simulate(glucagonoma, 60, setup)
    few = simulate(glucagonoma, 20, setup)
    for name in ("found", "first_visit", "death", "age", "labs_found", "sites_found"):
        assert np.array_equal(getattr(whole, name), getattr(parts, name), equal_nan=True), name
        assert np.array_equal(getattr(whole, name)[:20], getattr(few, name), equal_nan=True), name
    assert np.array_equal(whole.visits.day, parts.visits.day)


@pytest.mark.slow
def test_one_process_or_several_give_the_same_bytes(
    glucagonoma: Mechanism, monkeypatch: pytest.MonkeyPatch
) -> None:
    setup = Setup(years=1, seed=2)
    monkeypatch.setattr(cohort, "GROUP", 20)
    one = simulate(glucagonoma, 60, setup)
    two = simulate(glucagonoma, 60, setup, processes=2)
    assert one.found.tobytes() == two.found.tobytes()
    assert one.visits.noted.tobytes() == two.visits.noted.tobytes()
    assert one.last["rash"].tobytes() == two.last["rash"].tobytes()


def test_another_seed_gives_other_patients(glucagonoma: Mechanism, cohort: Outcome) -> None:
    other = simulate(glucagonoma, len(cohort), Setup(years=1, seed=5))
    assert not np.array_equal(other.age, cohort.age)


def test_nobody_is_found_before_a_visit_and_a_test(cohort: Outcome) -> None:
    found = np.isfinite(cohort.found)
    assert found.any()
    assert (cohort.found[found] > cohort.tested[found]).all()
    assert (cohort.tested[found] >= cohort.first_visit[found]).all()
    assert (cohort.found[found] <= cohort.death[found]).all()


def test_visits_end_with_the_diagnosis_and_with_death(cohort: Outcome) -> None:
    patient = cohort.visits.patient
    assert (cohort.visits.day <= np.minimum(cohort.found, cohort.death)[patient]).all()
    assert (np.diff(patient) >= 0).all()


def test_what_was_noted_was_there_and_was_looked_for(cohort: Outcome) -> None:
    visits = cohort.visits
    assert (visits.asked | ~visits.noted).all()
    appeared = cohort.first[:, visits.patient].T
    assert (appeared[visits.noted] <= np.repeat(visits.day, visits.noted.sum(axis=1))).all()


def test_without_a_cause_there_is_no_rash_and_no_raised_glucagon(glucagonoma: Mechanism) -> None:
    healthy = simulate(glucagonoma, 300, Setup(years=3, causes=("",)))
    assert not np.isfinite(healthy.first[0]).any()
    assert float(healthy.last["glucagon"].max()) < 1.5
    assert float(np.abs(healthy.last["supply"] - 1).max()) < 0.1


def test_every_value_stays_possible(cohort: Outcome) -> None:
    for name, values in cohort.last.items():
        assert np.isfinite(values).all(), name
        assert (values >= 0).all(), name
    assert float(cohort.last["rash"].max()) <= 1 + 1e-9


def test_the_rash_has_lesions_of_all_ages_at_once(glucagonoma: Mechanism) -> None:
    node = glucagonoma.file.nodes["rash"]
    phases = [f"rash.{phase.id}" for phase in node.phases]
    setup = Setup(years=6, untouched=True, record=("rash", *phases), every=30)
    out = simulate(glucagonoma, 100, setup)
    ill = out.course["rash"] > 0.3
    assert ill.any()
    assert all(float(out.course[phase][ill].min()) > 0 for phase in phases)


def test_both_arms_share_their_luck_so_that_nothing_changes_before_the_treatment(
    glucagonoma: Mechanism,
) -> None:
    setup = Setup(years=4, seed=3, untouched=True, record=("glucagon", "rash"), every=7)
    plan = Planned("resection", at=1000.0)
    without = simulate(glucagonoma, 80, setup)
    treated = simulate(glucagonoma, 80, Setup(**{**_fields(setup), "plans": (plan,)}))
    before = without.course_days < 1000
    for node in ("glucagon", "rash"):
        assert np.array_equal(without.course[node][before], treated.course[node][before])
    assert (treated.course["glucagon"][-1] < without.course["glucagon"][-1]).all()


def _fields(setup: Setup) -> dict[str, object]:
    return {name: getattr(setup, name) for name in Setup.__dataclass_fields__}


def test_an_analogue_lowers_glucagon_and_the_interval_says_so(glucagonoma: Mechanism) -> None:
    plans = (read_plan("octreotide at 6 months", glucagonoma),)
    rows = {row.name.split(",")[0]: row for row in compare(glucagonoma, 150, Setup(years=5), plans)}
    assert rows["Glucagon"].high < 0
    assert rows["Amino acids in plasma"].low > 0


def test_zinc_leaves_glucagon_alone(glucagonoma: Mechanism) -> None:
    plans = (read_plan("zinc at 1 month for 8 weeks after rash", glucagonoma),)
    rows = {row.name.split(",")[0]: row for row in compare(glucagonoma, 150, Setup(years=6), plans)}
    assert rows["Glucagon"].difference == 0
    assert rows["Supply of the keratinocytes"].low > 0


@pytest.mark.parametrize(
    ("words", "at", "lasts", "anchor", "dose"),
    [
        ("octreotide at 90 days", 90, 0, "first sign", None),
        ("zinc at 2 weeks for 1 month after rash", 14, 30.4375, "rash", None),
        ("glucagon infusion 2 ug/kg/h for 8 hours after start", 0, 1 / 3, "start", 2000),
        ("Surgery after the diagnosis", 0, 0, "diagnosis", None),
    ],
)
def test_a_plan_is_read_from_words(glucagonoma, words, at, lasts, anchor, dose) -> None:  # noqa: PLR0917 (a table)
    plan = read_plan(words, glucagonoma)
    assert (plan.at, plan.anchor, plan.dose) == (at, anchor, dose)
    assert plan.lasts == pytest.approx(lasts)


@pytest.mark.parametrize(
    "words", ["leeches", "octreotide at noon", "zinc 5 ng/kg/h", "glucagon infusion 3 x", ""]
)
def test_what_is_no_plan_is_refused_with_a_remedy(glucagonoma: Mechanism, words: str) -> None:
    with pytest.raises(UsageError) as fault:
        read_plan(words, glucagonoma)
    assert fault.value.remedy


@pytest.mark.parametrize(
    ("n", "years", "processes"), [(0, 1, 1), (5, 0, 1), (5, 101, 1), (5, float("nan"), 1), (5, 1, 0)]
)
def test_an_impossible_cohort_is_refused(
    glucagonoma: Mechanism, n: int, years: float, processes: int
) -> None:
    with pytest.raises(UsageError):
        simulate(glucagonoma, n, Setup(years=years), processes=processes)


def test_a_plan_that_nobody_lives_to_see_is_refused(glucagonoma: Mechanism) -> None:
    with pytest.raises(UsageError, match="no virtual patient"):
        compare(glucagonoma, 20, Setup(years=1), (read_plan("octreotide at 3 years", glucagonoma),))


def test_fixing_a_parameter_fixes_it_for_all(glucagonoma: Mechanism) -> None:
    out = simulate(glucagonoma, 30, Setup(years=0.1, causes=("",), fixed={"glucagon_basal": 0.5}))
    assert out.last["glucagon"] == pytest.approx(np.full(30, 0.5), rel=1e-3)


def test_worlds_differ_and_are_the_same_for_every_cohort(glucagonoma: Mechanism) -> None:
    def half(world: int, seed: int) -> float:
        from hoofbeat.simulation.parameters import Draws

        return Draws(glucagonoma.parameters, np.arange(3), seed=seed, world=world).same("aa_half")

    assert half(0, 1) == half(0, 2) == pytest.approx(10, abs=0.2)
    assert half(3, 1) == half(3, 2) != half(0, 1)
