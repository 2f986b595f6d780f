"""Every operation on the real engine: the adapters' contract, and a comparison with the toy graph."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from database.contract import Contract
from nsmig.database.ladybug.values import ENGINE_TYPES
from nsmig.errors import UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import (
    OWN_OPERATIONS,
    AddAdjacency,
    AddIndex,
    AddProperty,
    CreateType,
    DropIndex,
    DropProperty,
    DropType,
    ExtendKey,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from support.ladybug_bench import ROWS, SMALL, LadybugEngine, agrees
from support.reference import Graph, Node, Property, Relationship, Schema
from support.strategies import ALL_FINDINGS, DISTINCT, ODD_NAMES, graphs, operations, schemas, texts, values

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP


class TestContract(Contract):
    """One label per node, declared columns only, and one transaction per operation."""

    features = frozenset({"texts", *OWN_OPERATIONS})


EVERY = [
    CreateType(NODE, "D", ("k",), ("p",)),
    CreateType(NODE, "D", (), ()),
    CreateType(NODE, "A", ("k",), ("p", "new")),
    CreateType(RELATIONSHIP, "T", ("k",), ("p",)),
    CreateType(RELATIONSHIP, "R", (), ("new",)),
    *(DropType(NODE, each) for each in "ABC"),
    DropType(RELATIONSHIP, "R"),
    *(RenameType(NODE, each, "D") for each in "ABC"),
    RenameType(NODE, "A", "a"),
    RenameType(RELATIONSHIP, "R", "r"),
    RenameType(RELATIONSHIP, "R", "T"),
    RenameType(NODE, "A", "A"),
    *(
        AddProperty(kind, t, "new", default)
        for kind, t in ((NODE, "A"), (RELATIONSHIP, "R"))
        for default in (None, "d", 7)
    ),
    *(AddProperty(kind, t, "p", "d") for kind, t in ((NODE, "A"), (NODE, "B"), (NODE, "C"), (RELATIONSHIP, "R"))),
    AddProperty(NODE, "B", "x", "d"),
    AddProperty(NODE, "Missing", "x", "d"),
    AddProperty(RELATIONSHIP, "Missing", "x", "d"),
    DropProperty(NODE, "A", "p"),
    DropProperty(NODE, "A", "q"),
    DropProperty(NODE, "A", "k"),
    DropProperty(NODE, "B", "x"),
    DropProperty(NODE, "C", "p"),
    DropProperty(RELATIONSHIP, "R", "p"),
    *(RenameProperty(NODE, "A", old, new) for old in "kpq" for new in ("new", "k", "p", "q", old.upper())),
    *(RenameProperty(NODE, "B", old, new) for old in "xyp" for new in ("new", "x", "y", "p", old.upper())),
    *(RenameProperty(RELATIONSHIP, "R", "p", new) for new in ("new", "w", "P")),
    *(RenameKeyPart(NODE, "A", "k", new) for new in ("new", "p", "K")),
    *(RenameKeyPart(NODE, "B", "x", new) for new in ("zz", "y", "p", "X")),
    AddIndex(NODE, "A", "p"),
    AddIndex(NODE, "A", "new"),
    AddIndex(NODE, "Missing", "new"),
    AddIndex(RELATIONSHIP, "R", "p"),
    DropIndex(NODE, "A", "q"),
    DropIndex(NODE, "A", "p"),
    DropIndex(NODE, "Missing", "p"),
    *(ExtendKey(NODE, t, p, d) for t in "ABC" for p in ("new", "p") for d in (None, "d", 7, date(2020, 1, 2), True)),
    ExtendKey(NODE, "B", "x", "d"),
    ExtendKey(NODE, "Missing", "x", "d"),
    ExtendKey(RELATIONSHIP, "R", "new", "d"),
    ExtendKey(RELATIONSHIP, "R", "p", None),
    *(ReduceKey(NODE, t, p) for t, p in (("A", "k"), ("B", "x"), ("B", "y"))),
    *(
        SetPropertyType(kind, t, p, to)
        for kind, t, p in ((NODE, "A", "q"), (NODE, "B", "p"), (NODE, "C", "p"), (RELATIONSHIP, "R", "w"))
        for to in ENGINE_TYPES
    ),
    *(SetPropertyType(NODE, t, p, to) for t, p in (("A", "k"), ("B", "x")) for to in ("STRING", "INTEGER")),
    *(AddAdjacency(a, r, b) for a, r, b in (("A", "R", "A"), ("A", "R", "C"), ("C", "S", "C"), ("B", "S", "A"))),
    *(RunQuery(text) for text in ("RETURN 1", "MATCH (n:A) WHERE false SET n.p = 'x'")),
]


@pytest.mark.parametrize("part", range(4))
def test_every_operation_on_tables_with_rows(engine: LadybugEngine, small_file: bytes, part: int) -> None:
    for operation in EVERY[part::4]:
        engine.copy(small_file)
        if (
            isinstance(operation, (AddProperty, ExtendKey))
            and operation.property == "p"
            and operation.default in (7, True)
        ):
            continue  # a text column stores other values as text: see below
        if isinstance(operation, ExtendKey) and operation.property == "p" and isinstance(operation.default, date):
            continue
        agrees(engine, ROWS, operation, SMALL)


def test_a_text_column_takes_other_values_as_text(engine: LadybugEngine, small_file: bytes) -> None:
    engine.copy(small_file)
    engine.apply(AddProperty(NODE, "A", "p", 7), SMALL)
    assert engine.send("MATCH (n:A) RETURN n.p ORDER BY n.`row id`")[1] == ["7"]


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_random_operations_agree_with_the_toy_graph(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    schema = data.draw(schemas(DISTINCT))
    graph = data.draw(graphs(schema, max_labels=1, contents=texts))
    graph = Graph(
        [n and Node(n.labels, {"_id": i, **n.properties}) for i, n in enumerate(graph.nodes)], graph.relationships
    )
    engine = LadybugEngine(tmp_path_factory.mktemp("random") / "graph.lbug")
    try:
        engine.load(graph, schema)
        for _ in range(data.draw(st.integers(1, 8))):
            operation = data.draw(operations(schema, DISTINCT, ALL_FINDINGS, defaults=values))
            if isinstance(operation, (AddProperty, ExtendKey)) and not isinstance(operation.default, (str, type(None))):
                declared = schema.type(operation.kind, operation.type)
                assume(not (declared and operation.property in declared.properties))
            try:
                graph, schema = agrees(engine, graph, operation, schema)
            except UnsupportedError:
                continue
    finally:
        engine.close()


@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_odd_names_go_through_every_operation(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    t, u, r, s, p, q, w = data.draw(st.permutations(sorted({each.lower() for each in ODD_NAMES})))[:7]
    schema = Schema({t: {"k": Property(key=True), p: Property()}}, {r: {p: Property(), w: Property()}})
    graph = Graph(
        [Node(frozenset({t}), {"_id": 0, "k": "1", p: "x"}), Node(frozenset({t}), {"_id": 1, "k": "2"})],
        [Relationship(r, 0, 1, {p: "x", w: "y"})],
    )
    engine = LadybugEngine(tmp_path_factory.mktemp("odd") / "graph.lbug")
    try:
        engine.load(graph, schema)
        for operation in (
            RenameType(NODE, t, u),
            RenameType(RELATIONSHIP, r, s),
            AddIndex(NODE, u, p),
            AddIndex(RELATIONSHIP, s, p),
            RenameProperty(NODE, u, p, q),
            RenameProperty(RELATIONSHIP, s, p, q),
            AddProperty(NODE, u, p, p),
            AddProperty(RELATIONSHIP, s, p, p),
            DropProperty(RELATIONSHIP, s, w),
            ExtendKey(NODE, u, w, w),
            RenameKeyPart(NODE, u, "k", t),
            DropProperty(NODE, u, w),
            DropIndex(NODE, u, q),
            CreateType(NODE, t, (p,), (q,)),
            CreateType(RELATIONSHIP, r, (p,), (q,)),
            DropType(RELATIONSHIP, s),
            DropType(NODE, u),
        ):
            graph, schema = agrees(engine, graph, operation, schema)
    finally:
        engine.close()
