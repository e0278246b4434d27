"""Plans as people type them: a drug given twice, after the diagnosis, at no dose, for a short while."""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from hoofbeat.apps.cli import application
from hoofbeat.errors import UsageError
from hoofbeat.simulation import Difference, Mechanism, Setup, compare, load_mechanism, read_plan, simulate
from hoofbeat.simulation.interventions import Planned
from hoofbeat.simulation.tables import LineWriter, TableWriter

SHORT = Setup(years=6, seed=3)


@pytest.fixture(scope="module")
def glucagonoma() -> Mechanism:
    return load_mechanism("glucagonoma")


def compared(
    mechanism: Mechanism, *words: str, setup: Setup = SHORT, window: float = 60
) -> dict[str, Difference]:
    plans = tuple(read_plan(word, mechanism) for word in words)
    return {d.name.split(",")[0]: d for d in compare(mechanism, 60, setup, plans, window=window)}


def test_a_second_course_of_a_drug_is_given_too(glucagonoma: Mechanism) -> None:
    first, second = "zinc at 2 weeks for 4 weeks after rash", "zinc at 30 weeks for 4 weeks after rash"
    once, twice = (compared(glucagonoma, *words, window=400) for words in ((first,), (first, second)))
    assert twice["Zinc"].difference > 1.2 * once["Zinc"].difference > 0


def test_two_courses_at_once_are_one(glucagonoma: Mechanism) -> None:
    word = "octreotide at 30 days for 60 days"
    assert compared(glucagonoma, word) == compared(glucagonoma, word, word)


def test_a_plan_may_wait_for_the_diagnosis(glucagonoma: Mechanism) -> None:
    found = compared(glucagonoma, "octreotide at 10 days after diagnosis", setup=Setup(years=15, seed=3))
    assert 0 < found["Glucagon"].patients < 60
    assert found["Glucagon"].high < 0


def test_no_dose_is_the_usual_one_and_a_dose_of_nothing_does_nothing(glucagonoma: Mechanism) -> None:
    nothing = read_plan("glucagon infusion 0 ng/kg/h at 1 day", glucagonoma)
    assert nothing.dose == 0
    usual = dataclasses.replace(nothing, dose=None)
    setup = Setup(years=1, seed=1, causes=("",), untouched=True, record=("glucagon",), every=1)
    without, empty, full = (
        simulate(glucagonoma, 20, dataclasses.replace(setup, plans=plans)).course["glucagon"]
        for plans in (
            (),
            (dataclasses.replace(nothing, anchor="start"),),
            (dataclasses.replace(usual, anchor="start"),),
        )
    )
    assert np.array_equal(without, empty)
    assert full[5:].mean() > 1.5 * without[5:].mean()


def test_what_a_plan_acts_on_is_compared(glucagonoma: Mechanism) -> None:
    assert compared(glucagonoma, "insulin at 1 year")["Fasting glucose"].difference < 0


def test_a_short_window_averages_days_that_were_looked_at(glucagonoma: Mechanism) -> None:
    short, long = (compared(glucagonoma, "octreotide at 90 days", window=days) for days in (1, 30))
    assert short["Body weight"].without == pytest.approx(long["Body weight"].without, rel=0.05)


def test_one_patient_has_a_difference_and_no_interval(glucagonoma: Mechanism) -> None:
    (found, *_) = compare(
        glucagonoma, 1, Setup(years=1, seed=2), (read_plan("octreotide at 90 days after start", glucagonoma),)
    )
    assert math.isfinite(found.difference)
    assert found.as_json()["interval"] is None


@pytest.mark.parametrize("window", [0.0, -1.0, math.nan])
def test_a_window_without_days_is_refused(glucagonoma: Mechanism, window: float) -> None:
    with pytest.raises(UsageError, match="window"):
        compare(glucagonoma, 1, SHORT, (Planned("octreotide", at=90),), window=window)


def test_points_cannot_be_endless_days_apart(glucagonoma: Mechanism) -> None:
    with pytest.raises(UsageError, match="every"):
        simulate(glucagonoma, 1, Setup(years=1, every=math.inf))


@pytest.mark.parametrize(
    "words",
    [
        ("--experiments", "--do", "octreotide at 90 days"),
        ("--plots", "here", "--json"),
        ("--do", "octreotide at 90 days", "--out", "here"),
        ("--as", "omop"),
        ("--as", "xml"),
        ("--as", "trajectories", "--every", "inf", "--out", "here"),
        ("--plots", "here", "--every", "nan"),
    ],
)
def test_what_would_have_no_effect_is_refused(
    words: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(application("simulate"), ["simulate", "-n", "2", *words])
    assert isinstance(done.exception, UsageError)
    assert done.exception.remedy
    assert not list(tmp_path.iterdir())


def test_a_folder_that_holds_patients_is_not_used_again(tmp_path: Path) -> None:
    with LineWriter(tmp_path) as lines:
        lines.add("Patient", {})
    with pytest.raises(UsageError, match=r"holds Patient\.ndjson"):
        LineWriter(tmp_path)
    with TableWriter(tmp_path, {"person": {"person_id": "integer"}}):
        pass
    with pytest.raises(UsageError, match=r"holds person\.csv"):
        TableWriter(tmp_path, {"person": {"person_id": "integer"}}, "parquet")
