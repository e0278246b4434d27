"""hoofbeat terms: what words or an id mean in the ontology."""

from __future__ import annotations

from typing import Annotated

import typer

from hoofbeat.apps.cli.options import Json, print_json


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("terms")(terms)


def terms(
    words: Annotated[list[str], typer.Argument(help="Plain words, or an HPO id.")],
    json: Json = False,
    limit: Annotated[int, typer.Option("--limit", "-n", min=1, max=50, help="How many to list.")] = 8,
) -> None:
    """Which findings words may mean, likeliest first; for an id, what it means.

    Example: hoofbeat terms sore red tongue
    """
    from hoofbeat.errors import UnknownTerm
    from hoofbeat.terms import load_ontology

    onto, said = load_ontology(), " ".join(words)
    if said.upper().startswith("HP:"):
        identifier = said.upper()
        label = onto.label(identifier)
        synonyms = [s.text for s in onto.synonyms(identifier)]
        definition = onto.definition(identifier)
        if json:
            print_json({"id": identifier, "label": label, "definition": definition, "synonyms": synonyms})
        else:
            typer.echo("\n".join(filter(None, [f"{identifier}  {label}", definition, ", ".join(synonyms)])))
        return
    found = onto.search(said, limit=limit)
    if not found:
        raise UnknownTerm(f"No finding is called {said!r}", remedy="use fewer or other words")
    sure = onto.find(said)
    if json:
        print_json([{**m._asdict(), "sure": sure is not None and m.id == sure.id} for m in found])
        return
    for m in found:
        via = f"  (as {m.matched!r})" if m.matched.lower() != m.label.lower() else ""
        mark = "=" if sure is not None and m.id == sure.id else " "
        typer.echo(f"{mark} {m.id}  {m.label}{via}")
