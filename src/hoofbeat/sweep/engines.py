"""The engines that records may lie in, each with the few differences that cannot be avoided."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoofbeat.errors import HoofbeatError, SweepError, UsageError

if TYPE_CHECKING:
    import ibis
    from ibis.backends import BaseBackend

# Name of the schema (PostgreSQL) or database (Spark) that intermediate tables are kept in.
WORK = "hoofbeat_work"
Rows = Mapping[str, Sequence[int] | Sequence[str] | Sequence[float]]


@dataclass
class Engine:
    """A connection with the tables that a sweep makes there.

    kind: duckdb, postgres or spark. work: schema of the intermediate tables; None for the file that DuckDB
    is connected to. Only whole numbers, strings and floats without gaps are ever written: a missing float
    turns into a number on one engine.
    """

    kind: str
    con: BaseBackend
    work: str | None = None
    done: Path | None = None
    made: list[str] = field(default_factory=list)

    def rows(self, name: str, columns: Rows, kinds: Mapping[str, str]) -> ibis.Table:
        """Write a small table of plain values, and return it. kinds: ibis type of each column."""
        import pyarrow as pa

        missing: list[Any] = [v for values in columns.values() for v in values]
        if any(v is None or v != v for v in missing):  # noqa: PLR0124 (only NaN is not itself)
            raise ValueError(f"{name} has gaps")
        types = {"int64": pa.int64(), "string": pa.string(), "float64": pa.float64()}
        arrow = pa.table({c: pa.array(columns[c], type=types[k]) for c, k in kinds.items()})
        self._create(name, arrow)
        return self.table(name)

    def make(self, name: str, expression: ibis.Table) -> ibis.Table:
        """Compute a table once; one that is whole from an earlier, interrupted run is used as it is."""
        if not self.exists(name):
            self._create(name, expression)
        return self.table(name)

    def _create(self, name: str, what: Any) -> None:
        if hasattr(what, "execute"):
            self.con.create_table(name, what, database=self.work, overwrite=True)
        elif self.kind == "duckdb":
            # many times faster for a small table than what ibis does
            self.con.con.register("hoofbeat_given", what)
            self.run(f'CREATE OR REPLACE TABLE "{name}" AS SELECT * FROM hoofbeat_given')  # noqa: S608 (our own name)
            self.con.con.unregister("hoofbeat_given")
        else:
            given = what.to_pandas() if self.kind == "spark" else what
            self.con.create_table(name, given, database=self.work, overwrite=True)
        if self.kind == "postgres":
            self.run(f'ANALYZE "{self.work}"."{name}"')
        if self.done is not None:
            (self.done / name).touch()
        self.made.append(name)

    def table(self, name: str) -> ibis.Table:
        """Return a table that was made."""
        return self.con.table(name, database=self.work) if self.work else self.con.table(name)

    def exists(self, name: str) -> bool:
        """Whether a table was made whole. Spark writes tables file by file, so a mark is set after each."""
        if self.done is not None and not (self.done / name).exists():
            return False
        return name in (self.con.list_tables(database=self.work) if self.work else self.con.list_tables())

    def drop(self, *prefixes: str) -> None:
        """Drop the intermediate tables whose names begin so."""
        names = self.con.list_tables(database=self.work) if self.work else self.con.list_tables()
        for name in names:
            if name.startswith(prefixes):
                self.con.drop_table(name, database=self.work, force=True)
                if self.done is not None:
                    (self.done / name).unlink(missing_ok=True)

    def fetch(self, expression: ibis.Expr) -> list[dict[str, Any]]:
        """Return all rows of an expression, as plain values."""
        found: list[dict[str, Any]] = expression.to_pyarrow().to_pylist()
        return found

    def number(self, expression: ibis.Scalar) -> int:
        """Return one whole number, 0 for none."""
        found = expression.to_pyarrow().as_py()
        return 0 if found is None else int(found)

    def run(self, sql: str) -> None:
        """Run a statement that gives no rows."""
        cursor = self.con.raw_sql(sql)
        if self.kind == "postgres":
            cursor.close()
            self.con.con.commit()

    def close(self, *, keep: bool = True) -> None:
        """Let go of the connection; keep: the tables made are wanted again."""
        if self.kind == "duckdb" and not keep:
            self.run("PRAGMA disable_checkpoint_on_shutdown")  # what is thrown away need not be tidied first
        if self.kind != "spark":
            self.con.disconnect()


def duckdb_engine(
    work: Path | None, *, memory: str = "4GB", threads: int | None = None, temp: Path | None = None
) -> Engine:
    """Return DuckDB, working in a file of its own; memory is its limit, temp the folder it spills to."""
    ibis = _ibis()
    import duckdb

    settings: dict[str, Any] = {"memory_limit": memory, "preserve_insertion_order": False}
    if threads:
        settings["threads"] = threads
    if temp:
        temp.mkdir(parents=True, exist_ok=True)
        settings["temp_directory"] = str(temp)
    try:
        con = ibis.duckdb.connect(str(work) if work else ":memory:", **settings)
    except (duckdb.Error, OSError) as fault:
        raise SweepError(
            "DuckDB cannot be started",
            why=str(fault).splitlines()[0],
            remedy="another sweep may be using the same output folder; also check --memory (such as 4GB)",
        ) from None
    # DuckDB would draw its progress on stdout, where results belong
    con.raw_sql("SET enable_progress_bar = false")
    return Engine("duckdb", con)


def postgres_engine(variable: str, *, work: str = WORK) -> Engine:
    """Return PostgreSQL as named by a connection string in an environment variable.

    The string is never printed or logged: it holds a password. Raises SweepError if it does not lead
    anywhere.
    """
    ibis = _ibis()
    if not re.fullmatch(r"[A-Za-z_]\w*", variable):
        raise UsageError(
            "--database takes the name of an environment variable",
            why="What was given is no such name. It is not repeated here, as it may hold a password.",
            remedy="export RECORDS=postgresql://user:password@server/database, then --database RECORDS",
        )
    text = os.environ.get(variable, "")
    if not text:
        raise UsageError(
            f"The environment variable {variable} is empty",
            why="Connection strings hold passwords, so they are never given on the command line.",
            remedy=f"export {variable}=postgresql://user:password@server/database",
        )
    try:
        con = ibis.connect(text)
        con.create_database(work, force=True)
    except Exception:  # noqa: BLE001 (each driver has its own; the text may repeat the password)
        raise SweepError(
            f"No connection to the database named in {variable}",
            why="The reason is not shown, as it may repeat the password.",
            remedy="check server, database, user and password, and that the user may create a schema "
            f"({work}); the driver comes with: pip install 'hoofbeat[postgres]'",
        ) from None
    return Engine("postgres", con, work)


def spark_engine(session: Any, *, work: str = WORK, done: Path | None = None) -> Engine:
    """Return Spark, by a session that the caller has made; done: folder for the marks of finished tables."""
    ibis = _ibis()
    con = ibis.pyspark.connect(session)
    con.create_database(work, force=True)
    if done is not None:
        done.mkdir(parents=True, exist_ok=True)
    return Engine("spark", con, work, done)


@contextmanager
def told(engine: Engine) -> Iterator[None]:
    """Turn faults of an engine into one message; what the engine says may repeat data, so it is not shown."""
    try:
        yield
    except (HoofbeatError, KeyboardInterrupt):
        raise
    except Exception as fault:
        if type(fault).__module__.partition(".")[0] not in _LIBRARIES:
            raise
        raise SweepError(
            f"{_NAMES[engine.kind]} could not do its work: {type(fault).__name__}",
            why="Nothing was written; what is finished is used when the sweep is run again.",
            remedy=_REMEDIES.get(
                type(fault).__name__, "check that the columns have the types of OMOP 5.3 or 5.4"
            ),
        ) from None


_LIBRARIES = ("duckdb", "_duckdb", "ibis", "sqlglot", "psycopg", "pyspark", "py4j", "pyarrow")
_NAMES = {"duckdb": "DuckDB", "postgres": "PostgreSQL", "spark": "Spark"}
_REMEDIES = {"OutOfMemoryException": "give it more with --memory, or a folder with room with --temp"}


def _ibis() -> Any:
    try:
        import ibis
    except ImportError:
        raise SweepError(
            "A library that reads databases is missing",
            why="Searching records needs ibis and DuckDB, which are installed only when asked for.",
            remedy="pip install 'hoofbeat[sweep]'",
        ) from None
    return ibis
