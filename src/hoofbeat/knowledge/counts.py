"""Patients counted from case files, publication by publication: they deepen what the annotations say."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from hoofbeat.errors import KnowledgeError

FILE_NAME = "patient_counts.tsv"
_COLUMNS = ("disease", "name", "publication", "term", "n", "of")
_FROM = "# counted from "


class PatientCount(NamedTuple):
    """In one publication, n of the patients with a disease had a finding, of those in whom it was sought."""

    disease: str
    name: str
    publication: str
    term: str
    n: int
    of: int


def write_counts(path: Path, counts: Iterable[PatientCount], *, made_from: Iterable[str]) -> None:
    """Write counts as a table; the same counts give the same bytes."""
    with path.open("w", encoding="utf-8", newline="") as file:
        for source in made_from:
            file.write(f"{_FROM}{source}\n")
        writer = csv.writer(file, delimiter="\t", lineterminator="\n")
        writer.writerow(_COLUMNS)
        writer.writerows(sorted(counts))


class Added(NamedTuple):
    """A table of counts after more were added: the counts, their files, how many were there already."""

    counts: list[PatientCount]
    made_from: list[str]
    known: int


def add_counts(path: Path, counts: Iterable[PatientCount], *, made_from: Iterable[str]) -> Added:
    """Return the counts of a table and more beside them; the table itself is not changed, nor needs to exist.

    Who was counted is not kept, so that patients of one disease in one publication may be the same: of two
    counts of one finding the larger stays, and they are never added up.
    Raises KnowledgeError naming file and line of the first fault in the table.
    """
    there = read_counts(path) if path.exists() else []
    lines = path.read_text(encoding="utf-8").splitlines() if there else []
    files = [line.removeprefix(_FROM) for line in lines if line.startswith(_FROM)]
    kept = {_of_what(count): count for count in there}
    known = 0
    for count in counts:
        before = kept.get(_of_what(count))
        known += before is not None
        if before is None or before.of < count.of:
            kept[_of_what(count)] = count
    return Added(sorted(kept.values()), list(dict.fromkeys([*files, *made_from])), known)


def _of_what(count: PatientCount) -> tuple[str, str, str]:
    return count.disease, count.publication, count.term


def read_counts(path: Path) -> list[PatientCount]:
    """Read a table of counts. Raises KnowledgeError naming file and line of the first fault."""
    found = []
    lines = path.read_text(encoding="utf-8").splitlines()
    numbered = [(n, line.split("\t")) for n, line in enumerate(lines, 1) if line and line[0] != "#"]
    if not numbered or tuple(numbered[0][1]) != _COLUMNS:
        raise _fault(path, 1, f"the columns are not {', '.join(_COLUMNS)}")
    for number, fields in numbered[1:]:
        if len(fields) != len(_COLUMNS):
            raise _fault(path, number, f"{len(fields)} columns where {len(_COLUMNS)} are wanted")
        disease, name, publication, term, n, of = fields
        if not (n.isdecimal() and of.isdecimal() and 0 <= int(n) <= int(of) and int(of) > 0):
            raise _fault(path, number, f"{n} of {of} is no count of patients")
        found.append(PatientCount(disease, name, publication, term, int(n), int(of)))
    return found


def _fault(path: Path, line: int, what: str) -> KnowledgeError:
    return KnowledgeError(
        what,
        where=f"{path}, line {line}",
        why="Counts of patients change frequencies, so that none is used until all are in order.",
        remedy="write the file again with: hoofbeat fit",
    )
