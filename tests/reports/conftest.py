"""One report, made once: of the published patient, in a dermatology clinic."""

from __future__ import annotations

from pathlib import Path

import pytest

from hoofbeat import read_case
from hoofbeat.cases import Case
from hoofbeat.reports import CaseReport, case_report


@pytest.fixture(scope="session")
def case(patient: Path) -> Case:
    return read_case(patient)


@pytest.fixture(scope="session")
def report(case: Case) -> CaseReport:
    return case_report(case, setting="dermatology")


@pytest.fixture(scope="session")
def silent(case: Case) -> CaseReport:
    """The same without numbers."""
    return case_report(case, setting="dermatology", numbers=False)
