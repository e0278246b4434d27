"""A sweep may be killed at any moment: the next one ends with the same bytes, and no half list is shown."""

from __future__ import annotations

import hashlib
import random
import subprocess
import sys
import time

import pytest

from hoofbeat.errors import InputError, SweepError
from hoofbeat.sweep import Place, read_worklist, sweep
from hoofbeat.sweep.engines import Engine

SCRIPT = """
import sys
from pathlib import Path
from hoofbeat.sweep import Place, sweep
print("begin", flush=True)
sweep("glucagonoma", Place(omop=Path(sys.argv[1]), threads=1), Path(sys.argv[2]), top=30, chances=False)
"""


def marks(out):
    return [hashlib.sha256((out / n).read_bytes()).hexdigest() for n in ("worklist.csv", "evidence.csv")]


@pytest.mark.slow
def test_killed_at_any_moment_the_next_run_ends_the_same(made_up, tmp_path):
    whole, out = tmp_path / "whole", tmp_path / "out"
    start = time.perf_counter()
    sweep("glucagonoma", Place(omop=made_up, threads=1), whole, top=30, chances=False)
    length = time.perf_counter() - start
    moments = random.Random(5)  # noqa: S311 (moments, not secrets)
    for _ in range(4):
        command = [sys.executable, "-c", SCRIPT, str(made_up), str(out)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as run:
            run.stdout.readline()
            time.sleep(moments.uniform(0.2, 1.2) * length)
            run.kill()
        if not (out / "manifest.json").exists():
            with pytest.raises(SweepError, match="no finished sweep"):
                read_worklist(out)
    sweep("glucagonoma", Place(omop=made_up, threads=1), out, top=30, chances=False)
    assert marks(out) == marks(whole)
    assert len(read_worklist(out)) == 30


def test_what_was_finished_is_not_done_again(made_up, tmp_path, monkeypatch):
    place, made = Place(omop=made_up, threads=1), []
    create = Engine._create
    monkeypatch.setattr(Engine, "_create", lambda *of: (made.append(of[1]), create(*of)))
    first = sweep("glucagonoma", place, tmp_path, top=10, chances=False, keep=True)
    # of the tables that grow with the records
    large = ("_rows", "_marks", "_scores")
    assert [name.endswith(large) for name in made].count(True) >= 3
    made.clear()
    again = sweep("glucagonoma", place, tmp_path, top=10, chances=False)
    assert again.people == first.people
    assert not any(name.endswith(large) for name in made)


def test_a_file_that_was_changed_is_noticed(made_up, tmp_path):
    sweep("glucagonoma", Place(omop=made_up, threads=1), tmp_path, top=5, chances=False)
    (tmp_path / "worklist.csv").write_text("rank\n")
    with pytest.raises(InputError, match="not the one the sweep wrote"):
        read_worklist(tmp_path)
