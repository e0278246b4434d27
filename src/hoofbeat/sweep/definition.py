"""What one disease is looked for by, from its model: signals, findings and integer log-likelihood ratios."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import yaml

from hoofbeat.cases import Sex, Treatment
from hoofbeat.diagnosis import LogRatios, log_ratios, together
from hoofbeat.knowledge import DrugSet, find_disease, load_code_sets, load_knowledge
from hoofbeat.sweep.signals import DRUG, MILLI, WEIGHT, Signal, signals, signals_hash
from hoofbeat.terms import load_ontology

SEXES: tuple[Sex, ...] = ("unknown", "female", "male")
OLDEST = 110
UNKNOWN_AGE = -1


@cache
def load_rules() -> dict[str, dict[str, Any]]:
    """Return the rules of reading records: lengths in days, with the reason for each."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    text = Path(__file__).with_name("rules.yaml").read_bytes()
    found: dict[str, dict[str, Any]] = yaml.load(text, Loader=loader)  # noqa: S506 (both are safe loaders)
    return found


class Member(NamedTuple):
    """One finding looked for.

    number: its place, from 0. term: HPO id, or "treatment:…" for what a treatment did. signals: numbers of
    the signals that show it. group, bit: where it stands in the state of its group. ceiling: the most
    thousandths of a nat it can add, whatever else is present. new: counts only when new. why: how it is read,
    empty if a single record shows it.
    """

    number: int
    term: str
    name: str
    signals: tuple[int, ...]
    group: int
    bit: int
    ceiling: int
    new: bool
    why: str


@dataclass(frozen=True, eq=False)
class Definition:
    """Everything a sweep needs to know of one disease; plain data.

    points: thousandths of a nat, by group, an array of shape (forms, bands, sexes, states). age_points:
    (forms, OLDEST + 1); sex_points: (forms, sexes); form_points: the share of each form. known: signals that
    people with the diagnosis carry, who are set aside. bands: first age of each band after the first, which
    is for unknown age.
    """

    slug: str
    name: str
    forms: tuple[tuple[str, str], ...]
    members: tuple[Member, ...]
    known: tuple[int, ...]
    rash: tuple[int, ...]
    bands: tuple[int, ...]
    history_days: int
    points: tuple[np.ndarray[Any, np.dtype[np.int64]], ...] = field(repr=False)
    age_points: np.ndarray[Any, np.dtype[np.int64]] = field(repr=False)
    sex_points: np.ndarray[Any, np.dtype[np.int64]] = field(repr=False)
    form_points: tuple[int, ...]
    model_version: str
    signals_hash: str

    @property
    def wanted(self) -> tuple[int, ...]:
        """Numbers of all signals that have to be read."""
        shown = {s for m in self.members for s in m.signals}
        return tuple(sorted(shown | {*self.known} | {*self.rash}))

    def band_of(self, age: int) -> int:
        """Return the band of an age in years; 0 for an unknown one."""
        return sum(age >= first for first in self.bands[1:])

    def group_size(self, group: int) -> int:
        """Return how many findings are scored together in a group."""
        return sum(m.group == group for m in self.members)

    def hash(self) -> str:
        """Return a hash of everything that could change a result."""
        said = [
            self.slug,
            [list(m) for m in self.members],
            [self.known, self.rash, self.bands, self.history_days, self.form_points],
            [
                hashlib.sha256(p.tobytes()).hexdigest()
                for p in (*self.points, self.age_points, self.sex_points)
            ],
            self.signals_hash,
            load_rules(),
        ]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


class _Wish(NamedTuple):
    """A finding that may be looked for, before it is known whether it bears on the disease."""

    term: str
    name: str
    signals: tuple[int, ...]
    new: bool
    why: str
    treatment: Treatment | None


def define(disease: str) -> Definition:
    """Return the definition of one disease, made from its model: nothing is weighted by hand.

    disease: slug, id, alias or name of one of our own models. Raises UnknownTerm if there is none.
    """
    model, ratios = find_disease(load_knowledge(), disease), log_ratios(disease)
    known = {c.set for c in load_code_sets().known(model.slug)}
    told = tuple(s.number for s in signals() if s.codes.set in known)
    wishes = [w for w in _wishes(told) if _bears(ratios, w)]
    bands = _bands([w.term for w in wishes])
    groups = _groups(ratios, wishes)
    tables = [_points(ratios, group, bands) for group in groups]
    ceilings = [ceilings_of(table) for table in tables]
    members = [
        Member(0, w.term, w.name, w.signals, g, bit, ceilings[g][bit], w.new, w.why)
        for g, group in enumerate(groups)
        for bit, w in enumerate(group)
    ]
    undiagnosed = model.about.undiagnosed_years
    return Definition(
        slug=model.slug,
        name=model.name,
        forms=tuple((f.variant, f.name) for f in ratios.forms),
        members=tuple(m._replace(number=n) for n, m in enumerate(members)),
        known=told,
        rash=tuple(s.number for s in signals() if s.is_rash and s.number not in told),
        bands=bands,
        history_days=round((undiagnosed.high + 1) * 365.25)
        if undiagnosed
        else load_rules()["history"]["days"],
        points=tuple(tables),
        age_points=np.array([_milli(ratios.age(float(a) + 0.5)) for a in range(OLDEST + 1)]).T,
        sex_points=np.array([_milli(ratios.sex(s)) for s in SEXES]).T,
        form_points=tuple(_milli(np.array([f.log_share for f in ratios.forms])).tolist()),
        model_version=load_knowledge().version,
        signals_hash=signals_hash(),
    )


def earliest_day() -> int:
    """Return the first day that is believed."""
    first = date.fromisoformat(load_rules()["dates"]["earliest"])
    return (first - date(1970, 1, 1)).days


def _wishes(known: tuple[int, ...]) -> list[_Wish]:
    """Every finding that records can show, those of several signals joined."""
    rules, onto = load_rules(), load_ontology()
    open_signals = [s for s in signals() if s.number not in known]
    rash = tuple(s.number for s in open_signals if s.is_rash)
    by_term: dict[str, list[Signal]] = {}
    for signal in open_signals:
        if signal.term:
            by_term.setdefault(str(onto.resolve(signal.term).id), []).append(signal)
    weights = tuple(s.number for s in signals() if s.kind == WEIGHT)
    fall, course, again = rules["weight_fall"], rules["long_course"], rules["relapsing"]
    by_term.setdefault(fall["finding"], [])
    found = []
    for term, shown in by_term.items():
        falls = term == fall["finding"]
        why = f"or body weight {fall['percent']} % or more below the highest of {fall['days']} days"
        numbers = tuple(s.number for s in shown) + (weights if falls else ())
        new = any(s.codes.new for s in shown)
        found.append(_Wish(term, _named(shown, term), numbers, new, why if falls else "", None))
    why = f"records of a rash more than {course['days']} days apart"
    found.append(_Wish(course["finding"], "Long-lasting rash", rash, new=False, why=why, treatment=None))
    why = f"{again['episodes']} or more episodes of a rash with {again['gap']} days or more between"
    found.append(_Wish(again["finding"], "Rash that comes again", rash, new=False, why=why, treatment=None))
    return found + [_of_drug(s) for s in signals() if s.kind == DRUG and _treats(s)]


def _treats(signal: Signal) -> bool:
    return isinstance(signal.codes, DrugSet) and bool(signal.codes.treatment)


def _of_drug(signal: Signal) -> _Wish:
    drug = signal.codes
    if not isinstance(drug, DrugSet):
        raise TypeError(drug.set)
    treatment = Treatment(name=drug.treatment, response=drug.response or "unknown")
    why = f"on {drug.repeated} or more days, in somebody with a rash"
    term = f"treatment:{drug.treatment}"
    return _Wish(
        term, f"{drug.name}, again and again", (signal.number,), new=False, why=why, treatment=treatment
    )


def _named(shown: list[Signal], term: str) -> str:
    return shown[0].name if len(shown) == 1 else load_ontology().label(term)


def _bears(ratios: LogRatios, wish: _Wish) -> bool:
    """Whether a finding moves the odds enough to be worth reading.

    Records are full of chance: a finding without a base rate of its own would seem to say far too much.
    """
    if not wish.treatment and wish.term not in load_knowledge().base_rates:
        return False
    least = load_rules()["scored"]["least_millinats"]
    people: list[tuple[float | None, Sex]] = [(a, s) for a in (5.0, 30.0, 55.0, 80.0) for s in SEXES[1:]]
    told = ratios.response(wish.treatment) if wish.treatment else ratios.present([wish.term], people)
    return bool(np.abs(told).max() * MILLI >= least)


def _groups(ratios: LogRatios, wishes: list[_Wish]) -> list[list[_Wish]]:
    """Findings that must be scored together; a group too large keeps those that say most."""
    by_term = {w.term: w for w in wishes}
    largest = load_rules()["scored"]["largest_group"]
    found = []
    for terms in together(w.term for w in wishes if not w.treatment):
        alone = {t: -float(ratios.present([t], [(55.0, "unknown")]).max()) for t in terms}
        kept = sorted(terms, key=lambda t: (alone[t], t))[:largest]
        found.append([by_term[t] for t in kept])
    return found + [[w] for w in wishes if w.treatment]


def _bands(terms: list[str]) -> tuple[int, ...]:
    """First ages of the bands in which every base rate in use stays the same; -1 first, for unknown age."""
    knowledge, onto = load_knowledge(), load_ontology()
    near = {a for t in terms if t.startswith("HP:") for a in (t, *onto.ancestors(t))}
    rows = [row for t in sorted(near) if t in knowledge.base_rates for row in knowledge.base_rates[t].rows]
    starts = {int(np.ceil(age)) for row in rows for age in row.ages if 0 < age <= OLDEST}
    return (UNKNOWN_AGE, 0, *sorted(starts))


def _points(
    ratios: LogRatios, group: list[_Wish], bands: tuple[int, ...]
) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Thousandths of a nat of every combination of a group; shape (forms, bands, sexes, states)."""
    people: list[tuple[float | None, Sex]] = [
        (None if first < 0 else float(first) + 0.5, sex) for first in bands for sex in SEXES
    ]
    shape = (len(ratios.forms), len(bands), len(SEXES))
    table = np.zeros((*shape, 2 ** len(group)), dtype=np.int64)
    for state in range(1, 2 ** len(group)):
        present = [w for bit, w in enumerate(group) if state >> bit & 1]
        if present[0].treatment:
            table[..., state] = _milli(ratios.response(present[0].treatment))[:, None, None]
        else:
            told = ratios.present([w.term for w in present], people)
            table[..., state] = _milli(told).reshape(shape)
    return table


def _milli(nats: np.ndarray[Any, np.dtype[np.float64]]) -> np.ndarray[Any, np.dtype[np.int64]]:
    result: np.ndarray[Any, np.dtype[np.int64]] = np.rint(nats * MILLI).astype(np.int64)
    return result


def ceilings_of(table: np.ndarray[Any, np.dtype[np.int64]]) -> list[int]:
    """Return a ceiling for each finding of a group; no combination scores more than its ceilings together.

    Found by raising what each finding says alone until no combination exceeds them.
    """
    best = table.max(axis=(0, 1, 2))
    count = int(np.log2(len(best)))
    alone = [max(int(best[1 << bit]), 1) for bit in range(count)]
    sums = [sum(a for bit, a in enumerate(alone) if state >> bit & 1) for state in range(1, len(best))]
    factor = max(1.0, *(best[s] / total for s, total in enumerate(sums, 1)))
    return [int(np.ceil(a * factor)) for a in alone]
