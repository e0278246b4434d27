"""The pathways read from the folders of the disease models, each fault with its file and field."""

from __future__ import annotations

import os
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import ValidationError

from hoofbeat.errors import Issue, KnowledgeError, UnknownTerm
from hoofbeat.pathways.condition_model import Piece
from hoofbeat.pathways.model import Pathway, PathwayFile, TreatmentsFile

SHIPPED = Path(str(files("hoofbeat.knowledge"))) / "data"
PATHWAY, TREATMENTS = "pathway.yaml", "treatments.yaml"
T = TypeVar("T", bound=Piece)


def load_pathway(slug: str = "glucagonoma") -> Pathway:
    """Return the pathway of a disease, with its treatments where it has any.

    slug: the folder's name. Raises UnknownTerm for a disease without a pathway, KnowledgeError for a file
    that is not in order.

    >>> load_pathway("glucagonoma").file.start
    'suspect'
    """
    return _load(slug, _folders())


def pathway_slugs(extra: Sequence[Path] = ()) -> tuple[str, ...]:
    """Return the slugs of all diseases that have a pathway."""
    found = {path.parent.name for folder in _folders(extra) for path in _files(folder)}
    return tuple(sorted(found))


def read_pathway(folder: Path) -> tuple[Pathway | None, list[Issue]]:
    """Return the pathway of a disease's folder, or None with what stands in the way."""
    file, issues = _read(folder / PATHWAY, PathwayFile)
    treatments = None
    if (folder / TREATMENTS).exists():
        treatments, faults = _read(folder / TREATMENTS, TreatmentsFile)
        issues += faults
    if file is None or issues:
        return None, issues
    return Pathway(slug=folder.name, file=file, treatments=treatments), issues


def pathway_folders(extra: Sequence[Path] = ()) -> list[Path]:
    """Return the folders of diseases that have a pathway.yaml, an added one before a shipped one."""
    return [path.parent for folder in reversed(_folders(extra)) for path in _files(folder)]


@cache
def _load(slug: str, folders: tuple[Path, ...]) -> Pathway:
    for folder in reversed(folders):
        place = folder / "diseases" / slug
        if (place / PATHWAY).exists():
            found, issues = read_pathway(place)
            if found is None:
                first = issues[0]
                raise KnowledgeError(
                    first.message,
                    where=first.where,
                    why="A pathway is not used until it is in order.",
                    remedy=first.remedy,
                )
            return found
    known = ", ".join(pathway_slugs())
    raise UnknownTerm(f"There is no pathway for {slug!r}", remedy=f"one of: {known}")


def _folders(extra: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Shipped, named by HOOFBEAT_MODELS, and given: as the models themselves are found."""
    named = [Path(word) for word in os.environ.get("HOOFBEAT_MODELS", "").split(os.pathsep) if word]
    return tuple(dict.fromkeys(path.expanduser().absolute() for path in (SHIPPED, *named, *extra)))


def _files(folder: Path) -> list[Path]:
    return sorted((folder / "diseases").glob(f"*/{PATHWAY}"))


def shown(path: Path) -> str:
    """Return the path as it is printed: from the package's data folder where it lies there."""
    return path.relative_to(SHIPPED).as_posix() if path.is_relative_to(SHIPPED) else str(path)


def _read(path: Path, kind: type[T]) -> tuple[T | None, list[Issue]]:
    try:
        content: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except (OSError, UnicodeDecodeError) as fault:
        return None, [Issue("error", "unreadable", str(fault), "save it as UTF-8 text", shown(path))]
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f"{shown(path)}, line {mark.line + 1}" if mark else shown(path)
        message = str(getattr(fault, "problem", None) or "the file is no YAML")
        return None, [
            Issue("error", "yaml", message, "mind the indentation, and quote text with ': '", where)
        ]
    try:
        return kind.model_validate(content), []
    except ValidationError as fault:
        return None, [_explained(error, path) for error in fault.errors(include_url=False)]


def _explained(error: Any, path: Path) -> Issue:
    field = ".".join(str(part) for part in error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    said = f"{field}: {message[0].lower()}{message[1:]}" if field else message
    remedy = "see the shipped pathways for the form"
    return Issue("error", f"pathway-{error['type'].replace('_', '-')}", said, remedy, shown(path))
