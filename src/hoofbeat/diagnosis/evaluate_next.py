"""How often a fasting glucagon is advised: in glucagonoma, in its look-alikes, in common dermatoses."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from hoofbeat.cases import Case
from hoofbeat.diagnosis import chances, framing, outcomes, posterior, regions, score
from hoofbeat.diagnosis.intervals import Share, wilson
from hoofbeat.diagnosis.observation import Said, observe
from hoofbeat.diagnosis.observed import LITTLE, LONG_COURSE, RELAPSING, base_rate_near, group_of
from hoofbeat.diagnosis.people import Person, draw_people
from hoofbeat.diagnosis.table import load_table
from hoofbeat.diagnosis.thresholds import Cut, cut_of, positives, stakes_of
from hoofbeat.knowledge import (
    Group,
    Investigation,
    load_calibration,
    load_groups,
    load_interpretations,
    load_investigations,
    load_knowledge,
)
from hoofbeat.terms import load_ontology

Vector = npt.NDArray[np.float64]
TARGET, TEST = "glucagonoma", "fasting_glucagon"
DRAWN = 10_000


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Advised(_Record):
    """For how many of n people the test is advised, as a share with its 95 % interval (Wilson 1927)."""

    n: int
    advised: int
    share: Share


class CaseAdvice(_Record):
    """One case: its diagnosis, the chance of a glucagonoma, the testing threshold, whether it is passed."""

    id: str
    truth: str
    chance: float
    testing: float
    advised: bool


class NextBench(_Record):
    """How often a fasting glucagon is advised, by group of people.

    advised: glucagonoma and look_alike (every other diagnosis) from the cases; common: people drawn with one
    common dermatosis each, who were asked and looked at; common_positives_only: the same people when only
    what is there was written down, before any question was asked. look_alikes_advised: ids, by diagnosis, of
    those for whom it is advised.
    """

    advised: dict[str, Advised]
    look_alikes_advised: dict[str, tuple[str, ...]]
    cases: tuple[CaseAdvice, ...]
    setting: str
    seed: int
    model_version: str


def glucagon() -> Investigation:
    """Return the test whose advice is measured."""
    return next(i for i in load_investigations() if i.id == TEST)


def glucagon_cut(scored: posterior.Scored) -> tuple[float, Cut]:
    """Return the chance of a glucagonoma that the decision rests on, and the test's thresholds here."""
    chance = chances.averaged(scored)
    confounders = tuple(c.id for c in outcomes.confounders_of(scored.case, "glucagon"))
    found = outcomes.result_outcomes(scored, outcomes.line_weights(scored), glucagon(), confounders)
    number = scored.table.find(TARGET)
    assert number is not None  # noqa: S101 (a shipped model)
    return float(chance[number]), _cut(found, chance, number)


def _cut(found: Vector, chance: Vector, number: int) -> Cut:
    test = glucagon()
    return cut_of(
        found,
        chance,
        number,
        positive=positives(test, len(found)),
        stakes=stakes_of(load_knowledge(), TARGET),
        burden=test.burden.middle,
    )


def bench_next(
    cases: Iterable[Case], *, setting: str = "dermatology", drawn: int | None = None, seed: int = 1
) -> NextBench:
    """Return for how many a fasting glucagon is advised, among cases and among people drawn.

    cases: those without a known diagnosis are passed over; each is judged with its own publication left out
    of our models. drawn: people with one common dermatosis each, 10,000 if not given, from one seed.
    """
    judged = [_judged(case, setting) for case in cases if case.truth]
    table = load_table()
    target = table.find(TARGET)
    mine = [c for c in judged if table.find(c.truth) == target]
    others = [c for c in judged if table.find(c.truth) != target]
    quick, count = _Quick(setting), DRAWN if drawn is None else drawn
    common, told = (
        [quick.advised(p) for p in draw_people(count, setting=setting, seed=seed, answered=answered)]
        for answered in (True, False)
    )
    listed: dict[str, tuple[str, ...]] = {}
    for c in others:
        if c.advised:
            listed[c.truth] = (*listed.get(c.truth, ()), c.id)
    return NextBench(
        advised={
            "glucagonoma": _advised([c.advised for c in mine]),
            "look_alike": _advised([c.advised for c in others]),
            "common": _advised(common),
            "common_positives_only": _advised(told),
        },
        look_alikes_advised=listed,
        cases=tuple(judged),
        setting=setting,
        seed=seed,
        model_version=table.version,
    )


def _judged(case: Case, setting: str) -> CaseAdvice:
    chance, cut = glucagon_cut(posterior.score_case(case, setting=setting))
    return CaseAdvice(
        id=case.id,
        truth=case.truth[0],
        chance=chance,
        testing=cut.testing,
        advised=chance >= cut.testing,
    )


def _advised(flags: list[bool]) -> Advised:
    return Advised(n=len(flags), advised=sum(flags), share=wilson(sum(flags), len(flags)))


@cache
def _group(term: str) -> Group | None:
    return group_of(term, load_ontology())


class _Quick:
    """Judges people drawn, by our own models alone.

    The thousands of background diseases are left out: together they hold less than one in a thousand of the
    chance of such people, and leaving them out only makes a glucagonoma likelier. Everything else is as in
    score_case, worked out once for each finding, age and sex.
    """

    def __init__(self, setting: str) -> None:
        self.table, self.knowledge, self.onto = load_table(), load_knowledge(), load_ontology()
        own = self.table.own_count
        lines = self.table.disease_of[:own]
        self.start = np.flatnonzero(np.r_[True, lines[1:] != lines[:-1]])
        prior, self.none_prior, _ = framing.log_prior(self.table, setting)
        self.prior = prior[: len(self.start)]
        self.share = np.log(self.table.share[:own])
        self.lift = chances.mean_lift(self.table.version)
        found = self.table.find(TARGET)
        assert found is not None  # noqa: S101 (a shipped model)
        self.target = found
        self.courses = {LONG_COURSE, RELAPSING}
        self.strength = {g.id: g.strength.mean for g in load_groups()}
        self.seen: dict[tuple[str, int, str, bool], tuple[Vector, bool]] = {}
        self.framed: dict[tuple[int, str], Vector] = {}
        self.sites: dict[str, Vector] = {}
        values = next(v for v in load_interpretations().values if v.test == "glucagon")
        self.confounders = {t: c.id for c in values.confounders for t in c.terms}

    def advised(self, person: Person) -> bool:
        """Return whether a fasting glucagon is advised for a person drawn."""
        terms = self._most_specific(person.terms)
        absent = self._most_general(person.absent)
        evidence, none = self._findings(terms, absent, person)
        full = sum(t not in self.courses for t in terms)
        count = full + LITTLE * (len(terms) + len(absent) - full) + bool(person.regions)
        fitted = load_calibration()
        heat = min(1.0, fitted.temperature * max(count, 1.0) ** fitted.power)
        evidence = evidence + self._beside(person.regions)
        chance = chances.by_power_from(
            evidence + self.share,
            none,
            start=self.start,
            framed=self._frame(person)[self.start],
            prior=self.prior,
            none_prior=self.none_prior,
            powers=chances.heats(heat),
            lift=self.lift,
        ).mean(axis=0)
        return bool(chance[self.target] >= self._testing(heat * evidence + self.share, chance, terms))

    def _testing(self, weighed: Vector, chance: Vector, terms: tuple[str, ...]) -> float:
        ancestors = {a for t in terms for a in self.onto.ancestors(t)}
        named = {c for t, c in self.confounders.items() if t in ancestors}
        order = tuple(c for c in dict.fromkeys(self.confounders.values()) if c in named)
        lines, usual = outcomes.own_outcomes(self.table.version, TEST, order)
        weight = np.exp(weighed - weighed.max())
        total = np.add.reduceat(weight, self.start)
        share = weight / np.maximum(total, 1e-300)[self.table.disease_of[: len(weight)]]
        found = np.column_stack([np.add.reduceat(lines * share, self.start, axis=1), usual])
        return _cut(found, chance, self.target).testing

    def _findings(
        self, terms: tuple[str, ...], absent: tuple[str, ...], person: Person
    ) -> tuple[Vector, float]:
        blocks: dict[str, list[tuple[Vector, bool]]] = {}
        for term in (*terms, *absent):
            group = _group(term)
            seen = self._finding(term, person, present=term in terms)
            blocks.setdefault(group.id if group else term, []).append(seen)
        total = np.zeros(self.table.own_count + 1)
        for key, block in blocks.items():
            strength = self.strength.get(key, 0.0)
            frequency = np.array([chance if present else 1 - chance for chance, present in block])
            if len(block) == 1:
                total += np.log(block[0][0])
            else:
                total += score.joint_of(frequency, [present for _, present in block], strength)
        return total[:-1], float(total[-1])

    def _finding(self, term: str, person: Person, *, present: bool) -> tuple[Vector, bool]:
        """P(what was found) in our own lines, and in somebody with none of the diseases, last."""
        key = term, int(person.age_years), person.sex, present
        if key not in self.seen:
            case = Case(age_years=person.age_years, sex="male" if person.sex == "male" else "female")
            leak = base_rate_near(self.table, self.knowledge, case, term)
            said = Said(self.onto.index(term), present=present, leak=leak)
            observed = observe(self.table, self.onto, [said])[0]
            self.seen[key] = np.r_[observed.exactly, observed.elsewhere], present
        return self.seen[key]

    def _frame(self, person: Person) -> Vector:
        key = int(person.age_years), person.sex
        if key not in self.framed:
            own = slice(0, self.table.own_count)
            framed = framing.log_age(self.table, person.age_years) + framing.log_sex(self.table, person.sex)
            self.framed[key] = framed[own]
        return self.framed[key]

    def _beside(self, where: tuple[str, ...]) -> Vector:
        result = np.zeros(self.table.own_count)
        for region in where:
            if region not in self.sites:
                found = regions.log_sites(self.table, (region,))
                self.sites[region] = found[: self.table.own_count]
            result += self.sites[region]
        shared: Vector = result / np.sqrt(max(len(where), 1))
        return shared

    def _most_specific(self, terms: tuple[str, ...]) -> tuple[str, ...]:
        above = {a for t in terms for a in self.onto.ancestors(t) if a != t}
        return tuple(t for t in terms if t not in above)

    def _most_general(self, absent: tuple[str, ...]) -> tuple[str, ...]:
        there = set(absent)
        return tuple(t for t in absent if len(there & set(self.onto.ancestors(t))) == 1)
