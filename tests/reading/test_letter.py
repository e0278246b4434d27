"""One letter read whole: what is the patient's, what is not, and what goes into the case."""

from __future__ import annotations

from pathlib import Path

import pytest

from hoofbeat.cases import State, check_case
from hoofbeat.errors import InputError
from hoofbeat.reading import Letter, left_out, read_letter, to_case

EXAMPLE = (Path(__file__).parents[2] / "examples" / "letter.txt").read_text(encoding="utf-8")
RASH, WEIGHT_LOSS, GLOSSITIS, DIARRHOEA = "HP:0000988", "HP:0001824", "HP:0000206", "HP:0002014"


@pytest.fixture(scope="module")
def letter() -> Letter:
    return read_letter(EXAMPLE)


def _said(letter: Letter, term: str) -> set[tuple[str, str]]:
    return {(p.assertion.status, p.assertion.who) for p in letter.proposals if p.term == term}


def test_a_letter_is_about_a_patient(letter: Letter) -> None:
    assert (letter.kind, letter.age_years, letter.sex) == ("patient", 61, "female")


@pytest.mark.parametrize(
    "term", [RASH, WEIGHT_LOSS, GLOSSITIS, "HP:0030318", "HP:0025528", "HP:0007473", "HP:0000989"]
)
def test_what_the_patient_has_is_present(letter: Letter, term: str) -> None:
    assert ("present", "patient") in _said(letter, term)


@pytest.mark.parametrize("term", [DIARRHOEA, "HP:0001945"])
def test_what_is_denied_is_absent(letter: Letter, term: str) -> None:
    assert ("absent", "patient") in _said(letter, term)
    assert ("present", "patient") not in _said(letter, term)


def test_a_relatives_illness_is_not_the_patients() -> None:
    letter = read_letter("Family history: her mother has asthma. O/E: itchy rash.")
    assert {who for _, who in _said(letter, "HP:0002099")} == {"mother"}
    assert "HP:0002099" not in {f.term for f in to_case(letter).findings}


def test_the_rash_is_one_finding_with_forms_sites_duration_and_course() -> None:
    text = "She has a rash: crusted annular plaques over both shins and the groin for 8 months, relapsing."
    (rash,) = [f for f in to_case(read_letter(text)).findings if f.term == RASH]
    assert {"crust", "annular", "plaque"} <= set(rash.forms)
    assert set(rash.where) == {"lower_leg", "groin"}
    assert rash.course == "relapsing"
    assert rash.since_days == pytest.approx(8 * 30.4, abs=8)


def test_sites_of_a_rash_that_is_denied_are_no_sites() -> None:
    case = to_case(read_letter("An itchy rash of the legs. There were no lesions on the palms or the face."))
    assert {site for f in case.findings for site in f.where} == {"lower_limb"}


def test_forms_and_sites_that_are_denied_are_not_those_of_the_rash() -> None:
    case = to_case(read_letter("A rash of red plaques on the trunk, but no vesicles and not on the face."))
    (rash,) = [f for f in case.findings if f.term == RASH]
    assert "plaque" in rash.forms
    assert "vesicle" not in rash.forms
    assert rash.where == ("trunk",)


def test_words_said_of_the_tongue_are_not_said_of_the_skin_or_hair() -> None:
    letter = read_letter("Tongue red, smooth and bald. An itchy rash on the legs.")
    assert _said(letter, GLOSSITIS) == {("present", "patient")}
    assert _said(letter, "HP:0010783") == _said(letter, "HP:0001596") == set()


def test_a_negation_between_the_words_of_a_finding_holds() -> None:
    letter = read_letter("Nails normal with no dystrophy.")
    assert ("present", "patient") not in _said(letter, "HP:0008404")


def test_diagnoses_made_or_suspected_are_no_findings(letter: Letter) -> None:
    # eczema, intertrigo, psoriasis and pemphigus are named in the letter as labels and suspicions
    labels = {"HP:0000964", "HP:0003765", "HP:0034061", "HP:0032150"}
    said = [
        p
        for p in letter.proposals
        if p.term in labels and p.source != "test" and p.assertion.who == "patient"
    ]
    assert [p.label for p in said if p.assertion.status == "present"] == []
    named = {d.name.lower() for d in letter.diagnoses}
    assert any("eczema" in name for name in named)


def test_a_diagnosis_that_might_come_is_not_made() -> None:
    letter = read_letter("An itchy rash. If the biopsy shows pemphigus I will start prednisolone.")
    assert "made" not in {d.status for d in letter.diagnoses}
    assert to_case(letter).prior_diagnoses == ()


def test_what_the_rash_does_may_be_said_in_a_sentence_of_its_own() -> None:
    letter = read_letter("Itchy rash of the shins. Comes and goes.")
    (rash,) = [p for p in letter.proposals if p.term == RASH]
    assert rash.course == "relapsing"


def test_skin_beside_an_organ_is_not_the_organ() -> None:
    letter = read_letter("Erosions were seen around the mouth, and the eyelids were red.")
    assert _said(letter, "HP:0031446") == _said(letter, "HP:0025337") == set()
    assert _said(letter, "HP:0200041") == {("present", "patient")}


def test_what_is_seen_under_the_microscope_is_no_sign_of_the_skin() -> None:
    letter = read_letter("An itchy rash. Skin biopsy showed pale, swollen cells and epidermal necrosis.")
    assert _said(letter, "HP:0000980") == _said(letter, "HP:0000969") == set()
    assert ("present", "patient") in _said(letter, "HP:0034801")


def test_a_word_that_only_compares_is_no_finding() -> None:
    letter = read_letter("Itchy eczematous-looking plaques on the feet.")
    assert ("present", "patient") not in _said(letter, "HP:0000964")


def test_a_word_of_a_longer_name_is_not_read_by_itself() -> None:
    letter = read_letter("PMH: borderline diabetes. An itchy rash.")
    assert ("present", "patient") not in _said(letter, "HP:0000819")
    assert ("historical", "patient") not in _said(letter, "HP:0000819")


def test_the_case_holds_values_treatments_and_labels(letter: Letter) -> None:
    case = to_case(letter, case_id="example")
    assert case.id == "example"
    values = {m.test: (m.value, m.unit) for m in case.measurements}
    assert values["albumin"] == (31, "g/L")
    assert values["zinc"][0] == 8.9
    responses = {t.name: t.response for t in case.treatments}
    # with their kind, by which the effect of treatments is looked up
    assert responses["clotrimazole (antifungal)"] == "none"
    assert responses["clobetasol (topical steroid)"] in ("partial", "relapse")
    assert any("eczema" in d.lower() for d in case.prior_diagnoses)


def test_an_illness_is_a_finding_and_a_label_is_not() -> None:
    case = to_case(read_letter("PMH: hypertension. The itchy rash was diagnosed as scabies."))
    assert case.prior_diagnoses == ("scabies",)
    assert "HP:0000822" in {f.term for f in case.findings}


def test_a_value_that_ranking_reads_itself_is_not_said_again_as_a_finding(letter: Letter) -> None:
    low_albumin = {v.finding for v in letter.values if v.test == "albumin"} - {None}
    assert low_albumin
    assert low_albumin.isdisjoint(f.term for f in to_case(letter).findings if f.state is State.PRESENT)
    assert low_albumin <= {p.term for p in letter.proposals}


def test_the_case_is_in_order(letter: Letter) -> None:
    assert [i for i in check_case(to_case(letter)) if i.level == "error"] == []


def test_what_is_present_once_is_not_also_absent() -> None:
    letter = read_letter("She has alopecia. Two years ago there was no alopecia.")
    case = to_case(letter)
    assert [f.state for f in case.findings if f.term == "HP:0001596"] == [State.PRESENT]
    assert "said to be present elsewhere" in {o.why for o in left_out(letter)}


def test_what_is_uncertain_is_left_out_and_listed() -> None:
    letter = read_letter("Possible glossitis. Itchy rash.")
    assert GLOSSITIS not in {f.term for f in to_case(letter).findings}
    assert ("uncertain", GLOSSITIS) in {(o.why, o.proposal.term) for o in left_out(letter)}


def test_a_text_about_a_disease_gives_no_case() -> None:
    text = (
        "Scurvy is a rare disease caused by lack of vitamin C. Patients may have bleeding gums and alopecia. "
        "It usually affects people with a poor diet. It is often associated with anaemia."
    )
    letter = read_letter(text)
    assert letter.kind == "disease"
    assert {p.assertion.who for p in letter.proposals} == {"general"}
    with pytest.raises(InputError, match="tells of a disease"):
        to_case(letter)
    assert to_case(read_letter(text, kind="patient")).findings


def test_an_empty_text_gives_an_empty_letter() -> None:
    for text in ("", " \n\n\t", "...."):
        letter = read_letter(text)
        assert (letter.proposals, letter.values, letter.drugs) == ((), (), ())


def test_every_span_lies_in_the_text_and_in_order(letter: Letter) -> None:
    parts = [s for p in letter.proposals for s in p.spans]
    parts += [x.span for x in (*letter.values, *letter.drugs, *letter.tests, *letter.diagnoses)]
    assert all(0 <= s.start < s.end <= len(EXAMPLE) for s in parts)
    assert all(EXAMPLE[s.start : s.end].strip() for s in parts)
    starts = [p.spans[0].start for p in letter.proposals]
    assert starts == sorted(starts)


def test_reading_twice_gives_the_same(letter: Letter) -> None:
    assert read_letter(EXAMPLE) == letter


def _case_of(text: str) -> tuple[dict[str, str], list[str]]:
    case = to_case(read_letter(text))
    return {f.label: f.state.value for f in case.findings}, [m.test for m in case.measurements]


def test_a_negation_behind_a_colon_holds_and_is_not_contradicted() -> None:
    found, _ = _case_of("Spleen: not enlarged. Liver: not palpable. Lymph nodes: not palpable.")
    assert found == dict.fromkeys(("Splenomegaly", "Hepatomegaly", "Lymphadenopathy"), "absent")


def test_a_mark_parts_the_items_of_a_list() -> None:
    assert _case_of("Vomiting (-), nausea (+)")[0] == {"Vomiting": "absent", "Nausea": "present"}


def test_a_flag_against_the_usual_range_goes_into_the_case_as_its_finding_alone() -> None:
    assert _case_of("A 60-year-old woman. Zinc 11.5 umol/L L") == ({"Decreased serum zinc": "present"}, [])
    assert _case_of("A 60-year-old woman. Zinc 7 umol/L L") == ({}, ["zinc"])


def test_wishes_and_the_values_of_relatives_are_no_measurements() -> None:
    text = "Aim for Hb above 100 g/L. Transfuse if Hb <70 g/L. Her mother had an Hb of 60 g/L."
    assert _case_of(text) == ({}, [])


def test_a_finding_that_is_measured_is_not_also_absent() -> None:
    assert _case_of("No hyperglycemia. Glucose 15 mmol/L.") == ({}, ["glucose"])
    assert _case_of("Glucagon level markedly elevated at 1500 pg/ml (normal < 100)") == ({}, ["glucagon"])


def test_what_the_slide_does_not_show_is_absent() -> None:
    found, _ = _case_of("Skin biopsy: no epidermal necrosis, no parakeratosis")
    assert found == {"Epidermal necrosis": "absent", "Parakeratosis": "absent"}


@pytest.mark.parametrize(
    ("said", "since"),
    [
        ("CT on 15 March 2024 showed a pancreatic mass.", None),
        ("CT showed a pancreatic mass known since 1 March 2024.", 20.0),
    ],
)
def test_the_date_of_a_test_is_not_when_the_finding_began(said: str, since: float | None) -> None:
    case = to_case(read_letter(f"Date: 21 March 2024. {said}"))
    assert [f.since_days for f in case.findings if f.term == "HP:6000409"] == [since]


def test_the_age_a_patient_has_is_no_age_at_onset() -> None:
    now, then = (
        [
            p.when.onset_age_years if p.when else None
            for p in read_letter(text).proposals
            if p.label == "Fever"
        ]
        for text in ("John Smith, aged 61, has a fever.", "John Smith, aged 61. Fever since the age of 12.")
    )
    assert (now, then) == ([None], [12.0])
