"""Thresholds: the published formulae, their laws, and utilities that come from data with a reason."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.diagnosis.thresholds import after, cut, cut_of, positives, stakes_of
from hoofbeat.diagnosis.worth import about, evidence, information, largest, list_after, pair
from hoofbeat.knowledge import load_investigations, load_knowledge, load_thresholds

shares = st.floats(0.01, 0.99)
days = st.floats(0.01, 5000)


def test_the_thresholds_are_where_the_choices_are_worth_the_same() -> None:
    """At either threshold the expected gain of testing equals that of the choice next to it."""
    sensitivity, false_alarm, benefit, harm, burden = 0.8, 0.1, 300.0, 20.0, 1.5
    found = cut(sensitivity=sensitivity, false_alarm=false_alarm, benefit=benefit, harm=harm, burden=burden)

    def testing(p: float) -> float:
        return p * sensitivity * benefit - (1 - p) * false_alarm * harm - burden

    def acting(p: float) -> float:
        return p * benefit - (1 - p) * harm

    assert testing(found.testing) == pytest.approx(0, abs=1e-9)
    assert testing(found.treatment) == pytest.approx(acting(found.treatment))
    assert acting(found.acting) == pytest.approx(0, abs=1e-9)


@given(shares, shares, days, days, st.floats(0, 100))
def test_a_threshold_is_a_chance_whatever_the_numbers(
    sensitivity: float, false_alarm: float, benefit: float, harm: float, burden: float
) -> None:
    found = cut(sensitivity=sensitivity, false_alarm=false_alarm, benefit=benefit, harm=harm, burden=burden)
    assert 0 <= found.testing <= 1
    assert 0 <= found.treatment <= 1


@given(
    parts=st.fixed_dictionaries(
        {"sensitivity": shares, "false_alarm": shares, "benefit": days, "harm": days, "burden": days}
    ),
    times=st.floats(1.1, 5),
)
def test_more_to_gain_lowers_the_testing_threshold_and_more_to_lose_raises_it(
    parts: dict[str, float], times: float
) -> None:
    middle = cut(**parts).testing
    assert cut(**parts | {"benefit": parts["benefit"] * times}).testing <= middle + 1e-12
    assert cut(**parts | {"burden": parts["burden"] * times}).testing >= middle - 1e-12


def test_a_test_for_a_grave_disease_is_right_long_before_the_disease_is_likely() -> None:
    what = next(i for i in load_investigations() if i.id == "fasting_glucagon")
    stakes = stakes_of(load_knowledge(), "glucagonoma")
    found = cut(
        sensitivity=0.87, false_alarm=0.009, benefit=stakes.benefit.middle, harm=stakes.harm.middle,
        burden=what.burden.middle,
    )  # fmt: skip
    assert 1e-5 < found.testing < 2e-4
    assert found.testing < found.acting < found.treatment


def test_every_disease_has_stakes_with_a_reason_and_every_test_a_burden_and_a_reader() -> None:
    knowledge = load_knowledge()
    for slug in knowledge.diseases:
        stakes = stakes_of(knowledge, slug)
        assert stakes.action
        assert stakes.benefit.high >= stakes.benefit.low > 0
        assert stakes.harm.high >= stakes.harm.low > 0
    for what in load_investigations():
        assert what.burden.low > 0, what.id
        assert what.finding or what.bands or what.results, what.id
        assert set(what.settles) <= set(knowledge.diseases), what.id
        assert set(what.after) <= {i.id for i in load_investigations()}, what.id


def test_the_stakes_name_only_diseases_that_exist() -> None:
    named = [slug for stakes in load_thresholds().stakes for slug in stakes.diseases]
    assert set(named) <= set(load_knowledge().diseases)
    assert len(named) == len(set(named))


def _outcome(*rows: tuple[float, ...]) -> np.ndarray:
    return np.array(rows)


def test_false_alarms_are_those_of_the_diseases_this_patient_may_have() -> None:
    outcome = _outcome((0.9, 0.5, 0.01), (0.1, 0.5, 0.99))
    stakes = stakes_of(load_knowledge(), "glucagonoma")
    calm = cut_of(outcome, np.array([0.1, 0.0, 0.9]), 0, positive=(0,), stakes=stakes, burden=0.01)
    rival = cut_of(outcome, np.array([0.1, 0.8, 0.1]), 0, positive=(0,), stakes=stakes, burden=0.01)
    assert calm.false_alarm == pytest.approx(0.01)
    assert rival.false_alarm > 0.4
    assert rival.testing > calm.testing


@given(st.lists(st.floats(0.001, 1), min_size=3, max_size=6), st.floats(0.01, 0.99), st.floats(0.01, 0.99))
def test_information_is_never_negative_and_never_more_than_there_is(
    weights: list[float], one: float, other: float
) -> None:
    chance = np.array(weights) / sum(weights)
    yes = np.full(len(weights), one)
    yes[0] = other
    outcome = np.array([yes, 1 - yes])
    bits = information(chance, outcome)
    entropy = -float((chance * np.log2(chance)).sum())
    assert 0 <= bits <= min(entropy, 1) + 1e-9
    assert about(chance, outcome, 0) == pytest.approx(bits, abs=1e-9)


@given(st.lists(st.floats(0.001, 1), min_size=3, max_size=6), st.floats(0.01, 0.99))
def test_what_the_list_becomes_averages_to_what_it_is(weights: list[float], rate: float) -> None:
    chance = np.array(weights) / sum(weights)
    yes = np.linspace(rate / 2, rate, len(weights))
    outcome = np.array([yes, 1 - yes])
    mean = (outcome @ chance) @ list_after(chance, outcome)
    assert np.allclose(mean, chance)


def test_the_chance_of_one_disease_after_a_result_is_bayes_rule() -> None:
    outcome = _outcome((0.8, 0.1, 0.1), (0.2, 0.9, 0.9))
    chance = np.array([0.2, 0.3, 0.5])
    assert after(outcome, chance, 0, 0.2)[0] == pytest.approx(0.2 * 0.8 / (0.2 * 0.8 + 0.8 * 0.1))


def test_evidence_for_and_against_differ_and_nothing_is_told_by_a_useless_test() -> None:
    chance = np.array([0.1, 0.9])
    rules_in = _outcome((0.5, 0.001), (0.5, 0.999))
    rules_out = _outcome((0.999, 0.5), (0.001, 0.5))
    assert evidence(chance, rules_in, 0, against=False) > evidence(chance, rules_out, 0, against=False)
    assert evidence(chance, rules_out, 0, against=True) > evidence(chance, rules_in, 0, against=True)
    assert evidence(chance, _outcome((0.3, 0.3), (0.7, 0.7)), 0, against=False) == pytest.approx(0)


def test_the_pair_separated_is_the_likely_pair_whose_results_differ() -> None:
    outcome = _outcome((0.9, 0.1, 0.9, 0.5), (0.1, 0.9, 0.1, 0.5))
    found = pair(np.array([0.4, 0.3, 0.2, 0.1]), outcome)
    assert found is not None
    assert {found.first, found.second} == {0, 1}
    assert pair(np.array([0.4, 0.6, 0.0]), _outcome((0.5, 0.5, 0.5), (0.5, 0.5, 0.5))) is None


def test_the_largest_come_in_order_and_the_earlier_first_among_equals() -> None:
    assert largest(np.array([0.1, 0.5, 0.5, 0.9]), 3) == [3, 1, 2]


def test_what_counts_as_positive_follows_the_kind_of_test() -> None:
    by_id = {i.id: i for i in load_investigations()}
    assert positives(by_id["fasting_glucagon"], 5) == (3, 4)
    assert positives(by_id["zinc"], 2) == (0,)
    names = [r.id for r in by_id["skin_biopsy"].results]
    assert [names[i] for i in positives(by_id["skin_biopsy"], 6)] == ["upper_pallor"]
    assert math.isfinite(by_id["skin_biopsy"].burden.middle)
