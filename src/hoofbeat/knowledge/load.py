"""All models loaded, shipped and added, from a compiled copy when nothing has changed."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from difflib import get_close_matches
from functools import cache
from hashlib import sha256
from importlib import metadata
from pathlib import Path

from hoofbeat.errors import BareNumber, Issue, KnowledgeError, NoSource, UnknownTerm
from hoofbeat.knowledge.files import SHIPPED, files_of, read_folders
from hoofbeat.knowledge.model import Disease, Knowledge, Source
from hoofbeat.knowledge.places import Piece, all_pieces, sources_named
from hoofbeat.terms import cache_folder

# Change when the stored form changes; a change of the model or evidence modules is noticed without it.
FORMAT = "1"
# What the cache folder depends on.
_PLACES = ("HOOFBEAT_CACHE", "XDG_CACHE_HOME", "HOME")
_FAULTS = {"bare-number": BareNumber, "no-source": NoSource}


def load_knowledge(extra: Sequence[Path] = ()) -> Knowledge:
    """Return all diseases, sources and base rates: those shipped, and those of added folders.

    extra: folders that hold diseases/<slug>/ and sources/<key>.yaml; those named in HOOFBEAT_MODELS
    (separated as in PATH) are read as well. The validated models are kept in the cache folder under a
    key made from every byte read, so that a second start only reads them back.
    Raises KnowledgeError (BareNumber, NoSource) naming file, line, field and remedy of the first fault.
    """
    if extra or os.environ.get("HOOFBEAT_MODELS"):
        return _load(tuple(model_folders(extra)), cache_folder())
    return _shipped(*map(os.environ.get, _PLACES))


@cache
def _shipped(*_places: str | None) -> Knowledge:
    """The models shipped; asked for many times a case, so that even finding the cache folder would tell."""
    return _load(tuple(model_folders()), cache_folder())


@cache
def _load(folders: tuple[Path, ...], kept_in: Path) -> Knowledge:
    key = _key(folders)
    stored = _cache_file(kept_in, key)
    knowledge = _read_back(stored)
    if knowledge is None:
        read, issues = read_folders(folders)
        refuse(issues + missing_sources(read.sources, all_pieces(read)))
        knowledge = read.model_copy(update={"version": f"{_package_version()}+{key[:8]}"})
        _store(stored, knowledge)
    return knowledge


def model_folders(extra: Sequence[Path] = ()) -> list[Path]:
    """The folders of models in the order they are read: shipped, of HOOFBEAT_MODELS, of the call."""
    named = [Path(word) for word in os.environ.get("HOOFBEAT_MODELS", "").split(os.pathsep) if word]
    return list(dict.fromkeys(path.expanduser().absolute() for path in (SHIPPED, *named, *map(Path, extra))))


def find_disease(knowledge: Knowledge, words: str) -> Disease:
    """Return the disease that a slug, an id, an exact identifier elsewhere, a name or a synonym means.

    Case, spaces, underscores and hyphens do not matter. Raises UnknownTerm with the nearest names.

    >>> find_disease(load_knowledge(), "mondo:0019975").name
    'Pellagra'
    """
    wanted = _plain(words)
    names: dict[str, Disease] = {}
    for disease in knowledge.diseases.values():
        for name in (disease.slug, *disease.aliases, disease.name, *disease.about.synonyms):
            names.setdefault(_plain(name), disease)
    if wanted in names:
        return names[wanted]
    near = dict.fromkeys(names[name].name for name in get_close_matches(wanted, names, n=5, cutoff=0.6))
    remedy = f"one of: {'; '.join(near)}" if near else "list them with: hoofbeat show"
    raise UnknownTerm(
        f"no disease model is called {words!r}",
        why="a name must be a slug, an identifier of exactly this disease, its name or a synonym",
        remedy=remedy,
    )


def missing_sources(sources: Mapping[str, Source], pieces: Iterable[Piece]) -> list[Issue]:
    """Return an Issue for each piece that cites a source which has no file."""
    return [
        Issue("error", "no-source", f"source {key} has no file", f"write sources/{key}.yaml", place)
        for place, key in sources_named(pieces)
        if key not in sources
    ]


def refuse(issues: Sequence[Issue]) -> None:
    """Raise the first error among issues, saying how many more there are; warnings pass."""
    errors = [issue for issue in issues if issue.level == "error"]
    if not errors:
        return
    first, rest = errors[0], len(errors) - 1
    more = f"; hoofbeat check lists {rest} more like it" if rest else ""
    fault = _FAULTS.get(first.category, KnowledgeError)
    why = "the models are not used until every number says where it comes from and every file is in order"
    raise fault(first.message, where=first.where, why=why, remedy=first.remedy + more)


def _plain(words: str) -> str:
    return " ".join(words.casefold().replace("_", " ").replace("-", " ").split())


def _package_version() -> str:
    try:
        return metadata.version("hoofbeat")
    except metadata.PackageNotFoundError:
        return "0"


def _key(folders: Sequence[Path]) -> str:
    code = Path(__file__).parent
    digest = sha256(f"{FORMAT} {_package_version()}".encode())
    for path in (code / "model.py", code / "evidence.py", *files_of(folders)):
        digest.update(f"\0{path.parent.name}/{path.name}\0".encode())
        digest.update(path.read_bytes())
    missing = [str(folder) for folder in folders if not folder.is_dir()]
    digest.update("\0".join(missing).encode())
    return digest.hexdigest()[:24]


def _cache_file(folder: Path, key: str) -> Path:
    return folder / f"knowledge-{key}.json"


def _read_back(path: Path) -> Knowledge | None:
    """The stored models, or None where there are none, or they are damaged and must be made again."""
    try:
        return Knowledge.model_validate_json(path.read_bytes())
    except (OSError, ValueError):
        return None


def _store(path: Path, knowledge: Knowledge) -> None:
    """Write through a temporary file: another process sees all or nothing. A full disk is no fault."""
    try:
        handle, name = tempfile.mkstemp(prefix=".knowledge-", dir=path.parent)
    except OSError:
        return
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(knowledge.model_dump_json(exclude_defaults=True).encode())
        Path(name).replace(path)
    except OSError:
        Path(name).unlink(missing_ok=True)
