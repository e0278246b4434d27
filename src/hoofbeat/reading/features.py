"""What is known of each candidate when it is judged: how it was matched, its term, its neighbours, its text.

Columns are named in NAMES, in order; nothing here depends on any annotated text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from hoofbeat.reading.candidates import Candidates, Words
from hoofbeat.reading.compile_lexicon import KINDS, MOST_WORDS
from hoofbeat.reading.lexicon import Lexicon

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]

_KINDS = ("LABEL", "EXACT", "OURS", "NARROW", "RELATED", "BROAD", "VARIANT", "SHORT")
_AFTER = ("after_disease", "after_thing", "after_care", "after_verb")
_BEFORE = ("before_no", "before_prefix", "before_link", "before_side", "before_degree")


NAMES = (
    # how it was matched
    "words", "letters", "same_spelling", "same_singular", "same_root", "same_class", "worst_level",
    "key_level", "gaps", "silent_gaps", "in_order", "commas", "links", "slashes", "verbs", "negations",
    "line_ends", "known_gaps", "lent", "label", "exact", "ours", "narrow", "related", "broad", "variant",
    "short", "lay", "denied", "telling_sum", "telling_least", "telling_most", "telling_loose",
    "explained", "identical",
    # the term
    "used", "below", "rarity", "names", "depth", "same_words", "system",
    # its rivals
    "rivals_same_words", "most_used_rival", "rarest_rival", "best_level_rival", "rival_above", "rival_below",
    "longest_over", "over", "under", "same_key", "overlapping", "tighter_overlap", "gap_less_overlap",
    "term_elsewhere", "kinds_elsewhere", "over_is_kind", "over_gaps", "best_exact_over",
    # what stands beside it
    "after_disease", "after_thing", "after_care", "after_verb", "before_no", "before_prefix",
    "before_link", "before_side", "before_degree", "before_known", "after_known",
    "before_telling", "after_telling",
    "before_touches", "after_touches", "before_comma", "after_comma", "after_stop", "in_brackets", "capital",
    "all_capitals", "stretch_words", "stretch_place",
    # the text
    "text_words", "text_place", "patient_words", "paper_words", "figures", "candidates_share",
    "under_heading", "heads_share",
)  # fmt: skip


def features(text: str, words: Words, found: Candidates, lexicon: Lexicon) -> Floats:
    """Return one row a candidate, one column a name of NAMES; shape (m, len(NAMES)), float32."""
    columns = [
        *_matching(text, words, found, lexicon),
        *_term(found, lexicon),
        *_rivals(found, lexicon),
        *_beside(text, words, found, lexicon),
        *_whole(words, found, lexicon),
    ]
    return np.stack([np.asarray(c, dtype=np.float32) for c in columns], axis=1)


def impossible(columns: Floats) -> npt.NDArray[np.bool_]:
    """True for two neighbours that only a comma or "and" brought together: "split, the tongue"."""
    column = {name: columns[:, NAMES.index(name)] for name in ("words", "gaps", "lent", "commas", "links")}
    in_order = columns[:, NAMES.index("in_order")] > 0
    pair = (column["words"] == 2) & (column["gaps"] == 0) & (column["lent"] == 0)
    apart: npt.NDArray[np.bool_] = pair & ((column["links"] > 0) | (in_order & (column["commas"] > 0)))
    return apart


def _matching(text: str, words: Words, found: Candidates, lexicon: Lexicon) -> list[npt.NDArray[np.generic]]:
    used = found.token >= 0
    n = used.sum(axis=1)
    level = found.level
    word_class = lexicon.word[found.row][:, :, 3]
    telling = np.where(used, lexicon.telling[np.maximum(word_class, 0)], 0)
    kind = lexicon.kind[found.row]
    place = lexicon.order[found.row].astype(np.int64)
    rank = np.where(used, place, MOST_WORDS + 5)
    ordered = np.take_along_axis(found.token, np.argsort(rank, axis=1, kind="stable"), axis=1)
    steps = np.diff(ordered, axis=1)
    pairs = np.arange(MOST_WORDS - 1) < (n - 1)[:, None]
    forward = ((steps > 0) | ~pairs).all(axis=1)
    between = _Between(text, words, found, lexicon)
    spans = _lengths(words, found)
    loose = np.where(used & (level >= 2), telling, 0).sum(axis=1)
    return [
        n, spans,
        *[((level == k) & used).sum(axis=1) / n for k in range(4)],
        level.max(axis=1), level[:, 0],
        found.gaps, between.silent, forward, between.commas, between.links, between.slashes, between.verbs,
        between.negations, between.lines, between.known, found.lent.sum(axis=1),
        *[kind == KINDS.index(k) for k in _KINDS],
        lexicon.lay[found.row],
        (words.normal[found.token] & used).any(axis=1),
        telling.sum(axis=1), np.where(used, telling, 99).min(axis=1), telling.max(axis=1), loose,
        found.explained,
        (level.max(axis=1) == 0) & (found.gaps == 0) & forward,
    ]  # fmt: skip


def _lengths(words: Words, found: Candidates) -> Ints:
    return words.tokens.end[found.last] - words.tokens.start[found.first]


class _Between:
    """Counts of what stands between the first and the last word of each candidate."""

    def __init__(self, text: str, words: Words, found: Candidates, lexicon: Lexicon) -> None:
        self._first, self._last = found.first, found.last
        signs = [
            text[e:s]
            for e, s in zip(words.tokens.end[:-1].tolist(), words.tokens.start[1:].tolist(), strict=True)
        ]
        low = [w.lower() for w in words.tokens.words]
        own = ((found.token >= 0) & ~found.lent).sum(axis=1)
        self.commas = self._sum([("," in s) + (";" in s) + (":" in s) for s in signs])
        self.slashes = self._sum(["/" in s for s in signs])
        self.lines = self._sum(["\n" in s for s in signs])
        self.links = self._inside([w in lexicon.beside["links"] for w in low])
        self.verbs = self._inside([w in lexicon.beside["verbs"] for w in low])
        self.negations = self._inside([w in lexicon.beside["negations"] for w in low])
        self.silent = self._inside(words.silent)
        self.known = self._inside((words.numbers[:, 3] >= 0) & ~words.silent) - own

    def _sum(self, counts: Sequence[int]) -> Ints:
        total = np.cumsum(np.array([0, *counts, 0], dtype=np.int64))
        return total[self._last] - total[self._first]

    def _inside(self, flags: Sequence[bool] | npt.NDArray[np.bool_]) -> Ints:
        total = np.concatenate([[0], np.cumsum(np.asarray(flags, dtype=np.int64))])
        inside: Ints = total[self._last + 1] - total[self._first]
        return inside


def _term(found: Candidates, lexicon: Lexicon) -> list[npt.NDArray[np.generic]]:
    term = lexicon.term[found.row]
    return [
        lexicon.used[term], lexicon.below[term], lexicon.rarity[term], lexicon.names[term],
        lexicon.onto.depth[term], lexicon.same_words[found.row], lexicon.system[term],
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Candidates i and j whose words overlap in the text, i != j."""

    i: Ints
    j: Ints


_MOST_PAIRS = 24  # neighbours looked at, to each side


def _overlapping(found: Candidates) -> _Pairs:
    """Pairs of candidates whose stretches overlap, among the nearest in order of their first word."""
    order = np.lexsort((found.last, found.first))
    first, last = found.first[order], found.last[order]
    lefts, rights = [], []
    for step in range(1, min(_MOST_PAIRS, len(order) - 1) + 1):
        meets = np.flatnonzero(first[step:] <= last[:-step])
        lefts.append(order[meets])
        rights.append(order[meets + step])
    if not lefts:
        return _Pairs(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))
    a, b = np.concatenate(lefts), np.concatenate(rights)
    return _Pairs(np.concatenate([a, b]), np.concatenate([b, a]))


def _rivals(found: Candidates, lexicon: Lexicon) -> list[npt.NDArray[np.generic]]:
    m = len(found)
    pairs = _overlapping(found)
    i, j = pairs.i, pairs.j
    term = lexicon.term[found.row].astype(np.int64)
    n = (found.token >= 0).sum(axis=1)
    ordered = np.sort(found.token, axis=1)
    same = (ordered[i] == ordered[j]).all(axis=1)
    shared = (found.token[i][:, :, None] == found.token[j][:, None, :]) & (found.token[i] >= 0)[:, :, None]
    common = shared.any(axis=2).sum(axis=1)
    over = (common == n[i]) & (n[j] > n[i])
    under = (common == n[j]) & (n[i] > n[j])
    touching = common > 0
    above = _is_kind(lexicon, term[i], term[j])
    below = _is_kind(lexicon, term[j], term[i])
    worst = found.level.sum(axis=1)
    used, rarity = lexicon.used[term], lexicon.rarity[term]
    quality = worst + 2 * found.gaps
    counts = np.unique(term, return_inverse=True, return_counts=True)
    elsewhere = counts[2][counts[1]]
    kinds = _kinds_elsewhere(term, lexicon)
    key = found.token[:, 0]
    of_key = np.unique(key, return_inverse=True, return_counts=True)
    exact_over = over & (quality[j] == 0)
    return [
        _count(i, same, m), _most(i, j, same, used, m) - used, _most(i, j, same, rarity, m) - rarity,
        _least(i, j, same, worst, m) - worst,
        _count(i, same & above, m), _count(i, same & below, m),
        _most(i, j, over, n, m), _count(i, over, m), _count(i, under, m),
        of_key[2][of_key[1]], _count(i, touching & ~same, m),
        _count(i, touching & (quality[j] < quality[i]), m),
        _count(i, touching & (found.gaps[j] < found.gaps[i]), m),
        elsewhere, kinds, _count(i, over & above, m), _least(i, j, over, found.gaps, m),
        _count(i, exact_over, m),
    ]  # fmt: skip


def _kinds_elsewhere(term: Ints, lexicon: Lexicon) -> Ints:
    """How many other terms of the text are kinds of each candidate's term."""
    onto = lexicon.onto
    distinct, where = np.unique(term, return_inverse=True)
    starts, ends = onto.ancestor_indptr[distinct], onto.ancestor_indptr[distinct + 1]
    size = (ends - starts).astype(np.int64)
    at = np.repeat(starts - np.r_[0, np.cumsum(size)[:-1]], size) + np.arange(size.sum())
    seen = np.bincount(onto.ancestor_list[at], minlength=len(onto))
    return (seen[distinct] - 1)[where]


def _is_kind(lexicon: Lexicon, parent: Ints, child: Ints) -> npt.NDArray[np.bool_]:
    """For each pair: the second term is a kind of the first."""
    onto = lexicon.onto
    found = np.zeros(len(parent), dtype=bool)
    pairs, back = np.unique(parent * len(onto) + child, return_inverse=True)
    known = np.zeros(len(pairs), dtype=bool)
    for k, pair in enumerate(pairs.tolist()):
        p, c = divmod(pair, len(onto))
        known[k] = p != c and bool((onto.ancestor_indices(c) == p).any())
    found[:] = known[back]
    return found


def _count(i: Ints, which: npt.NDArray[np.bool_], m: int) -> Ints:
    return np.bincount(i[which], minlength=m)


def _most(i: Ints, j: Ints, which: npt.NDArray[np.bool_], value: npt.NDArray[np.generic], m: int) -> Floats:
    found = np.zeros(m, dtype=np.float32)
    np.maximum.at(found, i[which], value[j[which]])
    return found


def _least(i: Ints, j: Ints, which: npt.NDArray[np.bool_], value: npt.NDArray[np.generic], m: int) -> Floats:
    found = np.full(m, 20, dtype=np.float32)
    np.minimum.at(found, i[which], value[j[which]])
    return found


def _beside(text: str, words: Words, found: Candidates, lexicon: Lexicon) -> list[npt.NDArray[np.generic]]:
    tokens = words.tokens
    n = len(tokens)
    low = [w.lower() for w in tokens.words]
    before, after = np.maximum(found.first - 1, 0), np.minimum(found.last + 1, n - 1)
    has_before = (found.first > 0) & (tokens.stretch[before] == tokens.stretch[found.first])
    has_after = (found.last < n - 1) & (tokens.stretch[after] == tokens.stretch[found.last])
    group = words.numbers[:, 3]
    telling = np.where(group >= 0, lexicon.telling[np.maximum(group, 0)], 0)
    starts, ends = tokens.start.tolist(), tokens.end.tolist()
    signs = ["", *(text[e : min(s, e + 8)] for e, s in zip(ends[:-1], starts[1:], strict=True)), ""]
    comma = np.array(["," in s or ";" in s for s in signs])
    touches = np.array([s in {"-", "/", "–"} for s in signs])
    bracket = np.array([("(" in s) - (")" in s) for s in signs])
    capital = np.array([w[0].isupper() for w in tokens.words])
    capitals = np.array([len(w) > 1 and w.isupper() for w in tokens.words])
    stretch_start = np.searchsorted(tokens.stretch, tokens.stretch)
    stretch_end = np.searchsorted(tokens.stretch, tokens.stretch, side="right")
    size = (stretch_end - stretch_start)[found.first]

    def stands(place: Ints, there: npt.NDArray[np.bool_], wanted: frozenset[str]) -> npt.NDArray[np.bool_]:
        return np.array([w in wanted for w in low], dtype=bool)[place] & there

    return [
        *(stands(after, has_after, lexicon.beside[w]) for w in _AFTER),
        *(stands(before, has_before, lexicon.beside[w]) for w in _BEFORE),
        has_before & (group[before] >= 0) & ~words.silent[before],
        has_after & (group[after] >= 0) & ~words.silent[after],
        np.where(has_before, telling[before], 0), np.where(has_after, telling[after], 0),
        touches[found.first], touches[found.last + 1], comma[found.first], comma[found.last + 1], ~has_after,
        bracket[found.first] > 0, capital[found.first] & has_before, capitals[found.first], size,
        (found.first - stretch_start[found.first]) / np.maximum(size, 1),
    ]  # fmt: skip


def _whole(words: Words, found: Candidates, lexicon: Lexicon) -> list[npt.NDArray[np.generic]]:
    n, m = len(words), len(found)
    low = [w.lower() for w in words.tokens.words]
    head = np.zeros(n + 1, dtype=np.int64)
    for _, b, stop in words.tokens.headings:
        head[b] += 1
        head[stop] -= 1
    under = (np.cumsum(head) > 0)[:-1]

    def share(wanted: frozenset[str]) -> Floats:
        return np.full(m, sum(w in wanted for w in low) / max(n, 1), dtype=np.float32)

    figures = sum(w[0].isdigit() for w in low) / max(n, 1)
    return [
        np.full(m, np.log1p(n)), found.first / max(n, 1), share(lexicon.beside["patient"]),
        share(lexicon.beside["paper"]),
        np.full(m, figures), np.full(m, m / max(n, 1)), under[found.first], np.full(m, under.mean()),
    ]  # fmt: skip
