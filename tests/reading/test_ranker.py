"""The ranker answers as its trees say, and its data name real terms."""

from __future__ import annotations

import numpy as np
import pytest

from hoofbeat.errors import KnowledgeError
from hoofbeat.reading.compile_lexicon import BESIDE, PHRASES, read_classes, read_yaml
from hoofbeat.reading.exam_lines import HEADINGS, own_texts
from hoofbeat.reading.features import NAMES
from hoofbeat.reading.forest import FILE, Forest, load_forest
from hoofbeat.reading.lexicon import load_lexicon
from hoofbeat.terms import load_ontology


def test_a_forest_is_walked_as_its_trees_say():
    arrays = {
        "column": np.array([0, -1, 1, -1, -1, -1]),
        "threshold": np.array([0.5, 0, 2.0, 0, 0, 0], dtype=np.float32),
        "left": np.array([1, 0, 3, 0, 0, 0]),
        "chance": np.array([0, 65535, 0, 0, 32768, 65535]),
        "roots": np.array([0, 5]),
        "cutoff_names": np.array(["balanced"]),
        "cutoffs": np.array([0.5]),
    }
    forest = Forest(arrays, ("a", "b"))
    rows = np.array([[0.5, 9], [0.6, 2], [0.6, 2.1]], dtype=np.float32)
    assert forest.chances(rows) == pytest.approx([1.0, 0.5, 0.75], abs=1e-4)


def test_the_shipped_forest_fits_the_columns_and_is_small():
    forest = load_forest(NAMES)
    assert set(forest.cutoffs) == {"balanced", "clinic"}
    assert FILE.stat().st_size < 5_000_000


def test_a_forest_of_other_columns_is_refused():
    with pytest.raises(KnowledgeError, match="does not fit"):
        load_forest(("words",))


@pytest.mark.parametrize("part", ["terms", "abbreviations"])
def test_every_phrase_names_the_term_it_is_filed_under(part):
    onto = load_ontology()
    wrong = [e["term"] for e in read_yaml(PHRASES)[part] if onto.label(e["term"]) != e["label"]]
    assert wrong == []


def test_every_heading_names_the_terms_it_lists():
    onto = load_ontology()
    listed = [u for h in read_yaml(HEADINGS)["headings"] for u in h["under"]]
    assert [u for u in listed if onto.label(u["term"]) != u["label"]] == []


def test_word_classes_chain_to_one_word():
    classes = read_classes()
    assert {w: c for w, c in classes.items() if classes.get(c, c) != c} == {}


def test_neighbour_words_are_words():
    assert all(isinstance(w, str) for listed in read_yaml(BESIDE).values() for w in listed)


def test_own_texts_are_the_same_twice_and_their_marks_lie_in_them():
    lexicon = load_lexicon()
    texts = own_texts(lexicon, 60)
    assert texts == own_texts(lexicon, 60)
    for text in texts:
        for gold in text.gold:
            assert lexicon.onto.phenotypic[lexicon.onto.index(gold.term)]
            assert all(text.text[s:e].strip() == text.text[s:e] != "" for s, e in gold.spans)
