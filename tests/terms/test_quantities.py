"""Laboratory values: units, ranges, what a value amounts to, and what cannot be."""

from __future__ import annotations

import math

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hoofbeat.errors import UnitError
from hoofbeat.terms import convert, find_test, load_ontology, read_measurement, to_ucum
from hoofbeat.terms.quantities import tests as catalogue

ALL = catalogue()
known = st.sampled_from(ALL)


@pytest.mark.parametrize(
    ("value", "unit", "pg_ml"), [(100, "pg/mL", 100), (100, "ng/L", 100), (28.7, "pmol/L", 100)]
)
def test_glucagon_is_the_same_in_its_three_units(value: float, unit: str, pg_ml: float) -> None:
    reading = read_measurement("glucagon", value, unit)
    assert reading.value == pytest.approx(pg_ml, rel=0.01)
    assert reading.unit == "pg/mL"


@pytest.mark.parametrize(
    ("unit", "ucum"),
    [
        ("µg/dl", "ug/dL"),
        ("mcg/dL", "ug/dL"),
        ("UCUM:pg/mL", "pg/mL"),
        ("x10^9/L", "10*9/L"),
        ("g/dl", "g/dL"),
    ],
)
def test_units_are_written_as_ucum_writes_them(unit: str, ucum: str) -> None:
    assert to_ucum(unit) == ucum


def test_the_multiple_of_the_upper_limit_is_that_of_the_printed_range() -> None:
    printed = read_measurement("glucagon", 600, "pg/mL", low=50, high=150)
    assert (printed.multiple_of_upper_limit, printed.range_from) == (4.0, "printed")
    usual = read_measurement("glucagon", 600, "pg/mL")
    assert usual.range_from == "default"
    assert usual.multiple_of_upper_limit == pytest.approx(600 / usual.high)


def test_a_range_depends_on_sex() -> None:
    woman, man = (read_measurement("haemoglobin", 12.5, "g/dL", sex=s) for s in ("female", "male"))
    assert (woman.interpretation, man.interpretation) == ("normal", "low")
    assert man.finding == "HP:0001903"
    assert "HP:0001903" in woman.absent_finding


def test_a_childs_value_is_read_with_a_warning() -> None:
    reading = read_measurement("albumin", 30, "g/L", age_years=3)
    assert [i.category for i in reading.issues] == ["adult-range"]
    assert read_measurement("albumin", 30, "g/L", age_years=30).issues == ()
    assert read_measurement("albumin", 30, "g/L", low=35, high=50, age_years=3).issues == ()


@pytest.mark.parametrize(
    ("test", "value", "unit", "category"),
    [
        ("glucagon", 100, "kg", "wrong-dimension"),
        ("glucagon", 100, "%", "wrong-dimension"),
        ("glucagon", 100, "gizmos", "unknown-unit"),
        ("glucose", 5000, "mmol/L", "impossible-value"),
        ("albumin", -3, "g/L", "impossible-value"),
        ("albumin", math.nan, "g/L", "impossible-value"),
        ("albumin", math.inf, "g/L", "impossible-value"),
        ("omens", 3, "g/L", "unknown-test"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(test: str, value: float, unit: str, category: str) -> None:
    reading = read_measurement(test, value, unit)
    assert [i.category for i in reading.issues] == [category]
    assert reading.issues[0].remedy
    assert (reading.finding, reading.interpretation, reading.absent_finding) == (None, None, ())


def test_an_impossible_conversion_raises_with_what_to_do() -> None:
    glucagon = find_test("glucagon")
    assert glucagon
    with pytest.raises(UnitError) as fault:
        convert(3, "kg", test=glucagon)
    assert "pg/mL" in fault.value.remedy


@given(st.text(max_size=12), st.floats(0.1, 1e4))
def test_no_unit_however_odd_is_a_crash(unit: str, value: float) -> None:
    reading = read_measurement("glucagon", value, unit)
    assert reading.interpretation is not None or reading.issues


@given(known, st.floats(0, 1), st.floats(0.5, 2))
def test_a_value_in_its_own_unit_stays_what_it_is(test, share: float, wide: float) -> None:
    low, high = test.possible
    value = low + share * (high - low)
    assert convert(value, test.unit, test=test) == pytest.approx(value, rel=1e-9)


@given(st.floats(2.1, 49000), st.sampled_from(["ng/L", "pmol/L", "ng/dL", "ug/L"]))
def test_there_and_back_is_where_one_began(value: float, unit: str) -> None:
    glucagon = find_test("glucagon")
    assert glucagon
    there = convert(value, "pg/mL", test=glucagon, to=unit)
    assert convert(there, unit, test=glucagon) == pytest.approx(value, rel=1e-9)


@given(st.floats(2.1, 49000), st.floats(2.1, 49000))
def test_more_is_more_in_any_unit(one: float, two: float) -> None:
    assume(one < two)
    glucagon = find_test("glucagon")
    assert glucagon
    assert convert(one, "pg/mL", test=glucagon, to="pmol/L") < convert(
        two, "pg/mL", test=glucagon, to="pmol/L"
    )


@given(st.floats(3, 40000), st.floats(10, 40), st.floats(60, 200))
def test_what_a_value_amounts_to_does_not_depend_on_its_unit(value: float, low: float, high: float) -> None:
    one = read_measurement("glucagon", value, "pg/mL", low=low, high=high)
    two = read_measurement("glucagon", value / 3.483, "pmol/L", low=low / 3.483, high=high / 3.483)
    assert one.multiple_of_upper_limit == pytest.approx(two.multiple_of_upper_limit, rel=1e-6)
    assume(abs(value - low) > 1e-6 * low)
    assume(abs(value - high) > 1e-6 * high)
    assert one.interpretation == two.interpretation


@pytest.mark.parametrize("test", ALL, ids=lambda t: t.slug)
def test_the_catalogue_is_sound(test) -> None:
    low, high = test.possible
    assert low < high
    for ends in test.usual.values():
        assert ends[0] < ends[1]
        assert ends[1] < high
    for term in (test.low_is, test.high_is):
        assert not term or load_ontology().resolve(term).status == "current"
    assert not test.loinc or has_check_digit(test.loinc)
    assert find_test(test.slug) == find_test(test.name) == test


def test_no_word_belongs_to_two_tests() -> None:
    words = [w for t in ALL for w in {x.lower() for x in (t.name, t.slug.replace("_", " "), *t.words)}]
    assert sorted(w for w in set(words) if words.count(w) > 1) == []


def has_check_digit(code: str) -> bool:
    """LOINC's own check: modulus 10, doubling every other digit from the right (Luhn)."""
    number, _, digit = code.partition("-")
    doubled = [int(d) * (2 if i % 2 == 0 else 1) for i, d in enumerate(reversed(number))]
    return (10 - sum(d // 10 + d % 10 for d in doubled) % 10) % 10 == int(digit)


@pytest.mark.parametrize(("code", "valid"), [("718-7", True), ("1751-7", True), ("718-8", False)])
def test_the_check_of_loinc_codes_knows_right_from_wrong(code: str, valid: bool) -> None:  # noqa: FBT001 (a table)
    assert has_check_digit(code) is valid
