"""hoofbeat report: everything on one case in one file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hoofbeat.apps.cli.options import File, Json, Numbers, OldTerms, Reader, Setting, numbers_on, print_json

if TYPE_CHECKING:
    from hoofbeat.cases import Case
    from hoofbeat.reports import CaseReport

Output = Annotated[
    str | None,
    typer.Option("--output", "-o", metavar="FILE", help="Write there; standard output otherwise."),
]
FORMATS = ("html", "pdf", "txt", "docx")


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("report")(report)


def report(
    file: File = "-",
    json: Json = False,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="html|pdf|txt|docx",
            help="How it is written; else as the output's name ends, else txt.",
        ),
    ] = None,
    setting: Setting = None,
    numbers: Numbers = "on",
    date: Annotated[
        str | None,
        typer.Option(
            "--date",
            metavar="DATE",
            help="The date printed on it; without it there is none, so that bytes repeat.",
        ),
    ] = None,
    only: Annotated[
        str | None, typer.Option("--case", metavar="ID", help="Which case, where the file holds several.")
    ] = None,
    output: Output = None,
    replace_old_terms: OldTerms = False,
) -> None:
    """Everything on one case in one file: the list, why, what explains it away, what next, when, sources.

    The file needs nothing else and fetches nothing. PDF is tagged for screen readers.

    Example: hoofbeat report examples/published_patient.yaml --setting dermatology -o report.html
    """
    from hoofbeat.reports import case_report

    shown, form = numbers_on(numbers), form_of(to, output, FORMATS, "txt")
    reader = Reader(file, replace_old_terms=replace_old_terms)
    cases = [case for case in reader if only is None or case.id == only]
    if not cases and reader.bad:
        reader.finish()
    if json:
        for case in cases:
            print_json(case_report(case, setting=setting, numbers=shown, date=date))
    else:
        made = case_report(_the_one(cases, only), setting=setting, numbers=shown, date=date)
        put(written(made, form), output)
    reader.finish()


def form_of(to: str | None, output: str | None, forms: tuple[str, ...], default: str) -> str:
    """Return how to write: as said, else as the output's name ends, else the default."""
    from hoofbeat.errors import UsageError

    ending = (output or "").rpartition(".")[2].lower()
    form = to or (ending if ending in forms else default)
    if form not in forms:
        raise UsageError(f"--to is {form!r}", remedy=f"one of {', '.join(forms)}")
    return form


def written(made: CaseReport, form: str) -> bytes:
    """Return a report in one of the forms."""
    from hoofbeat.reports import report_docx, report_html, report_pdf, report_text

    if form == "pdf":
        return report_pdf(made)
    if form == "docx":
        return report_docx(made)
    return (report_html(made) if form == "html" else report_text(made)).encode()


def put(content: bytes, output: str | None) -> None:
    """Write to a file, or to standard output where that can hold it."""
    import sys
    from pathlib import Path

    from hoofbeat.errors import UsageError

    if output and output != "-":
        try:
            Path(output).write_bytes(content)
        except OSError as fault:
            raise UsageError(
                f"cannot write {output}: {fault.strerror}", remedy="-o with another name"
            ) from fault
        sys.stderr.write(f"written: {output}\n")
        return
    if content[:4] in (b"%PDF", b"PK\x03\x04") and sys.stdout.isatty():
        raise UsageError("a terminal cannot show this", remedy="-o FILE, or send the output to a file")
    typer.echo(content, nl=False)


def _the_one(cases: list[Case], only: str | None) -> Case:
    from hoofbeat.errors import UsageError

    if len(cases) == 1:
        return cases[0]
    if not cases:
        said = f"no case is called {only!r}" if only else "there is no case"
        raise UsageError(
            said, why="a report is on one case", remedy="hoofbeat rank FILE lists the cases of a file"
        )
    some = ", ".join(case.id for case in cases[:5])
    raise UsageError(
        f"{len(cases)} cases", why="a report is on one case", remedy=f"--case with one of: {some}"
    )
