"""hoofbeat bench: how well ranking does on patients whose diagnosis is known."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from hoofbeat.apps.cli.options import File, Json, Reader, Setting, print_json

if TYPE_CHECKING:
    from hoofbeat.diagnosis import Bench, Share, Summary


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("bench")(bench)


def bench(
    file: File = "-",
    json: Json = False,
    setting: Setting = None,
    honest: Annotated[
        bool,
        typer.Option(
            "--honest",
            help="Leave each case's publication out of the annotations, and use at most four of its cases.",
        ),
    ] = False,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes that share the work.")] = 1,
) -> None:
    """Score a file of phenopackets with known diagnoses: top-1, top-3, top-10 and mean reciprocal rank.

    Obsolete terms are replaced, and faulty parts of a record left out; both are said on standard error.

    Example: hoofbeat bench patients.jsonl --json
    """
    from hoofbeat.diagnosis import bench as run

    reader = Reader(file, replace_old_terms=True, lenient=True)
    chosen = None if setting in (None, "uniform") else setting
    result = run(reader, setting=chosen, honest=honest, jobs=jobs)
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
        shares = [_share(s) for s in (group.top1, group.top3, group.top10)]
        unknown = f"  {group.unknown} with a disease nobody has modelled" if group.unknown else ""
        lines.append(
            f"{truth:<40} {group.n:>5}  "
            + " ".join(f"{s:<18}" for s in shares)
            + f" {group.mrr.value:.3f}{unknown}"
        )
    lines.extend(_summary_line(name, summary) for name, summary in result.summary.items())
    first = sum(g.first_glucagonoma for k, g in result.groups.items() if k != "all")
    lines.append("Intervals are 95 %; those of the last lines by resampling publications or diseases.")
    lines.append(f"Glucagonoma came first in {first} of {len(result.cases) - result.emptied} cases.")
    if result.emptied:
        lines.append(f"In no rate: {result.emptied} cases whose disease is left without any annotation.")
    if result.calibration:
        found, right = result.calibration, _share(result.calibration.sure_right)
        sure = f"{found.sure} cases were said to be at least 90 % sure, and {right} of them right"
        lines.append(f"Calibration error {found.error:.2f}; {sure}.")
    lines.append(f"Annotations {_PROTOCOL[result.protocol]}; setting {result.setting}.")
    speed, model = f"{result.milliseconds_per_case:.1f} ms a case", f"model {result.model_version}"
    lines.append(f"{speed}; {model}, HPO {result.ontology_release}.")
    return "\n".join(lines)


_PROTOCOL = {
    "honest": "without each case's own publication",
    "as shipped": "as shipped, partly made from published patients like these",
}


def _summary_line(name: str, summary: Summary) -> str:
    shares = " ".join(f"{_share(s):<18}" for s in (summary.top1, summary.top3, summary.top10))
    return f"{name:<40} {summary.n:>5}  {shares} {summary.mrr.value:.3f}"


def _share(share: Share) -> str:
    return f"{100 * share.value:.0f} % ({100 * share.low:.0f}–{100 * share.high:.0f})"
