"""What is told of one patient at a visit, as records would hold it: the rules stand in planting.yaml."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cache
from typing import NamedTuple

import numpy as np

from hoofbeat.cases import Case, Finding, Measurement, State, Treatment
from hoofbeat.knowledge import ConditionSet, DrugSet, TestSet, WeightSet, load_code_sets
from hoofbeat.sweep.among import Entry
from hoofbeat.sweep.definition import Definition, Member, load_rules
from hoofbeat.sweep.signals import CONDITION, Signal, signals, units
from hoofbeat.sweep.told_words import (
    days_of,
    diagnoses_in,
    drug_in,
    is_repeated,
    is_weight,
    load_planting,
)
from hoofbeat.terms import find_test, load_ontology, to_ucum

_CONDITIONS, _DRUGS, _VALUES = "condition_occurrence", "drug_exposure", "measurement"


class Chart(NamedTuple):
    """Lines of a record; what was told, how much of it they show, and the names of what they do not."""

    entries: tuple[Entry, ...]
    told: int
    recorded: int
    missing: tuple[str, ...]


def chart(
    definition: Definition, case: Case, person: int, visit: dt.date, *, tables: set[str], seed: int
) -> Chart:
    """Return what records hold of a patient on the day of a visit.

    tables: those that there are to write to. Nothing is written of the diagnosis itself, of what is absent,
    or after the visit. Findings stand once, within the year before, or since when they are told to be; names
    and treatments of the rash stand before the visit. More than one record of the rash, far apart, is
    written only where the case says that it lasts or comes again. seed: of the days that are not told.
    """
    writing = _Writing(definition, case, person, visit, tables, np.random.default_rng(seed))
    writing.diagnoses()
    writing.findings()
    writing.rash()
    for treatment in case.treatments:
        writing.treatment(treatment)
    for measurement in case.measurements:
        writing.measurement(measurement)
    entries = tuple(sorted(writing.entries, key=lambda e: (e.day, e.table, e.vocabulary, e.code)))
    return Chart(entries, writing.told, writing.told - len(writing.missing), tuple(writing.missing))


@dataclass
class _Writing:
    """A chart in the making."""

    definition: Definition
    case: Case
    person: int
    visit: dt.date
    tables: set[str]
    rng: np.random.Generator
    entries: list[Entry] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    told: int = 0
    # names of the rash that were given before the visit, and what its findings amount to at the visit
    labels: list[ConditionSet] = field(default_factory=list)
    seen: list[ConditionSet] = field(default_factory=list)

    def __post_init__(self) -> None:
        present = [f for f in self.case.findings if f.state is State.PRESENT]
        self.present = present
        self.before = _before(self.case, present)

    def diagnoses(self) -> None:
        """Diagnoses told: names of the rash are kept for its course, others are old and so not new."""
        told = (_set_of(self.definition, f.term) for f in self.present)
        at_visit = {codes.set for codes in told if codes}
        for words in self.case.prior_diagnoses:
            self.told += 1
            written = False
            for codes, sure in diagnoses_in(words):
                if codes is None or self._is_the_diagnosis(codes):
                    continue
                if codes.rash:
                    self.labels.append(codes if sure else _rash())
                    written = True
                elif sure:
                    if codes.set not in at_visit:
                        self._add(codes, days_of("observed"))
                    written = True
            self._note(words, shown=written and _CONDITIONS in self.tables)

    def findings(self) -> None:
        """Findings present, but for the rash: one record each."""
        for finding in self.present:
            if finding.term in _courses():
                continue
            self.told += 1
            codes = _set_of(self.definition, finding.term)
            self._note(_name(finding), shown=codes is not None and _CONDITIONS in self.tables)
            if codes is None:
                continue
            if codes.rash:
                self.seen.append(codes)
            else:
                self._add(codes, self._before_visit(finding))

    def rash(self) -> None:
        """The rash: its names before the visit, and at the visit what its findings amount to."""
        skin = any(_is_skin(f.term) for f in self.present)
        seen = self.seen or ([_rash()] if skin else [])
        names = self.labels or seen[:1]
        for term in (f.term for f in self.present if f.term in _courses()):
            self.told += 1
            self._note(load_ontology().label(term), shown=bool(names) and _CONDITIONS in self.tables)
        before = self.before or ((days_of("label"),) if self.labels else ())
        if not names:
            return
        # every name once, the first from the beginning; what is told to last or come again is named again
        for n in range(max(len(before), len(names) if before else 0)):
            self._add(names[min(n, len(names) - 1)], before[min(n, len(before) - 1)])
        for codes in seen:
            self._add(codes, 0)

    def treatment(self, treatment: Treatment) -> None:
        """A treatment: on one day, or on as many as count where the case says it was given again."""
        self.told += 1
        drug = drug_in(treatment.name)
        self._note(treatment.name, shown=drug is not None and _DRUGS in self.tables)
        if drug is None or _DRUGS not in self.tables:
            return
        again = treatment.response == "relapse" or is_repeated(treatment.name)
        longest = self.before[0] if self.before else days_of("label")
        days = max(drug.repeated, 2) if again else 1
        for n in range(days):
            self._add(drug, max(longest - n * longest // days, 1))

    def measurement(self, measurement: Measurement) -> None:
        """A value of the visit, with its unit as printed."""
        self.told += 1
        found = _code_of_test(measurement) if _VALUES in self.tables else None
        self._note(measurement.test, shown=found is not None)
        if found:
            line = Entry(
                self.person, _VALUES, self.visit, "LOINC", found, measurement.value, measurement.unit
            )
            self.entries.append(line)

    def _add(self, codes: ConditionSet | DrugSet, before: int) -> None:
        table = _DRUGS if isinstance(codes, DrugSet) else _CONDITIONS
        if table not in self.tables:
            return
        vocabulary, code, _ = next(iter(codes.pairs()))
        day = self.visit - dt.timedelta(days=min(before, days_of("observed")))
        entry = Entry(self.person, table, day, vocabulary, code)
        # two diagnoses of one kind on one day are one line
        if entry not in self.entries or isinstance(codes, DrugSet):
            self.entries.append(entry)

    def _before_visit(self, finding: Finding) -> int:
        told = _since(self.case, finding)
        return int(self.rng.integers(0, days_of("told"))) if told is None else int(told)

    def _is_the_diagnosis(self, codes: ConditionSet) -> bool:
        return self.definition.slug in codes.disease

    def _note(self, name: str, *, shown: bool) -> None:
        if not shown:
            self.missing.append(name)


def _before(case: Case, present: list[Finding]) -> tuple[int, ...]:
    """Days before the visit of earlier visits for the rash, the longest ago first, as far as a case tells."""
    long, again = (load_rules()[r]["finding"] for r in ("long_course", "relapsing"))
    told = {f.term for f in present} & {long, again}
    skin = [f for f in present if _is_skin(f.term) or f.term in told]
    comes_again = again in told or any(f.course == "relapsing" for f in skin)
    since = max((days for f in skin if (days := _since(case, f)) is not None), default=None)
    if since is None and long in told:
        since = days_of("long")
    if since is None:
        since = 2 * days_of("apart") if comes_again else None
    if not since or since < 1:
        return ()
    whole = round(since)
    return (whole, whole // 2) if comes_again else (whole,)


def _since(case: Case, finding: Finding) -> float | None:
    """Days since a finding began, as far as told; ages in whole years tell nothing of the last of them."""
    if finding.since_days is not None:
        return finding.since_days
    if finding.onset_age_years is None or case.age_years is None:
        return None
    years = case.age_years - finding.onset_age_years
    return years * 365.25 if years >= 1 else None


@cache
def _courses() -> frozenset[str]:
    return frozenset(load_rules()[r]["finding"] for r in ("long_course", "relapsing"))


@cache
def _rash() -> ConditionSet:
    """The least telling name of a rash."""
    return next(s for s in load_code_sets().conditions if s.set == load_planting()["rash"])


def _is_skin(term: str) -> bool:
    onto = load_ontology()
    return any(term == top or onto.is_a(term, top) for top in load_planting()["skin"])


def _name(finding: Finding) -> str:
    return finding.label or load_ontology().label(finding.term)


def _set_of(definition: Definition, term: str) -> ConditionSet | None:
    """The set that shows a finding, or the nearest more general one; none that names another disease."""
    onto, by_number = load_ontology(), {s.number: s for s in signals()}
    near = [m for m in definition.members if m.term.startswith("HP:") and m.term not in _courses()]
    near = [m for m in near if m.term == term or onto.is_a(term, m.term)]
    for member in sorted(near, key=lambda m: (m.term != term, -len(onto.ancestors(m.term)), m.number)):
        found = _of_member(member, by_number)
        if found:
            return found
    return None


def _of_member(member: Member, by_number: dict[int, Signal]) -> ConditionSet | None:
    """A set that names no disease, else one in which the finding is as good as the name."""
    named = load_planting()["as_good_as_named"]
    sets = [by_number[s].codes for s in member.signals if by_number[s].kind == CONDITION]
    mine = [s for s in sets if isinstance(s, ConditionSet) and (not s.disease or s.set in named)]
    return min(mine, key=lambda s: bool(s.disease), default=None)


def _code_of_test(measurement: Measurement) -> str | None:
    """The code of a value's test, if records can show it in its unit."""
    test = find_test(measurement.test)
    for codes in load_code_sets().all:
        fits = isinstance(codes, TestSet) and test is not None and codes.test == test.slug
        fits = fits or (isinstance(codes, WeightSet) and is_weight(measurement.test))
        if fits and (to_ucum(measurement.unit) or measurement.unit) in units(codes):
            mine = [c for v, c, _ in codes.pairs() if v == "LOINC"]
            return measurement.loinc if measurement.loinc in mine else next(iter(mine), None)
    return None
