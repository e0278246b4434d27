"""hoofbeat serve: listens, warns of what is unsafe, and stops without cutting anyone off."""

from __future__ import annotations

import asyncio
import json
import socket
import sys
from dataclasses import replace
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from hoofbeat.apps.web.options import ServeOptions
from hoofbeat.apps.web.refusals import Refusal

# seconds that requests under way are given when the server is stopped
GRACE = 10
# connections that are open at once, of all processes, and of one at least
_CONNECTIONS, _FEWEST = 200, 50


class Impatient(H11Protocol):
    """Closes a connection whose first request does not arrive: its headers could otherwise be dribbled."""

    seconds = 10.0
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        """Begin to wait."""
        super().connection_made(transport)
        line = transport.get_extra_info("socket")
        # asyncio does so itself, but not where processes share a socket: short answers then take 40 ms more
        if line is not None and line.family in (socket.AF_INET, socket.AF_INET6):
            line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._waiting = self.loop.call_later(self.seconds, self._too_slow)

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting."""
        self._stop()
        super().connection_lost(exc)

    def handle_events(self) -> None:
        """Go on with what arrived; once the headers are there, the application keeps the time."""
        super().handle_events()
        if self._begun():
            self._stop()

    def _begun(self) -> bool:
        cycle: Any = self.cycle  # nothing until the headers of a request are whole
        return cycle is not None

    def _stop(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _too_slow(self) -> None:
        if not self._begun() and not self.transport.is_closing():
            refused = Refusal(
                408,
                "too-slow",
                f"The request did not arrive within {self.seconds:g} seconds",
                remedy="send it again, in one piece",
            )
            body = json.dumps(refused.as_json()).encode()
            head = b"HTTP/1.1 408 Request Timeout\r\ncontent-type: application/json\r\nconnection: close\r\n"
            self.transport.write(head + b"content-length: %d\r\n\r\n" % len(body) + body)
            self.transport.close()


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
