"""Conditions decided over a case: true, false or not known, with what decided them and what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple

from hoofbeat.pathways.condition_model import Condition
from hoofbeat.pathways.facts import CaseFacts, Known
from hoofbeat.pathways.words import in_words


class Verdict(NamedTuple):
    """Whether a condition holds.

    because: what in the case decides it. missing: what would have to be known.
    """

    holds: Known
    because: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()


def decide(condition: Condition, facts: CaseFacts) -> Verdict:
    """Return whether a condition holds, is refuted, or is not known (None), by three-valued logic.

    Silence is never a no: a case that does not mention weight loss leaves it open, and a branch is taken
    only on a yes.
    """
    if condition.every is not None:
        return _every([decide(part, facts) for part in condition.every])
    if condition.some is not None:
        return _some([decide(part, facts) for part in condition.some])
    if condition.fact is not None:
        return _named(condition.fact, facts)
    if condition.opposite is not None:
        found = decide(condition.opposite, facts)
        return Verdict(None if found.holds is None else not found.holds, found.because, found.missing)
    if condition.not_shown is not None:
        found = decide(condition.not_shown, facts)
        return Verdict(found.holds is not True, found.because)
    return _asked(condition, facts)


def _every(parts: Sequence[Verdict]) -> Verdict:
    refuting = [p for p in parts if p.holds is False]
    if refuting:
        return Verdict(holds=False, because=refuting[0].because)
    because = _joined(p.because for p in parts if p.holds)
    if all(p.holds for p in parts):
        return Verdict(holds=True, because=because)
    return Verdict(None, because, _joined(p.missing for p in parts if p.holds is None))


def _some(parts: Sequence[Verdict]) -> Verdict:
    holding = [p for p in parts if p.holds]
    if holding:
        return Verdict(holds=True, because=_joined(p.because for p in holding))
    open_parts = [p for p in parts if p.holds is None]
    if open_parts:
        return Verdict(None, (), _joined(p.missing for p in open_parts))
    return Verdict(holds=False, because=_joined(p.because for p in parts))


def _named(name: str, facts: CaseFacts) -> Verdict:
    fact = facts.pathway.file.facts[name]
    found = decide(fact.when, facts)
    # what is missing is said in the words of the fact, not in those of its parts
    return Verdict(found.holds, found.because, (fact.means,) if found.holds is None else ())


def _asked(condition: Condition, facts: CaseFacts) -> Verdict:
    """Ask the case for the one thing that a condition names."""
    askers: dict[str, Callable[..., tuple[Known, str]]] = {
        "present": facts.present,
        "absent": facts.absent,
        "lasting": facts.lasting,
        "shape": facts.shape,
        "only_at": facts.only_at,
        "measured": facts.measured,
        "value": facts.value,
        "again": facts.again,
        "treated": facts.treated,
        "response": facts.responded,
        "procedure": facts.procedure,
        "precedes": facts.precedes,
        "done": facts.done,
        "given": facts.told,
        "course": facts.course,
        "age": facts.age,
    }
    word = next(word for word in askers if getattr(condition, word) is not None)
    holds, said = askers[word](getattr(condition, word))
    if holds is None:
        means = facts.pathway.file.told[condition.given.name].means if condition.given else ""
        return Verdict(None, (), (means or in_words(condition, facts.pathway.file),))
    return Verdict(holds, (said,) if said else ())


def _joined(parts: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(said for part in parts for said in part))
