"""The command line: one file a command, the same words as the library."""

from __future__ import annotations

import gc
import os
import sys
from importlib import import_module
from typing import Annotated

import typer

# in the order of the help; each is a module that only declares its options, and imports the work when it runs
COMMANDS = (
    "rank",
    "explain",
    "next",
    "read",
    "pathway",
    "report",
    "leaflet",
    "simulate",
    "policy",
    "sweep",
    "serve",
    "show",
    "cite",
    "terms",
    "check",
    "fit",
    "bench",
)


def application(*words: str) -> typer.Typer:
    """Return the application with the commands named, or with all: declaring them takes time at a start."""
    app = typer.Typer(
        name="hoofbeat",
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
        help="From what is known of one patient to a ranked, explained, cited list of what it could be.\n\n"
        "Not cleared or certified as a medical device; for research and education. "
        "Everything runs on this computer.",
    )
    app.callback()(_root)
    for word in words or COMMANDS:
        import_module(f"hoofbeat.apps.cli.{word}").add(app)
    return app


def _version(shown: bool) -> None:
    if shown:
        from hoofbeat import __version__

        typer.echo(f"hoofbeat {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    del version


def main() -> None:
    """Run the command line; every fault becomes one message and an exit code."""
    from hoofbeat.errors import HoofbeatError

    # what is read at the start lives to the end, and looking through it again and again takes a fifth of it
    gc.set_threshold(100_000, 20, 20)
    try:
        try:
            application(*(word for word in sys.argv[1:2] if word in COMMANDS))()
        finally:
            sys.stdout.flush()  # here, where a pipe that nobody reads is no fault, and not as Python ends
    except HoofbeatError as fault:
        sys.stderr.write(f"error: {fault}\n")
        sys.exit(fault.exit_code)
    except BrokenPipeError:
        _nobody_reads()
    except SystemExit as end:
        # click has met the closed pipe first, and made a failure of it
        if isinstance(end.__context__, BrokenPipeError):
            _nobody_reads()
        raise
    except KeyboardInterrupt:
        sys.stderr.write("stopped\n")
        sys.exit(130)


def _nobody_reads() -> None:
    """End well: the reader of the pipe has seen enough. What is still to be written goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(0)


__all__ = ["COMMANDS", "application", "main"]
