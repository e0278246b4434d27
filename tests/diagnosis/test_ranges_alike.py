"""A range belongs to a disease and a patient: it is the same wherever and among whomever it is shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from hoofbeat.cases import read_case
from hoofbeat.diagnosis import explain, rank


def spans(patient: Path, setting: str, top: int) -> dict[str, tuple[float, float]]:
    ranking = rank(read_case(patient), setting=setting, top=top, why=False)
    return {r.id: (r.low, r.high) for r in (*ranking.ranked, *ranking.watch, ranking.none_of_these)}


@pytest.mark.parametrize("setting", ["described", "dermatology"])
def test_a_longer_list_has_the_same_ranges(patient: Path, setting: str) -> None:
    few, many = spans(patient, setting, 3), spans(patient, setting, 40)
    for name, span in few.items():
        assert many.get(name, span) == pytest.approx(span, rel=1e-9)
    assert len(set(few) & set(many)) >= 4


@pytest.mark.parametrize("setting", ["described", "dermatology"])
@pytest.mark.parametrize("slug", ["glucagonoma", "atopic_eczema", "pellagra"])
def test_why_tells_the_range_of_the_list(patient: Path, setting: str, slug: str) -> None:
    case = read_case(patient)
    found = explain(case, slug, setting=setting).disease
    listed = spans(patient, setting, 40)[found.id]
    assert (found.low, found.high) == pytest.approx(listed, rel=1e-9)


def test_another_seed_gives_another_range_near_by(patient: Path) -> None:
    case = read_case(patient)
    one, other = (explain(case, "glucagonoma", setting="dermatology", seed=seed).disease for seed in (1, 2))
    assert one.low != other.low
    assert other.low == pytest.approx(one.low, rel=0.5)
