"""An index: the rows that any model looks for, apart from all others, one folder a signal."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoofbeat.errors import InputError, SweepError
from hoofbeat.sweep.concepts import resolve
from hoofbeat.sweep.definition import Definition, earliest_day
from hoofbeat.sweep.engines import told
from hoofbeat.sweep.events import COLUMNS, events, has_zero
from hoofbeat.sweep.marks import counting, marks
from hoofbeat.sweep.observed import count_people
from hoofbeat.sweep.output import folder_for
from hoofbeat.sweep.plan import write_codes
from hoofbeat.sweep.run import FORMAT, Stages, key_of, row_counts
from hoofbeat.sweep.signals import signals, signals_hash
from hoofbeat.sweep.sources import EVENTS, Source, parquet_source

if TYPE_CHECKING:
    from hoofbeat.sweep.api import Place
    from hoofbeat.sweep.engines import Engine

ABOUT = "index.json"
# People and periods are copied whole, so that a sweep needs the index alone.
_COPIED = ("person", "observation_period")
_MARKS = "marks.parquet"


def prepare(place: Place, index: Path, *, say: Callable[[str], None] = lambda _text: None) -> dict[str, Any]:
    """Make an index, or add the rows with higher ids than any it has; returns what it holds.

    The rows are written once, by signal, in one pass and without sorting. The index is made anew (`anew` says
    so) for other code sets, another vocabulary or other records; where rows are gone or came in between; and
    for FHIR, whose ids say nothing of what is new. Rows that were changed in place are not noticed: make the
    index in an empty folder after those. `problems`: what could not be read, counted.
    """
    from hoofbeat.sweep.api import open_place

    work = folder_for(index) / ".work"
    work.mkdir(exist_ok=True)
    stages = Stages(say)
    source, rows = open_place(place, work, None, stages)
    if rows is not None or source.engine.kind != "duckdb":
        raise SweepError(
            "An index is made from files",
            why="On a server the intermediate tables do the same.",
            remedy="hoofbeat sweep prepare index/ --omop cdm/",
        )
    try:
        with told(source.engine):
            about: dict[str, Any] = stages.run("index", lambda: _prepare(source, index, place))
            return about
    finally:
        source.engine.close()
        shutil.rmtree(work, ignore_errors=True)


def _prepare(source: Source, index: Path, place: Place) -> dict[str, Any]:
    engine, before, held = source.engine, _about(index), _held(source)
    resolved = resolve(source, [s.number for s in signals()])
    mark = key_of(_hash(), sorted(resolved.concepts), sorted(resolved.texts))
    if not before or before["codes"] != mark or not _only_added(source, before):
        _clear(index)
        before = {}
    part = int(before.get("parts", 0))
    _clean(index, part)
    codes = write_codes(engine, resolved, "index")
    since = {name: int(of["highest"]) for name, of in before.get("held", {}).items()}
    expression = events(source, codes, zero=has_zero(source), since=since)
    (index / "rows").mkdir(parents=True, exist_ok=True)
    _write_rows(engine, expression.select(*COLUMNS), index / "rows", part)
    for name in _COPIED:
        _copy(source, name, index)
    _write_names(source, index, part)
    counted = _write_marks(engine, index)
    about = {
        "codes": mark,
        "parts": part + 1,
        "held": held,
        "resolved": {
            "concepts": len(resolved.concepts),
            "unmapped": resolved.unmapped,
            "unverified": resolved.unverified,
            "seen": sorted({n for _, n in resolved.concepts}),
        },
        "memory": place.memory,
        "rows": _count(engine, index, "*"),
        "added": _count(engine, index, f"part{part}_*"),
        "anew": not before,
        **_of_source(source, counted),
    }
    text = json.dumps(about, indent=1, sort_keys=True)
    (index / f"{ABOUT}.new").write_text(text, encoding="utf-8")
    (index / f"{ABOUT}.new").replace(index / ABOUT)
    return about


def _of_source(source: Source, rows: dict[str, dict[str, int]]) -> dict[str, Any]:
    """What is to be told of the records, and what of them could not be read."""
    from hoofbeat.sweep.api import problems

    people = count_people(source)
    all_counts = Counter(people)
    for of_signal in rows.values():
        all_counts.update(of_signal)
    return {
        "signals": _hash(),
        "records": source.what,
        "identity": source.identity,
        "fingerprint": source.fingerprint,
        "warnings": source.warnings,
        "notes": source.notes,
        "dropped": source.dropped,
        "counted": {"people": people, "rows": rows},
        "people": people["people"],
        "problems": problems(all_counts, source),
    }


def _held(source: Source) -> dict[str, dict[str, int]]:
    """How many rows each table of records holds, and their highest id."""
    found = {}
    for event in EVENTS:
        table = source.table(event.name)
        if table is not None:
            told = table.aggregate(rows=table.count(), highest=table[event.id].max())
            found[event.name] = {k: int(v or 0) for k, v in source.engine.fetch(told)[0].items()}
    return found


def _only_added(source: Source, before: dict[str, Any]) -> bool:
    """Whether these are the records of before, with nothing but rows of higher ids since."""
    if source.names is not None or before.get("identity") != source.identity:
        return False
    for event in EVENTS:
        table, held = source.table(event.name), before["held"].get(event.name, {"rows": 0, "highest": 0})
        if not held["rows"]:
            continue
        # rows are read anew from the highest id on; of 0 it could not be told from none
        if table is None or not held["highest"]:
            return False
        if source.engine.number((table[event.id].cast("int64") <= held["highest"]).sum()) != held["rows"]:
            return False
    return True


def _clear(index: Path) -> None:
    """Take away an index, what says that it is whole first."""
    (index / ABOUT).unlink(missing_ok=True)
    for name in ("rows", "names"):
        shutil.rmtree(index / name, ignore_errors=True)
    for name in (*(f"{name}.parquet" for name in _COPIED), _MARKS):
        (index / name).unlink(missing_ok=True)


def _about(index: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads((index / ABOUT).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found


def _clean(index: Path, part: int) -> None:
    """Take away what an interrupted run left: files of a part that no index counts."""
    for path in (*(index / "rows").glob("*/part*_*.parquet"), *(index / "names").glob("part*_*.parquet")):
        if int(path.name[4:].split("_")[0]) >= part:
            path.unlink()


def _write_rows(engine: Engine, expression: Any, folder: Path, part: int) -> None:
    sql = engine.con.compile(expression)
    target = str(folder).replace("'", "''")
    engine.run(
        f"COPY ({sql}) TO '{target}' (FORMAT parquet, COMPRESSION lz4_raw, PARTITION_BY (signal), "
        f"WRITE_PARTITION_COLUMNS true, APPEND, FILENAME_PATTERN 'part{part}_{{uuid}}')"
    )


def _copy(source: Source, name: str, index: Path) -> None:
    table = source.table(name)
    if table is None:
        return
    _replace(table, index / f"{name}.parquet")


def _replace(table: Any, path: Path) -> None:
    new = path.with_suffix(".new")
    table.to_parquet(new)
    new.replace(path)


def _hash() -> str:
    """What an index depends on besides the records: the signals, and which rows are marked."""
    return key_of(FORMAT, signals_hash(), earliest_day())


def _write_marks(engine: Engine, index: Path) -> dict[str, dict[str, int]]:
    """Write which signals each person has, over all parts; returns what is counted of each signal's rows.

    A sweep then need not read every row for its bounds and counts.
    """
    files = [str(f) for f in sorted((index / "rows").glob("*/*.parquet"))]
    if not files:
        return {}
    rows: Any = engine.con.read_parquet(files, table_name="marked_rows")
    _replace(marks(engine, counting(rows, None), "index"), index / _MARKS)
    counted = engine.fetch(rows.group_by("signal").aggregate(row_counts(rows)))
    return {str(r.pop("signal")): {name: int(count or 0) for name, count in r.items()} for r in counted}


def _write_names(source: Source, index: Path, part: int) -> None:
    """Where rows have names of their own (FHIR), keep those of the rows of this part."""
    files = sorted((index / "rows").glob(f"*/part{part}_*.parquet"))
    if source.names is None or not files:
        return
    rows = source.engine.con.read_parquet([str(f) for f in files], table_name="named_rows")
    for event in EVENTS:
        table = source.table(event.name)
        if table is None or "resource_id" not in table.columns:
            continue
        named = table.select(row_id=table[event.id], resource_id=table.resource_id).distinct()
        mine = rows.filter(rows.source.abs() == event.number).select("row_id").distinct()
        (index / "names").mkdir(exist_ok=True)
        named.inner_join(mine, "row_id").to_parquet(index / "names" / f"part{part}_{event.name}.parquet")


def _names(engine: Engine, index: Path, rows: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Names of rows and people by table and made-up id."""
    found: dict[tuple[str, int], str] = {}
    for table in sorted({t for t, _ in rows}):
        people = table == "person"
        files = (
            [index / "person.parquet"] if people else sorted((index / "names").glob(f"part*_{table}.parquet"))
        )
        if not files:
            continue
        read: Any = engine.con.read_parquet([str(f) for f in files], table_name=f"names_{table}")
        key = "person_id" if people else "row_id"
        wanted = read.filter(read[key].isin(sorted(i for t, i in rows if t == table)))
        told = engine.fetch(wanted.select(i=wanted[key], name=wanted.resource_id).distinct())
        found |= {(table, row["i"]): row["name"] for row in told}
    return found


def _count(engine: Engine, index: Path, pattern: str) -> int:
    files = [str(p) for p in (index / "rows").glob(f"*/{pattern}.parquet")]
    return engine.number(engine.con.read_parquet(files, table_name="counted").count()) if files else 0


def open_index(engine: Engine, index: Path, definition: Definition | None) -> tuple[Source, Any]:
    """Open an index; returns the people as a source, and the rows of the signals a definition wants."""
    about = _about(index)
    if not about or definition is None:
        raise InputError(
            "There is no index here",
            where=str(index),
            why="It has not been made, or making it was interrupted.",
            remedy="hoofbeat sweep prepare index/ --omop cdm/",
        )
    if about["signals"] != _hash():
        raise InputError(
            "The index was made with other code sets",
            where=str(index),
            why="Findings would be missed without anybody noticing.",
            remedy="make it again: hoofbeat sweep prepare",
        )
    source = parquet_source(engine, index)
    source.what, source.fingerprint = about["records"], about["fingerprint"]
    source.warnings, source.dropped = list(about["warnings"]), dict(about["dropped"])
    source.notes = list(about["notes"])
    files = [
        str(path)
        for number in definition.wanted
        for path in sorted((index / "rows" / f"signal={number}").glob("*.parquet"))
    ]
    if not files:
        raise SweepError(
            "The index holds no row for this disease",
            where=str(index),
            remedy="check that the vocabulary was there when the index was made",
        )
    source.index = about
    source.marks = engine.con.read_parquet(str(index / _MARKS), table_name="index_marks")
    if "resource_id" in source.need("person").columns:
        source.names = lambda rows: _names(engine, index, rows)
    return source, engine.con.read_parquet(files, table_name="index_rows")
