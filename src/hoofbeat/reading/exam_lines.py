"""Exam lines of our own making, for training: terms under a heading, said the ways that notes say them.

The annotated texts that may be learned from are abstracts and reports in whole sentences. Notes of an
examination are not: "EARS: low-set, mildly rotated." So lines are made from the ontology's own names, and
short letters of our own are read from a file, both with their findings marked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from hoofbeat.reading.compile_lexicon import DATA, KINDS, content_words, read_yaml
from hoofbeat.reading.lexicon import Lexicon
from hoofbeat.reading.scoring import Annotated, Gold
from hoofbeat.reading.words import forms

HEADINGS, LETTERS = DATA / "exam_headings.yaml", DATA / "own_letters.yaml"
_NAMED = tuple(KINDS.index(k) for k in ("LABEL", "EXACT", "OURS", "RELATED"))
_NOT_SAID = re.compile(r"^Abnormal|^Aplasia/|^Any |morphology|/[A-Za-z]", re.IGNORECASE)
_NORMAL = re.compile(r"^Abnormal(?:ity of (?:the )?| )(.{3,30}?)(?: morphology)?$")
_MARKED = re.compile(r"\[\[([^|\]]+)\|(HP:\d{7})\]\]")
_LINKS = (", ", ", ", ", ", "; ", ". ", " and ", " with ")


class _Item(NamedTuple):
    """Words of a line, and which stretches of them name which term."""

    text: str
    marks: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = ()


class _Heading(NamedTuple):
    heads: Sequence[str]
    spares: frozenset[str]
    names: Sequence[tuple[int, str]]
    weights: Sequence[float]
    normal: Sequence[tuple[int, str]]
    meanings: Mapping[tuple[str, ...], int]


def own_texts(lexicon: Lexicon, lines: int, seed: int = 7) -> list[Annotated]:
    """Return exam lines made from names, and the letters of our own file; the same for the same seed."""
    return [*_exam_lines(lexicon, lines, Random(seed)), *_letters(LETTERS)]  # noqa: S311 - no secret


def _letters(path: Path) -> Iterator[Annotated]:
    for number, marked in enumerate(read_yaml(path)["letters"]):
        text, gold, done = "", [], 0
        for found in _MARKED.finditer(marked):
            text += marked[done : found.start()]
            gold.append(Gold(found[2], ((len(text), len(text) + len(found[1])),), "present"))
            text += found[1]
            done = found.end()
        yield Annotated(f"letter-{number}", text + marked[done:], tuple(gold), "mention")


def _exam_lines(lexicon: Lexicon, lines: int, rng: Random) -> Iterator[Annotated]:
    content = read_yaml(HEADINGS)
    headings = [_heading(lexicon, entry) for entry in content["headings"]]
    for number in range(lines):
        heading = rng.choice(headings)
        head = rng.choice(list(heading.heads))
        shown = rng.random() < 0.8
        items = [_item(heading, content, rng, shown=shown) for _ in range(rng.choice((1, 1, 2, 2, 3, 4)))]
        text = f"{head if rng.random() < 0.7 else head.capitalize()}: " if shown else ""
        gold: list[Gold] = []
        for k, item in enumerate(items):
            link = rng.choice(_LINKS) if k else ""
            words = item.text[:1].upper() + item.text[1:] if k == 0 or link == ". " else item.text
            at = len(text) + len(link)
            text += link + words
            gold += [
                Gold(lexicon.onto.ids[int(term)], tuple((at + s, at + e) for s, e in spans), "present")
                for term, spans in item.marks
            ]
        yield Annotated(f"line-{number}", text + rng.choice((".", "")), tuple(gold), "mention")


def _heading(lexicon: Lexicon, entry: dict[str, Any]) -> _Heading:
    onto = lexicon.onto
    under = {int(i) for u in entry["under"] for i in onto.descendant_indices(onto.index(u["term"]))}
    names, weights, normal = [], [], []
    of_term: dict[int, list[str]] = {}
    for term, kind, text in zip(lexicon.term.tolist(), lexicon.kind.tolist(), lexicon.texts, strict=True):
        if term in under and kind in _NAMED and len(content_words(text)) <= 5:
            if not _NOT_SAID.search(text):
                of_term.setdefault(term, []).append(text)
            elif kind == 0 and (said := _NORMAL.match(text)):
                normal.append((term, said[1]))
    for term in sorted(of_term):
        for text in of_term[term]:
            names.append((term, text))
            weights.append((float(lexicon.used[term]) + 0.2) ** 2 / len(of_term[term]))
    spares = frozenset(forms(w, {})[2] for w in entry["spares"])
    meanings = {_words_of(text): term for term, text in reversed(names)}
    return _Heading(entry["heads"], spares, names, weights, normal, meanings)


def _words_of(text: str) -> tuple[str, ...]:
    return tuple(sorted({forms(w, {})[2] for w in content_words(text)}))


def _item(heading: _Heading, content: dict[str, Any], rng: Random, *, shown: bool) -> _Item:
    kind = rng.random()
    if kind < 0.12:
        return _Item(rng.choice(content["fillers"]))
    if kind < 0.2 and heading.normal:
        term, words = rng.choice(list(heading.normal))
        say = rng.choice(
            (f"normal {words}", f"{words} normal", f"{words} unremarkable", f"{words} are normal")
        )
        return _Item(say, ((str(term), ((0, len(say)),)),))
    (term, name), (other, second) = rng.choices(heading.names, heading.weights, k=2)
    if kind < 0.35 and term != other and (joined := _shared(term, name, other, second)):
        return joined
    return _said(heading, (term, name), content, rng, shown=shown)


def _said(
    heading: _Heading, finding: tuple[int, str], content: dict[str, Any], rng: Random, *, shown: bool
) -> _Item:
    """One finding: without what the heading says, turned round, or with a word of degree."""
    term, name = finding
    words = re.sub(r"\s*\(.*?\)", "", name).split()
    words = [w if w.isupper() and len(w) > 1 else w.lower() for w in words]
    if shown and len(words) > 1 and rng.random() < 0.6:
        kept = [w for w in words if forms(w.strip(",."), {})[2] not in heading.spares]
        if 0 < len(kept) < len(words):
            words = [w for k, w in enumerate(kept) if w not in {"of", "the", "in"} or 0 < k < len(kept) - 1]
    if len(words) == 2 and rng.random() < 0.3:
        words = [words[1], *rng.choice((["is"], ["are"], ["appear"], [])), words[0]]
    if len(words) > 1 and rng.random() < 0.1:
        words.insert(rng.randrange(1, len(words)), rng.choice(content["degrees"]))
    text = " ".join(words)
    before = ""
    if rng.random() < 0.25:
        degree = rng.choice(content["degrees"])
        before = f"{degree} "
        # "recurrent" makes another term of some findings
        named = heading.meanings.get(_words_of(f"{degree} {text}"))
        if named is not None:
            return _Item(before + text, ((str(named), ((0, len(before) + len(text)),)),))
    elif rng.random() < 0.15:
        before = f"{rng.choice(content['openings'])} "
    elif rng.random() < 0.08:
        before = "no "
    after = rng.choice((" bilaterally", " noted", " on the left", " (2.1 cm)")) if rng.random() < 0.12 else ""
    return _Item(before + text + after, ((str(term), ((len(before), len(before) + len(text)),)),))


def _shared(term: int, name: str, other: int, second: str) -> _Item | None:
    """Two findings that share a word: "long fingers and toes", "low-set and rotated ears"."""
    a, b = name.lower().split(), second.lower().split()
    if len(a) != 2 or len(b) != 2:
        return None
    if a[1] == b[1] and a[0] != b[0]:
        text = f"{a[0]} and {b[0]} {a[1]}"
        noun = (len(text) - len(a[1]), len(text))
        start = len(a[0]) + 5
        marks: tuple[tuple[str, tuple[tuple[int, int], ...]], ...] = (
            (str(term), ((0, len(a[0])), noun)),
            (str(other), ((start, len(text)),)),
        )
    elif a[0] == b[0] and a[1] != b[1]:
        text = f"{a[0]} {a[1]} and {b[1]}"
        marks = (
            (str(term), ((0, len(a[0]) + 1 + len(a[1])),)),
            (str(other), ((0, len(a[0])), (len(text) - len(b[1]), len(text)))),
        )
    else:
        return None
    return _Item(text, marks)
