"""Treatments named in a text, with dose, and what they did: none, partial, complete, relapse or worse."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple, cast

from hoofbeat.reading import drug_words as words
from hoofbeat.reading.drug_words import Cue
from hoofbeat.reading.model import Drug, Response, Span, Status
from hoofbeat.reading.sentences import LIST_ITEM, sentence_at, split_sentences
from hoofbeat.reading.word_lists import Found

_ROW = re.compile(r"[^\S\n]*\||[^\n\t|]{0,80}[\t|]")
_BLANK = re.compile(r"[^\S\n]*")
_LISTED = re.compile(r"\s?(?:,|,?\s(?:and|or)|/|&|\+)\s?", re.IGNORECASE)
_AND = re.compile(r"\b(?:and|or|nor)\b|[&+]", re.IGNORECASE)
_SET_OFF = ("-", "–", "—", "(", ":", "→", "=")
_DONE = re.compile(r"\s(?:and|then)\s(?:\w+\s)?(?:started|given|begun|commenced|tried)\b", re.IGNORECASE)
_BEHIND_USE = 40  # characters behind "treated with" within which the drug is named
_STRENGTH_BEFORE = re.compile(r"(?<![\w.])(\d[\d.,]{0,5}\s?(?:%|mg))\s(?:of\s)?\Z")
_PARTED = re.compile(r";|\b(?:but|while|whereas|although)\b", re.IGNORECASE)
_ONE_BY_ONE = re.compile(r"\b(?:then|followed by|later|subsequently)\b", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|never|no|without|nor|hardly)\b[^,;.]{0,14}\Z|n't\s(?:\w+\s)?\Z", re.IGNORECASE)
_STATUS_REACH = {"hypothetical": 120, "absent": 60, "historical": 60, "allergy": 60}
_PLAIN_NO_REACH = 32
_STOPPED_AFTER = 30
_RESPONSE_REACH = 160
_NEAR = 60  # what leads up to a drug from so near is said of it first
_SEVERITY = ("relapse", "worse")


class _Named(NamedTuple):
    """A drug found, its plain name, and the number of its sentence."""

    found: Found[str]
    sentence: int


class _Listed(NamedTuple):
    """The drugs of a sentence. dosed: where those with a dose begin; others: treatments no list knows."""

    group: list[Found[str]]
    dosed: frozenset[int]
    others: list[Span]


class _Use(NamedTuple):
    """A word of use, and where the drugs before it begin that it is said of."""

    cue: Found[Cue]
    behind: frozenset[int]


def find_drugs(text: str, sentences: Sequence[Span] | None = None) -> list[Drug]:
    """Return the treatments named in a text, in its order, by generic name.

    response is told by the words of the same sentence, or of the next one where that speaks of "it" or "them"
    and names no treatment. One planned is "hypothetical", one not given "absent", one stopped "historical".
    What someone is allergic to, and what a relative takes, is left out.

    >>> drug = find_drugs("Dermovate 0.05% ointment twice daily, no benefit.")[0]
    >>> drug.name, drug.dose, drug.response
    ('clobetasol', '0.05% ointment twice daily', 'none')
    """
    found = [drug for drug in words.names().find(text) if _is_treatment(text, drug)]
    if not found:
        return []
    sentences = split_sentences(text) if sentences is None else sentences
    sentences = [row for sentence in sentences for row in _rows(text, sentence)]
    if not sentences:
        return []
    named = [_Named(drug, sentence_at(sentences, drug.start)) for drug in found]
    drugs: list[Drug] = []
    at = 0
    while at < len(named):
        here = named[at].sentence
        group = _same(named, at)
        at += len(group)
        next_free = here + 1 < len(sentences) and (at >= len(named) or named[at].sentence > here + 1)
        drugs.extend(_read_sentence(text, group, sentences[here], sentences[here + 1] if next_free else None))
    return drugs


def _same(named: list[_Named], at: int) -> list[Found[str]]:
    end = bisect_left(named, named[at].sentence + 1, lo=at, key=lambda drug: drug.sentence)
    return [drug.found for drug in named[at:end]]


def treatment_name(name: str) -> str:
    """Return a drug's name with its kind, in which the effect of treatments is looked up.

    >>> treatment_name("clobetasone")
    'clobetasone (topical steroid)'
    """
    kind = words.kinds().get(name, "")
    return name if not kind or kind in name or name in kind else f"{name} ({kind})"


def _is_treatment(text: str, drug: Found[str]) -> bool:
    """Tell zinc given from zinc measured, and insulin from its level or its stain."""
    before = max(0, drug.start - 60)
    if words.measured_after().match(text, drug.end) or text[drug.end : drug.end + 1] in {"-", "‐"}:
        return False
    if text[drug.start : drug.end].lower() not in words.needing_cue():
        return words.measured_before().search(text, before, drug.start) is None
    dose = _dose(text, drug)
    used, worked = words.treated_before()
    return (
        (bool(dose) and "%" not in dose)
        or used.search(text, before, drug.start) is not None
        or (words.leads_up().search(text, before, drug.start) and worked.search(text, before, drug.start))
        is not None
        or words.treated_after().match(text, drug.end) is not None
    )


def _rows(text: str, sentence: Span) -> Iterator[Span]:
    """Yield the parts of a sentence that tell of drugs apart: rows of a table, lines opened by a drug."""
    start = at = sentence.start
    for line in text[sentence.start : sentence.end].splitlines(keepends=True)[:-1]:
        coming = at + len(line)
        if _opens_row(text, at) and _opens_row(text, coming):
            yield Span(start, coming)
            start = coming
        at = coming
    yield Span(start, sentence.end)


def _opens_row(text: str, start: int) -> bool:
    cell = _ROW.match(text, start)
    if cell is not None:
        return True
    mark = LIST_ITEM.match(text, start)
    word = _BLANK.match(text, mark.end() if mark else start)
    return word is not None and words.names().at(text, word.end()) is not None


def _read_sentence(
    text: str, group: list[Found[str]], sentence: Span, following: Span | None
) -> Iterator[Drug]:
    end = max(sentence.end, group[-1].end)
    found = words.cues().find(text[sentence.start : end])
    cues = [Found(cue.start + sentence.start, cue.end + sentence.start, cue.meaning) for cue in found]
    cues = sorted([*cues, *_cells(text, Span(sentence.start, end))], key=lambda cue: cue.start)
    listed = _Listed(
        group,
        frozenset(drug.start for drug in group if len(group) > 1 and _dose(text, drug)),
        _others(text, Span(sentence.start, end), group),
    )
    responses = [_response(text, drug, listed, cues) for drug in group]
    uses = [_Use(cue, _told_behind(text, group, cue)) for cue in cues if cue.meaning.kind == "status"]
    statuses = [_status(text, drug, group, uses, sentence) for drug in group]
    if following is not None and not any(responses):
        told = _told_next(text, following)
        responses = [told if status in {"present", "historical"} else "" for status in statuses]
    for drug, response, status in zip(group, responses, statuses, strict=True):
        if status == "":
            continue
        tried = bool(response) and status == "hypothetical"
        yield Drug(
            name=drug.meaning,
            span=Span(drug.start, drug.end),
            dose=_dose(text, drug),
            response=cast("Response", response or "unknown") if status != "absent" else "unknown",
            status="present" if tried else cast("Status", status),
        )


def _cells(text: str, row: Span) -> Iterator[Found[Cue]]:
    """Yield the effects that are told by one word in a cell of their own, or behind "response:"."""
    for cell in words.cells().finditer(text, row.start, row.end):
        means = cell.lastgroup or ""
        yield Found(*cell.span(means), Cue("response", means, "after"))


def _response(text: str, drug: Found[str], listed: _Listed, cues: list[Found[Cue]]) -> str:
    group = listed.group
    told = [cue for cue in cues if cue.meaning.kind == "response"]
    before = [
        cue for cue in told
        if cue.meaning.side != "after" and cue.end <= drug.start and drug.start - cue.end < _RESPONSE_REACH
        and not _within(listed.others, cue.end, drug.start)
        and _joined(text, cue.end, drug.start, group, cue.meaning.means)
        and not _other_after(cue, drug, group)
    ]  # fmt: skip
    near = bool(before) and drug.start - before[-1].end <= _NEAR
    after = [
        cue for cue in told
        if cue.meaning.side != "before" and cue.start >= drug.end and cue.start - drug.end < _RESPONSE_REACH
        and not _within(listed.others, drug.end, cue.start)
        and _joined(text, drug.end, cue.start, group, cue.meaning.means)
        and _spreads(text, drug, listed, cue)
    ]  # fmt: skip
    said = before[-1].meaning.means if near else ""
    last = drug.end
    for cue in after:
        if said and any(last <= other.start < cue.start for other in group):
            break
        means = _turned(text, cue)
        if means and (not said or means in _SEVERITY):
            said = means
        last = cue.end
    return said or (before[-1].meaning.means if before else "")


def _other_after(cue: Found[Cue], drug: Found[str], group: list[Found[str]]) -> bool:
    """Tell whether "failed" stands behind a drug of its own ("A failed, B was started")."""
    return (
        cue.meaning.side == "either"
        and any(other.end <= cue.start for other in group)
        and drug.start > cue.end
    )


def _joined(text: str, start: int, end: int, group: list[Found[str]], means: str) -> bool:
    """Tell whether what lies between a drug and a word of effect names other drugs only as a list.

    "A, then B: no benefit" is said of both; "A, then B cleared it" only of the last.
    """
    between = [drug for drug in group if start <= drug.start < end]
    if not between:
        return True
    pieces = [text[start : between[0].start]]
    pieces += [text[a.end : b.start] for a, b in pairwise(between)]
    parted = [_PARTED] if means == "none" else [_PARTED, _ONE_BY_ONE]
    return all(len(piece) <= 60 and not any(p.search(piece) for p in parted) for piece in pieces)


def _others(text: str, sentence: Span, group: Sequence[Found[str]]) -> list[Span]:
    """Return the words behind which a treatment that no list knows is named ("was treated with X")."""
    return [
        Span(*match.span())
        for match in words.another().finditer(text, *sentence)
        if not any(match.end() <= drug.start < match.end() + _BEHIND_USE for drug in group)
    ]


def _within(others: Sequence[Span], start: int, end: int) -> bool:
    return any(start <= other.start and other.end < end for other in others)


def _spreads(text: str, drug: Found[str], listed: _Listed, cue: Found[Cue]) -> bool:
    """Tell whether what is said at the end of a list is said of each drug in it.

    Where the drugs have each a dose of its own, only if "and" joins the last two, or "all" is said.
    """
    items = [drug, *(other for other in listed.group if drug.end <= other.start < cue.start)]
    if len(items) == 1 or not any(item.start in listed.dosed for item in items):
        return True
    tail = text[items[-1].end : cue.start]
    if words.every().search(tail + text[cue.start : cue.end]):
        return True
    joint = text[items[-2].end : items[-1].start]
    return _AND.search(joint) is not None and not tail.rstrip().endswith(_SET_OFF)


def _turned(text: str, cue: Found[Cue]) -> str:
    """Return what a word of effect says once "not" before it is heard; "" where that leaves nothing said."""
    means = cue.meaning.means
    if means == "none" or not _NOT.search(text, max(0, cue.start - 24), cue.start):
        return means
    return "none" if means in {"partial", "complete"} else ""


def _status(text: str, drug: Found[str], group: list[Found[str]], uses: list[_Use], sentence: Span) -> str:
    """Return the status of a drug, "" for one that is no treatment of this patient."""
    if words.relative().search(text, max(sentence.start, drug.start - 80), drug.start):
        return ""
    status = "present"
    for use in uses:
        status = _after_cue(text, drug, group, use, status)
    return "" if status == "allergy" else status


def _after_cue(text: str, drug: Found[str], group: list[Found[str]], use: _Use, status: str) -> str:
    """Return the status of a drug once one more cue of its sentence is heard."""
    cue = use.cue
    _, means, side = cue.meaning
    distance = drug.start - cue.end
    if distance < 0:
        outdoes = status == "present" or (means, status) == ("absent", "hypothetical")
        return means if outdoes and drug.start in use.behind else status
    if side != "before" and use.behind:
        return status
    if side == "after" and means == "absent":
        return "absent" if distance <= _STOPPED_AFTER else status
    if means == "except":
        return "present" if distance < _PLAIN_NO_REACH * 2 else status
    plain_no = cue.end - cue.start <= 3
    reach = _PLAIN_NO_REACH if plain_no else _STATUS_REACH[means]
    piece = text[cue.end : drug.start]
    reaches = _extends(piece, distance, reach, cue.end, group) and not _PARTED.search(piece)
    return means if reaches else status


def _told_behind(text: str, group: list[Found[str]], cue: Found[Cue]) -> frozenset[int]:
    """Return where the drugs begin that a word of use behind them is said of: the last one, and its list."""
    past = cue.meaning.means == "historical"
    before = [drug for drug in group if drug.end <= cue.start]
    if not before or (cue.meaning.side == "before" and not past) or _DONE.match(text, cue.end):
        return frozenset()
    end = _end_of_dose(text, before[-1].end)
    if past:
        told = cue.start - before[-1].end < _STOPPED_AFTER
    else:
        told = words.led_to().fullmatch(text, end, cue.start) is not None
    if not told:
        return frozenset()
    said = {before[-1].start}
    for drug, following in reversed(list(pairwise(before))):
        if not _LISTED.fullmatch(text, _end_of_dose(text, drug.end), following.start):
            break
        said.add(drug.start)
    return frozenset(said)


def _end_of_dose(text: str, end: int) -> int:
    found = words.dose().match(text, end)
    return found.end() if found else end


def _extends(piece: str, distance: int, reach: int, start: int, group: list[Found[str]]) -> bool:
    """Tell whether a cue reaches a drug, counted from the last drug of a list between."""
    if distance <= reach:
        return True
    listed = [drug for drug in group if start <= drug.start < start + distance]
    return bool(listed) and distance - (listed[-1].end - start) < 30 and "," in piece


def _told_next(text: str, following: Span) -> str:
    opening = words.again().at(text, following.start)
    if opening is None:
        return ""
    for cue in words.cues().find(text[following.start : min(following.end, following.start + 200)]):
        if cue.meaning.kind == "response" and cue.meaning.side != "before":
            moved = Found(cue.start + following.start, cue.end + following.start, cue.meaning)
            said = Span(following.start, moved.start)
            other = _within(_others(text, said, ()), *said) or words.when_another().match(text, moved.end)
            return "" if other else _turned(text, moved)
    return ""


def _dose(text: str, drug: Found[str]) -> str:
    found = words.dose().match(text, drug.end)
    if found is not None:
        return " ".join(found["dose"].split())
    strength = _STRENGTH_BEFORE.search(text, max(0, drug.start - 16), drug.start)
    return strength[1] if strength else ""
