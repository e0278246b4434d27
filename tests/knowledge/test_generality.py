"""Annotations that fit nearly anything are found, and not used."""

from __future__ import annotations

from hoofbeat.diagnosis.profiles import pooled
from hoofbeat.knowledge import Row, general_rows, load_annotations, too_general
from hoofbeat.knowledge.generality import coverage
from hoofbeat.terms import load_ontology

ANYTHING, SEIZURE = "HP:0000118", "HP:0001250"


def _row(term: str) -> Row:
    return Row(term, 3.0, 4.0, float("nan"), float("nan"), ())


def test_the_root_covers_all_and_a_leaf_itself() -> None:
    onto, share = load_ontology(), coverage()
    assert share[onto.index(ANYTHING)] == 1.0
    assert 0 < share[onto.index("HP:0031181")] < 0.001


def test_what_fits_anything_is_no_finding_of_a_disease() -> None:
    onto = load_ontology()
    assert onto.index(ANYTHING) in too_general()
    assert [d.term for d in pooled([_row(ANYTHING), _row(SEIZURE)])] == [onto.index(SEIZURE)]


def test_the_worst_come_first_and_say_what_became_of_them() -> None:
    found = [issue.message for issue in general_rows(load_annotations())]
    assert "(HP:0000118)" in found[0]
    assert found[0].endswith("not used")
    assert found[-1].endswith("used with little weight")
    assert len(found) > 100
