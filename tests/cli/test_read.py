"""hoofbeat read, as it is typed."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest
import yaml

LETTER = Path(__file__).parents[2] / "examples" / "letter.txt"
ABOUT = """Wandering rash

Wandering rash is a rare disease. Patients may have an itchy rash. It is often caused by coeliac disease.

How is Pseudoxanthoma Elasticum treated?

It is usually treated by surgery.
"""


@pytest.fixture(autouse=True)
def own_data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test sees, or changes, what the user of this computer has corrected."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    monkeypatch.setenv("HOME", str(tmp_path))


def _typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))


def test_a_letter_becomes_a_case_that_ranks(hoofbeat, monkeypatch: pytest.MonkeyPatch) -> None:
    read = hoofbeat("read", LETTER)
    assert read.code == 0
    _typed(monkeypatch, read.out)
    ranked = hoofbeat("rank", "-", "--json")
    assert ranked.code == 0
    first = [d["slug"] for d in json.loads(ranked.out)["ranked"][:3]]
    assert "glucagonoma" in first


def test_standard_input_is_read_when_nothing_is_named(hoofbeat, monkeypatch: pytest.MonkeyPatch) -> None:
    for words in ([], ["-"]):
        _typed(monkeypatch, "A 50-year-old man with an itchy rash. No fever.")
        answer = hoofbeat("read", *words)
        assert yaml.safe_load(answer.out)["age"] == 50
        assert answer.err == "Proposed: 2 present, 1 absent; 0 left out. Confirm each before use.\n"


@pytest.mark.parametrize(
    ("form", "start"),
    [
        ("yaml", "id: letter"),
        ("phenopacket", "{"),
        ("fhir", "{"),
        ("json", "{"),
        ("html", "<!doctype html>"),
        ("tsv", "term\t"),
    ],
)
def test_every_format_is_printed(hoofbeat, form: str, start: str) -> None:
    answer = hoofbeat("read", "--as", form, LETTER)
    assert answer.code == 0
    assert answer.out.startswith(start)


def test_json_gives_every_span(hoofbeat) -> None:
    data = json.loads(hoofbeat("read", "--json", LETTER).out)
    text = LETTER.read_text(encoding="utf-8")
    assert all(text[a:b].strip() for f in data["findings"] for a, b in f["spans"])


def test_several_letters_become_a_list_of_cases(hoofbeat, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("A 50-year-old man with weight loss.", encoding="utf-8")
    cases = tmp_path / "cases.yaml"
    cases.write_text(hoofbeat("read", LETTER, other).out, encoding="utf-8")
    assert [c["id"] for c in yaml.safe_load(cases.read_text(encoding="utf-8"))] == ["letter", "other"]
    assert hoofbeat("rank", "--json", cases).out.count("\n") == 2


def test_a_text_about_a_disease_is_refused_as_a_patient(hoofbeat, monkeypatch: pytest.MonkeyPatch) -> None:
    _typed(monkeypatch, ABOUT)
    answer = hoofbeat("read")
    assert (answer.code, answer.out) == (3, "")
    assert "--as-model" in answer.err
    _typed(monkeypatch, ABOUT)
    assert hoofbeat("read", "--kind", "patient").code == 0


def test_a_document_becomes_a_draft_with_a_report(hoofbeat, tmp_path: Path) -> None:
    file = tmp_path / "leaflet.txt"
    file.write_text(ABOUT, encoding="utf-8")
    data = yaml.safe_load(hoofbeat("read", "--as-model", file, "--against", "glucagonoma").out)
    (document,) = data["documents"]
    kinds = {r["kind"] for r in document["remarks"]}
    assert "heading names another disease" in kinds
    assert document["document"]["title"] == "Wandering rash"
    twice = json.loads(hoofbeat("read", "--as-model", "--json", file, file).out)
    assert len(twice["documents"]) == 2
    assert twice["disagreements"] == []


def test_a_letter_read_as_a_model_is_warned_of(hoofbeat) -> None:
    assert "about a patient" in hoofbeat("read", "--as-model", LETTER).err


def test_a_phrase_once_forgotten_stays_forgotten(hoofbeat, monkeypatch: pytest.MonkeyPatch) -> None:
    text = "She has an itchy rash and weight loss."
    assert hoofbeat("read", "--forget", "weight loss").err == "1 corrections are kept.\n"
    _typed(monkeypatch, text)
    assert "HP:0001824" not in hoofbeat("read").out
    _typed(monkeypatch, text)
    assert "HP:0001824" in hoofbeat("read", "--no-corrections").out
    exported = json.loads(hoofbeat("read", "--export-corrections").out)
    assert exported["corrections"] == [{"phrase": "weight loss", "action": "remove"}]


def test_a_correction_that_changes_nothing_is_said_without_its_words(
    hoofbeat, monkeypatch: pytest.MonkeyPatch
) -> None:
    _typed(monkeypatch, "A man with tinea and weight loss.")
    words = ("--reassign", "tinea=absent", "--forget", "weight loss", "--forget", "green horse", "-")
    answer = hoofbeat("read", *words)
    assert answer.code == 0
    assert "prior_diagnoses" not in yaml.safe_load(answer.out)
    assert "1 of 3 corrections changed nothing here, and are kept: --forget 2." in answer.err
    assert "horse" not in answer.err
    _typed(monkeypatch, "A man with tinea and weight loss.")
    again = hoofbeat("read")
    assert again.out == answer.out
    assert "changed nothing" not in again.err


def test_a_note_in_another_encoding_is_counted_and_its_row_said(hoofbeat, tmp_path: Path) -> None:
    file = tmp_path / "notes.csv"
    file.write_bytes("note_id,note_text\n1,An itchy rash.\n2,Größe\n3,No fever.\n".encode("latin-1"))
    answer = hoofbeat("read", "--notes", file)
    assert answer.code == 4
    assert {line.split(",")[1] for line in answer.out.splitlines()[1:]} == {"1", "3"}
    assert "1 notes could not be read" in answer.err
    assert "row 2" in answer.err


def test_corrections_may_lie_in_a_file_of_their_own(
    hoofbeat, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mine.json"
    _typed(monkeypatch, "She has moon bows.")
    answer = hoofbeat("read", "--corrections", file, "--reassign", "moon bows=HP:0008404", "-")
    assert "HP:0008404" in answer.out
    assert file.exists()
    _typed(monkeypatch, "She has moon bows.")
    assert "HP:0008404" not in hoofbeat("read").out


def test_many_notes_become_rows(hoofbeat, tmp_path: Path) -> None:
    file = tmp_path / "notes.csv"
    file.write_text("note_id,person_id,note_text\n1,7,An itchy rash.\n2,8,No fever.\n", encoding="utf-8")
    answer = hoofbeat("read", "--notes", file)
    assert answer.out.startswith("note_nlp_id,note_id,")
    assert "2 notes" in answer.err
    assert (
        len(hoofbeat("read", "--notes", "--json", file).out.splitlines()) == len(answer.out.splitlines()) - 1
    )


@pytest.mark.parametrize(
    "words", [["--as", "word"], ["--cutoff", "none"], ["--kind", "horse"], ["no_such_letter.txt"], ["."]]
)
def test_misuse_exits_with_2(hoofbeat, words: list[str]) -> None:
    answer = hoofbeat("read", *words)
    assert (answer.code, answer.out) == (2, "")
    assert "Try: " in answer.err


def _lines(path: Path, *rows: dict[str, object]) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


def test_reading_is_scored_on_each_kind_of_file(hoofbeat, tmp_path: Path) -> None:
    annotated = _lines(
        tmp_path / "annotated.jsonl",
        {
            "id": "1",
            "text": "Weight loss, no fever.",
            "anns": [
                {"spans": [[0, 11]], "hp": "HP:0001824", "text": "Weight loss", "assertion": "present"},
                {"spans": [[16, 21]], "hp": "HP:0001945", "text": "fever", "assertion": "absent"},
            ],
            "level": "mention",
        },
    )
    concepts = _lines(
        tmp_path / "concepts.jsonl",
        {
            "id": "1",
            "concept": "FEVER",
            "text": "No fever.",
            "neg": "Negated",
            "temp": "Recent",
            "exp": "Patient",
        },
    )
    letters = _lines(
        tmp_path / "letters.jsonl",
        {
            "case_id": "made-up",
            "group": "glucagonoma_nme",
            "letter": LETTER.read_text(encoding="utf-8"),
            "expected_present": ["HP:0001824", "HP:0000206"],
            "expected_absent": ["HP:0002014"],
            "traps": ["prior label: eczema"],
        },
    )
    answer = hoofbeat("bench", "--reading", "--json", annotated, concepts, letters)
    first, second, third = (json.loads(line) for line in answer.out.splitlines())
    assert first["mention"]["f1"] == first["document"]["f1"] == 1
    assert first["assertion"]["share"] == 1
    assert first["dictionary"]["mention"]["f1"] == 1
    assert second["assertion"]["negated"]["f1"] == 1
    assert third["finding"]["recall"] == 1
    assert third["assertion"]["share"] == 1
    assert third["traps"] == {"set": 1, "sprung": 0}
    assert third["rank"]["first_10"] == 1
    assert "F1 1.000" in hoofbeat("bench", "--reading", annotated).out


@pytest.mark.parametrize("content", ["", "{}\n", "[1]\n", "not json\n"])
def test_a_file_that_reading_cannot_be_scored_on_is_said(hoofbeat, tmp_path: Path, content: str) -> None:
    file = tmp_path / "x.jsonl"
    file.write_text(content, encoding="utf-8")
    answer = hoofbeat("bench", "--reading", file)
    assert answer.code == 3
    assert "Try: " in answer.err


def test_scoring_needs_files(hoofbeat) -> None:
    assert hoofbeat("bench", "--reading").code == 2
