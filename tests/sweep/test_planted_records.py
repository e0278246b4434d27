"""What is told of a patient at a visit, as records: enough, and nothing that was not told."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.cases import Case, Finding, Measurement, State, Treatment
from hoofbeat.errors import InputError, UsageError
from hoofbeat.knowledge import load_code_sets
from hoofbeat.sweep import Place, define, plant, sweep
from hoofbeat.sweep.among import Entry, Person, Records, lay_among
from hoofbeat.sweep.planted_records import chart
from hoofbeat.sweep.planting import _write, ranks_alone
from hoofbeat.sweep.told_words import diagnoses_in, drug_in, is_repeated

RASH, EROSION, ERYTHEMA, DIABETES, CHRONIC, RECURRENT = (
    "HP:0000988",
    "HP:0200041",
    "HP:0010783",
    "HP:0000819",
    "HP:0011010",
    "HP:0031796",
)
VISIT = dt.date(2016, 6, 1)
TABLES = {"condition_occurrence", "drug_exposure", "measurement"}


def written(*findings, tables=TABLES, **told):
    case = Case(id="a", age_years=58, findings=findings, **told)
    return chart(define("glucagonoma"), case, 7, VISIT, tables=set(tables), seed=1)


def days(entries, *codes):
    """Days before the visit on which a code was recorded."""
    return sorted((VISIT - e.day).days for e in entries if not codes or e.code in codes)


def swept_findings(tmp_path, case):
    """What a sweep sees of one planted patient."""
    cdm = tmp_path / "cdm"
    cdm.mkdir()
    day = dt.date(2015, 1, 1)
    period = {"person_id": [1], "observation_period_start_date": [day]}
    period |= {"observation_period_end_date": [dt.date(2019, 1, 1)]}
    rows = {
        "person": {"person_id": [1], "gender_concept_id": [8507], "year_of_birth": [1990]},
        "observation_period": period,
    }
    for name in TABLES:
        kind = name.partition("_")[0]
        dated = f"{kind}_date" if kind == "measurement" else f"{name if kind == 'drug' else kind}_start_date"
        rows[name] = {f"{name}_id": [10], "person_id": [1], f"{kind}_concept_id": [99], dated: [day]}
        if kind == "measurement":
            rows[name] |= {"value_as_number": [1.0], "unit_concept_id": [0]}
        else:
            rows[name] |= {f"{kind}_source_value": ["other"]}
    for name, columns in rows.items():
        pq.write_table(pa.table(columns), cdm / f"{name}.parquet")
    mixed = tmp_path / "mixed"
    _write(define("glucagonoma"), [case], Records(cdm), mixed, 1)
    result = sweep("glucagonoma", Place(omop=mixed, threads=1), tmp_path / "out", chances=False)
    return {e.finding for e in result.evidence if e.person_id == 2}


def test_a_rash_of_which_no_length_is_told_is_neither_long_nor_recurrent(tmp_path):
    told = Case(
        id="a",
        findings=(Finding(term=RASH), Finding(term=ERYTHEMA)),
        prior_diagnoses=("eczema", "psoriasis"),
    )
    found = swept_findings(tmp_path, told)
    assert {RASH, ERYTHEMA, "HP:0000964", "HP:0003765"} <= found
    assert not {CHRONIC, RECURRENT} & found


@pytest.mark.parametrize(
    ("finding", "also", "seen"),
    [
        (Finding(term=RASH, since_days=700), (), {CHRONIC}),
        (Finding(term=RASH, since_days=60), (), set()),
        (Finding(term=RASH, course="relapsing"), (), {RECURRENT}),
        (Finding(term=RASH, course="relapsing", since_days=700), (), {CHRONIC, RECURRENT}),
        (Finding(term=RASH, course="relapsing", since_days=20), (), set()),
        (Finding(term=RASH), (Finding(term=CHRONIC),), {CHRONIC}),
        (Finding(term=RASH), (Finding(term=RECURRENT),), {RECURRENT}),
    ],
)
def test_the_course_of_the_rash_is_seen_as_told_and_not_otherwise(tmp_path, finding, also, seen):
    found = swept_findings(tmp_path, Case(id="a", findings=(finding, *also)))
    assert found & {CHRONIC, RECURRENT} == seen


def test_a_label_is_older_than_the_visit_and_findings_are_not():
    entries = written(Finding(term=RASH), prior_diagnoses=("eczema",)).entries
    assert days(entries, "L30.9") == [28]
    assert days(entries, "R21") == [0]


def test_labels_stand_from_the_beginning_where_the_length_is_told():
    entries = written(Finding(term=RASH, since_days=400), prior_diagnoses=("eczema", "tinea")).entries
    assert days(entries, "L30.9", "B35.4") == [400, 400]


def test_a_doubted_diagnosis_is_coded_as_its_symptom():
    entries = written(Finding(term=RASH), prior_diagnoses=("possible bullous pemphigoid",)).entries
    assert {e.code for e in entries} == {"R21"}


def test_a_sign_is_not_given_the_name_of_a_disease():
    blisters = written(Finding(term="HP:0008066"))
    assert {e.code for e in blisters.entries} == {"R21"}  # a visit for a rash leaves some name of one
    assert blisters.recorded == 0
    assert len(blisters.missing) == 1


def test_nothing_is_written_of_the_diagnosis_of_what_is_absent_or_of_what_has_no_code():
    told = written(
        Finding(term=DIABETES, state=State.ABSENT),
        Finding(term="HP:0012531"),
        prior_diagnoses=("glucagonoma", "a mystery"),
    )
    assert told.entries == ()
    assert (told.told, told.recorded) == (3, 0)


def test_an_old_diagnosis_does_not_count_as_new(tmp_path):
    rash = Finding(term=RASH)
    old = Case(id="a", findings=(rash,), prior_diagnoses=("type 2 diabetes",))
    new = Case(id="a", findings=(rash, Finding(term=DIABETES)), prior_diagnoses=("type 2 diabetes",))
    for name in ("old", "new"):
        (tmp_path / name).mkdir()
    assert DIABETES not in swept_findings(tmp_path / "old", old)
    assert DIABETES in swept_findings(tmp_path / "new", new)


@pytest.mark.parametrize(
    ("treatment", "count"),
    [
        (Treatment(name="topical clobetasol"), 1),
        (Treatment(name="topical clobetasol", response="none"), 1),
        (Treatment(name="topical clobetasol for several months"), 3),
        (Treatment(name="topical clobetasol", response="relapse"), 3),
        (Treatment(name="oral antifungal"), 0),
        (Treatment(name="prednisolone"), 0),
    ],
)
def test_a_drug_is_given_on_several_days_only_if_told(treatment, count):
    found = written(Finding(term=RASH), treatments=(treatment,))
    given_on = [e.day for e in found.entries if e.table == "drug_exposure"]
    assert len(set(given_on)) == count
    assert all(day < VISIT for day in given_on)
    assert found.recorded == 1 + bool(count)


def test_a_value_counts_with_its_unit(tmp_path):
    low = Measurement(test="haemoglobin", value=90, unit="g/L")
    found = swept_findings(tmp_path, Case(id="a", findings=(Finding(term=RASH),), measurements=(low,)))
    assert "HP:0001903" in found


def test_a_value_without_a_unit_that_is_understood_is_said_not_to_be_shown():
    odd = (
        Measurement(test="haemoglobin", value=9, unit="spoons"),
        Measurement(test="luck", value=1, unit="g/L"),
    )
    found = written(Finding(term=RASH), measurements=odd)
    assert [e.table for e in found.entries] == ["condition_occurrence"]
    assert found.missing == ("haemoglobin", "luck")


def test_body_weight_has_a_code():
    found = written(Finding(term=RASH), measurements=(Measurement(test="body weight", value=61, unit="kg"),))
    assert [(e.code, e.value, e.unit) for e in found.entries if e.value] == [("29463-7", 61.0, "kg")]


def test_tables_that_the_records_lack_show_nothing():
    found = written(
        Finding(term=RASH),
        tables={"condition_occurrence"},
        treatments=(Treatment(name="clobetasol"),),
        measurements=(Measurement(test="haemoglobin", value=9, unit="g/dL"),),
    )
    assert {e.table for e in found.entries} == {"condition_occurrence"}
    assert found.recorded == 1


KNOWN = {(v, c) for codes in load_code_sets().known("glucagonoma") for v, c, _ in codes.pairs()}
FINDINGS = st.builds(
    Finding,
    term=st.sampled_from([RASH, EROSION, ERYTHEMA, DIABETES, CHRONIC, RECURRENT, "HP:0001824"]),
    since_days=st.none() | st.floats(0, 9000),
    course=st.sampled_from([None, "relapsing", "persistent"]),
    onset_age_years=st.none() | st.floats(0, 58),
)


@given(
    findings=st.lists(FINDINGS, max_size=5),
    names=st.lists(st.sampled_from(["eczema", "diabetes", "a?", "tinea or glucagonoma"]), max_size=3),
    drugs=st.lists(st.sampled_from(["clobetasol, repeatedly", "antifungals", "x"]), max_size=3),
)
def test_nothing_is_written_after_the_visit_or_before_the_observation(findings, names, drugs):
    found = written(
        *findings, prior_diagnoses=tuple(names), treatments=tuple(Treatment(name=d) for d in drugs)
    )
    assert all(0 <= before <= 2190 for before in days(found.entries))
    assert 0 <= found.recorded <= found.told == len(findings) + len(names) + len(drugs)
    assert not KNOWN & {(e.vocabulary, e.code) for e in found.entries}


def test_words_are_read_whole_and_the_longest_wins():
    assert [n.codes and n.codes.set for n in diagnoses_in("pustular psoriasis")] == ["pustular_psoriasis"]
    assert [n.codes and n.codes.set for n in diagnoses_in("seborrhoeic dermatitis")] == [
        "seborrhoeic_dermatitis"
    ]
    assert [n.codes for n in diagnoses_in("itchthyosis")] == [None]
    assert drug_in("octreotide").set == "somatostatin_analogue"
    assert drug_in("systemic steroids") is None
    assert not is_repeated("longitudinal")


def test_concepts_are_those_of_the_records_and_ids_follow_theirs(made_up, tmp_path):
    records = Records(made_up)
    highest = {t: records.highest(t, f"{t}_id") for t in ("condition_occurrence", "measurement")}
    entries = [
        Entry(900, "condition_occurrence", VISIT, "ICD10CM", "L30.9"),
        Entry(900, "condition_occurrence", VISIT, "ICD10CM", "Z99.99"),
        Entry(900, "measurement", VISIT, "LOINC", "718-7", 9.1, "g/dL"),
    ]
    people = [Person(900, "female", 1950, dt.date(2010, 1, 1), VISIT)]
    assert lay_among(records, tmp_path / "mixed", people, entries)["condition_occurrence"] == 2
    rows = pq.read_table(tmp_path / "mixed/condition_occurrence.parquet/planted.parquet").to_pylist()
    assert [r["condition_occurrence_id"] for r in rows] == [
        highest["condition_occurrence"] + n for n in (1, 2)
    ]
    assert rows[0]["condition_concept_id"] >= 40_000_000  # the standard concept, not that of the code
    assert (rows[1]["condition_concept_id"], rows[1]["condition_source_value"]) == (0, "ICD10CM|Z99.99")
    value = pq.read_table(tmp_path / "mixed/measurement.parquet/planted.parquet").to_pylist()[0]
    assert value["measurement_id"] == highest["measurement"] + 1
    assert value["measurement_concept_id"] > 0
    assert value["unit_concept_id"] > 0
    assert "unit_source_value" not in value  # the records have no such column, and it is not needed


def test_records_in_other_types_and_letters_are_joined(tmp_path):
    cdm = tmp_path / "cdm"
    cdm.mkdir()
    tables = {
        "PERSON": {"PERSON_ID": pa.array([5.0]), "GENDER_CONCEPT_ID": [8532], "YEAR_OF_BIRTH": [1970]},
        "CONDITION_OCCURRENCE": {
            "CONDITION_OCCURRENCE_ID": pa.array([8.0]),
            "PERSON_ID": pa.array([5.0]),
            "CONDITION_CONCEPT_ID": [0],
            "CONDITION_START_DATE": ["2011-05-06"],
            "CONDITION_SOURCE_VALUE": ["L30.9"],
        },
    }
    for name, columns in tables.items():
        pq.write_table(pa.table(columns), cdm / f"{name}.parquet")
    case = Case(id="a", age_years=50, findings=(Finding(term=RASH),))
    found = plant("glucagonoma", [case], Place(omop=cdm, threads=1), tmp_path / "out", tops=(5,))
    assert [(p.person_id, p.rank) for p in found.planted] == [(6, 1)]


def test_a_folder_without_people_is_refused(tmp_path):
    (tmp_path / "cdm").mkdir()
    with pytest.raises(InputError, match="no table of people"):
        Records(tmp_path / "cdm")
    with pytest.raises(UsageError, match="in Parquet"):
        Records(None)


def test_patients_do_not_push_each_other_down_the_list(swept, records):
    for person in (1, 2, 3, 4):
        records.person(person)
        for concept in (101, 103, 104)[: 4 - person]:
            records.condition(person, concept, "2015-01-01")
    result = swept(records.write())
    assert [p.person_id for p in result.people] == [1, 2, 3]
    assert ranks_alone(result, {1, 2, 9}) == {1: 1, 2: 1}
    assert ranks_alone(result, {3}) == {3: 3}


def test_those_with_another_diagnosis_are_counted_apart(made_up, tmp_path):
    told = tuple(Finding(term=t) for t in (RASH, "HP:0000206", "HP:0001824"))
    cases = [
        Case(id="has it", findings=told, truth=("ORPHA:97280",)),
        Case(id="has another", findings=told, truth=("hoofbeat:pellagra",)),
        Case(id="has something unknown", findings=told, truth=("MADE:UP",)),
    ]
    found = plant("glucagonoma", cases, Place(omop=made_up, threads=2), tmp_path, tops=(300,))
    assert [(r.found, r.of) for r in found.recall] == [(1, 1)]
    assert [(r.found, r.of) for r in found.others] == [(2, 2)]
