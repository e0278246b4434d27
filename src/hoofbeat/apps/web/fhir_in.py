"""A chart becomes a case: FHIR R4 Patient, Condition, Observation, DiagnosticReport, drugs and the like."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any, NamedTuple

from hoofbeat.apps.web.fhir_bundle import Chart
from hoofbeat.apps.web.fhir_chart import ChartReader
from hoofbeat.apps.web.fhir_gather import Visit
from hoofbeat.apps.web.fhir_parts import day_of
from hoofbeat.apps.web.fhir_whose import Owner
from hoofbeat.cases import Case, Sex, check_case, without_faults
from hoofbeat.errors import Issue

_SEXES: dict[str, Sex] = {"female": "female", "male": "male", "other": "other", "unknown": "unknown"}


class Charted(NamedTuple):
    """A case from a chart: known holds the slugs of models whose disease is on the problem list.

    dated: findings with the day since which they are known. visits: contacts with their day and kind, the
    oldest first. awaited: slugs of tests that were ordered or done, and have no value that is read. dead:
    whether the patient has died.
    """

    case: Case | None
    issues: tuple[Issue, ...]
    known: tuple[str, ...] = ()
    dated: tuple[tuple[str, str], ...] = ()
    visits: tuple[Visit, ...] = ()
    awaited: tuple[str, ...] = ()
    dead: bool = False


def case_from_fhir(
    data: Mapping[str, Any] | Iterable[Mapping[str, Any]], *, today: date | None = None, of: str = ""
) -> Charted:
    """Return the case that a Bundle, or a list of resources, tells of, with what could not be used.

    today: the day of the visit, from which ages and spans are counted; the present day by default. of: the id
    of the patient that is meant, where it is known; a chart of anyone else is refused. Entries that name
    another patient are left out and counted.
    Doubtful and refuted conditions are no findings; one refuted is absent. What is not read, was cancelled
    or entered in error is counted by kind in the issues, as is a value that cannot be, and nothing is left
    out without one. Words of a
    report's conclusion are never read: that is what a letter is for.
    """
    chart = Chart(data)
    owner = Owner(chart, asked=of)
    if fault := _wrong_patient(chart.of("Patient"), owner, of):
        return Charted(None, (fault,))
    day = today or date.today()  # noqa: DTZ011 (the day where the patient is)
    reader = ChartReader(chart, day, owner)
    reader.read()
    found = reader.found
    case, faults = _in_order(found.case(*_person(owner.patient, day)))
    return Charted(
        case,
        (*found.left.issues(), *faults),
        tuple(dict.fromkeys(found.known)),
        found.dated(),
        reader.visits(),
        tuple(dict.fromkeys(found.awaited)),
        owner.patient.get("deceasedBoolean") is True or bool(owner.patient.get("deceasedDateTime")),
    )


def _wrong_patient(patients: list[Mapping[str, Any]], owner: Owner, of: str) -> Issue | None:
    if len(patients) > 1 or owner.several:
        remedy = "send one patient at a time"
        return Issue("error", "many-patients", "The chart holds several patients", remedy)
    if of and (not patients or patients[0].get("id") != of):
        what = "is that of another patient" if patients else "does not say whose it is"
        remedy = "send the chart of the patient that is asked about"
        return Issue("error", "other-patient", f"The chart {what}", remedy)
    return None


def _in_order(case: Case) -> tuple[Case, tuple[Issue, ...]]:
    """The case without what cannot be, which is named: nobody here can mend a chart, and the rest holds."""
    kept = without_faults(case)
    stay = check_case(kept)
    faults = (i if i.level != "error" or i in stay else _left_out(i) for i in check_case(case))
    return kept, tuple(faults)


def _left_out(fault: Issue) -> Issue:
    message = f"Left out: {fault.message[:1].lower()}{fault.message[1:]}"
    return replace(fault, level="warning", message=message, remedy="mend it where the chart is kept")


def _person(patient: Mapping[str, Any], today: date) -> tuple[float | None, Sex]:
    """Age in years and sex; nothing else of a Patient is read."""
    born = day_of(patient.get("birthDate"))
    years = (today - date.fromisoformat(born)).days / 365.25 if born else None
    kept = round(years, 1) if years is not None and 0 <= years <= 120 else None
    return kept, _SEXES.get(str(patient.get("gender", "unknown")), "unknown")
