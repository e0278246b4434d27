"""Records are never in order: each disorder is read, or counted and named, or refused in one message."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pyarrow as pa
import pytest

from hoofbeat.errors import InputError, SweepError
from hoofbeat.sweep import Place, sweep

# concepts of the small vocabulary in conftest
ECZEMA, PSORIASIS, WEIGHT_LOSS, DIABETES, TUMOUR, HAEMOGLOBIN, WEIGHT, STEROID, PLAIN = range(101, 110)
GRAMS, KILOGRAMS, NO_UNIT = 8713, 9529, 0


def terms(result, person=1):
    return {e.finding for e in result.evidence if e.person_id == person} - {"age", "sex", "form"}


def test_findings_are_read_from_codes_values_and_weights(records, swept):
    records.person(1).condition(1, ECZEMA, "2015-01-01").condition(1, WEIGHT_LOSS, "2016-01-01")
    records.value(1, HAEMOGLOBIN, "2016-02-01", 11.0, GRAMS)
    records.person(2).value(2, WEIGHT, "2016-01-01", 80.0, KILOGRAMS).value(
        2, WEIGHT, "2017-01-01", 73.6, KILOGRAMS
    )
    records.person(3).value(3, WEIGHT, "2016-01-01", 80.0, KILOGRAMS).value(
        3, WEIGHT, "2017-01-01", 73.7, KILOGRAMS
    )
    result = swept(records.write())
    assert terms(result) == {"HP:0000964", "HP:0001824", "HP:0001903"}
    assert terms(result, 2) == {"HP:0001824"}
    assert {p.person_id for p in result.people} == {1, 2}


def test_points_of_the_rows_sum_to_the_score(made_up, swept):
    result = swept(made_up, top=50)
    for person in result.people:
        assert sum(e.points for e in result.evidence if e.person_id == person.person_id) == person.score


def test_a_limit_depends_on_the_sex(records, swept):
    for number, sex in ((1, 8532), (2, 8507), (3, 0)):
        records.person(number, sex=sex).condition(number, ECZEMA, "2015-01-01")
        records.value(number, HAEMOGLOBIN, "2015-01-02", 12.5, GRAMS)
    result = swept(records.write())
    assert ["HP:0001903" in terms(result, n) for n in (1, 2, 3)] == [False, True, False]


def test_who_has_the_diagnosis_is_set_aside_from_that_day(records, swept):
    records.person(1).condition(1, ECZEMA, "2015-01-01").condition(1, TUMOUR, "2018-01-01")
    folder = records.person(2).condition(2, ECZEMA, "2015-01-01").write()
    assert [p.person_id for p in swept(folder).people] == [2]
    before = swept(folder, as_of="2017-12-31", out="before")
    assert sorted(p.person_id for p in before.people) == [1, 2]
    assert before.manifest["counts"]["people with the diagnosis already"] == 0


def test_diabetes_counts_only_when_new_and_near_the_rash(records, swept):
    records.person(1).condition(1, ECZEMA, "2015-01-01").condition(1, DIABETES, "2015-06-01")
    records.person(2).condition(2, ECZEMA, "2015-01-01").condition(2, DIABETES, "2010-03-01")
    records.person(3).condition(3, ECZEMA, "2015-01-01").condition(3, DIABETES, "2018-01-01")
    result = swept(records.write())
    assert ["HP:0000819" in terms(result, n) for n in (1, 2, 3)] == [True, False, False]


def test_a_rash_may_last_and_come_again_and_be_treated_again(records, swept):
    records.person(1)
    for date in ("2019-01-01", "2019-03-01", "2019-06-01"):
        records.condition(1, ECZEMA, date).drug(1, STEROID, date)
    records.person(2).condition(2, ECZEMA, "2019-01-01").condition(2, ECZEMA, "2019-01-20")
    result = swept(records.write())
    lasting = {"HP:0011010", "HP:0031796", "treatment:topical steroid"}
    assert lasting <= terms(result)
    assert not lasting & terms(result, 2)


def test_rows_outside_observation_and_after_the_date_do_not_count(records, swept):
    records.person(1).condition(1, ECZEMA, "2009-12-31").condition(1, WEIGHT_LOSS, "2021-01-01")
    records.person(2).condition(2, ECZEMA, "2015-01-01").condition(2, WEIGHT_LOSS, "2016-01-02")
    folder = records.write()
    assert [p.person_id for p in swept(folder).people] == [2]
    assert terms(swept(folder, as_of="2016-01-01", out="early"), 2) == {"HP:0000964"}


def test_looking_back_is_the_same_as_having_looked_then(made_up, swept, tmp_path):
    import pyarrow.compute as pc
    import pyarrow.parquet as pq

    date, cut = dt.date(2014, 5, 1), tmp_path / "cut"
    cut.mkdir()
    for path in made_up.glob("*.parquet"):
        table = pq.read_table(path)
        dates = [c for c in table.column_names if c.endswith("_date") and "period" not in c]
        pq.write_table(
            table.filter(pc.less_equal(table[dates[0]], date)) if dates else table, cut / path.name
        )
    now, then = swept(made_up, as_of=date, top=60), swept(cut, as_of=date, top=60, out="then")
    assert now.people == then.people
    assert now.evidence == then.evidence


def test_codes_without_a_concept_are_matched_as_written(records, swept):
    records.person(1).condition(1, 0, "2015-01-01", source="L30.9")
    records.person(2).condition(2, 0, "2015-01-01", source=" l309")
    records.person(3).condition(3, 0, "2015-01-01", source="ICD9CM|684")
    records.person(4).condition(4, 0, "2015-01-01", source="684")
    result = swept(records.write())
    assert [terms(result, n) for n in (1, 2, 3)] == [{"HP:0000964"}, {"HP:0000964"}, {"HP:0007473"}]
    assert 4 not in {p.person_id for p in result.people}


def test_ids_may_be_floats_or_negative_and_names_upper_case(records, swept):
    records.person(-9007199254740993).condition(-9007199254740993, ECZEMA, "2015-01-01")
    whole = swept(records.write())
    assert whole.people[0].person_id == -9007199254740993
    line = (records.folder.parent / "out" / "worklist.jsonl").read_text()
    assert '"person_id": "-9007199254740993"' in line
    small = type(records)(records.folder.parent / "floats")
    small.person(7).condition(7, ECZEMA, "2015-01-01")

    def floats(_name, table):
        ids = [pa.field(f.name, pa.float64()) if pa.types.is_integer(f.type) else f for f in table.schema]
        return table.cast(pa.schema(ids)).rename_columns([c.upper() for c in table.column_names])

    assert swept(small.write(change=floats), out="small").people[0].person_id == 7


@pytest.mark.parametrize(
    ("written", "counts"),
    [
        ("20150301", True),
        ("2015-03-01", True),
        ("2015-03", True),
        ("2015", True),
        ("2015-02-31", False),
        ("0001-01-01", False),
        ("", False),
    ],
)
def test_dates_may_be_text_and_incomplete(records, swept, written, counts):
    records.person(1).condition(1, ECZEMA, "2015-01-01").person(2).condition(2, WEIGHT_LOSS, "2015-01-01")

    def as_text(name, table):
        if name != "condition_occurrence":
            return table
        at = table.column_names.index("condition_start_date")
        return table.set_column(at, "condition_start_date", pa.array([written, "2015-01-01"]))

    result = swept(records.write(change=as_text))
    assert (1 in {p.person_id for p in result.people}) == counts
    assert result.problems == ({} if counts else {"rows without a date that can be believed": 1})


def test_values_without_number_or_unit_are_counted(records, swept):
    records.person(1).condition(1, ECZEMA, "2015-01-01")
    records.value(1, HAEMOGLOBIN, "2015-01-02", None, GRAMS).value(1, HAEMOGLOBIN, "2015-01-02", 9.0, NO_UNIT)
    records.value(1, HAEMOGLOBIN, "2015-01-02", float("nan"), GRAMS)
    # slips of the keyboard, on either side of the limit
    records.value(1, HAEMOGLOBIN, "2015-01-02", 1e10, GRAMS).value(1, HAEMOGLOBIN, "2015-01-02", -1e10, GRAMS)
    result = swept(records.write())
    assert terms(result) == {"HP:0000964"}
    assert result.manifest["counts"]["values without number or known unit"] == 5


def test_a_person_without_year_of_birth_is_scored_and_counted(records, swept):
    result = swept(records.person(1, born=None).condition(1, ECZEMA, "2015-01-01").person(2).write())
    assert result.people[0].age is None
    assert result.problems == {"people without year of birth": 1}


def test_somebody_who_stands_there_twice_is_scored_once(records, swept):
    records.person(1).condition(1, ECZEMA, "2015-01-01").condition(1, WEIGHT_LOSS, "2016-01-01")
    once = swept(records.write())
    records.tables["person"].append(dict(records.tables["person"][0]))
    twice = swept(records.write(), out="twice")
    assert twice.people == once.people
    assert twice.evidence == once.evidence
    assert twice.manifest["counts"]["people"] == 1
    assert twice.problems == {"people who stand more than once in the table person": 1}


def test_what_two_rows_of_a_person_disagree_about_is_unknown(records, swept):
    records.person(1).condition(1, ECZEMA, "2015-01-01")
    records.tables["person"].append({"person_id": 1, "gender_concept_id": 8532, "year_of_birth": 1990})
    person = swept(records.write()).people[0]
    assert (person.age, person.sex) == (None, "female")


def test_a_score_that_its_evidence_does_not_explain_is_no_result(records, swept, monkeypatch):
    records.person(1).condition(1, ECZEMA, "2015-01-01")
    monkeypatch.setattr("hoofbeat.sweep.worklist.contributions", lambda *_of: [("age", "Age 60", 1)])
    with pytest.raises(SweepError, match="does not sum to the score"):
        swept(records.write())


@pytest.mark.parametrize("born", [0, 1, 1700, 2500])
def test_a_year_of_birth_that_cannot_be_is_unknown_and_counted(records, swept, born):
    result = swept(records.person(1, born=born).condition(1, ECZEMA, "2015-01-01").write())
    assert result.people[0].age is None
    assert result.problems == {"people with a year of birth that cannot be believed": 1}


def test_rows_of_nobody_are_counted(records, swept):
    records.person(1).condition(1, ECZEMA, "2015-01-01").condition(77, WEIGHT_LOSS, "2015-01-01")
    result = swept(records.write())
    assert result.manifest["counts"]["people with a record of a finding"] == 1
    assert result.problems == {"people with findings who are not in the table person": 1}


@pytest.mark.parametrize("written", ["nothing", "unreadable"])
def test_who_is_never_observed_is_counted(records, swept, written):
    records.person(1).condition(1, ECZEMA, "2015-01-01")
    records.person(2, seen=None).condition(2, WEIGHT_LOSS, "2016-01-01")
    if written == "unreadable":
        records.tables["observation_period"] = [
            {"person_id": n, "observation_period_start_date": "2010-01-01"}
            | {"observation_period_end_date": end}
            for n, end in ((1, "2020-12-31"), (2, "soon"))
        ]
    result = swept(records.write())
    assert [p.person_id for p in result.people] == [1]
    assert result.problems == {"people with findings but without a period of observation that can be read": 1}


def test_without_any_period_every_record_counts_as_observed(records, swept):
    def empty(name, table):
        return table.slice(0, 0) if name == "observation_period" else table

    result = swept(records.person(1).condition(1, ECZEMA, "2015-01-01").write(change=empty))
    assert terms(result) == {"HP:0000964"}
    assert any("observation_period" in w for w in result.warnings)


@pytest.mark.parametrize("periods", [True, False])
def test_a_last_day_that_only_fills_a_column_is_not_believed(records, swept, periods):
    """Somebody observed until 2099 would be looked at in 2099, when every finding is long past."""
    records.person(1, seen=("2010-01-01", "2099-12-31")).condition(1, ECZEMA, "2015-01-01")
    records.condition(1, PSORIASIS, "2099-01-01").person(2).condition(2, ECZEMA, "2016-06-01")
    folder = records.write(without=() if periods else ("observation_period",))
    result = swept(folder)
    assert "HP:0000964" in terms(result)
    assert {p.person_id: p.as_of for p in result.people}[1] == "2016-06-01"
    assert result.problems == {"people observed until a day in the future": 1}


def test_dates_moved_into_the_future_on_purpose_are_left(records, swept):
    for number in (1, 2):
        records.person(number, born=2100, seen=("2150-01-01", "2170-12-31"))
        records.condition(number, ECZEMA, "2165-01-01")
    result = swept(records.write())
    assert {p.as_of for p in result.people} == {"2170-12-31"}
    assert "people observed until a day in the future" not in result.problems


def test_age_is_that_on_the_day_looked_at(records, swept):
    records.person(1, born=1960).condition(1, ECZEMA, "2019-01-01")
    person = swept(records.write(), as_of="2030-01-01").people[0]
    assert (person.as_of, person.age) == ("2020-12-31", 60)


def test_a_missing_table_of_people_is_refused(records, swept):
    folder = records.person(1).condition(1, ECZEMA, "2015-01-01").write(without=["person"])
    with pytest.raises(SweepError, match="table person is missing"):
        swept(folder)


def test_a_missing_column_is_refused(records, swept):
    def drop(name, table):
        return table.drop_columns(["condition_start_date"]) if name == "condition_occurrence" else table

    folder = records.person(1).condition(1, ECZEMA, "2015-01-01").write(change=drop)
    with pytest.raises(SweepError, match="has no column condition_start_date"):
        swept(folder)


def test_a_wrong_type_is_refused(records, swept):
    def text(name, table):
        if name != "person":
            return table
        return table.set_column(0, "person_id", pa.array(["one"]))

    folder = records.person(1).condition(1, ECZEMA, "2015-01-01").write(change=text)
    with pytest.raises(SweepError, match="person_id of the table person is no number"):
        swept(folder)


@pytest.mark.parametrize(
    ("table", "column", "values"),
    [
        ("measurement", "unit_concept_id", ["g/dL"]),
        ("person", "gender_concept_id", ["F"]),
        ("observation_period", "person_id", ["one"]),
        ("concept", "concept_code", None),
    ],
)
def test_every_column_that_is_used_is_looked_at_first(records, swept, table, column, values):
    def changed(name, rows):
        if name != table:
            return rows
        new = pa.array(values or range(len(rows)))
        return rows.set_column(rows.column_names.index(column), column, new)

    records.person(1).value(1, HAEMOGLOBIN, "2015-01-01", 9.0, GRAMS).condition(1, ECZEMA, "2015-01-01")
    with pytest.raises(SweepError, match=f"column {column} of the table {table}"):
        swept(records.write(change=changed))


def test_a_vocabulary_without_its_columns_is_refused(records, swept):
    def drop(name, table):
        return table.drop_columns(["vocabulary_id"]) if name == "concept" else table

    folder = records.person(1).condition(1, ECZEMA, "2015-01-01").write(change=drop)
    with pytest.raises(SweepError, match="concept has no column vocabulary_id"):
        swept(folder)


@pytest.mark.parametrize("ids", ["gap", "large"])
def test_what_an_engine_cannot_do_is_one_message(records, swept, ids):
    def changed(name, table):
        if name != "condition_occurrence":
            return table
        column = "person_id" if ids == "gap" else "condition_occurrence_id"
        values = pa.array([float("nan")]) if ids == "gap" else pa.array([2**63 + 1], pa.uint64())
        return table.set_column(table.column_names.index(column), column, values)

    folder = records.person(1).condition(1, ECZEMA, "2015-01-01").write(change=changed)
    with pytest.raises(SweepError, match="DuckDB could not do its work") as caught:
        swept(folder)
    assert str(2**63 + 1) not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_vocabulary_that_was_named_must_be_one(records, tmp_path):
    folder = records.person(1).condition(1, ECZEMA, "2015-01-01").write()
    (tmp_path / "nothing").mkdir()
    place = Place(omop=folder, vocabulary=tmp_path / "nothing", threads=1)
    with pytest.raises(SweepError, match="vocabulary has no table concept"):
        sweep("glucagonoma", place, tmp_path / "out")
    with pytest.raises(InputError, match="no such folder"):
        sweep("glucagonoma", replace(place, vocabulary=tmp_path / "gone"), tmp_path / "out")


def test_schemas_of_one_file_are_told_apart(records, tmp_path):
    """The same row ids in two schemas: the kept rows of the one are not those of the other."""
    import duckdb

    path = tmp_path / "cdm.duckdb"
    with duckdb.connect(str(path)) as con:
        for schema, concept in (("one", ECZEMA), ("two", WEIGHT_LOSS)):
            other = type(records)(tmp_path / schema)
            folder = other.person(1).condition(1, concept, "2015-01-01").write()
            con.execute(f"CREATE SCHEMA {schema}")
            for file in folder.glob("*.parquet"):
                con.execute(f"CREATE TABLE {schema}.{file.stem} AS FROM '{file}'")
    for schema, term in (("one", "HP:0000964"), ("two", "HP:0001824")):
        place = Place(omop=path, schema=schema, threads=1)
        result = sweep("glucagonoma", place, tmp_path / "out", chances=False, keep=True)
        assert terms(result) == {term}


def test_an_empty_vocabulary_is_refused(records, swept):
    def empty(name, table):
        return table.slice(0, 0) if name == "concept" else table

    folder = records.person(1).condition(1, ECZEMA, "2015-01-01").write(change=empty)
    with pytest.raises(SweepError, match="concept is empty"):
        swept(folder)


def test_what_the_vocabulary_does_not_know_is_named(records, swept):
    manifest = swept(records.person(1).condition(1, ECZEMA, "2015-01-01").write()).manifest
    assert "ICD10CM L30.9" in manifest["unmapped_codes"]
    assert "SNOMED 43116000" not in manifest["unmapped_codes"]
    assert "RxNorm 2590" in manifest["unverified_codes"]
    assert manifest["warnings"]
