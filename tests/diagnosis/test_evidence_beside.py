"""Evidence beside the findings: values, treatments, course, sites, age, sex and setting."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.cases import Case, Finding, Measurement, Treatment
from hoofbeat.diagnosis import rank
from hoofbeat.diagnosis.posterior import score_case
from hoofbeat.diagnosis.responses import LARGEST_RATIO, log_responses, read_responses
from hoofbeat.errors import CaseError, UnknownTerm, UsageError
from hoofbeat.knowledge import load_knowledge

RASH = (Finding(term="HP:0200041", where=("groin",)), Finding(term="HP:0010783"), Finding(term="HP:0001824"))


def case(**fields: object) -> Case:
    return Case(findings=RASH, **fields)


def chance(one: Case, slug: str, setting: str | None = None) -> float:
    scored = score_case(one, setting=setting)
    number = scored.table.find(load_knowledge().diseases[slug].id)
    return float(scored.posterior[number])


def glucagon(value: float, unit: str = "pg/mL") -> Case:
    return case(measurements=(Measurement(test="glucagon", value=value, unit=unit),))


def test_a_high_glucagon_raises_the_tumour_and_a_normal_one_lowers_it() -> None:
    without = chance(case(), "glucagonoma")
    assert chance(glucagon(1200), "glucagonoma") > 5 * without
    assert chance(glucagon(60), "glucagonoma") < without / 2


def test_a_value_says_the_same_in_any_unit() -> None:
    there = chance(glucagon(1200), "glucagonoma")
    assert chance(glucagon(1200, "ng/L"), "glucagonoma") == pytest.approx(there)
    assert chance(glucagon(1200 / 3.483, "pmol/L"), "glucagonoma") == pytest.approx(there, rel=0.02)


def test_a_value_nobody_models_by_density_counts_as_its_finding() -> None:
    low_sodium = case(measurements=(Measurement(test="sodium", value=120, unit="mmol/L"),))
    told = case().model_copy(update={"findings": (*RASH, Finding(term="HP:0002902"))})
    assert chance(low_sodium, "glucagonoma") == pytest.approx(chance(told, "glucagonoma"))


def test_an_impossible_value_is_refused_by_the_library_too() -> None:
    with pytest.raises(CaseError) as fault:
        rank(case(measurements=(Measurement(test="albumin", value=3800, unit="g/L"),)))
    assert fault.value.remedy


def tried(name: str, response: str) -> Case:
    return case(treatments=(Treatment(name=name, response=response),))


def test_a_rash_that_clears_with_a_steroid_is_eczema_rather_than_the_tumour() -> None:
    cleared, failed = tried("clobetasol ointment", "complete"), tried("clobetasol ointment", "none")
    assert chance(cleared, "glucagonoma") < chance(case(), "glucagonoma") < chance(failed, "glucagonoma")
    assert chance(cleared, "atopic_eczema") > chance(failed, "atopic_eczema")


def test_a_rash_that_clears_with_zinc_is_a_lack_of_zinc() -> None:
    cleared = chance(tried("zinc sulfate 220 mg daily", "complete"), "acquired_zinc_deficiency")
    assert cleared > 1.5 * chance(case(), "acquired_zinc_deficiency")


@pytest.mark.parametrize(
    ("name", "response"), [("prayer", "complete"), ("clobetasol", "unknown"), ("horizontal", "none")]
)
def test_a_treatment_that_says_nothing_changes_nothing(name: str, response: str) -> None:
    assert (score_case(tried(name, response)).posterior == score_case(case()).posterior).all()


@given(st.lists(st.sampled_from(["none", "partial", "complete", "relapse", "worse"]), min_size=1, max_size=3))
def test_what_one_treatment_says_is_bounded(responses: list[str]) -> None:
    one = case(treatments=tuple(Treatment(name="mometasone cream", response=r) for r in responses))
    scored = score_case(one)
    found = log_responses(scored.table, scored.knowledge, read_responses(one))
    assert np.abs(found).max() <= np.log(LARGEST_RATIO) + 1e-9
    assert (found[scored.table.own_count :] == 0).all()


def since(days: float | None, course: str | None = None) -> Case:
    rash = Finding(term="HP:0200041", where=("groin",), since_days=days, course=course)
    return case().model_copy(update={"findings": (rash, *RASH[1:])})


def test_a_rash_of_days_is_a_reaction_and_one_of_years_the_tumour() -> None:
    assert chance(since(5), "sjs_ten") > chance(since(700), "sjs_ten")
    assert chance(since(700), "glucagonoma") > chance(since(5), "glucagonoma")
    assert chance(since(700, "relapsing"), "glucagonoma") > chance(since(700), "glucagonoma")


def test_the_span_of_something_other_than_a_rash_says_nothing_of_the_rash() -> None:
    loss = Finding(term="HP:0001824", since_days=700)
    one = case().model_copy(update={"findings": (*RASH[:2], loss)})
    assert (score_case(one).posterior == score_case(case()).posterior).all()


def test_a_site_moves_a_rash_towards_those_that_live_there() -> None:
    def at(site: str) -> Case:
        return Case(findings=(Finding(term="HP:0010783", where=(site,)), Finding(term="HP:0040189")))

    assert chance(at("groin"), "inverse_psoriasis") > chance(at("scalp"), "inverse_psoriasis")
    assert chance(at("scalp"), "seborrhoeic_dermatitis") > chance(at("groin"), "seborrhoeic_dermatitis")


def test_a_disease_of_infants_is_not_offered_to_the_old() -> None:
    infant, old = (chance(case(age_years=a), "acrodermatitis_enteropathica") for a in (0.5, 70))
    assert infant > 2 * old


def test_a_clinic_sees_more_of_the_rare_than_the_street() -> None:
    chances = [
        chance(case(age_years=60), "glucagonoma", s)
        for s in ("population", "dermatology", "rare_disease_clinic")
    ]
    assert chances == sorted(chances)
    assert chances[1] < 0.001


def test_an_unknown_setting_is_refused_with_those_there_are() -> None:
    with pytest.raises(UsageError) as fault:
        rank(case(), setting="spa")
    assert "dermatology" in fault.value.remedy


def test_a_disease_not_to_be_missed_is_named_below_the_list() -> None:
    ranking = rank(case(age_years=60), setting="dermatology", top=3)
    assert "glucagonoma" in {line.slug for line in (*ranking.watch, *ranking.ranked)}
    assert all(line.do_not_miss and line.factor > 1 for line in ranking.watch)


def test_within_a_list_nothing_else_competes() -> None:
    ranking = rank(case(), within=["FBN1", "glucagonoma", "ORPHA:703"], top=40)
    assert ranking.considered == len(ranking.ranked) + sum(len(r.series) for r in ranking.ranked)
    names = {line.name for line in ranking.ranked}
    assert {"Glucagonoma", "Bullous pemphigoid", "Marfan syndrome"} <= names
    assert sum(line.chance for line in ranking.ranked) + ranking.none_of_these.chance == pytest.approx(
        1, abs=0.01
    )


def test_within_keeps_the_order_of_those_in_it() -> None:
    allowed = ["glucagonoma", "pellagra", "sjs_ten", "atopic_eczema"]
    within = [line.slug for line in rank(case(), within=allowed).ranked]
    free = [line.slug for line in rank(case(), top=40).ranked if line.slug in allowed]
    assert [slug for slug in within if slug in free] == free


def test_within_something_nobody_knows_is_refused() -> None:
    with pytest.raises(UnknownTerm) as fault:
        rank(case(), within=["XYZZY9"])
    assert "symbol" in fault.value.remedy
