"""All names of all findings, ours and HPO's, made into rows of words that candidates are matched against."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from hashlib import blake2b, sha256
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.reading import tokens, words
from hoofbeat.reading.tokens import WORD
from hoofbeat.reading.words import forms, word_classes
from hoofbeat.terms import Ontology

DATA = Path(__file__).parent / "data"
WORD_CLASSES, PHRASES, BESIDE = (
    DATA / f"{name}.yaml" for name in ("word_classes", "phrases", "neighbour_words")
)
FORMAT = "2"
MOST_WORDS = 10
LONG = 8  # letters of a word in which a slip of the pen is mended
KINDS = ("LABEL", "EXACT", "OURS", "NARROW", "RELATED", "BROAD", "VARIANT", "SHORT")
SILENT = frozenset(
    {
        "a",
        "an",
        "the",
        "of",
        "in",
        "on",
        "at",
        "to",
        "by",
        "for",
        "from",
        "with",
        "and",
        "or",
        "due",
        "as",
        "is",
        "are",
        "be",
        "his",
        "her",
        "its",
        "their",
        "into",
        "within",
        "upon",
        "s",
    }
)
# after these an A is a name, not an article
_NAMED_A = frozenset({"vitamin", "hepatitis", "factor", "type", "group", "hemoglobin", "protein"})
_BRACKET = re.compile(r"\s*\([^()]{0,60}\)")
_ALTERNATIVES = re.compile(r"([^\W_]+)(?:\s?/\s?|\s+or\s+)([^\W_]+)")
# words of HPO's naming rules that nobody says
_UNSAID = frozenset({
    "morphology", "circulating", "concentration", "level", "physiology", "proportion", "finding",
    "phenotype", "observed",
})  # fmt: skip
# words by which a note says that what a name with "abnormal" means is not there
NORMAL = frozenset({"normal", "normally", "unremarkable", "intact"})
_CAPITALS = re.compile(r"[A-Z0-9]{2,}|[A-Z][a-z]?[A-Z][A-Za-z]{0,4}|[A-Z]{2,6}s")


class Name(NamedTuple):
    """One name to be matched. term: ontology number; kind: number in KINDS; text: as written."""

    term: int
    kind: int
    text: str
    lay: bool = False


@dataclass
class _Table:
    """Words seen so far, each step of comparing with its own numbers."""

    numbers: tuple[dict[str, int], ...] = field(default_factory=lambda: ({}, {}, {}, {}))

    def of(self, word: str, classes: Mapping[str, str]) -> tuple[int, ...]:
        """Return the numbers of a word's spelling, singular, root and class."""
        steps = zip(self.numbers, forms(word, classes), strict=True)
        return tuple(known.setdefault(form, len(known)) for known, form in steps)


def ingredients_key() -> str:
    """Return what changes whenever the phrases, or the way words are compared, change."""
    made_of = (WORD_CLASSES, PHRASES, BESIDE, Path(__file__), Path(words.__file__), Path(tokens.__file__))
    return sha256(b"".join(path.read_bytes() for path in made_of)).hexdigest()[:12]


@cache
def read_yaml(path: Path) -> dict[str, Any]:
    """Return one of this room's data files."""
    import yaml

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    content: dict[str, Any] = yaml.load(path.read_text(encoding="utf-8"), Loader=loader)  # noqa: S506 (safe)
    return content


def read_classes() -> dict[str, str]:
    """Return for each root the root that stands for its class."""
    content = read_yaml(WORD_CLASSES)
    return word_classes(group for part in content.values() for group in part)


def is_abbreviation(text: str) -> bool:
    """True for one short word in capitals, which means something else in small letters."""
    return len(text) <= 7 and bool(_CAPITALS.fullmatch(text)) and not text.isdigit()


def compile_lexicon(onto: Ontology) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Return the arrays and words of hoofbeat.reading.lexicon.Lexicon."""
    classes = read_classes()
    table = _Table()
    seen: set[tuple[Any, ...]] = set()
    names: list[Name] = []
    rows: list[list[tuple[int, ...]]] = []
    joined: dict[str, list[str]] = {}
    for name in all_names(onto):
        said = content_words(name.text)
        if not said or len(said) > MOST_WORDS:
            continue
        numbers = [table.of(w, classes) for w in said]
        unique = list({n[3]: n for n in reversed(numbers)}.values())[::-1]
        key = (name.term, name.kind == KINDS.index("SHORT"), *sorted(n[0] for n in unique))
        if key in seen:
            continue
        seen.add(key)
        names.append(name)
        rows.append(unique)
        _note_joined(name.text, joined)
    arrays = _arrays(names, rows, len(table.numbers[3]))
    plain, one, base, group = table.numbers
    known = {w: list(table.of(w, classes)) for w in list(plain)}
    arrays["known"] = np.array(list(known.values()), dtype=np.int32)
    arrays.update(_term_arrays(onto))
    arrays["slip_key"], arrays["slip_word"] = _slips(list(known))
    about = {
        "texts": [n.text for n in names],
        "surfaces": list(known),
        "singulars": list(one),
        "roots": list(base),
        "class_names": list(group),
        "classes": classes,
        "beside": read_yaml(BESIDE),
        "joined": {w: parts for w, parts in joined.items() if words.spelled(w) not in plain},
    }
    return arrays, about


def all_names(onto: Ontology) -> Iterator[Name]:
    """Yield all names of all findings, with their variants, the surest kinds first."""
    ours = list(_our_names(onto))
    told = {n.text for n in ours if n.kind == KINDS.index("SHORT")}
    plain = [
        Name(i, KINDS.index(name.scope), name.text, name.lay)
        for i, _, name in onto.names()
        if onto.phenotypic[i]
    ]
    plain.sort(key=lambda n: n.kind)
    # what HPO itself calls something is never taken for something else
    theirs = {_plainly(n.text): n.term for n in reversed(plain) if n.kind <= KINDS.index("EXACT")}
    ours = [n for n in ours if theirs.get(_plainly(n.text), n.term) == n.term or is_abbreviation(n.text)]
    never = {words.spelled(w) for w in read_yaml(PHRASES)["never_alone"]}
    for name in (*plain, *ours):
        if _is_never(name.text, never):
            continue
        if is_abbreviation(name.text):
            # an abbreviation that we explain means what we say, whatever else the ontology uses it for
            if name.text not in told or name in ours:
                yield name._replace(kind=KINDS.index("SHORT"))
        else:
            yield name
    for name in (*plain, *ours):
        if not is_abbreviation(name.text):
            for text in _variants(name.text):
                if _is_never(text, never):
                    continue
                yield name._replace(kind=KINDS.index("VARIANT"), text=text)


def _is_never(text: str, never: set[str]) -> bool:
    """True for a single word that means something else more often than a finding."""
    said = content_words(text)
    return len(said) == 1 and words.spelled(said[0]) in never


def _plainly(text: str) -> tuple[str, ...]:
    return tuple(sorted({words.singular(words.spelled(w)) for w in content_words(text)}))


def _our_names(onto: Ontology) -> Iterator[Name]:
    index = onto.search_index
    for term, place in zip(index.term.tolist(), index.place.tolist(), strict=True):
        if place < 0 and onto.phenotypic[term]:
            yield Name(term, KINDS.index("OURS"), index.ours[-place - 1], lay=True)
    content = read_yaml(PHRASES)
    for entry in content["terms"]:
        term = onto.index(entry["term"])
        for text in entry["phrases"]:
            yield Name(term, KINDS.index("OURS"), text)
    for entry in content["abbreviations"]:
        for text in entry["short"]:
            yield Name(onto.index(entry["term"]), KINDS.index("SHORT"), text)


def _variants(text: str) -> Iterator[str]:
    """Yield a name without its brackets, its unsaid words, and one name for each of its alternatives."""
    bare = _BRACKET.sub("", text).strip()
    if bare and bare != text:
        yield bare
    for found in list(_ALTERNATIVES.finditer(bare))[:2]:
        for alternative in found.groups():
            yield bare[: found.start()] + alternative + bare[found.end() :]
    said = bare.split()
    kept = [w for w in said if w.lower().rstrip("s") not in _UNSAID]
    if len(kept) < len(said) and len(kept) > 1:
        yield " ".join(kept)


def content_words(text: str) -> list[str]:
    """Return the words of a name without articles and prepositions.

    >>> content_words("Deficiency of vitamin A"), content_words("A deficiency")
    (['Deficiency', 'vitamin', 'A'], ['deficiency'])
    """
    raw = WORD.findall(text)
    kept = [w for i, w in enumerate(raw) if w.lower() not in SILENT or _is_name(raw, i)]
    return kept or raw


def _is_name(raw: list[str], i: int) -> bool:
    return raw[i] in {"A", "S"} and i > 0 and raw[i - 1].lower() in _NAMED_A


def _note_joined(text: str, joined: dict[str, list[str]]) -> None:
    """Remember "lowset" for a name with "low-set"."""
    for part in re.findall(r"[^\W\d_]{2,}-[^\W\d_]{2,}", text):
        left, right = part.lower().split("-")
        if len(left) + len(right) >= 6:
            joined.setdefault(left + right, [left, right])


def _arrays(
    names: list[Name], rows: list[list[tuple[int, ...]]], classes: int
) -> dict[str, npt.NDArray[Any]]:
    """Rows of words, the rarest word of each row first, and the rows by their rarest word."""
    seen = Counter(n[3] for row in rows for n in row)
    length = np.array([len(row) for row in rows], dtype=np.int16)
    word = np.full((len(rows), MOST_WORDS, 4), -1, dtype=np.int32)
    order = np.full((len(rows), MOST_WORDS), -1, dtype=np.int8)
    for r, row in enumerate(rows):
        by_rarity = sorted(range(len(row)), key=lambda k: (seen[row[k][3]], row[k][3]))
        word[r, : len(row)] = [row[k] for k in by_rarity]
        order[r, : len(row)] = by_rarity
    count = np.array([seen[c] for c in range(classes)], dtype=np.float64)
    by_key = np.argsort(word[:, 0, 3], kind="stable").astype(np.int32)
    start = np.searchsorted(word[by_key, 0, 3], np.arange(classes + 1)).astype(np.int32)
    return {
        "term": np.array([n.term for n in names], dtype=np.int32),
        "kind": np.array([n.kind for n in names], dtype=np.int8),
        "lay": np.array([n.lay for n in names]),
        "length": length,
        "word": word,
        "order": order,
        "key_start": start,
        "key_row": by_key,
        "telling": np.log(len(rows) / np.maximum(count, 1)).astype(np.float32),
        "same_words": _same_words(word[:, :, 3], np.array([n.term for n in names])),
    }


def _same_words(classes: npt.NDArray[np.int32], term: npt.NDArray[np.int64]) -> npt.NDArray[np.int32]:
    """How many terms have a name of just the same word classes as each row; shape (rows,)."""
    by_class = np.sort(classes, axis=1)
    _, group = np.unique(by_class, axis=0, return_inverse=True)
    pairs = np.unique(np.c_[group.reshape(-1), term], axis=0)
    return np.bincount(pairs[:, 0])[group.reshape(-1)].astype(np.int32)


def _term_arrays(onto: Ontology) -> dict[str, npt.NDArray[Any]]:
    """What is known of each term before any text is read; all of shape (terms,)."""
    from hoofbeat.knowledge import load_annotations

    annotations = load_annotations()
    entry = np.repeat(np.arange(len(annotations)), np.diff(annotations.start))
    pairs = np.unique(np.c_[entry, annotations.term], axis=0)
    direct = np.bincount(pairs[:, 1], minlength=len(onto)).astype(np.float64)
    below = np.array([len(onto.descendant_indices(i)) for i in range(len(onto))], dtype=np.float64)
    names = Counter(i for i, _, _ in onto.names())
    with_kinds = np.array([direct[onto.descendant_indices(i)].sum() for i in range(len(onto))])
    return {
        "used": np.log1p(direct).astype(np.float32),
        "below": np.log(below).astype(np.float32),
        "rarity": -np.log((with_kinds + 1) / (direct.sum() + 1)).astype(np.float32),
        "names": np.array([names[i] for i in range(len(onto))], dtype=np.float32),
        "system": _systems(onto),
    }


def _slips(surfaces: list[str]) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int32]]:
    """Long words by what is left of them when one letter is left out; sorted."""
    pairs = [
        (letters_key(left), number)
        for number, word in enumerate(surfaces)
        if len(word) >= LONG and word.isalpha()
        for left in with_one_left_out(word)
    ]
    pairs.sort()
    return np.array([k for k, _ in pairs], dtype=np.uint64), np.array([n for _, n in pairs], dtype=np.int32)


def with_one_left_out(word: str) -> set[str]:
    """Return a word, and the word without each of its letters but the first.

    >>> sorted(with_one_left_out("rash"))
    ['rah', 'ras', 'rash', 'rsh']
    """
    return {word, *(word[:k] + word[k + 1 :] for k in range(1, len(word)))}


def letters_key(letters: str) -> int:
    """Return a number for some letters, the same in every process."""
    return int.from_bytes(blake2b(letters.encode(), digest_size=8).digest(), "little")


def _systems(onto: Ontology) -> npt.NDArray[np.int8]:
    """Number of the organ system (child of "Phenotypic abnormality") each term is first under; else -1."""
    tops = [onto.index(t) for t in sorted(onto.children("HP:0000118"))]
    found = np.full(len(onto), -1, dtype=np.int8)
    for number, top in reversed(list(enumerate(tops))):
        found[onto.descendant_indices(top)] = number
    return found
