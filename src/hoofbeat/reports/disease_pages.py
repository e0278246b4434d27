"""One disease as data for a page: the model in reading order, every number in words with its sources."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any

from hoofbeat.errors import UnknownTerm
from hoofbeat.knowledge import (
    Amount,
    Assumption,
    Counted,
    Disease,
    Evidence,
    Frequency,
    Knowledge,
    find_disease,
    find_entry,
    in_words,
    load_annotations,
    load_knowledge,
    numbers_of,
    pretty_amounts,
    pretty_percent,
    pretty_range,
    source_keys,
)
from hoofbeat.reports.body_map import heat_table
from hoofbeat.reports.source_pages import source_record
from hoofbeat.terms import load_ontology

Row = dict[str, Any]


def disease_page(slug: str) -> Row:
    """Return all that a model says of a disease, ready for a template: plain dicts, lists and words.

    slug: a slug, id, alias or name; an id of the public annotations ("OMIM:201100") gives their rows, with
    kind "background". Each number is a row: name, term, form, kind (counted, reported, assumption), figure
    ("68 of 100"), range, rests_on, why (of an assumption), also (who agrees or disagrees), note, sources.
    parts: the tables in reading order, each with a title and rows, so that a page can walk through them.
    Raises UnknownTerm for a name that nothing bears.
    """
    knowledge = load_knowledge()
    try:
        disease = find_disease(knowledge, slug)
    except UnknownTerm:
        if ":" not in slug:
            raise
        return _background(slug)
    about = disease.about
    kinds = Counter(number.kind for number in numbers_of(disease))
    return {
        "kind": "model",
        "slug": disease.slug,
        "id": disease.id,
        "name": disease.name,
        "definition": about.definition.strip(),
        "synonyms": list(about.synonyms),
        "ids": list(disease.aliases),
        "icd10cm": list(about.xrefs.icd10cm),
        "do_not_miss": about.do_not_miss,
        "numbers": {kind: kinds[kind] for kind in ("counted", "reported", "assumption")},
        "parts": [part for part in _parts(disease) if part["rows"]],
        **_told(disease),
        "sites": _sites(disease),
        "onset_order": list(disease.course.onset_order),
        "sources": [
            source_record(knowledge, key) for key in source_keys(disease) if key in knowledge.sources
        ],
        "model_version": knowledge.version,
        "ontology_release": load_annotations().release,
    }


def _told(disease: Disease) -> Row:
    """What a model says in words: signs that tell it apart, notes, disagreements, slips, rows not used."""
    about = disease.about
    return {
        "tells_apart": [{"text": n.text.strip(), "sources": list(n.sources)} for n in about.tells_apart],
        "notes": [{"text": n.text.strip(), "sources": list(n.sources)} for n in about.notes],
        "contradictions": [
            {
                "about": c.about,
                "sides": [{"says": s.says, "source": s.source} for s in c.sides],
                "resolution": c.resolution.strip(),
            }
            for c in about.contradictions
        ],
        "document_errors": [
            {"what": e.what, "kept": e.kept, "source": e.source} for e in about.document_errors
        ],
        "not_used": [
            {"name": _label(o.finding), "term": o.finding, "reason": o.reason} for o in about.overrides
        ],
    }


def number_row(
    name: str, evidence: Evidence | None, *, term: str = "", form: str = "", text: str = ""
) -> Row:
    """Return one number as words with all it rests on; without evidence only its name and text."""
    row: Row = {"name": name, "term": term, "form": form.replace("_", " "), "text": text, "kind": ""}
    if evidence is None:
        return {
            **row,
            "figure": "",
            "range": "",
            "rests_on": "",
            "why": "",
            "also": [],
            "note": "",
            "sources": [],
        }
    figure, spread = _figure(evidence)
    assumed = evidence.assumption
    return {
        **row,
        "kind": evidence.kind,
        "figure": figure,
        "range": spread,
        "rests_on": in_words(evidence),
        "why": assumed.why if isinstance(assumed, Assumption) else "",
        "also": [_also(other) for other in evidence.also],
        "note": evidence.note,
        "sources": list(evidence.sources),
    }


def _figure(evidence: Evidence) -> tuple[str, str]:
    if isinstance(evidence, Frequency):
        return f"{pretty_percent(evidence.mean)} of 100", pretty_range(evidence.low, evidence.high)
    unit = evidence.unit if isinstance(evidence, Amount) else ""
    return pretty_amounts(evidence.low, evidence.high, unit), ""


def _also(other: Counted | Any) -> Row:
    figure = (
        f"{other.n} of {other.of}" if isinstance(other, Counted) else pretty_amounts(other.low, other.high)
    )
    return {"figure": figure, "place": other.place, "source": other.source, "note": other.note}


def _parts(disease: Disease) -> list[Row]:
    about = disease.about
    frame = [
        ("Prevalence", about.prevalence),
        ("Incidence", about.incidence),
        ("Lived with undiagnosed", about.undiagnosed_years),
        ("Mean age when first seen", about.age),
        ("Male", about.male),
    ]
    findings = sorted(disease.findings.findings, key=lambda f: (-f.mean, f.name))
    return [
        _part("frame", "How common, at which age, in whom", [number_row(n, e) for n, e in frame if e]),
        _part("forms", "Forms", [number_row(v.name, v.share) for v in about.variants]),
        _part("causes", "Causes", [_cause(c) for c in about.causes]),
        _part(
            "findings", "Findings", [number_row(f.name, f, term=f.finding, form=f.given) for f in findings]
        ),
        _part(
            "sites",
            "Where the rash is, as the model says",
            [number_row(s.site.replace("_", " "), s, form=s.given) for s in disease.findings.sites],
        ),
        _part("tests", "Tests", [_test(t) for t in disease.tests.tests]),
        _part(
            "course",
            "Course",
            [
                {**number_row(c.name, c.amount or c.fraction, text=c.text), "more_sources": list(c.sources)}
                for c in disease.course.rows
            ],
        ),
    ]


def _part(key: str, title: str, rows: Sequence[Row]) -> Row:
    return {"id": key, "title": title, "rows": list(rows)}


def _cause(cause: Any) -> Row:
    row = number_row(cause.name, cause.share, term=cause.finding or "", text=cause.reports)
    return {**row, "id": cause.id, "group": cause.group, "more_sources": list(cause.sources)}


def _test(test: Any) -> Row:
    term = test.finding or (test.test if test.test.startswith("HP:") else "")
    row = number_row(test.name, test.present or test.distribution, term=term, form=test.given, text=test.note)
    return {
        **row,
        "test_kind": test.kind,
        "cost": test.cost or "",
        "harm": test.harm or "",
        "values": number_row(test.name, test.distribution) if test.present and test.distribution else None,
        "more_sources": list(test.sources),
    }


def _sites(disease: Disease) -> list[Row]:
    """Regions as they are scored: the model's rows with published patients counted in."""
    rows = []
    for row in heat_table([disease.slug]):
        cell = row.cells[0]
        if cell:
            rows.append({"region": row.region, "name": row.name, **cell, "sources": list(cell["sources"])})
    return rows


def _background(words: str) -> Row:
    annotations = load_annotations()
    number = find_entry(words)
    entry = annotations.entries[number]
    rows = []
    for row in annotations.rows(number):
        counted = row.of == row.of  # a number is not equal to itself when it is not there
        ranged = row.low == row.low
        figure = f"{row.n:.0f} of {row.of:.0f}" if counted else ""
        rows.append(
            {
                "name": _label(row.term),
                "term": row.term,
                "kind": "counted" if counted else "reported" if ranged else "",
                "figure": figure or (pretty_range(row.low, row.high) if ranged else ""),
                "sources": list(row.references),
            }
        )
    return {
        "kind": "background",
        "slug": "",
        "id": entry.ids[0],
        "name": entry.name,
        "ids": list(entry.ids),
        "parts": [_part("findings", "Findings of the HPO annotations", rows)],
        "sources": [],
        "model_version": load_knowledge().version,
        "ontology_release": annotations.release,
    }


def _label(term: str) -> str:
    onto = load_ontology()
    resolved = onto.resolve(term)
    return onto.label(resolved.id) if resolved.id else term


def rows_that_cite(knowledge: Knowledge, key: str) -> Iterable[tuple[Disease, Row]]:
    """Yield each row of each model that leans on a source, with its disease."""
    for disease in knowledge.diseases.values():
        if key not in source_keys(disease):
            continue
        for part in _parts(disease):
            for row in part["rows"]:
                if key in (*row["sources"], *row.get("more_sources", ())):
                    yield disease, row
