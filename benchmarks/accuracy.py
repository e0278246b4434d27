"""How well, beside what a naive product of likelihood ratios does with the same knowledge in the same run.

python benchmarks/accuracy.py [PHENOPACKETS]; without a file, the textbook patients of the tests are ranked.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np

from hoofbeat import Case, bench, read_cases
from hoofbeat.cases import without_faults
from hoofbeat.diagnosis.intervals import wilson
from hoofbeat.diagnosis.posterior import Scored, rank_of, score_case

PATIENTS = Path(__file__).parents[1] / "tests" / "golden" / "patients"
# what a table without ancestors gives a finding that it does not list
UNLISTED = 0.001


def cases(paths: Iterable[str]) -> Iterator[Case]:
    """Read all cases, leaving out what is faulty in them."""
    for path in paths:
        for reading in read_cases(path, replace_old_terms=True):
            if reading.case is not None:
                yield without_faults(reading.case)


def naive(case: Case) -> Scored:
    """Score as a product of P(finding | disease) / background: no ancestors, base rates, age or tempering."""
    scored = score_case(case)
    table, total = scored.table, np.zeros(len(scored.table))
    for o in scored.observed.observations:
        frequency = np.full(len(table), UNLISTED)
        lines, listed, _ = table.column(o.term)
        frequency[lines] = np.maximum(listed, UNLISTED)
        background = max(float(table.background[o.term]), UNLISTED)
        total += np.log(frequency / background if o.present else (1 - frequency) / (1 - background))
    log_disease = np.full(table.disease_count, -np.inf)
    np.maximum.at(log_disease, table.disease_of, total)
    weight = np.exp(log_disease - log_disease.max())
    scored.posterior = np.r_[weight / weight.sum(), 0.0]
    return scored


def naive_ranks(patients: Iterable[Case]) -> list[float]:
    """Rank of the true disease by the naive score; infinite where the disease is unknown."""
    ranks = []
    for case in patients:
        if case.truth:
            scored = naive(case)
            known = [d for t in case.truth if (d := scored.table.find(t)) is not None]
            ranks.append(min((rank_of(scored, d) for d in known), default=float("inf")))
    return ranks


def main() -> None:
    """Print both, side by side, with 95 % intervals."""
    paths = sys.argv[1:] or sorted(str(p) for p in PATIENTS.glob("*.yaml"))
    patients = list(cases(paths))
    ours = [r if r is not None else float("inf") for r in (c.rank for c in bench(patients).cases)]
    theirs = naive_ranks(patients)
    print(f"{len(ours)} patients          hoofbeat                 naive product            ratio")
    for most in (1, 3, 10):
        left, right = (wilson(sum(r <= most for r in ranks), len(ranks)) for ranks in (ours, theirs))
        shown = [f"{100 * s.value:5.1f} % ({100 * s.low:.0f} to {100 * s.high:.0f})" for s in (left, right)]
        ratio = f"{left.value / right.value:.2f}" if right.value else "-"
        print(f"among the first {most:<4} {shown[0]:<24} {shown[1]:<24} {ratio}")


if __name__ == "__main__":
    main()
