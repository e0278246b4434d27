from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hoofbeat.reading.results import denied_findings, find_results
from hoofbeat.terms import load_ontology

_WORDS = (
    "biopsy",
    "showed",
    "CT",
    "no",
    "acantholysis",
    "mass",
    "pancreas",
    ":",
    ".",
    "\n",
    "negative",
    "taken",
)


@pytest.mark.parametrize(
    ("text", "kind", "findings"),
    [
        ("Skin biopsy showed necrosis of the upper epidermis and parakeratosis.", "histology",
         ("HP:0034801", "HP:0001036")),
        ("Histology:\nPsoriasiform hyperplasia. Pustules.", "histology", ("HP:0003765", "HP:0200039")),
        ("Biopsy revealed acantholysis but no spongiosis or parakeratosis.", "histology", ("HP:0100792",)),
        ("Histology showed parakeratosis. There was no acantholysis.", "histology", ("HP:0001036",)),
        ("CT abdomen: 4 cm mass in the tail of the pancreas with two liver metastases.", "imaging",
         ("HP:6000409", "HP:0002896")),
        ("A hypervascular lesion of the pancreatic tail was seen on MRI.", "imaging", ("HP:6000409",)),
        ("Ultrasound showed lesions in the liver and a normal pancreas.", "imaging", ()),
        ("CT and MRI showed no pancreatic lesion and no liver metastases.", "imaging", ()),
        ("DIF was negative.", "immunofluorescence", ()),
        ("DIF showed linear IgG and C3 along the basement membrane.", "immunofluorescence",
         ("HP:0031541", "HP:0031540")),
        ("Scrapings for mycology were negative.", "microbiology", ()),
        ("ANA positive 1:320.", "other", ("HP:0003493",)),
        ("Endoscopy revealed villous atrophy.", "endoscopy", ("HP:0011473",)),
    ],
)  # fmt: skip
def test_reads_what_an_examination_showed(text, kind, findings):
    (result,) = find_results(text)
    assert result.kind == kind
    assert sorted(result.findings) == sorted(findings)
    assert result.conclusion


@pytest.mark.parametrize(
    "text",
    [
        "Skin biopsy taken today.",
        "No biopsy has been taken.",
        "An urgent CT was requested because of the mass.",
        "If the biopsy shows acantholysis we will treat.",
        "Two biopsies were sent, then review with the results.",
        "Her sister has a connective tissue disease and a positive ANA.",
    ],
)
def test_a_test_without_a_result_of_this_patient_is_left_out(text):
    assert find_results(text) == []


def test_every_finding_of_a_conclusion_is_a_current_term_with_its_label():
    ontology = load_ontology()
    path = Path(find_results.__code__.co_filename).parent / "data" / "results.yaml"
    for row in yaml.safe_load(path.read_text("utf-8"))["findings"]:
        assert ontology.resolve(row["id"]).status == "current"
        assert ontology.label(row["id"]) == row["label"]


@settings(deadline=None)
@given(st.one_of(st.text(max_size=120), st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join)))
def test_spans_lie_in_any_text(text):
    for result in find_results(text):
        assert 0 <= result.span.start < result.span.end <= len(text)
        assert result.name.split()[0] in text[result.span.start : result.span.end]


@pytest.mark.parametrize(
    "text",
    [
        "Urine dipstick: protein neg, blood neg, glucose neg.",
        "Urine dipstick: protein -, blood 0, glucose (-)",
        "Urinalysis: blood and glucose negative",
    ],
)
def test_a_dipstick_written_short_may_be_negative(text):
    (result,) = find_results(text)
    assert result.findings == ()
    assert "HP:0000790" in [term for term, _ in denied_findings(text, result)]


def test_a_plus_is_not_denied_by_the_next_item():
    (result,) = find_results("Urinalysis: protein +, blood and glucose negative")
    assert result.findings == ("HP:0000093",)


def test_what_a_conclusion_doubts_it_does_not_deny():
    text = "Skin biopsy: no parakeratosis, possible acantholysis, cannot exclude epidermal necrosis."
    (result,) = find_results(text)
    assert [term for term, _ in denied_findings(text, result)] == ["HP:0001036"]
