"""Whether a case makes sense: faults that can be seen without knowing any disease."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hoofbeat.cases.model import Case, Finding, Measurement, State
from hoofbeat.errors import Issue
from hoofbeat.terms import Reading, load_ontology, read_measurement, site, within

_PHENOTYPE = "HP:0000118"
DEATH, _SUDDEN_DEATH = "HP:0011420", "HP:0001699"
# Ages are often given in whole years: an onset within a year of the visit contradicts nothing.
ONSET_SLACK = 1


def check_case(case: Case) -> list[Issue]:
    """Return the faults of a case, the grave ones first.

    Unknown, obsolete or alternative terms; present and absent at once; absent while a kind of it is present;
    said twice; on a site and sparing it; terms that are no findings; ages and laboratory values that cannot
    be; nothing to rank.
    """
    known = in_use(case.findings)
    issues = [
        *_terms(case),
        *_contradictions(known),
        *_repeats(known),
        *_places(known),
        *_ages(case),
        *_measurements(case),
    ]
    if not any(f.state is not State.NOT_ASKED for f in case.findings) and not case.measurements:
        issues.append(
            Issue(
                "warning",
                "nothing-known",
                f"Case {case.id} has no finding",
                "add at least one finding",
                case.id,
            )
        )
    return sorted(issues, key=lambda issue: issue.level != "error")


def in_use(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings whose term this release knows and has not retired."""
    onto = load_ontology()
    return [f for f in findings if onto.resolve(f.term).status in ("current", "alternative")]


def is_death(finding: Finding) -> bool:
    """Return True if a finding says that the patient has died, at whatever age."""
    if finding.state is not State.PRESENT or not in_use([finding]):
        return False
    onto = load_ontology()
    return any(onto.is_a(finding.term, term) for term in (DEATH, _SUDDEN_DEATH))


def _name(term: str) -> str:
    onto = load_ontology()
    resolved = onto.resolve(term)
    return f"{resolved.label or term} [{term}]"


def _terms(case: Case) -> Iterator[Issue]:
    onto = load_ontology()
    for number, finding in enumerate(case.findings, start=1):
        where = f"finding {number}"
        resolved = onto.resolve(finding.term)
        if resolved.status == "unknown":
            yield Issue(
                "error",
                "unknown-term",
                f"Unknown term {finding.term}",
                f"use a term of HPO {onto.release}, or plain words",
                where,
            )
        elif resolved.status == "obsolete":
            new = ", ".join(_name(t) for t in resolved.replaced_by)
            remedy = f"use {new}, or pass --replace-old-terms" if new else "choose a current term"
            yield Issue("error", "obsolete-term", f"{_name(finding.term)} is obsolete", remedy, where)
        elif not (_is_used(finding.term) or is_death(finding)):
            yield Issue(
                "warning",
                "not-a-finding",
                f"{_name(finding.term)} is no phenotypic abnormality",
                "it is not used in ranking",
                where,
            )


def _is_used(term: str) -> bool:
    onto = load_ontology()
    return term in _MODIFIERS or any(onto.is_a(term, kind) for kind in (_PHENOTYPE, *_MODES))


# how it is inherited, as far as that is weak evidence
_MODES = ("HP:0001417", "HP:0000006", "HP:0000007")
# modifiers that describe the course or the place of a rash and are used as such
_MODIFIERS = {"HP:0011010", "HP:0031796", "HP:0034432", "HP:0033194", "HP:0025292", "HP:0034779"}


def _contradictions(findings: list[Finding]) -> Iterator[Issue]:
    onto = load_ontology()
    present = dict.fromkeys(f.term for f in findings if f.state is State.PRESENT)
    absent = dict.fromkeys(f.term for f in findings if f.state is State.ABSENT)
    if not absent:
        return
    implied = frozenset().union(*(onto.ancestors(there) for there in present))
    for gone in absent:
        if onto.ids[onto.index(gone)] not in implied:
            continue
        for there in present:
            if onto.index(gone) == onto.index(there):
                yield Issue(
                    "error",
                    "present-and-absent",
                    f"{_name(gone)} is both present and absent",
                    "keep one of the two",
                    gone,
                )
            elif onto.is_a(there, gone):
                yield Issue(
                    "error",
                    "absent-but-kind-present",
                    f"{_name(gone)} is absent, yet {_name(there)}, a kind of it, is present",
                    "leave out one of the two, or name the kind that is absent",
                    gone,
                )


def _repeats(findings: list[Finding]) -> Iterator[Issue]:
    onto, seen = load_ontology(), set()
    for finding in findings:
        key = onto.index(finding.term), finding.state
        if key in seen:
            yield Issue(
                "warning",
                "said-twice",
                f"{_name(finding.term)} is given twice",
                "it counts once",
                finding.term,
            )
        seen.add(key)


def _places(findings: list[Finding]) -> Iterator[Issue]:
    for finding in findings:
        for slug in both(finding):
            yield Issue(
                "error",
                "there-and-spared",
                f"{_name(finding.term)} is on {site(slug).name}, which is also said to be spared",
                "keep one of the two",
                finding.term,
            )


def both(finding: Finding) -> tuple[str, ...]:
    """Return the sites that a finding is on although they, or what they are part of, are said to be spared.

    A face that is involved may well be spared round the mouth; a mouth's surround is not involved in a face
    that is spared.
    """
    return tuple(s for s in finding.where if any(within(s, spared) for spared in finding.spared))


def _ages(case: Case) -> Iterator[Issue]:
    if case.age_years is None:
        return
    for finding in case.findings:
        onset = finding.onset_age_years
        # a patient may die after the visit; nothing else of a case begins after it
        if onset is not None and onset > case.age_years + ONSET_SLACK and not is_death(finding):
            yield Issue(
                "error",
                "onset-after-visit",
                f"{_name(finding.term)} begins at {onset:g} years, after the visit at {case.age_years:g}",
                "correct one of the two ages",
                finding.term,
            )


def _measurements(case: Case) -> Iterator[Issue]:
    for number, (_, reading) in enumerate(readings(case), start=1):
        for issue in reading.issues:
            yield Issue(issue.level, issue.category, issue.message, issue.remedy, f"measurement {number}")


def readings(case: Case) -> Iterator[tuple[Measurement, Reading]]:
    """Yield each measurement of a case with what it means for this patient."""
    for m in case.measurements:
        yield (
            m,
            read_measurement(
                m.test, m.value, m.unit, low=m.low, high=m.high, sex=case.sex, age_years=case.age_years
            ),
        )
