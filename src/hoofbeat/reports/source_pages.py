"""One source as data for a page: what it is, how it was read, and every number that leans on it."""

from __future__ import annotations

from typing import Any

from hoofbeat.errors import UnknownTerm
from hoofbeat.knowledge import Knowledge, load_knowledge, source_keys
from hoofbeat.reports.footnotes import address, identifiers


def source_page(key: str) -> dict[str, Any]:
    """Return a source with its statements and the numbers of the models that cite it.

    key: as in the models ("wermers_1996"). used_by: one entry a disease, with the rows that lean on it (as in
    disease_page); no row where only the text names the source. Raises UnknownTerm.
    """
    from hoofbeat.reports.disease_pages import rows_that_cite

    knowledge = load_knowledge()
    record = source_record(knowledge, key)
    rows: dict[str, list[dict[str, Any]]] = {}
    for disease, row in rows_that_cite(knowledge, key):
        rows.setdefault(disease.slug, []).append(row)
    used_by = [
        {"slug": d.slug, "name": d.name, "rows": rows.get(d.slug, [])}
        for d in knowledge.diseases.values()
        if key in source_keys(d)
    ]
    statements = [
        {"id": number, "says": s.says, "verdict": s.verdict}
        for number, s in knowledge.sources[key].statements.items()
    ]
    return {**record, "used_by": used_by, "statements": statements, "model_version": knowledge.version}


def source_record(knowledge: Knowledge, key: str) -> dict[str, Any]:
    """Return what a source is: citation, identifiers, design, size, licence, how it was read, what for."""
    from difflib import get_close_matches

    source = knowledge.sources.get(key)
    if source is None:
        near = get_close_matches(key, knowledge.sources, n=3)
        raise UnknownTerm(
            f"no source is called {key!r}",
            why="a source is named by its key, as the models cite it",
            remedy=f"one of: {', '.join(near)}"
            if near
            else "list those of a disease with: hoofbeat cite DISEASE",
        )
    return {
        "key": source.key,
        "citation": source.citation,
        "year": source.year,
        "ids": list(identifiers(source)),
        "address": address(source),
        "design": source.design,
        "size": source.size,
        "licence": source.licence,
        "read": source.read,
        "used_for": source.used_for,
    }
