"""The words of the command line."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from hoofbeat.apps.cli import application

ECZEMA = 101


def run(*arguments):
    return CliRunner().invoke(application(), ["sweep", *map(str, arguments)])


def test_a_sweep_prints_the_first_and_where_the_rest_is(records, tmp_path):
    folder = records.person(1).condition(1, ECZEMA, "2015-01-01").write()
    done = run("--omop", folder, "--out", tmp_path / "out", "--top", 12, "--threads", 2)
    assert done.exit_code == 0, done.output
    assert "1. person 1," in done.stdout
    assert "consider" in done.stdout
    assert (tmp_path / "out" / "worklist.csv").exists()
    assert not (tmp_path / "out" / ".work").exists()


def test_an_index_is_made_and_used(made_up, tmp_path):
    made = run("prepare", tmp_path / "index", "--omop", made_up)
    assert made.exit_code == 0, made.output
    done = run("--index", tmp_path / "index", "--out", tmp_path / "out", "--top", 2, "--json")
    assert done.exit_code == 4  # somebody has no year of birth
    assert json.loads(done.stdout)["complete"] is True


def test_a_problem_in_the_records_gives_the_code_4(records, tmp_path):
    folder = records.person(1, born=None).condition(1, ECZEMA, "2015-01-01").write()
    done = run("--omop", folder, "--out", tmp_path / "out")
    assert done.exit_code == 4
    assert "1 people without year of birth" in done.stderr
    assert (tmp_path / "out" / "manifest.json").exists()


def test_show_prints_what_is_looked_for():
    shown = run("show", "glucagonoma")
    assert shown.exit_code == 0
    assert "Consider Glucagonoma" in shown.stdout
