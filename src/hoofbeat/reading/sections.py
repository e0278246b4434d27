"""Parts of a letter, from their headings: on a line of their own, before a colon, or as a bare "O/E"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from hoofbeat.reading.model import Section, SectionKind, Span, Status
from hoofbeat.reading.rules import expand, lowered, read_data


class Heading(NamedTuple):
    """What a heading says of all that stands below it."""

    kind: SectionKind
    status: Status = "present"
    who: str = "patient"


class _Headings(NamedTuple):
    known: dict[str, Heading]
    spelled: frozenset[str]  # abbreviations that need no colon if written so
    search: re.Pattern[str]


_UNKNOWN = re.compile(
    r"^[^\S\n]{0,8}(?:\#{1,6}[^\S\n]{1,4}(?P<marked>[^\n]{1,80})|(?P<plain>[A-Z][^\n:.;!?]{2,48}):[^\S\n]*$"
    r"|(?P<capitals>[A-Z][A-Z /&-]{3,48})[^\S\n]*:?[^\S\n]*$)",
    re.MULTILINE,
)
_CAPITALS = re.compile(r"(?<!\w)[A-Z][A-Z/&' -]{2,60}(?=[^\S\n]?:)")
_AFTER = re.compile(
    r"[*_]{0,2}(?P<colon>[^\S\n]{0,3}:)|(?P<line>[*_]{0,2}[^\S\n]{0,3}(?:\n|$))|[^\S\n]{1,3}[-–—][^\S\n]"
)
_WORD = re.compile(r"\S+")
_BODY = re.compile(r"[^\W\d_]+")


def find_sections(text: str) -> list[Section]:
    """Return the parts of a letter in order; together they cover the text.

    Text before the first heading is "other". A heading inside a paragraph counts if a colon follows, or if
    it is one of the abbreviations that doctors write without ("O/E", "PMH", "FHx").

    >>> [(s.kind, s.heading) for s in find_sections("Itch for a year. PMH nil. O/E: two plaques.")]
    [('other', ''), ('history', 'PMH'), ('examination', 'O/E')]
    """
    starts = _merged(_known(text), _unknown(text))
    found: list[Section] = []
    kind: SectionKind = "other"
    at, heading = 0, ""
    for start, _, new_kind, new_heading in starts:
        if start > at:
            found.append(Section(kind, Span(at, start), heading))
        at, kind, heading = start, new_kind, new_heading
    if at < len(text) or not found:
        found.append(Section(kind, Span(at, len(text)), heading))
    return [s for s in found if s.span.end > s.span.start]


def heading_of(section: Section) -> Heading:
    """Return what the heading of a section says of everything below it."""
    name = " ".join(lowered(section.heading).split())
    return _headings().known.get(name, Heading(section.kind))


@cache
def _headings() -> _Headings:
    data = read_data("sections.yaml")
    known: dict[str, Heading] = {}
    spelled: set[str] = set()
    for row in data["sections"]:
        meaning = Heading(row["kind"], row.get("status", "present"), row.get("who", "patient"))
        bare = [str(name) for name in row.get("bare", ())]
        spelled.update(bare)
        for name in (*(n for h in row["headings"] for n in expand(str(h), {})), *bare):
            known.setdefault(lowered(name), meaning)
    names = sorted(known, key=lambda n: (-len(n), n))
    one = "|".join(re.escape(n).replace(r"\ ", r"[^\S\n]{1,4}") for n in names)
    lead = r"(?:^|[.;!?)\]\n])[^\S\n]{0,12}(?:[-*•#>_]{1,6}[^\S\n]{0,3}|\(?\d{1,2}[.)][^\S\n]{0,3})?[*_]{0,2}"
    return _Headings(known, frozenset(spelled), re.compile(f"{lead}(?P<name>{one})(?![\\w/])"))


def _known(text: str) -> list[tuple[int, int, SectionKind, str]]:
    headings = _headings()
    found: list[tuple[int, int, SectionKind, str]] = []
    low = lowered(text)
    at = 0
    while (match := headings.search.search(low, at)) is not None:
        start, end = match.span("name")
        at = max(match.end() - 1, match.start() + 1)
        if _is_heading(text, start, end, headings.spelled):
            name = text[start:end]
            found.append((start, end, headings.known[" ".join(low[start:end].split())].kind, name))
    return found + list(_capitals(text, {start for start, _, _, _ in found}))


def _capitals(text: str, seen: set[int]) -> Iterator[tuple[int, int, SectionKind, str]]:
    """Yield headings in capitals with a colon that follow other words in capitals ("1331 HOURS HISTORY:")."""
    known = _headings().known
    for match in _CAPITALS.finditer(text):
        words = list(_WORD.finditer(match.group()))
        for word in words:
            start = match.start() + word.start()
            meaning = known.get(" ".join(text[start : match.end()].lower().split()))
            if meaning is not None:
                if start not in seen:
                    yield start, match.end(), meaning.kind, text[start : match.end()]
                break


def _is_heading(text: str, start: int, end: int, spelled: frozenset[str]) -> bool:
    after = _AFTER.match(text, end)
    if after is not None and after.group("colon"):
        return True
    if " ".join(text[start:end].split()) in spelled:
        return True
    begins = text.rfind("\n", max(0, start - 24), start) + 1 if start else 0
    alone = not _BODY.search(text, begins, start) and (begins > 0 or start < 24)
    return alone and after is not None and text[start : start + 1].isupper()


def _unknown(text: str) -> list[tuple[int, int, SectionKind, str]]:
    """Return headings that no list knows, which end the part before them; "Skin:" and its like do not."""
    parts = body_parts()
    found: list[tuple[int, int, SectionKind, str]] = []
    for match in _UNKNOWN.finditer(text):
        raw = match.group(match.lastgroup or 0)
        name = raw.strip(" :#*_")
        if not _BODY.search(name) or any(word in parts for word in _BODY.findall(name.lower())):
            continue
        start = match.start(match.lastgroup or 0) + raw.index(name)
        found.append((start, start + len(name), "other", name))
    return found


@cache
def body_parts() -> frozenset[str]:
    """Return the words that, before a colon, name a part of the body ("Skin:")."""
    return frozenset(read_data("sections.yaml")["parts"])


def _merged(
    known: list[tuple[int, int, SectionKind, str]], unknown: list[tuple[int, int, SectionKind, str]]
) -> list[tuple[int, int, SectionKind, str]]:
    ends = {start for start, _, _, _ in known}
    lines = [u for u in unknown if u[0] not in ends]
    return sorted([*known, *lines])
