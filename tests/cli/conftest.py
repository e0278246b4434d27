"""The command line, run within the test process: quick, and with every exit code and both streams."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import NamedTuple

import pytest

from hoofbeat.apps.cli import main


class Answer(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def hoofbeat(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., Answer]:
    """Run a command as a shell would and return exit code, standard output and standard error."""

    def run(*words: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["hoofbeat", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            main()
        out, err = capsys.readouterr()
        code = end.value.code
        return Answer(code if isinstance(code, int) else 0, out, err)

    return run
