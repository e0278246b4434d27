"""Records of made-up people in the OMOP common data model, as many as wanted, the same for the same seed.

Findings come at the base rates of the models and independently but for how ill somebody is; all else is round
numbers. They exercise the sweep and measure its speed; what they say of accuracy holds for such people only.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from statistics import NormalDist
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.knowledge import load_code_sets, load_knowledge
from hoofbeat.sweep.concepts import HIERARCHICAL
from hoofbeat.sweep.signals import CONDITION, MILLI, signals
from hoofbeat.sweep.sources import EVENTS, Table

if TYPE_CHECKING:
    import pyarrow as pa

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
_MALE, _FEMALE = 8507, 8532

# Average rows a person in each table besides those of signals: round figures of large claims databases.
ROWS = {"condition_occurrence": 42, "drug_exposure": 28, "observation": 7, "measurement": 52}
CHUNK = 100_000
_SOURCE_ID, _STANDARD_ID, _BELOW_ID, _NOISE_ID, _UNIT_ID = (
    10_000_000,
    40_000_000,
    45_000_000,
    50_000_000,
    8_000,
)
_NOISE = 30_000
_DAY_2000, _DAY_2024 = 10957, 19723
# Of the people whom a base rate says have a finding, so many have it recorded: a round figure.
_RECORDED = 0.6
# A finding without a base rate, and treatments: round figures.
_RARE = 0.002
_TREATED = {"topical_steroid": 0.12, "topical_antifungal": 0.06, "somatostatin_analogue": 0.00005}
# How many people have a test at all, the usual middle, and the unit. As many lie beyond the limit as the
# base rate of the finding says.
_TESTED = {
    "haemoglobin": (0.7, 14.2, "g/dL"),
    "albumin": (0.4, 43.0, "g/L"),
    "zinc": (0.005, 90.0, "ug/dL"),
    "glucagon": (0.0001, 45.0, "pg/mL"),
    "hba1c": (0.3, 5.4, "%"),
    "glucose": (0.4, 5.0, "mmol/L"),
    "glucose_random": (0.4, 6.0, "mmol/L"),
    "crp": (0.3, 3.0, "mg/L"),
    "esr": (0.2, 12.0, "mm/h"),
    "alkaline_phosphatase": (0.5, 75.0, "U/L"),
    "alt": (0.5, 22.0, "U/L"),
    "ferritin": (0.2, 100.0, "ug/L"),
    "vitamin_b12": (0.2, 480.0, "pg/mL"),
    "folate": (0.1, 9.0, "ng/mL"),
    "calcium": (0.3, 2.38, "mmol/L"),
    "creatinine": (0.6, 74.0, "umol/L"),
    "bilirubin": (0.4, 9.0, "umol/L"),
    "body_weight": (0.7, 76.0, "kg"),
}


class Vocabulary(NamedTuple):
    """Concept ids of each set, standard ones first, and the units by name."""

    concepts: dict[str, Integers]
    units: dict[str, int]


def generate(folder: Path, people: int, *, seed: int = 1, files: bool = False) -> None:
    """Write a vocabulary and the records of people as Parquet: one file a table, or with `files` several.

    The rows of a person lie together, in no order of time or concept, as most exports are.
    """
    import pyarrow.parquet as pq

    folder.mkdir(parents=True, exist_ok=True)
    vocabulary = _write_vocabulary(folder)
    writers: dict[str, Any] = {}
    try:
        for first in range(0, people, CHUNK):
            rng = np.random.default_rng([seed, first])
            for name, table in _chunk(rng, first, min(CHUNK, people - first), vocabulary).items():
                if files:
                    (folder / f"{name}.parquet").mkdir(exist_ok=True)
                    pq.write_table(table, folder / f"{name}.parquet" / f"part_{first:09d}.parquet")
                    continue
                if name not in writers:
                    writers[name] = pq.ParquetWriter(folder / f"{name}.parquet", table.schema)
                writers[name].write_table(table, row_group_size=122_880)
    finally:
        for writer in writers.values():
            writer.close()


def _write_vocabulary(folder: Path) -> Vocabulary:
    """A concept for every code of the sets; those of a set map to one standard concept with two below it."""
    concepts: list[tuple[int, str, str, str]] = []
    maps: list[tuple[int, int, str]] = []
    below: list[tuple[int, int]] = []
    found: dict[str, Integers] = {}
    used: set[tuple[str, str]] = set()
    for n, codes in enumerate(load_code_sets().all):
        standard = _STANDARD_ID + n
        concepts.append(
            (standard, "SNOMED" if n < len(load_code_sets().conditions) else "Own", f"own{n}", "S")
        )
        kinds = [standard]
        for vocabulary, code, _ in codes.pairs():
            if (vocabulary, code) in used:
                continue
            used.add((vocabulary, code))
            i = _SOURCE_ID + len(used)
            concepts.append((i, vocabulary, code, ""))
            maps.append((i, standard, "Maps to"))
            if vocabulary in HIERARCHICAL:
                kinds += [_BELOW_ID + 2 * n, _BELOW_ID + 2 * n + 1]
        below += [(standard, i) for i in dict.fromkeys((standard, *kinds[1:]))]
        concepts += [(i, "SNOMED", f"below{i}", "S") for i in dict.fromkeys(kinds[1:])]
        found[codes.set] = np.array(list(dict.fromkeys(kinds)), dtype=np.int64)
    return _write(folder, concepts, maps, below, found)


def _write(
    folder: Path,
    concepts: list[tuple[int, str, str, str]],
    maps: list[tuple[int, int, str]],
    below: list[tuple[int, int]],
    found: dict[str, Integers],
) -> Vocabulary:
    import pyarrow as pa
    import pyarrow.parquet as pq

    units = {name: _UNIT_ID + i for i, name in enumerate(sorted({u for _, _, u in _TESTED.values()}))}
    concepts += [(i, "UCUM", name, "S") for name, i in units.items()]
    ids, vocabularies, names, standards = zip(*concepts, strict=True)
    written = {
        "concept": {
            "concept_id": pa.array(ids, pa.int64()),
            "concept_name": pa.array([f"concept {i}" for i in ids]),
            "vocabulary_id": pa.array(vocabularies),
            "concept_code": pa.array(names),
            "standard_concept": pa.array(standards),
        },
        "concept_relationship": dict(
            zip(("concept_id_1", "concept_id_2", "relationship_id"), zip(*maps, strict=True), strict=True)
        ),
        "concept_ancestor": dict(
            zip(("ancestor_concept_id", "descendant_concept_id"), zip(*below, strict=True), strict=True)
        ),
    }
    for name, columns in written.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return Vocabulary(found, units)


def _chunk(rng: np.random.Generator, first: int, count: int, vocabulary: Vocabulary) -> dict[str, pa.Table]:
    import pyarrow as pa

    persons = np.arange(first + 1, first + count + 1)
    start = rng.integers(_DAY_2000, _DAY_2024 - 400, count)
    end = np.minimum(start + rng.integers(400, 7000, count), _DAY_2024)
    born = rng.integers(1930, 2012, count)
    found = {
        "person": pa.table(
            {
                "person_id": persons,
                "gender_concept_id": np.where(rng.random(count) < 0.5, _MALE, _FEMALE),
                "year_of_birth": pa.array(born, mask=rng.random(count) < 0.001),
            }
        ),
        "observation_period": pa.table(
            {
                "observation_period_id": persons,
                "person_id": persons,
                "observation_period_start_date": _dates(start),
                "observation_period_end_date": _dates(end),
            }
        ),
    }
    # some people are ill: they have several times the findings of others, and all their findings more often
    load = rng.gamma(1.5, 1 / 1.5, count)
    male = found["person"]["gender_concept_id"].to_numpy() == _MALE
    group = _People(persons, start, end, load, (start + end) / 2 / 365.25 + 1970 - born, male)
    for event in EVENTS:
        found[event.name] = _rows(rng, event, group, vocabulary)
    return found


class _People(NamedTuple):
    """Who the rows of a chunk belong to; age in the middle of what is observed."""

    ids: Integers
    start: Integers
    end: Integers
    load: Floats
    age: Floats
    male: npt.NDArray[np.bool_]


def _rows(rng: np.random.Generator, event: Table, people: _People, vocabulary: Vocabulary) -> pa.Table:
    import pyarrow as pa

    count = len(people.ids)
    noise = np.repeat(np.arange(count), rng.poisson(ROWS[event.name], count))
    owners, concepts, names = (
        [noise],
        [_NOISE_ID + (rng.beta(0.5, 3.0, len(noise)) * _NOISE).astype(np.int64)],
        [""],
    )
    for name, share in _sets(event, people):
        has = np.flatnonzero(rng.random(count) < share)
        owner = np.repeat(has, 1 + rng.poisson(2.0, len(has)))
        owners.append(owner)
        concepts.append(rng.choice(vocabulary.concepts[name], len(owner)))
        names.append(name)
    which = np.repeat(np.arange(len(owners)), [len(o) for o in owners])
    owner = np.concatenate(owners)
    order = np.argsort(owner, kind="stable")
    owner, which, concept = owner[order], which[order], np.concatenate(concepts)[order]
    length = people.end[owner] - people.start[owner] + 1
    day = people.start[owner] + (rng.random(len(owner)) * length).astype(np.int64)
    # row ids follow the person, so that they are the same whatever the size of the whole
    each = np.bincount(owner, minlength=count)
    within = np.arange(len(owner)) - np.repeat(np.cumsum(each) - each, each)
    columns: dict[str, Any] = {event.id: people.ids[owner] * 1000 + within, "person_id": people.ids[owner]}
    if event.value:
        columns |= {event.concept: concept, event.date: _dates(day)}
        columns |= _values(rng, names, which, owner, vocabulary)
    else:
        concept, written = _unmapped(rng, concept, names, which)
        columns |= {event.concept: concept, event.date: _dates(day), event.source_value: written}
    return pa.table(columns)


def _unmapped(
    rng: np.random.Generator, concept: Integers, names: list[str], which: Integers
) -> tuple[Integers, Any]:
    """A few rows of signals have lost their concept and kept their source code."""
    import pyarrow as pa

    codes = {c.set: "|".join(next(iter(c.pairs()))[:2]) for c in load_code_sets().all}
    shown = np.flatnonzero(which)
    lost = shown[rng.random(len(shown)) < 0.02]
    concept[lost] = 0
    values = np.full(len(concept), None, dtype=object)
    values[lost] = [codes[names[which[i]]] for i in lost]
    return concept, pa.array(values, pa.string())


def _values(
    rng: np.random.Generator, names: list[str], which: Integers, owner: Integers, vocabulary: Vocabulary
) -> dict[str, Any]:
    """Values near what is usual for each person; some have no number."""
    import pyarrow as pa

    count = len(owner)
    value = rng.normal(100.0, 30.0, count)
    unit = np.zeros(count, dtype=np.int64)
    for n, name in enumerate(names):
        if name:
            middle, spread = _spread(name)
            mine = np.flatnonzero(which == n)
            usual = rng.normal(0.0, 1.0, int(owner.max()) + 1)[owner[mine]]
            # a weight wavers by some percent of itself, other values by a share of their spread among people
            wavers = 0.12 if name == "body_weight" else 0.3
            drawn = middle + spread * (usual + rng.normal(0.0, wavers, len(mine)))
            value[mine] = np.maximum(np.round(drawn, 2), 0.1)
            unit[mine] = vocabulary.units[_TESTED[name][2]]
    missing = rng.random(count) < 0.02
    return {"value_as_number": pa.array(value, mask=missing), "unit_concept_id": unit}


@cache
def _spread(name: str) -> tuple[float, float]:
    """Middle and spread of a test: as many lie beyond the first of its limits as the base rate says."""
    middle = _TESTED[name][1]
    for signal in signals():
        if signal.codes.set == name and signal.sense:
            rate = _rate(signal.term, np.array([55.0]), np.array([True]))[0]
            distance = NormalDist().inv_cdf(1 - min(max(rate, 0.001), 0.4))
            return middle, abs(signal.limits[2] / MILLI - middle) / distance
    return middle, 15.0


def _sets(event: Table, people: _People) -> Iterator[tuple[str, Any]]:
    """Sets seen in a table, with the share of each person's chance to have it; nobody has the diagnosis."""
    if event.value:
        for name, (share, _, _) in _TESTED.items():
            yield name, np.minimum(share * people.load, 0.95)
        return
    if event.name == "drug_exposure":
        for name, share in _TREATED.items():
            yield name, np.minimum(share * people.load, 0.95)
        return
    kinds = [s for s in signals() if s.kind == CONDITION and "glucagonoma" not in _diseases(s.codes)]
    # a tenth of the findings stands among the observations
    part = 0.1 if event.name == "observation" else 0.9
    for signal in kinds:
        others = sum(s.term == signal.term for s in kinds if s.term) or 1
        rate = _rate(signal.term, people.age, people.male) / others
        yield signal.codes.set, np.minimum(part * _RECORDED * rate * people.load, 0.95)


def _rate(term: str, age: Floats, male: npt.NDArray[np.bool_]) -> Floats:
    """Base rate of a finding for each person."""
    known = load_knowledge().base_rates.get(term)
    rate = np.full(len(age), _RARE)
    for row in known.rows if known else ():
        fits = (age >= row.ages[0]) & (age < row.ages[1])
        if row.sex != "all":
            fits &= male == (row.sex == "male")
        rate[fits] = row.rate.mean
    return rate


def _diseases(codes: Any) -> tuple[str, ...]:
    found: tuple[str, ...] = getattr(codes, "disease", ())
    return found


def _dates(days: Integers) -> Any:
    import pyarrow as pa

    return pa.array(days.astype(np.int32)).cast(pa.date32())
