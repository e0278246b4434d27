"""What could be asked, looked at or tested next: what the leading diseases would show and nobody has said."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Literal

import numpy as np
import numpy.typing as npt

from hoofbeat.cases import State
from hoofbeat.diagnosis.posterior import Scored
from hoofbeat.diagnosis.profiles import Kind
from hoofbeat.diagnosis.regions import SITE_TERMS
from hoofbeat.diagnosis.worth import largest
from hoofbeat.knowledge import Investigation, load_investigations, load_questions
from hoofbeat.terms import find_test, load_ontology

Vector = npt.NDArray[np.float64]
ONSET = "HP:0003674"
# Questions come from this many leading diseases, and from the grave ones whatever their place.
LEADING, MOST = 10, 48
# A finding rarer than this in every leading disease is not worth a question; a surer one restates it.
EXPECTED, DEFINITIONAL = 0.12, 0.95
COSTS = ("low", "medium", "high")


@cache
def needs_test(term: str) -> bool:
    """Whether only a test can show a finding; diabetes and anaemia are told by those who have them."""
    questions = load_questions()
    if term in {q.term for q in questions.asked}:
        return False
    return any(load_ontology().is_a(term, branch) for branch in questions.by_test)


def how_asked(term: str, label: str) -> tuple[Literal["question", "examination"], str]:
    """Return whether a finding is asked for or looked at, and the words for it."""
    questions = load_questions()
    for question in questions.asked:
        if question.term == term:
            return question.kind, question.ask
    onto = load_ontology()
    if any(onto.is_a(term, branch) for branch in questions.by_eye):
        return "examination", questions.look.format(finding=label.lower())
    return "question", questions.ask.format(finding=label.lower())


def leading(scored: Scored, chances: Vector, also: Iterable[int]) -> list[int]:
    """Return the diseases that questions come from: the most probable, then those named, then grave ones.

    chances: of every disease, "none of these" last.
    """
    chance = chances[:-1]
    top = largest(chance, LEADING)
    grave = [
        number
        for number, disease in enumerate(scored.knowledge.diseases.values())
        if disease.about.do_not_miss and np.isfinite(scored.log_prior[number])
    ]
    grave = sorted(grave, key=lambda number: -float(chance[number]))[:3]
    return list(dict.fromkeys(int(n) for n in (*top, *also, *grave)))


def open_findings(scored: Scored, diseases: Iterable[int]) -> list[str]:
    """Return findings that one of the diseases would often show and the case says nothing of, best first.

    Best by how often they are seen in the likelier of the diseases. What only a test can show, what says
    where rather than what, and what restates a diagnosis is left out.
    """
    table, onto = scored.table, load_ontology()
    settled = _settled(scored)
    never = {onto.ids[i] for term in load_questions().never for i in _below(term)} | set(SITE_TERMS)
    worth: dict[str, float] = {}
    for place, number in enumerate(diseases):
        for h in np.flatnonzero(table.disease_of == number):
            span = slice(int(table.direct_start[h]), int(table.direct_start[h + 1]))
            a, b, kinds = table.direct_a[span], table.direct_b[span], table.direct_kind[span]
            each = zip(table.direct_term[span].tolist(), (a / (a + b)).tolist(), kinds.tolist(), strict=True)
            for index, mean, kind in each:
                term = onto.ids[index]
                # a bare annotation beside a model of ours says nothing of how often
                bare = h < table.own_count and kind > Kind.ASSUMPTION
                if bare or index in settled or term in never or not EXPECTED <= mean < DEFINITIONAL:
                    continue
                if not needs_test(term):
                    worth[term] = max(worth.get(term, 0.0), mean / (1 + place))
    return sorted(worth, key=lambda term: (-worth[term], term))[:MOST]


def _below(term: str) -> list[int]:
    """A term, and for the onset of a disease all kinds of it."""
    onto = load_ontology()
    index = onto.index(term)
    return [index, *(int(i) for i in onto.descendant_indices(index))] if term == ONSET else [index]


def _settled(scored: Scored) -> set[int]:
    """Terms of which the case already says something: all that is implied by what is there, or ruled out."""
    onto = load_ontology()
    found: set[int] = set()
    for o in scored.observed.observations:
        found |= {int(i) for i in onto.ancestor_indices(o.term)}
        found |= {int(i) for i in onto.descendant_indices(o.term)}
    return found


def possible(
    scored: Scored, *, setting: str | None, budget: str | None, here: bool
) -> tuple[list[Investigation], list[Investigation]]:
    """Return the tests and trials to be considered within a budget and place, and those done already."""
    open_: list[Investigation] = []
    done: list[Investigation] = []
    for what in load_investigations():
        if budget and COSTS.index(what.cost) > COSTS.index(budget):
            continue
        if here and (setting or "general_practice") not in what.here:
            continue
        (done if is_done(scored, what) else open_).append(what)
    return open_, done


def is_done(scored: Scored, what: Investigation) -> bool:
    """Whether a case already has the result of a test: as a finding, a value, or what a treatment did."""
    onto, case = load_ontology(), scored.case
    told = [f.term for f in case.findings if f.state is not State.NOT_ASKED]
    if any(onto.is_a(term, sign) for term in told for sign in (*what.finds, what.finding) if sign):
        return True
    tests = {found.slug for m in case.measurements if (found := find_test(m.test))}
    if tests & {what.id, what.bands.test if what.bands else "", *what.done_by}:
        return True
    tried = {r.trial.treatment for r in scored.observed.responses}
    return any(what.id == f"{treatment.split()[-1]}_trial" for treatment in tried)
