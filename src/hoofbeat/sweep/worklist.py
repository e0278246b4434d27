"""The worklist: people in order with points, chance, advice and evidence, in the words of the models."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, NamedTuple

from hoofbeat.cases import Case, Finding, Treatment
from hoofbeat.diagnosis import advises, explain
from hoofbeat.errors import SweepError
from hoofbeat.knowledge import DrugSet, load_code_sets
from hoofbeat.sweep.definition import SEXES, Definition, load_rules
from hoofbeat.sweep.evidence import contributions
from hoofbeat.sweep.run import Swept
from hoofbeat.sweep.signals import MILLI, signals
from hoofbeat.sweep.sources import TABLE_NAMES

_EPOCH = dt.date(1970, 1, 1)


class Listed(NamedTuple):
    """One person of the worklist.

    record_id: what the records call the person, where ids had to be made (FHIR). score: thousandths of a
    nat, the sum of the points of the evidence. chance: of the disease, with its central 90 % range, as
    rank() gives it for the findings in the setting of the rules. advice: whether the decisive test is worth
    considering, empty where the model names none.
    """

    rank: int
    person_id: int
    record_id: str
    score: int
    chance: float
    chance_low: float
    chance_high: float
    advice: str
    form: str
    age: int | None
    sex: str
    as_of: str
    first_seen: str
    last_seen: str
    findings: str


class EvidenceRow(NamedTuple):
    """One row behind the score of one person; the points of all rows of a person sum to the score.

    points: on the earliest row of a finding; 0 on its other rows. table, row_id: where in the records; empty
    and 0 for age, sex and form. record_id: the row's own name, where ids had to be made. record: what it
    shows. amount: thousandths of the unit of the test, 0 for what has no amount.
    """

    rank: int
    person_id: int
    finding: str
    name: str
    points: int
    date: str
    table: str
    row_id: int
    record_id: str
    record: str
    amount: int
    unit: str


def day_text(day: int) -> str:
    """Return a day since 1970-01-01 as a date."""
    return (_EPOCH + dt.timedelta(days=day)).isoformat()


def worklist(
    definition: Definition, swept: Swept, *, chances: bool = True
) -> tuple[list[Listed], list[EvidenceRow]]:
    """Return the worklist and its evidence. chances: work out chance and advice for each person."""
    by_person: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for row in swept.evidence:
        by_person[int(row["person_id"])].append(row)
    people, rows = [], []
    for rank, person in enumerate(swept.people, 1):
        mine = by_person[int(person["person_id"])]
        parts = contributions(definition, person, sorted({int(r["member"]) for r in mine}))
        told = _evidence(definition, rank, person, parts, mine)
        _check_sum(person, told)
        people.append(_listed(definition, rank, person, parts, mine, chances=chances))
        rows += told
    return people, rows


def _check_sum(person: dict[str, Any], rows: list[EvidenceRow]) -> None:
    """A score that its evidence does not explain is a fault of ours, and no list may show it."""
    if sum(row.points for row in rows) != int(person["points"]):
        raise SweepError(
            f"The evidence of person {person['person_id']} does not sum to the score",
            why="The score was counted in another way than its reasons, so one of them is wrong.",
            remedy="report it; the row ids of the person's records are enough, without what stands in them",
        )


def _listed(
    definition: Definition,
    rank: int,
    person: dict[str, Any],
    parts: list[tuple[str, str, int]],
    rows: list[dict[str, Any]],
    *,
    chances: bool,
) -> Listed:
    days = [int(r["day"]) for r in rows]
    found = sorted((p for p in parts if p[0] not in ("age", "sex", "form")), key=lambda p: (-p[2], p[0]))
    chance, advice = (0.0, 0.0, 0.0), ""
    if chances:
        chance, advice = _chance(definition, person, [p[0] for p in found])
    return Listed(
        rank=rank,
        person_id=int(person["person_id"]),
        record_id="",
        score=int(person["points"]),
        chance=chance[0],
        chance_low=chance[1],
        chance_high=chance[2],
        advice=advice,
        form=definition.forms[int(person["form"])][1],
        age=int(person["age"]) if int(person["age"]) >= 0 else None,
        sex=SEXES[int(person["sex"])],
        as_of=day_text(int(person["as_of_day"])),
        first_seen=day_text(min(days)),
        last_seen=day_text(max(days)),
        findings="; ".join(f"{name} ({points / MILLI:+.2f})" for _, name, points in found),
    )


def case_of(person: dict[str, Any], terms: Iterable[str]) -> Case:
    """Return a person of a sweep as a case, with what records tell and nothing else."""
    terms = list(terms)
    drugs = {f"treatment:{d.treatment}": d for d in load_code_sets().drugs if d.treatment}
    return Case(
        id=f"person {person['person_id']}",
        age_years=float(person["age"]) + 0.5 if int(person["age"]) >= 0 else None,
        sex=SEXES[int(person["sex"])],
        findings=tuple(Finding(term=t) for t in terms if t not in drugs),
        treatments=tuple(_told(drugs[t]) for t in terms if t in drugs),
    )


def _told(drug: DrugSet) -> Treatment:
    return Treatment(name=drug.treatment, response=drug.response or "unknown")


def _chance(
    definition: Definition, person: dict[str, Any], terms: list[str]
) -> tuple[tuple[float, float, float], str]:
    case, setting = case_of(person, terms), load_rules()["advice"]["setting"]
    told = explain(case, definition.slug, setting=setting).disease
    advice = advises(case, setting=setting) if definition.slug == "glucagonoma" else None
    return (told.chance, told.low, told.high), advice.sentence if advice else ""


def _evidence(
    definition: Definition,
    rank: int,
    person: dict[str, Any],
    parts: list[tuple[str, str, int]],
    rows: list[dict[str, Any]],
) -> list[EvidenceRow]:
    number, found = int(person["person_id"]), []
    by_term: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in sorted(rows, key=lambda r: (r["day"], r["source"], r["row_id"], r["signal"])):
        by_term[definition.members[int(row["member"])].term].append(row)
    names = {s.number: s for s in signals()}
    for term, name, points in parts:
        if term in ("age", "sex", "form"):
            found.append(EvidenceRow(rank, number, term, name, points, "", "", 0, "", "", 0, ""))
        for n, row in enumerate(by_term.get(term, ())):
            signal = names[int(row["signal"])]
            found.append(
                EvidenceRow(
                    rank=rank,
                    person_id=number,
                    finding=term,
                    name=name,
                    points=points if n == 0 else 0,
                    date=day_text(int(row["day"])),
                    table=TABLE_NAMES[int(row["source"])],
                    row_id=int(row["row_id"]),
                    record_id="",
                    record=signal.name,
                    amount=int(row["amount"]),
                    unit=signal.unit,
                )
            )
    return found
