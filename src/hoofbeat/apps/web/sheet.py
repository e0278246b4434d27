"""The form as data: everything the page knows of a patient travels in its fields, there and back."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any
from urllib.parse import parse_qsl

from hoofbeat.apps.web.refusals import Refusal
from hoofbeat.cases import Case, CaseReading, Finding, Measurement, State, read_cases
from hoofbeat.terms import load_ontology

RASH = "HP:0000988"
SETTINGS = ("general_practice", "dermatology", "rare_disease_clinic", "population", "described", "uniform")
USUAL_SETTING = "dermatology"
MODES = ("narrow", "rule-in", "rule-out")
STATES = tuple(state.value for state in State)
# what the field of a site holds; empty where nobody looked
SHOWS, SPARED = "there", "spared"
_ROW = re.compile(r"([fmt])-(\d{1,4})-([a-z]+)")
_MOST_ROWS = 300


@dataclass
class FindingRow:
    """One finding as the form holds it; left: kept in the record, but not counted."""

    term: str = ""
    state: str = "present"
    since: str = ""
    course: str = ""
    onset: str = ""
    where: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    said: str = ""
    left: bool = False

    @property
    def label(self) -> str:
        """The term's name."""
        resolved = load_ontology().resolve(self.term)
        return resolved.label or self.term


@dataclass
class ValueRow:
    """One measured value as the form holds it."""

    test: str = ""
    value: str = ""
    unit: str = ""
    low: str = ""
    high: str = ""
    date: str = ""
    loinc: str = ""
    said: str = ""
    left: bool = False


@dataclass
class TreatmentRow:
    """One treatment and what it did."""

    name: str = ""
    response: str = "unknown"
    date: str = ""
    left: bool = False


@dataclass
class Sheet:
    """All fields. sites, spared, forms: of the rash itself; chosen: whose reasons are shown."""

    id: str = "case"
    age: str = ""
    sex: str = "unknown"
    setting: str = USUAL_SETTING
    numbers: bool = True
    findings: list[FindingRow] = field(default_factory=list)
    values: list[ValueRow] = field(default_factory=list)
    treatments: list[TreatmentRow] = field(default_factory=list)
    sites: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    rash_since: str = ""
    rash_course: str = ""
    priors: tuple[str, ...] = ()
    publications: tuple[str, ...] = ()
    chosen: str = ""
    mode: str = "narrow"
    target: str = ""
    top: int = 10
    shortcut: bool = True

    @property
    def blank(self) -> bool:
        """True if nothing is known of the patient yet."""
        told = self.findings or self.values or self.treatments
        return not (told or self.sites or self.spared or self.forms)

    @property
    def leaves_out(self) -> bool:
        """True if something is in the record that the answer is to be given without."""
        rows = chain[FindingRow | ValueRow | TreatmentRow](self.findings, self.values, self.treatments)
        return any(row.left for row in rows)

    def to_mapping(self, *, whole: bool = True) -> dict[str, Any]:
        """Return the case as our own file says it. whole: with what is left out, too."""
        top: dict[str, Any] = {"id": self.id or "case", "setting": None, "sex": self.sex}
        if self.age.strip():
            top["age"] = self.age.strip()
        if self.setting not in ("described", "uniform"):
            top["setting"] = self.setting
        top["findings"] = [_finding_out(f) for f in self._told() if f.term and (whole or not f.left)]
        top["measurements"] = [_value_out(v) for v in self.values if v.test and (whole or not v.left)]
        top["treatments"] = [
            {"name": t.name, "response": t.response, **({"date": t.date} if t.date else {})}
            for t in self.treatments
            if t.name.strip() and (whole or not t.left)
        ]
        top["prior_diagnoses"], top["publications"] = list(self.priors), list(self.publications)
        return top

    def _told(self) -> list[FindingRow]:
        """The findings; the sites and forms ticked belong to the rash, which is then a finding."""
        told = self.sites or self.spared or self.forms or self.rash_since.strip() or self.rash_course
        if not told:
            return self.findings
        here = next((f for f in self.findings if f.term == RASH and f.state == "present"), None)
        rash = replace(
            here or FindingRow(term=RASH),
            where=self.sites,
            spared=self.spared,
            forms=self.forms,
            since=self.rash_since or (here.since if here else ""),
            course=self.rash_course or (here.course if here else ""),
        )
        return [rash, *(f for f in self.findings if f is not here)]

    def read(self, *, whole: bool = True) -> CaseReading:
        """Return the case, with every fault of what was typed. whole: with what is left out of the answer."""
        return next(iter(read_cases(self.to_mapping(whole=whole))))

    def take(self, case: Case) -> None:
        """Put a case into the form, in the place of what was there; how the page is shown stays."""
        self.id, self.sex = case.id, case.sex
        self.age = f"{case.age_years:g}" if case.age_years is not None else ""
        self.setting = case.setting or self.setting
        self.priors, self.publications = case.prior_diagnoses, case.publications
        self.sites, self.spared, self.forms, self.rash_since, self.rash_course = (), (), (), "", ""
        self.findings, self.values, self.treatments = [], [], []
        self.chosen = ""
        self.add_case(case)

    def add_case(self, case: Case) -> int:
        """Add what a case says to what is there; return how many rows are new.

        A finding already there is not added again; neither is a value or treatment that is the same in all
        it says, its date and effect included.
        """
        before = len(self.findings) + len(self.values) + len(self.treatments)
        known = {(f.term, f.state) for f in self.findings}
        for f in case.findings:
            if f.term == RASH and f.state is State.PRESENT:
                self._add_rash(f)
            if (f.term, f.state.value) not in known:
                self.findings.append(_finding_row(f))
        there = [replace(v, left=False) for v in self.values]
        for m in case.measurements:
            value = value_row(m)
            if value not in there:
                there.append(value)
                self.values.append(value)
        given = [replace(t, left=False) for t in self.treatments]
        for t in case.treatments:
            treatment = TreatmentRow(t.name, t.response, t.date or "")
            if treatment not in given:
                given.append(treatment)
                self.treatments.append(treatment)
        return len(self.findings) + len(self.values) + len(self.treatments) - before

    def _add_rash(self, f: Finding) -> None:
        """Put the sites and forms of a rash where the page shows them."""
        self.sites = tuple(dict.fromkeys((*self.sites, *f.where)))
        told = dict.fromkeys((*self.spared, *f.spared))
        self.spared = tuple(s for s in told if s not in self.sites)
        self.forms = tuple(dict.fromkeys((*self.forms, *f.forms)))
        self.rash_since = self.rash_since or _span(f.since_days)
        self.rash_course = self.rash_course or f.course or ""


def _finding_row(f: Finding) -> FindingRow:
    onset = f"{f.onset_age_years:g}" if f.onset_age_years is not None else ""
    places = ((), (), ()) if f.term == RASH else (f.where, f.spared, f.forms)
    return FindingRow(f.term, f.state.value, _span(f.since_days), f.course or "", onset, *places, f.said)


def value_row(m: Measurement) -> ValueRow:
    """Return a measured value as the form holds it."""
    ends = _plain(m.low), _plain(m.high)
    return ValueRow(m.test, _plain(m.value), m.unit, *ends, m.date or "", m.loinc or "", m.said)


def sheet_from(body: bytes, most: int) -> tuple[Sheet, dict[str, str]]:
    """Return the form of a request, and its fields one by one, with what was pressed and typed.

    Raises Refusal for more fields than any case has.
    """
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=most, strict_parsing=False)
    except ValueError:
        raise Refusal(
            400,
            "bad-form",
            f"The form cannot be read, or has more than {most:,} fields",
            remedy="go back to the page and send it from there",
        ) from None
    one = dict(pairs)
    many: dict[str, list[str]] = {}
    for name, value in pairs:
        many.setdefault(name, []).append(value)
    sheet = Sheet(
        id=one.get("case-id", "case")[:80],
        age=one.get("age", "")[:20],
        sex=_one_of(one.get("sex"), ("unknown", "female", "male", "other")),
        setting=_one_of(one.get("setting"), SETTINGS, USUAL_SETTING),
        numbers=one.get("numbers", "on") != "off",
        sites=_chosen(many, SHOWS),
        spared=_chosen(many, SPARED),
        forms=tuple(dict.fromkeys(many.get("looks", ()))),
        rash_since=one.get("rash-since", "")[:40],
        rash_course=one.get("rash-course", "")[:20],
        priors=tuple(many.get("prior", ()))[:_MOST_ROWS],
        publications=tuple(many.get("publication", ()))[:_MOST_ROWS],
        chosen=one.get("chosen", "")[:120],
        mode=_one_of(one.get("mode"), MODES),
        target=one.get("target", "")[:120],
        top=30 if one.get("top") == "30" else 10,
        shortcut="shortcut-off" not in one,
    )
    _rows(sheet, pairs)
    return sheet, one


def _chosen(many: Mapping[str, list[str]], wanted: str) -> tuple[str, ...]:
    """Return the sites that are in one state; each site is a field of its own, empty where nobody looked."""
    named = (name for name, values in many.items() if name.startswith("site-") and values[-1] == wanted)
    return tuple(name.removeprefix("site-") for name in named)[:_MOST_ROWS]


def _rows(sheet: Sheet, pairs: Iterable[tuple[str, str]]) -> None:
    found: dict[tuple[str, int], dict[str, str]] = {}
    for name, value in pairs:
        match = _ROW.fullmatch(name)
        if match:
            found.setdefault((match[1], int(match[2])), {})[match[3]] = value
    for (kind, _), row in sorted(found.items())[:_MOST_ROWS]:
        if kind == "f":
            sheet.findings.append(_finding_in(row))
        elif kind == "m":
            kept = {
                k: row.get(k, "")[:200]
                for k in ("test", "value", "unit", "low", "high", "date", "loinc", "said")
            }
            sheet.values.append(ValueRow(**kept, left=bool(row.get("left"))))
        elif row.get("name", "").strip():
            response = row.get("response", "unknown")
            name, when = row["name"].strip()[:200], row.get("date", "")[:20]
            sheet.treatments.append(TreatmentRow(name, response, when, left=bool(row.get("left"))))


def _finding_in(row: Mapping[str, str]) -> FindingRow:
    return FindingRow(
        term=row.get("term", "")[:200],
        state=_one_of(row.get("state"), STATES),
        since=row.get("since", "")[:40],
        course=row.get("course", "")[:20],
        onset=row.get("onset", "")[:20],
        where=tuple(row.get("where", "").split()),
        spared=tuple(row.get("spared", "").split()),
        forms=tuple(row.get("forms", "").split()),
        said=row.get("said", "")[:200],
        left=bool(row.get("left")),
    )


def _finding_out(f: FindingRow) -> dict[str, Any]:
    out: dict[str, Any] = {"is": f.term}
    if f.state == "absent":
        out["absent"] = True
    elif f.state == "not_asked":
        out["not_asked"] = True
    if f.where:
        out["where"] = [slug.replace("_", " ") for slug in f.where]
    if f.spared:
        out["spared"] = [slug.replace("_", " ") for slug in f.spared]
    if f.forms:
        out["forms"] = [slug.replace("_", " ") for slug in f.forms]
    out.update(
        {
            key: value
            for key, value in (
                ("since", f.since.strip()),
                ("course", f.course),
                ("onset_age", f.onset),
                ("said", f.said),
            )
            if value
        }
    )
    return out


def _value_out(v: ValueRow) -> dict[str, Any]:
    fields = ("test", "value", "unit", "low", "high", "date", "loinc", "said")
    return {k: getattr(v, k) for k in fields if getattr(v, k)} | {"value": v.value, "unit": v.unit}


def _span(days: float | None) -> str:
    """A span as people write it, exact enough to read back."""
    if days is None:
        return ""
    for unit, length in (("year", 365.25), ("month", 30.4375)):
        count = days / length
        if count >= 1 and abs(count - round(count, 1)) < 0.02:
            return f"{count:.1f}".removesuffix(".0") + f" {unit}" + ("" if round(count, 1) == 1 else "s")
    return f"{days:g} days"


def _plain(value: float | None) -> str:
    return "" if value is None else f"{value:.12g}"


def _one_of(given: str | None, known: tuple[str, ...], usual: str = "") -> str:
    return given if given in known else usual or known[0]
