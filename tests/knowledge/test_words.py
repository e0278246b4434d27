"""Numbers in words: as people write them, without powers of ten, and never nothing for what is something."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.knowledge import in_words as words_of
from hoofbeat.knowledge import load_knowledge, numbers_of, pretty_amount, pretty_amounts, pretty_percent

PLAIN = re.compile(r"\d{1,3}(,\d{3})*(\.\d+)?")


@given(st.floats(1e-12, 1))
def test_a_share_is_written_plainly_and_as_what_it_is(fraction: float) -> None:
    words = pretty_percent(fraction)
    assert PLAIN.fullmatch(words)
    # one figure below 1 %, two or whole per cents above
    assert float(words) / 100 == pytest.approx(fraction, rel=0.5 if fraction < 0.01 else 0.06)


@given(st.floats(1e-12, 1e12))
def test_an_amount_is_written_plainly_and_as_what_it_is(value: float) -> None:
    words = pretty_amount(value)
    small = words.removeprefix("1 in ")
    assert PLAIN.fullmatch(small)
    number = float(small.replace(",", ""))
    assert (number if small == words else 1 / number) == pytest.approx(value, rel=0.06)


def test_a_range_of_one_amount_is_that_amount() -> None:
    assert pretty_amounts(5e-8, 5e-8, "per person-year") == "1 in 20,000,000 per person-year"
    assert pretty_amounts(2, 2.0001) == "2"


def test_no_number_of_a_shipped_model_is_told_with_a_power_of_ten() -> None:
    diseases = load_knowledge().diseases.values()
    # the reasons are the writers' own words
    told = [words_of(number).split(": ")[0] for disease in diseases for number in numbers_of(disease)]
    assert len(told) > 1000
    assert [words for words in told if re.search(r"\de[-+]\d", words)] == []
