"""People with one common dermatosis each, drawn from the models and the base rates, as a clinic sees them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.cases import Case, Finding, State
from hoofbeat.diagnosis import framing, regions
from hoofbeat.diagnosis.candidates import needs_test
from hoofbeat.diagnosis.observed import group_of
from hoofbeat.knowledge import Disease, Knowledge, load_knowledge, load_questions, load_settings
from hoofbeat.terms import load_ontology

# A skin disease is common from one adult in five hundred, as when common conditions explain findings away.
COMMON = 0.002
YOUNGEST, OLDEST = 16.0, 95.0
_RASH = "HP:0000988"
_LEAST_ROOM = 1e-9


class Person(NamedTuple):
    """One person drawn: the disease's slug, age in whole years, sex, findings present and absent, regions."""

    disease: str
    age_years: float
    sex: str
    terms: tuple[str, ...]
    absent: tuple[str, ...]
    regions: tuple[str, ...]


@dataclass(frozen=True)
class _Profile:
    """What one disease shows at one age and sex: how often each term and region is present."""

    terms: tuple[str, ...]
    frequency: npt.NDArray[np.float64]
    group: npt.NDArray[np.intp]
    strength: npt.NDArray[np.float64]
    regions: tuple[str, ...]
    region_rate: npt.NDArray[np.float64]


def common_dermatoses(knowledge: Knowledge, setting: str) -> dict[str, float]:
    """Return the share of each common skin disease among people seen in a setting with one of them."""
    place = load_settings().named(setting)
    weight = {}
    for slug, disease in knowledge.diseases.items():
        about = disease.about
        middle = framing.prevalence(disease)[0]
        if about.kind == "skin" and not about.do_not_miss and about.prevalence and middle >= COMMON:
            seen = place.attendance(about.kind, do_not_miss=False)
            weight[slug] = middle * seen.mean
    total = sum(weight.values())
    return {slug: value / total for slug, value in weight.items()}


def draw_people(count: int, *, setting: str, seed: int, answered: bool = True) -> Iterator[Person]:
    """Draw people, each with one common dermatosis: its findings, and what anybody of this age and sex has.

    Every finding of the model and every base rate is drawn, findings that share a cause with their shared
    state, as they are scored. What is present is told, but for what only a test can show. answered: the
    questions of questions.yaml were asked of everybody, so that what is not there is known to be absent;
    without it nothing is told as absent, as in notes that list only what was found.
    """
    rng = np.random.default_rng(seed)
    knowledge = load_knowledge()
    shares = common_dermatoses(knowledge, setting)
    profiles: dict[tuple[str, int, str], _Profile] = {}
    for slug in rng.choice(list(shares), size=count, p=list(shares.values())):
        disease = knowledge.diseases[str(slug)]
        age = _age(disease, rng)
        male = disease.about.male.mean if disease.about.male else 0.5
        sex = "male" if rng.random() < male else "female"
        key = disease.slug, int(age), sex
        if key not in profiles:
            profiles[key] = _profile(knowledge, disease, age, sex)
        found = profiles[key]
        terms = _drawn(found, rng)
        missing = _absent(terms) if answered else ()
        where = tuple(r for r, p in zip(found.regions, found.region_rate, strict=True) if rng.random() < p)
        yield Person(disease.slug, age, sex, terms, missing, where)


def as_case(person: Person, *, number: int, setting: str) -> Case:
    """Return the person as a case, with the regions as the sites of a rash."""
    terms = person.terms
    found = [Finding(term=t) for t in terms if t != _RASH]
    if _RASH in terms:
        found.append(Finding(term=_RASH, where=person.regions))
    elif found and person.regions:
        found[0] = found[0].model_copy(update={"where": person.regions})
    found.extend(Finding(term=t, state=State.ABSENT) for t in person.absent)
    return Case(
        id=f"drawn-{number}",
        age_years=person.age_years,
        sex="male" if person.sex == "male" else "female",
        setting="dermatology" if setting == "dermatology" else None,
        findings=tuple(found),
        truth=(f"hoofbeat:{person.disease}",),
    )


def _age(disease: Disease, rng: np.random.Generator) -> float:
    shape = disease.about.age
    if shape is None:
        return float(int(rng.uniform(YOUNGEST, OLDEST)))
    for _ in range(200):
        age = float(rng.normal(shape.middle, shape.sd))
        if YOUNGEST <= age <= OLDEST:
            return float(int(age))
    return min(max(shape.middle, YOUNGEST), OLDEST)


def _profile(knowledge: Knowledge, disease: Disease, age: float, sex: str) -> _Profile:
    onto = load_ontology()
    own: dict[str, float] = {}
    for row in disease.findings.findings:
        term = onto.resolve(row.finding).id
        if term and not row.given and term not in regions.SITE_TERMS:
            own[term] = max(own.get(term, 0.0), row.mean)
    rates = {t: framing.base_rate(knowledge, t, age, sex) or 0.0 for t in knowledge.base_rates}
    known = [t for t in dict.fromkeys([*own, *rates]) if t not in regions.SITE_TERMS]
    untested = [t for t in known if own.get(t, 0.0) + rates.get(t, 0.0) > 0 and not needs_test(t)]
    terms = tuple(sorted(untested))
    frequency = np.array([1 - (1 - own.get(t, 0.0)) * (1 - rates.get(t, 0.0)) for t in terms])
    groups = [group_of(t, onto) for t in terms]
    names = sorted({g.id for g in groups if g})
    where = regions.region_rates(disease, "")
    return _Profile(
        terms,
        np.clip(frequency, _LEAST_ROOM, 1 - _LEAST_ROOM),
        np.array([names.index(g.id) if g else -1 for g in groups]),
        np.array([g.strength.mean if g else 0.0 for g in groups]),
        tuple(where),
        np.array([r.mean for r in where.values()]),
    )


def _absent(terms: tuple[str, ...]) -> tuple[str, ...]:
    """What was asked for and is not there."""
    there = {a for t in terms for a in load_ontology().ancestors(t)}
    return tuple(q.term for q in load_questions().asked if q.term not in there)


def _drawn(found: _Profile, rng: np.random.Generator) -> tuple[str, ...]:
    """Terms present in one person; those of a group through its shared state (see score.joint_of)."""
    frequency = found.frequency.copy()
    for number in range(int(found.group.max(initial=-1)) + 1):
        mine = found.group == number
        state = float(np.clip(frequency[mine].max(), 0.02, 0.98))
        room = np.minimum((1 - frequency[mine]) / (1 - state), frequency[mine] / state)
        shift = (1 - state) if rng.random() < state else -state
        frequency[mine] += found.strength[mine] * shift * room
    there = rng.random(len(frequency)) < frequency
    return tuple(t for t, present in zip(found.terms, there, strict=True) if present)
