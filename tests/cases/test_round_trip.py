"""What is written is read back the same, and others can read it too."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from google.protobuf.json_format import MessageToDict, ParseDict
from hypothesis import given
from hypothesis import strategies as st
from phenopackets import Phenopacket

from hoofbeat.cases import (
    Case,
    Finding,
    Measurement,
    State,
    Treatment,
    check_case,
    read_case,
    read_cases,
    to_phenopacket,
    to_yaml,
)
from hoofbeat.terms import load_ontology, sites, within

# not kinds of one another, so that any of them may be absent while others are present
TERMS = [
    "HP:0011420",
    "HP:0000989",
    "HP:0001824",
    "HP:0200041",
    "HP:0000206",
    "HP:0000819",
    "HP:0002014",
    "HP:0001596",
]
# the head, the hands and what is part of them may be spared; none of it is where anything is
SPARED = [s.slug for s in sites() if within(s.slug, "head") or within(s.slug, "acral")]
WHERE = [s.slug for s in sites() if s.slug not in SPARED]
WORDS = st.text(st.characters(codec="utf-8", categories=("L", "N", "P", "Zs")), min_size=1, max_size=20)
# a day, a month, a year, an hour in Greenwich, an hour without a zone, and words that are no date
WRITTEN = st.dates().flatmap(
    lambda day: st.sampled_from(
        [f"{day}", f"{day}"[:7], f"{day}"[:4], f"{day}T10:35:00Z", f"{day}T10:35:00", "spring, 3/24"]
    )
)
plain = WORDS.map(lambda s: " ".join(s.split())).filter(bool)


def with_span(finding: Finding) -> Finding:
    """As read: where there is a date there is a span, counted back from the last date of the case."""
    return finding.model_copy(update={"since_days": finding.since_days or 0.0}) if finding.date else finding


def findings(term: str) -> st.SearchStrategy[Finding]:
    return st.builds(
        Finding,
        date=st.none() | WRITTEN,
        term=st.just(term),
        label=st.just(load_ontology().label(term)),
        state=st.sampled_from(State),
        where=st.lists(st.sampled_from(WHERE), max_size=3, unique=True).map(tuple),
        spared=st.lists(st.sampled_from(SPARED), max_size=2, unique=True).map(tuple),
        forms=st.lists(st.sampled_from(["annular", "crust", "migratory"]), max_size=2, unique=True).map(
            tuple
        ),
        since_days=st.none() | st.integers(0, 9000).map(float),
        course=st.none()
        | st.sampled_from(["relapsing", "persistent", "progressive", "improving", "resolved"]),
        onset_age_years=st.none() | st.integers(0, 20).map(float),
        said=st.just("") | plain,
    ).map(with_span)


def in_time(part: type[Measurement | Treatment], **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """A value or a treatment with a date, or else with an age."""
    dated = st.builds(part, date=st.none() | WRITTEN, **fields)
    return dated | st.builds(part, age_years=st.integers(0, 20).map(float), **fields)


measurements = in_time(
    Measurement,
    test=st.just("glucagon"),
    value=st.floats(10, 5000),
    unit=st.sampled_from(["pg/mL", "ng/L", "pmol/L"]),
    low=st.none() | st.floats(8, 40),
    high=st.none() | st.floats(50, 200),
    loinc=st.none() | st.just("2338-8"),
)
treatments = in_time(
    Treatment,
    name=plain,
    response=st.sampled_from(["none", "partial", "complete", "relapse", "worse", "unknown"]),
    kind=st.sampled_from([None, "procedure", "radiation", "regimen"]),
    code=st.sampled_from([None, "NCIT:C15189", "x:a/b c"]),
)
cases = st.builds(
    Case,
    id=plain,
    age_years=st.none() | st.integers(20, 99).map(float),
    sex=st.sampled_from(["female", "male", "other", "unknown"]),
    setting=st.none()
    | st.sampled_from(["population", "general_practice", "dermatology", "rare_disease_clinic"]),
    findings=st.tuples(*map(findings, TERMS)).flatmap(
        lambda all_: st.lists(st.sampled_from(all_), unique_by=lambda f: f.term, min_size=1).map(tuple)
    ),
    measurements=st.lists(measurements, max_size=2).map(tuple),
    treatments=st.lists(treatments, max_size=2).map(tuple),
    prior_diagnoses=st.lists(plain | st.just("Eczema [MONDO:0004980]"), max_size=2).map(tuple),
    truth=st.lists(st.sampled_from(["ORPHA:97280", "OMIM:201100"]), max_size=2, unique=True).map(tuple),
    publications=st.lists(st.sampled_from(["PMID:1", "DOI:10.1/x"]), max_size=2, unique=True).map(tuple),
)


def same(read: Case, written: Case) -> bool:
    """The labels of the truth are not part of our own file."""
    return read.model_copy(update={"truth_labels": ()}) == written.model_copy(update={"truth_labels": ()})


@given(cases)
def test_our_own_file_is_read_back_the_same(case: Case) -> None:
    assert same(read_case(to_yaml(case).encode()), case)


@given(cases)
def test_a_phenopacket_is_read_back_the_same(case: Case) -> None:
    assert same(read_case(to_phenopacket(case)), case)


@given(cases)
def test_a_phenopacket_keeps_all_it_says_through_the_official_library(case: Case) -> None:
    official = MessageToDict(ParseDict(to_phenopacket(case), Phenopacket()))
    assert same(read_case(official), case)


@given(cases)
def test_names_of_fields_may_be_written_with_underscores(case: Case) -> None:
    official = MessageToDict(ParseDict(to_phenopacket(case), Phenopacket()), preserving_proto_field_name=True)
    assert same(read_case(official), case)


@given(cases)
def test_what_is_written_has_no_fault(case: Case) -> None:
    assert [i for i in check_case(case) if i.level == "error"] == []


@given(st.lists(cases, min_size=2, max_size=4))
def test_many_cases_in_one_file_come_in_their_order(several: list[Case]) -> None:
    packets = [to_phenopacket(c, created="2026-01-01T00:00:00Z") for c in several]
    lines = "\n".join(map(json.dumps, packets)).encode()
    for data in (lines, gzip.compress(lines), json.dumps(packets).encode()):
        assert [r.case.id for r in read_cases(data) if r.case] == [c.id for c in several]


def test_the_example_survives_every_form(patient: Path) -> None:
    case = read_case(patient)
    assert same(read_case(to_yaml(case).encode()), case)
    assert same(read_case(to_phenopacket(case)), case)


@pytest.mark.parametrize("created", ["2026-01-01T00:00:00Z"])
def test_the_same_case_is_written_in_the_same_bytes(patient: Path, created: str) -> None:
    case = read_case(patient)
    one, two = (json.dumps(to_phenopacket(case, created=created)) for _ in range(2))
    assert one == two


def packet(**fields: Any) -> dict[str, Any]:
    return {"id": "p", "subject": {"id": "p"}, "phenotypicFeatures": [], **fields}


@pytest.mark.parametrize(
    ("last", "years"),
    [
        ({"age": {"iso8601duration": "P58Y6M"}}, 58.5),
        ({"age": {"iso8601duration": "P8M"}}, 8 / 12),
        ({"ageRange": {"start": {"iso8601duration": "P40Y"}, "end": {"iso8601duration": "P50Y"}}}, 45),
        ({"timestamp": "2020-06-01T00:00:00Z"}, 20),
    ],
)
def test_an_age_is_read_in_every_form_the_standard_has(last: dict[str, Any], years: float) -> None:
    subject = {"id": "p", "dateOfBirth": "2000-06-01T00:00:00Z", "timeAtLastEncounter": last}
    assert read_case(packet(subject=subject)).age_years == pytest.approx(years, abs=0.01)


def test_a_diagnosis_may_stand_in_an_interpretation() -> None:
    disease = {"id": "ORPHA:97280", "label": "Glucagonoma"}
    case = read_case(packet(interpretations=[{"diagnosis": {"disease": disease}}]))
    assert (case.truth, case.truth_labels) == (("ORPHA:97280",), ("Glucagonoma",))


def test_an_excluded_disease_is_no_diagnosis() -> None:
    term = {"id": "ORPHA:97280", "label": "Glucagonoma"}
    assert read_case(packet(diseases=[{"term": term, "excluded": True}])).truth == ()


def test_a_site_may_be_a_snomed_modifier_or_a_description() -> None:
    back = next(s for s in sites() if s.slug == "back")
    kind = {"id": "HP:0200041", "label": "Skin erosion"}
    coded = {"type": kind, "modifiers": [{"id": f"SNOMEDCT:{back.snomed}", "label": "back"}]}
    told = {"type": kind, "description": "site: groin and both legs"}
    assert read_case(packet(phenotypicFeatures=[coded])).findings[0].where == ("back",)
    assert set(read_case(packet(phenotypicFeatures=[told])).findings[0].where) == {"groin", "lower_limb"}


def test_a_finding_measured_as_a_term_is_a_finding() -> None:
    value = {"ontologyClass": {"id": "HP:0030688", "label": "Increased glucagon level"}}
    case = read_case(packet(measurements=[{"assay": {"label": "glucagon"}, "value": value}]))
    assert [f.term for f in case.findings] == ["HP:0030688"]


def test_terms_of_other_ontologies_are_named_and_left_alone() -> None:
    features = [
        {"type": {"id": "MP:0000001", "label": "x"}},
        {"type": {"id": "HP:0000989", "label": "Pruritus"}},
    ]
    (reading,) = read_cases(packet(phenotypicFeatures=features))
    assert [i.category for i in reading.issues] == ["other-ontology"]
    assert reading.usable
