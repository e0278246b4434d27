"""Where cases and texts are read from: a path, a stream or bytes, and one message for what cannot be read."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from hoofbeat.cases import read_bytes
from hoofbeat.errors import UsageError


def test_bytes_a_file_and_a_stream_say_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "case.yaml"
    path.write_bytes(b"age: 3")
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"age: 3")))
    assert read_bytes(b"age: 3", "a case") == (b"age: 3", "")
    assert read_bytes(str(path), "a case") == (b"age: 3", str(path))
    assert read_bytes("-", "a case") == (b"age: 3", "standard input")


@pytest.mark.parametrize(
    ("name", "says"),
    [("", "is a folder"), ("none.yaml", "There is no file"), ("x" * 5000, "cannot be read"), ("\0", "name")],
)
def test_what_cannot_be_read_is_one_short_message_with_a_remedy(tmp_path: Path, name: str, says: str) -> None:
    with pytest.raises(UsageError, match=says) as fault:
        read_bytes(f"{tmp_path}/{name}", "a text")
    assert fault.value.remedy
    assert len(str(fault.value)) < 500


def test_a_folder_is_refused_with_what_was_wanted(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as fault:
        read_bytes(tmp_path, "a text")
    assert fault.value.why == "A text is read from a file."
