"""Input that cannot be: each gets an issue with a remedy, and the rest is used."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hoofbeat.cases import read_cases
from hoofbeat.pathways import PathwayResult, pathway


def walked(disease: str = "glucagonoma", given: dict[str, str] | None = None, **case: Any) -> PathwayResult:
    (reading,) = read_cases({"findings": ["glucagonoma"], **case})
    assert reading.case is not None
    return pathway(reading.case, disease, given=given, visit=date(2026, 3, 1))


BROKEN: dict[str, dict[str, Any]] = {
    "wrong-dimension": {"measurements": [{"test": "glucagon", "value": 3, "unit": "mm/h"}]},
    "impossible-value": {"measurements": [{"test": "glucagon", "value": 3, "unit": "g/L"}]},
    "value-cannot-show-finding": {
        "findings": ["glucagonoma", "increased glucagon level"],
        "measurements": [{"test": "glucagon", "value": 1.5, "unit": "pg/mL"}],
    },
    "value-against-finding": {
        "findings": ["glucagonoma", {"is": "increased glucagon level", "absent": True}],
        "measurements": [{"test": "glucagon", "value": 900, "unit": "pg/mL"}],
    },
    "biopsy-before-rash": {
        "findings": [
            "glucagonoma",
            {"is": "skin rash", "since": "30 days"},
            {"is": "HP:0034801", "since": "90 days"},
        ],
    },
    "treatment-after-death": {
        "findings": ["glucagonoma", {"is": "HP:0001699", "since": "60 days"}],
        "treatments": [{"name": "octreotide", "date": "2026-02-01"}],
    },
    "resected-without-tumour": {
        "findings": ["necrolytic migratory erythema", {"is": "glucagonoma", "absent": True}],
        "treatments": [{"name": "distal pancreatectomy"}],
    },
    "resection-of-what": {
        "findings": ["necrolytic migratory erythema"],
        "treatments": [{"name": "distal pancreatectomy"}],
    },
    "glucagonoma-without-glucagon": {
        "measurements": [{"test": "glucagon", "value": 30, "unit": "pg/mL"}],
    },
    "bad-date": {"treatments": [{"name": "octreotide", "date": "last spring"}]},
    "after-visit": {"treatments": [{"name": "octreotide", "date": "2026-05-01"}]},
    "treatment-not-understood": {"treatments": [{"name": "surgery"}]},
    "before-birth": {"age": 20, "treatments": [{"name": "octreotide", "date": "1990-05-01"}]},
    "present-and-absent": {"findings": ["glucagonoma", {"is": "glucagonoma", "absent": True}]},
}


@pytest.mark.parametrize("category", BROKEN)
def test_each_fault_is_named_with_a_remedy(category: str) -> None:
    found = {issue.category: issue for issue in walked(**BROKEN[category]).contradictions}
    assert category in found
    assert found[category].remedy


def test_a_case_in_order_has_none() -> None:
    found = walked(
        age=58,
        findings=[
            "glucagonoma",
            {"is": "skin rash", "since": "2 years"},
            {"is": "HP:0034801", "since": "30 days"},
        ],
        measurements=[{"test": "glucagon", "value": 900, "unit": "pg/mL", "date": "2026-01-01"}],
        treatments=[{"name": "distal pancreatectomy", "date": "2026-02-01"}],
    )
    assert found.contradictions == ()


def test_what_is_wrong_is_not_used() -> None:
    found = walked(findings=["necrolytic migratory erythema"], **BROKEN["impossible-value"])
    assert found.here.id == "blood"


def test_a_biopsy_named_as_work_counts_too() -> None:
    found = walked(
        findings=["glucagonoma", {"is": "skin rash", "since": "30 days"}],
        treatments=[{"name": "skin biopsy", "date": "2025-06-01"}],
    )
    assert "biopsy-before-rash" in {issue.category for issue in found.contradictions}


def test_a_biopsy_at_the_same_visit_is_no_fault() -> None:
    found = walked(
        findings=[
            "glucagonoma",
            {"is": "skin rash", "since": "30 days"},
            {"is": "HP:0034801", "since": "35 days"},
        ],
    )
    assert found.contradictions == ()


def test_a_label_without_its_grounds_is_pointed_out() -> None:
    found = walked(
        "pseudoglucagonoma",
        findings=["necrolytic migratory erythema", "celiac disease"],
        prior_diagnoses=["Pseudoglucagonoma syndrome"],
    )
    (issue,) = found.contradictions
    assert issue.category == "label-without-grounds"
    assert "(a)" in issue.message


def test_another_diagnosis_in_the_past_is_no_label() -> None:
    found = walked("pseudoglucagonoma", findings=["celiac disease"], prior_diagnoses=["psoriasis"])
    assert found.contradictions == ()


def test_a_value_dated_after_the_visit_is_not_used() -> None:
    late = {"test": "glucagon", "value": 1600, "unit": "pg/mL", "date": "2027-03-05"}
    found = walked(findings=["necrolytic migratory erythema"], measurements=[late])
    assert found.here.id == "blood"
    assert found.contradictions[0].category == "after-visit"
    assert "is not used" in found.contradictions[0].message


def test_an_age_in_years_does_not_contradict_a_biopsy() -> None:
    rash = {"is": "necrolytic migratory erythema", "onset_age": 58}
    biopsy = {"name": "skin biopsy", "date": "2025-10-01"}
    assert walked(age=58, findings=["glucagonoma", rash], treatments=[biopsy]).contradictions == ()


@pytest.mark.parametrize(
    ("given", "findings", "category"),
    [
        ({"ct_or_mri": "negative"}, [], "clean-image-of-tumour"),
        ({"ct_or_mri": "negative", "eus": "positive"}, [], ""),
        ({"spread": "localised"}, ["neoplasm of the liver"], "localised-beside-liver-tumour"),
        ({"spread": "metastatic"}, ["neoplasm of the liver"], ""),
    ],
)
def test_what_is_told_is_held_against_the_findings(
    given: dict[str, str], findings: list[str], category: str
) -> None:
    found = {i.category for i in walked(given=given, findings=["glucagonoma", *findings]).contradictions}
    assert found == ({category} if category else set())
