"""What a number rests on, for the drawer beside it: source, place, counts, who disagrees, what is assumed."""

from __future__ import annotations

from typing import Any

from hoofbeat.diagnosis import Reason
from hoofbeat.knowledge import Counted, Disease, Evidence, Source, load_knowledge, pretty_range

_READ = {
    "full text": "read in full",
    "abstract": "only its abstract was read",
    "excerpt": "read in parts",
    "secondary quotation": "quoted from another source",
    "data file": "a data file",
    "recalled": "from memory: not seen",
}


def drawer(reason: Reason, disease: Disease | None, variant: str) -> dict[str, Any]:
    """Return what the evidence drawer of a reason says. disease: ours, or None for one of the background."""
    row = _row(reason, disease, variant)
    return {
        "kind": {"counted": "counted", "reported": "reported range", "assumption": "assumption"}.get(
            reason.kind, reason.kind
        ),
        "assumed": reason.kind == "assumption",
        "words": reason.evidence,
        "group": reason.group,
        "main": _main(row),
        "others": [_said(other) for other in row.also] if row is not None else [],
        "note": row.note if row is not None else "",
        "statements": row.statements if row is not None else (),
        "sources": [source_card(key) for key in reason.sources],
    }


def source_card(key: str) -> dict[str, Any]:
    """Return one source as the page shows it; a row of the public annotations has only its key."""
    found = load_knowledge().sources.get(key)
    if found is None:
        return {
            "key": key,
            "own": False,
            "citation": key,
            "address": publication(key),
            "read": "",
            "design": "",
        }
    return {
        "key": key,
        "own": True,
        "citation": found.citation,
        "address": address(found),
        "read": _READ.get(found.read, found.read),
        "design": found.design,
        "size": found.size,
        "short": short_name(found),
    }


def short_name(source: Source) -> str:
    """Return a source in two words: its key in letters, with the year.

    A key such as "wermers_1996" is made of both already.
    """
    return source.key.replace("_", " ").capitalize()


def address(source: Source) -> str:
    """Return the address of a source elsewhere, if it has one."""
    if source.doi:
        return f"https://doi.org/{source.doi}"
    if source.pmid:
        return f"https://pubmed.ncbi.nlm.nih.gov/{source.pmid}/"
    return source.url if source.url.startswith(("https://", "http://")) else ""


def publication(key: str) -> str:
    """Return the address of a publication or catalogue entry that the public annotations cite."""
    kind, _, number = key.partition(":")
    places = {
        "PMID": "https://pubmed.ncbi.nlm.nih.gov/{}/",
        "OMIM": "https://omim.org/entry/{}",
        "ORPHA": "https://www.orpha.net/en/disease/detail/{}",
    }
    return places[kind].format(number) if kind in places and number.isdigit() else ""


def _row(reason: Reason, disease: Disease | None, variant: str) -> Evidence | None:
    if disease is None:
        return None
    rows: list[Any] = [r for r in disease.findings.findings if r.finding == reason.matched]
    if reason.how == "site":
        region = reason.finding.removeprefix("site:")
        rows = [r for r in disease.findings.sites if r.site == region]
    fitting = [r for r in rows if r.given in ("", variant)]
    return next(iter(sorted(fitting, key=lambda r: r.given != variant)), None)


def _main(row: Evidence | None) -> dict[str, str] | None:
    first = row and (row.counted or row.reported)
    if not first:
        return None
    return {**_said(first), "biased": "yes" if getattr(first, "biased", False) else ""}


def _said(other: Any) -> dict[str, str]:
    figure = f"{other.n} of {other.of}" if isinstance(other, Counted) else pretty_range(other.low, other.high)
    return {
        "figure": figure,
        "place": other.place,
        "source": other.source,
        "note": other.note,
        "direction": getattr(other, "direction", ""),
    }
