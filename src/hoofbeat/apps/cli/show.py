"""hoofbeat show: a disease as prose and tables, every number with its source."""

from __future__ import annotations

from typing import Annotated

import typer

from hoofbeat.apps.cli.options import Json, Numbers, numbers_on, print_json


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("show")(show)


def show(
    disease: Annotated[
        str | None, typer.Argument(help="A slug, id, alias or name; without it, the models are listed.")
    ] = None,
    json: Json = False,
    numbers: Numbers = "on",
) -> None:
    """What is known of a disease: as prose and tables, every number with where it comes from.

    Example: hoofbeat show glucagonoma
    """
    from hoofbeat.apps.cli.disease_text import background_text, disease_text, listing
    from hoofbeat.errors import UnknownTerm
    from hoofbeat.knowledge import find_disease, find_entry, load_annotations, load_knowledge

    shown, knowledge = numbers_on(numbers), load_knowledge()
    if disease is None:
        rows = [{"slug": d.slug, "id": d.id, "name": d.name} for d in knowledge.diseases.values()]
        if json:
            print_json(rows)
        else:
            typer.echo(listing(knowledge))
        return
    try:
        found = find_disease(knowledge, disease)
    except UnknownTerm:
        if ":" not in disease:
            raise
        entry = find_entry(disease)
        if json:
            annotations = load_annotations()
            rows_of = [row._asdict() for row in annotations.rows(entry)]
            print_json({**annotations.entries[entry]._asdict(), "rows": rows_of})
        else:
            typer.echo(background_text(entry, numbers=shown))
        return
    if json:
        print_json(found)
    else:
        typer.echo(disease_text(found, knowledge, numbers=shown))
