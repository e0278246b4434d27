"""The outermost layer: headers that every answer carries, and one log line for each request."""

from __future__ import annotations

import time
from collections.abc import Callable, MutableMapping
from typing import Any

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hoofbeat.apps.web.refusals import Refusal, unexpected
from hoofbeat.apps.web.text_log import LOG, place_of

POLICY = (
    "default-src 'self'; base-uri 'none'; object-src 'none'; form-action 'self'; frame-ancestors 'none'; "
    "img-src 'self' data:"
)
HEADERS = {
    "content-security-policy": POLICY,
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=(), browsing-topics=()",
}
# assets hold nothing of anyone and may be kept; everything else may not
_ASSETS = "/static/"
_YEAR = 365 * 86_400


class Outside:
    """Sets the headers, and writes method, kind of page, status, time and size: no path, query or body."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        shown: Callable[[Request, Refusal], Response],
        crowded: Callable[[], bool],
        encrypted: bool = False,
    ) -> None:
        self.app, self.shown, self.crowded, self.encrypted = app, shown, crowded, encrypted

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        started, seen = time.perf_counter(), {"status": 0, "bytes": 0}

        async def out(message: Message) -> None:
            if message["type"] == "http.response.start":
                seen["status"] = message["status"]
                self._complete(MutableHeaders(scope=message), scope)
            else:
                seen["bytes"] += len(message.get("body", b""))
            await send(message)

        try:
            await self.app(scope, receive, out)
        except Exception as fault:  # noqa: BLE001 (nothing of a case may reach a log)
            LOG.error("fault", extra={"told": {"kind": type(fault).__name__, "place": place_of(fault)}})
            if not seen["status"]:
                await self.shown(Request(scope), unexpected())(scope, receive, out)
        finally:
            _log(scope, seen, 1000 * (time.perf_counter() - started))

    def _complete(self, headers: MutableHeaders, scope: Scope) -> None:
        for name, value in HEADERS.items():
            headers.setdefault(name, value)
        asset = scope["path"].startswith(_ASSETS)
        kept = f"private, max-age={_YEAR}, immutable" if asset else "no-store"
        headers.setdefault("cache-control", kept)
        if self.encrypted:
            headers.setdefault("strict-transport-security", f"max-age={_YEAR}")
        if self.crowded():  # the next request of this connection goes to whichever process is free
            headers.setdefault("connection", "close")
        if "server" in headers:
            del headers["server"]


def _log(scope: MutableMapping[str, Any], seen: dict[str, int], milliseconds: float) -> None:
    route = scope.get("route")
    told = {
        "method": scope["method"],
        # the pattern of the route, never the path: somebody may have typed a finding into the address
        "route": getattr(route, "path", "") or scope.get("told_route", "other"),
        "status": seen["status"],
        "ms": round(milliseconds, 1),
        "bytes": seen["bytes"],
    }
    LOG.info("request", extra={"told": told})
