"""The pathways read from the folders of the disease models, each fault with its file and field."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from hoofbeat.errors import Issue, KnowledgeError, UnknownTerm
from hoofbeat.knowledge import SHIPPED, folders_with, read_beside
from hoofbeat.pathways.model import Pathway, PathwayFile, TreatmentsFile

__all__ = [
    "PATHWAY",
    "SHIPPED",
    "TREATMENTS",
    "load_pathway",
    "pathway_folders",
    "pathway_slugs",
    "read_pathway",
]

PATHWAY, TREATMENTS = "pathway.yaml", "treatments.yaml"


def load_pathway(slug: str = "glucagonoma") -> Pathway:
    """Return the pathway of a disease, with its treatments where it has any.

    slug: the folder's name. Raises UnknownTerm for a disease without a pathway, KnowledgeError for a file
    that is not in order.

    >>> load_pathway("glucagonoma").file.start
    'suspect'
    """
    return _load(slug, folders_with(PATHWAY))


def pathway_slugs(extra: Sequence[Path] = ()) -> tuple[str, ...]:
    """Return the slugs of all diseases that have a pathway."""
    return tuple(sorted({folder.name for folder in folders_with(PATHWAY, extra)}))


def read_pathway(folder: Path) -> tuple[Pathway | None, list[Issue]]:
    """Return the pathway of a disease's folder, or None with what stands in the way."""
    file, issues = read_beside(folder / PATHWAY, PathwayFile, form="pathway")
    treatments = None
    if (folder / TREATMENTS).exists():
        treatments, faults = read_beside(folder / TREATMENTS, TreatmentsFile, form="pathway")
        issues += faults
    if file is None or issues:
        return None, issues
    return Pathway(slug=folder.name, file=file, treatments=treatments), issues


def pathway_folders(extra: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return the folders of diseases that have a pathway.yaml, an added one before a shipped one."""
    return folders_with(PATHWAY, extra)


@cache
def _load(slug: str, folders: tuple[Path, ...]) -> Pathway:
    place = next((folder for folder in folders if folder.name == slug), None)
    if place is None:
        known = ", ".join(sorted({folder.name for folder in folders}))
        raise UnknownTerm(f"There is no pathway for {slug!r}", remedy=f"one of: {known}")
    found, issues = read_pathway(place)
    if found is None:
        first = issues[0]
        why = "A pathway is not used until it is in order."
        raise KnowledgeError(first.message, where=first.where, why=why, remedy=first.remedy)
    return found
