"""Which diseases a gene is known for, from the table that comes with the annotations."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from hoofbeat.errors import UnknownTerm
from hoofbeat.knowledge.annotations import annotation_file
from hoofbeat.terms import cached

FORMAT = 1


def diseases_of(gene: str) -> tuple[str, ...]:
    """Return the ids of the diseases a gene symbol is known for. Raises UnknownTerm if there are none.

    >>> "OMIM:154700" in diseases_of("fbn1")
    True
    """
    found = _genes().get(gene.strip().upper())
    if not found:
        raise UnknownTerm(
            f"No disease is known for a gene {gene!r}",
            why="Genes are named by their HGNC symbols, as in the table that comes with the annotations.",
            remedy="check the symbol, or give ids of diseases",
        )
    return tuple(found)


def genes_of(disease: str) -> tuple[str, ...]:
    """Return the symbols of the genes known for a disease id, none if there are none."""
    return _by_disease().get(disease, ())


@lru_cache(maxsize=1)
def _by_disease() -> dict[str, tuple[str, ...]]:
    found: dict[str, list[str]] = {}
    for gene, diseases in _genes().items():
        for disease in diseases:
            found.setdefault(disease, []).append(gene)
    return {disease: tuple(genes) for disease, genes in found.items()}


@lru_cache(maxsize=1)
def _genes() -> dict[str, list[str]]:
    path = annotation_file().with_name("genes_to_phenotype.txt")
    _, words = cached("genes", f"{path.stat().st_size}-v{FORMAT}", lambda: (_no_arrays(), _read(path)))
    return words


def _no_arrays() -> dict[str, Any]:
    return {"none": np.zeros(1)}


def _read(path: Path) -> dict[str, list[str]]:
    found: dict[str, set[str]] = {}
    with path.open(encoding="utf-8") as file:
        next(file)
        for line in file:
            fields = line.rstrip("\n").split("\t")
            found.setdefault(fields[1].upper(), set()).add(fields[5])
    return {gene: sorted(diseases) for gene, diseases in found.items()}
