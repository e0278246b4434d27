"""The words a rash is told in: lesion words, body sites, and those of data/rash.yaml, as tokens."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from hoofbeat.reading.model import Span

_WORD = re.compile(r"[^\W\d_]+|[;:,.()]")
# Of two kinds of the same words the earlier counts.
_ORDER = ("corner", "lid", "course", "spare", "form", "head", "skin", "organ", "site", "place")


class Words(NamedTuple):
    """The phrases that are looked for, by their first word: their words, kind, meaning, and whether weak.

    not_before, not_after: for a word, the words after and before it that make it mean something else.
    """

    phrases: Mapping[str, list[tuple[tuple[str, ...], str, str, bool]]]
    not_before: Mapping[str, list[tuple[str, ...]]]
    not_after: Mapping[str, list[tuple[str, ...]]]


@cache
def rules() -> dict[str, Any]:
    """Return data/rash.yaml."""
    import yaml

    path = Path(__file__).parent / "data" / "rash.yaml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load(path.read_bytes(), Loader=loader))  # noqa: S506 (safe)


def tokens_of(text: str, sentence: Span) -> list[tuple[str, int, int]]:
    """Return the words and stops of a sentence in small letters, each with where it begins and ends."""
    return [
        (match[0].lower(), match.start(), match.end())
        for match in _WORD.finditer(text, sentence.start, sentence.end)
    ]


@cache
def vocabulary() -> Words:
    """Return all phrases of a rash, the longest first; of two kinds of the same words the one that counts."""
    phrases: dict[str, list[tuple[tuple[str, ...], str, str, bool]]] = {}
    weak = {_split(word) for word in rules()["weak"]}
    seen: set[tuple[tuple[str, ...], str]] = set()
    for kind, meaning, phrase in _phrases():
        key = _split(phrase)
        if not key or (key, kind) in seen:
            continue
        seen.add((key, kind))
        phrases.setdefault(key[0], []).append((key, kind, meaning, key in weak))
    for entries in phrases.values():
        entries.sort(key=lambda entry: (-len(entry[0]), _ORDER.index(entry[1])))
    return Words(phrases, _around(rules()["not_before"]), _around(rules()["not_after"]))


def _phrases() -> Iterator[tuple[str, str, str]]:
    """Yield (kind, meaning, phrase) for every phrase that is looked for."""
    from hoofbeat.terms import sites

    data = rules()
    for kind, meaning, key in (
        ("corner", "mouth corner", "mouth_corner"),
        ("lid", "eyelid", "eyelid"),
        ("spare", "spare", "spare"),
        ("skin", "skin", "skin"),
    ):
        yield from ((kind, meaning, phrase) for phrase in data[key])
    for kind, table in (("course", data["course"]), ("organ", data["organs"])):
        yield from ((kind, meaning, phrase) for meaning, phrases in table.items() for phrase in phrases)
    yield from _forms(data)
    for row in data["heads"]:
        yield from (("head", "rash" if row.get("rash") else "lesion", phrase) for phrase in row["words"])
    for row in data["on_place"]:
        yield from (("place", phrase, phrase) for phrase in row["words"])
    for place in sites():
        for phrase in (place.name, place.slug.replace("_", " "), *place.words):
            yield from (("site", place.slug, variant) for variant in (phrase, phrase + "s"))


def _forms(data: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    from hoofbeat.terms import lesion_words

    heads = {phrase for row in data["heads"] for phrase in row["words"]}
    for word in lesion_words():
        for phrase in (word.name, word.slug.replace("_", " "), *word.words):
            # "painful rash" is two pieces, the form and the rash
            if phrase.rsplit(" ", 1)[-1] not in heads:
                yield from (("form", word.slug, variant) for variant in (phrase, phrase + "s"))
    for slug, phrases in data["more_forms"].items():
        yield from (("form", slug, phrase) for phrase in phrases)


def _split(phrase: str) -> tuple[str, ...]:
    return tuple(token for token in _WORD.findall(phrase.lower()) if token.isalpha())


def _around(table: Mapping[str, Iterable[str]]) -> dict[str, list[tuple[str, ...]]]:
    return {word: [_split(str(phrase)) for phrase in phrases] for word, phrases in table.items()}
