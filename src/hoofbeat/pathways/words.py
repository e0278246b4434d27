"""Conditions in words, for people and for the exported plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hoofbeat.pathways.condition_model import (
    Again,
    Age,
    Condition,
    Given,
    Precedes,
    Responded,
    Value,
)
from hoofbeat.pathways.events import COURSE_FACTS
from hoofbeat.pathways.model import PathwayFile
from hoofbeat.terms import find_test, load_ontology


def in_words(condition: Condition, file: PathwayFile | None = None, *, whole: bool = False) -> str:
    """Return a condition in words.

    file: the pathway whose facts and thresholds are meant; a fact is then said by its meaning, a threshold by
    its number. whole: facts are said by the conditions that decide them, down to terms and numbers.

    >>> in_words(Condition.model_validate({"not": {"present": ["HP:0001824"]}}))
    'not Weight loss'
    """
    return _Words(file, whole=whole).say(condition)


class _Words:
    """Says conditions of one pathway."""

    def __init__(self, file: PathwayFile | None, *, whole: bool) -> None:
        self.file, self.whole = file, whole

    def say(self, condition: Condition) -> str:
        word = next(name for name in type(condition).model_fields if getattr(condition, name) is not None)
        part = getattr(condition, word)
        compound: dict[str, Callable[[Any], str]] = {
            "every": lambda parts: "(" + " and ".join(map(self.say, parts)) + ")",
            "some": lambda parts: "(" + " or ".join(map(self.say, parts)) + ")",
            "opposite": lambda inner: f"not {self.say(inner)}",
            "not_shown": lambda inner: f"not known that {self.say(inner)}",
            "fact": self._fact,
            "lasting": lambda p: _plain(f"{' or '.join(_labels(p.of))} for {self._limit(p.at_least)}"),
            "value": lambda p: _plain(f"{_test(p.test)} {self._compared(p)}"),
            "given": lambda p: _plain(f"{p.name} {p.equals or self._compared(p)}"),
            "age": lambda p: _plain(f"age {self._compared(p)}"),
            "procedure": lambda name: f"{self._work(name)} done",
            "precedes": self._precedes,
        }
        return compound[word](part) if word in compound else _SAYINGS[word](part)

    def _fact(self, name: str) -> str:
        fact = self.file.facts.get(name) if self.file else None
        if fact is None:
            return _plain(name)
        return self.say(fact.when) if self.whole else fact.means

    def _limit(self, name: str) -> str:
        """A threshold as its number: the middle of its range, as the pathway uses it."""
        known = self.file.thresholds.get(name) if self.file else None
        return f"{known.middle:g} {known.unit}" if known else name

    def _compared(self, part: Value | Given | Age) -> str:
        return (
            f"at least {self._limit(part.at_least)}" if part.at_least else f"below {self._limit(part.below)}"
        )

    def _work(self, name: str) -> str:
        known = self.file.procedures.get(name) if self.file else None
        return known.name if known else _plain(name)

    def _precedes(self, part: Precedes) -> str:
        known = "known to be before" if part.surely else "not known to be after"
        return f"{self._work(part.procedure)}, {known} the first {' or '.join(_labels(part.of))}"


def _labels(terms: Sequence[str]) -> list[str]:
    onto = load_ontology()
    return [onto.resolve(term).label or term for term in terms]


def _test(slug: str) -> str:
    known = find_test(slug)
    return known.name.lower() if known else slug


def _again(part: Again) -> str:
    return f"{_test(part.test)} measured again, and {part.outcome}"


def _response(part: Responded) -> str:
    return f"response to {part.to}: {' or '.join(part.one_of)}"


def _plain(text: str) -> str:
    return text.replace("_", " ")


_SAYINGS: dict[str, Callable[[Any], str]] = {
    "present": lambda terms: " or ".join(_labels(terms)),
    "absent": lambda terms: "no " + ", no ".join(_labels(terms)),
    "shape": lambda words: _plain(f"lesions that are {' or '.join(words)}"),
    "only_at": lambda slugs: _plain(f"only at {', '.join(slugs)}"),
    "measured": lambda test: f"{_test(test)} measured",
    "again": _again,
    "treated": lambda what: _plain(f"{what} given"),
    "response": lambda part: _plain(_response(part)),
    "done": lambda stage: _plain(f"{stage} done"),
    "course": lambda name: COURSE_FACTS.get(name, _plain(name)),
}
