"""The bounds that spare people the exact score hold for everybody, whatever they show."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from hoofbeat.sweep import Place, define, generate, sweep
from hoofbeat.sweep.marks import words_of
from hoofbeat.sweep.plan import _best_within


def tables(work, *endings):
    """Tables that a sweep has kept, by the end of their names."""
    import duckdb

    with duckdb.connect(str(work / "work.duckdb"), read_only=True) as con:
        names = [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
        found = {e: [n for n in names if n.endswith(e)] for e in endings}
        return {
            e: con.execute(f'SELECT * FROM "{n[0]}"').to_arrow_table().to_pylist()  # noqa: S608 (our names)
            for e, n in found.items()
            if n
        }


@pytest.mark.parametrize("disease", ["glucagonoma", "pellagra"])
def test_nobody_has_more_points_than_the_most_nor_that_more_than_the_ceiling(made_up, tmp_path, disease):
    sweep(disease, Place(omop=made_up), tmp_path, gate=False, keep=True, chances=False, top=10)
    kept = tables(tmp_path / ".work", "_all_scores", "_all_most", "_patterns", "_all_persons")
    points = {r["person_id"]: r["points"] for r in kept["_all_scores"]}
    most = {r["person_id"]: r["points"] for r in kept["_all_most"]}
    words = [name for name in kept["_patterns"][0] if name.startswith("word")]
    ceiling = {tuple(r[w] for w in words): r["ceiling"] for r in kept["_patterns"]}
    definition = define(disease)
    beside = max(
        int(definition.age_points[f].max()) + int(definition.sex_points[f].max()) + definition.form_points[f]
        for f in range(len(definition.forms))
    )
    assert len(points) > 100
    for row in kept["_all_persons"]:
        person = row["person_id"]
        if person in points:
            assert points[person] <= most[person] <= ceiling[tuple(row[w] for w in words)] + beside


@pytest.mark.parametrize("disease", ["glucagonoma", "pellagra"])
def test_the_best_within_a_state_is_the_best_of_all_parts_of_it(disease):
    for table in define(disease).points:
        best, size = _best_within(table), int(np.log2(table.shape[-1]))
        for state in range(table.shape[-1]):
            bits = [b for b in range(size) if state >> b & 1]
            parts = [sum(1 << b for b in c) for n in range(1, len(bits) + 1) for c in combinations(bits, n)]
            expected = np.maximum(table[..., parts].max(axis=-1), 0) if parts else 0
            assert (best[..., state] == expected).all()


@pytest.mark.parametrize(("first", "least", "last"), [(20, 200, "first"), (1, 1, "rest")])
def test_others_are_scored_only_if_they_might_still_be_among_the_best(
    tmp_path, monkeypatch, first, least, last
):
    monkeypatch.setattr("hoofbeat.sweep.run._FIRST", first)
    monkeypatch.setattr("hoofbeat.sweep.run._AT_LEAST", least)
    generate(tmp_path / "cdm", 500, seed=5)
    place = Place(omop=tmp_path / "cdm")
    gated = sweep("glucagonoma", place, tmp_path / "gated", top=5, chances=False, keep=True)
    kept = tables(tmp_path / "gated" / ".work", "_first_scores", "_rest_scores")
    assert ("_rest_scores" in kept) == (last == "rest")
    plain = sweep("glucagonoma", place, tmp_path / "plain", top=5, chances=False, gate=False)
    assert gated.people == plain.people
    assert gated.evidence == plain.evidence


def test_every_signal_has_a_bit_of_its_own():
    words = [words_of([n]) for n in range(1, 120)]
    assert len({*words}) == len(words)
    assert all(sum(word.bit_count() for word in each) == 1 for each in words)
    assert all(0 <= word < 2**62 for each in words for word in each)
