"""Options that several commands share, so that a word means the same everywhere."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from hoofbeat.cases import Case

INVALID, PARTIAL = 3, 4

File = Annotated[
    str,
    typer.Argument(
        metavar="FILE",
        help="A case: our YAML, or phenopackets (JSON, JSON Lines, YAML, .gz); - reads standard input.",
    ),
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, one line a case.")]
Setting = Annotated[
    str | None,
    typer.Option(
        "--setting",
        "-s",
        help="How likely each disease is beforehand: described (the often described more), uniform (all "
        "alike), or by who comes to a population, general_practice, dermatology or rare_disease_clinic. "
        "The case's own setting is used when none is given, else described.",
    ),
]
Numbers = Annotated[
    str,
    typer.Option(
        "--numbers", metavar="on|off", help="off shows order, reasons and sources without any chance."
    ),
]
Seed = Annotated[int, typer.Option("--seed", min=0, help="Seed of the draws behind the ranges.")]
OldTerms = Annotated[
    bool,
    typer.Option("--replace-old-terms", help="Replace obsolete term ids by the ids that took their place."),
]
LeaveOut = Annotated[
    list[str] | None,
    typer.Option(
        "--leave-out", metavar="PMID", help="Use no evidence from this publication; may be repeated."
    ),
]


def numbers_on(word: str) -> bool:
    """Read on or off; anything else is a misuse."""
    from hoofbeat.errors import UsageError

    if word not in ("on", "off"):
        raise UsageError(f"--numbers is {word!r}", remedy="--numbers on or --numbers off")
    return word == "on"


class Reader:
    """Reads cases, says on stderr what is wrong with each, and remembers how many could not be used.

    lenient: a case with faulty parts is used without them.
    """

    def __init__(self, source: str, *, replace_old_terms: bool = False, lenient: bool = False) -> None:
        self.source, self.replace, self.lenient = source, replace_old_terms, lenient
        self.good = self.bad = 0

    def __iter__(self) -> Iterator[Case]:
        from hoofbeat.cases import read_cases, without_faults

        for reading in read_cases(self.source, replace_old_terms=self.replace):
            for issue in reading.issues:
                sys.stderr.write(f"{issue}\n")
            if reading.case is None or not (reading.usable or self.lenient):
                self.bad += 1
            else:
                self.good += 1
                yield reading.case if reading.usable else without_faults(reading.case)

    def finish(self) -> None:
        """Exit with 3 when no record could be used, with 4 when some could not."""
        if not self.bad:
            return
        if not self.good:
            raise typer.Exit(INVALID)
        sys.stderr.write(f"{self.bad} of {self.bad + self.good} records could not be used; see above.\n")
        raise typer.Exit(PARTIAL)


def print_json(value: Any) -> None:
    """Print one JSON value on one line, with sorted keys, so that the same answer is the same bytes."""
    typer.echo(json.dumps(value, ensure_ascii=False, sort_keys=True, allow_nan=False, default=_plain))


def _plain(value: Any) -> Any:
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if hasattr(value, "as_json"):
        return value.as_json()
    raise TypeError(type(value).__name__)
