"""How well mentions are read, counted against texts that people have annotated.

Mention: same id, overlapping characters, one to one, micro-averaged. Document: the set of ids named in a
text, phenotypic abnormalities only. Ranges: 95 %, bootstrap over documents (Efron 1979).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.errors import InputError
from hoofbeat.reading.model import Mention
from hoofbeat.terms import load_ontology

_DRAWS = 1000
Counts = npt.NDArray[np.int64]


class Gold(NamedTuple):
    """One annotated finding; spans may be empty where only the document is annotated."""

    term: str
    spans: tuple[tuple[int, int], ...]
    assertion: str


class Annotated(NamedTuple):
    """One annotated text. level: "mention" or "doc", what the annotators marked."""

    id: str
    text: str
    gold: tuple[Gold, ...]
    level: str


class Score(NamedTuple):
    """Precision, recall and F1, each with its 95 % range."""

    precision: float
    recall: float
    f1: float
    precision_range: tuple[float, float]
    recall_range: tuple[float, float]
    f1_range: tuple[float, float]

    def as_json(self) -> dict[str, Any]:
        """Return plain values, rounded to four places."""
        return {
            k: [round(x, 4) for x in v] if isinstance(v, tuple) else round(v, 4)
            for k, v in self._asdict().items()
        }


def read_annotated(path: Path) -> list[Annotated]:
    """Read annotated texts, one JSON object a line; ids that HPO has replaced are brought up to date.

    Raises InputError naming the line that cannot be read.
    """
    found = []
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                found.append(_annotated(line, f"{path}, line {number}"))
    return found


def _annotated(line: str, place: str) -> Annotated:
    try:
        content = json.loads(line)
        gold = tuple(_gold(a) for a in content.get("anns", ()))
        level = str(content.get("level", "mention"))
        return Annotated(str(content["id"]), str(content["text"]), gold, level)
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise InputError(
            "This line is no annotated text",
            where=place,
            why="Scoring needs {id, text, anns: [{spans, hp}], level}.",
            remedy="compare the line with the format above",
        ) from fault


def _gold(annotation: Mapping[str, Any]) -> Gold:
    onto = load_ontology()
    given = str(annotation["hp"])
    spans = tuple((int(s), int(e)) for s, e in annotation.get("spans") or ())
    return Gold(onto.resolve(given).id or given, spans, str(annotation.get("assertion") or ""))


def score_file(documents: Sequence[Annotated], read: Callable[[str], Iterable[Mention]]) -> dict[str, Any]:
    """Return {documents, mention, document} for annotated texts; mention is None at document level.

    read: what finds the mentions of a text, such as find_mentions.
    """
    mentions = [list(read(d.text)) for d in documents]
    by_set = np.array([document_counts(d, m) for d, m in zip(documents, mentions, strict=True)])
    marked = [(d, m) for d, m in zip(documents, mentions, strict=True) if d.level == "mention"]
    by_mention = np.array([mention_counts(d, m) for d, m in marked])
    return {
        "documents": len(documents),
        "mention": summed(by_mention).as_json() if marked else None,
        "document": summed(by_set).as_json() if len(by_set) else None,
    }


def document_counts(document: Annotated, mentions: Iterable[Mention]) -> tuple[int, int, int]:
    """Return (right, proposed, annotated) for the sets of ids of one text."""
    gold = {g.term for g in _phenotypic(document.gold)}
    found = {m.term for m in mentions}
    return len(gold & found), len(found), len(gold)


def mention_counts(document: Annotated, mentions: Sequence[Mention]) -> tuple[int, int, int]:
    """Return (right, proposed, annotated) for the mentions of one text."""
    gold = [g for g in _phenotypic(document.gold) if g.spans]
    free = list(range(len(gold)))
    right = 0
    for mention in mentions:
        fits = [k for k in free if gold[k].term == mention.term and overlap(mention.spans, gold[k].spans)]
        if fits:
            best = max(fits, key=lambda k: overlap(mention.spans, gold[k].spans))
            free.remove(best)
            right += 1
    return right, len(mentions), len(gold)


def overlap(left: Iterable[tuple[int, int]], right: Sequence[tuple[int, int]]) -> int:
    """Return how many characters two sets of spans share.

    >>> overlap([(0, 4)], [(2, 9)])
    2
    """
    return sum(max(0, min(e, f) - max(s, r)) for s, e in left for r, f in right)


def _phenotypic(gold: Iterable[Gold]) -> Iterator[Gold]:
    onto = load_ontology()
    for g in gold:
        resolved = onto.resolve(g.term)
        if resolved.id is not None and onto.phenotypic[onto.index(resolved.id)]:
            yield g


def summed(counts: Counts, *, seed: int = 20250116) -> Score:
    """Return the micro-averaged score of counts (documents, 3): right, proposed, annotated."""
    precision, recall, f1 = (float(v) for v in _rates(counts.sum(axis=0)[None, :])[0])
    rng = np.random.default_rng(seed)
    weights = rng.multinomial(len(counts), np.full(len(counts), 1 / len(counts)), size=_DRAWS)
    ends = np.quantile(_rates(weights @ counts), [0.025, 0.975], axis=0)
    ranges = [(float(low), float(high)) for low, high in ends.T]
    return Score(precision, recall, f1, *ranges)


def _rates(totals: npt.NDArray[Any]) -> npt.NDArray[np.float64]:
    """Precision, recall, F1 of totals (n, 3); nothing proposed has precision 0."""
    right, proposed, annotated = np.asarray(totals, dtype=np.float64).T
    precision = right / np.maximum(proposed, 1)
    recall = right / np.maximum(annotated, 1)
    return np.stack([precision, recall, 2 * right / np.maximum(proposed + annotated, 1)], axis=1)
