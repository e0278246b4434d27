"""hoofbeat: from what is known of one patient to a ranked, explained, cited differential."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hoofbeat.cases import Case, Finding, Measurement, State, Treatment, read_case, read_cases
    from hoofbeat.diagnosis import bench, explain, rank, rank_many
    from hoofbeat.diagnosis import next_steps as next  # noqa: A004
    from hoofbeat.knowledge import find_disease, load_knowledge
    from hoofbeat.pathways import pathway
    from hoofbeat.reading import read_letter
    from hoofbeat.terms import load_ontology

__version__ = "0.1.0"

__all__ = [
    "Case",
    "Finding",
    "Measurement",
    "State",
    "Treatment",
    "__version__",
    "bench",
    "explain",
    "find_disease",
    "load_knowledge",
    "load_ontology",
    "next",
    "pathway",
    "rank",
    "rank_many",
    "read_case",
    "read_cases",
    "read_letter",
]

_ROOMS = {
    "cases": ("Case", "Finding", "Measurement", "State", "Treatment", "read_case", "read_cases"),
    "diagnosis": ("bench", "explain", "rank", "rank_many"),
    "knowledge": ("find_disease", "load_knowledge"),
    "pathways": ("pathway",),
    "reading": ("read_letter",),
    "terms": ("load_ontology",),
}


def __getattr__(name: str) -> Any:
    """Import a room when one of its names is first used, so that `hoofbeat --help` need not."""
    if name == "next":
        # the word of the command line and the server, which would hide Python's own inside the room
        from hoofbeat.diagnosis import next_steps

        return next_steps
    for room, names in _ROOMS.items():
        if name in names:
            from importlib import import_module

            return getattr(import_module(f"hoofbeat.{room}"), name)
    raise AttributeError(f"module 'hoofbeat' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
