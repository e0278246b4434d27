"""Whether the conditions of a pathway name only what is declared, and everything declared is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pydantic import BaseModel

from hoofbeat.errors import Issue
from hoofbeat.pathways.condition_model import Age, Condition, Given, Value
from hoofbeat.pathways.events import COURSE_FACTS
from hoofbeat.pathways.model import Fact, Moment, Pathway
from hoofbeat.terms import find_test, lesion_words, load_ontology, sites

Places = Sequence[tuple[str, BaseModel]]


def condition_issues(way: Pathway, places: Places, where: str) -> Iterator[Issue]:
    """Yield an Issue for each name in a condition that is not declared, and for facts that go in a circle."""
    for place, part in places:
        if isinstance(part, Condition):
            for category, message in _faults(part, way):
                remedy = "declare it, or correct the name"
                yield Issue("error", category, f"{place}: {message}", remedy, where)
        elif isinstance(part, Moment):
            for category, message in _moment_faults(part, way):
                yield Issue("error", category, f"{place}: {message}", "correct the name", where)
    for name in _circular(way):
        message = f"fact {name!r} is decided by itself"
        yield Issue("error", "circular-fact", message, "decide it by findings, values or treatments", where)


def unused_issues(way: Pathway, places: Places, where: str) -> Iterator[Issue]:
    """Yield a warning for each fact, threshold, procedure or told fact that nothing asks for."""
    conditions = [part for _, part in places if isinstance(part, Condition)]
    moments = [part for _, part in places if isinstance(part, Moment)]
    asked: dict[str, set[str | None]] = {
        "facts": {c.fact for c in conditions},
        "procedures": {
            *(name for c in conditions for name in _procedures(c, way)),
            *(m.procedure for m in moments),
            *(name for option in way.options for visit in option.follow_up for name in visit.procedures),
        },
        "told": {c.given.name for c in conditions if c.given},
        "thresholds": set(_thresholds_asked(conditions)),
    }
    for field, names in asked.items():
        for name in getattr(way.file, field):
            if name not in names:
                message = f"{field}: {name!r} is declared and nothing asks for it"
                yield Issue("warning", "unused", message, "use it or remove it", where)


def _procedures(condition: Condition, way: Pathway) -> set[str]:
    named = [condition.procedure]
    named += [condition.precedes.procedure] if condition.precedes else []
    named += [condition.response.to] if condition.response else []
    return {name for name in named if name and name in way.file.procedures}


def _thresholds_asked(conditions: Sequence[Condition]) -> Iterator[str]:
    for condition in conditions:
        if condition.lasting:
            yield condition.lasting.at_least
        for part in (condition.value, condition.given, condition.age):
            if part:
                yield part.at_least or part.below


def _faults(condition: Condition, way: Pathway) -> Iterator[tuple[str, str]]:
    """What one condition, without those inside it, names wrongly."""
    file = way.file
    if condition.fact is not None and condition.fact not in file.facts:
        yield "unknown-fact", f"there is no fact {condition.fact!r}"
    for name in (condition.procedure, condition.precedes.procedure if condition.precedes else None):
        if name is not None and name not in file.procedures:
            yield "unknown-fact", f"there is no procedure {name!r}"
    if condition.done is not None and file.stage(condition.done) is None:
        yield "unknown-fact", f"there is no stage {condition.done!r}"
    if condition.course is not None and condition.course not in COURSE_FACTS:
        yield "unknown-fact", f"the timeline has no {condition.course!r}"
    yield from _term_faults(condition)
    yield from _treatment_faults(condition, way)
    yield from _comparison_faults(condition, way)


def _term_faults(condition: Condition) -> Iterator[tuple[str, str]]:
    onto = load_ontology()
    terms = (*(condition.present or ()), *(condition.absent or ()))
    terms += condition.lasting.of if condition.lasting else ()
    terms += condition.precedes.of if condition.precedes else ()
    for term in terms:
        if onto.resolve(term).status != "current":
            yield "unknown-term", f"{term} is not a current term of the pinned ontology"
    asked = (part.test for part in (condition.value, condition.again) if part)
    for test in (condition.measured, *asked):
        known = find_test(test) if test else None
        if test and (known is None or known.slug != test):
            yield "unknown-test", f"there is no test {test!r}"
    shapes = {word.slug for word in lesion_words()}
    for shape in condition.shape or ():
        if shape not in shapes:
            yield "unknown-fact", f"there is no lesion word {shape!r}"
    places = {s.slug for s in sites()}
    for place in condition.only_at or ():
        if place not in places:
            yield "unknown-fact", f"there is no body site {place!r}"


def _treatment_faults(condition: Condition, way: Pathway) -> Iterator[tuple[str, str]]:
    named = condition.treated or (condition.response.to if condition.response else None)
    known = {option.id for option in way.options} | {option.kind for option in way.options}
    if condition.response:
        known |= set(way.file.procedures)
    if named is not None and named not in known:
        yield "unknown-fact", f"there is no treatment {named!r}"


def _comparison_faults(condition: Condition, way: Pathway) -> Iterator[tuple[str, str]]:
    file = way.file
    parts: list[Value | Given | Age] = [p for p in (condition.value, condition.given, condition.age) if p]
    names = [p.at_least or p.below for p in parts]
    names += [condition.lasting.at_least] if condition.lasting else []
    for name in names:
        if name and name not in file.thresholds:
            yield "unknown-fact", f"there is no threshold {name!r}"
    asked = condition.given
    if asked is None:
        return
    if asked.name not in file.told:
        yield "unknown-fact", f"there is no fact {asked.name!r} to be told"
        return
    words = file.told[asked.name].words
    if asked.equals and asked.equals not in words:
        yield "unknown-fact", f"{asked.name} is never {asked.equals!r}"
    if words and not asked.equals:
        yield "unknown-fact", f"{asked.name} is no number"


def _moment_faults(moment: Moment, way: Pathway) -> Iterator[tuple[str, str]]:
    onto = load_ontology()
    for term in moment.present:
        if onto.resolve(term).status != "current":
            yield "unknown-term", f"{term} is not a current term of the pinned ontology"
    if moment.procedure and moment.procedure not in way.file.procedures:
        yield "unknown-fact", f"there is no procedure {moment.procedure!r}"
    if moment.treated and moment.treated not in {option.id for option in way.options}:
        yield "unknown-fact", f"there is no treatment {moment.treated!r}"


def _circular(way: Pathway) -> list[str]:
    facts = way.file.facts
    leads = {name: set(_facts_in(fact.when)) & set(facts) for name, fact in facts.items()}
    found = []
    for name in facts:
        seen, waiting = set[str](), list(leads[name])
        while waiting:
            other = waiting.pop()
            if other not in seen:
                seen.add(other)
                waiting += leads[other]
        if name in seen:
            found.append(name)
    return found


def _facts_in(condition: Condition | Fact) -> Iterator[str]:
    if isinstance(condition, Fact):
        yield from _facts_in(condition.when)
        return
    if condition.fact is not None:
        yield condition.fact
    for part in (*(condition.every or ()), *(condition.some or ()), condition.opposite, condition.not_shown):
        if part is not None:
            yield from _facts_in(part)
