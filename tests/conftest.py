"""What every test may rely on: no settings of the user, no network, the same width of terminal."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

# the first example of a law may compile the ontology: time is no part of a law
settings.register_profile("hoofbeat", deadline=None, print_blob=True)
if "CI" not in os.environ:  # there, Hypothesis chooses its own profile, which repeats exactly
    settings.load_profile("hoofbeat")

_LOOPBACK = ("127.", "::1", "localhost")


def pytest_configure() -> None:
    os.environ.pop("HOOFBEAT_MODELS", None)
    os.environ["NO_COLOR"] = "1"
    os.environ["COLUMNS"] = "100"


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    """A test that connects to another computer fails: data stays local."""
    connect = socket.socket.connect

    def connect_here(self: socket.socket, address: object) -> None:
        far = isinstance(address, tuple) and not str(address[0]).startswith(_LOOPBACK)
        if far and self.family in (socket.AF_INET, socket.AF_INET6):
            raise AssertionError(f"a test tried to reach {address}")
        connect(self, address)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", connect_here)
        yield


@pytest.fixture(scope="session")
def patient() -> Path:
    """A real patient with a glucagonoma, as known at the first visit."""
    return Path(__file__).parents[1] / "examples" / "published_patient.yaml"
