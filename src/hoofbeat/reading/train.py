"""Build the ranker's file: python -m hoofbeat.reading.train CORPUS.jsonl... --out FILE.

Needs scikit-learn, for the build only. The same corpora give the same bytes: documents are sorted and the
seed is fixed. The cut-offs are chosen by cross-validation over texts, so that none is judged by a forest
that has seen it.
"""

from __future__ import annotations

import argparse
import re
import sys
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.reading.abbreviations import with_explained
from hoofbeat.reading.candidates import Candidates, Words, find_candidates, read_words
from hoofbeat.reading.exam_lines import own_texts
from hoofbeat.reading.features import NAMES, features, impossible
from hoofbeat.reading.forest import FILE
from hoofbeat.reading.lexicon import Lexicon, load_lexicon
from hoofbeat.reading.scoring import Annotated, overlap, read_annotated
from hoofbeat.reading.select import select

SEED = 20250116
TREES, LEAF, SHARE = 100, 3, 0.3
OWN_LINES = 3000
FOLDS = 5
_CUTS = np.arange(0.30, 0.60, 0.025)


class Example(NamedTuple):
    """One annotated text, its candidates, their columns, and which of them the annotators marked."""

    document: Annotated
    words: Words
    found: Candidates
    columns: npt.NDArray[np.float32]
    marked: npt.NDArray[np.bool_]


def example(document: Annotated, lexicon: Lexicon) -> Example:
    """Read one annotated text."""
    words = read_words(document.text, lexicon)
    found = with_explained(document.text, words, find_candidates(words, lexicon), lexicon)
    columns = features(document.text, words, found, lexicon)
    return Example(document, words, found, columns, _marked(document, words, found, lexicon))


def _marked(document: Annotated, words: Words, found: Candidates, lexicon: Lexicon) -> npt.NDArray[np.bool_]:
    """Which candidates have an annotated term at its place, or anywhere if only the text is annotated."""
    gold: dict[str, list[tuple[tuple[int, int], ...]]] = {}
    for g in document.gold:
        gold.setdefault(g.term, []).append(g.spans)
    ids, start, end = lexicon.onto.ids, words.tokens.start, words.tokens.end
    marked = np.zeros(len(found), dtype=bool)
    for k in range(len(found)):
        there = gold.get(ids[int(lexicon.term[found.row[k]])], ())
        own = found.token[k][(found.token[k] >= 0) & ~found.lent[k]].tolist()
        spans = [(int(start[t]), int(end[t])) for t in own]
        marked[k] = any(document.level == "doc" or overlap(spans, g) for g in there)
    return marked


def train(paths: Sequence[Path]) -> dict[str, npt.NDArray[Any]]:
    """Return the arrays of hoofbeat.reading.forest.Forest, trained on annotated texts and on our own."""
    lexicon = load_lexicon()
    documents = sorted({d for path in paths for d in read_annotated(path)}, key=lambda d: (d.id, d.text))
    examples = [example(d, lexicon) for d in documents]
    own = [example(d, lexicon) for d in own_texts(lexicon, OWN_LINES)]
    balanced = _best_cut(examples, own, lexicon)
    arrays = flattened(fitted([*examples, *own]))
    arrays["names"] = np.array(NAMES)
    arrays["cutoff_names"] = np.array(["balanced", "clinic"])
    arrays["cutoffs"] = np.round([balanced, balanced], 4)
    return arrays


def fitted(examples: Sequence[Example]) -> Any:
    """Return a forest fitted to the candidates of these texts."""
    from sklearn.ensemble import ExtraTreesClassifier  # type: ignore[import-untyped, import-not-found, unused-ignore]  # it has no types, and is seldom installed

    columns = np.concatenate([e.columns for e in examples])
    marked = np.concatenate([e.marked for e in examples])
    forest = ExtraTreesClassifier(
        TREES, min_samples_leaf=LEAF, max_features=SHARE, random_state=SEED, n_jobs=2
    )
    return forest.fit(columns, marked)


def fold(document: Annotated) -> int:
    """Return the fold of a text: the same text always falls into the same one, whoever annotated it."""
    letters = re.sub(r"\W", "", document.text.lower())[:200]
    return zlib.crc32(letters.encode()) % FOLDS


def cross_validated(examples: Sequence[Example], own: Sequence[Example]) -> list[npt.NDArray[np.float64]]:
    """Return the chances of each example's candidates from a forest that has not seen its text."""
    chances: list[npt.NDArray[np.float64]] = [np.empty(0)] * len(examples)
    for k in range(FOLDS):
        forest = fitted([*(e for e in examples if fold(e.document) != k), *own])
        for n, e in enumerate(examples):
            if fold(e.document) == k and len(e.found):
                chance = forest.predict_proba(e.columns)[:, 1]
                chances[n] = np.where(impossible(e.columns), 0.0, chance)
    return chances


def _best_cut(examples: Sequence[Example], own: Sequence[Example], lexicon: Lexicon) -> float:
    """The cut-off with the best F1 over document sets of ids, each text counted once."""
    chances = cross_validated(examples, own)
    scores = []
    for cut in _CUTS.tolist():
        right = proposed = annotated = 0
        for e, chance in zip(examples, chances, strict=True):
            chosen = select(e.found, chance, lexicon, cut) if len(e.found) else []
            named = {lexicon.onto.ids[int(lexicon.term[e.found.row[k]])] for k in chosen}
            gold = {g.term for g in e.document.gold if _is_finding(g.term, lexicon)}
            right += len(named & gold)
            proposed += len(named)
            annotated += len(gold)
        scores.append(2 * right / max(proposed + annotated, 1))
    return float(_CUTS[int(np.argmax(scores))])


def _is_finding(term: str, lexicon: Lexicon) -> bool:
    resolved = lexicon.onto.resolve(term).id
    return resolved is not None and bool(lexicon.onto.phenotypic[lexicon.onto.index(resolved)])


def flattened(forest: Any) -> dict[str, npt.NDArray[Any]]:
    """Return the trees of a fitted forest end to end, the two branches of each node side by side."""
    column, threshold, left, chance, roots = [], [], [], [], []
    base = 0
    for estimator in forest.estimators_:
        tree = estimator.tree_
        order, place = _side_by_side(tree.children_left, tree.children_right)
        inner = tree.children_left[order] >= 0
        column.append(np.where(inner, tree.feature[order], -1))
        threshold.append(_not_above(tree.threshold[order]))
        left.append(np.where(inner, place[tree.children_left[order]] + base, 0))
        answer = tree.value[order][:, 0, :]
        chance.append(np.round(65535 * answer[:, 1] / answer.sum(axis=1)))
        roots.append(base)
        base += len(order)
    return {
        "column": np.concatenate(column).astype(np.int16),
        "threshold": np.concatenate(threshold),
        "left": np.concatenate(left).astype(np.int32),
        "chance": np.concatenate(chance).astype(np.uint16),
        "roots": np.array(roots, dtype=np.int32),
    }


def _side_by_side(
    left: npt.NDArray[np.int64], right: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Order of the nodes from the root down, and the new place of each."""
    order, k = [0], 0
    while k < len(order):
        node = order[k]
        if left[node] >= 0:
            order += [int(left[node]), int(right[node])]
        k += 1
    place = np.empty(len(left), dtype=np.int64)
    place[order] = np.arange(len(order))
    return np.array(order, dtype=np.int64), place


def _not_above(threshold: npt.NDArray[np.float64]) -> npt.NDArray[np.float32]:
    """Thresholds in single precision, none rounded up, so that no value changes sides."""
    rounded = threshold.astype(np.float32)
    return np.where(rounded > threshold, np.nextafter(rounded, np.float32(-np.inf)), rounded)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write the file."""
    parser = argparse.ArgumentParser(prog="python -m hoofbeat.reading.train", description=__doc__)
    parser.add_argument("corpora", nargs="+", type=Path, metavar="CORPUS.jsonl")
    parser.add_argument("--out", type=Path, default=FILE)
    given = parser.parse_args(arguments)
    arrays = train(sorted(given.corpora))
    np.savez_compressed(given.out, **arrays, allow_pickle=False)
    sys.stderr.write(f"{given.out}: {len(arrays['column'])} nodes, cut-offs {arrays['cutoffs'].tolist()}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
