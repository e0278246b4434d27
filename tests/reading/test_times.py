from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.reading.model import Span, When
from hoofbeat.reading.times import find_times, letter_date, time_of

ROWS = yaml.safe_load((Path(__file__).parents[1] / "data" / "reading" / "times.yaml").read_text("utf-8"))


def said(text: str, finding: str) -> When:
    start = text.rfind(finding)
    return time_of(text, [Span(start, start + len(finding))])[0]


@pytest.mark.parametrize(("text", "finding", "field", "value"), ROWS)
def test_onset_is_read_as_written(text, finding, field, value):
    assert getattr(said(text, finding), field) == value


def test_time_carries_the_words_it_was_read_from():
    text = "Rash for 8 months."
    span = said(text, "Rash").span
    assert span is not None
    assert text[span.start : span.end] == "for 8 months"


def test_each_finding_takes_the_time_beside_it():
    text = "A 2/12 history of itch, and fever for 3 days."
    spans = [Span(18, 22), Span(28, 33)]
    assert [w.since_days for w in time_of(text, spans)] == [60.9, 3.0]


def test_time_after_one_finding_is_not_the_next_ones():
    text = "PMH: diabetes for 25 yrs, hypertension."
    first, second = time_of(text, [Span(5, 13), Span(26, 38)])
    assert (first.since_days, second) == (9131.2, When())


def test_time_is_not_carried_into_the_next_sentence():
    assert said("Itch for 2 weeks. Rash.", "Rash") == When()


def test_date_of_birth_is_not_the_date_of_the_letter():
    assert letter_date("DOB 3 May 1950") is None
    assert letter_date("DOB 3 May 1950\nClinic date: 4/6/2024") == date(2024, 6, 4)


def test_date_after_the_letter_is_kept_but_not_counted_from():
    when = said("Date: 3 May 2024\nRash since May 2025.", "Rash")
    assert (when.date, when.since_days) == ("2025-05", None)


PIECES = st.sampled_from(
    [
        "for",
        "2",
        "weeks",
        "since",
        "2019",
        "/12",
        "aged",
        "3 May",
        "99/99/2020",
        "rash",
        ".",
        ";",
        "½",
        "-",
        "İ",
    ]
)


@given(st.lists(PIECES, max_size=40).map(" ".join), st.data())
def test_any_text_gives_a_time_for_each_span_within_the_text(text, data):
    ends = st.integers(0, len(text))
    spans = [Span(*sorted(pair)) for pair in data.draw(st.lists(st.tuples(ends, ends), max_size=8))]
    found = time_of(text, spans)
    assert len(found) == len(spans)
    assert all(w.span is None or 0 <= w.span.start < w.span.end <= len(text) for w in found)
    assert all(t.end <= u.start for t, u in zip(find_times(text), find_times(text)[1:], strict=False))
