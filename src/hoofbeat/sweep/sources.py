"""Where records lie, as the tables of the OMOP common data model, whatever the engine."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from hoofbeat.errors import InputError, SweepError
from hoofbeat.sweep.engines import Engine

if TYPE_CHECKING:
    import ibis

VOCABULARY = ("concept", "concept_relationship", "concept_ancestor")


class Table(NamedTuple):
    """A table of records as it is read: its columns by role; number: as it is written in evidence rows."""

    name: str
    number: int
    id: str
    concept: str
    source_concept: str
    source_value: str
    date: str
    value: str = ""
    unit: str = ""
    unit_source: str = ""


EVENTS = (
    Table(
        "condition_occurrence",
        1,
        "condition_occurrence_id",
        "condition_concept_id",
        "condition_source_concept_id",
        "condition_source_value",
        "condition_start_date",
    ),
    Table(
        "observation",
        2,
        "observation_id",
        "observation_concept_id",
        "observation_source_concept_id",
        "observation_source_value",
        "observation_date",
    ),
    Table(
        "drug_exposure",
        3,
        "drug_exposure_id",
        "drug_concept_id",
        "drug_source_concept_id",
        "drug_source_value",
        "drug_exposure_start_date",
    ),
    Table(
        "measurement",
        4,
        "measurement_id",
        "measurement_concept_id",
        "measurement_source_concept_id",
        "measurement_source_value",
        "measurement_date",
        "value_as_number",
        "unit_concept_id",
        "unit_source_value",
    ),
)
TABLE_NAMES = {t.number: t.name for t in EVENTS}
_NEEDED: dict[str, tuple[str, ...]] = {t.name: (t.id, "person_id", t.concept, t.date) for t in EVENTS}
_NEEDED["person"] = ("person_id", "gender_concept_id", "year_of_birth")
_NEEDED["measurement"] = (*_NEEDED["measurement"], "value_as_number")
_PERIOD = ("person_id", "observation_period_start_date", "observation_period_end_date")


@dataclass
class Source:
    """Records on an engine: `table(name)` gives an OMOP table with lower-case columns, or None.

    fingerprint: changes when the records do. warnings: what is missing but can be done without. dropped: what
    could not be read, counted. names: what the records call rows, by (table, row id), where ids are made up.
    index: what the index says of itself, if the rows come from one. marks: which signals each person has, as
    the index keeps them.
    """

    engine: Engine
    what: str
    fingerprint: str
    opener: Callable[[str], ibis.Table | None]
    vocabulary: Callable[[str], ibis.Table | None]
    warnings: list[str] = field(default_factory=list)
    dropped: dict[str, int] = field(default_factory=dict)
    names: Callable[[set[tuple[str, int]]], dict[tuple[str, int], str]] | None = None
    index: dict[str, Any] | None = None
    marks: ibis.Table | None = None
    _known: dict[str, ibis.Table | None] = field(default_factory=dict)

    def table(self, name: str) -> ibis.Table | None:
        """Return a table of records or of the vocabulary, or None if there is none."""
        if name not in self._known:
            opened = (self.vocabulary if name in VOCABULARY else self.opener)(name)
            self._known[name] = (
                None if opened is None else opened.rename({c.lower(): c for c in opened.columns})
            )
        return self._known[name]

    def need(self, name: str) -> ibis.Table:
        """Return a table that cannot be missing."""
        found = self.table(name)
        if found is None:
            raise SweepError(
                f"The table {name} is missing",
                where=self.what,
                why="Without it nobody can be found.",
                remedy="check the folder or --schema; names follow the OMOP common data model 5.3 or 5.4",
            )
        return found

    def check(self) -> None:
        """Raise SweepError for what is missing; note what can be done without."""
        self.need("person")
        self.need("condition_occurrence")
        for name, columns in _NEEDED.items():
            table = self.table(name)
            if table is None:
                self.warnings.append(f"there is no table {name}: nothing is read from it")
                continue
            missing = [c for c in columns if c not in table.columns]
            if missing:
                raise SweepError(
                    f"The table {name} has no column {', '.join(missing)}",
                    where=self.what,
                    why="The row could not be dated, or not be given to anybody.",
                    remedy="load the table with the columns of the OMOP common data model 5.3 or 5.4",
                )
            self._check_types(name, table)
        period = self.table("observation_period")
        if period is None or any(c not in period.columns for c in _PERIOD):
            self._known["observation_period"] = None
            self.warnings.append("there is no table observation_period: every record counts as observed")
        for name in VOCABULARY:
            if self.table(name) is None:
                self.warnings.append(f"there is no table {name}: codes are matched without it")

    def _check_types(self, name: str, table: ibis.Table) -> None:
        """Ids must be numbers; a text would fail in the middle of the work."""
        for column in _NEEDED[name]:
            kind = table[column].type()
            if column.endswith(("_id", "_of_birth")) and not (kind.is_numeric() or kind.is_null()):
                raise SweepError(
                    f"The column {column} of the table {name} is no number but {kind}",
                    where=self.what,
                    why="Rows of different tables could not be brought together.",
                    remedy="load the table with the types of the OMOP common data model 5.3 or 5.4",
                )


def parquet_source(engine: Engine, folder: Path, *, vocabulary: Path | None = None) -> Source:
    """Return OMOP tables that lie as Parquet: `condition_occurrence.parquet`, or a folder of that name."""

    def opener(place: Path) -> Callable[[str], ibis.Table | None]:
        found = {p.name.lower().removesuffix(".parquet"): p for p in sorted(place.iterdir())}

        def open_table(name: str) -> ibis.Table | None:
            path = found.get(name)
            if path is None:
                return None
            if engine.kind == "spark":
                return engine.con.read_parquet(str(path), table_name=f"source_{name}")
            pattern = str(path / "**" / "*.parquet") if path.is_dir() else str(path)
            return engine.con.read_parquet(pattern, table_name=f"source_{name}", union_by_name=True)

        return open_table

    if not folder.is_dir():
        raise InputError(
            "There is no such folder",
            where=str(folder),
            remedy="give the folder with one Parquet file an OMOP table, or a .duckdb file",
        )
    return Source(engine, folder.name, fingerprint(folder), opener(folder), opener(vocabulary or folder))


def duckdb_source(engine: Engine, path: Path, *, schema: str = "main", vocabulary_schema: str = "") -> Source:
    """Return OMOP tables of a .duckdb file, opened for reading only."""
    import duckdb

    try:
        engine.con.attach(str(path), name="records", read_only=True)
    except duckdb.Error as fault:
        raise InputError(
            "The file cannot be opened by DuckDB", where=str(path), why=str(fault).splitlines()[0]
        ) from None
    return _schemas(
        engine, path.name, schema, vocabulary_schema or schema, mark=fingerprint(path), catalog="records"
    )


def postgres_source(engine: Engine, *, schema: str, vocabulary_schema: str = "") -> Source:
    """Return OMOP tables of a PostgreSQL schema."""
    return _schemas(engine, f"schema {schema}", schema, vocabulary_schema or schema)


def spark_source(engine: Engine, *, schema: str, vocabulary_schema: str = "") -> Source:
    """Return OMOP tables of a Spark catalogue's database."""
    return _schemas(engine, f"database {schema}", schema, vocabulary_schema or schema)


def _schemas(
    engine: Engine, what: str, schema: str, vocabulary: str, *, mark: str = "", catalog: str = ""
) -> Source:
    def opener(place: str) -> Callable[[str], ibis.Table | None]:
        database = (catalog, place) if catalog else place
        try:
            names = {n.lower(): n for n in engine.con.list_tables(database=database)}
        except Exception:  # noqa: BLE001 (each engine has its own; the text may repeat the connection)
            raise SweepError(
                f"There is no schema {place}",
                where=what,
                remedy="name the records' schema with --schema, the vocabulary's with --vocabulary-schema",
            ) from None

        def open_table(name: str) -> ibis.Table | None:
            return engine.con.table(names[name], database=database) if name in names else None

        return open_table

    source = Source(engine, what, mark, opener(schema), opener(vocabulary))
    if not mark:
        source.fingerprint = _watermark(source)
    return source


def _watermark(source: Source) -> str:
    """What a server's tables hold, as far as it can be told at little cost: their highest row ids."""
    marks = []
    for event in EVENTS:
        table = source.table(event.name)
        if table is not None and event.id in table.columns:
            marks.append(f"{event.name}:{source.engine.number(table[event.id].max())}")
    return hashlib.sha256(" ".join(marks).encode()).hexdigest()


def fingerprint(path: Path) -> str:
    """Return a mark of files' names, sizes and times, which changes when the records do."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    told = [
        (str(f.relative_to(path)), s.st_size, s.st_mtime_ns)
        for f in files
        if f.is_file()
        for s in (f.stat(),)
    ]
    return hashlib.sha256(repr(told).encode()).hexdigest()
