"""Each command: its help, its text, its JSON, and the same answer every time."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import typer
import yaml

from hoofbeat.apps.cli import application
from hoofbeat.apps.cli.bench import bench_text
from hoofbeat.cases import read_cases
from hoofbeat.diagnosis import bench, wilson
from hoofbeat.knowledge import CalibrationData, load_calibration

ROOT = Path(__file__).parents[2]
COMMANDS = sorted(typer.main.get_command(application()).commands)
PACKETS = ROOT / "tests" / "data" / "patients.jsonl"


@pytest.mark.parametrize("command", COMMANDS)
def test_help_says_what_it_does_with_an_example(hoofbeat, command: str) -> None:
    answer = hoofbeat(command, "--help")
    assert answer.code == 0
    assert re.search(rf"Example: hoofbeat {command} ?", answer.out)


# one does not end, the other needs a database: their own tests run them
ELSEWHERE = {"serve", "sweep"}


@pytest.mark.parametrize("command", sorted({*COMMANDS} - ELSEWHERE))
def test_the_example_in_help_is_understood(
    hoofbeat, command: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shown = " ".join(hoofbeat(command, "--help").out.split())
    (example,) = re.findall(r"Example: hoofbeat (.*?)(?: Arguments:| Options:| Faulty| Obsolete|$)", shown)
    (tmp_path / "patients.jsonl").write_bytes(PACKETS.read_bytes())
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    answer = hoofbeat(*shlex.split(example))
    assert answer.code == 0
    # what is written to a file is said on standard error
    written = answer.err.startswith("written: ") and answer.err.count("\n") == 1
    assert answer.out or written
    assert written or not answer.err


def test_bare_hoofbeat_lists_the_commands(hoofbeat) -> None:
    out = hoofbeat().out + hoofbeat("--help").out
    assert all(command in out for command in COMMANDS)
    assert "medical device" in out


def test_python_m_is_the_same_program() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hoofbeat", "--version"], capture_output=True, text=True, check=True
    )
    assert re.fullmatch(r"hoofbeat \d+\.\d+\.\d+\n", done.stdout)


def test_rank_finds_the_tumour_and_says_why(hoofbeat, patient: Path) -> None:
    answer = hoofbeat("rank", "--why", patient)
    assert (answer.code, answer.err) == (0, "")
    assert re.search(r"^ +[123]\. Glucagonoma", answer.out, re.MULTILINE)
    assert re.search(r"for +×\d.* Skin erosion", answer.out)
    assert "none of these" in answer.out
    assert "Not cleared or certified as a medical device" in answer.out


def test_in_a_clinic_the_chance_is_small_and_the_factor_said(hoofbeat, patient: Path) -> None:
    out = hoofbeat("rank", "--setting", "dermatology", patient).out
    line = next(line for line in out.splitlines() if re.match(r" *\d+\. Glucagonoma ", line))
    assert "per million" in line
    assert re.search(r"findings ×\d", line)


def test_json_holds_the_ranking_with_its_versions(hoofbeat, patient: Path) -> None:
    answer = hoofbeat("rank", "--json", patient)
    ranking = json.loads(answer.out)
    assert [r["rank"] for r in ranking["ranked"]] == list(range(1, 11))
    assert {"model_version", "ontology_release", "setting", "seed", "none_of_these"} <= set(ranking)
    assert all(r["low"] <= r["chance"] <= r["high"] for r in ranking["ranked"])
    assert ranking["ranked"][0]["reasons"]


def test_the_same_case_and_seed_give_the_same_bytes(patient: Path) -> None:
    def run(hash_seed: str) -> bytes:
        command = [sys.executable, "-m", "hoofbeat", "rank", "--json", "--why", str(patient)]
        environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
        return subprocess.run(command, capture_output=True, env=environment, check=True).stdout

    assert run("1") == run("2")


def test_another_seed_changes_ranges_and_nothing_else(hoofbeat, patient: Path) -> None:
    one, two = (json.loads(hoofbeat("rank", "--json", "--seed", s, patient).out) for s in (1, 2))
    assert one["ranked"][0]["low"] != two["ranked"][0]["low"]
    assert [r["chance"] for r in one["ranked"]] == [r["chance"] for r in two["ranked"]]


@pytest.mark.parametrize("command", [["rank", "--why"], ["explain"]])
def test_without_numbers_order_reasons_and_sources_stay(hoofbeat, patient: Path, command: list[str]) -> None:
    what = [patient] if command[0] == "rank" else [patient, "glucagonoma"]
    answer = hoofbeat(*command, "--numbers", "off", *what)
    assert answer.code == 0
    assert not re.search(r"\d ?%|[×÷]\d|\d of \d|per million", answer.out)
    assert re.search(r"for +Skin erosion\n +assumption: ", answer.out)


def test_without_numbers_the_tables_of_a_disease_keep_their_sources(hoofbeat) -> None:
    out = hoofbeat("show", "--numbers", "off", "glucagonoma").out
    assert not re.search(r"^ {6}\d[\d.]* % \(", out, re.MULTILINE)
    assert re.search(r"^ {6}counted \[[^\]]*wermers_1996", out, re.MULTILINE)


def test_without_numbers_json_has_no_chance_in_it(hoofbeat, patient: Path) -> None:
    out = hoofbeat("rank", "--json", "--numbers", "off", patient).out
    keys = set(re.findall(r'"(\w+)":', out))
    assert keys.isdisjoint(
        {"chance", "low", "high", "before", "factor", "ratio", "here", "elsewhere", "score"}
    )
    assert {"rank", "name", "reasons", "sources", "speaks"} <= keys


def test_explain_has_all_that_a_clinician_asks(hoofbeat, patient: Path) -> None:
    out = hoofbeat("explain", patient, "glucagonoma").out
    for heading in ("What speaks for and against it:", "Expected but not asked:", "Explained away by:"):
        assert heading in out
    assert "The findings changed the odds ×" in out


def test_explain_takes_any_name_of_a_disease(hoofbeat, patient: Path) -> None:
    names = ("glucagonoma", "ORPHA:97280", "MONDO:0019959")
    first = {hoofbeat("explain", patient, n).out.splitlines()[0] for n in names}
    assert len(first) == 1


def test_explain_of_a_background_disease(hoofbeat, patient: Path) -> None:
    answer = hoofbeat("explain", "--json", patient, "OMIM:154700")
    assert answer.code == 0
    assert json.loads(answer.out)["disease"]["rank"] > 10


def test_show_gives_every_number_its_source(hoofbeat) -> None:
    out = hoofbeat("show", "glucagonoma").out
    assert "70 of 107" in out
    assert re.search(r"\[wermers_1996\]", out)
    assert "Slips in the source documents" in out
    for line in out.splitlines():
        if re.match(r" {6}\d[\d.]* % \(", line):
            assert re.search(r"counted|reported|assumed|\d of \d|%:", line + out), line


def test_show_of_a_background_disease_and_of_all_models(hoofbeat) -> None:
    assert "PMID" in hoofbeat("show", "OMIM:154700").out
    listing = json.loads(hoofbeat("show", "--json").out)
    assert {"glucagonoma", "pseudoglucagonoma", "mahvash_disease"} <= {row["slug"] for row in listing}


def test_cite_names_the_sources_of_a_disease(hoofbeat) -> None:
    sources = json.loads(hoofbeat("cite", "--json", "glucagonoma").out)
    assert "wermers_1996" in {s["key"] for s in sources}
    assert "[wermers_1996]" in hoofbeat("cite", "wermers_1996").out


def test_check_counts_the_numbers_and_places_every_statement(hoofbeat) -> None:
    answer = hoofbeat("check", "--statements")
    assert answer.code == 0
    assert re.search(r"\d numbers: \d+ counted, \d+ reported, [\d,]+ assumed\.", answer.out)
    assert "Statements of the source documents placed: 77 of 77." in answer.out
    placed = re.findall(r"^  ([AB]\d+) +(\S.*)$", answer.out, re.MULTILINE)
    assert len(placed) == 77
    assert not [s for s, where in placed if where == "nowhere"]


def test_check_of_case_files(hoofbeat, patient: Path) -> None:
    answer = hoofbeat("check", patient, PACKETS)
    assert (answer.code, answer.err) == (0, "")


def test_bench_prints_groups_and_cases(hoofbeat) -> None:
    answer = hoofbeat("bench", PACKETS, "--json")
    result = json.loads(answer.out)
    assert answer.code == 0
    assert set(result["groups"]) == {"ORPHA:97280", "ORPHA:37", "OMIM:999999", "all"}
    for share in ("top1", "top3", "top10", "mrr"):
        found = result["groups"]["all"][share]
        assert 0 <= found["low"] <= found["value"] <= found["high"] <= 1
    by_id = {c["id"]: c for c in result["cases"]}
    assert all({"id", "truth", "rank", "milliseconds"} <= set(c) for c in by_id.values())
    assert by_id["unknown"]["rank"] is None
    assert by_id["tumour"]["rank"] <= 3


def test_bench_keeps_how_well_the_chances_came_true(hoofbeat, tmp_path: Path) -> None:
    kept = tmp_path / "calibration.yaml"
    answer = hoofbeat("bench", PACKETS, "--calibrate", kept)
    assert answer.code == 0
    found = CalibrationData.model_validate(yaml.safe_load(kept.read_text(encoding="utf-8")))
    assert found.temperature == load_calibration().temperature
    known = json.loads(hoofbeat("bench", PACKETS, "--json").out)["summary"]["known"]
    assert found.measured[0].cases == known["n"]


def test_bench_uses_what_is_sound_of_a_faulty_record(hoofbeat, tmp_path: Path) -> None:
    records = PACKETS.read_text(encoding="utf-8").splitlines()
    faulty = json.loads(records[0])
    faulty["phenotypicFeatures"].append({"type": {"id": "HP:9999999", "label": "no such thing"}})
    path = tmp_path / "faulty.jsonl"
    path.write_text("\n".join([json.dumps(faulty), *records[1:]]), encoding="utf-8")
    answer = hoofbeat("bench", path, "--json")
    assert answer.code == 0
    assert "HP:9999999" in answer.err
    sound = json.loads(hoofbeat("bench", PACKETS, "--json").out)
    assert [c["rank"] for c in json.loads(answer.out)["cases"]] == [c["rank"] for c in sound["cases"]]


def test_old_terms_are_replaced_when_asked(hoofbeat, tmp_path: Path) -> None:
    path = tmp_path / "old.yaml"
    path.write_text("age: 3\nfindings: [HP:0000057]\n", encoding="utf-8")
    answer = hoofbeat("rank", "--replace-old-terms", path)
    assert answer.code == 0
    assert "warning: HP:0000057 is obsolete and was replaced" in answer.err


def test_types_of_one_disease_share_a_line(hoofbeat, tmp_path: Path) -> None:
    path = tmp_path / "seizures.yaml"
    path.write_text("age: 8 months\nfindings: [seizure, hypotonia, hypsarrhythmia]\n", encoding="utf-8")
    ranking = json.loads(hoofbeat("rank", "--json", path).out)
    names = [line["name"].rstrip("0123456789ABC ") for line in ranking["ranked"]]
    assert len(set(names)) == len(names) == 10
    places = [line["rank"] for line in ranking["ranked"]]
    others = [other["rank"] for line in ranking["ranked"] for other in line["series"]]
    assert others
    assert places == sorted(places)
    assert len({*places, *others}) == len(places) + len(others)
    assert "more of its types: " in hoofbeat("rank", path).out


def test_standard_input_is_read(patient: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "hoofbeat", "rank", "-"],
        input=patient.read_bytes(),
        capture_output=True,
        check=True,
    )
    assert b"Glucagonoma" in done.stdout


def test_leaving_a_publication_out_changes_only_what_it_supports(hoofbeat, patient: Path) -> None:
    usual = hoofbeat("rank", "--json", patient).out
    assert hoofbeat("rank", "--json", "--leave-out", "PMID:1", patient).out == usual


def test_messages_name_only_commands_that_exist() -> None:
    sources = "\n".join(p.read_text(encoding="utf-8") for p in (ROOT / "src").rglob("*.py"))
    said = re.findall(r"hoofbeat (rank|explain|show|cite|terms|check|bench)\b((?: --[a-z-]+)*)", sources)
    named = set(re.findall(r"(?:with: |by words: |; )hoofbeat ([a-z]+)", sources))
    assert named <= set(COMMANDS)
    options = {
        c: {o for p in command.params for o in p.opts}
        for c, command in typer.main.get_command(application()).commands.items()
    }
    assert [(c, o) for c, rest in said for o in rest.split() if o not in options[c]] == []


def test_bench_says_so_where_no_answer_was_sure() -> None:
    found = bench(reading.case for reading in read_cases(PACKETS) if reading.case)
    assert found.calibration

    def told(sure: int, right: int) -> str:
        change = {"sure": sure, "sure_right": wilson(right, sure)}
        calibration = found.calibration.model_copy(update=change)
        text = bench_text(found.model_copy(update={"calibration": calibration}))
        (line,) = [line for line in text.splitlines() if line.startswith("Calibration error")]
        return line

    assert told(0, 0).endswith("none was that sure.")
    assert "(0–100)" not in told(0, 0)
    assert "4 cases were said to be at least 90 % sure, and 75 % (" in told(4, 3)


def test_a_list_given_to_within_is_told_how_to_give_it(hoofbeat, patient: Path) -> None:
    listed = hoofbeat("rank", "--within", "pellagra,tinea", patient)
    assert (listed.code, listed.out) == (3, "")
    assert "--within once for each" in listed.err
    assert "--within" not in hoofbeat("rank", "--within", "XYZZY9", patient).err
    assert hoofbeat("rank", "--within", "pellagra", "--within", "tinea", patient).code == 0


LETTER = ROOT / "examples" / "letter.txt"


@pytest.mark.skipif(sys.platform == "win32", reason="a closed pipe is another fault there")
@pytest.mark.parametrize(
    "words",
    [["--help"], ["show"], ["cite", "wermers_1996"], ["read", "--notes", str(LETTER)]],
    ids=lambda words: words[0],
)
def test_a_reader_who_has_seen_enough_is_no_failure(words: list[str]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        command = [sys.executable, "-m", "hoofbeat", *words]
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writer)
    assert done.returncode == 0
    assert not re.search("error|Errno|Broken|Traceback", done.stderr)


def test_a_fault_stays_a_fault_though_nobody_reads(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        command = [sys.executable, "-m", "hoofbeat", "rank", str(tmp_path / "none.yaml")]
        done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, text=True, check=False)
    finally:
        os.close(writer)
    assert done.returncode == 2
    assert "There is no file" in done.stderr
