"""The door of the room: sweep records for people who might have a disease that nobody has thought of."""

from __future__ import annotations

import datetime as dt
import platform
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from hoofbeat.errors import InputError, UsageError
from hoofbeat.sweep import output
from hoofbeat.sweep.definition import Definition, define
from hoofbeat.sweep.engines import told
from hoofbeat.sweep.observed import IN_FUTURE, NOT_IN_PERSON, NOT_OBSERVED, PEOPLE
from hoofbeat.sweep.run import UNDATED, Stages, Swept, sweep_rows
from hoofbeat.sweep.signals import signals
from hoofbeat.sweep.worklist import EvidenceRow, Listed, worklist

if TYPE_CHECKING:
    from hoofbeat.sweep.engines import Engine
    from hoofbeat.sweep.sources import Source

LAST = "last"
_EPOCH = dt.date(1970, 1, 1)


@dataclass(frozen=True)
class Place:
    """Where records lie and where a sweep may work.

    Exactly one of omop (a folder of Parquet, or a .duckdb file), fhir (NDJSON), index (made by prepare()),
    database (the environment variable with PostgreSQL's connection string) and spark (a session, with
    `schema`, or with omop as a folder that Spark reads). work: schema of intermediate tables on a server.
    """

    omop: Path | None = None
    fhir: Path | None = None
    index: Path | None = None
    database: str = ""
    spark: Any = None
    schema: str = ""
    vocabulary_schema: str = ""
    vocabulary: Path | None = None
    work: str = ""
    memory: str = "4GB"
    threads: int | None = None
    temp: Path | None = None


@dataclass(frozen=True)
class Result:
    """The worklist, its evidence and the manifest of a finished sweep.

    problems: what could not be read, counted. warnings: what is missing, so that findings may be missed.
    known: people set aside, and the day (since 1970) from which they are known.
    """

    people: tuple[Listed, ...]
    evidence: tuple[EvidenceRow, ...]
    manifest: dict[str, Any]
    problems: dict[str, int] = field(default_factory=dict)
    known: dict[int, int] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def sweep(
    disease: str,
    place: Place,
    out: Path,
    *,
    as_of: dt.date | str = LAST,
    top: int = 100,
    chances: bool = True,
    gate: bool = True,
    keep: bool = False,
    say: Callable[[str], None] = lambda _text: None,
) -> Result:
    """Return the people with most evidence for a disease, and write worklist, evidence, cohort and manifest.

    disease: one of our own models. out: folder of the results; the same call after an interruption goes on
    where it stopped. as_of: what was known on a date, or on each person's last observed day ("last"). top:
    length of the list. keep: leave intermediate tables. People with the diagnosis already are set aside. A
    list is for review by a clinician: points are evidence, not a diagnosis. Raises UnknownTerm, UsageError,
    InputError or SweepError. Method: docs/explanation/sweep.md.
    """
    definition, day = define(disease), _day(as_of)
    if top < 1:
        raise UsageError(f"A list of {top} people", remedy="--top 100")
    work = output.folder_for(out) / ".work"
    work.mkdir(exist_ok=True)
    stages = Stages(say)
    source, rows = open_place(place, work, definition, stages)
    try:
        with told(source.engine):
            how = {"gate": gate, "keep": keep}
            swept = sweep_rows(definition, source, rows, as_of=day, top=top, stages=stages, **how)
            listed = stages.run("chances", lambda: worklist(definition, swept, chances=chances))
            people, evidence = _named(source, *listed)
    finally:
        source.engine.close(keep=keep)
    manifest = _manifest(definition, place, source, swept, as_of=as_of, top=top)
    unread, missing = problems(swept.counts, source), tuple(source.warnings)
    result = Result(tuple(people), tuple(evidence), manifest, unread, swept.known, missing)
    _write(out, definition, result)
    if not keep:
        shutil.rmtree(work, ignore_errors=True)
    return result


def _write(out: Path, definition: Definition, result: Result) -> None:
    """Write a result; its manifest then names the files."""
    partial = output.begin(out)
    output.write_lists(partial, result.people, result.evidence)
    output.write_cohort(partial, definition, result.people)
    output.write_counts(partial, result.manifest["counts"], result.people, result.evidence)
    output.finish(out, result.manifest)


def problems(counts: Mapping[str, int], source: Source) -> dict[str, int]:
    """Return what was left out because it could not be read, by what it is."""
    names = (*PEOPLE[1:], NOT_IN_PERSON, NOT_OBSERVED, IN_FUTURE, UNDATED)
    found = {n: counts[n] for n in names if counts.get(n)}
    return {**found, **{n: c for n, c in source.dropped.items() if c and n.startswith("lines")}}


def open_place(place: Place, work: Path, definition: Definition | None, stages: Stages) -> tuple[Source, Any]:
    """Open where records lie; returns the source, and the rows if an index holds them."""
    from hoofbeat.sweep import engines

    chosen = [n for n in ("omop", "fhir", "index", "database") if getattr(place, n)]
    if len(chosen) != 1 and not (place.spark is not None and chosen in ([], ["omop"])):
        raise UsageError(
            "Records are to be read from one place",
            remedy="give one of --omop, --fhir, --index and --database",
        )
    if place.spark is not None:
        engine = engines.spark_engine(place.spark, work=place.work or engines.WORK, done=work / "done")
    elif place.database:
        engine = engines.postgres_engine(place.database, work=place.work or engines.WORK)
    else:
        engine = engines.duckdb_engine(
            work / "work.duckdb",
            memory=place.memory,
            threads=place.threads,
            temp=place.temp or work / "spill",
        )
    try:
        with told(engine):
            if engine.kind == "duckdb":
                return _of_duckdb(engine, place, work, definition, stages)
            return _checked(_of_server(engine, place)), None
    except BaseException:
        engine.close()
        raise


def _of_server(engine: Engine, place: Place) -> Source:
    from hoofbeat.sweep import sources

    if engine.kind == "postgres":
        return sources.postgres_source(
            engine, schema=place.schema or "public", vocabulary_schema=place.vocabulary_schema
        )
    if place.omop:
        return sources.parquet_source(engine, place.omop, vocabulary=place.vocabulary)
    return sources.spark_source(engine, schema=place.schema, vocabulary_schema=place.vocabulary_schema)


def _of_duckdb(
    engine: Engine, place: Place, work: Path, definition: Definition | None, stages: Stages
) -> tuple[Source, Any]:
    if place.index:
        from hoofbeat.sweep.index import open_index

        return open_index(engine, place.index, definition)
    if place.fhir:
        from hoofbeat.sweep.fhir import fhir_source

        source = stages.run("fhir", lambda: fhir_source(engine, place.fhir, work, place.vocabulary))
        return _checked(source), None
    return _checked(_omop(engine, place)), None


def _omop(engine: Engine, place: Place) -> Source:
    from hoofbeat.sweep import sources

    path = place.omop
    if path is None or not path.exists():
        raise InputError(
            "There is no such file or folder",
            where=str(path),
            remedy="give a folder with one Parquet file an OMOP table, or a .duckdb file",
        )
    if path.is_file():
        return sources.duckdb_source(
            engine, path, schema=place.schema or "main", vocabulary_schema=place.vocabulary_schema
        )
    return sources.parquet_source(engine, path, vocabulary=place.vocabulary)


def _checked(source: Source) -> Source:
    source.check()
    return source


def _day(as_of: dt.date | str) -> int | None:
    if as_of == LAST:
        return None
    try:
        date = as_of if isinstance(as_of, dt.date) else dt.date.fromisoformat(as_of)
    except ValueError:
        raise UsageError(f"{as_of!r} is no date", remedy="--as-of 2020-12-31, or --as-of last") from None
    return (date - _EPOCH).days


def _named(
    source: Source, people: list[Listed], rows: list[EvidenceRow]
) -> tuple[list[Listed], list[EvidenceRow]]:
    """The same with the names that the records give to people and rows, where they are no numbers."""
    if source.names is None:
        return people, rows
    wanted = {(r.table, r.row_id) for r in rows if r.table} | {("person", p.person_id) for p in people}
    names = source.names(wanted)
    return (
        [p._replace(record_id=names.get(("person", p.person_id), "")) for p in people],
        [r._replace(record_id=names.get((r.table, r.row_id), "")) for r in rows],
    )


def _manifest(
    definition: Definition,
    place: Place,
    source: Source,
    swept: Swept,
    *,
    as_of: dt.date | str,
    top: int,
) -> dict[str, Any]:
    resolved = swept.resolved
    silent = {s.number for s in signals()} - {n for _, n in resolved.concepts}
    return {
        "complete": True,
        "disease": definition.slug,
        "definition": definition.hash(),
        "model_version": definition.model_version,
        "as_of": str(as_of),
        "top": top,
        "engine": source.engine.kind,
        "records": source.what,
        "fingerprint": source.fingerprint,
        "memory": place.memory,
        "threads": place.threads,
        "versions": _versions(),
        "counts": swept.counts,
        "dropped": source.dropped,
        "warnings": [*source.warnings, *source.notes],
        "unmapped_codes": [f"{v} {c}" for v, c in resolved.unmapped],
        "unverified_codes": [f"{v} {c}" for v, c in resolved.unverified],
        "findings_without_a_concept": sorted(
            {s.codes.set for s in signals() if s.number in silent and s.number in definition.wanted}
        ),
        "seconds": swept.seconds,
    }


def _versions() -> dict[str, str]:
    found = {"python": platform.python_version()}
    for name in ("hoofbeat", "ibis-framework", "sqlglot", "duckdb", "pyarrow", "psycopg", "pyspark"):
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found
