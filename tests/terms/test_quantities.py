"""Laboratory values: units, ranges, what a value amounts to, and what cannot be."""

from __future__ import annotations

import math
import re
from collections import defaultdict

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hoofbeat.errors import UnitError
from hoofbeat.terms import convert, find_test, load_ontology, read_measurement, to_ucum
from hoofbeat.terms.quantities import tests as catalogue
from hoofbeat.terms.vocabulary import read_data

ALL = catalogue()
known = st.sampled_from(ALL)

_MASS = ("g/L", "g/dL", "mg/dL", "mg/L", "ug/L", "µg/dl", "ng/mL", "ng/L", "pg/mL")
_AMOUNT = ("mol/L", "mmol/L", "umol/L", "nmol/l", "pmol/L")
_OTHER = {
    "10*9/L": ("10*3/uL", "/uL", "/mm3", "cells/uL", "10*12/L"),
    "10*12/L": ("/uL", "10*9/L"),
    "%": ("1", "percent"),
    "1": ("%",),
    "mm/h": ("cm/h", "mm/hr"),
    "U/L": ("IU/L", "ukat/L"),
    "m[iU]/L": ("uIU/mL", "mIU/mL"),
    "Cel": ("F", "K", "°C"),
    "fL": ("pL", "fl"),
    "kg/m2": ("kg/m²", "kg/m^2", "g/m^2"),
    "mmol/L": ("mol/L", "umol/L"),
}


def units(test) -> tuple[str, ...]:
    """Units in which a laboratory may give a test, other than its own."""
    found = _MASS if test.unit in {"g/L", "g/dL", "mg/L", "ug/L", "ug/dL", "ng/mL", "pg/mL"} else ()
    if test.molar_mass:
        found = _MASS + _AMOUNT
    if test.slug == "hba1c":
        found = ("mmol/mol",)
    return found or _OTHER[test.unit]


@st.composite
def measured(draw):
    """A test, a possible value in its own unit, and another unit."""
    test = draw(known)
    low, high = test.possible
    share = draw(st.floats(0.001, 0.999))
    return test, low + share * (high - low), draw(st.sampled_from(units(test)))


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
        ("10E9/l", "10*9/L"),
        ("x 10^12/L", "10*12/L"),
        ("10*6/uL", "10*6/uL"),
        ("10^3/µL", "10*3/uL"),
        ("10^6/mm3", "10*6/uL"),
        ("m[IU]/L", "m[iU]/L"),
        ("u[IU]/mL", "u[iU]/mL"),
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


# Units, for every test


def test_glucagon_in_amount_and_back():
    glucagon = find_test("glucagon")
    assert convert(100, "pg/mL", test=glucagon, to="pmol/L") == pytest.approx(28.7, rel=0.01)
    assert convert(28.7, "pmol/L", test=glucagon) == pytest.approx(100, rel=0.01)
    assert convert(100, "ng/L", test=glucagon) == pytest.approx(100, rel=1e-9)
    assert convert(100, "pg/mL", test=glucagon, to="ng/L") == pytest.approx(100, rel=1e-9)


@pytest.mark.parametrize(
    ("test", "value", "unit", "same"),
    [
        ("glucose", 100, "mg/dL", 5.55),
        ("zinc", 10, "µmol/L", 65.4),
        ("creatinine", 1, "mg/dL", 88.4),
        ("calcium", 10, "mg/dL", 2.495),
        ("bilirubin", 1, "mg/dL", 17.1),
        ("cholesterol", 200, "mg/dL", 5.17),
        ("vitamin_b12", 300, "pmol/L", 406.6),
        ("folate", 10, "nmol/L", 4.41),
        ("albumin", 4, "g/dL", 40),
        ("haemoglobin", 130, "g/L", 13),
        ("crp", 1, "mg/dL", 10),
        ("sodium", 140, "mEq/L", 140),
        ("potassium", 4, "meq/l", 4),
        ("hba1c", 48, "mmol/mol", 6.54),
        ("haematocrit", 0.4, "L/L", 40),
        ("white_cells", 7000, "/mm3", 7),
        ("white_cells", 7, "K/uL", 7),
        ("temperature", 100.4, "°F", 38),
        ("alt", 0.5, "ukat/L", 30),
        ("insulin", 15, "µIU/mL", 15),
    ],
)
def test_a_value_is_what_tables_of_conversion_say(test, value, unit, same):
    reading = read_measurement(test, value, unit)
    assert reading.issues == ()
    assert reading.value == pytest.approx(same, rel=0.002)


@pytest.mark.parametrize(
    ("unit", "ucum"),
    [
        ("µmol/l", "umol/L"),
        ("μmol/L", "umol/L"),
        ("mcmol/L", "umol/L"),
        ("pg / mL", "pg/mL"),
        ("pg/ml (fasting)", "pg/mL"),
        ("G/L", "g/L"),
        ("mIU/L", "m[iU]/L"),
        ("µIU/ml", "u[iU]/mL"),
        ("mU/L", "m[iU]/L"),
        ("IU/L", "U/L"),
        ("u/l", "U/L"),
        ("°C", "Cel"),
        ("F", "[degF]"),
        ("10^12/L", "10*12/L"),
        ("K/uL", "10*3/uL"),
        ("mm/hr", "mm/h"),
        ("kg/m²", "kg/m2"),
        ("mmHg", "mm[Hg]"),
        ("percent", "%"),
        ("", "1"),
    ],
)
def test_what_laboratories_print_comes_out_as_ucum(unit, ucum):
    assert to_ucum(unit) == ucum
    assert to_ucum(f" {unit} ") == ucum
    assert to_ucum(ucum) == ucum


@pytest.mark.parametrize("test", ALL, ids=lambda t: t.slug)
def test_each_reading_is_in_the_tests_own_ucum_unit(test):
    assert to_ucum(test.unit) == test.unit
    for unit in units(test):
        reading = read_measurement(
            test.slug, convert(sum(test.usual["male"]) / 2 or 1, test.unit, test=test, to=unit), unit
        )
        assert (reading.unit, reading.issues) == (test.unit, ()), unit


@given(measured())
def test_every_test_goes_there_and_back(case):
    test, value, unit = case
    there = convert(value, test.unit, test=test, to=unit)
    assert convert(there, unit, test=test) == pytest.approx(value, rel=1e-9, abs=1e-12)


@given(measured(), st.floats(0, 1))
def test_more_is_more_of_every_test_in_any_unit(case, share):
    test, value, unit = case
    more = value + share * (test.possible[1] - value)
    assume(more - value > 1e-9 * abs(value))
    assert convert(value, test.unit, test=test, to=unit) < convert(more, test.unit, test=test, to=unit)


@given(measured(), st.sampled_from(["female", "male", "unknown"]), st.booleans(), st.data())
def test_no_reading_depends_on_its_unit(case, sex, printed, data):
    test, value, unit = case
    ends = {}
    if printed:
        low, high = test.usual["male"]
        ends = {"low": low + data.draw(st.floats(0, 0.3)) * (high - low), "high": high}
    own = read_measurement(test.slug, value, test.unit, sex=sex, **ends)
    assume(all(abs(value - end) > 1e-9 * abs(end) for end in (own.low, own.high)))
    there = {name: convert(end, test.unit, test=test, to=unit) for name, end in ends.items()}
    other = read_measurement(test.slug, convert(value, test.unit, test=test, to=unit), unit, sex=sex, **there)
    near = pytest.approx
    assert (other.value, other.low, other.high) == (
        near(own.value, rel=1e-9, abs=1e-12),
        near(own.low, rel=1e-9, abs=1e-9),
        near(own.high, rel=1e-9),
    )
    assert other.multiple_of_upper_limit == near(own.multiple_of_upper_limit, rel=1e-9, abs=1e-12)
    assert (other.interpretation, other.finding, other.absent_finding, other.range_from, other.issues) == (
        own.interpretation, own.finding, own.absent_finding, own.range_from, own.issues,
    )  # fmt: skip


# Ranges


@pytest.mark.parametrize(
    ("value", "unit", "printed", "multiple"),
    [
        (1600, "pg/mL", {}, 20),
        (348, "pmol/L", {}, 15.15),
        (40, "pg/mL", {}, 0.5),
        (600, "pg/mL", {"low": 50, "high": 150}, 4),
        (57.4, "pmol/L", {"high": 28.7}, 2),
        (600, "pg/mL", {"low": 50}, None),
    ],
)
def test_how_many_times_the_upper_limit(value, unit, printed, multiple):
    reading = read_measurement("glucagon", value, unit, **printed)
    assert reading.range_from == ("printed" if printed else "default")
    assert reading.multiple_of_upper_limit == (multiple and pytest.approx(multiple, rel=0.001))


@pytest.mark.parametrize(
    ("test", "value", "printed", "amounts_to"),
    [
        ("glucose", 3, {}, ("low", "HP:0001943", ("HP:0003074",))),
        ("glucose", 5, {}, ("normal", None, ("HP:0001943", "HP:0003074"))),
        ("glucose", 9, {}, ("high", "HP:0003074", ("HP:0001943",))),
        ("glucose", 9, {"low": 4, "high": 10}, ("normal", None, ("HP:0001943", "HP:0003074"))),
        ("glucose", 5, {"low": 5.5}, ("low", "HP:0001943", ("HP:0003074",))),
        ("glucose", 5.6, {}, ("normal", None, ("HP:0001943", "HP:0003074"))),
        ("glucose", 3.9, {}, ("normal", None, ("HP:0001943", "HP:0003074"))),
        ("zinc", 200, {}, ("high", None, ("HP:0031831",))),
        ("mcv", 70, {}, ("low", None, ())),
    ],
)
def test_what_a_value_amounts_to_and_what_it_rules_out(test, value, printed, amounts_to):
    reading = read_measurement(test, value, find_test(test).unit, **printed)
    assert (reading.interpretation, reading.finding, reading.absent_finding) == amounts_to
    assert reading.issues == ()


@pytest.mark.parametrize("test", ALL, ids=lambda t: t.slug)
def test_each_sex_has_its_range_and_an_unknown_one_the_wider(test):
    value = sum(test.usual["male"]) / 2
    seen = {
        sex: read_measurement(test.slug, value or 1, test.unit, sex=sex)
        for sex in ("female", "male", "unknown")
    }
    ends = {sex: (reading.low, reading.high) for sex, reading in seen.items()}
    assert {sex: ends[sex] for sex in ("female", "male")} == test.usual
    assert ends["unknown"] == (
        min(ends["female"][0], ends["male"][0]),
        max(ends["female"][1], ends["male"][1]),
    )


def test_some_ranges_differ_between_the_sexes():
    differ = {t.slug for t in ALL if t.usual["female"] != t.usual["male"]}
    assert {"haemoglobin", "haematocrit", "creatinine", "ferritin"} <= differ


@pytest.mark.parametrize("sex", ["female", "male", "unknown"])
def test_a_printed_range_wins_over_that_of_the_sex(sex):
    reading = read_measurement("haemoglobin", 12.5, "g/dL", low=11, high=12, sex=sex)
    assert (reading.low, reading.high, reading.interpretation) == (11, 12, "high")


@pytest.mark.parametrize(
    ("age", "warned"), [(0, True), (15.99, True), (16, False), (70, False), (None, False)]
)
def test_the_range_of_adults_is_said_to_be_one_below_sixteen(age, warned):
    reading = read_measurement("haemoglobin", 10, "g/dL", age_years=age)
    assert [(i.level, i.category) for i in reading.issues] == [("warning", "adult-range")] * warned
    assert all("printed" in i.remedy for i in reading.issues)
    assert reading.finding == "HP:0001903"


# What cannot be


@pytest.mark.parametrize("test", ALL, ids=lambda t: t.slug)
@pytest.mark.parametrize("odd", ["nan", "inf", "-inf", "above", "below", "kg", "gizmo", "m/s"])
def test_each_test_refuses_what_cannot_be(test, odd):
    low, high = test.possible
    above, below = high + (high - low) / 100, low - (high - low) / 100
    value = {"above": above, "below": below, "nan": math.nan, "inf": math.inf, "-inf": -math.inf}.get(odd)
    category = {"kg": "wrong-dimension", "m/s": "wrong-dimension", "gizmo": "unknown-unit"}.get(odd)
    if test.unit == "mm/h" and odd == "m/s":
        category = "impossible-value"  # a speed, as the sedimentation rate is, but not that of blood
    given_value, unit = (50, odd) if value is None else (value, test.unit)
    reading = read_measurement(test.slug, given_value, unit, low=1, high=2)
    assert [(i.level, i.category) for i in reading.issues] == [("error", category or "impossible-value")]
    assert reading.issues[0].remedy
    assert test.name in reading.issues[0].message
    assert reading[3:-1] == (None, None, "", None, None, None, ())


@pytest.mark.parametrize(
    ("test", "value", "unit", "remedy"),
    [
        ("glucagon", 100, "kg", "pg/mL"),
        ("glucagon", 100, "%", "pg/mL"),
        ("glucagon", 100, "gizmos", "pg/mL"),
        ("glucose", 5000, "mmol/L", "unit"),
        ("glucose", -5, "mmol/L", "unit"),
        ("glucagon", 100, "mg/mL", "unit"),
    ],
)
def test_a_refusal_says_what_to_do(test, value, unit, remedy):
    (issue,) = read_measurement(test, value, unit).issues
    assert issue.level == "error"
    assert remedy in issue.remedy


@given(known, st.floats(), st.data())
def test_no_number_however_odd_is_a_crash(test, value, data):
    unit = data.draw(st.sampled_from((test.unit, *units(test))))
    reading = read_measurement(test.slug, value, unit)
    if reading.interpretation is None:
        assert [i.level for i in reading.issues] == ["error"]
    else:
        assert test.possible[0] <= reading.value <= test.possible[1]
        assert reading.issues == ()


@given(measured(), st.none() | st.floats(), st.none() | st.floats())
def test_no_printed_range_however_odd_is_a_crash(case, low, high):
    test, value, unit = case
    reading = read_measurement(test.slug, value, unit, low=low, high=high)
    assert reading.interpretation is not None or reading.issues


@pytest.mark.parametrize("unit", ["kg", "gizmo", "pg/", "1/0", "((", "import os", "m**99999", "%"])
def test_convert_raises_nothing_but_its_own(unit):
    with pytest.raises(UnitError) as fault:
        convert(3, unit, test=find_test("glucagon"))
    assert "pg/mL" in fault.value.remedy
    assert fault.value.why


def test_a_large_letter_is_another_prefix():
    assert convert(5, "Mmol/L", test=find_test("glucose")) == pytest.approx(5e9)
    assert [i.category for i in read_measurement("glucose", 5, "Mmol/L").issues] == ["impossible-value"]


def test_amount_needs_a_molar_mass():
    albumin = find_test("albumin")
    assert albumin.molar_mass is None
    with pytest.raises(UnitError, match="cannot be given in mmol/L"):
        convert(0.6, "mmol/L", test=albumin)


# The catalogue


@pytest.mark.parametrize("test", ALL, ids=lambda t: t.slug)
def test_what_is_usual_is_possible(test):
    low, high = test.possible
    for least, most in test.usual.values():
        # a usual range from nought has no lower limit; what can be measured begins above it
        assert low <= least or least == 0
        assert low < most <= high


@pytest.mark.parametrize("row", read_data("tests.yaml"), ids=lambda r: r["slug"])
def test_each_result_is_a_current_finding_named_by_its_label(row):
    onto = load_ontology()
    for found in (row[side] for side in ("low_is", "high_is") if side in row):
        assert onto.resolve(found["id"]).status == "current"
        assert onto.label(found["id"]) == found["label"]
        assert onto.phenotypic[onto.index(found["id"])]


@pytest.mark.parametrize("test", [t for t in ALL if t.loinc], ids=lambda t: t.slug)
def test_a_loinc_code_is_well_formed_and_stands_for_its_test(test):
    assert re.fullmatch(r"[1-9]\d{0,6}-\d", test.loinc)
    assert has_check_digit(test.loinc)
    assert find_test(test.loinc) is test
    assert find_test(f"LOINC:{test.loinc}") is test


@given(st.sampled_from([t.loinc for t in ALL if t.loinc]), st.data())
def test_the_check_of_loinc_codes_catches_any_one_wrong_digit(code, data):
    place = data.draw(st.sampled_from([i for i, c in enumerate(code) if c != "-"]))
    digit = data.draw(st.sampled_from([d for d in "0123456789" if d != code[place]]))
    assert not has_check_digit(code[:place] + digit + code[place + 1 :])


@pytest.mark.parametrize("test", ALL, ids=lambda t: t.slug)
def test_each_word_finds_its_test(test):
    for word in (test.slug, test.name, *test.words):
        for written in (word, word.upper(), f" {word} ", f"{word} (venous)"):
            assert find_test(written) is test, written


def test_no_word_or_code_belongs_to_two_tests():
    owners = defaultdict(set)
    for test in ALL:
        for word in (test.slug, test.name, *test.words, test.loinc):
            owners[re.sub(r"[\W_]+", " ", word.lower())].add(test.slug)
    owners.pop("", None)
    assert {word: slugs for word, slugs in owners.items() if len(slugs) > 1} == {}


@pytest.mark.parametrize(
    ("words", "slug"),
    [
        ("serum albumin level", "albumin"),
        ("Plasma zinc concentration", "zinc"),
        ("fasting C-peptide", "c_peptide"),
        ("serum glucose", "glucose_random"),
        ("fasting plasma glucose", "glucose"),
        ("total bilirubin", "bilirubin"),
    ],
)
def test_words_around_a_test_do_not_matter(words, slug):
    assert find_test(words).slug == slug


@pytest.mark.parametrize("words", ["", " ", "omens", "blood", "serum", "glucagonoma", "zincs and more"])
def test_words_that_are_no_test_find_none(words):
    assert find_test(words) is None
