"""Conditions: yes, no and not known; silence is never a no."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from hoofbeat.cases import Case, read_case
from hoofbeat.errors import UsageError
from hoofbeat.pathways import load_pathway
from hoofbeat.pathways.condition_model import Condition
from hoofbeat.pathways.conditions import decide
from hoofbeat.pathways.facts import CaseFacts
from hoofbeat.pathways.words import in_words

CASE: dict[str, Any] = {
    "age": 50,
    "sex": "female",
    "findings": [
        {
            "is": "necrolytic migratory erythema",
            "since": "3 months",
            "where": ["groin"],
            "forms": ["annular"],
        },
        {"is": "HP:0001824", "absent": True},
        {"is": "HP:0005978"},
    ],
    "measurements": [{"test": "glucagon", "value": 200, "unit": "pmol/L", "high": 25}],
    "treatments": [{"name": "clobetasol cream", "response": "none"}, {"name": "CT of the abdomen"}],
}
WEIGHT_LOSS = {"present": ["HP:0001824"]}
DIARRHOEA = {"present": ["HP:0002014"]}
RASH = {"present": ["HP:0010783"]}


def holds(condition: dict[str, Any], told: dict[str, Any] | None = None) -> bool | None:
    facts = CaseFacts(read_case(CASE), load_pathway("glucagonoma"), told)
    return decide(Condition.model_validate(condition), facts).holds


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        (RASH, True),
        (WEIGHT_LOSS, False),
        (DIARRHOEA, None),
        ({"present": ["HP:0000819"]}, True),
        ({"present": ["HP:0001824", "HP:0002014"]}, None),
        ({"absent": ["HP:0001824"]}, True),
        ({"absent": ["HP:0002014"]}, None),
        ({"present": ["HP:0030688"]}, True),
        ({"lasting": {"of": ["HP:0000951"], "at_least": "long_treated"}}, True),
        ({"lasting": {"of": ["HP:0005978"], "at_least": "long_treated"}}, None),
        ({"shape": ["annular"]}, True),
        ({"shape": ["linear"]}, None),
        ({"only_at": ["groin"]}, True),
        ({"only_at": ["hand"]}, False),
        ({"measured": "glucagon"}, True),
        ({"measured": "zinc"}, None),
        ({"value": {"test": "glucagon", "at_least": "glucagon_suggestive"}}, True),
        ({"value": {"test": "glucagon", "at_least": "glucagon_virtually_diagnostic"}}, False),
        ({"value": {"test": "glucagon", "below": "glucagon_above_confounders"}}, False),
        ({"value": {"test": "zinc", "below": "glucagon_suggestive"}}, None),
        ({"treated": "topical_care"}, True),
        ({"treated": "support"}, True),
        ({"treated": "resection"}, None),
        ({"response": {"to": "topical_care", "is": ["none"]}}, True),
        ({"response": {"to": "topical_care", "is": ["complete"]}}, False),
        ({"response": {"to": "resection", "is": ["complete"]}}, None),
        ({"procedure": "ct_or_mri"}, True),
        ({"procedure": "pet"}, None),
        ({"given": {"name": "spread", "is": "metastatic"}}, None),
        ({"course": "rash_back_after_resection"}, None),
        ({"age": {"below": "young_for_tumour"}}, False),
        ({"done": "suspect"}, False),
        ({"fact": "rash"}, True),
        ({"not_shown": DIARRHOEA}, True),
        ({"not": DIARRHOEA}, None),
    ],
    ids=lambda x: str(x)[:60],
)
def test_a_condition_is_decided(condition: dict[str, Any], *, expected: bool | None) -> None:
    assert holds(condition) is expected


def test_a_value_that_is_normal_rules_its_finding_out() -> None:
    case = read_case({**CASE, "measurements": [{"test": "glucagon", "value": 40, "unit": "pg/mL"}]})
    facts = CaseFacts(case, load_pathway("glucagonoma"))
    assert facts.present(("HP:0030688",)) == (False, "glucagon 40 pg/mL")


def test_a_resolved_finding_is_no_longer_there() -> None:
    case = read_case({"findings": [{"is": "HP:0001824", "course": "resolved"}]})
    assert CaseFacts(case, load_pathway("glucagonoma")).present(("HP:0001824",))[0] is None


def test_a_fact_can_be_told() -> None:
    asked = {"given": {"name": "spread", "is": "metastatic"}}
    assert holds(asked, {"spread": "metastatic"}) is True
    assert holds(asked, {"spread": "localised"}) is False


@pytest.mark.parametrize("told", [{"sprad": "x"}, {"spread": "far"}, {"ki67": "high"}, {"ki67": "nan"}])
def test_a_fact_told_wrongly_is_refused_with_a_remedy(told: dict[str, str]) -> None:
    with pytest.raises(UsageError) as fault:
        holds(RASH, told)
    assert fault.value.remedy


@pytest.mark.parametrize("wrong", [{}, {"fact": "rash", "measured": "zinc"}, {"value": {"test": "zinc"}}])
def test_a_condition_says_exactly_one_thing(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Condition.model_validate(wrong)


def test_what_is_missing_is_said_in_the_words_of_the_fact() -> None:
    facts = CaseFacts(Case(), load_pathway("glucagonoma"))
    assert decide(Condition.model_validate({"fact": "company"}), facts).missing == (
        "one of weight loss, raised sugar, anaemia, sore mouth, thrombosis, diarrhoea, low mood",
    )


LEAVES = st.sampled_from([RASH, WEIGHT_LOSS, DIARRHOEA])
CONDITIONS = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.fixed_dictionaries({"all": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"any": st.lists(inner, min_size=1, max_size=3)}),
        st.fixed_dictionaries({"not": inner}),
    ),
    max_leaves=8,
)


@given(st.lists(CONDITIONS, min_size=1, max_size=3))
def test_not_turns_all_into_any(parts: list[dict[str, Any]]) -> None:
    one = holds({"not": {"all": parts}})
    other = holds({"any": [{"not": part} for part in parts]})
    assert one is other


@given(CONDITIONS)
def test_learning_more_never_turns_a_yes_into_a_no(condition: dict[str, Any]) -> None:
    way = load_pathway("glucagonoma")
    asked = Condition.model_validate(condition)
    before = decide(asked, CaseFacts(read_case(CASE), way)).holds
    more = {**CASE, "findings": [*CASE["findings"], {"is": "HP:0002014"}]}
    after = decide(asked, CaseFacts(read_case(more), way)).holds
    assert before is None or after is before


@given(CONDITIONS)
def test_every_condition_can_be_said(condition: dict[str, Any]) -> None:
    assert in_words(Condition.model_validate(condition)).strip()
