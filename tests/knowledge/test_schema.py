"""The published JSON Schemas are those of the model, and say what each field is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from hoofbeat.knowledge.files import SHIPPED
from hoofbeat.knowledge.schema import as_text, schemas, write_schemas

NAMES = ["base_rates.json", "course.json", "disease.json", "findings.json", "source.json", "tests.json"]


@pytest.mark.parametrize("name", NAMES)
def test_the_published_schema_is_not_stale(name: str) -> None:
    published = (SHIPPED / "schema" / name).read_text(encoding="utf-8")
    message = "write them again: python -c 'from hoofbeat.knowledge import schema; schema.write_schemas()'"
    assert published == as_text(schemas()[name]), message


def test_every_schema_is_published_and_no_other() -> None:
    assert sorted(path.name for path in (SHIPPED / "schema").iterdir()) == sorted(schemas()) == NAMES


def test_a_number_must_be_exactly_one_of_three() -> None:
    row = schemas()["findings.json"]["$defs"]["FindingRow"]
    assert row["oneOf"] == [{"required": [kind]} for kind in ("counted", "reported", "assumption")]
    assert row["additionalProperties"] is False


def test_fields_say_what_the_docstrings_say() -> None:
    row = schemas()["findings.json"]["$defs"]["FindingRow"]
    assert row["properties"]["given"]["description"].startswith("the variant it belongs to")
    assert "averaged" in row["properties"]["also"]["description"]


def test_no_doctest_is_published() -> None:
    assert ">>>" not in json.dumps(schemas())


def test_writing_twice_changes_nothing(tmp_path: Path) -> None:
    first = [path.read_bytes() for path in write_schemas(tmp_path)]
    assert [path.read_bytes() for path in write_schemas(tmp_path)] == first
