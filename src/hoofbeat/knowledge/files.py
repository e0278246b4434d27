"""The YAML files read into disease models, each fault with its file, line and field."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from hoofbeat.errors import Issue
from hoofbeat.knowledge.counts import FILE_NAME
from hoofbeat.knowledge.evidence import Part
from hoofbeat.knowledge.model import (
    BaseRate,
    CourseFile,
    Disease,
    DiseaseFile,
    FindingsFile,
    Knowledge,
    Source,
    TestsFile,
)

SHIPPED = Path(__file__).parent / "data"
DISEASE_FILES: dict[str, type[Part]] = {
    "disease.yaml": DiseaseFile,
    "findings.yaml": FindingsFile,
    "tests.yaml": TestsFile,
    "course.yaml": CourseFile,
}
# Files beside the models that other rooms read and check; here only their citations count.
BESIDE = ("mechanism.yaml", "clinic.yaml", "pathway.yaml", "treatments.yaml")

# What its absence means: a number without a source, or without a reason.
_EVIDENCE = {"source": "no-source", "why": "bare-number"}

T = TypeVar("T")
_RATES: TypeAdapter[tuple[BaseRate, ...]] = TypeAdapter(tuple[BaseRate, ...])
_SAY_WHENCE = (
    "write one of counted: {n, of, source, place}, reported: {low, high, source, place}, "
    "assumption: {low, high, why}"
)


def read_disease(folder: Path) -> tuple[Disease | None, list[Issue]]:
    """Return the disease of a folder, or None with what stands in the way.

    folder: holds disease.yaml, and findings.yaml, tests.yaml, course.yaml where there are any; its name is
    the slug. Every fault of every file is returned, none is raised.
    """
    issues: list[Issue] = []
    parts: dict[str, Any] = {}
    for name, kind in DISEASE_FILES.items():
        path = folder / name
        if path.exists() or name == "disease.yaml":
            part, faults = _read(path, TypeAdapter(kind))
            issues += faults
            parts["about" if name == "disease.yaml" else name.removesuffix(".yaml")] = part
    for path in sorted(folder.glob("*.y*ml")):
        if path.name not in (*DISEASE_FILES, *BESIDE):
            issues.append(
                Issue(
                    "warning",
                    "unknown-file",
                    f"{path.name} is not read",
                    f"name it one of {', '.join(DISEASE_FILES)}",
                    shown(path),
                )
            )
    if any(part is None for part in parts.values()):
        return None, issues
    disease = Disease(slug=folder.name, **parts)
    if disease.id != f"hoofbeat:{folder.name}":
        issues.append(
            Issue(
                "error",
                "wrong-id",
                f"the id {disease.id} does not follow from the folder's name",
                f"write id: hoofbeat:{folder.name}",
                shown(folder / "disease.yaml"),
            )
        )
    return disease, issues


def read_folders(folders: Sequence[Path]) -> tuple[Knowledge, list[Issue]]:
    """Return all that could be read from folders of models, and every fault met on the way.

    folders: each holds diseases/<slug>/, sources/<key>.yaml and, if it has them, base_rates.yaml; patient
    counts are read with the annotations they deepen.
    What has a fault is left out, so that the rest can still be checked. The version is left empty.
    """
    issues: list[Issue] = []
    diseases: dict[str, Disease] = {}
    sources: dict[str, Source] = {}
    rates: dict[str, BaseRate] = {}
    for folder in folders:
        if not any((folder / name).exists() for name in ("diseases", "sources", FILE_NAME)):
            message = f"{folder} has no diseases/, no sources/ and no {FILE_NAME}"
            remedy = "give the folder above them"
            issues.append(Issue("error", "no-models", message, remedy, str(folder)))
        for path in _disease_folders(folder):
            disease, faults = read_disease(path)
            issues += faults
            if disease:
                issues += _add(diseases, path.name, disease, path / "disease.yaml")
        for path in sorted((folder / "sources").glob("*.yaml")):
            source, faults = read_source(path)
            issues += faults
            if source and sources.get(source.key) != source:
                issues += _add(sources, source.key, source, path)
        path = folder / "base_rates.yaml"
        if path.exists():
            read = _read(path, _RATES)
            issues += read[1]
            for rate in read[0] or ():
                issues += _add(rates, rate.finding, rate, path)
    return Knowledge(version="", diseases=diseases, sources=sources, base_rates=rates), issues


def read_source(path: Path) -> tuple[Source | None, list[Issue]]:
    """Return the source of a file, or None with what stands in the way; its key is the file's name."""
    source, issues = _read(path, TypeAdapter(Source))
    if source and source.key != path.stem:
        remedy = f"write key: {path.stem}, or rename the file"
        message = f"the key {source.key} is not the file's name"
        return None, [*issues, Issue("error", "wrong-key", message, remedy, shown(path))]
    return source, issues


def files_of(folders: Iterable[Path]) -> list[Path]:
    """Every file that read_folders() reads, in a fixed order."""
    found: list[Path] = []
    for folder in folders:
        for disease in _disease_folders(folder):
            found += [disease / name for name in DISEASE_FILES if (disease / name).exists()]
        found += sorted((folder / "sources").glob("*.yaml"))
        found += [folder / name for name in ("base_rates.yaml", FILE_NAME) if (folder / name).exists()]
    return found


def cited_beside(folders: Iterable[Path]) -> frozenset[str]:
    """Keys of the sources that files beside the models cite, as far as these files can be read."""
    found: set[str] = set()
    for folder in folders:
        for disease in _disease_folders(folder):
            for path in (disease / name for name in BESIDE if (disease / name).exists()):
                try:
                    waiting: list[Any] = [
                        yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
                    ]
                except (OSError, UnicodeDecodeError, yaml.YAMLError):
                    continue  # the room that reads it says so
                while waiting:
                    part = waiting.pop()
                    if isinstance(part, dict):
                        named = [part.get("source"), *(part.get("sources") or ())]
                        found |= {key for key in named if isinstance(key, str)}
                        waiting += part.values()
                    elif isinstance(part, list):
                        waiting += part
    return frozenset(found)


def shown(path: Path) -> str:
    """The path as it is printed: from the package's data folder where it lies there, else as given."""
    return path.relative_to(SHIPPED).as_posix() if path.is_relative_to(SHIPPED) else str(path)


def _disease_folders(folder: Path) -> list[Path]:
    return sorted(
        path for path in (folder / "diseases").glob("*") if path.is_dir() and path.name[0] not in "._"
    )


def _add(shelf: dict[str, T], key: str, item: T, path: Path) -> list[Issue]:
    if key in shelf:
        message = f"{key} is there twice"
        return [Issue("error", "twice", message, "rename one of the two, or remove it", shown(path))]
    shelf[key] = item
    return []


class _Loader(yaml.CSafeLoader):
    """YAML as everywhere, but a key given twice is a fault, not a silent choice of the last."""


def _mapping(loader: _Loader, node: yaml.MappingNode) -> dict[Any, Any]:
    seen: set[Any] = set()
    for key, _ in node.value:
        if key.value in seen:
            raise yaml.MarkedYAMLError(
                problem=f"the key {key.value!r} stands here twice", problem_mark=key.start_mark
            )
        seen.add(key.value)
    return loader.construct_mapping(node, deep=True)


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def read_yaml(path: Path, *, absent: str = "add it") -> tuple[str, Any, list[Issue]]:
    """Return the text of a file and what it says as YAML, or the one fault that forbids to read it.

    absent: the remedy for a file that is not there. An empty file is an empty mapping.
    """
    try:
        text = path.read_text(encoding="utf-8")
        content = yaml.load(text, Loader=_Loader)  # noqa: S506 (a safe loader)
    except FileNotFoundError:
        fault = Issue("error", "no-file", f"{path.name} is missing", absent, shown(path))
    except (OSError, UnicodeDecodeError) as refused:
        fault = Issue("error", "unreadable", str(refused), "save it as UTF-8 text", shown(path))
    except yaml.MarkedYAMLError as refused:
        line = refused.problem_mark.line + 1 if refused.problem_mark else 1
        remedy = "mind the indentation, and quote text that holds ': ' or ' #'"
        fault = Issue("error", "yaml", str(refused.problem), remedy, f"{shown(path)}, line {line}")
    except yaml.YAMLError as refused:
        fault = Issue("error", "yaml", str(refused), "remove the character", shown(path))
    else:
        return text, {} if content is None else content, []
    return "", None, [fault]


def _read(path: Path, kind: TypeAdapter[T]) -> tuple[T | None, list[Issue]]:
    text, content, issues = read_yaml(path)
    if issues:
        return None, issues
    try:
        return kind.validate_python(content), []
    except ValidationError as fault:
        tree = yaml.compose(text, Loader=yaml.CSafeLoader)
        return None, [_explain(error, path, tree) for error in fault.errors(include_url=False)]


def _explain(error: ErrorDetails, path: Path, tree: yaml.Node | None) -> Issue:
    """Say what a validation fault means to the person who wrote the file."""
    line, field = place_in(tree, error["loc"])
    where = f"{shown(path)}, line {line}" + (f", {field}" if field else "")
    category, message, remedy = _reason(error)
    return Issue("error", category, message, remedy, where)


def _reason(error: ErrorDetails) -> tuple[str, str, str]:
    """Category, message and remedy of a validation fault."""
    kind, given = error["type"], error["input"]
    word = str(error["loc"][-1]) if error["loc"] else ""
    if kind == "value_error":
        return _refused(error["msg"].removeprefix("Value error, "))
    if kind in {"model_type", "model_attributes_type"} and isinstance(given, int | float):
        return "bare-number", f"{given} says nothing of where it comes from", _SAY_WHENCE
    if kind == "missing" and word in _EVIDENCE:
        return _EVIDENCE[word], f"{word!r} is missing", _SAY_WHENCE
    near = get_close_matches(word, FIELD_NAMES, n=1)
    said = error["msg"][0].lower() + error["msg"][1:]
    known = {
        "missing": ("missing-field", f"{word!r} is missing", f"add {word}:"),
        "extra_forbidden": ("unknown-field", f"unknown word {word!r}", f"write {(near or [''])[0]!r}"),
        "string_type": ("wrong-type", f"{given!r} should be text", "put it in quotes"),
        "literal_error": (
            "wrong-word",
            f"{given!r} is not one of the words allowed",
            said.replace("input should be", "write"),
        ),
    }
    if kind == "extra_forbidden" and not near:
        return "unknown-field", f"unknown word {word!r}", "remove it"
    return known.get(
        kind, ("wrong-type", f"{said}, not {given!r}"[:300], "see the other models for the form")
    )


def _refused(message: str) -> tuple[str, str, str]:
    """The same for a rule of the evidence that a number breaks."""
    if message.startswith("bare number"):
        return "bare-number", message, _SAY_WHENCE
    if "fraction between" in message:
        return "not-a-fraction", message, "write 0.25 for 25 %"
    return "impossible-number", message, "correct the numbers"


def place_in(tree: yaml.Node | None, loc: tuple[int | str, ...]) -> tuple[int, str]:
    """Line and field path of a validation fault, as near as the file goes."""
    node, field = tree, ""
    line = tree.start_mark.line + 1 if tree else 1
    for step in loc:
        child: yaml.Node | None = None
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                if key.value == str(step):
                    child, line = value, key.start_mark.line + 1
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            child = node.value[step]
            line = child.start_mark.line + 1
        if child is None:  # a missing field, or pydantic's name for a branch of a union
            if step == loc[-1] and isinstance(step, str):
                field += f".{step}"
            continue
        node = child
        field += f"[{step}]" if isinstance(step, int) else f".{step}"
    return line, field.lstrip(".")


def _field_names() -> set[str]:
    names: set[str] = set()
    waiting: list[type[Part]] = [Part]
    while waiting:
        kind = waiting.pop()
        names |= set(kind.model_fields)
        waiting += kind.__subclasses__()
    return names


FIELD_NAMES = sorted(_field_names())
