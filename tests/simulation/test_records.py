"""What a record, a phenopacket and a Synthea module hold of a patient, beside what became of the patient."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from hoofbeat.cases import Case, to_phenopacket
from hoofbeat.simulation import (
    Mechanism,
    Outcome,
    Setup,
    alike_cases,
    case_at_visit,
    cases_of,
    policy_curve,
    simulate,
    synthea_module,
)
from hoofbeat.simulation.fhir import resources
from hoofbeat.simulation.omop import OmopTables
from hoofbeat.simulation.records import Record, records_of

TRUTH = {"C25.4", "E16.3"}


@pytest.fixture(scope="module")
def records(cohort: Outcome, glucagonoma: Mechanism) -> list[Record]:
    return list(records_of(glucagonoma, cohort, years=9, seed=4))


@pytest.fixture(scope="module")
def module(cohort: Outcome, glucagonoma: Mechanism) -> dict[str, Any]:
    states: dict[str, Any] = synthea_module(glucagonoma, cohort, share=1)["states"]
    return states


def _negative(record: Record, name: str, result: str = "negative") -> set[Any]:
    return {e.day for e in record.entries if e.result == result and e.name == name}


def test_a_suspicion_that_comes_to_nothing_leaves_its_tests_behind(glucagonoma: Mechanism) -> None:
    """Patients without a tumour: each work-up finds nothing, and each is written."""
    setup = Setup(years=6, seed=4, causes=("malabsorption",))
    ill = simulate(glucagonoma, 150, setup)
    suspected = Counter(ill.visits.patient[ill.visits.suspected].tolist())
    assert len(suspected) > 10
    for record in records_of(glucagonoma, ill, years=6, seed=4):
        scans = _negative(record, "CT of the abdomen")
        assert len(scans) <= suspected[record.patient]
        # a raised glucagon would have led to a search as well
        assert scans == _negative(record, "Fasting glucagon", "unknown")
        assert scans <= {e.day for e in record.entries if e.kind == "procedure"}
        if suspected[record.patient]:
            seen = (ill.visits.patient == record.patient) & ill.visits.suspected
            ends = min(6 * 365.25, ill.death[record.patient])
            assert scans or ill.visits.day[seen].min() + 120 > ends


def test_a_glucagon_that_missed_the_tumour_is_negative_and_comes_before_the_diagnosis(
    glucagonoma: Mechanism,
) -> None:
    setup = Setup(years=9, seed=4, fixed={"glucagon_read": 0.2, "ct_read": 0.2})
    missed = simulate(glucagonoma, 150, setup)
    told = 0
    for record in records_of(glucagonoma, missed, years=9, seed=4, fixed=setup.fixed):
        days = _negative(record, "Fasting glucagon")
        found = missed.found[record.patient]
        assert all((day - record.begin).days < found for day in days)
        told += len(days)
        if np.isfinite(found):
            results = {e.result for e in record.entries if (e.day - record.begin).days == found and e.result}
            assert len(results) == 1
    assert told > 30


def test_whoever_was_found_was_found_by_a_test(records: list[Record], cohort: Outcome) -> None:
    """The scan's result is reckoned again when it is written; it must agree with the one that found them."""
    limit = 80 * 1.5
    for record in records:
        if np.isfinite(cohort.found[record.patient]):
            (named,) = [e.day for e in record.entries if e.codes and e.codes[0].code == "C25.4"]
            scans = [e.result for e in record.entries if e.result and e.day == named]
            glucagon = [e.value for e in record.entries if e.name == "glucagon" and e.day == named]
            assert len(scans) == 1
            assert scans == ["positive"] or max(g or 0 for g in glucagon) > limit
    assert Counter(e.result for r in records for e in r.entries)["positive"] > 50


def test_encounters_stand_in_order_and_lines_fall_on_their_day(records: list[Record]) -> None:
    for record in records:
        assert list(record.visits) == sorted(record.visits)
        assert all(record.visits[entry.visit] == entry.day for entry in record.entries)
        assert all(record.begin <= day <= record.end for day in record.visits)


def test_each_code_of_the_disease_has_a_row(records: list[Record]) -> None:
    rows = [row for table, row in OmopTables().rows(records) if table == "condition_occurrence"]
    people = {code: {r["person_id"] for r in rows if r["condition_source_value"] == code} for code in TRUTH}
    assert people["C25.4"] == people["E16.3"] != set()


def test_care_without_a_code_is_written_by_its_name(records: list[Record], cohort: Outcome) -> None:
    omop = OmopTables()
    rows = [row for table, row in omop.rows(records) if table == "procedure_occurrence"]
    concepts = {row["concept_id"]: row for table, row in omop.closing() if table == "concept"}
    for name in ("Chemotherapy", "Amino acids by vein"):
        own = [row for row in rows if row["procedure_source_value"] == name]
        assert own
        assert {row["procedure_concept_id"] for row in own} == {0}
        assert concepts[own[0]["procedure_source_concept_id"]]["vocabulary_id"] == "hoofbeat"
    words = {r["code"]["text"] for r in resources(records) if r["resourceType"] == "Procedure"}
    assert {"Chemotherapy", "Amino acids by vein"} <= words


def test_results_in_words_are_answers_in_omop_and_fhir(records: list[Record]) -> None:
    rows = [r for t, r in OmopTables().rows(records) if t == "measurement" and "value_as_concept_id" in r]
    assert {(r["value_as_concept_id"], r["value_source_value"]) for r in rows} == {
        (9189, "negative"), (9191, "positive"),
    }  # fmt: skip
    assert all("value_as_number" not in row for row in rows)
    observed = [r for r in resources(records) if r["resourceType"] == "Observation"]
    assert all(("valueQuantity" in r) != ("valueCodeableConcept" in r) for r in observed)
    answers = [r for r in observed if "valueCodeableConcept" in r]
    assert len(answers) == len(rows)
    # a scan's own code is a procedure's, and none of a measurement
    assert {r["measurement_concept_id"] for r in rows if r["measurement_source_value"] == "BW201ZZ"} == {0}


def test_prurigo_has_a_code_of_prurigo(glucagonoma: Mechanism) -> None:
    (prurigo,) = [label for label in glucagonoma.clinic.labels if label.id == "prurigo"]
    assert [code.code[:3] for code in prurigo.codes] == ["L28"]


@pytest.mark.parametrize("when", ["diagnosis", "first_visit"])
def test_phenopackets_name_every_term_disease_and_treatment(
    cohort: Outcome, glucagonoma: Mechanism, when: Any
) -> None:
    packets = [to_phenopacket(case, created="") for case in cases_of(glucagonoma, cohort, when)]
    terms = [f["type"] for p in packets for f in p["phenotypicFeatures"]]
    terms += [d["term"] for p in packets for d in p["diseases"]]
    agents = [a["treatment"]["agent"] for p in packets for a in p.get("medicalActions", [])]
    assert all(term["id"] and term["label"] for term in terms)
    assert all(agent["id"].startswith("RxNorm:") for agent in agents)
    assert bool(agents) == (when == "diagnosis")


def test_at_a_visit_only_what_was_said_and_tried_before_is_known(
    cohort: Outcome, glucagonoma: Mechanism
) -> None:
    assert not any(c.prior_diagnoses or c.treatments for c in cases_of(glucagonoma, cohort, "first_visit"))
    visits, labels = cohort.visits, glucagonoma.clinic.labels
    for row in range(1, len(visits)):
        before = visits.label[:row][visits.patient[:row] == visits.patient[row]]
        case = case_at_visit(glucagonoma, cohort, row)
        assert case.prior_diagnoses == tuple(dict.fromkeys(labels[n].name for n in before if n >= 0))


def test_a_treatment_did_nothing_only_where_the_rash_came_again(
    cohort: Outcome, glucagonoma: Mechanism
) -> None:
    visits, rash = cohort.visits, [s.id for s in glucagonoma.clinic.signs].index("rash")
    told = Counter[tuple[str, bool]]()
    for row in range(len(visits)):
        mine = np.flatnonzero(visits.patient[: row + 1] == visits.patient[row])
        first = next((n for n in mine[:-1] if visits.label[n] >= 0), None)
        for treatment in case_at_visit(glucagonoma, cohort, row).treatments:
            assert first is not None
            again = bool(visits.noted[mine[mine > first], rash].any())
            told[treatment.response, again] += 1
    assert told["none", False] == 0
    assert told["unknown", False] > 0


def test_a_policy_sees_no_more_of_one_group_than_of_the_other(glucagonoma: Mechanism) -> None:
    seen: list[Case] = []

    def scores(cases: Any) -> list[float]:
        seen.extend(cases)
        return [0.5] * len(cases)

    alike = list(alike_cases(glucagonoma, ["tinea"], 10))
    policy_curve(glucagonoma, 60, Setup(years=8), scores, thresholds=[0.4], visit=3, alike=alike)
    assert len(seen) > 20
    assert not any(c.measurements or c.treatments or c.prior_diagnoses for c in seen)
    assert not any(f.where or f.since_days is not None for c in seen for f in c.findings)


def test_tests_among_look_alikes_have_the_interval_of_their_count(glucagonoma: Mechanism) -> None:
    def scores(cases: Any) -> list[float]:
        return [float(n % 20 == 0) for n in range(len(cases))]

    width = []
    for number in (40, 400):
        alike = list(alike_cases(glucagonoma, ["tinea"], number))
        (point,) = policy_curve(glucagonoma, 5, Setup(years=1), scores, thresholds=[0.4], alike=alike)
        middle, low, high = point.figures["tests_alike"]
        assert middle == pytest.approx(50)
        assert low < middle < high
        width.append(high - low)
    assert width[1] < width[0] / 2


def _walk(states: dict[str, Any], rng: np.random.Generator) -> Iterator[tuple[str, float]]:
    """One person's way through a module: each state with the day on which it is left."""
    name, day, passed = "Initial", 0.0, set[str]()
    while name != "Terminal":
        state = states[name]
        passed.add(name)
        if state["type"] == "Delay" and state["unit"] == "days":
            span = state["distribution"]["parameters"]
            assert 0 <= span["low"] <= span["high"]
            day += rng.uniform(span["low"], span["high"])
        yield name.partition(": ")[2] or name, day
        forks = state.get("complex_transition", [])
        known = [way["transition"] for way in forks if way.get("condition", {}).get("name") in passed]
        ways = forks[-1]["distributions"] if forks else state.get("distributed_transition", [])
        if known or "direct_transition" in state:
            name = known[0] if known else state["direct_transition"]
        else:
            name = str(rng.choice([w["transition"] for w in ways], p=[w["distribution"] for w in ways]))


def test_people_of_the_module_fare_as_the_cohort_did(
    module: dict[str, Any], cohort: Outcome, glucagonoma: Mechanism
) -> None:
    rng = np.random.default_rng(3)
    people = [dict(_walk(module, rng)) for _ in range(3000)]
    found, labelled = np.isfinite(cohort.found), np.zeros(len(cohort), dtype=bool)
    labelled[cohort.visits.patient[cohort.visits.label >= 0]] = True
    named = [person for person in people if "Diagnosis" in person]

    def share(group: list[dict[str, float]], begin: str) -> float:
        return sum(any(state.startswith(begin) for state in person) for person in group) / len(group)

    near = {"abs": 0.04}
    assert share(people, "Diagnosis") == pytest.approx(found.mean(), **near)
    assert share(people, "Called ") == pytest.approx(labelled.mean(), **near)
    assert share(people, "Death, ") == pytest.approx(np.isfinite(cohort.death).mean(), **near)
    spread = cohort.events["metastasis"][found] <= cohort.found[found]
    assert share(named, "Spread begins") == pytest.approx(spread.mean(), **near)
    start = np.minimum(cohort.first_sign, cohort.first_visit)
    delay = np.mean([person["Diagnosis"] - person["First sign"] for person in named])
    assert delay == pytest.approx((cohort.found[found] - start[found]).mean(), rel=0.06)
    for row, sign in enumerate(glucagonoma.clinic.signs):
        if sign.codes and sign.id != "metastases":
            there = cohort.first[row][found] <= cohort.found[found]
            began = sum(
                any(
                    s.startswith((f"{sign.id.title()} is first", f"{sign.id.title()} begins")) for s in person
                )
                for person in named
            )
            assert began / len(named) == pytest.approx(there.mean(), **near), sign.id


def test_nobody_in_the_module_is_called_by_a_skin_disease_without_a_label_in_the_cohort(
    module: dict[str, Any],
) -> None:
    assert not [name for name in module if name.startswith(("Not labelled", "Never")) and ": Called" in name]
    assert [name for name in module if name.startswith("Labelled") and ": Called" in name]
