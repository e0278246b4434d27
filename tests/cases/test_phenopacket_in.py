"""Standard phenopackets: what was done, when, and death are read, and what is not read is told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from google.protobuf.json_format import ParseDict
from phenopackets import Phenopacket

from hoofbeat.cases import Case, CaseReading, State, Treatment, read_case, read_cases, to_phenopacket
from hoofbeat.pathways import pathway

RASH = {"type": {"id": "HP:0000988", "label": "Skin rash"}}
OCTREOTIDE = {"id": "DrugCentral:1972", "label": "Octreotide"}


def packet(*actions: dict[str, Any], features: Any = (RASH,), **fields: Any) -> dict[str, Any]:
    fields = {"subject": {"id": "p"}, **fields}
    return {"id": "p", "phenotypicFeatures": list(features), "medicalActions": list(actions), **fields}


def read(*actions: dict[str, Any], **fields: Any) -> CaseReading:
    """What is read of a packet that the official library takes."""
    given = packet(*actions, **fields)
    ParseDict(given, Phenopacket())
    (reading,) = read_cases(given)
    return reading


def case(*actions: dict[str, Any], **fields: Any) -> Case:
    reading = read(*actions, **fields)
    assert reading.case is not None
    assert reading.usable
    return reading.case


def left(reading: CaseReading) -> str:
    """The one warning about what is not read."""
    found = [i for i in reading.issues if i.category == "unread-fields"]
    assert [i.level for i in found] == ["warning"] * len(found)
    return " ".join(i.message for i in found)


def action(**fields: Any) -> Treatment:
    return case(fields).treatments[0]


def procedure(label: str, **fields: Any) -> dict[str, Any]:
    return {"procedure": {"code": {"id": "NCIT:C1", "label": label}, **fields}}


def doses(*intervals: dict[str, str]) -> dict[str, Any]:
    return {"treatment": {"agent": OCTREOTIDE, "doseIntervals": [{"interval": i} for i in intervals]}}


def dead(**moment: Any) -> dict[str, Any]:
    vital = {"status": "DECEASED", **({"timeOfDeath": moment} if moment else {})}
    return {"subject": {"id": "p", "vitalStatus": vital}}


def test_a_procedure_is_read_with_its_day_its_code_and_what_it_is() -> None:
    done = action(**procedure("Distal pancreatectomy", performed={"timestamp": "2023-02-01T00:00:00Z"}))
    assert (done.name, done.date, done.kind, done.code) == (
        "Distal pancreatectomy", "2023-02-01", "procedure", "NCIT:C1",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("label", "site", "name"),
    [
        ("Biopsy", "Skin", "Biopsy of the skin"),
        ("Skin biopsy", "Skin", "Skin biopsy"),
        ("Excision", "Tail of pancreas", "Excision of the tail of pancreas"),
    ],
)
def test_a_body_site_that_the_name_does_not_tell_joins_it(label: str, site: str, name: str) -> None:
    assert action(**procedure(label, bodySite={"id": "UBERON:1", "label": site})).name == name


@pytest.mark.parametrize(
    ("moment", "written", "age"),
    [
        ({"timestamp": "2023-02-01T00:00:00Z"}, "2023-02-01", None),
        ({"timestamp": "2023-02-01T23:30:00+02:00"}, "2023-02-01T23:30:00+02:00", None),
        ({"interval": {"start": "2023-02-01T00:00:00Z", "end": "2023-02-28T23:59:59Z"}}, "2023-02", None),
        ({"interval": {"start": "2023-01-01T00:00:00Z", "end": "2023-12-31T00:00:00Z"}}, "2023", None),
        ({"interval": {"start": "2023-02-01T00:00:00Z", "end": "2023-04-02T00:00:00Z"}}, "2023-02-01", None),
        ({"age": {"iso8601duration": "P58Y"}}, None, 58),
    ],
)
def test_a_time_is_kept_as_exactly_as_it_was_written(
    moment: dict[str, Any], written: str | None, age: float | None
) -> None:
    done = action(**procedure("Skin biopsy", performed=moment))
    assert (done.date, done.age_years) == (written, age)


@pytest.mark.parametrize("written", ["2024", "2024-06", "2024-06-01"])
def test_a_date_without_an_hour_stays_what_it_is_in_json(written: str) -> None:
    given = packet(procedure("Skin biopsy", performed={"timestamp": written}))
    assert read_case(given).treatments[0].date == written


def test_a_drug_begins_with_its_first_dose() -> None:
    later, earlier = ({"start": f"2024-0{month}-01T00:00:00Z"} for month in (7, 3))
    (drug,) = case(doses(later, earlier)).treatments
    assert (drug.name, drug.date, drug.kind) == ("Octreotide", "2024-03-01", None)


def test_radiation_and_regimens_are_treatments() -> None:
    radiation = {"modality": {"id": "NCIT:C2", "label": "Proton beam"}, "dosage": 30, "fractions": 5}
    start = {"timestamp": "2024-03-01T00:00:00Z"}
    regimen = {"ontologyClass": {"id": "NCIT:C3", "label": "CAPTEM"}, "startTime": start}
    cited = {"externalReference": {"id": "NCT01", "description": "A trial"}}
    reading = read(
        {"radiationTherapy": radiation}, {"therapeuticRegimen": regimen}, {"therapeuticRegimen": cited}
    )
    assert reading.case is not None
    assert [(t.name, t.kind, t.date) for t in reading.case.treatments] == [
        ("Proton beam", "radiation", None), ("CAPTEM", "regimen", "2024-03-01"), ("A trial", "regimen", None),
    ]  # fmt: skip
    assert "medicalActions.radiationTherapy.dosage" in left(reading)


@pytest.mark.parametrize(
    ("words", "target", "response"),
    [
        ("Complete Remission", "", "complete"),
        ("Incomplete response", "", "partial"),
        ("No response", "Eczema", "none"),
        ("Progressive Disease", "", "worse"),
        ("Relapse after complete remission", "", "relapse"),
        ("Complete Remission", "Glucagonoma", "unknown"),
        ("Favorable", "", "unknown"),
    ],
)
def test_a_response_is_of_the_rash_or_told_as_unread(words: str, target: str, response: str) -> None:
    given = doses() | {"responseToTreatment": {"id": "NCIT:C9", "label": words}}
    if target:
        given["treatmentTarget"] = {"id": "MONDO:1", "label": target}
    reading = read(given)
    assert reading.case is not None
    assert reading.case.treatments[0].response == response
    assert ("responseToTreatment" in left(reading)) is (response == "unknown")


def test_a_target_that_is_a_sign_of_the_skin_is_the_rash_and_another_is_not() -> None:
    given = doses() | {"responseToTreatment": {"id": "NCIT:C9", "label": "Complete Remission"}}
    for target, response in (("HP:0031181", "complete"), ("HP:0000819", "unknown")):
        (drug,) = case(given | {"treatmentTarget": {"id": target, "label": "x"}}).treatments
        assert drug.response == response


def test_an_action_without_a_name_is_told() -> None:
    assert "medicalActions" in left(read({"procedure": {"performed": {"timestamp": "2024-01-01T00:00:00Z"}}}))


def test_death_is_a_finding_with_its_time() -> None:
    for moment, written, age in (
        ({"timestamp": "2024-01-01T00:00:00Z"}, "2024-01-01", None),
        ({"age": {"iso8601duration": "P60Y"}}, None, 60),
        ({}, None, None),
    ):
        death = case(**dead(**moment)).findings[-1]
        assert (death.term, death.state) == ("HP:0011420", State.PRESENT)
        assert (death.date, death.onset_age_years) == (written, age)


def test_the_living_are_not_dead() -> None:
    alive = {"subject": {"id": "p", "vitalStatus": {"status": "ALIVE"}}}
    assert [f.term for f in case(**alive).findings] == ["HP:0000988"]


def test_death_told_twice_is_one_death() -> None:
    told = {"type": {"id": "HP:0001699", "label": "Sudden death"}}
    moment = {"timestamp": "2024-01-01T00:00:00Z"}
    (_, death) = case(features=(RASH, told), **dead(**moment)).findings
    assert (death.term, death.date) == ("HP:0001699", "2024-01-01")
    other = told | {"onset": {"timestamp": "2023-05-01T00:00:00Z"}}
    assert "death-twice" in {i.category for i in read(features=(other,), **dead(**moment)).issues}


def test_death_after_the_visit_is_no_fault() -> None:
    subject = dead(age={"iso8601duration": "P64Y"})["subject"]
    last = {"age": {"iso8601duration": "P58Y"}}
    reading = read(subject=subject | {"timeAtLastEncounter": last})
    assert [i.category for i in reading.issues] == []


GIVEN = doses({"start": "2024-07-01T00:00:00Z"})


def categories(one: Case) -> set[str]:
    return {issue.category for issue in pathway(one, "glucagonoma").contradictions}


def test_octreotide_after_death_is_a_contradiction_on_the_pathway() -> None:
    assert "treatment-after-death" in categories(case(GIVEN, **dead(timestamp="2024-01-01T00:00:00Z")))
    assert "treatment-after-death" not in categories(case(GIVEN, **dead(timestamp="2024-08-01T00:00:00Z")))


def test_a_death_of_which_only_the_year_is_known_is_not_before_what_was_given_in_that_year() -> None:
    year = {"interval": {"start": "2024-01-01T00:00:00Z", "end": "2024-12-31T23:59:59Z"}}
    found = case(GIVEN, **dead(**year))
    assert found.findings[-1].date == "2024"
    assert "treatment-after-death" not in categories(found)


def test_a_resection_of_a_standard_packet_is_on_the_timeline() -> None:
    done = procedure("Distal pancreatectomy", performed={"timestamp": "2024-02-01T00:00:00Z"})
    events = pathway(case(done, GIVEN), "glucagonoma").timeline.events
    assert [(e.what, e.date) for e in events if e.kind == "treatment"] == [
        ("Distal pancreatectomy", "2024-02-01"), ("Octreotide", "2024-07-01"),
    ]  # fmt: skip


RANGE = (("start", 40), ("end", 50))


def onset(moment: dict[str, Any], **subject: Any) -> CaseReading:
    return read(features=(RASH | {"onset": moment},), subject={"id": "p", **subject})


def test_an_onset_with_a_date_is_a_span_before_the_last_date_and_an_age_after_birth() -> None:
    seen = {"timestamp": "2024-03-01T00:00:00Z"}
    reading = onset(
        {"timestamp": "2024-01-01T00:00:00Z"}, dateOfBirth="2000-01-01T00:00:00Z", timeAtLastEncounter=seen
    )
    assert reading.case is not None
    (rash,) = reading.case.findings
    assert (rash.date, rash.since_days) == ("2024-01-01", (date(2024, 3, 1) - date(2024, 1, 1)).days)
    assert rash.onset_age_years == pytest.approx(24, abs=0.01)
    assert read_case(to_phenopacket(reading.case)).findings == reading.case.findings


@pytest.mark.parametrize(
    ("moment", "age", "told"),
    [
        ({"ageRange": {k: {"iso8601duration": f"P{v}Y"} for k, v in RANGE}}, 45, "ageRange"),
        ({"ontologyClass": {"id": "HP:0003581", "label": "Adult onset"}}, None, "ontologyClass"),
        ({"ontologyClass": {"id": "HP:0003577", "label": "Congenital onset"}}, 0, "ontologyClass"),
        ({"gestationalAge": {"weeks": 20, "days": 1}}, 0, "gestationalAge"),
    ],
)  # fmt: skip
def test_an_onset_that_is_no_age_is_told(moment: dict[str, Any], age: float | None, told: str) -> None:
    reading = onset(moment)
    assert reading.case is not None
    assert reading.case.findings[0].onset_age_years == age
    assert f"phenotypicFeatures.onset.{told}" in left(reading)


def test_an_onset_that_has_an_end_keeps_its_beginning_and_tells_the_end() -> None:
    reading = onset({"interval": {"start": "2024-01-01T00:00:00Z", "end": "2024-02-10T00:00:00Z"}})
    assert reading.case is not None
    assert reading.case.findings[0].date == "2024-01-01"
    assert "phenotypicFeatures.onset.interval.end" in left(reading)


def test_a_value_is_read_with_the_time_it_was_observed() -> None:
    value = {"quantity": {"unit": {"id": "UCUM:pg/mL"}, "value": 900}}
    whole = {"assay": {"id": "LOINC:2338-8", "label": "Glucagon"}, "value": value}
    for moment, written, age in (
        ({"timestamp": "2024-01-01T10:00:00Z"}, "2024-01-01T10:00:00Z", None),
        ({"age": {"iso8601duration": "P58Y"}}, None, 58),
    ):
        (m,) = case(measurements=[whole | {"timeObserved": moment}]).measurements
        assert (m.test, m.date, m.age_years) == ("glucagon", written, age)


def test_a_number_may_be_written_as_text() -> None:
    value = {"quantity": {"unit": {"id": "UCUM:pg/mL"}, "value": "900.5"}}
    assert read_case(packet(measurements=[{"assay": {"label": "Glucagon"}, "value": value}])).measurements[
        0
    ].value == pytest.approx(900.5)


def test_a_measurement_of_several_values_is_read_whole() -> None:
    parts = [
        {"type": {"id": "LOINC:1", "label": name}, "quantity": {"unit": {"id": "UCUM:g/L"}, "value": 40}}
        for name in ("albumin", "total protein")
    ]
    several = {"assay": {"id": "LOINC:2", "label": "Panel"}, "complexValue": {"typedQuantities": parts}}
    assert len(case(measurements=[several]).measurements) == 2


@pytest.mark.parametrize(("written", "state"), [("true", State.ABSENT), ("false", State.PRESENT)])
def test_excluded_may_be_written_as_text_and_is_never_taken_for_present(written: str, state: State) -> None:
    assert read_case(packet(features=[RASH | {"excluded": written}])).findings[0].state is state
    (reading,) = read_cases(packet(features=[RASH | {"excluded": "perhaps"}]))
    assert not reading.usable


def test_a_finding_that_has_ended_is_resolved() -> None:
    reading = read(features=(RASH | {"resolution": {"age": {"iso8601duration": "P58Y"}}},))
    assert reading.case is not None
    assert reading.case.findings[0].course == "resolved"
    assert "phenotypicFeatures.resolution" in left(reading)


def test_a_disease_that_was_ruled_out_keeps_its_id() -> None:
    given = [
        {"term": {"id": "MONDO:0004980", "label": "Eczema"}, "excluded": True},
        {"term": {"id": "MONDO:1", "label": ""}, "excluded": True},
    ]
    found = case(diseases=given)
    assert (found.prior_diagnoses, found.truth) == (("Eczema [MONDO:0004980]", "MONDO:1"), ())
    assert to_phenopacket(found)["diseases"][0] == given[0]


def test_a_diagnosis_that_is_not_settled_is_told_and_is_no_truth() -> None:
    diagnosis = {"disease": {"id": "ORPHA:97280", "label": "Glucagonoma"}}
    for status, truth in (("SOLVED", ("ORPHA:97280",)), ("UNSOLVED", ()), ("IN_PROGRESS", ())):
        reading = read(interpretations=[{"id": "i", "progressStatus": status, "diagnosis": diagnosis}])
        assert reading.case is not None
        assert reading.case.truth == truth
        assert ("interpretations.diagnosis.disease" in left(reading)) is (not truth)


@pytest.mark.parametrize("key", ["vitalStatus", "vital_status"])
def test_unread_fields_are_named_once_and_their_words_never(key: str) -> None:
    vital = {"status": "ALIVE", "survivalTimeInDays": 300}
    subject = {"id": "p", key: vital, "sex": "FEMALE", "karyotypicSex": "UNKNOWN_KARYOTYPE"}
    features = [RASH | {"severity": {"id": "HP:1", "label": "SECRET"}, "description": "SECRET"}] * 2
    (reading,) = read_cases(packet(features=features, subject=subject))
    assert left(reading) == (
        "Not read, or only in part: phenotypicFeatures.description (2 times), "
        "phenotypicFeatures.severity (2 times), subject.vitalStatus.survivalTimeInDays"
    )
    assert "SECRET" not in str(reading.issues)


def test_a_packet_that_is_read_whole_has_no_warning() -> None:
    assert left(read(GIVEN, **dead(timestamp="2024-08-01T00:00:00Z"))) == ""


@pytest.mark.parametrize("wrong", ["x", 3, [], ["x"], [{"a": 1}], {"a": []}, {"interval": 1}, {"age": {}}])
def test_a_wrong_shape_is_no_crash(wrong: Any) -> None:
    for given in (
        packet({"procedure": {"code": wrong}}),
        packet({"procedure": {"code": {"id": "x:1", "label": "x"}, "performed": wrong, "bodySite": wrong}}),
        packet({"treatment": {"agent": OCTREOTIDE, "doseIntervals": wrong}, "responseToTreatment": wrong}),
        packet({"treatment": {"agent": OCTREOTIDE, "doseIntervals": [wrong, {"interval": wrong}]}}),
        packet({"therapeuticRegimen": {"ontologyClass": wrong, "externalReference": wrong}}),
        packet(subject={"id": "p", "vitalStatus": wrong}),
        packet(subject={"id": "p", "vitalStatus": {"status": wrong, "timeOfDeath": wrong}}),
        packet(features=[RASH | {"onset": wrong, "resolution": wrong, "excluded": wrong}]),
        packet(diseases=[{"term": wrong, "excluded": wrong}], interpretations=wrong),
        packet(measurements=[{"assay": wrong, "complexValue": wrong, "timeObserved": wrong}]),
    ):
        (reading,) = read_cases(given)
        assert reading.case is not None or reading.issues
