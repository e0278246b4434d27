"""FHIR R4 in bulk, flattened by DuckDB to the tables that OMOP records are read from."""
# ruff: noqa: S608 (the statements hold our own column names, and names of files with their quotes doubled)

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, NamedTuple

from hoofbeat.errors import InputError
from hoofbeat.sweep.engines import Engine
from hoofbeat.sweep.sources import Source, fingerprint, parquet_source

_CODING = "STRUCT(coding STRUCT(system VARCHAR, code VARCHAR)[])"
_QUANTITY = "STRUCT(value DOUBLE, code VARCHAR, unit VARCHAR)"
_REFERENCE = "STRUCT(reference VARCHAR)"
_PERIOD = 'STRUCT("start" VARCHAR, "end" VARCHAR)'
_SYSTEMS = {
    "http://snomed.info/sct": "SNOMED",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD10CM",
    "http://hl7.org/fhir/sid/icd-10": "ICD10CM",
    "http://hl7.org/fhir/sid/icd-9-cm": "ICD9CM",
    "http://loinc.org": "LOINC",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RXNORM",
    "http://www.whocc.no/atc": "ATC",
    "http://terminology.hl7.org/CodeSystem/icd-o-3": "ICDO3",
}
# A name of a file, such as Condition.ndjson, 2.Condition.ndjson.gz and Condition_03.ndjson.
_FILE = re.compile(r"([A-Z][A-Za-z]+)[^A-Za-z]*\.(ndjson|jsonl|json)(\.gz)?$")
# Lines longer than this are no resource that findings are read from.
_LONGEST = 64 * 1024 * 1024


class Kind(NamedTuple):
    """A resource type: where it goes, its columns, and how code, date and whether it holds are read."""

    name: str
    table: str
    columns: dict[str, str]
    code: str
    date: str
    holds: str


_DRUG = {
    "medicationCodeableConcept": _CODING,
    "status": "VARCHAR",
    "authoredOn": "VARCHAR",
    "effectiveDateTime": "VARCHAR",
    "effectivePeriod": _PERIOD,
    "whenHandedOver": "VARCHAR",
    "whenPrepared": "VARCHAR",
    "dateAsserted": "VARCHAR",
}
_DRUG_DATE = (
    'coalesce(authoredOn, effectiveDateTime, effectivePeriod."start", '
    "whenHandedOver, whenPrepared, dateAsserted)"
)
KINDS = (
    Kind(
        "Condition",
        "condition_occurrence",
        {
            "code": _CODING,
            "onsetDateTime": "VARCHAR",
            "onsetPeriod": _PERIOD,
            "recordedDate": "VARCHAR",
            "verificationStatus": "STRUCT(coding STRUCT(code VARCHAR)[])",
        },
        "code.coding",
        'coalesce(onsetDateTime, onsetPeriod."start", recordedDate)',
        "NOT coalesce(list_has_any(list_transform(verificationStatus.coding, lambda c: c.code), "
        "['refuted', 'entered-in-error']), false)",
    ),
    Kind(
        "Observation",
        "measurement",
        {
            "code": _CODING,
            "status": "VARCHAR",
            "effectiveDateTime": "VARCHAR",
            "effectivePeriod": _PERIOD,
            "issued": "VARCHAR",
            "valueQuantity": _QUANTITY,
            "component": f"STRUCT(code {_CODING}, valueQuantity {_QUANTITY})[]",
        },
        "code.coding",
        'coalesce(effectiveDateTime, effectivePeriod."start", issued)',
        "coalesce(status, '') NOT IN ('entered-in-error', 'cancelled')",
    ),
    *(
        Kind(
            name,
            "drug_exposure",
            _DRUG,
            "medicationCodeableConcept.coding",
            _DRUG_DATE,
            "coalesce(status, '') NOT IN ('entered-in-error', 'not-taken', 'not-done', 'cancelled')",
        )
        for name in (
            "MedicationRequest",
            "MedicationStatement",
            "MedicationDispense",
            "MedicationAdministration",
        )
    ),
)
_COMMON = {"resourceType": "VARCHAR", "id": "VARCHAR", "subject": _REFERENCE}
_PREFIX = {"condition_occurrence": "condition", "drug_exposure": "drug", "measurement": "measurement"}
_DATE = {
    "condition_occurrence": "condition_start_date",
    "drug_exposure": "drug_exposure_start_date",
    "measurement": "measurement_date",
    "observation": "observation_date",
}


def fhir_source(engine: Engine, folder: Path | None, work: Path, vocabulary: Path | None) -> Source:
    """Flatten NDJSON files to Parquet in the work folder, and return them as a source of OMOP tables.

    Ids become whole numbers made from the resource ids, the same in every run. Refuted conditions and what
    was entered in error are left out; lines that are no JSON are counted. Raises InputError without
    patients.
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
    dropped = dict.fromkeys(("lines that are no JSON", "entries refuted, cancelled or entered in error"), 0)
    parts: dict[str, list[str]] = {}
    for kind in KINDS:
        if kind.name in files:
            raw = flat / f"raw_{kind.name}.parquet"
            _copy(engine, _raw(kind, files[kind.name]), raw)
            _count(engine, raw, dropped)
            parts.setdefault(kind.table, []).append(str(raw))
    for table, raws in parts.items():
        _copy(engine, _table(table, raws), flat / f"{table}.parquet")
    if "measurement" in parts:
        _copy(engine, _without_value(parts["measurement"]), flat / "observation.parquet")
    _copy(engine, _patients(files["Patient"]), flat / "person.parquet")
    spans = [f"SELECT person_id, {_DATE[name]} AS day FROM '{flat / name}.parquet'" for name in parts]
    if "Encounter" in files:
        spans.append(_encounters(files["Encounter"]))
    spans.append(f"SELECT person_id, NULL::DATE AS day FROM '{flat}/person.parquet'")
    _copy(engine, _periods(spans), flat / "observation_period.parquet")
    for path in flat.glob("raw_*.parquet"):
        path.unlink()
    return dropped


def _copy(engine: Engine, sql: str, path: Path) -> None:
    engine.run(f"COPY ({sql}) TO '{path}' (FORMAT parquet)")


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
    return _number_of(f"regexp_replace({reference}, '^(urn:uuid:|.*/)', '')")


def _raw(kind: Kind, files: list[str]) -> str:
    """One row a coding, of the resource and of its components; unread lines keep a row without id."""
    known = ", ".join(f"'{s}': '{v}'" for s, v in _SYSTEMS.items())
    base = (
        f"SELECT id, {_patient_of('subject.reference')} AS person_id, {kind.date} AS date, "
        f"{kind.holds} AS holds, "
        f"resourceType AS type, "
    )
    reads = _read(files, _COMMON | kind.columns)
    if kind.name == "Observation":
        parts = (
            "list_concat([{'codings': code.coding, 'quantity': valueQuantity}], list_transform("
            "coalesce(component, []), lambda c: {'codings': c.code.coding, 'quantity': c.valueQuantity}))"
        )
        rows = f"{base} unnest({parts}) AS part FROM {reads}"
        rows = (
            "SELECT id, person_id, date, holds, type, part.quantity AS quantity, "
            "unnest(coalesce(nullif(part.codings, []), [NULL])) AS coding "
            f"FROM ({rows})"
        )
    else:
        quantity = f"NULL::{_QUANTITY} AS quantity"
        rows = f"{base} {quantity}, unnest(coalesce(nullif({kind.code}, []), [NULL])) AS coding FROM {reads}"
    return (
        f"SELECT id, type, person_id, date, holds, quantity.value AS value, "
        f"coalesce(quantity.code, quantity.unit) AS unit, "
        f"map_extract(MAP {{{known}}}, coding.system)[1] AS vocabulary, coding.code AS code FROM ({rows})"
    )


def _count(engine: Engine, raw: Path, dropped: dict[str, int]) -> None:
    table = engine.con.read_parquet(str(raw), table_name="raw")
    dropped["lines that are no JSON"] += engine.number(table.type.isnull().sum())
    out = table.filter(table.type.notnull() & ~table.holds)
    dropped["entries refuted, cancelled or entered in error"] += engine.number(out.id.nunique())


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
        f"{_day('date')} AS observation_date FROM {_rows(raws)} AND value IS NULL"
    )


def _patients(files: list[str]) -> str:
    columns = {"resourceType": "VARCHAR", "id": "VARCHAR", "gender": "VARCHAR", "birthDate": "VARCHAR"}
    # a patient exported twice is one person
    return (
        f"SELECT DISTINCT ON (id) {_number_of('id')} AS person_id, id AS resource_id, "
        "CASE gender WHEN 'male' THEN 8507 WHEN 'female' THEN 8532 ELSE 0 END AS gender_concept_id, "
        f"try_cast(left(birthDate, 4) AS BIGINT) AS year_of_birth "
        f"FROM {_read(files, columns)} WHERE id IS NOT NULL ORDER BY id, birthDate"
    )


def _encounters(files: list[str]) -> str:
    reads = _read(files, _COMMON | {"period": _PERIOD})
    both = 'unnest([period."start", coalesce(period."end", period."start")])'
    who = _patient_of("subject.reference")
    rows = f"SELECT {who} AS person_id, {both} AS moment FROM {reads} WHERE id IS NOT NULL"
    return f"SELECT person_id, {_day('moment')} AS day FROM ({rows})"


def _periods(spans: list[str]) -> str:
    """From the first to the last thing known of each patient: bulk exports have no periods of observation."""
    return (
        "SELECT person_id AS observation_period_id, person_id, min(day) AS observation_period_start_date, "
        f"max(day) AS observation_period_end_date FROM ({' UNION ALL '.join(spans)}) GROUP BY person_id"
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
