"""Mechanisms and clinics read from the folders of the disease models, each fault with its file and field."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from hoofbeat.errors import Issue, KnowledgeError, UnknownTerm
from hoofbeat.knowledge import SHIPPED, folders_with, read_beside
from hoofbeat.simulation.clinic_model import Clinic
from hoofbeat.simulation.model import Mechanism, MechanismFile

__all__ = [
    "CLINIC",
    "MECHANISM",
    "SHIPPED",
    "load_mechanism",
    "mechanism_folders",
    "mechanism_slugs",
    "read_mechanism",
]

MECHANISM, CLINIC = "mechanism.yaml", "clinic.yaml"


def load_mechanism(slug: str = "glucagonoma") -> Mechanism:
    """Return the mechanism of a disease and its clinic.

    slug: the folder's name. Raises UnknownTerm for a disease without a mechanism, KnowledgeError for a file
    that is not in order.

    >>> load_mechanism("glucagonoma").file.cause
    'glucagonoma'
    """
    return _load(slug, folders_with(MECHANISM))


def mechanism_slugs(extra: Sequence[Path] = ()) -> tuple[str, ...]:
    """Return the slugs of all diseases that have a mechanism."""
    return tuple(sorted({folder.name for folder in mechanism_folders(extra)}))


def mechanism_folders(extra: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return the folders of diseases that have a mechanism.yaml, an added one before a shipped one."""
    return folders_with(MECHANISM, extra)


def read_mechanism(folder: Path) -> tuple[Mechanism | None, list[Issue]]:
    """Return the mechanism of a disease's folder, or None with what stands in the way."""
    bare = "name a parameter; its entry says counted, reported or assumption"
    absent = f"a disease with a {MECHANISM} also needs a {CLINIC}"
    file, issues = read_beside(folder / MECHANISM, MechanismFile, form="mechanism", bare=bare, absent=absent)
    clinic, faults = read_beside(folder / CLINIC, Clinic, form="mechanism", bare=bare, absent=absent)
    issues += faults
    if file is None or clinic is None:
        return None, issues
    return Mechanism(slug=folder.name, file=file, clinic=clinic), issues


@cache
def _load(slug: str, folders: tuple[Path, ...]) -> Mechanism:
    from hoofbeat.simulation.check_mechanism import mechanism_faults

    place = next((folder for folder in folders if folder.name == slug), None)
    if place is None:
        known = ", ".join(sorted({folder.name for folder in folders}))
        raise UnknownTerm(f"There is no mechanism for {slug!r}", remedy=f"one of: {known}")
    found, issues = read_mechanism(place)
    issues += mechanism_faults(found, place) if found else []
    errors = [issue for issue in issues if issue.level == "error"]
    if found is None or errors:
        first = errors[0]
        why = "A mechanism is not run until it is in order."
        raise KnowledgeError(first.message, where=first.where, why=why, remedy=first.remedy)
    return found
