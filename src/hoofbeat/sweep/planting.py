"""Known patients put among other people's records: how many of them a sweep finds, and what limits it."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hoofbeat.cases import Case, State
from hoofbeat.diagnosis import wilson
from hoofbeat.errors import UsageError
from hoofbeat.sweep.api import Place, sweep
from hoofbeat.sweep.definition import Definition, define, load_rules
from hoofbeat.sweep.signals import CONDITION, Signal, signals
from hoofbeat.terms import load_ontology

_EPOCH = dt.date(1970, 1, 1)
# Findings told at the first visit are taken to have been recorded within the year before it.
_YEAR, _OBSERVED = 365, 6 * 365


class Planted(NamedTuple):
    """One patient: findings told, those that records can show, and where the list had them (0: not on it)."""

    case: str
    person_id: int
    told: int
    recorded: int
    rank: int


class Recall(NamedTuple):
    """How many planted patients a list of a given length had, with a 95 % interval (Wilson)."""

    top: int
    found: int
    of: int
    low: float
    high: float


class Validation(NamedTuple):
    """Recall by length of the list, each patient, and what of them no record can show."""

    people: int
    recall: tuple[Recall, ...]
    planted: tuple[Planted, ...]
    not_shown: tuple[tuple[str, int], ...]


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

    Only what was known at the first visit is written: one record a finding, within the year before, none of
    the diagnosis. The records themselves are not touched: links to them stand beside the new rows. What
    cannot be told: how long before the diagnosis somebody would have been found, as these cases have one
    visit.
    """
    if place.omop is None or not place.omop.is_dir():
        raise UsageError("Patients are planted among OMOP tables in Parquet", remedy="--omop cdm/")
    definition = define(disease)
    chosen = [c for c in cases if any(f.state is State.PRESENT for f in c.findings)]
    if not chosen:
        raise UsageError("There is no patient with findings to plant", remedy="give a file of phenopackets")
    mixed = out / "mixed"
    told, missing = _write(definition, chosen, place.omop, mixed, seed)
    result = sweep(disease, replace(place, omop=mixed), out, top=max(tops), chances=False, say=say)
    ranks = {p.person_id: p.rank for p in result.people}
    planted = tuple(p._replace(rank=ranks.get(p.person_id, 0)) for p in told)
    recall = tuple(_recall(top, [p.rank for p in planted]) for top in sorted(tops))
    validation = Validation(result.manifest["counts"]["people"], recall, planted, missing)
    (out / "validation.json").write_text(json.dumps(_plain(validation), indent=1) + "\n", encoding="utf-8")
    return validation


def _plain(validation: Validation) -> dict[str, Any]:
    return {
        "people": validation.people,
        "recall": [r._asdict() for r in validation.recall],
        "planted": [p._asdict() for p in validation.planted],
        "not_shown": dict(validation.not_shown),
    }


def _recall(top: int, ranks: list[int]) -> Recall:
    found = sum(0 < r <= top for r in ranks)
    share = wilson(found, len(ranks))
    return Recall(top, found, len(ranks), share.low, share.high)


def _write(
    definition: Definition, cases: Sequence[Case], records: Path, mixed: Path, seed: int
) -> tuple[list[Planted], tuple[tuple[str, int], ...]]:
    """Write the rows of the patients beside links to the records."""
    import pyarrow.parquet as pq

    rng, first = np.random.default_rng(seed), _highest(records) + 1
    rows: dict[str, list[dict[str, Any]]] = {
        n: [] for n in ("person", "observation_period", "condition_occurrence")
    }
    told: list[Planted] = []
    missing: dict[str, int] = {}
    shown = {s.number: s for s in signals()}
    for n, case in enumerate(cases):
        person, visit = first + n, dt.date(2012, 1, 1) + dt.timedelta(days=int(rng.integers(0, 2500)))
        _person(rows, person, case, visit)
        terms = [f.term for f in case.findings if f.state is State.PRESENT]
        recorded = 0
        for term in terms:
            signal = _signal_of(definition, term, shown)
            if signal is None:
                label = load_ontology().label(term)
                missing[label] = missing.get(label, 0) + 1
                continue
            recorded += 1
            vocabulary, code, _ = next(iter(signal.codes.pairs()))
            day = visit - dt.timedelta(days=int(rng.integers(0, _YEAR)))
            row: dict[str, Any] = {"condition_occurrence_id": person * 1000 + recorded, "person_id": person}
            row |= {"condition_concept_id": 0, "condition_source_value": f"{vocabulary}|{code}"}
            rows["condition_occurrence"].append(row | {"condition_start_date": day})
        told.append(Planted(case.id, person, len(terms), recorded, 0))
    mixed.mkdir(parents=True, exist_ok=True)
    for path in records.iterdir():
        _beside(path, mixed / path.name, rows.get(path.name.removesuffix(".parquet")), pq)
    return told, tuple(sorted(missing.items(), key=lambda m: (-m[1], m[0])))


def _beside(path: Path, into: Path, rows: list[dict[str, Any]] | None, pq: Any) -> None:
    """A link to a table of the records; with rows, a folder with the link and a file of the rows."""
    import pyarrow as pa

    if rows is None:
        if not into.exists():
            into.symlink_to(path.resolve())
        return
    into.mkdir(exist_ok=True)
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    for n, file in enumerate(files):
        if not (into / f"records_{n}.parquet").exists():
            (into / f"records_{n}.parquet").symlink_to(file.resolve())
    schema = pq.read_schema(files[0])
    kept = [{k: v for k, v in row.items() if k in schema.names} for row in rows]
    pq.write_table(pa.Table.from_pylist(kept).cast(_like(schema, rows), safe=False), into / "planted.parquet")


def _like(schema: Any, rows: list[dict[str, Any]]) -> Any:
    import pyarrow as pa

    return pa.schema([schema.field(name) for name in rows[0] if name in schema.names])


def _person(rows: dict[str, list[dict[str, Any]]], person: int, case: Case, visit: dt.date) -> None:
    age = None if case.age_years is None else int(case.age_years)
    sex = {"female": 8532, "male": 8507}.get(case.sex, 0)
    born = None if age is None else visit.year - age
    rows["person"].append({"person_id": person, "gender_concept_id": sex, "year_of_birth": born})
    rows["observation_period"].append(
        {
            "observation_period_id": person,
            "person_id": person,
            "observation_period_start_date": visit - dt.timedelta(days=_OBSERVED),
            "observation_period_end_date": visit,
        }
    )


def _signal_of(definition: Definition, term: str, shown: dict[int, Signal]) -> Signal | None:
    """A condition that shows a finding, or the nearest more general one; none that needs several records."""
    onto = load_ontology()
    course = {load_rules()[r]["finding"] for r in ("long_course", "relapsing")}
    near = [m for m in definition.members if m.term not in course and m.term.startswith("HP:")]
    near = [m for m in near if m.term == term or onto.is_a(term, m.term)]
    for member in sorted(near, key=lambda m: (m.term != term, -len(onto.ancestors(m.term)), m.number)):
        for number in member.signals:
            if shown[number].kind == CONDITION:
                return shown[number]
    return None


def _highest(records: Path) -> int:
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    return int(
        pc.max(pq.read_table(records / "person.parquet", columns=["person_id"])["person_id"]).as_py() or 0
    )
