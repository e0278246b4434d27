"""From a letter to a case: what the text says of the patient, and what was left out and why."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from hoofbeat.errors import InputError
from hoofbeat.reading.model import Letter, Proposal, Value

if TYPE_CHECKING:  # pydantic is not loaded before a case is asked for
    from hoofbeat.cases import Case, Finding, Measurement, State, Treatment

_SPAN = 80  # characters of the letter kept as what was said
_THERE = ("present", "historical")


class LeftOut(NamedTuple):
    """A proposal that is no part of the case, and why: "uncertain", "hypothetical", "of mother", …."""

    proposal: Proposal
    why: str


def to_case(letter: Letter, *, case_id: str = "letter") -> Case:
    """Return what a letter says of its patient as a case.

    Findings that are there or were there are present; those denied are absent. What is uncertain or
    hypothetical, a relative's, or at odds with another statement is left out (see `left_out`). A value whose
    test and unit are understood goes in as a measurement, and is not said again as a finding. Where only a
    printed flag calls it low or high, and the usual range does not, the finding goes in with the words of the
    value, and no measurement: read against the usual range, that would say the opposite, or count twice.
    Raises InputError for a text about a disease: what it tells is nobody's finding.
    """
    from hoofbeat.cases import Case, State

    if letter.kind == "disease":
        raise InputError(
            "This text tells of a disease, not of a patient",
            why="What a disease can show must not be taken for what a patient has.",
            remedy="read it with --as-model, or with --kind patient if it is a letter after all",
        )
    present, absent, _ = _sorted_out(letter)
    return Case(
        id=case_id,
        age_years=letter.age_years,
        sex=letter.sex,
        findings=(*_findings(letter, present, State.PRESENT), *_findings(letter, absent, State.ABSENT)),
        measurements=tuple(_measurement(v) for v in letter.values if _usable(letter, v)),
        treatments=tuple(_treatments(letter)),
        prior_diagnoses=tuple(dict.fromkeys(_labels(letter, present))),
    )


def _labels(letter: Letter, present: Sequence[Proposal]) -> Iterator[str]:
    """Diagnoses made before that are no findings: an illness such as diabetes stands among those."""
    starts = sorted(s.start for p in present for s in p.spans)
    for d in letter.diagnoses:
        found = bisect_left(starts, d.span.start)
        if (
            d.status == "made"
            and d.who == "patient"
            and (found == len(starts) or starts[found] >= d.span.end)
        ):
            yield d.name


def left_out(letter: Letter) -> tuple[LeftOut, ...]:
    """Return the proposals that are no part of the case, each with the reason."""
    return tuple(_sorted_out(letter)[2])


def _sorted_out(letter: Letter) -> tuple[list[Proposal], list[Proposal], list[LeftOut]]:
    measured = {v.finding for v in letter.values if v.finding and _usable(letter, v)}
    present: list[Proposal] = []
    absent: list[Proposal] = []
    out: list[LeftOut] = []
    for proposal in letter.proposals:
        said = proposal.assertion
        if said.who != "patient":
            out.append(LeftOut(proposal, "in general" if said.who == "general" else f"of {said.who}"))
        elif proposal.term in measured and (proposal.source == "value" or _names_value(letter, proposal)):
            continue
        elif said.status in _THERE:
            present.append(proposal)
        elif said.status == "absent":
            absent.append(proposal)
        else:
            out.append(LeftOut(proposal, said.status))
    kept, clashes = _consistent([*(p.term for p in present), *measured], absent)
    return present, kept, out + clashes


def _names_value(letter: Letter, proposal: Proposal) -> bool:
    """Whether a finding was read from the words of a value: "glucagon markedly elevated at 1500 pg/ml"."""
    start, end = proposal.spans[0].start, proposal.spans[-1].end
    return any(
        v.finding == proposal.term and v.span.start <= start and end <= v.span.end for v in letter.values
    )


def _consistent(present: Sequence[str], absent: Sequence[Proposal]) -> tuple[list[Proposal], list[LeftOut]]:
    """Absent findings that no present or measured one contradicts: told of once, it is there."""
    from hoofbeat.terms import load_ontology

    onto = load_ontology()
    implied = frozenset().union(*(onto.ancestors(term) for term in present)) if present else frozenset()
    kept = [p for p in absent if p.term not in implied]
    clashes = [LeftOut(p, "said to be present elsewhere") for p in absent if p.term in implied]
    return kept, clashes


def _findings(letter: Letter, proposals: Iterable[Proposal], state: State) -> list[Finding]:
    """One finding a term, with all that was said of it."""
    by_term: dict[str, list[Proposal]] = {}
    for proposal in proposals:
        by_term.setdefault(proposal.term, []).append(proposal)
    return [_finding(letter, found, state) for found in by_term.values()]


def _finding(letter: Letter, found: Sequence[Proposal], state: State) -> Finding:
    from hoofbeat.cases import Finding, State
    from hoofbeat.terms import within

    first = found[0]
    spans = [p.when.since_days for p in found if p.when.since_days is not None]
    onsets = [p.when.onset_age_years for p in found if p.when.onset_age_years is not None]
    there = state is State.PRESENT
    where = dict.fromkeys(s for p in found for s in p.where)
    free = dict.fromkeys(s for p in found for s in p.spared)
    onset = min(onsets, default=None) if there else None
    if onset is not None and letter.age_years is not None and onset > letter.age_years:
        onset = None
    return Finding(
        term=first.term,
        label=first.label,
        state=state,
        where=tuple(where) if there else (),
        spared=tuple(s for s in free if not any(within(w, s) for w in where)) if there else (),
        forms=tuple(dict.fromkeys(f for p in found for f in p.forms)) if there else (),
        since_days=max(spans, default=None) if there else None,
        course=next((p.course for p in found if p.course), None) if there else None,
        onset_age_years=onset,
        said=words_of(letter, first),
    )


def words_of(letter: Letter, proposal: Proposal) -> str:
    """Return the words a proposal was read from, words between them shown as …."""
    said = " … ".join(" ".join(letter.text[s.start : s.end].split()) for s in proposal.spans)
    return said if len(said) <= _SPAN else said[: _SPAN - 1] + "…"


def _usable(letter: Letter, value: Value) -> bool:
    """A value that ranking can weigh, and reads as the letter does: test known, unit printed, no doubt."""
    from hoofbeat.errors import HoofbeatError
    from hoofbeat.terms import find_test, read_measurement

    if value.problem or not value.unit or find_test(value.test) is None:
        return False
    try:
        reading = read_measurement(
            value.test, value.value, value.unit, low=value.low, high=value.high, sex=letter.sex,
            age_years=letter.age_years,
        )  # fmt: skip
    except HoofbeatError:
        return False
    if value.basis == "printed flag" and reading.interpretation not in (None, value.direction):
        return False
    return not any(issue.level == "error" for issue in reading.issues)


def _measurement(value: Value) -> Measurement:
    from hoofbeat.cases import Measurement

    return Measurement(
        test=value.test,
        value=value.value,
        unit=value.unit,
        low=value.low,
        high=value.high,
        date=value.date,
    )


def _treatments(letter: Letter) -> list[Treatment]:
    """Treatments that were given, each once, with the response that says most."""
    from hoofbeat.cases import Treatment
    from hoofbeat.reading.drugs import treatment_name

    best: dict[str, Treatment] = {}
    for drug in letter.drugs:
        if drug.status not in _THERE:
            continue
        known = best.get(drug.name)
        if known is None or known.response == "unknown":
            # with its kind, by which the effect of treatments is looked up
            name = treatment_name(drug.name)
            best[drug.name] = Treatment(name=name, response=drug.response, date=drug.date)
    return list(best.values())
