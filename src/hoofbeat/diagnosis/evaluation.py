"""How well ranking does on patients whose diagnosis is known."""

from __future__ import annotations

import math
import time
from collections.abc import Iterable
from typing import NamedTuple

from pydantic import BaseModel, ConfigDict

from hoofbeat.cases import Case
from hoofbeat.diagnosis.posterior import order, rank_of, score_case
from hoofbeat.diagnosis.table import load_table

_Z95 = 1.959963984540054
ALL = "all"


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Share(_Record):
    """A share of cases with its 95 % interval (Wilson 1927)."""

    value: float
    low: float
    high: float


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
    """One case: rank of the true disease (null when the disease is unknown), who came first, milliseconds."""

    id: str
    truth: str
    rank: float | None
    milliseconds: float
    first: str
    chance: float | None


class Bench(_Record):
    """Results by truth id and over all, and the settings they were made with."""

    groups: dict[str, Group]
    cases: tuple[CaseResult, ...]
    setting: str
    leave_publication_out: bool
    model_version: str
    ontology_release: str
    milliseconds_per_case: float


class _Place(NamedTuple):
    rank: float | None
    first: str
    chance: float | None


def bench(cases: Iterable[Case], *, setting: str | None = None, leave_publication_out: bool = False) -> Bench:
    """Rank every case and compare with its known diagnosis.

    A case without a known diagnosis is passed over. Ties count with their expected rank. A case's own
    publication is never among our models' counted patients; leave_publication_out drops the background's
    annotation rows that cite it as well.
    """
    table = load_table()
    results = []
    for case in cases:
        if not case.truth:
            continue
        started = time.perf_counter()
        place = _place(case, setting, annotations_too=leave_publication_out)
        spent = 1000 * (time.perf_counter() - started)
        results.append(
            CaseResult(
                id=case.id,
                truth=case.truth[0],
                rank=place.rank,
                milliseconds=round(spent, 3),
                first=place.first,
                chance=place.chance,
            )
        )
    groups = {
        truth: _group([r for r in results if r.truth == truth])
        for truth in sorted({r.truth for r in results})
    }
    if results:
        groups[ALL] = _group(results)
    return Bench(
        groups=groups,
        cases=tuple(results),
        setting=setting or "uniform",
        leave_publication_out=leave_publication_out,
        model_version=table.version,
        ontology_release=table.release,
        milliseconds_per_case=round(sum(r.milliseconds for r in results) / max(len(results), 1), 3),
    )


def _place(case: Case, setting: str | None, *, annotations_too: bool) -> _Place:
    scored = score_case(case, setting=setting, annotations_too=annotations_too)
    table = scored.table
    best = int(order(scored)[0])
    first = table[int((table.disease_of == best).argmax())].id
    known = [d for truth in case.truth if (d := table.find(truth)) is not None]
    if not known:
        return _Place(None, first, None)
    disease = min(known, key=lambda d: rank_of(scored, d))
    return _Place(rank_of(scored, disease), first, float(scored.posterior[disease]))


def _group(results: list[CaseResult]) -> Group:
    ranks = [r.rank for r in results]
    reciprocal = [1 / r if r else 0.0 for r in ranks]
    return Group(
        n=len(results),
        unknown=sum(r is None for r in ranks),
        top1=wilson(sum(r is not None and r <= 1 for r in ranks), len(ranks)),
        top3=wilson(sum(r is not None and r <= 3 for r in ranks), len(ranks)),
        top10=wilson(sum(r is not None and r <= 10 for r in ranks), len(ranks)),
        mrr=_mean(reciprocal),
        first_glucagonoma=sum(r.first == "hoofbeat:glucagonoma" for r in results),
    )


def wilson(n: int, of: int) -> Share:
    """Share n/of with its 95 % interval (Wilson 1927); an empty group gives 0 with the interval 0..1.

    >>> wilson(0, 10).high > 0.2
    True
    """
    if of == 0:
        return Share(value=0.0, low=0.0, high=1.0)
    share, z2 = n / of, _Z95**2
    centre = (share + z2 / (2 * of)) / (1 + z2 / of)
    half = _Z95 * math.sqrt(share * (1 - share) / of + z2 / (4 * of * of)) / (1 + z2 / of)
    return Share(
        value=share, low=max(0.0, min(centre - half, share)), high=min(1.0, max(centre + half, share))
    )


def _mean(values: list[float]) -> Share:
    """Mean with its 95 % interval by the normal approximation, kept within 0..1."""
    n = len(values)
    mean = sum(values) / n
    spread = math.sqrt(sum((v - mean) ** 2 for v in values) / max(n - 1, 1) / n)
    return Share(value=mean, low=max(0.0, mean - _Z95 * spread), high=min(1.0, mean + _Z95 * spread))
