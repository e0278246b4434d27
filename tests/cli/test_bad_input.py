"""Bad input: one clear message, the right exit code, never a traceback."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

BROKEN = Path(__file__).parents[1] / "data" / "broken"
EXPECTED = yaml.safe_load((BROKEN / "expected.yaml").read_text(encoding="utf-8"))


def test_every_broken_file_has_its_expectation() -> None:
    assert {p.name for p in BROKEN.iterdir()} - {"expected.yaml"} == set(EXPECTED)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_broken_file_gets_one_clear_message(hoofbeat, name: str) -> None:
    expected, answer = EXPECTED[name], hoofbeat("rank", BROKEN / name)
    assert answer.code == expected["code"]
    assert answer.err.count("error: ") == expected.get("messages", 1)
    first = answer.err.split("\nerror: ")[0]
    assert expected["says"] in first
    assert expected["at"] in first
    assert "\n  Try: " in first
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("name", [n for n, e in EXPECTED.items() if e["code"] == 3])
def test_nothing_is_ranked_from_a_broken_file(hoofbeat, name: str) -> None:
    assert hoofbeat("rank", BROKEN / name).out == ""


@pytest.mark.parametrize("command", [["check"], ["explain"], ["bench"]])
def test_the_other_commands_answer_in_the_same_words(hoofbeat, command: list[str]) -> None:
    more = ["glucagonoma"] if command == ["explain"] else []
    answer = hoofbeat(*command, BROKEN / "broken.yaml", *more)
    assert answer.code == 3
    assert answer.err.startswith("error: The file is neither YAML nor JSON")


def test_one_bad_record_hides_no_other(hoofbeat) -> None:
    answer = hoofbeat("rank", "--json", BROKEN / "one_of_three.jsonl")
    assert len(answer.out.splitlines()) == 2
    assert "1 of 3 records could not be used" in answer.err


@pytest.mark.parametrize(
    "words",
    [
        ["rank", "no_such_file.yaml"],
        ["rank", "."],
        ["rank", "x" * 5000],
        ["rank", "--numbers", "maybe", "no_such_file.yaml"],
        ["rank", "--top", "0", "no_such_file.yaml"],
        ["rank", "--no-such-option"],
        ["no_such_command"],
        ["explain", "no_such_file.yaml", "glucagonoma"],
    ],
)
def test_misuse_exits_with_2(hoofbeat, words: list[str]) -> None:
    answer = hoofbeat(*words)
    assert answer.code == 2
    assert answer.err
    assert "Traceback" not in answer.err


def test_an_unknown_setting_is_a_misuse(hoofbeat, patient: Path) -> None:
    answer = hoofbeat("rank", "--setting", "spa", patient)
    assert (answer.code, answer.out) == (2, "")
    assert "rare_disease_clinic" in answer.err


@pytest.mark.parametrize(
    "words", [["show", "zzz"], ["cite", "zzz"], ["terms", "HP:9999999"], ["terms", "zzzz"]]
)
def test_a_name_nobody_has_exits_with_3(hoofbeat, words: list[str]) -> None:
    answer = hoofbeat(*words)
    assert (answer.code, answer.out) == (3, "")
    assert "Try: " in answer.err


def test_a_reader_that_has_seen_enough_is_no_fault(patient: Path) -> None:
    command = f"{sys.executable} -m hoofbeat show glucagonoma | head -n 1"
    done = subprocess.run(["sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
