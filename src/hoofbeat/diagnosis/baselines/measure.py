"""How well the peers' methods do on the same cases, annotations and protocol as ours."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from hashlib import sha256
from typing import NamedTuple

import numpy as np
from pydantic import BaseModel, ConfigDict

from hoofbeat.cases import Case, State
from hoofbeat.diagnosis.baselines import boqa, lirical, phrank, resnik, shipped, simgic
from hoofbeat.diagnosis.baselines.profiles import Profiles, Vector, leave_out, load_profiles
from hoofbeat.diagnosis.evaluation import CaseResult, Summary, _summaries
from hoofbeat.diagnosis.processes import share
from hoofbeat.diagnosis.protocol import Part, Recounted, of_part, sample, standing
from hoofbeat.errors import UsageError
from hoofbeat.knowledge import load_annotations
from hoofbeat.terms import load_ontology

# Sums of the same numbers in another order differ in the last digits, which would break ties by chance.
_DIGITS = 9


class Baseline(NamedTuple):
    """A peer's method: what it is, and how it scores all diseases from present and absent terms.

    slow: seconds rather than milliseconds for one case, so that it is run on a sample.
    """

    title: str
    score: Callable[..., Vector]
    slow: bool = False


BASELINES: dict[str, Baseline] = {
    "lirical": Baseline("LIRICAL 2.4 rules", lirical.present_only),
    "lirical-excluded": Baseline("LIRICAL 2.4 rules, excluded findings too", lirical.scores),
    "phrank": Baseline("Phrank", phrank.scores),
    "boqa": Baseline("BOQA, without frequencies", boqa.scores),
    "resnik": Baseline("Resnik best match, findings to disease (Phenomizer)", resnik.one_sided),
    "resnik-symmetric": Baseline("Resnik best match, mean of both directions", resnik.symmetric),
    "resnik-bma": Baseline("Resnik best match, pooled mean", resnik.best_match_average),
    "simgic": Baseline("simGIC", simgic.scores),
    **{
        f"pyhpo-{method}": Baseline(f"pyhpo as shipped: {method}", shipped.measure(method), slow=True)
        for method in shipped.MEASURES
    },
}


class PeerResult(BaseModel):
    """How one peer fared; summary as in Bench, over the cases whose disease is known and not emptied.

    sampled: on how many cases a slow method was run; null when it was run on all.
    """

    model_config = ConfigDict(frozen=True)

    name: str
    title: str
    protocol: str
    summary: dict[str, Summary]
    emptied: int
    sampled: int | None
    milliseconds_per_case: float


def choose_peers(words: str, *, sampled: int = 0) -> list[str]:
    """Return the names in a comma list; "all" means all, the slow ones only if there is a sample for them.

    Raises UsageError for a name nobody knows, and for a slow method without a sample.
    """
    names: list[str] = []
    for word in words.split(","):
        name = word.strip().lower()
        if name == "all":
            names += [n for n, b in BASELINES.items() if sampled or not b.slow]
        elif _baseline(name).slow and not sampled:
            raise UsageError(
                f"{name} takes up to a minute for one case",
                why="It is pyhpo's own code, in which every finding meets every annotation.",
                remedy="say on how many cases to run it: --peer-sample 20",
            )
        else:
            names.append(name)
    return list(dict.fromkeys(names))


def _baseline(name: str) -> Baseline:
    if name not in BASELINES:
        raise UsageError(
            f"Unknown peer {name!r}",
            why="Only these methods are restated, or can be called, here.",
            remedy="choose from all, " + ", ".join(BASELINES),
        )
    return BASELINES[name]


def rank_with(name: str, case: Case, *, recounted: Recounted | None = None) -> float | None:
    """Return the expected rank of a case's true disease by a peer's method, ties in the middle.

    recounted (see protocol.recount) leaves the case's publications out of the annotations; without it they
    are used as shipped. None when the annotations do not know the disease. Raises UsageError for an unknown
    name.
    """
    baseline, annotations = _baseline(name), load_annotations()
    truth = {entry for t in case.truth if (entry := annotations.find(t)) is not None}
    if not truth:
        return None
    found = scores(baseline, load_profiles(), case, recounted)
    return min(_expected_rank(found, entry) for entry in truth)


def scores(baseline: Baseline, profiles: Profiles, case: Case, recounted: Recounted | None) -> Vector:
    """Return the score of every background disease; with recounted, without the case's publications."""
    present, absent = _terms(case, State.PRESENT), _terms(case, State.ABSENT)
    found = baseline.score(profiles, present, absent)
    if recounted is not None:
        citing = sorted(load_annotations().citing(case.publications))
        if citing:
            rest = leave_out(profiles, citing, case.publications, recounted)
            found = found.copy()
            found[citing] = baseline.score(rest, present, absent)
    rounded: Vector = np.round(found, _DIGITS)
    return rounded


def _terms(case: Case, state: State) -> list[int]:
    """Numbers of the phenotypic terms in this state, each once."""
    onto = load_ontology()
    every = dict.fromkeys(onto.index(f.term) for f in case.findings if f.state is state)
    return [t for t in every if onto.phenotypic[t]]


def _expected_rank(found: Vector, entry: int) -> float:
    return int((found > found[entry]).sum()) + (int((found == found[entry]).sum()) + 1) / 2


def bench_baselines(
    cases: Iterable[Case],
    names: Sequence[str],
    *,
    honest: bool = False,
    part: Part | None = None,
    jobs: int = 1,
    sampled: int = 20,
) -> list[PeerResult]:
    """Rank every case with known diagnosis by each method; the protocols are those of `bench`.

    part: as for `bench`. sampled: cases, drawn by their ids, on which a slow method is run. Raises UsageError
    for an unknown name.
    """
    every = list(cases)
    chosen, recounted = sample(every) if honest else (every, None)
    known = of_part([case for case in chosen if case.truth], part)
    slow = [name for name in names if _baseline(name).slow]
    quick = [name for name in names if name not in slow]
    usable = [case for case in known if slow and _usable(case, recounted)]
    drawn = sorted(usable, key=lambda c: sha256(c.id.encode()).hexdigest())[:sampled]
    found = {**_bench(quick, known, recounted, jobs), **_bench(slow, drawn, recounted, jobs)}
    return [found[name] for name in names]


def _bench(
    names: list[str], cases: list[Case], recounted: Recounted | None, jobs: int
) -> dict[str, PeerResult]:
    if not names:
        return {}
    work = partial(_results, names=names, recounted=recounted)
    by_name: dict[str, list[CaseResult]] = {name: [] for name in names}
    for results in share(work, cases, jobs):
        for name, result in zip(names, results, strict=True):
            by_name[name].append(result)
    return {name: _peer_result(name, results, recounted) for name, results in by_name.items()}


def _peer_result(name: str, results: list[CaseResult], recounted: Recounted | None) -> PeerResult:
    rated = [r for r in results if not r.emptied]
    timed = [r.milliseconds for r in rated if r.rank is not None]
    return PeerResult(
        name=name,
        title=BASELINES[name].title,
        protocol="as shipped" if recounted is None else "honest",
        summary=_summaries(rated),
        emptied=len(results) - len(rated),
        sampled=len(results) if BASELINES[name].slow else None,
        milliseconds_per_case=round(sum(timed) / max(len(timed), 1), 3),
    )


def _usable(case: Case, recounted: Recounted | None) -> bool:
    stands = standing(case, recounted or {})
    return stands is not None and not (recounted is not None and stands.emptied)


def _results(case: Case, names: list[str], recounted: Recounted | None) -> list[CaseResult]:
    """One case by every method."""
    stands = None if recounted is None else standing(case, recounted)
    profiles = load_profiles()  # once a process, in no case's time
    if any(BASELINES[name].slow for name in names):
        shipped.prepare(profiles)
    results = []
    for name in names:
        started = time.perf_counter()
        rank = rank_with(name, case, recounted=recounted)
        spent = 1000 * (time.perf_counter() - started)
        results.append(
            CaseResult(
                id=case.id,
                truth=case.truth[0],
                rank=rank,
                milliseconds=round(spent, 3),
                first="",
                first_chance=0.0,
                chance=None,
                publication=case.publications[0] if case.publications else "",
                clean=stands.clean if stands else None,
                emptied=stands.emptied if stands else None,
            )
        )
    return results
