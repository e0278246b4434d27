"""A server in this process, and cases to ask it about."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("fastapi", reason="the page is not installed: pip install 'hoofbeat[web]'")

from hoofbeat.apps.web import ServeOptions, create_app

BASE = "http://127.0.0.1:8765"


def client_of(options: ServeOptions | None = None) -> Any:
    from starlette.testclient import TestClient

    return TestClient(create_app(options), base_url=BASE, raise_server_exceptions=False)


@pytest.fixture(scope="session")
def client() -> Iterator[Any]:
    with client_of() as made:
        yield made


@pytest.fixture(scope="session")
def served_with() -> Any:
    """Make a server with options of its own; to be used in a with statement."""
    return client_of


@pytest.fixture
def case() -> dict[str, Any]:
    return {
        "age": 62,
        "sex": "female",
        "findings": [
            "skin erosion",
            {"is": "weight loss", "since": "1 year"},
            "diabetes mellitus",
            "glossitis",
        ],
    }


@pytest.fixture(scope="session")
def chart() -> dict[str, Any]:
    """An invented chart: a rash named eczema, weight loss, new diabetes, and one steroid after another."""
    return json.loads((Path(__file__).parent / "chart.json").read_text())
