"""No word of a letter enters a message, a log or a traceback, whatever is wrong with the letter."""

from __future__ import annotations

import base64
import importlib.util
import json
import logging
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from hoofbeat.apps.cli import main
from hoofbeat.reading import letter as room

MARKER = "Zyxwvutski"
TEXT = f"{MARKER} has an itchy rash. {MARKER} denies fever. Glucagon {MARKER} 12."


def _fhir(data: str, kind: str = "text/plain") -> str:
    attachment = {"contentType": kind, "data": data}
    return json.dumps(
        {"resourceType": "DocumentReference", "id": MARKER, "content": [{"attachment": attachment}]}
    )


def _broken(folder: Path) -> dict[str, Path]:
    """Files of each format, each broken, each with the marker in it."""
    word = folder / "broken.docx"
    with zipfile.ZipFile(word, "w") as parts:
        parts.writestr("word/document.xml", f"<w:document><w:p>{MARKER}<w:p></w:document>")
    files: dict[str, str | bytes] = {
        "latin.txt": f"Größe {MARKER}".encode("latin-1"),
        "binary.txt": f"{MARKER}\0{MARKER}".encode(),
        "rich.rtf": f"{{\\rtf1 {MARKER}}}",
        "broken.pdf": f"%PDF-1.4\n1 0 obj << /T ({MARKER}) >>\n%%EOF",
        "cut.json": f'{{"resourceType": "DocumentReference", "x": "{MARKER}',
        "patient.json": json.dumps({"resourceType": "Patient", "name": MARKER}),
        "base64.json": _fhir(MARKER + "%"),
        "inner.json": _fhir(base64.b64encode(f"%PDF-1.4 {MARKER}".encode()).decode(), "application/pdf"),
        "cut.jsonl": f'{{"note_id": 1, "note_text": "{MARKER}"}}\n{{"note_id": 2, "note_text": "{MARKER}\n',
        "other.json": json.dumps({MARKER: MARKER}),
        "about.txt": f"{MARKER} is a rare disease. Patients may have rash. It is often caused by diet.",
    }
    for name, content in files.items():
        path = folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return {name: folder / name for name in [*files, word.name]}


NAMES = [
    *("about.txt", "base64.json", "binary.txt", "broken.docx", "broken.pdf", "cut.json", "cut.jsonl"),
    *("inner.json", "latin.txt", "other.json", "patient.json", "rich.rtf"),
]


def _run(monkeypatch: pytest.MonkeyPatch, *words: object) -> int:
    monkeypatch.setattr(sys, "argv", ["hoofbeat", "read", "--no-corrections", *map(str, words)])
    with pytest.raises(SystemExit) as end:
        main()
    return end.value.code if isinstance(end.value.code, int) else 0


@pytest.mark.parametrize("name", NAMES)
def test_a_broken_file_is_told_of_without_a_word_of_it(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog
) -> None:
    path = _broken(tmp_path)[name]
    with caplog.at_level(logging.DEBUG):
        code = _run(monkeypatch, path)
    said = capfd.readouterr().err
    assert code in (2, 3, 4)
    assert "error: " in said
    assert MARKER not in said + caplog.text


@pytest.mark.parametrize("form", ["yaml", "phenopacket", "fhir", "json", "html", "tsv"])
def test_a_sound_letter_leaves_no_word_on_standard_error(
    form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], caplog
) -> None:
    file = tmp_path / "letter.txt"
    file.write_text(TEXT, encoding="utf-8")
    with caplog.at_level(logging.DEBUG):
        assert _run(monkeypatch, file, "--as", form) == 0
    out, err = capfd.readouterr()
    assert out
    assert MARKER not in err + caplog.text


def test_an_unforeseen_fault_is_told_without_the_text(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(text: str, **_: object) -> None:
        raise ValueError(f"cannot read {text}")

    monkeypatch.setattr(room, "read_letter", fails)
    monkeypatch.setattr("hoofbeat.reading.read_letter", fails)
    file = tmp_path / "letter.txt"
    file.write_text(TEXT, encoding="utf-8")
    assert _run(monkeypatch, file) == 3
    said = capfd.readouterr().err
    assert "ValueError" in said
    assert MARKER not in said
    assert "Traceback" not in said


def test_notes_that_fail_are_counted_not_quoted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def fails(text: str, **_: object) -> None:
        raise ValueError(text)

    monkeypatch.setattr(room, "read_letter", fails)
    file = tmp_path / "notes.csv"
    file.write_text(f"note_id,note_text\n1,{MARKER} itch\n", encoding="utf-8")
    assert _run(monkeypatch, file, "--notes") == 4
    assert MARKER not in capfd.readouterr().err


def test_a_correction_that_is_refused_is_not_quoted(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    for words in (f"{MARKER}=HP:9999999", f"{MARKER}=", MARKER, f"x={MARKER} {MARKER}"):
        assert _run(monkeypatch, "--reassign", words) in (2, 3)
        assert MARKER not in capfd.readouterr().err


def test_python_with_all_its_warnings_on_says_nothing_either(tmp_path: Path) -> None:
    file = tmp_path / "letter.txt"
    file.write_text(TEXT, encoding="utf-8")
    command = [sys.executable, "-X", "dev", "-m", "hoofbeat", "read", "--no-corrections", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert MARKER not in done.stderr


def _random_bytes(seed: int) -> bytes:
    rng = random.Random(seed)  # noqa: S311 (nothing secret is made)
    head = rng.choice(
        [b"", b"%PDF-1.4\n", b"PK\x03\x04", b"\x1f\x8b", b"{", b"[", b"<html>", b"note_id,note_text\n"]
    )
    return (
        head + MARKER.encode() + bytes(rng.randrange(256) for _ in range(rng.randrange(80))) + MARKER.encode()
    )


@pytest.mark.parametrize("seed", range(60))
def test_no_bytes_whatever_bring_a_word_of_theirs_into_a_message(
    seed: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "file"
    file.write_bytes(_random_bytes(seed))
    assert _run(monkeypatch, file) in (0, 2, 3, 4)
    assert MARKER not in capfd.readouterr().err


def _benchmark():
    path = Path(__file__).parents[2] / "benchmarks" / "reading.py"
    spec = importlib.util.spec_from_file_location("reading_benchmark", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_mangled_letters_are_read_and_every_span_is_in_its_text() -> None:
    stress = _benchmark()
    assert sum(stress.spans_hold(stress.mangled(seed)) for seed in range(60)) > 0


def _work(text: str) -> int:
    """Return how many functions are called while a text is read: a clock would tell of other work."""
    called = 0

    def count(_frame: object, event: str, _arg: object) -> None:
        nonlocal called
        called += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        room.read_letter(text)
    finally:
        sys.setprofile(before)
    return called


@pytest.mark.slow
@pytest.mark.parametrize("shape", _benchmark().SHAPES)
def test_work_grows_no_faster_than_the_text(shape: str) -> None:
    unit = _benchmark().SHAPES[shape]
    room.read_letter(unit)
    few, many = (_work((unit * (length // len(unit) + 1))[:length]) for length in (5_000, 20_000))
    assert many < 5 * few


@pytest.mark.slow
def test_a_thousand_mangled_letters_are_read() -> None:
    stress = _benchmark()
    assert sum(stress.spans_hold(stress.mangled(seed)) for seed in range(1000)) > 1000
