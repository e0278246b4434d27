"""Known patients put among other people's records: how many of them a sweep finds, and what limits it."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hoofbeat.cases import Case, State
from hoofbeat.diagnosis import wilson
from hoofbeat.errors import UnknownTerm, UsageError
from hoofbeat.knowledge import find_disease, load_knowledge
from hoofbeat.sweep.among import Entry, Person, Records, lay_among
from hoofbeat.sweep.api import Place, Result, sweep
from hoofbeat.sweep.definition import Definition, define
from hoofbeat.sweep.planted_records import chart
from hoofbeat.sweep.sources import EVENTS
from hoofbeat.sweep.told_words import days_of

# Visits fall within the last years of what is observed.
_VISITS = 2500


class Planted(NamedTuple):
    """One patient: what was told, what of it records show, and the place on the list (0: not on it).

    rank: as if nobody else had been planted. has_it: whether the patient's final diagnosis is the disease, or
    none was told.
    """

    case: str
    person_id: int
    told: int
    recorded: int
    rank: int
    has_it: bool = True


class Recall(NamedTuple):
    """How many planted patients a list of a given length had, with a 95 % interval (Wilson)."""

    top: int
    found: int
    of: int
    low: float
    high: float


class Validation(NamedTuple):
    """Recall by length of the list, each patient, and what of them no record can show.

    recall: of patients with the disease. others: the same of those planted who had another final diagnosis,
    for they are on the list in error.
    """

    people: int
    recall: tuple[Recall, ...]
    planted: tuple[Planted, ...]
    not_shown: tuple[tuple[str, int], ...]
    others: tuple[Recall, ...] = ()


def plant(
    disease: str,
    cases: Iterable[Case],
    place: Place,
    out: Path,
    *,
    tops: Sequence[int] = (100, 1000),
    seed: int = 1,
    say: Callable[[str], None] = lambda _text: None,
) -> Validation:
    """Put patients among the people of a folder of Parquet, sweep it, and see who is found.

    Written is what was told at the visit, by the rules of planting.yaml: findings, earlier names and
    treatments of the rash, values; nothing of the diagnosis, nothing after the visit. The records themselves
    are not touched: links to them stand beside the new rows. A patient's place is that among the other people
    alone, as no two such patients would be expected together. What cannot be told: how long before the
    diagnosis somebody would have been found, as these cases have one visit; see plant_simulated().
    """
    definition, records = define(disease), Records(place.omop, place.vocabulary)
    chosen = [c for c in cases if any(f.state is State.PRESENT for f in c.findings)]
    if not chosen:
        raise UsageError("There is no patient with findings to plant", remedy="give a file of phenopackets")
    mixed = out / "mixed"
    told, missing = _write(definition, chosen, records, mixed, seed)
    wanted = max(tops) + len(told)
    result = sweep(disease, replace(place, omop=mixed), out, top=wanted, chances=False, say=say)
    ranks = ranks_alone(result, {p.person_id for p in told})
    planted = tuple(p._replace(rank=ranks.get(p.person_id, 0)) for p in told)
    validation = Validation(
        people=result.manifest["counts"]["people"],
        recall=recall_of([p.rank for p in planted if p.has_it], tops),
        planted=planted,
        not_shown=missing,
        others=recall_of([p.rank for p in planted if not p.has_it], tops),
    )
    (out / "validation.json").write_text(json.dumps(_plain(validation), indent=1) + "\n", encoding="utf-8")
    return validation


def ranks_alone(result: Result, planted: set[int]) -> dict[int, int]:
    """Return the place that each planted person on a list would have if nobody else had been planted."""
    before, found = 0, {}
    for person in result.people:
        if person.person_id in planted:
            found[person.person_id] = person.rank - before
            before += 1
    return found


def recall_of(ranks: Sequence[int], tops: Sequence[int]) -> tuple[Recall, ...]:
    """Return recall at each length of the list; ranks: of everybody planted, 0 for who is not on it.

    >>> recall_of([3, 0, 150], [100])[0][:3]
    (100, 1, 3)
    """
    found = []
    for top in sorted(tops):
        count = sum(0 < r <= top for r in ranks)
        share = wilson(count, len(ranks))
        found.append(Recall(top, count, len(ranks), share.low, share.high))
    return tuple(found)


def _plain(validation: Validation) -> dict[str, Any]:
    return {
        "people": validation.people,
        "recall": [r._asdict() for r in validation.recall],
        "with another diagnosis": [r._asdict() for r in validation.others],
        "planted": [p._asdict() for p in validation.planted],
        "not_shown": dict(validation.not_shown),
    }


def _write(
    definition: Definition, cases: Sequence[Case], records: Records, mixed: Path, seed: int
) -> tuple[list[Planted], tuple[tuple[str, int], ...]]:
    """Write the rows of the patients beside links to the records."""
    first, (begin, end) = records.highest("person", "person_id") + 1, records.observed()
    tables = {event.name for event in EVENTS if event.name in records.tables}
    span = min((end - begin).days, _VISITS)
    told: list[Planted] = []
    people: list[Person] = []
    entries: list[Entry] = []
    missing: Counter[str] = Counter()
    for n, case in enumerate(cases):
        rng = np.random.default_rng([seed, n])
        visit = end - dt.timedelta(days=int(rng.integers(0, span)))
        written = chart(definition, case, first + n, visit, tables=tables, seed=int(rng.integers(2**32)))
        people.append(_person(case, first + n, visit))
        entries += written.entries
        missing.update(set(written.missing))
        has_it = _has(definition.slug, case)
        told.append(Planted(case.id, first + n, written.told, written.recorded, 0, has_it))
    lay_among(records, mixed, people, entries)
    return told, tuple(sorted(missing.items(), key=lambda m: (-m[1], m[0])))


def _person(case: Case, number: int, visit: dt.date) -> Person:
    born = None if case.age_years is None else visit.year - int(case.age_years)
    return Person(number, case.sex, born, visit - dt.timedelta(days=days_of("observed")), visit)


def _has(slug: str, case: Case) -> bool:
    """Whether the final diagnosis is the disease; a case without one was given as a patient of it."""
    return not case.truth or slug in filter(None, map(_slug, case.truth))


def _slug(name: str) -> str:
    try:
        return find_disease(load_knowledge(), name).slug
    except UnknownTerm:
        return ""
