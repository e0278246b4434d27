"""Cue words: words that say whether a finding is there, whose it is, and where such a word's reach ends.

The words are data (context.yaml, relatives.yaml). All cues of a text are found in one pass: a regular
expression finds the first word of every phrase, a tree of words finds the longest phrase from there.
The idea of cue, direction, reach and terminator is that of NegEx and ConText (Chapman 2001, Harkema 2009).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

Kind = Literal["absent", "uncertain", "hypothetical", "historical", "present", "who", "stop", "nothing"]
Direction = Literal["forward", "backward", "both", ""]

_CHOICE = re.compile(r"\[([^\[\]]*)\]")
_SLOT = re.compile(r"\{(\w+)\}")
_NEXT_WORD = re.compile(r"\s{1,8}([^\W_]+(?:['/&-][^\W_]+)*)")
_LOOK_BACK = 48
_SIGNS = r"[:?=|\t\-−–—(),;+±&/\[☐☒□☑✓✔]"
FAR = 10_000  # the reach, in words, of a cue that a boundary alone ends
_NORMAL = str.maketrans({"’": "'", "ʼ": "'", "‐": "-", "‑": "-"})


class Group(NamedTuple):
    """Cues that behave alike.

    means: the relative for "who", the class of boundary for "stop", "gone" for what has passed off, "denied"
    where the last word may begin a finding ("not palpable").
    ends: the classes of boundary that end its reach. reach: at most so many words between.
    listed: a backward cue goes past a comma only in a list with "and" or "or". owner, after, not_after,
    not_before: what must, and must not, stand beside it. alone: where it fits, groups
    further down that share the words are not tried.
    """

    number: int
    kind: Kind
    direction: Direction
    means: str
    ends: frozenset[str]
    reach: int
    listed: bool
    alone: bool
    owner: re.Pattern[str] | None
    after: re.Pattern[str] | None
    not_after: re.Pattern[str] | None
    not_before: re.Pattern[str] | None

    @property
    def looks_back(self) -> bool:
        """Whether the text before a phrase decides if it is a cue."""
        return not (self.owner is None and self.after is None and self.not_after is None)


class Cue(NamedTuple):
    """A cue found in a text, and how it behaves."""

    start: int
    end: int
    group: Group


Node = dict[str, Any]
_HERE = ""  # the key of a node under which the group of a phrase that ends there is kept


class Rules:
    """All cues, ready to be found in a text."""

    def __init__(self, groups: Iterable[tuple[Group, Iterable[str], Iterable[str], Iterable[str]]]) -> None:
        self._tree: Node = {}
        self._shaped: dict[str, Group] = {}
        signs: list[str] = []
        worded: list[str] = []
        for group, phrases, patterns, words in groups:
            for phrase in phrases:
                self._plant(phrase, group)
            for pattern, shapes in [(p, signs) for p in patterns] + [(w, worded) for w in words]:
                name = f"p{len(self._shaped)}"
                shapes.append(f"(?P<{name}>{pattern})")
                self._shaped[name] = group
        worded.append(rf"(?<!-)(?P<w>{_one_of(self._tree)})(?!\w)")
        # the first character decides whether signs or words are tried, so that most places are passed at once
        self._search = re.compile(
            rf"(?=[a-z])(?<![\w'])(?:{'|'.join(worded)})|(?:(?={_SIGNS})|(?<=,))(?:{'|'.join(signs)})"
        ).search

    def _plant(self, phrase: str, group: Group) -> None:
        node = self._tree
        for word in phrase.split():
            node = node.setdefault(word, {})
        before = node.get(_HERE, ())
        # boundaries come first, so that a word that ends one reach may begin another
        node[_HERE] = (group, *before) if group.kind == "stop" else (*before, group)

    def find(self, text: str) -> Iterator[Cue]:
        """Yield the cues of a text from left to right, none overlapping, the longest at each place."""
        low = lowered(text)
        at = 0
        while (match := self._search(low, at)) is not None:
            start, at = match.span()
            name = match.lastgroup or ""
            if name == "w":
                groups, end = self._longest(low, match.group(), at)
            else:
                groups, end = (self._shaped[name],), at
            at = max(at, start + 1)
            for group in groups:
                if _fits(group, low, start, end):
                    yield Cue(start, end, group)
                    at = max(at, end)
                    if group.alone:
                        break

    def _longest(self, low: str, first: str, end: int) -> tuple[tuple[Group, ...], int]:
        node = self._tree[first]
        found, found_end = node.get(_HERE, ()), end
        while len(node) > (_HERE in node):
            word = _NEXT_WORD.match(low, end)
            if word is None:
                break
            node = node.get(word.group(1))
            if node is None:
                break
            end = word.end()
            if _HERE in node:
                found, found_end = node[_HERE], end
        return found, found_end


def lowered(text: str) -> str:
    """Return a text in lower case with plain apostrophes, every character still in its place.

    >>> len(lowered("İ’S")) == 3  # the lower case of this capital I is two characters long
    True
    """
    low = text.lower()
    if len(low) != len(text):
        low = "".join(c if len(c.lower()) != 1 else c.lower() for c in text)
    return low.translate(_NORMAL) if not low.isascii() else low


def _fits(group: Group, low: str, start: int, end: int) -> bool:
    if group.looks_back:
        before = low[max(0, start - _LOOK_BACK) : start]
        if any(p is not None and not p.search(before) for p in (group.owner, group.after)):
            return False
        if group.not_after is not None and group.not_after.search(before):
            return False
    return group.not_before is None or group.not_before.match(low, end) is None


def _one_of(words: Iterable[str]) -> str:
    """Return a pattern for any of these words, sorted by first letter so that few are tried at a place."""
    by_letter: dict[str, list[str]] = defaultdict(list)
    for word in sorted(words, key=lambda w: (-len(w), w)):
        by_letter[word[0]].append(re.escape(word[1:]))
    return "|".join(
        f"{re.escape(letter)}(?:{'|'.join(rest)})(?![\\w])" for letter, rest in sorted(by_letter.items())
    )


def expand(phrase: str, slots: dict[str, list[str]]) -> list[str]:
    """Return all phrases that a short form stands for; choices may hold choices, and may be empty.

    >>> expand("no [[clear|faint] {sign} of|]", {"sign": ["sign", "hint"]})
    ['no clear sign of', 'no', 'no clear hint of', 'no faint sign of', 'no faint hint of']
    """
    waiting = [_SLOT.sub(lambda m: "[" + "|".join(slots[m.group(1)]) + "]", phrase)]
    found: dict[str, None] = {}
    while waiting:
        form = waiting.pop()
        choice = _CHOICE.search(form)
        if choice is None:
            found[" ".join(form.split())] = None
            continue
        before, after = form[: choice.start()], form[choice.end() :]
        waiting.extend(before + word + after for word in reversed(choice.group(1).split("|")))
    return list(found)


def read_data(name: str) -> Any:
    """Return one of the data files of the room."""
    import yaml

    path = Path(__file__).parent / "data" / name
    return yaml.load(path.read_bytes(), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 (safe)


@cache
def rules() -> Rules:
    """Return the cue words that ship with the room."""
    data = read_data("context.yaml")
    slots = {name: list(words) for name, words in data["slots"].items()}
    rows: list[dict[str, Any]] = [*data["cues"], *_about_relatives(read_data("relatives.yaml"))]
    groups = []
    for number, row in enumerate(rows):
        group = _group(number, row, data["ends"])
        phrases = [p for phrase in row.get("phrases", ()) for p in expand(str(phrase), slots)]
        groups.append((group, phrases, row.get("patterns", ()), row.get("worded", ())))
    return Rules(groups)


def _group(number: int, row: dict[str, Any], ends: dict[str, list[str]]) -> Group:
    named = row.get("ends", row["kind"])
    return Group(
        number=number,
        kind=row["kind"],
        direction=row.get("direction", ""),
        means=row.get("means", ""),
        ends=frozenset(ends.get(named, ()) if isinstance(named, str) else named),
        reach=row.get("reach", FAR),
        listed=row.get("listed", False),
        alone=row.get("alone", False),
        owner=_before(row.get("owner")),
        after=_before(row.get("after")),
        not_after=_before(row.get("not_after")),
        not_before=re.compile(row["not_before"]) if "not_before" in row else None,
    )


def _before(pattern: str | None) -> re.Pattern[str] | None:
    return None if pattern is None else re.compile(f"(?:{pattern})$")


def _about_relatives(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the cues for each relative, from the forms in which any relative is spoken of."""
    for relative in data["relatives"]:
        for form in data["forms"]:
            row = {
                "kind": "who",
                "alone": True,
                **form,
                "means": relative["who"],
                "phrases": relative["words"],
            }
            if form.get("informs"):
                row["not_before"] = data["informs"]
            if form.get("needs_owner") and relative.get("only_owned"):
                row["owner"] = data["owned_by"]
            yield row
