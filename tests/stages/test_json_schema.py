"""The JSON Schemas accept what the readers of the files accept."""

from __future__ import annotations

import json
import runpy
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from hypothesis import given

from nsmig import Operation, Schema
from nsmig.cli.json_schema import KINDS
from nsmig.database import database_kind
from nsmig.errors import OperationError, ProjectError, SchemaError
from nsmig.making.hints import read_hints
from nsmig.project.project import Project
from nsmig.yaml_file import nodestream_schema_text, schema_text
from support.places import ROOT
from support.stories import read as read_story
from support.strategies import migration_dicts, schema_dicts
from support.terminal import succeed

FOLDER = ROOT / "python" / "nsmig" / "json_schemas"
VALIDATORS = {
    kind: jsonschema.Draft202012Validator(json.loads((FOLDER / f"{kind}.json").read_text(encoding="utf-8")))
    for kind in KINDS
}
VALIDATOR = VALIDATORS["migration"]
FILES = sorted(file for folder in ("tests/cases", "examples") for file in (ROOT / folder).rglob("migrations/*.yaml"))
NAMES = {"schema*.yaml": "schema", "folded.yaml": "schema", "nsmig.yaml": "project", "hints.yaml": "hints"}


def as_json(value: Any) -> Any:
    """A YAML value as an editor sees it: a set is a mapping to nothing."""
    if isinstance(value, set):
        return dict.fromkeys(value)
    if isinstance(value, dict):
        return {name: as_json(each) for name, each in value.items()}
    return [as_json(each) for each in value] if isinstance(value, list) else value


@pytest.mark.parametrize("kind", KINDS)
def test_they_are_made_from_the_words_that_nsmig_knows(kind: str, tmp_path: Path) -> None:
    text = (FOLDER / f"{kind}.json").read_text(encoding="utf-8")
    assert text == runpy.run_path(str(ROOT / "scripts" / "json_schemas.py"))["text"](kind)
    assert text == succeed(tmp_path, "json-schema", kind).out
    VALIDATORS[kind].check_schema(VALIDATORS[kind].schema)


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parents[1].name}/{file.name}")
def test_files_conform(file: Path) -> None:
    VALIDATOR.validate(as_json(yaml.safe_load(file.read_text(encoding="utf-8"))))


@given(migration_dicts())
def test_whatever_nsmig_writes_conforms(content: dict[str, Any]) -> None:
    VALIDATOR.validate(as_json(content))


NO_TYPES: list[Any] = [{}, {"nodes": []}, {"node": ["A"]}, {"nodes": "A"}, {"nodes": [1]}, ["A"], "all"]


def touching(types: Any) -> dict[str, Any]:
    """A query that declares what it touches."""
    return {"operation": "RunQuery", "arguments": {"query": "RETURN 1", "touches": types}}


def by(given: dict[str, Any]) -> dict[str, Any]:
    """A type change with further arguments."""
    arguments = {"node_type": "A", "property_name": "p", "type": "INTEGER", **given}
    return {"operation": "SetNodePropertyType", "arguments": arguments}


def indexed(**given: Any) -> dict[str, Any]:
    """An index with other arguments."""
    arguments = {"name": "i", "node_types": ["A"], "properties": ["p"], "kind": "text", **given}
    return {"operation": "CreateNodeIndex", "arguments": arguments}


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
        *(by({"using": each}) for each in (1, {}, {"neo4J": "value"}, {"neo4j": None})),
        *(by(each) for each in ({"using": "value", "may_be_null": "yes"}, {"may_be_null": True})),
        indexed(kind="hash"),
        indexed(kind="required"),
        indexed(properties="p"),
        indexed(options=[1]),
        indexed(optional="yes"),
        indexed(node_types="A"),
        indexed(more=1),
        {"operation": "RemoveIndex", "arguments": {}},
        {"operation": "RunQuery", "arguments": {"query": "RETURN 1", "parameters": [1]}},
        {"operation": "RunQuery", "arguments": {"query": "RETURN 1", "database": 1}},
        {"operation": "RunQuery", "arguments": {"query": "RETURN 1", "database": "neo4J"}},
        *map(touching, NO_TYPES),
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


# --- Schema, project and hints files ----------------------------------------------------------------------------------


def plain(text: str) -> Any:
    """A YAML file as an editor sees it: JSON has no tags."""

    class Loader(yaml.SafeLoader):
        pass

    Loader.add_multi_constructor("!", lambda loader, _, node: loader.construct_scalar(node))
    return as_json(yaml.load(text, Loader))


def examples() -> Iterator[tuple[str, str, str]]:
    """Each schema, project and hints file of the examples and stories: its name, kind and text."""
    for pattern, kind in NAMES.items():
        for folder in ("tests/cases", "examples"):
            for file in sorted((ROOT / folder).rglob(pattern)):
                yield str(file.relative_to(ROOT)), kind, file.read_text(encoding="utf-8")
    for file in sorted((ROOT / "tests/cases").rglob("*.story")):
        for name, text in read_story(file).files.items():
            for pattern, kind in NAMES.items():
                if fnmatch(Path(name).name, pattern):
                    yield f"{file.stem}/{name}", kind, text


def is_read(kind: str, text: str, folder: Path) -> bool:
    """Whether nsmig reads a file."""
    file = folder / f"{kind}.yaml"
    file.write_text(text, encoding="utf-8")
    try:
        if kind == "schema":
            Schema.load(file)
        elif kind == "hints":
            read_hints(file)
        else:
            project = Project.load(file.rename(folder / "nsmig.yaml"))
            for target in project.targets.values():
                kind_ = database_kind(target.database)
                options = {name: value for name, value in target.settings.items() if name != "database"}
                assert options.keys() <= kind_.options.keys() | kind_.ignored and set(kind_.required) <= options.keys()
    except (SchemaError, ProjectError, AssertionError):
        return False
    return True


EXAMPLES = list(examples())


@pytest.mark.parametrize(("kind", "text"), [each[1:] for each in EXAMPLES], ids=[each[0] for each in EXAMPLES])
def test_what_is_read_conforms(kind: str, text: str, tmp_path: Path) -> None:
    (tmp_path / "nodestream.yaml").write_text("scopes: {}")
    assert len(EXAMPLES) > 60
    if is_read(kind, text, tmp_path):
        VALIDATORS[kind].validate(plain(text) or {})


@given(schema_dicts())
def test_whatever_schema_nsmig_writes_conforms(schema: dict[str, Any]) -> None:
    for write in (schema_text, nodestream_schema_text):
        VALIDATORS["schema"].validate(yaml.safe_load(write(schema)))


WRONG = [
    ("schema", "{edges: []}"),
    ("schema", "[]"),
    ("schema", "nodes: {A: }"),
    ("schema", "nodes: [A]"),
    ("schema", "nodes: [{properties: []}]"),
    ("schema", "nodes: [{name: 5}]"),
    ("schema", "nodes: [{name: A, keys: []}]"),
    ("schema", "nodes: [{name: A, from: A, to: A}]"),
    ("schema", "nodes: [{name: A, properties: [p, p]}]"),
    ("schema", "nodes: [{name: A, properties: {p: TEXT}}]"),
    ("schema", "nodes: [{name: A, properties: {p: {type: string}}}]"),
    ("schema", "nodes: [{name: A, properties: {p: {is_key: 1}}}]"),
    ("schema", "nodes: [{name: A, properties: {p: {key: true}}}]"),
    ("schema", "relationships: [{name: R, from: A}]"),
    ("schema", "relationships: [{name: R, from: A, to: B, connects: []}]"),
    ("schema", "relationships: [{name: R, from: [], to: B}]"),
    ("schema", "relationships: [{name: R, from: A, to: B, cardinality: {to: SINGLE}}]"),
    ("schema", "relationships: [{name: R, connects: [{from: A}]}]"),
    ("schema", "relationships: [{name: R, connects: [{from: A, to: B, cardinality: SINGLE}]}]"),
    ("schema", "relationships: [{name: R, connects: [{from: A, to: B, cardinality: {to: FEW}}]}]"),
    ("schema", "cardinalities: [{adjacency: {from_node_type: A, relationship_type: R, to_node_type: B}}]"),
    *(
        ("schema", f"nodes: [{{name: A, properties: {{p: {{{each}}}}}}}]")
        for each in (
            "text: 1",
            "range: true",
            "fulltext: {analyser: x}",
            "text: {analyzer: x}",
            "vector: {dimensions: 0}",
            "vector: {dimensions: 4097}",
            "vector: {similarity: dot}",
            "vector: {m: many}",
            "required: {optional: maybe}",
            "unique: {name: 5}",
        )
    ),
    *(
        ("schema", f"nodes: [{{name: A, properties: [p, q]}}]\n{each}")
        for each in (
            "indexes: {}",
            "indexes: [{kind: text, properties: [p]}]",
            "indexes: [{kind: text, node_types: [A], relationship_types: [R], properties: [p]}]",
            "indexes: [{kind: text, node_types: [A]}]",
            "indexes: [{kind: hash, node_types: [A], properties: [p]}]",
            "indexes: [{kind: unique, node_types: [A], properties: [p]}]",
            "indexes: [{kind: text, node_types: [A, B], properties: [p]}]",
            "indexes: [{kind: text, node_types: [A], properties: [p, q]}]",
            "indexes: [{kind: range, node_types: [A], properties: [p, p]}]",
            "indexes: [{kind: vector, node_types: [A], properties: [p], options: {filter: []}}]",
            "indexes: [{kind: fulltext, node_types: [A], properties: [p], options: {dimensions: 3}}]",
            "constraints: [{kind: type, node_types: [A], properties: [p]}]",
            "constraints: [{kind: type, node_types: [A], properties: [p], options: {type: TEXT}}]",
            "constraints: [{kind: required, node_types: [], properties: [p]}]",
        )
    ),
    ("project", "migration: here"),
    ("project", "migrations: 5"),
    ("project", "schema: [a]"),
    ("project", "extensions: maybe"),
    ("project", "check: {ignore: [drift-wood]}"),
    ("project", "check: [drift]"),
    ("project", "targets: [a]"),
    ("project", "targets: {a: {path: x}}"),
    ("project", "targets: {a: {database: postgres}}"),
    ("project", "targets: {a: {database: ladybug}}"),
    ("project", "targets: {a: {database: ladybug, path: x, uri: y}}"),
    ("hints", "rename: {A: B}"),
    ("hints", "rename-type: {A: 5}"),
    ("hints", "rename-property: {A: B}"),
    ("hints", "drop: A"),
    ("hints", "drop: [5]"),
    ("hints", "key-default: {A: 5}"),
]


@pytest.mark.parametrize(("kind", "text"), WRONG, ids=[text for _, text in WRONG])
def test_what_is_not_read_does_not_conform(kind: str, text: str, tmp_path: Path) -> None:
    assert not is_read(kind, text, tmp_path)
    with pytest.raises(jsonschema.ValidationError):
        VALIDATORS[kind].validate(plain(text))


RIGHT = [
    ("schema", """\
nodes:
- name: A
  properties:
    p: {text: true, fulltext: {analyzer: english, eventually_consistent: true}, required: {optional: true}}
    v: {type: LIST_OF_FLOATS, vector: {name: v, dimensions: 3, similarity: cosine, m: 16, ef_construction: 100}}
    w: {type: LIST_OF_FLOATS, vector: {quantization: false, filter: [p]}, unique: false}
    o: {type: POINT, point: true}
    o2: {unique: {name: once}}
relationships: [{name: R, properties: [p, q]}]
indexes:
- {kind: fulltext, name: words, node_types: [A], properties: [p, o2], optional: true}
- {kind: range, relationship_types: R, properties: [p, q]}
constraints:
- {kind: key, relationship_types: [R], properties: [q]}
- {kind: type, node_types: [A], properties: [p], options: {type: STRING}}
"""),
    ("project", "{}"),
    ("project", "schema: null\nextensions: true\ncheck: {ignore: [drift]}\ntargets:\n"),
    ("project", "targets: {a: {database: neo4j, uri: !env URI, password: !env P, transaction_batch_size: !env N, username: null}}"),
    ("project", "targets: {a: {database: neo4j, uri: 'bolt://a', chunk_size: 5, encrypted: true, connection_timeout: 1}}"),
    ("hints", "{rename-type: {A: B}, rename-property: {A.p: q}, drop: ['A-[R]->B', A.r], key-default: {A.p: [1]}}"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text"), RIGHT, ids=[text for _, text in RIGHT])
def test_forms_that_no_example_has(kind: str, text: str, tmp_path: Path) -> None:
    assert is_read(kind, text, tmp_path)
    VALIDATORS[kind].validate(plain(text))
