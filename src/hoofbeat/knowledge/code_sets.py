"""Sets of codes by which findings, tests and drugs stand in health records."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, model_validator

from hoofbeat.knowledge.evidence import Part

_FILE = Path(__file__).parent / "data" / "code_sets.yaml"
VOCABULARIES = ("ICD10CM", "ICD9CM", "ICDO3", "SNOMED", "LOINC", "RxNorm", "ATC")


class CodeSet(Part):
    """Codes that mean one thing in records.

    codes, unverified: by vocabulary, as OMOP names it; the unverified are known from memory only.
    """

    set: str
    name: str
    codes: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    unverified: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    new: bool = False
    note: str = ""

    @model_validator(mode="after")
    def _known_vocabularies(self) -> CodeSet:
        unknown = {*self.codes, *self.unverified} - {*VOCABULARIES}
        if unknown:
            raise ValueError(f"{self.set}: unknown vocabulary {', '.join(sorted(unknown))}")
        return self

    def pairs(self) -> Iterator[tuple[str, str, bool]]:
        """Yield (vocabulary, code, whether it has been seen in its source)."""
        for verified, table in ((True, self.codes), (False, self.unverified)):
            for vocabulary, codes in table.items():
                for code in codes:
                    yield vocabulary, code, verified


class ConditionSet(CodeSet):
    """Codes of a condition.

    finding: HPO term that a record of it counts as; empty if it is not scored. rash: a name given to a rash.
    disease: slugs of the models whose known patients carry it. new: counts only when it is new.
    """

    finding: str = ""
    rash: bool = False
    disease: tuple[str, ...] = ()


class TestSet(CodeSet):
    """Codes of a laboratory test: slug of hoofbeat.terms, and the units (UCUM) that are understood."""

    __test__ = False

    test: str
    units: tuple[str, ...]


class WeightSet(CodeSet):
    """Codes of body weight, and the units (UCUM) that are understood."""

    units: tuple[str, ...]


class DrugSet(CodeSet):
    """Codes of drugs. treatment, response: what is told of the rash when it was given on `repeated` days."""

    treatment: str = ""
    response: Literal["none", "partial", "complete", "relapse", "worse", ""] = ""
    repeated: int = 0
    why: str = ""


class CodeSets(Part):
    """All sets, and the source of each vocabulary's codes."""

    sources: dict[str, str]
    conditions: tuple[ConditionSet, ...]
    tests: tuple[TestSet, ...]
    weight: tuple[WeightSet, ...]
    drugs: tuple[DrugSet, ...]

    @model_validator(mode="after")
    def _named_once(self) -> CodeSets:
        names = [s.set for s in self.all]
        twice = {n for n in names if names.count(n) > 1}
        if twice:
            raise ValueError(f"sets named twice: {', '.join(sorted(twice))}")
        return self

    @property
    def all(self) -> tuple[CodeSet, ...]:
        """Every set, in the order of the file."""
        return (*self.conditions, *self.tests, *self.weight, *self.drugs)

    def known(self, slug: str) -> tuple[ConditionSet, ...]:
        """Return the sets that people with a disease already diagnosed carry."""
        return tuple(s for s in self.conditions if slug in s.disease)


@cache
def load_code_sets() -> CodeSets:
    """Return the code sets of the package."""
    return CodeSets.model_validate(_read())


def _read() -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(_FILE.read_bytes(), Loader=loader)  # noqa: S506 (both are safe loaders)
