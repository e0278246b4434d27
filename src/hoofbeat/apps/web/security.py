"""Who may come in: the right host, the same origin, the token."""

from __future__ import annotations

import hashlib
import hmac
from http.cookies import CookieError, SimpleCookie
from urllib.parse import quote, urlsplit

from starlette.datastructures import MutableHeaders
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hoofbeat.apps.web.limits import FHIR, FORM, JSON, LINES, content_type, parsed, replayed, whole_body
from hoofbeat.apps.web.options import ServeOptions, is_loopback
from hoofbeat.apps.web.refusals import Refusal

COOKIE = "hoofbeat"
# what anyone may see without a token: whether the server lives, how to come in, what it looks like; a SMART
# launch is proven by the record system that was named when the server was started
_OPEN = ("/health", "/enter", "/static/", "/favicon.ico", "/smart/")
_SAFE = ("GET", "HEAD", "OPTIONS")
_PROGRAMS = ("/api/", "/cds-services")
# CDS Hooks have their own proof of who asks, where one is configured; discovery is public by its standard
_SIGNED = "/cds-services"


def pass_of(token: str) -> str:
    """Return what the cookie holds: a proof that the token was known, from which it cannot be told."""
    return hmac.new(token.encode(), b"hoofbeat page", hashlib.sha256).hexdigest()


def same(given: str, wanted: str) -> bool:
    """True if two secrets are equal; takes as long for any that are not."""
    return hmac.compare_digest(given.encode(), wanted.encode())


class Gate:
    """Lets a request in if its host, origin, token, size and kind of body are as they should be."""

    def __init__(self, app: ASGIApp, options: ServeOptions) -> None:
        self.app, self.options = app, options

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, with its body read, or refuse it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        if self._from_elsewhere(scope, headers):
            origin = headers[b"origin"]
            if scope["method"] == "OPTIONS":
                scope["told_route"] = "preflight"
                await Response(status_code=204, headers=_shared(origin))(scope, receive, send)
                return
            send = _sharing(send, origin)
        try:
            _check_path(scope)
            self._check_host(headers)
            if not self._may_enter(scope["path"], headers):
                await self._turn_away(scope, receive, send, headers)
                return
            if scope["method"] not in _SAFE:
                self._check_origin(scope, headers)
                body = await whole_body(scope, receive, self.options)
                if scope["method"] == "POST":  # any other is refused for its method
                    self._check_kind(scope["path"], body, headers)
                receive = replayed(body, receive)
        except Refusal as refused:
            await self._refuse(refused, scope, receive, send)
            return
        await self.app(scope, receive, send)

    def _from_elsewhere(self, scope: Scope, headers: dict[bytes, bytes]) -> bool:
        """Whether a page of a named other origin calls CDS Hooks, as the standard lets it."""
        origin = headers.get(b"origin", b"").decode("latin-1")
        return scope["path"].startswith(_SIGNED) and origin in self.options.cds_origins

    async def _refuse(self, refused: Refusal, scope: Scope, receive: Receive, send: Send) -> None:
        scope["told_route"] = f"refused: {refused.body.kind}"
        await refused.response()(scope, receive, send)

    def _check_host(self, headers: dict[bytes, bytes]) -> None:
        """A page of another site cannot reach a local server by giving it a name of its own."""
        if not self.options.local:
            return
        host = headers.get(b"host", b"").decode("latin-1")
        name = host[: host.rfind("]") + 1] if host.startswith("[") else host.partition(":")[0]
        # a proxy in front may pass on the name that people know
        if not is_loopback(name) and name.lower() != urlsplit(self.options.address).hostname:
            raise Refusal(
                421,
                "wrong-host",
                "This server answers only to localhost and 127.0.0.1",
                why="A web page elsewhere could otherwise reach it under a name of its own.",
                remedy="open the address that hoofbeat serve printed",
            )

    def _check_origin(self, scope: Scope, headers: dict[bytes, bytes]) -> None:
        """Only our own pages may post; programs send neither of the two headers."""
        if self._from_elsewhere(scope, headers):
            return
        origin = headers.get(b"origin", b"").decode("latin-1")
        host = headers.get(b"host", b"").decode("latin-1")
        ours = f"{scope['scheme']}://{host}"
        site = headers.get(b"sec-fetch-site")
        # a form sends the origin "null" because our pages send no referrer; then the browser's own word
        # on where it comes from decides, or else that a cookie bound to this site came with it
        proven = site == b"same-origin" or (site is None and bool(self.options.token))
        told = urlsplit(self.options.address)
        fitting = origin in ("", ours, f"{told.scheme}://{told.netloc}") or (origin == "null" and proven)
        if site not in (None, b"same-origin", b"none") or not fitting:
            raise Refusal(
                403,
                "other-origin",
                "The request comes from another web site",
                why="Only the pages of this server may send it a case.",
                remedy="use the page itself, or a program that is no web browser",
            )

    def _may_enter(self, path: str, headers: dict[bytes, bytes]) -> bool:
        token = self.options.token
        if not token or path.startswith(_OPEN):
            return True
        if path.startswith(_SIGNED) and self.options.cds_issuers:
            return True
        kind, _, given = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        if kind.lower() == "bearer":
            return same(given.strip(), token)
        return same(_cookie(headers), pass_of(token))

    async def _turn_away(
        self, scope: Scope, receive: Receive, send: Send, headers: dict[bytes, bytes]
    ) -> None:
        wants_page = b"text/html" in headers.get(b"accept", b"") and not scope["path"].startswith(_PROGRAMS)
        if wants_page and scope["method"] in _SAFE:
            scope["told_route"] = "turned away"
            answer: Response = RedirectResponse(f"/enter?to={quote(scope['path'])}", status_code=303)
            await answer(scope, receive, send)
            return
        refused = Refusal(
            401,
            "no-token",
            "The token is missing or wrong",
            why="This server can be reached from other computers.",
            remedy="send it as Authorization: Bearer …, or open the page and type it",
            headers={"www-authenticate": "Bearer"},
        )
        await self._refuse(refused, scope, receive, send)

    def _check_kind(self, path: str, body: bytes, headers: dict[bytes, bytes]) -> None:
        given = content_type(headers)
        allowed: tuple[str, ...]
        if path.startswith(_PROGRAMS):
            allowed = (JSON, FHIR, LINES) if path == "/api/rank" else (JSON, FHIR)
        else:
            allowed = (FORM,)
        if given not in allowed and (body or given):
            raise Refusal(
                415,
                "wrong-content-type",
                "The body is not of a kind that is read here",
                remedy="send Content-Type: " + " or ".join(allowed),
            )
        if given in (JSON, FHIR):
            parsed(body, self.options.deepest)


def _shared(origin: bytes) -> dict[str, str]:
    """Headers that let a page of one other origin read an answer."""
    return {
        "access-control-allow-origin": origin.decode("latin-1"),
        "access-control-allow-methods": "GET, POST",
        "access-control-allow-headers": "authorization, content-type",
        "vary": "origin",
    }


def _sharing(send: Send, origin: bytes) -> Send:
    async def out(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).update(_shared(origin))
        await send(message)

    return out


def _check_path(scope: Scope) -> None:
    raw = scope.get("raw_path", b"") or scope["path"].encode()
    path = scope["path"]
    parts = path.replace("\\", "/").split("/")
    if ".." in parts or "\0" in path or b"%2f" in raw.lower() or "\\" in path:
        raise Refusal(
            400,
            "bad-path",
            "The address leads outside the pages of this server",
            remedy="start again at /",
        )


def _cookie(headers: dict[bytes, bytes]) -> str:
    try:
        found = SimpleCookie(headers.get(b"cookie", b"").decode("latin-1")).get(COOKIE)
    except CookieError:
        return ""
    return found.value if found else ""
