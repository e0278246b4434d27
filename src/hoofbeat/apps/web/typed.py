"""What is typed into the one box: a finding in any words, a test with its number, a treatment."""

from __future__ import annotations

from typing import NamedTuple

from hoofbeat.apps.web.sheet import FindingRow, Sheet, TreatmentRow, ValueRow
from hoofbeat.errors import HoofbeatError
from hoofbeat.reading import Letter, Value, read_letter
from hoofbeat.terms import find_test, load_ontology, read_measurement

_LONGEST = 200
_SHOWN = 8


class Suggestion(NamedTuple):
    """One line of the list under the box.

    value: what is sent if it is chosen ("present:HP:0000206", "absent:…", "text:…"). note: why it is there.
    """

    value: str
    label: str
    note: str


def suggestions(words: str) -> list[Suggestion]:
    """Return what words may mean: a measured value, a finding denied, then terms, the likeliest first."""
    text = " ".join(words.split())[:_LONGEST]
    if len(text) < 2:
        return []
    letter = _read(text)
    found = [_of_value(text, value) for value in letter.values if value.unit and find_test(value.test)]
    found += [
        Suggestion(f"absent:{p.term}", f"{p.label}: absent", "as you wrote it")
        for p in letter.proposals
        if p.assertion.status == "absent"
    ]
    known = {s.value for s in found}
    if not letter.values:
        onto = load_ontology()
        for match in onto.search(text, limit=_SHOWN):
            value = f"present:{match.id}"
            if value in known or match.score < 0.3:
                continue
            heard = "" if match.matched.casefold() == match.label.casefold() else f"“{match.matched}”"
            note = ", ".join(filter(None, (heard, "lay word" if match.lay else "", match.id)))
            found.append(Suggestion(value, match.label, note))
    drugs = [f"treatment: {drug.name}, {drug.response}" for drug in letter.drugs]
    found += [Suggestion(f"text:{text}", told, "as you wrote it") for told in drugs]
    return found[:_SHOWN]


def add_typed(sheet: Sheet, words: str) -> tuple[str, list[Suggestion]]:
    """Add what words surely mean to the form; return what to say, and what else they may mean."""
    text = " ".join(words.split())[:_LONGEST]
    if not text:
        return "", []
    sure = load_ontology().find(text)
    if sure is not None:
        return add_term(sheet, sure.id, "present", said=text), []
    letter = _read(text)
    values = [v for v in letter.values if v.unit and find_test(v.test)]
    told = [_add_value(sheet, value) for value in values]
    measured = {v.finding for v in values}
    for p in letter.proposals:
        if p.assertion.status in ("present", "absent", "historical") and p.term not in measured:
            state = "absent" if p.assertion.status == "absent" else "present"
            told.append(add_term(sheet, p.term, state, said=text))
    for drug in letter.drugs:
        sheet.treatments.append(TreatmentRow(drug.name, drug.response))
        told.append(f"{drug.name} added to the treatments.")
    if told:
        return " ".join(dict.fromkeys(told)), []
    near = suggestions(text)
    return (
        "Which of these is meant?" if near else f"Nothing known is called “{text}”. Try other words."
    ), near


def add_choice(sheet: Sheet, choice: str, words: str) -> str:
    """Add what was chosen from the list."""
    kind, _, rest = choice.partition(":")
    if kind in ("present", "absent"):
        return add_term(sheet, rest, kind, said=" ".join(words.split())[:_LONGEST])
    return add_typed(sheet, rest)[0]


def add_term(sheet: Sheet, term: str, state: str, *, said: str = "") -> str:
    """Add a finding, or change the state of one already there."""
    resolved = load_ontology().resolve(term)
    if resolved.status not in ("current", "alternative") or not resolved.id:
        return "That term is not known."
    label = load_ontology().label(resolved.id)
    shown = f"{label}: {state}."
    for row in sheet.findings:
        if row.term == resolved.id:
            row.state, row.left = state, False
            return shown
    kept = "" if said.casefold() == label.casefold() else said
    sheet.findings.append(FindingRow(term=resolved.id, state=state, said=kept))
    return shown


def value_words(row: ValueRow, sex: str) -> tuple[str, str]:
    """Return (low, normal, high or nothing; a sentence) of a measured value, as it is understood."""
    try:
        low, high = (float(end) if end else None for end in (row.low, row.high))
        reading = read_measurement(row.test, float(row.value), row.unit, low=low, high=high, sex=sex)
    except (HoofbeatError, ValueError):
        return "", "not understood"
    if reading.issues:
        return "", reading.issues[0].message
    if reading.low is None and reading.high is None:
        return "", "no range to judge it by"
    ends = [f"{end:g}" if end is not None else "" for end in (reading.low, reading.high)]
    span = f"{ends[0]}–{ends[1]}" if all(ends) else f"up to {ends[1]}" if ends[1] else f"from {ends[0]}"
    where = "the laboratory's range" if reading.range_from == "printed" else "usual range"
    return (
        reading.interpretation or "",
        f"{reading.interpretation or 'not judged'} ({where} {span} {reading.unit})",
    )


def _read(text: str) -> Letter:
    return read_letter(text, kind="patient")


def _row(value: Value) -> ValueRow:
    ends = ["" if end is None else f"{end:g}" for end in (value.low, value.high)]
    return ValueRow(value.test, f"{value.value:g}", value.unit, ends[0], ends[1], value.date or "")


def _of_value(text: str, value: Value) -> Suggestion:
    row = _row(value)
    known = find_test(value.test)
    return Suggestion(
        f"text:{text}",
        f"{known.name if known else value.test} {row.value} {row.unit}",
        value_words(row, "unknown")[1],
    )


def _add_value(sheet: Sheet, value: Value) -> str:
    row, known = _row(value), find_test(value.test)
    sheet.values.append(row)
    return f"{known.name if known else value.test} {row.value} {row.unit}: {value_words(row, sheet.sex)[1]}."
