"""Where a case is: the stage, the way there, what is open, what is missing."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hoofbeat.cases import Case, read_case
from hoofbeat.errors import UnknownTerm
from hoofbeat.pathways import PathwayResult, load_pathway, pathway, walk

NME = {"is": "necrolytic migratory erythema"}
TUMOUR = {"is": "glucagonoma"}
BIOPSY = {"is": "HP:0034801"}
LONG = {"is": "skin rash", "since": "1 year"}


def at(
    *findings: Any, disease: str = "glucagonoma", given: dict[str, Any] | None = None, **rest: Any
) -> PathwayResult:
    return pathway(read_case({"findings": list(findings), **rest}), disease, given=given)


def glucagon(value: float, **rest: Any) -> dict[str, Any]:
    return {"test": "glucagon", "value": value, "unit": "pg/mL", **rest}


def test_nothing_known_stays_at_the_start() -> None:
    found = pathway(Case())
    assert (found.here.id, found.way) == ("suspect", ())
    assert "an eruption of the skin" in found.here.missing


@pytest.mark.parametrize(
    ("rule", "case"),
    [
        ("E1", {"findings": [{"is": "skin erosion", "forms": ["annular", "crust"]}]}),
        ("E1", {"findings": [NME]}),
        ("E2", {"findings": [LONG, "glossitis"], "treatments": [{"name": "mometasone", "response": "none"}]}),
        ("E2", {"findings": [LONG, "anemia"], "treatments": [{"name": "prednisolone"}]}),
        ("E3", {"findings": ["skin rash", "diabetes mellitus", "weight loss"]}),
        ("E4", {"findings": ["skin rash", "deep venous thrombosis"]}),
        ("E5", {"findings": ["skin rash", "primary hyperparathyroidism"]}),
        ("E6", {"findings": ["skin rash", "cirrhosis"]}),
        (
            "E7",
            {"findings": [{"is": "skin rash", "where": ["feet"]}, {"is": "HP:0410371"}]},
        ),
        ("E0", {"findings": [TUMOUR]}),
    ],
)
def test_each_reason_to_suspect_is_named(rule: str, case: dict[str, Any]) -> None:
    found = pathway(read_case(case))
    assert found.way[0].rule == rule
    assert found.way[0].shown_by


def test_eczema_of_a_week_is_not_suspected() -> None:
    assert at({"is": "eczematoid dermatitis", "since": "1 week"}, "pruritus").here.id == "suspect"


def test_an_obese_diabetic_with_a_rash_is_not_suspected_for_that() -> None:
    findings = ["skin rash", "diabetes mellitus", "weight loss"]
    assert at(*findings).here.id == "biopsy"
    assert at(*findings, "obesity").here.id == "suspect"


@pytest.mark.parametrize(("chance", "place"), [(0.2, "biopsy"), (0.00001, "suspect")])
def test_the_chance_of_the_ranking_can_bring_a_case_in(chance: float, place: str) -> None:
    assert at("skin rash", given={"probability": chance}).here.id == place


def test_biopsy_and_blood_are_worth_one_visit() -> None:
    found = at(NME, {"is": "HP:0001824"}, given=None)
    assert found.here.id == "blood"  # the rash was named, so somebody has judged it
    first = at({"is": "skin erosion", "forms": ["annular", "crust"]})
    assert first.here.id == "biopsy"
    assert "glucagon" in {step.id for step in first.beside}


@pytest.mark.parametrize(
    ("measurements", "place"),
    [([], "blood"), ([glucagon(900)], "imaging"), ([glucagon(60)], "imaging")],
)
def test_a_normal_glucagon_does_not_end_the_search_when_the_rash_is_typical(
    measurements: list[dict[str, Any]], place: str
) -> None:
    assert at(NME, BIOPSY, measurements=measurements).here.id == place


def test_a_normal_glucagon_ends_it_when_the_rash_is_not() -> None:
    found = at(LONG, "glossitis", BIOPSY, measurements=[glucagon(40)], treatments=["clobetasol"])
    assert (found.here.id, found.here.kind) == ("unlikely", "end")


def test_a_tumour_leads_to_staging_and_leaves_what_was_passed_over_as_gaps() -> None:
    found = at(NME, TUMOUR)
    assert found.here.id == "stage"
    assert {step.id for step in found.gaps} >= {"several_specimens", "glucagon"}
    assert {view.id: view.state for view in found.stages}["biopsy"] == "passed with gaps"


def test_a_tumour_without_a_rash_asks_for_no_biopsy() -> None:
    found = at(TUMOUR, {"is": "skin rash", "absent": True})
    assert found.way[0].to == "blood"
    assert "several_specimens" not in {step.id for step in found.gaps}


@pytest.mark.parametrize(
    ("told", "place"),
    [
        ({}, "stage"),
        ({"spread": "metastatic"}, "stage"),
        ({"spread": "metastatic", "sstr": "positive"}, "treat"),
        ({"spread": "localised"}, "treat"),
    ],
)
def test_treatment_is_chosen_when_spread_and_uptake_are_known(told: dict[str, str], place: str) -> None:
    assert at(NME, TUMOUR, given=told).here.id == place


def test_a_treated_tumour_is_followed_up() -> None:
    found = at(NME, TUMOUR, treatments=[{"name": "Whipple operation", "response": "complete"}])
    assert found.here.id == "follow_up"


def test_a_rash_that_comes_back_after_resection_asks_for_glucagon_and_pet_within_a_month() -> None:
    case = read_case(
        {
            "findings": [TUMOUR, {**NME, "since": "10 days"}],
            "treatments": [{"name": "distal pancreatectomy", "response": "complete", "date": "2024-05-01"}],
        }
    )
    found = pathway(case, visit=date(2026, 3, 11))
    assert found.here.id == "recurrence"
    assert found.here.by == "2026-03-31"
    assert {"glucagon_at_return", "pet_at_return"} <= {step.id for step in found.next}


def test_a_confirmed_recurrence_is_staged_again() -> None:
    treated = [{"name": "distal pancreatectomy", "response": "relapse"}]
    found = at(NME, TUMOUR, treatments=treated, given={"recurrence": "confirmed"})
    assert (found.here.id, found.here.again) == ("stage", True)


@pytest.mark.parametrize(("years", "place"), [(4, "follow_up"), (10, "discharged")])
def test_follow_up_ends_after_ten_years(years: int, place: str) -> None:
    treated = [{"name": "enucleation of the tumour", "response": "complete"}]
    assert at(TUMOUR, treatments=treated, given={"years_clear": years}).here.id == place


def test_the_dead_are_left_alone() -> None:
    found = at(NME, TUMOUR, {"is": "HP:0001699"})
    assert (found.here.id, found.next, found.options, found.schedule) == ("died", (), (), ())


def test_another_proven_disease_ends_the_search() -> None:
    assert at(NME, given={"other_diagnosis": "yes"}).here.id == "other_disease"


def test_two_clean_images_lead_to_other_causes_and_the_label_only_on_its_grounds() -> None:
    images = {"ct_or_mri": "negative", "pet": "negative"}
    found = at(NME, BIOPSY, measurements=[glucagon(130)], given=images)
    assert found.here.id == "exclude_pseudoglucagonoma"
    assert found.label is not None
    assert [ground.met for ground in found.label.grounds] == [True, True, None]
    with_cause = at(NME, BIOPSY, "celiac disease", measurements=[glucagon(130)], given=images)
    assert (with_cause.here.id, with_cause.here.onward) == ("pseudoglucagonoma", "pseudoglucagonoma")


def test_a_very_high_glucagon_without_tumour_is_no_pseudoglucagonoma() -> None:
    images = {"ct_or_mri": "negative", "eus": "negative"}
    assert at(NME, BIOPSY, measurements=[glucagon(2254)], given=images).here.id == "alpha_cells"


def test_one_clean_image_is_not_enough() -> None:
    found = at(NME, BIOPSY, measurements=[glucagon(130)], given={"ct_or_mri": "negative"})
    assert found.here.id == "imaging"


@pytest.mark.parametrize(
    ("given", "allowed"),
    [
        ({}, False),
        ({"ct_or_mri": "negative"}, False),
        ({"ct_or_mri": "negative", "pet": "negative"}, True),
        ({"ct_or_mri": "negative", "pet": "positive"}, None),
    ],
)
def test_the_label_of_pseudoglucagonoma_is_enforced(given: dict[str, str], *, allowed: bool | None) -> None:
    found = at(NME, "celiac disease", disease="pseudoglucagonoma", measurements=[glucagon(130)], given=given)
    assert found.label is not None
    if allowed is None:
        assert (found.here.id, found.here.onward) == ("glucagonoma", "glucagonoma")
    else:
        assert found.label.allowed is allowed


def test_without_a_cause_the_label_waits_for_the_second_look() -> None:
    images = {"ct_or_mri": "negative", "pet": "negative"}
    found = at(NME, disease="pseudoglucagonoma", measurements=[glucagon(90)], given=images)
    assert found.label is not None
    assert not found.label.allowed
    later = at(
        NME,
        disease="pseudoglucagonoma",
        measurements=[glucagon(90)],
        given={**images, "repeat_imaging": "clean"},
    )
    assert later.label is not None
    assert later.label.allowed


def test_causes_are_walked_in_the_order_in_which_they_are_looked_for() -> None:
    found = at(NME, "cirrhosis", disease="pseudoglucagonoma")
    orders = [cause.order for cause in found.causes]
    assert orders == sorted(orders)
    states = {cause.id: cause.state for cause in found.causes}
    assert (states["cirrhosis"], states["opioids"]) == ("found", "not looked for")
    assert [turn.to for turn in found.way] == ["drugs", "liver", "images"]


def test_a_disease_without_a_pathway_is_said() -> None:
    with pytest.raises(UnknownTerm, match="no pathway"):
        pathway(Case(), "impetigo")


def test_a_loaded_pathway_walks_the_same() -> None:
    case = read_case({"findings": [NME]})
    assert walk(case, load_pathway()) == pathway(case)


NO_TREATMENT = [
    "somatostatin-receptor PET", "octreotide scan", "hip surgery", "no surgery", "surgery refused",
    "planned surgery", "fluorouracil cream for actinic keratosis", "gastric bypass surgery 2012", "surgery",
]  # fmt: skip


@pytest.mark.parametrize("name", NO_TREATMENT)
def test_a_scan_or_another_operation_is_no_treatment_of_the_tumour(name: str) -> None:
    found = at({**NME, "since": "8 months"}, TUMOUR, treatments=[{"name": name, "date": "2026-01-05"}])
    assert found.here.id == "stage"


def test_a_raised_glucagon_is_taken_again_before_images_where_the_rash_is_not_typical() -> None:
    first = glucagon(90, date="2026-01-01")
    case = [LONG, "weight loss", "diabetes mellitus", BIOPSY]
    found = at(*case, measurements=[first])
    assert found.here.id == "blood"
    assert "glucagon_again" in {step.id for step in found.next}
    assert at(*case, measurements=[first, glucagon(120, date="2026-02-01")]).here.id == "imaging"
    assert at(*case, measurements=[first, glucagon(60, date="2026-02-01")]).here.id == "unlikely"
    assert at(*case, measurements=[first], given={"glucagon_fell": "no"}).here.id == "imaging"


@pytest.mark.parametrize(
    ("value", "findings", "place"),
    [
        (600, [LONG], "imaging"),
        (90, [NME], "imaging"),
        (405, [LONG], "imaging"),
        (405, [LONG, "cirrhosis"], "blood"),
        (150, [LONG, "cirrhosis"], "blood"),
    ],
)
def test_images_follow_a_raised_glucagon_only_when_nothing_else_explains_it(
    value: float, findings: list[Any], place: str
) -> None:
    assert at(*findings, BIOPSY, measurements=[glucagon(value)]).here.id == place


def test_advice_that_the_case_gives_reason_for_is_told_when_it_was_passed_over() -> None:
    found = at(NME, BIOPSY, "cirrhosis", measurements=[glucagon(150)])
    assert found.here.id == "imaging"
    assert {"confounder", "glucagon_again", "immunofluorescence"} <= {step.id for step in found.gaps}
    assert "no_site_excludes" not in {step.id for step in found.gaps}


@pytest.mark.parametrize(
    "treatments", [[], [{"name": "clobetasol", "response": "complete"}], [{"name": "levothyroxine"}]]
)
def test_a_rash_without_a_failed_treatment_is_not_suspected_for_its_years(treatments: list[Any]) -> None:
    assert (
        at({"is": "skin rash", "since": "10 years"}, "depression", treatments=treatments).here.id == "suspect"
    )


@pytest.mark.parametrize("name", ["punch biopsies", "shave biopsy", "skin biopsy"])
def test_a_biopsy_is_known_by_its_names(name: str) -> None:
    assert "several_specimens" not in {s.id for s in at(NME, TUMOUR, treatments=[name]).gaps}


RASH = {**NME, "since": "2 years"}
IMAGES = [{"name": "CT of the abdomen", "date": "2026-01-03"}, {"name": "EUS", "date": "2026-01-05"}]


def grounds(*treatments: Any) -> list[bool | None]:
    absent = {"is": "glucagonoma", "absent": True}
    values = [glucagon(300, date="2026-01-01")]
    found = at(RASH, absent, disease="pseudoglucagonoma", measurements=values, treatments=list(treatments))
    assert found.label is not None
    return [ground.met for ground in found.label.grounds]


@pytest.mark.parametrize("image", ["CT of the chest", "MRI of the brain", "PET/CT of the abdomen"])
def test_an_image_of_another_part_is_no_ground_of_the_label(image: str) -> None:
    assert grounds({"name": image, "date": "2026-01-03"}, IMAGES[1])[0] is None
    assert grounds(*IMAGES)[0] is True


@pytest.mark.parametrize(
    ("cause", "day", "met"),
    [
        ("topical steroid stopped", "2026-01-05", None),
        ("morphine for pain", "2020-01-05", None),
        ("parenteral nutrition", "2026-01-02", None),
        ("parenteral nutrition", None, None),
        ("parenteral nutrition", "2020-01-02", True),
        ("methadone", "2026-01-02", None),
        ("methadone", None, True),
        ("glucagon infusion", "2020-01-02", True),
    ],
)
def test_only_what_came_before_the_rash_is_its_cause(
    cause: str, day: str | None, *, met: bool | None
) -> None:
    assert grounds(*IMAGES, {"name": cause, "date": day})[2] is met
