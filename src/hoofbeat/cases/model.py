"""What is known of one patient: findings, measurements, treatments."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Sex = Literal["female", "male", "other", "unknown"]
Setting = Literal["population", "general_practice", "dermatology", "rare_disease_clinic"]


class State(StrEnum):
    """Whether a finding is there; "not asked" says nothing about it."""

    PRESENT = "present"
    ABSENT = "absent"
    NOT_ASKED = "not_asked"


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Finding(_Part):
    """One sign, symptom or test result, in HPO's words.

    term: HPO id, current in the pinned release ("HP:0200041").
    label: the term's label; filled when the case is read.
    where: body-site slugs of hoofbeat.terms ("groin", "lower_leg").
    spared: sites that were looked at and are free of it; a site in neither says nothing.
    forms: lesion-word slugs of hoofbeat.terms ("annular", "crust", "migratory").
    since_days: days between first appearance and the visit.
    date: when it began, as written ("2024-06-01", "2024-06", "2024"); of a death, when it was.
    course: relapsing, persistent, progressive, improving, resolved.
    said: the words it was read from, when they differ from the label.
    """

    term: str
    label: str = ""
    state: State = State.PRESENT
    where: tuple[str, ...] = ()
    spared: tuple[str, ...] = ()
    forms: tuple[str, ...] = ()
    since_days: float | None = Field(default=None, ge=0)
    date: str | None = None
    course: str | None = None
    onset_age_years: float | None = Field(default=None, ge=0, le=120)
    said: str = ""


class Measurement(_Part):
    """One laboratory or bedside value as it was printed; terms.read_measurement interprets it.

    test: slug of a test in hoofbeat.terms ("glucagon"), or the words used if unknown.
    low, high: the laboratory's own reference range, in the same unit.
    date: as written ("2024-06-01", "2024-06", "2024"); age_years: at it, where no date is known.
    """

    test: str
    value: float
    unit: str
    low: float | None = None
    high: float | None = None
    date: str | None = None
    age_years: float | None = Field(default=None, ge=0, le=120)
    loinc: str | None = None
    said: str = ""


class Treatment(_Part):
    """One treatment tried, and what it did to the rash: none, partial, complete, relapse or worse.

    date: when it was begun, as written; age_years: at it, where no date is known.
    kind: None for a drug, or where it is not said. code: its id in another list ("NCIT:C15189").
    """

    name: str
    response: Literal["none", "partial", "complete", "relapse", "worse", "unknown"] = "unknown"
    date: str | None = None
    age_years: float | None = Field(default=None, ge=0, le=120)
    kind: Literal["procedure", "radiation", "regimen"] | None = None
    code: str | None = None


class Case(_Part):
    """One patient at one moment.

    age_years: at the visit. truth: ids of the final diagnoses, where a case is used to evaluate.
    publications: PMIDs, DOIs or addresses the case was described in ("PMID:31517863").
    """

    id: str = "case"
    age_years: float | None = Field(default=None, ge=0, le=120)
    sex: Sex = "unknown"
    setting: Setting | None = None
    findings: tuple[Finding, ...] = ()
    measurements: tuple[Measurement, ...] = ()
    treatments: tuple[Treatment, ...] = ()
    prior_diagnoses: tuple[str, ...] = ()
    truth: tuple[str, ...] = ()
    truth_labels: tuple[str, ...] = ()
    publications: tuple[str, ...] = ()
