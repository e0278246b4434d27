"""hoofbeat bench: how well ranking does on patients whose diagnosis is known."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from hoofbeat.apps.cli.options import Json, Reader, print_json

if TYPE_CHECKING:
    from hoofbeat.diagnosis import Bench, Part, PeerResult, Share, Summary


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("bench")(bench)


def bench(
    files: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FILE",
            help="Phenopackets (JSON, JSON Lines, YAML, .gz); - reads standard input. With --reading: texts.",
        ),
    ] = None,
    json: Json = False,
    setting: Annotated[
        str | None,
        typer.Option(
            "--setting",
            "-s",
            help="How likely each disease is beforehand, as for rank; a case's own setting is not used. "
            "Described when none is given.",
        ),
    ] = None,
    honest: Annotated[
        bool,
        typer.Option(
            "--honest",
            help="Leave each case's publication out of the annotations, and use at most four of its cases.",
        ),
    ] = False,
    part: Annotated[
        str | None,
        typer.Option(
            "--part", help="Only the cases for tuning (tune) or only the others (report), by gene and paper."
        ),
    ] = None,
    calibrate: Annotated[
        Path | None,
        typer.Option("--calibrate", help="Write how well chances came true into this YAML file."),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Processes that share the work.")] = 1,
    peers: Annotated[
        str | None,
        typer.Option(
            "--peers",
            metavar="NAMES",
            help="Rank with other methods too, on the same cases and annotations: all, or a comma list of "
            "lirical, lirical-excluded, phrank, boqa, resnik, resnik-symmetric, resnik-bma, simgic, and "
            "pyhpo-graphic, -resnik, -ic, -lin, -jc, -rel.",
        ),
    ] = None,
    peer_sample: Annotated[
        int,
        typer.Option(
            "--peer-sample", min=0, help="Cases for pyhpo's own measures: up to a minute each; 0 for none."
        ),
    ] = 0,
    reading: Annotated[
        bool,
        typer.Option(
            "--reading",
            help="Score the reading of texts instead: files of annotated texts, marked concepts or letters.",
        ),
    ] = False,
    next_: Annotated[
        bool,
        typer.Option(
            "--next",
            help="Count instead for how many a fasting glucagon is advised, and among people drawn with a "
            "common skin disease; in a dermatology clinic unless another setting is given.",
        ),
    ] = False,
) -> None:
    """Score a file of phenopackets with known diagnoses: top-1, top-3, top-10 and mean reciprocal rank.

    Obsolete terms are replaced, and faulty parts of a record left out; both are said on standard error.

    Example: hoofbeat bench patients.jsonl --json
    """
    if reading:
        from hoofbeat.apps.cli.bench_reading import bench_reading

        bench_reading(files or [], json=json)
        return
    if next_:
        from hoofbeat.apps.cli.bench_next import bench_next

        bench_next(_only(files or ["-"]), json=json, setting=setting)
        return
    from hoofbeat.diagnosis import bench as run
    from hoofbeat.diagnosis import bench_baselines, choose_peers
    from hoofbeat.errors import UsageError

    names = choose_peers(peers, sampled=peer_sample) if peers else []
    if calibrate and not calibrate.absolute().parent.is_dir():
        raise UsageError(
            f"There is no folder {calibrate.parent}", remedy="name a file in a folder that exists"
        )
    reader = Reader(_only(files or ["-"]), replace_old_terms=True, lenient=True)
    cases = list(reader) if names else reader
    result = run(cases, setting=setting, honest=honest, part=_part(part), jobs=jobs)
    others = bench_baselines(cases, names, honest=honest, part=_part(part), jobs=jobs, sampled=peer_sample)
    if json:
        print_json(result.model_dump(mode="json") | {"peers": others} if names else result)
    else:
        typer.echo(bench_text(result))
        if names:
            typer.echo(peers_text(others))
    if calibrate:
        _keep_calibration(result, calibrate)
    reader.finish()


def _part(word: str | None) -> Part | None:
    from hoofbeat.diagnosis import Part
    from hoofbeat.errors import UsageError

    part: Part | None = next((known for known in get_args(Part) if known == word), None)
    if word and not part:
        raise UsageError(f"Unknown part {word!r}", remedy=" or ".join(get_args(Part)))
    return part


def _keep_calibration(result: Bench, path: Path) -> None:
    """Write the calibration in the form of the shipped file, the temperature in use unchanged."""
    import yaml

    from hoofbeat.errors import UsageError
    from hoofbeat.knowledge import Measured, load_calibration

    found = result.calibration
    if found is None:
        raise UsageError("No calibration to keep", why="no case has a disease that is known")
    right = found.sure_right
    measured = Measured(
        patients=f"published patients, annotations {_PROTOCOL[result.protocol]}",
        setting=result.setting,
        model_version=result.model_version,
        ontology_release=result.ontology_release,
        cases=result.summary["known"].n,
        error=round(found.error, 3),
        sure=found.sure,
        sure_right=(round(right.value, 3), round(right.low, 3), round(right.high, 3)),
        factor=found.factor,
    )
    kept = load_calibration().model_copy(update={"measured": (measured,)})
    path.write_text(
        yaml.safe_dump(kept.model_dump(mode="json"), sort_keys=False, width=110), encoding="utf-8"
    )


def _only(files: list[str]) -> str:
    from hoofbeat.errors import UsageError

    if len(files) > 1:
        raise UsageError(f"{len(files)} files where one is wanted", remedy="put the records into one file")
    return files[0]


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
        found = result.calibration
        lines.append(f"Calibration error {found.error:.2f}; {_sure(found.sure, found.sure_right)}.")
        lines.append(
            f"The list that should hold 90 % held the disease in {_share(found.listed)}; "
            f"the middle one has {found.list_length:,}."
        )
        lines.append(
            f"The temperature would fit these cases best if it were {found.factor:g} times what it is."
        )
    lines.append(f"Annotations {_PROTOCOL[result.protocol]}; setting {result.setting}.")
    speed, model = f"{result.milliseconds_per_case:.1f} ms a case", f"model {result.model_version}"
    lines.append(f"{speed}; {model}, HPO {result.ontology_release}.")
    return "\n".join(lines)


def _sure(cases: int, right: Share) -> str:
    if not cases:
        return "how often 90 % sure came true cannot be said: none was that sure"
    return f"{cases} cases were said to be at least 90 % sure, and {_share(right)} of them right"


def peers_text(results: Sequence[PeerResult]) -> str:
    """Return a table of other methods on the same cases as text."""
    lines = [
        "",
        f"{'other methods':<40} {'n':>5}  {'top 1':<18} {'top 3':<18} {'top 10':<18} MRR    ms a case",
    ]
    for result in results:
        speed = f"{result.milliseconds_per_case:.1f}"
        for group in ("known", "clean"):  # --json has the mean over diseases too
            if group in result.summary:
                name = result.name if group == "known" else f"{result.name}, clean"
                line = _summary_line(name, result.summary[group])
                lines.append(f"{line}  {speed}" if group == "known" else line)
    if any(r.sampled is not None for r in results):
        lines.append("pyhpo's own measures were run on a sample of the cases.")
    lines.append("From the same merged annotations as ours, without our own disease models, age and sex.")
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
