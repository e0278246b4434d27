"""hoofbeat rank: the differential of one case, or of many."""

from __future__ import annotations

from typing import Annotated

import typer

from hoofbeat.apps.cli.options import (
    File,
    Json,
    LeaveOut,
    Numbers,
    OldTerms,
    Reader,
    Seed,
    Setting,
    numbers_on,
    print_json,
)


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("rank")(rank)


def rank(
    file: File = "-",
    json: Json = False,
    setting: Setting = None,
    top: Annotated[int, typer.Option("--top", "-n", min=1, max=40, help="How many diseases to print.")] = 10,
    why: Annotated[bool, typer.Option("--why", help="Print the reasons of the first disease too.")] = False,
    numbers: Numbers = "on",
    seed: Seed = 1,
    leave_out: LeaveOut = None,
    within: Annotated[
        list[str] | None,
        typer.Option(
            "--within",
            metavar="DISEASE|GENE",
            help="Let only this disease, or those of this gene, compete; may be repeated.",
        ),
    ] = None,
    replace_old_terms: OldTerms = False,
) -> None:
    """What could this be: diseases in order, with their chance, its range and what speaks for each.

    Example: hoofbeat rank --setting dermatology examples/published_patient.yaml
    """
    from hoofbeat.apps.cli.text import ranking_text
    from hoofbeat.diagnosis import rank as rank_case
    from hoofbeat.reports import without_chances

    shown = numbers_on(numbers)
    reader = Reader(file, replace_old_terms=replace_old_terms)
    for case in reader:
        ranking = rank_case(
            case,
            setting=setting,
            top=top,
            why=why or json,
            seed=seed,
            leave_out=tuple(leave_out or ()),
            within=tuple(within or ()),
        )
        if json:
            print_json(ranking if shown else without_chances(ranking.model_dump(mode="json")))
        else:
            typer.echo(ranking_text(ranking, numbers=shown, why=why, source=file))
    reader.finish()
