"""SMART on FHIR: launched from a record system, the page opens with the chart as proposals to confirm.

This is the only part of the server that talks to another computer: to the record systems named when it was
started, and to no other. The access token is used for one reading of the chart and then forgotten.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import time
from typing import Annotated, Any
from urllib.parse import quote, urlencode, urlsplit

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from hoofbeat.apps.web.case_pages import case_page
from hoofbeat.apps.web.fhir_in import case_from_fhir
from hoofbeat.apps.web.options import ServeOptions, is_loopback
from hoofbeat.apps.web.pressed import Outcome
from hoofbeat.apps.web.proposals import from_chart
from hoofbeat.apps.web.refusals import Refusal
from hoofbeat.apps.web.security import COOKIE, pass_of
from hoofbeat.apps.web.sheet import Sheet
from hoofbeat.errors import Issue

router = APIRouter(include_in_schema=False)
_COOKIE, _MINUTES = "hoofbeat-launch", 10
_READ = ("Condition", "Observation", "MedicationRequest")
# a system that does not grant these still has its chart read, and the page says what is lacking
_HELPFUL = ("DiagnosticReport", "Encounter")
_SCOPE = " ".join(("launch", *(f"patient/{kind}.read" for kind in ("Patient", *_READ, *_HELPFUL))))
_LARGEST, _SECONDS = 8_000_000, 15


@router.get("/smart/launch")
async def launch(
    request: Request,
    iss: Annotated[str, Query(max_length=500)],
    launch: Annotated[str, Query(max_length=2_000)],
) -> Response:
    """Send the browser to the record system for its permission."""
    options = request.app.state.options
    server = _known(options, iss)
    found = await request.app.state.work(_get, f"{server}/.well-known/smart-configuration", "")
    authorize, token = _safe(found.get("authorization_endpoint")), _safe(found.get("token_endpoint"))
    verifier, state = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    asked = {
        "response_type": "code",
        "client_id": options.smart_client,
        "redirect_uri": _callback(request),
        "launch": launch,
        "scope": _SCOPE,
        "state": state,
        "aud": iss,
        "code_challenge": _challenge(verifier),
        "code_challenge_method": "S256",
    }
    answer = RedirectResponse(_with(authorize, asked), status_code=303)
    kept = {
        "verifier": verifier,
        "state": state,
        "token": token,
        "server": server,
        "until": time.time() + 60 * _MINUTES,
    }
    # the record system sends the browser back from its own site, which a strict cookie would not survive
    answer.set_cookie(
        _COOKIE,
        _sealed(kept, options.secret),
        max_age=60 * _MINUTES,
        httponly=True,
        samesite="lax",
        secure=bool(options.certificate),
        path="/smart/",
    )
    return answer


def _with(address: str, asked: dict[str, str]) -> str:
    return f"{address}{'&' if urlsplit(address).query else '?'}{urlencode(asked)}"


def _challenge(verifier: str) -> str:
    """What is told of a secret beforehand (RFC 7636): only who began the launch can end it."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


@router.get("/smart/callback")
async def callback(
    request: Request,
    state: Annotated[str, Query(max_length=200)],
    code: Annotated[str, Query(max_length=4_000)] = "",
) -> Response:
    """Read the chart once, and return the page with what it says as proposals."""
    options = request.app.state.options
    kept = _opened(request.cookies.get(_COOKIE, ""), options.secret)
    if (
        not kept
        or not hmac.compare_digest(str(kept["state"]), state)
        or not code
        or kept["until"] < time.time()
    ):
        raise Refusal(
            400,
            "launch-lost",
            "The launch was not begun here, or took too long",
            remedy="open hoofbeat from the chart again",
        )
    told = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": _callback(request),
        "client_id": options.smart_client,
        "code_verifier": kept["verifier"],
    }
    text = await request.app.state.work(_opened_chart, request, kept, told)
    answer = HTMLResponse(text)
    answer.delete_cookie(_COOKIE, path="/smart/")
    if options.token:
        # who comes from a named record system has proven themselves there
        secure = bool(options.certificate)
        answer.set_cookie(COOKIE, pass_of(options.token), httponly=True, samesite="strict", secure=secure)
    return answer


def _opened_chart(request: Request, kept: dict[str, Any], told: dict[str, str]) -> str:
    granted = _get(kept["token"], "", urlencode(told).encode())
    token, patient = str(granted.get("access_token", "")), str(granted.get("patient", ""))
    if not token or not patient:
        raise Refusal(
            502, "no-chart", "The record system named no patient", remedy="open hoofbeat from a chart"
        )
    server, who = kept["server"], quote(patient, safe="")
    resources = [_get(f"{server}/Patient/{who}", token)]
    resources += [_get(f"{server}/{kind}?patient={who}&_count=200", token) for kind in _READ]
    lacking = []
    for kind in _HELPFUL:
        try:
            resources.append(_get(f"{server}/{kind}?patient={who}&_count=200", token))
        except Refusal:
            lacking.append(kind)
    charted = case_from_fhir(resources, of=patient)
    if lacking:
        said = f"The record system did not give: {', '.join(lacking)}"
        issue = Issue("warning", "not-given", said, "add by hand what matters")
        charted = charted._replace(issues=(*charted.issues, issue))
    if charted.case is None:
        raise Refusal(502, "no-chart", charted.issues[0].message, remedy="open hoofbeat from a chart")
    pasted = from_chart(charted, "chart")
    sheet = Sheet(numbers=request.app.state.options.numbers)
    return case_page(request, sheet, Outcome(said=pasted.said, pasted=pasted), parts=True)


def _known(options: ServeOptions, iss: str) -> str:
    server = iss.rstrip("/")
    if server not in {address.rstrip("/") for address in options.smart_servers}:
        raise Refusal(
            403,
            "unknown-server",
            "That record system is not one of those this server was started with",
            why="A chart is read only from a place that whoever runs this server has named.",
            remedy="start with --smart-server ADDRESS",
        )
    return server


def _safe(address: Any) -> str:
    parts = urlsplit(str(address or ""))
    if parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname or "")):
        return str(address)
    raise Refusal(502, "no-launch", "The record system gives no safe address for its permission")


def _callback(request: Request) -> str:
    return str(request.app.state.options.base(str(request.base_url))) + "smart/callback"


def _get(address: str, token: str, body: bytes | None = None) -> dict[str, Any]:
    """Return JSON of a record system; redirects are not followed, so that only the named one is asked."""
    import urllib.error
    import urllib.request

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    asked = urllib.request.Request(address, data=body, headers={"accept": "application/json"})  # noqa: S310 (named by who runs this server)
    if token:
        asked.add_header("authorization", f"Bearer {token}")
    try:
        opener = urllib.request.build_opener(Stay)
        with opener.open(asked, timeout=_SECONDS) as answer:
            found = json.loads(answer.read(_LARGEST))
    except (urllib.error.URLError, TimeoutError, OSError, ValueError):
        raise Refusal(
            502,
            "no-chart",
            "The record system did not answer as it should",
            remedy="try again from the chart",
        ) from None
    return found if isinstance(found, dict) else {}


def _sealed(kept: dict[str, Any], secret: str) -> str:
    data = base64.urlsafe_b64encode(json.dumps(kept).encode()).decode()
    return f"{data}.{hmac.new(secret.encode(), data.encode(), hashlib.sha256).hexdigest()}"


def _opened(sealed: str, secret: str) -> dict[str, Any] | None:
    data, _, mark = sealed.rpartition(".")
    wanted = hmac.new(secret.encode(), data.encode(), hashlib.sha256).hexdigest()
    if not data or not hmac.compare_digest(mark, wanted):
        return None
    found: dict[str, Any] = json.loads(base64.urlsafe_b64decode(data))
    return found
