"""hoofbeat policy: test when a chance passes a threshold, against usual care."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from hoofbeat.apps.cli.options import Json, print_json

if TYPE_CHECKING:
    from hoofbeat.cases import Case
    from hoofbeat.simulation import PolicyRange

# Cases of each look-alike: of ten diseases, 500, so that 45 of 1,000 are known to about 15 either way.
EACH = 50
# Who comes with a rash: the diseases that the tumour must be told apart from, unless others are named.
ALIKE = (
    "atopic_eczema,plaque_psoriasis,inverse_psoriasis,seborrhoeic_dermatitis,intertrigo_candidiasis,"
    "irritant_contact_dermatitis,pemphigus_foliaceus,bullous_pemphigoid,acquired_zinc_deficiency,pellagra"
)


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("policy")(policy)


def policy(
    disease: Annotated[
        str, typer.Argument(metavar="[DISEASE]", help="A disease with a mechanism.")
    ] = "glucagonoma",
    n: Annotated[int, typer.Option("-n", help="Patients with the disease.")] = 300,
    years: Annotated[float, typer.Option("--years", help="How long each is followed.")] = 12.0,
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same patients.")] = 1,
    visit: Annotated[int, typer.Option("--visit", help="The visit at which the chance decides.")] = 1,
    thresholds: Annotated[
        str, typer.Option("--thresholds", metavar="LIST", help="Chances from which the test is done.")
    ] = "0.01,0.03,0.1,0.3",
    alike: Annotated[
        str, typer.Option("--alike", metavar="LIST", help="Diseases in which tests are done in vain.")
    ] = ALIKE,
    before: Annotated[
        float | None,
        typer.Option("--before", help="Share of such patients who have the disease; all alike if not given."),
    ] = None,
    worlds: Annotated[
        int, typer.Option("--worlds", help="Worlds drawn from the parameters' ranges, for the ranges shown.")
    ] = 3,
    processes: Annotated[int, typer.Option("--processes", help="Processes that share the work.")] = 1,
    json: Json = False,
) -> None:
    """What a rule "test when the chance passes t at visit k" saves, and what it costs, against usual care.

    The chance is that of the disease among it and the look-alikes, as likely beforehand as --before says, by
    the signs alone: sites, values and failed treatments are known of one group only. Ranges: 90 % of the
    worlds; of the look-alikes, the 90 % interval of the count.

    Example: hoofbeat policy glucagonoma -n 20 --years 6 --worlds 1 --thresholds 0.1
    """
    from hoofbeat.errors import UsageError
    from hoofbeat.simulation import Setup, alike_cases, load_mechanism, policy_curve

    mechanism = load_mechanism(disease)
    others = [slug for slug in alike.split(",") if slug not in ("", disease)]
    if worlds < 1:
        raise UsageError(f"--worlds is {worlds}", remedy="1 or more")
    curve = policy_curve(
        mechanism,
        n,
        Setup(years=years, seed=seed),
        _scores(disease, others, before),
        thresholds=_thresholds(thresholds),
        visit=visit,
        alike=list(alike_cases(mechanism, others, EACH * len(others), seed=seed)) if others else [],
        worlds=worlds,
        processes=processes,
    )
    if json:
        print_json({"disease": disease, "visit": visit, "worlds": worlds, "curve": curve})
        return
    typer.echo(f"Tested at visit {visit} when the chance of {disease} is at least t, against usual care:")
    for point in curve:
        typer.echo(_line(point, spreads=bool(mechanism.clinic.spread)))


def _thresholds(words: str) -> list[float]:
    from hoofbeat.errors import UsageError

    try:
        return [float(word) for word in words.split(",")]
    except ValueError as fault:
        raise UsageError(f"--thresholds is {words!r}", remedy="--thresholds 0.01,0.1") from fault


def _scores(disease: str, others: list[str], before: float | None) -> Callable[[Sequence[Case]], list[float]]:
    """Return a function from cases to the chance of the disease, among it and the others."""
    from hoofbeat.diagnosis import rank
    from hoofbeat.errors import UsageError
    from hoofbeat.knowledge import find_disease, load_knowledge

    if before is not None and not 0 < before < 1:
        raise UsageError(f"--before is {before:g}", remedy="a share between 0 and 1: --before 0.001")
    # odds of the disease beforehand, against those of the ranking, in which all are alike
    factor = 1.0 if before is None else before / (1 - before) * len(others)
    knowledge = load_knowledge()
    within = [find_disease(knowledge, slug).id for slug in (disease, *others)]

    def scores(cases: Sequence[Case]) -> list[float]:
        found = []
        for number, case in enumerate(cases, start=1):
            ranking = rank(case, setting="uniform", within=within, top=len(within), why=False)
            chance = next((line.chance for line in ranking.ranked if line.slug == disease), 0.0)
            found.append(chance * factor / (chance * factor + 1 - chance))
            if sys.stderr.isatty() and number % 50 == 0:
                sys.stderr.write(f"\r{number:,} of {len(cases):,} cases ranked")
        return found

    return scores


def _line(point: PolicyRange, *, spreads: bool) -> str:
    f = point.figures

    def span(name: str, scale: float = 1.0, form: str = ".0f") -> str:
        middle, low, high = (scale * value for value in f[name])
        if low == high:  # one world, or the same in all
            return f"{middle:{form}}"
        return f"{middle:{form}} ({low:{form}} to {high:{form}})"

    early = f"{span('before_spread', 100)} % against {span('before_spread_usual', 100)} %; "
    early = f"found before spread {early}" if spreads else ""
    return (
        f"  t = {point.threshold:g}: tests in {span('tested', 100)} % of patients and "
        f"{span('tests_alike')} of 1,000 look-alikes; {span('months_saved', 1, '.1f')} months saved; "
        f"{early}{span('life_years', 1, '.2f')} life-years gained"
    )
