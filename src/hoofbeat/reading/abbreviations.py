"""Abbreviations that a text explains itself: "basal cell carcinomas (BCCs)".

After the brackets the short form means what stood before them, whatever it means elsewhere.
"""

from __future__ import annotations

import re
from collections import Counter

import numpy as np

from hoofbeat.reading.candidates import Candidates, Words
from hoofbeat.reading.compile_lexicon import KINDS, MOST_WORDS
from hoofbeat.reading.lexicon import Lexicon

_SHORT = KINDS.index("SHORT")
_IN_BRACKETS = re.compile(r"\(\s{0,2}([A-Za-z][A-Za-z0-9]{1,8})\s{0,2}[);,]")
_MOST_TRIED = 5  # places where a text may explain the same short form
_MOST_BEFORE = 8  # words that a long form may have


def with_explained(text: str, words: Words, found: Candidates, lexicon: Lexicon) -> Candidates:
    """Add every later use of an abbreviation explained as a name; drop what the explanation rules out."""
    explained = _explained(text, words)
    if not explained:
        return found
    more: list[tuple[int, int]] = []
    meant: dict[str, list[int]] = {}
    for token, first in explained:
        long_form = _long_forms(found, words, token, first)
        if long_form:
            meant[_short(words, token)] = long_form
    ruled_out = {_short(words, token) for token, _ in explained}
    for t, word in enumerate(words.tokens.words):
        rows = meant.get(word.removesuffix("s") if len(word) > 2 else word, ())
        more += [(t, row) for row in rows]
    keep = np.ones(len(found), dtype=bool)
    for k in np.flatnonzero(lexicon.kind[found.row] == _SHORT).tolist():
        keep[k] = _short(words, int(found.token[k, 0])) not in ruled_out
    found = found.take(keep)
    return found.joined(_candidates(more)) if more else found


def _short(words: Words, token: int) -> str:
    word = words.tokens.words[token]
    return word.removesuffix("s") if len(word) > 2 else word


def _explained(text: str, words: Words) -> list[tuple[int, int]]:
    """(word in brackets, first word of what it may stand for), where the letters fit."""
    start = words.tokens.start
    low = [w.lower() for w in words.tokens.words]
    tried: Counter[str] = Counter()
    found = []
    for match in _IN_BRACKETS.finditer(text):
        short = match[1].removesuffix("s")
        tried[short] += 1
        token = int(np.searchsorted(start, match.start(1)))
        if tried[short] > _MOST_TRIED or token >= len(low) or sum(c.isupper() for c in short) < 2:
            continue
        letters = short.lower()
        for first in range(token - 1, max(token - 1 - _MOST_BEFORE, -1), -1):
            if low[first][0] == letters[0] and _fits(letters, low[first:token]):
                found.append((token, first))
                break
    return found


def _fits(short: str, long_form: list[str]) -> bool:
    """The letters of the short form begin the words of the long form, in order, the first word included.

    >>> _fits("bcc", ["basal", "cell", "carcinomas"]), _fits("nme", ["the", "erythema"])
    (True, False)
    """
    if not long_form or long_form[0][0] != short[0]:
        return False
    at = 0
    for word in long_form:
        if at < len(short) and word[0] == short[at]:
            at += 1
            # a joined word may give two letters: "hyperkeratosis (HK)"
            if len(long_form) == 1:
                inner = word[1:]
                for letter in short[at:]:
                    place = inner.find(letter)
                    if place < 0:
                        return False
                    inner = inner[place + 1 :]
                return True
    return at == len(short)


def _long_forms(found: Candidates, words: Words, token: int, first: int) -> list[int]:
    """Rows of the names that fill the long form best: its last word is theirs, and nothing stands outside."""
    ends = np.flatnonzero((found.last == token - 1) & (found.first >= first) & (found.gaps <= 1))
    ends = ends[~found.lent[ends].any(axis=1)]
    if not len(ends):
        return []
    filled = (found.token[ends] >= 0).sum(axis=1)
    needed = int((~words.silent[first:token]).sum())
    best = ends[(filled == filled.max()) & (filled >= needed - 1)]
    return sorted({int(found.row[k]) for k in best})


def _candidates(more: list[tuple[int, int]]) -> Candidates:
    m = len(more)
    token = np.full((m, MOST_WORDS), -1, dtype=np.int64)
    token[:, 0] = [t for t, _ in more]
    place = token[:, 0].copy()
    return Candidates(
        row=np.array([r for _, r in more], dtype=np.int64),
        token=token,
        level=np.zeros((m, MOST_WORDS), dtype=np.int8),
        lent=np.zeros((m, MOST_WORDS), dtype=bool),
        gaps=np.zeros(m, dtype=np.int64),
        first=place,
        last=place.copy(),
        explained=np.ones(m, dtype=bool),
    )
