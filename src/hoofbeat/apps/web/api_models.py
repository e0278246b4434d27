"""What the JSON interface takes and gives: the words of the command line."""

# ruff: noqa: N815 (fields of phenopackets and FHIR are named as their standards name them)

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from hoofbeat.diagnosis import Explanation, NextSteps, Ranking
from hoofbeat.pathways import PathwayResult

SettingName = Literal[
    "uniform", "described", "population", "general_practice", "dermatology", "rare_disease_clinic"
]
OnOff = Literal["on", "off"]
Words = Annotated[str, Field(max_length=2_000)]
Short = Annotated[str, Field(max_length=200)]
_MOST = 500


class _Body(BaseModel):
    # strict: a 0 is no "false" and a "5" no number, so that what is sent is what is meant
    model_config = ConfigDict(extra="forbid", populate_by_name=True, strict=True)


class FindingBody(_Body):
    """One finding: an HPO id or plain words, and what is known of it."""

    is_: Words = Field(alias="is")
    where: list[Words] | Words | None = None
    spared: list[Words] | Words | None = None
    forms: list[Words] | Words | None = None
    since: Words | float | None = None
    date: Words | None = None
    course: Words | None = None
    absent: bool = False
    not_asked: bool = False
    onset_age: Words | float | None = None
    said: Words = ""


class MeasurementBody(_Body):
    """One laboratory value, with its unit and the laboratory's own range, if it gave one."""

    test: Words
    value: float | Words
    unit: Words
    low: float | None = None
    high: float | None = None
    date: Words | None = None
    age: float | Words | None = None
    loinc: Words | None = None
    said: Words = ""


class TreatmentBody(_Body):
    """One treatment and what it did."""

    name: Words
    response: Literal["none", "partial", "complete", "relapse", "worse", "unknown"] = "unknown"
    date: Words | None = None
    age: float | Words | None = None
    kind: Literal["procedure", "radiation", "regimen"] | None = None
    code: Words | None = None


class CaseBody(_Body):
    """Our own case file, as JSON."""

    id: Words = "case"
    age: float | Words | None = None
    sex: Words | None = None
    setting: Words | None = None
    findings: Annotated[list[FindingBody | Words], Field(max_length=_MOST)] = []
    measurements: Annotated[list[MeasurementBody], Field(max_length=_MOST)] = []
    treatments: Annotated[list[TreatmentBody | Words], Field(max_length=_MOST)] = []
    prior_diagnoses: Annotated[list[Words], Field(max_length=_MOST)] = []
    truth: Annotated[list[Words], Field(max_length=_MOST)] = []
    publications: Annotated[list[Words], Field(max_length=_MOST)] = []


def _of_which_kind(data: Any) -> str:
    if isinstance(data, dict):
        if data.get("resourceType"):
            return "fhir"
        if {"phenotypicFeatures", "subject", "metaData", "phenopacket"} & set(data):
            return "phenopacket"
    return "own"


class Phenopacket(BaseModel):
    """A GA4GH phenopacket, version 2, as JSON; fields that are not read are named in a warning."""

    model_config = ConfigDict(extra="allow")

    subject: dict[str, Any] | None = None
    phenotypicFeatures: list[Any] | None = None


class Bundle(BaseModel):
    """A FHIR R4 Bundle with Patient, Condition, Observation, MedicationRequest and Procedure."""

    model_config = ConfigDict(extra="allow")

    resourceType: Literal["Bundle"]
    entry: list[Any] | None = None


AnyCase = Annotated[
    Annotated[CaseBody, Tag("own")]
    | Annotated[Phenopacket, Tag("phenopacket")]
    | Annotated[Bundle, Tag("fhir")],
    Discriminator(_of_which_kind),
]


class _Asked(_Body):
    """What every question about a case brings.

    numbers: off leaves out every chance and ratio; order, reasons and sources stay.
    """

    case: AnyCase
    setting: SettingName | None = None
    numbers: OnOff | None = None
    replace_old_terms: bool = False


class RankRequest(_Asked):
    """The same options as `hoofbeat rank`; why is on, as with --json there."""

    top: int = Field(default=10, ge=1, le=40)
    why: bool = True
    seed: int = Field(default=1, ge=0, lt=2**32)
    leave_out: Annotated[list[Short], Field(max_length=100)] = []
    within: Annotated[list[Short], Field(max_length=100)] = []


class ExplainRequest(_Asked):
    """The same options as `hoofbeat explain`."""

    disease: Short = "glucagonoma"
    seed: int = Field(default=1, ge=0, lt=2**32)
    leave_out: Annotated[list[Short], Field(max_length=100)] = []


class NextRequest(_Asked):
    """The same options as `hoofbeat next`."""

    mode: Literal["narrow", "rule-in", "rule-out"] = "narrow"
    disease: Short | None = None
    budget: Literal["low", "medium", "high"] | None = None
    here: bool = False


class PathwayRequest(_Asked):
    """The same options as `hoofbeat pathway`; given holds facts that a case has no field for."""

    disease: Short = "glucagonoma"
    given: dict[Short, Short | float] = {}
    visit: Annotated[str, Field(pattern=r"^\d{4}-\d{2}-\d{2}$")] | None = None


class ReadRequest(_Body):
    """A letter or note as text; nothing of it is kept."""

    text: str = Field(min_length=1, max_length=200_000)
    cutoff: Literal["clinic", "balanced"] = "clinic"
    kind: Literal["patient", "disease"] | None = None
    id: Short = "letter"


class TermBody(BaseModel):
    """One term that the words may mean: matched is the name that was hit, lay whether patients use it."""

    id: str
    label: str
    matched: str
    scope: str
    lay: bool
    score: float
    how: str


class TermsAnswer(BaseModel):
    """Terms, the likeliest first."""

    words: str
    terms: list[TermBody]
    ontology_release: str


class DiseaseAnswer(BaseModel):
    """A disease model, whole, as its files say it."""

    slug: str
    id: str
    name: str
    aliases: list[str]
    model: dict[str, Any]
    model_version: str


class SourceAnswer(BaseModel):
    """A source, whole, and the models that lean on it."""

    key: str
    source: dict[str, Any]
    used_by: list[str]


class HealthAnswer(BaseModel):
    """Whether the server can answer, and with which versions."""

    status: Literal["ok"]
    version: str
    model_version: str
    ontology_release: str


ANSWERS: dict[str, type[BaseModel]] = {
    "rank": Ranking,
    "explain": Explanation,
    "next": NextSteps,
    "pathway": PathwayResult,
}
REQUESTS: dict[str, type[BaseModel]] = {
    "rank": RankRequest,
    "explain": ExplainRequest,
    "next": NextRequest,
    "pathway": PathwayRequest,
    "read": ReadRequest,
}
