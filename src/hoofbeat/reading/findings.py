"""The findings of one text: named, or told of as a rash; whether, whose, since when, and where."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from hoofbeat.reading.model import (
    Assertion,
    Cutoff,
    Mention,
    Proposal,
    Section,
    SectionKind,
    Span,
    Value,
    When,
)
from hoofbeat.reading.one_rash import THERE, holds_for_patient, of_skin, one_rash
from hoofbeat.reading.rash import RASH, RashSentence, RashTerm, find_rash
from hoofbeat.reading.times import day_of_test

if TYPE_CHECKING:
    from hoofbeat.reading.model import TestResult
    from hoofbeat.terms import Ontology

_ASSUMED = 0.9  # a rule of words that fits is right about so often; used only to order what is shown


@dataclass(frozen=True, slots=True)
class Candidate:
    """A finding before it is known whether it is there, whose it is, and since when."""

    term: str
    spans: tuple[Span, ...]
    chance: float
    source: str
    rivals: tuple[tuple[str, float], ...] = ()
    where: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    course: str | None = None
    rash: int | None = None


# what a pathologist sees ("pale, swollen cells") is no sign; its findings come from the test itself
_UNDER_THE_MICROSCOPE = ("histology", "immunofluorescence")
# what these deny ("blood neg" on a dipstick) is not read from its words elsewhere
_NOT_NAMED = (*_UNDER_THE_MICROSCOPE, "other")

# what is ticked or crossed out in a list is one finding by itself
_MARK = re.compile(
    r"\((?:[-−–+]{1,4}|[-−–+]ve|neg|pos|negative|positive|absent|present|yes|no)\)|\[[ xX]?\]|[☐☒□☑✓✔]"
)


class _Covered:
    """Places that lie within any of some spans."""

    def __init__(self, spans: Iterable[Span]) -> None:
        self.ordered = sorted(spans)

    def __contains__(self, at: int) -> bool:
        n = bisect_right(self.ordered, at, key=lambda s: s.start) - 1
        return n >= 0 and at < self.ordered[n].end


class Findings:
    """Gathers the findings of one text and asks of each whether, whose and when."""

    def __init__(
        self, text: str, sections: Sequence[Section], sentences: Sequence[Span], cutoff: Cutoff
    ) -> None:
        self.text, self.sections, self.sentences, self.cutoff = text, sections, sentences, cutoff

    def all(self, values: Iterable[Value], tests: Iterable[TestResult]) -> list[Proposal]:
        """Return every finding of the text, those that only repeat another left out."""
        from hoofbeat.reading.mentions import find_mentions

        tests = tuple(tests)
        slides = _Covered(t.span for t in tests if t.kind in _UNDER_THE_MICROSCOPE)
        mentions = [
            m
            for found in find_mentions(self.text, cutoff=self.cutoff)
            for m in self._parted(found)
            if self.counts(m.spans[0]) and m.start not in slides
        ]
        told = (s for s in self.sentences if self.counts(s) and s.start not in slides)
        rash = find_rash(self.text, list(told))
        candidates = _without_repeats(list(_joined(mentions, rash)))
        said, rash, affirmed = self._said(candidates, rash)
        candidates = [
            replace(c, where=rash[c.rash].sites) if c.where and c.rash is not None else c for c in candidates
        ]
        whens, of_course = self._times(candidates, rash)
        examined = _Covered(t.span for t in tests)
        whens = [
            day_of_test(self.text, w) if c.spans[0].start in examined else w
            for c, w in zip(candidates, whens, strict=True)
        ]
        proposals = [self._proposal(c, a, w) for c, a, w in zip(candidates, said, whens, strict=True)]
        kept = {n: when for n, when in enumerate(of_course) if affirmed[n]}
        proposals = one_rash(proposals, [c.rash for c in candidates], rash, kept)
        return [*proposals, *self._of_values(tuple(values)), *self._of_tests(tests)]

    def _of_values(self, values: Sequence[Value]) -> Iterator[Proposal]:
        from hoofbeat.reading.value_judgement import said_of_values

        shown = [v for v in values if v.finding and self.counts(v.span)]
        for v, said in zip(shown, said_of_values(self.text, shown), strict=True):
            yield self._measured(v.finding or "", v.span, "value", said, v.date)

    def _of_tests(self, tests: Sequence[TestResult]) -> Iterator[Proposal]:
        """What tests showed; and what slides and dipsticks did not, for nothing else reads it there."""
        from hoofbeat.reading.results import denied_findings

        for t in tests:
            if self.counts(t.span):
                yield from (self._measured(f, t.span, "test", Assertion()) for f in t.findings)
                denied = denied_findings(self.text, t) if t.kind in _NOT_NAMED else ()
                yield from (self._measured(f, at, "test", Assertion("absent")) for f, at in denied)

    def _parted(self, mention: Mention) -> Iterator[Mention]:
        """Yield a mention, or what it is made of where a mark parts its words: "Vomiting (-), nausea (+)"."""
        from hoofbeat.reading.mentions import find_mentions

        whole = len(mention.spans) == 1
        mark = _MARK.search(self.text, mention.start, mention.end) if whole else None
        if mark is None:
            yield mention
            return
        for start, end in ((mention.start, mark.start()), (mark.end(), mention.end)):
            for found in find_mentions(self.text[start:end], cutoff=self.cutoff):
                moved = replace(found, spans=tuple(Span(s + start, e + start) for s, e in found.spans))
                yield from self._parted(moved)

    def counts(self, span: Span) -> bool:
        """Whether a place is part of the text proper, not of its references."""
        return section_at(span, self.sections) != "references"

    def _said(
        self, candidates: Sequence[Candidate], rash: Sequence[RashSentence]
    ) -> tuple[list[Assertion], list[RashSentence], list[bool]]:
        """What is said of each; the sentences of the rash without what they deny; which of them affirm it."""
        from hoofbeat.reading.context import assert_mentions

        spans = [span for c in candidates for span in _parts(c)]
        spans += [span for s in rash for span in (s.anchor, *(at for _, at in (*s.forms, *s.places)))]
        # one question for all: its cost is that of the text, not of the spans
        every = iter(assert_mentions(self.text, spans, self.sections, self.sentences))
        found = [self._joint(c, [next(every) for _ in _parts(c)]) for c in candidates]
        affirmed: list[bool] = []
        kept = [_undenied(s, every, affirmed) for s in rash]
        return found, kept, affirmed

    def _joint(self, c: Candidate, parts: Sequence[Assertion]) -> Assertion:
        """What is said of words that lie apart: "nails … no dystrophy" denies, though the nails are there."""
        said = next((a for a in parts if a.status != "present"), parts[-1])
        return _as_worded(self.text, c, said) if c.source == "mention" else said

    def _times(
        self, candidates: Sequence[Candidate], rash: Sequence[RashSentence]
    ) -> tuple[list[When], list[When]]:
        from hoofbeat.reading.times import time_of

        spans = [_whole(c) for c in candidates] + [s.course_span or s.anchor for s in rash]
        every = time_of(self.text, spans, self.sections, self.sentences)
        return every[: len(candidates)], every[len(candidates) :]

    def _proposal(self, c: Candidate, assertion: Assertion, when: When) -> Proposal:
        return Proposal(
            c.term,
            _label(c.term),
            c.spans,
            assertion,
            c.chance,
            when,
            c.where,
            c.forms,
            c.course,
            c.source,
            section_at(c.spans[0], self.sections),
            c.rivals,
        )

    def _measured(
        self, term: str, span: Span, source: str, said: Assertion, day: str | None = None
    ) -> Proposal:
        section = section_at(span, self.sections)
        return Proposal(
            term, _label(term), (span,), said, _ASSUMED, When(date=day), source=source, section=section
        )


def _undenied(s: RashSentence, said: Iterator[Assertion], affirmed: list[bool]) -> RashSentence:
    """A sentence without the forms and sites it denies ("no blisters", "not on the face").

    said: the assertions of its anchor, its forms and its sites, in this order.
    """
    affirmed.append(holds_for_patient(next(said)))
    forms = [form for form in s.forms if next(said).status in THERE]
    told = [(slug, next(said)) for slug, _ in s.places]
    there = {slug for slug, a in told if a.status in THERE}
    free = tuple(x for x, a in told if a.status == "absent" and a.who == "patient" and x not in there)
    sites, spared = tuple(x for x in s.sites if x in there), tuple(dict.fromkeys((*s.spared, *free)))
    return s._replace(forms=tuple(forms), sites=sites, spared=spared, free=free)


# what follows an adjective that only compares: "eczematous-looking", "in a seborrhoeic pattern"
_COMPARES = re.compile(
    r"(?:-| )(?:looking|like|appearing|type)\b| (?:pattern|appearance|distribution|picture)\b"
)


def _as_worded(text: str, c: Candidate, said: Assertion) -> Assertion:
    end = c.spans[-1].end
    follows = _COMPARES.match(text, end, end + 20)
    if follows and said.status == "present" and of_skin(c.term) and c.rash is not None and not c.forms:
        return replace(said, status="uncertain", cues=(Span(end, follows.end()),))
    return denied_by_normal(text, c.spans, said)


def denied_by_normal(text: str, spans: Sequence[Span], said: Assertion) -> Assertion:
    """Return the assertion of a finding read from "nails normal": what "abnormal nails" means is absent."""
    from hoofbeat.reading.compile_lexicon import NORMAL

    words = {word.lower() for s in spans for word in text[s.start : s.end].split()}
    if said.status == "present" and not NORMAL.isdisjoint(words):
        return replace(said, status="absent")
    return said


def _whole(c: Candidate) -> Span:
    return Span(c.spans[0].start, c.spans[-1].end)


def _parts(c: Candidate) -> tuple[Span, ...]:
    return c.spans if len(c.spans) > 1 else (_whole(c),)


def _joined(mentions: Sequence[Mention], rash: Sequence[RashSentence]) -> Iterator[Candidate]:
    """Yield mentions and findings of the rash; one read both ways comes once, with sites and forms."""
    starts = [s.span.start for s in rash]
    taken: set[tuple[int, str]] = set()
    for mention in mentions:
        n = bisect_right(starts, mention.start) - 1
        sentence = rash[n] if n >= 0 and mention.start < rash[n].span.end else None
        if sentence and _misread(mention, sentence):
            continue
        match = _same(mention, sentence) if sentence else None
        if sentence is None or not (match or of_skin(mention.term)):
            yield Candidate(mention.term, mention.spans, mention.chance, "mention", mention.rivals)
            continue
        if match:
            taken.add((n, match.term))
        forms = match.forms if match else ()
        yield Candidate(
            mention.term, mention.spans, mention.chance, "mention", mention.rivals, sentence.sites, forms,
            sentence.course, n,
        )  # fmt: skip
    for n, sentence in enumerate(rash):
        for term in sentence.terms:
            if (n, term.term) not in taken:
                taken.add((n, term.term))
                where = sentence.sites if term.skin else ()
                course = sentence.course if term.skin else None
                yield Candidate(
                    term.term,
                    term.spans,
                    _ASSUMED,
                    "rash",
                    (),
                    where,
                    term.forms,
                    course,
                    n if term.skin else None,
                )


def _misread(mention: Mention, sentence: RashSentence) -> bool:
    """Whether one word of the rash, or of the tongue, was read as something it does not mean there.

    "Pale" of a plaque is no pallor, "bald" of a tongue no loss of hair.
    """
    from hoofbeat.terms import lesion_word

    for form, span in sentence.forms:
        if _within(mention, span):
            return mention.term not in (lesion_word(form).hpo, *(t.term for t in sentence.terms))
    if any(_partly_within(mention, span) for span in sentence.around):
        return True
    organs = [t for t in sentence.terms if not t.skin]
    if any(_within(mention, s) for s in sentence.elsewhere):
        return mention.term not in [t.term for t in organs] and (of_skin(mention.term) or bool(organs))
    return False


def _partly_within(mention: Mention, span: Span) -> bool:
    """Whether a finding was joined from a word of "around the mouth" and words outside it."""
    inside = [span.start <= s.start and s.end <= span.end for s in mention.spans]
    return any(inside) and not all(inside)


def _within(mention: Mention, span: Span) -> bool:
    return all(span.start <= s.start and s.end <= span.end for s in mention.spans)


def _same(mention: Mention, sentence: RashSentence) -> RashTerm | None:
    return next((t for t in sentence.terms if t.term == mention.term), None)


def _without_repeats(candidates: list[Candidate]) -> list[Candidate]:
    """Leave out what says less of the same words: "plaque" within "red plaque"."""
    from hoofbeat.terms import load_ontology

    onto = load_ontology()
    ordered = sorted(candidates, key=lambda c: (c.spans[0].start, -c.spans[-1].end))
    kept: list[Candidate] = []
    for n, c in enumerate(ordered):
        beside = _overlapping(ordered, n)
        if not any(o.term != c.term and _says_more(o, c, onto) and _covers(o, c) for o in beside):
            kept.append(c)
    return kept


def _says_more(o: Candidate, c: Candidate, onto: Ontology) -> bool:
    return onto.is_a(o.term, c.term) or _holds(o, c) or _named_whole(o, c)


def _named_whole(larger: Candidate, smaller: Candidate) -> bool:
    """Whether a word of the rash is only part of a longer name ("erythema multiforme")."""
    whole = _whole(larger)
    return (
        smaller.source == "rash"
        and smaller.rash is not None
        and smaller.term != RASH
        and larger.source == "mention"
        and len(larger.spans) == 1
        and all(
            whole.start <= s.start and s.end <= whole.end and s.end - s.start < whole.end - whole.start
            for s in smaller.spans
        )
    )


def _holds(larger: Candidate, smaller: Candidate) -> bool:
    """Whether a finding joined from two words ("red plaque") already holds the one ("red")."""
    from hoofbeat.terms import lesion_word

    return len(larger.forms) > 1 and smaller.term in [lesion_word(f).hpo for f in larger.forms]


_NEAR = 40  # how many neighbours in the order of the text are looked at on either side


def _overlapping(ordered: Sequence[Candidate], n: int) -> Iterator[Candidate]:
    start, end = ordered[n].spans[0].start, ordered[n].spans[-1].end
    for o in ordered[max(0, n - _NEAR) : n + _NEAR]:
        if o is not ordered[n] and o.spans[0].start < end and o.spans[-1].end > start:
            yield o


def _covers(larger: Candidate, smaller: Candidate) -> bool:
    return any(a.start < b.end and b.start < a.end for a in larger.spans for b in smaller.spans)


def _label(term: str) -> str:
    from hoofbeat.terms import load_ontology

    onto = load_ontology()
    resolved = onto.resolve(term)
    return resolved.label or term


def section_at(span: Span, sections: Sequence[Section]) -> SectionKind:
    """Return the kind of the section that a place lies in."""
    at = bisect_right(sections, span.start, key=lambda s: s.span.start) - 1
    return sections[at].kind if at >= 0 and span.start < sections[at].span.end else "other"
