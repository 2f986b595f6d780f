"""``nsmig.Schema`` as a value, and operations applied to it: the same as the reference's, refusals included."""

from __future__ import annotations

import copy
import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import nsmig
from nsmig import Kind, Migration, Operation, Schema
from nsmig.errors import FoldError, SchemaError, SchemaFileError, nearest
from nsmig.operations import (
    AddAdjacency,
    CreateType,
    DropAdjacency,
    DropIndex,
    DropProperty,
    DropType,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    SetPropertyType,
)
from nsmig.yaml_file import schema_text
from support import reference
from support.engines import CORE, REFERENCE, answer, core_schema, plain
from support.places import NODESTREAM_MADE
from support.strategies import ALL_FINDINGS, NAMES, ODD, any_operations, histories, operations, schemas

FOLDERS = sorted(path.name for path in NODESTREAM_MADE.iterdir() if path.is_dir())

# ---- As a value ------------------------------------------------------------------------------------------------------


def adjacency(a: str, r: str, b: str, from_side: str = "MANY", to_side: str = "SINGLE") -> dict[str, Any]:
    return {
        "adjacency": {"from_node_type": a, "relationship_type": r, "to_node_type": b},
        "cardinality": {"from_side_cardinality": from_side, "to_side_cardinality": to_side},
    }


def facts(type: str = "STRING", is_key: bool = False, is_indexed: bool = False) -> dict[str, Any]:
    return {"is_indexed": is_indexed, "is_key": is_key, "type": type}


# Schemas as people write them, and their meaning.
SHAPES = [
    ("nothing", {}, {}),
    ("no properties", {"nodes": [{"name": "A"}]}, {"nodes": [{"name": "A", "properties": {}}]}),
    ("null properties", {"nodes": [{"name": "A", "properties": None}]}, {"nodes": [{"name": "A", "properties": {}}]}),
    (
        "list of names",
        {"nodes": [{"name": "A", "properties": ["q", "p"]}]},
        {"nodes": [{"name": "A", "properties": {"p": facts(), "q": facts()}}]},
    ),
    (
        "bare type, key only, nothing, all",
        {
            "relationships": [
                {
                    "name": "R",
                    "properties": {
                        "age": "INTEGER",
                        "name": {"is_key": True},
                        "note": None,
                        "at": {"type": "DATETIME", "is_indexed": True, "is_key": False},
                    },
                }
            ]
        },
        {
            "relationships": [
                {
                    "name": "R",
                    "properties": {
                        "age": facts("INTEGER"),
                        "at": facts("DATETIME", is_indexed=True),
                        "name": facts(is_key=True),
                        "note": facts(),
                    },
                }
            ]
        },
    ),
    (
        "sorted by name",
        {
            "nodes": [{"name": "B"}, {"name": "A"}],
            "cardinalities": [adjacency("B", "R", "A"), adjacency("A", "R", "B")],
        },
        {
            "nodes": [{"name": "A", "properties": {}}, {"name": "B", "properties": {}}],
            "cardinalities": [adjacency("A", "R", "B"), adjacency("B", "R", "A")],
        },
    ),
]


@pytest.mark.parametrize(("written", "meant"), [shape[1:] for shape in SHAPES], ids=[shape[0] for shape in SHAPES])
def test_hand_written_shapes(written: dict[str, Any], meant: dict[str, Any], tmp_path: Path) -> None:
    full = {"cardinalities": [], "nodes": [], "relationships": []} | meant
    assert Schema.from_dict(written).to_dict() == full
    file = tmp_path / "schema.yaml"
    file.write_text(yaml.safe_dump(written), encoding="utf-8")
    assert Schema.load(file).to_dict() == Schema.load(str(file)).to_dict() == full


@given(schemas(own=True) | schemas(names=ODD, own=True))
def test_round_trips(schema: reference.Schema) -> None:
    core = core_schema(schema)
    assert core.to_dict() == schema.to_dict()
    assert yaml.safe_dump(core.to_dict(), sort_keys=False) == yaml.safe_dump(schema.to_dict(), sort_keys=False), "order"
    for same in (Schema.from_dict(core.to_dict()), pickle.loads(pickle.dumps(core)), copy.deepcopy(core)):
        assert same == core
        assert (same != core) is False


@given(schema=schemas(names=ODD, own=True))
def test_files_round_trip(tmp_path_factory: pytest.TempPathFactory, schema: reference.Schema) -> None:
    file = tmp_path_factory.mktemp("schema") / "schema.yaml"
    file.write_text(schema_text(core_schema(schema).to_dict()), encoding="utf-8")
    assert Schema.load(file) == core_schema(schema)


# Values that may be anywhere in a schema file by mistake, or as another form of the same schema.
STRAY: list[Any] = [
    None,
    True,
    5,
    "A",
    "STRING",
    "MANY",
    [],
    {},
    ["p"],
    ["p", "p"],
    {"p": None},
    {"is_key": True},
    {5: 5},
]


def strayed(value: Any, data: st.DataObject, label: str) -> Any:
    """The value with one part, at any depth, removed, replaced or added."""
    if not value or not isinstance(value, (dict, list)) or data.draw(st.integers(0, 3), label=f"{label}: here") == 0:
        return data.draw(st.sampled_from(STRAY), label=label)
    if isinstance(value, list):
        at = data.draw(st.integers(0, len(value) - 1), label=f"{label}: item")
        more = [value[at]] * data.draw(st.integers(0, 1), label=f"{label}: twice")
        return [*value[:at], strayed(value[at], data, f"{label}[{at}]"), *value[at + 1 :], *more]
    key = data.draw(st.sampled_from(sorted(value)), label=f"{label}: key")
    if data.draw(st.integers(0, 3), label=f"{label}: key changes") == 0:
        other = data.draw(st.sampled_from(["", "name", "type", key, "B"]), label=f"{label}: new key")
        return {**{name: each for name, each in value.items() if name != key}, **({other: value[key]} if other else {})}
    return {**value, key: strayed(value[key], data, f"{label}.{key}")}


@settings(max_examples=400)
@given(data=st.data(), schema=schemas(own=True))
def test_a_schema_file_is_right_for_all_readers_or_for_none(
    tmp_path_factory: pytest.TempPathFactory, schema: reference.Schema, data: st.DataObject
) -> None:
    """A file and the values in it: the same schema, or both are refused."""
    content = {
        "nodes": [{"name": "A", "properties": {"p": facts("FLOAT", is_key=True)}}],
        "cardinalities": [adjacency("A", "R", "A")],
        "relationships": [{"name": "S", "connects": [{"from": "A", "to": ["B"], "cardinality": {"to": "SINGLE"}}]}],
    }
    for _ in range(data.draw(st.integers(0, 2), label="times")):
        content = strayed(data.draw(st.sampled_from([content, schema.to_dict()])), data, "schema")
    file = tmp_path_factory.mktemp("schema") / "schema.yaml"
    file.write_text(yaml.safe_dump(content), encoding="utf-8")
    try:
        placed = Schema.load(file)
    except SchemaFileError as error:
        assert error.line or content is None
        with pytest.raises(SchemaError):
            Schema.from_dict(content)
    else:
        assert Schema.from_dict(content) == placed


@given(schemas(own=True), schemas(own=True))
def test_what_differs(one: reference.Schema, other: reference.Schema) -> None:
    for kind in Kind:
        both = set(one.types(kind)) & set(other.types(kind))
        expected = sorted(name for name in both if one.type(kind, name) != other.type(kind, name))
        assert core_schema(one).differing(core_schema(other), kind) == expected
    assert core_schema(one).cardinalities() == one.to_dict()["cardinalities"]


@given(schemas(own=True), schemas(own=True))
def test_equality(one: reference.Schema, other: reference.Schema) -> None:
    assert (core_schema(one) == core_schema(other)) == (one == other)
    assert (core_schema(one) != core_schema(other)) == (one != other)


def test_equality_is_of_contents() -> None:
    assert Schema() == Schema.from_dict({}) != Schema.from_dict({"nodes": [{"name": "A"}]})
    assert Schema() != {} and Schema() != None  # noqa: E711
    single, many = ({"cardinalities": [adjacency("A", "R", "B", "MANY", side)]} for side in ("SINGLE", "MANY"))
    assert Schema.from_dict(single) != Schema.from_dict(many)
    with pytest.raises(TypeError):
        hash(Schema())


@given(schemas(own=True))
def test_what_it_declares(schema: reference.Schema) -> None:
    core = core_schema(schema)
    for kind in Kind:
        assert core.types(kind) == schema.types(kind)
        for name in (*NAMES.of(kind), "nowhere"):
            mine, theirs = core.type(kind, name), schema.type(kind, name)
            assert (mine is None) == (theirs is None)
            if mine is not None and theirs is not None:
                assert (mine.keys, mine.indexes) == (theirs.keys, theirs.indexes)
                assert list(mine.properties.items()) == list(theirs.properties.items())
    for name in (*NAMES.properties, "nowhere"):
        assert core.declaring(name) == schema.declaring(name)


A = "node type 'A'"
BAD = [
    ({"edges": []}, "the schema", "a schema has no key 'edges'"),
    ({"nodes": {}}, "nodes", "the node types must be a list, not a mapping"),
    ({"nodes": ["A"]}, "nodes[0]", "a node type must be a mapping with the keys name, properties, not text"),
    ({"nodes": [{"name": "A"}, {"properties": {}}]}, "nodes[1]", "a node type lacks the key 'name'"),
    ({"nodes": [{"name": "A", "properties": "p"}]}, "nodes[0] (A).properties", f"the properties of {A} must be a mapping"),
    ({"nodes": [{"name": "A", "properties": {"p": "TEXT"}}]}, "nodes[0] (A).properties.p", "cannot be 'TEXT'; did you mean 'TIME' or 'DATETIME' or 'DATE'?"),
    ({"nodes": [{"name": "A", "properties": {"p": {"type": "string"}}}]}, "nodes[0] (A).properties.p.type", "did you mean 'STRING'"),
    ({"nodes": [{"name": "A", "properties": {"p": {"is_key": 1}}}]}, "nodes[0] (A).properties.p.is_key", "true or false, not a number"),
    ({"nodes": [{"name": "A", "properties": {"p": {"key": True}}}]}, "nodes[0] (A).properties.p", "no key 'key'; did you mean 'is_key'"),
    ({"nodes": None}, "nodes", "must be a list, not nothing"),
    ({"nodes": [{"name": "A", "properties": {}, "keys": []}]}, "nodes[0] (A)", "a node type has no key 'keys'"),
    ({"nodes": [{"name": 5}]}, "nodes[0].name", "the name of a node type must be text, not a number"),
    ({"nodes": [{"name": b"A"}]}, "nodes[0].name", "must be text, not a value with a tag of its own"),
    ({"nodes": [{"name": "A"}, {"name": "A"}]}, "nodes[1] (A).name", "declared twice"),
    ({"nodes": [{"name": "A", "properties": ["p", "p"]}]}, "nodes[0] (A).properties[1]", f"{A} lists property 'p' twice"),
    ({"nodes": [{"name": "A", "properties": {5: "STRING"}}]}, "nodes[0] (A).properties", "must be text, not a number"),
    ({"nodes": [{"name": "A", "properties": {"p'": {"type": ["\n"]}}}]}, "nodes[0] (A).properties.p'.type", """of property "p'" of node"""),
    ({"cardinalities": [adjacency("A", "R", "B", "MANY")] * 2}, "cardinalities[1]", "listed twice"),
    ({"cardinalities": [{"adjacency": {}}]}, "cardinalities[0]", "a cardinality lacks the key 'cardinality'"),
    ({"cardinalities": [adjacency("A", "R", "B", "FEW")]}, "cardinalities[0].cardinality.from_side_cardinality", "'FEW'; known are SINGLE, MANY"),
]  # fmt: skip


@pytest.mark.parametrize(("content", "place", "problem"), BAD, ids=[f"{place}-{problem}" for _, place, problem in BAD])
def test_errors_name_their_place(content: dict[str, Any], place: str, problem: str) -> None:
    with pytest.raises(SchemaError) as caught:
        Schema.from_dict(content)
    assert caught.value.place == place
    assert problem in caught.value.problem
    assert str(caught.value) == f"{place}: {caught.value.problem}"


@given(st.text("nodesprtiyac_-", min_size=1, max_size=12))
def test_a_misspelt_key_gets_the_usual_suggestion(key: str) -> None:
    known = ("cardinalities", "nodes", "relationships", "indexes", "constraints")
    assume(key not in known)
    with pytest.raises(SchemaError) as caught:
        Schema.from_dict({key: []})
    hint = nearest(key, known) or f"; known are {', '.join(known)}"
    assert caught.value.problem == f"a schema has no key {key!r}{hint}"


def test_errors_of_files_name_line_and_column(tmp_path: Path) -> None:
    file = tmp_path / "schema.yaml"
    file.write_text("nodes:\n- name: A\n  properties:\n    p: {type: TEXT}\n", encoding="utf-8")
    with pytest.raises(SchemaFileError) as caught:
        Schema.load(file)
    assert (caught.value.file, caught.value.line, caught.value.column) == (str(file), 4, 15)
    with pytest.raises(SchemaFileError, match=r"nowhere\.yaml"):
        Schema.load(tmp_path / "nowhere.yaml")


# ---- One operation ---------------------------------------------------------------------------------------------------


def in_what_is_missing(operation: Operation) -> tuple[str, ...]:
    """Names, at least one of which a refusal must contain."""
    names = (
        getattr(operation, field, None) for field in ("type", "property", "old", "from_type", "relationship", "to_type")
    )
    return tuple(name for name in names if isinstance(name, str)) or tuple(operation.arguments.values())


@settings(max_examples=150)
@given(st.data())
def test_apply_is_the_references(data: st.DataObject) -> None:
    """Any operation on any schema: the same schema after it, or both refuse it and the core names what is missing."""
    schema = data.draw(schemas(own=True))
    few = operations(schema, findings=ALL_FINDINGS, own=True) | operations(
        data.draw(schemas(own=True)), findings=ALL_FINDINGS, own=True
    )
    operation = data.draw(few | any_operations())
    mine = answer(lambda: CORE.apply(schema, operation))
    theirs = answer(lambda: REFERENCE.apply(schema, operation))
    assert mine == theirs
    if mine == ("refused", "fold"):
        with pytest.raises(FoldError) as caught:
            core_schema(schema).apply(operation)
        error = caught.value
        assert (error.migration, error.file, error.index, error.operation) == (None, None, 0, operation)
        assert any(name in error.reason for name in in_what_is_missing(operation))


@given(schemas(own=True), st.data())
def test_apply_leaves_the_schema_as_it_was(schema: reference.Schema, data: st.DataObject) -> None:
    core = core_schema(schema)
    operation = data.draw(operations(schema, findings=ALL_FINDINGS, own=True))
    core.apply(operation)
    assert core == core_schema(schema)


ONE = Schema.from_dict(
    {
        "nodes": [{"name": "A", "properties": {"k": {"is_key": True}, "p": "INTEGER"}}],
        "relationships": [{"name": "R", "properties": ["p"]}],
        "cardinalities": [adjacency("A", "R", "A")],
    }
)


@pytest.mark.parametrize(
    ("operation", "named"),
    [
        (DropType(Kind.NODE, "R"), ("node type", "'R'")),
        (DropType(Kind.RELATIONSHIP, "A"), ("relationship type", "'A'")),
        (DropProperty(Kind.NODE, "A", "q"), ("'A'", "'q'")),
        (DropProperty(Kind.NODE, "B", "p"), ("'B'",)),
        (RenameProperty(Kind.RELATIONSHIP, "R", "q", "r"), ("relationship type", "'R'", "'q'")),
        (RenameKeyPart(Kind.NODE, "A", "p", "q"), ("'p'", "key", "'A'")),
        (ReduceKey(Kind.NODE, "A", "p"), ("'p'", "key", "'A'")),
        (SetPropertyType(Kind.NODE, "A", "q", "FLOAT"), ("'A'", "'q'")),
        (
            SetPropertyType(Kind.NODE, "A", "p", "INTEGER", "value"),
            ("'p'", "'A'", "INTEGER already", "remove the operation"),
        ),
        (SetPropertyType(Kind.NODE, "A", "k", "INTEGER", "value", True), ("'k'", "part of the key", "'A'")),
        (DropAdjacency("A", "R", "B"), ("A", "R", "B")),
        (AddAdjacency("A", "S", "A"), ("relationship type", "'S'")),
    ],
    ids=str,
)
def test_refusals_name_what_is_missing(operation: Operation, named: tuple[str, ...]) -> None:
    with pytest.raises(FoldError) as caught:
        ONE.apply(operation)
    assert all(name in caught.value.reason for name in named)
    assert operation.description in str(caught.value) and caught.value.reason in str(caught.value)


def test_what_nodestream_dies_on_does_nothing() -> None:
    for operation in (DropIndex(Kind.NODE, "A", "p"), DropIndex(Kind.NODE, "A", "q"), DropIndex(Kind.NODE, "B", "p")):
        assert ONE.apply(operation) == ONE


def test_cardinalities_follow_a_rename() -> None:
    renamed = ONE.apply(RenameType(Kind.NODE, "A", "B")).apply(RenameType(Kind.RELATIONSHIP, "R", "S"))
    assert renamed.to_dict()["cardinalities"] == [adjacency("B", "S", "B")]
    assert renamed.apply(DropType(Kind.NODE, "B")).to_dict()["cardinalities"] == []


# ---- Fold ------------------------------------------------------------------------------------------------------------


def one_migration(operations: list[Operation]) -> nsmig.History:
    return nsmig.History([Migration("m", operations)])  # type: ignore[arg-type]


def expected_findings(operations: list[Operation]) -> list[tuple[int, Operation, str]]:
    schema, found = reference.Schema(), []
    for index, operation in enumerate(operations):
        schema, codes = reference.apply(schema, operation)
        found += [(index, operation, code) for code in sorted(codes)]
    return found


@given(histories(max_size=12, own=True))
def test_fold_of_a_legal_history(history: list[Operation]) -> None:
    core = one_migration(history)
    assert plain(core.schema()) == reference.fold(history)
    assert core.findings() == []


@settings(max_examples=100)
@given(histories(max_size=15, own=True, findings=ALL_FINDINGS))
def test_fold_of_a_sloppy_history(history: list[Operation]) -> None:
    core = one_migration(history)
    assert plain(core.schema()) == reference.fold(history)
    found = [(each.index, each.operation, each.code) for each in core.findings()]
    assert sorted(found, key=lambda each: (each[0], each[2])) == expected_findings(history)
    assert {(each.migration, each.file) for each in core.findings()} <= {("m", "m")}


def test_a_type_that_is_overwritten_is_found() -> None:
    history: list[Operation] = [*(CreateType(Kind.NODE, t, (t,), ()) for t in "AB"), RenameType(Kind.NODE, "A", "B")]
    assert [(each.index, each.code) for each in one_migration(history).findings()] == [(2, "type-overwritten")]
    assert plain(one_migration(history).schema()) == reference.fold(history)


@given(histories(max_size=8, findings=ALL_FINDINGS), any_operations())
def test_a_history_that_does_not_fold(history: list[Operation], last: Operation) -> None:
    last = (
        last
        if answer(lambda: REFERENCE.apply(reference.fold(history), last)) == ("refused", "fold")
        else DropType(Kind.NODE, "nowhere")
    )
    with pytest.raises(FoldError) as caught:
        one_migration([*history, last, CreateType(Kind.NODE, "never", (), ())]).schema()
    error = caught.value
    assert (error.migration, error.file, error.index, error.operation) == ("m", "m", len(history), last)


@pytest.mark.parametrize("folder", FOLDERS)
def test_fold_of_what_nodestream_made(folder: str) -> None:
    """As nodestream folds it; if nodestream fails on its own files, the schema that they were generated for, in names,
    keys and indexes."""
    folded = nsmig.History.load(NODESTREAM_MADE / folder / "migrations").schema()
    expected = NODESTREAM_MADE / folder / "folded.yaml"
    if expected.exists():
        assert folded == Schema.load(expected)
    else:
        assert (NODESTREAM_MADE / folder / "folded.error.txt").exists()
        log = json.loads((NODESTREAM_MADE / folder / "log.json").read_text(encoding="utf-8"))
        made_for = [step["schema"] for step in log if step["exit"] == 0][-1]
        assert nsmig.diff(folded, Schema.load(NODESTREAM_MADE / folder / made_for), extensions=False) == []
