"""New people laid among those of a folder of Parquet: links to its tables, files of new rows beside."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from hoofbeat.errors import InputError, UsageError
from hoofbeat.sweep.sources import EVENTS, Table
from hoofbeat.terms import to_ucum

_EPOCH = dt.date(1970, 1, 1)
# Where records say nothing of when they were observed.
_FALLBACK = dt.date(2012, 1, 1), dt.date(2018, 12, 31)
_SEXES = {"female": 8532, "male": 8507}
# Standard concept of a unit in OMOP's vocabulary, for records whose vocabulary is not at hand.
_NO_CONCEPT = 0
_NEW = "planted.parquet"
Pair = tuple[str, str]


class Entry(NamedTuple):
    """One line of a record. table: OMOP's name; vocabulary, code: as OMOP names them; unit: as printed."""

    person: int
    table: str
    day: dt.date
    vocabulary: str
    code: str
    value: float | None = None
    unit: str = ""


class Person(NamedTuple):
    """Somebody laid among others: year of birth if known, and from when to when they are observed."""

    number: int
    sex: str
    born: int | None
    first: dt.date
    last: dt.date


class Records:
    """A folder of OMOP tables as Parquet, each a file or a folder of files; names in any case.

    Raises UsageError where the records are not such a folder, InputError where it has no table of people.
    """

    def __init__(self, folder: Path | None, vocabulary: Path | None = None) -> None:
        if folder is None or not folder.is_dir():
            raise UsageError("Patients are planted among OMOP tables in Parquet", remedy="--omop cdm/")
        self.folder = folder
        self.tables = _tables(folder)
        self._vocabulary = _tables(vocabulary) if vocabulary else self.tables
        if "person" not in self.tables:
            raise InputError(
                "There is no table of people",
                where=str(folder),
                why="Nobody could be put beside them.",
                remedy="give the folder with person.parquet",
            )

    def files(self, name: str) -> list[Path]:
        """Return the files of a table."""
        path = self.tables[name]
        return sorted(path.rglob("*.parquet")) if path.is_dir() else [path]

    def columns(self, name: str) -> dict[str, Any]:
        """Return the fields of a table by their names in lower case."""
        import pyarrow.parquet as pq

        return {field.name.lower(): field for field in pq.read_schema(self.files(name)[0])}

    def highest(self, name: str, column: str) -> int:
        """Return the highest number of a column, at least 0; 0 for no such table."""
        if name not in self.tables or column not in self.columns(name):
            return 0
        own = self.columns(name)[column].name
        return max((_highest(file, own) for file in self.files(name)), default=0)

    def observed(self) -> tuple[dt.date, dt.date]:
        """Return from when to when the records are observed, but for one in a hundred at either end.

        A few dates that only fill a column, such as 2099-12-31, thus decide nothing.
        """
        first = self._quantile("observation_period_start_date", 0.01)
        last = self._quantile("observation_period_end_date", 0.99)
        if first is None or last is None or last <= first:
            return _FALLBACK
        return first, last

    def _quantile(self, column: str, share: float) -> dt.date | None:
        import pyarrow as pa
        import pyarrow.parquet as pq

        if column not in (self.columns("observation_period") if "observation_period" in self.tables else {}):
            return None
        own = self.columns("observation_period")[column].name
        table = pa.concat_tables(pq.read_table(f, columns=[own]) for f in self.files("observation_period"))
        try:
            days = table[own].cast(pa.date32()).drop_null().cast(pa.int32()).to_numpy()
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
            return None
        return _EPOCH + dt.timedelta(days=int(np.quantile(days, share))) if len(days) else None

    def concepts(self, pairs: Iterable[Pair]) -> dict[Pair, tuple[int, int]]:
        """Return the concept of each (vocabulary, code) that the vocabulary knows, and the standard one."""
        import pyarrow.dataset as ds

        wanted = set(pairs)
        if "concept" not in self._vocabulary or not wanted:
            return {}
        field, source = ds.field, ds.dataset(self._vocabulary["concept"])
        named = field("vocabulary_id").isin(sorted({v for v, _ in wanted}))
        named &= field("concept_code").isin(sorted({c for _, c in wanted}))
        columns = ["concept_id", "vocabulary_id", "concept_code"]
        rows = source.to_table(columns=columns, filter=named).to_pylist()
        own = {(r["vocabulary_id"], r["concept_code"]): int(r["concept_id"]) for r in rows}
        standard = self._standard({i for pair, i in own.items() if pair in wanted})
        return {pair: (i, standard.get(i, i)) for pair, i in own.items() if pair in wanted}

    def _standard(self, ids: set[int]) -> dict[int, int]:
        import pyarrow.dataset as ds

        if "concept_relationship" not in self._vocabulary or not ids:
            return {}
        field, source = ds.field, ds.dataset(self._vocabulary["concept_relationship"])
        kept = (field("relationship_id") == "Maps to") & field("concept_id_1").isin(sorted(ids))
        rows = source.to_table(columns=["concept_id_1", "concept_id_2"], filter=kept).to_pylist()
        return {
            int(r["concept_id_1"]): int(r["concept_id_2"])
            for r in sorted(rows, key=lambda r: r["concept_id_2"])
        }


def lay_among(
    records: Records, mixed: Path, people: Sequence[Person], entries: Sequence[Entry]
) -> dict[str, int]:
    """Write new people and their lines beside links to the records; returns lines by table.

    mixed: a folder made anew, which a sweep reads like the records. Concepts are looked up in the records'
    own vocabulary; a code it does not know stands as source value, as vocabulary and code. Lines of a table
    that the records do not have are left out. Ids follow the highest of each table.
    """
    shutil.rmtree(mixed, ignore_errors=True)
    mixed.mkdir(parents=True)
    new: dict[str, list[dict[str, Any]]] = {
        "person": [_person_row(p) for p in people],
        "observation_period": _period_rows(records, people),
    }
    units = {e.unit: to_ucum(e.unit) or e.unit for e in entries if e.unit}
    known = records.concepts(
        {(e.vocabulary, e.code) for e in entries} | {("UCUM", u) for u in units.values()}
    )
    for event in EVENTS:
        if event.name in records.tables:
            own = [e for e in entries if e.table == event.name]
            new[event.name] = list(
                _event_rows(event, own, known, units, records.highest(event.name, event.id))
            )
    for name, path in records.tables.items():
        _lay(records, name, path, mixed / path.name, new.get(name, []))
    return {event.name: len(new.get(event.name, [])) for event in EVENTS}


def _tables(folder: Path) -> dict[str, Path]:
    return {p.name.lower().removesuffix(".parquet"): p for p in sorted(folder.iterdir())}


def _highest(file: Path, column: str) -> int:
    """The highest number of a column of one file, from what the file says of itself where it does."""
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    parquet, most = pq.ParquetFile(file), 0
    place = parquet.schema_arrow.names.index(column)
    for group in range(parquet.num_row_groups):
        told = parquet.metadata.row_group(group).column(place).statistics
        if told is not None and told.has_min_max:
            most = max(most, int(told.max))
        else:
            most = max(most, int(pc.max(parquet.read_row_group(group, [column])[column]).as_py() or 0))
    return most


def _person_row(person: Person) -> dict[str, Any]:
    return {
        "person_id": person.number,
        "gender_concept_id": _SEXES.get(person.sex, _NO_CONCEPT),
        "year_of_birth": person.born,
    }


def _period_rows(records: Records, people: Sequence[Person]) -> list[dict[str, Any]]:
    first = records.highest("observation_period", "observation_period_id") + 1
    return [
        {
            "observation_period_id": first + n,
            "person_id": person.number,
            "observation_period_start_date": person.first,
            "observation_period_end_date": person.last,
        }
        for n, person in enumerate(people)
    ]


def _event_rows(
    event: Table,
    entries: Sequence[Entry],
    known: Mapping[Pair, tuple[int, int]],
    units: Mapping[str, str],
    highest: int,
) -> Iterator[dict[str, Any]]:
    for number, entry in enumerate(entries, highest + 1):
        source, standard = known.get((entry.vocabulary, entry.code), (_NO_CONCEPT, _NO_CONCEPT))
        row: dict[str, Any] = {event.id: number, "person_id": entry.person, event.date: entry.day}
        row |= {event.concept: standard, event.source_concept: source}
        row[event.source_value] = entry.code if standard else f"{entry.vocabulary}|{entry.code}"
        if event.value:
            unit = units.get(entry.unit, "")
            row |= {event.value: entry.value, event.unit_source: unit}
            row[event.unit] = known.get(("UCUM", unit), (_NO_CONCEPT, _NO_CONCEPT))[0]
        yield row


def _lay(records: Records, name: str, path: Path, into: Path, rows: list[dict[str, Any]]) -> None:
    """A link to a table of the records; with rows, a folder with links and a file of the rows."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    if not rows:
        into.symlink_to(path.resolve())
        return
    into.mkdir()
    for n, file in enumerate(records.files(name)):
        (into / f"records_{n}.parquet").symlink_to(file.resolve())
    fields, kept = records.columns(name), _kept(rows)
    columns = {
        fields[c].name if c in fields else c: _typed([row[c] for row in rows], fields.get(c))
        for c in rows[0]
        if c in fields or c in kept
    }
    pq.write_table(pa.table(columns), into / _NEW)


def _kept(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Columns that the records lack and that are written all the same: where a concept could not be found."""
    found = set()
    for row in rows:
        for concept, source in (
            *((event.concept, event.source_value) for event in EVENTS),
            *((event.unit, event.unit_source) for event in EVENTS if event.unit),
        ):
            if row.get(concept) == _NO_CONCEPT and row.get(source):
                found.add(source)
    return found


def _typed(values: list[Any], field: Any) -> Any:
    """Values in the type that the records have them in."""
    import pyarrow as pa

    array = pa.array(values)
    if field is None or array.type == field.type:
        return array
    if pa.types.is_string(array.type) and (pa.types.is_boolean(field.type) or pa.types.is_null(field.type)):
        return array  # a column in which nothing stands may be of any type; a sweep reads both as text
    return array.cast(field.type)
