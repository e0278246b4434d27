"""Speed of the sweep beside a bare scan of the same columns, and recall of patients planted among others.

Usage: python benchmarks/sweep.py [--people N] [--cases FILE] [--folder FOLDER] [--threads N]
Each measurement runs in a process of its own, so that its memory is its own.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

COLUMNS = {
    "condition_occurrence": "person_id, condition_concept_id, condition_start_date, condition_occurrence_id",
    "observation": "person_id, observation_concept_id, observation_date, observation_id",
    "drug_exposure": "person_id, drug_concept_id, drug_exposure_start_date, drug_exposure_id",
    "measurement": "person_id, measurement_concept_id, measurement_date, measurement_id, value_as_number, "
    "unit_concept_id",
    "person": "person_id, gender_concept_id, year_of_birth",
    "observation_period": "person_id, observation_period_start_date, observation_period_end_date",
}


def main() -> None:
    """Make the data if it is not there, and print what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=100_000)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--memory", default="2GB")
    parser.add_argument("--cases", type=Path, help="patients to plant: phenopackets")
    parser.add_argument("--folder", type=Path, help="where the data are kept; else made and thrown away")
    parser.add_argument("--part", help="used by this script itself")
    chosen = parser.parse_args()
    if chosen.part:
        print(json.dumps(measure(chosen)))
        return
    with tempfile.TemporaryDirectory() as thrown_away:
        chosen.folder = chosen.folder or Path(thrown_away)
        compare(chosen)


def compare(chosen: argparse.Namespace) -> None:
    """Run each part, and print its seconds beside the bare scan."""
    parts = ["generate", "scan", "raw", "prepare", "index", "rows"] + (["plant"] if chosen.cases else [])
    found: dict[str, dict[str, float]] = {}
    for part in parts:
        command = [sys.executable, __file__, "--part", part, "--people", str(chosen.people)]
        command += [
            "--folder",
            str(chosen.folder),
            "--threads",
            str(chosen.threads),
            "--memory",
            chosen.memory,
        ]
        command += ["--cases", str(chosen.cases)] if chosen.cases else []
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        found[part] = json.loads(done.stdout.splitlines()[-1])
        told = ", ".join(f"{k} {v:g}" for k, v in found[part].items() if k != "seconds")
        print(f"{part:9s} {found[part]['seconds']:8.2f} s   {told}", flush=True)
    scan, rows = found["scan"]["seconds"], found["rows"]["seconds"]
    print(f"raw records: {found['raw']['seconds'] / scan:.2f} x the bare scan")
    print(
        f"index: {found['index']['seconds'] / scan:.2f} x the bare scan, "
        f"{found['index']['seconds'] / rows:.1f} x a bare read of its rows"
    )


def measure(chosen: argparse.Namespace) -> dict[str, float]:
    """Do one part; returns its seconds, peak memory in GB, and what else there is to say."""
    import resource

    parts = {
        "generate": make,
        "scan": scan,
        "raw": raw,
        "prepare": index,
        "index": by_index,
        "rows": rows,
        "plant": planted,
    }
    start = time.perf_counter()
    told = parts[chosen.part](chosen)
    told.setdefault("seconds", time.perf_counter() - start)
    told["GB"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6, 2)
    return told


def make(chosen: argparse.Namespace) -> dict[str, float]:
    """Make the records, unless they are there."""
    from hoofbeat.sweep import generate

    cdm = chosen.folder / "cdm"
    if not (cdm / "person.parquet").exists():
        generate(cdm, chosen.people, seed=1)
    return {"people": chosen.people}


def scan(chosen: argparse.Namespace) -> dict[str, float]:
    """Read every value of the columns that a sweep needs, and nothing else; the best of three."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        for table, columns in COLUMNS.items():
            read(chosen, f"'{chosen.folder}/cdm/{table}.parquet'", columns)
        best = min(best, time.perf_counter() - start)
    return {"seconds": best}


def rows(chosen: argparse.Namespace) -> dict[str, float]:
    """Read every value of the rows that the index holds for one disease; the best of three."""
    from hoofbeat.sweep import define

    wanted = [chosen.folder / "index" / "rows" / f"signal={n}" for n in define("glucagonoma").wanted]
    listed = "[" + ", ".join(f"'{f}'" for w in wanted for f in sorted(w.glob("*.parquet"))) + "]"
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        read(chosen, listed, "person_id, signal, day, source, row_id, amount")
        best = min(best, time.perf_counter() - start)
    return {"seconds": best}


def read(chosen: argparse.Namespace, files: str, columns: str) -> None:
    """Add up every column, so that each value is decoded."""
    import duckdb

    sums = ", ".join(f"max({c} + 1)" if c.endswith("_date") else f"sum({c})" for c in columns.split(", "))
    with duckdb.connect(config={"threads": chosen.threads, "memory_limit": chosen.memory}) as con:
        con.sql(f"SELECT {sums} FROM read_parquet({files})").fetchall()  # noqa: S608 (our own names)


def raw(chosen: argparse.Namespace) -> dict[str, float]:
    """Sweep the records as they are."""
    return timed(chosen, omop=chosen.folder / "cdm")


def by_index(chosen: argparse.Namespace) -> dict[str, float]:
    """Sweep the index."""
    return timed(chosen, index=chosen.folder / "index")


def index(chosen: argparse.Namespace) -> dict[str, float]:
    """Make the index."""
    import shutil

    from hoofbeat.sweep import Place, prepare

    shutil.rmtree(chosen.folder / "index", ignore_errors=True)
    place = Place(omop=chosen.folder / "cdm", threads=chosen.threads, memory=chosen.memory)
    return {"rows": prepare(place, chosen.folder / "index")["rows"]}


def timed(chosen: argparse.Namespace, **where: Path) -> dict[str, float]:
    """Sweep without chances, which cost the same for any number of people; the best of three.

    Importing is not counted.
    """
    import duckdb as _duckdb
    import ibis.backends.duckdb as _ibis
    import pandas as pd  # pyarrow brings it in

    from hoofbeat.sweep import Place, define, sweep

    del _duckdb, _ibis, pd
    define("glucagonoma")
    place = Place(threads=chosen.threads, memory=chosen.memory, **where)
    found = []
    for _ in range(3):
        with tempfile.TemporaryDirectory() as out:
            start = time.perf_counter()
            manifest = sweep("glucagonoma", place, Path(out), top=100, chances=False).manifest
            found.append((time.perf_counter() - start, manifest))
    seconds, manifest = min(found, key=lambda each: each[0])
    return {"seconds": seconds, "scored": manifest["counts"]["people scored exactly"]} | {
        name: value for name, value in manifest["seconds"].items() if value > 0.05
    }


def planted(chosen: argparse.Namespace) -> dict[str, float]:
    """Plant patients among the people, and say how many are found."""
    from hoofbeat.cases import read_cases
    from hoofbeat.sweep import Place, plant

    cases = [r.case for r in read_cases(str(chosen.cases)) if r.case is not None and r.usable]
    with tempfile.TemporaryDirectory() as out:
        place = Place(omop=chosen.folder / "cdm", threads=chosen.threads, memory=chosen.memory)
        found = plant("glucagonoma", cases, place, Path(out))
    return {f"in {r.top}": r.found for r in found.recall} | {"of": found.recall[0].of}


if __name__ == "__main__":
    main()
