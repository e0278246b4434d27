"""What the codes of a chart mean: findings, tests and treatments, by the code sets of the knowledge room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple

from hoofbeat.knowledge import CodeSet, load_code_sets
from hoofbeat.terms import Test, find_test, load_ontology, read_sites, sites

SYSTEMS = {
    "http://snomed.info/sct": "SNOMED",
    "http://loinc.org": "LOINC",
    "http://hl7.org/fhir/sid/icd-10-cm": "ICD10CM",
    "http://hl7.org/fhir/sid/icd-10": "ICD10CM",
    "http://hl7.org/fhir/sid/icd-9-cm": "ICD9CM",
    "http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm",
    "http://www.whocc.no/atc": "ATC",
    "http://human-phenotype-ontology.org": "HPO",
    "http://purl.obolibrary.org/obo/hp.owl": "HPO",
    "http://purl.obolibrary.org/obo/hp.fhir": "HPO",
}
# vocabularies whose longer codes are kinds of the shorter: E11.65 is an E11
_BY_PREFIX = {"ICD10CM": 3, "ICD9CM": 3, "ATC": 3}


class Coded(NamedTuple):
    """One coding: vocabulary, code, and the words beside it."""

    vocabulary: str
    code: str
    display: str


def codings(concept: Any) -> Iterator[Coded]:
    """Yield the codings of a CodeableConcept that are in a vocabulary we know."""
    if not isinstance(concept, Mapping):
        return
    for item in _list(concept.get("coding")):
        if isinstance(item, Mapping):
            vocabulary = SYSTEMS.get(str(item.get("system", "")).rstrip("/"), "")
            if vocabulary:
                yield Coded(vocabulary, str(item.get("code", "")), str(item.get("display", "")))


def words(concept: Any) -> str:
    """Return what a CodeableConcept is called: its text, else the first display."""
    if not isinstance(concept, Mapping):
        return ""
    displays = [str(c.get("display", "")) for c in _list(concept.get("coding")) if isinstance(c, Mapping)]
    return str(concept.get("text") or next(filter(None, displays), ""))[:200]


def set_of(concept: Any) -> CodeSet | None:
    """Return the code set that a concept falls in, by its codes alone."""
    for coded in codings(concept):
        for code in _widening(coded):
            found = _sets().get((coded.vocabulary, code))
            if found is not None:
                return found
    return None


def test_of(concept: Any) -> Test | None:
    """Return the laboratory test that a concept names, by our code sets, LOINC or its words."""
    loincs = [c.code for c in codings(concept) if c.vocabulary == "LOINC"]
    named = [getattr(set_of(concept), "test", ""), *loincs, words(concept)]
    return next((test for test in map(find_test, filter(None, named)) if test), None)


def finding_of(concept: Any) -> tuple[str, str]:
    """Return (HPO id, the words it was recorded in) of a concept; both empty if it is no finding we know.

    An HPO code is taken as it is, then our code sets, then words that surely mean one term.
    """
    onto, said = load_ontology(), words(concept)
    for coded in codings(concept):
        if coded.vocabulary == "HPO":
            resolved = onto.resolve(coded.code.replace("HP_", "HP:"))
            if resolved.status in ("current", "alternative") and resolved.id:
                return resolved.id, said
    found = set_of(concept)
    if found is not None:
        return str(getattr(found, "finding", "")), said
    match = onto.find(said) if said else None
    return (match.id, said) if match else ("", said)


def sites_of(concepts: Any) -> tuple[str, ...]:
    """Return our body sites that a list of CodeableConcepts names, by SNOMED code or by words."""
    found: list[str] = []
    for concept in _list(concepts):
        by_code = [s for c in codings(concept) for s in _snomed_sites().get(c.code, ())]
        found += by_code[:1] or read_sites(words(concept)).sites
    return tuple(dict.fromkeys(found))


@cache
def _sets() -> dict[tuple[str, str], CodeSet]:
    # the first set that names a code keeps it; those seen in their source come before those that were not
    found: dict[tuple[str, str], CodeSet] = {}
    for verified in (True, False):
        for code_set in load_code_sets().all:
            for vocabulary, code, seen in code_set.pairs():
                if seen is verified:
                    found.setdefault((vocabulary, code), code_set)
    return found


@cache
def _snomed_sites() -> dict[str, tuple[str, ...]]:
    return {s.snomed: (s.slug,) for s in sites() if s.snomed}


def _widening(coded: Coded) -> Iterator[str]:
    yield coded.code
    shortest = _BY_PREFIX.get(coded.vocabulary, 0)
    code = coded.code
    while shortest and len(code) > shortest:
        code = code[:-1].rstrip(".")
        yield code


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]
