"""How well and how fast the peers' methods are, beside ours, on the same patients in the same run.

python benchmarks/peers.py [PHENOPACKETS [N]]; without a file, the textbook patients of the tests are ranked.
With a file the honest protocol is used. N: cases on which pyhpo's own measures are run too, up to a minute
each; none when it is left out.
"""

from __future__ import annotations

import resource
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from hoofbeat import Case, bench, read_cases
from hoofbeat.cases import without_faults
from hoofbeat.diagnosis.baselines import bench_baselines, choose_peers
from hoofbeat.diagnosis.evaluation import Summary

PATIENTS = Path(__file__).parents[1] / "tests" / "golden" / "patients"


def cases(paths: Iterable[str]) -> Iterator[Case]:
    """Read all cases, leaving out what is faulty in them."""
    for path in paths:
        for reading in read_cases(path, replace_old_terms=True):
            if reading.case is not None:
                yield without_faults(reading.case)


def line(name: str, summary: Summary, milliseconds: float) -> str:
    """One method's shares in per cent, mean reciprocal rank and milliseconds."""
    shares = " ".join(
        f"{100 * s.value:6.1f}" for s in (summary.top1, summary.top3, summary.top10, summary.top30)
    )
    return f"{name:<30} {summary.n:>5} {shares}   {summary.mrr.value:.3f} {milliseconds:10.1f}"


def main() -> None:
    """Print one line a method and group of cases."""
    file, sampled = sys.argv[1:2], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    patients = list(cases(file or sorted(str(p) for p in PATIENTS.glob("*.yaml"))))
    honest = bool(file)
    heads = " ".join(f"{head:>6}" for head in ("top1", "top3", "top10", "top30"))
    print(f"{'method':<30} {'n':>5} {heads}   {'MRR':<5} {'ms a case':>10}")
    for setting in ("uniform", "described"):  # the peers know no prior; ours has one unless it is told not to
        ours = bench(patients, setting=setting, honest=honest)
        for group, summary in ours.summary.items():
            print(line(f"hoofbeat {setting}, {group}", summary, ours.milliseconds_per_case))
    for name in choose_peers("all", sampled=sampled):
        # one at a time, so that a line is seen as soon as it is known
        (peer,) = bench_baselines(patients, [name], honest=honest, sampled=sampled)
        for group, summary in peer.summary.items():
            print(line(f"{name}, {group}", summary, peer.milliseconds_per_case), flush=True)
    print(
        f"largest memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000:.0f} MB"
    )


if __name__ == "__main__":
    main()
