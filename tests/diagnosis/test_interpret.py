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


@pytest.mark.parametrize(
    ("test", "report", "band"),
    [
        ("ct", "no evidence of tumour", "otherwise"),
        ("ct", "no focal lesion", "otherwise"),
        ("ct", "No suspicious lesion of the pancreas.", "otherwise"),
        ("ct", "no tumour, mass or lesion", "otherwise"),
        ("ct", "no tumour in the liver, spleen, or pancreas", "otherwise"),
        ("ct", "The mass could not be identified", "otherwise"),
        ("ct", "pancreas normal, large mass in the lung", "otherwise"),
        ("ct", "no tumour seen in the liver; 3 cm mass in the pancreatic tail", "tumour"),
        ("ct", "no liver metastases, 3 cm mass in the tail", "tumour"),
        ("ct", "CT without contrast: masses in the tail, no other lesion", "tumour"),
        ("ct", "2 cm mass in the tail, not seen before", "tumour"),
        ("sstr pet", "no pathological uptake", "otherwise"),
        ("sstr pet", "non-avid lesion", "otherwise"),
        ("sstr pet", "physiological uptake only", "otherwise"),
        ("dif", "negative, no intercellular IgG", "otherwise"),
        ("dif", "negative for IgG, IgA, C3 at the basement membrane", "otherwise"),
        ("dif", "linear IgG, no intercellular IgG", "pattern"),
        ("biopsy", "no pallor, no necrosis of the upper epidermis", "otherwise"),
        ("biopsy", "spongiosis without epidermal pallor", "spongiotic"),
        ("biopsy", "psoriasiform hyperplasia with pallor", "upper_pallor"),
        ("biopsy", "normal skin", "otherwise"),
        ("amino acids", "not low", "otherwise"),
        ("amino acids", "alanine below normal", "abnormal"),
    ],
)
def test_a_report_is_read_by_whole_words_and_a_negation_reaches_to_the_end_of_its_clause(
    test: str, report: str, band: str
) -> None:
    assert interpret_result(test, report).band == band


@pytest.mark.parametrize(
    ("test", "report"),
    [
        ("skin biopsy", "purple"),
        ("ct", "unclear"),
        ("ct", "abnormal enhancement of the pancreatic tail"),
        ("ct", "a tumour cannot be excluded"),
        ("ct", "mass in the tail; no mass in the pancreas"),
        ("ct", "mass in the tail of a normal pancreas"),
        ("ct", "no change of the mass in the tail"),
        ("ct", "mass in the lung"),
        ("sstr pet", "uptake in liver, no uptake in the spleen"),
        ("biopsy", "no spongiosis and pallor"),
        ("biopsy", "epidermal pallor; nonspecific"),
        ("amino acids", "not elevated"),
        ("amino acids", "reduced; lysine high"),
    ],
)
def test_a_report_that_contradicts_itself_or_names_nothing_is_an_issue_and_never_a_ratio(
    test: str, report: str
) -> None:
    found = interpret_result(test, report)
    assert found.ratio is None
    assert found.band == ""
    (issue,) = found.issues
    assert issue.category == "report-not-understood"
    assert issue.remedy
    assert report not in issue.message


def test_a_sign_of_another_disease_has_a_range_that_says_how_little_is_known() -> None:
    found = interpret_result("biopsy", "acantholysis")
    assert found.ratio_low is not None
    assert found.ratio_high is not None
    assert found.ratio_low < 1 < found.ratio_high


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("CKD", "kidney"),
        ("steroids", "raises"),
        ("opioids", "opioid"),
        ("metoprolol", "lowers"),
        ("insulin", "insulin"),
        ("Cushing", "Cushing"),
        ("coeliac disease", "coeliac"),
        ("GLP-1 agonist", "lowers"),
        ("glucagon-like peptide 1 agonist", "lowers"),
        ("glucagon infusion", "given"),
        ("exercise", "exercise"),
        ("Mahvash disease", "receptor"),
        ("diabetic ketoacidosis", "acute"),
    ],
)
def test_what_else_moves_glucagon_is_known_by_the_words_people_use(word: str, name: str) -> None:
    found = interpret_value("glucagon", 300, "pg/mL", confounders=[word])
    assert any(name in confounder for confounder in found.confounders)
    assert not found.issues


def test_an_unknown_confounder_is_an_issue_and_a_denied_one_counts_as_nothing() -> None:
    alone = interpret_value("glucagon", 300, "pg/mL")
    for words, issues in ((["gibberish"], 1), (["no cirrhosis"], 0), (["hydrocortisone cream"], 1)):
        found = interpret_value("glucagon", 300, "pg/mL", confounders=words)
        assert (found.confounders, found.ratio, len(found.issues)) == ((), alone.ratio, issues)
    assert interpret_value("zinc", 80, "ug/dL", confounders=["sepsis"]).issues[0].remedy


def test_one_confounder_may_be_given_as_a_plain_word() -> None:
    listed = interpret_value("glucagon", 300, "pg/mL", confounders=["cirrhosis"])
    assert interpret_value("glucagon", 300, "pg/mL", confounders="cirrhosis") == listed


def _with(*treatments: Treatment, date: str | None = "2024-06-10") -> tuple[str, ...]:
    value = Measurement(test="glucagon", value=1240, unit="pg/mL", date=date)
    (found,) = interpret_case(Case(treatments=treatments, measurements=(value,)))
    return found.confounders


def test_a_treatment_counts_by_what_it_is_and_by_when_it_began() -> None:
    assert _with(Treatment(name="appendix surgery 1999")) == ()
    assert _with(Treatment(name="stress management")) == ()
    assert _with(Treatment(name="topical steroids"), Treatment(name="potent corticosteroids")) == ()
    assert _with(Treatment(name="octreotide", date="2024-07-01")) == ()
    assert _with(Treatment(name="octreotide", date="2024-05")) == ("a drug that lowers glucagon",)
    assert _with(Treatment(name="octreotide"), date=None) == ("a drug that lowers glucagon",)
    (name,) = _with(Treatment(name="surgery", date="2024-06-01"))
    assert "acute" in name
    assert _with(Treatment(name="surgery", date="2024-01-01")) == ()
    # of a month it counts only where every day of it lies within the time that an operation moves glucagon
    assert _with(Treatment(name="surgery", date="2024-06"), date="2024-06-30") == (name,)
    assert _with(Treatment(name="surgery", date="2024-06")) == ()
    assert _with(Treatment(name="surgery", date="2024-05")) == ()


def test_a_glp1_drug_does_not_pass_for_glucagon_given() -> None:
    case = Case(
        treatments=(Treatment(name="glucagon-like peptide 1 agonist"),),
        measurements=(Measurement(test="glucagon", value=1240, unit="pg/mL"),),
    )
    assert interpret_case(case)[0].ratio == interpret_value("glucagon", 1240, "pg/mL").ratio


def test_a_value_within_its_own_laboratorys_range_says_so_and_does_not_speak_for_the_tumour() -> None:
    found = interpret_value("glucagon", 450, "pg/mL", high=500)
    assert "this laboratory" in found.says
    assert found.ratio is not None
    assert found.ratio_high is not None
    assert found.ratio < 1 < found.ratio_high


def test_a_low_zinc_is_not_counted_beside_the_low_albumin_that_carries_it() -> None:
    alone = interpret_value("zinc", 50, "ug/dL")
    carried = interpret_value("zinc", 50, "ug/dL", albumin=20)
    assert (alone.band, carried.band) == ("low", "usual")
    assert alone.ratio is not None
    assert carried.ratio is not None
    assert carried.ratio < 1 < alone.ratio
    assert "corrected" in carried.remarks[0]
    assert interpret_value("zinc", 62, "ug/dL", albumin=48).band == "usual"


def test_an_albumin_that_cannot_be_corrects_nothing_and_is_told() -> None:
    found = interpret_value("zinc", 50, "ug/dL", albumin=2.0)
    assert found.corrected is None
    assert found.issues[0].category == "impossible-value"


def test_a_low_zinc_does_not_put_a_glucagon_off_until_zinc_has_been_tried() -> None:
    consider = interpret_value("zinc", 50, "ug/dL").consider
    assert "same visit" in consider
    assert "if the rash" not in consider


@given(st.floats(5, 34))
def test_however_low_an_albumin_it_says_no_more_than_that_it_is_low(value: float) -> None:
    found = interpret_value("albumin", value, "g/L")
    assert found.ratio is not None
    assert found.ratio_high is not None
    assert 1 < found.ratio <= found.ratio_high < 5
