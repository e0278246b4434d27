"""What each background disease is annotated with, laid out by term, as the peers' methods need it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from functools import lru_cache
from hashlib import sha256
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis.baselines.graph import Graph, build_graph
from hoofbeat.knowledge import Annotations, Counts, load_annotations
from hoofbeat.terms import Ontology, cached, load_ontology

FORMAT = 1
PHENOTYPIC = "HP:0000118"
Vector = npt.NDArray[np.float64]
Arrays = dict[str, npt.NDArray[Any]]

# HPO's frequency bands, by which a row that gives one is told from a row that gives a percentage.
_BANDS = ((0.995, 1.0), (0.80, 0.99), (0.30, 0.79), (0.05, 0.29), (0.01, 0.04))
# phenol, which reads annotations for LIRICAL, takes a band or a percentage as seen in so many patients.
_COHORT = 50


class Columns(NamedTuple):
    """One value for some diseases of every term: those of term t are `[start[t]:start[t + 1]]`."""

    start: npt.NDArray[Any]
    entry: npt.NDArray[Any]
    value: npt.NDArray[Any]

    def of(self, term: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
        """Diseases and values of one term, each disease once."""
        span = slice(int(self.start[term]), int(self.start[term + 1]))
        return self.entry[span], self.value[span]


class Background(NamedTuple):
    """How usual each term is among the diseases; shape (terms,).

    frequency: mean of the diseases' frequencies. information: -ln of the share of diseases that have the term
    or a kind of it, 0 where none has. marginal: what the term adds to its parents, in bits (see phrank).
    """

    frequency: Vector
    information: Vector
    marginal: Vector


class Rows(NamedTuple):
    """Annotated terms of some diseases, each disease and term once; frequency 0 means looked for in vain."""

    entry: npt.NDArray[Any]
    term: npt.NDArray[Any]
    frequency: Vector


class Profiles:
    """Some diseases, and what each is annotated with.

    own: rows as annotated. shown: the same carried up to all ancestors, with the largest frequency below.
    near: every strict ancestor of a row below "Phenotypic abnormality", with the row's frequency divided by
    ten for each step (LIRICAL). absent: terms said not to occur; absent_above: these and their ancestors.
    memory: whatever a method wants to keep for the next case.
    """

    def __init__(self, onto: Ontology, graph: Graph, size: int, arrays: Arrays, usual: Background) -> None:
        self.onto, self.graph, self.size, self.background = onto, graph, size, usual
        self.own = _columns(arrays, "own")
        self.shown = _columns(arrays, "shown")
        self.near = _columns(arrays, "near")
        self.absent = _columns(arrays, "absent")
        self.absent_above = _columns(arrays, "absent_above")
        self.memory: dict[str, Any] = {}

    def closure(self, terms: Collection[int]) -> npt.NDArray[np.intp]:
        """Return the numbers of phenotypic terms that these are or are a kind of, each once."""
        if not terms:
            return np.zeros(0, dtype=np.intp)
        every = np.unique(np.concatenate([self.onto.ancestor_indices(t) for t in terms]))
        found: npt.NDArray[np.intp] = every[self.onto.phenotypic[every]].astype(np.intp)
        return found

    def summed(self, terms: Iterable[int], weight: Vector | None = None) -> Vector:
        """Return how many of these terms each disease shows, or the sum of their weights; shape (size,)."""
        total = np.zeros(self.size)
        for term in terms:
            total[self.shown.of(term)[0]] += 1.0 if weight is None else weight[term]
        return total

    def own_terms(self) -> list[list[int]]:
        """Return the annotated terms of every disease."""
        found: list[list[int]] = [[] for _ in range(self.size)]
        for term, entry in zip(self.own_term.tolist(), self.own.entry.tolist(), strict=True):
            found[entry].append(term)
        return found

    @property
    def own_term(self) -> npt.NDArray[np.intp]:
        """The term of every row of `own`."""
        if "own_term" not in self.memory:
            self.memory["own_term"] = np.repeat(np.arange(len(self.onto)), np.diff(self.own.start))
        found: npt.NDArray[np.intp] = self.memory["own_term"]
        return found


def load_profiles() -> Profiles:
    """Return all background diseases, compiled on first use and memory-mapped after."""
    return _load(load_annotations())


@lru_cache(maxsize=2)
def _load(annotations: Annotations) -> Profiles:
    onto = load_ontology()
    columns = (annotations.start, annotations.term, annotations.n, annotations.of, annotations.low)
    digest = sha256(b"".join(np.ascontiguousarray(c).tobytes() for c in columns)).hexdigest()[:12]

    def build() -> tuple[Arrays, Mapping[str, Any]]:
        graph = build_graph(onto)
        entry = np.repeat(np.arange(len(annotations)), np.diff(annotations.start))
        told = (annotations.n, annotations.of, annotations.low, annotations.high)
        rows = pooled(entry, annotations.term, told)
        absent = np.repeat(np.arange(len(annotations)), np.diff(annotations.absent_start))
        arrays = lay_out(onto, graph, rows, (absent, annotations.absent))
        usual = background(graph, len(annotations), _columns(arrays, "shown"))
        return arrays | usual._asdict() | graph._asdict(), {}

    arrays, _ = cached("peers", f"{annotations.release}-{digest}-v{FORMAT}", build)
    graph = Graph(*(arrays[name] for name in Graph._fields))
    usual = Background(*(arrays[name] for name in Background._fields))
    return Profiles(onto, graph, len(annotations), arrays, usual)


def build_profiles(
    onto: Ontology,
    size: int,
    rows: Rows,
    absent: tuple[Sequence[int], Sequence[int]] = ((), ()),
    graph: Graph | None = None,
) -> Profiles:
    """Return profiles of a few diseases that are all there are, as for a small example."""
    graph = graph or build_graph(onto)
    arrays = lay_out(onto, graph, rows, (np.array(absent[0], dtype=int), np.array(absent[1], dtype=int)))
    return Profiles(onto, graph, size, arrays, background(graph, size, _columns(arrays, "shown")))


def leave_out(
    profiles: Profiles, entries: Sequence[int], without: Collection[str], recounted: Mapping[int, Any]
) -> Profiles:
    """Return the profiles of these entries with nothing in them from the publications of `without`.

    They are numbered in the order given. recounted: by entry and publication (see protocol.recount). How
    usual each term is stays as it was, since one disease among 10,000 hardly moves it. Terms said not to
    occur go too, because their publication is not known.
    """
    annotations, onto = load_annotations(), profiles.onto
    place, term, told = [], [], []
    for i, entry in enumerate(entries):
        counted: Mapping[str, Counts] = recounted.get(entry, {})
        for row in annotations.rows(entry, without=without, counted=counted):
            place.append(i)
            term.append(onto.index(row.term))
            told.append((row.n, row.of, row.low, row.high))
    columns = np.array(told, dtype=np.float64).reshape(-1, 4).T
    rows = pooled(np.array(place, dtype=int), np.array(term, dtype=int), list(columns))
    nothing = np.zeros(0, dtype=int)
    arrays = lay_out(onto, profiles.graph, rows, (nothing, nothing))
    return Profiles(onto, profiles.graph, len(entries), arrays, profiles.background)


def pooled(entry: npt.NDArray[Any], term: npt.NDArray[Any], told: Sequence[npt.NDArray[Any]]) -> Rows:
    """Pool the annotation rows of each disease and term as LIRICAL's reader does.

    told: n, of, low and high of every row (see Annotations). Patients are added up. A band or percentage
    counts as 50 patients, a row without frequency as one of one, so that a term whose frequency nobody gives
    has 100 %.
    """
    n, of, low, high = told
    bare, counted = np.isnan(low) & np.isnan(of), ~np.isnan(of)
    # rounded first: half a patient must not be lost because a percentage was kept in single precision
    share = np.floor(np.round(_share(low, high) * _COHORT, 4) + 0.5)
    seen = np.where(counted, n, np.where(bare, 1.0, share)).astype(np.float64)
    asked = np.where(counted, of, np.where(bare, 1.0, _COHORT)).astype(np.float64)
    order = np.lexsort((term, entry))
    first = np.flatnonzero(
        np.r_[True, (np.diff(entry[order]) != 0) | (np.diff(term[order]) != 0)][: len(order)]
    )
    if not len(first):
        return Rows(entry, term, seen)
    total = np.add.reduceat(seen[order], first) / np.add.reduceat(asked[order], first)
    return Rows(entry[order][first], term[order][first], total)


def _share(low: npt.NDArray[Any], high: npt.NDArray[Any]) -> npt.NDArray[Any]:
    """Middle of a band, or the percentage that a range of ten points either way was made from."""
    middle = np.where(low <= 0, high - 0.1, low + 0.1)
    for a, b in _BANDS:
        middle = np.where(np.isclose(low, a) & np.isclose(high, b), (a + b) / 2, middle)
    return np.nan_to_num(middle)


def lay_out(
    onto: Ontology, graph: Graph, rows: Rows, absent: tuple[npt.NDArray[Any], npt.NDArray[Any]]
) -> Arrays:
    """Return the arrays of Profiles from pooled rows, and from (diseases, terms) said not to occur."""
    terms, present = len(onto), rows.frequency > 0
    own = [column[present] for column in rows]
    missed = [np.r_[a, b[~present]] for a, b in zip(absent, rows[:2], strict=True)]
    every = [np.r_[a, b] for a, b in zip(own, [*missed, np.zeros(len(missed[0]))], strict=True)]
    above, at, _ = _upwards(onto, graph, own[1])
    absent_above, absent_at, _ = _upwards(onto, graph, missed[1])
    any_above, any_at, any_steps = _upwards(onto, graph, every[1])
    inside = (any_steps > 0) & onto.phenotypic[any_above] & (any_above != onto.index(PHENOTYPIC))
    any_above, any_at, any_steps = any_above[inside], any_at[inside], any_steps[inside]
    columns = {
        "own": _by_term(terms, own[1], own[0], own[2]),
        "shown": _by_term(terms, above, own[0][at], own[2][at]),
        "near": _by_term(terms, any_above, every[0][any_at], every[2][any_at] / 10.0**any_steps),
        "absent": _by_term(terms, missed[1], missed[0], np.zeros(len(missed[0]))),
        "absent_above": _by_term(terms, absent_above, missed[0][absent_at], np.zeros(len(absent_at))),
    }
    return {
        f"{name}_{part}": array for name, made in columns.items() for part, array in made._asdict().items()
    }


def _upwards(
    onto: Ontology, graph: Graph, term: npt.NDArray[Any]
) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
    """Every ancestor of every row: the ancestor, which row, how many steps; the row itself with none."""
    start = np.asarray(onto.ancestor_indptr)
    spans = np.diff(start)[term]
    at = np.repeat(np.arange(len(term)), spans)
    place = start[term][at] + np.arange(len(at)) - np.repeat(np.cumsum(spans) - spans, spans)
    return np.asarray(onto.ancestor_list)[place], at, np.asarray(graph.steps)[place]


def _by_term(terms: int, term: npt.NDArray[Any], entry: npt.NDArray[Any], value: npt.NDArray[Any]) -> Columns:
    """Lay out by term, keeping the largest value of each disease."""
    order = np.lexsort((-value, entry, term))
    term, entry, value = term[order], entry[order], value[order]
    first = np.r_[True, (np.diff(term) != 0) | (np.diff(entry) != 0)][: len(order)]
    term, entry, value = term[first], entry[first], value[first]
    return Columns(
        np.searchsorted(term, np.arange(terms + 1)).astype(np.int32),
        entry.astype(np.int32),
        value.astype(np.float64),
    )


def _columns(arrays: Arrays, name: str) -> Columns:
    return Columns(*(arrays[f"{name}_{part}"] for part in Columns._fields))


def background(graph: Graph, size: int, shown: Columns) -> Background:
    """Return how usual each term is among `size` diseases."""
    count = np.diff(shown.start).astype(np.float64)
    term = np.repeat(np.arange(len(count)), np.diff(shown.start))
    frequency = np.bincount(term, weights=shown.value, minlength=len(count)) / size
    parents = np.full(len(count), float(size))
    for t in np.flatnonzero(count).tolist():
        above = graph.parents(t)
        if len(above) == 1:
            parents[t] = count[above[0]]
        elif len(above) > 1:
            parents[t] = len(np.unique(np.concatenate([shown.of(p)[0] for p in above])))
    known = count > 0
    information, marginal = np.zeros(len(count)), np.zeros(len(count))
    information[known] = -np.log(count[known] / size)
    marginal[known] = np.log2(parents[known] / count[known])
    return Background(frequency, information, marginal)
