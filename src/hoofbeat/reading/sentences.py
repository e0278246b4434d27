"""Sentences of a letter: prose with wrapped lines, lists, and shorthand without full stops."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache

from hoofbeat.reading.model import Section, Span
from hoofbeat.reading.rules import read_data
from hoofbeat.reading.sections import find_sections

LONGEST = 1500  # characters: a text without full stops is cut here, so that work stays linear
_WRAPPED = 50  # a line this long that ends without a stop is taken to go on in the next

_BREAK = re.compile(r"[.!?][\"')\]”’]{0,2}(?=\s)|\n|(?<=\s)(?=(?:\d{1,2}\)|\(\d\))\s)")
_BEFORE = re.compile(r"[^\s(]{1,24}$")
_NEXT = re.compile(r"[^\S\n]{0,40}\n?\s{0,40}(\S)")
LIST_ITEM = re.compile(r"[^\S\n]*(?:[-*•·▪◦‣☐☑☒□✓–—]|\[[ xX]?\]|\(?\d{1,2}[.)](?!\d)|[a-z]\))\s?")
_HEADING_LIKE = re.compile(r"[^\S\n]*[A-Z][\w /&()-]{0,40}:")


@cache
def _abbreviations() -> frozenset[str]:
    return frozenset(read_data("sections.yaml")["abbreviations"])


def split_sentences(text: str, sections: Sequence[Section] | None = None) -> list[Span]:
    """Return the sentences of a text in order, without the blanks around them.

    None crosses the start of a heading, an item of a list is a sentence, and none is longer than LONGEST
    characters.

    >>> [s for s in split_sentences("Seen by Dr. Hay on 1.2.2020. No fever.")]
    [Span(start=0, end=28), Span(start=29, end=38)]
    """
    if sections is None:
        sections = find_sections(text)
    cuts = sorted({section.span.start for section in sections}.union(_full_stops(text)))
    found: list[Span] = []
    start = 0
    for cut in [*cuts, len(text)]:
        found.extend(_trimmed(text, start, cut))
        start = max(start, cut)
    return found


def sentence_at(sentences: Sequence[Span], position: int) -> int:
    """Return the number of the sentence that a position stands in or follows, 0 for the first."""
    return max(0, bisect_right(sentences, position, key=lambda s: s.start) - 1)


def _full_stops(text: str) -> Iterator[int]:
    for match in _BREAK.finditer(text):
        at, end = match.span()
        if at == end:
            yield at  # an item of a list within a line: "1) … 2) …"
        elif text[at] == "\n":
            if _line_ends_sentence(text, at):
                yield end
        elif _stop_ends_sentence(text, at, end):
            yield end


def _stop_ends_sentence(text: str, at: int, end: int) -> bool:
    following = _NEXT.match(text, end)
    if following is None:
        return True
    if text[at] != ".":
        return text[at] != "?" or text[max(0, at - 1) : at].isalnum()  # "?eczema" and "? eczema" go on
    word = _BEFORE.search(text, max(0, at - 24), at)
    before = word.group().lower() if word else ""
    if before in _abbreviations():
        return False
    line_start = text.rfind("\n", max(0, at - 5), at) + 1
    if before.isdigit() and len(before) <= 2 and text[line_start:at].strip() == before:
        return False  # the number of an item
    if following.group(1).islower():
        return len(before) > 3 and before.isalpha()
    # initials of a name
    return not (len(before) == 1 and text[at - 1].isupper() and before not in {"c", "d", "e", "k"})


def _line_ends_sentence(text: str, at: int) -> bool:
    start = text.rfind("\n", max(0, at - LONGEST), at) + 1
    line = text[start:at].rstrip()
    if not line.strip() or line[-1] in ".:;!?":
        return True
    end = text.find("\n", at + 1, at + LONGEST)
    coming = text[at + 1 : end if end >= 0 else at + LONGEST]
    first = coming.lstrip()[:1]
    if not first or LIST_ITEM.match(coming) or _HEADING_LIKE.match(coming):
        return True
    if line[-1] == ",":
        return False
    return len(line) < _WRAPPED and not first.islower()


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while end - start > LONGEST:
        cut = max(text.rfind(mark, start + LONGEST // 2, start + LONGEST) for mark in (" ", "\n"))
        cut = cut if cut > start else start + LONGEST
        yield from _trimmed(text, start, cut)
        start = cut
    part = text[start:end]
    stripped = part.strip()
    if stripped:
        begin = start + len(part) - len(part.lstrip())
        yield Span(begin, begin + len(stripped))
