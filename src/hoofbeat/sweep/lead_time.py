"""Virtual patients put among other people's records: how long before their diagnosis a sweep has them."""

from __future__ import annotations

import csv
import datetime as dt
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import numpy as np

from hoofbeat.diagnosis import wilson
from hoofbeat.errors import UsageError
from hoofbeat.simulation import Setup, groups, load_mechanism, write_cohort
from hoofbeat.sweep.among import Entry, Person, Records, lay_among
from hoofbeat.sweep.api import Place
from hoofbeat.sweep.definition import Definition, define
from hoofbeat.sweep.index import prepare
from hoofbeat.sweep.looking_back import MONTH, every, median_interval, replay
from hoofbeat.sweep.planting import Recall, ranks_alone, recall_of
from hoofbeat.sweep.signals import signals
from hoofbeat.sweep.told_words import days_of
from hoofbeat.sweep.worklist import day_text

_EPOCH = dt.date(1970, 1, 1)
# Diagnoses (or the ends of records without one) fall within the last year that is observed.
_LAST = 365
_DATED = {
    "condition_occurrence": "condition_start_date",
    "drug_exposure": "drug_exposure_start_date",
    "measurement": "measurement_date",
}


class Patient(NamedTuple):
    """One virtual patient: day of the simulated diagnosis ("" for none), and when lists had them.

    listed: by length of the list, the first date before the diagnosis and the place then, or None. last: the
    place on the last list before the diagnosis, or 0. Places are those among the other people alone.
    """

    person_id: int
    diagnosed: str
    listed: dict[int, tuple[str, int] | None]
    last: int


class Lead(NamedTuple):
    """What lists of one length would have gained for the patients diagnosed.

    before: how many stood on any list before their diagnosis, with Wilson's 95 % interval; last: on the last
    list before it. months: median, least and most lead time of those, from the first list to the diagnosis;
    None if nobody was listed. interval: of the median, 95 % (bootstrap), None for few patients. undiagnosed:
    of those never diagnosed, how many stood on any list.
    """

    top: int
    before: Recall
    last: Recall
    months: tuple[float, float, float] | None
    interval: tuple[float, float] | None
    undiagnosed: int


class LeadTime(NamedTuple):
    """Virtual patients among others, swept as of a series of dates."""

    people: int
    planted: int
    diagnosed: int
    dates: tuple[str, ...]
    leads: tuple[Lead, ...]
    patients: tuple[Patient, ...]


def plant_simulated(
    disease: str,
    number: int,
    place: Place,
    out: Path,
    *,
    years: float = 10.0,
    months: int = 6,
    tops: Sequence[int] = (100, 1000),
    seed: int = 1,
    say: Callable[[str], None] = lambda _text: None,
) -> LeadTime:
    """Put virtual patients among the people of a folder of Parquet, and sweep as of one date after another.

    number, years: patients, and how long each is followed from the first day of the disease. months: between
    dates. What a record holds before the day of the diagnosis is written, and on that day the diagnosis
    alone, by which it is known when they were found. All dates of a patient are shifted alike, so that the
    diagnosis falls within the last year that the records are observed; they are observed for some years
    before the disease began, so that what comes with it is new. The patients come from the model that
    looks for them and have no other illness: what is found is an upper bound. Raises UnknownTerm for a
    disease without a mechanism, UsageError for one without codes, or records of less than a year.
    """
    definition, records = define(disease), Records(place.omop, place.vocabulary)
    if not definition.known:
        raise UsageError(
            f"No code stands for {definition.name}", why="It could not be told when somebody was diagnosed."
        )
    if not 0 < years <= 100:
        raise UsageError(f"--years is {years}", remedy="more than 0, at most 100")
    begin, end = records.observed()
    dates = [d for d in _dates(end, years, months) if d >= begin]
    if not dates or (end - begin).days < _LAST:
        raise UsageError(
            "The records are observed for less than a year", remedy="plant among records of several years"
        )
    say("simulation")
    virtual = out / "simulated"
    shutil.rmtree(virtual, ignore_errors=True)
    setup = Setup(years=years, seed=seed)
    mechanism = load_mechanism(definition.slug)
    for _ in write_cohort("omop", virtual, mechanism, groups(mechanism, number, setup), setup, tables="csv"):
        pass
    first = records.highest("person", "person_id") + 1
    people, entries = _shifted(definition, virtual, first, (begin, end), seed)
    mixed, index = out / "mixed", out / "index"
    lay_among(records, mixed, people, entries)
    shutil.rmtree(index, ignore_errors=True)
    prepare(replace(place, omop=mixed), index, say=say)
    numbers = {p.number for p in people}
    found = _replayed(
        disease, replace(place, omop=None, index=index), out, dates, tops, numbers=numbers, say=say
    )
    shutil.rmtree(index, ignore_errors=True)
    (out / "lead_time.json").write_text(json.dumps(_plain(found), indent=1) + "\n", encoding="utf-8")
    return found


def _dates(end: dt.date, years: float, months: int) -> list[dt.date]:
    """Dates up to the end, as far back as somebody may have been ill."""
    return every(end - dt.timedelta(days=round(years * 365.25)), end, months)


def _replayed(
    disease: str,
    place: Place,
    out: Path,
    dates: Sequence[dt.date],
    tops: Sequence[int],
    *,
    numbers: set[int],
    say: Callable[[str], None],
) -> LeadTime:
    lists: list[tuple[int, dict[int, int]]] = []
    known: dict[int, int] = {}
    people = 0
    for date, result in replay(disease, place, out, dates, top=max(tops) + len(numbers), say=say):
        people = result.manifest["counts"]["people"]
        if date is None:
            known = {p: day for p, day in result.known.items() if p in numbers}
        else:
            lists.append(((date - _EPOCH).days, ranks_alone(result, numbers)))
    patients = tuple(_patient(p, known.get(p), lists, tops) for p in sorted(numbers))
    leads = tuple(_lead(top, patients) for top in sorted(tops))
    return LeadTime(people, len(numbers), len(known), tuple(d.isoformat() for d in dates), leads, patients)


def _patient(
    number: int, known: int | None, lists: Sequence[tuple[int, dict[int, int]]], tops: Sequence[int]
) -> Patient:
    before = [(day, ranks.get(number, 0)) for day, ranks in lists if known is None or day < known]
    listed = {
        top: next(((day_text(day), rank) for day, rank in before if 0 < rank <= top), None) for top in tops
    }
    return Patient(number, "" if known is None else day_text(known), listed, before[-1][1] if before else 0)


def _lead(top: int, patients: Sequence[Patient]) -> Lead:
    found = [p for p in patients if p.diagnosed]
    gained = [_months(first[0], p.diagnosed) for p in found if (first := p.listed[top])]
    share = wilson(len(gained), len(found))
    return Lead(
        top=top,
        before=Recall(top, len(gained), len(found), share.low, share.high),
        last=recall_of([p.last for p in found], [top])[0],
        months=(round(median(gained), 1), min(gained), max(gained)) if gained else None,
        interval=median_interval(gained),
        undiagnosed=sum(p.listed[top] is not None for p in patients if not p.diagnosed),
    )


def _months(first: str, last: str) -> float:
    days = dt.date.fromisoformat(last) - dt.date.fromisoformat(first)
    return round(days.days / MONTH, 1)


def _shifted(
    definition: Definition, folder: Path, first: int, observed: tuple[dt.date, dt.date], seed: int
) -> tuple[list[Person], list[Entry]]:
    """The virtual patients' records, each moved in time and cut at its diagnosis."""
    concepts = {r["concept_id"]: (r["vocabulary_id"], r["concept_code"]) for r in _rows(folder, "concept")}
    lines: dict[int, list[Entry]] = {}
    for table in _DATED:
        for row in _rows(folder, table):
            lines.setdefault(int(row["person_id"]), []).append(_entry(table, row, concepts))
    spans = {int(r["person_id"]): r for r in _rows(folder, "observation_period")}
    own = {pair[:2] for s in signals() if s.number in definition.known for pair in s.codes.pairs()}
    people, entries, (begin, end) = [], [], observed
    before = dt.timedelta(days=days_of("observed"))
    for n, row in enumerate(_rows(folder, "person")):
        number, mine = int(row["person_id"]), lines.get(int(row["person_id"]), [])
        start, stop = (
            dt.date.fromisoformat(spans[number][f"observation_period_{side}_date"])
            for side in ("start", "end")
        )
        diagnosed = min((e.day for e in mine if (e.vocabulary, e.code) in own), default=None)
        rng = np.random.default_rng([seed, n])
        by = end - dt.timedelta(days=int(rng.integers(0, _LAST))) - (diagnosed or stop)
        people.append(
            Person(
                first + n,
                row["gender_source_value"],
                _born(row, by),
                max(start + by - before, begin),
                min(stop + by, end),
            )
        )
        kept = (
            e
            for e in mine
            if diagnosed is None
            or e.day < diagnosed
            or (e.day == diagnosed and (e.vocabulary, e.code) in own)
        )
        entries += [e._replace(person=first + n, day=e.day + by) for e in kept]
    return people, entries


def _born(row: dict[str, str], by: dt.timedelta) -> int:
    born = dt.date(int(row["year_of_birth"]), int(row["month_of_birth"]), int(row["day_of_birth"]))
    return (born + by).year


def _entry(table: str, row: dict[str, str], concepts: dict[str, tuple[str, str]]) -> Entry:
    kind = table.partition("_")[0]
    vocabulary, code = concepts[row[f"{kind}_source_concept_id"]]
    value = row.get("value_as_number", "")
    return Entry(
        int(row["person_id"]),
        table,
        dt.date.fromisoformat(row[_DATED[table]]),
        vocabulary,
        code,
        float(value) if value else None,
        row.get("unit_source_value", ""),
    )


def _rows(folder: Path, table: str) -> Iterator[dict[str, str]]:
    with (folder / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _plain(found: LeadTime) -> dict[str, Any]:
    return {
        "upper bound": "the virtual patients come from the model that looks for them",
        "people": found.people,
        "planted": found.planted,
        "diagnosed": found.diagnosed,
        "dates": found.dates,
        "leads": [
            lead._asdict() | {"before": lead.before._asdict(), "last": lead.last._asdict()}
            for lead in found.leads
        ],
        "patients": [p._asdict() for p in found.patients],
    }
