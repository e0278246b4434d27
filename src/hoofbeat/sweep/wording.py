"""A definition as English sentences, so that a clinician can review what the records are searched for."""

from __future__ import annotations

from collections.abc import Iterator

from hoofbeat.knowledge import ConditionSet
from hoofbeat.sweep.definition import Definition, Member, load_rules
from hoofbeat.sweep.signals import MILLI, TEST, WEIGHT, Signal, signals


def sentences(definition: Definition) -> list[str]:
    """Return what is looked for, how each finding is read, and what it says at 55, one sentence a line."""
    return [*_head(definition), "", *_findings(definition), "", *_rules(definition)]


def _head(definition: Definition) -> Iterator[str]:
    yield (
        f"Consider {definition.name} in people whose records show findings that speak for it; "
        "a score is evidence for review, never a diagnosis."
    )
    known = [s.name for s in signals() if s.number in definition.known]
    if known:
        yield f"Set aside who has one of these already: {_listed(known)}."
    else:
        yield "Nobody is set aside: no code stands for this diagnosis."
    rash = [s.name for s in signals() if s.number in definition.rash]
    yield f"Names that count as a label of a rash: {_listed(rash)}."


def _findings(definition: Definition) -> Iterator[str]:
    yield "Findings, those that say most first (thousandths of a natural logarithm of the odds, at 55):"
    by_number = {s.number: s for s in signals()}
    for member in sorted(definition.members, key=lambda m: (-_alone(definition, m), m.number)):
        shown = [by_number[s] for s in member.signals]
        # how a weight counts is said by what follows; the bare word would tell that any weight does
        told_of = [s for s in shown if s.kind != WEIGHT]
        parts = [_how(s) for s in told_of] if not member.why or len(shown) < 4 else []
        text = f"- {member.name} ({_alone(definition, member):+d} points): "
        told = _listed(parts) if parts else ""
        text += told + (("; " if told else "") + member.why if member.why else "")
        if member.new:
            text += "; only when new"
        if definition.group_size(member.group) > 1:
            others = [m.name for m in definition.members if m.group == member.group and m != member]
            text += f"; shares a cause with {_listed(others)}"
        yield text + "."


def _rules(definition: Definition) -> Iterator[str]:
    rules = load_rules()
    years = definition.history_days / 365.25
    yield f"Records of the last {years:.1f} years before the date count, inside periods of observation."
    yield (
        f"New means: no record of it in the first {rules['new']['washout']} days of observation, "
        f"and where there is a rash, first recorded within {rules['new']['near_rash']} days of it."
    )
    yield "What is not recorded says nothing. Age, sex and the share of each form of the disease are added."
    if definition.forms[0][0]:
        names = [name for _, name in definition.forms]
        yield f"Each form is scored, and the better one kept: {_listed(names)}."
    yield f"From the models {definition.model_version}; definition {definition.hash()[:12]}."


def _alone(definition: Definition, member: Member) -> int:
    table = definition.points[member.group]
    return int(table[:, definition.band_of(55), 0, 1 << member.bit].max())


def _how(signal: Signal) -> str:
    if signal.kind != TEST:
        codes = signal.codes
        return "a label of a rash" if isinstance(codes, ConditionSet) and not codes.codes else codes.name
    side = "below" if signal.sense < 0 else "above"
    female, male = (f"{limit / MILLI:g}" for limit in signal.limits[1:])
    value = f"{female} {signal.unit}" if female == male else f"{female} (women) or {male} (men) {signal.unit}"
    return f"{signal.codes.name} {side} {value}"


def _listed(words: list[str]) -> str:
    """Words with commas and a last "or".

    >>> _listed(["a", "b", "c"])
    'a, b or c'
    """
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}" if words else ""
