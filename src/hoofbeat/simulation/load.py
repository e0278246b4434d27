"""Mechanisms and clinics read from the folders of the disease models, each fault with its file and field."""

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
from hoofbeat.simulation.clinic_model import Clinic
from hoofbeat.simulation.model import Mechanism, MechanismFile
from hoofbeat.simulation.parts import Piece

SHIPPED = Path(str(files("hoofbeat.knowledge"))) / "data"
MECHANISM, CLINIC = "mechanism.yaml", "clinic.yaml"
T = TypeVar("T", bound=Piece)


def load_mechanism(slug: str = "glucagonoma") -> Mechanism:
    """Return the mechanism of a disease and its clinic.

    slug: the folder's name. Raises UnknownTerm for a disease without a mechanism, KnowledgeError for a file
    that is not in order.

    >>> load_mechanism("glucagonoma").file.cause
    'glucagonoma'
    """
    return _load(slug, _folders())


def mechanism_slugs(extra: Sequence[Path] = ()) -> tuple[str, ...]:
    """Return the slugs of all diseases that have a mechanism."""
    return tuple(sorted({folder.name for folder in mechanism_folders(extra)}))


def mechanism_folders(extra: Sequence[Path] = ()) -> list[Path]:
    """Return the folders of diseases that have a mechanism.yaml, an added one before a shipped one."""
    return [
        path.parent
        for folder in reversed(_folders(extra))
        for path in sorted((folder / "diseases").glob(f"*/{MECHANISM}"))
    ]


def read_mechanism(folder: Path) -> tuple[Mechanism | None, list[Issue]]:
    """Return the mechanism of a disease's folder, or None with what stands in the way."""
    file, issues = _read(folder / MECHANISM, MechanismFile)
    clinic, faults = _read(folder / CLINIC, Clinic)
    issues += faults
    if file is None or clinic is None:
        return None, issues
    return Mechanism(slug=folder.name, file=file, clinic=clinic), issues


def shown(path: Path) -> str:
    """Return the path as it is printed: from the package's data folder where it lies there."""
    return path.relative_to(SHIPPED).as_posix() if path.is_relative_to(SHIPPED) else str(path)


@cache
def _load(slug: str, folders: tuple[Path, ...]) -> Mechanism:
    from hoofbeat.simulation.check_mechanism import mechanism_faults

    for folder in reversed(folders):
        place = folder / "diseases" / slug
        if (place / MECHANISM).exists():
            found, issues = read_mechanism(place)
            issues += mechanism_faults(found, place) if found else []
            errors = [issue for issue in issues if issue.level == "error"]
            if found is None or errors:
                first = errors[0]
                raise KnowledgeError(
                    first.message,
                    where=first.where,
                    why="A mechanism is not run until it is in order.",
                    remedy=first.remedy,
                )
            return found
    raise UnknownTerm(f"There is no mechanism for {slug!r}", remedy=f"one of: {', '.join(mechanism_slugs())}")


def _folders(extra: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Shipped, named by HOOFBEAT_MODELS, and given: as the models themselves are found."""
    named = [Path(word) for word in os.environ.get("HOOFBEAT_MODELS", "").split(os.pathsep) if word]
    return tuple(dict.fromkeys(path.expanduser().absolute() for path in (SHIPPED, *named, *extra)))


def _read(path: Path, kind: type[T]) -> tuple[T | None, list[Issue]]:
    try:
        content: Any = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except FileNotFoundError:
        remedy = f"a disease with a {MECHANISM} also needs a {CLINIC}"
        return None, [Issue("error", "no-file", f"{path.name} is missing", remedy, shown(path))]
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
    bare = isinstance(error.get("input"), int | float)
    category = "bare-number" if bare else f"mechanism-{error['type'].replace('_', '-')}"
    remedy = (
        "name a parameter; its entry says counted, reported or assumption"
        if bare
        else "see the shipped mechanisms for the form"
    )
    return Issue("error", category, said, remedy, shown(path))
