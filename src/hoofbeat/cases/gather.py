"""Collects what is read of one record, and what was wrong with it, field by field."""

from __future__ import annotations

import math
import reprlib
from collections import Counter
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple

from hoofbeat.cases.model import Finding, Sex, State
from hoofbeat.cases.times import read_age, read_days
from hoofbeat.errors import Issue, Level
from hoofbeat.terms import load_ontology, read_lesion_words, read_sites

_SEXES: dict[str, Sex] = {
    "f": "female",
    "female": "female",
    "woman": "female",
    "girl": "female",
    "m": "male",
    "male": "male",
    "man": "male",
    "boy": "male",
    "other": "other",
    "other_sex": "other",
    "unknown": "unknown",
    "unknown_sex": "unknown",
    "u": "unknown",
    "": "unknown",
}
OLDEST = 120
_SUGGESTIONS = 3


class Place(NamedTuple):
    """What a description of a place says: sites involved, sites spared, and lesion words."""

    sites: tuple[str, ...]
    spared: tuple[str, ...]
    forms: tuple[str, ...]


class Gatherer:
    """Reads the fields of one record; every fault becomes an issue with its place."""

    def __init__(self, where: str, *, replace_old_terms: bool = False) -> None:
        self.where, self.replace = where, replace_old_terms
        self.issues: list[Issue] = []
        self.left: Counter[str] = Counter()

    def note(self, level: Level, category: str, message: str, remedy: str = "", at: str = "") -> None:
        """Record a fault; `at` narrows the place down."""
        place = f"{self.where}, {at}" if at and self.where else at or self.where
        self.issues.append(Issue(level, category, message, remedy, place))

    def fault(self, category: str, message: str, remedy: str = "", at: str = "") -> None:
        """Record an error."""
        self.note("error", category, message, remedy, at)

    def leave(self, path: str) -> None:
        """Remember the name of a field that is not read, or only in part, to be told at the end."""
        self.left[path] += 1

    def known_keys(self, given: Mapping[str, Any], known: tuple[str, ...], at: str) -> None:
        """Complain of keys that are not known, naming the nearest that is."""
        for key in given:
            if key not in known:
                near = get_close_matches(str(key), known, n=1)
                remedy = f"did you mean {near[0]!r}?" if near else "known are: " + ", ".join(known)
                self.fault("unknown-key", f"Unknown field {shown(key)}", remedy, at)

    def age(self, value: Any, at: str) -> float | None:
        """Read an age in years; one that cannot be is a fault."""
        years = read_age(value)
        if years is None:
            self.fault("bad-age", f"{shown(value)} is no age", "give years (58), or months (8 months)", at)
            return None
        if not math.isfinite(years) or not 0 <= years <= OLDEST:
            self.fault(
                "impossible-age", f"An age of {shown(value)} is impossible", f"give 0 to {OLDEST} years", at
            )
            return None
        return years

    def sex(self, value: Any, at: str) -> Sex:
        """Read a sex; one that is not understood is a fault."""
        found = _SEXES.get(str(value).strip().lower()) if value is not None else "unknown"
        if found is None:
            self.fault("bad-sex", f"{shown(value)} is no sex", "say female, male, other or unknown", at)
            return "unknown"
        return found

    def number(self, value: Any, at: str, what: str) -> float | None:
        """Read a finite number; text is a fault, never guessed at."""
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            self.fault("bad-number", f"{what} is {shown(value)}, not a number", "give a plain number", at)
            return None
        try:
            number = float(value)
        except ValueError:
            self.fault(
                "bad-number",
                f"{what} is {shown(value)}, not a number",
                "give a plain number, with a point",
                at,
            )
            return None
        if not math.isfinite(number):
            self.fault(
                "bad-number", f"{what} is {shown(value)}, which is no amount", "give a finite number", at
            )
            return None
        return number

    def flag(self, value: Any, at: str, what: str) -> bool:
        """Read true or false, also written as words; "false" in quotes is not true."""
        found = {"true": True, "false": False, "": False, "none": False}.get(str(value).strip().lower())
        if found is None:
            self.fault("bad-flag", f"{what} is {shown(value)}", "write true or false", at)
        return bool(found)

    def days(self, value: Any, at: str) -> float | None:
        """Read a span of time in days."""
        if value is None:
            return None
        days = read_days(value)
        if days is None:
            self.fault(
                "bad-time", f"{shown(value)} is no span of time", 'give "2 years", "8 months" or P2Y', at
            )
        return days

    def term(self, words: str, at: str) -> tuple[str, str] | None:
        """Return (id, label) of what an id or words mean; None, with an issue, if that is not sure."""
        onto = load_ontology()
        words = words.strip()
        resolved = onto.resolve(words)
        if resolved.status == "current":
            return words, resolved.label
        if resolved.status == "alternative" and resolved.id:
            self.note(
                "warning",
                "alternative-term",
                f"{words} is now {resolved.id} ({resolved.label})",
                "use the newer id",
                at,
            )
            return resolved.id, resolved.label
        if resolved.status == "obsolete":
            return self._obsolete(words, resolved.replaced_by, at)
        if words.upper().startswith(("HP:", "HP_")):
            self.fault(
                "unknown-term",
                f"Unknown term {words}: HPO {onto.release} has no such id",
                "look it up by words instead",
                at,
            )
            return None
        found = onto.find(words)
        if found is not None:
            return found.id, onto.label(found.id)
        near = [f"{m.label} [{m.id}]" for m in onto.search(words, limit=_SUGGESTIONS)]
        remedy = "one of: " + "; ".join(near) if near else "use an HPO id or another word"
        self.fault("unknown-term", f"{words!r} is not understood for sure", remedy, at)
        return None

    def _obsolete(self, words: str, replaced_by: tuple[str, ...], at: str) -> tuple[str, str] | None:
        onto = load_ontology()
        new = [f"{onto.label(t)} [{t}]" for t in replaced_by if onto.resolve(t).id]
        if self.replace and len(new) == 1:
            self.note("warning", "obsolete-term", f"{words} is obsolete and was replaced by {new[0]}", "", at)
            return replaced_by[0], onto.label(replaced_by[0])
        remedy = f"use {', '.join(new)}, or pass --replace-old-terms" if new else "choose a current term"
        self.fault("obsolete-term", f"{words} is obsolete in HPO {onto.release}", remedy, at)
        return None

    def place(self, text: str, at: str) -> Place:
        """Return the body sites and lesion words of a description, and complain of words that are neither."""
        reading, forms = read_sites(text), read_lesion_words(text)
        if not reading.sites and not reading.spared and not forms and reading.unread:
            self.note(
                "warning",
                "unread-site",
                f"{shown(text)} names no body site that is known",
                "the finding is used without its site",
                at,
            )
        return Place(reading.sites, reading.spared, forms)

    def finding(self, words: str, at: str, **fields: Any) -> Finding | None:
        """Return a finding from an id or words and its other fields."""
        term = self.term(words, at)
        if term is None:
            return None
        said = fields.pop("said", "") or (
            "" if words.lower() in (term[0].lower(), term[1].lower()) else words
        )
        return Finding(
            term=term[0], label=term[1], said=said, state=fields.pop("state", State.PRESENT), **fields
        )


_REPR = reprlib.Repr()
# a file may refer to one long list a billion times: never write all of what it says
_REPR.maxlevel, _REPR.maxlist, _REPR.maxdict, _REPR.maxstring, _REPR.maxother = 2, 3, 3, 60, 60


def shown(value: Any) -> str:
    """Return a value as a message may show it: never longer than a line."""
    return _REPR.repr(value)
