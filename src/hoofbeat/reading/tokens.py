"""A text cut into words, stretches that a finding does not cross, and headings that lend their words.

Every rule looks at a bounded number of characters, so that time grows with the length of the text only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hoofbeat.reading.words import spelled

Ints = npt.NDArray[np.int64]

WORD = re.compile(r"[^\W_]+(?:['’][^\W_]{1,3}(?![^\W_]))?")
# the end of a sentence, an empty line, or a new item of a list
_BREAK = re.compile(
    r"[.!?](?=[\s\"')\]]|$)|;|\n[ \t]{0,40}\n"
    r"|\n(?=[ \t]{0,40}(?:[-*•–·▪◦+]|\d{1,2}[.)])\s)"
    r"|\n(?=[ \t]{0,40}[^\W\d_][\w /&()-]{0,38}:)"
)
_NO_END = re.compile(
    r"(?:\b(?:[A-Za-z]|Dr|Mr|Mrs|Ms|Prof|St|vs|approx|ca|cf|resp|incl|Fig|No|e\.g|i\.e|al|etc|wks|yrs|mths)|\d)$"
)
_SPLIT_LINE = re.compile(r"(?<=[^\W\d_])[-‐\u00ad][ \t]{0,8}\r?\n[ \t]{0,40}(?=[^\W\d_])")
_HEADING = re.compile(
    r"(?:^|(?<=[\n.;]))[ \t]{0,40}(?:[-*•][ \t]{0,4})?"
    r"([^\W\d_][\w '/&,()-]{0,48}?)[ \t]{0,3}:(?=\s|$)",
    re.MULTILINE,
)
_SENTENCE = frozenset(
    {"is", "was", "are", "were", "has", "had", "have", "the", "a", "he", "she", "i", "we", "this"}
)
_LONGEST_HEADING = 4  # words
_LENT_OVER = 60  # words after a heading that it lends its words to


@dataclass(frozen=True, slots=True)
class Tokens:
    """Words of a text: start and end in characters, stretch (sentence) number, and the words themselves.

    headings: (first word, one past the last, one past the last word of what stands under it).
    """

    start: Ints
    end: Ints
    stretch: Ints
    words: list[str]
    headings: tuple[tuple[int, int, int], ...]

    def __len__(self) -> int:
        return len(self.words)


def tokenise(text: str, known_word: frozenset[str] | set[str] = frozenset()) -> Tokens:
    r"""Cut a text into words; known_word: spelled words that a hyphen at a line's end may have divided.

    >>> tokenise("Hyper-\nglycaemia", {"hyperglycemia"}).words
    ['Hyperglycaemia']
    """
    starts: list[int] = []
    ends: list[int] = []
    words: list[str] = []
    divided = {m.start(): m.end() for m in _SPLIT_LINE.finditer(text)}
    for found in WORD.finditer(text):
        start, end = found.span()
        if (
            words
            and divided
            and divided.get(ends[-1]) == start
            and spelled(words[-1] + found[0]) in known_word
        ):
            words[-1] += found[0]
            ends[-1] = end
            continue
        starts.append(start)
        ends.append(end)
        words.append(found[0])
    start_at = np.array(starts, dtype=np.int64)
    breaks = np.array([m.start() for m in _BREAK.finditer(text) if _ends_sentence(text, m)], dtype=np.int64)
    stretch = np.searchsorted(breaks, start_at, side="right")
    return Tokens(start_at, np.array(ends, dtype=np.int64), stretch, words, _headings(text, start_at))


def _ends_sentence(text: str, found: re.Match[str]) -> bool:
    if found[0] != ".":
        return True
    before = text[max(0, found.start() - 7) : found.start()]
    if not _NO_END.search(before):
        return True
    # "at L5. Abdominal": a digit or a letter before the full stop, and a capital after it
    after = text[found.end() : found.end() + 3].lstrip()
    return bool(after[:1].isupper() and before[-1:].isalnum() and not before.endswith(_TITLES))


_TITLES = ("Dr", "Mr", "Mrs", "Ms", "Prof", "St", "vs", "Fig", "No", "e.g", "i.e")


def _headings(text: str, start_at: Ints) -> tuple[tuple[int, int, int], ...]:
    found = [m.span(1) for m in _HEADING.finditer(text) if _is_heading(text, m)]
    if not found:
        return ()
    first = np.searchsorted(start_at, [s for s, _ in found])
    last = np.searchsorted(start_at, [e for _, e in found])
    headings = []
    for k, (a, b) in enumerate(zip(first.tolist(), last.tolist(), strict=True)):
        following = int(first[k + 1]) if k + 1 < len(first) else len(start_at)
        limit = text.find("\n\n", found[k][1], found[k][1] + 2000)
        stop = following if limit < 0 else min(following, int(np.searchsorted(start_at, limit)))
        if a < b <= a + _LONGEST_HEADING and stop > b:
            headings.append((a, b, min(stop, b + _LENT_OVER)))
    return tuple(headings)


def _is_heading(text: str, found: re.Match[str]) -> bool:
    """A heading begins a line, or is in capitals; a sentence before a colon is none."""
    words = found[1].lower().split()
    begins = found.start() == 0 or "\n" in text[found.start() - 1 : found.start(1)]
    return (begins or found[1].isupper()) and _SENTENCE.isdisjoint(words)
