"""Files that lie beside a disease model and belong to other rooms: where they are, and how they are read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import yaml
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from hoofbeat.errors import Issue
from hoofbeat.knowledge.files import place_in, read_yaml, shown
from hoofbeat.knowledge.load import model_folders

T = TypeVar("T", bound=BaseModel)


def folders_with(name: str, extra: Sequence[Path] = ()) -> tuple[Path, ...]:
    """Return the folders of diseases in which a file lies, an added one before a shipped one.

    name: the file's. extra: folders of models, besides the shipped and those of HOOFBEAT_MODELS.

    >>> sorted(folder.name for folder in folders_with("clinic.yaml"))[:1]
    ['glucagonoma']
    """
    return tuple(
        path.parent
        for folder in reversed(model_folders(extra))
        for path in sorted((folder / "diseases").glob(f"*/{name}"))
    )


def read_beside(
    path: Path, kind: type[T], *, form: str, bare: str = "", absent: str = "add it"
) -> tuple[T | None, list[Issue]]:
    """Return what a file holds, or None with what stands in the way: each fault with its line and field.

    form: what the file describes, for the category and the remedy (pathway, mechanism). bare: the remedy
    where a number stands without its evidence; without it, such a number is a fault like others. absent: the
    remedy for a file that is not there.
    """
    text, content, issues = read_yaml(path, absent=absent)
    if issues:
        return None, issues
    try:
        return kind.model_validate(content), []
    except ValidationError as fault:
        tree = yaml.compose(text, Loader=yaml.CSafeLoader)
        errors = fault.errors(include_url=False)
        return None, [_explained(error, path, tree, form=form, bare=bare) for error in errors]


def _explained(error: ErrorDetails, path: Path, tree: yaml.Node | None, *, form: str, bare: str) -> Issue:
    field = ".".join(str(part) for part in error["loc"])
    message = error["msg"].removeprefix("Value error, ")
    said = f"{field}: {message[0].lower()}{message[1:]}" if field else message
    where = f"{shown(path)}, line {place_in(tree, error['loc'])[0]}"
    if bare and isinstance(error["input"], int | float):
        return Issue("error", "bare-number", said, bare, where)
    category = f"{form}-{error['type'].replace('_', '-')}"
    return Issue("error", category, said, f"see the shipped {form}s for the form", where)
