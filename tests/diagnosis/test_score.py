"""The likelihood of single findings, and of findings that share a cause."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.diagnosis import load_table
from hoofbeat.diagnosis.exact import answers
from hoofbeat.diagnosis.observation import Observation, Said, observe
from hoofbeat.diagnosis.quantised import LEVELS, RATIOS, load_quantised
from hoofbeat.diagnosis.score import CHANCE, ancestor_weights, joint_of, related_ratio
from hoofbeat.terms import load_ontology

fractions = st.floats(0.001, 0.999)
NME, EROSION, SEIZURE = "HP:0031181", "HP:0200041", "HP:0001250"


def _observed(term: str, *, present: bool = True, leak: float = 0.0) -> Observation:
    onto = load_ontology()
    return observe(load_table(), onto, [Said(onto.index(term), present, leak)])[0]


def _line(slug: str) -> int:
    table = load_table()
    return next(h for h in range(table.own_count) if table[h].slug == slug)


@given(frequency=st.lists(fractions, min_size=1, max_size=5), strength=st.floats(0, 1))
def test_a_group_keeps_each_findings_own_frequency(frequency: list[float], strength: float) -> None:
    """Whatever is hidden behind a group, one finding alone is as common as its model says."""
    for f in frequency:
        alone = np.exp(joint_of(np.array([[f]]), [True], strength)[0])
        assert alone == pytest.approx(f, rel=1e-6)


@given(frequency=st.lists(fractions, min_size=2, max_size=4), strength=st.floats(0, 1))
def test_a_group_shares_out_all_its_patterns(frequency: list[float], strength: float) -> None:
    """The chances of all present/absent patterns of a group add up to one."""
    patterns = [[bool(i >> k & 1) for k in range(len(frequency))] for i in range(2 ** len(frequency))]
    total = sum(np.exp(joint_of(np.array(frequency)[:, None], p, strength)[0]) for p in patterns)
    assert total == pytest.approx(1.0, rel=1e-6)


@given(frequency=st.lists(fractions, min_size=2, max_size=4), strength=st.floats(0.05, 1))
def test_findings_that_share_a_cause_come_together(frequency: list[float], strength: float) -> None:
    """All present is at least as likely as if they were independent: repeated evidence counts for less."""
    together = joint_of(np.array(frequency)[:, None], [True] * len(frequency), strength)[0]
    assert together >= np.log(frequency).sum() - 1e-9


def test_the_pathognomonic_sign_points_to_its_disease() -> None:
    """NME is far likelier in glucagonoma than in any disease without it."""
    observed = _observed(NME)
    glucagonoma = observed.chance[_line("glucagonoma")]
    assert glucagonoma > 50 * observed.chance[_line("atopic_eczema")]
    assert observed.chance[_line("mahvash_disease")] < 0.1 * glucagonoma


def test_no_finding_is_impossible() -> None:
    """A finding foreign to a disease counts against it, but never forbids it."""
    observed = _observed(SEIZURE)
    assert observed.chance.min() >= CHANCE


def test_a_common_sign_hardly_speaks() -> None:
    """The higher the base rate, the less a finding tells the diseases apart."""
    rare = _observed(EROSION, leak=0.001).chance
    common = _observed(EROSION, leak=0.5).chance
    assert common.max() / common.min() < rare.max() / rare.min()


def test_absence_counts_for_our_models_and_hardly_for_the_background() -> None:
    """Curated tables leak what was looked for; our own frequencies may be believed."""
    table = load_table()
    observed = _observed(EROSION, present=False)
    own = observed.chance[_line("glucagonoma")]
    background = observed.chance[table.own_count :]
    assert own < 0.5 * observed.elsewhere
    assert background.min() > 0.5 * observed.elsewhere


def test_ancestor_weights_sum_to_one_with_most_on_the_term_itself() -> None:
    """A finding is answered first by its own term."""
    table, onto = load_table(), load_ontology()
    terms, weights = ancestor_weights(table, onto, onto.index(EROSION))
    assert terms[0] == onto.index(EROSION)
    assert weights.sum() == pytest.approx(1.0)
    assert weights[0] > 0.5


@pytest.mark.parametrize("term", [NME, EROSION, SEIZURE, "HP:0000118", "HP:0011010"])
def test_a_few_hypotheses_are_scored_as_all_of_them_are(term: str) -> None:
    """The exact ratios of a few lines are those of the whole table, for our models and the background."""
    table, onto = load_table(), load_ontology()
    lines = np.unique(np.r_[np.arange(table.own_count), np.arange(50, len(table), 97)])
    answer = answers(table, onto, [(onto.index(term), True)], lines)[0]
    assert answer.ratio == pytest.approx(related_ratio(table, onto, onto.index(term))[lines], rel=1e-6)


def test_a_byte_holds_every_ratio_closely_enough() -> None:
    """No ratio of the background is further from its level than half a step, however large it is."""
    table, onto = load_table(), load_ontology()
    step = np.log(RATIOS[1] / RATIOS[0])
    for term in (NME, EROSION, SEIZURE, "HP:0000118"):
        exact = related_ratio(table, onto, onto.index(term))[table.own_count :]
        rounded = RATIOS[load_quantised(table).row(onto.index(term))]
        assert np.abs(np.log(rounded / exact)).max() <= step / 2 + 1e-6
    assert len(RATIOS) == LEVELS
