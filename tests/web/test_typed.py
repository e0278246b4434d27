"""What the one box takes from a few words, and what it leaves out and says so."""

from __future__ import annotations

import pytest

pytest.importorskip("fastapi", reason="the page is not installed: pip install 'hoofbeat[web]'")

from hoofbeat.apps.web.sheet import Sheet, ValueRow
from hoofbeat.apps.web.typed import add_typed, suggestions, value_words


def typed(*lines):
    """Return the form after some lines, and what was said to the last."""
    sheet, said = Sheet(), ""
    for words in lines:
        said, _ = add_typed(sheet, words)
    return sheet, said


def held(sheet):
    return [(f.term, f.state) for f in sheet.findings]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("mother has diabetes", "Not added: Diabetes mellitus (of mother)."),
        ("son had weight loss", "Not added: Weight loss (of son)."),
        ("the daughter has glossitis", "Not added: Glossitis (of daughter)."),
        ("her mother has glossitis", "Not added: Glossitis (of mother)."),
        ("family history of diabetes", "Not added: Diabetes mellitus (of family)."),
        ("? glossitis", "Not added: Glossitis (uncertain)."),
        ("glossitis?", "Not added: Glossitis (uncertain)."),
        ("possible diabetes", "Not added: Diabetes mellitus (uncertain)."),
        ("mother has pemphigus", "Not added: pemphigus (of mother)."),
    ],
)
def test_what_is_a_relatives_or_doubted_is_not_the_patients(words, said):
    sheet, told = typed(words)
    assert sheet.blank
    assert told == said
    offered = suggestions(words)
    assert offered
    assert not any(s.value.startswith(("present:", "absent:")) for s in offered)


def test_the_patients_own_finding_beside_a_relatives_is_added():
    sheet, told = typed("weight loss, and mother has diabetes")
    assert held(sheet) == [("HP:0001824", "present")]
    assert told == "Weight loss: present. Not added: Diabetes mellitus (of mother)."


@pytest.mark.parametrize(
    "words", ["glossitis", "diabetes", "absent eyebrows", "psoriasis", "past weight loss"]
)
def test_what_is_the_patients_is_still_taken(words):
    sheet, _ = typed(words)
    assert [f.state for f in sheet.findings] == ["present"]


def test_a_denial_after_a_statement_turns_the_finding_over():
    assert held(typed("weight loss", "no weight loss")[0]) == [("HP:0001824", "absent")]


def test_a_number_that_is_not_understood_keeps_the_finding_and_is_named():
    sheet, told = typed("zinc 7 kg")
    assert sheet.blank
    assert told == "Zinc 7 kg is not used: zinc is not given in kg."
    assert "no unit" in typed("glucagon 1240")[1]


@pytest.mark.parametrize(
    "words", ["weight loss 10 kg", "lost 10 kg", "10 kg weight loss", "weight loss 8 kg in 6 months"]
)
def test_kilograms_lost_are_weight_loss(words):
    sheet, told = typed(words)
    assert ("HP:0001824", "present") in held(sheet)
    assert told.startswith("Weight loss: present.")


def test_a_number_that_is_understood_stands_for_its_finding():
    sheet, _ = typed("weight loss 10 %")
    assert (len(sheet.values), sheet.findings) == (1, [])


def test_sites_and_times_of_typed_words_are_kept():
    sheet, _ = typed("rash in the groin for 2 years")
    assert (sheet.sites, sheet.rash_since) == (("groin",), "2 years")


def test_more_than_the_box_holds_is_refused_in_words():
    sheet, told = typed("weight loss " * 30)
    assert sheet.blank
    assert "200 characters" in told


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (ValueRow("zinc", "7", "µmol/L", "11", "18"), "low (the laboratory’s range 11–18 µmol/L)"),
        (ValueRow("zinc", "7", "µmol/L"), "low (usual range 9.18–18.4 µmol/L)"),
        (ValueRow("glucagon", "1240", "pg/mL", "", "150"), "high (the laboratory’s range up to 150 pg/mL)"),
    ],
)
def test_a_value_is_judged_in_the_unit_it_was_given_in(row, says):
    assert value_words(row, "unknown") == (says.split()[0], says)
