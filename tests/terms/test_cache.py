"""The cache: made once, shared by all, never half."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from hoofbeat.terms import cache_folder, cached

ROWS = {"rows": np.arange(5000, dtype=np.float64), "flags": np.array([True, False])}


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HOOFBEAT_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache"


def make() -> tuple[dict[str, np.ndarray], dict[str, str]]:
    return ROWS, {"said": "words"}


def fail() -> tuple[dict[str, np.ndarray], dict[str, str]]:
    raise AssertionError("made a second time")


def test_the_folder_named_in_the_environment_is_used(folder: Path) -> None:
    assert cache_folder() == folder


def test_a_table_is_made_once_and_read_back_the_same() -> None:
    cached("table", "1", make)
    arrays, words = cached("table", "1", fail)
    assert words == {"said": "words"}
    assert all((arrays[name] == ROWS[name]).all() for name in ROWS)
    assert not arrays["rows"].flags.writeable


def test_another_key_is_another_table() -> None:
    cached("table", "1", make)
    with pytest.raises(AssertionError, match="second time"):
        cached("table", "2", fail)


@pytest.mark.parametrize("damage", ["cut", "gone", "words"])
def test_a_damaged_table_is_made_again(folder: Path, damage: str) -> None:
    cached("table", "1", make)
    if damage == "cut":
        file = folder / "table-1" / "rows.npy"
        file.write_bytes(file.read_bytes()[:1000])
    elif damage == "gone":
        (folder / "table-1" / "rows.npy").unlink()
    else:
        (folder / "table-1" / "complete.json").write_text("{", encoding="utf-8")
    arrays, _ = cached("table", "1", make)
    assert (arrays["rows"] == ROWS["rows"]).all()
    assert cached("table", "1", fail)


def test_a_folder_that_cannot_be_used_is_done_without(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder.parent.joinpath("file").write_text("", encoding="utf-8")
    monkeypatch.setenv("HOOFBEAT_CACHE", str(folder.parent / "file" / "below"))
    monkeypatch.setattr("tempfile.tempdir", str(folder.parent))
    arrays, _ = cached("table", "1", make)
    assert (arrays["rows"] == ROWS["rows"]).all()


def test_several_processes_at_once_leave_one_sound_table(folder: Path) -> None:
    code = (
        "import numpy as np; from hoofbeat.terms import cached;"
        "a, _ = cached('table', '1', lambda: ({'rows': np.arange(200000.0)}, {}));"
        "assert (a['rows'] == np.arange(200000.0)).all()"
    )
    running = [subprocess.Popen([sys.executable, "-c", code]) for _ in range(4)]
    assert [process.wait() for process in running] == [0, 0, 0, 0]
    assert [path.name for path in folder.iterdir()] == ["table-1"]
