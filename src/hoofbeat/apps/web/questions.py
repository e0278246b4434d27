"""The four questions about a case, asked as the command line asks them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from pydantic import BaseModel

from hoofbeat.apps.web.api_models import ExplainRequest, NextRequest, PathwayRequest, RankRequest
from hoofbeat.apps.web.fhir_in import case_from_fhir
from hoofbeat.apps.web.refusals import Refusal
from hoofbeat.cases import Case, CaseReading, read_cases, without_faults
from hoofbeat.diagnosis import advises, explain, next_steps, rank
from hoofbeat.errors import Issue, UsageError
from hoofbeat.pathways import load_pathway, pathway


def usable(reading: CaseReading) -> Case:
    """Return the case that was read.

    Raises Refusal with every fault found, when one of them forbids the use of the case.
    """
    if reading.case is None or not reading.usable:
        raise unusable(reading.issues)
    return reading.case


def read_case_data(data: Mapping[str, Any], *, replace_old_terms: bool = False) -> CaseReading:
    """Return our own mapping, a phenopacket or a FHIR resource as read, with its faults."""
    if data.get("resourceType"):
        read = case_from_fhir(data)
        return CaseReading(read.case, read.issues, "FHIR")
    return next(iter(read_cases(data, replace_old_terms=replace_old_terms)))


def unusable(issues: tuple[Issue, ...]) -> Refusal:
    """Return the refusal of a case with errors: the first in words, all of them in the list."""
    errors = [issue for issue in issues if issue.level == "error"]
    if not errors:
        return Refusal(422, "case", "There is no case in it", remedy="see /api for what a case looks like")
    first = errors[0]
    more = f" (and {len(errors) - 1} more)" if len(errors) > 1 else ""
    return Refusal(
        422, first.category, first.message + more, where=first.where, remedy=first.remedy, issues=issues
    )


def ask_rank(asked: RankRequest, reading: CaseReading) -> BaseModel:
    """Return the differential."""
    return rank(
        usable(reading),
        setting=asked.setting,
        top=asked.top,
        why=asked.why,
        seed=asked.seed,
        leave_out=tuple(asked.leave_out),
        within=tuple(asked.within),
    )


def ask_explain(asked: ExplainRequest, reading: CaseReading) -> BaseModel:
    """Return why one disease stands where it stands."""
    case = usable(reading)
    leave_out = tuple(asked.leave_out)
    return explain(case, asked.disease, setting=asked.setting, seed=asked.seed, leave_out=leave_out)


def ask_next(asked: NextRequest, reading: CaseReading) -> BaseModel:
    """Return what is worth doing next."""
    return next_steps(
        usable(reading),
        setting=asked.setting,
        mode=asked.mode,
        disease=asked.disease,
        budget=asked.budget,
        here=asked.here,
    )


def ask_pathway(asked: PathwayRequest, reading: CaseReading) -> BaseModel:
    """Return where the case is on a pathway; faulty parts of the case come back as contradictions."""
    if reading.case is None:
        raise unusable(reading.issues)
    given = with_chance(reading.case, asked.disease, dict(asked.given), asked.setting)
    return pathway(reading.case, asked.disease, given=given, visit=_day(asked.visit))


def with_chance(
    case: Case, disease: str, told: dict[str, str | float], setting: str | None
) -> dict[str, str | float]:
    """Tell the pathway the chance, and whether it passes the testing threshold, where it asks for them."""
    asked = {"probability", "glucagon_advised"} & set(load_pathway(disease).file.told)
    # without knowing who comes to the clinic, a chance is that of a textbook and a threshold means nothing
    if asked & set(told) or len(asked) < 2 or not (setting or case.setting):
        return told
    advice = advises(without_faults(case), setting=setting)
    if advice is None or advice.disease != f"hoofbeat:{disease}":
        return told
    passes = "yes" if advice.threshold.passes else "no"
    return {**told, "probability": advice.threshold.chance, "glucagon_advised": passes}


def _day(text: str | None) -> date | None:
    if text is None:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise UsageError("visit is no date", remedy="write it as 2026-03-14") from None


QUESTIONS = {"rank": ask_rank, "explain": ask_explain, "next": ask_next, "pathway": ask_pathway}
