"""Writes python/nsmig/migration.schema.json, the JSON Schema of a migration file, from the closed set of operations."""

from __future__ import annotations

import json
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

from nsmig.kinds import DATABASES, PROPERTY_TYPES
from nsmig.operations import NODESTREAM_OPERATIONS, OPERATIONS, Spelling

FILE = Path(__file__).resolve().parents[1] / "python" / "nsmig" / "migration.schema.json"

STRINGS = {"type": "array", "items": {"type": "string"}}
# A YAML set is a mapping to nothing.
NAMES = {"oneOf": [STRINGS, {"type": "object", "additionalProperties": {"type": "null"}}]}
ARGUMENTS: dict[str, Any] = {  # by field; all others are strings
    "keys": NAMES,
    "properties": NAMES,
    "queries": NAMES,
    "default": {"description": "Any YAML value; null for none."},
    "to": {"enum": list(PROPERTY_TYPES)},
    "parameters": {"type": "object"},
    "database": {"enum": [*DATABASES, None], "description": "The kind of database it is for; null for all."},
    "elidable": {
        "type": "boolean",
        "description": "True: a database without rows that starts from a squash does not need it.",
    },
}


def operation(name: str, spelling: Spelling) -> dict[str, Any]:
    """What an entry of ``operations`` holds."""
    given = {each.name for each in fields(spelling.cls) if each.default is each.default_factory is MISSING}  # type: ignore[arg-type]
    said = {field: f"<{argument}>" for field, argument in spelling.arguments.items()}
    kind = {"kind": spelling.kind} if spelling.kind else {}
    example = object.__new__(spelling.cls)  # without its checks, which these words would not pass
    for field, value in {**said, **kind}.items():
        object.__setattr__(example, field, value)
    own = "" if name in NODESTREAM_OPERATIONS else " (nodestream cannot read this)"
    return {
        "description": example.description + own,
        "type": "object",
        "properties": {
            "operation": {"const": name},
            "arguments": {
                "type": "object",
                "properties": {
                    argument: ARGUMENTS.get(field, {"type": "string"}) for field, argument in spelling.arguments.items()
                },
                "required": [argument for field, argument in spelling.arguments.items() if field in given],
                "additionalProperties": False,
            },
        },
        "required": ["operation", "arguments"],
        "additionalProperties": False,
    }


def content() -> dict[str, Any]:
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A migration of nsmig or nodestream",
        "type": "object",
        "properties": {
            "name": {"type": "string", "description": "Its identity; the file's name has no meaning."},
            "operations": {
                "type": "array",
                "items": {"oneOf": [operation(name, spelling) for name, spelling in OPERATIONS.items()]},
            },
            "dependencies": {**STRINGS, "description": "Names of migrations that come before it."},
            "replaces": {**STRINGS, "description": "Names of migrations that it is a squash of."},
        },
        "required": ["name", "operations", "dependencies"],
        "additionalProperties": False,
    }


def text() -> str:
    return json.dumps(content(), indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    FILE.write_text(text(), encoding="utf-8")
