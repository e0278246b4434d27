from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from hoofbeat.knowledge import load_knowledge
from hoofbeat.reading.diagnoses import also_finding, find_diagnoses

_WORDS = (
    "eczema",
    "psoriasis",
    "?",
    "not",
    "labelled",
    "mother",
    "FHx",
    "ruled out",
    ".",
    ";",
    "or",
    "\n",
    "like",
)


def _told(text):
    return [(d.name, d.status, d.who) for d in find_diagnoses(text)]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Labelled eczema by the GP.", [("eczema", "made", "patient")]),
        ("Treated as psoriasis for two years.", [("psoriasis", "made", "patient")]),
        ("Known T2DM.", [("type 2 diabetes", "made", "patient")]),
        ("?pemphigus, ?porphyria", [(name, "suspected", "patient") for name in ("pemphigus", "porphyria")]),
        ("I wondered about HIV.", [("HIV", "suspected", "patient")]),
        ("The differential includes impetigo and scabies.",
         [("impetigo", "suspected", "patient"), ("scabies", "suspected", "patient")]),
        ("Query glucagonoma.", [("glucagonoma", "suspected", "patient")]),
        ("Bloods to exclude coeliac disease.", [("coeliac disease", "suspected", "patient")]),
        ("Psoriasis was ruled out.", [("psoriasis", "excluded", "patient")]),
        ("The scraping was clear, so this is not tinea.", [("tinea", "excluded", "patient")]),
        ("This is not eczema but may be glucagonoma.",
         [("eczema", "excluded", "patient"), ("glucagonoma", "suspected", "patient")]),
        ("Her mother has psoriasis.", [("psoriasis", "made", "mother")]),
        ("FHx diabetes.", [("diabetes mellitus", "made", "relative")]),
        ("No family history of eczema.", [("eczema", "excluded", "relative")]),
        ("psoriasis in her father", [("psoriasis", "made", "father")]),
        ("Labelled in turn eczema, infected skin and ?bullous pemphigoid.",
         [("eczema", "made", "patient"), ("skin infection", "made", "patient"),
          ("bullous pemphigoid", "suspected", "patient")]),
    ],
)  # fmt: skip
def test_reads_a_diagnosis_and_how_sure_it_was(text, told):
    assert _told(text) == told


@pytest.mark.parametrize("text", ["eczema-like plaques", "psoriasiform scale", "hepatitis C serology"])
def test_a_likeness_or_a_test_is_no_diagnosis(text):
    assert _told(text) == []


@pytest.mark.parametrize(
    "text",
    [
        "Cystic fibrosis to be excluded.",
        "Psoriasis must be excluded.",
        "Lymphoma has not been ruled out.",
        "Screening for hepatitis C.",
        "Psoriasis vs eczema",
        "Seen in the psoriasis clinic.",
        "Refer to NET MDT.",
        "Known to the NET MDT.",
        "Eczema leaflet given.",
        "Cancer nurse specialist informed.",
        "Plan:\nPsoriasis treatment",
    ],
)
def test_what_is_looked_for_or_names_a_service_is_not_made(text):
    assert {d.status for d in find_diagnoses(text)} == {"suspected"}


@pytest.mark.parametrize(
    "text",
    [
        "Psoriasis, seen in clinic.",
        "Plan:\nEmollients for known psoriasis",
        "Psoriasis since childhood\nClinic 3",
    ],
)
def test_a_diagnosis_beside_such_words_is_still_made(text):
    assert [d.status for d in find_diagnoses(text)] == ["made"]


def test_an_illness_in_a_plan_is_left_to_the_words_of_the_finding():
    assert find_diagnoses("Plan:\nContinue metformin for diabetes") == []


def test_every_disease_model_is_known_by_its_name_or_a_synonym():
    for disease in load_knowledge().diseases.values():
        names = (disease.name.split(" (")[0], *disease.about.synonyms)
        assert any(find_diagnoses(f"Diagnosed with {name}.") for name in names), disease.slug


def test_illnesses_are_findings_too_and_labels_of_a_rash_are_not():
    assert also_finding(find_diagnoses("known T2DM")[0].name)
    assert not also_finding(find_diagnoses("labelled atopic eczema")[0].name)


def test_word_lists_hold_words_only():
    data = Path(find_diagnoses.__code__.co_filename).parent / "data"
    for name in ("diagnosis_words.yaml", "drugs.yaml", "results.yaml"):
        pending = [yaml.safe_load((data / name).read_text("utf-8"))]
        while pending:
            item = pending.pop()
            # a bare "no" or "on" would be read as false or true
            assert isinstance(item, (str, list, dict)), name
            if not isinstance(item, str):
                pending.extend(item.values() if isinstance(item, dict) else item)


@settings(deadline=None)
@given(st.one_of(st.text(max_size=120), st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join)))
def test_spans_lie_in_any_text(text):
    for diagnosis in find_diagnoses(text):
        assert 0 <= diagnosis.span.start < diagnosis.span.end <= len(text)
