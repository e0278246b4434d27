"""Small records made for the tests: a table at a time, with only the columns that matter."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest

LIBRARIES = (
    "ignore:.*fetch_arrow_table.*:DeprecationWarning",
    "ignore::DeprecationWarning:ibis",
    "ignore::FutureWarning:ibis",
    "ignore::ResourceWarning",
)
EPOCH = dt.date(1970, 1, 1)
ECZEMA, PSORIASIS, WEIGHT_LOSS, DIABETES, TUMOUR, HAEMOGLOBIN, WEIGHT, STEROID, PLAIN = range(101, 110)
GRAMS, KILOGRAMS, NO_UNIT = 8713, 9529, 0
CONCEPTS = [
    (ECZEMA, "SNOMED", "43116000"),
    (PSORIASIS, "ICD10CM", "L40.0"),
    (WEIGHT_LOSS, "SNOMED", "89362005"),
    (DIABETES, "SNOMED", "44054006"),
    (TUMOUR, "ICD10CM", "C25.4"),
    (HAEMOGLOBIN, "LOINC", "718-7"),
    (WEIGHT, "LOINC", "29463-7"),
    (STEROID, "ATC", "D07"),
    (PLAIN, "SNOMED", "38341003"),
    (GRAMS, "UCUM", "g/dL"),
    (KILOGRAMS, "UCUM", "kg"),
]
# Tables without rows, for records that miss nothing.
EMPTY = {
    "observation": ("observation_id", "person_id", "observation_concept_id", "observation_date"),
    "drug_exposure": ("drug_exposure_id", "person_id", "drug_concept_id", "drug_exposure_start_date"),
    "measurement": (
        *("measurement_id", "person_id", "measurement_concept_id", "measurement_date"),
        *("value_as_number", "unit_concept_id"),
    ),
    "concept_relationship": ("concept_id_1", "concept_id_2"),
    "concept_ancestor": ("ancestor_concept_id", "descendant_concept_id"),
}


def pytest_collection_modifyitems(items):
    """Let tests of this folder pass over warnings that the pinned libraries cause in one another."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            for each in LIBRARIES:
                item.add_marker(pytest.mark.filterwarnings(each))


def day(text):
    return dt.date.fromisoformat(text)


class Records:
    """OMOP tables in the making."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.tables = {
            "person": [],
            "observation_period": [],
            "condition_occurrence": [],
            "drug_exposure": [],
            "measurement": [],
            "concept": [
                {"concept_id": i, "vocabulary_id": v, "concept_code": c, "concept_name": ""}
                for i, v, c in CONCEPTS
            ],
        }
        self.numbers = 0

    def person(self, number, *, born=1960, sex=8532, seen=("2010-01-01", "2020-12-31")):
        self.tables["person"].append({"person_id": number, "gender_concept_id": sex, "year_of_birth": born})
        if seen:
            first, last = (day(s) for s in seen)
            self.tables["observation_period"].append(
                {
                    "person_id": number,
                    "observation_period_start_date": first,
                    "observation_period_end_date": last,
                }
            )
        return self

    def condition(self, number, concept, date, *, source=None):
        row = {"condition_occurrence_id": self._next(), "person_id": number, "condition_concept_id": concept}
        row |= {"condition_start_date": day(date), "condition_source_value": source}
        self.tables["condition_occurrence"].append(row)
        return self

    def drug(self, number, concept, date):
        row = {"drug_exposure_id": self._next(), "person_id": number, "drug_concept_id": concept}
        self.tables["drug_exposure"].append(row | {"drug_exposure_start_date": day(date)})
        return self

    def value(self, number, concept, date, value, unit):
        row = {"measurement_id": self._next(), "person_id": number, "measurement_concept_id": concept}
        row |= {"measurement_date": day(date), "value_as_number": value, "unit_concept_id": unit}
        self.tables["measurement"].append(row)
        return self

    def write(self, *, without=(), change=None, whole=False):
        import pyarrow as pa
        import pyarrow.parquet as pq

        self.folder.mkdir(exist_ok=True)
        for name, rows in self.tables.items():
            if name in without or not rows:
                continue
            table = pa.Table.from_pylist(rows)
            pq.write_table(change(name, table) if change else table, self.folder / f"{name}.parquet")
        for name, columns in EMPTY.items() if whole else ():
            if not (self.folder / f"{name}.parquet").exists():
                kinds = {c: pa.date32() if c.endswith("_date") else pa.int64() for c in columns}
                empty = pa.schema(kinds | ({"relationship_id": pa.string()} if "ship" in name else {}))
                pq.write_table(empty.empty_table(), self.folder / f"{name}.parquet")
        return self.folder

    def _next(self):
        self.numbers += 1
        return self.numbers


@pytest.fixture
def records(tmp_path):
    return Records(tmp_path / "cdm")


@pytest.fixture
def swept(tmp_path):
    """Sweep a folder, and return the result."""
    from hoofbeat.sweep import Place, sweep

    def run(folder, *, disease="glucagonoma", out="out", **options):
        options = {"chances": False, "top": 20, **options}
        return sweep(disease, Place(omop=folder, threads=2), tmp_path / out, **options)

    return run


@pytest.fixture(scope="session")
def made_up(tmp_path_factory):
    """A few hundred made-up people."""
    from hoofbeat.sweep import generate

    folder = tmp_path_factory.mktemp("made_up") / "cdm"
    generate(folder, 400, seed=11)
    return folder
