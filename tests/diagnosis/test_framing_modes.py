"""How a disease is inherited frames the question: it is weak evidence, and never a finding of the patient."""

from __future__ import annotations

import numpy as np
import pytest

from hoofbeat.cases import Case, Finding, State
from hoofbeat.diagnosis import rank, rank_many
from hoofbeat.diagnosis.posterior import score_case
from hoofbeat.knowledge import load_annotations

SIGNS = (Finding(term="HP:0001250"), Finding(term="HP:0001263"))
LINKED, RECESSIVE = Finding(term="HP:0001419"), Finding(term="HP:0000007")


def with_mode(*modes: Finding) -> Case:
    return Case(findings=(*SIGNS, *modes))


def x_linked_chance(case: Case) -> float:
    scored = score_case(case)
    first = scored.table.own_count
    flags = load_annotations().x_linked[scored.table.entry[first:]].astype(bool)
    lines = np.flatnonzero(flags) + first
    return float(scored.posterior[scored.table.disease_of[lines]].sum())


def test_x_linked_diseases_gain_by_an_x_linked_family_and_lose_by_another() -> None:
    usual = x_linked_chance(with_mode())
    assert x_linked_chance(with_mode(LINKED)) > 2 * usual
    assert x_linked_chance(with_mode(RECESSIVE)) < usual


def test_two_modes_at_once_and_one_said_to_be_absent_change_nothing() -> None:
    usual = score_case(with_mode()).posterior
    absent = Finding(term="HP:0001419", state=State.ABSENT)
    for case in (with_mode(LINKED, RECESSIVE), with_mode(absent)):
        assert np.array_equal(score_case(case).posterior, usual)


@pytest.mark.parametrize("term", ["HP:0000007", "HP:0003577", "HP:0001419"])
def test_what_is_no_finding_is_not_counted_as_one(term: str) -> None:
    usual, more = (rank(c, top=1) for c in (with_mode(), with_mode(Finding(term=term))))
    assert more.findings_used == usual.findings_used
    assert more.temperature == usual.temperature
    assert len(more.ranked[0].reasons) == len(usual.ranked[0].reasons)


def test_many_cases_may_be_ranked_within_a_list_and_without_a_publication() -> None:
    case = with_mode()
    chosen = {"within": ["ORPHA:97280", "ORPHA:33069"], "leave_out": ["PMID:8606627"]}
    assert list(rank_many([case], why=True, **chosen)) == [rank(case, **chosen)]


def test_every_line_says_whether_it_is_on_the_credible_list() -> None:
    from hoofbeat.diagnosis import explain

    ranking = rank(with_mode(LINKED), top=10)
    for line in (*ranking.ranked, *ranking.watch):
        assert line.credible == (line.rank <= ranking.credible_count)
    second = ranking.ranked[1]
    assert explain(with_mode(LINKED), second.id).disease.credible == second.credible


def test_a_disease_of_the_background_is_known_by_its_name() -> None:
    from hoofbeat.diagnosis import explain
    from hoofbeat.errors import UnknownTerm

    assert explain(with_mode(), "marfan syndrome").disease.id == "OMIM:154700"
    assert rank(with_mode(), within=["Marfan syndrome", "glucagonoma"]).considered == 2
    for ask in (lambda w: explain(with_mode(), w), lambda w: rank(with_mode(), within=[w])):
        with pytest.raises(UnknownTerm) as fault:
            ask("Marfan sindrome")
        assert "Marfan syndrome" in fault.value.remedy
