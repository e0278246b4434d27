"""Publications named in one way, however they are written: a PMID, a DOI, a PMC number or an address."""

from __future__ import annotations

import re
from collections.abc import Iterable

# The forms in which each is met, tried in this order; the group is what is kept.
_FORMS = (
    ("PMCID:", re.compile(r"(?:PMCID:?\s*|PMC:\s*)?PMC(\d+)", re.IGNORECASE)),
    ("PMCID:", re.compile(r"https?://\S*/(?:pmc/)?articles/PMC(\d+)(?:[/?#.]\S*)?", re.IGNORECASE)),
    ("PMID:", re.compile(r"(?:(?:PMID|PUBMED|MED)\s*:?\s*)?0*([1-9]\d{0,8})", re.IGNORECASE)),
    (
        "PMID:",
        re.compile(
            r"https?://\S*(?:pubmed|/article/med|/pmid)\S*?[/:]0*([1-9]\d{0,8})(?:[/?#]\S*)?", re.IGNORECASE
        ),
    ),
    ("DOI:", re.compile(r"(?:DOI\s*:?\s*)?(10\.\d{3,9}/\S+)", re.IGNORECASE)),
    ("DOI:", re.compile(r"https?://(?:dx\.)?doi\.org/(10\.\d{3,9}/\S+)", re.IGNORECASE)),
)
# Addresses, books and the databases that annotations cite are compared letter by letter.
_OTHER = re.compile(r"(?:https?://|ISBN|OMIM:|ORPHA:|DECIPHER:)\S+", re.IGNORECASE)


def publication_id(text: str) -> str:
    """Return the one name of a publication: "PMID:123", "DOI:10.1000/x" (lower case), "PMCID:PMC123".

    What is none of these comes back without the blanks around it.

    >>> publication_id("https://pubmed.ncbi.nlm.nih.gov/23477490/"), publication_id("pmid: 23477490")
    ('PMID:23477490', 'PMID:23477490')
    """
    return _read(text) or text.strip()


def _read(text: str) -> str | None:
    for prefix, form in _FORMS:
        found = form.fullmatch(text.strip())
        if found:
            return f"{prefix}PMC{found[1]}" if prefix == "PMCID:" else prefix + found[1].lower()
    return None


def publication_ids(texts: Iterable[str]) -> tuple[str, ...]:
    """Return the names of several publications, each once, in their order; see publication_id."""
    return tuple(dict.fromkeys(publication_id(text) for text in texts))


def is_publication(text: str) -> bool:
    """Return whether this names a publication in a form that can be compared: else nothing is left out by it.

    >>> is_publication("10.1001/archderm.1942.01500120037004"), is_publication("Smith 1998")
    (True, False)
    """
    return _read(text) is not None or bool(_OTHER.fullmatch(text.strip()))
