"""Luck that depends on who, what for and when, and on nothing else."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.simulation.streams import normal, table, uniform, waiting

PEOPLE = np.arange(20_000)


def test_uniform_numbers_fill_the_unit_interval_evenly() -> None:
    counts = np.histogram(uniform(1, "visit", PEOPLE), bins=20, range=(0, 1))[0]
    expected = len(PEOPLE) / 20
    # chi-square with 19 degrees of freedom: 43.8 is passed once in a thousand
    assert float(((counts - expected) ** 2 / expected).sum()) < 43.8


def test_purposes_turns_seeds_and_neighbours_are_unrelated() -> None:
    one = uniform(1, "visit", PEOPLE)
    others = [uniform(1, "label", PEOPLE), uniform(1, "visit", PEOPLE, 1), uniform(2, "visit", PEOPLE)]
    others.append(np.roll(one, 1))
    assert max(abs(float(np.corrcoef(one, other)[0, 1])) for other in others) < 0.03


@given(first=st.integers(0, 10**6), seed=st.integers(0, 2**31 - 1), turn=st.integers(0, 1000))
def test_a_patient_has_the_same_luck_in_any_group(first: int, seed: int, turn: int) -> None:
    alone = uniform(seed, "visit", np.array([first]), turn)
    among = uniform(seed, "visit", np.arange(first, first + 50), turn)
    assert alone[0] == among[0]
    assert 0 < alone[0] < 1


def test_normal_and_waiting_have_their_moments() -> None:
    z, wait = normal(1, "weight", PEOPLE), waiting(1, "death", PEOPLE)
    assert abs(float(z.mean())) < 0.03
    assert abs(float(z.std()) - 1) < 0.03
    assert abs(float(wait.mean()) - 1) < 0.03
    assert float(wait.min()) > 0


def test_a_table_gives_each_patient_an_own_row_whatever_the_turns() -> None:
    few = table(1, "noted", np.array([5, 9]), 4, np.array([0, 3]))
    assert few.shape == (2, 4)
    assert np.array_equal(table(1, "noted", np.array([9]), 4, np.array([3]))[0], few[1])
