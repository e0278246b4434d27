"""hoofbeat bench: how well ranking does on patients whose diagnosis is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hoofbeat.apps.cli.options import File, Json, Reader, Setting, print_json

if TYPE_CHECKING:
    from hoofbeat.diagnosis import Bench


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("bench")(bench)


def bench(
    file: File = "-",
    json: Json = False,
    setting: Setting = None,
    leave_publication_out: Annotated[
        bool,
        typer.Option(
            "--leave-publication-out",
            help="Also drop the annotation rows that cite the case's own publication.",
        ),
    ] = False,
) -> None:
    """Score a file of phenopackets with known diagnoses: top-1, top-3, top-10 and mean reciprocal rank.

    Obsolete terms are replaced, and faulty parts of a record left out; both are said on standard error.

    Example: hoofbeat bench patients.jsonl --json
    """
    from hoofbeat.diagnosis import bench as run

    reader = Reader(file, replace_old_terms=True, lenient=True)
    chosen = None if setting in (None, "uniform") else setting
    result = run(reader, setting=chosen, leave_publication_out=leave_publication_out)
    if json:
        print_json(result)
    else:
        typer.echo(bench_text(result))
    reader.finish()


def bench_text(result: Bench) -> str:
    """Return the table of groups as text."""
    lines = [f"{'truth':<40} {'n':>5}  {'top 1':<18} {'top 3':<18} {'top 10':<18} MRR"]
    # with many groups only those of some size are worth a line; --json has them all
    shown = {k: g for k, g in result.groups.items() if len(result.groups) <= 40 or g.n >= 50 or k == "all"}
    for truth, group in shown.items():
        shares = [
            f"{100 * s.value:.0f} % ({100 * s.low:.0f}–{100 * s.high:.0f})"
            for s in (group.top1, group.top3, group.top10)
        ]
        unknown = f"  {group.unknown} with a disease nobody has modelled" if group.unknown else ""
        lines.append(
            f"{truth:<40} {group.n:>5}  "
            + " ".join(f"{s:<18}" for s in shares)
            + f" {group.mrr.value:.3f}{unknown}"
        )
    first = sum(g.first_glucagonoma for k, g in result.groups.items() if k != "all")
    lines += [
        "Intervals are 95 %.",
        f"Glucagonoma came first in {first} of {len(result.cases)} cases.",
        f"{result.milliseconds_per_case:.1f} ms a case; setting {result.setting}; "
        + ("publications left out of the annotations; " if result.leave_publication_out else "")
        + f"model {result.model_version}, HPO {result.ontology_release}.",
    ]
    return "\n".join(lines)
