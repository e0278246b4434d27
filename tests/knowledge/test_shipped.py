"""The models that are shipped: in order, complete, and consistent with one another."""

from __future__ import annotations

from functools import cache

import pytest

from hoofbeat.knowledge.check import CheckReport, check_folders
from hoofbeat.knowledge.files import SHIPPED, read_folders
from hoofbeat.knowledge.model import Knowledge

STATEMENTS_OF_THE_TWO_DOCUMENTS = 77
COMMON = ["HP:0000989", "HP:0000964", "HP:0000819", "HP:0012378", "HP:0000822", "HP:0002014", "HP:0001824"]


@cache
def report() -> CheckReport:
    return check_folders([SHIPPED])


@cache
def knowledge() -> Knowledge:
    return read_folders([SHIPPED])[0]


def test_the_check_passes() -> None:
    assert "\n".join(map(str, report().errors)) == ""


def test_every_statement_of_the_two_documents_has_a_place() -> None:
    assert report().statements_total == STATEMENTS_OF_THE_TWO_DOCUMENTS
    assert [key for key, places in report().statements.items() if not places] == []


def test_every_number_says_how_it_is_known() -> None:
    assert min(report().numbers.values()) > 0


def test_every_disease_has_findings_and_a_frequency() -> None:
    for disease in knowledge().diseases.values():
        assert disease.findings.findings, disease.slug
        about = disease.about
        assert about.prevalence or about.incidence, disease.slug


@pytest.mark.parametrize("finding", COMMON)
def test_common_findings_have_a_base_rate(finding: str) -> None:
    assert finding in knowledge().base_rates


def test_chronic_diarrhoea_is_no_more_frequent_than_diarrhoea() -> None:
    rates = knowledge().base_rates
    chronic, any_kind = rates["HP:0002028"].rows[-1], rates["HP:0002014"].rows[-1]
    assert chronic.rate.mean <= any_kind.rate.mean


def test_base_rates_are_lower_in_children_for_illnesses_of_adults() -> None:
    for finding in ("HP:0000819", "HP:0000822", "HP:0001394", "HP:0001907"):
        rows = sorted(knowledge().base_rates[finding].rows, key=lambda row: row.ages)
        assert rows[0].rate.mean < rows[-1].rate.mean, finding
