"""How the server is run: where it listens, who may come in, how much is too much."""

from __future__ import annotations

import ipaddress
import json
import os
import secrets
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from hoofbeat.apps.web.sharing import MOST, usable_cores
from hoofbeat.errors import UsageError

# the options travel to worker processes in the environment; the token has a variable of its own
OPTIONS, TOKEN = "HOOFBEAT_SERVE", "HOOFBEAT_TOKEN"
SHORTEST_TOKEN = 16


@dataclass(frozen=True, slots=True)
class ServeOptions:
    """Everything that `hoofbeat serve` can be told.

    host, port: where to listen. token: asked of everyone; required beyond this computer. certificate, key:
    TLS files. workers: processes that answer; 0 for as many as there are cores, at most four. numbers:
    whether chances are shown unless a request says otherwise. largest: bytes of a body; largest_lines: the
    same for JSON Lines. deepest: levels of JSON. most_fields: fields of a form. seconds: for a request to
    arrive, working: for an answer to be made. at_once: answers made at the same time by a process alone.
    cds_issuers: a JSON file of the record systems whose signed requests are taken (see the guide).
    address: where others reach the server, "https://hoofbeat.example.org", if that is not where it listens:
    signed calls name it, and links lead there. cds_origins: web pages of other origins that may call CDS
    Hooks. smart_servers: FHIR servers that may launch the page; smart_client: our client id there. secret:
    signs what a browser carries during a launch, new at every start.
    """

    host: str = "127.0.0.1"
    port: int = 8765
    token: str = ""
    certificate: str = ""
    key: str = ""
    workers: int = 0
    numbers: bool = True
    largest: int = 1_000_000
    largest_lines: int = 16_000_000
    deepest: int = 40
    most_fields: int = 4_000
    seconds: float = 10.0
    working: float = 30.0
    at_once: int = 2
    address: str = ""
    cds_issuers: str = ""
    cds_origins: tuple[str, ...] = ()
    smart_servers: tuple[str, ...] = ()
    smart_client: str = "hoofbeat"
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def local(self) -> bool:
        """True if only this computer can reach the server."""
        return is_loopback(self.host)

    def base(self, asked: str) -> str:
        """Return the address that others know us by, with a slash: as told, else as a request says."""
        return f"{(self.address or asked).rstrip('/')}/"

    @property
    def known_address(self) -> bool:
        """False if whoever calls decides what the server is called: it is neither told nor checked."""
        return self.local or bool(self.address)

    @property
    def processes(self) -> int:
        """How many processes answer: as told, else one a core, at most four.

        Each holds every model and the ontology, some 130 MB. Where calls have to be signed it is one unless
        told, because each process remembers for itself which proofs were used.
        """
        return self.workers or (1 if self.cds_issuers else min(MOST, usable_cores()))

    @property
    def scheme(self) -> str:
        """Return https where TLS files are given, else http."""
        return "https" if self.certificate else "http"

    def checked(self) -> ServeOptions:
        """Return the options; raise UsageError for what would be unsafe or cannot work."""
        if not self.local and not self.token:
            raise UsageError(
                f"{self.host} can be reached from other computers, and no token is set",
                why="Everyone who can reach the address could read what is typed and ask in your name.",
                remedy=f"set {TOKEN}, for example to {secrets.token_urlsafe(24)}, or listen on 127.0.0.1",
            )
        if self.token and len(self.token) < SHORTEST_TOKEN:
            raise UsageError(
                f"The token has fewer than {SHORTEST_TOKEN} characters",
                why="A short token can be guessed.",
                remedy='python -c "import secrets; print(secrets.token_urlsafe(24))" makes one',
            )
        if bool(self.certificate) != bool(self.key):
            raise UsageError("TLS needs both files", remedy="give --certificate and --key")
        if self.cds_issuers and not self.known_address:
            raise UsageError(
                "Signed calls need to know where others reach the server",
                why="A token made for another server could otherwise be used here, under that server's name.",
                remedy="add --address https://your.host, or listen on 127.0.0.1 behind a proxy",
            )
        for name in (self.certificate, self.key, self.cds_issuers):
            if name and not Path(name).is_file():
                raise UsageError(f"There is no file {name}", remedy="check the name")
        for address in filter(None, (*self.smart_servers, *self.cds_origins, self.address)):
            parts = urlsplit(address)
            if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
                raise UsageError(f"{address!r} is no web address", remedy="write https://host/path")
            if parts.scheme == "http" and not is_loopback(parts.hostname):
                raise UsageError(
                    f"{address} is not encrypted",
                    why="A chart would cross the network in the open.",
                    remedy="use https",
                )
        return self

    def to_environment(self) -> None:
        """Keep the options where a worker process finds them."""
        kept = {name: value for name, value in asdict(self).items() if name != "token"}
        os.environ[OPTIONS] = json.dumps(kept)
        os.environ[TOKEN] = self.token

    @classmethod
    def from_environment(cls) -> ServeOptions:
        """Return the options of the process that started this one, or the defaults."""
        told = json.loads(os.environ.get(OPTIONS, "{}"))
        known = {field.name for field in fields(cls)}
        kept: dict[str, Any] = {
            k: tuple(v) if isinstance(v, list) else v for k, v in told.items() if k in known
        }
        return cls(**kept, token=os.environ.get(TOKEN, ""))


def is_loopback(host: str) -> bool:
    """True for localhost and the loopback addresses.

    >>> [is_loopback(h) for h in ("localhost", "127.0.0.2", "::1", "0.0.0.0", "example.org")]
    [True, True, True, False, False]
    """
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
