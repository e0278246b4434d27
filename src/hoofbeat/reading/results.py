"""Biopsies, images and other examinations in a text, and what they showed."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple, cast

from hoofbeat.reading.model import Span, TestResult
from hoofbeat.reading.sentences import sentence_at, split_sentences
from hoofbeat.reading.word_lists import WordList, read_words

Kind = Literal["histology", "imaging", "immunofluorescence", "microbiology", "endoscopy", "other"]

_LONGEST = 600  # characters of a conclusion
_SENTENCES_ON = 4  # sentences behind the first that may still belong to it
_AT_MOST = 3  # further names that may share what follows: "CT, MRI and PET showed"
_SAME_SUBJECT = 24  # "CT and MRI showed": two names so close share what follows
_NEAR = 60  # characters between a mass and the organ it is of
_SEEN_ON = re.compile(
    r"\b(?:seen|found|shown|identified|visible|evident|demonstrated|detected|noted|confirmed|revealed|apparent"
    r"|present|diagnosed|discovered|located)\s(?:on|by|at|with|in|through)\s"
    r"(?:an?\s|the\s|his\s|her\s|skin\s|abdominal\s|contrast[\s-]enhanced\s|urgent\s|subsequent\s|repeat\s){0,3}\Z",
    re.IGNORECASE,
)
_ADJECTIVE = re.compile(
    r"\b(?P<word>positive|negative|normal|sterile|unremarkable|non-?diagnostic|inconclusive)"
    r"\s(?:skin\s|fungal\s|bacterial\s|repeat\s)?\Z",
    re.IGNORECASE,
)
_NONE_DONE = re.compile(
    r"\b(?:no|nor|without|never had|not had)\s(?:a\s|an\s)?(?:[\w-]{1,16}\s){0,2}\Z", re.IGNORECASE
)
_IF = re.compile(
    r"\b(?:will|would|may|might|could|should|can|whether|if|until|unless|to)\s(?:\w+\s)?\Z", re.IGNORECASE
)
_IF_BEFORE = re.compile(
    r"\b(?:if|whether|until|unless|once)\s(?:the\s|a\s|an\s|repeat\s|further\s){0,2}(?:\w+\s)?\Z",
    re.IGNORECASE,
)
_ARRANGED = re.compile(
    r"\b(?:taken|took|taking|sent|send|request(?:ed)?|arranged?|ask(?:ed|ing)? for|booked|ordered|organised"
    r"|plan(?:ned)?|suggest|recommend|advise|need(?:s|ed)?|await(?:ing|s)?|do|repeat)\s(?:[\w-]+,?\s){0,4}\Z",
    re.IGNORECASE,
)
_REASON = re.compile(
    r"\b(?:in view of|to look for|looking for|to exclude|to rule out|to confirm|to assess|for an?"
    r"|for suspected|for possible|because of)\b",
    re.IGNORECASE,
)
_COLON = re.compile(r"[^\S\n]{0,3}(?:\([^()\n]{1,60}\)\s?)?[:=–-]\s{1,3}(?=\S)")
_CLAUSE = re.compile(r"[;.]|\n\s*\n")
_PIECE = re.compile(r"[,;.]|\b(?:and|with|but|whereas|while)\b", re.IGNORECASE)
_NOT_SEEN = (
    r"not\s(?:seen|found|identified|present|detected|observed|evident)|absent|excluded|ruled out|lacking"
)
_RESULT_NEG = r"negative|neg|nil|none|[-−–]ve|absent"
_NEGATED_AFTER = re.compile(
    rf"[^\S\n](?:(?:was|were|is|are|has been)\s)?(?:{_NOT_SEEN}|negative)\b"
    # as dipsticks are written: protein neg, blood -, (-); or several before one "negative"
    rf"|(?:(?:/|[^\S\n]and[^\S\n]|[^\S\n]or[^\S\n])\w+){{0,4}}[^\S\n]{{0,2}}[:=(]?[^\S\n]{{0,2}}(?:both[^\S\n]|all[^\S\n])?"
    rf"(?:(?:{_RESULT_NEG})(?!\w)|(?:[-−–]|no|0|normal)(?=\)?\s*(?:$|[,;.)|/\n])))",
    re.IGNORECASE,
)
_NORMAL = re.compile(r"\b(?:normal|unremarkable|healthy)\s(?:\w+\s)?\Z", re.IGNORECASE)
_RELATIVE = re.compile(
    r"\b(?:mother|father|sister|brother|son|daughter|aunt|uncle|cousin|grandmother|grandfather"
    r"|family history|FHx?)\b[^.;\n]{0,80}\Z",
    re.IGNORECASE,
)


class _Named(NamedTuple):
    start: int
    end: int
    kind: Kind


class _Rule(NamedTuple):
    term: str
    kinds: frozenset[str]
    near: re.Pattern[str] | None


def find_results(text: str, sentences: Sequence[Span] | None = None) -> list[TestResult]:
    """Return the examinations in a text that have a conclusion, in its order.

    findings holds what the conclusion says is there; what it denies or doubts stays in its words only. Tests
    asked for, planned or awaited are left out.

    >>> result = find_results("Skin biopsy showed parakeratosis but no acantholysis.")[0]
    >>> result.kind, result.findings
    ('histology', ('HP:0001036',))
    """
    named = [_Named(found.start, found.end, cast("Kind", found.meaning)) for found in _tests().find(text)]
    if not named:
        return []
    sentences = split_sentences(text) if sentences is None else sentences
    if not sentences:
        return []
    starts = [test.start for test in named]
    results: list[TestResult] = []
    last: _Named | None = None  # the test read before
    for place, test in enumerate(named):
        here = sentence_at(sentences, test.start)
        if _RELATIVE.search(text, max(sentences[here].start, test.start - 100), test.start):
            continue
        stop = _next_subject(text, named, place, sentences[here].end)
        conclusion = (
            _behind(text, test, stop)
            or _before(text, test, sentences[here])
            or _under_heading(text, test, sentences[here : here + 2])
        )
        if conclusion is None:
            continue
        if conclusion.start >= test.end and conclusion.end >= sentences[here].end:
            conclusion = _carried_on(
                text, test, conclusion, sentences[here + 1 : here + 1 + _SENTENCES_ON], starts
            )
        name = test.start
        if (
            last is not None
            and last.kind == test.kind
            and results[-1].span.end == conclusion.end
            and test.start - last.end < _SAME_SUBJECT
        ):
            name = results.pop().span.start  # "CT and MRI", "scrapings for mycology": one result
        last = test
        results.append(
            TestResult(
                kind=test.kind,
                name=" ".join(text[name : test.end].split()),
                span=Span(min(name, conclusion.start), max(test.end, conclusion.end)),
                conclusion=" ".join(text[conclusion.start : conclusion.end].split()).strip(" ,;:()"),
                findings=tuple(dict.fromkeys(_findings(text, test, conclusion))),
            )
        )
    return results


def _next_subject(text: str, named: list[_Named], place: int, end: int) -> int:
    """Return where the words about a test end: with the sentence, or at another test with its own."""
    last = named[place].end
    for number, other in enumerate(named[place + 1 : place + 2 + _AT_MOST]):
        if other.start >= end:
            break
        if (
            number == _AT_MOST
            or other.start - last > _SAME_SUBJECT
            or any(_cues().find(text[last : other.start]))
        ):
            return other.start
        last = other.end
    return max(end, last)


def _behind(text: str, test: _Named, stop: int) -> Span | None:
    stop = min(stop, test.end + _LONGEST)
    before = max(0, test.start - 48)
    if _NONE_DONE.search(text, before, test.start) or _IF_BEFORE.search(text, before, test.start):
        return None
    body = text[test.end : stop]
    colon = _COLON.match(text, test.end, stop + 1)
    planned = _ARRANGED.search(text, before, test.start) is not None
    for cue in _cues().find(body):
        if cue.meaning == "planned":
            planned = True
        elif cue.meaning == "state" and planned:
            continue
        elif not _IF.search(body, max(0, cue.start - 24), cue.start):
            return _trimmed(text, test.end, stop)
        else:
            planned = True
    if planned:
        return None
    if colon and not body[colon.end() - test.end :].strip():
        return None  # a heading: what it says stands in the next lines
    if colon or (any(_phrases(test.kind).find(body)) and not _REASON.search(body)):
        return _trimmed(text, colon.end() if colon else test.end, stop)
    return None


def _under_heading(text: str, test: _Named, sentences: Sequence[Span]) -> Span | None:
    """Return the first sentence under a heading that names a test ("Histology:")."""
    if len(sentences) < 2 or sentences[0].start != test.start:
        return None
    heading = text[test.end : sentences[1].start]
    if (
        heading.strip() not in {":", ""}
        or "\n" not in heading
        or not any(_phrases(test.kind).find(text[slice(*sentences[1])]))
    ):
        return None
    return sentences[1]


def _before(text: str, test: _Named, sentence: Span) -> Span | None:
    if _SEEN_ON.search(text, max(sentence.start, test.start - 60), test.start):
        return _trimmed(text, sentence.start, test.start)
    adjective = _ADJECTIVE.search(text, max(sentence.start, test.start - 32), test.start)
    return None if adjective is None else Span(*adjective.span("word"))


def _carried_on(
    text: str, test: _Named, conclusion: Span, following: Sequence[Span], starts: list[int]
) -> Span:
    """Lengthen a conclusion by the sentences behind it that go on telling what was seen."""
    listed = text[test.end : test.end + 3].lstrip()[:1] in {":", "="} or "\n" in text[test.end : test.end + 3]
    end = conclusion.end
    for sentence in following:
        other = bisect_left(starts, sentence.start)
        named = other < len(starts) and starts[other] < sentence.end
        opened = _opening().at(text, sentence.start) is not None
        said = any(_phrases(test.kind).find(text[sentence.start : sentence.end]))
        if named or sentence.end - conclusion.start > _LONGEST or not said or not (opened or listed):
            break
        end = sentence.end
    return Span(conclusion.start, end)


def _findings(text: str, test: _Named, conclusion: Span) -> Iterator[str]:
    start = min(test.start, conclusion.start)
    end = max(test.end, conclusion.end)
    for found in _phrases(test.kind).find(text[conclusion.start : conclusion.end]):
        begin, close = found.start + conclusion.start, found.end + conclusion.start
        if _denied(text, conclusion.start, begin, close):
            continue
        for rule in found.meaning:
            if rule.near is None or _stands_near(text, rule.near, (start, end), (begin, close)):
                yield rule.term


def denied_findings(text: str, result: TestResult) -> Iterator[tuple[str, Span]]:
    """Yield the findings that a conclusion plainly denies, each with its words; nothing that it doubts.

    >>> text = "Skin biopsy: no parakeratosis, possible necrolysis."
    >>> [(term, text[slice(*at)]) for term, at in denied_findings(text, find_results(text)[0])]
    [('HP:0001036', 'parakeratosis')]
    """
    first, last = result.span
    for found in _phrases(result.kind).find(text[first:last]):
        at = Span(found.start + first, found.end + first)
        if _denied(text, first, *at) != "plainly":
            continue
        for rule in found.meaning:
            if rule.term in result.findings:
                continue
            if rule.near is None or _stands_near(text, rule.near, result.span, at):
                yield rule.term, at


def _denied(text: str, first: int, start: int, end: int) -> str:
    """Return "plainly" for what is denied, "unsure" for what is doubted, "" for what is told."""
    begin = max(first, start - 90)
    for mark in _CLAUSE.finditer(text, begin, start):
        begin = mark.end()
    cues = [
        cue.meaning
        for cue in _negations().find(text[begin:start])
        if not any(_ends().find(text[begin + cue.end : start]))
    ]
    if cues:
        return "unsure" if "unsure" in cues else "plainly"
    return "plainly" if _NEGATED_AFTER.match(text, end) else ""


def _stands_near(text: str, near: re.Pattern[str], bounds: tuple[int, int], phrase: tuple[int, int]) -> bool:
    start, end = phrase
    if near.search(text, start, end):
        return True
    left, right = max(bounds[0], start - _NEAR), min(bounds[1], end + _NEAR)
    for mark in _PIECE.finditer(text, left, start):
        left = mark.end()
    cut = _PIECE.search(text, end, right)
    right = cut.start() if cut else right
    organ = near.search(text, left, right)
    if organ is None and near.search(text, bounds[0], min(bounds[1], bounds[0] + 30)):
        return True  # the test itself names it: "MRI liver", "ANA"
    return organ is not None and not _NORMAL.search(text, max(0, organ.start() - 20), organ.start())


def _trimmed(text: str, start: int, end: int) -> Span | None:
    part = text[start:end]
    kept = part.strip(" \t\r\n,;:")
    if not kept:
        return None
    begin = start + part.index(kept)
    return Span(begin, begin + len(kept))


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = read_words("results.yaml")
    return data


@cache
def _tests() -> WordList[str]:
    words: list[tuple[str, str]] = []
    exact: list[tuple[str, str]] = []
    for kind, listed in _data()["tests"].items():
        for word in listed:
            # "CT" is a scan; "ct" may be anything
            (exact if word.isupper() and len(word) < 6 else words).append((word, kind))
    return WordList(words, exact)


@cache
def _cues() -> WordList[str]:
    planned = [(word, "planned") for word in _data()["planned"]]
    told = [(word, place) for place in ("announce", "state") for word in _data()[place]]
    return WordList([*planned, *told])


@cache
def _phrases(kind: str) -> WordList[tuple[_Rule, ...]]:
    meant: dict[str, tuple[_Rule, ...]] = {}
    for row in _data()["findings"]:
        rule = _Rule(row["id"], frozenset(row["in"]), _near(row.get("of", ())))
        if kind not in rule.kinds:
            continue
        for word in row["any"]:
            meant[word] = (*meant.get(word, ()), rule)
    return WordList(meant.items())


def _near(words: Sequence[str]) -> re.Pattern[str] | None:
    if not words:
        return None
    listed = "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
    return re.compile(rf"\b(?:{listed})\b", re.IGNORECASE)


@cache
def _negations() -> WordList[str]:
    meant = dict.fromkeys(_data()["negations"], "plainly") | dict.fromkeys(_data()["unsure"], "unsure")
    return WordList((word, said) for word, said in meant.items() if word != "?")


@cache
def _ends() -> WordList[bool]:
    return WordList((word, True) for word in _data()["ends"])


@cache
def _opening() -> WordList[bool]:
    return WordList((word, True) for word in _data()["goes_on"])
