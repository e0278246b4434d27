"""Scores count what they say they count."""

from __future__ import annotations

import json

import numpy as np
import pytest

from hoofbeat.errors import InputError
from hoofbeat.reading.model import Mention, Span
from hoofbeat.reading.scoring import mention_counts, read_annotated, score_file, summed

TEXT = "Weight loss, itch and weight loss."


def written(tmp_path, *lines):
    path = tmp_path / "annotated.jsonl"
    path.write_text(
        "\n".join(json.dumps(line) if isinstance(line, dict) else line for line in lines), "utf-8"
    )
    return path


def document(level="mention"):
    marks = [(0, 11, "HP:0001824"), (13, 17, "HP:0000989"), (22, 33, "HP:0001824"), (0, 5, "HP:0000006")]
    return {
        "id": "a",
        "text": TEXT,
        "anns": [{"spans": [[s, e]], "hp": hp} for s, e, hp in marks],
        "level": level,
    }


def mention(start, end, term):
    return Mention((Span(start, end),), term, 0.9, "label")


def test_mentions_are_matched_one_to_one(tmp_path):
    (gold,) = read_annotated(written(tmp_path, document()))
    found = [mention(0, 6, "HP:0001824"), mention(7, 11, "HP:0001824"), mention(13, 17, "HP:0001945")]
    # the way of inheritance is no finding and is not counted
    assert mention_counts(gold, found) == (1, 3, 3)


def test_a_file_scores_mentions_and_sets_of_ids(tmp_path):
    documents = read_annotated(written(tmp_path, document()))
    scored = score_file(documents, lambda _: [mention(0, 11, "HP:0001824"), mention(13, 17, "HP:0000989")])
    assert scored["documents"] == 1
    assert (scored["mention"]["precision"], scored["mention"]["recall"]) == (1.0, 0.6667)
    assert scored["document"]["f1"] == 1.0


def test_texts_annotated_as_a_whole_have_no_mention_score(tmp_path):
    scored = score_file(read_annotated(written(tmp_path, document("doc"))), lambda _: [])
    assert scored["mention"] is None
    assert scored["document"]["recall"] == 0.0


def test_a_range_holds_its_value_and_is_the_same_twice():
    counts = np.array([[3, 4, 5], [0, 2, 1], [6, 6, 7], [1, 1, 1]])
    score = summed(counts)
    assert score.f1_range[0] <= score.f1 <= score.f1_range[1]
    assert score == summed(counts)


@pytest.mark.parametrize(
    "line", ["{", '{"id": 1}', '{"id": "a", "text": "b", "anns": [{"spans": []}]}', "[]"]
)
def test_a_line_that_is_no_annotated_text_is_named(tmp_path, line):
    with pytest.raises(InputError, match="line 2"):
        read_annotated(written(tmp_path, document(), line))
