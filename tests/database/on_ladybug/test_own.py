"""Refusals, and features of this engine only: tables, column types, notes instead of indexes."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from nsmig.database.base import Role
from nsmig.database.ladybug import KIND
from nsmig.database.ladybug.making import NO_INDEXES
from nsmig.database.ladybug.operations import statements
from nsmig.database.ladybug.tables import Tables
from nsmig.errors import DatabaseError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import (
    AddAdjacency,
    AddIndex,
    AddProperty,
    CreateType,
    DropAdjacency,
    DropIndex,
    DropProperty,
    DropType,
    ExtendKey,
    Operation,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from support.ladybug_bench import SMALL, LadybugEngine, agrees, types
from support.reference import Graph, Node, Relationship, Schema, apply

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP

# -- refusals
# -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "operation",
    [
        SetPropertyType(NODE, "A", "k", "FLOAT"),
        SetPropertyType(NODE, "B", "x", "LIST_OF_STRINGS"),
        RunQuery("RETURN $a", {"a": 2**63}),
        RunQuery("RETURN $a", {"a": {"b": [{1}]}}, "ladybug"),
        *(CreateType(NODE, name, ("k",), ()) for name in ("", "a", "r", "R", "x.y", "x\0", "\ud800", "__NSMIG_x")),
        CreateType(RELATIONSHIP, "A", (), ()),
        RenameType(NODE, "A", "B"),
        RenameType(NODE, "A", "r"),
        RenameType(NODE, "A", "x.y"),
        AddProperty(NODE, "R", "p"),
        CreateType(NODE, "New", ("k",), ("K",)),
        *(AddProperty(NODE, "A", name) for name in ("", "P", "_ID", "_label", "_nsmig_key", "x\0", "__nsmig_swap__")),
        RenameProperty(NODE, "A", "p", "Q"),
        RenameKeyPart(NODE, "B", "x", "Y"),
        ExtendKey(RELATIONSHIP, "R", "W", None),
        AddIndex(RELATIONSHIP, "R", "_src"),
    ],
    ids=repr,
)
def test_refused_without_a_database(operation: Operation) -> None:
    with pytest.raises(UnsupportedError):
        KIND.refuse(operation, SMALL)


def test_a_query_for_another_database_is_left_out(engine: LadybugEngine) -> None:
    operation = RunQuery("RETURN 1", database="neo4j")
    engine.database.dialect.refuse(operation, SMALL)
    assert [each.role for each in engine.apply(operation, SMALL)] == [Role.NOTE]


def test_types_of_keys_and_relationships_survive_everything_else(engine: LadybugEngine) -> None:
    """A typed, connected graph: operations one after the other, so that a copied column or pair is used again."""
    schema = Schema(types(A="k* n", B="x* y*"), types(R="w"))
    graph = Graph(
        [
            Node(frozenset({"A"}), {"_id": 0, "k": "1", "n": "7"}),
            Node(frozenset({"A"}), {"_id": 1, "k": "2"}),
            Node(frozenset({"B"}), {"_id": 2, "x": "1", "y": "2020-01-02"}),
            Node(frozenset({"B"}), {"_id": 3, "x": "2", "y": "2020-01-02"}),
        ],
        [Relationship("R", 0, 1, {"w": "1.5"}), Relationship("R", 2, 0, {}), Relationship("R", 3, 3, {"w": "2"})],
    )
    engine.load(graph, schema)
    for operation in (
        SetPropertyType(RELATIONSHIP, "R", "w", "FLOAT"),
        AddAdjacency("A", "R", "B"),
        SetPropertyType(NODE, "A", "k", "INTEGER"),
        SetPropertyType(NODE, "B", "y", "DATETIME"),
        ReduceKey(NODE, "B", "y"),
        RenameProperty(RELATIONSHIP, "R", "w", "weight"),
        ExtendKey(NODE, "A", "z", 5),
        SetPropertyType(NODE, "A", "n", "STRING"),
        DropAdjacency("A", "R", "B"),
        RenameType(NODE, "A", "C"),
        SetPropertyType(NODE, "C", "k", "STRING"),
        ReduceKey(NODE, "C", "z"),
        AddProperty(RELATIONSHIP, "R", "more", 1),
        DropProperty(RELATIONSHIP, "R", "weight"),
        AddAdjacency("B", "R", "C"),
        AddAdjacency("C", "R", "B"),
        DropType(NODE, "B"),
    ):
        graph, schema = agrees(engine, graph, operation, schema)
    left = engine.live.find("C")
    assert left and dict(left.columns) == {"row id": "INT64", "k": "STRING", "z": "INT64", "n": "STRING"}


def test_the_live_schema(engine: LadybugEngine) -> None:
    before = Schema()
    for operation in (
        CreateType(NODE, "A", ("k", "l"), ("n", "list")),
        CreateType(NODE, "B", ("id",), ()),
        CreateType(RELATIONSHIP, "R", ("w",), ("p",)),
        *(SetPropertyType(NODE, "A", p, to) for p, to in (("n", "INTEGER"), ("list", "LIST_OF_DATETIMES"))),
        *(SetPropertyType(NODE, "A", "l", to) for to in ("DATETIME",)),
        SetPropertyType(RELATIONSHIP, "R", "w", "FLOAT"),
        AddIndex(NODE, "A", "n"),
        AddAdjacency("A", "R", "B"),
        AddAdjacency("B", "R", "B"),
    ):
        engine.apply(operation, before)
        before, _ = apply(before, operation)
    engine.send("CREATE NODE TABLE Mine(id INT64, day DATE, sum DECIMAL(9, 2), PRIMARY KEY(id))")
    found = engine.database.session.live_schema().content
    mine = {"id": {"is_indexed": False, "is_key": True, "type": "INTEGER"}}
    mine |= {p: {"is_indexed": False, "is_key": False, "type": to} for p, to in (("day", "DATE"), ("sum", "STRING"))}
    assert found["nodes"].pop() == {"name": "Mine", "properties": mine}
    assert found == before.to_dict()


def test_a_query_is_sent_once_with_its_mark(engine: LadybugEngine, small_file: bytes) -> None:
    engine.copy(small_file)
    engine.apply(RunQuery("MATCH (n:C) SET n.p = $new.p", {"new": {"p": "new"}}, "ladybug"), SMALL)
    assert engine.send("MATCH (n:C) RETURN DISTINCT n.p") == [["new"]]
    before = engine.dump().canonical()
    for text in ("MATCH (n:C) DELETE n; MATCH (n:A) DELETE n", "MATCH (n:C) SET n.p = 'x', n.nothing = 1"):
        with pytest.raises(DatabaseError):
            engine.apply(RunQuery(text), SMALL)
        assert engine.dump().canonical() == before
    assert engine.database.ledger.state().journal["m"].done == 1


def test_a_query_in_a_script(engine: LadybugEngine) -> None:
    at = datetime(2020, 1, 2, 3, tzinfo=timezone(timedelta(hours=2)))
    made, _ = statements(
        RunQuery("RETURN '$a', $a, $b.c, $at", {"a": 1, "b": {"c": [1, 2]}, "at": at}), SMALL, Tables()
    )
    assert "RETURN '$a', 1, {`c`: [1, 2]}.c, timestamp('2020-01-02 01:00:00')" in engine.database.dialect.script(made)


def test_a_table_that_nsmig_did_not_make_is_never_taken_over(engine: LadybugEngine, small_file: bytes) -> None:
    engine.copy(small_file)
    engine.send("CREATE NODE TABLE Mine(id INT64, PRIMARY KEY(id))")
    engine.live = engine.database.session.live()
    mine = engine.live.find("mine")
    assert mine and not mine.managed and mine.keys == ("id",)
    for operation in (
        RenameType(NODE, "A", "Mine"),
        RenameType(RELATIONSHIP, "R", "mine"),
        CreateType(NODE, "MINE", ("id",), ()),
        CreateType(NODE, "Mine", ("k",), ()),
        CreateType(RELATIONSHIP, "Mine", (), ()),
    ):
        with pytest.raises(UnsupportedError, match="table"):
            engine.apply(operation, SMALL)
    engine.apply(CreateType(NODE, "Mine", ("id",), ("name",)), SMALL)  # the same key: adopted
    mine = engine.live.find("Mine")
    assert mine and mine.managed and mine.columns == (("id", "INT64"), ("name", "STRING")) and mine.untyped == ("name",)
    assert engine.database.session.live() == engine.live


def test_a_table_that_is_gone_is_an_error_that_says_so(engine: LadybugEngine) -> None:
    with pytest.raises(DatabaseError, match="no node table 'A'"):
        engine.apply(AddProperty(NODE, "A", "new"), SMALL)


def test_index_operations_say_what_they_do_not_do(engine: LadybugEngine, small_file: bytes) -> None:
    engine.copy(small_file)
    for operation in (AddIndex(NODE, "A", "p"), DropIndex(NODE, "A", "q"), AddIndex(RELATIONSHIP, "R", "p")):
        assert [each.text for each in engine.apply(operation, SMALL) if each.role is Role.NOTE] == [NO_INDEXES]
    table = engine.database.session.live().find("A")
    assert table and table.indexes == ("p",)


def test_statements_do_not_touch_what_they_are_given() -> None:
    live = Tables()
    sent, after = statements(CreateType(NODE, "A", ("k",), ()), Schema(), live)
    assert live == Tables() and after.find("a") is not None
    assert statements(CreateType(NODE, "A", ("k",), ()), Schema(), live) == (sent, after)


@pytest.mark.parametrize("to", ["TIME", "POINT", "LIST_OF_TIMES", "LIST_OF_POINTS"])
@pytest.mark.parametrize(("kind", "name", "p"), [(NODE, "A", "k"), (NODE, "A", "p"), (RELATIONSHIP, "R", "p")])
def test_what_has_no_column_is_refused_before_anything_changes(
    engine: LadybugEngine, small_file: bytes, kind: Kind, name: str, p: str, to: str
) -> None:
    engine.copy(small_file)
    with pytest.raises(UnsupportedError, match=f"LadybugDB has no column type for {to}; declare another"):
        engine.apply(SetPropertyType(kind, name, p, to), SMALL)
