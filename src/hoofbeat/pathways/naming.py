"""What a line among the treatments of a case means: work that was done, treatment, neither, or unclear."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache

from hoofbeat.pathways.model import Named, Option, Pathway, Procedure, Undone

# One line may tell of two things: "resection; PRRT planned".
_CLAUSES = re.compile(r";|\bthen\b")
# "not fit for surgery": so many words may stand between the no and what it denies.
_BETWEEN = 2


def names(text: str, words: Iterable[str]) -> bool:
    """True if one of the words stands in the text as a word of its own; hyphens and case do not matter.

    >>> names("Octreotide-scan", ["octreotide scan"]), names("octreotides", ["treotide"])
    (True, False)
    """
    return any(_places(_plain(text), words))


def _plain(text: str) -> str:
    return re.sub(r"[-\u2010-\u2015/\s]+", " ", text.casefold())


def _places(said: str, words: Iterable[str]) -> Iterator[re.Match[str]]:
    known = _pattern(tuple(words))
    yield from known.finditer(said) if known else ()


@cache
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """One pattern for many words, longer ones first; each as a word of its own, or with an s."""
    if not words:
        return None
    said = sorted(map(_plain, words), key=len, reverse=True)
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, said))})s?(?!\w)")


class Wording:
    """The words of a pathway for treatments and for work that is recorded among them.

    Work is matched first, and its words are taken out before treatments are looked for, so that an octreotide
    scan is no octreotide. What was planned, refused or denied means nothing.
    """

    def __init__(
        self,
        options: Sequence[Option] = (),
        procedures: Mapping[str, Procedure] | None = None,
        undone: Undone | None = None,
    ) -> None:
        self._options = {option.id: option for option in options}
        self._procedures = dict(procedures or {})
        self._undone = undone or Undone()

    @classmethod
    def of(cls, way: Pathway) -> Wording:
        """Return the words of a pathway and its treatments."""
        return cls(way.options, way.file.procedures, way.file.not_done)

    def work(self, name: str) -> tuple[str, ...]:
        """Return the names of the procedures that a line means."""
        said = self._clauses(name)
        return tuple(key for key, p in self._procedures.items() if any(self._hits(c, p) for c in said))

    def kinds(self, name: str) -> tuple[str, ...]:
        """Return the ids of the treatments that a line means; a line may mean several."""
        said = [self._without_work(clause) for clause in self._clauses(name)]
        return tuple(key for key, o in self._options.items() if any(self._hits(c, o) for c in said))

    def unclear(self, name: str) -> str:
        """Return what a line may mean and does not say clearly enough, in words; empty where it is clear.

        "Surgery" alone may be removal of the tumour; "hip surgery" is not, and is no question. A line of two
        things, one of them refused, does not say which.
        """
        if self.work(name) or self.kinds(name):
            return ""
        plain = Wording(tuple(self._options.values()), self._procedures)
        for clause in plain._clauses(name):
            meant = (*plain.kinds(clause), *plain.work(clause))
            if len(meant) > 1:
                return " or ".join((self._options | self._procedures)[key].name for key in meant)
        for clause in self._clauses(name):
            for known in (*self._procedures.values(), *self._options.values()):
                groups = [g for g in known.loose if any(self._affirmed(clause, g.words))]
                if groups and not any(names(clause, g.unless) for g in known.loose):
                    return known.name
        return ""

    def _clauses(self, name: str) -> list[str]:
        """The parts of a line that tell of something that took place."""
        parts = (_plain(part).strip() for part in _CLAUSES.split(name.casefold()))
        return [part for part in parts if part and not names(part, self._undone.anywhere)]

    def _without_work(self, clause: str) -> str:
        spans = [hit.span() for p in self._procedures.values() for hit in self._hits(clause, p)]
        for start, end in spans:
            clause = clause[:start] + "\0" * (end - start) + clause[end:]
        return clause

    def _hits(self, clause: str, known: Named) -> list[re.Match[str]]:
        hits = list(self._affirmed(clause, known.words))
        for group in known.loose:
            beside = not group.beside or names(clause, group.beside)
            if beside and not names(clause, group.unless):
                hits += self._affirmed(clause, group.words)
        return hits

    def _affirmed(self, clause: str, words: Iterable[str]) -> Iterator[re.Match[str]]:
        denials = "|".join(map(re.escape, self._undone.before))
        for hit in _places(clause, words):
            before = clause[: hit.start()]
            denied = denials and re.search(rf"(?<!\w)(?:{denials})(?: \w+){{0,{_BETWEEN}}} $", before)
            if not denied:
                yield hit
