"""JSON Schemas of the model files, so that an editor completes and checks a disease while it is written."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core.core_schema import ModelSchema

from hoofbeat.knowledge.evidence import Evidence, Part
from hoofbeat.knowledge.files import DISEASE_FILES, SHIPPED
from hoofbeat.knowledge.model import BaseRate, Source

_FOLDER = SHIPPED / "schema"
_PIECE = re.compile(r"(?:^|(?<=[.;)] ))([a-z_]+(?:, [a-z_]+)*): ")


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each kind of file, by file name ("findings.json")."""
    kinds: dict[str, Any] = {name.replace(".yaml", ".json"): kind for name, kind in DISEASE_FILES.items()}
    kinds |= {"source.json": Source, "base_rates.json": list[BaseRate]}
    written = {}
    for name, kind in kinds.items():
        schema = TypeAdapter(kind).json_schema(schema_generator=_Schema)
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        schema["title"] = f"hoofbeat {name.removesuffix('.json').replace('_', ' ')}"
        written[name] = schema
    return written


def write_schemas(folder: Path = _FOLDER) -> list[Path]:
    """Write the JSON Schemas into a folder and return their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, schema in schemas().items():
        path = folder / name
        path.write_text(as_text(schema), encoding="utf-8")
        paths.append(path)
    return paths


def as_text(schema: dict[str, Any]) -> str:
    """The schema as it stands in its file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


class _Schema(GenerateJsonSchema):
    """Adds to each field what its class's docstring says of it, and the rule of one kind of evidence."""

    def model_schema(self, schema: ModelSchema) -> JsonSchemaValue:
        made = super().model_schema(schema)
        kind = schema["cls"]
        for field, text in field_words(kind).items():
            if field in made.get("properties", {}):
                made["properties"][field].setdefault("description", text)
        if "description" in made:
            made["description"] = _prose(made["description"])
        if issubclass(kind, Evidence):
            made["oneOf"] = [{"required": [name]} for name in ("counted", "reported", "assumption")]
        return made


def field_words(kind: type[BaseModel]) -> dict[str, str]:
    """Return what the docstrings of a part and of those it builds on say of each field ("given: …")."""
    words: dict[str, str] = {}
    for ancestor in reversed(kind.__mro__):
        if not issubclass(ancestor, Part) or not ancestor.__doc__:
            continue
        text = _prose(ancestor.__doc__)
        found = list(_PIECE.finditer(text))
        ends = [match.start() for match in found[1:]] + [len(text)]
        for match, end in zip(found, ends, strict=False):
            said = text[match.end() : end].strip()
            for field in match[1].split(", "):
                if field in kind.model_fields:
                    words[field] = said
    return words


def _prose(docstring: str) -> str:
    return re.sub(r"\s+", " ", docstring.split(">>>", maxsplit=1)[0]).strip()
