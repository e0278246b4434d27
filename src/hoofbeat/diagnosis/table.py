"""One table for all: our own models and the annotated background, as frequencies along the ontology."""

from __future__ import annotations

from difflib import get_close_matches
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from hoofbeat.diagnosis.families import families
from hoofbeat.diagnosis.profiles import Direct, background_rows, entries_of, own_rows
from hoofbeat.knowledge import Annotations, Disease, Knowledge, load_annotations, load_knowledge
from hoofbeat.terms import Ontology, cached, load_ontology

FORMAT = 16
# How strongly a long list of annotations is discounted: 0.25-0.65 are alike within noise, and 0.3 keeps the
# advantage once profiles are deepened with counted patients, which need less of it.
LENGTH_EXPONENT = 0.3
# A background disease shows a general term when it shows any kind of it: between the most frequent kind (0)
# and all kinds as if independent (1).
SEVERAL = 0.5
NONE_ID = "hoofbeat:none_of_these"

Floats = npt.NDArray[np.floating[Any]]


class Hypothesis(NamedTuple):
    """One line of the table: a disease, or one variant of it.

    entry: its background entry, if it has one. share: of its disease, 1.0 without variants.
    """

    id: str
    name: str
    slug: str
    variant: str
    share: float
    entry: int
    aliases: tuple[str, ...]


class Table:
    """Frequencies of every term in every hypothesis, propagated to all ancestors.

    Column c (an ontology index) holds `hypothesis[start[c]:start[c+1]]` with `frequency` (0..1, from the
    annotated descendants; for our own models their largest), and `via`, the most frequent of those.
    `background[c]` is the mean over the background diseases after length scaling; `information[c]` its
    negative log. The same by hypothesis: `row_term[row_start[h]:row_start[h+1]]` with `row_frequency` and
    `row_via`. `scale[h]` is the length factor; `family[d]` numbers the name series of disease d. Direct
    rows of h: `direct_*[direct_start[h]:…]`.
    """

    def __init__(self, arrays: dict[str, npt.NDArray[Any]], words: dict[str, Any]) -> None:
        self.version: str = words["version"]
        self.release: str = words["release"]
        self.own_count: int = words["own_count"]
        self._names: list[list[Any]] = words["hypotheses"]
        self.start, self.hypothesis = arrays["start"], arrays["hypothesis"]
        self.frequency, self.via = arrays["frequency"], arrays["via"]
        self.background, self.information = arrays["background"], arrays["information"]
        self.scale = arrays["scale"]
        self.row_start, self.row_term = arrays["row_start"], arrays["row_term"]
        self.row_frequency, self.row_via = arrays["row_frequency"], arrays["row_via"]
        self._middle_mass: float = words["middle_mass"]
        self.direct_start, self.direct_term = arrays["direct_start"], arrays["direct_term"]
        self.direct_a, self.direct_b = arrays["direct_a"], arrays["direct_b"]
        self.direct_kind = arrays["direct_kind"]
        self.disease_of: npt.NDArray[np.int32] = arrays["disease_of"]
        self.family: npt.NDArray[np.int32] = arrays["family"]
        self.share = arrays["share"]
        # the first line of every disease: what all its variants share stands there
        self.first_line: npt.NDArray[np.intp] = np.flatnonzero(np.diff(self.disease_of, prepend=-1))
        self.entry: npt.NDArray[np.int32] = arrays["entry"]
        self._by_id: dict[str, int] | None = None
        self._direct_key: npt.NDArray[np.int64] | None = None
        self._own_terms: frozenset[str] | None = None
        # ancestor weights by term, filled as terms are asked for (see hoofbeat.diagnosis.score)
        self.weights: dict[int, tuple[npt.NDArray[Any], npt.NDArray[Any]]] = {}

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, h: int) -> Hypothesis:
        identifier, name, slug, variant, share, entry, aliases = self._names[h]
        return Hypothesis(identifier, name, slug, variant, share, entry, tuple(aliases))

    @property
    def disease_count(self) -> int:
        """Number of diseases, variants counted once."""
        return int(self.disease_of[-1]) + 1

    def find(self, identifier: str) -> int | None:
        """Return the disease number (see `disease_of`) of an id, alias, slug or whole name, or None."""
        if self._by_id is None:
            self._by_id = {}
            for h, (own_id, _, slug, _, _, _, aliases) in enumerate(self._names):
                for alias in (own_id, slug, *aliases):
                    if alias:
                        self._by_id.setdefault(alias.upper(), int(self.disease_of[h]))
            for h, row in enumerate(self._names):  # an id goes before any name
                self._by_id.setdefault(row[1].upper(), int(self.disease_of[h]))
        return self._by_id.get(identifier.strip().upper())

    def near(self, words: str) -> list[str]:
        """Return the names most like these words, five at most."""
        names = {row[1].lower(): row[1] for row in self._names}
        return [names[name] for name in get_close_matches(words.strip().lower(), names, n=5, cutoff=0.7)]

    def own_terms(self, onto: Ontology) -> frozenset[str]:
        """Return the terms that rows of our own models name."""
        if self._own_terms is None:
            rows = self.direct_term[: self.direct_start[self.own_count]]
            self._own_terms = frozenset(onto.ids[i] for i in set(rows.tolist()))
        return self._own_terms

    def length_scale(self, mass: float) -> float:
        """Factor for a background disease whose annotation frequencies sum to `mass`."""
        return float((max(mass, 0.5) / self._middle_mass) ** -LENGTH_EXPONENT)

    def with_rows(self, lines: npt.NDArray[np.intp], rows: list[list[Direct]], onto: Ontology) -> Table:
        """Return a table of these lines alone, in ascending order, with other rows than they have here.

        Terms are as common in the background, and as telling, as in this table.
        """
        ours = int((lines < self.own_count).sum())
        arrays, _ = _propagate(rows, onto, ours)
        mass = [sum(d.a / (d.a + d.b) for d in each) for each in rows]
        arrays["scale"] = np.array(
            [1.0 if h < self.own_count else self.length_scale(m) for h, m in zip(lines, mass, strict=True)]
        )
        for name in ("start", "background", "information"):
            arrays[name] = getattr(self, name)
        for name in ("disease_of", "share", "entry"):
            arrays[name] = getattr(self, name)[lines]
        arrays["family"] = self.family
        words = {"version": self.version, "release": self.release, "own_count": ours}
        names = [self._names[int(h)] for h in lines]
        other = Table(arrays, words | {"middle_mass": self._middle_mass, "hypotheses": names})
        other.weights = self.weights
        return other

    def column(self, term: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any], npt.NDArray[Any]]:
        """Hypotheses, frequencies and source terms of one ontology index."""
        span = slice(int(self.start[term]), int(self.start[term + 1]))
        return self.hypothesis[span], self.frequency[span], self.via[span]

    def direct(self, h: int, term: int) -> tuple[float, float, int] | None:
        """Beta parameters and kind of the row that annotates hypothesis h with exactly this term."""
        at = int(self.direct_rows(np.array([h]), np.array([term]))[0])
        if at < 0:
            return None
        return float(self.direct_a[at]), float(self.direct_b[at]), int(self.direct_kind[at])

    def betas(
        self, h: npt.NDArray[Any], term: npt.NDArray[Any]
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Beta parameters and kind of the rows that direct_rows finds; 1, 1 and -1 where there is none."""
        at = self.direct_rows(h, term)
        known = at >= 0
        columns = ((self.direct_a, 1.0), (self.direct_b, 1.0), (self.direct_kind, -1.0))
        a, b, kind = (np.where(known, c[at] if len(c) else none, none).astype(float) for c, none in columns)
        return a, b, kind

    def direct_rows(self, h: npt.NDArray[Any], term: npt.NDArray[Any]) -> npt.NDArray[np.intp]:
        """Where the row that annotates each hypothesis with exactly this term stands in direct_*; -1 if none.

        h and term have one shape, which is the result's.
        """
        if self._direct_key is None:
            holder = np.repeat(np.arange(len(self)), np.diff(self.direct_start))
            self._direct_key = holder * len(self.start) + self.direct_term
        key = h.astype(np.int64) * len(self.start) + term
        if not len(self._direct_key):
            return np.full(key.shape, -1)
        at = np.minimum(np.searchsorted(self._direct_key, key), len(self._direct_key) - 1)
        return np.where((self._direct_key[at] == key) & (term >= 0), at, -1)


def load_table() -> Table:
    """Return the table, compiled on first use and memory-mapped after."""
    return _load(load_knowledge().version)


# one for each set of models in use: a test or a notebook may add a folder after the first ranking
@lru_cache(maxsize=4)
def _load(version: str) -> Table:
    knowledge, annotations = load_knowledge(), load_annotations()
    key = f"{annotations.release}-{version}-v{FORMAT}".replace("+", "-")
    onto = load_ontology()
    return Table(*cached("table", key, lambda: compile_table(knowledge, annotations, onto)))


def compile_table(
    knowledge: Knowledge, annotations: Annotations, onto: Ontology
) -> tuple[dict[str, npt.NDArray[Any]], dict[str, Any]]:
    """Lay out own models first, then every background entry that none of them replaces."""
    names: list[list[Any]] = []
    rows: list[list[Direct]] = []
    disease_of: list[int] = []
    replaced: set[int] = set()
    for number, disease in enumerate(knowledge.diseases.values()):
        entries = entries_of(disease, annotations)
        replaced |= entries
        for variant, share in _variants(disease):
            names.append(_own_name(disease, variant, share, entries, annotations))
            rows.append(own_rows(disease, variant, annotations, onto))
            disease_of.append(number)
    own_count, number = len(names), len(knowledge.diseases)
    for e, entry in enumerate(annotations.entries):
        if e in replaced:
            continue
        names.append([entry.ids[0], entry.name, "", "", 1.0, e, entry.ids])
        rows.append(background_rows(annotations, e))
        disease_of.append(number)
        number += 1
    arrays, middle_mass = _propagate(rows, onto, own_count)
    arrays["disease_of"] = np.array(disease_of, dtype=np.int32)
    arrays["entry"] = np.array([n[5] for n in names], dtype=np.int32)
    arrays["share"] = np.array([n[4] for n in names], dtype=np.float64)
    titles = [d.name for d in knowledge.diseases.values()] + [n[1] for n in names[own_count:]]
    arrays["family"] = np.array(families(titles, own_count=len(knowledge.diseases)), dtype=np.int32)
    words = {
        "version": knowledge.version,
        "release": annotations.release,
        "own_count": own_count,
        "middle_mass": middle_mass,
        "hypotheses": names,
    }
    return arrays, words


def _variants(disease: Disease) -> list[tuple[str, float]]:
    variants = disease.about.variants
    total = sum(v.share.mean for v in variants)
    return [(v.id, v.share.mean / total) for v in variants] or [("", 1.0)]


def _own_name(
    disease: Disease, variant: str, share: float, entries: set[int], annotations: Annotations
) -> list[Any]:
    aliases = list(
        dict.fromkeys([*disease.aliases, *(i for e in entries for i in annotations.entries[e].ids)])
    )
    return [disease.id, disease.name, disease.slug, variant, share, min(entries, default=-1), aliases]


def _propagate(
    rows: list[list[Direct]], onto: Ontology, own_count: int
) -> tuple[dict[str, npt.NDArray[Any]], float]:
    counts = [len(r) for r in rows]
    flat = [direct for r in rows for direct in r]
    hypothesis = np.repeat(np.arange(len(rows), dtype=np.int64), counts)
    term = np.array([d.term for d in flat], dtype=np.int64)
    a = np.array([d.a for d in flat], dtype=np.float32)
    b = np.array([d.b for d in flat], dtype=np.float32)
    mean = a / (a + b)
    scale, middle = _length_scale(hypothesis, mean, len(rows), own_count)

    spans = np.diff(onto.ancestor_indptr)[term]
    repeat = np.repeat(np.arange(len(flat)), spans)
    offset = np.arange(len(repeat)) - np.repeat(np.cumsum(spans) - spans, spans)
    ancestor = np.asarray(onto.ancestor_list)[np.asarray(onto.ancestor_indptr)[term][repeat] + offset]
    # the largest frequency among annotated descendants: sort by (ancestor, hypothesis, frequency)
    order = np.lexsort((-mean[repeat], hypothesis[repeat], ancestor))
    key = ancestor[order].astype(np.int64) * len(rows) + hypothesis[repeat][order]
    first = np.r_[True, key[1:] != key[:-1]][: len(key)]
    picked = order[first]
    columns = ancestor[picked]
    frequency = mean[repeat][picked]
    missed = np.add.reduceat(np.log1p(-np.minimum(mean[repeat][order], 0.999)), np.flatnonzero(first))
    several = (1 - SEVERAL) * frequency + SEVERAL * (1 - np.exp(missed))
    frequency = np.where(hypothesis[repeat][picked] < own_count, frequency, several)
    start = np.searchsorted(columns, np.arange(len(onto) + 1))

    background = np.zeros(len(onto))
    np.add.at(background, columns, frequency * scale[hypothesis[repeat][picked]])
    # half a case more than seen, so that a term nobody has is rare rather than impossible
    background = (background + 0.5) / (len(rows) + 1)
    holder = hypothesis[repeat][picked]
    by_row = np.argsort(holder, kind="stable")
    arrays: dict[str, npt.NDArray[Any]] = {
        "row_start": np.searchsorted(holder[by_row], np.arange(len(rows) + 1)),
        "row_term": columns[by_row].astype(np.int32),
        "row_frequency": frequency[by_row].astype(np.float32),
        "row_via": term[repeat][picked][by_row].astype(np.int32),
        "start": start.astype(np.int32),
        "hypothesis": holder.astype(np.int32),
        "frequency": frequency.astype(np.float32),
        "via": term[repeat][picked].astype(np.int32),
        "background": background,
        "information": -np.log(np.minimum(background, 1.0)),
        "scale": scale,
        "direct_start": np.cumsum([0, *counts], dtype=np.int32),
        "direct_term": term.astype(np.int32),
        "direct_a": a,
        "direct_b": b,
        "direct_kind": np.array([d.kind for d in flat], dtype=np.int8),
    }
    return arrays, middle


def _length_scale(
    hypothesis: npt.NDArray[Any], mean: npt.NDArray[Any], count: int, own_count: int
) -> tuple[npt.NDArray[Any], float]:
    """Factor by which a disease's frequencies are scaled: long annotation lists say less a row.

    Our own models are not scaled: their rows are frequencies, entered as such.
    """
    mass = np.bincount(hypothesis, weights=mean, minlength=count)
    known = mass[own_count:]
    middle = float(np.median(known[known > 0])) if (known > 0).any() else 1.0
    scale = (np.maximum(mass, 0.5) / middle) ** -LENGTH_EXPONENT
    scale[:own_count] = 1.0
    return scale, middle
