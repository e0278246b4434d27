"""What to do next: questions first, thresholds with the chance beside them, and nothing pointless."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from hoofbeat.cases import Case, Finding, Measurement, State, Treatment, read_case
from hoofbeat.diagnosis import advises, bench_next, next_steps
from hoofbeat.diagnosis import outcomes as result_chances
from hoofbeat.diagnosis.chances import averaged
from hoofbeat.diagnosis.evaluate_next import _Quick, glucagon_cut
from hoofbeat.diagnosis.people import as_case, common_dermatoses, draw_people
from hoofbeat.diagnosis.posterior import score_case
from hoofbeat.errors import CaseError, UnknownTerm, UsageError
from hoofbeat.knowledge import load_investigations, load_knowledge, load_questions
from hoofbeat.terms import load_ontology

ORDER = ["question", "examination", "laboratory", "trial", "histology", "imaging", "genetic"]
PSORIASIS = Case(
    age_years=30,
    sex="male",
    findings=(
        Finding(term="HP:0040189", where=("elbow", "knee")),
        Finding(term="HP:0200035"),
        Finding(term="HP:0001597"),
        Finding(term="HP:0200041", state=State.ABSENT),
        Finding(term="HP:0001824", state=State.ABSENT),
    ),
)


def test_questions_come_before_tests_and_tests_before_biopsies(patient: Path) -> None:
    kinds = [step.kind for step in next_steps(read_case(patient), setting="dermatology").steps]
    assert kinds == sorted(kinds, key=ORDER.index)
    assert {"question", "examination", "laboratory", "histology"} <= set(kinds)


def test_a_fasting_glucagon_is_advised_for_a_patient_who_had_the_tumour(patient: Path) -> None:
    found = next_steps(read_case(patient), setting="dermatology")
    assert found.advice is not None
    assert found.advice.advised
    assert found.advice.threshold.chance >= found.advice.threshold.testing
    step = next(s for s in found.steps if s.id == "fasting_glucagon")
    assert step.status in ("consider", "act")
    assert any(t.id == "hoofbeat:glucagonoma" and t.passes for t in step.thresholds)


def test_the_sentence_holds_the_chance_the_threshold_and_what_moves_it(patient: Path) -> None:
    advice = advises(read_case(patient), setting="dermatology")
    assert advice is not None
    assert advice.sentence.count(".") >= 1
    assert "\n" not in advice.sentence
    assert "testing threshold" in advice.sentence
    assert advice.sensitivity[0].input in advice.sentence
    assert set(advice.sources) <= set(load_knowledge().sources)


def test_no_glucagon_is_advised_in_plain_psoriasis() -> None:
    found = next_steps(PSORIASIS, setting="dermatology")
    assert found.advice is not None
    assert not found.advice.advised
    steps = {s.id: s.status for s in (*found.steps, *found.pointless)}
    assert steps["fasting_glucagon"] in ("pointless", "not yet")
    assert "not yet" in found.advice.sentence.lower()


def test_the_sensitivity_table_is_sorted_and_says_what_turns_the_advice(patient: Path) -> None:
    advice = advises(read_case(patient), setting="dermatology")
    assert advice is not None
    swings = [row.swing for row in advice.sensitivity]
    assert swings == sorted(swings, reverse=True)
    names = {row.input for row in advice.sensitivity}
    assert {"gain of finding it now", "harm of a false alarm", "false alarms", "price of the test"} <= names
    for row in advice.sensitivity:
        ends = [row.chance_low >= row.testing_low, row.chance_high >= row.testing_high]
        assert row.changes_advice == (not all(end == advice.advised for end in ends))
        assert row.why


def test_the_results_of_a_test_average_to_the_list_before_it(patient: Path) -> None:
    case = read_case(patient)
    for step in next_steps(case, setting="dermatology").steps:
        assert sum(r.chance for r in step.results) == pytest.approx(1, abs=1e-6)
    scored = score_case(case, setting="dermatology")
    weights = result_chances.line_weights(scored)
    for what in load_investigations():
        outcome = result_chances.result_outcomes(scored, weights, what)
        assert np.allclose(outcome.sum(axis=0), 1)
        assert (outcome >= 0).all()


def test_narrowing_sorts_by_information_and_ruling_out_by_evidence_against(patient: Path) -> None:
    case = read_case(patient)
    narrow = next_steps(case, setting="dermatology")
    bits = [s.bits for s in narrow.steps if s.kind == "laboratory"]
    assert bits == sorted(bits, reverse=True)
    out = next_steps(case, setting="dermatology", mode="rule-out", disease="glucagonoma")
    assert out.target == "glucagonoma"
    tests = [s for s in (*out.steps, *out.pointless) if s.kind == "laboratory"]
    best = max(tests, key=lambda s: s.worth)
    assert best.id == "fasting_glucagon"


def test_ruling_in_and_ruling_out_are_not_the_same_order(patient: Path) -> None:
    case = read_case(patient)
    into = next_steps(case, setting="dermatology", mode="rule-in", disease="ORPHA:97280")
    out = next_steps(case, setting="dermatology", mode="rule-out", disease="glucagonoma")
    worth_in = {s.id: s.worth for s in (*into.steps, *into.pointless)}
    worth_out = {s.id: s.worth for s in (*out.steps, *out.pointless)}
    assert worth_in["skin_biopsy"] > worth_out["skin_biopsy"]


def test_a_pointless_test_says_why_and_could_change_nothing() -> None:
    found = next_steps(PSORIASIS, setting="dermatology")
    assert found.pointless
    for step in found.pointless:
        assert step.bits < found.floor_bits or step.kind in ("question", "examination")
        assert step.why
        for t in step.thresholds:
            if step.kind not in ("question", "examination"):
                assert (t.at_best >= t.acting) == (t.chance >= t.acting)


def test_a_budget_leaves_out_what_is_dearer_and_here_what_is_elsewhere(patient: Path) -> None:
    case = read_case(patient)
    cheap = next_steps(case, setting="general_practice", budget="low", here=True)
    everything = (*cheap.steps, *cheap.pointless)
    assert {s.cost for s in everything} <= {"none", "low"}
    assert not {"skin_biopsy", "ct_pancreas", "patch_test"} & {s.id for s in everything}
    assert "fasting_glucagon" in {s.id for s in everything}


def test_what_is_known_is_neither_asked_nor_tested_again(patient: Path) -> None:
    case = read_case(patient)
    known = {f.term for f in case.findings}
    assert not known & {s.id for s in next_steps(case, setting="dermatology").steps}
    measured = case.model_copy(
        update={
            "measurements": (Measurement(test="glucagon", value=1240, unit="pg/mL"),),
            "treatments": (Treatment(name="clobetasol", response="partial"),),
        }
    )
    found = next_steps(measured, setting="dermatology")
    assert not {"fasting_glucagon", "steroid_trial"} & {s.id for s in found.steps}
    assert any("glucagon" in name for name in found.done)
    assert found.results[0].band == "nearly_proves"


def test_images_wait_for_the_cheaper_blood_test(patient: Path) -> None:
    case = read_case(patient)
    before = {s.id: s for s in next_steps(case, setting="dermatology").steps}
    assert before["receptor_imaging"].status == "not yet"
    measured = case.model_copy(
        update={"measurements": (Measurement(test="glucagon", value=1240, unit="pg/mL"),)}
    )
    later = {s.id: s for s in next_steps(measured, setting="dermatology").steps}
    assert later["ct_pancreas"].status in ("consider", "act")


def test_without_a_setting_a_clinic_is_assumed_and_said_and_the_cases_own_goes_first(patient: Path) -> None:
    case = read_case(patient).model_copy(update={"setting": None})
    assert next_steps(case).setting_from == "assumed"
    own = next_steps(case.model_copy(update={"setting": "general_practice"}))
    assert (own.setting, own.setting_from) == ("general_practice", "case")


def test_without_real_priors_there_is_a_list_and_no_threshold(patient: Path) -> None:
    found = next_steps(read_case(patient), setting="uniform")
    assert found.advice is None
    assert found.steps
    assert all(step.thresholds == () for step in found.steps)


def test_an_empty_case_can_be_asked_about() -> None:
    found = next_steps(Case(), setting="dermatology")
    assert any(step.kind == "question" for step in found.steps)
    assert found.advice is not None
    assert not found.advice.advised


@pytest.mark.parametrize(
    ("options", "fault"),
    [
        ({"mode": "guess"}, UsageError),
        ({"budget": "huge"}, UsageError),
        ({"setting": "moon"}, UsageError),
        ({"disease": "no such disease"}, UnknownTerm),
    ],
)
def test_a_wrong_option_is_refused_with_a_remedy(options: dict[str, str], fault: type[Exception]) -> None:
    with pytest.raises(fault) as raised:
        next_steps(PSORIASIS, **options)
    assert raised.value.remedy


def test_a_case_with_errors_is_refused() -> None:
    twice = (Finding(term="HP:0200041"), Finding(term="HP:0200041", state=State.ABSENT))
    with pytest.raises(CaseError):
        next_steps(Case(findings=twice))


def test_the_decision_averages_discounts_between_none_and_that_of_ranking(patient: Path) -> None:
    scored = score_case(read_case(patient), setting="dermatology")
    number = scored.table.find("glucagonoma")
    full, none = (averaged(scored, given=[at])[number] for at in (1.0, 0.0))
    middle = averaged(scored)[number]
    assert min(full, none) < middle < max(full, none)
    assert averaged(scored).sum() == pytest.approx(1)


def test_acute_illness_raises_the_threshold_of_a_glucagon(patient: Path) -> None:
    case = read_case(patient)
    ill = case.model_copy(update={"findings": (*case.findings, Finding(term="HP:0032156"))})
    calm, acute = (glucagon_cut(score_case(c, setting="dermatology"))[1] for c in (case, ill))
    assert acute.testing > 2 * calm.testing
    assert acute.false_alarm > calm.false_alarm


def test_every_question_names_a_term_of_the_release_once() -> None:
    onto = load_ontology()
    terms = [q.term for q in load_questions().asked]
    assert len(terms) == len(set(terms))
    for term in (*terms, *load_questions().never, *load_questions().by_test, *load_questions().by_eye):
        assert onto.resolve(term).id == term


def test_people_are_drawn_with_one_common_dermatosis_and_the_same_from_the_same_seed() -> None:
    shares = common_dermatoses(load_knowledge(), "dermatology")
    assert {"atopic_eczema", "plaque_psoriasis", "tinea", "intertrigo_candidiasis"} <= set(shares)
    assert "glucagonoma" not in shares
    drawn = list(draw_people(40, setting="dermatology", seed=3))
    assert drawn == list(draw_people(40, setting="dermatology", seed=3))
    assert drawn != list(draw_people(40, setting="dermatology", seed=4))
    assert {p.disease for p in drawn} <= set(shares)
    assert all(p.absent for p in drawn)
    assert not any(set(p.absent) & set(p.terms) for p in drawn)


def test_the_quick_way_judges_people_as_the_whole_way_does() -> None:
    """The quick way leaves the background out; that may raise a chance a little, never lower it."""
    quick = _Quick("dermatology")
    for answered in (True, False):
        people = list(draw_people(25, setting="dermatology", seed=7, answered=answered))
        for number, person in enumerate(people):
            scored = score_case(as_case(person, number=number, setting="dermatology"), setting="dermatology")
            chance, cut = glucagon_cut(scored)
            if abs(np.log(chance / cut.testing)) > 0.05:
                assert quick.advised(person) == (chance >= cut.testing)


def test_the_bench_counts_by_group_and_names_the_look_alikes(patient: Path) -> None:
    case = read_case(patient)
    other = case.model_copy(update={"id": "other", "truth": ("hoofbeat:pellagra",)})
    unknown = case.model_copy(update={"id": "unknown", "truth": ()})
    found = bench_next([case, other, unknown], drawn=50)
    groups = {name: (a.n, a.advised) for name, a in found.advised.items()}
    assert groups["glucagonoma"] == (1, 1)
    assert groups["look_alike"] == (1, 1)
    assert groups["common"][0] == groups["common_positives_only"][0] == 50
    assert found.look_alikes_advised == {"hoofbeat:pellagra": ("other",)}


def test_hardly_anybody_with_a_common_dermatosis_is_sent_for_a_glucagon() -> None:
    found = bench_next([], drawn=400).advised["common"]
    assert found.advised <= 4


def test_an_image_or_a_trial_is_never_to_be_acted_without(patient: Path) -> None:
    case = read_case(patient)
    measured = (Measurement(test="glucagon", value=1240, unit="pg/mL"),)
    for known in (case, case.model_copy(update={"measurements": measured})):
        steps = next_steps(known, setting="dermatology").steps
        assert {s.status for s in steps if s.kind in ("imaging", "trial")} <= {"consider", "not yet"}
    ct = next(s for s in steps if s.id == "ct_pancreas")
    assert (ct.status, "part of acting" in ct.why) == ("consider", True)


def test_advice_after_the_test_speaks_of_acting_on_it_or_of_a_repeat(patient: Path) -> None:
    case = read_case(patient)
    high, low = (
        advises(
            case.model_copy(update={"measurements": (Measurement(test="glucagon", value=v, unit="pg/mL"),)}),
            setting="dermatology",
        )
        for v in (1240, 60)
    )
    fresh = advises(case, setting="dermatology")
    assert fresh is not None
    assert high is not None
    assert low is not None
    assert (fresh.done, high.done, low.done) == (False, True, True)
    assert high.sentence.startswith("Consider CT")
    assert "take a fasting glucagon" not in high.sentence
    assert "repeat" in high.sentence
    assert "on record" in low.sentence
