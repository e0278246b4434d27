"""How well present, absent and whose are told: NegEx sentences, and letters with known findings.

    python benchmarks/reading_assertion.py --negex FILE.jsonl --letters FILE.jsonl

Letters: {letter, expected_present: [HP…], expected_absent: [HP…]}. Expected findings are looked for by their
labels and synonyms as whole words, so that only the assertion is scored, not the recognition.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from hoofbeat import load_ontology
from hoofbeat.reading.context import assert_mentions
from hoofbeat.reading.model import Assertion, Span
from hoofbeat.reading.rules import rules
from hoofbeat.reading.scoring_assertion import labels, locate, score_negex


def main() -> None:
    """Print the scores, and with --errors each text that was read otherwise."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--negex", type=Path)
    options.add_argument("--letters", type=Path)
    options.add_argument("--errors", action="store_true")
    asked = options.parse_args()
    if asked.negex:
        negex(asked.negex, show=asked.errors)
    if asked.letters:
        letters(asked.letters, show=asked.errors)


def negex(path: Path, *, show: bool) -> None:
    """Print precision, recall and F1 for each class of the kit."""
    lines = path.read_text(encoding="utf-8").splitlines()
    for name, row in score_negex(lines).items():
        print(f"{name:14}", row)
    for line in lines if show else ():
        row = json.loads(line)
        span = locate(row["concept"], row["text"])
        read = assert_mentions(row["text"], [span])[0] if span else Assertion()
        if labels(row["text"], read)[0] != (row["neg"] == "Negated"):
            print(row["id"], row["neg"], read.status, row["concept"], "|", row["text"])


def letters(path: Path, *, show: bool) -> None:
    """Print how often status and who are those expected; a finding of the past counts as had."""
    counts: Counter[str] = Counter()
    texts = []
    for line in path.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        text = row["letter"]
        texts.append(text)
        wanted = [(t, "present") for t in row["expected_present"]] + [
            (t, "absent") for t in row["expected_absent"]
        ]
        spans = [(span, expected) for term, expected in wanted for span in named(term, text)]
        for (span, expected), read in zip(spans, assert_mentions(text, [s for s, _ in spans]), strict=True):
            right = read.who == "patient" and (
                read.status == expected or (read.status == "historical" and expected == "present")
            )
            counts["right" if right else "wrong"] += 1
            counts["historical"] += read.status == "historical"
            if show and not right:
                cues = [text[c.start : c.end] for c in read.cues]
                around = text[max(0, span.start - 60) : span.end + 40]
                print(row.get("case_id"), expected, read.status, read.who, cues, "|", around)
    print(dict(counts), f"{counts['right'] / max(1, counts['right'] + counts['wrong']):.3f}")
    whole = "\n".join(texts) * 50
    started = time.perf_counter()
    found = sum(1 for _ in rules().find(whole))
    print(f"cues: {found}, {len(whole) / 1e6 / (time.perf_counter() - started):.1f} MB/s")


def named(term: str, text: str) -> Iterator[Span]:
    """Yield where a text names a term by its label or a synonym."""
    onto = load_ontology()
    for name in {onto.label(term), *(s.text for s in onto.synonyms(term))}:
        for match in re.finditer(rf"(?<!\w){re.escape(name)}(?!\w)", text, re.IGNORECASE):
            yield Span(*match.span())


if __name__ == "__main__":
    main()
