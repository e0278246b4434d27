"""From a clinician's or a patient's words to HPO terms.

A name is found when the same words stand in it, in any order, number, spelling and case. Otherwise names
are ranked by how much of the words and how much of the name is matched, each word weighed by how few names
it occurs in (Spärck Jones 1972, doi:10.1108/eb026526) and both shares joined as by Dice (1945,
doi:10.2307/1932409). A word that occurs nowhere is taken for a slip of the pen.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from functools import cached_property
from itertools import islice, takewhile
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.terms.cache import cached
from hoofbeat.terms.compile_search import SCOPES, compile_search, ingredients_key, phrase_key
from hoofbeat.terms.names import Synonym
from hoofbeat.terms.spelling import loose_word, strict_words, without_shades

if TYPE_CHECKING:
    from hoofbeat.terms.ontology import Ontology

# what a match is worth beside a perfect one; chosen so that a whole name of any kind beats part of a name
_SCOPE_WORTH = np.array([1.0, 0.99, 0.99, 0.95, 0.93, 0.85])
_REORDERED, _LOOSE, _SHADED, _PARTIAL, _COMPLETED, _SMALL_LETTERS = 0.995, 0.97, 0.95, 0.95, 0.8, 0.9
_SLIP = 0.12  # taken off for each slip of the pen
_NOT_A_FINDING = 0.9
_UNASKED_DIRECTION, _OPPOSITE = 0.85, 0.5  # "low zinc" for "zinc"; "high zinc" for "low zinc"
_LEAST = 0.25
_CONSIDERED = 400
_DIRECTIONS = (("low", "deficiency"), ("high", "excess"))
# prefixes that a slip of the pen must never exchange
_OPPOSITES = (
    ("hypo", "hyper"),
    ("brady", "tachy"),
    ("macro", "micro"),
    ("poly", "oligo"),
    ("intra", "inter"),
    ("pre", "post"),
    ("endo", "exo"),
    ("mono", "poly"),
    ("ab", "ad"),
)
_SOUND_ALIKE = ("csk", "fp", "xz", "gj", "ei")


class Match(NamedTuple):
    """A term that words may mean.

    matched: the name of the term that was hit; scope: LABEL, OURS, or the synonym's scope; lay: patients
    use that name; score: 0 to 1, 1 being the same words; how: exact, words (same or partly the same words,
    in other forms), spelling (after mending a slip) or abbreviation.
    """

    id: str
    label: str
    matched: str
    scope: str
    lay: bool
    score: float
    how: str


class Heard(NamedTuple):
    """One word of a query: the index words it may be, each with its likeness (0 to 1)."""

    words: tuple[tuple[int, float], ...]
    mended: bool = False


class SearchIndex:
    """Names by words. Row r is a name of term number `term[r]`; `place[r]` < 0 counts our own phrases."""

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], words: dict[str, Any]) -> None:
        self.term, self.place, self.scope = arrays["term"], arrays["place"], arrays["scope"]
        self.telling, self.total = arrays["telling"], arrays["total"]
        self.ours: list[str] = words["ours"]
        self.short: dict[str, list[int]] = words["short"]
        self.same: dict[str, str] = words["same"]
        self.vocabulary: list[str] = words["vocabulary"]
        self.surfaces: list[str] = words["surfaces"]
        self._arrays = arrays

    @cached_property
    def number(self) -> dict[str, int]:
        """Number of each word of the vocabulary."""
        return {w: i for i, w in enumerate(self.vocabulary)}

    @cached_property
    def short_in_small_letters(self) -> dict[str, list[int]]:
        """Abbreviations of three letters or more, for those who type without capitals."""
        return {text.casefold(): terms for text, terms in self.short.items() if len(text) > 2}

    def rows_with(self, word: int) -> npt.NDArray[np.int32]:
        """Rows of the names that have a word."""
        starts = self._arrays["word_indptr"]
        rows: npt.NDArray[np.int32] = self._arrays["word_rows"][starts[word] : starts[word + 1]]
        return rows

    def rows_same(self, kind: str, words: Iterable[str]) -> npt.NDArray[np.int32]:
        """Rows of the names made of just these words; kind: strict or loose."""
        keys, key = self._arrays[f"{kind}_keys"], np.uint64(phrase_key(words))
        span = slice(np.searchsorted(keys, key, "left"), np.searchsorted(keys, key, "right"))
        rows: npt.NDArray[np.int32] = self._arrays[f"{kind}_rows"][span]
        return rows

    def loose(self, words: Iterable[str]) -> list[str]:
        """Loose forms of strict words."""
        return [loose_word(w, self.same) for w in words]


def load_index(onto: Ontology) -> SearchIndex:
    """Return the index of an ontology's names and our lay words, compiled on first use."""
    key = f"{onto.key}-{ingredients_key()}"
    return SearchIndex(*cached("search", key, lambda: compile_search(onto)))


def find(onto: Ontology, words: str) -> Match | None:
    """Return the one term that words surely mean, or None.

    Sure is: an abbreviation as it is written, or all the words of one name and no others, in any order and
    form. Words for side and degree may be left over: who has severe weight loss has weight loss. One slip in
    a long word is mended if it can be mended in one way only.

    >>> from hoofbeat.terms import load_ontology
    >>> find(load_ontology(), "red sore tongue").label, find(load_ontology(), "no weight loss")
    ('Glossitis', None)
    """
    index, text = onto.search_index, words.strip()
    if len(terms := index.short.get(text, [])) == 1:
        return _abbreviation(onto, terms[0], text)
    strict = strict_words(text)
    if not strict:
        return None
    loose = index.loose(strict)
    bare = without_shades(strict)
    forms = [("strict", strict, 1.0), ("loose", loose, _LOOSE)]
    if bare != strict:
        forms += [("strict", bare, _SHADED), ("loose", index.loose(bare), _SHADED)]
    for kind, form, worth in forms:
        row = _surest(onto, index.rows_same(kind, form), text)
        if row is not None:
            return _match(onto, row, worth, "exact" if worth == 1 else "words")
    mended = [_mended_surely(index, s, w) for s, w in zip(strict, loose, strict=True)]
    if None in mended or mended == loose:
        return None
    row = _surest(onto, index.rows_same("loose", [m for m in mended if m]), text)
    return None if row is None else _match(onto, row, 1 - _SLIP, "spelling")


def search(onto: Ontology, words: str, *, limit: int = 8) -> list[Match]:
    """Return the terms that words may mean, likeliest first; none if no word is known.

    The last word may be unfinished, as when somebody is typing.

    >>> from hoofbeat.terms import load_ontology
    >>> search(load_ontology(), "eroson of skin", limit=1)[0].label
    'Skin erosion'
    """
    strict = strict_words(words)
    found: dict[int, Match] = {}
    for match in (
        *_abbreviations(onto, words.strip()),
        *_same(onto, strict, words.strip()),
        *_alike(onto, strict, limit),
    ):
        i = onto.index(match.id)
        if i not in found or match.score > found[i].score:
            found[i] = match
    order = sorted(found, key=lambda i: (-found[i].score, int(onto.depth[i]), i))
    return [found[i] for i in order[: max(limit, 0)]]


def _abbreviations(onto: Ontology, text: str) -> list[Match]:
    index = onto.search_index
    if text in index.short:
        return [_abbreviation(onto, i, text) for i in index.short[text]]
    terms = index.short_in_small_letters.get(text.casefold(), [])
    return [_abbreviation(onto, i, text)._replace(score=_SMALL_LETTERS) for i in terms]


def _abbreviation(onto: Ontology, i: int, text: str) -> Match:
    identifier = onto.ids[i]
    return Match(identifier, onto.label(identifier), text, "EXACT", lay=False, score=1.0, how="abbreviation")


def _same(onto: Ontology, strict: Sequence[str], text: str) -> list[Match]:
    """Terms with a name of just these words."""
    index = onto.search_index
    if not strict:
        return []
    exact = [
        _match(onto, r, 1.0 if _as_written(onto, r, text) else _REORDERED, "exact")
        for r in index.rows_same("strict", strict).tolist()
    ]
    near = index.rows_same("loose", index.loose(strict)).tolist()
    return exact + [_match(onto, r, _LOOSE, "words") for r in near]


def _alike(onto: Ontology, strict: Sequence[str], limit: int) -> list[Match]:
    """Terms with a name that shares some words."""
    index = onto.search_index
    # a word said twice, or in two forms, counts once
    heard = list(dict.fromkeys(_hear(index, w, last=k == len(strict) - 1) for k, w in enumerate(strict)))
    if not any(h.words for h in heard):
        return []
    matched = np.zeros(len(index.term), dtype=np.float32)
    asked = 0.0
    for h in heard:
        asked += max((index.telling[w] for w, _ in h.words), default=index.telling.max())
        here = np.zeros_like(matched)
        for w, likeness in h.words:
            rows = index.rows_with(w)
            here[rows] = np.maximum(here[rows], likeness * index.telling[w])
        matched += here
    worth = _SCOPE_WORTH[index.scope] * np.where(onto.phenotypic[index.term], 1.0, _NOT_A_FINDING)
    worth *= _same_direction(index, heard)
    score = _PARTIAL * worth * 2 * matched / (asked + index.total)
    considered = min(max(_CONSIDERED, 20 * limit), len(score) - 1)
    best = np.argpartition(-score, considered)[:considered]
    best = best[score[best] >= _LEAST]
    how = "spelling" if any(h.mended for h in heard) else "words"
    first: dict[int, int] = {}
    for row in best[np.argsort(-score[best], kind="stable")].tolist():
        first.setdefault(int(index.term[row]), row)
    shown = islice(first.values(), max(limit, 0) + 8)
    return [_match(onto, r, float(score[r]), how, weighed=True) for r in shown]


def _same_direction(index: SearchIndex, heard: Sequence[Heard]) -> npt.NDArray[np.float64]:
    """Factor for each row: less for names that say low or high where the words do not, or say the other."""
    said = {w for h in heard for w, _ in h.words}
    factor = np.ones(len(index.term))
    for here, other in (_DIRECTIONS, _DIRECTIONS[::-1]):
        ours = {index.number[w] for w in index.loose(here) if w in index.number}
        theirs = {index.number[w] for w in index.loose(other) if w in index.number}
        if not ours & said:
            rows = np.unique(np.concatenate([index.rows_with(w) for w in ours]))
            factor[rows] *= _OPPOSITE if theirs & said else _UNASKED_DIRECTION
    return factor


def _hear(index: SearchIndex, word: str, *, last: bool) -> Heard:
    """Return what a strict word may be: itself, else a longer word it begins, else what it is a slip for."""
    known = _known(index, word, loose_word(word, index.same))
    if known is not None:
        return Heard(((known, 1.0),))
    if last and len(word) > 2:
        begun = _begun(index, word)
        if begun:
            return Heard(tuple((w, _COMPLETED) for w in begun))
    slips = _slips(index, word)
    words = {index.number[loose_word(s, index.same)]: 1 - _SLIP * d for s, d in reversed(slips)}
    return Heard(tuple(words.items()), mended=True)


def _known(index: SearchIndex, word: str, loose: str) -> int | None:
    return index.number.get(loose, index.number.get(word))


def _begun(index: SearchIndex, word: str) -> list[int]:
    at = bisect_left(index.vocabulary, word)
    longer = takewhile(lambda w: w.startswith(word), islice(index.vocabulary, at, None))
    return [index.number[w] for w in islice(longer, 30)]


def _slips(index: SearchIndex, word: str) -> list[tuple[str, int]]:
    """Words this one may be a slip for, nearest first, with the number of slips."""
    allowed = 0 if len(word) < 4 else 1 if len(word) < 7 else 2 if len(word) < 12 else 3
    if not allowed or any(c.isdigit() for c in word):
        return []
    from rapidfuzz.distance import OSA
    from rapidfuzz.process import extract

    near = extract(word, index.surfaces, scorer=OSA.distance, score_cutoff=allowed, limit=12)
    return [(other, int(slips)) for other, slips, _ in near if _could_be(word, other)][:6]


def _could_be(written: str, meant: str) -> bool:
    if written[0] != meant[0] and not any({written[0], meant[0]} <= set(s) for s in _SOUND_ALIKE):
        return False
    return not any(
        (written.startswith(a) and meant.startswith(b)) or (written.startswith(b) and meant.startswith(a))
        for a, b in _OPPOSITES
    )


def _mended_surely(index: SearchIndex, word: str, loose: str) -> str | None:
    if _known(index, word, loose) is not None:
        return loose
    near = [s for s, d in _slips(index, word) if d == 1] if len(word) > 5 else []
    meant = {loose_word(s, index.same) for s in near}
    return meant.pop() if len(meant) == 1 else None


def _surest(onto: Ontology, rows: npt.NDArray[np.int32], text: str) -> int | None:
    """Row of the one term that names of the best kind belong to; broad names are never sure.

    Several terms may share the words: then the name as it is written decides ("left-to-right shunt").
    """
    index = onto.search_index
    kinds = np.where(index.scope[rows] == SCOPES.index("OURS"), SCOPES.index("EXACT"), index.scope[rows])
    rows = rows[kinds < SCOPES.index("BROAD")]
    if not len(rows):
        return None
    kinds = kinds[kinds < SCOPES.index("BROAD")]
    best = rows[kinds == kinds.min()]
    findings = best[onto.phenotypic[index.term[best]]]
    best = findings if len(findings) else best
    terms = set(index.term[best].tolist())
    written = [r for r in best.tolist() if _as_written(onto, r, text)] if len(terms) > 1 else []
    if len({int(index.term[r]) for r in written}) == 1:
        return int(written[0])
    for row in best.tolist():
        # of several terms take the one that all the others are kinds of, if there is one
        if all((onto.ancestor_indices(t) == index.term[row]).any() for t in terms):
            return int(row)
    return None


def _name(onto: Ontology, row: int) -> Synonym:
    index, place = onto.search_index, int(onto.search_index.place[row])
    return (
        Synonym(index.ours[-place - 1], "OURS", lay=True) if place < 0 else onto.name(index.term[row], place)
    )


def _as_written(onto: Ontology, row: int, text: str) -> bool:
    return _name(onto, row).text.casefold() == text.casefold()


def _match(onto: Ontology, row: int, score: float, how: str, *, weighed: bool = False) -> Match:
    index = onto.search_index
    i, scope, name = int(index.term[row]), int(index.scope[row]), _name(onto, row)
    if not weighed and not (score == 1 and name.scope == "LABEL"):
        score *= float(_SCOPE_WORTH[scope]) * (1.0 if onto.phenotypic[i] else _NOT_A_FINDING)
    label = onto.name(i, 0).text
    return Match(onto.ids[i], label, name.text, name.scope, name.lay, round(min(score, 1.0), 4), how)
