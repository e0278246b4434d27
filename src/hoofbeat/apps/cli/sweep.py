"""hoofbeat sweep: who else might have it, in a database of records."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hoofbeat.apps.cli.options import PARTIAL, Json, print_json

if TYPE_CHECKING:
    from hoofbeat.sweep import Result

Omop = Annotated[
    Path | None, typer.Option("--omop", help="OMOP tables: a folder of Parquet, or a .duckdb file.")
]
Fhir = Annotated[
    Path | None, typer.Option("--fhir", help="FHIR R4 in bulk: a folder of NDJSON files, plain or .gz.")
]
Database = Annotated[
    str,
    typer.Option(
        "--database",
        metavar="VARIABLE",
        help="PostgreSQL: the environment variable that holds the connection string.",
    ),
]
Schema = Annotated[str, typer.Option("--schema", help="Schema of the OMOP tables in a database.")]
VocabularySchema = Annotated[
    str, typer.Option("--vocabulary-schema", help="Schema of the vocabulary, if it is another.")
]
Vocabulary = Annotated[
    Path | None, typer.Option("--vocabulary", help="Folder with concept tables as Parquet, if it is another.")
]
Memory = Annotated[
    str, typer.Option("--memory", help="Memory that DuckDB may take; beyond it, disk is used.")
]
Threads = Annotated[int | None, typer.Option("--threads", min=1, help="Threads that DuckDB may take.")]
Temp = Annotated[Path | None, typer.Option("--temp", help="Folder for what does not fit into memory.")]

group = typer.Typer(
    help="Who else might have it: the people with most evidence for a disease in a database of records.\n\n"
    "Typed as: hoofbeat sweep --omop cdm/ --out found/\n\n"
    "Nothing leaves the database but the list. People with the diagnosis already are set aside.\n\n"
    "Example: hoofbeat sweep show glucagonoma",
    invoke_without_command=True,
    rich_markup_mode=None,
)


def add(app: typer.Typer) -> None:
    """Add the command and the commands below it to the application."""
    app.add_typer(group, name="sweep")


@group.callback(invoke_without_command=True)
def sweep(
    context: typer.Context,
    disease: Annotated[str, typer.Option("--disease", "-d", help="One of our own models.")] = "glucagonoma",
    omop: Omop = None,
    fhir: Fhir = None,
    index: Annotated[
        Path | None, typer.Option("--index", help="An index made by: hoofbeat sweep prepare")
    ] = None,
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
    result = sweep_records(disease, place, out, as_of=as_of, top=top, keep=keep, say=_progress)
    if json:
        print_json(result.manifest)
    else:
        _print(result, out)
    _finish(result.problems)


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
    about = prepare_index(place, index, say=_progress)
    typer.echo(f"{about['rows']} rows of {about['people']} people; {about['added']} added.")


@group.command("plant")
def plant(
    cases: Annotated[str, typer.Argument(metavar="CASES", help="Patients: phenopackets, one or many.")],
    disease: Annotated[str, typer.Option("--disease", "-d", help="One of our own models.")] = "glucagonoma",
    omop: Omop = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the results.")] = None,
    top: Annotated[
        list[int] | None, typer.Option("--top", "-n", min=1, help="Lengths of the list; may be repeated.")
    ] = None,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the dates.")] = 1,
    json: Json = False,
    memory: Memory = "4GB",
    threads: Threads = None,
) -> None:
    """Put known patients among other people's records, and see how many a sweep finds.

    Example: hoofbeat sweep plant published.jsonl --omop cdm/ --out check/
    """
    from hoofbeat.cases import read_cases
    from hoofbeat.errors import UsageError
    from hoofbeat.sweep import Place
    from hoofbeat.sweep import plant as plant_cases

    if out is None:
        raise UsageError("There is no folder for the results", remedy="--out check/")
    readable = (r.case for r in read_cases(cases) if r.case is not None and r.usable)
    place = Place(omop=omop, memory=memory, threads=threads)
    found = plant_cases(disease, readable, place, out, tops=top or (100, 1000), seed=seed, say=_progress)
    if json:
        print_json({"people": found.people, "recall": [r._asdict() for r in found.recall]})
        return
    for recall in found.recall:
        typer.echo(
            f"Among the first {recall.top} of {found.people}: {recall.found} of {recall.of} planted patients "
            f"({100 * recall.low:.0f}–{100 * recall.high:.0f} %)."
        )
    for name, count in found.not_shown[:8]:
        typer.echo(f"No code shows: {name} ({count} patients)")


@group.command("back")
def back(
    first: Annotated[str, typer.Option("--from", help="First date.")],
    last: Annotated[str, typer.Option("--to", help="Last date.")],
    months: Annotated[int, typer.Option("--every", min=1, help="Months between dates.")] = 6,
    disease: Annotated[str, typer.Option("--disease", "-d", help="One of our own models.")] = "glucagonoma",
    omop: Omop = None,
    fhir: Fhir = None,
    index: Annotated[
        Path | None, typer.Option("--index", help="An index made by: hoofbeat sweep prepare")
    ] = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the last list.")] = None,
    top: Annotated[int, typer.Option("--top", "-n", min=1, help="Length of the list.")] = 100,
    memory: Memory = "4GB",
    threads: Threads = None,
) -> None:
    """What earlier lists would have held: months gained for those who have the diagnosis now.

    Example: hoofbeat sweep back --from 2015-01-01 --to 2020-01-01 --omop cdm/ --out back/
    """
    from datetime import date

    from hoofbeat.errors import UsageError
    from hoofbeat.sweep import Place, every, look_back

    try:
        dates = every(date.fromisoformat(first), date.fromisoformat(last), months)
    except ValueError:
        raise UsageError("That is no date", remedy="--from 2015-01-01 --to 2020-01-01") from None
    if out is None:
        raise UsageError("There is no folder for the results", remedy="--out back/")
    place = Place(omop=omop, fhir=fhir, index=index, memory=memory, threads=threads)
    found = look_back(disease, place, out, dates, top=top, say=_progress)
    typer.echo(
        f"{found.listed} of {found.known} people with the diagnosis stood among the first {top} before it "
        f"on one of {len(found.dates)} dates."
    )
    if found.months:
        typer.echo("Months gained: median {}, from {} to {}.".format(*found.months))


@group.command("export")
def export(
    disease: Annotated[str, typer.Argument(metavar="DISEASE", help="One of our own models.")],
    form: Annotated[
        str, typer.Option("--as", metavar="circe|rule", help="For Atlas, or for CDS Hooks.")
    ] = "circe",
) -> None:
    """The definition for other programs, as JSON.

    Example: hoofbeat sweep export glucagonoma --as circe
    """
    from hoofbeat.errors import UsageError
    from hoofbeat.sweep import circe, define, rule

    forms = {"circe": circe, "rule": rule}
    if form not in forms:
        raise UsageError(f"--as is {form!r}", remedy="--as circe or --as rule")
    print_json(forms[form](define(disease)))


def _print(result: Result, out: Path) -> None:
    counts = result.manifest["counts"]
    typer.echo(
        f"{counts['people']} people, {counts['people with any finding']} with any finding, "
        f"{counts['people with the diagnosis already']} set aside; the first {min(10, len(result.people))} "
        f"of {len(result.people)} on the list:"
    )
    for person in result.people[:10]:
        typer.echo(
            f"{person.rank:4d}. person {person.person_id}, {person.score / 1000:+.1f}, chance about "
            f"{_in_words(person.chance)}: {person.findings}"
        )
    typer.echo(f"Whole list, evidence and manifest: {out}")
    typer.echo("For review by a clinician: consider, nothing is decided.")


def _in_words(chance: float) -> str:
    return f"{100 * chance:.2g} %" if chance >= 0.01 else f"{1e6 * chance:.2g} in a million"


def _progress(stage: str) -> None:
    if sys.stderr.isatty():
        sys.stderr.write(f"{stage} ...\n")


def _finish(problems: dict[str, Any]) -> None:
    """Exit with 4 when something could not be read; the manifest has the counts too."""
    if problems:
        for what, count in problems.items():
            sys.stderr.write(f"warning: {count} {what}\n")
        raise typer.Exit(PARTIAL)
