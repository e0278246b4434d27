"""The cache: made once, shared by all, never half."""

from __future__ import annotations

import errno
import os
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


# Read back from the disk


def counted(times: list[int]):
    """A builder that notes each time it is asked."""

    def build():
        times.append(1)
        return make()

    return build


def mapped(array: np.ndarray) -> np.memmap | None:
    """The memory map that an array looks into, if any."""
    while array is not None and not isinstance(array, np.memmap):
        array = array.base
    return array


def test_even_the_first_answer_is_mapped_from_the_file(folder):
    times = []
    for _ in range(3):
        arrays, words = cached("table", "1", counted(times))
        assert set(arrays) == set(ROWS)
        for name, array in arrays.items():
            assert Path(mapped(array).filename) == folder / "table-1" / f"{name}.npy"
            assert array.dtype == ROWS[name].dtype
            assert np.array_equal(array, ROWS[name])
        assert words == {"said": "words"}
    assert times == [1]


def test_a_table_cannot_be_written_to_by_its_reader():
    arrays, _ = cached("table", "1", make)
    with pytest.raises(ValueError, match="read-only"):
        arrays["rows"][0] = 7


@pytest.mark.parametrize(
    "array",
    [
        np.array([]),
        np.zeros((0, 3)),
        np.array(3.0),
        np.arange(6).reshape(2, 3),
        np.asfortranarray(np.arange(6).reshape(2, 3)),
        np.array(["a", "bcd"]),
    ],
    ids=["empty", "no rows", "one number", "square", "by columns", "words"],
)
def test_an_array_of_any_shape_is_made_once(array):
    cached("shape", "1", lambda: ({"x": array}, {}))
    arrays, _ = cached("shape", "1", fail)
    assert (arrays["x"].shape, arrays["x"].dtype) == (array.shape, array.dtype)
    assert np.array_equal(arrays["x"], array)


def test_tables_of_one_key_and_other_names_stay_apart():
    cached("one", "1", lambda: ({"x": np.array([1])}, {}))
    cached("two", "1", lambda: ({"x": np.array([2])}, {}))
    assert [cached(name, "1", fail)[0]["x"][0] for name in ("one", "two")] == [1, 2]


# Damage


@pytest.mark.parametrize("file", ["rows.npy", "flags.npy", "complete.json"])
@pytest.mark.parametrize("left", [0, 1, 9, 40, 100, 127, 128, -1])
def test_a_file_cut_short_is_made_again_once(folder, file, left):
    cached("table", "1", make)
    path = folder / "table-1" / file
    whole = path.read_bytes()
    path.write_bytes(whole[: min(left, len(whole) - 1)])
    times = []
    for _ in range(2):
        arrays, words = cached("table", "1", counted(times))
        assert np.array_equal(arrays["rows"], ROWS["rows"])
        assert words == {"said": "words"}
    assert times == [1]
    assert path.read_bytes() == whole
    assert [p.name for p in folder.iterdir()] == ["table-1"]


@pytest.mark.parametrize("text", ["[]", "null", "{}", '{"arrays": 3, "words": {}}', "\udcff"])
def test_a_note_of_contents_that_says_nothing_is_made_again(folder, text):
    cached("table", "1", make)
    (folder / "table-1" / "complete.json").write_bytes(text.encode(errors="surrogateescape"))
    times = []
    cached("table", "1", counted(times))
    cached("table", "1", counted(times))
    assert times == [1]


@pytest.mark.parametrize(
    "other", [np.arange(4999.0), np.arange(5000), np.arange(5000.0) + 1, np.arange(5000.0)[::-1]]
)
def test_a_file_of_another_table_is_not_taken_for_this_one(folder, other):
    cached("table", "1", make)
    np.save(folder / "table-1" / "rows.npy", other)
    arrays, _ = cached("table", "1", make)
    assert np.array_equal(arrays["rows"], ROWS["rows"])
    assert cached("table", "1", fail)


def test_a_file_in_the_place_of_the_table_gives_way(folder):
    cache_folder()
    (folder / "table-1").write_text("in the way", encoding="utf-8")
    cached("table", "1", make)
    assert cached("table", "1", fail)
    assert (folder / "table-1").is_dir()


def test_a_build_that_fails_leaves_nothing(folder):
    with pytest.raises(AssertionError, match="second time"):
        cached("table", "1", fail)
    assert list(folder.iterdir()) == []


# Several processes


@pytest.mark.parametrize("before", ["nothing", "damaged"])
def test_two_processes_that_write_at_once_leave_one_sound_table(folder, tmp_path, before):
    if before == "damaged":
        cached("table", "1", make)
        (folder / "table-1" / "rows.npy").write_bytes(b"")
    # neither has finished building before both have begun: so both write
    code = """
import os, sys, time
from pathlib import Path
import numpy as np
from hoofbeat.terms import cached

def build():
    here = Path(sys.argv[1])
    (here / f"begun-{os.getpid()}").touch()
    give_up = time.monotonic() + 20
    while len(list(here.glob("begun-*"))) < 2:
        assert time.monotonic() < give_up, "the other process never began"
        time.sleep(0.001)
    return {"rows": np.arange(5000.0), "flags": np.array([True, False])}, {"said": "words"}

arrays, words = cached("table", "1", build)
assert np.array_equal(arrays["rows"], np.arange(5000.0))
assert words == {"said": "words"}
"""
    running = [subprocess.Popen([sys.executable, "-c", code, str(tmp_path)]) for _ in range(2)]
    assert [process.wait() for process in running] == [0, 0]
    assert len(list(tmp_path.glob("begun-*"))) == 2
    assert [path.name for path in folder.iterdir()] == ["table-1"]
    arrays, words = cached("table", "1", fail)
    assert all(np.array_equal(arrays[name], ROWS[name]) for name in ROWS)
    assert words == {"said": "words"}


# Where the cache is


def test_what_is_made_lies_in_the_folder_named_in_the_environment(folder):
    assert not folder.exists()
    cached("table", "1", make)
    assert {p.name for p in (folder / "table-1").iterdir()} == {"rows.npy", "flags.npy", "complete.json"}


def test_another_folder_is_another_cache(tmp_path, monkeypatch):
    cached("table", "1", make)
    monkeypatch.setenv("HOOFBEAT_CACHE", str(tmp_path / "elsewhere" / "deep"))
    times = []
    cached("table", "1", counted(times))
    assert times == [1]
    assert (tmp_path / "elsewhere" / "deep" / "table-1").is_dir()


@pytest.mark.parametrize("given", [None, ""])
def test_with_no_folder_named_it_is_that_of_the_user(tmp_path, monkeypatch, given):
    monkeypatch.delenv("HOOFBEAT_CACHE")
    if given is not None:
        monkeypatch.setenv("HOOFBEAT_CACHE", given)
    monkeypatch.setattr("platformdirs.user_cache_dir", lambda name: str(tmp_path / "of the user" / name))
    assert cache_folder() == tmp_path / "of the user" / "hoofbeat"
    assert cache_folder().is_dir()


@pytest.fixture
def read_only(folder, tmp_path, monkeypatch) -> Path:
    """The cache folder may be read but not written, even where the tests run as root."""
    folder.mkdir(exist_ok=True)
    allowed = os.access
    monkeypatch.setattr("os.access", lambda path, mode: Path(path) != folder and allowed(path, mode))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    return folder


def test_where_the_folder_is_read_only_a_temporary_one_serves(read_only, tmp_path):
    assert cache_folder().parent == tmp_path / "temporary"
    times = []
    for _ in range(2):
        arrays, words = cached("table", "1", counted(times))
        assert np.array_equal(arrays["rows"], ROWS["rows"])
        assert words == {"said": "words"}
    assert times == [1]
    assert list(read_only.iterdir()) == []


def test_a_table_in_a_read_only_folder_is_read(folder, request):
    cached("table", "1", make)
    request.getfixturevalue("read_only")
    arrays, _ = cached("table", "1", fail)
    assert Path(mapped(arrays["rows"]).filename).is_relative_to(folder)


def test_where_the_disk_is_full_memory_serves(folder, monkeypatch):
    def full(*_, **__):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("numpy.save", full)
    arrays, words = cached("table", "1", make)
    assert np.array_equal(arrays["rows"], ROWS["rows"])
    assert words == {"said": "words"}
    assert list(folder.iterdir()) == []
