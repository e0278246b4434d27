"""What a case says of the facts that a pathway asks for: yes, no, or not known, and whence."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date

from hoofbeat.cases import Case, State, without_faults
from hoofbeat.errors import UnitError, UsageError
from hoofbeat.pathways.condition_model import Again, Age, Given, Lasting, Precedes, Responded, Value
from hoofbeat.pathways.dates import dated_possibly, days_back
from hoofbeat.pathways.events import Event, Timeline
from hoofbeat.pathways.model import Pathway, Told
from hoofbeat.pathways.naming import Wording
from hoofbeat.pathways.timeline import timeline
from hoofbeat.terms import Reading, convert, find_test, load_ontology, read_measurement, site, site_regions

Known = bool | None


class CaseFacts:
    """One case, ready to be asked.

    given: facts told from outside by name ("spread": "metastatic"). Raises UsageError for a name or a word
    that the pathway does not know. done_stages is filled while a pathway is walked.
    """

    def __init__(
        self,
        case: Case,
        pathway: Pathway,
        given: Mapping[str, str | float] | None = None,
        visit: date | None = None,
    ) -> None:
        self.pathway = pathway
        self.case = dated_possibly(without_faults(case), visit)
        self.given = _given(given or {}, pathway.file.told)
        self.wording = Wording.of(pathway)
        rules = pathway.treatments.course if pathway.treatments else None
        self.timeline: Timeline = timeline(self.case, rules=rules, visit=visit, wording=self.wording)
        self.done_stages: set[str] = set()
        self._readings = _readings(self.case)
        self._kinds = {o.id: o.kind for o in pathway.options}
        self._present, self._absent = self._terms()

    def _terms(self) -> tuple[dict[str, str], dict[str, str]]:
        """Terms present and absent, each with the words they were read from; values count as findings."""
        onto = load_ontology()
        present: dict[str, str] = {}
        absent: dict[str, str] = {}
        for finding in self.case.findings:
            if finding.state is State.PRESENT and finding.course != "resolved":
                present.setdefault(finding.term, finding.label or onto.label(finding.term))
            elif finding.state is State.ABSENT:
                absent.setdefault(finding.term, f"no {finding.label or onto.label(finding.term)}")
        for reading in self._readings:
            said = f"{reading.test} {reading.value:.4g} {reading.unit}"
            if reading.finding:
                present.setdefault(reading.finding, said)
        for reading in self._readings:
            for term in reading.absent_finding:
                # a value once normal does not undo another that was not
                if term not in present:
                    absent.setdefault(term, f"{reading.test} {reading.value:.4g} {reading.unit}")
        return present, absent

    def present(self, terms: tuple[str, ...]) -> tuple[Known, str]:
        """Whether one of these findings, or a kind of it, is there; no only if all are said to be absent."""
        onto = load_ontology()
        for wanted in terms:
            for term, said in self._present.items():
                if onto.is_a(term, wanted):
                    return True, said
        gone = [next((s for a, s in self._absent.items() if onto.is_a(t, a)), None) for t in terms]
        if terms and all(gone):
            return False, ", ".join(dict.fromkeys(g for g in gone if g))
        return None, ""

    def absent(self, terms: tuple[str, ...]) -> tuple[Known, str]:
        """Whether all of these findings are said to be absent."""
        holds, said = self.present(terms)
        return (None if holds is None else not holds), said

    def done(self, stage: str) -> tuple[Known, str]:
        """Whether a stage was passed with all it asks."""
        return stage in self.done_stages, ""

    def lasting(self, ask: Lasting) -> tuple[Known, str]:
        """Whether one of these findings has been there that long."""
        onto, days = load_ontology(), self.threshold(ask.at_least)
        known = open_still = False
        for finding in self.case.findings:
            if finding.state is not State.PRESENT or not any(onto.is_a(finding.term, t) for t in ask.of):
                continue
            backs = days_back(finding, self.case.age_years)
            if backs and backs[0] >= days:
                return True, f"{finding.label} for {backs[0]:.0f} days"
            if backs:
                known, open_still = True, open_still or backs[1] >= days
        return (False if known and not open_still else None), ""

    def shape(self, words: tuple[str, ...]) -> tuple[Known, str]:
        """Whether a present finding is described by one of these lesion words."""
        for finding in self.case.findings:
            if finding.state is State.PRESENT:
                for form in finding.forms:
                    if form in words:
                        return True, f"{finding.label}: {form.replace('_', ' ')}"
        return None, ""

    def only_at(self, slugs: tuple[str, ...]) -> tuple[Known, str]:
        """Whether all sites of the skin findings lie within these; not known where no site is given."""
        found = {s for f in self.case.findings if f.state is State.PRESENT for s in f.where}
        if not found:
            return None, ""
        regions = site_regions(slugs)
        inside = all(s in slugs or (site_regions([s]) and site_regions([s]) <= regions) for s in found)
        return inside, ", ".join(sorted(site(s).name for s in found))

    def measured(self, test: str) -> tuple[Known, str]:
        """Whether a test was done; a case that does not say so leaves it open."""
        for reading in self._readings:
            if reading.test == test:
                return True, f"{test} {reading.value:.4g} {reading.unit}"
        known = find_test(test)
        for term in (known.low_is, known.high_is) if known else ():
            if term and (self.present((term,))[0] is not None):
                return True, load_ontology().label(term)
        return None, ""

    def value(self, ask: Value) -> tuple[Known, str]:
        """The highest value of a test against a threshold, in the threshold's unit or in times the limit."""
        values = [r for r in self._readings if r.test == ask.test]
        if not values:
            return None, ""
        name = ask.at_least or ask.below
        limit, unit = self.threshold(name), self.pathway.file.thresholds[name].unit
        sizes = [(self._in_unit(r, unit), r) for r in values]
        known = [(size, r) for size, r in sizes if size is not None]
        if not known:
            return None, ""
        size, reading = max(known, key=lambda pair: pair[0])
        said = f"{ask.test} {reading.value:.4g} {reading.unit}"
        return (size >= limit if ask.at_least else size < limit), said

    @staticmethod
    def _in_unit(reading: Reading, unit: str) -> float | None:
        if unit == "x upper limit":
            return reading.multiple_of_upper_limit
        test = find_test(reading.test or "")
        try:
            return convert(reading.value, reading.unit, test=test, to=unit) if test else None
        except UnitError:
            return None

    def again(self, ask: Again) -> tuple[Known, str]:
        """Whether the latest of several values of a test is raised, or normal; not known without a repeat.

        A second value counts as a repeat when it has another date, or when neither of them has one.
        """
        values = [e for e in self.timeline.events if e.kind == "measurement" and e.what == ask.test]
        known = [e for e in values if e.times_limit is not None]
        dated = [e for e in known if e.day is not None]
        repeated = dated if dated and dated[-1].follows(dated[0]) else [e for e in known if e.day is None]
        if len(repeated) < 2:
            return None, ""
        latest = repeated if repeated[0].day is None else repeated[-1:]
        raised = any((e.times_limit or 0.0) > 1 for e in latest)
        said = f"{ask.test} again {latest[-1].value:.4g} {latest[-1].unit}"
        return raised == (ask.outcome == "raised"), said

    def treated(self, what: str) -> tuple[Known, str]:
        """Whether a treatment, by its option's id or kind, is on record; silence leaves it open."""
        item = next(iter(self._of_kind(what)), None)
        return (True, item.what) if item else (None, "")

    def responded(self, ask: Responded) -> tuple[Known, str]:
        """Whether such a treatment is said to have done one of these."""
        items = self._of_kind(ask.to)
        for item in items:
            if item.response in ask.one_of:
                return True, f"{item.what}: {item.response}"
        return (False if any(item.response != "unknown" for item in items) else None), ""

    def _of_kind(self, what: str) -> list[Event]:
        """The treatments of an option or a kind of option, or the work of a procedure."""
        return [
            e
            for e in self.timeline.events
            if e.kind == "treatment" and (what in e.work or any(what in (i, self._kinds[i]) for i in e.kinds))
        ]

    def procedure(self, name: str) -> tuple[Known, str]:
        """Whether work of this kind is on record among the treatments."""
        item = next((e for e in self.timeline.events if name in e.work), None)
        return (True, item.what) if item else (None, "")

    def precedes(self, ask: Precedes) -> tuple[Known, str]:
        """Whether work on record came before the first of these findings."""
        onto = load_ontology()
        began = [
            e
            for e in self.timeline.events
            if e.kind == "finding" and e.first is not None and any(onto.is_a(e.term, t) for t in ask.of)
        ]
        start = min(began, key=lambda e: e.first or 0.0, default=None)
        open_still = ""
        for work in (e for e in self.timeline.events if ask.procedure in e.work):
            if start is not None and start.follows(work):
                return True, work.what
            if start is None or not work.follows(start):
                open_still = work.what
        if open_still:
            return (None, "") if ask.surely else (True, open_still)
        item = self.procedure(ask.procedure)[1]
        return (False, f"{item}, after it began") if item else (None, "")

    def told(self, ask: Given) -> tuple[Known, str]:
        """A fact told from outside."""
        if ask.name not in self.given:
            return None, ""
        value = self.given[ask.name]
        if ask.equals:
            return value == ask.equals, f"{ask.name.replace('_', ' ')}: {value}"
        fact = self.pathway.file.told[ask.name]
        said = fact.means if fact.chance else f"{ask.name.replace('_', ' ')} {value} {fact.unit}".strip()
        limit = self.threshold(ask.at_least or ask.below)
        return (float(value) >= limit if ask.at_least else float(value) < limit), said

    def course(self, name: str) -> tuple[Known, str]:
        """A fact of the timeline."""
        return self.timeline.course.get(name), "the course"

    def age(self, ask: Age) -> tuple[Known, str]:
        """The age at the visit against a threshold."""
        if self.case.age_years is None:
            return None, ""
        limit, years = self.threshold(ask.at_least or ask.below), self.case.age_years
        return (years >= limit if ask.at_least else years < limit), f"{years:g} years"

    def threshold(self, name: str) -> float:
        """The number that a threshold stands for: the middle of its range."""
        return self.pathway.file.thresholds[name].middle


def _readings(case: Case) -> list[Reading]:
    found = [
        read_measurement(
            m.test, m.value, m.unit, low=m.low, high=m.high, sex=case.sex, age_years=case.age_years
        )
        for m in case.measurements
    ]
    return [r for r in found if r.test is not None and r.interpretation is not None]


def _given(given: Mapping[str, str | float], told: Mapping[str, Told]) -> dict[str, str | float]:
    found: dict[str, str | float] = {}
    for name, value in given.items():
        if name not in told:
            raise UsageError(
                f"The pathway has no fact {name!r} to be told",
                remedy="one of: " + ", ".join(sorted(told)),
            )
        fact = told[name]
        if fact.words:
            if str(value) not in fact.words:
                raise UsageError(f"{name} is {value!r}", remedy="one of: " + ", ".join(fact.words))
            found[name] = str(value)
            continue
        try:
            number = float(value)
        except ValueError as fault:
            raise UsageError(f"{name} is {value!r}, not a number", remedy=f"{name}=0.5") from fault
        if not math.isfinite(number):
            raise UsageError(f"{name} is {value!r}, not a number", remedy=f"{name}=0.5")
        _check_range(name, number, fact)
        found[name] = number
    return found


def _check_range(name: str, number: float, fact: Told) -> None:
    low, high = (0.0, 1.0) if fact.chance else (fact.low, fact.high)
    if (low is not None and number < low) or (high is not None and number > high):
        span = f"{low:g} to {high:g}" if low is not None and high is not None else f"{low or 0:g} or more"
        raise UsageError(f"{name} is {number:g}, outside {span}", remedy=f"a number from {span}")
