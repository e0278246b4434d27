"""FHIR R4 in bulk, flattened by DuckDB to the tables that OMOP records are read from."""
# ruff: noqa: S608 (the statements hold our own column names, and names of files with their quotes doubled)

from __future__ import annotations

import datetime as dt
import json
import re
from pathlib import Path
from typing import Any

from hoofbeat.errors import InputError
from hoofbeat.sweep.definition import load_rules
from hoofbeat.sweep.engines import Engine
from hoofbeat.sweep.fhir_kinds import CODING, KINDS, PERIOD, QUANTITY, REFERENCE, SYSTEMS, Kind
from hoofbeat.sweep.observed import LATER
from hoofbeat.sweep.sources import Source, fingerprint, parquet_source

# A name of a file, such as Condition.ndjson, 2.Condition.ndjson.gz and Condition_03.ndjson.
_FILE = re.compile(r"([A-Z][A-Za-z]+)[^A-Za-z]*\.(ndjson|jsonl|json)(\.gz)?$")
# Lines longer than this are no resource that findings are read from.
_LONGEST = 64 * 1024 * 1024
# Systems that are not read and are named; what is left of them is counted together.
_NAMED = 5
_NO_JSON = "lines that are no JSON"
_NOT_SO = "entries refuted, one of several possible, cancelled or entered in error"
_FUTURE = "lines dated in the future"
_NEVER = "9999-12-31"


_COMMON = {"resourceType": "VARCHAR", "id": "VARCHAR", "subject": REFERENCE}
_PREFIX = {"condition_occurrence": "condition", "drug_exposure": "drug", "measurement": "measurement"}
_DATE = {
    "condition_occurrence": "condition_start_date",
    "drug_exposure": "drug_exposure_start_date",
    "measurement": "measurement_date",
    "observation": "observation_date",
}


def fhir_source(engine: Engine, folder: Path | None, work: Path, vocabulary: Path | None) -> Source:
    """Flatten NDJSON files to Parquet in the work folder, and return them as a source of OMOP tables.

    Ids become whole numbers made from the resource ids, the same in every run. Conditions that are refuted
    or only one of several possible, and what was entered in error, are left out. Lines that are no JSON, of
    no system of codes that is read, or dated in the future are counted. Raises InputError without patients.
    """
    files = _files(folder)
    if "Patient" not in files:
        raise InputError(
            "There is no file of patients",
            where=str(folder),
            why="Nobody's age and sex would be known.",
            remedy="give the folder of a bulk export, with Patient.ndjson (or .ndjson.gz)",
        )
    flat, mark = work / "fhir", fingerprint(folder) if folder else ""
    about = flat / "about.json"
    told = json.loads(about.read_text(encoding="utf-8")) if about.exists() else {}
    if told.get("fingerprint") != mark:
        flat.mkdir(exist_ok=True)
        told = {"fingerprint": mark, "dropped": _flatten(engine, files, flat)}
        about.write_text(json.dumps(told), encoding="utf-8")
    source = parquet_source(engine, flat, vocabulary=vocabulary or flat)
    source.what, source.fingerprint, source.dropped = folder.name if folder else "", mark, told["dropped"]
    source.names = lambda rows: _names(engine, flat, rows)
    return source


def _files(folder: Path | None) -> dict[str, list[str]]:
    """Files by resource type; the type is told by the name of the file."""
    if folder is None or not folder.exists():
        raise InputError(
            "There is no such folder", where=str(folder), remedy="give the folder of a bulk export"
        )
    found: dict[str, list[str]] = {}
    for path in sorted(folder.rglob("*")) if folder.is_dir() else [folder]:
        match = _FILE.search(path.name)
        if match and path.is_file():
            found.setdefault(match[1], []).append(str(path))
    return found


def _flatten(engine: Engine, files: dict[str, list[str]], flat: Path) -> dict[str, int]:
    """Write the tables; returns what was left out, counted."""
    dropped = dict.fromkeys((_NO_JSON, _NOT_SO), 0)
    parts: dict[str, list[str]] = {}
    for kind in KINDS:
        if kind.name in files:
            raw = flat / f"raw_{kind.name}.parquet"
            _copy(engine, _raw(kind, files), raw)
            _count(engine, raw, dropped)
            parts.setdefault(kind.table, []).append(str(raw))
    _count_unread(engine, [raw for raws in parts.values() for raw in raws], dropped)
    for table, raws in parts.items():
        _copy(engine, _table(table, raws), flat / f"{table}.parquet")
    if "measurement" in parts:
        _copy(engine, _without_value(parts["measurement"]), flat / "observation.parquet")
    dated = [_dated(flat, name) for name in parts]
    latest = _latest(engine, dated, dropped)
    for name, read in (("Patient", _patients), ("Encounter", _encounters)):
        if name in files:
            raw = flat / f"raw_{name}.parquet"
            _copy(engine, read(files[name]), raw)
            dropped[_NO_JSON] += _ask(engine, f"SELECT count(*) FROM '{raw}' WHERE type IS NULL")[0][0]
    _copy(engine, _persons(flat), flat / "person.parquet")
    dated.append(f"SELECT person_id, NULL::DATE AS day FROM '{flat}/person.parquet'")
    if "Encounter" in files:
        both = f"unnest([{_day('first')}, {_day('last')}])"
        dated.append(f"SELECT person_id, {both} AS day FROM '{flat}/raw_Encounter.parquet'")
    _copy(engine, _periods(dated, latest), flat / "observation_period.parquet")
    for path in flat.glob("raw_*.parquet"):
        path.unlink()
    return dropped


def _copy(engine: Engine, sql: str, path: Path) -> None:
    engine.run(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")


def _ask(engine: Engine, sql: str) -> list[tuple[Any, ...]]:
    found: list[tuple[Any, ...]] = engine.con.raw_sql(sql).fetchall()
    return found


def _read(files: list[str], columns: dict[str, str]) -> str:
    listed = ", ".join("'" + f.replace("'", "''") + "'" for f in files)
    shape = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    return (
        f"read_json([{listed}], format = 'newline_delimited', columns = {{{shape}}}, "
        f"ignore_errors = true, maximum_object_size = {_LONGEST})"
    )


def _number_of(text: str) -> str:
    return f"(md5_number_lower({text}) >> 2)::BIGINT"


def _patient_of(reference: str) -> str:
    return _number_of(_id_of(reference))


def _id_of(reference: str) -> str:
    return f"regexp_replace({reference}, '^(urn:uuid:|.*/)', '')"


def _raw(kind: Kind, files: dict[str, list[str]]) -> str:
    """One row a coding, of the resource and of its components; unread lines keep a row without id."""
    known = ", ".join(f"'{s}': '{v}'" for s, v in SYSTEMS.items())
    base = (
        f"SELECT line.id, {_patient_of('subject.reference')} AS person_id, {kind.date} AS date, "
        f"{kind.holds} AS holds, "
        f"resourceType AS type, "
    )
    reads = f"{_read(files[kind.name], _COMMON | kind.columns)} AS line"
    if kind.name == "Observation":
        parts = (
            f"list_concat([{_part('')}], list_transform(coalesce(component, []), lambda c: {_part('c.')}))"
        )
        rows = f"{base} unnest({parts}) AS part FROM {reads}"
        rows = (
            "SELECT id, person_id, date, holds, type, part.quantity AS quantity, part.answer AS answer, "
            f"coalesce(nullif(part.codings, []), [NULL]) AS codings FROM ({rows})"
        )
    else:
        if kind.table == "drug_exposure":
            reads += f" LEFT JOIN ({_drugs(files.get('Medication'))}) AS drug "
            reads += f"ON drug.id = {_id_of('medicationReference.reference')}"
        rest = f"NULL::{QUANTITY} AS quantity, NULL::VARCHAR AS answer"
        rows = f"{base} {rest}, coalesce(nullif({kind.code}, []), [NULL]) AS codings FROM {reads}"
    return (
        f"SELECT id, type, person_id, date, holds, quantity.value AS value, answer, "
        f"coalesce(quantity.code, quantity.unit) AS unit, coding.system AS system, "
        f"map_extract(MAP {{{known}}}, coding.system)[1] AS vocabulary, coding.code AS code "
        f"FROM (SELECT *, unnest(codings) AS coding FROM ({rows}))"
    )


def _part(where: str) -> str:
    """Codes, number and answer of an observation or of one of its components."""
    said, rules = f"{where}valueCodeableConcept", load_rules()["answers"]
    no = [c.lower() for codes in rules["codes"].values() for c in codes] + rules["words"]
    listed = ", ".join(f"'{word}'" for word in no)
    answer = (
        f"CASE WHEN {where}valueQuantity.value IS NOT NULL THEN NULL "
        f"WHEN list_has_any(list_transform({said}.coding, lambda v: lower(v.code)), [{listed}]) "
        f"THEN 'no' ELSE coalesce({where}valueBoolean, {where}valueString, {said}.text, "
        f"CASE WHEN {where}dataAbsentReason IS NOT NULL THEN 'unknown' END) END"
    )
    return f"{{'codings': {where}code.coding, 'quantity': {where}valueQuantity, 'answer': {answer}}}"


def _drugs(files: list[str] | None) -> str:
    """Codes of the drugs that lines refer to, each once."""
    if not files:
        return f"SELECT NULL::VARCHAR AS id, (NULL::{CODING}).coding AS coding"
    reads = _read(files, {"id": "VARCHAR", "code": CODING})
    return f"SELECT DISTINCT ON (id) id, code.coding AS coding FROM {reads} ORDER BY id, code"


def _count(engine: Engine, raw: Path, dropped: dict[str, int]) -> None:
    table = engine.con.read_parquet(str(raw), table_name="raw")
    dropped["lines that are no JSON"] += engine.number(table.type.isnull().sum())
    out = table.filter(table.type.notnull() & ~table.holds)
    dropped[_NOT_SO] += engine.number(out.id.nunique())


def _count_unread(engine: Engine, raws: list[str], dropped: dict[str, int]) -> None:
    """Lines of which no code can be read, by the first system they name."""
    if not raws:
        return
    listed = ", ".join(f"'{r}'" for r in raws)
    rows = _ask(
        engine,
        f"WITH rows AS (SELECT * FROM read_parquet([{listed}]) WHERE type IS NOT NULL AND holds) "
        "SELECT coalesce(system, '') AS system, count(*) AS n FROM (SELECT type, id, min(system) AS system "
        "FROM rows WHERE vocabulary IS NULL GROUP BY type, id) AS unread ANTI JOIN "
        "(SELECT type, id FROM rows WHERE vocabulary IS NOT NULL AND id IN "
        "(SELECT id FROM rows WHERE vocabulary IS NULL)) AS read USING (type, id) "
        "GROUP BY 1 ORDER BY n DESC, 1",
    )
    for place, (named, count) in enumerate(rows):
        system = named if place < _NAMED else "other systems"
        what = f"lines coded in {system}, which is not read" if system else "lines without a code"
        dropped[what] = dropped.get(what, 0) + count


def _dated(flat: Path, name: str) -> str:
    return f"SELECT person_id, {_DATE[name]} AS day, {name}_id AS line FROM '{flat / name}.parquet'"


def _latest(engine: Engine, dated: list[str], dropped: dict[str, int]) -> str:
    """The last day that is believed; where most lines lie beyond it, dates were moved on purpose and stay."""
    if not dated:
        return _NEVER
    latest = dt.date.today() + dt.timedelta(days=LATER)  # noqa: DTZ011 (a day more or less does not matter)
    asked = f"SELECT count(DISTINCT line) FROM ({' UNION ALL '.join(dated)}) WHERE day"
    future = _ask(engine, f"{asked} > DATE '{latest}'")[0][0]
    if future and 2 * future > _ask(engine, f"{asked} IS NOT NULL")[0][0]:
        return _NEVER
    dropped |= {_FUTURE: future} if future else {}
    return latest.isoformat()


def _rows(raws: list[str]) -> str:
    listed = ", ".join(f"'{r}'" for r in raws)
    return f"read_parquet([{listed}]) WHERE type IS NOT NULL AND holds AND vocabulary IS NOT NULL"


def _day(text: str) -> str:
    """A date from a FHIR date, in which month and day may be missing."""
    return (
        f"try_cast(CASE length({text}) WHEN 4 THEN {text} || '-01-01' WHEN 7 THEN {text} || '-01' "
        f"ELSE left({text}, 10) END AS DATE)"
    )


def _table(table: str, raws: list[str]) -> str:
    prefix = _PREFIX[table]
    values = ", value AS value_as_number, unit AS unit_source_value" if table == "measurement" else ""
    return (
        f"SELECT {_number_of('id')} AS {table}_id, id AS resource_id, person_id, "
        f"0::BIGINT AS {prefix}_concept_id, "
        f"vocabulary || '|' || code AS {prefix}_source_value, {_day('date')} AS {_DATE[table]}{values} "
        f"FROM {_rows(raws)}"
    )


def _without_value(raws: list[str]) -> str:
    """Observations that have no number may be findings."""
    return (
        f"SELECT {_number_of('id')} AS observation_id, id AS resource_id, person_id, "
        "0::BIGINT AS observation_concept_id, vocabulary || '|' || code AS observation_source_value, "
        f"{_day('date')} AS observation_date, answer AS value_as_string FROM {_rows(raws)} AND value IS NULL"
    )


def _patients(files: list[str]) -> str:
    columns = {"resourceType": "VARCHAR", "id": "VARCHAR", "gender": "VARCHAR", "birthDate": "VARCHAR"}
    return (
        f"SELECT resourceType AS type, birthDate AS birth, {_number_of('id')} AS person_id, "
        "id AS resource_id, "
        "CASE gender WHEN 'male' THEN 8507 WHEN 'female' THEN 8532 ELSE 0 END AS gender_concept_id, "
        f"try_cast(left(birthDate, 4) AS BIGINT) AS year_of_birth "
        f"FROM {_read(files, columns)}"
    )


def _persons(flat: Path) -> str:
    """A patient exported twice is one person."""
    return (
        f"SELECT DISTINCT ON (resource_id) * EXCLUDE (type, birth) FROM '{flat}/raw_Patient.parquet' "
        "WHERE resource_id IS NOT NULL ORDER BY resource_id, birth"
    )


def _encounters(files: list[str]) -> str:
    reads = _read(files, _COMMON | {"period": PERIOD})
    both = 'period."start" AS first, coalesce(period."end", period."start") AS last'
    return (
        f"SELECT resourceType AS type, {_patient_of('subject.reference')} AS person_id, {both} FROM {reads}"
    )


def _periods(spans: list[str], latest: str) -> str:
    """From the first to the last thing known of each patient: bulk exports have no periods of observation."""
    earliest = load_rules()["dates"]["earliest"]
    every = [f"SELECT person_id, day FROM ({s})" for s in spans]
    believed = f"CASE WHEN day BETWEEN DATE '{earliest}' AND DATE '{latest}' THEN day END AS day"
    return (
        "SELECT person_id AS observation_period_id, person_id, min(day) AS observation_period_start_date, "
        f"max(day) AS observation_period_end_date FROM (SELECT person_id, {believed} "
        f"FROM ({' UNION ALL '.join(every)})) "
        "GROUP BY person_id"
    )


def _names(engine: Engine, flat: Path, rows: set[tuple[str, int]]) -> dict[tuple[str, int], str]:
    """Resource ids of rows, by table and made-up id."""
    found: dict[tuple[str, int], str] = {}
    for table in sorted({t for t, _ in rows}):
        key = f"{table}_id" if table != "person" else "person_id"
        read: Any = engine.con.read_parquet(str(flat / f"{table}.parquet"), table_name=f"names_{table}")
        wanted = read.filter(read[key].isin(sorted(i for t, i in rows if t == table)))
        told = engine.fetch(wanted.select(i=wanted[key], name=wanted.resource_id).distinct())
        found |= {(table, row["i"]): row["name"] for row in told}
    return found
