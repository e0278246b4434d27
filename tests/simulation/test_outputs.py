"""Patients written out: phenopackets, OMOP tables, FHIR, daily courses, a Synthea module."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.cases import check_case, read_cases
from hoofbeat.errors import UsageError
from hoofbeat.simulation import (
    Mechanism,
    Outcome,
    Setup,
    alike_cases,
    bands,
    cases_of,
    course_of,
    groups,
    policy_curve,
    synthea_module,
    write_cohort,
)
from hoofbeat.simulation.omop import LOCAL, columns
from hoofbeat.simulation.policy import PolicyPoint, over_worlds
from hoofbeat.terms import load_ontology, site

SETUP = Setup(years=9, seed=4)


def written(form: str, folder: Path, mechanism: Mechanism, **words) -> int:
    setup = words.pop("setup", SETUP)
    outcomes = write_cohort(form, folder, mechanism, groups(mechanism, 40, setup), setup, **words)
    return sum(len(outcome) for outcome in outcomes)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def lines(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def test_phenopackets_read_back_without_a_fault(tmp_path: Path, glucagonoma: Mechanism) -> None:
    assert written("phenopackets", tmp_path, glucagonoma) == 40
    readings = list(read_cases(str(tmp_path / "phenopackets.ndjson")))
    assert len(readings) > 20
    assert all(reading.usable and not reading.issues for reading in readings)
    assert {reading.case.truth for reading in readings} == {("ORPHA:97280",)}


@pytest.mark.parametrize("when", ["diagnosis", "first_visit"])
def test_cases_are_in_order(cohort: Outcome, glucagonoma: Mechanism, when) -> None:
    cases = list(cases_of(glucagonoma, cohort, when))
    assert len(cases) > 100
    assert [issue for case in cases for issue in check_case(case)] == []
    assert all(len({f.term for f in case.findings}) == len(case.findings) for case in cases)


def test_nobody_knows_the_glucagon_at_the_first_visit(cohort: Outcome, glucagonoma: Mechanism) -> None:
    first = [m.test for case in cases_of(glucagonoma, cohort, "first_visit") for m in case.measurements]
    found = [m.test for case in cases_of(glucagonoma, cohort) for m in case.measurements]
    assert first.count("glucagon") <= 0.01 * len(cohort)
    assert found.count("glucagon") == int(np.isfinite(cohort.found).sum())


def test_every_site_and_term_of_the_mechanisms_exists(glucagonoma: Mechanism) -> None:
    assert all(site(place.site) for place in glucagonoma.file.nodes["rash"].places)
    assert all(s.term in load_ontology() for s in glucagonoma.clinic.signs if s.term)


def test_omop_rows_belong_to_persons_visits_and_concepts(tmp_path: Path, glucagonoma: Mechanism) -> None:
    written("omop", tmp_path, glucagonoma, tables="csv")
    persons = {row["person_id"] for row in rows(tmp_path / "person.csv")}
    visits = {row["visit_occurrence_id"]: row for row in rows(tmp_path / "visit_occurrence.csv")}
    concepts = {row["concept_id"]: row for row in rows(tmp_path / "concept.csv")}
    assert len(persons) == 40
    for table, kind in (
        ("condition_occurrence", "condition"),
        ("drug_exposure", "drug"),
        ("measurement", "measurement"),
    ):
        found = rows(tmp_path / f"{table}.csv")
        assert found, table
        for row in found:
            assert row["person_id"] in persons
            assert visits[row["visit_occurrence_id"]]["person_id"] == row["person_id"]
            concept = concepts[row[f"{kind}_source_concept_id"]]
            assert concept["concept_code"] == row[f"{kind}_source_value"]
            assert int(concept["concept_id"]) >= LOCAL


def test_omop_has_every_column_and_every_required_value(tmp_path: Path, glucagonoma: Mechanism) -> None:
    written("omop", tmp_path, glucagonoma, tables="csv")
    for table, kinds in columns().items():
        found = rows(tmp_path / f"{table}.csv")
        assert found == [] or list(found[0]) == list(kinds)
        required = [name for name, kind in kinds.items() if kind.endswith("required")]
        assert [(table, name) for row in found for name in required if row[name] == ""] == []


def test_omop_holds_the_wrong_label_before_the_right_one(tmp_path: Path, glucagonoma: Mechanism) -> None:
    written("omop", tmp_path, glucagonoma, tables="csv")
    first: dict[str, dict[str, str]] = {}
    for row in rows(tmp_path / "condition_occurrence.csv"):
        first.setdefault(row["condition_source_value"], {}).setdefault(
            row["person_id"], row["condition_start_date"]
        )
    both = first["L30.9"].keys() & first["C25.4"].keys()
    assert both
    assert all(first["L30.9"][person] <= first["C25.4"][person] for person in both)


def test_nothing_is_recorded_outside_the_time_a_person_is_observed(
    tmp_path: Path, glucagonoma: Mechanism
) -> None:
    written("omop", tmp_path, glucagonoma, tables="csv")
    period = {
        row["person_id"]: (row["observation_period_start_date"], row["observation_period_end_date"])
        for row in rows(tmp_path / "observation_period.csv")
    }
    dates = [
        (row["person_id"], row[name])
        for table, name in (
            ("condition_occurrence", "condition_start_date"),
            ("drug_exposure", "drug_exposure_start_date"),
            ("procedure_occurrence", "procedure_date"),
            ("measurement", "measurement_date"),
            ("visit_occurrence", "visit_start_date"),
        )
        for row in rows(tmp_path / f"{table}.csv")
    ]
    assert len(dates) > 500
    assert all(period[person][0] <= day <= period[person][1] for person, day in dates)


def test_the_sweep_reads_what_was_simulated_and_sets_aside_who_was_found(
    tmp_path: Path, glucagonoma: Mechanism
) -> None:
    if not all(find_spec(name) for name in ("duckdb", "ibis")):
        pytest.skip("the sweep's libraries are not installed")
    written("omop", tmp_path / "cdm", glucagonoma)
    words = ["sweep", "--omop", str(tmp_path / "cdm"), "--out", str(tmp_path / "found")]
    done = subprocess.run(
        [sys.executable, "-m", "hoofbeat", *words], capture_output=True, text=True, check=False
    )
    assert done.returncode in {0, 4}  # 4: what is written is less than a whole OMOP database
    found = len({row["person_id"] for row in _named(tmp_path, glucagonoma)})
    assert f"{found} set aside" in done.stdout


def _named(tmp_path: Path, glucagonoma: Mechanism) -> list[dict[str, str]]:
    written("omop", tmp_path / "csv", glucagonoma, tables="csv")
    conditions = rows(tmp_path / "csv" / "condition_occurrence.csv")
    return [row for row in conditions if row["condition_source_value"] == "C25.4"]


def test_parquet_and_csv_hold_the_same(tmp_path: Path, glucagonoma: Mechanism) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    written("omop", tmp_path / "p", glucagonoma)
    written("omop", tmp_path / "c", glucagonoma, tables="csv")
    for table in columns():
        assert parquet.read_table(tmp_path / "p" / f"{table}.parquet").num_rows == len(
            rows(tmp_path / "c" / f"{table}.csv")
        )


def test_parquet_without_pyarrow_says_what_to_install(
    tmp_path: Path, glucagonoma: Mechanism, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UsageError, match="pyarrow") as fault:
        written("omop", tmp_path, glucagonoma)
    assert "--tables csv" in fault.value.remedy


def test_fhir_references_lead_to_resources_and_mark_them_as_made_up(
    tmp_path: Path, glucagonoma: Mechanism
) -> None:
    written("fhir", tmp_path, glucagonoma)
    found = [line for path in tmp_path.glob("*.ndjson") for line in lines(path)]
    known = {f"{r['resourceType']}/{r['id']}" for r in found}
    assert len(known) == len(found)
    named = {r[key]["reference"] for r in found for key in ("subject", "encounter") if key in r}
    assert named <= known
    assert all(r["meta"]["tag"][0]["code"] == "HTEST" for r in found)
    glucagon = [
        r for r in lines(tmp_path / "Observation.ndjson") if r["code"]["coding"][0]["code"] == "2338-2"
    ]
    assert glucagon
    assert {r["valueQuantity"]["code"] for r in glucagon} == {"pg/mL"}


def test_the_same_cohort_is_written_in_the_same_bytes(tmp_path: Path, glucagonoma: Mechanism) -> None:
    for form in ("phenopackets", "fhir"):
        for turn in ("a", "b"):
            written(form, tmp_path / form / turn, glucagonoma)
        for path in (tmp_path / form / "a").iterdir():
            assert path.read_bytes() == (tmp_path / form / "b" / path.name).read_bytes()


def test_daily_courses_hold_a_row_for_each_patient_and_point(tmp_path: Path, glucagonoma: Mechanism) -> None:
    setup = Setup(years=0.1, record=("glucagon",), every=7)
    written("trajectories", tmp_path, glucagonoma, setup=setup, tables="csv")
    found = rows(tmp_path / "trajectories.csv")
    (outcome,) = groups(glucagonoma, 40, setup)
    assert len(found) == int((outcome.course_days[:, None] <= outcome.death).sum()) > 200
    assert list(found[0]) == ["patient", "day", "glucagon"]


def test_one_course_is_the_patients_own(glucagonoma: Mechanism) -> None:
    setup = Setup(years=1, record=("glucagon", "weight"), every=30, untouched=True)
    (outcome,) = groups(glucagonoma, 5, setup)
    course = course_of(outcome, 3)
    assert list(course) == ["day", "glucagon", "weight"]
    assert np.allclose(course["glucagon"], outcome.course["glucagon"][:, 3])
    with pytest.raises(UsageError, match="patient 9"):
        course_of(outcome, 9)


def test_bands_rise_with_their_share(glucagonoma: Mechanism) -> None:
    setup = Setup(years=2, record=("glucagon",), every=30, untouched=True)
    (outcome,) = groups(glucagonoma, 60, setup)
    found = bands(outcome, "glucagon")
    assert found.shape == (len(outcome.course_days), 5)
    assert (np.diff(found, axis=1) >= 0).all()


def test_a_synthea_module_leads_from_the_first_state_to_the_last(
    cohort: Outcome, glucagonoma: Mechanism
) -> None:
    module = synthea_module(glucagonoma, cohort, share=0.01)
    states = module["states"]
    reached, waiting = set(), ["Initial"]
    while waiting:
        name = waiting.pop()
        if name in reached:
            continue
        reached.add(name)
        state = states[name]
        ways = [state["direct_transition"]] if "direct_transition" in state else []
        ways += [way["transition"] for way in state.get("distributed_transition", [])]
        for way in state.get("complex_transition", []):
            assert way.get("condition", {"name": name})["name"] in states
            ways += [way["transition"]] if "transition" in way else []
            ways += [part["transition"] for part in way.get("distributions", [])]
        assert bool(ways) != (state["type"] == "Terminal"), name
        assert state.get("target_encounter", "Initial") in states
        waiting += ways
    assert reached == set(states)
    for state in states.values():
        if "distributed_transition" in state:
            assert sum(w["distribution"] for w in state["distributed_transition"]) == pytest.approx(1)
    assert states["Initial"]["distributed_transition"][0]["distribution"] == pytest.approx(0.01)


def test_synthea_takes_the_lifetime_risk_when_no_share_is_given(
    cohort: Outcome, glucagonoma: Mechanism
) -> None:
    first = synthea_module(glucagonoma, cohort)["states"]["Initial"]["distributed_transition"][0]
    assert 1e-7 < first["distribution"] < 1e-5


def test_an_unknown_form_is_refused(tmp_path: Path, glucagonoma: Mechanism) -> None:
    with pytest.raises(UsageError, match="--as"):
        written("papyrus", tmp_path, glucagonoma)


def test_a_folder_that_is_a_file_is_refused(tmp_path: Path, glucagonoma: Mechanism) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(UsageError, match="taken"):
        written("fhir", tmp_path / "taken", glucagonoma)


def test_look_alikes_show_their_own_disease(glucagonoma: Mechanism) -> None:
    cases = list(alike_cases(glucagonoma, ["atopic_eczema", "bullous_pemphigoid"], 400))
    assert [check_case(case) for case in cases if check_case(case)] == []

    def share(slug: str, term: str) -> float:
        own = [case for case in cases if case.truth == (f"hoofbeat:{slug}",)]
        return sum(any(f.term == term and f.state == "present" for f in c.findings) for c in own) / len(own)

    assert share("bullous_pemphigoid", "HP:0008066") > share("atopic_eczema", "HP:0008066")


def test_a_policy_that_tests_all_finds_earlier_and_one_that_tests_none_changes_nothing(
    glucagonoma: Mechanism,
) -> None:
    def scores(cases):
        return [0.5] * len(cases)

    curve = policy_curve(glucagonoma, 80, Setup(years=8), scores, thresholds=[0.4, 0.9], worlds=2)
    every, none = (point.figures for point in curve)
    assert every["tested"][0] == 1
    assert every["months_saved"][0] > 3
    assert every["before_spread"][0] > every["before_spread_usual"][0]
    assert none["tested"][0] == none["months_saved"][0] == none["life_years"][0] == 0
    assert every["months_saved"][1] <= every["months_saved"][2]


@pytest.mark.parametrize(("thresholds", "visit"), [([], 1), ([1.5], 1), ([0.1], 0)])
def test_an_impossible_policy_is_refused(glucagonoma: Mechanism, thresholds, visit) -> None:
    with pytest.raises(UsageError):
        policy_curve(
            glucagonoma, 5, Setup(years=1), lambda c: [0.0] * len(c), thresholds=thresholds, visit=visit
        )


FIGURES = [name for name in PolicyPoint.__slots__ if name not in {"threshold", "world"}]


@given(st.lists(st.floats(-1e3, 1e3), min_size=1, max_size=12))
def test_a_range_over_worlds_holds_its_own_figure_and_no_world_beyond_all(values: list[float]) -> None:
    worlds = [PolicyPoint(0.1, n, **dict.fromkeys(FIGURES, value)) for n, value in enumerate(values)]
    for middle, low, high in over_worlds(0.1, worlds).figures.values():
        assert middle == values[0]
        assert min(values) <= low <= middle <= high <= max(values)


def test_the_range_is_stretched_to_its_figure_and_no_further() -> None:
    worlds = [
        PolicyPoint(0.1, n, **dict.fromkeys(FIGURES, value)) for n, value in enumerate([9.0, *range(9)])
    ]
    middle, low, high = over_worlds(0.1, worlds).figures["tested"]
    assert (middle, high) == (9, 9)
    assert 0 < low < 1
