"""Sparing people the exact score changes nothing; what is written is whole and shows no small numbers."""

from __future__ import annotations

import csv
import json

import pytest

from hoofbeat.sweep import Place, generate, sweep
from hoofbeat.sweep.output import also_hidden

# concepts of the small vocabulary in conftest
ECZEMA, TUMOUR, WEIGHT, STEROID, KILOGRAMS = 101, 105, 107, 108, 9529


@pytest.mark.parametrize("seed", [1, 2, 3])
@pytest.mark.parametrize("top", [1, 25])
def test_the_gate_changes_nothing(tmp_path, monkeypatch, seed, top):
    monkeypatch.setattr("hoofbeat.sweep.run._FIRST", 2)
    monkeypatch.setattr("hoofbeat.sweep.run._AT_LEAST", 2)
    generate(tmp_path / "cdm", 300, seed=seed)
    place = Place(omop=tmp_path / "cdm", threads=2)
    gated, plain = (
        sweep("glucagonoma", place, tmp_path / name, top=top, chances=False, gate=gate)
        for name, gate in (("gated", True), ("plain", False))
    )
    assert gated.people == plain.people
    assert gated.evidence == plain.evidence
    assert (
        gated.manifest["counts"]["people scored exactly"] < plain.manifest["counts"]["people scored exactly"]
    )


def test_files_hold_the_same_in_every_format(made_up, swept, tmp_path):
    import pyarrow.parquet as pq

    result = swept(made_up, top=7)
    out = tmp_path / "out"
    with (out / "worklist.csv").open() as file:
        by_csv = [int(r["person_id"]) for r in csv.DictReader(file)]
    by_json = [
        int(json.loads(line)["person_id"]) for line in (out / "worklist.jsonl").read_text().splitlines()
    ]
    by_parquet = pq.read_table(out / "worklist.parquet")["person_id"].to_pylist()
    assert by_csv == by_json == by_parquet == [p.person_id for p in result.people]
    cohort = pq.read_table(out / "cohort.parquet").to_pylist()
    assert [r["subject_id"] for r in cohort] == by_csv
    assert all(r["cohort_start_date"] <= r["cohort_end_date"] for r in cohort)


def test_small_counts_are_hidden(made_up, swept, tmp_path):
    swept(made_up, top=40)
    with (tmp_path / "out" / "aggregates.csv").open() as file:
        shown = [r["people"] for r in csv.DictReader(file)]
    numbers = [int(s) for s in shown if s.isdigit()]
    assert any(s.startswith("<") for s in shown)
    assert all(n == 0 or n >= 10 for n in numbers)


def test_a_small_count_cannot_be_told_from_the_others(records, swept, tmp_path):
    """60 women, 35 men and 5 of unknown sex on a list of 100: the five follow from any two of the others."""
    for number in range(108):
        records.person(number, sex=8532 if number < 60 else 8507 if number < 95 else 0)
        records.condition(number, ECZEMA, "2015-01-01")
        if number >= 100:
            records.condition(number, TUMOUR, "2015-01-01")
    swept(records.write(), top=200)
    with (tmp_path / "out" / "aggregates.csv").open() as file:
        shown = {r["what"]: r["people"] for r in csv.DictReader(file)}
    sexes = [shown[f"on the list with: {sex}"] for sex in ("Female", "Male", "Sex unknown")]
    assert sexes == ["60", ">=10", "<10"]
    assert shown["people"] == "108"
    # whoever knows that 108 people less 100 leaves 8 knows how many have the diagnosis
    assert {n: s for n, s in shown.items() if s == "100"} == {}
    assert shown["people with the diagnosis already"] == "<10"


@pytest.mark.parametrize(
    ("parts", "rest", "also"),
    [
        ({"a": 60, "b": 35, "c": 5}, 0, ["b"]),
        ({"a": 60, "b": 35}, 5, ["b"]),
        ({"a": 60, "b": 5}, 35, []),
        ({"a": 60, "b": 4, "c": 4}, 0, ["a"]),
        ({"a": 60, "b": 9, "c": 9}, 0, []),
        ({"a": 60, "b": 40}, 0, []),
        ({"a": 5}, 0, []),
    ],
)
def test_one_more_part_is_hidden_where_the_small_ones_would_be_told(parts, rest, also):
    assert also_hidden(parts, rest) == also


def test_people_with_a_finding_are_not_those_with_any_row(records, swept):
    records.person(1).condition(1, ECZEMA, "2015-01-01").value(1, WEIGHT, "2015-01-01", 70.0, KILOGRAMS)
    records.person(2).value(2, WEIGHT, "2015-01-01", 70.0, KILOGRAMS)
    records.person(3).drug(3, STEROID, "2015-01-01")
    assert swept(records.write()).manifest["counts"]["people with a record of a finding"] == 1


def test_chance_and_advice_are_those_of_rank_for_the_same_findings(made_up, swept):
    from hoofbeat.cases import Case, Finding, Treatment
    from hoofbeat.diagnosis import explain

    result = swept(made_up, top=3, chances=True)
    person = result.people[0]
    terms = {e.finding for e in result.evidence if e.rank == 1} - {"age", "sex", "form"}
    treatments = {"treatment:topical steroid": "partial", "treatment:antifungal": "none"}
    case = Case(
        age_years=person.age + 0.5,
        sex=person.sex,
        findings=tuple(Finding(term=t) for t in terms if t not in treatments),
        treatments=tuple(
            Treatment(name=t.split(":")[1], response=treatments[t]) for t in terms & set(treatments)
        ),
    )
    told = explain(case, "glucagonoma", setting="population").disease
    assert (person.chance, person.chance_low, person.chance_high) == pytest.approx(
        (told.chance, told.low, told.high)
    )
    assert "fasting glucagon" in person.advice


def test_nothing_of_the_connection_is_written(made_up, swept, tmp_path):
    swept(made_up, top=3)
    text = "".join(p.read_text() for p in (tmp_path / "out").glob("*.json"))
    assert str(made_up) not in text


def test_a_connection_that_fails_says_nothing_of_the_password(monkeypatch, tmp_path):
    from hoofbeat.errors import HoofbeatError

    monkeypatch.setenv("HOOFBEAT_NOWHERE", "postgresql://me:secret-word@127.0.0.1:1/none")
    with pytest.raises(HoofbeatError) as caught:
        sweep("glucagonoma", Place(database="HOOFBEAT_NOWHERE"), tmp_path / "out")
    assert "secret-word" not in str(caught.value)
    assert "HOOFBEAT_NOWHERE" in str(caught.value)
    assert caught.value.__cause__ is None


def test_an_empty_variable_is_a_misuse(tmp_path):
    from hoofbeat.errors import UsageError

    with pytest.raises(UsageError, match="HOOFBEAT_EMPTY is empty"):
        sweep("glucagonoma", Place(database="HOOFBEAT_EMPTY"), tmp_path / "out")
    with pytest.raises(UsageError, match="from one place"):
        sweep("glucagonoma", Place(), tmp_path / "out")
