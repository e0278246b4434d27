"""What makes a rash worse, as a letter tells of it: heat, friction, pressure, alone or in a list."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import NamedTuple

from hoofbeat.reading.model import Span
from hoofbeat.reading.rash_words import rules


class Trigger(NamedTuple):
    """A thing that makes the rash worse: the lesion word or else the HPO id it means, and its words."""

    form: str
    term: str
    span: Span


class _Shapes(NamedTuple):
    opener: re.Pattern[str]
    thing: re.Pattern[str]
    other: re.Pattern[str]
    opens: re.Pattern[str]


def find_triggers(text: str, sentence: Span) -> list[Trigger]:
    """Return what a sentence says makes it worse, unless it is said of a pain or the like.

    >>> text = "Worse in heat and with friction, better after zinc."
    >>> [t.form or t.term for t in find_triggers(text, Span(0, len(text)))]
    ['HP:6001076', 'koebner']
    """
    return list(_triggers(text, sentence))


def goes_on_about(text: str, sentence: Span, triggers: list[Trigger]) -> bool:
    """Tell whether a sentence that names no rash opens with what makes "it" worse."""
    shapes = _shapes()
    opened = shapes.opens.match(text, *sentence) or shapes.opener.match(text, *sentence)
    return bool(triggers) and opened is not None


def _triggers(text: str, sentence: Span) -> Iterator[Trigger]:
    shapes = _shapes()
    things = rules()["provoked"]["things"]
    for said in shapes.opener.finditer(text, *sentence):
        clause = max(text.rfind(mark, sentence.start, said.start()) for mark in ",;:") + 1
        if shapes.other.search(text, max(clause, sentence.start), said.start()):
            continue
        start, at = said.start(), said.end()
        while thing := shapes.thing.match(text, at, sentence.end):
            row = things[int((thing.lastgroup or "t0")[1:])]
            yield Trigger(row.get("form", ""), row.get("term", ""), Span(start, thing.end()))
            at = thing.end()
            start = thing.start(thing.lastgroup or 0)


@cache
def _shapes() -> _Shapes:
    data = rules()["provoked"]
    groups = "|".join(f"(?P<t{n}>{_any_of(row['words'])})" for n, row in enumerate(data["things"]))
    return _Shapes(
        re.compile(rf"\b(?:{_any_of(data['before'])})\s(?:{_any_of(data['by'])})\b", re.IGNORECASE),
        re.compile(
            rf"(?:,?\s(?:{_any_of(data['between'])})\b){{0,3}}(?:,?\s|/)(?:{groups})\b", re.IGNORECASE
        ),
        re.compile(rf"\b(?:{_any_of(data['of_other'])})\b", re.IGNORECASE),
        re.compile(rf"(?:{_any_of(data['opens'])})\b", re.IGNORECASE),
    )


def _any_of(words: Iterable[str]) -> str:
    return "|".join(re.escape(w).replace(r"\ ", r"\s") for w in sorted(words, key=len, reverse=True))
