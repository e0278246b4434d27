"""Who called a hook: the signed token of a record system, checked against keys the server was given."""

from __future__ import annotations

import json
import time
from functools import lru_cache
from pathlib import Path
from typing import Any

from starlette.requests import Request

from hoofbeat.apps.web.options import ServeOptions
from hoofbeat.apps.web.refusals import Refusal
from hoofbeat.errors import UsageError

# asymmetric only: a shared secret would let the reader of a token make one
_ALGORITHMS = ("ES256", "ES384", "RS256", "RS384")
_LEEWAY, _LONGEST = 30, 600
# tokens already used, with the time they end; numbers of tokens, nothing of a patient
_USED: dict[str, float] = {}


def check_signed(request: Request, options: ServeOptions) -> None:
    """Raise Refusal unless the call is signed by a known system; where none is configured, ask nothing."""
    if not options.cds_issuers:
        return
    jwt = _library()
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token:
        raise _unproven("no signed token was sent")
    if not options.known_address:
        raise _unproven("this server was not told its own address, so that no token can be meant for it")
    try:
        issuer = str(jwt.decode(token, options={"verify_signature": False}).get("iss", ""))
        key = _key(jwt, options.cds_issuers, issuer, jwt.get_unverified_header(token).get("kid"))
        told = jwt.decode(
            token,
            key,
            algorithms=list(_ALGORITHMS),
            audience=_audiences(request, options),
            issuer=issuer,
            leeway=_LEEWAY,
            options={"require": ["iss", "aud", "exp", "iat", "jti"]},
        )
    except jwt.PyJWTError as fault:
        # the kind of fault tells an administrator what to mend; the token itself stays out
        raise _unproven(type(fault).__name__) from None
    _once(f"{issuer} {told['jti']}", float(told["exp"]), float(told["iat"]))


def _audiences(request: Request, options: ServeOptions) -> list[str]:
    """Return the addresses that a token may name: this service and the list of services.

    What the request calls the server counts only where the gate has checked it: any caller can write a Host.
    """
    base = options.base(str(request.base_url))
    here = base + request.url.path.lstrip("/")
    return [here, here.removesuffix("/feedback"), base + "cds-services"]


def _once(number: str, ends: float, begins: float) -> None:
    now = time.time()
    for old in [n for n, end in _USED.items() if end + _LEEWAY < now]:
        del _USED[old]
    if number in _USED:
        raise _unproven("the token was used before")
    if ends - begins > _LONGEST:
        raise _unproven(f"the token lives for more than {_LONGEST} seconds")
    _USED[number] = ends


def _key(jwt: Any, file: str, issuer: str, kid: str | None) -> Any:
    known = _issuers(file).get(issuer)
    if known is None:
        raise _unproven("the issuer is not known here")
    keys = jwt.PyJWKSet.from_dict(known).keys
    for key in keys:
        if kid is None or key.key_id == kid:
            return key
    raise _unproven("the issuer has no such key")


@lru_cache(maxsize=4)
def _issuers(file: str) -> dict[str, Any]:
    """Return the key sets by issuer: {"https://ehr.example.org": {"keys": […]}}; none is ever fetched."""
    try:
        data = json.loads(Path(file).read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise UsageError(
            f"{file} is not a JSON file of issuers", remedy="see the guide on record systems"
        ) from fault
    if not isinstance(data, dict) or not all(isinstance(v, dict) and "keys" in v for v in data.values()):
        raise UsageError(f"{file} does not name keys by issuer", remedy="see the guide on record systems")
    return data


def _library() -> Any:
    try:
        import jwt
    except ModuleNotFoundError as fault:
        raise UsageError(
            "Signed calls need PyJWT, which is not installed", remedy="pip install 'pyjwt[crypto]'"
        ) from fault
    return jwt


def _unproven(how: str) -> Refusal:
    return Refusal(
        401,
        "not-proven",
        f"The call does not prove who sent it: {how}",
        remedy="sign it as CDS Hooks 2.0 says, with a key that this server was given",
        headers={"www-authenticate": "Bearer"},
    )
