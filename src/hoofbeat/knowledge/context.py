"""What frames a diagnosis without being a disease: settings, ages, and findings that come together."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from hoofbeat.knowledge.evidence import Frequency, Part
from hoofbeat.knowledge.model import Distribution

_DATA = Path(__file__).parent / "data"


class Setting(Part):
    """A place of care: the share of people with a disease of each kind who are seen there."""

    name: str
    skin: Frequency
    skin_do_not_miss: Frequency
    systemic: Frequency
    systemic_do_not_miss: Frequency
    other_skin_disease: Frequency

    def attendance(self, kind: str, *, do_not_miss: bool) -> Frequency:
        """Return the share seen here of people who have a disease of this kind."""
        found: Frequency = getattr(self, f"{kind}_do_not_miss" if do_not_miss else kind)
        return found


class Settings(Part):
    """All settings, and the prevalence taken for a disease known only from annotations."""

    population: Setting
    general_practice: Setting
    dermatology: Setting
    rare_disease_clinic: Setting
    background_prevalence: Frequency

    def named(self, name: str) -> Setting:
        """Return one setting by its word."""
        found: Setting = getattr(self, name)
        return found


class EncounterAges(Part):
    """Published patients by age band (years) and by the onset class of their disease: counts."""

    source: str
    place: str
    bands: tuple[float, ...]
    patients: dict[str, tuple[int, ...]]
    x_linked_male: Frequency


class Group(Part):
    """Findings that share a cause; strength 0 (independent) to 1 (the hidden state decides all)."""

    id: str
    name: str
    strength: Frequency
    terms: tuple[str, ...]


class Outcome(Part):
    """One outcome of a treatment tried: the model row that answers it, and how often any rash shows it."""

    test: str
    responses: tuple[str, ...]
    usual: Frequency


class Trial(Part):
    """A treatment whose effect on the rash is evidence: the words that name it, and its outcomes."""

    treatment: str
    words: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


class Measured(Part):
    """How well the chances came true on patients with a known diagnosis.

    error: expected calibration error. sure: patients for whom a disease was said to be at least 90 % sure;
    sure_right: the share of those that were right, with its 95 % interval. factor: what the temperature would
    have to be multiplied with to fit these patients best; 1 is perfect.
    """

    patients: str
    setting: str
    model_version: str
    ontology_release: str
    cases: int
    error: float
    sure: int
    sure_right: tuple[float, float, float]
    factor: float


class CalibrationData(Part):
    """The power that findings are raised to, temperature * n^power for n findings, and what it rests on.

    discount: how much of that a setting of care takes, where common diseases compete: 1 all of it, 0 none.
    """

    temperature: float
    power: float
    why: str
    discount: Frequency
    measured: tuple[Measured, ...] = ()


@cache
def load_calibration() -> CalibrationData:
    """Return how chances are calibrated, and how that was measured."""
    return CalibrationData.model_validate(_read("calibration.yaml"))


@cache
def load_settings() -> Settings:
    """Return the settings of care."""
    return Settings.model_validate(_read("settings.yaml"))


@cache
def load_encounter_ages() -> EncounterAges:
    """Return the ages at which patients with background diseases were described."""
    return EncounterAges.model_validate(_read("encounter_ages.yaml"))


@cache
def load_groups() -> tuple[Group, ...]:
    """Return the groups of findings that share a cause."""
    return TypeAdapter(tuple[Group, ...]).validate_python(_read("groups.yaml"))


@cache
def load_usual_values() -> dict[str, Distribution]:
    """Return how the value of each test is distributed in people with none of the diseases."""
    return TypeAdapter(dict[str, Distribution]).validate_python(_read("usual_values.yaml"))


@cache
def load_trials() -> tuple[Trial, ...]:
    """Return the treatments whose effect is evidence."""
    return TypeAdapter(tuple[Trial, ...]).validate_python(_read("responses.yaml"))


def _read(name: str) -> Any:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load((_DATA / name).read_bytes(), Loader=loader)  # noqa: S506 (both are safe loaders)
