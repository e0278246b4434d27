"""Annotations so general that nearly any finding is a kind of them."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from hoofbeat.errors import Issue
from hoofbeat.knowledge.annotations import Annotations
from hoofbeat.terms import load_ontology

# A row is not used if at least this share of all findings are kinds of its term: "Phenotypic abnormality"
# (all of them), and the three that stand for the whole skeleton or locomotor system (20-25 %).
TOO_GENERAL = 0.2
# Rows from here on are reported, though they are used: the ancestor model gives them little weight.
WORTH_REPORTING = 0.1
_PHENOTYPIC = "HP:0000118"


@lru_cache(maxsize=1)
def coverage() -> npt.NDArray[np.float64]:
    """Share of all findings that are kinds of each term, itself included, by ontology index."""
    onto = load_ontology()
    phenotypic = np.flatnonzero(onto.phenotypic)
    ancestors = [np.asarray(onto.ancestor_indices(int(term))) for term in phenotypic]
    kinds = np.bincount(np.concatenate(ancestors), minlength=len(onto))
    share: npt.NDArray[np.float64] = kinds / kinds[onto.index(_PHENOTYPIC)]
    return share


@lru_cache(maxsize=1)
def too_general() -> frozenset[int]:
    """Ontology indices of the terms that say nothing of a disease."""
    return frozenset(np.flatnonzero((coverage() >= TOO_GENERAL) & load_ontology().phenotypic).tolist())


def general_rows(annotations: Annotations) -> Iterator[Issue]:
    """Yield a remark on each annotation that matches nearly anything, the most general first."""
    onto, share = load_ontology(), coverage()
    said = share[annotations.term] * onto.phenotypic[annotations.term]
    entry = np.searchsorted(annotations.start, np.arange(len(said)), side="right") - 1
    for row in np.argsort(-said, kind="stable"):
        term = int(annotations.term[row])
        if said[row] < WORTH_REPORTING:
            return
        disease = annotations.entries[int(entry[row])]
        name = onto.ids[term]
        used = "used with little weight" if said[row] < TOO_GENERAL else "not used"
        yield Issue(
            level="warning",
            category="too-general",
            message=f"{disease.ids[0]} {disease.name} is annotated with {onto.label(name)} ({name}), "
            f"of which {100 * said[row]:.0f} % of all findings are kinds: {used}",
            where=disease.ids[0],
            remedy="name a more specific term in the annotations, or write a model of the disease",
        )
