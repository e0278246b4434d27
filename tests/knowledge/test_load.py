"""Loading: what is added is found, what is stored is the same, what is damaged is made again."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hoofbeat.errors import BareNumber, KnowledgeError, NoSource, UnknownTerm
from hoofbeat.knowledge import files, load
from hoofbeat.knowledge.load import find_disease, load_knowledge
from hoofbeat.knowledge.model import Knowledge

FIXTURES = Path(__file__).parent / "fixtures"


@pytest.fixture
def shipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A small set of models in place of those shipped, and a cache of its own."""
    folder = Path(shutil.copytree(FIXTURES / "sound", tmp_path / "shipped"))
    monkeypatch.setattr(load, "SHIPPED", folder)
    monkeypatch.setattr(files, "SHIPPED", folder)
    monkeypatch.setenv("HOOFBEAT_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("HOOFBEAT_MODELS", raising=False)
    load._load.cache_clear()
    load._shipped.cache_clear()
    yield folder
    load._load.cache_clear()
    load._shipped.cache_clear()


def next_process() -> None:
    """Forget what this process has loaded, as a new start would."""
    load._load.cache_clear()
    load._shipped.cache_clear()


def stored(tmp_path: Path) -> list[Path]:
    return sorted((tmp_path / "cache").glob("knowledge-*.json"))


def test_loads_diseases_sources_and_base_rates(shipped: Path) -> None:
    knowledge = load_knowledge()
    assert list(knowledge.diseases) == ["paleskin", "redskin"]
    assert set(knowledge.sources) == {"leaflet_of_tests", "nobody_2001"}
    assert knowledge.base_rates["HP:0000989"].rows[1].rate.high == 0.2


def test_what_is_stored_is_read_back_the_same(
    shipped: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_knowledge()
    assert len(stored(tmp_path)) == 1
    monkeypatch.setattr(load, "read_folders", lambda _: pytest.fail("the files were read again"))
    next_process()
    assert load_knowledge() == first


@pytest.mark.parametrize("damage", [b"", b"{", b'{"version": "1"}', b"\xff\xfe"])
def test_a_damaged_store_is_made_again(shipped: Path, tmp_path: Path, damage: bytes) -> None:
    first = load_knowledge()
    stored(tmp_path)[0].write_bytes(damage)
    next_process()
    assert load_knowledge() == first
    assert Knowledge.model_validate_json(stored(tmp_path)[0].read_bytes()) == first


def test_a_change_of_any_file_is_noticed(shipped: Path) -> None:
    before = load_knowledge()
    path = shipped / "diseases" / "paleskin" / "disease.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("only in tests", "in tests alone"), encoding="utf-8"
    )
    next_process()
    after = load_knowledge()
    assert after.version != before.version
    assert after.diseases["paleskin"].about.definition.endswith("in tests alone.")


def test_no_half_written_store_is_left(shipped: Path, tmp_path: Path) -> None:
    load_knowledge()
    assert [path.name for path in (tmp_path / "cache").iterdir()] == [stored(tmp_path)[0].name]


def test_a_folder_adds_a_disease(shipped: Path) -> None:
    knowledge = load_knowledge([FIXTURES / "added"])
    assert find_disease(knowledge, "TEST:3").name == "Blue skin of tests"
    assert "redskin" in knowledge.diseases


def test_the_environment_adds_folders(shipped: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOOFBEAT_MODELS", os.pathsep.join([str(FIXTURES / "added"), ""]))
    assert "blueskin" in load_knowledge().diseases


def test_an_added_disease_cannot_take_a_name_that_is_taken(shipped: Path, tmp_path: Path) -> None:
    shutil.copytree(FIXTURES / "sound" / "diseases" / "redskin", tmp_path / "mine" / "diseases" / "redskin")
    with pytest.raises(KnowledgeError, match="redskin is there twice"):
        load_knowledge([tmp_path / "mine"])


def test_a_missing_folder_is_said(shipped: Path, tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="nowhere"):
        load_knowledge([tmp_path / "nowhere"])


def test_a_bare_number_is_refused_with_file_line_and_field(shipped: Path) -> None:
    (shipped / "diseases" / "paleskin" / "findings.yaml").write_text(
        "findings:\n- finding: HP:0000989\n  name: Itch\n", encoding="utf-8"
    )
    with pytest.raises(BareNumber) as fault:
        load_knowledge()
    assert fault.value.where == "diseases/paleskin/findings.yaml, line 2, findings[0]"
    assert "assumption" in fault.value.remedy


def test_a_source_without_a_file_is_refused_and_the_rest_counted(shipped: Path) -> None:
    (shipped / "sources" / "nobody_2001.yaml").unlink()
    with pytest.raises(NoSource, match=r"nobody_2001 has no file[\s\S]*more like it"):
        load_knowledge()


def test_nothing_faulty_is_stored(shipped: Path, tmp_path: Path) -> None:
    (shipped / "sources" / "nobody_2001.yaml").unlink()
    with pytest.raises(NoSource):
        load_knowledge()
    assert stored(tmp_path) == []


@pytest.mark.parametrize(
    "words",
    [
        "redskin",
        "hoofbeat:redskin",
        "TEST:1",
        "test:1",
        "Red skin of tests",
        "RED-SKIN OF TESTS",
        "test erythema",
    ],
)
def test_a_disease_is_found_by_any_of_its_names(shipped: Path, words: str) -> None:
    assert find_disease(load_knowledge(), words).slug == "redskin"


def test_an_identifier_that_is_only_near_is_no_name(shipped: Path) -> None:
    with pytest.raises(UnknownTerm):
        find_disease(load_knowledge(), "TEST:9")


def test_an_unknown_name_brings_the_nearest(shipped: Path) -> None:
    with pytest.raises(UnknownTerm) as fault:
        find_disease(load_knowledge(), "test eritema")
    assert "Red skin of tests" in fault.value.remedy
