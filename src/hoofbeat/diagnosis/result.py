"""What a ranking is: diseases in order, each with its chance, its range and its reasons."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

How = Literal[
    "exact",
    "more general here",
    "more specific here",
    "sibling",
    "not described",
    "absent",
    "value",
    "group",
    "site",
    "treatment",
]
SCHEMA = 1


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, arbitrary_types_allowed=True)


class Reason(_Record):
    """What one finding does to one disease.

    finding, label: the patient's. matched, matched_label: the model's term that answers it.
    here, elsewhere: P(finding) in this disease and in someone with none of them. ratio: here / elsewhere,
    with its central 90 % range. kind: what the frequency rests on; evidence: the same in words;
    sources: keys or publications. group: findings scored together share its name.
    """

    finding: str
    label: str
    state: Literal["present", "absent"] = "present"
    how: How
    matched: str = ""
    matched_label: str = ""
    here: float
    elsewhere: float
    ratio: float
    ratio_low: float
    ratio_high: float
    kind: str
    evidence: str
    sources: tuple[str, ...] = ()
    group: str = ""


class SeriesType(_Record):
    """Another type of a disease of the list, further down: "… 14" behind "… 4"."""

    rank: int
    id: str
    name: str
    chance: float


class Ranked(_Record):
    """One disease in the list.

    chance: probability after the findings, with the central 90 % range low..high; before: the prior.
    factor: how many times the findings raised (or lowered) the odds. credible: among the fewest
    diseases that hold 90 % of the chance. series: other types of it among the first hundred places.
    """

    rank: int
    id: str
    slug: str = ""
    name: str
    aliases: tuple[str, ...] = ()
    variant: str = ""
    chance: float
    low: float
    high: float
    before: float
    factor: float
    score: float
    do_not_miss: bool = False
    credible: bool = False
    series: tuple[SeriesType, ...] = ()
    reasons: tuple[Reason, ...] = ()


class Ranking(_Record):
    """The answer for one case: the list, "none of these", and all that made it.

    watch: diseases not to be missed that stand below the list, though the findings raised them most.
    temperature: power applied to the findings' likelihood, because findings are not independent.
    credible_count: how many diseases hold 90 % of the chance. considered: how many competed.
    """

    schema_version: int = SCHEMA
    case: str
    setting: str
    ranked: tuple[Ranked, ...]
    none_of_these: Ranked
    watch: tuple[Ranked, ...] = ()
    credible_count: int
    considered: int
    findings_used: int
    temperature: float
    model_version: str
    ontology_release: str
    seed: int


class Hint(_Record):
    """A finding expected but not asked, or one unusual for the disease."""

    finding: str
    label: str
    here: float
    elsewhere: float
    evidence: str = ""


class Together(_Record):
    """A set of common conditions that would also explain the findings.

    conditions: their names, none if chance does as well. explained: findings that they cause; anyway:
    findings that many people of this age and sex have; leftover: findings that nothing here explains.
    chance_set, chance_disease: how likely each is if it must be one of the two; odds_against_disease: the
    one over the other.
    """

    conditions: tuple[str, ...]
    explained: tuple[str, ...]
    anyway: tuple[str, ...]
    leftover: tuple[str, ...]
    odds_against_disease: float
    chance_set: float
    chance_disease: float


class Explanation(_Record):
    """Why one disease stands where it stands."""

    case: str
    setting: str
    disease: Ranked
    expected: tuple[Hint, ...]
    unusual: tuple[Hint, ...]
    explained_away: Together | None
    model_version: str
    ontology_release: str
    notes: tuple[str, ...] = ()
