"""Every piece of the models with the place it stands: for checking, counting and citing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from hoofbeat.knowledge.context import (
    load_calibration,
    load_encounter_ages,
    load_groups,
    load_settings,
    load_trials,
    load_usual_values,
)
from hoofbeat.knowledge.evidence import Part
from hoofbeat.knowledge.investigations import (
    load_interpretations,
    load_investigations,
    load_questions,
    load_thresholds,
)
from hoofbeat.knowledge.model import Disease, Knowledge

Piece = tuple[str, Part]
_FILES = {
    "about": "disease.yaml",
    "findings": "findings.yaml",
    "tests": "tests.yaml",
    "course": "course.yaml",
}


def pieces(disease: Disease) -> Iterator[Piece]:
    """Yield each piece of a disease with its place: "glucagonoma/findings.yaml findings[3]"."""
    for field, file in _FILES.items():
        yield from _within(getattr(disease, field), f"{disease.slug}/{file}", "")


def all_pieces(knowledge: Knowledge) -> Iterator[Piece]:
    """Yield each piece of every disease, then of every base rate, with its place."""
    for disease in knowledge.diseases.values():
        yield from pieces(disease)
    for rate in knowledge.base_rates.values():
        yield from _within(rate, "base_rates.yaml", rate.finding)


def shared_pieces() -> Iterator[Piece]:
    """Yield each piece of what all diseases share, such as settings and usual values, with its place."""
    yield from _within(load_settings(), "settings.yaml", "")
    yield from _within(load_calibration(), "calibration.yaml", "")
    yield from _within(load_encounter_ages(), "encounter_ages.yaml", "")
    for group in load_groups():
        yield from _within(group, "groups.yaml", group.id)
    for test, values in load_usual_values().items():
        yield from _within(values, "usual_values.yaml", test)
    for trial in load_trials():
        yield from _within(trial, "responses.yaml", trial.treatment)
    for step in load_investigations():
        yield from _within(step, "investigations.yaml", step.id)
    yield from _within(load_questions(), "questions.yaml", "")
    yield from _within(load_thresholds(), "thresholds.yaml", "")
    yield from _within(load_interpretations(), "interpretation.yaml", "")


def sources_named(pieces: Iterable[Piece]) -> Iterator[tuple[str, str]]:
    """Yield (place, key) for every source a piece leans on, figures that only agree or disagree included."""
    for place, part in pieces:
        for name in ("source", "sources"):
            if name in type(part).model_fields:
                named = getattr(part, name)
                yield from ((place, key) for key in ((named,) if name == "source" else named))


def statements_named(pieces: Iterable[Piece]) -> Iterator[tuple[str, str]]:
    """Yield (place, statement) for every numbered statement of the source documents that a piece answers."""
    for place, part in pieces:
        yield from ((place, statement) for statement in getattr(part, "statements", ()))


def _within(part: Part, file: str, path: str) -> Iterator[Piece]:
    yield f"{file} {path}".rstrip(), part
    for name in type(part).model_fields:
        value = getattr(part, name)
        inner = f"{path}.{name}" if path else name
        if isinstance(value, Part):
            yield from _within(value, file, inner)
        elif isinstance(value, tuple):
            for number, item in enumerate(value):
                if isinstance(item, Part):
                    yield from _within(item, file, f"{inner}[{number}]")
