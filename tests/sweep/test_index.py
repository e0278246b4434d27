"""An index gives the same as the records it was made from, also after more of them came."""

from __future__ import annotations

import json

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from hoofbeat.errors import InputError
from hoofbeat.sweep import Place, prepare, sweep

# concepts of the small vocabulary in conftest
ECZEMA, WEIGHT_LOSS = 101, 103
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


def test_other_records_of_the_same_name_are_not_taken_for_the_old_ones(records, swept, tmp_path):
    """Two sites, the same ids in folders of the same name."""
    index, folder = tmp_path / "index", records.folder
    first, second = (tmp_path / site for site in ("first", "second"))
    for site, concept in ((first, ECZEMA), (second, WEIGHT_LOSS)):
        site.mkdir()
        other = type(records)(site / folder.name)
        other.person(1).condition(1, concept, "2015-01-01").write()
        prepare(Place(omop=site / folder.name, threads=1), index)
    found = sweep("glucagonoma", Place(index=index, threads=1), tmp_path / "by", chances=False)
    assert "HP:0001824" in {e.finding for e in found.evidence}
    assert "HP:0000964" not in {e.finding for e in found.evidence}


@pytest.mark.parametrize("change", ["gone", "between"])
def test_an_index_is_made_anew_where_rows_are_gone_or_came_between(records, tmp_path, change):
    index = tmp_path / "index"
    records.person(1)
    for date in ("2015-01-01", "2015-02-01", "2015-03-01"):
        records.condition(1, ECZEMA, date)
    rows = records.tables["condition_occurrence"]
    rows[2]["condition_occurrence_id"] = 9
    place = Place(omop=records.write(), threads=1)
    assert prepare(place, index)["rows"] == 3
    if change == "gone":
        del rows[0]
    else:
        rows.append(rows[0] | {"condition_occurrence_id": 5})
    records.write()
    about = prepare(place, index)
    assert about["anew"]
    assert about["rows"] == (2 if change == "gone" else 4)


def test_new_lines_of_fhir_are_found_whatever_their_ids(tmp_path, swept):
    """Ids of FHIR say nothing of what is new: with half of them below the highest, half would be lost."""
    folder, index = tmp_path / "fhir", tmp_path / "index"
    folder.mkdir()
    people = [{"resourceType": "Patient", "id": f"p{n}", "birthDate": "1960"} for n in range(20)]
    coding = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "L30.9"}]}
    rashes = [
        {"resourceType": "Condition", "id": f"c{n}", "code": coding, "onsetDateTime": "2015-01-01"}
        | {"subject": {"reference": f"Patient/p{n}"}}
        for n in range(20)
    ]
    for count in (10, 20):
        for name, lines in (("Patient", people), ("Condition", rashes[:count])):
            (folder / f"{name}.ndjson").write_text("\n".join(json.dumps(x) for x in lines) + "\n")
        assert prepare(Place(fhir=folder, threads=1), index)["rows"] == count
    found = sweep("glucagonoma", Place(index=index, threads=1), tmp_path / "by", chances=False)
    assert len(found.people) == 20


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
