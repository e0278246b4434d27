"""Lesion words: what a rash looks like and what it does."""

from __future__ import annotations

from difflib import get_close_matches
from functools import cache
from typing import NamedTuple

from hoofbeat.errors import UnknownTerm
from hoofbeat.terms.vocabulary import Phrases, read_data


class LesionWord(NamedTuple):
    """A word for the look or behaviour of a lesion, what it means, and the HPO term it counts as."""

    slug: str
    name: str
    kind: str
    words: tuple[str, ...]
    means: str
    hpo: str


@cache
def lesion_words() -> tuple[LesionWord, ...]:
    """Return all lesion words."""
    return tuple(
        LesionWord(
            row["slug"],
            row["name"],
            row["kind"],
            tuple(row.get("words", ())),
            row["means"],
            row.get("hpo", ""),
        )
        for row in read_data("lesion_words.yaml")
    )


@cache
def _by_slug() -> dict[str, LesionWord]:
    return {word.slug: word for word in lesion_words()}


def lesion_word(slug: str) -> LesionWord:
    """Return one lesion word. Raises UnknownTerm with near slugs."""
    found = _by_slug().get(slug)
    if found is None:
        near = get_close_matches(slug, _by_slug(), n=3)
        raise UnknownTerm(
            f"Unknown lesion word {slug!r}",
            why="A form that is not understood cannot be compared with what a disease looks like.",
            remedy="one of: " + ", ".join(near or sorted(_by_slug())[:8]),
        )
    return found


@cache
def _phrases() -> Phrases:
    return Phrases(
        (word, w.slug) for w in lesion_words() for word in (w.name, w.slug.replace("_", " "), *w.words)
    )


def read_lesion_words(text: str) -> tuple[str, ...]:
    """Return the lesion words a free text uses, in their order, each once.

    >>> read_lesion_words("crusted annular plaques, migrating")
    ('crust', 'annular', 'plaque', 'migratory')
    """
    return tuple(dict.fromkeys(span.meaning for span in _phrases().find(text)))
