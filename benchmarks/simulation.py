"""How fast patients are simulated, and whether ranking recognises them: forward and backward must agree.

.venv/bin/python benchmarks/simulation.py speed
.venv/bin/python benchmarks/simulation.py calibration --cases 2000
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence

import numpy as np

from hoofbeat.cases import Case
from hoofbeat.diagnosis import rank
from hoofbeat.knowledge import find_disease, load_knowledge
from hoofbeat.simulation import (
    Mechanism,
    Outcome,
    Setup,
    alike_cases,
    bedside,
    case_at_visit,
    cases_of,
    groups,
    load_mechanism,
    simulate,
)

# Rashes that glucagonoma is mistaken for, or must be told apart from.
ALIKE = (
    "atopic_eczema",
    "plaque_psoriasis",
    "inverse_psoriasis",
    "seborrhoeic_dermatitis",
    "intertrigo_candidiasis",
    "irritant_contact_dermatitis",
    "pemphigus_foliaceus",
    "bullous_pemphigoid",
    "acquired_zinc_deficiency",
    "pellagra",
)


def speed() -> None:
    """Print seconds and memory for 10,000 and 20,000 patients over ten years on one core."""
    mechanism = load_mechanism("glucagonoma")
    taken = []
    for n in (10_000, 20_000):
        began = time.perf_counter()
        for _ in groups(mechanism, n, Setup(years=10)):
            pass
        taken.append(time.perf_counter() - began)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(f"{n:,} patients over 10 years: {taken[-1]:.1f} s, peak {peak:.0f} MiB")
    print(f"twice the patients take {taken[1] / taken[0]:.2f} times as long")


def calibration(count: int, share: float, seed: int) -> None:
    """Rank virtual patients and look-alikes at a known share; print calibration and places."""
    mechanism = load_mechanism("glucagonoma")
    own = round(count * share)
    outcome = simulate(mechanism, own * 3, Setup(years=15, seed=seed))
    patients = _seen(mechanism, outcome)[:own]
    alike = list(alike_cases(mechanism, ALIKE, count - len(patients), seed=seed))
    knowledge = load_knowledge()
    within = [find_disease(knowledge, slug).id for slug in (mechanism.slug, *ALIKE)]
    before = len(patients) / count
    factor = before / (1 - before) * len(ALIKE)
    chances, truths, places = [], [], []
    for case in (*map(bedside, patients), *alike):
        ranking = rank(case, setting="uniform", within=within, top=len(within), why=False)
        line = next(line for line in ranking.ranked if line.slug == mechanism.slug)
        chances.append(line.chance * factor / (line.chance * factor + 1 - line.chance))
        truths.append(case.truth[0] == mechanism.clinic.truth)
        if truths[-1]:
            places.append(line.rank)
    _report(np.array(chances), np.array(truths), np.array(places))
    known = [case for case in cases_of(mechanism, outcome) if _by_signs(case)]
    open_places = [_open_place(case) for case in known[:200]]
    print(f"all diseases competing, with tests: first three {np.mean(np.array(open_places) <= 3):.2f}")


def _seen(mechanism: Mechanism, outcome: Outcome) -> list[Case]:
    """Each patient as seen at one visit with the rash: the last before the tumour was found."""
    visits = outcome.visits
    last = {int(patient): row for row, patient in enumerate(visits.patient) if visits.noted[row, 0]}
    return [case_at_visit(mechanism, outcome, row) for row in last.values()]


def _by_signs(case: Case) -> bool:
    return any(f.term == "HP:0000988" and f.state == "present" for f in case.findings)


def _open_place(case: Case) -> int:
    ranking = rank(case, top=10, why=False)
    return next((line.rank for line in ranking.ranked if line.slug == "glucagonoma"), 99)


def _report(chances: np.ndarray, truths: np.ndarray, places: np.ndarray) -> None:
    print(f"{len(truths):,} cases, {truths.sum():,} with the disease")
    edges = np.linspace(0, 1, 11)
    bins = np.minimum((chances * 10).astype(int), 9)
    error = 0.0
    for b in range(10):
        inside = bins == b
        if inside.any():
            said, so = chances[inside].mean(), truths[inside].mean()
            error += inside.mean() * abs(said - so)
            span = f"{edges[b]:.1f}-{edges[b + 1]:.1f}"
            print(f"  chance {span}: {inside.sum():5d} cases, said {said:.2f}, so {so:.2f}")
    print(f"expected calibration error {error:.3f}")
    print(f"the disease first {np.mean(places == 1):.2f}, among the first three {np.mean(places <= 3):.2f}")


def main(words: Sequence[str] | None = None) -> None:
    """Run the part that is named."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("part", choices=["speed", "calibration"])
    parser.add_argument("--cases", type=int, default=2000)
    parser.add_argument("--share", type=float, default=0.25)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args(words)
    if given.part == "speed":
        speed()
    else:
        calibration(given.cases, given.share, given.seed)


if __name__ == "__main__":
    main()
