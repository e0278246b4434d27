"""Where the rash is: evidence from body regions, for the diseases whose models say where they strike."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.cases import publication_id
from hoofbeat.diagnosis.profiles import left_out_sources, sources_by_id, what_remains
from hoofbeat.diagnosis.table import Table
from hoofbeat.knowledge import Disease, in_words, load_knowledge
from hoofbeat.terms import site_regions, within

Vector = npt.NDArray[np.float64]
# Sites never exclude: sources disagree, and a site not named is not spared.
LOWEST_RATIO, HIGHEST_RATIO = 0.25, 8.0
# A model that names regions but not this one: seldom, not never.
UNNAMED = 0.06
# A part of a region is taken to be involved in half of those in whom the region is: assumed, since sources
# tell of regions. So palms that are spared say less of a disease of hands and feet than both would.
PART = 0.5
# What a model's row is worth beside counted patients: assumed, so that a handful of reports already moves it.
PRIOR_PATIENTS = 4.0
# Regions as they are scored, each at most once. A region stands for its parts.
SCORED = (
    "folds",
    "anogenital",
    "buttocks",
    "perioral",
    "periocular",
    "face",
    "scalp",
    "neck",
    "trunk",
    "abdomen",
    "upper_limb",
    "lower_limb",
    "acral",
    "mouth",
    "photoexposed",
    "generalised",
)
# HPO terms that say where, not what: read as regions so that a site is never counted twice.
SITE_TERMS = {
    "HP:0034432": "folds",
    "HP:0033194": "perioral",
    "HP:0025292": "acral",
    "HP:0034779": "anogenital",
    "HP:0033195": "perianal",
}


class RegionRate(NamedTuple):
    """How often a disease's rash involves a region, and where that is known from."""

    mean: float
    a: float
    b: float
    kind: str
    evidence: str
    sources: tuple[str, ...]


def regions_of(sites: Iterable[str]) -> tuple[str, ...]:
    """Return the scored regions that a set of body sites touches, in a fixed order."""
    touched = site_regions(tuple(sites))
    return tuple(region for region in SCORED if region in touched)


def spared_regions(spared: Iterable[str], touched: Collection[str]) -> tuple[tuple[str, float], ...]:
    """Return the regions that are spared, each with the share of it that is: 1, or PART for a part of it.

    spared: sites that were looked at and are free. touched: regions that are involved, which are not spared,
    however much of them is. A region is spared as a whole with the site that bears its name, or with what
    that is part of: a head that is spared spares face and scalp.
    """
    free = tuple(spared)
    shares = {
        region: 1.0 if any(within(region, s) for s in free) else PART
        for region in (*regions_of(free), *(r for r in SCORED if any(within(r, s) for s in free)))
    }
    return tuple((r, shares[r]) for r in SCORED if r in shares and r not in touched)


def region_rates(disease: Disease, variant: str, *, without: Collection[str] = ()) -> dict[str, RegionRate]:
    """Return how often each scored region is involved: the model's rows, then published patients counted in.

    A row weighs at most PRIOR_PATIENTS patients beside those counted; a region without a row begins with
    Jeffreys' half a patient either way. without: publications left out of the count, so that no patient is
    scored with himself; what a source that is one of them says of sites is not used either.
    """
    found: dict[str, RegionRate] = {}
    sources, told = left_out_sources(without), disease.findings.sites
    for row, at in ((what_remains(s, sources), s.site) for s in told if s.given in ("", variant)):
        if row is None:
            continue
        for region in regions_of([at]) or (at,):
            a, b = row.beta
            rate = RegionRate(row.mean, a, b, row.kind, in_words(row), row.sources)
            if region not in found or rate.mean > found[region].mean:
                found[region] = rate
    counted = disease.findings.counted_sites
    if counted and counted.given in ("", variant) and counted.source not in sources:
        kept = (p for p in counted.patients if publication_id(p.publication) not in without)
        patients = [set(regions_of(p.sites)) for p in kept]
        for region in SCORED if patients else ():
            n = sum(region in p for p in patients)
            found[region] = _with_counted(found.get(region), n, len(patients), counted.source)
    return found


def _with_counted(before: RegionRate | None, n: int, of: int, source: str) -> RegionRate:
    a, b = (before.a, before.b) if before else (0.5, 0.5)
    weight = min(1.0, PRIOR_PATIENTS / (a + b))
    a, b = a * weight + n, b * weight + of - n
    words = f"{n} of {of} published patients" + (f", joined to {before.evidence}" if before else "")
    sources = (source, *(before.sources if before else ()))
    return RegionRate(a / (a + b), a, b, "counted", words, sources)


def own_rates(*, without: frozenset[str] = frozenset()) -> tuple[dict[str, RegionRate], ...]:
    """Return region_rates of every hypothesis of ours; of `without`, only what is told of there matters."""
    knowledge = load_knowledge()
    return _all_rates(knowledge.version, without & _told_by(knowledge.version))


@lru_cache(maxsize=4)
def _told_by(version: str) -> frozenset[str]:
    counted = (d.findings.counted_sites for d in load_knowledge().diseases.values())
    patients = frozenset(publication_id(p.publication) for c in counted if c for p in c.patients)
    return patients | frozenset(sources_by_id(version))


@lru_cache(maxsize=256)
def _all_rates(_version: str, without: frozenset[str]) -> tuple[dict[str, RegionRate], ...]:
    from hoofbeat.diagnosis.table import load_table

    table, knowledge = load_table(), load_knowledge()
    return tuple(
        region_rates(knowledge.diseases[table[h].slug], table[h].variant, without=without)
        for h in range(table.own_count)
    )


def usual_rates(*, without: frozenset[str] = frozenset()) -> dict[str, float]:
    """Return how often any rash is on each region: the mean of the diseases whose models name regions."""
    version = load_knowledge().version
    return _all_usual(version, without & _told_by(version))


@lru_cache(maxsize=256)
def _all_usual(version: str, without: frozenset[str]) -> dict[str, float]:
    rates = [r for r in _all_rates(version, without) if r]
    known = ((region, [r[region].mean if region in r else UNNAMED for r in rates]) for region in SCORED)
    return {region: float(np.mean(means)) if means else 0.5 for region, means in known}


def log_sites(
    table: Table,
    regions: tuple[str, ...],
    *,
    spared: tuple[tuple[str, float], ...] = (),
    without: frozenset[str] = frozenset(),
) -> Vector:
    """Log-likelihood ratio of the named regions for every hypothesis; 0 where a model names no sites.

    spared: regions that were looked at and are free, with the share that is (see spared_regions); those that
    are in neither list say nothing. Regions of one rash come together, so k regions count as the square root
    of k, and so do k spared ones.
    """
    result = np.zeros(len(table))
    rates = own_rates(without=without) if regions or spared else ()
    usual = usual_rates(without=without)
    for scored in filter(None, (tuple((r, 0.0) for r in regions), spared)):
        told = np.zeros(len(table))
        for region, share in scored:
            for h, known in enumerate(rates):
                if known:
                    mean = known[region].mean if region in known else UNNAMED
                    told[h] += math.log(region_ratio(mean, usual[region], share))
        result += told / np.sqrt(len(scored))
    return result


def region_ratio(mean: float, usual: float, share: float = 0.0) -> float:
    """Return how much likelier a region is as it is in a disease than in any rash, within the bounds.

    mean, usual: how often it is involved here, and in any rash. share: 0 for a region that is involved; else
    how much of it is free (1 for all of it).
    """
    ratio = mean / usual if not share else (1 - share * mean) / (1 - share * usual)
    return min(max(ratio, LOWEST_RATIO), HIGHEST_RATIO)
