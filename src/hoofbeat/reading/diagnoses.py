"""Diagnoses named in a text: made before, suspected, or excluded. They are labels, not findings."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, Literal, NamedTuple, cast

from hoofbeat.reading.model import Diagnosis, Span
from hoofbeat.reading.sections import find_sections
from hoofbeat.reading.sentences import sentence_at, split_sentences
from hoofbeat.reading.word_lists import Found, WordList, read_words

Status = Literal["made", "suspected", "excluded"]

_REACH = 140  # characters from a cue to its diagnosis, at most
_AFTER = 40
_SHORT_NEGATION = 60  # "no", "not" and "nor" do not reach far
_QUESTION_BEFORE = re.compile(r"\?\s{0,2}['\"(]?\Z")
_QUESTION_AFTER = re.compile(r"['\")]?\s?(?:\(?\?|(?:vs?|versus)\b)", re.IGNORECASE)
_LIST = re.compile(r"[,/]|\b(?:and|or|nor)\b", re.IGNORECASE)
_OTHER_SUBJECT = re.compile(
    r"\b(?:she|he|patient|his|her|this (?:man|woman|lady|gentleman))\b", re.IGNORECASE
)
_SPARED = frozenset({"no", "not", "nor", "neither", "without"})


class _Meaning(NamedTuple):
    name: str
    vague: bool


class _Cue(NamedTuple):
    status: Status
    after: bool
    stop: bool = False


def find_diagnoses(text: str, sentences: Sequence[Span] | None = None) -> list[Diagnosis]:
    """Return the diagnoses named in a text, in its order; one stated without any such word counts as made.

    who: "patient", a relative in the singular ("mother"), or "relative" where the family at large is meant.
    A likeness ("eczema-like") is none. In a plan without such a word, or in the name of a service ("psoriasis
    clinic"), it is no more than suspected. Names are those of the disease models and of common labels.

    >>> [(d.name, d.status) for d in find_diagnoses("Labelled eczema; ?pemphigus. This is not scabies.")]
    [('eczema', 'made'), ('pemphigus', 'suspected'), ('scabies', 'excluded')]
    """
    found = [name for name in _names().find(text) if not _likeness(text, name)]
    if not found:
        return []
    sentences = split_sentences(text) if sentences is None else sentences
    if not sentences:
        return []
    return list(_read(text, found, sentences))


def also_finding(name: str) -> bool:
    """Tell whether having a diagnosis is itself a finding (diabetes), not a name for the rash (eczema).

    >>> also_finding("type 2 diabetes"), also_finding("eczema")
    (True, False)
    """
    return name in _illnesses()


def _read(text: str, found: list[Found[_Meaning]], sentences: Sequence[Span]) -> Iterator[Diagnosis]:
    before: list[Found[_Cue]] = []
    planned = _Planned(text)
    read = -1
    for place, name in enumerate(found):
        here = sentence_at(sentences, name.start)
        start, end = sentences[here]
        end = max(end, name.end)
        if here != read:
            cues = _cues().find(text[start:end])
            before = [Found(cue.start + start, cue.end + start, cue.meaning) for cue in cues]
            read = here
        following = found[place + 1].start if place + 1 < len(found) else len(text)
        status = _status(text, name, before, min(end, following))
        if name.meaning.vague and status in {None, "made"}:
            continue
        if status != "excluded" and _service().match(text, name.end):
            status = "suspected"
        elif status is None and planned(name):
            if also_finding(name.meaning.name):  # whether it is there is told by the words of the finding
                continue
            status = "suspected"
        yield Diagnosis(
            name=name.meaning.name,
            span=Span(name.start, name.end),
            status=status or "made",
            who=_who(text, name, Span(start, end), following),
        )


class _Planned:
    """Tells whether a name stands in a plan; the sections are sought only if asked for."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.plans: list[Span] | None = None

    def __call__(self, name: Found[_Meaning]) -> bool:
        if self.plans is None:
            self.plans = [part.span for part in find_sections(self.text) if part.kind == "plan"]
        at = bisect_right(self.plans, name.start, key=lambda span: span.start) - 1
        return at >= 0 and name.start < self.plans[at].end


def _status(text: str, name: Found[_Meaning], cues: list[Found[_Cue]], end: int) -> Status | None:
    if _QUESTION_BEFORE.search(text, max(0, name.start - 5), name.start) or _QUESTION_AFTER.match(
        text, name.end
    ):
        return "suspected"
    behind = [
        cue for cue in cues if cue.meaning.after and name.end <= cue.start < min(end, name.end + _AFTER)
    ]
    if behind and not _cut(cues, name.end, behind[0].start):
        return behind[0].meaning.status
    for cue in reversed(cues):
        if cue.end > name.start or cue.meaning.after:
            continue
        if cue.meaning.stop or name.start - cue.end > _REACH:
            return None
        piece = text[cue.end : name.start]
        if text[cue.start : cue.end].lower() in _SPARED and (
            len(piece) > _SHORT_NEGATION or (len(piece.split()) > 6 and not _LIST.search(piece))
        ):
            continue
        if ";" in piece and cue.meaning.status != "suspected":
            return None
        return cue.meaning.status
    return None


def _cut(cues: list[Found[_Cue]], start: int, end: int) -> bool:
    return any(cue.meaning.stop and start <= cue.start < end for cue in cues)


def _who(text: str, name: Found[_Meaning], sentence: Span, following: int) -> str:
    begin = max(sentence.start, name.start - _REACH)
    for relative in reversed(list(_relatives().finditer(text, begin, name.start))):
        if not _OTHER_SUBJECT.search(text, relative.end(), name.start):
            return _one_of_family(relative[0])
        break
    behind = _relative_behind().match(text, name.end, min(sentence.end, following, name.end + _AFTER))
    return _one_of_family(behind["who"]) if behind else "patient"


def _one_of_family(word: str) -> str:
    one = word.lower().removesuffix("s")
    return one if one in _data()["relatives"] else "relative"


def _likeness(text: str, name: Found[_Meaning]) -> bool:
    return _no_diagnosis().match(text, name.end) is not None


@cache
def _data() -> dict[str, Any]:
    data: dict[str, Any] = read_words("diagnosis_words.yaml")
    return data


@cache
def _illnesses() -> frozenset[str]:
    return frozenset(row[0] for row in _data()["illness"])


@cache
def _names() -> WordList[_Meaning]:
    rows = [(word, row[0], False) for kind in ("skin", "illness") for row in _data()[kind] for word in row]
    rows += [(word, row[0], True) for row in _data()["vague"] for word in row]
    rows += [(word, word, False) for word in _modelled()]
    words: list[tuple[str, _Meaning]] = []
    exact: list[tuple[str, _Meaning]] = []
    for word, name, vague in rows:
        letters = "".join(c for c in word if c.isalpha())
        (exact if letters.isupper() and len(letters) < 6 else words).append((word, _Meaning(name, vague)))
    return WordList(words, exact)


def _modelled() -> Iterator[str]:
    """Yield names and synonyms of the disease models, without what stands in brackets."""
    from hoofbeat.knowledge import load_knowledge

    for disease in load_knowledge().diseases.values():
        for word in (disease.name, *disease.about.synonyms):
            for part in re.sub(r"\s*\(.*?\)", "", word).split(" / "):
                if " and " not in part:
                    yield part if part.isupper() else part.lower()


@cache
def _cues() -> WordList[_Cue]:
    cues: dict[str, _Cue] = {}
    for key, words in _data()["cues"].items():
        status = cast("Status", key.removesuffix("_after"))
        for word in words:
            if word == "?":
                continue
            cues.setdefault(
                word,
                _Cue("made", after=False, stop=True)
                if key == "stop"
                else _Cue(status, key.endswith("_after")),
            )
    return WordList(cues.items())


@cache
def _relatives() -> re.Pattern[str]:
    family = "|".join(re.escape(word) for word in _data()["family"])
    return re.compile(rf"\b(?:{'|'.join(_data()['relatives'])})s?\b(?!-in)|\b(?:{family})\b", re.IGNORECASE)


@cache
def _relative_behind() -> re.Pattern[str]:
    both = "|".join(re.escape(word) for word in (*_data()["relatives"], *_data()["family"]))
    return re.compile(
        rf"\s(?:in|of|affects|affecting|runs in)\s(?:the\s|his\s|her\s|their\s|a\s|one\s)?"
        rf"(?P<who>(?:{both})s?)\b",
        re.IGNORECASE,
    )


@cache
def _no_diagnosis() -> re.Pattern[str]:
    return re.compile(rf"[\s\-‐‑](?:{'|'.join(_data()['no_diagnosis_before'])})\b|-\s?form\b", re.IGNORECASE)


@cache
def _service() -> re.Pattern[str]:
    words = "|".join(re.escape(word) for word in _data()["service"])
    other = r"(?!(?:at|in|on|by|to|under|from|via|and|or|since|with|is|was|has|for|per|see)\b)[\w-]{2,16}"
    return re.compile(rf"[^\S\n](?:{other}[^\S\n])?(?:{words})\b", re.IGNORECASE)
