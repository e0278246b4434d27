"""Whether the models are in order: what is wrong, where, and what to do; and where each statement went."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hoofbeat.errors import Issue
from hoofbeat.knowledge.consistency import consistency_issues
from hoofbeat.knowledge.evidence import Evidence
from hoofbeat.knowledge.files import SHIPPED, cited_beside, read_folders
from hoofbeat.knowledge.load import missing_sources, model_folders
from hoofbeat.knowledge.model import Knowledge
from hoofbeat.knowledge.naming import leaflet_issues, naming_issues
from hoofbeat.knowledge.places import Piece, all_pieces, shared_pieces, sources_named, statements_named

UNFINISHED = ("DRAFT", "UNMAPPED", "TODO")


@dataclass(frozen=True)
class CheckReport:
    """What a check of the models found.

    numbers: how many of each kind (counted, reported, assumption). statements: for each numbered statement
    of the source documents, the places that answer it. statements_total: how many statements there are.
    """

    issues: tuple[Issue, ...]
    numbers: Mapping[str, int]
    statements: Mapping[str, tuple[str, ...]]
    statements_total: int
    diseases: int
    sources: int
    base_rates: int = 0

    @property
    def errors(self) -> tuple[Issue, ...]:
        """The issues that must be put right."""
        return tuple(issue for issue in self.issues if issue.level == "error")

    @property
    def passed(self) -> bool:
        """True if there is no error; warnings pass."""
        return not self.errors

    @property
    def statements_covered(self) -> int:
        """How many statements of the source documents have a place in the models."""
        return sum(1 for places in self.statements.values() if places)

    def as_json(self) -> dict[str, object]:
        """Return the report as plain fields."""
        return {
            "passed": self.passed,
            "diseases": self.diseases,
            "sources": self.sources,
            "base_rates": self.base_rates,
            "numbers": dict(self.numbers),
            "statements_total": self.statements_total,
            "statements_covered": self.statements_covered,
            "statements": {key: list(places) for key, places in self.statements.items()},
            "issues": [issue.as_json() for issue in self.issues],
        }


def check_knowledge(what: Knowledge | Sequence[Path] = ()) -> CheckReport:
    """Return every fault of the models, how their numbers are known, and where each statement went.

    what: models already read, or folders to be read after those shipped. A file that cannot be read is an
    issue like any other, so that one fault never hides the next.
    """
    return (
        _report(what, [], [], cited_beside([SHIPPED]))
        if isinstance(what, Knowledge)
        else check_folders(model_folders(what))
    )


def check_folders(folders: Sequence[Path]) -> CheckReport:
    """Return the same for the models of exactly these folders, those shipped not among them."""
    knowledge, issues = read_folders(folders)
    issues += leaflet_issues(knowledge, _leaflets(folders))
    shared = list(shared_pieces()) if SHIPPED in folders else []
    return _report(knowledge, issues, shared, cited_beside(folders))


def _report(
    knowledge: Knowledge, issues: list[Issue], shared: list[Piece], beside: Collection[str]
) -> CheckReport:
    pieces = [*all_pieces(knowledge), *shared]
    places = _statement_places(knowledge, pieces)
    found = [
        *issues,
        *missing_sources(knowledge.sources, pieces),
        *_unused_sources(knowledge, pieces, beside),
        *_drafts(knowledge, pieces),
        *_statement_faults(knowledge, pieces, places),
        *consistency_issues(knowledge, pieces),
        *naming_issues(knowledge),
    ]
    kinds = Counter(part.kind for _, part in pieces if isinstance(part, Evidence))
    return CheckReport(
        issues=tuple(sorted(found, key=lambda issue: issue.level != "error")),
        numbers={kind: kinds[kind] for kind in ("counted", "reported", "assumption")},
        statements=places,
        statements_total=sum(len(source.statements) for source in knowledge.sources.values()),
        diseases=len(knowledge.diseases),
        sources=len(knowledge.sources),
        base_rates=len(knowledge.base_rates),
    )


def _statement_places(knowledge: Knowledge, pieces: Iterable[Piece]) -> dict[str, tuple[str, ...]]:
    places: dict[str, list[str]] = {
        statement: [] for source in knowledge.sources.values() for statement in source.statements
    }
    for place, statement in statements_named(pieces):
        if statement in places and place not in places[statement]:
            places[statement].append(place)
    return {statement: tuple(found) for statement, found in places.items()}


def _statement_faults(
    knowledge: Knowledge, pieces: Iterable[Piece], places: Mapping[str, tuple[str, ...]]
) -> Iterator[Issue]:
    homes: dict[str, str] = {}
    for source in knowledge.sources.values():
        for statement in source.statements:
            if statement in homes:
                message = f"statement {statement} is numbered in {homes[statement]} and in {source.key}"
                where = f"sources/{source.key}.yaml"
                yield Issue("error", "twice", message, "number them apart (A1, B1)", where)
            homes[statement] = source.key
    for place, statement in statements_named(pieces):
        if statement not in homes:
            message = f"no source has a statement {statement}"
            yield Issue(
                "error", "unknown-statement", message, "add it to the source's file, or correct it", place
            )
    for statement, found in places.items():
        if not found:
            message = f"statement {statement} has no place in any model"
            remedy = "name it under statements: where it is answered, or in a note that says why it is not"
            yield Issue("error", "uncovered-statement", message, remedy, f"sources/{homes[statement]}.yaml")


def _unused_sources(
    knowledge: Knowledge, pieces: Iterable[Piece], beside: Collection[str]
) -> Iterator[Issue]:
    used = {key for _, key in sources_named(pieces)} | set(beside)
    for key, source in knowledge.sources.items():
        if key not in used and not source.statements:
            remedy = "cite it where its figures are used, or remove the file"
            yield Issue(
                "warning", "unused-source", f"source {key} is cited nowhere", remedy, f"sources/{key}.yaml"
            )


def _drafts(knowledge: Knowledge, pieces: Iterable[Piece]) -> Iterator[Issue]:
    sources = [(f"sources/{source.key}.yaml", source) for source in knowledge.sources.values()]
    for place, part in [*pieces, *sources]:
        for name in type(part).model_fields:
            value = getattr(part, name)
            for text in (value,) if isinstance(value, str) else value if isinstance(value, tuple) else ():
                if isinstance(text, str) and any(word in text for word in UNFINISHED):
                    message = f"{name} is unfinished: {text[:60]!r}"
                    yield Issue("error", "draft", message, "finish it", place)


def _leaflets(folders: Sequence[Path]) -> dict[str, str]:
    """Texts that stand beside a model, with their place: "glucagonoma/leaflet.en.md"."""
    found = {}
    for folder in folders:
        for path in sorted((folder / "diseases").glob("*/*.md")):
            found[f"{path.parent.name}/{path.name}"] = path.read_text(encoding="utf-8", errors="replace")
    return found
