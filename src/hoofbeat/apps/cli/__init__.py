"""The command line: one file a command, the same words as the library."""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

# each command's module only declares its options; the work is imported when it runs
from hoofbeat.apps.cli import (
    bench,
    check,
    cite,
    explain,
    fit,
    leaflet,
    pathway,
    policy,
    rank,
    read,
    report,
    serve,
    show,
    simulate,
    sweep,
    terms,
)
from hoofbeat.apps.cli import next as next_command

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


def _version(shown: bool) -> None:
    if shown:
        from hoofbeat import __version__

        typer.echo(f"hoofbeat {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    del version


for module in (
    rank,
    explain,
    next_command,
    read,
    pathway,
    report,
    leaflet,
    simulate,
    policy,
    sweep,
    serve,
    show,
    cite,
    terms,
    check,
    fit,
    bench,
):
    module.add(app)


def main() -> None:
    """Run the command line; every fault becomes one message and an exit code."""
    from hoofbeat.errors import HoofbeatError

    try:
        try:
            app()
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


__all__ = ["app", "main"]
