"""Treatments named in a text, with dose, and what they did: none, partial, complete, relapse or worse."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import Any, Literal, NamedTuple, cast

from hoofbeat.reading.model import Drug, Response, Span, Status
from hoofbeat.reading.sentences import sentence_at, split_sentences
from hoofbeat.reading.word_lists import Found, WordList, read_words

Kind = Literal["response", "status"]

_AMOUNT = (
    r"\d[\d.,–-]{0,8}\s?(?:mg|mcg|µg|μg|ug|g|m[lL]|IU|iu|[uU]nits?|%|tablets?|capsules?|GBq|MBq|Gy|J)"
    r"(?:\s?/\s?(?:kg|day|d|m2|m²|week|wk|dose|m[lL]|24\s?h|h)){0,2}(?![\w/])"
)
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


class _Cue(NamedTuple):
    """A word that tells of an effect or of use. means: response or status; side: of the drug."""

    kind: Kind
    means: str
    side: Literal["after", "before", "either"]


class _Named(NamedTuple):
    """A drug found, its plain name, and the number of its sentence."""

    found: Found[str]
    sentence: int


def find_drugs(text: str, sentences: Sequence[Span] | None = None) -> list[Drug]:
    """Return the treatments named in a text, in its order, by generic name.

    response is told by the words of the same sentence, or of the next one where that speaks of "it" or "them"
    and names no treatment. One planned is "hypothetical", one not given "absent", one stopped "historical".
    What someone is allergic to, and what a relative takes, is left out.

    >>> drug = find_drugs("Dermovate 0.05% ointment twice daily, no benefit.")[0]
    >>> drug.name, drug.dose, drug.response
    ('clobetasol', '0.05% ointment twice daily', 'none')
    """
    found = [drug for drug in _names().find(text) if _is_treatment(text, drug)]
    if not found:
        return []
    sentences = split_sentences(text) if sentences is None else sentences
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
    kind = _kinds().get(name, "")
    return name if not kind or kind in name or name in kind else f"{name} ({kind})"


def _is_treatment(text: str, drug: Found[str]) -> bool:
    """Tell zinc given from zinc measured, and insulin from its level."""
    if _cue_words("never_after").match(text, drug.end) or text[drug.end : drug.end + 1] in {"-", "‐"}:
        return False
    if text[drug.start : drug.end].lower() not in _needing_cue():
        return True
    dose = _dose(text, drug)
    return (
        (bool(dose) and "%" not in dose)
        or _cue_words("before").search(text, max(0, drug.start - 60), drug.start) is not None
        or _cue_words("after").match(text, drug.end) is not None
    )  # fmt: skip


def _read_sentence(
    text: str, group: list[Found[str]], sentence: Span, following: Span | None
) -> Iterator[Drug]:
    end = max(sentence.end, group[-1].end)
    found = _cues().find(text[sentence.start : end])
    cues = [Found(cue.start + sentence.start, cue.end + sentence.start, cue.meaning) for cue in found]
    responses = [_response(text, drug, group, cues) for drug in group]
    statuses = [_status(text, drug, group, cues, sentence) for drug in group]
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


def _response(text: str, drug: Found[str], group: list[Found[str]], cues: list[Found[_Cue]]) -> str:
    told = [cue for cue in cues if cue.meaning.kind == "response"]
    before = [
        cue for cue in told
        if cue.meaning.side != "after" and cue.end <= drug.start and drug.start - cue.end < _RESPONSE_REACH
        and _joined(text, cue.end, drug.start, group, cue.meaning.means)
        and not _other_after(cue, drug, group)
    ]  # fmt: skip
    near = bool(before) and drug.start - before[-1].end <= _NEAR
    after = [
        cue for cue in told
        if cue.meaning.side != "before" and cue.start >= drug.end and cue.start - drug.end < _RESPONSE_REACH
        and _joined(text, drug.end, cue.start, group, cue.meaning.means)
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


def _other_after(cue: Found[_Cue], drug: Found[str], group: list[Found[str]]) -> bool:
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


def _turned(text: str, cue: Found[_Cue]) -> str:
    """Return what a word of effect says once "not" before it is heard; "" where that leaves nothing said."""
    means = cue.meaning.means
    if means == "none" or not _NOT.search(text, max(0, cue.start - 24), cue.start):
        return means
    return "none" if means in {"partial", "complete"} else ""


def _status(
    text: str, drug: Found[str], group: list[Found[str]], cues: list[Found[_Cue]], sentence: Span
) -> str:
    """Return the status of a drug, "" for one that is no treatment of this patient."""
    if _relative().search(text, max(sentence.start, drug.start - 80), drug.start):
        return ""
    status = "present"
    for cue in cues:
        if cue.meaning.kind == "status":
            status = _after_cue(text, drug, group, cue, status)
    return "" if status == "allergy" else status


def _after_cue(text: str, drug: Found[str], group: list[Found[str]], cue: Found[_Cue], status: str) -> str:
    """Return the status of a drug once one more cue of its sentence is heard."""
    means = cue.meaning.means
    distance = drug.start - cue.end
    if distance < 0:
        stopped = means in {"historical", "absent_after"} and 0 <= cue.start - drug.end < _STOPPED_AFTER
        return means.removesuffix("_after") if stopped and status == "present" else status
    if means == "absent_after":
        return "absent" if distance <= _STOPPED_AFTER else status
    if means == "except":
        return "present" if distance < _PLAIN_NO_REACH * 2 else status
    plain_no = cue.end - cue.start <= 3
    reach = _PLAIN_NO_REACH if plain_no else _STATUS_REACH[means]
    piece = text[cue.end : drug.start]
    reaches = _extends(piece, distance, reach, cue.end, group) and not _PARTED.search(piece)
    return means if reaches else status


def _extends(piece: str, distance: int, reach: int, start: int, group: list[Found[str]]) -> bool:
    """Tell whether a cue reaches a drug, counted from the last drug of a list between."""
    if distance <= reach:
        return True
    listed = [drug for drug in group if start <= drug.start < start + distance]
    return bool(listed) and distance - (listed[-1].end - start) < 30 and "," in piece


def _told_next(text: str, following: Span) -> str:
    opening = _again().at(text, following.start)
    if opening is None:
        return ""
    for cue in _cues().find(text[following.start : min(following.end, following.start + 200)]):
        if cue.meaning.kind == "response" and cue.meaning.side != "before":
            moved = Found(cue.start + following.start, cue.end + following.start, cue.meaning)
            return _turned(text, moved)
    return ""


def _dose(text: str, drug: Found[str]) -> str:
    found = _dose_pattern().match(text, drug.end)
    if found is not None:
        return " ".join(found["dose"].split())
    strength = _STRENGTH_BEFORE.search(text, max(0, drug.start - 16), drug.start)
    return strength[1] if strength else ""


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = read_words("drugs.yaml")
    return data


@cache
def _names() -> WordList[str]:
    return WordList(
        (word, name)
        for group in _data()["groups"]
        for name, words in group["names"].items()
        for word in (name, *words)
    )


@cache
def _kinds() -> dict[str, str]:
    return {name: group["kind"] for group in _data()["groups"] for name in group["names"]}


@cache
def _needing_cue() -> frozenset[str]:
    return frozenset(name.lower() for group in _data()["groups"] for name in group.get("cue", ()))


@cache
def _cues() -> WordList[_Cue]:
    sides: dict[str, _Cue] = {}
    for means, listed in _data()["responses"].items():
        for side in ("after", "before"):
            for word in listed[side]:
                same = sides.get(word)
                both = same is not None and same.means == means and same.side != side
                sides[word] = _Cue("response", means, "either" if both else side)
    for means, words in _data()["status"].items():
        for word in words:
            sides.setdefault(word, _Cue("status", means, "before"))
    return WordList(sides.items())


@cache
def _again() -> WordList[bool]:
    return WordList((word, True) for word in _data()["again"])


def _any(words: Sequence[str]) -> str:
    return "|".join(re.escape(word).replace(r"\ ", r"\s") for word in sorted(words, key=len, reverse=True))


@cache
def _cue_words(place: str) -> re.Pattern[str]:
    words = _any(_data()["cues"][place])
    if place == "before":
        between = (
            r"both|oral|intravenous|iv|a|some|her|his|the|high|low|dose|supplementary|regular"
            r"|[\w-]{1,16},?\sand|[\w-]{1,16},"
        )
        return re.compile(rf"\b(?:{words})\s(?:(?:{between})\s){{0,3}}\Z", re.IGNORECASE)
    return re.compile(rf"\s(?:{words})\b", re.IGNORECASE)


@cache
def _dose_pattern() -> re.Pattern[str]:
    forms, often = _any(_data()["forms"]), _any(_data()["often"])
    return re.compile(
        rf"[\s,(]{{0,3}}(?:(?:{forms}|at|LAR|dose)[\s,]{{1,2}}){{0,2}}"
        rf"(?P<dose>{_AMOUNT}(?:[\s,]{{1,2}}(?:{forms}|{often})\b){{0,4}}|(?:{often})\b(?:\s(?:{often})\b)?)",
        re.IGNORECASE,
    )


@cache
def _relative() -> re.Pattern[str]:
    return re.compile(
        rf"\b(?:{_any(_data()['relatives'])})\s(?:(?!she\b|he\b|patient\b)[\w'-]{{1,14}}\s){{0,6}}\Z",
        re.IGNORECASE,
    )
