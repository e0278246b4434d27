"""hoofbeat cite: the sources behind a disease, or one source."""

from __future__ import annotations

from typing import Annotated

import typer

from hoofbeat.apps.cli.options import Json, print_json


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("cite")(cite)


def cite(
    what: Annotated[str, typer.Argument(help="A disease, or the key of a source.")],
    json: Json = False,
) -> None:
    """Which sources a disease rests on, what each was used for, and how it was read.

    Example: hoofbeat cite glucagonoma
    """
    from hoofbeat.apps.cli.disease_text import citation
    from hoofbeat.knowledge import find_disease, load_knowledge, source_keys

    knowledge = load_knowledge()
    keys = [what] if what in knowledge.sources else list(source_keys(find_disease(knowledge, what)))
    sources = [knowledge.sources[key] for key in keys if key in knowledge.sources]
    if json:
        print_json(sources)
        return
    for source in sources:
        typer.echo(f"[{source.key}] {citation(knowledge, source.key)}")
        typer.echo(f"    {source.design}; {source.size or 'size not stated'}. Used for: {source.used_for}")
        for number, statement in source.statements.items():
            typer.echo(f"    {number} {statement.verdict}: {statement.says}")
