"""hoofbeat simulate: virtual patients from a disease's mechanism, and what would happen if."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hoofbeat.apps.cli.options import Json, print_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from hoofbeat.simulation import Difference, Mechanism, Setup, Summary


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("simulate")(simulate)


Words = list[str] | None
# options of which one would be ignored
_APART = {
    "--experiments": ("--plots", "--do", "--out", "--cause", "--fix", "--hold"),
    "--plots": ("--do", "--out", "--json"),
    "--do": ("--out",),
}


def simulate(
    disease: Annotated[
        str, typer.Argument(metavar="[DISEASE]", help="A disease with a mechanism.")
    ] = "glucagonoma",
    n: Annotated[int, typer.Option("-n", help="How many patients.")] = 1000,
    years: Annotated[float, typer.Option("--years", help="How long each is followed.")] = 10.0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same patients.")] = 1,
    processes: Annotated[int, typer.Option("--processes", help="Processes that share the work.")] = 1,
    out: Annotated[
        Path | None, typer.Option("--out", "-o", metavar="FOLDER", help="Write the patients here.")
    ] = None,
    form: Annotated[
        str,
        typer.Option(
            "--as",
            metavar="FORM",
            help="What is written: phenopackets, omop (CDM 5.4), fhir (R4 NDJSON), trajectories, synthea.",
        ),
    ] = "phenopackets",
    tables: Annotated[
        str, typer.Option("--tables", metavar="parquet|csv", help="For omop and trajectories.")
    ] = "parquet",
    when: Annotated[
        str,
        typer.Option(
            "--when", metavar="diagnosis|first_visit", help="For phenopackets: as known at which time."
        ),
    ] = "diagnosis",
    every: Annotated[float, typer.Option("--every", help="For trajectories: days between two points.")] = 7.0,
    share: Annotated[
        float | None, typer.Option("--share", help="For synthea: of the population that gets the disease.")
    ] = None,
    do: Annotated[
        Words,
        typer.Option(
            "--do",
            metavar="WORDS",
            help='Compare with no treatment: "octreotide at 90 days"; may be repeated.',
        ),
    ] = None,
    window: Annotated[
        float, typer.Option("--window", help="For --do: days over which levels are averaged.")
    ] = 90.0,
    cut: Annotated[
        Words,
        typer.Option("--cut", metavar="LINK", help="Switch a link of the mechanism off; may be repeated."),
    ] = None,
    cause: Annotated[
        Words,
        typer.Option(
            "--cause", help="Another cause instead of the disease's own: cirrhosis; may be repeated."
        ),
    ] = None,
    fix: Annotated[
        Words, typer.Option("--fix", metavar="PARAMETER=VALUE", help="Fix a parameter; may be repeated.")
    ] = None,
    hold: Annotated[
        Words,
        typer.Option("--hold", metavar="NODE=VALUE", help="Hold a node of the mechanism; may be repeated."),
    ] = None,
    experiments: Annotated[
        bool,
        typer.Option(
            "--experiments",
            help="Run the published experiments beside what was observed; with --cut, without a link.",
        ),
    ] = False,
    plots: Annotated[
        Path | None,
        typer.Option(
            "--plots", metavar="FOLDER", help="Draw the cohort's bands and one patient's course here (SVG)."
        ),
    ] = None,
    json: Json = False,
) -> None:
    """Virtual patients: signs, visits, wrong labels, tests, diagnosis and care, day by day.

    Example: hoofbeat simulate glucagonoma -n 50 --years 5 --seed 1
    """
    from hoofbeat.simulation import load_mechanism

    mechanism = load_mechanism(disease)
    _apart(
        {"--experiments": experiments, "--plots": plots, "--do": do, "--out": out, "--json": json}
        | {"--cause": cause, "--fix": fix, "--hold": hold}
    )
    if form != "phenopackets" and not out:
        _need_folder(form)
    setup = _setup(
        mechanism, years=years, seed=seed, cut=cut or [], cause=cause or [], fix=fix or [], hold=hold or []
    )
    if experiments:
        _experiments(mechanism, seed=seed, cut=setup.cut, json=json)
        return
    if plots:
        _draw(mechanism, n, setup, plots, every=every, processes=processes)
        return
    if do:
        _compare(mechanism, n, setup, do, window=window, processes=processes, json=json)
        return
    summary = _run(
        mechanism, n, setup, processes=processes, out=out, form=form, tables=tables, when=when, every=every,
        share=share,
    )  # fmt: skip
    if json:
        print_json(summary.as_json())
    else:
        _print(summary, out, setup.causes)


def _apart(given: Mapping[str, object]) -> None:
    """Refuse two options of which one would be ignored."""
    from hoofbeat.errors import UsageError

    for one, others in _APART.items():
        for other in others:
            if given[one] and given[other]:
                raise UsageError(
                    f"{one} and {other} cannot be given together",
                    why="One of them would have no effect.",
                    remedy=f"run it twice, once with {one} and once with {other}",
                )


def _need_folder(form: str) -> None:
    from hoofbeat.errors import UsageError
    from hoofbeat.simulation import FORMS

    if form not in FORMS:
        raise UsageError(f"--as is {form!r}", remedy=f"one of: {', '.join(FORMS)}")
    raise UsageError(f"--as {form} needs a folder", why="Nothing would be written.", remedy="--out FOLDER")


def _draw(mechanism: Mechanism, n: int, setup: Setup, folder: Path, *, every: float, processes: int) -> None:
    """Draw every quantity that the mechanism shows: the bands of all, and the course of the first patient."""
    from dataclasses import replace

    from hoofbeat.reports import bands_svg, course_svg
    from hoofbeat.simulation import bands, course_of, simulate

    setup = replace(setup, record=mechanism.file.shown, every=_days(every))
    outcome = simulate(mechanism, n, setup, processes=processes)
    folder.mkdir(parents=True, exist_ok=True)
    course = course_of(outcome, int(outcome.patients[0]))
    for name in mechanism.file.shown:
        node = mechanism.file.nodes[name]
        words = {"name": node.name, "unit": node.unit}
        whole = bands_svg(outcome.course_days, bands(outcome, name), **words, key=f"bands-{name}")
        one = course_svg(course, name, **words, key=f"course-{name}")
        (folder / f"{name}_bands.svg").write_text(whole + "\n", encoding="utf-8")
        (folder / f"{name}_course.svg").write_text(one + "\n", encoding="utf-8")
    typer.echo(f"{2 * len(mechanism.file.shown)} drawings of {n:,} patients in {folder}")


def _days(every: float) -> float:
    from hoofbeat.errors import UsageError

    if not 1 <= every <= 36_525:  # nor is it "not a number"
        raise UsageError(f"--every is {every:g}", remedy="days between two points, 1 or more: --every 7")
    return every


def _setup(
    mechanism: Mechanism,
    *,
    years: float,
    seed: int,
    cut: list[str],
    cause: list[str],
    fix: list[str],
    hold: list[str],
) -> Setup:
    from hoofbeat.errors import UsageError
    from hoofbeat.simulation import Setup

    links = {link.id for link in mechanism.file.links}
    for name in cut:
        if name not in links:
            known = ", ".join(f"{link.id} ({link.name.lower()})" for link in mechanism.file.links)
            raise UsageError(
                f"--cut is {name!r}, which is no link", why=f"Links: {known}.", remedy="--cut L7"
            )
    causes = []
    for name in cause:
        item = mechanism.intervention(name)
        if item is None or item.kind == "treatment":
            known = ", ".join(i.id for i in mechanism.file.interventions if i.kind != "treatment")
            raise UsageError(f"--cause is {name!r}", remedy=f"one of: {known}")
        causes.append(item.id)
    return Setup(
        years=years, seed=seed, cut=tuple(cut), causes=tuple(causes),
        fixed=_fixed(mechanism, fix), hold=_held(mechanism, hold),
    )  # fmt: skip


def _held(mechanism: Mechanism, words: list[str]) -> dict[str, float]:
    from math import isfinite

    from hoofbeat.errors import UsageError

    nodes = [name for name, node in mechanism.file.nodes.items() if node.kind != "lesions"]
    found: dict[str, float] = {}
    for word in words:
        name, _, said = word.partition("=")
        if name not in nodes:
            raise UsageError(
                f"--hold names {name!r}", why=f"Nodes: {', '.join(nodes)}.", remedy="--hold zinc=1"
            )
        try:
            value = float(said)
        except ValueError:
            value = -1.0
        if not (isfinite(value) and value >= 0):
            raise UsageError(f"--hold is {word!r}", remedy=f"a number, 0 or more: --hold {name}=1")
        found[name] = value
    return found


def _fixed(mechanism: Mechanism, words: list[str]) -> dict[str, float]:
    from hoofbeat.errors import UsageError

    found: dict[str, float] = {}
    for word in words:
        name, _, value = word.partition("=")
        if name not in mechanism.parameters:
            raise UsageError(f"--fix names {name!r}, which is no parameter", remedy="see mechanism.yaml")
        found[name] = _possible(mechanism, name, value)
    return found


def _possible(mechanism: Mechanism, name: str, word: str) -> float:
    """Read the value a parameter is fixed at; refuse what its kind of number cannot be."""
    from math import inf, isfinite

    from hoofbeat.errors import UsageError

    parameter = mechanism.parameters[name]
    fraction = parameter.shape == "logit" or parameter.counted is not None
    low = -inf if parameter.shape == "normal" and not fraction else 0.0
    try:
        value = float(word)
    except ValueError:
        value = inf
    if not isfinite(value) or value <= low or (fraction and value >= 1):
        span = "between 0 and 1" if fraction else "above 0" if low == 0 else "a number"
        raise UsageError(
            f"--fix {name}={word}", why=f"{parameter.name} is {span}.", remedy=f"--fix {name}=0.5"
        )
    return value


def _run(
    mechanism: Mechanism, n: int, setup: Setup, *, processes: int, out: Path | None, form: str, tables: str,
    when: str, every: float, share: float | None,
) -> Summary:  # fmt: skip
    from dataclasses import replace

    from hoofbeat import __version__
    from hoofbeat.errors import UsageError
    from hoofbeat.simulation import Summary, groups, write_cohort

    if tables not in {"parquet", "csv"}:
        raise UsageError(f"--tables is {tables!r}", remedy="--tables parquet or --tables csv")
    if when not in {"diagnosis", "first_visit"}:
        raise UsageError(f"--when is {when!r}", remedy="--when diagnosis or --when first_visit")
    if share is not None and not 0 < share <= 1:
        raise UsageError(f"--share is {share:g}", remedy="a share of the population: --share 0.01")
    if out and form == "trajectories":
        setup = replace(setup, record=mechanism.file.shown, every=_days(every))
    outcomes = groups(mechanism, n, setup, processes=processes, progress=_progress(n))
    if out:
        outcomes = write_cohort(
            form, out, mechanism, outcomes, setup,
            tables="csv" if tables == "csv" else "parquet",
            when="diagnosis" if when == "diagnosis" else "first_visit",
            share=share, version=__version__,
        )  # fmt: skip
    summary = Summary(mechanism)
    for outcome in outcomes:
        summary.add(outcome)
    return summary


def _progress(n: int) -> Callable[[int], None] | None:
    """Say how far it is, on a terminal only."""
    if not sys.stderr.isatty():
        return None

    def say(done: int) -> None:
        sys.stderr.write(f"\r{done:,} of {n:,} patients" + ("\n" if done >= n else ""))
        sys.stderr.flush()

    return say


def _print(summary: Summary, out: Path | None, causes: Sequence[str]) -> None:
    name = " and ".join(c.replace("_", " ") for c in causes) or summary.mechanism.slug
    typer.echo(f"{summary.patients:,} virtual patients with {name}: {summary.came:,} came to a doctor.")
    low, middle, high = summary.delay
    share = f"{100 * summary.found / summary.patients:.0f} %"
    after = f", {middle:.0f} months after the first sign ({low:.0f}–{high:.0f})" if summary.found else ""
    typer.echo(f"Found: {summary.found:,} ({share}){after}.")
    if summary.found and summary.mechanism.clinic.spread:
        typer.echo(f"Spread when found: {100 * summary.spread / summary.found:.0f} %.")
    if summary.found:
        typer.echo("Signs by the time it is found:")
        for sign, count in sorted(summary.signs.items(), key=lambda item: -item[1]):
            typer.echo(f"  {100 * count / summary.found:3.0f} %  {sign}")
    told = [(count, label) for label, count in summary.labels.items() if count]
    if told:
        typer.echo(
            "Told before: "
            + ", ".join(f"{label} {count:,}" for count, label in sorted(told, reverse=True))
            + "."
        )
    if out:
        typer.echo(f"Written to {out}. Nobody in it has lived.")


def _compare(
    mechanism: Mechanism, n: int, setup: Setup, words: list[str], *, window: float, processes: int, json: bool
) -> None:
    from hoofbeat.simulation import compare, read_plan

    plans = tuple(read_plan(word, mechanism) for word in words)
    found = compare(mechanism, n, setup, plans, window=window, processes=processes)
    if json:
        print_json({"do": words, "patients": found[0].patients, "differences": found})
        return
    typer.echo(
        f"{found[0].patients:,} of {n:,} patients reached it; "
        "the same patients, with the same luck, without and with it:"
    )
    for row in found:
        typer.echo(f"  {_row(row)}")


def _row(row: Difference) -> str:
    unit = f" {row.unit}" if row.unit else ""
    change = f"{row.difference:+.3g} ({row.low:+.3g} to {row.high:+.3g})"
    return f"{row.name}: {row.without:.3g} -> {row.with_it:.3g}{unit}, difference {change}"


def _experiments(mechanism: Mechanism, *, seed: int, cut: tuple[str, ...], json: bool) -> None:
    from hoofbeat.simulation import run_experiments

    rows = run_experiments(mechanism, seed=seed, cut=cut)
    outside = [row for row in rows if not row.inside]
    if json:
        print_json({"disease": mechanism.slug, "seed": seed, "cut": cut, "experiments": rows})
    else:
        for row in rows:
            low, high = (_figure(end, row.unit) for end in row.observed)
            verdict = "inside" if row.inside else "OUTSIDE"
            set_by = " (parameters set in sight of it)" if row.use == "set" else ""
            simulated = f"{_figure(row.simulated, row.unit)} {row.unit or '%'}"
            typer.echo(f"{verdict:8} {row.name}: {simulated}, observed {low}–{high}{set_by}")
        if not rows:
            typer.echo(f"No published experiment is entered for {mechanism.slug}.")
        typer.echo(f"{len(rows) - len(outside)} of {len(rows)} inside.")
    if outside:
        raise typer.Exit(1)


def _figure(value: float, unit: str) -> str:
    """A figure to three digits; a share in per cent."""
    shown = value if unit else 100 * value
    return f"{shown:,.0f}" if abs(shown) >= 100 else f"{shown:.3g}"
