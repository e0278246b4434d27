"""hoofbeat check: whether the disease models, or a case file, are in order."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hoofbeat.apps.cli.options import INVALID, Json, print_json

if TYPE_CHECKING:
    from hoofbeat.knowledge import CheckReport
    from hoofbeat.pathways import PathwayReport
    from hoofbeat.simulation import MechanismReport


_KINDS = {"counted": "counted", "reported": "reported", "assumption": "assumed"}


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("check")(check)


def check(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[PATH]...",
            help="Case files to check instead, or folders with more diseases/ and sources/ to check as well.",
        ),
    ] = None,
    json: Json = False,
    statements: Annotated[
        bool, typer.Option("--statements", help="List where each statement of the source documents went.")
    ] = False,
    background: Annotated[
        bool,
        typer.Option("--background", help="List HPO annotations that fit nearly any finding, worst first."),
    ] = False,
) -> None:
    """Are the models in order: every number with its source, every statement with its place.

    Example: hoofbeat check --statements
    """
    if background:
        _print_background(json=json)
        return
    folders = [Path(p) for p in paths or () if Path(p).is_dir()]
    files = [p for p in paths or () if not Path(p).is_dir()]
    if files:
        _check_cases(files, json=json)
    if files and not folders:
        return
    from hoofbeat.knowledge import check_knowledge

    report = check_knowledge(tuple(folders))
    # pathways and mechanisms cite and continue models, so these must be in order first
    pathways, mechanisms = (_pathways(folders), _mechanisms(folders)) if report.passed else (None, None)
    if json:
        beside = {"pathways": pathways, "mechanisms": mechanisms}
        print_json({**report.as_json(), **{k: v.as_json() if v else None for k, v in beside.items()}})
    else:
        _print(report, statements=statements, pathways=pathways, mechanisms=mechanisms)
    if not (pathways and pathways.passed and mechanisms and mechanisms.passed):
        raise typer.Exit(INVALID)


def _pathways(folders: list[Path]) -> PathwayReport:
    from hoofbeat.pathways import check_pathways

    return check_pathways(tuple(folders))


def _mechanisms(folders: list[Path]) -> MechanismReport:
    from hoofbeat.simulation import check_mechanisms

    return check_mechanisms(tuple(folders))


def _print_background(*, json: bool) -> None:
    from hoofbeat.knowledge import general_rows, load_annotations

    found = list(general_rows(load_annotations()))
    if json:
        print_json([issue.as_json() for issue in found])
        return
    for issue in found:
        typer.echo(issue.message)
    typer.echo(f"{len(found)} annotations; remedy: {found[0].remedy}." if found else "None.")


def _check_cases(paths: list[str], *, json: bool) -> None:
    from hoofbeat.cases import read_cases

    bad = 0
    for path in paths:
        readings = list(read_cases(path))
        unusable = sum(not reading.usable for reading in readings)
        bad += unusable
        issues = [issue for reading in readings for issue in reading.issues]
        if json:
            found = [issue.as_json() for issue in issues]
            print_json({"file": path, "in_order": len(readings) - unusable, "not": unusable, "issues": found})
            continue
        for issue in issues:
            sys.stderr.write(f"{issue}\n")
        typer.echo(f"{path}: {len(readings) - unusable} in order, {unusable} not")
    if bad:
        raise typer.Exit(INVALID)


def _print(
    report: CheckReport,
    *,
    statements: bool,
    pathways: PathwayReport | None,
    mechanisms: MechanismReport | None,
) -> None:
    beside = [issue for found in (pathways, mechanisms) if found for issue in found.issues]
    issues = [*report.issues, *beside]
    for issue in issues:
        sys.stderr.write(f"{issue}\n")
    numbers = report.numbers
    typer.echo(f"{report.diseases} disease models, {report.sources} sources, {report.base_rates} base rates.")
    kinds = [f"{numbers.get(k, 0):,} {word}" for k, word in _KINDS.items()]
    typer.echo(f"{sum(numbers.values()):,} numbers: {', '.join(kinds)}.")
    placed = f"{report.statements_covered} of {report.statements_total}"
    typer.echo(f"Statements of the source documents placed: {placed}.")
    if statements:
        for statement, places in report.statements.items():
            typer.echo(f"  {statement:<4} {'; '.join(places) or 'nowhere'}")
    from hoofbeat.knowledge import load_calibration

    for found in load_calibration().measured:
        typer.echo(
            f"Chances: calibration error {found.error:.2f} on {found.cases:,} {found.patients} "
            f"(model {found.model_version}, HPO {found.ontology_release}, setting {found.setting})."
        )
    if pathways:
        counted = f"{pathways.stages} stages, {pathways.branches} branches, {pathways.options} treatments"
        counted += f", {sum(pathways.numbers.values())} numbers"
        typer.echo(f"{pathways.pathways} pathways: {counted}.")
    if mechanisms:
        counted = f"{mechanisms.nodes} nodes, {mechanisms.links} links, {mechanisms.parameters} parameters"
        typer.echo(f"{mechanisms.mechanisms} mechanisms: {counted}.")
    errors = sum(issue.level == "error" for issue in issues)
    typer.echo(f"{errors} errors, {len(issues) - errors} warnings." if issues else "In order.")
