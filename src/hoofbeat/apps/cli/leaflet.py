"""hoofbeat leaflet: a disease in plain words for patients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hoofbeat.apps.cli.options import Json, print_json
from hoofbeat.apps.cli.report import Output, form_of, put

if TYPE_CHECKING:
    from hoofbeat.reports import Leaflet

FORMATS = ("md", "html", "pdf")


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("leaflet")(leaflet)


def leaflet(
    disease: Annotated[
        str | None, typer.Argument(help="A slug, id or name; without it, the leaflets are listed.")
    ] = None,
    json: Json = False,
    cause: Annotated[
        str | None,
        typer.Option("--cause", metavar="ID", help="For one cause of the disease, such as cirrhosis."),
    ] = None,
    lang: Annotated[str, typer.Option("--lang", metavar="CODE", help="The language.")] = "en",
    to: Annotated[
        str | None,
        typer.Option(
            "--to", metavar="md|html|pdf", help="How it is written; else as the output's name ends, else md."
        ),
    ] = None,
    output: Output = None,
) -> None:
    """A disease in plain words: what it is, what you can do, when to get help, what to ask your doctor.

    It is general and about no patient. Every line is traced to its source.

    Example: hoofbeat leaflet pseudoglucagonoma --cause cirrhosis
    """
    from hoofbeat.reports import leaflet as make

    if disease is None:
        _list(json=json)
        return
    form = form_of(to, output, FORMATS, "md")
    made = make(disease, cause=cause, lang=lang)
    if json:
        print_json(made.model_dump(mode="json") | {"traces": [trace._asdict() for trace in made.traces]})
    else:
        put(_written(made, form), output)


def _written(made: Leaflet, form: str) -> bytes:
    from hoofbeat.reports import leaflet_html, leaflet_markdown, leaflet_pdf

    if form == "pdf":
        return leaflet_pdf(made)
    return (leaflet_html(made) if form == "html" else leaflet_markdown(made)).encode()


def _list(*, json: bool) -> None:
    from hoofbeat.reports import leaflet_causes, leaflet_languages, leaflet_slugs

    rows = [
        {"slug": slug, "languages": leaflet_languages(slug), "causes": leaflet_causes(slug)}
        for slug in leaflet_slugs()
    ]
    if json:
        print_json(rows)
        return
    for row in rows:
        typer.echo(f"{row['slug']} ({', '.join(row['languages'])})")
        for cause in row["causes"]:
            typer.echo(f"  --cause {cause}")
