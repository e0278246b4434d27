"""Reads HPO's annotation file, merges OMIM and Orphanet twins, and adds patients counted elsewhere."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from hoofbeat.knowledge.counts import PatientCount
from hoofbeat.knowledge.onsets import onset_spans
from hoofbeat.terms import Ontology

PAIRS = Path(__file__).parent / "data" / "mondo_pairs.tsv"

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
# other references are databases
PAPER = ("PMID:", "DOI:")


@dataclass
class _Gathered:
    """What the annotation file says, by entry."""

    members: dict[str, list[str]] = field(default_factory=dict)
    names: dict[str, str] = field(default_factory=dict)
    phenotype: dict[str, list[tuple[int, str, str]]] = field(default_factory=dict)
    # entry, term and publication of the rows that are not the file's but counted from patients
    fitted: set[tuple[str, int, str]] = field(default_factory=set)
    absent: dict[str, set[int]] = field(default_factory=dict)
    # low and high age, weight, references; and the references of each row that says X-linked
    onset: dict[str, list[tuple[float, float, int, str]]] = field(default_factory=dict)
    x_linked: dict[str, list[str]] = field(default_factory=dict)


def compile_annotations(
    path: Path,
    onto: Ontology,
    counts: Collection[PatientCount] = (),
    aliases: Collection[tuple[str, ...]] = (),
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Read phenotype.hpoa and return its arrays and words; twins by MONDO exact match become one entry.

    counts: patients counted elsewhere, added where no row of the same term cites their publication. aliases:
    the ids that mean one disease, its own first, for each of our models.
    """
    release, lines = _read_lines(path)
    group = _twins({fields[0] for fields in lines})
    gathered = _Gathered()
    for fields in lines:
        _take(gathered, group.get(fields[0], fields[0]), fields, onto)
    _deepen(gathered, counts, onto, aliases)
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
            gathered.onset.setdefault(entry, []).append((*ONSETS[onset], 1, reference))
    elif aspect == "C" and term in ONSETS:
        # the disease's own onset rows say more than onsets of single findings
        gathered.onset.setdefault(entry, []).append((*ONSETS[term], 5, reference))
    elif aspect == "I" and term in _X_LINKED:
        gathered.x_linked.setdefault(entry, []).append(reference)


def _deepen(
    gathered: _Gathered,
    counts: Collection[PatientCount],
    onto: Ontology,
    aliases: Collection[tuple[str, ...]],
) -> None:
    """Add counted patients, each once: a term whose row cites their publication has them already.

    Of two counts of one finding in one publication, which may be of the same patients, the larger is used.
    """
    told = {
        (entry, term, paper)
        for entry, rows in gathered.phenotype.items()
        for term, _, reference in rows
        for paper in reference.split(";")
    }
    entry_of = _entries(gathered.members, aliases)
    for count in sorted(counts, key=lambda c: -c.of):
        name = count.disease.strip().upper()
        entry = entry_of.setdefault(name, count.disease.strip())
        if entry not in gathered.members:
            gathered.members[entry] = [entry]
            gathered.names[entry] = count.name or entry
        resolved = onto.resolve(count.term)
        if resolved.id is None:
            continue
        index = onto.index(resolved.id)
        if (entry, index, count.publication) not in told:
            told.add((entry, index, count.publication))
            row = index, f"{count.n}/{count.of}", count.publication
            gathered.phenotype.setdefault(entry, []).append(row)
            gathered.fitted.add((entry, index, count.publication))


def _entries(members: dict[str, list[str]], aliases: Collection[tuple[str, ...]]) -> dict[str, str]:
    """The entry that each id means, in capitals: its own, its MONDO id, or one that a model of ours has."""
    found = {i.upper(): entry for entry, ids in members.items() for i in ids}
    for entry, mondo in _mondo_of(members).items():
        for name in mondo:
            found.setdefault(name.upper(), entry)
    for names in aliases:
        entry = next((found[n.upper()] for n in names if n.upper() in found), names[0])
        for name in names:
            found.setdefault(name.upper(), entry)
    return found


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
    for line in PAIRS.read_text(encoding="utf-8").splitlines():
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
    fitted: list[bool] = []
    start = [0]
    for entry in order:
        for term, frequency, reference in sorted(gathered.phenotype.get(entry, [])):
            rows.append((term, *_frequency(frequency)))
            fitted.append((entry, term, reference) in gathered.fitted)
            cited.append([references.setdefault(r, len(references)) for r in reference.split(";") if r])
        start.append(len(rows))
    columns = np.array([row[1:] for row in rows], dtype=np.float32).reshape(-1, 4)
    absent = [sorted(gathered.absent.get(e, ())) for e in order]
    papers = [{r for *_, said in gathered.phenotype.get(e, ()) for r in said.split(";")} for e in order]
    arrays: dict[str, npt.NDArray[Any]] = {
        "start": np.array(start, dtype=np.int32),
        "term": np.array([row[0] for row in rows], dtype=np.int32),
        "fitted": np.array(fitted, dtype=bool),
        "reference_start": np.cumsum([0, *map(len, cited)], dtype=np.int32),
        "reference": np.array([i for row in cited for i in row], dtype=np.int32),
        "absent_start": np.cumsum([0, *map(len, absent)], dtype=np.int32),
        "absent": np.array([t for terms in absent for t in terms], dtype=np.int32),
        "publications": np.array([sum(r.startswith(PAPER) for r in p) for p in papers], dtype=np.int32),
    }
    arrays |= _framing(gathered, order, references)
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


def _framing(
    gathered: _Gathered, order: list[str], references: dict[str, int]
) -> dict[str, npt.NDArray[Any]]:
    """Rows that say when a disease begins, and which is X-linked, with what they cite; by entry.

    onset: low and high age and weight. A row that cites nothing has -1 for its one reference.
    """
    onset = [(e, *row) for e, name in enumerate(order) for row in gathered.onset.get(name, [])]
    linked = [(e, cited) for e, name in enumerate(order) for cited in gathered.x_linked.get(name, [])]
    numbered = {"onset": [row[4] for row in onset], "x_linked": [cited for _, cited in linked]}
    arrays: dict[str, npt.NDArray[Any]] = {
        "onset": np.array([row[1:4] for row in onset], dtype=np.float32).reshape(-1, 3),
        "onset_entry": np.array([row[0] for row in onset], dtype=np.int32),
        "x_linked": np.isin(np.arange(len(order)), [e for e, _ in linked]),
        "x_linked_entry": np.array([e for e, _ in linked], dtype=np.int32),
    }
    kept = np.ones(len(onset), dtype=bool)
    arrays["onset_span"] = onset_spans(arrays["onset_entry"], arrays["onset"], kept, len(order))
    for name, texts in numbered.items():
        cited = [
            [references.setdefault(r, len(references)) for r in t.split(";") if r] or [-1] for t in texts
        ]
        arrays[f"{name}_cited_start"] = np.cumsum([0, *map(len, cited)], dtype=np.int32)
        arrays[f"{name}_cited"] = np.array([i for row in cited for i in row], dtype=np.int32)
    return arrays


def _tidy(name: str) -> str:
    """OMIM's inverted capitals made readable; mixed case is left alone."""
    name = name.split(";", maxsplit=1)[0].strip()
    return name.capitalize() if name.isupper() else name
