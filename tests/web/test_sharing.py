"""Several processes at one address: one at work leaves new connections to others, and none waits for ever."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from hoofbeat.apps.web import ServeOptions, create_app, sharing
from hoofbeat.apps.web.limits import Work
from hoofbeat.apps.web.sharing import InTurn


@pytest.fixture
def loop():
    made = InTurn()
    yield made
    made.close()


def told(loop, story):
    """Run a story to its end in a thread of its own: a browser's loop may be running in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: loop.run_until_complete(story())).result()


@contextlib.asynccontextmanager
async def listening():
    """A server that says hello to whoever comes, on a free port."""

    async def greet(_, writer):
        writer.write(b"hello\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


async def greeted(port, *, within):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        with contextlib.suppress(TimeoutError):
            return await asyncio.wait_for(reader.readline(), within)
        return b""
    finally:
        writer.close()


def test_one_at_work_takes_no_connection_until_it_is_done(loop, monkeypatch):
    monkeypatch.setattr(sharing, "PATIENCE", 60)

    async def story():
        async with listening() as port:
            with loop.at_work():
                meanwhile = asyncio.ensure_future(greeted(port, within=5))
                await asyncio.sleep(0.1)
                assert not meanwhile.done()
            assert loop.waited
            assert await meanwhile == b"hello\n"
            with loop.at_work():
                pass
            assert not loop.waited
            assert await greeted(port, within=5) == b"hello\n"

    told(loop, story)


def test_one_at_long_work_takes_connections_all_the_same(loop, monkeypatch):
    monkeypatch.setattr(sharing, "PATIENCE", 0.02)

    async def story():
        async with listening() as port:
            with loop.at_work():
                assert await greeted(port, within=5) == b"hello\n"
                assert await greeted(port, within=5) == b"hello\n"

    told(loop, story)


def test_a_listener_closed_while_it_rests_is_left_alone(loop):
    async def story():
        with loop.at_work():
            async with listening() as port:
                with socket.create_connection(("127.0.0.1", port)):
                    await asyncio.sleep(0.05)
        await asyncio.sleep(0)
        return "in order"

    assert told(loop, story) == "in order"


def test_a_process_with_people_waiting_sends_them_on(served_with, monkeypatch):
    with served_with(ServeOptions(workers=2)) as client:
        assert "connection" not in client.get("/health").headers
        monkeypatch.setattr(Work, "crowded", property(lambda _: True))
        assert client.get("/health").headers["connection"] == "close"


def test_one_process_alone_sends_nobody_away(loop):
    async def story():
        loop.waited = True
        return [create_app(ServeOptions(workers=n)).state.work.crowded for n in (1, 2)]

    assert told(loop, story) == [False, True]


def test_how_many_processes_answer(monkeypatch):
    for module in ("options", "sharing"):
        monkeypatch.setattr(f"hoofbeat.apps.web.{module}.usable_cores", lambda: 16)
    assert ServeOptions().processes == sharing.MOST
    assert ServeOptions(workers=7).processes == 7
    # a signed proof must not be used once in each process
    assert ServeOptions(cds_issuers="keys.json").processes == 1
    monkeypatch.setattr("hoofbeat.apps.web.options.usable_cores", lambda: 1)
    assert ServeOptions().processes == 1
