"""Ages of onset, and what is left of them when a publication is left out."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.cases import Case, Finding
from hoofbeat.diagnosis.posterior import score_case
from hoofbeat.knowledge import load_annotations
from hoofbeat.knowledge.onsets import onset_spans

rows = st.lists(
    st.tuples(st.integers(0, 4), st.floats(0, 50), st.floats(0, 50), st.integers(1, 5)), max_size=30
)


@given(rows=rows)
def test_a_span_reaches_from_quarter_to_quarter(rows: list[tuple[int, float, float, int]]) -> None:
    """Each row stands as often as its weight, and an entry without rows is unknown."""
    entry = np.array([r[0] for r in rows], dtype=np.int64)
    onset = np.array([r[1:] for r in rows]).reshape(-1, 3)
    found = onset_spans(entry, onset, np.ones(len(rows), dtype=bool), 5)
    for e in range(5):
        lows = [r[1] for r in rows if r[0] == e for _ in range(r[3])]
        highs = [r[2] for r in rows if r[0] == e for _ in range(r[3])]
        if not lows:
            assert np.isnan(found[e]).all()
        else:
            assert found[e] == pytest.approx([np.quantile(lows, 0.25), np.quantile(highs, 0.75)])


def _only_paper() -> tuple[int, str]:
    """An entry whose onset rests on one publication."""
    annotations = load_annotations()
    papers = {r for e in range(200) for row in annotations.rows(e) for r in row.references}
    for paper in sorted(p for p in papers if p.startswith("PMID:")):
        for entry, span in annotations.onsets_without([paper]).items():
            if np.isnan(span[0]) and annotations.onset[entry, 1] < 1:
                return entry, paper
    raise AssertionError("no such entry")


def test_an_onset_told_by_one_publication_goes_with_it() -> None:
    """Age is evidence only as far as other publications tell the onset."""
    entry, paper = _only_paper()
    annotations = load_annotations()
    case = Case(findings=(Finding(term="HP:0001250"),), age_years=70)
    usual, without = score_case(case), score_case(case, leave_out=[paper])
    line = int(np.flatnonzero(usual.table.entry == entry)[0])
    assert usual.table[line].id in annotations.entries[entry].ids
    assert without.log_age[line] > usual.log_age[line]
    assert (np.delete(without.log_age, line) != np.delete(usual.log_age, line)).sum() < 20


def test_nothing_is_lost_without_a_publication_nobody_cites() -> None:
    assert load_annotations().onsets_without(["PMID:0"]) == {}
    assert not load_annotations().not_x_linked_without(["PMID:0"])
