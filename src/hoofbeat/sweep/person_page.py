"""What there is to say of a person on the list, for a page of their own: the case, and the rows behind it."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from hoofbeat.cases import Case
from hoofbeat.errors import UsageError
from hoofbeat.knowledge import find_disease, load_knowledge
from hoofbeat.sweep.api import Result
from hoofbeat.sweep.definition import SEXES, load_rules
from hoofbeat.sweep.worklist import EvidenceRow, Listed, case_of
from hoofbeat.terms import load_ontology

# What is added for everybody, and is no finding.
_BESIDE = ("age", "sex", "form")


class PersonPage(NamedTuple):
    """One person: the line of the list, its evidence, and the case that the chance was worked out for.

    name: what the records call the person, a number or their own id, never a name. evidence: findings that
    say most first. of: length of the list. disease: name of what was looked for. setting: that of the chance.
    """

    name: str
    listed: Listed
    evidence: tuple[EvidenceRow, ...]
    case: Case
    of: int
    disease: str
    setting: str


def person_pages(result: Result, number: int) -> list[PersonPage]:
    """Return what the pages of the first people on a list are made of, fewer if the list is shorter.

    Nothing but codes, dates and values is in them: no names, no notes. Raises UsageError for fewer than 1.
    """
    if number < 1:
        raise UsageError(f"{number} pages", remedy="--pages 20")
    rows: dict[int, list[EvidenceRow]] = defaultdict(list)
    for row in result.evidence:
        rows[row.rank].append(row)
    disease = find_disease(load_knowledge(), result.manifest["disease"]).name
    return [
        PersonPage(
            name=person.record_id or str(person.person_id),
            listed=person,
            evidence=_strongest_first(rows[person.rank]),
            case=_case(person, rows[person.rank]),
            of=len(result.people),
            disease=disease,
            setting=load_rules()["advice"]["setting"],
        )
        for person in result.people[:number]
    ]


def _strongest_first(rows: list[EvidenceRow]) -> tuple[EvidenceRow, ...]:
    """Rows by finding, those that say most first, and what is no finding last."""
    said = {f: sum(r.points for r in rows if r.finding == f) for f in {r.finding for r in rows}}
    return tuple(sorted(rows, key=lambda r: (r.finding in _BESIDE, -said[r.finding], r.finding)))


def _case(person: Listed, rows: list[EvidenceRow]) -> Case:
    told = {
        "person_id": person.record_id or person.person_id,
        "age": -1 if person.age is None else person.age,
        "sex": SEXES.index(person.sex) if person.sex in SEXES else 0,
    }
    case = case_of(told, dict.fromkeys(r.finding for r in rows if r.finding not in _BESIDE))
    onto = load_ontology()
    named = tuple(f.model_copy(update={"label": onto.label(f.term)}) for f in case.findings)
    return case.model_copy(update={"findings": named})
