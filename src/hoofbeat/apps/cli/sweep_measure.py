"""hoofbeat sweep plant and back: measure before you trust."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hoofbeat.apps.cli.options import Json, Reader, print_json
from hoofbeat.apps.cli.sweep_options import (
    Disease,
    Fhir,
    Index,
    Memory,
    Omop,
    Threads,
    Vocabulary,
    progress,
)

if TYPE_CHECKING:
    from hoofbeat.sweep import Lead, LeadTime, Place, Recall, Validation

BOUND = (
    "They come from the model that looks for them and have no other illness: take this as an upper bound. "
    "Published patients are the other view."
)


def add(group: typer.Typer) -> None:
    """Add the commands to those of the sweep."""
    group.command("plant")(plant)
    group.command("back")(back)


def plant(
    cases: Annotated[
        str, typer.Argument(metavar="[CASES]", help="Patients: phenopackets, one or many.")
    ] = "",
    simulated: Annotated[
        int,
        typer.Option("--simulated", min=0, metavar="N", help="Virtual patients instead, with lead time."),
    ] = 0,
    disease: Disease = "glucagonoma",
    omop: Omop = None,
    vocabulary: Vocabulary = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the results.")] = None,
    top: Annotated[
        list[int] | None, typer.Option("--top", "-n", min=1, help="Lengths of the list; may be repeated.")
    ] = None,
    years: Annotated[
        float, typer.Option("--years", help="For --simulated: how long each is followed.")
    ] = 10.0,
    every: Annotated[int, typer.Option("--every", min=1, help="For --simulated: months between lists.")] = 6,
    seed: Annotated[int, typer.Option("--seed", help="Seed of the dates, and of virtual patients.")] = 1,
    json: Json = False,
    memory: Memory = "4GB",
    threads: Threads = None,
) -> None:
    """Put known or virtual patients among other people's records, and see how many a sweep finds.

    Example: hoofbeat sweep plant published.jsonl --omop cdm/ --out check/
    """
    from hoofbeat.errors import UsageError
    from hoofbeat.sweep import Place, plant_simulated

    if out is None:
        raise UsageError("There is no folder for the results", remedy="--out check/")
    if bool(cases) == bool(simulated):
        raise UsageError(
            "Either published or virtual patients are planted",
            remedy="name a file of phenopackets, or --simulated 100",
        )
    place = Place(omop=omop, vocabulary=vocabulary, memory=memory, threads=threads)
    tops = top or (100, 1000)
    if simulated:
        found = plant_simulated(
            disease, simulated, place, out, years=years, months=every, tops=tops, seed=seed, say=progress
        )
        _print_simulated(found, json=json)
    else:
        _plant_cases(disease, cases, place, out, tops=tops, seed=seed, json=json)


def _plant_cases(
    disease: str, cases: str, place: Place, out: Path, *, tops: Sequence[int], seed: int, json: bool
) -> None:
    from hoofbeat.sweep import plant as plant_cases

    reader = Reader(cases)
    found = plant_cases(disease, reader, place, out, tops=tops, seed=seed, say=progress)
    if json:
        print_json(
            {
                "people": found.people,
                "recall": [_recall(r, found.people) for r in found.recall],
                "with another diagnosis": [_recall(r, found.people) for r in found.others],
            }
        )
    else:
        _print_published(found)
    reader.finish()


def _print_published(found: Validation) -> None:
    for recall in found.recall:
        typer.echo(
            f"Among the first {recall.top} of {found.people} ({_per_million(recall.top, found.people)} per "
            f"million): {recall.found} of {recall.of} planted patients ({_span(recall)})."
        )
    for recall in found.others:
        if recall.of:
            typer.echo(
                f"Of {recall.of} planted who had another diagnosis, {recall.found} stood among the first "
                f"{recall.top}."
            )
    for name, count in found.not_shown[:8]:
        typer.echo(f"No record shows: {name} ({count} patients)")


def _print_simulated(found: LeadTime, *, json: bool) -> None:
    if json:
        print_json(
            {
                "people": found.people,
                "planted": found.planted,
                "diagnosed": found.diagnosed,
                "dates": found.dates,
                "leads": [_lead(lead, found.people) for lead in found.leads],
                "upper_bound": BOUND,
            }
        )
        return
    typer.echo(
        f"{found.planted} virtual patients among {found.people} people, {found.diagnosed} of them "
        f"diagnosed in the records; lists as of {len(found.dates)} dates, {found.dates[0]} to "
        f"{found.dates[-1]}."
    )
    for lead in found.leads:
        typer.echo(
            f"Among the first {lead.top} ({_per_million(lead.top, found.people)} per million) before their "
            f"diagnosis: {lead.before.found} of {lead.before.of} ({_span(lead.before)}); on the last list "
            f"before it {lead.last.found}."
        )
        if lead.months:
            typer.echo(f"  Lead time of these, in months: {_middle(lead.months, lead.interval)}.")
        typer.echo(
            f"  Of {found.planted - found.diagnosed} never diagnosed, {lead.undiagnosed} stood on a list."
        )
    typer.echo(BOUND)


def _lead(lead: Lead, people: int) -> dict[str, Any]:
    told = lead._asdict()
    return told | {"before": _recall(lead.before, people), "last": _recall(lead.last, people)}


def _recall(recall: Recall, people: int) -> dict[str, Any]:
    return recall._asdict() | {"per_million": _per_million(recall.top, people)}


def _per_million(top: int, people: int) -> int:
    return round(top * 1_000_000 / max(people, 1))


def _span(recall: Recall) -> str:
    return f"{100 * recall.low:.0f}–{100 * recall.high:.0f} %"


def back(
    first: Annotated[str, typer.Option("--from", help="First date.")],
    last: Annotated[str, typer.Option("--to", help="Last date.")],
    months: Annotated[int, typer.Option("--every", min=1, help="Months between dates.")] = 6,
    disease: Disease = "glucagonoma",
    omop: Omop = None,
    fhir: Fhir = None,
    index: Index = None,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder of the last list.")] = None,
    top: Annotated[int, typer.Option("--top", "-n", min=1, help="Length of the list.")] = 100,
    memory: Memory = "4GB",
    threads: Threads = None,
) -> None:
    """What earlier lists would have held: months gained for those who have the diagnosis now.

    Example: hoofbeat sweep back --from 2015-01-01 --to 2020-01-01 --omop cdm/ --out back/
    """
    from datetime import date

    from hoofbeat.errors import UsageError
    from hoofbeat.sweep import Place, every, look_back

    try:
        dates = every(date.fromisoformat(first), date.fromisoformat(last), months)
    except ValueError:
        raise UsageError("That is no date", remedy="--from 2015-01-01 --to 2020-01-01") from None
    if out is None:
        raise UsageError("There is no folder for the results", remedy="--out back/")
    place = Place(omop=omop, fhir=fhir, index=index, memory=memory, threads=threads)
    found = look_back(disease, place, out, dates, top=top, say=progress)
    _, low, high = (100 * share for share in found.share)
    typer.echo(
        f"{found.listed} of {found.known} people with the diagnosis stood among the first {top} before it "
        f"on one of {len(found.dates)} dates ({low:.0f}–{high:.0f} %)."
    )
    if found.earlier:
        typer.echo(
            f"{found.earlier} others have it from the first of these dates on or before, or from a day that "
            "is not told: no list could have had them before."
        )
    if found.months:
        typer.echo(f"Months gained: {_middle(found.months, found.interval)}.")


def _middle(months: tuple[float, float, float], interval: tuple[float, float] | None) -> str:
    between = " ({}–{})".format(*interval) if interval else ""
    return "median {}{}, from {} to {}".format(months[0], between, *months[1:])
