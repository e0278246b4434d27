"""Rows that cannot all be true: unknown terms, the same row twice, a part more frequent than its whole."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from hoofbeat.errors import Issue, Level
from hoofbeat.knowledge.model import BaseRate, Disease, FindingRow, Knowledge
from hoofbeat.knowledge.places import Piece
from hoofbeat.terms import Ontology, load_ontology, regions, sites

# Elicited shares need not add up to the last hundredth.
SHARES_TOLERANCE = 0.1


def consistency_issues(knowledge: Knowledge, pieces: Iterable[Piece]) -> Iterator[Issue]:
    """Yield an Issue for each row that contradicts the ontology, its neighbours or itself.

    pieces: every piece with its place, what all diseases share included; their terms must be current.
    """
    ontology = load_ontology()
    yield from _unknown_terms(pieces, ontology)
    for disease in knowledge.diseases.values():
        yield from _unknown_sites(disease)
        yield from _unknown_variants(disease)
        yield from _repeated_rows(disease)
        yield from _shares(disease)
        yield from _contradicted_ancestors(disease, ontology)
    for rate in knowledge.base_rates.values():
        yield from _untiled(rate)
        yield from _contradicted_rates(rate, knowledge.base_rates, ontology)


def _unknown_terms(pieces: Iterable[Piece], ontology: Ontology) -> Iterator[Issue]:
    for place, part in pieces:
        term = getattr(part, "finding", None)
        for named in (term,) if isinstance(term, str) else getattr(part, "terms", ()):
            # an investigation whose result is no finding leaves the field empty
            if named not in ("", "UNMAPPED"):
                yield from _term_fault(named, place, ontology)


def _term_fault(term: str, place: str, ontology: Ontology) -> Iterator[Issue]:
    found = ontology.resolve(term)
    if found.status == "unknown":
        message = f"{term} is not a term of the pinned ontology"
        yield Issue("error", "unknown-term", message, "find the term: hoofbeat terms WORDS", place)
    elif found.status != "current":
        instead = [f"{new} ({ontology.label(new)})" for new in found.replaced_by or found.consider]
        remedy = f"write {' or '.join(instead)}" if instead else "find another: hoofbeat terms WORDS"
        yield Issue("error", "obsolete-term", f"{term} is no longer used", remedy, place)


def _unknown_sites(disease: Disease) -> Iterator[Issue]:
    named = [(f"sites[{number}]", row.site) for number, row in enumerate(disease.findings.sites)]
    counted = disease.findings.counted_sites
    for number, patient in enumerate(counted.patients if counted else ()):
        named += [(f"counted_sites.patients[{number}]", site) for site in patient.sites]
    known = regions() | {site.slug for site in sites()}
    for field, site in named:
        if site not in known:
            remedy = f"one of: {', '.join(sorted(regions()))}, or a body site"
            yield Issue(
                "error", "unknown-site", f"{site!r} is not a body region", remedy, _findings(disease, field)
            )


def _unknown_variants(disease: Disease) -> Iterator[Issue]:
    known = {variant.id for variant in disease.about.variants}
    counted = disease.findings.counted_sites
    rows = [
        *(
            (_findings(disease, f"findings[{i}]"), row.given)
            for i, row in enumerate(disease.findings.findings)
        ),
        *((_findings(disease, f"sites[{i}]"), row.given) for i, row in enumerate(disease.findings.sites)),
        *((f"{disease.slug}/tests.yaml tests[{i}]", row.given) for i, row in enumerate(disease.tests.tests)),
        (_findings(disease, "counted_sites"), counted.given if counted else ""),
    ]
    for place, given in rows:
        if given and given not in known:
            listed = ", ".join(sorted(known)) or "none"
            message = f"given: {given} is not a variant of {disease.name}"
            yield Issue("error", "unknown-variant", message, f"variants in disease.yaml: {listed}", place)


def _repeated_rows(disease: Disease) -> Iterator[Issue]:
    findings, sites = disease.findings.findings, disease.findings.sites
    yield from _twice("findings", [(row.finding, row.given) for row in findings], disease)
    yield from _twice("sites", [(row.site, row.given) for row in sites], disease)


def _twice(field: str, keys: Sequence[tuple[str, str]], disease: Disease) -> Iterator[Issue]:
    first: dict[tuple[str, str], int] = {}
    for number, key in enumerate(keys):
        if key in first:
            given = f" given {key[1]}" if key[1] else ""
            message = f"{key[0]}{given} has two rows, {field}[{first[key]}] and {field}[{number}]"
            remedy = "keep one; put the other source under also:"
            yield Issue("error", "repeated-row", message, remedy, _findings(disease, f"{field}[{number}]"))
        first.setdefault(key, number)


def _shares(disease: Disease) -> Iterator[Issue]:
    variants = disease.about.variants
    total = sum(variant.share.mean for variant in variants)
    if variants and abs(total - 1) > SHARES_TOLERANCE:
        message = f"the shares of the variants sum to {total:.2f}, not about 1"
        yield Issue("error", "shares", message, "correct the shares", f"{disease.slug}/disease.yaml variants")


def _contradicted_ancestors(disease: Disease, ontology: Ontology) -> Iterator[Issue]:
    rows = {(row.finding, row.given): row for row in disease.findings.findings}
    for (term, given), row in rows.items():
        for above in _ancestors(term, ontology):
            whole = rows.get((above, given))
            if (
                whole
                and whole is not row
                and not (whole.when == "presentation" and row.when != "presentation")
            ):
                yield from _compare(disease, row, whole)


def _compare(disease: Disease, row: FindingRow, whole: FindingRow) -> Iterator[Issue]:
    """A finding cannot be more frequent than the more general finding that it implies."""
    if row.mean <= whole.high:
        return
    certain = row.low > whole.high
    message = (
        f"{row.finding} ({row.name}) at {row.low:.0%}–{row.high:.0%} implies {whole.finding} ({whole.name}), "
        f"which has only {whole.low:.0%}–{whole.high:.0%}"
    )
    number = disease.findings.findings.index(row)
    remedy = f"raise {whole.finding} or lower {row.finding}"
    level: Level = "error" if certain else "warning"
    yield Issue(level, "contradicts-ancestor", message, remedy, _findings(disease, f"findings[{number}]"))


def _contradicted_rates(rate: BaseRate, rates: Mapping[str, BaseRate], ontology: Ontology) -> Iterator[Issue]:
    for above in _ancestors(rate.finding, ontology):
        for row in rate.rows:
            age = sum(row.ages) / 2
            for whole in rates[above].rows if above in rates else ():
                alike = "all" in (row.sex, whole.sex) or row.sex == whole.sex
                if alike and whole.ages[0] <= age < whole.ages[1] and row.rate.low > whole.rate.high:
                    message = (
                        f"{rate.name} implies {rates[above].name}, which is less frequent at {age:g} years"
                    )
                    remedy = f"raise {above} or lower {rate.finding}"
                    yield Issue(
                        "error", "contradicts-ancestor", message, remedy, f"base_rates.yaml {rate.finding}"
                    )


def _ancestors(term: str, ontology: Ontology) -> Collection[str]:
    return ontology.ancestors(term) if ontology.resolve(term).status == "current" else ()


def _untiled(rate: BaseRate) -> Iterator[Issue]:
    for sex in ("female", "male"):
        bands = sorted(row.ages for row in rate.rows if row.sex in (sex, "all"))
        fault = _gap(bands)
        if fault:
            message = f"the ages of {rate.finding} ({rate.name}), {sex}, {fault}"
            remedy = "cover 0 to 120 once, each band beginning where the last one ends"
            yield Issue("error", "ages-uncovered", message, remedy, f"base_rates.yaml {rate.finding}")


def _gap(bands: Iterable[tuple[float, float]]) -> str:
    reached = 0.0
    for low, high in bands:
        if low != reached or high <= low:
            return f"{'overlap' if low < reached else 'have a gap'} at {low:g}"
        reached = high
    return "" if reached >= 120 else f"end at {reached:g}"


def _findings(disease: Disease, field: str) -> str:
    return f"{disease.slug}/findings.yaml {field}"
