"""Whole answers, kept: textbook patients, and one published patient line by line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hoofbeat import explain, rank, read_case
from hoofbeat.diagnosis import Explanation, Ranking

HERE = Path(__file__).parent
PATIENTS = sorted((HERE / "patients").glob("*.yaml"))


@pytest.mark.parametrize("path", PATIENTS, ids=lambda p: p.stem)
def test_a_textbook_patient_has_his_disease_among_the_first_three(path: Path) -> None:
    case = read_case(path)
    first = rank(case, top=3, why=False).ranked
    assert any(case.truth[0] in (line.id, *line.aliases) for line in first), [line.name for line in first]


def test_a_very_high_glucagon_decides(patient: Path) -> None:
    case = read_case(HERE / "patients" / "tumour_with_glucagon.yaml")
    with_value = rank(case, top=1).ranked[0]
    assert (with_value.slug, with_value.variant) == ("glucagonoma", "with_nme")
    without = rank(case.model_copy(update={"measurements": ()}), top=10).ranked
    assert with_value.factor > 3 * next(line.factor for line in without if line.slug == "glucagonoma")


def test_the_published_patient_is_answered_as_before(patient: Path) -> None:
    """Where a change is meant, write the new answer: python tests/golden/test_golden.py."""
    kept = json.loads((HERE / "published_patient.json").read_text(encoding="utf-8"))
    assert answer(patient) == kept


def answer(patient: Path) -> dict[str, Any]:
    """Order, matches and sources in full; chances and ratios to two figures."""
    case = read_case(patient)
    return {
        "described": _list(rank(case, why=False)),
        "dermatology": _list(rank(case, setting="dermatology", why=False)),
        "glucagonoma": _reasons(explain(case, "glucagonoma")),
    }


def _list(ranking: Ranking) -> list[str]:
    lines = [*ranking.ranked, ranking.none_of_these, *ranking.watch]
    return [f"{r.rank}. {r.name}: {r.chance:.1g}, findings x{r.factor:.1g}" for r in lines]


def _reasons(explanation: Explanation) -> dict[str, list[str]]:
    away = explanation.explained_away
    return {
        "reasons": sorted(
            f"{r.label}: x{r.ratio:.1g}, {r.how} {r.matched_label}, {r.kind} {' '.join(r.sources)}".rstrip()
            for r in explanation.disease.reasons
        ),
        "expected": [hint.label for hint in explanation.expected],
        "unusual": [hint.label for hint in explanation.unusual],
        "explained away by": list(away.conditions) if away else [],
        "left over": list(away.leftover) if away else [],
    }


if __name__ == "__main__":
    text = json.dumps(answer(HERE.parents[1] / "examples" / "published_patient.yaml"), indent=1)
    (HERE / "published_patient.json").write_text(text + "\n", encoding="utf-8")
