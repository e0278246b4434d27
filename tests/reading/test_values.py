from __future__ import annotations

import math
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hoofbeat.errors import UnitError
from hoofbeat.reading.units import in_own_unit, unit_at
from hoofbeat.reading.value_patterns import analytes
from hoofbeat.reading.values import find_values
from hoofbeat.terms import convert, find_test, load_ontology, read_measurement

_FILE = Path(__file__).parents[1] / "data" / "reading" / "printed_values.yaml"
PRINTED = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
_WORDS = (
    "Hb",
    "low",
    "(",
    ")",
    "9.8",
    "1,240",
    "g/L",
    "<",
    "-",
    "\n",
    "of",
    "glucagon",
    "%",
    "AST/ALT",
    "BP",
)


def _read(row):
    found = find_values(row["text"], age_years=row.get("age"), sex=row.get("sex", "unknown"))
    order = {item[0]: place for place, item in enumerate(row["expect"])}
    return sorted(found, key=lambda value: order.get(value.test, len(order)))


@pytest.mark.parametrize("row", PRINTED, ids=lambda row: row["text"][:40])
def test_reads_a_printed_value_and_guesses_no_unit(row):
    found = _read(row)
    got = [[v.test, v.value, v.unit, v.direction, v.basis] for v in found]
    assert [g[: len(e)] for g, e in zip(got, row["expect"], strict=True)] == row["expect"]
    problem = row.get("problem", "")
    assert all((problem in v.problem) if problem else not v.problem for v in found)
    assert all(v.unit in row["text"] for v in found)


def test_the_printed_values_span_what_letters_print():
    values = [item for row in PRINTED for item in row["expect"]]
    assert len(values) >= 100
    assert len({item[0] for item in values}) >= 40
    assert len({item[2] for item in values}) >= 40


def test_every_finding_of_a_value_is_a_current_term_with_the_label_written_beside_it():
    ontology = load_ontology()
    rows = yaml.safe_load(
        (Path(find_values.__code__.co_filename).parent / "data/analytes.yaml").read_text("utf-8")
    )
    for row in rows["analytes"]:
        for side in ("low_is", "high_is"):
            if side in row:
                assert ontology.label(row[side]["id"]) == row[side]["label"]
                assert ontology.resolve(row[side]["id"]).status == "current"


def test_every_default_range_states_why_and_lies_within_what_is_possible():
    rows = yaml.safe_load(
        (Path(find_values.__code__.co_filename).parent / "data/analytes.yaml").read_text("utf-8")
    )
    for row in rows["analytes"]:
        for ranged in (row.get("range"), row.get("percent"), *row.get("ages", ())):
            assert ranged is None or ranged["assumption"]
    for analyte in analytes().values():
        least, most = analyte.test.possible
        for low, high in analyte.test.usual.values():
            assert low < high
            assert low >= least or low == 0 or math.isinf(low)
            assert high <= most or math.isinf(high)


def test_what_one_word_means_does_not_depend_on_its_place():
    assert {v.test for v in find_values("CA 19-9 40 U/mL, Ca 2.3 mmol/L, MCH 30 pg, Hb 14 g/dL")} == {
        "ca_19_9", "calcium", "mch", "haemoglobin",
    }  # fmt: skip


def test_a_value_is_interpreted_as_the_terms_interpret_its_measurement():
    for row in PRINTED:
        for value in _read(row):
            known = find_test(value.test)
            if (
                known is None
                or value.problem
                or value.basis != "default range"
                or value.unit in {"", "%", "x ULN"}
            ):
                continue
            if row.get("age") or value.test in {"weight_change", "glucose"}:
                continue
            reading = read_measurement(value.test, value.value, value.unit, sex=row.get("sex", "unknown"))
            if not any(issue.level == "error" for issue in reading.issues):
                assert reading.interpretation == value.direction, row["text"]


@pytest.mark.parametrize(
    ("slug", "unit"),
    [("glucagon", "pmol/L"), ("platelets", "10*3/uL"), ("haemoglobin", "g/L"), ("alt", "ukat/L"),
     ("hba1c", "mmol/mol"), ("temperature", "[degF]"), ("zinc", "umol/L"), ("sodium", "meq/L")],
)  # fmt: skip
def test_remembered_conversion_is_that_of_the_terms(slug, unit):
    test = find_test(slug)
    read = unit_at({"[degF]": "°F", "10*3/uL": "10^3/µL", "umol/L": "µmol/L"}.get(unit, unit), 0)
    for amount in (1.0, 37.0, 250.0):
        assert in_own_unit(amount, read, test) == pytest.approx(convert(amount, unit, test=test))


def test_a_unit_that_measures_something_else_is_refused():
    test = find_test("sodium")
    with pytest.raises(UnitError):
        convert(1, "mm/h", test=test)
    assert in_own_unit(1, unit_at("mm/h", 0), test) is None


def test_a_flag_against_its_printed_range_is_said():
    value = find_values("potassium 4.1 mmol/L (3.5-5.0) H")[0]
    assert value.direction == "normal"
    assert "disagree" in value.problem


@pytest.mark.parametrize(
    ("said", "date"),
    [
        ("12 March 2024", "2024-03-12"),
        ("2024-03-01", "2024-03-01"),
        ("25/12/2023", "2023-12-25"),
        ("3/4/2024", None),
    ],
)
def test_a_date_is_read_only_where_day_and_month_are_plain(said, date):
    assert find_values(f"Glucagon ({said}): 900 pg/mL")[0].date == date


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("has lost 12 kg in 6 months", "HP:0001824"),
        ("lost 12 kg on a diet", None),
        ("gained 2 stone", "HP:0004324"),
    ],
)
def test_weight_lost_on_purpose_is_no_finding(text, finding):
    (value,) = find_values(text)
    assert value.finding == finding


@settings(deadline=None)
@given(st.one_of(st.text(max_size=120), st.lists(st.sampled_from(_WORDS), max_size=30).map(" ".join)))
def test_spans_lie_in_any_text_and_no_text_breaks_the_reading(text):
    for value in find_values(text, age_years=40, sex="female"):
        assert 0 <= value.span.start < value.span.end <= len(text)
        assert value.unit in text[value.span.start :]
        assert (value.basis != "") == (value.direction != "")
        assert math.isfinite(value.value)


@pytest.mark.parametrize(
    ("text", "doubtful"),
    [
        ("Ferritin 1.234 ng/ml (30-400), Hb 10,4 g/dl", ["ferritin"]),
        ("Ferritin 1,234 ng/ml (30-400), Hb 10.4 g/dl", []),
        ("Ferritin 1.234 ng/ml (30-400), Hb 10.4 g/dl", []),
    ],
)
def test_three_digits_behind_a_sign_are_doubted_where_the_comma_is_the_decimal_sign(text, doubtful):
    values = find_values(text)
    assert [v.test for v in values if v.problem] == doubtful
    assert all(not v.direction for v in values if v.problem)
