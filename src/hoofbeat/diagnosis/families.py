"""Name series: "Developmental and epileptic encephalopathy 4", "… 14" are types of one disease."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_PLAIN = (
    "type subtype form autosomal dominant recessive semidominant x-linked y-linked linked mitochondrial "
    "susceptibility to and or with congenital juvenile adult early late onset"
)
_NUMBER = re.compile(r"\b(?:\d+[a-z]{0,2}|[ivx]+[a-c]?|[a-z]\d*)\b")


def series_name(name: str) -> str:
    """Return the name of the series a disease belongs to: its own, without number, type and inheritance.

    What follows a comma is dropped when it only counts or says how the disease is inherited.

    >>> series_name("Developmental and epileptic encephalopathy 4")
    'developmental and epileptic encephalopathy'
    >>> series_name("Leber congenital amaurosis, type XI") == series_name("LEBER CONGENITAL AMAUROSIS 4")
    True
    >>> series_name("Deafness, congenital, and onychodystrophy, autosomal dominant")
    'deafness, onychodystrophy'
    """
    first, *rest = (part.strip() for part in re.split(r"[,;(]", name.lower()))
    numbered = _NUMBER.search(first)
    kept = [_words(first[: numbered.start()] if numbered and numbered.start() else first)]
    if not numbered:
        kept += [words for part in rest if (words := _words(part))]
    return ", ".join(kept) if kept[0] else name.lower()


def _words(part: str) -> str:
    words = _NUMBER.sub(" ", part).replace(")", " ").split()
    plain = set(_PLAIN.split())
    while words and words[0] in plain and not set(words) - plain:
        words = words[1:]
    while words and words[0] in ("and", "or", "with"):
        words = words[1:]
    while len(words) > 1 and words[-1] in plain:
        words = words[:-1]
    return " ".join(words)


def families(names: Iterable[str], *, own_count: int) -> list[int]:
    """Number the series of diseases; our own models, the first own_count, are each a series of one."""
    known: dict[str, int] = {}
    found = []
    for i, name in enumerate(names):
        key = f"#{i}" if i < own_count else series_name(name)
        found.append(known.setdefault(key, len(known)))
    return found


def grouped(order: Sequence[int], family: Sequence[int], *, top: int) -> list[tuple[int, list[int]]]:
    """Return the first of each series in an order, up to `top` of them, each with the others that follow it.

    >>> grouped([3, 1, 2, 0], [7, 5, 7, 5], top=2)
    [(3, [1]), (2, [0])]
    """
    found: dict[int, tuple[int, list[int]]] = {}
    for disease in order:
        key = int(family[disease])
        if key in found:
            found[key][1].append(disease)
        elif len(found) < top:
            found[key] = disease, []
    return list(found.values())
