"""Options of the sweep that several of its commands share, and how their progress is told."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

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
Disease = Annotated[str, typer.Option("--disease", "-d", help="One of our own models.")]
Index = Annotated[Path | None, typer.Option("--index", help="An index made by: hoofbeat sweep prepare")]


def progress(stage: str) -> None:
    """Say on a terminal what is being done."""
    if sys.stderr.isatty():
        sys.stderr.write(f"{stage} ...\n")
