"""Virtual patients as OMOP CDM v5.4 tables.

Without a vocabulary at hand no standard concept can be looked up, so each code gets a concept of its own in
OMOP's range for local concepts (above two thousand million), listed in the `concept` table with vocabulary
and code: a site maps them by joining its own vocabulary on these two. What has no code stands there by its
name, in the vocabulary "hoofbeat", and has the standard concept 0.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from hoofbeat.simulation.clinic_model import Code
from hoofbeat.simulation.records import Entry, Record

Row = dict[str, Any]
LOCAL = 2_000_000_001
_EHR, _OUTPATIENT, _MALE, _FEMALE = 32817, 9202, 8507, 8532
_UNITS = {"pg/mL": 8845, "mg/dL": 8840, "g/dL": 8713, "g/L": 8636, "ug/dL": 8837}
_DOMAIN = {"condition": "Condition", "drug": "Drug", "measurement": "Measurement", "procedure": "Procedure"}
_TABLE = {
    "condition": "condition_occurrence",
    "drug": "drug_exposure",
    "procedure": "procedure_occurrence",
    "measurement": "measurement",
}
# Which vocabulary is standard for what; a scan's code is none of a measurement.
_STANDARD = {
    "condition": ("SNOMED",),
    "drug": ("RxNorm",),
    "measurement": ("LOINC", "SNOMED"),
    "procedure": ("ICD10PCS", "SNOMED"),
}
_OWN = "hoofbeat"
# OMOP's own concepts for the answers Positive and Negative
_ANSWERS = {"positive": 9191, "negative": 9189}


@cache
def columns() -> dict[str, dict[str, str]]:
    """Return the columns of each table that is written, with type and "required"."""
    path = files("hoofbeat.simulation") / "data" / "omop_5_4.yaml"
    found: dict[str, dict[str, str]] = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return found


class OmopTables:
    """Rows of OMOP tables, gathered record by record; numbers run on over batches."""

    def __init__(self, *, version: str = "") -> None:
        self.version = version
        self.concepts: dict[tuple[str, str], Row] = {}
        self._next = dict.fromkeys(columns(), 0)

    def rows(self, records: Iterable[Record]) -> Iterator[tuple[str, Row]]:
        """Yield (table, row) for each record."""
        for record in records:
            yield from self._person(record)
            visits = []
            for day in record.visits:
                visits.append(self._number("visit_occurrence"))
                yield "visit_occurrence", self._visit(record, day, visits[-1])
            for entry in record.entries:
                yield _TABLE[entry.kind], self._entry(record, entry, visits[entry.visit])

    def closing(self) -> Iterator[tuple[str, Row]]:
        """Yield what is written once, at the end: the concepts used, and where the data come from."""
        for row in self.concepts.values():
            yield "concept", row
        today = date(2000, 1, 1).isoformat()
        yield (
            "cdm_source",
            {
                "cdm_source_name": "hoofbeat virtual patients",
                "cdm_source_abbreviation": "hoofbeat",
                "cdm_holder": "none: nobody in it has lived",
                "source_release_date": today,
                "cdm_release_date": today,
                "cdm_version": "5.4",
                "cdm_version_concept_id": 756265,
                "vocabulary_version": f"local concepts of hoofbeat {self.version}",
            },
        )

    def _number(self, table: str) -> int:
        self._next[table] += 1
        return self._next[table]

    def _person(self, record: Record) -> Iterator[tuple[str, Row]]:
        person = record.patient + 1
        yield (
            "person",
            {
                "person_id": person,
                "gender_concept_id": _MALE if record.sex == "male" else _FEMALE,
                "year_of_birth": record.born.year,
                "month_of_birth": record.born.month,
                "day_of_birth": record.born.day,
                "race_concept_id": 0,
                "ethnicity_concept_id": 0,
                "person_source_value": f"virtual-{record.patient}",
                "gender_source_value": record.sex,
            },
        )
        yield (
            "observation_period",
            {
                "observation_period_id": self._number("observation_period"),
                "person_id": person,
                "observation_period_start_date": record.begin,
                "observation_period_end_date": record.end,
                "period_type_concept_id": _EHR,
            },
        )
        if record.death:
            yield "death", {"person_id": person, "death_date": record.death, "death_type_concept_id": _EHR}

    def _visit(self, record: Record, day: date, number: int) -> Row:
        return {
            "visit_occurrence_id": number,
            "person_id": record.patient + 1,
            "visit_concept_id": _OUTPATIENT,
            "visit_start_date": day,
            "visit_end_date": day,
            "visit_type_concept_id": _EHR,
        }

    def _entry(self, record: Record, entry: Entry, visit: int) -> Row:
        table, kind = _TABLE[entry.kind], entry.kind
        source = entry.codes[0] if entry.codes else None
        standard = next((c for c in entry.codes if c.system in _STANDARD[kind]), None)
        key = {"condition": "condition_occurrence_id", "drug": "drug_exposure_id"}.get(kind, f"{table}_id")
        row: Row = {
            key: self._number(table),
            "person_id": record.patient + 1,
            f"{kind}_concept_id": self._concept(standard, kind) if standard else 0,
            f"{kind}_type_concept_id": _EHR,
            "visit_occurrence_id": visit,
            f"{kind}_source_value": source.code if source else entry.name,
            f"{kind}_source_concept_id": self._concept(source or entry.name, kind),
        }
        if kind == "condition":
            row["condition_start_date"] = entry.day
        elif kind == "drug":
            row["drug_exposure_start_date"] = row["drug_exposure_end_date"] = entry.day
        else:
            row[f"{kind}_date"] = entry.day
        if entry.value is not None:
            row |= {
                "value_as_number": entry.value,
                "unit_concept_id": _UNITS.get(entry.unit, 0),
                "unit_source_value": entry.unit,
            }
        if entry.result in _ANSWERS:
            row |= {"value_as_concept_id": _ANSWERS[entry.result], "value_source_value": entry.result}
        return row

    def _concept(self, code: Code | str, kind: str) -> int:
        """The number of a code's concept, or of a name that has no code."""
        system, written, name = (
            (_OWN, code, code) if isinstance(code, str) else (code.system, code.code, code.display)
        )
        key = (system, written)
        if key not in self.concepts:
            self.concepts[key] = {
                "concept_id": LOCAL + len(self.concepts),
                "concept_name": name,
                "domain_id": _DOMAIN[kind],
                "vocabulary_id": system,
                "concept_class_id": "Undefined",
                "standard_concept": "S" if system in _STANDARD[kind] else None,
                "concept_code": written,
                "valid_start_date": date(1970, 1, 1),
                "valid_end_date": date(2099, 12, 31),
            }
        found: int = self.concepts[key]["concept_id"]
        return found
