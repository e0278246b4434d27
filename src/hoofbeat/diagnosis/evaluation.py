"""How well ranking does on patients whose diagnosis is known."""

from __future__ import annotations

import math
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import partial
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from hoofbeat.cases import Case
from hoofbeat.diagnosis.intervals import Share, clustered, mean, wilson
from hoofbeat.diagnosis.posterior import (
    DEFAULT_SETTING,
    at_temperature,
    credible_list,
    order,
    rank_of,
    score_case,
)
from hoofbeat.diagnosis.processes import share
from hoofbeat.diagnosis.protocol import Part, Recounted, of_part, sample, standing
from hoofbeat.diagnosis.table import load_table

ALL = "all"
TOPS = (1, 3, 10, 30)
SURE = 0.9
# The temperatures tried, as multiples of the one in use.
FACTORS = (0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.6, 1.8, 2.0)


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Group(_Record):
    """How one group of cases fared: top-1, top-3 and top-10 shares, mean reciprocal rank with interval."""

    n: int
    unknown: int
    top1: Share
    top3: Share
    top10: Share
    mrr: Share
    first_glucagonoma: int


class CaseResult(_Record):
    """One case: rank of the true disease (null when the disease is unknown), who came first, milliseconds.

    clean: the disease's annotations never cited the case's publication. emptied: nothing is left of them
    without it, so that no tool could find it; such a case counts in no rate. fitted: nothing but what
    `hoofbeat fit` counted is left. All null as shipped.
    listed: whether the credible list holds the true disease; list_length: how many diseases it holds.
    heated: log chance of the true disease at each of FACTORS times the temperature.
    """

    id: str
    truth: str
    rank: float | None
    milliseconds: float
    first: str
    first_chance: float
    chance: float | None
    listed: bool | None = None
    list_length: int = 0
    publication: str = ""
    clean: bool | None = None
    emptied: bool | None = None
    fitted: bool | None = None
    heated: tuple[float, ...] = Field(default=(), exclude=True, repr=False)


class Summary(_Record):
    """Rates over cases whose disease is known, with intervals by resampling publications."""

    n: int
    top1: Share
    top3: Share
    top10: Share
    top30: Share
    mrr: Share


class Calibration(_Record):
    """Whether stated chances come true, over cases whose disease is known.

    error: expected calibration error (Naeini and others 2015), the mean distance between the chance stated
    for the first disease and how often it was right, over ten equal bins weighted by their cases.
    sure, sure_right: how many cases were said to be at least 90 % sure, and the share of them that was right.
    factor: multiple of the temperature that would make the true diseases likeliest; 1 is perfect.
    listed: how often the list that should hold 90 % of the chance held the true disease; list_length: of the
    middle case.
    """

    error: float
    sure: int
    sure_right: Share
    factor: float
    listed: Share
    list_length: int


class Bench(_Record):
    """Results by truth id and over all, and the settings they were made with.

    protocol: "as shipped" ranks with all annotations, though some were made from these very patients;
    "honest" leaves each case's publication out (hoofbeat.diagnosis.protocol). summary: over all cases whose
    disease is known, over clean ones alone, and as the mean of the diseases' own rates; after `hoofbeat fit`
    also over those that were known without it.
    """

    groups: dict[str, Group]
    summary: dict[str, Summary]
    calibration: Calibration | None
    emptied: int
    cases: tuple[CaseResult, ...]
    setting: str
    protocol: str
    model_version: str
    ontology_release: str
    milliseconds_per_case: float


class _Place(NamedTuple):
    rank: float | None
    first: str
    first_chance: float
    chance: float | None
    listed: bool | None = None
    list_length: int = 0
    heated: tuple[float, ...] = ()


def bench(
    cases: Iterable[Case],
    *,
    setting: str | None = None,
    honest: bool = False,
    part: Part | None = None,
    jobs: int = 1,
) -> Bench:
    """Rank every case and compare with its known diagnosis.

    A case without a known diagnosis is passed over. Ties count with their expected rank. A case's own
    publication is never among our models' counted patients; honest leaves it out of the annotations as well,
    and uses at most four cases of a disease and publication. part: only the cases for tuning, or only the
    others (hoofbeat.diagnosis.protocol.parts). setting: that of every case, whatever its own; "described" if
    none is given. jobs: processes that share the work; the results are the same in the same order.
    """
    chosen, recounted = sample(cases) if honest else (cases, None)
    known = of_part([case for case in chosen if case.truth], part)
    setting = setting or DEFAULT_SETTING
    work = partial(_result, setting=setting, recounted=recounted)
    results = list(share(work, known, jobs))
    rated = [r for r in results if not r.emptied]
    groups = {
        truth: _group([r for r in rated if r.truth == truth]) for truth in sorted({r.truth for r in rated})
    }
    if rated:
        groups[ALL] = _group(rated)
    table = load_table()
    return Bench(
        groups=groups,
        summary=_summaries(rated),
        calibration=_calibration([r for r in rated if r.rank is not None]),
        emptied=len(results) - len(rated),
        cases=tuple(results),
        setting=setting,
        protocol="honest" if honest else "as shipped",
        model_version=table.version,
        ontology_release=table.release,
        milliseconds_per_case=round(sum(r.milliseconds for r in results) / max(len(results), 1), 3),
    )


def _result(case: Case, setting: str, recounted: Recounted | None) -> CaseResult:
    stands = None if recounted is None else standing(case, recounted)
    started = time.perf_counter()
    place = _place(case, setting, recounted)
    spent = 1000 * (time.perf_counter() - started)
    return CaseResult(
        id=case.id,
        truth=case.truth[0],
        rank=place.rank,
        milliseconds=round(spent, 3),
        first=place.first,
        first_chance=place.first_chance,
        chance=place.chance,
        listed=place.listed,
        list_length=place.list_length,
        publication=case.publications[0] if case.publications else "",
        clean=stands.clean if stands else None,
        emptied=stands.emptied if stands else None,
        fitted=stands.fitted if stands else None,
        heated=place.heated,
    )


def _place(case: Case, setting: str, recounted: Recounted | None) -> _Place:
    scored = score_case(case, setting=setting, annotations_too=recounted is not None, recounted=recounted)
    table = scored.table
    best = int(order(scored)[0])
    first = table[int((table.disease_of == best).argmax())].id, float(scored.posterior[best])
    known = [d for truth in case.truth if (d := table.find(truth)) is not None]
    if not known:
        return _Place(None, *first, None)
    disease = min(known, key=lambda d: rank_of(scored, d))
    heated = tuple(math.log(max(float(at_temperature(scored, f)[disease]), 1e-300)) for f in FACTORS)
    length, least = credible_list(scored)
    chance = float(scored.posterior[disease])
    return _Place(rank_of(scored, disease), *first, chance, chance >= least, length, heated)


def _group(results: Sequence[CaseResult]) -> Group:
    ranks = [r.rank for r in results]
    return Group(
        n=len(results),
        unknown=sum(r is None for r in ranks),
        top1=wilson(_within(ranks, 1), len(ranks)),
        top3=wilson(_within(ranks, 3), len(ranks)),
        top10=wilson(_within(ranks, 10), len(ranks)),
        mrr=mean([1 / r if r else 0.0 for r in ranks]),
        first_glucagonoma=sum(r.first == "hoofbeat:glucagonoma" for r in results),
    )


def _within(ranks: Iterable[float | None], most: int) -> int:
    return sum(r is not None and r <= most for r in ranks)


def _summaries(results: Sequence[CaseResult]) -> dict[str, Summary]:
    known = [r for r in results if r.rank is not None]
    found = {"known": known, "clean": [r for r in known if r.clean]}
    if any(r.fitted for r in known):  # those that can be compared with a run without the counts
        found["known without fit"] = [r for r in known if not r.fitted]
    summaries = {name: _summary(rows) for name, rows in found.items() if rows}
    if known:
        summaries["per disease"] = _per_disease(known)
    return summaries


def _summary(results: Sequence[CaseResult]) -> Summary:
    clusters = [r.publication or r.truth for r in results]
    ranks = [r.rank or float("inf") for r in results]
    tops = {f"top{k}": clustered([float(rank <= k) for rank in ranks], clusters) for k in TOPS}
    return Summary(n=len(ranks), mrr=clustered([1 / rank for rank in ranks], clusters), **tops)


def _per_disease(results: Sequence[CaseResult]) -> Summary:
    """Mean of each disease's own rate, so that no well-studied disease decides; intervals over diseases."""
    by_disease: dict[str, list[float]] = defaultdict(list)
    for r in results:
        by_disease[r.truth].append(r.rank or float("inf"))
    names = list(by_disease)
    tops = {
        f"top{k}": clustered(
            [sum(x <= k for x in ranks) / len(ranks) for ranks in by_disease.values()], names
        )
        for k in TOPS
    }
    reciprocal = [sum(1 / x for x in ranks) / len(ranks) for ranks in by_disease.values()]
    return Summary(n=len(names), mrr=clustered(reciprocal, names), **tops)


def _calibration(results: Sequence[CaseResult], bins: int = 10) -> Calibration | None:
    if not results:
        return None
    said = np.array([r.first_chance for r in results])
    right = np.array([r.rank is not None and r.rank <= 1 for r in results], dtype=float)
    at = np.minimum((said * bins).astype(int), bins - 1)
    distance = np.abs(np.bincount(at, weights=said - right, minlength=bins))
    sure = said >= SURE
    return Calibration(
        error=float(distance.sum() / len(said)),
        sure=int(sure.sum()),
        sure_right=wilson(int(right[sure].sum()), int(sure.sum())),
        factor=_best_factor(results),
        listed=wilson(sum(bool(r.listed) for r in results), len(results)),
        list_length=int(np.median([r.list_length for r in results])),
    )


def _best_factor(results: Sequence[CaseResult]) -> float:
    heated = np.array([r.heated for r in results if r.heated])
    return FACTORS[int(heated.mean(axis=0).argmax())] if len(heated) else 1.0
