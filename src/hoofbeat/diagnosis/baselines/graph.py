"""Steps from each term to its ancestors, and the parents and children of each, as arrays."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.terms import Ontology


class Graph(NamedTuple):
    """The ontology's edges by term number.

    steps: fewest steps up to each ancestor, in the order of `Ontology.ancestor_list`. The parents of term t
    are `parent_list[parent_start[t]:parent_start[t + 1]]`, its children likewise.
    """

    steps: npt.NDArray[Any]
    parent_start: npt.NDArray[Any]
    parent_list: npt.NDArray[Any]
    child_start: npt.NDArray[Any]
    child_list: npt.NDArray[Any]

    def parents(self, term: int) -> npt.NDArray[Any]:
        """Return what a term is directly a kind of."""
        return self.parent_list[self.parent_start[term] : self.parent_start[term + 1]]

    def children(self, term: int) -> npt.NDArray[Any]:
        """Return the direct kinds of a term."""
        return self.child_list[self.child_start[term] : self.child_start[term + 1]]

    def nearest_first(self, onto: Ontology, term: int) -> npt.NDArray[Any]:
        """Return a term and its ancestors, fewest steps first; of equally near ones the lower number."""
        span = slice(int(onto.ancestor_indptr[term]), int(onto.ancestor_indptr[term + 1]))
        ordered: npt.NDArray[Any] = onto.ancestor_list[span][np.argsort(self.steps[span], kind="stable")]
        return ordered


def build_graph(onto: Ontology) -> Graph:
    """Read the edges of an ontology; half a second for HPO."""
    parents = [[onto.index(p) for p in onto.parents(i)] for i in onto.ids]
    children: list[list[int]] = [[] for _ in parents]
    for term, above in enumerate(parents):
        for p in above:
            children[p].append(term)
    steps: list[int] = []
    for term in range(len(parents)):
        away = {term: 0}
        reached = [term]
        for t in reached:
            for p in parents[t]:
                if p not in away:
                    away[p] = away[t] + 1
                    reached.append(p)
        steps.extend(away[a] for a in onto.ancestor_indices(term).tolist())
    return Graph(np.array(steps, dtype=np.int8), *_packed(parents), *_packed(children))


def _packed(rows: list[list[int]]) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    start = np.cumsum([0, *map(len, rows)], dtype=np.int32)
    return start, np.array([x for row in rows for x in row], dtype=np.int32)
