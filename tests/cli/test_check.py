"""hoofbeat check on a reader's own models."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

ADDED = Path(__file__).parents[1] / "knowledge" / "fixtures" / "added"


def test_a_folder_is_checked_as_models(hoofbeat) -> None:
    answer, shipped = hoofbeat("check", ADDED), hoofbeat("check")
    assert (answer.code, answer.err) == (0, "")
    count = int(shipped.out.split()[0])
    assert answer.out.startswith(f"{count + 1} disease models")


def test_a_bare_number_in_it_is_refused(hoofbeat, tmp_path: Path) -> None:
    folder = shutil.copytree(ADDED, tmp_path / "mine")
    path = folder / "diseases" / "blueskin" / "findings.yaml"
    path.write_text("findings:\n- {finding: HP:0000989, name: Itch, frequency: 0.4}\n", encoding="utf-8")
    answer = hoofbeat("check", folder)
    assert answer.code == 3
    assert "blueskin/findings.yaml" in answer.err
    assert "Try: " in answer.err


def test_an_added_disease_competes(hoofbeat, patient: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = hoofbeat("explain", patient, "glucagonoma").out
    monkeypatch.setenv("HOOFBEAT_MODELS", str(ADDED))
    answer = hoofbeat("explain", patient, "Blue skin of tests")
    assert answer.code == 0
    assert answer.out.startswith("Blue skin of tests in case")
    monkeypatch.delenv("HOOFBEAT_MODELS")
    assert hoofbeat("explain", patient, "glucagonoma").out == usual


def test_issues_of_a_case_file_are_plain_data(hoofbeat) -> None:
    broken = Path(__file__).parents[1] / "data" / "broken" / "present_and_absent.yaml"
    answer = hoofbeat("check", "--json", broken)
    found = json.loads(answer.out)
    assert answer.code == 3
    assert (found["in_order"], found["not"]) == (0, 1)
    (issue,) = found["issues"]
    assert issue["category"] == "present-and-absent"
    assert issue["remedy"]
