"""The compiled names, memory-mapped, and the words of a text looked up in them."""

from __future__ import annotations

from functools import cache, cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from hoofbeat.reading.compile_lexicon import (
    FORMAT,
    LONG,
    NORMAL,
    compile_lexicon,
    ingredients_key,
    letters_key,
    with_one_left_out,
)
from hoofbeat.reading.words import forms
from hoofbeat.terms import Ontology, cached, load_ontology

_REMEMBERED = 100_000  # words; then the memory of unknown words is emptied
_LONGEST = 60  # letters of a word that is looked up
_UNKNOWN = -1
MENDED = -3  # in place of the number of a spelling: it was taken for a slip of the pen
_ABNORMAL = "abnormal"


class Lexicon:
    """Names of findings by their words.

    Arrays over rows (one a name): `term`, `kind` (number in KINDS), `lay`, `length` (words), `word`
    (rows, MOST_WORDS, 4: spelling, singular, root and class; rarest word first; -1 beyond the last),
    `order` (place of each in the name as written), `same_words` (terms sharing these words). Rows whose
    rarest word is of class c: `key_row[key_start[c]:key_start[c + 1]]`. `telling[c]`: log of names per
    name with c. Over terms: `used`, `below`, `rarity`, `names`, `system`. `beside`: neighbour_words.yaml.
    """

    def __init__(self, onto: Ontology, arrays: dict[str, npt.NDArray[Any]], words: dict[str, Any]) -> None:
        self.onto = onto
        self.term, self.kind, self.lay = arrays["term"], arrays["kind"], arrays["lay"]
        self.length, self.word, self.order = arrays["length"], arrays["word"], arrays["order"]
        self.same_words = arrays["same_words"]
        self.key_start, self.key_row = arrays["key_start"], arrays["key_row"]
        self.telling: npt.NDArray[np.float32] = arrays["telling"]
        self.used, self.below, self.rarity = arrays["used"], arrays["below"], arrays["rarity"]
        self.names, self.system = arrays["names"], arrays["system"]
        self.texts: list[str] = words["texts"]
        self.joined: dict[str, list[str]] = words["joined"]
        self.class_names: list[str] = words["class_names"]
        self.beside = {name: frozenset(listed) for name, listed in words["beside"].items()}
        self._classes: dict[str, str] = words["classes"]
        self._known: dict[str, tuple[int, ...]] = dict(
            zip(words["surfaces"], map(tuple, arrays["known"].tolist()), strict=True)
        )
        self._surface_words, self._surface_numbers = list(self._known), list(self._known.values())
        self._slip_key, self._slip_word = arrays["slip_key"], arrays["slip_word"]
        self._steps = [words["singulars"], words["roots"], words["class_names"]]
        self._seen: dict[str, tuple[int, ...]] = {}

    @cached_property
    def _numbers(self) -> list[dict[str, int]]:
        return [{w: i for i, w in enumerate(step)} for step in self._steps]

    @cached_property
    def surfaces(self) -> frozenset[str]:
        """Spelled words that occur in names."""
        return frozenset(self._known)

    def numbers(self, words: list[str]) -> npt.NDArray[np.int32]:
        """Return spelling, singular, root and class of each word, -1 where no name has it; shape (n, 4)."""
        seen = self._seen
        if len(seen) > _REMEMBERED:
            seen.clear()
        for word in set(words).difference(seen):
            seen[word] = self._look_up(word)
        return np.array([seen[w] for w in words], dtype=np.int32).reshape(len(words), 4)

    def _look_up(self, word: str) -> tuple[int, ...]:
        if len(word) > _LONGEST:
            return _UNKNOWN - 1, _UNKNOWN - 1, _UNKNOWN - 1, _UNKNOWN
        plain, one, base, group = forms(word, self._classes)
        if plain in NORMAL:
            # "normal nails" is what "abnormal nails" is looked up for, and denied
            return _UNKNOWN - 1, _UNKNOWN - 1, _UNKNOWN - 1, self._numbers[2][_ABNORMAL]
        if plain in self._known:
            return self._known[plain]
        singulars, roots, classes = self._numbers
        if group in classes or not (len(plain) >= LONG - 1 and plain.isalpha()):
            known = singulars.get(one, _UNKNOWN - 1), roots.get(base, _UNKNOWN - 1)
            return (_UNKNOWN - 1, *known, classes.get(group, _UNKNOWN))
        return self._mended(plain)

    def _mended(self, word: str) -> tuple[int, ...]:
        """Numbers of the one known word that is a single slip of the pen away, as of the same root."""
        keys = np.array([letters_key(left) for left in sorted(with_one_left_out(word))], dtype=np.uint64)
        first, last = (np.searchsorted(self._slip_key, keys, side) for side in ("left", "right"))
        near = {int(n) for a, b in zip(first, last, strict=True) for n in self._slip_word[a:b]}
        meant = {self._surface_numbers[n][2:] for n in near if _one_slip(word, self._surface_words[n])}
        return (MENDED, _UNKNOWN - 1, *(meant.pop() if len(meant) == 1 else (_UNKNOWN - 1, _UNKNOWN)))


def _one_slip(written: str, meant: str) -> bool:
    """One letter too many, too few, wrong, or two changed about; the first is never wrong.

    >>> _one_slip("erythmea", "erythema"), _one_slip("hypotonia", "hypertonia")
    (True, False)
    """
    short, long = sorted((written, meant), key=len)
    k = next((k for k, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    if k == 0 or len(long) - len(short) > 1:
        return False
    if len(short) < len(long):
        return short[k:] == long[k + 1 :]
    changed = short[k : k + 2] == long[k : k + 2][::-1] and short[k + 2 :] == long[k + 2 :]
    return short[k + 1 :] == long[k + 1 :] or changed


@cache
def load_lexicon() -> Lexicon:
    """Return the lexicon of the pinned ontology, compiled on first use and memory-mapped after."""
    onto = load_ontology()
    key = f"{onto.key}-{ingredients_key()}-v{FORMAT}"
    return Lexicon(onto, *cached("reading-lexicon", key, lambda: compile_lexicon(onto)))
