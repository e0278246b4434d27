"""Every place of a text where all words of a name stand near each other, in any order.

A name is looked for where its rarest word stands; its other words must follow or precede within the same
stretch, with at most MOST_GAPS other words among them. All names of a text are matched at once, slot by slot,
so that nearly all drop out at their second word.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.reading.compile_lexicon import KINDS, MOST_WORDS, NORMAL, SILENT
from hoofbeat.reading.lexicon import MENDED, Lexicon
from hoofbeat.reading.tokens import Tokens, tokenise

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
MOST_GAPS = 7
_BLOCK = 400_000  # pairs of a place and a name matched at once: bounds the memory
_SHORT = KINDS.index("SHORT")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a text as they are matched, shape (n,), numbers (n, 4).

    content: how many telling words came before, so that "of the" makes no gap. adjective: its ending lets a
    single word stand for its noun ("hyperteloric"). normal: says that something is as it should be.
    """

    tokens: Tokens
    numbers: npt.NDArray[np.int32]
    content: Ints
    silent: Bools
    adjective: Bools
    normal: Bools

    def __len__(self) -> int:
        return len(self.content)


@dataclass(frozen=True, slots=True)
class Candidates:
    """Names that may stand in a text; arrays of shape (m,) and (m, MOST_WORDS).

    row: row of the lexicon; token: the words of the text, in the row's order, -1 beyond the last; level: 0
    same spelling, 1 same singular, 2 same root, 3 same class; lent: that word stands in a heading; gaps:
    telling words among them; first, last: outermost words outside headings; short: an abbreviation that the
    text itself explains.
    """

    row: Ints
    token: Ints
    level: npt.NDArray[np.int8]
    lent: Bools
    gaps: Ints
    first: Ints
    last: Ints
    explained: Bools

    def __len__(self) -> int:
        return len(self.row)

    def take(self, which: npt.NDArray[Any]) -> Candidates:
        """Return some of them."""
        return Candidates(*(column[which] for column in self._columns()))

    def joined(self, other: Candidates) -> Candidates:
        """Return these and others."""
        pairs = zip(self._columns(), other._columns(), strict=True)
        return Candidates(*(np.concatenate(pair) for pair in pairs))

    def _columns(self) -> tuple[npt.NDArray[Any], ...]:
        return (
            self.row,
            self.token,
            self.level,
            self.lent,
            self.gaps,
            self.first,
            self.last,
            self.explained,
        )


class _Sequence(NamedTuple):
    """Words in the order they are matched: which word of the text stands where; shape (n,) each.

    content: telling words before it; lent: it stands in a heading, next to all that follows.
    """

    place: Ints
    stretch: Ints
    content: Ints
    lent: Bools


_ADJECTIVAL = (
    "ic",
    "ous",
    "oid",
    "ed",
    "ity",
    "ism",
    "ia",
    "osis",
    "y",
    "us",
    "is",
    "ation",
    "e",
    "ical",
    "ally",
)


def read_words(text: str, lexicon: Lexicon) -> Words:
    """Cut a text into words and look each up."""
    tokens = _with_parts(tokenise(text, lexicon.surfaces), lexicon)
    silent = np.fromiter((w.lower() in SILENT for w in tokens.words), dtype=bool, count=len(tokens))
    adjective = np.fromiter(
        (w.lower().endswith(_ADJECTIVAL) for w in tokens.words), dtype=bool, count=len(tokens)
    )
    numbers = lexicon.numbers(tokens.words)
    content = np.cumsum(~silent) - ~silent
    normal = np.fromiter((w.lower() in NORMAL for w in tokens.words), dtype=bool, count=len(tokens))
    return Words(tokens, numbers, content, silent, adjective, normal)


def _with_parts(tokens: Tokens, lexicon: Lexicon) -> Tokens:
    """Cut words written as one that names write with a hyphen: "lowset"."""
    cut = [(i, lexicon.joined[w.lower()]) for i, w in enumerate(tokens.words) if w.lower() in lexicon.joined]
    if not cut:
        return tokens
    words = list(tokens.words)
    at = []
    for i, parts in reversed(cut):
        words[i : i + 1] = parts
        at.append((i, len(parts)))
    times = np.ones(len(tokens), dtype=np.int64)
    for i, n in at:
        times[i] = n
    new = np.cumsum(np.r_[0, times])
    headings = tuple((int(new[a]), int(new[b]), int(new[c])) for a, b, c in tokens.headings)
    start, end, stretch = (np.repeat(a, times) for a in (tokens.start, tokens.end, tokens.stretch))
    return Tokens(start, end, stretch, words, headings)


def find_candidates(words: Words, lexicon: Lexicon) -> Candidates:
    """Return every name all of whose words stand near each other, each term once a place."""
    n = len(words)
    plain = _Sequence(np.arange(n), words.tokens.stretch, words.content, np.zeros(n, dtype=bool))
    found = _match(lexicon, words, plain)
    under = _under_headings(words)
    if under is not None:
        more = _match(lexicon, words, under)
        found = found.joined(more.take(np.flatnonzero(more.lent.any(axis=1))))
    found = found.take(_allowed(found, words, lexicon))
    return found.take(_best_of_each(found, lexicon))


def _under_headings(words: Words) -> _Sequence | None:
    """Each stretch of what stands under a heading, with the heading's words before it."""
    parts: list[_Sequence] = []
    for a, b, stop in words.tokens.headings:
        head = np.arange(a, b)
        if not (words.numbers[head, 3] >= 0).any():
            continue
        for group in _split(words.tokens.stretch[b:stop], np.arange(b, stop)):
            place = np.concatenate([head, group])
            content = np.concatenate([np.full(len(head), -1), words.content[group]])
            lent = np.arange(len(place)) < len(head)
            parts.append(_Sequence(place, np.full(len(place), len(parts)), content, lent))
    if not parts:
        return None
    return _Sequence(*(np.concatenate(columns) for columns in zip(*parts, strict=True)))


def _split(stretch: Ints, body: Ints) -> list[Ints]:
    return [g for g in np.split(body, np.flatnonzero(np.diff(stretch)) + 1) if len(g)]


def _match(lexicon: Lexicon, words: Words, sequence: _Sequence) -> Candidates:
    """Match all names against a sequence of words."""
    group = words.numbers[sequence.place, 3].astype(np.int64)
    known = np.flatnonzero(group >= 0)
    counts = np.zeros(len(group), dtype=np.int64)
    counts[known] = lexicon.key_start[group[known] + 1] - lexicon.key_start[group[known]]
    finder = _Finder(group, len(lexicon.telling), sequence)
    rows, wheres = [np.empty(0, dtype=np.int64)], [np.empty((0, MOST_WORDS), dtype=np.int64)]
    total = np.cumsum(counts)
    start = 0
    while start < len(group):
        done = int(total[start - 1]) if start else 0
        stop = max(int(np.searchsorted(total, done + _BLOCK)), start + 1)
        each = counts[start:stop]
        at = np.repeat(np.arange(start, stop), each)
        offset = np.arange(len(at)) - np.repeat(np.cumsum(each) - each, each)
        row = lexicon.key_row[lexicon.key_start[group[at]] + offset].astype(np.int64)
        row, where = _match_pairs(lexicon, finder, at, row)
        rows.append(row)
        wheres.append(where)
        start = stop
    return _described(lexicon, words, sequence, np.concatenate(rows), np.concatenate(wheres))


class _Finder:
    """Where each word class stands in a sequence."""

    def __init__(self, group: Ints, classes: int, sequence: _Sequence) -> None:
        self.size = len(group)
        at = np.flatnonzero(group >= 0)
        keys = group[at] * self.size + at
        self.keys = np.concatenate([[-1], np.sort(keys), [np.iinfo(np.int64).max]])
        _, self.stretch, self.content, self.lent = sequence
        self.has_lent = bool(self.lent.any())
        self.present = np.zeros(classes + 1, dtype=bool)
        self.present[group[at]] = True

    def near(self, at: Ints, wanted: Ints, reach: Ints) -> tuple[Ints, Ints]:
        """Nearest place of each wanted class left and right of each place, -1 if none is near."""
        base = wanted * self.size
        k = np.searchsorted(self.keys, base + at)
        sides = []
        for key in (self.keys[k - 1], self.keys[k]):
            place = key - base
            inside = (place >= 0) & (place < self.size)
            place = np.where(inside, place, 0)
            near = inside & (self.stretch[place] == self.stretch[at])
            close = np.abs(self.content[place] - self.content[at]) <= reach
            if self.has_lent:
                close |= self.lent[place] | self.lent[at]
            sides.append(np.where(near & close, place, -1))
        return sides[0], sides[1]


def _match_pairs(lexicon: Lexicon, finder: _Finder, at: Ints, row: Ints) -> tuple[Ints, Ints]:
    """Keep the pairs whose name has all its words near; return rows and the places of their words."""
    length = lexicon.length[row].astype(np.int64)
    second = lexicon.word[row, 1, 3]
    keep = finder.present[second] | (length == 1)
    at, row, length = at[keep], row[keep], length[keep]
    left = np.full((len(at), MOST_WORDS), -1, dtype=np.int64)
    left[:, 0] = at
    right = left.copy()
    for slot in range(1, MOST_WORDS):
        more = np.flatnonzero(length > slot)
        if not len(more):
            break
        wanted = lexicon.word[row[more], slot, 3].astype(np.int64)
        lo, hi = finder.near(at[more], wanted, length[more] - 1 + MOST_GAPS)
        left[more, slot], right[more, slot] = lo, hi
        lost = more[(lo < 0) & (hi < 0)]
        if len(lost):
            alive = np.ones(len(at), dtype=bool)
            alive[lost] = False
            at, row, length, left, right = at[alive], row[alive], length[alive], left[alive], right[alive]
    return row, _tightest(finder, at, length, left, right)


def _tightest(finder: _Finder, at: Ints, length: Ints, left: Ints, right: Ints) -> Ints:
    """Of the places left and right of the rarest word take those that stand closest together."""
    content = finder.content
    used = np.arange(MOST_WORDS) < length[:, None]
    far = np.int64(1 << 40)
    here = content[at][:, None]
    to_left = np.where(left >= 0, here - content[left], far)
    to_right = np.where(right >= 0, content[right] - here, far)
    choices = (
        np.where(to_left <= to_right, left, right),
        np.where(left >= 0, left, right),
        np.where(right >= 0, right, left),
    )
    widths = []
    for choice in choices:
        own = used & ~finder.lent[choice]
        high = np.where(own, content[choice], -far).max(axis=1)
        low = np.where(own, content[choice], far).min(axis=1)
        widths.append(high - low)
    best = np.argmin(np.stack(widths), axis=0)
    chosen = np.stack(choices)[best, np.arange(len(at))]
    return np.where(used, chosen, -1)


def _described(lexicon: Lexicon, words: Words, sequence: _Sequence, row: Ints, where: Ints) -> Candidates:
    """What each match looks like; those with too wide gaps, or of headings only, are left out."""
    used = where >= 0
    from_heading = used & sequence.lent[where]
    own = used & ~from_heading
    far = np.int64(1 << 40)
    content = sequence.content[where]
    high = np.where(own, content, -far).max(axis=1, initial=-far)
    low = np.where(own, content, far).min(axis=1, initial=far)
    gaps = high - low + 1 - own.sum(axis=1)
    keep = (gaps <= MOST_GAPS) & (gaps >= 0) & own.any(axis=1)
    row, where, used, own = row[keep], where[keep], used[keep], own[keep]
    token = np.where(used, sequence.place[where], -1)
    theirs = words.numbers[np.maximum(token, 0)]
    mine = lexicon.word[row]
    level = 3 - (theirs[..., :3] == mine[..., :3]).sum(axis=2)
    # a word mended to the same root is that word
    level = np.where((theirs[..., 0] == MENDED) & (level == 2), 1, level)
    last = np.where(own, token, -1).max(axis=1, initial=-1)
    first = np.where(own, token, len(words)).min(axis=1, initial=len(words))
    none = np.zeros(len(row), dtype=bool)
    return Candidates(
        row,
        token,
        np.where(used, level, 0).astype(np.int8),
        from_heading[keep],
        gaps[keep],
        first,
        last,
        none,
    )


def _allowed(found: Candidates, words: Words, lexicon: Lexicon) -> Bools:
    """Leave out abbreviations not in capitals, and single words that are only remotely alike."""
    single = lexicon.length[found.row] == 1
    loose = found.level[:, 0] >= 2
    fine: Bools = ~(single & loose) | words.adjective[found.token[:, 0]]
    # "normal" belongs to what stands beside it
    denied = (words.normal[found.token] & (found.token >= 0)).any(axis=1)
    fine = fine & (~denied | (found.gaps <= 2))
    for k in np.flatnonzero(lexicon.kind[found.row] == _SHORT).tolist():
        as_written = words.tokens.words[int(found.token[k, 0])]
        text = lexicon.texts[int(found.row[k])]
        fine[k] = as_written in {text, f"{text}s"}
    return fine


def _best_of_each(found: Candidates, lexicon: Lexicon) -> Ints:
    """For each term and each set of words the row that is most like the text."""
    if not len(found):
        return np.empty(0, dtype=np.int64)
    term = lexicon.term[found.row].astype(np.int64)
    ordered = np.sort(found.token, axis=1)
    worth = found.level.sum(axis=1) * 16 + lexicon.kind[found.row]
    keys = np.lexsort((found.row, worth, *ordered.T, term))
    same = (term[keys][1:] == term[keys][:-1]) & (ordered[keys][1:] == ordered[keys][:-1]).all(axis=1)
    return np.sort(keys[np.r_[True, ~same]])
