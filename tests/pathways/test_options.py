"""Treatments: for whom, what to mind, and the visits they start; never a ranking."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hoofbeat.cases import read_case
from hoofbeat.errors import UsageError
from hoofbeat.pathways import OptionView, PathwayResult, load_pathway, pathway

TUMOUR = "glucagonoma"
RESECTED = {"name": "distal pancreatectomy", "response": "complete", "date": "2025-01-10"}


def weigh(*findings: Any, given: dict[str, Any] | None = None, **rest: Any) -> PathwayResult:
    case = read_case({"findings": list(findings), **rest})
    return pathway(case, given=given, visit=date(2026, 3, 1))


def option(found: PathwayResult, name: str) -> OptionView:
    return next(view for view in found.options if view.id == name)


@pytest.mark.parametrize(
    ("told", "name", "state"),
    [
        ({"spread": "localised"}, "resection", "applies"),
        ({"spread": "metastatic"}, "resection", "not known"),
        ({"spread": "metastatic", "resectable": "yes"}, "resection", "applies"),
        ({"spread": "metastatic", "resectable": "no"}, "resection", "does not apply"),
        ({"spread": "metastatic", "sstr": "positive"}, "prrt", "applies"),
        ({"spread": "metastatic", "sstr": "negative"}, "prrt", "does not apply"),
        ({"spread": "localised", "sstr": "positive"}, "prrt", "not known"),
        ({"spread": "metastatic", "sstr": "negative"}, "somatostatin_analogue", "does not apply"),
        ({"spread": "metastatic", "growing": "yes"}, "everolimus", "applies"),
        ({"spread": "metastatic", "growing": "no"}, "everolimus", "does not apply"),
        ({"spread": "metastatic"}, "liver_treatment", "applies"),
        ({"spread": "localised"}, "anticoagulation", "applies"),
    ],
)
def test_eligibility_follows_spread_uptake_and_growth(told: dict[str, str], name: str, state: str) -> None:
    assert option(weigh(TUMOUR, given=told), name).state == state


def test_feeding_follows_the_nutrition_state() -> None:
    assert option(weigh(TUMOUR, "weight loss"), "amino_acids").state == "applies"
    low = {"test": "zinc", "value": 40, "unit": "ug/dL"}
    assert option(weigh(TUMOUR, measurements=[low]), "zinc").state == "applies"
    normal = {"test": "zinc", "value": 90, "unit": "ug/dL"}
    assert option(weigh(TUMOUR, measurements=[normal]), "zinc").state == "does not apply"


def test_a_thrombosis_and_a_failing_heart_are_pointed_out() -> None:
    found = weigh(TUMOUR, "pulmonary embolism", "dilated cardiomyopathy", given={"spread": "localised"})
    here = {c.says for o in found.options for c in o.cautions if c.here}
    assert any("full dose" in says for says in here)
    assert any("echocardiogram before the anaesthetic" in says for says in here)
    assert not any("kidney" in says for says in here)


def test_the_order_is_declared_to_be_no_ranking_and_is_none() -> None:
    found = weigh(TUMOUR)
    assert "no ranking" in found.options_order
    names = [(view.kind, view.name.casefold()) for view in found.options]
    assert names == sorted(names)


def test_every_option_says_how_well_its_effect_is_known() -> None:
    levels = {level.name for level in load_pathway().treatments.levels}
    for view in weigh(TUMOUR).options:
        assert view.effects, view.id
        assert {effect.level for effect in view.effects} <= levels


def test_before_a_tumour_is_shown_only_what_applies_is_listed() -> None:
    found = weigh("skin rash", "weight loss", "diabetes mellitus")
    assert {view.state for view in found.options} <= {"applies", "given"}
    assert "resection" not in {view.id for view in found.options}


def test_resection_starts_visits_with_days() -> None:
    found = weigh(TUMOUR, treatments=[RESECTED])
    first = next(due for due in found.schedule if due.look == "visit, glucagon and HbA1c")
    assert (first.start, first.end) == ("2025-04-10", "2026-01-10")
    assert first.state == "not on record"
    assert first.change_means.startswith("a rise")


def test_a_later_value_moves_the_next_visit() -> None:
    seen = {"test": "glucagon", "value": 60, "unit": "pg/mL", "date": "2025-09-01"}
    found = weigh(TUMOUR, treatments=[RESECTED], measurements=[seen])
    due = next(due for due in found.schedule if due.look == "visit, glucagon and HbA1c")
    assert (due.last_done, due.start, due.state) == ("2025-09-01", "2026-09-01", "upcoming")


def test_nodes_with_tumour_bring_the_visits_closer() -> None:
    seen = {"test": "glucagon", "value": 60, "unit": "pg/mL", "date": "2025-09-01"}
    found = weigh(TUMOUR, treatments=[RESECTED], measurements=[seen], given={"nodes": "positive"})
    due = next(due for due in found.schedule if due.look == "visit, glucagon and HbA1c")
    assert (due.start, due.end) == ("2025-11-30", "2026-02-28")


def test_without_a_date_the_visits_are_told_in_days_after_the_treatment() -> None:
    found = weigh(TUMOUR, treatments=[{"name": "resection of the tumour"}])
    states = {due.state for due in found.schedule}
    assert states == {"undated", "any time"}


def test_the_returning_rash_is_watched_for_at_any_time() -> None:
    found = weigh(TUMOUR, treatments=[RESECTED])
    watch = next(due for due in found.schedule if due.state == "any time")
    assert "glucagon and receptor PET within a month" in watch.change_means


def test_follow_up_ends_with_its_last_year() -> None:
    old = {**RESECTED, "date": "2010-01-10"}
    found = weigh(TUMOUR, treatments=[old])
    assert {due.state for due in found.schedule if due.until} <= {"ended", "any time"}


def test_a_localised_tumour_that_surgeons_cannot_remove_is_not_for_removal() -> None:
    told = {"spread": "localised", "resectable": "no"}
    assert option(weigh(TUMOUR, given=told), "resection").state == "does not apply"


def test_a_caution_is_shown_as_a_condition_unless_it_is_known() -> None:
    says = [c.says for c in option(weigh(TUMOUR), "anticoagulation").cautions]
    assert any(s.endswith("(if so: thrombosis of a vein or pulmonary embolism)") for s in says)
    clot = option(weigh(TUMOUR, "deep venous thrombosis"), "anticoagulation").cautions
    assert [c.says for c in clot if c.here] == ["with a thrombosis full dose is the question, not prevention"]


def test_a_caution_that_the_case_refutes_is_left_out() -> None:
    absent = [{"is": word, "absent": True} for word in ("venous thrombosis", "pulmonary embolism")]
    says = [c.says for c in option(weigh(TUMOUR, *absent), "anticoagulation").cautions]
    assert says
    assert not any("thrombosis" in s for s in says)


def test_no_caution_states_as_a_fact_what_is_only_its_condition() -> None:
    for known in load_pathway().options:
        for caution in (*known.cautions, *known.interactions):
            assert "on record" not in caution.says, known.id


def test_the_schedule_runs_from_the_last_operation_of_a_name() -> None:
    found = weigh(TUMOUR, treatments=[{**RESECTED, "date": "2014-01-10"}, RESECTED])
    first = next(due for due in found.schedule if due.look == "visit, glucagon and HbA1c")
    assert first.start == "2025-04-10"


def test_an_image_on_record_moves_the_next_one() -> None:
    scan = {"name": "CT of the abdomen", "date": "2025-09-01"}
    found = weigh(TUMOUR, treatments=[RESECTED, scan])
    due = next(due for due in found.schedule if due.look == "CT or MRI of the abdomen")
    assert (due.last_done, due.state) == ("2025-09-01", "upcoming")


@pytest.mark.parametrize("told", [{"ki67": -5}, {"ki67": 150}, {"probability": 5}, {"years_clear": -1}])
def test_a_number_that_cannot_be_is_refused(told: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="outside"):
        weigh(TUMOUR, given=told)
