"""The findings that a text names: candidates, how likely each is meant, and which of them stand."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from hoofbeat.reading.abbreviations import with_explained
from hoofbeat.reading.candidates import Candidates, Words, find_candidates, read_words
from hoofbeat.reading.compile_lexicon import KINDS
from hoofbeat.reading.features import NAMES, features, impossible
from hoofbeat.reading.forest import load_forest
from hoofbeat.reading.lexicon import Lexicon, load_lexicon
from hoofbeat.reading.model import Cutoff, Mention, Span
from hoofbeat.reading.select import select

_HOW = {"LABEL": "label", "EXACT": "synonym", "OURS": "synonym", "RELATED": "synonym", "NARROW": "synonym"}
_SURE_KINDS = [KINDS.index(k) for k in ("LABEL", "EXACT", "OURS")]
_PLAIN = ("worst_level", "gaps", "commas", "in_order", "lent", "same_words")
_LEAST_PLAIN = 0.1
_MOST_RIVALS = 4
_LEAST_RIVAL = 0.1
_PIECE = 25_000  # characters read at once: bounds the memory; cut between lines

Chances = npt.NDArray[np.float64]


def find_mentions(text: str, *, cutoff: Cutoff = "clinic") -> list[Mention]:
    """Return the HPO findings that a text names, by place; what is said of them is not judged here.

    cutoff: "balanced" weighs false against missed findings as the annotated texts do; "clinic" also keeps
    what a term is plainly called, so that nothing is missed. how "normal" marks what the text calls normal
    ("nails normal"): the abnormality is named, and denied by the words themselves.

    >>> [m.term for m in find_mentions("Ears: low-set.")]
    ['HP:0000369']
    >>> find_mentions("The result was negative.")
    []
    """
    lexicon = load_lexicon()
    mentions: list[Mention] = []
    for start, piece in _pieces(text):
        mentions += _read(piece, start, cutoff, lexicon)
    return mentions


def _pieces(text: str) -> list[tuple[int, str]]:
    """The text in pieces of bounded size, cut at the last line or word before the bound."""
    pieces, start = [], 0
    while len(text) - start > _PIECE:
        cut = start + _PIECE
        for sign in ("\n\n", "\n", ". ", " "):
            at = text.rfind(sign, start + _PIECE // 2, cut)
            if at >= 0:
                cut = at + len(sign)
                break
        pieces.append((start, text[start:cut]))
        start = cut
    return [*pieces, (start, text[start:])]


def _read(text: str, offset: int, cutoff: Cutoff, lexicon: Lexicon) -> list[Mention]:
    words = read_words(text, lexicon)
    found = with_explained(text, words, find_candidates(words, lexicon), lexicon)
    if not len(found):
        return []
    forest = load_forest(NAMES)
    columns = features(text, words, found, lexicon)
    chance = np.where(impossible(columns), 0.0, forest.chances(columns))
    least = forest.cutoffs[cutoff]
    kept = _plainly_named(found, columns, chance, lexicon, least) if cutoff == "clinic" else None
    chosen = select(found, chance, lexicon, least, kept)
    rivals = _Rivals(found, chance, lexicon)
    mentions = [
        Mention(
            spans=_spans(words, found, k, offset),
            term=lexicon.onto.ids[int(lexicon.term[found.row[k]])],
            chance=round(float(chance[k]), 3),
            how=_how(words, found, lexicon, k),
            rivals=rivals.of(k),
        )
        for k in chosen
    ]
    return sorted(mentions, key=lambda m: (m.start, m.end, m.term))


def _plainly_named(
    found: Candidates, columns: npt.NDArray[np.float32], chance: Chances, lexicon: Lexicon, least: float
) -> npt.NDArray[np.bool_]:
    """Candidates in a term's own words, side by side, that are no part of a longer name that stands."""
    column = {name: columns[:, k] for k, name in enumerate(NAMES) if name in _PLAIN}
    plain = np.isin(lexicon.kind[found.row], _SURE_KINDS) & (column["worst_level"] <= 1)
    plain &= (
        (column["gaps"] == 0) & (column["commas"] == 0) & (column["in_order"] > 0) & (column["lent"] == 0)
    )
    plain &= (column["same_words"] == 1) & (chance >= _LEAST_PLAIN)
    size = (found.token >= 0).sum(axis=1)
    longest = np.zeros(int(found.last.max()) + 2, dtype=np.int64)
    for k in np.flatnonzero((chance >= least) & (size > 1)).tolist():
        span = slice(int(found.first[k]), int(found.last[k]) + 1)
        longest[span] = np.maximum(longest[span], size[k])
    kept: npt.NDArray[np.bool_] = plain & (longest[found.first] <= size) & (longest[found.last] <= size)
    return kept


class _Rivals:
    """Other terms that the same words might mean."""

    def __init__(self, found: Candidates, chance: Chances, lexicon: Lexicon) -> None:
        self._found, self._chance, self._lexicon = found, chance, lexicon
        self._at: dict[tuple[int, int], list[int]] = {}
        for k, place in enumerate(zip(found.first.tolist(), found.last.tolist(), strict=True)):
            self._at.setdefault(place, []).append(k)

    def of(self, k: int) -> tuple[tuple[str, float], ...]:
        """Return the rivals of a candidate, the likeliest first."""
        term = self._lexicon.term
        own = int(term[self._found.row[k]])
        best: dict[int, float] = {}
        for other in self._at[int(self._found.first[k]), int(self._found.last[k])]:
            rival, chance = int(term[self._found.row[other]]), float(self._chance[other])
            if rival != own and chance >= _LEAST_RIVAL:
                best[rival] = max(best.get(rival, 0.0), chance)
        ordered = sorted(best, key=lambda t: (-best[t], t))[:_MOST_RIVALS]
        return tuple((self._lexicon.onto.ids[t], round(best[t], 3)) for t in ordered)


def _how(words: Words, found: Candidates, lexicon: Lexicon, k: int) -> str:
    token = found.token[k][found.token[k] >= 0]
    if words.normal[token].any():
        return "normal"
    if found.lent[k].any():
        return "header"
    name = KINDS[int(lexicon.kind[found.row[k]])]
    if found.explained[k] or name == "SHORT":
        return "abbreviation"
    return "variant" if found.level[k].max() > 1 or found.gaps[k] else _HOW.get(name, "variant")


def _spans(words: Words, found: Candidates, k: int, offset: int) -> tuple[Span, ...]:
    """Characters of the words, with what stands between neighbours; headings are left out."""
    own = np.unique(found.token[k][(found.token[k] >= 0) & ~found.lent[k]]).tolist()
    tokens = words.tokens
    spans: list[Span] = []
    before = -2
    for t in own:
        start, end = int(tokens.start[t]) + offset, int(tokens.end[t]) + offset
        if spans and bool(words.silent[before + 1 : t].all()):
            spans[-1] = Span(spans[-1].start, max(end, spans[-1].end))
        else:
            spans.append(Span(start, end))
        before = t
    return tuple(spans)
