"""hoofbeat next: what is worth asking, looking at, testing or trying next."""

from __future__ import annotations

from typing import Annotated, Literal, cast

import typer

from hoofbeat.apps.cli.options import File, Json, Numbers, OldTerms, Reader, Setting, numbers_on, print_json


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("next")(next_command)


def next_command(
    file: File = "-",
    json: Json = False,
    setting: Setting = None,
    mode: Annotated[
        str,
        typer.Option(
            "--mode",
            "-m",
            metavar="narrow|rule-in|rule-out",
            help="narrow the whole list, or find what speaks most for, or against, one disease.",
        ),
    ] = "narrow",
    disease: Annotated[
        str | None,
        typer.Option(
            "--disease", "-d", help="The disease to rule in or out; else the grave one that matters most."
        ),
    ] = None,
    budget: Annotated[
        str | None, typer.Option("--budget", metavar="low|medium|high", help="Nothing that costs more.")
    ] = None,
    here: Annotated[
        bool,
        typer.Option("--here", help="Only what can be done, or its sample taken, in this setting today."),
    ] = False,
    numbers: Numbers = "on",
    replace_old_terms: OldTerms = False,
) -> None:
    """What to do next: questions before tests before biopsies, each with what its results would change.

    Without a setting a dermatology clinic is assumed.

    Example: hoofbeat next --setting dermatology examples/published_patient.yaml
    """
    from hoofbeat.apps.cli.next_text import next_text
    from hoofbeat.diagnosis import next_steps
    from hoofbeat.reports import without_thresholds

    shown = numbers_on(numbers)
    reader = Reader(file, replace_old_terms=replace_old_terms)
    for case in reader:
        found = next_steps(
            case,
            setting=setting,
            mode=cast("Literal['narrow', 'rule-in', 'rule-out']", mode),
            disease=disease,
            budget=cast("Literal['low', 'medium', 'high'] | None", budget),
            here=here,
        )
        if json:
            print_json(found if shown else without_thresholds(found.model_dump(mode="json")))
        else:
            typer.echo(next_text(found, numbers=shown))
    reader.finish()
