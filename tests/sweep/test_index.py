"""An index gives the same as the records it was made from, also after more of them came."""

from __future__ import annotations

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from hoofbeat.errors import InputError
from hoofbeat.sweep import Place, prepare, sweep

IDS = ("condition_occurrence", "observation", "drug_exposure", "measurement")


@pytest.mark.parametrize("disease", ["glucagonoma", "pellagra"])
def test_an_index_gives_what_the_records_give(made_up, swept, tmp_path, disease):
    prepare(Place(omop=made_up, threads=2), tmp_path / "index")
    raw = swept(made_up, disease=disease, top=40)
    found = sweep(disease, Place(index=tmp_path / "index", threads=2), tmp_path / "by", top=40, chances=False)
    assert found.people == raw.people
    assert found.evidence == raw.evidence


def test_new_rows_are_added_and_old_ones_left(made_up, swept, tmp_path):
    early, index = tmp_path / "cdm", tmp_path / "index"
    early.mkdir()
    for path in made_up.glob("*.parquet"):
        table = pq.read_table(path)
        if path.stem in IDS:
            table = table.filter(pc.less(table[f"{path.stem}_id"], 200_000))
        pq.write_table(table, early / path.name)
    first = prepare(Place(omop=early, threads=2), index)
    for path in made_up.glob("*.parquet"):
        pq.write_table(pq.read_table(path), early / path.name)
    second = prepare(Place(omop=early, threads=2), index)
    assert second["rows"] == first["rows"] + second["added"]
    assert 0 < second["added"] < second["rows"]
    assert prepare(Place(omop=early, threads=2), index)["added"] == 0
    found = sweep("glucagonoma", Place(index=index, threads=2), tmp_path / "by", top=40, chances=False)
    assert found.people == swept(made_up, top=40).people


def test_an_unfinished_index_is_refused(tmp_path):
    (tmp_path / "index").mkdir()
    with pytest.raises(InputError, match="no index here"):
        sweep("glucagonoma", Place(index=tmp_path / "index"), tmp_path / "out")


def test_an_index_of_other_code_sets_is_refused(made_up, tmp_path):
    index = tmp_path / "index"
    prepare(Place(omop=made_up, threads=2), index)
    about = (index / "index.json").read_text()
    (index / "index.json").write_text(about.replace('"signals": "', '"signals": "0'))
    with pytest.raises(InputError, match="other code sets"):
        sweep("glucagonoma", Place(index=index), tmp_path / "out")
