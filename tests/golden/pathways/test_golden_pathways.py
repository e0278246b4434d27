"""Whole answers of the pathway, kept: five invented patients, each at another place of the way."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from hoofbeat.apps.cli.pathway_text import pathway_text
from hoofbeat.cases import read_case
from hoofbeat.pathways import pathway

HERE = Path(__file__).parent
PATIENTS = {
    "eczema_that_stays": ("glucagonoma", "biopsy"),
    "raised_glucagon": ("glucagonoma", "imaging"),
    "rash_back_after_resection": ("glucagonoma", "recurrence"),
    "metastatic_on_analogue": ("glucagonoma", "recurrence"),
    "called_pseudoglucagonoma": ("pseudoglucagonoma", "images"),
}
VISIT = date(2026, 3, 1)


@pytest.mark.parametrize("name", PATIENTS)
def test_a_patient_is_answered_as_before(name: str) -> None:
    """Where a change is meant, write the new answers by running this file."""
    assert answer(name) == (HERE / f"{name}.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(("name", "place"), [(n, p) for n, (_, p) in PATIENTS.items()])
def test_a_patient_stands_where_a_clinician_would_put_him(name: str, place: str) -> None:
    case = read_case(HERE / f"{name}.yaml")
    assert pathway(case, PATIENTS[name][0], visit=VISIT).here.id == place


def answer(name: str) -> str:
    case = read_case(HERE / f"{name}.yaml")
    return pathway_text(pathway(case, PATIENTS[name][0], visit=VISIT), numbers=True) + "\n"


if __name__ == "__main__":
    for patient in PATIENTS:
        (HERE / f"{patient}.txt").write_text(answer(patient), encoding="utf-8")
