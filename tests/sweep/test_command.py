"""The words of the command line."""

from __future__ import annotations

import json

from typer.testing import CliRunner

from hoofbeat.apps.cli import application
from hoofbeat.errors import UsageError

ECZEMA = 101


def run(*arguments):
    return CliRunner().invoke(application(), ["sweep", *map(str, arguments)])


def test_a_sweep_prints_the_first_and_where_the_rest_is(records, tmp_path):
    folder = records.person(1).condition(1, ECZEMA, "2015-01-01").write(whole=True)
    done = run("--omop", folder, "--out", tmp_path / "out", "--top", 12, "--threads", 2)
    assert done.exit_code == 0, done.output
    assert not done.stderr
    assert "1. person 1," in done.stdout
    assert "consider" in done.stdout
    assert (tmp_path / "out" / "worklist.csv").exists()
    assert not (tmp_path / "out" / ".work").exists()


def test_an_index_is_made_and_used(made_up, tmp_path):
    made = run("prepare", tmp_path / "index", "--omop", made_up)
    assert made.exit_code == 4, made.output  # somebody has no year of birth
    assert "all are new" in made.stdout
    assert "1 people without year of birth" in made.stderr
    done = run("--index", tmp_path / "index", "--out", tmp_path / "out", "--top", 2, "--json")
    assert done.exit_code == 4
    assert json.loads(done.stdout)["complete"] is True


def test_a_problem_in_the_records_gives_the_code_4(records, tmp_path):
    folder = records.person(1, born=None).condition(1, ECZEMA, "2015-01-01").write()
    done = run("--omop", folder, "--out", tmp_path / "out")
    assert done.exit_code == 4
    assert "1 people without year of birth" in done.stderr
    assert (tmp_path / "out" / "manifest.json").exists()


def test_what_is_missing_is_said_and_gives_the_code_4(records, tmp_path):
    folder = records.person(1).condition(1, ECZEMA, "2015-01-01").write()
    done = run("--omop", folder, "--out", tmp_path / "out")
    assert done.exit_code == 4
    assert "warning: there is no table measurement" in done.stderr


def test_a_file_where_the_results_belong_is_refused(records, tmp_path):
    folder = records.person(1).condition(1, ECZEMA, "2015-01-01").write()
    done = run("--omop", folder, "--out", folder / "person.parquet")
    assert isinstance(done.exception, UsageError)
    assert "There is a file of that name" in str(done.exception)


def test_a_password_on_the_command_line_is_not_repeated(tmp_path):
    done = run("--database", "postgresql://bob:s3cret@h/db", "--out", tmp_path / "out")
    assert isinstance(done.exception, UsageError)
    assert "s3cret" not in done.output + str(done.exception)
    assert "environment variable" in str(done.exception)


def test_show_prints_what_is_looked_for():
    shown = run("show", "glucagonoma")
    assert shown.exit_code == 0
    assert "Consider Glucagonoma" in shown.stdout
