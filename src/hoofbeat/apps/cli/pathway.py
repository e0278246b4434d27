"""hoofbeat pathway: where a case is on the way from suspicion to follow-up, and what comes next."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from hoofbeat.apps.cli.options import (
    INVALID,
    PARTIAL,
    Json,
    Numbers,
    OldTerms,
    Setting,
    numbers_on,
    print_json,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from hoofbeat.cases import Case, CaseReading
    from hoofbeat.pathways import PathwayResult


def add(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command("pathway")(pathway)


def pathway(
    file: Annotated[
        str | None,
        typer.Argument(
            metavar="[FILE]",
            help="A case: our YAML, or phenopackets; - reads standard input, as does nothing. "
            "With --to, no case is needed.",
        ),
    ] = None,
    json: Json = False,
    to: Annotated[
        str | None,
        typer.Option(
            "--to",
            metavar="fhir|mermaid",
            help="Print the pathway itself: fhir is a FHIR R4 PlanDefinition, mermaid a diagram "
            "(with the place of the case, if one is named).",
        ),
    ] = None,
    disease: Annotated[
        str,
        typer.Option(
            "--disease", "-d", metavar="SLUG", help="Whose pathway: glucagonoma or pseudoglucagonoma."
        ),
    ] = "glucagonoma",
    given: Annotated[
        list[str] | None,
        typer.Option(
            "--given",
            metavar="NAME=VALUE",
            help="A fact the case file has no field for, such as spread=metastatic; may be repeated. "
            "An unknown name lists those there are.",
        ),
    ] = None,
    visit: Annotated[
        str | None,
        typer.Option(
            "--visit", metavar="DATE", help="The day of the visit; the last date in the case otherwise."
        ),
    ] = None,
    setting: Setting = None,
    numbers: Numbers = "on",
    replace_old_terms: OldTerms = False,
) -> None:
    """Where is this case on the way: what is done, what is missing or contradictory, what to consider next.

    Example: hoofbeat pathway examples/published_patient.yaml
    """
    from hoofbeat.apps.cli.pathway_text import pathway_text
    from hoofbeat.pathways import load_pathway, to_mermaid
    from hoofbeat.pathways import pathway as walk
    from hoofbeat.reports import without_amounts

    shown, told, day = numbers_on(numbers), _given(given or []), _day(visit)
    if to is not None and (to != "mermaid" or file is None):
        _export(to, disease)
        return
    good = bad = 0
    for case, reading in _cases(file or "-", replace_old_terms):
        if case is None:
            bad += 1
            continue
        good += 1
        result = walk(case, disease, given=_with_chance(case, disease, told, setting), visit=day)
        bad += not reading.usable
        _say(reading, result)
        if to == "mermaid":
            typer.echo(to_mermaid(load_pathway(disease), result), nl=False)
        elif json:
            print_json(result if shown else without_amounts(result.model_dump(mode="json")))
        else:
            typer.echo(pathway_text(result, numbers=shown))
    if bad:
        raise typer.Exit(PARTIAL if good else INVALID)


def _cases(source: str, replace: bool) -> Iterator[tuple[Case | None, CaseReading]]:
    """Each record; one with faulty parts is walked without them, since its faults are part of the answer."""
    from hoofbeat.cases import read_cases

    for reading in read_cases(source, replace_old_terms=replace):
        if reading.case is None:
            _say(reading, None)
        yield reading.case, reading


def _say(reading: CaseReading, result: PathwayResult | None) -> None:
    """Write to stderr what was wrong with a record and is not part of the answer."""
    import sys

    told = {issue.message for issue in result.contradictions} if result else set()
    for issue in reading.issues:
        if issue.message not in told:
            sys.stderr.write(f"{issue}\n")


def _export(to: str, disease: str) -> None:
    from hoofbeat.errors import UsageError
    from hoofbeat.pathways import load_pathway, to_mermaid, to_plan_definition

    if to == "fhir":
        print_json(to_plan_definition(load_pathway(disease)))
    elif to == "mermaid":
        typer.echo(to_mermaid(load_pathway(disease)), nl=False)
    else:
        raise UsageError(f"--to is {to!r}", remedy="--to fhir or --to mermaid")


def _given(words: list[str]) -> dict[str, str | float]:
    from hoofbeat.errors import UsageError

    found: dict[str, str | float] = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise UsageError(f"--given is {word!r}", remedy="--given spread=metastatic")
        found[name.strip()] = value.strip()
    return found


def _day(text: str | None) -> date | None:
    from datetime import date

    from hoofbeat.errors import UsageError

    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError as fault:
        raise UsageError(f"--visit is {text!r}", remedy="--visit 2026-03-14") from fault


def _with_chance(case: Case, disease: str, told: dict[str, Any], setting: str | None) -> dict[str, Any]:
    """Tell the pathway the chance, and whether it passes the testing threshold, where it asks for them."""
    from hoofbeat.cases import without_faults
    from hoofbeat.diagnosis import advises
    from hoofbeat.pathways import load_pathway

    asked = {"probability", "glucagon_advised"} & set(load_pathway(disease).file.told)
    # without knowing who comes to the clinic, a chance is that of a textbook and a threshold means nothing
    if asked & set(told) or len(asked) < 2 or not (setting or case.setting):
        return told
    advice = advises(without_faults(case), setting=setting)
    if advice is None or advice.disease != f"hoofbeat:{disease}":
        return told
    passes = "yes" if advice.threshold.passes else "no"
    return {**told, "probability": advice.threshold.chance, "glucagon_advised": passes}
