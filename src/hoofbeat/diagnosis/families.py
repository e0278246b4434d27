"""Name series: "Developmental and epileptic encephalopathy 4", "… 14" are types of one disease."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_PLAIN_WORDS = (
    "type subtype form autosomal dominant recessive semidominant x-linked y-linked linked mitochondrial "
    "susceptibility to and or with congenital juvenile adult early late onset"
)
_PLAIN = frozenset(_PLAIN_WORDS.split())
# A number ends a name: digits, or a Roman numeral, each with a letter or two ("1A", "2B1", "IIIb"). A letter
# alone counts only after a word that says so ("type B"; haemophilia A and B are two diseases), and the arms
# of a chromosome ("4p") are no numbers.
_NUMBER = r"(?:\d+(?![pq]\b)[a-z]{0,2}\d?|[ivx]+[a-z]?\d?)"
_COUNTED = re.compile(
    rf"(?:^|[\s-])(?:(?:type|subtype|group|form)\s+(?:{_NUMBER}|[a-z]\d*)|{_NUMBER})"
    r"(?=\s*$|\s+(?:with|without|and|due|type)\b)"
)
# what these number is no type: factor V, vitamin D, complement component 4
_NAMED_BY_NUMBER = ("factor", "component", "chromosome", "vitamin", "complex", "class", "trisomy", "monosomy")
# OMIM renamed the one into the other and left both in use
_RENAMED = {"epileptic encephalopathy, early infantile": "developmental and epileptic encephalopathy"}


def series_name(name: str) -> str:
    """Return the name of the series a disease belongs to: its own, without number, type and inheritance.

    What follows a comma is dropped when it only counts or says how the disease is inherited.

    >>> series_name("Developmental and epileptic encephalopathy 4")
    'developmental and epileptic encephalopathy'
    >>> series_name("Leber congenital amaurosis, type XI") == series_name("LEBER CONGENITAL AMAUROSIS 4")
    True
    >>> series_name("Deafness, congenital, and onychodystrophy, autosomal dominant")
    'deafness, onychodystrophy'
    >>> series_name("Hemophilia A") == series_name("Hemophilia B")
    False
    """
    kept = []
    for part in re.split(r"[,;]", re.sub(r"\(.*?\)", "", name.lower())):
        counted = _COUNTED.search(part.strip())
        before = part.strip()[: counted.start()].split() if counted else []
        if before and before[-1] in _NAMED_BY_NUMBER:
            counted = None
        words = _words(" ".join(before) if counted else part)
        if words:
            kept.append(words)
        if counted and kept:
            break  # what follows the number tells the types apart
    found = ", ".join(kept) or name.lower()
    return _RENAMED.get(found, found)


def _words(part: str) -> str:
    words = part.split()
    while words and words[0] in _PLAIN and not set(words) - _PLAIN:
        words = words[1:]
    while words and words[0] in ("and", "or", "with"):
        words = words[1:]
    while len(words) > 1 and words[-1] in _PLAIN:
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
