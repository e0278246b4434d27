"""The server as it is started: it listens on this computer, waits for nobody for long, and stops in order."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from hoofbeat.apps.web.server import Impatient


def free_port() -> int:
    with socket.socket() as made:
        made.bind(("127.0.0.1", 0))
        return int(made.getsockname()[1])


@contextlib.contextmanager
def running(*options: str, seconds: float = 1.0, **environment: str) -> Iterator[tuple[Any, int]]:
    """Start `hoofbeat serve` on a free port; a request may take `seconds` to arrive."""
    port = free_port()
    program = (
        "import sys, dataclasses\n"
        "import hoofbeat.apps.web.server as s\n"
        "inner = s.serve\n"
        f"s.serve = lambda o: inner(dataclasses.replace(o, seconds={seconds}))\n"
        "from hoofbeat.apps.cli import main\n"
        "main()\n"
    )
    workers = () if "--workers" in options else ("--workers", "1")
    command = [sys.executable, "-c", program, "serve", "--port", str(port), *workers, *options]
    kept = {k: v for k, v in os.environ.items() if not k.startswith("HOOFBEAT_")}
    child = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env={**kept, **environment})
    try:
        until = time.monotonic() + 30
        while time.monotonic() < until and child.poll() is None:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
                break
            time.sleep(0.05)
        yield child, port
    finally:
        child.kill()
        child.communicate()


def said(port: int, data: bytes, *, wait: float = 5.0) -> bytes:
    """Send bytes, and return all that comes back until the connection is closed."""
    with socket.create_connection(("127.0.0.1", port), wait) as line:
        line.sendall(data)
        parts = []
        with contextlib.suppress(TimeoutError):
            while part := line.recv(65_536):
                parts.append(part)
        return b"".join(parts)


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with running() as (_, found):
        yield found


def test_headers_that_do_not_arrive_are_refused(port):
    answer = said(port, b"POST /api/rank HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow:")
    assert answer.startswith(b"HTTP/1.1 408")
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["error"]["kind"] == "too-slow"


def test_a_body_that_does_not_arrive_is_refused(port):
    head = b"POST /api/rank HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    answer = said(port, head + b"Content-Length: 100\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"too-slow" in answer


def answers(line: socket.socket) -> tuple[bytes, bytes]:
    """The head and the body of one answer on a connection that stays open."""
    data = b""
    while b"\r\n\r\n" not in data:
        data += line.recv(65_536)
    head, _, body = data.partition(b"\r\n\r\n")
    length = next(
        int(x.split(b":")[1]) for x in head.lower().split(b"\r\n") if x.startswith(b"content-length")
    )
    while len(body) < length:
        body += line.recv(65_536)
    return head, body


def dribbled(line: socket.socket, data: bytes, *, seconds: float) -> bytes:
    """Send one byte after another until an answer comes or the other side closes; what came."""
    until = time.monotonic() + seconds
    line.settimeout(0.15)
    for byte in data * 1_000:
        if time.monotonic() > until:
            pytest.fail("the connection was held open")
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            line.sendall(bytes([byte]))
        with contextlib.suppress(TimeoutError, ConnectionResetError):
            return line.recv(65_536)
    return b""


GOOD = b"GET /health HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"


def test_a_later_request_that_is_dribbled_is_refused_too(port):
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        line.sendall(GOOD)
        assert answers(line)[0].startswith(b"HTTP/1.1 200")
        answer = dribbled(line, b"GET /health HTTP/1.1\r\nX-Slow: aaaaaaaaaaaaaaaaaaa", seconds=6)
    assert answer.startswith(b"HTTP/1.1 408")
    assert b"too-slow" in answer


def test_a_body_dribbled_after_its_answer_does_not_hold_the_connection(port):
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        line.sendall(GOOD[:-2] + b"Content-Length: 100000\r\n\r\n")
        assert answers(line)[0].startswith(b"HTTP/1.1 200")
        assert dribbled(line, b"a", seconds=6) == b""


def test_a_quiet_connection_is_kept_for_its_next_request(port):
    with socket.create_connection(("127.0.0.1", port), 5) as line:
        for _ in range(2):
            line.sendall(GOOD)
            assert answers(line)[0].startswith(b"HTTP/1.1 200")
            time.sleep(1.3)  # longer than a request may take to arrive
        line.sendall(GOOD[:20])
        time.sleep(0.3)
        line.sendall(GOOD[20:] + GOOD)  # the rest, and another at once
        assert answers(line)[0].startswith(b"HTTP/1.1 200")


def refusal(answer: bytes) -> dict[str, Any]:
    """The documented error of an answer that bears the headers of every answer."""
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    for wanted in (b"content-type: application/json", b"cache-control: no-store", b"connection: close"):
        assert wanted in lines
    assert any(line.startswith(b"content-security-policy: ") for line in lines)
    return dict(json.loads(body)["error"])


def test_a_request_that_is_none_is_refused_as_documented(port):
    answer = said(port, b"\x16\x03\x01hello\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 400 Bad Request\r\n")
    assert refusal(answer)["kind"] == "not-http"


def test_a_body_that_breaks_the_rules_gets_one_answer(port):
    head = b"POST /api/rank HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    answer = said(port, head + b"Transfer-Encoding: chunked\r\n\r\nnone\r\n")
    assert answer.count(b"content-length") == 1
    assert refusal(answer)["kind"] == "not-http"


def test_more_connections_than_are_held_are_told_so_as_documented(port):
    with contextlib.ExitStack() as held:
        for _ in range(201):
            line = held.enter_context(socket.create_connection(("127.0.0.1", port), 5))
        line.sendall(GOOD)
        head, body = answers(line)
        assert head.startswith(b"HTTP/1.1 503")
        assert refusal(head + b"\r\n\r\n" + body)["kind"] == "busy"
    time.sleep(0.3)
    assert said(port, GOOD[:-2] + b"Connection: close\r\n\r\n").startswith(b"HTTP/1.1 200")


def test_raw_paths_do_not_leave_the_package(port):
    answer = said(
        port,
        b"GET /static/../../../../../../etc/passwd HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n",
    )
    assert b"root:" not in answer
    assert answer.split(b" ", 2)[1] in (b"400", b"404")


def test_it_listens_on_this_computer_alone_and_stops_in_order():
    with running() as (child, port):
        head = f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        assert b'"status":"ok"' in said(port, head.encode())
        child.send_signal(signal.SIGTERM)
        _, log = child.communicate(timeout=20)
    # uvicorn gives the signal back to whoever started it, once everyone has been answered
    assert child.returncode in (0, -signal.SIGTERM)
    lines = [json.loads(line) for line in log.splitlines() if line.startswith("{")]
    assert [line["event"] for line in lines if line["event"] != "request"] == ["starting", "ready", "stopped"]
    assert "hoofbeat is at http://127.0.0.1:" in log
    assert "Traceback" not in log


def test_several_processes_answer_at_once_and_stop_in_order():
    with running("--workers", "2") as (child, port):
        head = f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode()
        with socket.create_connection(("127.0.0.1", port), 20) as line:
            answers = line.makefile("rb")
            for _ in range(9):
                line.sendall(head)
                lines = iter(answers.readline, b"\r\n")
                length = next(int(x.split(b":")[1]) for x in list(lines) if x.startswith(b"content-length"))
                assert b'"status":"ok"' in answers.read(length)
        child.send_signal(signal.SIGTERM)
        _, log = child.communicate(timeout=20)
    told = [json.loads(line)["event"] for line in log.splitlines() if line.startswith("{")]
    assert told.count("ready") == told.count("stopped") == 2
    assert "Traceback" not in log


def test_short_answers_are_not_held_back_until_the_last_was_acknowledged():
    async def story():
        shared = socket.socket()  # as processes share it: of no protocol that asyncio would know
        shared.bind(("127.0.0.1", 0))
        config = uvicorn.Config(lambda: None, lifespan="off")
        config.load()
        here = asyncio.get_running_loop()
        arrived = here.create_future()

        class Arriving(Impatient):
            def connection_made(self, transport):
                super().connection_made(transport)
                arrived.set_result(transport)

        server = await here.create_server(lambda: Arriving(config, ServerState(), {}), sock=shared)
        _, writer = await asyncio.open_connection(*shared.getsockname())
        transport = await arrived
        line = transport.get_extra_info("socket")
        held_back = not line.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
        writer.close()
        transport.close()
        server.close()
        return held_back

    with ThreadPoolExecutor(1) as thread:  # a browser's loop may be running in this one
        assert not thread.submit(lambda: asyncio.run(story())).result()


def test_no_process_outlives_the_one_that_was_killed():
    with running("--workers", "2") as (child, port):
        head = f"GET /health HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        assert b'"status":"ok"' in said(port, head.encode(), wait=20)
        child.kill()
        child.communicate(timeout=30)  # ends when the last of them has let go of the log
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(("127.0.0.1", port), 5)


def test_another_address_without_a_token_is_refused_with_a_remedy():
    with running("--host", "0.0.0.0") as (child, _):  # noqa: S104 (asked for, to be refused or guarded)
        _, log = child.communicate(timeout=20)
    assert child.returncode == 2
    assert "HOOFBEAT_TOKEN" in log


def test_another_address_with_a_token_warns():
    with running("--host", "0.0.0.0", HOOFBEAT_TOKEN="a-token-of-some-length") as (child, port):  # noqa: S104, S106 (made up)
        head = f"GET /api/terms?q=itch HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n\r\n"
        assert said(port, head.encode()).startswith(b"HTTP/1.1 401")
        child.terminate()
        _, log = child.communicate(timeout=20)
    assert "warning: other computers can reach this server" in log
    assert "a-token-of-some-length" not in log
