"""Patients with another disease, drawn from its findings: those to be told apart from a mechanism's own."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from hoofbeat.cases import Case, Finding, State
from hoofbeat.errors import UnknownTerm
from hoofbeat.knowledge import BaseRate, Disease, Knowledge, load_knowledge
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.streams import Numbers, normal, table, uniform
from hoofbeat.terms import load_ontology

# How alike the signs of one patient are, on the normal scale: a patient with a wide rash shows every kind of
# lesion, one who wastes shows every sign of it. An assumption; 0 would make the signs independent, which
# those of real patients are not.
TOGETHER = 0.35


def alike_cases(
    mechanism: Mechanism, slugs: Sequence[str], n: int, *, seed: int = 1, together: float = TOGETHER
) -> Iterator[Case]:
    """Yield n cases, spread evenly over diseases, as the mechanism's clinic would write them down.

    The same signs are looked for as in the mechanism's own patients, each as often as the clinic notes it;
    what was looked for is there as often as the other disease's model, or else the general population, has
    it, and is otherwise known to be absent.
    together: correlation of the signs of the skin, and of the others, within a patient, 0 to 1.
    Raises UnknownTerm for a disease without a model.
    """
    knowledge, ontology = load_knowledge(), load_ontology()
    for slug in slugs:
        if slug not in knowledge.diseases:
            raise UnknownTerm(f"There is no disease model {slug!r}", remedy="hoofbeat show lists them")
    patients: Numbers = np.arange(n, dtype=np.int64)
    chance = {slug: _chances(mechanism, knowledge, knowledge.diseases[slug]) for slug in slugs}
    signs = mechanism.clinic.signs
    luck = _together(seed, patients, [sign.skin for sign in signs], together)
    asked = table(seed, "alike asked", patients, len(signs)) < [_noted(mechanism, s.noted) for s in signs]
    age = 20 + 60 * uniform(seed, "alike age", patients)
    man = uniform(seed, "alike sex", patients) < 0.5
    for i in range(n):
        slug = slugs[i % len(slugs)]
        there = luck[i] < chance[slug]
        present = [s.term for s, has in zip(signs, there & asked[i], strict=True) if has and s.term]
        yield Case(
            id=f"virtual-{slug}-{i}",
            age_years=round(float(age[i]), 1),
            sex="male" if man[i] else "female",
            findings=tuple(
                Finding(
                    term=sign.term,
                    label=ontology.label(sign.term),
                    state=State.PRESENT if has else State.ABSENT,
                )
                for sign, has, looked in zip(signs, there, asked[i], strict=True)
                if looked and sign.term and (has or not any(ontology.is_a(p, sign.term) for p in present))
            ),
            truth=(knowledge.diseases[slug].id,),
            truth_labels=(knowledge.diseases[slug].name,),
        )


def bedside(case: Case) -> Case:
    """Return the signs of a case alone, as alike_cases knows them: no sites, spans, values or treatments.

    A mechanism knows more of its patients than a model of findings knows of a look-alike: a chance that saw
    the rest would tell the groups apart by what was written down, not by what they have.
    """
    findings = tuple(Finding(term=f.term, label=f.label, state=f.state) for f in case.findings)
    return Case(
        id=case.id, age_years=case.age_years, sex=case.sex, findings=findings, truth=case.truth,
        truth_labels=case.truth_labels,
    )  # fmt: skip


def _together(seed: int, patients: Numbers, skin: Sequence[bool], together: float) -> np.ndarray:
    """Uniform numbers (patients x signs) that are correlated within skin signs and within the others."""
    shared = np.array([normal(seed, f"alike shared {kind}", patients) for kind in (False, True)])
    own = np.array([normal(seed, "alike own", patients, turn) for turn in range(len(skin))])
    mixed = math.sqrt(together) * shared[[int(s) for s in skin]] + math.sqrt(1 - together) * own
    found: np.ndarray = 0.5 * (1 + np.vectorize(math.erf)(mixed / math.sqrt(2)))
    return found.T


def _chances(mechanism: Mechanism, knowledge: Knowledge, disease: Disease) -> np.ndarray:
    """How often each sign of the clinic is there in a disease."""
    rows: dict[str, float] = {}
    for row in disease.findings.findings:
        rows[row.finding] = max(rows.get(row.finding, 0.0), row.mean)
    found = [
        _own(sign.term, rows, knowledge.base_rates) if sign.term else 0.0 for sign in mechanism.clinic.signs
    ]
    return np.array(found)


def _own(term: str, rows: Mapping[str, float], rates: Mapping[str, BaseRate]) -> float:
    """How often a disease has a finding: its own row, its commonest kind, or the population's rate."""
    leak = float(np.mean([r.rate.mean for r in rates[term].rows])) if term in rates else 0.0
    if term in rows:
        return 1 - (1 - rows[term]) * (1 - leak)
    ontology = load_ontology()
    kinds = [share for other, share in rows.items() if other in ontology and ontology.is_a(other, term)]
    return 1 - (1 - max(kinds, default=0.0)) * (1 - leak)


def _noted(mechanism: Mechanism, number: str | int) -> float:
    if isinstance(number, int):
        return float(number)
    parameter = mechanism.parameters[number]
    return (parameter.low + parameter.high) / 2
