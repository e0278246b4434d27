"""A disease model as prose and tables."""

from __future__ import annotations

import textwrap
from collections import Counter
from collections.abc import Iterable

from hoofbeat.diagnosis import region_rates
from hoofbeat.knowledge import (
    Counted,
    Disease,
    Evidence,
    Frequency,
    Knowledge,
    in_words,
    load_annotations,
    pretty_amounts,
    pretty_percent,
    pretty_range,
)
from hoofbeat.terms import load_ontology

_WIDTH = 96


def listing(knowledge: Knowledge) -> str:
    """Return the models, one a line."""
    lines = [f"{d.slug:<36} {d.name}" for d in knowledge.diseases.values()]
    return "\n".join(
        [*lines, "", f"{len(lines)} models. hoofbeat show SLUG, or any OMIM, ORPHA or MONDO id."]
    )


def disease_text(disease: Disease, knowledge: Knowledge, *, numbers: bool) -> str:
    """Return everything a model says, in reading order."""
    about = disease.about
    blocks = [_head(disease)]
    blocks.append(_table("How common, at which age, in whom", _frame(disease), numbers=numbers))
    for title, notes in (("What tells it apart", about.tells_apart), ("Notes", about.notes)):
        blocks.append(_bullets(title, [note.text + _cited(note.sources) for note in notes]))
    blocks.append(_table("Forms", [(v.name, v.share) for v in about.variants], numbers=numbers))
    causes = [
        (c.name + (f" — {c.reports}" if c.reports else "") + _cited(c.sources), c.share) for c in about.causes
    ]
    blocks.append(_table("Causes", causes, numbers=numbers))
    findings = [
        (_with_form(f.name, f.given), f) for f in sorted(disease.findings.findings, key=lambda f: -f.mean)
    ]
    blocks.append(_table("Findings", findings, numbers=numbers))
    blocks.append(_table("Where the rash is", _sites(disease), numbers=numbers))
    tests = [(_with_form(t.name, t.given), t.present or t.distribution) for t in disease.tests.tests]
    blocks.append(_table("Tests", tests, numbers=numbers))
    course = [
        (c.name + (f": {c.text}" if c.text else ""), c.amount or c.fraction) for c in disease.course.rows
    ]
    blocks.append(_table("Course", course, numbers=numbers))
    blocks.append(_contradictions(disease))
    blocks.append(
        _bullets("Slips in the source documents", [f"{e.what} Kept: {e.kept}" for e in about.document_errors])
    )
    blocks.append(
        _bullets("Annotations not used", [f"{_label(o.finding)}: {o.reason}" for o in about.overrides])
    )
    blocks.append(_sources(disease, knowledge))
    return "\n\n".join(block for block in blocks if block)


def background_text(entry: int, *, numbers: bool) -> str:
    """Return a background disease: its annotation rows with the publications they cite."""
    annotations = load_annotations()
    found = annotations.entries[entry]
    rows = annotations.rows(entry)
    said = (
        [f"the HPO annotations {annotations.release}"] if not all(r.fitted for r in rows) or not rows else []
    )
    said += ["patients counted by hoofbeat fit (+)"] if any(r.fitted for r in rows) else []
    lines = [found.name, f"{', '.join(found.ids)}; from {' and '.join(said)}", ""]
    for row in rows:
        rate = ""
        if numbers and row.of == row.of:
            rate = f"{row.n:.0f} of {row.of:.0f}"
        elif numbers and row.low == row.low:
            rate = pretty_range(row.low, row.high)
        rate += " +" if row.fitted else ""
        lines.append(f"  {_label(row.term):<50} {rate:<12} {', '.join(row.references)}")
    return "\n".join(lines)


def _head(disease: Disease) -> str:
    about = disease.about
    lines = [about.name, "=" * len(about.name), textwrap.fill(about.definition.strip(), _WIDTH)]
    if about.synonyms:
        lines.append(textwrap.fill("Also called: " + ", ".join(about.synonyms), _WIDTH))
    lines.append(textwrap.fill("Ids: " + ", ".join([*disease.aliases, *about.xrefs.icd10cm]), _WIDTH))
    return "\n".join(lines)


def _frame(disease: Disease) -> list[tuple[str, Evidence | None]]:
    about = disease.about
    rows: list[tuple[str, Evidence | None]] = [
        ("Prevalence", about.prevalence),
        ("Incidence", about.incidence),
        ("Lived with undiagnosed", about.undiagnosed_years),
        ("Mean age when first seen", about.age),
        ("Male", about.male),
    ]
    return [row for row in rows if row[1] is not None]


def _sites(disease: Disease) -> list[tuple[str, Evidence | None]]:
    counted = disease.findings.counted_sites
    rows: list[tuple[str, Evidence | None]] = [
        (_with_form(s.site.replace("_", " "), s.given), s) for s in disease.findings.sites
    ]
    if counted:
        for region, rate in region_rates(disease, counted.given).items():
            if rate.kind == "counted":
                n, of = round(rate.a - 0.5), round(rate.a + rate.b - 1)
                row = Frequency.model_validate(
                    {"counted": {"n": n, "of": of, "source": counted.source, "place": counted.place}}
                )
                rows.append((f"{region.replace('_', ' ')}, counted patient by patient", row))
    return rows


def _table(title: str, rows: Iterable[tuple[str, Evidence | None]], *, numbers: bool) -> str:
    lines = []
    for name, evidence in rows:
        lines.append(f"  {name}")
        if evidence is None:
            continue
        if numbers:
            lines.append(textwrap.indent(textwrap.fill(_number(evidence), _WIDTH - 6), "      "))
        else:
            lines.append(f"      {evidence.kind}{_cited(evidence.sources)}")
    return "\n".join([title, "-" * len(title), *lines]) if lines else ""


def _number(evidence: Evidence) -> str:
    words = in_words(evidence) + _cited(evidence.sources[:1])
    if isinstance(evidence, Frequency):
        low, high = evidence.low, evidence.high
        words = f"{pretty_percent(evidence.mean)} % ({pretty_range(low, high)}): {words}"
    for other in evidence.also:
        if isinstance(other, Counted):
            figure = f"{other.n} of {other.of}"
        else:
            figure = pretty_amounts(other.low, other.high)
        words += f"; also {figure} ({other.place}) [{other.source}]"
    return words + (f". {evidence.note}" if evidence.note else "")


def _contradictions(disease: Disease) -> str:
    lines = []
    for c in disease.about.contradictions:
        lines.append(f"  {c.about}")
        lines.extend(
            textwrap.fill(
                f"{side.says} [{side.source}]",
                _WIDTH,
                initial_indent="      - ",
                subsequent_indent="        ",
            )
            for side in c.sides
        )
        lines.append(
            textwrap.fill(
                f"Read here as: {c.resolution}", _WIDTH, initial_indent="      ", subsequent_indent="      "
            )
        )
    title = "Where sources disagree"
    return "\n".join([title, "-" * len(title), *lines]) if lines else ""


def _sources(disease: Disease, knowledge: Knowledge) -> str:
    from hoofbeat.knowledge import source_keys

    lines = [
        textwrap.fill(
            f"[{key}] {citation(knowledge, key)}", _WIDTH, initial_indent="  ", subsequent_indent="      "
        )
        for key in source_keys(disease)
        if key in knowledge.sources
    ]
    kinds = Counter(kind_of for kind_of in _kinds(disease))
    counts = ", ".join(f"{kinds[k]} {k}" for k in ("counted", "reported", "assumption"))
    return "\n".join(["Sources", "-------", f"  Numbers: {counts}.", *lines])


def _kinds(disease: Disease) -> Iterable[str]:
    from hoofbeat.knowledge import numbers_of

    return (number.kind for number in numbers_of(disease))


def citation(knowledge: Knowledge, key: str) -> str:
    """Return a source as one line: who, where, identifiers, and how it was read."""
    source = knowledge.sources[key]
    ids = [f"PMID:{source.pmid}" if source.pmid else "", f"doi:{source.doi}" if source.doi else ""]
    return (
        f"{source.citation} {' '.join(i for i in ids if i)} {source.url}".strip() + f" (read: {source.read})"
    )


def _bullets(title: str, texts: Iterable[str]) -> str:
    lines = [textwrap.fill(t, _WIDTH, initial_indent="  - ", subsequent_indent="    ") for t in texts]
    return "\n".join([title, "-" * len(title), *lines]) if lines else ""


def _cited(keys: Iterable[str]) -> str:
    keys = tuple(keys)
    return f" [{', '.join(keys)}]" if keys else ""


def _with_form(name: str, given: str) -> str:
    return f"{name} ({given.replace('_', ' ')})" if given else name


def _label(term: str) -> str:
    onto = load_ontology()
    resolved = onto.resolve(term)
    return onto.label(resolved.id) if resolved.id else term
