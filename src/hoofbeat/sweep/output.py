"""What a sweep leaves behind: files that are whole or not there, and a manifest of what was done."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import os
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hoofbeat.errors import InputError, SweepError, UsageError
from hoofbeat.sweep.definition import Definition, load_rules
from hoofbeat.sweep.worklist import EvidenceRow, Listed

MANIFEST, PAGES = "manifest.json", "pages"
# Numbers of persons and rows can be larger than what programs that read JSON keep exactly.
_AS_TEXT = ("person_id", "row_id", "subject_id")
COHORT = 1


def folder_for(out: Path) -> Path:
    """Return a folder to write to, made if it is not there. Raises UsageError where none can be."""
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UsageError(
            "The folder of the results cannot be made",
            where=str(out),
            why="There is a file of that name." if out.is_file() else fault.strerror or "",
            remedy="name another folder: --out found/",
        ) from None
    return out


def begin(out: Path) -> Path:
    """Return the folder that files are written to until all are there."""
    partial = out / ".partial"
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    return partial


def finish(out: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    """Move the files to their places, the manifest last: without it nothing counts as a result."""
    partial = out / ".partial"
    names = sorted(p.name for p in partial.iterdir())
    manifest["files"] = {n: hashlib.sha256((partial / n).read_bytes()).hexdigest() for n in names}
    (out / MANIFEST).unlink(missing_ok=True)
    # pages of another list would be taken for those of this one
    shutil.rmtree(out / PAGES, ignore_errors=True)
    for name in names:
        (partial / name).replace(out / name)
    return _write_manifest(out, partial, manifest)


def add_pages(out: Path, pages: Mapping[str, str]) -> dict[str, Any]:
    """Put pages beside a finished list, all of them or none; returns the manifest, which now names them.

    pages: text by the name of the file, in the folder `pages`. Raises SweepError if the sweep did not finish.
    """
    manifest = _read_manifest(out)
    partial = begin(out)
    (partial / PAGES).mkdir()
    for name, text in pages.items():
        (partial / PAGES / name).write_text(text, encoding="utf-8")
    written = {f"{PAGES}/{n}": hashlib.sha256(text.encode()).hexdigest() for n, text in pages.items()}
    kept = {n: mark for n, mark in manifest["files"].items() if not n.startswith(f"{PAGES}/")}
    manifest["files"] = kept | written
    shutil.rmtree(out / PAGES, ignore_errors=True)
    (partial / PAGES).replace(out / PAGES)
    return _write_manifest(out, partial, manifest)


def _write_manifest(out: Path, partial: Path, manifest: dict[str, Any]) -> dict[str, Any]:
    text = json.dumps(manifest, indent=2, sort_keys=True, ensure_ascii=False) + "\n"
    (partial / MANIFEST).write_text(text, encoding="utf-8")
    with (partial / MANIFEST).open("rb") as file:
        os.fsync(file.fileno())
    (partial / MANIFEST).replace(out / MANIFEST)
    partial.rmdir()
    return manifest


def read_worklist(out: Path) -> list[dict[str, Any]]:
    """Return the worklist of a finished sweep, one dictionary a person.

    Raises SweepError if the sweep did not finish, or if a file is not the one it wrote.
    """
    manifest = _read_manifest(out)
    for name, mark in manifest["files"].items():
        path = out / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != mark:
            raise InputError(
                "A file is not the one the sweep wrote",
                where=str(path),
                why="The manifest's hash does not fit it.",
                remedy="sweep again into an empty folder",
            )
    lines = (out / "worklist.jsonl").read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


def _read_manifest(out: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise SweepError(
            "There is no finished sweep here",
            where=str(out),
            why="A list that was broken off would look like the whole one.",
            remedy="run the same hoofbeat sweep again: it goes on where it stopped",
        ) from None
    return found


def write_lists(folder: Path, people: Sequence[Listed], evidence: Sequence[EvidenceRow]) -> None:
    """Write worklist and evidence as CSV, JSON Lines and Parquet."""
    _write(folder, "worklist", Listed._fields, [p._asdict() for p in people])
    _write(folder, "evidence", EvidenceRow._fields, [e._asdict() for e in evidence])


def write_cohort(folder: Path, definition: Definition, people: Sequence[Listed]) -> None:
    """Write the rows of OMOP's cohort and cohort_definition; the start is the day of the last record used."""
    fields = ("cohort_definition_id", "subject_id", "cohort_start_date", "cohort_end_date")
    rows = [dict(zip(fields, (COHORT, p.person_id, p.last_seen, p.as_of), strict=True)) for p in people]
    _write(folder, "cohort", fields, rows)
    about = {
        "cohort_definition_id": COHORT,
        "cohort_definition_name": f"Consider {definition.name}",
        "cohort_definition_description": f"Highest scores for {definition.name}, for review by a clinician",
        "definition_type_concept_id": 0,
        "cohort_definition_syntax": definition.hash(),
        "subject_concept_id": 1147314,
    }
    _write(folder, "cohort_definition", tuple(about), [about])


def write_counts(
    folder: Path, counts: Mapping[str, int], people: Sequence[Listed], evidence: Sequence[EvidenceRow]
) -> None:
    """Write counts of people by what they have; those that might point to somebody are hidden.

    A count is also hidden where one that is shown, less this one, would leave a few people; and where it is
    one of the parts of a whole, of which another is hidden, that would tell it.
    """
    listed, carriers = len(people), _carriers(evidence)
    totals = {n: c for n, c in counts.items() if n.startswith("people")} | {"people on the list": listed}
    rows = {n: hidden(c) for n, c in counts.items() if n not in totals}
    for name, count in (
        totals | {f"on the list with: {n}": len(w) for n, (_, w) in carriers.items()}
    ).items():
        rows[name] = next((h for t in totals.values() if (h := hidden(count, t)) != str(count)), str(count))
    for kind in _PARTS:
        parts = {n: len(who) for n, (of, who) in carriers.items() if of == kind}
        for name in also_hidden(parts, listed - sum(parts.values())):
            rows[f"on the list with: {name}"] = f">={_below()}"
    told = [{"what": name, "people": shown} for name, shown in sorted(rows.items())]
    _write(folder, "aggregates", ("what", "people"), told)


# Findings of which everybody has at most one, so that their counts sum to the whole.
_PARTS = ("sex", "form")


def _carriers(evidence: Sequence[EvidenceRow]) -> dict[str, tuple[str, set[int]]]:
    found: dict[str, tuple[str, set[int]]] = {}
    for row in evidence:
        if row.finding != "age":
            found.setdefault(row.name, (row.finding, set()))[1].add(row.person_id)
    return found


def _below() -> int:
    return int(load_rules()["small_cell"]["below"])


def also_hidden(parts: Mapping[str, int], rest: int) -> list[str]:
    """Return the part of a whole to be hidden beside the small ones, so that they cannot be told from it.

    rest: people of the whole in none of the parts; that number is not shown.

    >>> also_hidden({"a": 60, "b": 35, "c": 5}, 0), also_hidden({"a": 60, "b": 40}, 0)
    (['b'], [])
    """
    below = _below()
    small = [n for n in (*parts.values(), rest) if 0 < n < below]
    larger = sorted((n, name) for name, n in parts.items() if n >= below)
    told = rest < below and (len(small) == 1 or 0 < sum(small) < below)
    return [name for _, name in larger[:1]] if told else []


def hidden(count: int, total: int | None = None) -> str:
    """Return a count as it may be shown: neither it nor what is left of the total points to a few people.

    >>> hidden(3), hidden(40), hidden(97, 100)
    ('<10', '40', '>90')
    """
    below = _below()
    if 0 < count < below:
        return f"<{below}"
    return (
        f">{total - below}"
        if total is not None and below < total and 0 < total - count < below
        else str(count)
    )


def _write(folder: Path, name: str, fields: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(fields), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    (folder / f"{name}.csv").write_text(text.getvalue(), encoding="utf-8")
    told = [{k: str(v) if k in _AS_TEXT else v for k, v in row.items()} for row in rows]
    lines = "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in told)
    (folder / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    pq.write_table(
        pa.Table.from_pylist([dict(r) for r in rows], schema=_schema(fields)), folder / f"{name}.parquet"
    )


_TYPES = {
    "rank": "int64",
    "person_id": "int64",
    "subject_id": "int64",
    "row_id": "int64",
    "score": "int64",
    "points": "int64",
    "amount": "int64",
    "age": "int64",
    "chance": "float64",
    "chance_low": "float64",
    "chance_high": "float64",
    "cohort_definition_id": "int64",
    "definition_type_concept_id": "int64",
    "subject_concept_id": "int64",
}


def _schema(fields: Sequence[str]) -> Any:
    import pyarrow as pa

    return pa.schema([(f, getattr(pa, _TYPES.get(f, "string"))()) for f in fields])
