"""Sources as numbered footnotes: each once, in the order of first use."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict

from hoofbeat.knowledge import Knowledge, Source


class Footnote(BaseModel):
    """One source: its number, its key, what it is, how it was read, and an address where it has one."""

    model_config = ConfigDict(frozen=True)

    number: int
    key: str
    citation: str
    ids: tuple[str, ...] = ()
    design: str = ""
    read: str = ""
    address: str = ""


class Footnotes:
    """Gives each source its number when it is first named.

    >>> from hoofbeat.knowledge import load_knowledge
    >>> notes = Footnotes(load_knowledge())
    >>> notes.of(["wermers_1996", "PMID:1"]), notes.of(["PMID:1"])
    ((1, 2), (2,))
    """

    def __init__(self, knowledge: Knowledge) -> None:
        self._knowledge = knowledge
        self._numbers: dict[str, int] = {}

    def of(self, keys: Iterable[str], most: int = 6) -> tuple[int, ...]:
        """Return the numbers of some sources, the first `most` of them."""
        first = list(dict.fromkeys(keys))[:most]
        return tuple(self._numbers.setdefault(key, len(self._numbers) + 1) for key in first)

    def written(self) -> tuple[Footnote, ...]:
        """Return every source named so far, in the order of its number."""
        return tuple(self._note(number, key) for key, number in self._numbers.items())

    def _note(self, number: int, key: str) -> Footnote:
        source = self._knowledge.sources.get(key)
        if source is None:
            # a row of the public annotations: its publication or catalogue entry, as it is cited there
            return Footnote(number=number, key=key, citation=f"{key}, cited by the HPO annotations")
        return Footnote(
            number=number,
            key=key,
            citation=source.citation,
            ids=identifiers(source),
            design=source.design,
            read=source.read,
            address=address(source),
        )


def identifiers(source: Source) -> tuple[str, ...]:
    """Return the identifiers of a source as they are printed."""
    ids = (f"PMID:{source.pmid}" if source.pmid else "", f"doi:{source.doi}" if source.doi else "")
    return tuple(i for i in ids if i)


def address(source: Source) -> str:
    """Return the address of a source on the web, or nothing; only http and https leave this computer."""
    if source.doi:
        return f"https://doi.org/{source.doi}"
    if source.pmid:
        return f"https://pubmed.ncbi.nlm.nih.gov/{source.pmid}/"
    return source.url if source.url.startswith(("https://", "http://")) else ""
