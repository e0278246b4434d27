"""hoofbeat sweep: who else might have it, in a database of records."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hoofbeat.apps.cli import sweep_measure
from hoofbeat.apps.cli.options import PARTIAL, Json, Numbers, numbers_on, print_json
from hoofbeat.apps.cli.sweep_options import (
    Database,
    Disease,
    Fhir,
    Index,
    Memory,
    Omop,
    Schema,
    Temp,
    Threads,
    Vocabulary,
    VocabularySchema,
    progress,
)
from hoofbeat.apps.cli.sweep_pages import pages_of

if TYPE_CHECKING:
    from hoofbeat.sweep import Result

group = typer.Typer(
    help="Who else might have it: the people with most evidence for a disease in a database of records.\n\n"
    "Typed as: hoofbeat sweep --omop cdm/ --out found/\n\n"
    "Nothing leaves the database but the list. People with the diagnosis already are set aside.\n\n"
    "Example: hoofbeat sweep show glucagonoma",
    invoke_without_command=True,
    rich_markup_mode=None,
)
sweep_measure.add(group)


def add(app: typer.Typer) -> None:
    """Add the command and the commands below it to the application."""
    app.add_typer(group, name="sweep")


@group.callback(invoke_without_command=True)
def sweep(
    context: typer.Context,
    disease: Disease = "glucagonoma",
    omop: Omop = None,
    fhir: Fhir = None,
    index: Index = None,
    database: Database = "",
    schema: Schema = "",
    vocabulary_schema: VocabularySchema = "",
    vocabulary: Vocabulary = None,
    work_schema: Annotated[
        str, typer.Option("--work-schema", help="Schema of the intermediate tables in a database.")
    ] = "",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the results.")] = None,
    as_of: Annotated[
        str, typer.Option("--as-of", help="What was known on a date, or on each person's last observed day.")
    ] = "last",
    top: Annotated[int, typer.Option("--top", "-n", min=1, help="Length of the list.")] = 100,
    pages: Annotated[
        int, typer.Option("--pages", min=0, help="So many of the first people get a page of their own.")
    ] = 0,
    numbers: Numbers = "on",
    keep: Annotated[bool, typer.Option("--keep", help="Leave the intermediate tables.")] = False,
    json: Json = False,
    memory: Memory = "4GB",
    threads: Threads = None,
    temp: Temp = None,
) -> None:
    """Find people who might have a disease that nobody has thought of."""
    if context.invoked_subcommand is not None:
        return
    from hoofbeat.errors import UsageError
    from hoofbeat.sweep import Place
    from hoofbeat.sweep import sweep as sweep_records

    shown = numbers_on(numbers)
    if out is None:
        raise UsageError(
            "There is no folder for the results", remedy="hoofbeat sweep --omop cdm/ --out found/"
        )
    place = Place(
        omop=omop,
        fhir=fhir,
        index=index,
        database=database,
        schema=schema,
        vocabulary_schema=vocabulary_schema,
        vocabulary=vocabulary,
        work=work_schema,
        memory=memory,
        threads=threads,
        temp=temp,
    )
    result = sweep_records(disease, place, out, as_of=as_of, top=top, keep=keep, say=progress)
    manifest = _with_pages(result, out, pages, numbers=shown) if pages else result.manifest
    if json:
        print_json(manifest)
    else:
        _print(result, out, numbers=shown)
    _finish(result.problems, result.manifest["warnings"], partial=bool(result.warnings))


def _with_pages(result: Result, out: Path, number: int, *, numbers: bool) -> dict[str, Any]:
    from hoofbeat.sweep import add_pages

    progress("pages")
    return add_pages(out, pages_of(result, number, numbers=numbers))


@group.command("show")
def show(disease: Annotated[str, typer.Argument(metavar="DISEASE", help="One of our own models.")]) -> None:
    """What is looked for, in sentences.

    Example: hoofbeat sweep show glucagonoma
    """
    from hoofbeat.sweep import define, sentences

    typer.echo("\n".join(sentences(define(disease))))


@group.command("prepare")
def prepare(
    index: Annotated[Path, typer.Argument(metavar="INDEX", help="Folder of the index.")],
    omop: Omop = None,
    fhir: Fhir = None,
    schema: Schema = "",
    vocabulary_schema: VocabularySchema = "",
    vocabulary: Vocabulary = None,
    memory: Memory = "4GB",
    threads: Threads = None,
    temp: Temp = None,
) -> None:
    """Make an index of the rows that any model looks for; run again, it adds what is new.

    Example: hoofbeat sweep prepare index/ --omop cdm/
    """
    from hoofbeat.sweep import Place
    from hoofbeat.sweep import prepare as prepare_index

    place = Place(
        omop=omop,
        fhir=fhir,
        schema=schema,
        vocabulary_schema=vocabulary_schema,
        vocabulary=vocabulary,
        memory=memory,
        threads=threads,
        temp=temp,
    )
    about = prepare_index(place, index, say=progress)
    made = "all are new" if about["anew"] else f"{about['added']} added"
    typer.echo(f"{about['rows']} rows of {about['people']} people; {made}.")
    _finish(about["problems"], [*about["warnings"], *about["notes"]], partial=bool(about["warnings"]))


@group.command("export")
def export(
    disease: Annotated[str, typer.Argument(metavar="DISEASE", help="One of our own models.")],
    form: Annotated[
        str, typer.Option("--as", metavar="circe|rule", help="For Atlas, or for CDS Hooks.")
    ] = "circe",
    omop: Omop = None,
    database: Database = "",
    schema: Schema = "",
    vocabulary_schema: VocabularySchema = "",
    vocabulary: Vocabulary = None,
) -> None:
    """The definition for other programs, as JSON; a cohort for Atlas needs the concepts of a vocabulary.

    Example: hoofbeat sweep export glucagonoma --as circe --omop cdm/
    """
    from hoofbeat.errors import UsageError
    from hoofbeat.sweep import Place, circe, define, rule

    if form not in ("circe", "rule"):
        raise UsageError(f"--as is {form!r}", remedy="--as circe or --as rule")
    place = Place(
        omop=omop,
        database=database,
        schema=schema,
        vocabulary_schema=vocabulary_schema,
        vocabulary=vocabulary,
    )
    definition = define(disease)
    print_json(circe(definition, place) if form == "circe" else rule(definition))


def _print(result: Result, out: Path, *, numbers: bool) -> None:
    counts = result.manifest["counts"]
    typer.echo(
        f"{counts['people']} people, {counts['people with a record of a finding']} with a record of a "
        "finding, "
        f"{counts['people with the diagnosis already']} set aside; the first {min(10, len(result.people))} "
        f"of {len(result.people)} on the list:"
    )
    for person in result.people[:10]:
        if numbers:
            told = f", {person.score / 1000:+.1f}, chance about {_in_words(person.chance)}: {person.findings}"
        else:
            names = [r.name for r in result.evidence if r.rank == person.rank and r.table]
            told = f": {'; '.join(dict.fromkeys(names))}"
        typer.echo(f"{person.rank:4d}. person {person.person_id}{told}")
    typer.echo(f"Whole list, evidence and manifest: {out}")
    typer.echo("For review by a clinician: consider, nothing is decided.")


def _in_words(chance: float) -> str:
    return f"{100 * chance:.2g} %" if chance >= 0.01 else f"{1e6 * chance:.2g} in a million"


def _finish(problems: dict[str, Any], warnings: list[str], *, partial: bool) -> None:
    """Say what is wrong; exit with 4 when something could not be read. The manifest has it too."""
    for what in (*warnings, *(f"{count} {what}" for what, count in problems.items())):
        sys.stderr.write(f"warning: {what}\n")
    if problems or partial:
        raise typer.Exit(PARTIAL)
