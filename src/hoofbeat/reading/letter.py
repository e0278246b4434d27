"""One text read as a whole: findings, values, drugs, tests, diagnoses, and how they belong together."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

from hoofbeat.reading.findings import Findings, section_at
from hoofbeat.reading.model import Cutoff, Diagnosis, Drug, Kind, Letter, Proposal, Section, Span, Value, When
from hoofbeat.reading.one_rash import is_label, is_patients

if TYPE_CHECKING:  # pytest would take the class for a test
    from hoofbeat.reading.model import TestResult

_SUPPOSES = re.compile(r"\b(?:if|should|unless|would|whether|in case|when|once|suppose)\b", re.IGNORECASE)


def read_letter(text: str, *, cutoff: Cutoff = "clinic", kind: Kind | None = None) -> Letter:
    """Read a text: every finding, value, treatment, test and diagnosis in it, with its words.

    cutoff: "clinic" misses little and wants a person to remove what is wrong; "balanced" weighs both alike.
    kind: "patient" or "disease"; seen from the text if not given. Of a text about a disease nothing is ever
    proposed as the patient's: everything is said of people in general.

    >>> letter = read_letter("She denies diarrhoea.")
    >>> [(p.label, p.assertion.status) for p in letter.proposals]
    [('Diarrhea', 'absent')]
    """
    from hoofbeat.reading.diagnoses import find_diagnoses
    from hoofbeat.reading.documents import kind_of, parts_of
    from hoofbeat.reading.drugs import find_drugs
    from hoofbeat.reading.person import read_person
    from hoofbeat.reading.results import find_results
    from hoofbeat.reading.sections import find_sections
    from hoofbeat.reading.sentences import split_sentences
    from hoofbeat.reading.values import find_values

    shown = kind or kind_of(text)
    general = shown == "disease"
    sections = tuple(parts_of(text)) if general else tuple(find_sections(text))
    sentences = split_sentences(text, sections)
    age, sex = (None, "unknown") if general else read_person(text)

    def told(part: Diagnosis | Value | TestResult) -> bool:
        return section_at(part.span, sections) != "references"

    values = tuple(filter(told, find_values(text, age_years=age, sex=sex)))
    tests = tuple(filter(told, find_results(text, sentences)))
    named = tuple(filter(told, find_diagnoses(text, sentences)))
    diagnoses = tuple(_not_ahead_of_time(text, named, sections, sentences))
    drugs = (d for d in find_drugs(text, sentences) if section_at(d.span, sections) != "references")
    found = [_not_now(p, text, age) for p in Findings(text, sections, sentences, cutoff).all(values, tests)]
    if general:  # what is named beside a disease is what it looks like or comes from, nobody's label
        proposals = [replace(p, assertion=replace(p.assertion, who="general")) for p in found]
        diagnoses = tuple(replace(d, who="general") for d in diagnoses)
    else:
        proposals = _without_general([p for p in map(_Named(diagnoses).settle, found) if p is not None])
    return Letter(
        text,
        shown,
        tuple(sorted(proposals, key=lambda p: (p.spans[0], p.term))),
        values,
        tuple(_given(drugs, values)),
        tests,
        diagnoses,
        sections,
        age,
        sex,
    )


def _not_now(proposal: Proposal, text: str, age: float | None) -> Proposal:
    """The age that a patient is said to have ("John Smith, aged 61, has a rash") is no age at onset."""
    when = proposal.when
    if when.span is None or age is None or when.onset_age_years != age:
        return proposal
    words = text[when.span.start : when.span.end].lower()
    return replace(proposal, when=When()) if words.startswith("age") else proposal


def _not_ahead_of_time(
    text: str, diagnoses: Sequence[Diagnosis], sections: Sequence[Section], sentences: Sequence[Span]
) -> Iterator[Diagnosis]:
    """A diagnosis that would hold only if something came to pass has not been made."""
    from hoofbeat.reading.context import assert_mentions

    # most letters suppose nothing: they need not be asked
    asked = [
        d
        for d in diagnoses
        if d.status == "made" and _SUPPOSES.search(text, max(0, d.span.start - 80), d.span.start)
    ]
    said = dict(zip(asked, assert_mentions(text, [d.span for d in asked], sections, sentences), strict=True))
    for diagnosis in diagnoses:
        supposed = diagnosis in said and said[diagnosis].status == "hypothetical"
        yield replace(diagnosis, status="suspected") if supposed else diagnosis


class _Named:
    """The diagnoses that a text names: a label is not a finding, a suspicion is not one either."""

    def __init__(self, diagnoses: Sequence[Diagnosis]) -> None:
        self.ordered = sorted(diagnoses, key=lambda d: d.span)
        self.starts = [d.span.start for d in self.ordered]
        self.longest = max((d.span.end - d.span.start for d in self.ordered), default=0)

    def settle(self, proposal: Proposal) -> Proposal | None:
        """Return a proposal as the diagnosis it stands in allows; None for a label, or for a word of one.

        "Diabetes" of "borderline diabetes" is no diabetes, "bullous" of "bullous lupus" no blister.
        """
        named = next(self._over(proposal.spans[0]), None)
        if named is None or proposal.source not in ("mention", "rash"):
            return proposal
        said = proposal.assertion
        who = named.who if said.who == "patient" else said.who
        if _is_word_of(proposal, named):
            return None
        if named.status == "suspected":
            return replace(proposal, assertion=replace(said, status="uncertain", who=who))
        if named.status == "excluded":
            return replace(proposal, assertion=replace(said, status="absent", who=who))
        if is_label(proposal.term) and who == "patient" and said.status != "absent":
            return None
        return replace(proposal, assertion=replace(said, who=who))

    def _over(self, span: Span) -> Iterator[Diagnosis]:
        at = bisect_right(self.starts, span.end - 1) - 1
        while at >= 0 and self.ordered[at].span.start > span.start - self.longest:
            if self.ordered[at].span.end > span.start:
                yield self.ordered[at]
            at -= 1


def _without_general(proposals: list[Proposal]) -> list[Proposal]:
    """Leave out general terms where a kind of them is the patient's too."""
    from hoofbeat.reading.rash_words import rules
    from hoofbeat.terms import load_ontology

    onto = load_ontology()
    there = {p.term for p in proposals if is_patients(p)}
    implied = {a for t in there for a in onto.ancestors(t) if a != t} & set(rules()["too_general"])
    return [p for p in proposals if p.term not in implied or not is_patients(p)]


def _is_word_of(proposal: Proposal, named: Diagnosis) -> bool:
    """Whether a finding was read from one word of a longer name that means something else."""
    from hoofbeat.terms import load_ontology

    first, last = proposal.spans[0].start, proposal.spans[-1].end
    inside = named.span.start <= first and last <= named.span.end
    if not inside or (last - first) >= (named.span.end - named.span.start):
        return False
    if proposal.source == "rash":
        return True
    onto = load_ontology()
    meant = _terms_of(named.name)
    near = any(onto.is_a(term, proposal.term) or onto.is_a(proposal.term, term) for term in meant)
    return bool(meant) and not near


@lru_cache(maxsize=4096)
def _terms_of(name: str) -> tuple[str, ...]:
    from hoofbeat.reading.mentions import find_mentions

    return tuple(m.term for m in find_mentions(name))


def _given(drugs: Iterable[Drug], values: Sequence[Value]) -> Iterator[Drug]:
    """Leave out substances named as what was measured ("albumin 31 g/L"), not as what was given."""
    ordered = sorted(v.span for v in values)
    for drug in drugs:
        at = bisect_right(ordered, drug.span.start, key=lambda s: s.start) - 1
        if at < 0 or ordered[at].end <= drug.span.start:
            yield drug
