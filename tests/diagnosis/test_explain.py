"""Explaining: reasons that add up, what was not asked, what is unusual, and Hickam against Occam."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.cases import Case, Finding, State, read_case
from hoofbeat.diagnosis import explain, rank, rank_many
from hoofbeat.diagnosis.evaluation import bench
from hoofbeat.diagnosis.intervals import wilson
from hoofbeat.diagnosis.posterior import score_case
from hoofbeat.errors import UnknownTerm
from hoofbeat.knowledge import load_annotations, load_knowledge
from hoofbeat.terms import load_ontology

NME = Finding(term="HP:0031181")


def test_each_finding_has_one_reason_and_every_reason_a_basis(patient: Path) -> None:
    case = read_case(patient)
    reasons = explain(case, "glucagonoma").disease.reasons
    named = [r.finding for r in reasons if r.finding.startswith("HP:")]
    assert len(named) == len(set(named))
    assert {f.term for f in case.findings} <= set(named)
    assert all(r.evidence and r.kind for r in reasons)


def test_a_finding_answered_by_a_more_general_word_says_so() -> None:
    found = explain(Case(findings=(Finding(term="HP:0100651"),)), "glucagonoma").disease.reasons[0]
    assert (found.label, found.how) == ("Type I diabetes mellitus", "more general here")
    assert load_ontology().is_a(found.finding, found.matched)


def test_what_is_foreign_to_a_disease_is_unusual_for_it() -> None:
    explanation = explain(Case(findings=(NME, Finding(term="HP:0001644"))), "glucagonoma")
    assert [hint.label for hint in explanation.unusual] == ["Dilated cardiomyopathy"]


def test_what_was_asked_is_not_expected_any_more() -> None:
    before = explain(Case(findings=(NME,)), "glucagonoma").expected
    asked = [Finding(term=hint.finding, state=State.ABSENT) for hint in before[:2]]
    after = explain(Case(findings=(NME, *asked)), "glucagonoma").expected
    assert {f.term for f in asked}.isdisjoint(hint.finding for hint in after)


def test_common_conditions_explain_common_findings() -> None:
    itch = Case(age_years=60, findings=(Finding(term="HP:0000989"), Finding(term="HP:0000964")))
    away = explain(itch, "glucagonoma").explained_away
    assert away is not None
    assert away.chance_set > 0.99
    assert away.chance_set + away.chance_disease == pytest.approx(1)
    assert away.odds_against_disease > 100
    assert away.leftover == ()


def test_what_no_common_condition_explains_is_left_over(patient: Path) -> None:
    away = explain(read_case(patient), "glucagonoma").explained_away
    assert away is not None
    assert "Weight loss" in away.leftover
    every = {*away.explained, *(a.rpartition(" (")[0] for a in away.anyway), *away.leftover}
    assert "Glossitis" in every


def test_rare_findings_shrink_the_odds_of_common_conditions() -> None:
    plain = explain(Case(findings=(Finding(term="HP:0010783"),)), "glucagonoma").explained_away
    telling = explain(Case(findings=(NME, Finding(term="HP:0002894"))), "glucagonoma").explained_away
    assert plain is not None
    assert telling is not None
    assert telling.odds_against_disease < plain.odds_against_disease / 10


def test_an_unknown_disease_brings_the_nearest_names() -> None:
    with pytest.raises(UnknownTerm) as fault:
        explain(Case(findings=(NME,)), "glucagonomma")
    assert "Glucagonoma" in fault.value.remedy


def test_its_own_publication_never_speaks_for_a_patient() -> None:
    counted = load_knowledge().diseases["glucagonoma"].findings.counted_sites
    assert counted is not None
    own = next(p for p in counted.patients if p.publication.startswith("PMID:"))
    case = Case(findings=(Finding(term="HP:0200041", where=own.sites),), publications=(own.publication,))
    reason = next(r for r in explain(case, "glucagonoma").disease.reasons if r.how == "site")
    assert f"of {len(counted.patients) - 1} published patients" in reason.evidence


def test_leaving_a_publication_out_takes_its_rows_from_the_background() -> None:
    annotations = load_annotations()
    entry = next(
        i for i in range(len(annotations.entries))
        if len({ref for row in annotations.rows(i) for ref in row.references if ref.startswith("PMID:")}) == 1
        and len(annotations.rows(i)) > 5
    )  # fmt: skip
    rows = annotations.rows(entry)
    paper = next(ref for row in rows for ref in row.references if ref.startswith("PMID:"))
    case = Case(findings=tuple(Finding(term=row.term) for row in rows[:4]))
    number = score_case(case).table.find(annotations.entries[entry].ids[0])
    usual, without = score_case(case), score_case(case, leave_out=[paper])
    assert without.log_disease[number] < usual.log_disease[number]
    others = np.delete(np.arange(len(usual.log_disease)), number)
    assert np.isclose(without.log_disease[others], usual.log_disease[others]).mean() > 0.99


def test_many_cases_are_ranked_as_each_alone(patient: Path) -> None:
    cases = [read_case(patient), Case(findings=(NME,))]
    alone = [rank(c, top=4, why=False) for c in cases]
    assert list(rank_many(cases, top=4)) == alone
    assert list(rank_many(iter(cases), top=4, jobs=2)) == alone


@given(st.integers(0, 400), st.integers(0, 400))
def test_an_interval_of_a_share_holds_it_inside_zero_and_one(n: int, more: int) -> None:
    share = wilson(n, n + more)
    assert 0 <= share.low <= share.value <= share.high <= 1


def test_wilson_agrees_with_the_published_example() -> None:
    """Newcombe 1998, Stat Med 17:857, table I: 81 of 263 gives 0.2553 to 0.3662."""
    share = wilson(81, 263)
    assert (share.low, share.high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))


def test_bench_passes_over_cases_without_a_diagnosis(patient: Path) -> None:
    case = read_case(patient)
    result = bench([case, case.model_copy(update={"truth": ()})])
    assert [c.id for c in result.cases] == [case.id]
    assert result.groups["all"].n == 1


def test_bench_groups_ranks_by_truth(patient: Path) -> None:
    case = read_case(patient)
    wrong = case.model_copy(update={"id": "wrong", "truth": ("OMIM:154700",)})
    unknown = case.model_copy(update={"id": "unknown", "truth": ("OMIM:1",)})
    result = bench([case, wrong, unknown])
    ranks = {c.id: c.rank for c in result.cases}
    assert ranks[case.id] <= 3
    assert ranks["wrong"] > 30
    assert ranks["unknown"] is None
    assert result.groups["all"].unknown == 1
    assert result.groups["all"].top3.value == pytest.approx(1 / 3)


@given(st.sampled_from([None, "dermatology", "rare_disease_clinic"]), st.integers(1, 12))
def test_the_credible_list_holds_nine_tenths_and_not_one_more(setting: str | None, top: int) -> None:
    case = Case(age_years=60, findings=(NME, Finding(term="HP:0001824"), Finding(term="HP:0000819")))
    ranking = rank(case, setting=setting, top=top, why=False)
    chance = np.sort(score_case(case, setting=setting).posterior[:-1])[::-1]
    held = np.cumsum(chance) / chance.sum()
    assert held[ranking.credible_count - 1] >= 0.9
    assert ranking.credible_count == 1 or held[ranking.credible_count - 2] < 0.9
    assert sum(line.credible for line in ranking.ranked) <= ranking.credible_count
    assert ranking.ranked[0].credible
