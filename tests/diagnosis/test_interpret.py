"""What results mean: as far as the evidence goes, and no further."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.cases import Case, Finding, Measurement, Treatment
from hoofbeat.diagnosis import interpret_case, interpret_result, interpret_value
from hoofbeat.errors import UsageError
from hoofbeat.knowledge import load_interpretations, load_knowledge


@pytest.mark.parametrize(
    ("value", "unit", "band"),
    [
        (70, "pg/mL", "usual"),
        (100, "pg/mL", "slightly_raised"),
        (405, "pg/mL", "raised"),
        (655, "pg/mL", "suggestive"),
        (1434, "pg/mL", "nearly_proves"),
        (348, "pmol/L", "nearly_proves"),
        (20, "pmol/L", "usual"),
        (24000, "pg/mL", "hundreds_fold"),
    ],
)
def test_a_glucagon_is_read_in_its_band_whatever_its_unit(value: float, unit: str, band: str) -> None:
    assert interpret_value("glucagon", value, unit).band == band


@given(st.floats(3, 499))
def test_no_glucagon_under_500_excludes_and_none_lowers_the_odds_beyond_what_is_known(value: float) -> None:
    found = interpret_value("glucagon", value, "pg/mL")
    assert not found.excludes
    assert "not exclude" in found.consider
    # one to eight samples in a hundred say nothing, so the ratio never falls below that share
    assert found.ratio is not None
    assert found.ratio > 0.01


def test_a_glucagon_over_1000_speaks_for_the_tumour_and_its_range_holds_the_ratio() -> None:
    found = interpret_value("glucagon", 1138, "pg/mL")
    assert found.ratio is not None
    assert found.ratio_low is not None
    assert found.ratio_high is not None
    assert 50 < found.ratio_low <= found.ratio <= found.ratio_high


def test_the_laboratorys_own_limit_goes_before_the_usual_one_below_500_only() -> None:
    assert interpret_value("glucagon", 120, "pg/mL", high=177).band == "usual"
    assert interpret_value("glucagon", 600, "pg/mL", high=650).band == "suggestive"


def test_a_confounder_makes_the_same_value_say_less() -> None:
    alone = interpret_value("glucagon", 300, "pg/mL")
    liver = interpret_value("glucagon", 300, "pg/mL", confounders=["cirrhosis"])
    assert liver.ratio is not None
    assert alone.ratio is not None
    assert liver.ratio < alone.ratio
    assert "cirrhosis" in liver.confounders[0]
    assert liver.remarks


def test_kidney_disease_confounds_a_radioimmunoassay_and_not_a_sandwich_assay() -> None:
    ria = interpret_value("glucagon", 300, "pg/mL", assay="radioimmunoassay", confounders=["renal failure"])
    sandwich = interpret_value("glucagon", 300, "pg/mL", assay="sandwich", confounders=["renal failure"])
    assert ria.confounders
    assert sandwich.confounders == ()


def test_a_case_brings_its_own_confounders() -> None:
    case = Case(
        findings=(Finding(term="HP:0001394"),),
        treatments=(Treatment(name="octreotide"),),
        measurements=(Measurement(test="glucagon", value=200, unit="pg/mL"),),
    )
    (found,) = interpret_case(case)
    assert len(found.confounders) == 2
    assert any("lowers" in name for name in found.confounders)


@pytest.mark.parametrize(("value", "unit"), [(1.2, "g/L"), (1.538, "ng/L"), (900, "mg/mL"), (80, "mmHg")])
def test_an_impossible_glucagon_is_an_issue_with_a_remedy_and_never_a_ratio(value: float, unit: str) -> None:
    found = interpret_value("glucagon", value, unit)
    assert found.ratio is None
    assert found.band == ""
    (issue,) = found.issues
    assert issue.level == "error"
    assert "pg/mL" in issue.remedy
    assert "pmol/L" in issue.remedy


def test_a_later_value_is_compared_with_the_first() -> None:
    case = Case(
        measurements=(
            Measurement(test="glucagon", value=1100, unit="pg/mL"),
            Measurement(test="glucagon (post-op)", value=222, unit="pg/mL"),
        )
    )
    first, second = interpret_case(case)
    assert not any("first value" in remark for remark in first.remarks)
    assert second.remarks[0].startswith("20 % of the first value")


def test_zinc_is_corrected_for_the_albumin_that_carries_it() -> None:
    found = interpret_value("zinc", 50, "ug/dL", albumin=24)
    assert found.corrected is not None
    middle, low, high = found.corrected
    assert 50 < low <= middle <= high
    usual = interpret_value("zinc", 50, "ug/dL", albumin=40)
    assert usual.corrected == (50.0, 50.0, 50.0)
    case = Case(
        measurements=(
            Measurement(test="zinc", value=50, unit="ug/dL"),
            Measurement(test="albumin", value=24, unit="g/L"),
        )
    )
    assert interpret_case(case)[0].corrected == found.corrected


@pytest.mark.parametrize("report", ["unremarkable", "spongiotic dermatitis", "psoriasiform hyperplasia"])
def test_one_poor_biopsy_halves_the_odds_at_most_to_a_third(report: str) -> None:
    found = interpret_result("skin biopsy", report)
    assert not found.excludes
    assert "does not exclude" in found.consider
    assert found.ratio is not None
    assert 1 / 3 < found.ratio < 0.75


def test_three_poor_specimens_say_more_than_one_and_less_than_three_times_one() -> None:
    one, three = (interpret_result("biopsy", "non-specific", specimens=n).ratio for n in (1, 3))
    assert one is not None
    assert three is not None
    assert one**3 < three < one


def test_a_late_lesion_says_less_against_than_a_fresh_one() -> None:
    fresh, late = (
        interpret_result("biopsy", "non-specific", lesion=lesion).ratio for lesion in ("fresh", "late")
    )
    assert fresh is not None
    assert late is not None
    assert fresh < late < 1


def test_pallor_supports_and_does_not_find_the_cause() -> None:
    found = interpret_result("skin biopsy", "pallor of the upper epidermis")
    assert found.ratio is not None
    assert found.ratio > 20
    assert "cause" in found.consider


@pytest.mark.parametrize(
    ("test", "report", "speaks_for"),
    [
        ("ct", "4 cm mass in the tail", True),
        ("ct", "no mass seen", False),
        ("eus", "negative", False),
        ("mri", "no tumour", False),
        ("dotatate", "avid lesion, uptake", True),
        ("somatostatin-receptor pet", "no uptake", False),
        ("amino acids", "low", True),
        ("amino acids", "normal", False),
    ],
)
def test_an_image_or_amino_acids_speak_for_or_against_and_exclude_nothing(
    test: str, report: str, *, speaks_for: bool
) -> None:
    found = interpret_result(test, report)
    assert found.ratio is not None
    assert (found.ratio > 1) == speaks_for
    assert not found.excludes


def test_negative_immunofluorescence_says_next_to_nothing_of_nme() -> None:
    assert interpret_result("dif", "negative").ratio == pytest.approx(1, abs=0.1)


def test_high_amino_acids_point_elsewhere() -> None:
    found = interpret_result("amino acids", "high alanine")
    assert "receptor" in found.consider
    assert found.ratio is None


@pytest.mark.parametrize(
    "call",
    [
        lambda: interpret_value("ferritin", 12, "ug/L"),
        lambda: interpret_result("skin biopsy", "purple"),
        lambda: interpret_result("horoscope", "good"),
        lambda: interpret_result("biopsy", "unremarkable", specimens=0),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_remedy(call) -> None:
    with pytest.raises(UsageError) as fault:
        call()
    assert fault.value.remedy


def test_every_meaning_cites_sources_that_have_a_file() -> None:
    known = load_knowledge().sources
    meanings = load_interpretations()
    cited = [s for v in meanings.values for part in (*v.bands, *v.confounders) for s in part.sources]
    cited += [s for r in meanings.results for m in r.meanings for s in m.sources]
    assert cited
    assert set(cited) <= set(known)
