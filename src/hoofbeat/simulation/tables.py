"""Tables and lines written batch by batch: CSV, NDJSON, and Parquet where pyarrow is installed."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Literal, Self

from hoofbeat.errors import UsageError

Format = Literal["parquet", "csv"]
# Rows held before they are written to Parquet.
BATCH = 50_000


class TableWriter:
    """Several tables in one folder, one file each, in CSV or Parquet.

    columns: for each table its columns and their types (integer, float, text, date, timestamp). A table
    nothing was added to is written empty, so that readers find every table they expect.
    """

    def __init__(self, folder: Path, columns: Mapping[str, Mapping[str, str]], form: Format = "csv") -> None:
        if form == "parquet":
            _need_pyarrow()
        self.folder, self.columns, self.form = made(folder), columns, form
        _unused(folder, [f"{name}.{kind}" for name in columns for kind in ("csv", "parquet")])
        self.counts = dict.fromkeys(columns, 0)
        self._open: dict[str, Any] = {}
        self._files: list[IO[str]] = []
        self._rows: dict[str, list[Mapping[str, Any]]] = {name: [] for name in columns}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def add(self, table: str, row: Mapping[str, Any]) -> None:
        """Add one row; columns not given stay empty."""
        rows = self._rows[table]
        rows.append(row)
        if len(rows) >= BATCH:
            self._write(table)

    def close(self) -> None:
        """Write what is left and close the files."""
        for table in self.columns:
            self._write(table)
        for writer in self._open.values() if self.form == "parquet" else ():
            writer.close()
        for file in self._files:
            file.close()

    def _write(self, table: str) -> None:
        rows, names = self._rows[table], list(self.columns[table])
        self.counts[table] += len(rows)
        if self.form == "csv":
            if table not in self._open:
                file = (self.folder / f"{table}.csv").open("w", encoding="utf-8", newline="")
                self._files.append(file)
                self._open[table] = csv.writer(file, lineterminator="\n")
                self._open[table].writerow(names)
            self._open[table].writerows([[row.get(name) for name in names] for row in rows])
        else:
            self._write_parquet(table, rows)
        self._rows[table] = []

    def _write_parquet(self, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
        pa: Any = import_module("pyarrow")
        pq: Any = import_module("pyarrow.parquet")

        types = {
            "integer": pa.int64(),
            "float": pa.float64(),
            "text": pa.string(),
            "date": pa.date32(),
            "timestamp": pa.timestamp("us"),
        }
        kinds = {name: kind.split()[0] for name, kind in self.columns[table].items()}
        schema = pa.schema([(name, types[kind]) for name, kind in kinds.items()])
        if table not in self._open:
            self._open[table] = pq.ParquetWriter(self.folder / f"{table}.parquet", schema)
        arrays = [
            pa.array([_typed(row.get(name), kind) for row in rows], type=types[kind])
            for name, kind in kinds.items()
        ]
        self._open[table].write_table(pa.Table.from_arrays(arrays, schema=schema))


class LineWriter:
    """NDJSON files in one folder, one a name, each opened when first written to."""

    def __init__(self, folder: Path) -> None:
        self.folder, self._files = made(folder), dict[str, IO[str]]()
        _unused(folder, sorted(file.name for file in folder.glob("*.ndjson")))
        self.counts: dict[str, int] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for file in self._files.values():
            file.close()

    def add(self, name: str, value: Any) -> None:
        """Add one line to the file of that name."""
        if name not in self._files:
            self._files[name] = (self.folder / f"{name}.ndjson").open("w", encoding="utf-8")
        self._files[name].write(json.dumps(value, ensure_ascii=False, sort_keys=True) + "\n")
        self.counts[name] = self.counts.get(name, 0) + 1


def made(folder: Path) -> Path:
    """Return the folder, made if need be; raise UsageError where it cannot be, or where a file stands."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise UsageError(
            f"the folder {folder} cannot be made", why=fault.strerror or "", remedy="name another folder"
        ) from fault
    return folder


def _unused(folder: Path, names: Sequence[str]) -> None:
    """Refuse a folder that holds tables already: what is not written over would mix with these patients."""
    there = [name for name in names if (folder / name).exists()]
    if there:
        raise UsageError(
            f"the folder {folder} holds {there[0]} already",
            why="Two cohorts in one folder would be read as one.",
            remedy="name an empty folder, or delete the files of the earlier run",
        )


def _need_pyarrow() -> None:
    try:
        import_module("pyarrow")
    except ImportError as fault:
        raise UsageError(
            "Parquet needs pyarrow, which is not installed",
            why="The program runs without it for everything else.",
            remedy="pip install 'hoofbeat[sweep]', or --tables csv",
        ) from fault


def _typed(value: Any, kind: str) -> Any:
    from datetime import date

    return date.fromisoformat(value) if kind == "date" and isinstance(value, str) else value
