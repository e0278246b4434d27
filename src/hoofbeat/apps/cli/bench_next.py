"""hoofbeat bench --next: for how many people a fasting glucagon is advised."""

from __future__ import annotations

import typer

from hoofbeat.apps.cli.options import Reader, print_json


def bench_next(file: str, *, json: bool, setting: str | None) -> None:
    """Print how often a fasting glucagon is advised: in glucagonoma, in look-alikes, in common dermatoses."""
    from hoofbeat.apps.cli.next_text import bench_text
    from hoofbeat.diagnosis import bench_next as run
    from hoofbeat.errors import UsageError

    if setting in ("uniform", "described"):
        raise UsageError(
            f"No test can be advised in the setting {setting}",
            why="Thresholds need to know how common each disease is among those who come.",
            remedy="population, general_practice, dermatology or rare_disease_clinic",
        )
    reader = Reader(file, replace_old_terms=True, lenient=True)
    found = run(reader, setting=setting or "dermatology")
    if json:
        print_json(found)
    else:
        typer.echo(bench_text(found))
    reader.finish()
