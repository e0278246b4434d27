"""Findings read from texts that the ranker has not seen: five forests, each trained without a fifth of them.

python benchmarks/reading_mentions.py CORPUS.jsonl...; give the files that the ranker was trained on. A text
that several files hold falls into the same fifth in all. Rules and words were written with these texts at
hand, so that this is still kinder than texts nobody has looked at. Needs scikit-learn.
"""

from __future__ import annotations

import sys
from pathlib import Path
from time import perf_counter

import numpy as np

from hoofbeat.reading import mentions, train
from hoofbeat.reading.features import NAMES
from hoofbeat.reading.forest import Forest, load_forest
from hoofbeat.reading.lexicon import load_lexicon
from hoofbeat.reading.model import Mention
from hoofbeat.reading.scoring import read_annotated, score_file


def unseen(paths: list[Path]) -> dict[str, list[Mention]]:
    """Return the mentions of each text, read with a forest that was trained on the other four fifths."""
    lexicon, shipped = load_lexicon(), load_forest(NAMES)
    documents = sorted({d for path in paths for d in read_annotated(path)}, key=lambda d: (d.id, d.text))
    examples = [train.example(d, lexicon) for d in documents]
    own = [train.example(d, lexicon) for d in train.own_texts(lexicon, train.OWN_LINES)]
    names, cuts = zip(*shipped.cutoffs.items(), strict=True)
    found: dict[str, list[Mention]] = {}
    for fifth in range(train.FOLDS):
        others = [e for e in examples if train.fold(e.document) != fifth]
        arrays = train.flattened(train.fitted([*others, *own]))
        arrays |= {"cutoff_names": np.array(names), "cutoffs": np.array(cuts)}
        forest = Forest(arrays, NAMES)
        mentions.load_forest = lambda _names, forest=forest: forest
        for d in documents:
            if train.fold(d) == fifth:
                found[d.text] = mentions.find_mentions(d.text, cutoff="balanced")
    mentions.load_forest = load_forest
    return found


def main() -> None:
    """Print what each file scores."""
    paths = [Path(word) for word in sys.argv[1:]]
    if not paths:
        raise SystemExit(__doc__)
    started = perf_counter()
    found = unseen(paths)
    for path in paths:
        scored = score_file(read_annotated(path), found.__getitem__)
        print(f"{path.name}: {scored['documents']} texts")
        for level in ("mention", "document"):
            s = scored[level]
            if s:
                low, high = s["f1_range"]
                both = f"P {s['precision']:.3f}  R {s['recall']:.3f}"
                print(f"  {level:<9} F1 {s['f1']:.3f} ({low:.3f}-{high:.3f})  {both}")
    print(f"{perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
