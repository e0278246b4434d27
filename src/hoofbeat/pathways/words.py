"""Conditions in words, for people and for the exported plan."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hoofbeat.pathways.condition_model import Age, Condition, Given, Lasting, Responded, Value
from hoofbeat.pathways.events import COURSE_FACTS
from hoofbeat.terms import find_test, load_ontology


def in_words(condition: Condition) -> str:
    """Return a condition in words.

    >>> in_words(Condition.model_validate({"not": {"present": ["HP:0001824"]}}))
    'not Weight loss'
    """
    word = next(name for name in _SAYINGS if getattr(condition, name) is not None)
    return _SAYINGS[word](getattr(condition, word))


def _labels(terms: Sequence[str]) -> list[str]:
    onto = load_ontology()
    return [onto.resolve(term).label or term for term in terms]


def _test(slug: str) -> str:
    known = find_test(slug)
    return known.name.lower() if known else slug


def _compared(part: Value | Given | Age) -> str:
    return f"at least {part.at_least}" if part.at_least else f"below {part.below}"


def _given(part: Given) -> str:
    return f"{part.name} {part.equals or _compared(part)}"


def _lasting(part: Lasting) -> str:
    return f"{' or '.join(_labels(part.of))} for {part.at_least}"


def _response(part: Responded) -> str:
    return f"response to {part.to}: {' or '.join(part.one_of)}"


def _plain(text: str) -> str:
    return text.replace("_", " ")


_SAYINGS: dict[str, Callable[[Any], str]] = {
    "every": lambda parts: "(" + " and ".join(map(in_words, parts)) + ")",
    "some": lambda parts: "(" + " or ".join(map(in_words, parts)) + ")",
    "opposite": lambda part: f"not {in_words(part)}",
    "not_shown": lambda part: f"not known that {in_words(part)}",
    "fact": _plain,
    "present": lambda terms: " or ".join(_labels(terms)),
    "absent": lambda terms: "no " + ", no ".join(_labels(terms)),
    "lasting": lambda part: _plain(_lasting(part)),
    "shape": lambda words: _plain(f"lesions that are {' or '.join(words)}"),
    "only_at": lambda slugs: _plain(f"only at {', '.join(slugs)}"),
    "measured": lambda test: f"{_test(test)} measured",
    "value": lambda part: _plain(f"{_test(part.test)} {_compared(part)}"),
    "treated": lambda what: _plain(f"{what} given"),
    "response": lambda part: _plain(_response(part)),
    "procedure": lambda name: _plain(f"{name} done"),
    "done": lambda stage: _plain(f"{stage} done"),
    "given": lambda part: _plain(_given(part)),
    "course": lambda name: COURSE_FACTS.get(name, _plain(name)),
    "age": lambda part: _plain(f"age {_compared(part)}"),
}
