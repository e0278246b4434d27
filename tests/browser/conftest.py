"""The page in a real Chromium, with the world outside this computer switched off."""

from __future__ import annotations

import asyncio
import os
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)


def _missing(what: str) -> None:
    """Skip in one clear line; where tests decide over a change, what is missing is a failure."""
    line = f"{what} is not installed; make test brings it where apt and pip may"
    if os.environ.get("CI"):
        pytest.fail(line, pytrace=False)
    pytest.skip(line)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    if CHROMIUM is None:
        _missing("Chromium")
    try:
        from playwright.sync_api import sync_playwright
    except ModuleNotFoundError:
        _missing("playwright")
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def address() -> Iterator[str]:
    """The server in a thread of its own, on a free port."""
    pytest.importorskip("fastapi", reason="the page is not installed: pip install 'hoofbeat[web]'")
    import uvicorn

    from hoofbeat.apps.web import create_app

    config = uvicorn.Config(
        create_app(), host="127.0.0.1", port=0, log_config=None, access_log=False, ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=lambda: asyncio.run(server.serve()), daemon=True)
    thread.start()
    until = time.monotonic() + 60
    while not server.started and time.monotonic() < until:
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(20)


class Watched:
    """A page with what it asked for, and what its console complained of."""

    def __init__(self, page: Any, address: str) -> None:
        self.page, self.address = page, address
        self.asked: list[str] = []
        self.outside: list[str] = []
        self.complaints: list[str] = []
        page.on(
            "console", lambda m: self.complaints.append(m.text) if m.type in ("error", "warning") else None
        )
        page.on("pageerror", lambda fault: self.complaints.append(str(fault)))
        page.on("request", self._seen)
        page.context.route(lambda url: not url.startswith(address), lambda route: route.abort())

    def _seen(self, request: Any) -> None:
        self.asked.append(request.url)
        if not request.url.startswith((self.address, "data:", "blob:", "about:")):
            self.outside.append(request.url)

    def open(self, path: str = "/") -> Any:
        self.page.goto(self.address + path)
        return self.page


@pytest.fixture
def watched(chromium: Any, address: str) -> Iterator[Any]:
    """Open pages of some size and scheme; in the end nothing may have left the computer or complained."""
    kept: list[Watched] = []
    contexts = []

    def make(width: int = 1280, height: int = 900, **options: Any) -> Watched:
        context = chromium.new_context(viewport={"width": width, "height": height}, **options)
        contexts.append(context)
        kept.append(Watched(context.new_page(), address))
        return kept[-1]

    yield make
    for each in kept:
        assert each.outside == []
        assert each.complaints == []
    for context in contexts:
        context.close()


@pytest.fixture(scope="session")
def images() -> Path | None:
    """Where screenshots go when they are wanted: HOOFBEAT_IMAGES=docs/images."""
    wanted = os.environ.get("HOOFBEAT_IMAGES")
    if wanted is None:
        return None
    folder = Path(wanted)
    folder.mkdir(parents=True, exist_ok=True)
    return folder
