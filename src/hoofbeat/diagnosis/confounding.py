"""What else moves a laboratory value: told in words, or seen in a case before its sample was taken."""

from __future__ import annotations

import re
from collections.abc import Sequence

from hoofbeat.cases import Case, State, Treatment, first_day, last_day
from hoofbeat.diagnosis.clauses import plain, said
from hoofbeat.errors import Issue
from hoofbeat.knowledge import Confounder, ValueMeaning, load_interpretations
from hoofbeat.terms import load_ontology

# An operation or an injury passes: among treatments it counts only with a date this near before the sample.
PASSING, LASTS_DAYS = "acute_illness", 30
# Steroids on the skin move nothing; of a treatment called only "steroids" nobody knows how it was taken.
STEROIDS = "raising_drugs"
_ON_THE_SKIN = re.compile(
    r"\b(?:topical\w*|creams?|ointments?|lotions?|gels?|inhaled|inhalers?|nasal|eye drops?)\b"
)
_BARE = re.compile(r"(?:\w+ )*(?:gluco)?(?:cortico)?(?:steroid)s?|glucocorticoids?")
_BY_MOUTH = re.compile(r"\b(?:oral|systemic|tablets?|intravenous|iv|injected|by mouth)\b")
_NOT_NOW = re.compile(r"\b(?:19|20)\d\d\b|\byears? (?:ago|before|earlier)\b|\bmanagement\b")


def confounders_of(case: Case, test: str, sampled: str | None = None) -> tuple[Confounder, ...]:
    """Return what a case says that moves a laboratory value without the disease.

    sampled: when the sample was taken; what is known to have begun later is left out.
    """
    meaning = next((v for v in load_interpretations().values if v.test == test), None)
    if meaning is None:
        return ()
    onto = load_ontology()
    present = [f.term for f in case.findings if f.state is State.PRESENT and not _later(f.date, sampled)]
    found = {c.id for c in meaning.confounders if any(onto.is_a(p, t) for p in present for t in c.terms)}
    for treatment in case.treatments:
        if not _later(treatment.date, sampled):
            found |= _of_treatment(meaning, treatment, sampled)
    return tuple(c for c in meaning.confounders if c.id in found)


def _of_treatment(meaning: ValueMeaning, treatment: Treatment, sampled: str | None) -> set[str]:
    name = plain(treatment.name)
    heard = _heard(meaning, name)
    if not _shortly_before(treatment.date, sampled):
        heard -= {PASSING}
    return heard - {STEROIDS} if _BARE.fullmatch(name) and not _BY_MOUTH.search(name) else heard


def told(
    meaning: ValueMeaning, words: str | Sequence[str]
) -> tuple[tuple[Confounder, ...], tuple[Issue, ...]]:
    """Return the confounders named in words, and an issue for each word that is none of those known.

    What is denied ("no cirrhosis") is understood and counts as nothing.
    """
    given = (words,) if isinstance(words, str) else tuple(words)
    found: set[str] = set()
    issues = []
    for number, word in enumerate(given):
        denied = said(word, _listed(meaning))
        heard = _heard(meaning, word)
        found |= heard
        if not heard and not any(s.stance == "no" for s in denied):
            issues.append(_unknown(meaning, number))
    return tuple(c for c in meaning.confounders if c.id in found), tuple(issues)


def _listed(meaning: ValueMeaning) -> list[tuple[str, str]]:
    return [(word, c.id) for c in meaning.confounders for word in (plain(c.id), *c.words)]


def _heard(meaning: ValueMeaning, text: str) -> set[str]:
    """Return the ids of what a text asserts; a cream moves nothing, an illness of years ago neither."""
    words = plain(text)
    heard = {s.id for s in said(words, _listed(meaning)) if s.stance == "yes"}
    if _ON_THE_SKIN.search(words):
        heard -= {STEROIDS}
    return heard - {PASSING} if _NOT_NOW.search(words) else heard


def _unknown(meaning: ValueMeaning, number: int) -> Issue:
    names = "; ".join(c.name for c in meaning.confounders)
    remedy = (
        f"name it as one of: {names}" if names else f"nothing is known to move {meaning.test}: leave it out"
    )
    message = f"A confounder of {meaning.test} is not known by that name and was not counted"
    return Issue("warning", "unknown-confounder", message, remedy, f"confounder {number + 1}")


def _later(date: str | None, sampled: str | None) -> bool:
    """Whether something is known to have begun after the sample, as far as both dates go."""
    here, there = first_day(date), last_day(sampled)
    return here is not None and there is not None and here > there


def _shortly_before(date: str | None, sampled: str | None) -> bool:
    """Whether something surely lies in the days before the sample, whatever day a partial date means."""
    first, last = first_day(date), last_day(date)
    drawn, drawn_at_last = first_day(sampled), last_day(sampled)
    if first is None or last is None or drawn is None or drawn_at_last is None:
        return False
    return last <= drawn and (drawn_at_last - first).days <= LASTS_DAYS
