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
_NUMBERS: dict[str, tuple[str, ...]] = {
    t.name: tuple(c for c in (t.source_concept, t.unit) if c) for t in EVENTS
}
_PERIOD = ("person_id", "observation_period_start_date", "observation_period_end_date")
_VOCABULARY: dict[str, tuple[str, ...]] = {
    "concept": ("concept_id", "vocabulary_id", "concept_code"),
    "concept_relationship": ("concept_id_1", "concept_id_2", "relationship_id"),
    "concept_ancestor": ("ancestor_concept_id", "descendant_concept_id"),
}
_TEXTS = ("vocabulary_id", "concept_code", "relationship_id")
# What a server is asked the highest value of, to tell whether its tables are those of before.
_HIGHEST = {t.name: t.id for t in EVENTS}
_HIGHEST |= {"person": "person_id", "observation_period": "person_id", "concept": "concept_id"}
_HIGHEST |= {"concept_relationship": "concept_id_2", "concept_ancestor": "descendant_concept_id"}


@dataclass
class Source:
    """Records on an engine: `table(name)` gives an OMOP table with lower-case columns, or None.

    fingerprint: changes when the records do. identity: a mark of where they lie. named: the vocabulary's
    place, if one was given for it alone. warnings: what is missing, so that findings may be missed. notes:
    what is usual where it is, and worth knowing. dropped: what could not be read, counted. names: what the
    records call rows, by (table, row id), where ids are made up. index: what the index says of itself, if the
    rows come from one. marks: which signals each person has, as the index keeps them.
    """

    engine: Engine
    what: str
    fingerprint: str
    opener: Callable[[str], ibis.Table | None]
    vocabulary: Callable[[str], ibis.Table | None]
    identity: str = ""
    named: str = ""
    warnings: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
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
            self._check_columns(name, table, columns)
            for column in _NUMBERS.get(name, ()):
                if column in table.columns:
                    self._check_numbers(name, table, column)
        self._check_period()
        self._check_vocabulary()

    def _check_columns(self, name: str, table: ibis.Table, columns: tuple[str, ...]) -> None:
        """Columns that are needed must be there, and of a type that does not fail amid the work."""
        missing = [c for c in columns if c not in table.columns]
        if missing:
            raise SweepError(
                f"The table {name} has no column {', '.join(missing)}",
                where=self.what,
                why="Its rows could not be dated, given to anybody, or told apart.",
                remedy="load the table with the columns of the OMOP common data model 5.3 or 5.4",
            )
        for column in columns:
            kind, text = table[column].type(), column in _TEXTS
            if kind.is_null() or column.endswith("_date"):
                continue
            if column == "value_as_number" and self.engine.kind != "postgres":
                continue  # text that is no number is left out row by row; PostgreSQL cannot do that
            if not (kind.is_string() if text else kind.is_numeric()):
                raise self._wrong_type(name, column, f"{'text' if text else 'number'} but {kind}")

    def _check_numbers(self, name: str, table: ibis.Table, column: str) -> None:
        """Columns that may be missing, or be text of whole numbers."""
        written = table[column]
        if written.type().is_string():
            wrong = written.notnull() & ~written.re_search("^-?[0-9]+$")
            if self.engine.number(wrong.sum()):
                raise self._wrong_type(name, column, "number but text")
        elif not (written.type().is_numeric() or written.type().is_null()):
            raise self._wrong_type(name, column, f"number but {written.type()}")

    def _wrong_type(self, name: str, column: str, what: str) -> SweepError:
        return SweepError(
            f"The column {column} of the table {name} is no {what}",
            where=self.what,
            why="Rows of different tables could not be brought together.",
            remedy="load the table with the types of the OMOP common data model 5.3 or 5.4",
        )

    def _check_period(self) -> None:
        period = self.table("observation_period")
        if period is not None and all(c in period.columns for c in _PERIOD):
            self._check_columns("observation_period", period, ("person_id",))
            if self.engine.number(period.count()):
                return
        self._known["observation_period"] = None
        self.warnings.append("nothing stands in observation_period: every record counts as observed")

    def _check_vocabulary(self) -> None:
        """A vocabulary that was named must be one; where nobody has one, codes are matched as written."""
        if self.named and self.table("concept") is None:
            raise SweepError(
                "The vocabulary has no table concept",
                where=self.named,
                why="Findings would be missed without anybody noticing.",
                remedy="name where its tables lie: --vocabulary folder, or --vocabulary-schema name",
            )
        if self.names is not None and self.table("concept") is None:
            self.notes.append(
                "no vocabulary is given: codes are matched as written, without those below them"
            )
            return
        for name, columns in _VOCABULARY.items():
            table = self.table(name)
            if table is None:
                self.warnings.append(f"there is no table {name}: codes are matched without it")
            else:
                self._check_columns(name, table, columns)


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

    for place in (folder, vocabulary or folder):
        if not place.is_dir():
            raise InputError(
                "There is no such folder",
                where=str(place),
                remedy="give the folder with one Parquet file an OMOP table, or a .duckdb file",
            )
    apart = vocabulary if vocabulary is not None and vocabulary != folder else None
    mark = key_of_text(fingerprint(folder), fingerprint(apart)) if apart else fingerprint(folder)
    source = Source(engine, folder.name, mark, opener(folder), opener(apart or folder))
    source.identity, source.named = key_of_text(folder.resolve()), apart.name if apart else ""
    return source


def duckdb_source(engine: Engine, path: Path, *, schema: str = "main", vocabulary_schema: str = "") -> Source:
    """Return OMOP tables of a .duckdb file, opened for reading only."""
    import duckdb

    try:
        engine.con.attach(str(path), name="records", read_only=True)
    except duckdb.Error as fault:
        raise InputError(
            "The file cannot be opened by DuckDB", where=str(path), why=str(fault).splitlines()[0]
        ) from None
    source = _schemas(engine, path.name, schema, vocabulary_schema, catalog="records")
    source.identity = key_of_text(path.resolve(), schema, vocabulary_schema)
    source.fingerprint = key_of_text(fingerprint(path), schema, vocabulary_schema)
    return source


def postgres_source(engine: Engine, *, schema: str, vocabulary_schema: str = "") -> Source:
    """Return OMOP tables of a PostgreSQL schema."""
    return _server(_schemas(engine, f"schema {schema}", schema, vocabulary_schema), schema)


def spark_source(engine: Engine, *, schema: str, vocabulary_schema: str = "") -> Source:
    """Return OMOP tables of a Spark catalogue's database."""
    return _server(_schemas(engine, f"database {schema}", schema, vocabulary_schema), schema)


def _schemas(engine: Engine, what: str, schema: str, vocabulary: str, *, catalog: str = "") -> Source:
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

    source = Source(engine, what, "", opener(schema), opener(vocabulary or schema))
    source.named = f"schema {vocabulary}" if vocabulary and vocabulary != schema else ""
    return source


def _server(source: Source, schema: str) -> Source:
    """The same with a mark of which tables they are and what they hold, as far as a count of rows tells.

    Intermediate tables of all records of a server lie in one schema, so the mark must tell those apart.
    """
    marks: list[object] = [source.engine.con.current_catalog, schema, source.named]
    for name, column in _HIGHEST.items():
        table = source.table(name)
        if table is None:
            continue
        told = {"rows": table.count()}
        if column in table.columns:
            told["highest"] = table[column].max()
        marks.append((name, sorted(source.engine.fetch(table.aggregate(**told))[0].items())))
    source.fingerprint = source.identity = key_of_text(*marks)
    return source


def key_of_text(*parts: object) -> str:
    """Return a mark of what stands in the parts."""
    return hashlib.sha256(repr([str(p) for p in parts]).encode()).hexdigest()


def fingerprint(path: Path) -> str:
    """Return a mark of files' place, names, sizes and times, which changes when the records do."""
    files = sorted(path.rglob("*")) if path.is_dir() else [path]
    told = [
        (str(f.relative_to(path)), s.st_size, s.st_mtime_ns)
        for f in files
        if f.is_file()
        for s in (f.stat(),)
    ]
    return key_of_text(path.resolve(), told)
