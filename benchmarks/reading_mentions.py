"""Findings read from annotated texts: how right, and how fast.

python benchmarks/reading_mentions.py CORPUS.jsonl...; beside hoofbeat's reader an exact dictionary (HPO's own
names, longest first, case ignored) is scored on the same texts in the same run.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable
from pathlib import Path
from time import perf_counter

from hoofbeat.reading.mentions import find_mentions
from hoofbeat.reading.model import Mention, Span
from hoofbeat.reading.scoring import read_annotated, score_file
from hoofbeat.terms import load_ontology

WORD = re.compile(r"\w+")
LONGEST = 12


def exact_dictionary() -> Callable[[str], Iterable[Mention]]:
    """Return a reader that knows HPO's labels and synonyms as they are written."""
    onto = load_ontology()
    names: dict[tuple[str, ...], int] = {}
    for i, _, name in onto.names():
        if onto.phenotypic[i]:
            names.setdefault(tuple(WORD.findall(name.text.lower())), i)

    def read(text: str) -> list[Mention]:
        places = [m.span() for m in WORD.finditer(text.lower())]
        words = [text[s:e].lower() for s, e in places]
        found, k = [], 0
        while k < len(words):
            size = next(
                (n for n in range(min(LONGEST, len(words) - k), 0, -1) if tuple(words[k : k + n]) in names), 0
            )
            if size:
                term = onto.ids[names[tuple(words[k : k + size])]]
                span = Span(places[k][0], places[k + size - 1][1])
                found.append(Mention((span,), term, 1.0, "label"))
            k += size or 1
        return found

    return read


def main(paths: list[str]) -> None:
    """Print one line a file and reader."""
    readers: dict[str, Callable[[str], Iterable[Mention]]] = {
        "balanced": lambda text: find_mentions(text, cutoff="balanced"),
        "clinic": find_mentions,
        "exact dictionary": exact_dictionary(),
    }
    find_mentions("")
    for path in map(Path, paths):
        documents = read_annotated(path)
        size = sum(len(d.text) for d in documents) / 1000
        for name, read in readers.items():
            start = perf_counter()
            scored = score_file(documents, read)
            speed = size / (perf_counter() - start)
            for level in ("mention", "document"):
                if scored[level]:
                    s = scored[level]
                    low, high = s["f1_range"]
                    print(
                        f"{path.name:26} {name:17} {level:9} P {s['precision']:.3f} R {s['recall']:.3f}"
                        f" F1 {s['f1']:.3f} ({low:.3f}–{high:.3f}) {speed:6.0f} kB/s"
                    )


if __name__ == "__main__":
    main(sys.argv[1:])
