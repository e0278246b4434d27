from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoofbeat.knowledge import load_trials
from hoofbeat.reading.drugs import find_drugs, treatment_name

_WORDS = (
    "clobetasol",
    "no",
    "benefit",
    "zinc",
    ".",
    ";",
    "cleared",
    "mg",
    "30",
    "not",
    "given",
    "mother",
    "on",
    "\n",
)


_TABLE = """\
| prednisolone 30 mg | for four weeks in all | partial, flared on weaning |
| cefazolin 1 g three times a day | for five days | no benefit |
| methotrexate 15 mg weekly | for three months | no benefit |
| ciclosporin | | worse |
"""


def _told(text):
    return [(d.name, d.response, d.status) for d in find_drugs(text)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Dermovate ointment, no benefit.", [("clobetasol", "none", "present")]),
        ("clobetasol, no benefit; clotrimazole, partial response",
         [("clobetasol", "none", "present"), ("clotrimazole", "partial", "present")]),
        ("Prednisolone helped but mometasone did nothing.",
         [("prednisolone", "partial", "present"), ("mometasone", "none", "present")]),
        ("Potent topical steroids, antifungals and oral antibiotics all failed.",
         [(name, "none", "present") for name in ("topical steroid", "antifungal", "antibiotic")]),
        ("No response to terbinafine or clotrimazole.",
         [("terbinafine", "none", "present"), ("clotrimazole", "none", "present")]),
        ("Despite triamcinolone the rash spread.", [("triamcinolone", "none", "present")]),
        ("It cleared completely on betamethasone cream but recurred on stopping.",
         [("betamethasone", "relapse", "present")]),
        ("Zinc sulphate 220 mg daily cleared the rash.", [("zinc", "complete", "present")]),
        ("He was given emollients and an antihistamine. Neither made any difference.",
         [("emollient", "none", "present"), ("antihistamine", "none", "present")]),
        ("The rash got worse on methotrexate.", [("methotrexate", "worse", "present")]),
        ("Fluocinonide has not helped.", [("fluocinonide", "none", "present")]),
        ("On dapsone there was no recurrence.", [("dapsone", "unknown", "present")]),
        ("We plan to start octreotide.", [("octreotide", "unknown", "hypothetical")]),
        ("Methotrexate was not given.", [("methotrexate", "unknown", "absent")]),
        ("I have stopped the triamcinolone.", [("triamcinolone", "unknown", "historical")]),
        ("No cream except white soft paraffin was used.", [("emollient", "unknown", "present")]),
    ],
)  # fmt: skip
def test_reads_a_treatment_and_what_it_did(text, told):
    assert _told(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Zinc was started. The rash was treated with cefazolin without improvement.", ["unknown"]),
        ("Zinc was started. It was of no benefit and she was started on cefazolin.", ["none"]),
        ("Zinc was started on 3 May with complete clearance.", ["complete"]),
        ("Prednisolone, then treatment with cefazolin without improvement.", ["unknown"]),
        (_TABLE,
         ["relapse", "none", "worse"]),
        ("| Drug | Response |\n|---|---|\n| clobetasol | none |\n| MTX | nil |\n| zinc 220 mg | complete |",
         ["none", "none", "complete"]),
        ("prednisolone 30 mg daily\tfour weeks\tpartial\nclobetasol\tfour weeks\tnone", ["partial", "none"]),
        ("metformin 500 mg bd, levothyroxine 75 mcg od, betamethasone ointment - some improvement",
         ["unknown", "unknown", "partial"]),
        ("Prednisolone 30 mg, methotrexate 15 mg weekly, ciclosporin 2 g, all no benefit.", ["none"] * 3),
        ("Prednisolone 30 mg and methotrexate 15 mg weekly without benefit.", ["none"] * 2),
        ("Itch better after zinc.", ["partial"]),
        ("Treated with clobetasol and with\nprednisolone without benefit.", ["none", "none"]),
    ],
)  # fmt: skip
def test_what_a_treatment_did_is_told_of_no_other(text, told):
    assert [drug.response for drug in find_drugs(text)] == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Octreotide to be considered.", ["hypothetical"]),
        ("Octreotide LAR 30 mg monthly and everolimus to be considered; prednisolone continues.",
         ["hypothetical", "hypothetical", "present"]),
        ("Methotrexate was considered but not started.", ["absent"]),
        ("Methotrexate was considered and started.", ["present"]),
        ("Prednisolone was continued, methotrexate was not given.", ["present", "absent"]),
        ("Methotrexate was not given, prednisolone was.", ["absent", "present"]),
        ("He takes prednisolone; methotrexate was stopped.", ["present", "historical"]),
    ],
)  # fmt: skip
def test_a_treatment_that_was_not_given_is_told_from_one_that_was(text, told):
    assert [drug.status for drug in find_drugs(text)] == told


@pytest.mark.parametrize(
    "text",
    [
        "Zinc, albumin and a glucagon were sent off.",
        "Zinc 45 µg/dL, iron 4 µmol/L.",
        "Octreotide scan negative. Octreotide scintigraphy was clear.",
        "Insulin negative on immunohistochemistry.",
        "Insulin, glucagon and somatostatin were negative; it stained for gastrin and insulin.",
        "Despite zinc and albumin being normal the rash spread.",
        "Fasting insulin level and zinc deficiency were discussed.",
        "He is allergic to penicillin.",
        "Her mother takes methotrexate.",
        "The steroid-dependent pathway",
    ],
)
def test_what_is_measured_or_taken_by_others_is_no_treatment(text):
    assert _told(text) == []


@pytest.mark.parametrize(
    ("text", "dose"),
    [
        ("prednisolone 30 mg daily", "30 mg daily"),
        ("octreotide LAR 30 mg monthly", "30 mg monthly"),
        ("gefitinib 250 mg od for 3/12", "250 mg od"),
        ("0.05% clobetasol", "0.05%"),
        ("metformin", ""),
    ],
)
def test_reads_a_dose(text, dose):
    assert find_drugs(text)[0].dose == dose


def test_treatments_whose_effect_is_evidence_are_found_under_a_name_that_is_looked_up():
    for trial in load_trials():
        for word in trial.words:
            (drug,) = find_drugs(f"She was given {word}, no benefit.")
            assert any(known in treatment_name(drug.name) for known in trial.words), word
            assert drug.response == "none"


@settings(deadline=None)
@given(st.one_of(st.text(max_size=120), st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join)))
def test_spans_lie_in_any_text(text):
    for drug in find_drugs(text):
        assert 0 <= drug.span.start < drug.span.end <= len(text)
        assert text[drug.span.start : drug.span.end].strip()
