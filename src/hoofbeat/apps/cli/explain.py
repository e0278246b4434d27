"""hoofbeat explain: why one disease stands where it stands."""

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
    app.command("explain")(explain)


def explain(
    file: File,
    disease: Annotated[
        str, typer.Argument(help="A slug, id, alias or name: glucagonoma, ORPHA:97280.")
    ] = "glucagonoma",
    json: Json = False,
    setting: Setting = None,
    numbers: Numbers = "on",
    seed: Seed = 1,
    leave_out: LeaveOut = None,
    replace_old_terms: OldTerms = False,
) -> None:
    """Why: each finding for and against one disease, what was not asked, and what else would explain it.

    Example: hoofbeat explain examples/published_patient.yaml glucagonoma
    """
    from hoofbeat.apps.cli.text import explanation_text
    from hoofbeat.diagnosis import explain as explain_case
    from hoofbeat.reports import without_chances

    shown = numbers_on(numbers)
    reader = Reader(file, replace_old_terms=replace_old_terms)
    for case in reader:
        found = explain_case(case, disease, setting=setting, seed=seed, leave_out=tuple(leave_out or ()))
        if json:
            print_json(found if shown else without_chances(found.model_dump(mode="json")))
        else:
            typer.echo(explanation_text(found, numbers=shown))
    reader.finish()
