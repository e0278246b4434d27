"""The peers' methods, each against its definition read slowly, brute force, or a published value."""

from __future__ import annotations

import itertools
import math
import tempfile
from functools import cache
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hoofbeat.diagnosis.baselines import boqa, lirical, phrank, resnik, simgic
from hoofbeat.diagnosis.baselines.profiles import Rows, build_profiles, leave_out, load_profiles, pooled
from hoofbeat.knowledge import load_annotations
from hoofbeat.terms import Ontology, load_ontology
from hoofbeat.terms.compile_hpo import compile_ontology

NAN = float("nan")


def ontology(parents: dict[int, list[int]]) -> Ontology:
    """An invented ontology: what each number is a kind of, below Phenotypic abnormality (118)."""
    lines = ["format-version: 1.2", "", "[Term]", "id: HP:0000001", "name: All", ""]
    for term, above in {118: [1], **parents}.items():
        lines += ["[Term]", f"id: HP:{term:07d}", f"name: t{term}", *(f"is_a: HP:{p:07d}" for p in above), ""]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hp.obo"
        path.write_text("\n".join(lines), encoding="utf-8")
        return Ontology(*compile_ontology(path))


def world(parents, rows, absent=()):
    """An invented ontology with diseases 0, 1, …: rows are (disease, term, frequency)."""
    onto = ontology(parents)
    at = {int(i[3:]): k for k, i in enumerate(onto.ids)}
    entry = np.array([d for d, _, _ in rows], dtype=int)
    term = np.array([at[t] for _, t, _ in rows], dtype=int)
    told = Rows(entry, term, np.array([f for _, _, f in rows], dtype=float))
    missed = [d for d, _ in absent], [at[t] for _, t in absent]
    size = 1 + max([d for d, _, _ in rows] + [d for d, _ in absent])
    slow = SimpleNamespace(
        up={t: {int(a[3:]) for a in onto.ancestors(f"HP:{t:07d}")} for t in at},
        parents={t: [int(p[3:]) for p in onto.parents(f"HP:{t:07d}")] for t in at},
        children={t: [int(c[3:]) for c in onto.children(f"HP:{t:07d}")] for t in at},
        rows={d: {t: f for e, t, f in rows if e == d} for d in range(size)},
        absent={d: {t for e, t in absent if e == d} for d in range(size)},
        size=size,
        roots=(1, 118),
    )
    slow.usual = lambda term: slow_background(slow, term)
    return build_profiles(onto, size, told, missed), slow, at


@cache
def invented(seed: int):
    """Thirteen terms, six diseases, some terms said to be absent; always the same for a seed."""
    draw = np.random.default_rng(seed)
    parents: dict[int, list[int]] = {}
    for term in range(200, 213):
        known = [118, *parents]
        some = draw.choice(known, size=min(len(known), int(draw.integers(1, 3))), replace=False)
        parents[term] = sorted(int(p) for p in some)
    terms = list(parents)
    rows = [
        (d, int(t), float(draw.choice([1.0, 0.5, 0.09, 0.02])))
        for d in range(6)
        for t in draw.choice(terms, size=int(draw.integers(1, 5)), replace=False)
    ]
    taken = {(d, t) for d, t, _ in rows}
    absent = {(int(draw.integers(6)), int(draw.choice(terms))) for _ in range(3)} - taken
    query = [int(t) for t in draw.choice(terms, size=int(draw.integers(1, 5)), replace=False)]
    return world(parents, rows, tuple(sorted(absent))), query


seeds = st.integers(0, 2000)


# --- LIRICAL


def slow_background(slow, term) -> float:
    most = [max((f for t, f in slow.rows[d].items() if term in slow.up[t]), default=0) for d in slow.rows]
    return sum(most) / slow.size


def slow_steps(slow, term) -> list[tuple[int, int]]:
    """(steps, ancestor), nearest first."""
    away, level = {term: 0}, [term]
    while level:
        level = [p for t in level for p in slow.parents[t] if away.setdefault(p, away[t] + 1) > away[t]]
    return sorted((steps, a) for a, steps in away.items())


def slow_ratio(slow, disease, query) -> float:
    """LIRICAL's rules one after the other for one disease and one finding."""
    rows, missed = slow.rows[disease], slow.absent[disease]
    usual = max(slow.usual(query), 1e-4)
    if missed & slow.up[query]:
        return 0.001
    if query in rows:
        return rows[query] / usual
    below = [f for t, f in rows.items() if query in slow.up[t]]
    if below or any(query in slow.up[t] for t in missed):
        return max(below, default=0.0) / usual
    shared = max((rows[p] / len(slow.children[p]) for p in slow.parents[query] if p in rows), default=0.0)
    if shared:
        raw = slow.usual(query)
        return max(shared, raw * (0.002 + (raw - 0.01) * 0.098 / 0.09)) / usual
    every = {**dict.fromkeys(missed, 0.0), **rows}
    for _, ancestor in slow_steps(slow, query):
        faded = [f / 10**s for t, f in every.items() for s, a in slow_steps(slow, t) if a == ancestor and s]
        if faded and ancestor not in slow.roots:
            return max(0.01, max(faded) / max(slow.usual(ancestor), 1e-4))
    return 0.01


@given(seeds)
def test_every_likelihood_ratio_is_that_of_the_first_rule_that_fits(seed: int) -> None:
    (profiles, slow, at), query = invented(seed)
    for term in query:
        expected = [slow_ratio(slow, d, term) for d in range(slow.size)]
        assert lirical.ratios(profiles, at[term]).tolist() == pytest.approx(expected)


# 201 and 202 are kinds of 200, 203 and 205 of 201, 204 of 203; 300 is of another organ
TREE = {200: [118], 201: [200], 202: [200], 203: [201], 204: [203], 205: [201], 300: [118]}


@pytest.mark.parametrize(
    ("annotated", "query", "expected"),
    [
        (203, 203, 0.5 / 0.125),  # the very term, in one of four diseases: background 0.5 / 4
        (203, 201, 0.5 / 0.125),  # a kind of it
        (201, 203, 0.25 / 1e-4),  # one of two children of the annotated parent; nobody else has it
        (201, 204, 0.05 / 0.125),  # a grandchild: nearest shared ancestor 200, a step up, not 201
        (203, 205, 0.05 / 0.125),  # a sibling: the shared parent, a step up
        (203, 202, 0.005 / 0.125),  # an aunt: the shared grandparent, two steps up
        (203, 300, 0.01),  # another organ
    ],
)
def test_rules_of_lirical_by_hand(annotated: int, query: int, expected: float) -> None:
    others = [(d, 300, 1.0) for d in (1, 2, 3)]
    profiles, _, at = world(TREE, [(0, annotated, 0.5), *others])
    assert lirical.ratios(profiles, at[query])[0] == pytest.approx(expected)


def test_what_a_disease_is_said_not_to_have() -> None:
    rows = [(0, 202, 1.0), (1, 203, 1.0), (2, 300, 1.0)]
    profiles, _, at = world(TREE, rows, absent=[(0, 203)])
    assert lirical.ratios(profiles, at[204])[0] == 0.001  # a kind of what is said to be absent
    only_in_vain, _, at = world(TREE, [(1, 203, 1.0), (2, 300, 1.0)], absent=[(0, 203)])
    assert lirical.ratios(only_in_vain, at[201])[0] == 0  # as in the original: only looked for in vain
    assert lirical.excluded_ratios(profiles, at[203])[0] == 1000
    # two of three have a kind of 200, one always: 1 - 1 is raised to 0.01
    assert lirical.excluded_ratios(profiles, at[203])[1] == pytest.approx(0.01 / (1 - 1 / 3))
    assert lirical.excluded_ratios(profiles, at[203])[2] == pytest.approx(1 / (1 - 1 / 3))


def test_the_lack_of_what_every_disease_has_says_nothing() -> None:
    profiles, _, at = world(TREE, [(0, 203, 1.0), (1, 205, 1.0)])
    assert lirical.excluded_ratios(profiles, at[201]).tolist() == [1, 1]


def test_background_as_in_liricals_own_tests() -> None:
    """Five diseases, one with HP:0000028 and HP:0000047: their backgrounds and their ancestor's are 0.2."""
    onto, graph = load_ontology(), load_profiles().graph
    ids = ["HP:0000028", "HP:0000047", "HP:0000185", "HP:0000988", "HP:0000989", "HP:0001250", "HP:0001824"]
    entry, term = np.array([0, 0, 0, 1, 2, 3, 4]), np.array([onto.index(i) for i in ids])
    told = [np.full(len(ids), NAN)] * 4  # no frequency given
    rows = pooled(entry, term, told)
    assert set(rows.frequency.tolist()) == {1.0}
    profiles = build_profiles(onto, 5, rows, graph=graph)
    for known in ("HP:0000028", "HP:0000047", "HP:0000035"):
        assert profiles.background.frequency[onto.index(known)] == pytest.approx(0.2, abs=5e-6)


def test_frequencies_pool_as_liricals_reader_pools_them() -> None:
    """3 of 7 and 1 of 3; a band as 50 patients (8.5 of 50 rounds up); a percentage; nothing said."""
    n = np.array([3, 1, NAN, NAN, NAN])
    of = np.array([7, 3, NAN, NAN, NAN])
    low, high = np.array([NAN, NAN, 0.05, 0.0, NAN]), np.array([NAN, NAN, 0.29, 0.16, NAN])
    rows = pooled(np.array([0, 0, 1, 2, 3]), np.zeros(5, dtype=int), (n, of, low, high))
    assert rows.frequency.tolist() == pytest.approx([0.4, 9 / 50, 3 / 50, 1.0])


# --- Phrank and simGIC


def slow_closure(slow, terms) -> set[int]:
    return set().union(*(slow.up[t] for t in terms)) - {1}


def having(slow, terms) -> set[int]:
    return {d for d in slow.rows if slow_closure(slow, slow.rows[d]) & set(terms)}


@given(seeds)
def test_phrank_is_what_shared_terms_say_beyond_their_parents(seed: int) -> None:
    (profiles, slow, at), query = invented(seed)
    seen = slow_closure(slow, query)
    expected = []
    for rows in slow.rows.values():
        score = 0.0
        for t in seen & slow_closure(slow, rows):
            above = having(slow, slow.parents[t]) if t != 118 else set(slow.rows)
            score += math.log2(len(above) / len(having(slow, [t])))
        expected.append(score)
    assert phrank.scores(profiles, [at[t] for t in query]).tolist() == pytest.approx(expected)


def test_phrank_as_a_public_re_implementation_expects() -> None:
    """Two of three share a term below one that all share: log2(3/2) bits (phrank-rs, test_similarity)."""
    profiles, _, at = world({200: [118], 201: [200], 202: [200]}, [(0, 201, 1), (1, 201, 1), (2, 202, 1)])
    first, second, third = phrank.scores(profiles, [at[201]])
    assert (first, second, third) == pytest.approx((0.5849625, 0.5849625, 0.0), abs=1e-7)


@given(seeds)
def test_simgic_is_shared_over_joint_information(seed: int) -> None:
    (profiles, slow, at), query = invented(seed)
    seen = slow_closure(slow, query)

    def information(terms: set[int]) -> float:
        return sum(-math.log(len(having(slow, [t])) / slow.size) for t in terms if having(slow, [t]))

    expected = []
    for rows in slow.rows.values():
        shown = slow_closure(slow, rows)
        joint = information(seen | shown)
        expected.append(information(seen & shown) / joint if joint else 0.0)
    assert simgic.scores(profiles, [at[t] for t in query]).tolist() == pytest.approx(expected)


# --- BOQA

SMALL = {200: [118], 201: [200], 202: [200], 203: [201, 202], 204: [202], 205: [118]}


def network(slow, disease: int, observed: set[int]) -> float:
    """Chance of what is observed: every way in which terms are missed or seen by chance, one by one."""
    order = [118, *SMALL]
    shown = slow_closure(slow, slow.rows[disease])
    total = 0.0
    for errors in itertools.product([False, True], repeat=len(order)):
        seen: set[int] = set()
        chance = 1.0
        for term, wrong in zip(order, errors, strict=True):
            rate = boqa.MISSED if term in shown else boqa.BY_CHANCE
            chance *= rate if wrong else 1 - rate
            parents = [p for p in slow.parents[term] if p != 1]
            if all(p in seen for p in parents) and (term in shown) != wrong:
                seen.add(term)
        total += chance if seen == observed else 0.0
    return total


@pytest.mark.parametrize("query", [[200], [201], [203], [204, 205], [202, 201], [203, 204, 205]])
def test_boqa_is_its_network_summed_by_brute_force(query: list[int]) -> None:
    rows = [(0, 203, 1), (1, 204, 1), (1, 205, 1), (2, 205, 1), (3, 201, 1), (3, 202, 1)]
    profiles, slow, at = world(SMALL, rows)
    assert (boqa.BY_CHANCE, boqa.MISSED) == (0.001, 0.1)
    expected = [network(slow, d, slow_closure(slow, query)) for d in range(4)]
    found = np.exp(boqa.scores(profiles, [at[t] for t in query]))
    assert found.tolist() == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize(
    ("query", "disease", "published"),
    [
        ("HP:0001480 HP:0007565 HP:0009734", "OMIM:619097", (160, 8, 1, 27)),
        ("HP:0001480 HP:0007565 HP:0001642", "OMIM:193520", (139, 9, 0, 18)),
        ("HP:0009732 HP:0001480 HP:0007565", "OMIM:276300", (180, 10, 0, 28)),
        ("HP:0001067 HP:0000997 HP:0007565", "OMIM:193520", (182, 8, 0, 28)),
        ("HP:0001480", "OMIM:614621", (67, 3, 0, 6)),
    ],
)
def test_counts_of_a_public_boqa(query: str, disease: str, published: tuple[int, ...]) -> None:
    """Counts that P2GX/BOQA expects of these patients, of HPO 2025-05-06.

    Terms that neither has are one fewer here, for every patient alike; our release is four months older.
    """
    profiles, entry = load_profiles(), load_annotations().find(disease)
    assert entry is not None
    found = [int(c[entry]) for c in boqa.tally(profiles, [profiles.onto.index(t) for t in query.split()])]
    assert found == [published[0] - 1, *published[1:]]


@pytest.mark.parametrize(
    ("by_chance", "missed", "tally", "published"),
    [
        (1e-4, 0.1, (14, 21, 3, 59), 1.9938845779111085e-36),
        (1e-4, 0.5, (36, 87, 0, 74), 3.408844257901737e-49),
        (1e-3, 1e-4, (14, 21, 3, 59), 9.802895422395175e-94),
    ],
)
def test_the_four_powers_of_a_public_boqa(by_chance, missed, tally, published) -> None:
    """Rows of the scores that P2GX/BOQA is tested with, made by a script in another language."""
    found = boqa.log_likelihood(boqa.Tally(*map(np.array, tally)), by_chance, missed)
    assert float(found) == pytest.approx(math.log(published), rel=1e-12)


# --- Resnik


@given(seeds)
def test_resnik_takes_the_best_match_of_each_term(seed: int) -> None:
    (profiles, slow, at), query = invented(seed)

    def alike(one: int, other: int) -> float:
        common = slow.up[one] & slow.up[other] - {1}
        return max(-math.log(len(having(slow, [t])) / slow.size) for t in common)

    present = [at[t] for t in query]
    forth = [[max(alike(q, t) for t in rows) for q in query] for rows in slow.rows.values()]
    back = [[max(alike(q, t) for q in query) for t in rows] for rows in slow.rows.values()]
    one = [np.mean(f) for f in forth]
    both = [(np.mean(f) + np.mean(b)) / 2 for f, b in zip(forth, back, strict=True)]
    pool = [np.mean(f + b) for f, b in zip(forth, back, strict=True)]
    assert resnik.one_sided(profiles, present).tolist() == pytest.approx(one)
    assert resnik.symmetric(profiles, present).tolist() == pytest.approx(both)
    assert resnik.best_match_average(profiles, present).tolist() == pytest.approx(pool)


# --- all of them on HPO

METHODS = [
    lirical.present_only,
    phrank.scores,
    boqa.scores,
    simgic.scores,
    resnik.one_sided,
    resnik.symmetric,
    resnik.best_match_average,
]


@pytest.mark.parametrize("score", METHODS)
@settings(max_examples=10)
@given(st.integers(0, 10_000), st.integers(0, 10_000))
def test_a_disease_laid_out_again_scores_as_among_all(score, one: int, other: int) -> None:
    profiles, annotations = load_profiles(), load_annotations()
    without_absent = np.flatnonzero(np.diff(annotations.absent_start) == 0)
    entries = [int(without_absent[i % len(without_absent)]) for i in (one, other)]
    present = sorted(
        {int(profiles.own_term[(one * 17 + k * other) % len(profiles.own_term)]) for k in range(5)}
    )
    alone = score(leave_out(profiles, entries, ["PMID:0"], {}), present)
    assert alone.tolist() == pytest.approx(score(profiles, present)[entries].tolist())


class Lazy(dict):
    """Values made when first asked for."""

    def __init__(self, make) -> None:
        self.make = make

    def __missing__(self, key):
        self[key] = self.make(key)
        return self[key]


@settings(max_examples=25)
@given(st.integers(0, 10_591), st.integers(0, 250_000))
def test_lirical_on_hpo_reads_as_the_rules_do(entry: int, place: int) -> None:
    """The slow rules again, with the ontology and the annotations in use; the backgrounds are given."""
    profiles, annotations, onto = load_profiles(), load_annotations(), load_ontology()
    told = annotations.rows(entry)
    terms = np.array([onto.index(row.term) for row in told])
    columns = np.array([[row.n, row.of, row.low, row.high] for row in told]).reshape(-1, 4).T
    every = pooled(np.zeros(len(terms), dtype=int), terms, list(columns))
    own = dict(zip(every.term.tolist(), every.frequency.tolist(), strict=True))
    rows = {t: f for t, f in own.items() if f}
    span = slice(int(annotations.absent_start[entry]), int(annotations.absent_start[entry + 1]))
    slow = SimpleNamespace(
        up=Lazy(lambda t: set(onto.ancestor_indices(t).tolist())),
        parents=Lazy(lambda t: [onto.index(p) for p in onto.parents(onto.ids[t])]),
        children=Lazy(lambda t: onto.children(onto.ids[t])),
        rows={0: rows},
        absent={0: {*own, *annotations.absent[span].tolist()} - set(rows)},
        roots=(onto.index("HP:0000001"), onto.index("HP:0000118")),
        usual=lambda t: float(profiles.background.frequency[t]),
    )
    term = int(profiles.own_term[place % len(profiles.own_term)])
    assert lirical.ratios(profiles, term)[entry] == pytest.approx(slow_ratio(slow, 0, term))
