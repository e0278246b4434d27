"""Phrases of a word list found in a text: longest first, with the exact characters they cover.

The names of tests, drugs, diagnoses and results all come through here. One pass over the words of a text,
one look-up a word: time grows with the length of the text only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

Meaning = TypeVar("Meaning")

TOKEN = re.compile(r"[^\W_]+")
# what may stand between two words of one phrase: "25(OH)D", "C-reactive", "CA 19.9", a wrapped line
_GAP = re.compile(r"[ \t\u00a0\-‐‑–./'’()+]{0,3}\n?[ \t]{0,8}")
_SPELLINGS = (("haem", "hem"), ("oe", "e"), ("ae", "e"), ("sulph", "sulf"), ("leuco", "leuko"), ("our", "or"))
_ENDINGS = (("ised", "ized"), ("isation", "ization"), ("re", "er"))


class Found(NamedTuple, Generic[Meaning]):
    """A phrase in a text: characters start..end and what it means."""

    start: int
    end: int
    meaning: Meaning


class WordList(Generic[Meaning]):
    """Phrases to be found, each with its meaning; the first to claim a phrase keeps it.

    exact: phrases that count only as written ("K", "Ca", "AE"). Others are found in any case, in British
    and American spelling, and with a plural -s on the last word.

    >>> listed = WordList([("C-reactive protein", "crp"), ("haemoglobin", "hb")], exact=[("K", "potassium")])
    >>> [found.meaning for found in listed.find("Hemoglobin, c reactive protein, k and K")]
    ['hb', 'crp', 'potassium']
    """

    def __init__(
        self, phrases: Iterable[tuple[str, Meaning]], exact: Iterable[tuple[str, Meaning]] = ()
    ) -> None:
        self._tree: dict[str, Any] = {}
        for phrase, meaning in phrases:
            for words in _variants(TOKEN.findall(phrase.lower())):
                self._add(words, meaning, "")
        for phrase, meaning in exact:
            words = TOKEN.findall(phrase)
            self._add([word.lower() for word in words], meaning, " ".join(words))

    def _add(self, words: list[str], meaning: Meaning, written: str) -> None:
        place = self._tree
        for word in words:
            place = place.setdefault(word, {})
        place.setdefault("", {}).setdefault(written, meaning)

    def find(self, text: str) -> Iterator[Found[Meaning]]:
        """Yield the phrases in a text from left to right, none overlapping, the longest at each place."""
        done = 0
        tree = self._tree
        for token in TOKEN.finditer(text):
            place = tree.get(token[0].lower())
            if place is None or token.start() < done:
                continue
            found = self._longest(text, token.start(), token.end(), place)
            if found is not None:
                done = found.end
                yield found

    def at(self, text: str, start: int) -> Found[Meaning] | None:
        """Return the longest phrase that begins at a position, or None."""
        token = TOKEN.match(text, start)
        place = self._tree.get(token[0].lower()) if token else None
        return self._longest(text, start, token.end(), place) if token and place else None

    @staticmethod
    def _longest(text: str, start: int, end: int, place: dict[str, Any]) -> Found[Meaning] | None:
        best: Found[Meaning] | None = None
        written: list[str] = [text[start:end]]
        while True:
            if "" in place:
                meanings = place[""]
                for form in (" ".join(written), ""):
                    if form in meanings:
                        best = Found(start, end, meanings[form])
                        break
            gap = _GAP.match(text, end)
            token = TOKEN.match(text, gap.end()) if gap else None
            if token is None or (place := place.get(token[0].lower(), {})) == {}:
                return best
            written.append(token[0])
            end = token.end()


def _variants(words: list[str]) -> list[list[str]]:
    """Return a phrase in both spellings, and in singular and plural."""
    spelled = {tuple(words), tuple(_american(word) for word in words)}
    for form in tuple(spelled):
        last = form[-1] if form else ""
        if len(last) > 3 and last[-1].isalpha() and not last.endswith(("s", "x")):
            plural = last[:-1] + "ies" if last[-1] == "y" and last[-2] not in "aeiou" else last + "s"
            spelled.add((*form[:-1], plural))
    return [list(form) for form in sorted(spelled) if form]


def _american(word: str) -> str:
    if len(word) < 5:
        return word
    for british, american in _SPELLINGS:
        word = word.replace(british, american)
    for british, american in _ENDINGS:
        if word.endswith(british):
            word = word.removesuffix(british) + american
    return word


def read_words(name: str) -> Any:
    """Return one of the data files of this room."""
    import yaml

    path = Path(__file__).parent / "data" / name
    return yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (safe)
