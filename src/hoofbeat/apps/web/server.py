"""hoofbeat serve: listens, warns of what is unsafe, and stops without cutting anyone off."""

from __future__ import annotations

import asyncio
import socket
import sys
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import h11
import uvicorn
from starlette.responses import Response
from uvicorn.protocols.http.h11_impl import H11Protocol

from hoofbeat.apps.web.headers import HEADERS
from hoofbeat.apps.web.options import ServeOptions
from hoofbeat.apps.web.refusals import Refusal

# seconds that requests under way are given when the server is stopped
GRACE = 10
# connections that are open at once, of all processes, and of one at least
_CONNECTIONS, _FEWEST = 200, 50


class Impatient(H11Protocol):
    """Closes a connection on which a request is begun and does not arrive, the first as well as any later.

    Headers could otherwise be dribbled for ever. Between two requests uvicorn's own limit for a quiet
    connection holds. What is refused before the application sees it is refused in the documented shape.
    """

    seconds = 10.0
    _waiting: asyncio.TimerHandle | None = None

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        # uvicorn's own refusal is a line of text without our headers
        self._most, self.limit_concurrency = self.limit_concurrency, None
        self._application, self.app = self.app, self._in_room

    def connection_made(self, transport: Any) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        line = transport.get_extra_info("socket")
        # asyncio does so itself, but not where processes share a socket: short answers then take 40 ms more
        if line is not None and line.family in (socket.AF_INET, socket.AF_INET6):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Go on with what arrived: uvicorn waits no longer for it to begin, so that we wait for its end."""
        super().data_received(data)
        if not self._under_way():
            self._watch()

    def handle_events(self) -> None:
        """Read what arrived; once the headers are there, the application keeps the time."""
        super().handle_events()
        if self._under_way():
            self._stop()

    def _under_way(self) -> bool:
        """Whether the headers of a request are whole, and its answer is not."""
        cycle: Any = self.cycle  # nothing until the first request
        return cycle is not None and not cycle.response_complete

    def _watch(self) -> None:
        if self._waiting is None and not self.transport.is_closing():
            self._waiting = self.loop.call_later(self.seconds, self._too_slow)

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _too_slow(self) -> None:
        self._waiting = None
        what = f"The request did not arrive within {self.seconds:g} seconds"
        if not self._under_way():
            self._refuse(Refusal(408, "too-slow", what, remedy="send it again, in one piece"))

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP."""
        self._refuse(Refusal(400, "not-http", msg.rstrip("."), remedy="ask as HTTP/1.1 says"))

    def _refuse(self, refused: Refusal) -> None:
        """Answer, unless an answer was begun to what this belongs to, and close."""
        if self.transport.is_closing():
            return
        if self.conn.our_state in (h11.IDLE, h11.SEND_RESPONSE):
            told = _closing(refused)
            head = [b"HTTP/1.1 %d %s" % (refused.status, HTTPStatus(refused.status).phrase.encode())]
            head += [name + b": " + value for name, value in told.raw_headers]
            self.transport.write(b"\r\n".join([*head, b"", bytes(told.body)]))
        self.transport.close()

    async def _in_room(self, scope: Any, receive: Any, send: Any) -> None:
        """Pass a request on, unless as many connections are open as are held at once."""
        most = self._most
        if most is None or max(len(self.connections), len(self.tasks)) <= most:
            await self._application(scope, receive, send)
            return
        refused = Refusal(
            503,
            "busy",
            "More connections are open than this server holds at once",
            remedy="try again in a moment",
            headers={"retry-after": "5"},
        )
        await _closing(refused)(scope, receive, send)


def _closing(refused: Refusal) -> Response:
    """Return an answer that the layers of the application will not see, with the headers they set."""
    answer = refused.response()
    answer.headers.update({**HEADERS, "cache-control": "no-store", "connection": "close"})
    return answer


def serve(options: ServeOptions) -> None:
    """Serve until stopped. Raises UsageError for options that would be unsafe."""
    options = replace(options.checked(), workers=options.processes)
    options.to_environment()
    _greet(options)
    config = uvicorn.Config(
        "hoofbeat.apps.web.app:app_from_environment",
        factory=True,
        host=options.host,
        port=options.port,
        workers=options.workers,
        ssl_certfile=options.certificate or None,
        ssl_keyfile=options.key or None,
        http=Impatient,
        loop="hoofbeat.apps.web.sharing:InTurn" if options.workers > 1 else "asyncio",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        date_header=True,
        proxy_headers=False,
        # together; a process whose share is full says so at once
        limit_concurrency=max(_FEWEST, _CONNECTIONS // options.workers),
        backlog=256,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=GRACE,
        h11_max_incomplete_event_size=32_768,
    )
    if options.workers > 1:
        from uvicorn.supervisors import Multiprocess

        Multiprocess(config, sockets=[config.bind_socket()]).run()
    else:
        uvicorn.Server(config).run()


def _greet(options: ServeOptions) -> None:
    shown = f"[{options.host}]" if ":" in options.host else options.host
    out = sys.stderr.write
    out(f"hoofbeat is at {options.scheme}://{shown}:{options.port}/ (Ctrl+C stops it)\n")
    if options.local:
        return
    out("warning: other computers can reach this server; everyone needs the token.\n")
    if not options.certificate:
        out(
            "warning: without TLS, what is typed crosses the network in the open.\n"
            "  Try: --certificate and --key, or a proxy with TLS in front of 127.0.0.1\n"
        )
