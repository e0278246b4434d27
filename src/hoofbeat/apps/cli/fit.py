"""hoofbeat fit: patients with known diagnoses become counts that deepen the diseases' profiles."""

from __future__ import annotations

import errno
import os
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

    No patient is kept: only how many of a publication's patients had each finding. Counts already in the
    folder stay; what a disease and publication have there already is not added up again, the larger count of
    each finding stands.

    Example: hoofbeat fit patients.jsonl --into my-models
    """
    from hoofbeat.diagnosis import fit as count
    from hoofbeat.knowledge import COUNTS_FILE, add_counts, write_counts

    path = _table(into, COUNTS_FILE)
    readers = [Reader(file, replace_old_terms=True, lenient=True) for file in files]
    fitted = count(case for reader in readers for case in reader)
    added = add_counts(path, fitted.counts, made_from=[Path(file).name for file in files])
    write_counts(path, added.counts, made_from=added.made_from)
    diseases = len({c.disease for c in fitted.counts})
    papers = len({c.publication for c in fitted.counts})
    typer.echo(
        f"{fitted.patients:,} patients, {diseases:,} diseases and {papers:,} publications: "
        f"{len(fitted.counts):,} counts written to {path}, which has {len(added.counts):,} now."
    )
    if added.known:
        sys.stderr.write(
            f"warning: {added.known:,} counts were of a disease, publication and finding that the folder had "
            "already. The larger of the two stands: they may be of the same patients. To have different "
            "patients of one publication added up, count all their files in one call.\n"
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


def _table(into: Path, name: str) -> Path:
    """Return the file of the counts in a folder, made if need be; raise UsageError if that cannot be."""
    from hoofbeat.errors import UsageError

    path = into / name
    try:
        into.mkdir(parents=True, exist_ok=True)
        if not os.access(path if path.exists() else into, os.W_OK):
            raise PermissionError(errno.EACCES, "it cannot be written to")
    except OSError as fault:
        raise UsageError(
            f"--into {into}: {fault.strerror or fault}",
            why="the counts are written into a folder of models",
            remedy="name a folder, new or existing, that can be written to",
        ) from fault
    return path
