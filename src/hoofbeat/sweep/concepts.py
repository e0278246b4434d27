"""From (vocabulary, code) to what stands in one database: concepts with descendants, source codes."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from hoofbeat.errors import SweepError
from hoofbeat.knowledge import ConditionSet
from hoofbeat.sweep.definition import load_rules
from hoofbeat.sweep.signals import Signal, signals, units
from hoofbeat.sweep.sources import Source

if TYPE_CHECKING:
    import ibis

# Vocabularies in which a code stands for all that lies below it; elsewhere it stands for itself, but for
# diagnoses that people are set aside for.
HIERARCHICAL = ("SNOMED", "RxNorm", "ATC")
# A bare code of digits could be anything: it is only believed with its vocabulary before it.
_TELLING = re.compile(r"[A-Z]\d|\d-\d$|\d{7,}")


@dataclass
class Resolved:
    """What each signal is looked for by.

    concepts: (concept id, signal). texts: (source code, signal), upper case, without dots and blanks.
    unit_ids: (concept id, unit). unit_texts: unit as written, lower case, by the unit meant. unmapped:
    (vocabulary, code) that this vocabulary does not know. unverified: codes used that were never checked.
    """

    concepts: set[tuple[int, int]] = field(default_factory=set)
    texts: set[tuple[str, int]] = field(default_factory=set)
    unit_ids: dict[int, str] = field(default_factory=dict)
    unit_texts: dict[str, str] = field(default_factory=dict)
    unmapped: list[tuple[str, str]] = field(default_factory=list)
    unverified: list[tuple[str, str]] = field(default_factory=list)


def plain_code(code: str) -> str:
    """Return a code as it is compared: upper case, without dots and blanks.

    >>> plain_code(" l30.9 ")
    'L309'
    """
    return code.strip().upper().replace(".", "").replace(" ", "")


def resolve(source: Source, wanted: Iterable[int]) -> Resolved:
    """Look up the codes of signals in the vocabulary of the records.

    Non-standard codes lead through 'Maps to' to standard concepts; SNOMED, RxNorm and ATC codes include
    everything below them, and so does the standard concept of a diagnosis that people are set aside for:
    whoever has a kind of it is known. Without a vocabulary only source codes can be matched.
    """
    chosen = [s for s in signals() if s.number in set(wanted)]
    pairs = [(vocabulary, code, s.number) for s in chosen for vocabulary, code, _ in s.codes.pairs()]
    found = Resolved()
    found.unverified = sorted({(v, c) for s in chosen for v, c, seen in s.codes.pairs() if not seen})
    for vocabulary, code, number in pairs:
        _add_text(found, vocabulary, code, number)
    _add_units(found, source, chosen)
    concept = source.table("concept")
    if concept is None:
        found.unmapped = sorted({(v, c) for v, c, _ in pairs})
        return found
    _check_vocabulary(source, concept)
    ids = by_code(source, concept, {(v, c) for v, c, _ in pairs})
    found.unmapped = sorted({(v, c) for v, c, _ in pairs} - set(ids))
    standard = _maps_to(source, {i for of in ids.values() for i in of})
    aside = {s.number for s in chosen if _sets_aside(s)}
    tops: dict[int, set[int]] = {s.number: set() for s in chosen}
    for vocabulary, code, number in pairs:
        for i in ids.get((vocabulary, code), ()):
            meant = standard.get(i, {i})
            found.concepts |= {(c, number) for c in (i, *meant)}
            if vocabulary in HIERARCHICAL or (number in aside and _is_whole(vocabulary, code, meant)):
                tops[number] |= {i, *meant}
    below = _descendants(source, set().union(*tops.values()))
    found.concepts |= {(c, number) for number, of in tops.items() for s in of for c in below.get(s, ())}
    _add_descendant_texts(found, source, concept)
    return found


def _sets_aside(signal: Signal) -> bool:
    """Whether it is a diagnosis and nothing else: neither a finding nor a name of a rash."""
    codes = signal.codes
    return isinstance(codes, ConditionSet) and bool(codes.disease) and not (codes.finding or codes.rash)


def _is_whole(vocabulary: str, code: str, meant: set[int]) -> bool:
    """Whether one concept says what the code does; of several, each says less, and more lies below it."""
    return len(meant) == 1 and code not in load_rules()["below"]["not"].get(vocabulary, ())


def _add_text(found: Resolved, vocabulary: str, code: str, number: int) -> None:
    plain = plain_code(code)
    found.texts.add((f"{vocabulary.upper()}|{plain}", number))
    if _TELLING.search(plain) and vocabulary != "RxNorm":
        found.texts.add((plain, number))


def _check_vocabulary(source: Source, concept: ibis.Table) -> None:
    if source.engine.number(concept.count()) == 0:
        raise SweepError(
            "The table concept is empty",
            where=source.what,
            why="No code could be found, so the worklist would be empty without anybody noticing.",
            remedy="load the vocabulary, or name its schema with --vocabulary-schema",
        )


def by_code(
    source: Source, concept: ibis.Table, codes: set[tuple[str, str]]
) -> dict[tuple[str, str], set[int]]:
    """Return concept ids of codes; a class is one concept too."""
    names = sorted({v for v, _ in codes})
    rows = source.engine.fetch(
        concept.filter(
            concept.vocabulary_id.isin(names), concept.concept_code.isin(sorted({c for _, c in codes}))
        )
        .select("vocabulary_id", "concept_code", concept_id=concept.concept_id.cast("int64"))
        .distinct()
    )
    found: dict[tuple[str, str], set[int]] = {}
    for row in rows:
        key = row["vocabulary_id"], row["concept_code"]
        if key in codes:
            found.setdefault(key, set()).add(row["concept_id"])
    return found


def _maps_to(source: Source, ids: set[int]) -> dict[int, set[int]]:
    table = source.table("concept_relationship")
    return _pairs(source, table, ids, "concept_id_1", "concept_id_2", relationship_id="Maps to")


def _descendants(source: Source, ids: set[int]) -> dict[int, set[int]]:
    table = source.table("concept_ancestor")
    return _pairs(source, table, ids, "ancestor_concept_id", "descendant_concept_id")


def _pairs(
    source: Source, table: ibis.Table | None, ids: set[int], first: str, second: str, **equals: str
) -> dict[int, set[int]]:
    if table is None or not ids:
        return {}
    kept = table.filter(table[first].isin(sorted(ids)), *(table[c] == v for c, v in equals.items()))
    rows = source.engine.fetch(
        kept.select(a=table[first].cast("int64"), b=table[second].cast("int64")).distinct()
    )
    found: dict[int, set[int]] = {}
    for row in rows:
        found.setdefault(row["a"], set()).add(row["b"])
    return found


def _add_descendant_texts(found: Resolved, source: Source, concept: ibis.Table) -> None:
    """Codes of every concept found, so that rows without a concept are matched by their source code too."""
    by_id: dict[int, set[int]] = {}
    for i, number in found.concepts:
        by_id.setdefault(i, set()).add(number)
    if not by_id:
        return
    rows = source.engine.fetch(
        concept.filter(concept.concept_id.isin(sorted(by_id))).select(
            "vocabulary_id", "concept_code", concept_id=concept.concept_id.cast("int64")
        )
    )
    for row in rows:
        for number in by_id[row["concept_id"]]:
            _add_text(found, row["vocabulary_id"], row["concept_code"], number)


def _add_units(found: Resolved, source: Source, chosen: list[Signal]) -> None:
    names = sorted({u for s in chosen for u in units(s.codes)})
    for name in names:
        found.unit_texts[name.lower()] = name
    for written, meant in {
        "lb": "[lb_av]",
        "lbs": "[lb_av]",
        "[lb_us]": "[lb_av]",
        "gm/dl": "g/dL",
        "mg/dl": "mg/dL",
        "iu/l": "U/L",
        "u/l": "U/L",
        "mm/hr": "mm/h",
        "percent": "%",
        "µg/dl": "ug/dL",
        "µmol/l": "umol/L",
        "µg/l": "ug/L",
    }.items():
        if meant in names:
            found.unit_texts[written] = meant
    concept = source.table("concept")
    if concept is None or not names:
        return
    rows: list[dict[str, Any]] = source.engine.fetch(
        concept.filter(concept.vocabulary_id == "UCUM", concept.concept_code.isin(names)).select(
            "concept_code", concept_id=concept.concept_id.cast("int64")
        )
    )
    for row in rows:
        found.unit_ids[row["concept_id"]] = row["concept_code"]
