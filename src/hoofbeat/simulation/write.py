"""A cohort written out while it is simulated: phenopackets, OMOP, FHIR, daily courses, a Synthea module."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Literal, get_args

from hoofbeat.cases import to_phenopacket
from hoofbeat.errors import UsageError
from hoofbeat.simulation.engine import Setup
from hoofbeat.simulation.fhir import resources
from hoofbeat.simulation.model import Mechanism
from hoofbeat.simulation.omop import OmopTables, columns
from hoofbeat.simulation.outcome import Outcome, joined
from hoofbeat.simulation.patients import When, cases_of
from hoofbeat.simulation.records import records_of
from hoofbeat.simulation.synthea import synthea_module
from hoofbeat.simulation.tables import Format, LineWriter, TableWriter, made

Form = Literal["phenopackets", "omop", "fhir", "trajectories", "synthea"]
FORMS: tuple[str, ...] = get_args(Form)
# The same cohort is the same bytes: files say a fixed day, not when they were written.
CREATED = "2000-01-01T00:00:00Z"


def write_cohort(
    form: str, folder: Path, mechanism: Mechanism, outcomes: Iterable[Outcome], setup: Setup, *,
    tables: Format = "parquet", when: When = "diagnosis", share: float | None = None, version: str = "",
) -> Iterator[Outcome]:  # fmt: skip
    """Write each group as it comes and pass it on; files are complete once the last has been taken.

    form: phenopackets (one NDJSON file), omop, trajectories (tables), fhir (NDJSON), synthea (one JSON file).
    Raises UsageError for another form, a folder that cannot be made, or Parquet without pyarrow.
    """
    if form == "phenopackets":
        yield from _phenopackets(folder, mechanism, outcomes, when)
    elif form == "omop":
        yield from _omop(folder, mechanism, outcomes, setup, tables=tables, version=version)
    elif form == "fhir":
        yield from _fhir(folder, mechanism, outcomes, setup)
    elif form == "trajectories":
        yield from _trajectories(folder, outcomes, setup, tables)
    elif form == "synthea":
        yield from _synthea(folder, mechanism, outcomes, share)
    else:
        raise UsageError(f"--as is {form!r}", remedy=f"one of: {', '.join(FORMS)}")


def _phenopackets(
    folder: Path, mechanism: Mechanism, outcomes: Iterable[Outcome], when: When
) -> Iterator[Outcome]:
    with LineWriter(folder) as lines:
        for outcome in outcomes:
            for case in cases_of(mechanism, outcome, when):
                lines.add("phenopackets", to_phenopacket(case, created=CREATED))
            yield outcome


def _omop(
    folder: Path,
    mechanism: Mechanism,
    outcomes: Iterable[Outcome],
    setup: Setup,
    *,
    tables: Format,
    version: str,
) -> Iterator[Outcome]:
    omop = OmopTables(version=version)
    with TableWriter(folder, columns(), tables) as writer:
        for outcome in outcomes:
            for name, row in omop.rows(
                records_of(mechanism, outcome, years=setup.years, seed=setup.seed, fixed=setup.fixed)
            ):
                writer.add(name, row)
            yield outcome
        for name, row in omop.closing():
            writer.add(name, row)


def _fhir(folder: Path, mechanism: Mechanism, outcomes: Iterable[Outcome], setup: Setup) -> Iterator[Outcome]:
    with LineWriter(folder) as lines:
        for outcome in outcomes:
            records = records_of(mechanism, outcome, years=setup.years, seed=setup.seed, fixed=setup.fixed)
            for resource in resources(records):
                lines.add(resource["resourceType"], resource)
            yield outcome


def _trajectories(
    folder: Path, outcomes: Iterable[Outcome], setup: Setup, tables: Format
) -> Iterator[Outcome]:
    types = {"patient": "integer required", "day": "float required", **dict.fromkeys(setup.record, "float")}
    with TableWriter(folder, {"trajectories": types}, tables) as writer:
        for outcome in outcomes:
            for number, patient in enumerate(outcome.patients.tolist()):
                alive = outcome.course_days <= outcome.death[number]
                for point, day in enumerate(outcome.course_days[alive].tolist()):
                    row = {
                        name: round(float(outcome.course[name][point, number]), 5) for name in setup.record
                    }
                    writer.add("trajectories", {"patient": patient, "day": day, **row})
            yield outcome


def _synthea(
    folder: Path, mechanism: Mechanism, outcomes: Iterable[Outcome], share: float | None
) -> Iterator[Outcome]:
    kept = list(outcomes)
    module = synthea_module(mechanism, joined(kept), share=share)
    path = made(folder) / f"{mechanism.slug}.json"
    path.write_text(json.dumps(module, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    yield from kept
