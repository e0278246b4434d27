"""Who is set aside as known, and answers that say no."""

from __future__ import annotations

import datetime as dt

import pytest

from hoofbeat.sweep import Place, define, look_back, sentences

ECZEMA, WEIGHT_LOSS, TUMOUR = 101, 103, 105
MEANT, KIND, YES, NO, WIDE = 201, 202, 203, 204, 205


def ill(records, number):
    records.person(number)
    for day in ("2019-01-01", "2019-03-01", "2019-06-01"):
        records.condition(number, ECZEMA, day)
    return records.condition(number, WEIGHT_LOSS, "2019-05-01")


def concept(records, number, vocabulary, code):
    row = {"concept_id": number, "vocabulary_id": vocabulary, "concept_code": code, "concept_name": ""}
    records.tables["concept"].append(row)


def mapped(records, first, *meant):
    records.tables.setdefault("concept_relationship", []).extend(
        {"concept_id_1": first, "concept_id_2": m, "relationship_id": "Maps to"} for m in meant
    )


@pytest.fixture
def tumours(records):
    """Three people who are ill; the code of the tumour means a concept, and another is a kind of it."""
    for number in (1, 2, 3):
        ill(records, number)
    concept(records, MEANT, "SNOMED", "363418001")
    concept(records, KIND, "SNOMED", "999000001")
    below = [{"ancestor_concept_id": MEANT, "descendant_concept_id": d} for d in (MEANT, KIND)]
    records.tables["concept_ancestor"] = below
    return records


def listed(result):
    return {p.person_id for p in result.people}


def test_whoever_has_a_kind_of_the_tumour_is_known(tumours, swept):
    mapped(tumours, TUMOUR, MEANT)
    tumours.condition(1, MEANT, "2019-08-01").condition(2, KIND, "2019-08-01")
    result = swept(tumours.write(whole=True))
    assert listed(result) == {3}
    assert set(result.known) == {1, 2}


UNTOLD = "people with the diagnosis already, since a day that is not told"


def test_whoever_has_the_diagnosis_without_a_date_is_known_in_the_end(tumours, swept):
    """On an earlier date nobody can tell whether it was known then."""
    tumours.condition(1, TUMOUR, "2019-08-01").condition(2, TUMOUR, "2019-08-01")
    for row in tumours.tables["condition_occurrence"][-2:-1]:
        row["condition_start_date"] = None
    folder = tumours.write(whole=True)
    result = swept(folder)
    assert listed(result) == {3}
    assert result.manifest["counts"][UNTOLD] == 1
    assert listed(swept(folder, as_of="2020-01-01", out="before")) == {1, 3}


def test_looking_back_counts_who_is_known_since_no_day_apart(tumours, tmp_path):
    tumours.condition(1, TUMOUR, "2019-08-01").condition(2, TUMOUR, "2019-08-01")
    tumours.tables["condition_occurrence"][-1]["condition_start_date"] = None
    place = Place(omop=tumours.write(whole=True), threads=2)
    found = look_back("glucagonoma", place, tmp_path / "out", [dt.date(2019, 7, 1)])
    assert (found.known, found.listed, found.earlier) == (1, 1, 1)


def test_a_code_of_two_concepts_makes_nobody_known_by_what_lies_below_one(tumours, swept):
    mapped(tumours, TUMOUR, MEANT, ECZEMA + 900)
    tumours.condition(1, KIND, "2019-08-01")
    assert listed(swept(tumours.write(whole=True))) == {1, 2, 3}


def test_nothing_below_a_code_that_names_no_organ_makes_somebody_known(tumours, swept):
    """Below the concept of C7A.8 lie tumours of the lung; they do not explain the rash."""
    concept(tumours, WIDE, "ICD10CM", "C7A.8")
    mapped(tumours, WIDE, MEANT)
    tumours.condition(1, KIND, "2019-08-01").condition(2, MEANT, "2019-08-01")
    assert listed(swept(tumours.write(whole=True))) == {1, 3}


def test_a_finding_is_not_widened_to_what_lies_below_it(records, swept):
    """Of psoriasis by ICD-10 the sweep reads the concept itself, as before."""
    ill(records, 1)
    concept(records, MEANT, "SNOMED", "9014003")
    concept(records, KIND, "SNOMED", "999000001")
    mapped(records, 102, MEANT)
    records.tables["concept_ancestor"] = [{"ancestor_concept_id": MEANT, "descendant_concept_id": KIND}]
    ill(records, 2)
    records.condition(1, KIND, "2019-04-01").condition(2, MEANT, "2019-04-01")
    result = swept(records.write(whole=True))
    assert {r.person_id for r in result.evidence if r.record == "Psoriasis"} == {2}


def observed(records, **answer):
    row = {"observation_id": 1, "person_id": 1, "observation_concept_id": WEIGHT_LOSS}
    day = records.tables["condition_occurrence"][0]["condition_start_date"]
    records.tables["observation"] = [row | {"observation_date": day} | answer]
    return records.write(whole=True)


@pytest.mark.parametrize(
    ("answer", "seen"),
    [
        ({"value_as_string": " No"}, False),
        ({"value_as_string": "Negative", "value_as_concept_id": 0}, False),
        ({"value_as_concept_id": 4188540}, False),
        ({"value_as_concept_id": NO}, False),
        ({"value_as_concept_id": YES, "value_as_string": "Yes"}, True),
        ({"value_as_concept_id": None, "value_as_string": None}, True),
        ({}, True),
    ],
)
def test_an_observation_counts_unless_its_answer_is_no(records, swept, answer, seen):
    records.person(1).condition(1, ECZEMA, "2019-01-01")
    concept(records, YES, "SNOMED", "373066001")
    concept(records, NO, "LOINC", "LA32-8")
    result = swept(observed(records, **answer))
    assert ("Weight loss" in {r.name for r in result.evidence}) is seen
    counts = result.manifest["counts"]
    assert counts["rows that show a signal"] == 2
    assert counts["observations whose answer is no"] == (not seen)
    assert not counts["values without number or known unit"]


def test_an_answer_of_no_sets_nobody_aside(records, swept):
    ill(records, 1)
    folder = observed(records, observation_concept_id=TUMOUR, value_as_string="no")
    assert listed(swept(folder)) == {1}


def test_rows_without_any_concept_are_read_by_their_code(records, swept):
    """Beside rows that have one: the least of a column passes over what is empty."""
    records.person(1)
    for day in ("2019-01-01", "2019-03-01", "2019-06-01"):
        records.condition(1, None, day, source="L30.9")
    records.condition(1, WEIGHT_LOSS, "2019-05-01")
    result = swept(records.write(whole=True))
    assert sum(r.table == "condition_occurrence" and "Weight" not in r.name for r in result.evidence) >= 3


def test_no_sentence_tells_that_any_weight_is_a_finding():
    (line,) = (s for s in sentences(define("glucagonoma")) if s.startswith("- Weight loss"))
    assert "Body weight" not in line
    assert "body weight 8 % or more below" in line
