"""hoofbeat report and hoofbeat leaflet, as they are typed."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pypdf
import pytest

NOTICE = "Not cleared or certified as a medical device; for research and education."


def test_the_example_in_the_help_works(hoofbeat, patient: Path, tmp_path: Path) -> None:
    out = tmp_path / "report.html"
    answer = hoofbeat("report", patient, "--setting", "dermatology", "-o", out)
    assert answer.code == 0
    assert answer.out == ""
    assert str(out) in answer.err
    page = out.read_text(encoding="utf-8")
    assert page.startswith("<!DOCTYPE html>")
    assert NOTICE in page
    assert "in a dermatology clinic" in page


def test_text_goes_to_standard_output_and_repeats(hoofbeat, patient: Path) -> None:
    first = hoofbeat("report", patient)
    assert first.code == 0
    assert first.out.startswith("Report on case compton-2013")
    assert first.out == hoofbeat("report", patient, "--to", "txt").out


@pytest.mark.parametrize(
    ("form", "begins"), [("pdf", b"%PDF-"), ("docx", b"PK\x03\x04"), ("html", b"<!DOCTYPE")]
)
def test_each_form_is_written(hoofbeat, patient: Path, tmp_path: Path, form: str, begins: bytes) -> None:
    named, told = tmp_path / f"by_name.{form}", tmp_path / "told.bin"
    assert hoofbeat("report", patient, "-o", named).code == 0
    assert hoofbeat("report", patient, "--to", form, "-o", told).code == 0
    assert named.read_bytes().startswith(begins)
    assert named.read_bytes() == told.read_bytes()


def test_numbers_off_and_date(hoofbeat, patient: Path) -> None:
    text = hoofbeat("report", patient, "-s", "dermatology", "--numbers", "off", "--date", "2026-03-14").out
    assert "of 100" not in text
    assert "Date: 2026-03-14" in text
    assert "Glucagonoma" in text


def test_json_is_one_line_a_case_with_stable_ids(hoofbeat, patient: Path) -> None:
    (line,) = hoofbeat("report", patient, "--json").out.splitlines()
    found = json.loads(line)
    assert found["schema_version"] == 1
    assert found["sections"][0]["id"] == "given"
    assert "results" not in found


def test_of_several_cases_one_must_be_named(hoofbeat, tmp_path: Path) -> None:
    packets = Path(__file__).parents[1] / "data" / "patients.jsonl"
    ids = [json.loads(line)["id"] for line in packets.read_text(encoding="utf-8").splitlines()]
    answer = hoofbeat("report", packets)
    assert answer.code == 2
    assert "--case with one of" in answer.err
    chosen = hoofbeat("report", packets, "--case", ids[1])
    assert f"Report on case {ids[1]}" in " ".join(chosen.out.split())
    unknown = hoofbeat("report", packets, "--case", "nobody")
    assert unknown.code == 2
    assert "nobody" in unknown.err


def test_misuse_is_one_message(hoofbeat, patient: Path, tmp_path: Path) -> None:
    for words in (
        ("report", patient, "--to", "odt"),
        ("report", patient, "--numbers", "few"),
        ("report", patient, "-o", tmp_path / "no" / "such" / "folder.txt"),
        ("leaflet", "glucagonoma", "--to", "docx"),
        ("leaflet", "glucagonoma", "--lang", "xx"),
    ):
        answer = hoofbeat(*words)
        assert answer.code == 2, words
        assert answer.err.startswith("error: ")
        assert "Try: " in answer.err
        assert "Traceback" not in answer.err


def test_a_case_that_cannot_be_read_makes_no_report(hoofbeat, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("age: 50\nfindings: [HP:9999999]\n")
    answer = hoofbeat("report", bad)
    assert answer.code == 3
    assert answer.out == ""


def test_a_leaflet_is_markdown_unless_told_otherwise(hoofbeat, tmp_path: Path) -> None:
    answer = hoofbeat("leaflet", "pseudoglucagonoma", "--cause", "cirrhosis")
    assert answer.code == 0
    assert answer.out.startswith("# NME without a tumour\n\n*When the cause is a scarred liver*")
    assert NOTICE in answer.out
    out = tmp_path / "leaflet.pdf"
    assert hoofbeat("leaflet", "ORPHA:97280", "-o", out).code == 0
    assert "What is a glucagonoma?" in pypdf.PdfReader(io.BytesIO(out.read_bytes())).pages[0].extract_text()
    assert hoofbeat("leaflet", "glucagonoma", "--to", "html").out.startswith("<!DOCTYPE html>")


def test_leaflets_are_listed_with_languages_and_causes(hoofbeat) -> None:
    listed = hoofbeat("leaflet").out
    assert "glucagonoma (en, de)" in listed
    assert "--cause given_glucagon" in listed
    rows = json.loads(hoofbeat("leaflet", "--json").out)
    assert {row["slug"] for row in rows} == {"glucagonoma", "pseudoglucagonoma"}


def test_a_leaflet_as_json_traces_every_line(hoofbeat) -> None:
    found = json.loads(hoofbeat("leaflet", "glucagonoma", "--json").out)
    traced = [trace for trace in found["traces"] if trace["keys"]]
    assert len(traced) > 40
    assert {"words", "keys"} == set(traced[0])


def test_an_unknown_leaflet_is_an_invalid_name(hoofbeat) -> None:
    answer = hoofbeat("leaflet", "pellagra")
    assert answer.code == 3
    assert "one of: glucagonoma, pseudoglucagonoma" in answer.err
