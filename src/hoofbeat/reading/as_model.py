"""A document about a disease becomes a draft model: what it states, in which line and sentence."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from hoofbeat.reading.documents import Line, Outline, find_words, outline, rules, topic_of
from hoofbeat.reading.model import Letter, Proposal, Span

What = Literal["finding", "site", "cause", "looks_like", "test", "treatment"]
_PERCENT = re.compile(
    r"(\d{1,3}(?:\.\d)?)\s?(?:[-–]|to)\s?(\d{1,3}(?:\.\d)?)\s?(?:%|per ?cent)"
    r"|(\d{1,3}(?:\.\d)?)\s?(?:%|per ?cent)"
)
_REFERENCE_MARK = re.compile(r"(?<=[.!?])(?:\[\d{1,3}\]){1,6}\s{1,4}(?=[A-Z])")
_HAVE = re.compile(r"\b(?:have|has|had|develop|show|present|get|suffer)\b")
_HALF = re.compile(r"\b(?:about |around |nearly )?half of\b", re.IGNORECASE)
_WHAT: dict[str, What] = {"cause": "cause", "looks_like": "looks_like", "test": "test"}
_LIST = 40  # lines of a list that may lie between an item and what announced it
_FEW = 4  # a sentence with more findings does not say which of them its figure counts
_SITE_CUES = ("affect", "site", "found on", "involve", "located", "rash", "eruption", "skin", "appears on")


class Place(NamedTuple):
    """Line (from 1) and sentence (from 1) of a document."""

    line: int
    sentence: int

    def __str__(self) -> str:
        return f"line {self.line}, sentence {self.sentence}"


class Stated(NamedTuple):
    """One thing a document states. key: HPO id, site slug, test or name; how_often: the class of its words.

    share: a figure printed beside it, as a fraction; denied: it is said not to be so.
    """

    what: What
    key: str
    name: str
    place: Place
    how_often: str = "named"
    share: tuple[float, float] | None = None
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A document read as a model: everything stated, in order, and the outline it was read from."""

    document: str
    outline: Outline
    stated: tuple[Stated, ...]
    letter: Letter = field(repr=False)

    def of(self, what: What) -> list[Stated]:
        """Return the statements of one kind, each thing once: the first, or the one with a figure."""
        best: dict[str, Stated] = {}
        for s in self.stated:
            if s.what == what and (s.key not in best or (s.share and not best[s.key].share)):
                best[s.key] = s
        return list(best.values())


def draft_model(text: str, *, document: str = "document") -> Draft:
    """Read a document about a disease into a draft model.

    document: a short name for it, used as the key of the source. Reference lists, headings and the page's own
    navigation are not read. The text under a heading is read whatever the heading says.
    """
    from hoofbeat.reading.letter import read_letter

    shape = outline(text)
    letter = read_letter(text, kind="disease")
    reader = _Reader(text, shape, letter)
    return Draft(document, shape, tuple(reader.all()), letter)


class _Reader:
    def __init__(self, text: str, shape: Outline, letter: Letter) -> None:
        from hoofbeat.reading.sentences import split_sentences

        self.text, self.shape, self.letter = text, shape, letter
        self.sentences = [part for s in split_sentences(text) for part in _at_marks(text, s)]
        self.starts = [s.start for s in self.sentences]
        self.line_starts = [line.span.start for line in shape.lines]
        self.subject = _subject(shape)
        self.skipped = {
            line.number
            for line in shape.lines
            if line.what in ("title", "heading", "navigation", "reference", "blank")
            or any(line.text.lower().startswith(cue) for cue in rules()["also_known"])
        }

    def all(self) -> Iterator[Stated]:
        by_sentence: dict[int, list[Proposal]] = {}
        for proposal in self.letter.proposals:
            by_sentence.setdefault(bisect_right(self.starts, proposal.spans[0].start) - 1, []).append(
                proposal
            )
        topic = ""
        for n, sentence in enumerate(self.sentences):
            line = self._line(sentence.start)
            if line.what == "heading":
                topic = topic_of(line.text)
            content = self._content(sentence)
            if line.what == "item":
                content = self._announced(line) + " " + content
            about = topic_of(content) or topic
            place = Place(line.number, n + 1)
            proposals = [
                p for p in by_sentence.get(n, ()) if self._line(p.spans[0].start).number not in self.skipped
            ]
            yield from self._findings(proposals, sentence, about)
            if line.number in self.skipped:
                continue
            if about in ("signs", "", "outcome"):
                yield from self._sites(sentence, n)
            yield from _named(content, place, about)

    def _content(self, sentence: Span) -> str:
        """A sentence on one line, its characters where they were."""
        return self.text[sentence.start : sentence.end].replace("\n", " ")

    def _line(self, at: int) -> Line:
        return self.shape.lines[max(0, bisect_right(self.line_starts, at) - 1)]

    def _announced(self, line: Line) -> str:
        """The sentence that announces the list an item stands in: it says what the items are."""
        for before in reversed(self.shape.lines[max(0, line.number - _LIST) : line.number - 1]):
            if before.what in ("text", "heading"):
                return before.text
        return ""

    def _findings(self, proposals: Sequence[Proposal], sentence: Span, about: str) -> Iterator[Stated]:
        if about == "treatment":
            return
        content = self._content(sentence)
        shares = list(_shares(self.text, sentence))
        counted = self._counted(proposals, shares, content, sentence.start)
        cue = _first_cue(content) if about == "cause" else -1
        for p in proposals:
            share = shares[0][1] if p is counted else None
            at = p.spans[0].start - sentence.start
            if (p.term in self.subject and not share) or p.term in rules()["too_general"]:
                continue
            before = about == "cause" and at < cue
            what: What = "finding" if share or before else _WHAT.get(about, "finding")
            place = Place(self._line(p.spans[0].start).number, bisect_right(self.starts, p.spans[0].start))
            denied = p.assertion.status == "absent"
            yield Stated(what, p.term, p.label, place, how_often(content, at), share, denied)

    def _counted(
        self, proposals: Sequence[Proposal], shares: Sequence[tuple[int, object]], content: str, start: int
    ) -> Proposal | None:
        """The finding that the first figure of a sentence counts: the nearest that not all of them have."""
        fit = [p for p in proposals if not _of_population(content, p.spans[0].start - start)]
        if not shares or not fit or len(proposals) > _FEW:
            return None
        return min(fit, key=lambda p: abs(p.spans[0].start - shares[0][0]))

    def _sites(self, sentence: Span, n: int) -> Iterator[Stated]:
        from hoofbeat.reading.rash import site_words
        from hoofbeat.terms import site

        content = self._content(sentence)
        if not any(cue in content.lower() for cue in _SITE_CUES):
            return
        for slug, span in site_words(self.text, sentence):
            place = Place(self._line(span.start).number, n + 1)
            often = how_often(content, span.start - sentence.start)
            yield Stated("site", slug, site(slug).name, place, often)


def _subject(shape: Outline) -> frozenset[str]:
    """The terms that mean the document's own disease."""
    from hoofbeat.terms import load_ontology

    onto = load_ontology()
    found = (onto.find(name) for name in (shape.title,) if name)
    return frozenset(match.id for match in found if match)


def _at_marks(text: str, sentence: Span) -> Iterator[Span]:
    """Part sentences that only a mark of reference divides: "… groin.[2] Often …"."""
    start = sentence.start
    for mark in _REFERENCE_MARK.finditer(text, sentence.start, sentence.end):
        yield Span(start, mark.start())
        start = mark.end()
    if start < sentence.end:
        yield Span(start, sentence.end)


def _first_cue(content: str) -> int:
    """Where the words that announce a cause end; -1 if the sentence has none."""
    found = find_words(content, rules()["cause_cues"])
    return found.start if found else -1


def _of_population(content: str, at: int) -> bool:
    before = content[max(0, at - 40) : at].lower()
    last = max((before.rfind(words) for words in rules()["population"]), default=-1)
    return last >= 0 and not _HAVE.search(before, last)


def _shares(text: str, sentence: Span) -> Iterator[tuple[int, tuple[float, float]]]:
    """Yield the figures of a sentence: where each stands, and the fraction or range it gives."""
    for match in _PERCENT.finditer(text, sentence.start, sentence.end):
        numbers = [float(g) / 100 for g in match.groups() if g]
        if all(n <= 1 for n in numbers):
            yield match.start(), (min(numbers), max(numbers))
    half = _HALF.search(text, sentence.start, sentence.end)
    if half:
        yield half.start(), (0.5, 0.5)


def how_often(sentence: str, at: int) -> str:
    """Return the class of the last word of frequency before a place in a sentence ("common"), else "named".

    >>> how_often("It commonly affects the limbs, less commonly the face.", 45)
    'less common'
    """
    best, said = -1, "named"
    before = sentence[:at].lower()
    for row in rules()["how_often"]:
        for word in row["words"]:
            # a word inside a longer one of an earlier class ("commonly" in "less commonly") does not count
            found = _last_word(before, word)
            if found > best:
                best, said = found + len(word) - 1, row["class"]
    return said


def _last_word(text: str, word: str) -> int:
    at = text.rfind(word)
    while at >= 0:
        end = at + len(word)
        if not (at and text[at - 1].isalpha()) and not (end < len(text) and text[end].isalpha()):
            return at
        at = text.rfind(word, 0, at)
    return -1


def _named(content: str, place: Place, about: str) -> Iterator[Stated]:
    """Yield tests and treatments that a sentence names in words of its own."""
    if about in ("test", "signs", ""):
        for row in rules()["tests"]:
            if find_words(content, row["words"]):
                yield Stated("test", row["test"], row["name"], place)
    if about in ("treatment", "outcome", ""):
        for row in rules()["treatments"]:
            if find_words(content, row["words"]):
                yield Stated("treatment", row["name"], row["name"], place)


def draft_data(draft: Draft) -> dict[str, Any]:
    """Return a draft as plain data: its findings and sites in the form of findings.yaml, each with its place.

    Where the document gives no figure, the range is an assumption that says so: a reviewer must replace it.
    """
    shape = draft.outline
    data: dict[str, Any] = {
        "document": {
            "name": draft.document,
            "title": shape.title,
            "names": list(shape.names),
            "lines_of_references_left_out": shape.references,
        },
        "findings": [_finding_row(draft, s) for s in draft.of("finding") if not s.denied],
        "sites": [_site_row(draft, s) for s in draft.of("site")],
        "causes": [_plain_row(s) for s in draft.of("cause") if not s.denied],
        "looks_like": [_plain_row(s) for s in draft.of("looks_like")],
        "tests": [_plain_row(s) for s in draft.of("test")],
        "treatments": [_plain_row(s) for s in draft.of("treatment")],
        "said_to_be_absent": [_plain_row(s) for s in draft.of("finding") if s.denied],
    }
    return {key: value for key, value in data.items() if value}


def _plain_row(s: Stated) -> dict[str, Any]:
    row = {"finding": s.key} if s.key.startswith("HP:") else {"test": s.key} if s.what == "test" else {}
    return {**row, "name": s.name, "place": str(s.place)}


def _finding_row(draft: Draft, s: Stated) -> dict[str, Any]:
    return {"finding": s.key, "name": s.name, **_evidence(draft, s)}


def _site_row(draft: Draft, s: Stated) -> dict[str, Any]:
    return {"site": s.key, **_evidence(draft, s)}


def _evidence(draft: Draft, s: Stated) -> dict[str, Any]:
    if s.share:
        low, high = s.share
        source = re.sub(r"\W+", "_", draft.document.lower()).strip("_") or "document"
        return {"reported": {"low": low, "high": high, "source": source, "place": str(s.place)}}
    low, high = draft_range(s.how_often)
    why = f"draft: the document says '{s.how_often}' and no figure, {s.place}"
    return {"assumption": {"low": low, "high": high, "why": why}}


def draft_range(often: str) -> tuple[float, float]:
    """Return the range a class of frequency words stands for until a reviewer gives a better one."""
    rows = [*rules()["how_often"], {"class": "named", **rules()["named"]}]
    row = next(r for r in rows if r["class"] == often)
    return float(row["low"]), float(row["high"])
