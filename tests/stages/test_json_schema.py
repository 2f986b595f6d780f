"""The JSON Schema of migration files says what the reader says."""

from __future__ import annotations

import json
import runpy
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given

from nsmig import Operation
from nsmig.errors import OperationError
from support.places import ROOT
from support.strategies import migration_dicts

FILE = ROOT / "python" / "nsmig" / "migration.schema.json"
VALIDATOR = jsonschema.Draft202012Validator(json.loads(FILE.read_text(encoding="utf-8")))
FILES = sorted(file for folder in ("tests/cases", "examples") for file in (ROOT / folder).rglob("migrations/*.yaml"))


def as_json(value: Any) -> Any:
    """As an editor sees a YAML value: a set is a mapping to nothing."""
    if isinstance(value, set):
        return dict.fromkeys(value)
    if isinstance(value, dict):
        return {name: as_json(each) for name, each in value.items()}
    return [as_json(each) for each in value] if isinstance(value, list) else value


def test_it_is_made_from_the_operations() -> None:
    assert FILE.read_text(encoding="utf-8") == runpy.run_path(str(ROOT / "scripts" / "migration_schema.py"))["text"]()
    VALIDATOR.check_schema(VALIDATOR.schema)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parents[1].name}/{file.name}")
def test_files_conform(file: Path) -> None:
    VALIDATOR.validate(as_json(yaml.safe_load(file.read_text(encoding="utf-8"))))


@given(migration_dicts())
def test_whatever_nsmig_writes_conforms(content: dict[str, Any]) -> None:
    VALIDATOR.validate(as_json(content))


@pytest.mark.parametrize(
    "entry",
    [
        {"operation": "AddNodeProperty", "arguments": {"node_type": "A"}},
        {"operation": "AddNodeProperty", "arguments": {"node_type": "A", "property_name": "p", "more": 1}},
        {"operation": "AddNodeProperty", "arguments": {"node_type": 1, "property_name": "p"}},
        {"operation": "AddProperty", "arguments": {"node_type": "A", "property_name": "p"}},
        {"operation": "NodeKeyExtended", "arguments": {"node_type": "A", "added_key_property": "p"}},
        {"operation": "CreateNodeType", "arguments": {"name": "A", "keys": "id", "properties": []}},
        {"operation": "SetNodePropertyType", "arguments": {"node_type": "A", "property_name": "p", "type": "INT"}},
        {"operation": "RunQuery", "arguments": {"query": "RETURN 1", "parameters": [1]}},
        {"operation": "RunQuery", "arguments": {"query": "RETURN 1", "database": 1}},
        {"operation": "RunQuery", "arguments": {"query": "RETURN 1", "database": "neo4J"}},
        {"operation": "DropNodeType"},
        {"operation": "DropNodeType", "arguments": {"name": "A"}, "comment": "x"},
    ],
    ids=str,
)
def test_what_the_reader_refuses_does_not_conform(entry: dict[str, Any]) -> None:
    with pytest.raises(OperationError):
        Operation.from_dict(entry)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATOR.validate({"name": "m", "operations": [entry], "dependencies": []})
