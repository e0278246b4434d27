"""simulate and policy on the command line: text, JSON, files, and one message for each misuse."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

QUICK = ("-n", 40, "--years", 6)


def test_a_cohort_is_told_in_words(hoofbeat) -> None:
    answer = hoofbeat("simulate", *QUICK)
    assert (answer.code, answer.err) == (0, "")
    assert "40 virtual patients" in answer.out
    assert "months after the first sign" in answer.out


def test_the_same_seed_is_the_same_json_and_another_is_not(hoofbeat) -> None:
    one, two, other = (hoofbeat("simulate", *QUICK, "--seed", s, "--json").out for s in (1, 1, 2))
    assert one == two != other
    found = json.loads(one)
    assert found["patients"] == 40
    assert 0 < found["found"] <= found["came"] <= 40


@pytest.mark.parametrize(
    ("form", "file"),
    [
        ("phenopackets", "phenopackets.ndjson"),
        ("omop", "person.csv"),
        ("fhir", "Patient.ndjson"),
        ("trajectories", "trajectories.csv"),
        ("synthea", "glucagonoma.json"),
    ],
)
def test_each_form_is_written(hoofbeat, tmp_path: Path, form: str, file: str) -> None:
    answer = hoofbeat("simulate", *QUICK, "--as", form, "--out", tmp_path / "out", "--tables", "csv")
    assert answer.code == 0
    assert (tmp_path / "out" / file).stat().st_size > 100
    assert "Nobody in it has lived" in answer.out


def test_what_was_simulated_can_be_ranked(hoofbeat, tmp_path: Path) -> None:
    hoofbeat("simulate", *QUICK, "--out", tmp_path)
    answer = hoofbeat("rank", tmp_path / "phenopackets.ndjson", "--json")
    assert answer.code == 0
    firsts = [json.loads(line)["ranked"][0]["slug"] for line in answer.out.splitlines()]
    assert firsts.count("glucagonoma") > len(firsts) / 2


def test_a_treatment_is_compared_with_none(hoofbeat) -> None:
    answer = hoofbeat("simulate", *QUICK, "--do", "octreotide at 90 days", "--json")
    rows = json.loads(answer.out)["differences"]
    glucagon = next(row for row in rows if row["name"].startswith("Glucagon"))
    assert glucagon["interval"][1] < 0
    assert "Glucagon" in hoofbeat("simulate", *QUICK, "--do", "octreotide at 90 days").out


def test_a_cause_can_be_changed_and_a_link_cut(hoofbeat) -> None:
    rash = [
        json.loads(hoofbeat("simulate", "-n", 60, "--years", 8, "--json", *words).out)["signs_when_found"][
            "Rash"
        ]
        for words in ((), ("--cut", "L6"))
    ]
    assert rash[1] < rash[0]
    assert hoofbeat("simulate", "-n", 20, "--years", 1, "--cause", "cirrhosis").code == 0


def test_amino_acids_held_at_their_healthy_value_spare_the_skin(hoofbeat) -> None:
    answer = hoofbeat("simulate", "-n", 60, "--years", 8, "--hold", "amino_acids=1", "--json")
    signs = json.loads(answer.out)["signs_when_found"]
    assert signs["Rash"] < 0.05
    assert signs["Diabetes"] > 0.1


def test_another_disease_is_only_data(hoofbeat) -> None:
    assert "pellagra" in hoofbeat("simulate", "pellagra", "-n", 40, "--years", 2).out


def test_a_policy_is_told_as_a_curve(hoofbeat) -> None:
    words = ("policy", "-n", 15, "--years", 6, "--worlds", 1, "--thresholds", "0.1,0.9", "--alike", "tinea")
    answer = hoofbeat(*words, "--before", 0.01, "--json")
    assert answer.code == 0
    curve = json.loads(answer.out)["curve"]
    assert [point["threshold"] for point in curve] == [0.1, 0.9]
    assert curve[0]["tested"][0] >= curve[1]["tested"][0]


@pytest.mark.slow
def test_experiments_say_which_lie_inside(hoofbeat) -> None:
    answer = hoofbeat("simulate", "--experiments", "--json")
    rows = json.loads(answer.out)["experiments"]
    assert answer.code == 0
    assert all(
        row["inside"] == (row["observed"][0] <= row["simulated"] <= row["observed"][1]) for row in rows
    )


@pytest.mark.parametrize(
    "words",
    [
        ("simulate", "no_such_disease"),
        ("simulate", "tinea"),
        ("simulate", "-n", 0),
        ("simulate", "--years", -1),
        ("simulate", "--processes", 0),
        ("simulate", "--do", "leeches"),
        ("simulate", "--cut", "L99"),
        ("simulate", "--cause", "octreotide"),
        ("simulate", "--fix", "nothing=1"),
        ("simulate", "--fix", "aa_half=much"),
        ("simulate", "--fix", "aa_half=-3"),
        ("simulate", "--fix", "aa_half=nan"),
        ("simulate", "--fix", "male=1.2"),
        ("simulate", "--hold", "moon=1"),
        ("simulate", "--hold", "rash=1"),
        ("simulate", "--hold", "zinc=low"),
        ("simulate", "--share", 2),
        ("simulate", "--window", 0, "--do", "octreotide"),
        ("simulate", "--years", "nan"),
        ("simulate", "--out", "here", "--as", "trajectories", "--every", 0),
        ("simulate", "--out", "here", "--as", "papyrus"),
        ("simulate", "--tables", "stone"),
        ("simulate", "--when", "never"),
        ("policy", "--thresholds", "often"),
        ("policy", "--worlds", 0),
        ("policy", "--before", 2),
        ("policy", "--alike", "no_such_disease", "-n", 5, "--years", 1),
    ],
)
def test_a_misuse_is_one_message_with_a_remedy(hoofbeat, words, monkeypatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    answer = hoofbeat(*words)
    assert answer.code in {2, 3}
    assert answer.out == ""
    assert answer.err.startswith("error: ")
    assert "Try:" in answer.err


def test_a_cohort_and_one_patient_are_drawn(hoofbeat, tmp_path: Path) -> None:
    answer = hoofbeat("simulate", "glucagonoma", "-n", "20", "--years", "1", "--plots", tmp_path)
    assert answer.code == 0
    drawn = {path.name for path in tmp_path.glob("*.svg")}
    assert {"glucagon_bands.svg", "glucagon_course.svg", "rash_bands.svg"} <= drawn
    assert len(drawn) == int(answer.out.split()[0])
