"""What is wrong with a case is said, and what is left without it is sound."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.cases import Case, Finding, Measurement, State, check_case, read_case, without_faults
from hoofbeat.errors import CaseError, UnknownTerm
from hoofbeat.terms import load_ontology

TERMS = [
    "HP:0000951",
    "HP:0011123",
    "HP:0000964",
    "HP:0000819",
    "HP:0005978",
    "HP:0000989",
    "HP:0000057",
    "HP:9999999",
]


def case(*findings: Finding, **fields: object) -> Case:
    return Case(findings=findings, **fields)


def present(term: str) -> Finding:
    return Finding(term=term)


def absent(term: str) -> Finding:
    return Finding(term=term, state=State.ABSENT)


def found(one: Case) -> list[tuple[str, str]]:
    return [(i.level, i.category) for i in check_case(one)]


@pytest.mark.parametrize(
    ("one", "issue"),
    [
        (case(present("HP:9999999")), ("error", "unknown-term")),
        (case(present("HP:0000057")), ("error", "obsolete-term")),
        (case(present("HP:0000989"), absent("HP:0000989")), ("error", "present-and-absent")),
        (case(present("HP:0005978"), absent("HP:0000819")), ("error", "absent-but-kind-present")),
        (case(present("HP:0000989"), present("HP:0000989")), ("warning", "said-twice")),
        (case(present("HP:0000005")), ("warning", "not-a-finding")),
        (case(present("HP:0003577")), ("warning", "not-a-finding")),
        (case(), ("warning", "nothing-known")),
        (
            case(Finding(term="HP:0000989", onset_age_years=50), age_years=40),
            ("error", "onset-after-visit"),
        ),
        (
            case(present("HP:0000989"), measurements=(Measurement(test="albumin", value=3800, unit="g/L"),)),
            ("error", "impossible-value"),
        ),
        (
            case(present("HP:0000989"), measurements=(Measurement(test="omens", value=3, unit="g/L"),)),
            ("warning", "unknown-test"),
        ),
    ],
)
def test_each_fault_is_found_and_no_other(one: Case, issue: tuple[str, str]) -> None:
    assert found(one) == [issue]


@pytest.mark.parametrize(
    "one",
    [
        case(present("HP:0005978"), present("HP:0000819")),
        case(present("HP:0000819"), absent("HP:0005978")),
        case(absent("HP:0000819"), absent("HP:0005978")),
        case(present("HP:0000989"), Finding(term="HP:0000989", state=State.NOT_ASKED)),
        case(Finding(term="HP:0000989", onset_age_years=40.5), age_years=40),
        case(present("HP:0000989"), present("HP:0011010")),
    ],
)
def test_what_is_in_order_is_let_pass(one: Case) -> None:
    assert found(one) == []


def test_grave_faults_come_first() -> None:
    levels = [level for level, _ in found(case(present("HP:0000005"), present("HP:9999999")))]
    assert levels == ["error", "warning"]


def test_every_issue_has_a_remedy() -> None:
    one = case(present("HP:9999999"), present("HP:0000057"), present("HP:0005978"), absent("HP:0000819"))
    issues = check_case(one)
    assert len(issues) == 3
    assert all(issue.remedy for issue in issues)


faulty = st.builds(
    Case,
    age_years=st.none() | st.floats(0, 100),
    findings=st.lists(
        st.builds(
            Finding,
            term=st.sampled_from(TERMS),
            state=st.sampled_from(State),
            onset_age_years=st.none() | st.floats(0, 100),
        ),
        max_size=8,
    ).map(tuple),
    measurements=st.lists(
        st.builds(
            Measurement,
            test=st.sampled_from(["glucagon", "albumin", "omens"]),
            value=st.floats(-10, 1e6),
            unit=st.sampled_from(["pg/mL", "g/L", "kg", "gizmos"]),
        ),
        max_size=3,
    ).map(tuple),
)


@given(faulty)
def test_without_its_faults_a_case_has_no_error(one: Case) -> None:
    assert [i for i in check_case(without_faults(one)) if i.level == "error"] == []


@given(faulty)
def test_taking_faults_out_twice_is_taking_them_out_once(one: Case) -> None:
    once = without_faults(one)
    assert without_faults(once) == once


@given(faulty)
def test_a_sound_case_is_left_as_it_is(one: Case) -> None:
    if not any(i.level == "error" for i in check_case(one)):
        assert without_faults(one) == one


@given(faulty)
def test_no_present_finding_that_is_known_is_lost(one: Case) -> None:
    known = {
        f.term
        for f in one.findings
        if f.state is State.PRESENT and load_ontology().resolve(f.term).status == "current"
    }
    assert known == {f.term for f in without_faults(one).findings if f.state is State.PRESENT}


def test_a_case_that_cannot_be_used_raises_with_the_number_of_other_faults() -> None:
    with pytest.raises(CaseError, match=r"given|impossible.*\(and 1 more\)") as fault:
        read_case({"age": -4, "sex": "q", "findings": ["itching"]})
    assert fault.value.remedy
    assert fault.value.exit_code == 3


def test_a_term_nobody_knows_raises_its_own_error() -> None:
    with pytest.raises(UnknownTerm):
        read_case({"findings": ["HP:9999999"]})


def test_words_are_read_as_findings_with_site_and_form() -> None:
    said = {"is": "crusted plaques", "where": ["shins and groin"], "since": "8 months", "course": "relapsing"}
    finding = read_case(
        {"findings": [{**said, "is": "erythematous plaque", "forms": ["crusted", "annular"]}]}
    ).findings[0]
    assert set(finding.where) >= {"groin"}
    assert set(finding.forms) == {"crust", "annular"}
    assert finding.since_days == pytest.approx(243.5)
    assert finding.course == "relapsing"


def on(where: tuple[str, ...], spared: tuple[str, ...]) -> Case:
    return Case(findings=(Finding(term="HP:0000988", where=where, spared=spared),))


@pytest.mark.parametrize(
    ("where", "spared", "faulty"),
    [
        (("groin",), ("face",), False),
        (("face",), ("perioral",), False),  # a face that is affected may be free round the mouth
        (("perioral",), ("face",), True),
        (("palm",), ("palm",), True),
    ],
)
def test_a_site_cannot_be_affected_and_spared(where, spared, faulty):
    case = on(where, spared)
    assert ("there-and-spared" in [i.category for i in check_case(case)]) == faulty
    mended = without_faults(case).findings[0]
    assert mended.where == where
    assert mended.spared == (() if faulty else spared)


def test_spared_sites_are_read_beside_and_within_where():
    beside, within = (
        read_case({"findings": [{"is": "skin rash", **place}]}).findings[0]
        for place in (
            {"where": "trunk", "spared": ["face", "palms"]},
            {"where": "trunk sparing the face and palms"},
        )
    )
    assert (beside.where, beside.spared) == (("trunk",), ("face", "palm"))
    assert within.model_copy(update={"said": ""}) == beside.model_copy(update={"said": ""})


def test_the_age_of_a_death_after_the_visit_is_no_fault_and_stays() -> None:
    late = Case(
        id="d",
        age_years=50,
        findings=(
            Finding(term="HP:0011420", onset_age_years=58),
            Finding(term="HP:0001824", onset_age_years=58),
        ),
    )
    assert [f.onset_age_years for f in without_faults(late).findings] == [58, None]


def test_a_mode_of_inheritance_is_evidence_and_gets_no_warning() -> None:
    for term in ("HP:0001419", "HP:0000006", "HP:0000007"):
        assert not [issue for issue in check_case(case(present(term))) if issue.category == "not-a-finding"]
