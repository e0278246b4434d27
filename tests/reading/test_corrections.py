"""A correction made once holds in the next text, and goes no further than the user's own file."""

from __future__ import annotations

import json
import stat
from pathlib import Path

import pytest

from hoofbeat.cases import Case
from hoofbeat.errors import InputError, UnknownTerm, UsageError
from hoofbeat.reading import (
    Correction,
    add_corrections,
    corrected,
    corrections_as_json,
    load_corrections,
    read_letter,
    reassignment,
    removal,
    to_case,
)

ALOPECIA, ITCH = "HP:0001596", "HP:0000989"
TEXT = "She has alopecia and pruritus. Her nails show moon bows."


def _terms(text: str, *corrections: Correction) -> dict[str, str]:
    letter = corrected(read_letter(text), corrections)
    return {p.term: p.assertion.status for p in letter.proposals}


def test_a_removed_phrase_is_not_read_again() -> None:
    assert ALOPECIA in _terms(TEXT)
    assert _terms(TEXT, removal("  Alopecia ")).keys() == _terms(TEXT).keys() - {ALOPECIA}


def test_a_removal_touches_no_other_phrase() -> None:
    assert _terms(TEXT, removal("hair")) == _terms(TEXT)


def test_a_phrase_is_read_as_the_term_it_was_given() -> None:
    found = _terms(TEXT, reassignment("alopecia=HP:0002293"))
    assert "HP:0002293" in found
    assert ALOPECIA not in found


def test_a_term_may_be_given_by_its_name() -> None:
    assert reassignment("moon bows=Nail dystrophy").to == "HP:0008404"


def test_a_phrase_may_be_given_a_status() -> None:
    assert _terms(TEXT, reassignment("pruritus=absent"))[ITCH] == "absent"


LETTER = "A woman with eczema and tinea. Clobetasol 0.05% ointment, no benefit. Hb 98 g/L (115-160). Itch."


def _case(*corrections: Correction) -> Case:
    return to_case(corrected(read_letter(LETTER), corrections))


@pytest.mark.parametrize(
    "correction", [removal("tinea"), reassignment("tinea=absent"), reassignment("Tinea=uncertain")]
)
def test_a_correction_reaches_diagnoses(correction: Correction) -> None:
    assert _case().prior_diagnoses == ("eczema", "tinea")
    assert _case(correction).prior_diagnoses == ("eczema",)
    assert _case(reassignment("tinea=present")) == _case()


@pytest.mark.parametrize("correction", [removal("clobetasol"), reassignment("clobetasol=absent")])
def test_a_correction_reaches_treatments(correction: Correction) -> None:
    assert len(_case().treatments) == 1
    assert _case(correction).treatments == ()
    assert _case(correction).prior_diagnoses == _case().prior_diagnoses


@pytest.mark.parametrize("phrase", ["Hb 98 g/L", "Hb 98 g/L (115-160)"])
def test_a_correction_reaches_values_and_what_they_mean(phrase: str) -> None:
    assert len(_case().measurements) == 1
    for correction in (removal(phrase), reassignment(f"{phrase}=absent")):
        case = _case(correction)
        assert case.measurements == ()
        assert [f.term for f in case.findings] == [ITCH]
    assert _case(removal("Hb 9")) == _case()
    assert _case(removal("Hb")) == _case()


def test_a_diagnosis_read_as_a_term_is_a_finding_and_no_label() -> None:
    case = _case(reassignment("tinea=HP:0008404"))
    assert case.prior_diagnoses == ("eczema",)
    assert "HP:0008404" in {f.term for f in case.findings}


def test_a_phrase_nobody_knew_is_learnt_with_what_is_said_of_it() -> None:
    taught = reassignment("moon bows=HP:0008404")
    assert _terms(TEXT, taught)["HP:0008404"] == "present"
    assert _terms("No moon\n bows.", taught)["HP:0008404"] == "absent"


def test_a_taught_phrase_is_not_found_inside_a_word() -> None:
    assert _terms("Bowstring.", reassignment("bow=HP:0008404")) == {}


def test_corrections_are_kept_and_replayed(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "kept.json"
    add_corrections(file, [removal("alopecia")])
    add_corrections(file, [reassignment("moon bows=HP:0008404")])
    kept = load_corrections(file)
    assert [c.action for c in kept] == ["remove", "reassign"]
    assert ALOPECIA not in _terms(TEXT, *kept)
    assert json.loads(file.read_text(encoding="utf-8")) == json.loads(corrections_as_json(kept))


def test_a_later_correction_takes_the_place_of_an_earlier_one(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    add_corrections(file, [removal("alopecia")])
    assert add_corrections(file, [reassignment("Alopecia=absent")]) == [
        Correction("alopecia", "reassign", "absent")
    ]


def test_only_the_user_can_read_the_file(tmp_path: Path) -> None:
    file = tmp_path / "kept.json"
    add_corrections(file, [removal("alopecia")])
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_no_file_is_no_correction(tmp_path: Path) -> None:
    assert load_corrections(tmp_path / "none.json") == []


@pytest.mark.parametrize(
    "content",
    [
        "",
        "[]",
        "{",
        '{"corrections": 3}',
        '{"corrections": [{"phrase": "x", "action": "burn"}]}',
        '{"corrections": [1]}',
    ],
)
def test_a_broken_file_is_said_and_never_written_over(tmp_path: Path, content: str) -> None:
    file = tmp_path / "kept.json"
    file.write_text(content, encoding="utf-8")
    with pytest.raises(InputError, match="not in order"):
        add_corrections(file, [removal("x y")])
    assert file.read_text(encoding="utf-8") == content


@pytest.mark.parametrize("words", ["moon bows", "moon bows=", "=HP:0008404", "x" * 300 + "=absent"])
def test_a_correction_that_says_too_little_is_a_misuse(words: str) -> None:
    with pytest.raises(UsageError):
        reassignment(words)


def test_an_unknown_term_is_refused() -> None:
    with pytest.raises(UnknownTerm):
        reassignment("moon bows=HP:9999999")
