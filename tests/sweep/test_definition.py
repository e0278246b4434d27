"""A definition comes from the models alone, and its shortcuts never cut off anybody."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from pydantic import ValidationError

from hoofbeat.diagnosis import log_ratios
from hoofbeat.knowledge import ConditionSet, load_code_sets, load_knowledge
from hoofbeat.sweep import define, sentences
from hoofbeat.sweep.definition import SEXES
from hoofbeat.sweep.signals import factor, signals
from hoofbeat.terms import load_ontology


@pytest.fixture(scope="module")
def glucagonoma():
    return define("glucagonoma")


@pytest.mark.slow
def test_every_model_can_be_looked_for():
    for slug in load_knowledge().diseases:
        definition = define(slug)
        assert definition.slug == slug
        assert definition.members, slug


def test_no_combination_of_a_group_exceeds_its_ceilings(glucagonoma):
    for group, table in enumerate(glucagonoma.points):
        members = [m for m in glucagonoma.members if m.group == group]
        best = table.max(axis=(0, 1, 2))
        for state in range(1, len(best)):
            assert best[state] <= sum(m.ceiling for m in members if state >> m.bit & 1)


def test_points_of_a_finding_alone_are_the_ratio_of_rank(glucagonoma):
    ratios = log_ratios("glucagonoma")
    for member in glucagonoma.members[::7]:
        if not member.term.startswith("HP:"):
            continue
        for age, sex in itertools.product((3, 30, 58, 90), range(3)):
            band = glucagonoma.band_of(age)
            first = glucagonoma.bands[band]
            told = ratios.present([member.term], [(first + 0.5, SEXES[sex])])[:, 0]
            mine = glucagonoma.points[member.group][:, band, sex, 1 << member.bit]
            assert np.array_equal(mine, np.rint(told * 1000).astype(int))


def test_findings_of_one_cause_are_not_added_up(glucagonoma):
    by_term = {m.term: m for m in glucagonoma.members}
    loss, anaemia = by_term["HP:0001824"], by_term["HP:0001903"]
    assert loss.group == anaemia.group
    table = glucagonoma.points[loss.group][0, glucagonoma.band_of(58), 1]
    both, apart = table[1 << loss.bit | 1 << anaemia.bit], table[1 << loss.bit] + table[1 << anaemia.bit]
    assert both < apart


def test_the_band_of_an_age_is_the_one_that_begins_before_it(glucagonoma):
    assert glucagonoma.band_of(-1) == 0
    for age in range(111):
        band = glucagonoma.band_of(age)
        assert glucagonoma.bands[band] <= age
        assert band + 1 == len(glucagonoma.bands) or age < glucagonoma.bands[band + 1]


def test_a_diagnosis_is_never_a_finding_of_itself(glucagonoma):
    assert not {s for m in glucagonoma.members for s in m.signals} & {*glucagonoma.known}


def test_every_finding_of_the_code_sets_is_a_current_term():
    onto = load_ontology()
    for codes in load_code_sets().conditions:
        assert not codes.finding or onto.resolve(codes.finding).id == codes.finding, codes.set


def test_every_unit_is_understood_or_left_out_on_purpose():
    left_out = {
        (s.codes.set, u)
        for s in signals()
        for u in getattr(s.codes, "units", ())
        if factor(s.codes, u) is None
    }
    # two scales that differ by more than a factor; a molar mass that laboratories take differently
    assert left_out == {("hba1c", "mmol/mol"), ("haemoglobin", "mmol/L")}


def test_an_unknown_vocabulary_is_refused():
    with pytest.raises(ValidationError, match="unknown vocabulary"):
        ConditionSet(set="x", name="x", codes={"Read": ("M1",)})


def test_a_definition_reads_as_sentences(glucagonoma):
    text = "\n".join(sentences(glucagonoma))
    assert "Haemoglobin below 12 (women) or 13 (men) g/dL" in text
    assert "8 % or more below the highest of 730 days" in text
    assert "Set aside who has one of these already: Neuroendocrine tumour of the pancreas" in text
    assert "never a diagnosis" in text
