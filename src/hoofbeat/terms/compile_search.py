"""All names of all terms, ours and HPO's, made into an index by their words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b, sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from hoofbeat.terms import spelling
from hoofbeat.terms.compile_hpo import packed
from hoofbeat.terms.spelling import is_abbreviation, loose_word, strict_words

if TYPE_CHECKING:
    from hoofbeat.terms.ontology import Ontology

LAY_WORDS = Path(__file__).parent / "data" / "lay_words.yaml"
# words that many names have and few people say
_SAYING_LITTLE = ("abnormal", "level", "concentration", "circulating", "morphology")
SCOPES = ("LABEL", "EXACT", "OURS", "NARROW", "RELATED", "BROAD")


@dataclass
class _Rows:
    """One row a name, while the index is being made."""

    term: list[int] = field(default_factory=list)
    place: list[int] = field(default_factory=list)
    scope: list[int] = field(default_factory=list)
    words: list[list[str]] = field(default_factory=list)

    def add(self, term: int, place: int, scope: str, words: list[str]) -> None:
        self.term.append(term)
        self.place.append(place)
        self.scope.append(SCOPES.index(scope))
        self.words.append(words)


def ingredients_key() -> str:
    """Return what changes whenever the lay words, or the way words are compared, change."""
    made_of = (LAY_WORDS, Path(__file__), Path(spelling.__file__))
    return sha256(b"".join(path.read_bytes() for path in made_of)).hexdigest()[:12]


def read_lay_words() -> dict[str, Any]:
    """Return the file of lay words: `terms`, `abbreviations` and `same_words`."""
    import yaml

    content: dict[str, Any] = yaml.safe_load(LAY_WORDS.read_text(encoding="utf-8"))
    return content


def compile_search(onto: Ontology) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Return the arrays and words of hoofbeat.terms.search.SearchIndex."""
    ours = read_lay_words()
    same = same_words(ours["same_words"])
    rows = _Rows()
    phrases: list[str] = []
    short: dict[str, set[int]] = {}
    for i, place, name in onto.names():
        if is_abbreviation(name.text):
            short.setdefault(name.text, set()).add(i)
        rows.add(i, place, name.scope, strict_words(name.text))
    for entry in ours["terms"]:
        for phrase in entry["words"]:
            phrases.append(phrase)
            rows.add(onto.index(entry["term"]), -len(phrases), "OURS", strict_words(phrase))
    # an abbreviation that we explain means what we say, whatever else the ontology uses it for
    short |= {a: {onto.index(e["term"])} for e in ours["abbreviations"] for a in e["words"]}
    loose = [sorted({loose_word(w, same) for w in words}) for words in rows.words]
    vocabulary = sorted({w for words in loose for w in words})
    number = {w: k for k, w in enumerate(vocabulary)}
    entry_words = [[number[w] for w in words] for words in loose]
    arrays: dict[str, npt.NDArray[Any]] = {
        "term": np.array(rows.term, dtype=np.int32),
        "place": np.array(rows.place, dtype=np.int32),
        "scope": np.array(rows.scope, dtype=np.int8),
        **_weights(entry_words, vocabulary),
        **_keys("strict", rows.words),
        **_keys("loose", loose),
    }
    seen = Counter(w for words in rows.words for w in set(words))
    about = {
        "ours": phrases,
        "short": {text: sorted(terms) for text, terms in short.items()},
        "same": same,
        "vocabulary": vocabulary,
        "surfaces": [w for w, _ in seen.most_common() if not w.isdigit()],
    }
    return arrays, about


def same_words(groups: Iterable[Iterable[str]]) -> dict[str, str]:
    """Return for each word the first of its group, all in strict form.

    >>> same_words([["itch", "pruritus", "pruritic"]])["pruritic"]
    'itch'
    """
    same: dict[str, str] = {}
    for group in groups:
        forms = [w for word in group for w in strict_words(word)]
        first = loose_word(forms[0], {})
        for form in forms:
            same[form] = same[loose_word(form, {})] = first
    return same


def phrase_key(words: Iterable[str]) -> int:
    """Return a number for a set of words, whatever their order."""
    digest = blake2b(" ".join(sorted(set(words))).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "little")


def _weights(entry_words: list[list[int]], vocabulary: list[str]) -> Mapping[str, npt.NDArray[Any]]:
    """Which names a word is in, how telling the word is, and how much there is to match in a name."""
    inside: list[list[int]] = [[] for _ in vocabulary]
    for row, words in enumerate(entry_words):
        for w in words:
            inside[w].append(row)
    indptr, rows = packed(inside)
    telling = np.log1p(len(entry_words) / np.maximum(np.diff(indptr), 1)).astype(np.float32)
    telling[np.isin(vocabulary, _SAYING_LITTLE)] /= 3
    total = np.array([telling[words].sum() for words in entry_words], dtype=np.float32)
    return {"word_indptr": indptr, "word_rows": rows, "telling": telling, "total": total}


def _keys(name: str, phrases: list[list[str]]) -> Mapping[str, npt.NDArray[Any]]:
    keys = np.array([phrase_key(words) for words in phrases], dtype=np.uint64)
    order = np.argsort(keys, kind="stable").astype(np.int32)
    return {f"{name}_keys": keys[order], f"{name}_rows": order}
