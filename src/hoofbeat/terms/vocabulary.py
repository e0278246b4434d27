"""Phrases of a vocabulary found in free text: longest phrase first, plurals and spelling variants alike."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

_WORD = re.compile(r"[a-zà-öø-ÿ]+(?:-[a-zà-öø-ÿ]+)*", re.IGNORECASE)
_AMERICAN = (("oe", "e"), ("ae", "e"), ("our", "or"), ("ise", "ize"), ("isation", "ization"))


class Span(NamedTuple):
    """A phrase found: what it means, and which words of the text (start, end) it covers."""

    meaning: str
    start: int
    end: int


class Phrases:
    """A set of phrases, each with its meaning, to be found in text word by word."""

    def __init__(self, phrases: Iterable[tuple[str, str]]) -> None:
        self._meaning: dict[tuple[str, ...], str] = {}
        for phrase, meaning in phrases:
            self._meaning.setdefault(tuple(plain(w) for w in words(phrase)), meaning)
        self._longest = max((len(key) for key in self._meaning), default=0)

    @property
    def meanings(self) -> Mapping[tuple[str, ...], str]:
        """Normalised phrase to meaning."""
        return self._meaning

    def find(self, text: str) -> list[Span]:
        """Return the phrases in a text, left to right, none overlapping, the longest at each place."""
        return list(self._find([plain(w) for w in words(text)]))

    def _find(self, tokens: list[str]) -> Iterator[Span]:
        at = 0
        while at < len(tokens):
            for size in range(min(self._longest, len(tokens) - at), 0, -1):
                meaning = self._meaning.get(tuple(tokens[at : at + size]))
                if meaning is not None:
                    yield Span(meaning, at, at + size)
                    at += size
                    break
            else:
                at += 1


def words(text: str) -> list[str]:
    """Return the words of a text; hyphens within a word are kept."""
    return _WORD.findall(text)


def plain(word: str) -> str:
    """Return a word without case, plural and British spelling, so that variants meet.

    >>> plain("Axillae"), plain("haemorrhagic"), plain("buttocks")
    ('axilla', 'hemorrhagic', 'buttock')
    """
    word = word.lower()
    if len(word) > 4 and word.endswith("ae"):
        word = word[:-1]
    for british, american in _AMERICAN:
        word = word.replace(british, american) if len(word) > 5 else word
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    if len(word) > 3 and word.endswith("s") and not word.endswith(("ss", "us", "is")):
        return word[:-1]
    return word


def read_data(name: str) -> Any:
    """Return one of the vocabularies that ship with the room."""
    import yaml

    path = Path(__file__).parent / "data" / name
    return yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (safe)
