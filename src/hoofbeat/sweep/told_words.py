"""Which set of codes stands for a diagnosis or a treatment that is told in words."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from hoofbeat.knowledge import ConditionSet, DrugSet, load_code_sets, load_trials
from hoofbeat.terms import in_american

_APART = re.compile(r"[/;,]|\band\b|\bor\b", re.IGNORECASE)


class Named(NamedTuple):
    """A diagnosis told: the set that stands for it, None if there is none; sure: nobody doubted it then."""

    codes: ConditionSet | None
    sure: bool


@cache
def load_planting() -> dict[str, Any]:
    """Return the rules by which what is told of a patient becomes records, with the reason for each."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = Path(__file__).with_name("planting.yaml").read_bytes()
    found: dict[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506 (both are safe loaders)
    return found


def days_of(name: str) -> int:
    """Return one of the lengths of planting, in days."""
    return int(load_planting()["lengths"][name]["days"])


def diagnoses_in(words: str) -> list[Named]:
    """Return the diagnoses named in words, one or several.

    Doubt in any part is doubt of all: nobody codes either of two diagnoses that were only thought of.

    >>> [(n.codes.set, n.sure) for n in diagnoses_in("chronic eczema, tinea")]
    [('eczema', True), ('tinea', True)]
    >>> [(n.codes.set, n.sure) for n in diagnoses_in("bullous pemphigoid (queried)")]
    [('pemphigoid', False)]
    """
    sure = "?" not in words and not _holds(words, load_planting()["unsure"])
    parts = [p for p in _APART.split(words) if _plain(p).strip()]
    found = [Named(_set_of(part), sure) for part in parts]
    known = [n for n in found if n.codes is not None]
    return known or [Named(None, sure)]


def drug_in(words: str) -> DrugSet | None:
    """Return the set of drugs that a treatment told in words belongs to; None if there is none.

    What was swallowed or injected is no topical treatment.

    >>> drug_in("topical clobetasone butyrate 0.05%").set, drug_in("oral fluconazole")
    ('topical_steroid', None)
    """
    inside = _holds(words, load_planting()["not_on_skin"])
    trials = {t.treatment: t.words for t in load_trials()}
    for drug in load_code_sets().drugs:
        if inside and drug.treatment:
            continue
        if _holds(words, (*trials.get(drug.treatment, ()), *load_planting()["drugs"].get(drug.set, ()))):
            return drug
    return None


def is_repeated(words: str) -> bool:
    """Return whether the words of a treatment say that it was given on more than one day."""
    return _holds(words, load_planting()["again"])


def is_weight(words: str) -> bool:
    """Return whether a test told in words is body weight."""
    return words.lower() in load_planting()["weight"]


def _set_of(words: str) -> ConditionSet | None:
    by_name = {s.set: s for s in load_code_sets().conditions}
    plain, best, length = _plain(words), "", 0
    for name, told in load_planting()["names"].items():
        for each in told:
            if len(each) > length and _plain(each) in plain:
                best, length = name, len(each)
    return by_name[best] if best else None


def _holds(words: str, wanted: Any) -> bool:
    plain = _plain(words)
    return any(_plain(w) in plain for w in wanted)


def _plain(words: str) -> str:
    """Words in American spelling, lower case, with a blank before and after each."""
    return f" {' '.join(re.findall(r'[a-z]+', in_american(words).lower()))} "
