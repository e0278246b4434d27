"""Which signals each person has at all, as bits of a few whole numbers: enough to bound their score."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import TYPE_CHECKING, Any

from hoofbeat.sweep.definition import Definition, earliest_day
from hoofbeat.sweep.signals import signals

if TYPE_CHECKING:
    import ibis

    from hoofbeat.sweep.engines import Engine

# Bits used of a whole number of 64: none comes near the sign.
_BITS = 60
_WORDS = len(signals()) // _BITS + 1
WORDS = tuple(f"word{n}" for n in range(_WORDS))


def counting(rows: ibis.Table, as_of: int | None) -> ibis.Table:
    """Return the rows that may count: readable, dated, and not after the date."""
    kept = rows.filter(rows.source > 0, rows.day >= earliest_day())
    return kept if as_of is None else kept.filter(kept.day <= as_of)


def words_of(numbers: Iterable[int]) -> tuple[int, ...]:
    """Return the words in which the bits of these signals are set.

    >>> words_of([1, 61])
    (2, 2)
    """
    words = [0] * _WORDS
    for number in numbers:
        words[number // _BITS] |= 1 << number % _BITS
    return tuple(words)


def marks(engine: Engine, rows: ibis.Table, prefix: str) -> ibis.Table:
    """Return person and words: a bit for each signal that any of the rows shows. rows: those that count."""
    numbers = [s.number for s in signals()]
    words = [words_of([n]) for n in numbers]
    columns = {"signal": numbers} | {name: [w[i] for w in words] for i, name in enumerate(WORDS)}
    bits = engine.rows(f"{prefix}_bits", columns, dict.fromkeys(columns, "int64"))
    seen = rows.select("person_id", "signal")
    if engine.kind == "spark":  # ibis knows no bit_or there; of distinct bits the sum is the same
        seen = seen.distinct().inner_join(bits, "signal")
        return seen.group_by("person_id").agg(**{name: seen[name].sum().cast("int64") for name in WORDS})
    seen = seen.inner_join(bits, "signal")
    return seen.group_by("person_id").agg(**{name: seen[name].bit_or().cast("int64") for name in WORDS})


def shown(marked: ibis.Table, numbers: Iterable[int]) -> Any:
    """Return whether any of these signals is marked."""
    found = [marked[name] & word for name, word in zip(WORDS, words_of(numbers), strict=True) if word]
    return reduce(lambda a, b: a | b, found) != 0


def patterns(definition: Definition, marked: ibis.Table) -> ibis.Table:
    """Return each pattern of marks that shows anything: its words, how many people have it, and a ceiling.

    The ceiling is what the points of findings cannot exceed: everything marked is taken to count, at its own
    ceiling, but no group of findings adds more than the most that any combination of it does (see
    Definition). Age, sex and form come on top.
    """
    import ibis

    marked = marked.filter(shown(marked, {s for m in definition.members for s in m.signals}))
    # far fewer patterns than people, and the ceiling is the costly part
    found = marked.group_by(*WORDS).agg(people=marked.count())
    total: Any = ibis.literal(0, "int64")
    for group, table in enumerate(definition.points):
        mine = [m for m in definition.members if m.group == group]
        parts = [shown(found, m.signals).ifelse(m.ceiling, 0) for m in mine]
        added = reduce(lambda a, b: a + b, parts)
        total += added if len(mine) == 1 else ibis.least(added, max(int(table.max()), 0))
    return found.select(*WORDS, "people", ceiling=total.cast("int64"))
