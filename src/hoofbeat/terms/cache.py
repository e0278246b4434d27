"""Compiled tables on disk: built once, memory-mapped ever after, shared by every process."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

Arrays = dict[str, npt.NDArray[Any]]
_DONE = "complete.json"
_ENDS = 512
# Two or three installations may share a folder; more tables of one name are leftovers.
KEPT = 4


def cache_folder() -> Path:
    """Folder for compiled tables: HOOFBEAT_CACHE, else the user's cache folder, else a temporary one."""
    folder = _preferred_folder()
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    return _temporary_folder()


def _preferred_folder() -> Path:
    given = os.environ.get("HOOFBEAT_CACHE")
    if given:
        return Path(given)
    from platformdirs import user_cache_dir

    return Path(user_cache_dir("hoofbeat"))


def _temporary_folder() -> Path:
    """Folder of this user among the temporary files; never one that somebody else has put there."""
    user = os.getuid() if hasattr(os, "getuid") else 0
    folder = Path(tempfile.gettempdir()) / f"hoofbeat-{user}"
    with suppress(OSError):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if folder.is_symlink() or (hasattr(os, "getuid") and folder.stat().st_uid != user):
            return Path(tempfile.mkdtemp(prefix="hoofbeat-"))
    return folder


def cached(
    name: str, key: str, build: Callable[[], tuple[Arrays, Mapping[str, Any]]]
) -> tuple[Arrays, dict[str, Any]]:
    """Return the arrays (memory-mapped, read-only) and the words of a compiled table.

    name: what it is; key: changes whenever its inputs or its format change. The table is written to a
    temporary folder and renamed, so that two processes starting at once cannot see half of it; a table
    that cannot be read is built again.
    """
    table = f"{name}-{key}"
    # a folder that may only be read can still hold a table, as in an image of a server
    found = _read(_preferred_folder() / table) or _read(cache_folder() / table)
    if found is None:
        arrays, words = build()
        folder = cache_folder() / table
        _write(folder, arrays, words)
        _forget_old(name, keep=folder)
        # where the disk is full, work from memory
        found = _read(folder) or (arrays, dict(words))
    return found


def _forget_old(name: str, *, keep: Path) -> None:
    """Remove all but the newest tables of this name: each change of a model leaves one behind."""
    with suppress(OSError):
        found = [f for f in keep.parent.iterdir() if f.name.startswith(f"{name}-") and f != keep]
        for old in sorted(found, key=lambda f: f.stat().st_mtime, reverse=True)[KEPT - 1 :]:
            shutil.rmtree(old, ignore_errors=True)


def _read(folder: Path) -> tuple[Arrays, dict[str, Any]] | None:
    try:
        done = json.loads((folder / _DONE).read_bytes())
        arrays: Arrays = {}
        for name, about in done["arrays"].items():
            # a plain array over the same memory: slicing a memmap costs ten times as much
            arrays[name] = np.asarray(np.load(folder / f"{name}.npy", mmap_mode="r", allow_pickle=False))
            if _about(arrays[name]) != about:
                return None
        return arrays, dict(done["words"])
    except (OSError, ValueError, KeyError, TypeError, EOFError, AttributeError):
        return None


def _about(array: npt.NDArray[Any]) -> list[Any]:
    """Shape, kind and a check of both ends: what a write that was cut short would have changed."""
    ends = np.r_[array.reshape(-1)[:_ENDS], array.reshape(-1)[-_ENDS:]]
    return [list(array.shape), array.dtype.str, crc32(ends.tobytes())]


def _write(folder: Path, arrays: Arrays, words: Mapping[str, Any]) -> None:
    try:
        work = Path(tempfile.mkdtemp(prefix=".building-", dir=folder.parent))
    except OSError:
        return
    try:
        for name, array in arrays.items():
            np.save(work / f"{name}.npy", array, allow_pickle=False)
        about = {name: _about(array) for name, array in arrays.items()}
        (work / _DONE).write_text(json.dumps({"arrays": about, "words": dict(words)}), encoding="utf-8")
        _put(work, folder)
    except OSError:
        pass
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _put(work: Path, folder: Path) -> None:
    """Rename a finished table into place, unless another process has put a sound one there meanwhile."""
    try:
        work.replace(folder)
    except OSError:
        if _read(folder) is not None:
            return
        # what is there is damaged: move it aside in one step, so that nobody meets half a table
        aside = Path(tempfile.mkdtemp(prefix=".damaged-", dir=folder.parent))
        try:
            folder.replace(aside / "table")
            work.replace(folder)
        finally:
            shutil.rmtree(aside, ignore_errors=True)
