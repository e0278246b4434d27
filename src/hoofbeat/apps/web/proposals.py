"""A pasted letter, phenopacket, FHIR bundle or case file becomes proposals that count once confirmed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from hoofbeat import reading
from hoofbeat.apps.web.fhir_gather import told_visits
from hoofbeat.apps.web.fhir_in import Charted, case_from_fhir
from hoofbeat.apps.web.limits import parsed
from hoofbeat.apps.web.refusals import Refusal
from hoofbeat.apps.web.sheet import Sheet, value_row
from hoofbeat.apps.web.typed import value_words
from hoofbeat.cases import Case, read_cases, to_yaml
from hoofbeat.errors import HoofbeatError, Issue
from hoofbeat.reading import Letter, left_out, read_letter, words_of
from hoofbeat.terms import site

_DEEPEST = 40


class Marked(NamedTuple):
    """A piece of the note: plain words, or words that something was read from. number: of its proposal."""

    words: str
    style: str = ""
    title: str = ""
    number: int | None = None


class Line(NamedTuple):
    """One proposal to tick. key: its place in the case it came from ("f3", "m0", "t1", "age")."""

    key: str
    label: str
    state: str
    detail: str
    words: str
    ticked: bool


@dataclass
class Pasted:
    """What was read of a pasted text. case: all proposals as a case file, sent along until confirmed."""

    kind: str
    said: str
    lines: list[Line] = field(default_factory=list)
    text: list[Marked] = field(default_factory=list)
    aside: list[tuple[str, str]] = field(default_factory=list)
    issues: tuple[Issue, ...] = ()
    case: str = ""


def read_pasted(text: str) -> Pasted:
    """Return the proposals of a text, whatever it is."""
    if not text.strip():
        return Pasted("", "Nothing was pasted.")
    try:
        structured = _structured(text)
        if structured is not None:
            return structured
        return _letter(text)
    except (HoofbeatError, Refusal) as fault:
        what = fault.what if isinstance(fault, HoofbeatError) else fault.body.what
        remedy = fault.remedy if isinstance(fault, HoofbeatError) else fault.body.remedy
        return Pasted("fault", f"{what}. {remedy}".strip())


def from_case(case: Case, kind: str, issues: tuple[Issue, ...] = ()) -> Pasted:
    """Return a case read elsewhere, a chart for example, as proposals."""
    lines = list(_lines(case))
    return Pasted(kind, _summary(kind, lines), lines, issues=issues, case=to_yaml(case))


def from_chart(charted: Charted, kind: str) -> Pasted:
    """Return what was read of a chart as proposals, with the contacts it tells of."""
    if charted.case is None:
        return Pasted("fault", charted.issues[0].message, issues=charted.issues)
    pasted = from_case(charted.case, kind, charted.issues)
    pasted.said = " ".join(filter(None, (pasted.said, told_visits(charted.visits))))
    return pasted


def add_confirmed(sheet: Sheet, fields: Mapping[str, str]) -> str:
    """Add the proposals that were ticked to the form."""
    readings = list(read_cases(fields.get("proposed", "").encode() or b"{}"))
    case = readings[0].case if readings else None
    if case is None:
        return "The proposals could not be read again."
    ticked = {name.removeprefix("tick-") for name in fields if name.startswith("tick-")}
    kept = case.model_copy(
        update={
            "findings": tuple(f for n, f in enumerate(case.findings) if f"f{n}" in ticked),
            "measurements": tuple(m for n, m in enumerate(case.measurements) if f"m{n}" in ticked),
            "treatments": tuple(t for n, t in enumerate(case.treatments) if f"t{n}" in ticked),
        }
    )
    if sheet.blank and case.id not in ("letter", "chart", "case"):
        sheet.id = case.id
    if "age" in ticked and case.age_years is not None:
        sheet.age = f"{case.age_years:g}"
    if "sex" in ticked:
        sheet.sex = case.sex
    sheet.priors = tuple(dict.fromkeys((*sheet.priors, *case.prior_diagnoses)))
    sheet.publications = tuple(dict.fromkeys((*sheet.publications, *case.publications)))
    new = sheet.add_case(kept)
    same = len(kept.findings) + len(kept.measurements) + len(kept.treatments) - new
    there = f" {same} more stood in the form already." if same else ""
    return f"{new} confirmed; they count now.{there}"


def _structured(text: str) -> Pasted | None:
    """Return the proposals of a FHIR bundle, phenopacket or case file; None for prose."""
    start = text.lstrip()[:1]
    if start in "{[":
        data = parsed(text.encode(), _DEEPEST)
        if isinstance(data, dict) and data.get("resourceType"):
            return from_chart(case_from_fhir(data), "FHIR")
        return _case_file(json.dumps(data).encode(), "phenopacket or case file")
    if any(
        line.startswith(("findings:", "- findings:", "phenotypicFeatures:")) for line in text.splitlines()
    ):
        return _case_file(text.encode(), "case file")
    return None


def _case_file(data: bytes, kind: str) -> Pasted:
    first = next(iter(read_cases(data)))
    if first.case is None:
        return Pasted(
            "fault", first.issues[0].message if first.issues else "No case in it", issues=first.issues
        )
    return from_case(first.case, kind, first.issues)


def _letter(text: str) -> Pasted:
    letter = read_letter(text)
    if letter.kind == "disease":
        return Pasted(
            "fault",
            "This text tells of a disease, not of a patient. Nothing is proposed: what a disease can show "
            "must not be taken for what a patient has.",
        )
    case = reading.to_case(letter)
    lines = list(_lines(case))
    by_term = {(f.term, f.state.value == "absent"): n for n, f in enumerate(case.findings)}
    return Pasted(
        "letter",
        _summary("letter", lines),
        lines,
        list(_marked(letter, by_term)),
        [(f"{o.proposal.label} (“{words_of(letter, o.proposal)}”)", o.why) for o in left_out(letter)],
        case=to_yaml(case),
    )


def _summary(kind: str, lines: list[Line]) -> str:
    return f"Read as a {kind}: {len(lines)} proposals. Untick what is wrong, then confirm."


def _lines(case: Case) -> Iterator[Line]:
    if case.age_years is not None:
        yield Line("age", f"Age {case.age_years:g}", "", "", "", ticked=True)
    if case.sex != "unknown":
        yield Line("sex", f"Sex {case.sex}", "", "", "", ticked=True)
    for n, f in enumerate(case.findings):
        where = ", ".join(site(s).name for s in f.where)
        free = f"not on {', '.join(site(s).name for s in f.spared)}" if f.spared else ""
        since = f"since {f.since_days:.0f} days" if f.since_days is not None else ""
        detail = "; ".join(filter(None, (where, free, since, f.course or "")))
        yield Line(f"f{n}", f.label, f.state.value.replace("_", " "), detail, f.said, ticked=True)
    for n, m in enumerate(case.measurements):
        yield Line(
            f"m{n}",
            f"{m.test.replace('_', ' ')} {m.value:g} {m.unit}",
            "",
            value_words(value_row(m), case.sex)[1],
            m.said,
            ticked=True,
        )
    for n, t in enumerate(case.treatments):
        yield Line(f"t{n}", t.name, "", f"response: {t.response}", "", ticked=True)


def _marked(letter: Letter, by_term: Mapping[tuple[str, bool], int]) -> Iterator[Marked]:
    """The text in pieces, each piece that was read from with what it was read as; none overlap."""
    at = 0
    for mark in reading.marks(letter):
        p, (start, end) = mark.proposal, mark.span
        mine = p is not None and p.assertion.who == "patient"
        number = by_term.get((p.term, p.assertion.status == "absent")) if p and mine else None
        if start > at:
            yield Marked(letter.text[at:start])
        yield Marked(letter.text[start:end], mark.style, mark.title, number)
        at = end
    if at < len(letter.text):
        yield Marked(letter.text[at:])
