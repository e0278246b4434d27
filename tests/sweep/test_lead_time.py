"""Virtual patients among other people: what is put there, and how lead time is counted."""

from __future__ import annotations

import datetime as dt
import json

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from hoofbeat.apps.cli import application
from hoofbeat.errors import HoofbeatError, UsageError
from hoofbeat.simulation import Setup, groups, load_mechanism, write_cohort
from hoofbeat.sweep import Place, define, generate, plant_simulated
from hoofbeat.sweep.lead_time import Patient, _lead, _patient, _shifted
from hoofbeat.sweep.looking_back import median_interval

YEARS = 6.0


@pytest.fixture(scope="module")
def planted(tmp_path_factory):
    """Thirty virtual patients among three hundred people."""
    folder = tmp_path_factory.mktemp("planted")
    generate(folder / "cdm", 300, seed=4)
    place, out = Place(omop=folder / "cdm", threads=2), folder / "out"
    found = plant_simulated("glucagonoma", 30, place, out, years=YEARS, months=18, tops=(30, 300))
    return found, folder / "cdm", out


@pytest.fixture(scope="module")
def shifted(tmp_path_factory):
    """Virtual patients' records as moved in time, and when the records are observed."""
    folder = tmp_path_factory.mktemp("shifted")
    mechanism, setup = load_mechanism("glucagonoma"), Setup(years=YEARS, seed=3)
    cohort = write_cohort("omop", folder, mechanism, groups(mechanism, 40, setup), setup, tables="csv")
    assert sum(len(outcome) for outcome in cohort) == 40
    observed = dt.date(2012, 1, 1), dt.date(2022, 6, 30)
    return *_shifted(define("glucagonoma"), folder, 1000, observed, 3), observed


def test_patients_are_listed_before_their_diagnosis_and_others_are_not_touched(planted):
    found, cdm, out = planted
    short, long = found.leads
    assert (found.people, found.planted) == (330, 30)
    assert short.before.of == long.before.of == found.diagnosed
    assert 0 < short.before.found <= long.before.found <= found.diagnosed
    assert 0 < long.months[1] <= long.interval[0] <= long.months[0]
    assert long.months[0] <= long.interval[1] <= long.months[2] <= YEARS * 12
    assert all(p.is_file() for p in cdm.iterdir())
    assert len(pq.read_table(cdm / "person.parquet")) == 300
    assert not (out / "index").exists()
    told = json.loads((out / "lead_time.json").read_text())
    assert "model that looks for them" in told["upper bound"]
    assert [lead["top"] for lead in told["leads"]] == [30, 300]


def test_lists_before_the_diagnosis_are_those_that_count(planted):
    found, _, _ = planted
    for patient in found.patients:
        for first in filter(None, patient.listed.values()):
            assert first[0] in found.dates
            assert not patient.diagnosed or first[0] < patient.diagnosed
            assert first[1] <= 300


def test_ids_are_new_ones(planted):
    _, cdm, out = planted
    for table, column in (("person", "person_id"), ("condition_occurrence", "condition_occurrence_id")):
        old = pq.read_table(cdm / f"{table}.parquet")[column].to_pylist()
        new = pq.read_table(out / f"mixed/{table}.parquet/planted.parquet")[column].to_pylist()
        assert new
        assert len({*old, *new}) == len(old) + len(new)


def test_records_end_with_the_diagnosis(shifted):
    people, entries, _ = shifted
    own = {e.person: e.day for e in entries if e.code == "C25.4"}
    assert len(own) > 10
    for entry in entries:
        if entry.person in own:
            assert entry.day < own[entry.person] or entry.code in {"C25.4", "E16.3"}
    assert {p.number for p in people} == set(range(1000, 1040))


def test_the_diagnosis_falls_within_the_last_year_observed(shifted):
    people, entries, (begin, end) = shifted
    for entry in entries:
        if entry.code == "C25.4":
            assert dt.timedelta(0) <= end - entry.day < dt.timedelta(365)
    assert all(begin <= p.first < p.last <= end for p in people)


def test_dates_of_a_patient_are_moved_alike(shifted, tmp_path):
    people, entries, _ = shifted
    mechanism, setup = load_mechanism("glucagonoma"), Setup(years=YEARS, seed=3)
    list(write_cohort("omop", tmp_path, mechanism, groups(mechanism, 40, setup), setup, tables="csv"))
    later = dt.date(2012, 1, 1), dt.date(2021, 6, 30)
    moved = _shifted(define("glucagonoma"), tmp_path, 1000, later, 3)
    assert {(a.day - b.day).days for a, b in zip(entries, moved[1], strict=True)} == {365}
    assert {a.born - b.born for a, b in zip(people, moved[0], strict=True)} <= {0, 1}


def test_only_the_lists_before_the_diagnosis_give_a_lead():
    lists = [(100, {1: 80}), (200, {1: 4}), (300, {1: 2}), (400, {1: 1})]
    early = _patient(1, 350, lists, (5, 100))
    assert early.listed == {5: ("1970-07-20", 4), 100: ("1970-04-11", 80)}
    assert early.last == 2
    assert _patient(1, 100, lists, (100,)).listed == {100: None}  # found on the very day is no gain
    assert _patient(2, None, lists, (100,)) == Patient(2, "", {100: None}, 0)


def test_the_undiagnosed_are_no_part_of_recall():
    patients = [
        Patient(1, "2020-01-01", {10: ("2019-01-01", 3)}, 0),
        Patient(2, "2020-01-01", {10: None}, 0),
        Patient(3, "", {10: ("2019-01-01", 3)}, 3),
    ]
    lead = _lead(10, patients)
    assert (lead.before.found, lead.before.of, lead.last.found, lead.undiagnosed) == (1, 2, 0, 1)
    assert (lead.months, lead.interval) == ((12.0, 12.0, 12.0), None)
    assert _lead(10, patients[1:2]).months is None


def test_the_interval_of_a_median_narrows_with_more_patients():
    few, many = median_interval([1.0, 5.0, 9.0] * 2), median_interval([1.0, 5.0, 9.0] * 40)
    assert few == (1.0, 9.0)
    assert few[0] <= many[0] <= 5.0 <= many[1] <= few[1]
    assert many[1] - many[0] < few[1] - few[0]


def test_a_disease_without_a_mechanism_is_refused_before_anything_is_written(made_up, tmp_path):
    with pytest.raises(HoofbeatError):
        plant_simulated("tinea", 3, Place(omop=made_up), tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_records_of_less_than_a_year_are_refused(records, tmp_path):
    records.person(1, seen=("2019-01-01", "2019-05-01")).condition(1, 101, "2019-02-01")
    with pytest.raises(UsageError, match="less than a year"):
        plant_simulated("glucagonoma", 3, Place(omop=records.write()), tmp_path / "out")


@pytest.mark.parametrize("years", [0.0, -1.0, float("nan"), 1000.0])
def test_impossible_years_are_refused(years, made_up, tmp_path):
    with pytest.raises(UsageError, match="years"):
        plant_simulated("glucagonoma", 3, Place(omop=made_up), tmp_path / "out", years=years)


def test_the_command_says_that_it_is_an_upper_bound(made_up, tmp_path):
    words = ["sweep", "plant", "--simulated", "8", "--years", "4", "--every", "48", "--top", "50"]
    words += ["--omop", str(made_up), "--out", str(tmp_path / "out"), "--threads", "2"]
    done = CliRunner().invoke(application(), words)
    assert done.exit_code == 0, done.output
    assert "8 virtual patients among 408 people" in done.stdout
    assert "Among the first 50 (122549 per million)" in done.stdout
    assert "take this as an upper bound" in done.stdout
    told = CliRunner().invoke(application(), [*words, "--json"])
    assert json.loads(told.stdout)["leads"][0]["before"]["per_million"] == 122549


@pytest.mark.parametrize("words", [[], ["cases.jsonl", "--simulated", "3"]])
def test_either_published_or_virtual_patients_are_planted(words, made_up, tmp_path):
    done = CliRunner().invoke(
        application(), ["sweep", "plant", *words, "--omop", str(made_up), "--out", str(tmp_path / "out")]
    )
    assert isinstance(done.exception, UsageError)
