"""hoofbeat serve: the page, the JSON interface and CDS Hooks, on this computer."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from hoofbeat.apps.cli.options import Numbers, numbers_on

# the web does not know the command line, nor the other way round: the server is started by its name
_SERVER = "hoofbeat.apps.web"


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("serve")(serve)


def serve(
    host: Annotated[
        str, typer.Option("--host", help="Where to listen; another than 127.0.0.1 needs a token.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", "-p", min=0, max=65535, help="The port.")] = 8765,
    certificate: Annotated[
        str, typer.Option("--certificate", metavar="FILE", help="TLS certificate (PEM).")
    ] = "",
    key: Annotated[str, typer.Option("--key", metavar="FILE", help="Its private key (PEM).")] = "",
    numbers: Numbers = "on",
    workers: Annotated[
        int,
        typer.Option(
            "--workers", "-w", min=0, max=32, help="Processes that answer; 0: one a core, at most 4."
        ),
    ] = 0,
    address: Annotated[
        str,
        typer.Option(
            "--address",
            metavar="ADDRESS",
            envvar="HOOFBEAT_ADDRESS",
            help="Where others reach it, if not where it listens: https://your.host.",
        ),
    ] = "",
    cds_issuers: Annotated[
        str,
        typer.Option(
            "--cds-issuers", metavar="FILE", help="Keys of the record systems whose signed calls are taken."
        ),
    ] = "",
    cds_origin: Annotated[
        list[str] | None,
        typer.Option(
            "--cds-origin",
            metavar="ADDRESS",
            help="A web page elsewhere that may call CDS Hooks; may be repeated.",
        ),
    ] = None,
    smart_server: Annotated[
        list[str] | None,
        typer.Option(
            "--smart-server",
            metavar="ADDRESS",
            help="A FHIR server that may launch the page; may be repeated.",
        ),
    ] = None,
    smart_client: Annotated[
        str, typer.Option("--smart-client", help="Our client id at the FHIR server.")
    ] = "hoofbeat",
) -> None:
    """Serve the page on this computer: type a case, see what it could be, why, and what to do next.

    Nothing typed is kept, logged or sent on. The token for other addresses is read from HOOFBEAT_TOKEN, so
    that it stands in no list of processes.

    Example: hoofbeat serve --port 8765
    """
    from importlib import import_module

    from hoofbeat.errors import UsageError

    try:
        web = import_module(_SERVER)
        options = web.ServeOptions(
            host=host,
            port=port,
            token=os.environ.get("HOOFBEAT_TOKEN", ""),
            certificate=certificate,
            key=key,
            workers=workers,
            numbers=numbers_on(numbers),
            address=address,
            cds_issuers=cds_issuers,
            cds_origins=tuple(cds_origin or ()),
            smart_servers=tuple(smart_server or ()),
            smart_client=smart_client,
        )
        web.serve(options)
    except ModuleNotFoundError as fault:
        if (fault.name or "").startswith("hoofbeat"):
            raise
        raise UsageError(
            f"The server needs {fault.name}, which is not installed",
            why="It is left out of the small installation because only the page uses it.",
            remedy="pip install 'hoofbeat[web]'",
        ) from fault
