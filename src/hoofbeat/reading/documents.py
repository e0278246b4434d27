"""A text about a disease: how it is recognised, and its outline of headings, paragraphs and references."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, NamedTuple

from hoofbeat.reading.model import Section, Span

_LOOKED_AT = 200_000  # characters: by then it is plain what a text is
_LONGEST_HEADING, _MOST_WORDS = 90, 12
_MARK = re.compile(r"\[[0-9,– -]{1,12}\]")
_ITEM = re.compile(r"[ \t]{0,20}(?:[-*•–·▪◦+]|\(?\d{1,2}[.)])[ \t]")
_REFERENCE = re.compile(
    r"[ \t]{0,20}(?:\[?\d{1,3}[\].)][ \t]).{0,400}?(?:\b(?:1[89]|20)\d\d\b|doi|PMID|ISBN)",
    re.IGNORECASE | re.DOTALL,
)


What = Literal["blank", "title", "heading", "text", "item", "navigation", "reference"]


class Line(NamedTuple):
    """One line of a document: number from 1, characters start..end, and what it is."""

    number: int
    span: Span
    text: str
    what: What


class EmptyList(NamedTuple):
    """A sentence that announces a list which then does not come."""

    line: int
    span: Span
    causes: bool


class Outline(NamedTuple):
    """A document line by line, with its title, headings, and what is missing under them."""

    lines: tuple[Line, ...]
    title: str
    names: tuple[str, ...]
    headings: tuple[Line, ...]
    empty_headings: tuple[Line, ...]
    empty_lists: tuple[EmptyList, ...]
    references: int


@cache
def rules() -> dict[str, Any]:
    """Return data/documents.yaml."""
    import yaml

    path = Path(__file__).parent / "data" / "documents.yaml"
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return dict(yaml.load(path.read_bytes(), Loader=loader))  # noqa: S506 (safe)


def kind_of(text: str) -> Literal["patient", "disease"]:
    """Return whether a text tells of one patient or of a disease; short or doubtful texts are a patient's.

    >>> kind_of("Scurvy is a rare disease. Patients may have bleeding gums. It is usually caused by diet.")
    'disease'
    >>> kind_of("This 40-year-old man has bleeding gums. Scurvy is a rare disease.")
    'patient'
    """
    data = rules()
    start = text[:_LOOKED_AT]
    disease = _weight(start, "disease")
    if disease < data["least_alone"]:
        return "patient"
    patient = _weight(start, "patient")
    # a paragraph that never speaks of one person needs less to be seen as general
    least = data["least"] if patient or len(start) < data["paragraph"] else data["least_alone"]
    return "disease" if disease >= least and disease > data["outweighs"] * patient else "patient"


def _weight(text: str, side: str) -> float:
    total = 0.0
    for pattern, weight, most in _patterns(side):
        for count, _ in enumerate(pattern.finditer(text), 1):
            total += weight
            if count >= most:
                break
    return total


@cache
def _patterns(side: str) -> tuple[tuple[re.Pattern[str], float, int], ...]:
    return tuple(
        (re.compile(row["pattern"], re.IGNORECASE), float(row["weight"]), int(row["most"]))
        for row in rules()[side]
    )


def outline(text: str) -> Outline:
    """Return a document's lines, each with what it is, and what is wrong with its make-up."""
    lines = _classified(text)
    title = next((line.text for line in lines if line.what == "title"), "")
    headings = tuple(line for line in lines if line.what == "heading")
    return Outline(
        tuple(lines),
        title,
        tuple(dict.fromkeys(n for n in (title, *_other_names(text, title)) if n)),
        headings,
        tuple(_empty_headings(lines)),
        tuple(_empty_lists(lines)),
        sum(line.what == "reference" for line in lines),
    )


def parts_of(text: str) -> Iterator[Section]:
    """Yield a document's sections: what stands under each heading, and its lines of references."""
    start, heading, kind = 0, "", "other"
    for line in outline(text).lines:
        new = "references" if line.what == "reference" else "other" if line.what == "heading" else kind
        if line.what == "heading" or new != kind:
            if line.span.start > start:
                yield Section(_KINDS[kind], Span(start, line.span.start), heading)
            start, kind = line.span.start, new
            heading = line.text if line.what == "heading" else ""
    if start < len(text):
        yield Section(_KINDS[kind], Span(start, len(text)), heading)


_KINDS: dict[str, Literal["references", "other"]] = {"references": "references", "other": "other"}


def _classified(text: str) -> list[Line]:
    raw = list(_raw_lines(text))
    lines: list[Line] = []
    ended, title = False, ""
    for n, (span, content) in enumerate(raw):
        before = raw[n - 1][1] if n else ""
        after = raw[n + 1][1] if n + 1 < len(raw) else ""
        what = _what(content, before, after, lines[-1].what if lines else "blank", title, ended=ended)
        if what == "heading":
            ended = _plain(content) in rules()["references"]
        title = content.strip(" \t#*=") if what == "title" else title
        lines.append(Line(n + 1, span, content.strip(" \t#*="), what))
    return lines


def _raw_lines(text: str) -> Iterator[tuple[Span, str]]:
    start = 0
    for content in text.splitlines(keepends=True):
        yield Span(start, start + len(content.rstrip("\r\n"))), content.strip()
        start += len(content)


def _what(content: str, before: str, after: str, last: What, title: str, *, ended: bool) -> What:
    """What a line is; last: what the line before it is, before and after: the lines beside it."""
    lower = content.lower()
    if not content or any(lower.startswith(words) for words in rules()["navigation"]):
        return "navigation" if content else "blank"
    if not title and _like_title(content):
        return "title"
    if _REFERENCE.match(content[:600]):
        return "reference"
    heading = _like_heading(content, before, after, last)
    if (ended and not heading) or (last == "reference" and lower[0] == content[0] and lower[0].isalpha()):
        return "reference"
    if heading:
        # a page often repeats its title, and captions begin with it
        return "navigation" if title and content.startswith(title) and content[-1] != "?" else "heading"
    return "item" if _ITEM.match(content) else "text"


def _like_title(content: str) -> bool:
    return len(content) <= _LONGEST_HEADING and content[-1] not in ".,;:?" and not _ITEM.match(content)


def _like_heading(content: str, before: str, after: str, last: What) -> bool:
    if content.startswith("#"):
        return True
    words = content.split()
    if len(content) > _LONGEST_HEADING or len(words) > _MOST_WORDS or content[-1] in ".,;":
        return False
    announces = len(words) > 3 and _MARK.sub("", content).rstrip().endswith(":")
    if announces or any(content.lower().startswith(cue) for cue in rules()["also_known"]):
        return False
    alone = not before or last in ("heading", "title", "navigation")
    if not (alone and (content[0].isupper() or content[0].isdigit())):
        return False
    if content.endswith("?"):
        return True
    # a single short line between empty lines, or a short title-like line before a paragraph
    return not after or (len(words) <= 5 and content[-1] not in ":!" and len(after) > len(content) + 20)


def _other_names(text: str, title: str) -> Iterator[str]:
    """Names the document gives its own disease: "Also known as …", and the letters in brackets."""
    head = text[:3000]
    for cue in rules()["also_known"]:
        at = head.lower().find(cue)
        if at >= 0:
            rest = head[at + len(cue) :].split("\n", 1)[0]
            for name in re.split(r",|;|\bor\b|[.…:“”\"]", rest):
                cleaned = name.strip(" \t\r“”\"'.…()")
                if 3 < len(cleaned) < 60:
                    yield cleaned
    short = re.search(re.escape(title) + r"[ ]{1,3}\(([A-Z]{2,8})\)", head, re.IGNORECASE) if title else None
    if short:
        yield short[1]


def _empty_headings(lines: Sequence[Line]) -> Iterator[Line]:
    """Headings with nothing under them before the next heading or the end."""
    last: Line | None = None
    for line in lines:
        if line.what == "heading":
            if last is not None:
                yield last
            last = line
        elif line.what in ("text", "item", "reference"):
            # references may stand without their heading: they fill none but their own
            if (
                line.what == "reference"
                and last is not None
                and _plain(last.text) not in rules()["references"]
            ):
                yield last
            last = None
    if last is not None:
        yield last


def _empty_lists(lines: Sequence[Line]) -> Iterator[EmptyList]:
    """Paragraphs that end with a colon and are followed by no list."""
    full = [line for line in lines if line.what != "blank"]
    blank_after = {lines[n].number for n in range(len(lines) - 1) if lines[n + 1].what == "blank"}
    for line, after in zip(full, [*full[1:], None], strict=False):
        if line.what not in ("text", "item") or not _MARK.sub("", line.text).rstrip().endswith(":"):
            continue
        if (
            after is None
            or after.what in ("heading", "reference")
            or (after.what == "text" and line.number in blank_after and _is_prose(after.text))
        ):
            yield EmptyList(line.number, line.span, _about_causes(line.text))


def _is_prose(content: str) -> bool:
    """Whether a line is a sentence rather than an item of a list without bullets."""
    return len(content.split()) > 7


def _about_causes(content: str) -> bool:
    last = _MARK.sub("", content).lower()[-160:]
    cues = (
        "cause",
        "occur in",
        "seen in",
        "associated with",
        "disorder",
        "due to",
        "result from",
        "condition",
    )
    return any(cue in last for cue in cues)


def topic_of(content: str) -> str:
    """Return what words are about: cause, test, treatment, looks_like, outcome, signs or ""."""
    lower = f" {_plain(content)} "
    for row in _topics():
        if any(word in lower for word in row[1]):
            return row[0]
    return ""


@cache
def _topics() -> tuple[tuple[str, tuple[str, ...]], ...]:
    return tuple((row["topic"], tuple(f" {_plain(w)} " for w in row["words"])) for row in rules()["topics"])


def _plain(words: str) -> str:
    return " ".join(re.findall(r"[a-z0-9]+", words.lower()))


def find_words(text: str, words: Iterable[str]) -> Span | None:
    """Return where the first of some phrases stands in a text, whole words only."""
    found: Span | None = None
    for phrase in words:
        # words of a phrase may stand on two lines
        words = r"\s+".join(re.escape(word) for word in phrase.split())
        match = re.search(rf"(?<!\w){words}(?!\w)", text, re.IGNORECASE)
        if match and (found is None or match.start() < found.start):
            found = Span(*match.span())
    return found
