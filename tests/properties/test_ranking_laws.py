"""Laws that every ranking obeys, whatever the case."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hoofbeat.cases import Case, Finding, State
from hoofbeat.diagnosis import rank
from hoofbeat.diagnosis.posterior import SETTINGS as ALL_SETTINGS
from hoofbeat.diagnosis.posterior import before, score_case
from hoofbeat.terms import load_ontology

# What a clinic might record: skin, mouth, general and laboratory terms, near and far from the models.
TERMS = (
    "HP:0000988", "HP:0010783", "HP:0200041", "HP:0007473", "HP:0025528", "HP:0033622", "HP:0008066",
    "HP:0000989", "HP:0000206", "HP:0030318", "HP:0001824", "HP:0000819", "HP:0001903", "HP:0002014",
    "HP:0001250", "HP:0001249", "HP:0000252", "HP:0001644", "HP:0001945", "HP:0000992",
)  # fmt: skip
SITES = ("groin", "face", "hand", "lower_leg", "buttocks")
slow = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])

states = st.sampled_from([State.PRESENT, State.PRESENT, State.ABSENT])


@st.composite
def cases(draw: st.DrawFn, *, least: int = 1) -> Case:
    """A case with unlike terms, none an ancestor of another, so that it is free of contradictions."""
    onto = load_ontology()
    chosen: list[str] = []
    for term in draw(st.lists(st.sampled_from(TERMS), min_size=least, max_size=8, unique=True)):
        if not any(onto.is_a(term, c) or onto.is_a(c, term) for c in chosen):
            chosen.append(term)
    findings = []
    for term in chosen:
        state = draw(states)
        where = tuple(draw(st.lists(st.sampled_from(SITES), max_size=2, unique=True)))
        findings.append(Finding(term=term, state=state, where=where if state is State.PRESENT else ()))
    return Case(
        age_years=draw(st.one_of(st.none(), st.floats(0, 95))),
        sex=draw(st.sampled_from(["female", "male", "unknown"])),
        findings=tuple(findings),
    )


SETTINGS = st.sampled_from([None, "population", "general_practice", "dermatology", "rare_disease_clinic"])


@slow
@given(case=cases(), setting=SETTINGS)
def test_chances_are_fractions_that_sum_to_one(case: Case, setting: str | None) -> None:
    """All diseases and "none of these" share out exactly one."""
    posterior = score_case(case, setting=setting).posterior
    assert ((posterior >= 0) & (posterior <= 1)).all()
    assert posterior.sum() == pytest.approx(1.0)


@slow
@given(case=cases(least=2), data=st.data())
def test_the_order_of_findings_does_not_matter(case: Case, data: st.DataObject) -> None:
    """The same findings in another order give the same bytes."""
    shuffled = case.model_copy(update={"findings": tuple(data.draw(st.permutations(case.findings)))})
    assert (score_case(case).posterior == score_case(shuffled).posterior).all()


@slow
@given(case=cases(), term=st.sampled_from(TERMS))
def test_not_asked_changes_nothing(case: Case, term: str) -> None:
    """A finding nobody asked about says nothing."""
    silent = Finding(term=term, state=State.NOT_ASKED)
    more = case.model_copy(update={"findings": (*case.findings, silent)})
    assert (score_case(more).posterior == score_case(case).posterior).all()


@slow
@given(case=cases())
def test_a_present_term_implies_its_ancestors(case: Case) -> None:
    """Saying "skin rash" beside a kind of skin rash adds nothing."""
    onto = load_ontology()
    present = [f for f in case.findings if f.state is State.PRESENT]
    absent = {f.term for f in case.findings if f.state is State.ABSENT}
    implied = {
        a for f in present for a in onto.ancestors(f.term)
        if a != f.term and onto.phenotypic[onto.index(a)] and not onto.ancestors(a) & absent
    } - {f.term for f in case.findings} - {"HP:0000118"}  # fmt: skip
    extra = tuple(Finding(term=a) for a in sorted(implied)[:4])
    more = case.model_copy(update={"findings": (*case.findings, *extra)})
    assert (score_case(more).posterior == score_case(case).posterior).all()


@slow
@given(case=cases(least=2))
def test_leaving_out_and_putting_back_restores(case: Case) -> None:
    """Nothing is remembered from one ranking to the next."""
    before = score_case(case).posterior.copy()
    score_case(case.model_copy(update={"findings": case.findings[1:]}))
    assert (score_case(case).posterior == before).all()


@slow
@given(case=cases(), setting=SETTINGS)
def test_ranges_contain_the_point(case: Case, setting: str | None) -> None:
    """Every chance lies in its own range, and the list runs downwards."""
    ranking = rank(case, setting=setting, top=5, why=False)
    for line in (*ranking.ranked, ranking.none_of_these):
        assert 0 <= line.low <= line.chance <= line.high <= 1
    chances = [line.chance for line in ranking.ranked]
    assert chances == sorted(chances, reverse=True)


@slow
@given(case=cases())
def test_reasons_contain_their_own_ratio(case: Case) -> None:
    """Each reason's range holds its ratio, and every observation has a reason."""
    ranking = rank(case, top=1)
    for reason in ranking.ranked[0].reasons:
        assert 0 < reason.ratio_low <= reason.ratio * (1 + 1e-9)
        assert reason.ratio <= reason.ratio_high * (1 + 1e-9)
        assert reason.kind
        assert reason.evidence


@slow
@given(case=cases(), seed=st.integers(0, 5))
def test_same_case_same_seed_same_bytes(case: Case, seed: int) -> None:
    """A ranking can be repeated to the byte."""
    first = rank(case, top=3, seed=seed).model_dump_json()
    assert rank(case, top=3, seed=seed).model_dump_json() == first


@slow
@given(case=cases())
def test_without_a_setting_the_often_described_come_oftener(case: Case) -> None:
    """No setting at all is the setting "described", unless the case has one of its own."""
    assert rank(case, setting="described", top=2) == rank(case, top=2)
    there = case.model_copy(update={"setting": "dermatology"})
    assert rank(there, top=2) == rank(case, setting="dermatology", top=2)


def test_an_empty_case_leaves_the_prior() -> None:
    """With nothing known, every disease is as likely as before: all alike, if they were."""
    posterior = score_case(Case(), setting="uniform").posterior
    assert np.allclose(posterior, 1 / len(posterior))
    for setting in ALL_SETTINGS:
        scored = score_case(Case(), setting=setting)
        assert np.allclose(scored.posterior, before(scored))
