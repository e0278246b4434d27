"""hoofbeat fit: patients with known diagnoses become counts that deepen the diseases' profiles."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from hoofbeat.apps.cli.options import Reader


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("fit")(fit)


def fit(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="Phenopackets with diagnoses.")],
    into: Annotated[Path, typer.Option("--into", "-o", help="Folder of models to write the counts into.")],
) -> None:
    """Count patients with known diagnoses, by publication, to deepen the diseases' profiles.

    No patient is kept: only how many of a publication's patients had each finding.

    Example: hoofbeat fit patients.jsonl --into my-models
    """
    from hoofbeat.diagnosis import fit as count
    from hoofbeat.knowledge import COUNTS_FILE, write_counts

    readers = [Reader(file, replace_old_terms=True, lenient=True) for file in files]
    fitted = count(case for reader in readers for case in reader)
    into.mkdir(parents=True, exist_ok=True)
    write_counts(into / COUNTS_FILE, fitted.counts, made_from=[Path(file).name for file in files])
    diseases = len({c.disease for c in fitted.counts})
    papers = len({c.publication for c in fitted.counts})
    typer.echo(
        f"{fitted.patients:,} patients, {diseases:,} diseases and {papers:,} publications: "
        f"{len(fitted.counts):,} counts written to {into / COUNTS_FILE}."
    )
    for number, why in (
        (fitted.without_diagnosis, "no diagnosis is known"),
        (fitted.without_publication, "no publication is named, so that they could not be left out again"),
        (fitted.twice, "they were there already"),
    ):
        if number:
            sys.stderr.write(f"warning: {number:,} patients were passed over: {why}.\n")
    typer.echo(f"Use them: HOOFBEAT_MODELS={into} hoofbeat rank FILE")
    for reader in readers:
        reader.finish()
