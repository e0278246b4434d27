"""What several sentences say of a rash, tied to one finding; and which findings are of the skin at all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from hoofbeat.reading.model import Assertion, Proposal, When
from hoofbeat.reading.rash import RASH, RashSentence
from hoofbeat.reading.rash_words import rules

SKIN = ("HP:0000951", "HP:0011123")  # abnormality of the skin; inflammatory abnormality of the skin
THERE = ("present", "historical")


def one_rash(
    proposals: list[Proposal],
    numbers: Sequence[int | None],
    rash: Sequence[RashSentence],
    kept: Mapping[int, When],
) -> list[Proposal]:
    """Tie what the sentences say of the rash to one finding: forms, sites involved and free, time, course.

    numbers: the sentence of the rash that each proposal stands in. kept: sentences that affirm the rash.
    """
    own = [n for n, p in enumerate(proposals) if numbers[n] in kept and is_patients(p) and of_skin(p.term)]
    proposals = [
        replace(p, where=(), course=None) if number is not None and number not in kept else p
        for p, number in zip(proposals, numbers, strict=True)
    ]
    if own:
        chief = next((n for n in own if proposals[n].term == RASH), own[0])
        affirmed = [rash[i] for i in sorted(kept)]
        where = _words(s.sites for s in affirmed)
        # a sentence of its own may say what is free, and affirms nothing: "The face is spared."
        free = _words(s.spared if n in kept else s.free for n, s in enumerate(rash))
        proposals[chief] = replace(
            proposals[chief],
            where=where,
            spared=tuple(site for site in free if site not in where),
            forms=_words([form for form, _ in s.forms] for s in affirmed),
            course=_course(affirmed),
            when=_longest([*(proposals[n].when for n in own), *kept.values()]),
        )
    return proposals


def _longest(whens: Sequence[When]) -> When:
    """The time that reaches back furthest; one that gives a date or an age if none gives a span."""
    dated = [w for w in whens if w.since_days is not None]
    if dated:
        return max(dated, key=lambda w: w.since_days or 0.0)
    return next((w for w in whens if w != When()), When())


def holds_for_patient(said: Assertion) -> bool:
    """Whether something is, or was, there, and is the patient's."""
    return said.who == "patient" and said.status in THERE


def is_patients(proposal: Proposal) -> bool:
    """Whether the patient has it, or had it."""
    return holds_for_patient(proposal.assertion)


def is_label(term: str) -> bool:
    """Whether a term, as a diagnosis made before, labels the rash rather than an illness beside it."""
    from hoofbeat.terms import load_ontology

    onto = load_ontology()
    return of_skin(term) or any(onto.is_a(term, label) for label in rules()["label_terms"])


def of_skin(term: str) -> bool:
    """Whether a term is a kind of abnormality of the skin."""
    from hoofbeat.terms import load_ontology

    onto = load_ontology()
    return any(onto.is_a(term, skin) for skin in SKIN)


def _course(sentences: Sequence[RashSentence]) -> str | None:
    """What the rash does over time: that it comes and goes says more than that it spread once."""
    said = [s.course for s in sentences if s.course]
    return next(
        (c for c in ("relapsing", "persistent", "progressive", "improving", "resolved") if c in said), None
    )


def _words(groups: Iterable[Iterable[str]]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(word for group in groups for word in group))
