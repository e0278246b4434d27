"""A page for each of the first people: what stands on it, what does not, and when it is there."""

from __future__ import annotations

import datetime as dt
import hashlib
import html
import json
import re

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from hoofbeat.apps.cli import application
from hoofbeat.diagnosis import explain
from hoofbeat.errors import InputError, SweepError, UsageError
from hoofbeat.sweep import Place, add_pages, person_pages, read_worklist, sweep

CHANCE = re.compile(r"\d of 100|per million|in a million|%")


def ill(folder):
    """Records of somebody with a name, a note and several findings; and of somebody with one."""
    seen = {"observation_period_start_date": dt.date(2010, 1, 1)}
    seen |= {"observation_period_end_date": dt.date(2020, 1, 1)}
    who = {"gender_concept_id": 8532, "year_of_birth": 1960, "person_source_value": "Secret, Ada"}
    lines = [
        (71, "43116000", "2016-01-01"),
        (71, "43116000", "2017-01-01"),
        (71, "89362005", "2017-02-03"),
        (71, "Mrs Secret of Somewhere", "2017-05-06"),
        (72, "89362005", "2018-01-01"),
    ]
    value = {"measurement_id": 9, "person_id": 71, "measurement_concept_id": 0, "value_as_number": 9.25}
    value |= {"measurement_date": dt.date(2017, 3, 4), "measurement_source_value": "718-7"}
    tables = {
        "person": [who | {"person_id": n} for n in (71, 72)],
        "observation_period": [seen | {"person_id": n} for n in (71, 72)],
        "condition_occurrence": [
            {"condition_occurrence_id": n, "person_id": person, "condition_concept_id": 0}
            | {"condition_start_date": dt.date.fromisoformat(day), "condition_source_value": code}
            for n, (person, code, day) in enumerate(lines, 500)
        ],
        "measurement": [value | {"unit_concept_id": 0, "unit_source_value": "g/dL"}],
    }
    folder.mkdir()
    for name, rows in tables.items():
        pq.write_table(pa.Table.from_pylist(rows), folder / f"{name}.parquet")
    return folder


def run(*words):
    return CliRunner().invoke(application(), ["sweep", *map(str, words)])


def words_of(path):
    text = re.sub(r"(?s)<style>.*?</style>|<svg.*?</svg>", "", path.read_text(encoding="utf-8"))
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", text)).split())


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The same two people with numbers and without."""
    folder = tmp_path_factory.mktemp("pages")
    cdm = ill(folder / "cdm")
    for numbers in ("on", "off"):
        words = ("--omop", cdm, "--out", folder / numbers, "--pages", 5, "--numbers", numbers, "--threads", 1)
        done = run(*words)
        assert done.exit_code == 4, done.output  # tables are missing
        (folder / f"{numbers}.txt").write_text(done.stdout, encoding="utf-8")
    return folder


def test_there_is_a_page_for_everybody_on_a_short_list(pages):
    assert sorted(p.name for p in (pages / "on/pages").iterdir()) == ["0001.html", "0002.html"]


def test_a_page_says_what_it_is_made_from_and_decides_nothing(pages):
    told = words_of(pages / "on/pages/0001.html")
    assert "Person 71: consider Glucagonoma" in told
    assert "coded records alone" in told
    assert "Nothing is decided" in told
    assert "Not cleared or certified as a medical device" in told


def test_every_row_of_the_evidence_stands_with_date_table_and_row(pages):
    told = words_of(pages / "on/pages/0001.html")
    lines = (pages / "on/evidence.jsonl").read_text(encoding="utf-8").splitlines()
    rows = [r for r in map(json.loads, lines) if r["rank"] == 1 and r["table"]]
    assert len(rows) >= 4
    for row in rows:
        assert f"{row['date']} {row['table']} {row['row_id']} {row['record']}" in told
    assert "Low haemoglobin: 9.25 g/dL" in told


def test_points_of_a_page_sum_to_the_score(pages):
    text = (pages / "on/pages/0001.html").read_text(encoding="utf-8")
    points = re.findall(r'data-column="Points">(?:<span class="\w+">)?([+-][\d.]+)', text)
    listed = read_worklist(pages / "on")[0]
    assert sum(map(float, points)) == pytest.approx(listed["score"] / 1000, abs=0.01 * len(points))
    assert f"Points together: {listed['score'] / 1000:+.2f}" in words_of(pages / "on/pages/0001.html")


def test_names_and_notes_are_on_no_page(pages):
    for path in pages.glob("*/pages/*.html"):
        assert "Secret" not in path.read_text(encoding="utf-8")


def test_without_numbers_there_is_no_chance_and_there_are_no_points(pages):
    told = words_of(pages / "off/pages/0001.html")
    assert "Points" not in told
    assert not CHANCE.search(told.split("What was given Findings")[0])
    assert "without chances and points" in told
    assert CHANCE.search(words_of(pages / "on/pages/0001.html").split("What was given Findings")[0])
    assert not re.search(r"chance|[+-]\d+\.\d", (pages / "off.txt").read_text(encoding="utf-8"))
    assert "chance about" in (pages / "on.txt").read_text(encoding="utf-8")


def test_a_page_needs_nothing_from_elsewhere(pages):
    text = (pages / "on/pages/0001.html").read_text(encoding="utf-8")
    assert not re.search(r"<script|<link|src=\"(?!data:)", text)


def test_the_manifest_knows_the_pages(pages):
    files = json.loads((pages / "on/manifest.json").read_text(encoding="utf-8"))["files"]
    page = (pages / "on/pages/0001.html").read_bytes()
    assert files["pages/0001.html"] == hashlib.sha256(page).hexdigest()
    assert len(read_worklist(pages / "on")) == 2


def test_the_case_of_a_page_is_the_one_of_the_chance(tmp_path):
    result = sweep("glucagonoma", Place(omop=ill(tmp_path / "cdm"), threads=1), tmp_path)
    page = person_pages(result, 1)[0]
    told = explain(page.case, "glucagonoma", setting=page.setting).disease
    assert (told.chance, told.low, told.high) == page.listed[4:7]
    assert page.case.findings[0].label
    with pytest.raises(UsageError):
        person_pages(result, 0)


def test_pages_of_another_list_do_not_stay(tmp_path):
    place = Place(omop=ill(tmp_path / "cdm"), threads=1)
    sweep("glucagonoma", place, tmp_path, chances=False)
    add_pages(tmp_path, {"0001.html": "a", "0002.html": "b"})
    add_pages(tmp_path, {"0001.html": "c"})
    assert [p.name for p in (tmp_path / "pages").iterdir()] == ["0001.html"]
    assert read_worklist(tmp_path)
    sweep("glucagonoma", place, tmp_path, chances=False)
    assert not (tmp_path / "pages").exists()
    assert not any(
        n.startswith("pages") for n in json.loads((tmp_path / "manifest.json").read_text())["files"]
    )


def test_a_changed_page_is_noticed(tmp_path):
    sweep("glucagonoma", Place(omop=ill(tmp_path / "cdm"), threads=1), tmp_path, chances=False)
    add_pages(tmp_path, {"0001.html": "a"})
    (tmp_path / "pages/0001.html").write_text("b")
    with pytest.raises(InputError, match="not the one"):
        read_worklist(tmp_path)


def test_pages_are_added_to_a_finished_list_only(tmp_path):
    with pytest.raises(SweepError, match="no finished sweep"):
        add_pages(tmp_path, {"0001.html": "a"})
    assert not (tmp_path / "pages").exists()


def test_pages_broken_off_leave_no_half_set(tmp_path, monkeypatch):
    sweep("glucagonoma", Place(omop=ill(tmp_path / "cdm"), threads=1), tmp_path, chances=False)

    class Broken(dict):
        def items(self):
            yield "0001.html", "a"
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        add_pages(tmp_path, Broken())
    assert not (tmp_path / "pages").exists()
    assert len(read_worklist(tmp_path)) == 2
