"""The evidence of findings for one disease as log-likelihood ratios: the numbers of rank, for many people."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.cases import Case, Sex, Treatment
from hoofbeat.diagnosis import framing, observation, responses, score
from hoofbeat.diagnosis.observed import base_rate_near, group_of
from hoofbeat.diagnosis.table import load_table
from hoofbeat.errors import UnknownTerm
from hoofbeat.knowledge import Group, find_disease, load_knowledge
from hoofbeat.terms import load_ontology

Vector = npt.NDArray[np.float64]
Person = tuple[float | None, Sex]


class Form(NamedTuple):
    """One form of a disease (variant), and the log of its share; one form with 0.0 if it has no variants."""

    line: int
    variant: str
    name: str
    log_share: float


@dataclass(frozen=True)
class LogRatios:
    """Log-likelihood ratios (nats) of one disease against "none of these", by form.

    The same chances as rank(): base rates by age and sex as leak, findings that share a cause through their
    hidden state. Nothing is scaled by the number of findings; rank() does that for chances.
    """

    slug: str
    name: str
    forms: tuple[Form, ...]

    def present(self, terms: Sequence[str], people: Sequence[Person]) -> Vector:
        """Return the ratio of findings present together; shape (forms, people).

        An ancestor of another finding adds nothing. people: age in years (None if unknown) and sex.
        """
        onto = load_ontology()
        specific = [t for t in terms if not any(o != t and onto.is_a(o, t) for o in terms)]
        total = np.zeros((len(self.forms), len(people)))
        for group, block in _blocks(specific):
            strength = group.strength.mean if group else 0.0
            told = [_chances(self.slug, t, tuple(people)) for t in block]
            here, elsewhere = np.array([t[0] for t in told]), np.array([t[1] for t in told])
            signs = [True] * len(block)
            total += score.joint_of(here, signs, strength) - score.joint_of(elsewhere, signs, strength)
        return total

    def age(self, age_years: float | None) -> Vector:
        """Return the ratio of an age, for each form."""
        return framing.log_age(load_table(), age_years)[[f.line for f in self.forms]]

    def sex(self, sex: Sex) -> Vector:
        """Return the ratio of a sex, for each form."""
        return framing.log_sex(load_table(), sex)[[f.line for f in self.forms]]

    def response(self, treatment: Treatment) -> Vector:
        """Return the ratio of what a treatment did to the rash, for each form."""
        told = responses.read_responses(Case(treatments=(treatment,)))
        found = responses.log_responses(load_table(), load_knowledge(), told)
        result: Vector = found[[f.line for f in self.forms]]
        return result


def log_ratios(disease: str) -> LogRatios:
    """Return the log-likelihood ratios of one of our own disease models, by slug, id, alias or name.

    Raises UnknownTerm if there is no such model.
    """
    found, table = find_disease(load_knowledge(), disease), load_table()
    lines = [h for h in range(table.own_count) if table[h].slug == found.slug]
    if not lines:
        raise UnknownTerm(f"{found.name} has no model of its own")
    names = {v.id: v.name for v in found.about.variants}
    forms = tuple(
        Form(h, table[h].variant, names.get(table[h].variant, found.name), float(np.log(table[h].share)))
        for h in lines
    )
    return LogRatios(found.slug, found.name, forms)


def together(terms: Iterable[str]) -> list[tuple[str, ...]]:
    """Return findings in sets that must be scored together: a shared cause, or one a kind of the other.

    >>> together(["HP:0001903", "HP:0001824", "HP:0000716"])
    [('HP:0000716',), ('HP:0001824', 'HP:0001903')]
    """
    onto = load_ontology()
    sets: list[set[str]] = []
    for term in dict.fromkeys(terms):
        group = group_of(term, onto)
        near = [
            s
            for s in sets
            if any(onto.is_a(term, o) or onto.is_a(o, term) for o in s)
            or (group and any(group_of(o, onto) == group for o in s))
        ]
        sets = [s for s in sets if s not in near] + [{term}.union(*near)]
    return sorted(tuple(sorted(s)) for s in sets)


@lru_cache(maxsize=8192)
def _chances(slug: str, term: str, people: tuple[Person, ...]) -> tuple[Vector, Vector]:
    """P(term present) in each form, shape (forms, people), and elsewhere, shape (1, people)."""
    table, onto, knowledge = load_table(), load_ontology(), load_knowledge()
    lines = [h for h in range(table.own_count) if table[h].slug == slug]
    here, elsewhere = np.empty((len(lines), len(people))), np.empty((1, len(people)))
    for i, (age, sex) in enumerate(people):
        leak = base_rate_near(table, knowledge, Case(age_years=age, sex=sex), term)
        said = observation.Said(onto.index(term), present=True, leak=leak)
        found = observation.observe(table, onto, [said])[0]
        here[:, i], elsewhere[0, i] = found.exactly[lines], found.elsewhere
    return here, elsewhere


def _blocks(terms: Iterable[str]) -> list[tuple[Group | None, list[str]]]:
    onto = load_ontology()
    blocks: dict[str, tuple[Group | None, list[str]]] = {}
    for term in sorted(terms):
        group = group_of(term, onto)
        blocks.setdefault(group.id if group else term, (group, []))[1].append(term)
    return [blocks[key] for key in sorted(blocks)]
