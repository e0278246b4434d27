"""What gives a wrong answer without a word on one engine or another: each is pinned on all of them."""

from __future__ import annotations

import datetime as dt
import os

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from hoofbeat.errors import SweepError
from hoofbeat.sweep import Place, sweep

ECZEMA, HAEMOGLOBIN, GRAMS = 101, 106, 8713


def write(folder):
    """Two people: codes with dots (to one engine, any letter), values with gaps, ages that divide badly."""
    day = dt.date(2015, 6, 30)
    tables = {
        "person": {"person_id": [1, 2], "gender_concept_id": [8532, 8507], "year_of_birth": [1959, 1990]},
        "observation_period": {
            "person_id": [1, 2],
            "observation_period_start_date": [dt.date(2010, 1, 1)] * 2,
            "observation_period_end_date": [dt.date(2016, 12, 31), dt.date(2017, 1, 1)],
        },
        "condition_occurrence": {
            "condition_occurrence_id": [1, 2, 3],
            "person_id": [1, 2, 2],
            "condition_concept_id": [0, 0, ECZEMA],
            "condition_start_date": [day, day, day],
            "condition_source_value": ["L30.9", "L30X9", None],
        },
        "measurement": {
            "measurement_id": [11, 12, 13, 14],
            "person_id": [1, 1, 2, 2],
            "measurement_concept_id": [HAEMOGLOBIN] * 4,
            "measurement_date": [day] * 4,
            # a gap must not become a number below every limit; 12.999 must not be cut to 12
            "value_as_number": pa.array([None, 11.5, None, 12.999], pa.float64()),
            "unit_concept_id": [GRAMS] * 4,
        },
        "concept": {
            "concept_id": [ECZEMA, HAEMOGLOBIN, GRAMS],
            "vocabulary_id": ["SNOMED", "LOINC", "UCUM"],
            "concept_code": ["43116000", "718-7", "g/dL"],
        },
    }
    folder.mkdir()
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), folder / f"{name}.parquet")
    return folder


@pytest.fixture
def place(request, tmp_path):
    folder = write(tmp_path / "cdm")
    if request.param == "duckdb":
        return Place(omop=folder, threads=2)
    if request.param == "spark":
        return Place(omop=folder, spark=request.getfixturevalue("spark"))
    variable = request.getfixturevalue("postgres")[request.param]
    request.getfixturevalue("copy_into")(os.environ[variable], folder, "traps")
    return Place(database=variable, schema="traps")


def findings(result):
    """Terms and people of the evidence."""
    return {(e.person_id, e.finding) for e in result.evidence if e.table}


def test_schemas_of_one_server_are_told_apart(postgres, copy_into, tmp_path):
    """Two hospitals whose tables end with the same row ids: kept rows of one are not the other's."""
    variable = postgres["postgres-c"]
    folder = write(tmp_path / "cdm")
    copy_into(os.environ[variable], folder, "hospital_a")
    rows = pq.read_table(folder / "condition_occurrence.parquet").to_pylist()
    pq.write_table(
        pa.Table.from_pylist(
            [rows[0] | {"condition_concept_id": 0, "condition_source_value": "none"}, rows[2]]
        ),
        folder / "condition_occurrence.parquet",
    )
    copy_into(os.environ[variable], folder, "hospital_b")
    found = {}
    for schema in ("hospital_a", "hospital_b"):
        place = Place(database=variable, schema=schema)
        found[schema] = sweep("glucagonoma", place, tmp_path / schema, chances=False, keep=True)
    assert (1, "HP:0000964") in findings(found["hospital_a"])
    assert (1, "HP:0000964") not in findings(found["hospital_b"])


def test_a_server_repeats_nothing_of_the_records(postgres, copy_into, tmp_path):
    import psycopg

    variable = postgres["postgres-c"]
    copy_into(os.environ[variable], write(tmp_path / "cdm"), "textual")
    place = Place(database=variable, schema="textual")
    with psycopg.connect(os.environ[variable]) as con:
        con.execute("ALTER TABLE textual.measurement ALTER value_as_number TYPE text")
        con.execute("UPDATE textual.measurement SET value_as_number = 'Mr Smith 9.0' WHERE person_id = 2")
    with pytest.raises(SweepError, match="value_as_number of the table measurement is no number") as caught:
        sweep("glucagonoma", place, tmp_path / "out", chances=False)
    assert "Smith" not in str(caught.value)
    with psycopg.connect(os.environ[variable]) as con:
        con.execute("ALTER TABLE textual.measurement ALTER value_as_number TYPE float8 USING 9.0")
        con.execute("ALTER TABLE textual.condition_occurrence ALTER condition_start_date TYPE text")
        con.execute("UPDATE textual.condition_occurrence SET condition_start_date = '2015-02-31'")
    with pytest.raises(SweepError, match="PostgreSQL could not do its work") as caught:
        sweep("glucagonoma", place, tmp_path / "out", chances=False)
    assert "2015" not in str(caught.value)


def test_a_schema_that_was_named_for_the_vocabulary_must_hold_one(postgres, copy_into, tmp_path):
    variable = postgres["postgres-c"]
    copy_into(os.environ[variable], write(tmp_path / "cdm"), "alone")
    place = Place(database=variable, schema="alone", vocabulary_schema="nowhere")
    with pytest.raises(SweepError, match="vocabulary has no table concept"):
        sweep("glucagonoma", place, tmp_path / "out", chances=False)


@pytest.mark.parametrize("place", ["duckdb", "postgres-c", "postgres-icu", "spark"], indirect=True)
def test_gaps_dots_and_divisions_are_the_same_everywhere(place, tmp_path):
    result = sweep("glucagonoma", place, tmp_path / "out", top=5, chances=False)
    rows = {(e.person_id, e.finding, e.row_id, e.amount) for e in result.evidence if e.table}
    assert rows == {
        (1, "HP:0000964", 1, 0),
        (1, "HP:0001903", 12, 11500),
        (2, "HP:0000964", 3, 0),
        (2, "HP:0001903", 14, 12999),
    }
    assert {p.person_id: (p.age, p.as_of) for p in result.people} == {
        1: (57, "2016-12-31"),
        2: (27, "2017-01-01"),
    }
    assert result.manifest["counts"]["values without number or known unit"] == 2


def test_tables_with_gaps_are_never_written():
    from hoofbeat.sweep.engines import duckdb_engine

    engine = duckdb_engine(None)
    for gap in (None, float("nan")):
        with pytest.raises(ValueError, match="has gaps"):
            engine.rows("spec", {"least": [1.0, gap]}, {"least": "float64"})
    engine.close()
