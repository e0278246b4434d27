"""The rules of reading a chart, from the package's data."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import yaml
from pydantic import BaseModel, ConfigDict

_FILE = Path(__file__).parent / "data" / "fhir.yaml"


class _Rules(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class WeightFall(_Rules):
    """A fall that counts: percent or more below the highest of `days`; weights beyond low..high are slips."""

    finding: str
    percent: float
    days: int
    low_kg: float
    high_kg: float
    why: str


class FhirRules(_Rules):
    """Limits, units and statuses by which a chart is read."""

    weight_fall: WeightFall
    kilograms: dict[str, float]
    void: frozenset[str]
    not_yet: frozenset[str]
    doubtful: frozenset[str]
    over: frozenset[str]
    contacts: dict[str, str]


@cache
def fhir_rules() -> FhirRules:
    """Return the rules of the package."""
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    told = yaml.load(_FILE.read_bytes(), Loader=loader)  # noqa: S506 (both are safe loaders)
    return FhirRules.model_validate(told)
