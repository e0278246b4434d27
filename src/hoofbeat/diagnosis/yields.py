"""How often a report in words is seen with the disease and without it: biopsies, images, antibodies."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from hoofbeat.diagnosis.quantities import LARGEST_RATIO
from hoofbeat.errors import UsageError
from hoofbeat.knowledge import (
    Frequency,
    Investigation,
    ResultMeaning,
    beta_range,
    in_words,
    load_investigations,
    load_knowledge,
)

_Ratio = tuple[float, float, float]
OTHERWISE = "otherwise"


class Rate(NamedTuple):
    """What the frequency of a report in the disease rests on."""

    evidence: str
    sources: tuple[str, ...]


def investigation_of(meaning: ResultMeaning) -> Investigation:
    """Return the investigation whose results these are."""
    return next(i for i in load_investigations() if i.id == meaning.investigation)


def rates_of(meaning: ResultMeaning, result: str) -> Rate:
    """Return what is known of how often a report is seen in the disease, in words, with its sources."""
    what = investigation_of(meaning)
    rows = _rows(meaning, result)
    if not rows or result in what.pooled:
        rows = [row for r in what.results if r.supports for row in _rows(meaning, r.id)][:1]
        words = "; ".join(in_words(row) for row in rows)
        return Rate(f"what is left when it is not seen: {words}", _sources(rows))
    return Rate("; ".join(in_words(row) for row in rows), _sources(rows))


def _sources(rows: list[Frequency]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(key for row in rows for key in row.sources))


def _rows(meaning: ResultMeaning, result: str) -> list[Frequency]:
    disease = load_knowledge().diseases[meaning.disease]
    found = next((r for r in investigation_of(meaning).results if r.id == result), None)
    rows = [disease.shows(row, meaning.given) for row in found.rows] if found else []
    return [row for row in rows if row]


def none_of(meaning: ResultMeaning, result: str, specimens: int, lesion: str) -> _Ratio:
    """Return the likelihood ratio of a report against people without the disease, and its range.

    result: id of the report, "otherwise" for none of the others. With several specimens that all read so,
    those of one patient are alike: their results follow a beta-binomial with the intraclass correlation
    `alike` of the meaning (Williams 1975), so three poor specimens say less than three times one. A late
    lesion has lost part of its yield.
    """
    if specimens < 1:
        raise UsageError(f"{specimens} specimens cannot be read", remedy="give 1 or more")
    what, ends = investigation_of(meaning), []
    # results that are told from each other by chance are read as one
    alike_ids = what.pooled if result in what.pooled else (result,)
    for end in ("mean", "low", "high"):
        here = sum(_chance(meaning, name, lesion, end, of_disease=True) for name in alike_ids)
        there = sum(_chance(meaning, name, lesion, "mean", of_disease=False) for name in alike_ids)
        alike = meaning.alike.mean if meaning.alike else 0.0
        ends.append(_all_of(here, specimens, alike) / max(_all_of(there, specimens, alike), 1e-9))
    bounds = 1 / LARGEST_RATIO, LARGEST_RATIO
    middle, low, high = (float(np.clip(x, *bounds)) for x in (ends[0], min(ends), max(ends)))
    return middle, low, high


def _all_of(rate: float, count: int, alike: float) -> float:
    """Chance that all of `count` specimens read so, when one does with this rate."""
    if count == 1 or alike <= 0:
        return rate**count
    a = rate * (1 / alike - 1)
    total = 1 / alike - 1
    return float(np.prod([(a + i) / (total + i) for i in range(count)]))


def _chance(meaning: ResultMeaning, result: str, lesion: str, end: str, *, of_disease: bool) -> float:
    """Chance that one specimen reads so; the results before it in the list hide it.

    The ends move the result that speaks for the disease: its yield is what is unsure.
    """
    what = investigation_of(meaning)
    left = 1.0
    for found in what.results:
        rows = _rows(meaning, found.id) if of_disease else []
        rate = found.usual.mean if found.usual else 0.0
        if rows:
            low, high = beta_range(*rows[0].beta)
            rate = {"mean": rows[0].mean, "low": low, "high": high}[end if found.supports else "mean"]
            if found.supports and lesion == "late" and meaning.late_lesion:
                rate *= meaning.late_lesion.mean
        if found.id == result:
            return left * rate
        left *= 1 - rate
    return left
