"""What a text says of a finding: there or not, sure or not, now or once, the patient's or a relative's.

The rules are data (context.yaml, relatives.yaml, sections.yaml); this module carries each cue as far as it
reaches, sentence by sentence, once from the left and once from the right, so that work is linear.
After ConText (Harkema 2009, doi:10.1016/j.jbi.2009.05.002).
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from hoofbeat.reading.model import Assertion, Section, Span, Status
from hoofbeat.reading.rules import FAR, Cue, Kind, rules
from hoofbeat.reading.sections import Heading, body_parts, find_sections, heading_of
from hoofbeat.reading.sentences import LIST_ITEM, split_sentences

_STATUS: dict[Kind, Status] = {
    "absent": "absent",
    "uncertain": "uncertain",
    "hypothetical": "hypothetical",
    "historical": "historical",
    "present": "present",
    "nothing": "absent",  # only where the finding begins with the second word of "no change"
}
_Slot = tuple[str, frozenset[str], int]
_LONG_WORD = 14  # characters: a gap longer than the reach times this is not counted out in words


class _Held(NamedTuple):
    cue: Cue
    in_list: bool = (
        False  # "and" or "or" was met on the way, so that commas before it part the items of a list
    )


_Active = dict[_Slot, _Held]


class _Near(NamedTuple):
    distance: int
    cue: Cue


def assert_mentions(
    text: str,
    spans: Sequence[Span | Sequence[Span]],
    sections: Sequence[Section] | None = None,
    sentences: Sequence[Span] | None = None,
) -> list[Assertion]:
    """Return for each span of a text what is said of it, in the order of the spans.

    spans: a span, or the pieces of a finding with words between ("nails normal with no dystrophy"); then its
    last piece decides, and the piece before where nothing is said of that. sections, sentences: of this text,
    found anew if not given. A cue within a span is part of the finding ("absent reflexes") and decides
    nothing.

    >>> text = "No fever. Mother reports that he has a rash; her sister had eczema."
    >>> spans = [Span(3, 8), Span(39, 43), Span(60, 66)]
    >>> [(a.status, a.who) for a in assert_mentions(text, spans)]
    [('absent', 'patient'), ('present', 'patient'), ('present', 'sister')]
    """
    if not spans:
        return []
    if sections is None:
        sections = find_sections(text)
    if sentences is None:
        sentences = split_sentences(text, sections)
    pieces = [(i, piece) for i, span in enumerate(spans) for piece in _pieces(span)]
    order = sorted(range(len(pieces)), key=lambda k: pieces[k][1])
    near = _nearest(text, [pieces[k][1] for k in order], sections, sentences)
    said: list[list[tuple[int, Assertion]]] = [[] for _ in spans]
    for k, cues in zip(order, near, strict=True):
        i, piece = pieces[k]
        said[i].append((k, judge(cues, _heading_at(sections, piece.start))))
    return [_of_last([a for _, a in sorted(found, key=lambda f: f[0])]) for found in said]


def _pieces(span: Span | Sequence[Span]) -> Sequence[Span]:
    return (span,) if isinstance(span, Span) else span


def _of_last(said: Sequence[Assertion]) -> Assertion:
    cued = [assertion for assertion in said if assertion.cues]
    return cued[-1] if cued else said[-1] if said else Assertion()


def judge(near: dict[str, _Near], heading: Heading) -> Assertion:
    """Return what the nearest cue of each kind, and the heading above, make of a finding."""
    decided = _status(near)
    who = near.get("who")
    status = heading.status
    cues = []
    if decided is not None:
        status = _STATUS[decided.group.kind]
        cues.append(decided)
    elif "present" in near:
        status = "present"
        cues.append(near["present"].cue)
    name = heading.who
    if who is not None:
        name = who.cue.group.means
        if name != "patient" or heading.who != "patient":
            cues.append(who.cue)
    return Assertion(status, name, tuple(Span(c.start, c.end) for c in sorted(cues)))


def _status(near: dict[str, _Near]) -> Cue | None:
    """Return the cue that decides: a condition first, then what is nearest; absence outdoes the past."""
    present = near.get("present")
    if present is not None and present.cue.group.means == "ticked":
        rivals = [near[kind] for kind in ("present", "absent", "uncertain") if kind in near]
        return min(rivals, key=lambda n: n.distance).cue
    absent, uncertain, past = near.get("absent"), near.get("uncertain"), near.get("historical")
    asked = near.get("hypothetical")
    if asked is not None and not (
        asked.cue.group.means == "sought" and absent is not None and absent.cue.group.direction == "backward"
    ):
        return asked.cue
    if absent is not None and (uncertain is None or absent.distance <= uncertain.distance):
        return absent.cue
    if uncertain is not None and (past is None or uncertain.distance <= past.distance):
        return uncertain.cue
    if past is not None and present is not None and present.cue.group.direction == "backward":
        return present.cue if past.cue.group.means != "gone" else past.cue
    return None if past is None else past.cue


def _heading_at(sections: Sequence[Section], position: int) -> Heading:
    number = bisect_right(sections, position, key=lambda s: s.span.start) - 1
    return heading_of(sections[number]) if number >= 0 else Heading("other")


def _nearest(
    text: str, spans: Sequence[Span], sections: Sequence[Section], sentences: Sequence[Span]
) -> Iterator[dict[str, _Near]]:
    """Yield for each span, in order of start, the nearest cue of each kind that reaches it."""
    cues = list(_outside(rules().find(text), spans, sections))
    carried: _Active = {}
    cue_at = span_at = 0
    sentences = sentences or [Span(0, len(text))]
    for number, sentence in enumerate(sentences):
        end = sentences[number + 1].start if number + 1 < len(sentences) else len(text) + 1
        cue_end = bisect_left(cues, end, lo=cue_at, key=lambda c: c.start)
        span_end = bisect_left(spans, end, lo=span_at, key=lambda s: s.start)
        here, asked = cues[cue_at:cue_end], spans[span_at:span_end]
        cue_at, span_at = cue_end, span_end
        if carried and not LIST_ITEM.match(text, sentence.start):
            carried = {}
        introduces = text.endswith(":", sentence.start, sentence.end)
        if asked or introduces:
            sweep = _Sweep(text, here, examines=_examines(text, sentence, sections))
            found, active = sweep.forward(asked, carried)
            # what a line such as "Denies:" says holds for the items below it
            carried = _held_over(active, sentence.end) if introduces else carried
            for near, behind in zip(found, sweep.backward(asked), strict=True):
                yield _nearer(near, behind)


def _outside(cues: Iterable[Cue], spans: Sequence[Span], sections: Sequence[Section]) -> Iterator[Cue]:
    """Yield the cues that are part of no longer span and of no heading."""
    headings = {Span(s.span.start, s.span.start + len(s.heading)) for s in sections}
    blocked = sorted([*spans, *headings])
    at, furthest = 0, -1
    for cue in cues:
        while at < len(blocked) and blocked[at].start <= cue.start:
            if blocked[at] != (cue.start, cue.end) or blocked[at] in headings:
                furthest = max(furthest, blocked[at].end)
            at += 1
        if cue.end > furthest or cue.group.kind == "stop":
            yield cue


def _examines(text: str, sentence: Span, sections: Sequence[Section]) -> bool:
    """Tell whether a sentence is of an examination: by its section, or by a first word such as "Skin:"."""
    number = bisect_right(sections, sentence.start, key=lambda s: s.span.start) - 1
    if number >= 0 and sections[number].kind == "examination":
        return True
    before, colon, _ = text[sentence.start : sentence.start + 30].partition(":")
    return bool(colon) and any(word in body_parts() for word in before.lower().split())


def _held_over(active: _Active, end: int) -> _Active:
    return {slot: held for slot, held in active.items() if end - held.cue.end <= 24 and slot[2] == FAR}


def _nearer(one: dict[str, _Near], other: dict[str, _Near]) -> dict[str, _Near]:
    for kind, near in other.items():
        if kind not in one or near.distance < one[kind].distance:
            one[kind] = near
    return one


class _Sweep:
    """One sentence, gone through once in each direction with the cues that are in force."""

    def __init__(self, text: str, cues: Sequence[Cue], *, examines: bool) -> None:
        self.text, self.cues, self.examines = text, cues, examines
        self.outside: _Active | None = None  # what was in force before a bracket

    def forward(self, spans: Sequence[Span], carried: _Active) -> tuple[list[dict[str, _Near]], _Active]:
        """Return the cues before each span that reach it, and those in force at the end."""
        active: _Active = dict(carried)
        self.outside = None
        found = []
        at = 0
        for span in spans:
            while at < len(self.cues) and self.cues[at].end <= span.start:
                active = self._forward(active, self.cues[at])
                at += 1
            near = self._in_force(active, span)
            turned = next((c for c in self._over(at, span.start) if _turns(c)), None)
            if turned is not None:
                near["absent"] = _Near(0, turned)
            found.append(near)
        for cue in self.cues[at:]:
            active = self._forward(active, cue)
        return found, active

    def _over(self, at: int, start: int) -> Iterator[Cue]:
        """Yield the cues, from a number on, that begin before a span and end in it."""
        for cue in self.cues[at:]:
            if cue.start >= start:
                return
            yield cue

    def backward(self, spans: Sequence[Span]) -> list[dict[str, _Near]]:
        """Return the cues after each span that reach back to it."""
        active: _Active = {}
        found = []
        at = len(self.cues) - 1
        for span in sorted(spans, key=lambda s: s.end, reverse=True):
            while at >= 0 and self.cues[at].start >= span.end:
                self._take(active, self.cues[at], "backward")
                at -= 1
            found.append((span, self._in_force(active, span)))
        by_span = dict(found)
        return [dict(by_span[span]) for span in spans]

    def _forward(self, active: _Active, cue: Cue) -> _Active:
        """Return what is in force after a cue; what a bracket says reaches no further than the bracket."""
        if cue.group.means == "opening":
            self.outside = dict(active)
        elif cue.group.means == "closing" and self.outside is not None:
            active, self.outside = self.outside, None
        else:
            self._take(active, cue, "forward")
        return active

    def _take(self, active: _Active, cue: Cue, direction: str) -> None:
        group = cue.group
        if group.kind == "stop":
            if active and (group.means != "pair" or self.examines):
                self._stop(active, group.means, direction)
        elif group.kind != "nothing" and group.direction in {direction, "both"}:
            active[group.kind, group.ends, group.reach] = _Held(cue)

    def _stop(self, active: _Active, boundary: str, direction: str) -> None:
        for slot, held in list(active.items()):
            if direction == "backward" and held.cue.group.listed and boundary in {"and", "comma"}:
                if boundary == "and":
                    active[slot] = _Held(held.cue, in_list=True)
                elif not held.in_list:
                    del active[slot]
            elif boundary in slot[1]:
                del active[slot]

    def _in_force(self, active: _Active, span: Span) -> dict[str, _Near]:
        near: dict[str, _Near] = {}
        for (kind, _, reach), held in active.items():
            cue = held.cue
            gap = (cue.end, span.start) if cue.end <= span.start else (span.end, cue.start)
            distance = max(0, gap[1] - gap[0])
            if reach < FAR and (distance > reach * _LONG_WORD or len(self.text[slice(*gap)].split()) > reach):
                continue
            if kind not in near or distance < near[kind].distance:
                near[kind] = _Near(distance, cue)
        return near


def _turns(cue: Cue) -> bool:
    """Tell whether "no change" or "not palpable" denies a finding that begins with the second word."""
    return (cue.group.kind == "nothing" and cue.group.direction == "forward") or cue.group.means == "denied"
