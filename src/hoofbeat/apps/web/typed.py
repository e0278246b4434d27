"""What is typed into the one box: a finding in any words, a test with its number, a treatment."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from hoofbeat.apps.web.sheet import FindingRow, Sheet, ValueRow, value_row
from hoofbeat.cases import Case, Finding, Measurement, State
from hoofbeat.errors import HoofbeatError
from hoofbeat.reading import Letter, left_out, read_letter, to_case
from hoofbeat.reports import as_printed
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
    case = _case(letter)
    typed = f"text:{text}"
    found = [Suggestion(typed, f"{what}: not added", why) for what, why in _aside(letter)]
    found += [
        Suggestion(typed, _named(m), value_words(value_row(m), "unknown")[1]) for m in case.measurements
    ]
    denied = [f for f in case.findings if f.state is State.ABSENT]
    found += [Suggestion(f"absent:{f.term}", f"{f.label}: absent", "as you wrote it") for f in denied]
    if not _aside(letter) and (not letter.values or (case.findings and not case.measurements)):
        found += _near(text, {s.value for s in found})
    drugs = [f"treatment: {t.name}, {t.response}" for t in case.treatments]
    found += [Suggestion(typed, told, "as you wrote it") for told in drugs]
    return found[:_SHOWN]


def _near(text: str, known: set[str]) -> Iterator[Suggestion]:
    for match in load_ontology().search(text, limit=_SHOWN):
        value = f"present:{match.id}"
        if value in known or match.score < 0.3:
            continue
        heard = "" if match.matched.casefold() == match.label.casefold() else f"“{match.matched}”"
        note = ", ".join(filter(None, (heard, "lay word" if match.lay else "", match.id)))
        yield Suggestion(value, match.label, note)


def add_typed(sheet: Sheet, words: str) -> tuple[str, list[Suggestion]]:
    """Add what words surely mean of the patient to the form; return what to say, and what else they may mean.

    What the words tell of a relative, suppose or doubt is never added; that it was left out is said.
    """
    text = " ".join(words.split())
    if not text:
        return "", []
    if len(text) > _LONGEST:
        return f"That is longer than {_LONGEST} characters. Paste it as a letter instead.", []
    letter = _read(text)
    aside = _aside(letter)
    # a term's own name may read as a denial ("absent eyebrow"), but never as someone else's or a doubt
    sure = None if aside or "?" in text else load_ontology().find(text)
    if sure is not None:
        return add_term(sheet, sure.id, "present", said=text), []
    case = _case(letter)
    told = [*_add_read(sheet, case), *_not_used(letter, case)]
    told += [f"Not added: {what} ({why})." for what, why in aside]
    if told:
        return " ".join(dict.fromkeys(told)), []
    near = suggestions(text)
    return (
        "Which of these is meant?" if near else f"Nothing known is called “{text}”. Try other words."
    ), near


def _add_read(sheet: Sheet, case: Case) -> list[str]:
    """Put what was read into the form, and return what to say of each part."""
    told = [f"{f.label}: {f.state.value}." for f in case.findings]
    for row in sheet.findings:
        for f in case.findings:
            if f.term == row.term:
                row.state, row.left = f.state.value, False
    sheet.add_case(case.model_copy(update={"findings": tuple(map(_without_echo, case.findings))}))
    told += [f"{_named(m)}: {value_words(value_row(m), sheet.sex)[1]}." for m in case.measurements]
    return told + [f"{t.name} added to the treatments." for t in case.treatments]


def _case(letter: Letter) -> Case:
    """What the words tell of the patient; where a number was understood, it stands for its finding."""
    case = to_case(letter)
    used = {(m.test, m.value, m.unit) for m in case.measurements}
    told = {v.finding for v in letter.values if (v.test, v.value, v.unit) in used}
    return case.model_copy(update={"findings": tuple(f for f in case.findings if f.term not in told)})


def _without_echo(finding: Finding) -> Finding:
    same = finding.said.casefold() == finding.label.casefold()
    return finding.model_copy(update={"said": ""}) if same else finding


def _not_used(letter: Letter, case: Case) -> Iterator[str]:
    """What to say of numbers that were read and not understood; the finding they belong to is kept."""
    used = {(m.test, m.value, m.unit) for m in case.measurements}
    for v in letter.values:
        if (v.test, v.value, v.unit) in used:
            continue
        why = v.problem or ("" if v.unit else "no unit is given")
        if not why:
            issues = read_measurement(v.test, v.value, v.unit, low=v.low, high=v.high).issues
            why = issues[0].message if issues else "it is not understood"
        what = f"{_test_name(v.test)} {v.value:g} {v.unit}".strip()
        yield f"{what[:1].upper()}{what[1:]} is not used: {why.rstrip('.')}."


def _aside(letter: Letter) -> list[tuple[str, str]]:
    """What the words say that is not the patient's for sure, each once, with why ("of mother")."""
    found = [(o.proposal.label, o.why) for o in left_out(letter)]
    if not found:
        found = [(d.name, f"of {d.who}") for d in letter.diagnoses if d.who != "patient"]
    return list(dict.fromkeys(found))


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
    """Return (low, normal, high or nothing; a sentence) of a measured value, in the unit it was given in."""
    try:
        low, high = (float(end) if end else None for end in (row.low, row.high))
        m = Measurement(test=row.test, value=float(row.value), unit=row.unit, low=low, high=high)
        shown = as_printed(m, sex=sex)
    except (HoofbeatError, ValueError):
        return "", "not understood"
    if shown.problem:
        return "", shown.problem
    if not shown.range:
        return "", "no range to judge it by"
    where = "the laboratory’s range" if shown.by_laboratory else "usual range"
    return shown.side or "", f"{shown.side or 'not judged'} ({where} {shown.range})"


# in a letter such a word alone may be the patient; typed before a finding it is whose finding it is
_BARE = re.compile(r"(?:the |a )?(?=(?:son|daughter|husband|wife|partner)s?\b)", re.IGNORECASE)


def _read(text: str) -> Letter:
    """Read words from the box: a question mark anywhere asks, and a bare "son" is the patient's."""
    if "?" in text:
        text = "? " + text.replace("?", " ").strip()
    owned = _BARE.match(text)
    return read_letter(f"my {text[owned.end() :]}" if owned else text, kind="patient")


def _named(m: Measurement) -> str:
    return f"{_test_name(m.test)} {m.value:g} {m.unit}".strip()


def _test_name(test: str) -> str:
    known = find_test(test)
    return known.name if known else test.replace("_", " ")
