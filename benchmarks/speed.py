"""How fast: each figure beside its ratio to something everybody has, measured in the same run."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from hoofbeat import load_ontology, rank, read_case
from hoofbeat.diagnosis import load_table, next_steps
from hoofbeat.diagnosis.exact import answers
from hoofbeat.diagnosis.posterior import score_case
from hoofbeat.diagnosis.quantised import RATIOS, load_quantised
from hoofbeat.diagnosis.table import Table

PATIENT = Path(__file__).parents[1] / "examples" / "published_patient.yaml"


def milliseconds(work: Callable[[], object], times: int = 30) -> float:
    """Median time of one call."""
    work()
    spent = []
    for _ in range(times):
        started = time.perf_counter()
        work()
        spent.append(1000 * (time.perf_counter() - started))
    return statistics.median(spent)


def start(*words: str) -> float:
    """Median time of a start of Python with these words."""
    return milliseconds(lambda: subprocess.run([sys.executable, *words], capture_output=True, check=True), 7)


def all_alike(table: Table, terms: list[int]) -> np.ndarray:
    """Sum the log likelihood ratios of all findings in all background diseases, from the bytes on disk."""
    levels, rows = np.log(RATIOS).astype(np.float32), load_quantised(table)
    total = levels.take(rows.row(terms[0]), mode="wrap")
    more = np.empty_like(total)
    for term in terms[1:]:
        total += levels.take(rows.row(term), out=more, mode="wrap")
    return total


def main() -> None:
    """Print one line a figure."""
    case = read_case(PATIENT)
    bare, numpy = start("-c", "pass"), start("-c", "import numpy")
    help_, ranked = start("-m", "hoofbeat", "--help"), start("-m", "hoofbeat", "rank", str(PATIENT))
    print(f"start of Python alone                  {bare:8.1f} ms")
    print(f"hoofbeat --help                        {help_:8.1f} ms   {help_ / bare:6.1f} x Python alone")
    print(f"hoofbeat rank, second start            {ranked:8.1f} ms   {ranked / numpy:6.1f} x import numpy")
    table = load_table()
    terms = [o.term for o in score_case(case).observed.observations if o.present]
    rows = milliseconds(lambda: all_alike(table, terms), 200)
    few = np.arange(len(table) - 50, len(table))
    exact = milliseconds(lambda: answers(table, load_ontology(), [(t, True) for t in terms], few), 200)
    print(f"{len(terms)} findings in {len(table):,} diseases       {rows:8.3f} ms")
    print(f"50 of them exactly, with what answers  {exact:8.3f} ms   {exact / rows:6.1f} x all of them")
    scored = milliseconds(lambda: score_case(case))
    short = milliseconds(lambda: rank(case, why=False))
    full = milliseconds(lambda: rank(case, why=True))
    print(f"scoring one case, {len(case.findings)} findings           {scored:8.1f} ms")
    print(f"rank with ranges                       {short:8.1f} ms   {short / scored:6.1f} x scoring")
    print(f"rank with ranges and reasons           {full:8.1f} ms   {full / scored:6.1f} x scoring")
    advice = milliseconds(lambda: next_steps(case, setting="dermatology"))
    print(f"what to do next                        {advice:8.1f} ms   {advice / scored:6.1f} x scoring")
    onto = load_ontology()
    label = milliseconds(lambda: onto.search("glossitis"))
    lay = milliseconds(lambda: onto.search("sore red tongue"))
    print(f"look-up of a label                     {label:8.1f} ms")
    print(f"look-up of lay words                   {lay:8.1f} ms   {lay / label:6.1f} x a label")


if __name__ == "__main__":
    main()
