"""Laws of the evidence: what a count, a printed range and an assumption become."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hoofbeat.knowledge.evidence import (
    Amount,
    Assumption,
    Counted,
    Evidence,
    Frequency,
    Reported,
    beta_from_range,
    beta_range,
)


def counted(n: int, of: int, *, biased: bool = False) -> Frequency:
    return Frequency(counted=Counted(n=n, of=of, source="s", place="p", biased=biased))


def logit(p: float) -> float:
    return math.log(p / (1 - p))


counts = st.integers(1, 400).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of)))
ranges = (
    st.tuples(st.floats(0.001, 0.999), st.floats(0.001, 0.999))
    .map(lambda ends: (min(ends), max(ends)))
    .filter(lambda ends: logit(ends[1]) - logit(ends[0]) > 0.1)
)


@given(ranges)
def test_the_beta_of_a_range_gives_the_range_back(ends: tuple[float, float]) -> None:
    low, high = beta_range(*beta_from_range(*ends))
    assert logit(low) == pytest.approx(logit(ends[0]), abs=1e-3)
    assert logit(high) == pytest.approx(logit(ends[1]), abs=1e-3)


@given(st.floats(0.1, 300), st.floats(0.1, 300))
def test_the_range_of_a_beta_gives_the_beta_back(a: float, b: float) -> None:
    low, high = beta_range(a, b)
    if not (1e-6 < low < high < 1 - 1e-6) or logit(high) - logit(low) < 0.1:
        return
    assert beta_from_range(low, high) == pytest.approx((a, b), rel=1e-2)


@given(counts)
def test_a_count_has_its_mean_inside_its_range(count: tuple[int, int]) -> None:
    frequency = counted(*count)
    assert 0 < frequency.low < frequency.mean < frequency.high < 1


@given(ranges)
def test_an_assumption_has_its_mean_inside_its_range(ends: tuple[float, float]) -> None:
    frequency = Frequency(assumption=Assumption(low=ends[0], high=ends[1], why="for the test"))
    assert frequency.low <= frequency.mean <= frequency.high


@given(st.integers(0, 20), st.integers(1, 20), st.integers(2, 10))
def test_more_patients_with_the_same_fraction_never_widen(n: int, of: int, times: int) -> None:
    n = min(n, of)
    few, many = counted(n, of), counted(n * times, of * times)
    assert logit(many.high) - logit(many.low) <= logit(few.high) - logit(few.low) + 1e-9 or n in (0, of)
    assert many.high - many.low <= few.high - few.low + 1e-9


@given(counts)
def test_a_biased_count_says_less(count: tuple[int, int]) -> None:
    plain, biased = counted(*count), counted(*count, biased=True)
    assert sum(biased.beta) < sum(plain.beta)
    assert logit(biased.high) - logit(biased.low) > logit(plain.high) - logit(plain.low) or count[0] in (
        0,
        count[1],
    )


def test_none_of_a_few_is_not_never() -> None:
    assert 0.05 < counted(0, 5).mean < 0.15
    assert 0.85 < counted(5, 5).mean < 0.95


@pytest.mark.parametrize(("low", "high"), [(0.0, 0.1), (0.9, 1.0), (0.0, 1.0), (0.3, 0.3)])
def test_ranges_that_touch_the_ends_or_are_points_stay_fractions(low: float, high: float) -> None:
    a, b = beta_from_range(low, high)
    assert a > 0
    assert b > 0
    assert low <= a / (a + b) <= high or low == high


@pytest.mark.parametrize(
    "parts",
    [
        {},
        {
            "reported": Reported(low=0, high=1, source="s", place="p"),
            "assumption": Assumption(low=0, high=1, why="for the test"),
        },
    ],
)
def test_a_number_is_exactly_one_of_three(parts: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="bare number"):
        Evidence.model_validate(parts)


def test_sources_include_those_that_only_agree() -> None:
    also = (Reported(low=0.1, high=0.2, source="second", place="p"),)
    frequency = Frequency(counted=Counted(n=1, of=2, source="first", place="p"), also=also)
    assert frequency.sources == ("first", "second")
    assert frequency.mean == counted(1, 2).mean


def test_the_middle_of_a_wide_amount_is_geometric() -> None:
    wide = Amount(reported=Reported(low=1, high=100, source="s", place="p"), unit="days")
    narrow = Amount(reported=Reported(low=40, high=60, source="s", place="p"), unit="days")
    assert (wide.middle, narrow.middle) == (10, 50)
