"""hoofbeat: from what is known of one patient to a ranked, explained, cited differential."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hoofbeat.doors import door

if TYPE_CHECKING:
    from hoofbeat.cases import Case, Finding, Measurement, State, Treatment, read_case, read_cases
    from hoofbeat.diagnosis import bench, explain, rank, rank_many
    from hoofbeat.diagnosis import next_steps as next  # noqa: A004 (the word of the command line)
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
# the word of the command line and the server; inside the room it would hide Python's own
_RENAMED = {"next": ("diagnosis", "next_steps")}

__getattr__ = door(__name__, _ROOMS, _RENAMED)


def __dir__() -> list[str]:
    return sorted(__all__)
