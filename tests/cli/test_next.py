"""hoofbeat next and bench --next, as they are typed."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKETS = ROOT / "tests" / "data" / "patients.jsonl"


def test_next_says_what_to_ask_before_what_to_test(hoofbeat, patient: Path) -> None:
    answer = hoofbeat("next", patient, "--setting", "dermatology")
    assert answer.code == 0
    heads = [line for line in answer.out.splitlines() if line in ("Ask:", "Look:", "Laboratory:", "Tissue:")]
    assert heads == ["Ask:", "Look:", "Laboratory:", "Tissue:"]
    assert "testing threshold" in answer.out
    assert "What moves it most" in answer.out
    assert "medical device" in answer.out


def test_next_says_which_setting_it_assumed(hoofbeat, tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text("age: 40\nfindings: [skin erosion, weight loss]\n")
    assert "no setting was given" in hoofbeat("next", path).out
    assert "no setting was given" not in hoofbeat("next", path, "-s", "general_practice").out


def test_next_gives_the_same_json_twice_with_thresholds_and_the_table(hoofbeat, patient: Path) -> None:
    first = hoofbeat("next", patient, "--json", "-s", "dermatology").out
    assert first == hoofbeat("next", patient, "--json", "-s", "dermatology").out
    found = json.loads(first)
    assert found["schema_version"] == 1
    assert found["advice"]["sensitivity"]
    (glucagon,) = [s for s in found["steps"] if s["id"] == "fasting_glucagon"]
    assert glucagon["thresholds"][0]["testing"] < glucagon["thresholds"][0]["chance"]


def _keys(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value).union(*(_keys(v) for v in value.values()))
    return set().union(*(_keys(v) for v in value)) if isinstance(value, list) else set()


def test_numbers_off_keeps_order_and_sources_and_no_chance(hoofbeat, patient: Path) -> None:
    on = json.loads(hoofbeat("next", patient, "--json", "-s", "dermatology").out)
    off = json.loads(hoofbeat("next", patient, "--json", "-s", "dermatology", "--numbers", "off").out)
    assert [s["id"] for s in off["steps"]] == [s["id"] for s in on["steps"]]
    assert off["advice"]["sources"] == on["advice"]["sources"]
    assert not {"chance", "before", "after", "bits", "testing", "ratio", "sentence"} & _keys(off)
    text = hoofbeat("next", patient, "-s", "dermatology", "--numbers", "off").out
    assert "of 100" not in text
    assert "per million" not in text
    assert "advised" in text


def test_a_bad_glucagon_is_told_with_a_remedy_and_the_rest_goes_on(hoofbeat, tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(
        "age: 58\nfindings: [skin erosion, weight loss]\n"
        "measurements: [{test: glucagon, value: 1.2, unit: g/L}]\n"
    )
    answer = hoofbeat("next", path)
    told = answer.out + answer.err
    assert "impossible" in told
    assert "pg/mL" in told
    assert "Traceback" not in told


@pytest.mark.parametrize(
    "words",
    [("--mode", "guess"), ("--budget", "huge"), ("--setting", "moon"), ("--numbers", "maybe")],
)
def test_a_wrong_word_is_one_message_with_a_remedy(hoofbeat, patient: Path, words: tuple[str, str]) -> None:
    answer = hoofbeat("next", patient, *words)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith("error: ")
    assert "Try: " in answer.err


def test_bench_next_prints_the_figures_with_intervals(hoofbeat, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("hoofbeat.diagnosis.evaluate_next.DRAWN", 30)
    found = json.loads(hoofbeat("bench", "--next", PACKETS, "--json").out)
    for group in ("glucagonoma", "look_alike", "common"):
        counted = found["advised"][group]
        assert 0 <= counted["advised"] <= counted["n"]
        assert counted["share"]["low"] <= counted["share"]["value"] <= counted["share"]["high"]
    assert found["advised"]["common"]["n"] == 30
    text = hoofbeat("bench", "--next", PACKETS).out
    assert "in a dermatology clinic" in text
    assert re.search(r"glucagonoma +\d+ of \d+", text)


def test_bench_next_needs_real_priors(hoofbeat) -> None:
    answer = hoofbeat("bench", "--next", PACKETS, "--setting", "uniform")
    assert answer.code == 2
    assert "dermatology" in answer.err


def test_next_writes_numbers_as_people_do(hoofbeat, patient: Path) -> None:
    out = hoofbeat("next", patient, "-s", "dermatology").out
    moves = [line for line in out.splitlines() if ": chance " in line and ", threshold " in line]
    assert any("how often it arises, 1 in 100,000,000 to 1 in 10,000,000 per person-year" in m for m in moves)
    assert any("250 to 2,000 days of full health" in move for move in moves)
    assert not re.search(r"\de[-+]\d", out)


def test_a_chance_that_an_input_does_not_move_is_said_once(hoofbeat, patient: Path) -> None:
    out = hoofbeat("next", patient, "-s", "dermatology").out
    ends = re.findall(r"(?:chance|threshold) ([\d.,]+ (?:of 100|per million)) to ([\d.,]+ [a-z\d ]+)", out)
    assert ends
    assert [pair for pair in ends if pair[0] == pair[1].strip()] == []


def test_a_glucagon_on_record_is_not_advised_again(hoofbeat, tmp_path: Path) -> None:
    path = tmp_path / "case.yaml"
    path.write_text(
        "age: 58\nfindings: [skin erosion, weight loss, diabetes mellitus]\n"
        "measurements: [{test: glucagon, value: 1240, unit: pg/mL}]\n"
    )
    out = hoofbeat("next", path, "-s", "dermatology").out
    assert "take a fasting glucagon" not in out
    assert "Done already: fasting glucagon" in out
    assert "done already" in hoofbeat("next", path, "-s", "dermatology", "--numbers", "off").out
