"""Scoring of negation, history and experiencer on sentences with one marked concept (the NegEx test kit)."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from hoofbeat.errors import InputError
from hoofbeat.reading.context import assert_mentions
from hoofbeat.reading.model import Assertion, Span

_FIELDS = ("concept", "text", "neg", "temp", "exp")


def score_negex(lines: Iterable[str]) -> dict[str, Any]:
    """Return counts, precision, recall and F1 for negated, historical and somebody else's concepts.

    lines: JSON, one concept each: {concept, text, neg: Affirmed|Negated, temp: Recent|Historical|…,
    exp: Patient|…}. A finding that "has resolved" counts as negated, which is how the kit was annotated. A
    concept that its text does not hold counts as read as affirmed. Raises InputError for other lines.
    """
    counts = {
        name: {"tp": 0, "fp": 0, "fn": 0, "tn": 0} for name in ("negated", "historical", "other_person")
    }
    number = not_found = 0
    for number, line in enumerate(lines, 1):
        row = _row(line, number)
        span = locate(row["concept"], row["text"])
        not_found += span is None
        read = assert_mentions(row["text"], [span])[0] if span else Assertion()
        truth = (row["neg"] == "Negated", row["temp"] == "Historical", row["exp"] != "Patient")
        for name, said, true in zip(counts, labels(row["text"], read), truth, strict=True):
            counts[name][("t" if said == true else "f") + ("p" if said else "n")] += 1
    return {"concepts": number, "not_found": not_found, **{n: _rates(c) for n, c in counts.items()}}


def labels(text: str, read: Assertion) -> tuple[bool, bool, bool]:
    """Return an assertion in the classes of the kit: negated, historical, somebody else's."""
    gone = any("resolved" in text[cue.start : cue.end].lower() for cue in read.cues)
    negated = read.status == "absent" or (read.status == "historical" and gone)
    return negated, read.status == "historical" and not gone, read.who != "patient"


def locate(concept: str, text: str) -> Span | None:
    """Return where a concept stands in a text, whatever its case and blanks; in capitals first.

    >>> locate("low  PAIN", "Pain; LOW PAIN")
    Span(start=6, end=14)
    """
    words = [re.escape(word) for word in concept.split()]
    pattern = r"\s+".join(words)
    before = r"(?<!\w)" if concept[:1].isalnum() else ""
    for flags, form in (
        (0, r"\s+".join(re.escape(w.upper()) for w in concept.split())),
        (re.IGNORECASE, pattern),
    ):
        match = re.search(before + form, text, flags) if words else None
        if match:
            return Span(*match.span())
    return None


def _row(line: str, number: int) -> Mapping[str, Any]:
    try:
        row = json.loads(line)
    except json.JSONDecodeError:
        row = None
    if not isinstance(row, dict) or any(not isinstance(row.get(name), str) for name in _FIELDS):
        raise InputError(
            "This line is no marked concept",
            where=f"line {number}",
            why="Negation is scored on sentences with one concept each.",
            remedy="give one JSON object a line with " + ", ".join(_FIELDS),
        )
    return row


def _rates(counts: dict[str, int]) -> dict[str, float]:
    hit, said, true = counts["tp"], counts["tp"] + counts["fp"], counts["tp"] + counts["fn"]
    precision, recall = (hit / said if said else 0.0), (hit / true if true else 0.0)
    f1 = 2 * hit / (said + true) if said + true else 0.0
    return {**counts, "precision": precision, "recall": recall, "f1": f1}
