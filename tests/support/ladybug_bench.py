"""The LadybugDB adapter with a database file to load, change and examine, and the shared parts of its tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nsmig.catalog_operations import CreateConstraint, CreateIndex, RemoveConstraint, RemoveIndex
from nsmig.database.base import Mark, Statement
from nsmig.database.ladybug import key_of
from nsmig.database.ladybug.tables import Table, Tables
from nsmig.database.ladybug.values import quote
from nsmig.errors import ConflictError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import (
    AddAdjacency,
    AddIndex,
    AddProperty,
    CreateType,
    DropAdjacency,
    DropProperty,
    DropType,
    ExtendKey,
    Operation,
    ReduceKey,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from nsmig.running.state import refusing
from support.databases import connection, ladybug_at, planned, turn
from support.reference import Conflict, Graph, Node, Property, Relationship, Schema, apply, diff, execute

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP

ROW_ID = "row id"  # the toy graph's _id, a name that the engine reserves


class LadybugEngine:
    """The contract's view of a database file: loaded, changed and dumped through the adapter's own connection."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.live = Tables()
        self.done = 0
        self._open()

    def load(self, graph: Graph, schema: Schema) -> None:
        self.close()
        for leftover in self.path.parent.glob(f"{self.path.name}*"):
            leftover.unlink()
        self._open()
        self.live = Tables()
        before = Schema()
        for operation in diff(before, schema):
            self.apply(operation, before)
            before, _ = apply(before, operation)
        for name in schema.nodes:
            self.send(f"ALTER TABLE {quote(name)} ADD {quote(ROW_ID)} INT64")
        self.live = self.database.session.live()
        load(self.send, graph, self.live)
        self.live = self.database.session.live()

    def copy(self, file: bytes) -> None:
        """Continue from a closed database file."""
        self.close()
        for leftover in self.path.parent.glob(f"{self.path.name}*"):
            leftover.unlink()
        self.path.write_bytes(file)
        self._open()
        self.live = self.database.session.live()

    def apply(self, operation: Operation, before: Schema) -> list[Statement]:
        refusing(self.database)(operation, before)
        sent, live = planned(self.database, operation, before, self.live)
        self.done += 1
        self.database.session.execute(turn(sent, operation), Mark("m", "sum", self.done), lambda rows: None)
        self.live = live
        return sent

    def dump(self) -> Graph:
        return dump(self.send, self.database.session.live())

    def send(self, text: str, parameters: dict[str, Any] | None = None) -> list[list[Any]]:
        rows: list[list[Any]] = connection(self.database).send(text, parameters)
        return rows

    def close(self) -> None:
        self._opening.__exit__(None, None, None)

    def _open(self) -> None:
        self._opening = ladybug_at(self.path)
        self.database = self._opening.__enter__()


Send = Callable[..., list[list[Any]]]


def ask(path: Path, text: str) -> list[list[Any]]:
    """Send a statement to a database file that no one has open."""
    with ladybug_at(path) as database:
        rows: list[list[Any]] = connection(database).send(text)
        return rows


def load(send: Send, graph: Graph, live: Tables) -> None:
    """Rows as a loader writes them: pairs where needed, the key column by ``key_of``."""
    for at, node in enumerate(graph.nodes):
        if node is None:
            continue
        (name,) = node.labels
        table = live.find(name)
        assert table
        row = {ROW_ID: node.properties.get("_id", at), **{p: v for p, v in node.properties.items() if p != "_id"}}
        if table.primary == "_nsmig_key" and table.keys:
            row["_nsmig_key"] = key_of([row.get(key) for key in table.keys])
        assigned = ", ".join(f"{quote(p)}: $v{i}" for i, p in enumerate(row))
        send(f"CREATE (:{quote(name)} {{{assigned}}})", {f"v{i}": v for i, v in enumerate(row.values())})
    for edge in graph.relationships:
        if edge is None:
            continue
        a, b = ((end, name_of(graph, end)) for end in (edge.start, edge.end))
        relationship = quote(edge.type)
        send(f"ALTER TABLE {relationship} ADD IF NOT EXISTS FROM {quote(a[1])} TO {quote(b[1])}")
        assigned = ", ".join(f"{quote(p)}: $v{i}" for i, p in enumerate(edge.properties))
        send(
            f"MATCH (a:{quote(a[1])}), (b:{quote(b[1])}) WHERE a.{quote(ROW_ID)} = $a AND b.{quote(ROW_ID)} = $b"
            f" CREATE (a)-[:{relationship} {{{assigned}}}]->(b)",
            {
                "a": graph.nodes[a[0]].properties.get("_id", a[0]),  # type: ignore[union-attr]
                "b": graph.nodes[b[0]].properties.get("_id", b[0]),  # type: ignore[union-attr]
                **{f"v{i}": v for i, v in enumerate(edge.properties.values())},
            },
        )


def name_of(graph: Graph, position: int) -> str:
    node = graph.nodes[position]
    assert node
    (name,) = node.labels
    return name


def dump(send: Send, live: Tables) -> Graph:
    nodes: list[Node | None] = []
    position: dict[int, int] = {}
    for table in live.tables.values():
        if table.kind is NODE and table.type(ROW_ID):
            for values in send(f"MATCH (n:{quote(table.name)}) RETURN {returned('n', table)}"):
                row = dict(zip([name for name, _ in table.columns], values, strict=True))
                position[row[ROW_ID]] = len(nodes)
                nodes.append(Node(frozenset({table.name}), {"_id": row.pop(ROW_ID), **row}))
    relationships: list[Relationship | None] = []
    for table in live.relationships():
        for a, b in table.pairs:
            if not all((end := live.find(name)) and end.type(ROW_ID) for name in (a, b)):
                continue  # a type that was created after the rows, so it has none
            ends = f"a.{quote(ROW_ID)}, b.{quote(ROW_ID)}"
            matched = f"MATCH (a:{quote(a)})-[r:{quote(table.name)}]->(b:{quote(b)})"
            for start, end, *values in send(
                f"{matched} RETURN {', '.join([ends, *[returned('r', table)] * bool(table.columns)])}"
            ):
                properties = dict(zip([name for name, _ in table.columns], values, strict=True))
                relationships.append(Relationship(table.name, position[start], position[end], properties))
    return Graph(nodes, relationships)


def returned(variable: str, table: Table) -> str:
    return ", ".join(f"{variable}.{quote(name)}" for name, _ in table.columns)


def types(**types: str) -> dict[str, dict[str, Property]]:
    """``A="k* p q^"``: ``*`` marks a key, ``^`` an index."""
    return {
        name: {p.rstrip("*^"): Property(key="*" in p, indexed="^" in p) for p in properties.split()}
        for name, properties in types.items()
    }


def agrees(engine: LadybugEngine, graph: Graph, operation: Operation, before: Schema) -> tuple[Graph, Schema]:
    """Apply on both sides: the same rows, the same refusals, and the tables that ``statements`` predicted."""
    after, _ = apply(before, operation)
    try:
        expected = execute(graph, operation, before)
    except Conflict as conflict:
        with pytest.raises((ConflictError, UnsupportedError)) as raised:
            engine.apply(operation, before)
        if isinstance(raised.value, ConflictError):
            assert raised.value.count == conflict.count
        expected, after = graph, before
    else:
        engine.apply(operation, before)
    assert engine.dump().canonical() == expected.canonical()
    assert engine.database.session.live() == engine.live
    return expected, after


SMALL = Schema(types(A="k* p q^", B="x* y* p", C="p"), types(R="p w", S=""))
ROWS = Graph(
    [
        Node(frozenset({"A"}), {"_id": 0, "k": "1", "p": "it's \\ `\n;😀"}),
        Node(frozenset({"A"}), {"_id": 1, "k": "", "q": "x"}),
        Node(frozenset({"B"}), {"_id": 2, "x": "a|", "y": "b", "p": "1"}),
        Node(frozenset({"B"}), {"_id": 3, "x": "a", "y": "|b~"}),
        Node(frozenset({"C"}), {"_id": 4, "p": "same"}),
        Node(frozenset({"C"}), {"_id": 5, "p": "same"}),
        Node(frozenset({"C"}), {"_id": 6}),
    ],
    [
        Relationship("R", 0, 1, {"p": "0-1", "w": "1"}),
        Relationship("R", 0, 1, {"p": "0-1", "w": "1"}),
        Relationship("R", 1, 1, {"w": "2"}),
        Relationship("R", 0, 2, {"p": "0-2"}),
        Relationship("R", 3, 0, {"p": "3-0"}),
        Relationship("R", 2, 3, {"p": "2-3"}),
        Relationship("S", 4, 0, {}),
        Relationship("S", 4, 5, {}),
    ],
)
CYCLE: list[Operation] = [
    AddProperty(NODE, "A", "new", 7),
    ExtendKey(NODE, "A", "tenant", "t"),
    AddProperty(RELATIONSHIP, "R", "v", "d"),
    DropProperty(RELATIONSHIP, "R", "w"),
    RenameProperty(NODE, "A", "new", "newer"),
    RenameType(NODE, "A", "Z"),
    ReduceKey(NODE, "Z", "tenant"),
    ExtendKey(NODE, "Z", "tenant", "t"),
    DropProperty(NODE, "Z", "tenant"),
    AddIndex(NODE, "Z", "p"),
    CreateType(NODE, "D", ("k",), ()),
    AddAdjacency("Z", "R", "C"),
    AddProperty(RELATIONSHIP, "R", "n", "5"),
    SetPropertyType(RELATIONSHIP, "R", "n", "INTEGER"),
    SetPropertyType(NODE, "Z", "newer", "STRING"),
    SetPropertyType(NODE, "Z", "newer", "FLOAT"),
    AddProperty(NODE, "Z", "vector", [0.5, -1.0]),
    CreateIndex(NODE, "vectors", ("Z",), ("vector",), "vector", {"dimensions": 2}),
    RenameProperty(NODE, "Z", "vector", "v"),
    AddProperty(RELATIONSHIP, "R", "v2", [0.25, 2.0, 4.0]),
    CreateIndex(RELATIONSHIP, "more", ("R",), ("v2",), "vector", {"dimensions": 3}),
    ExtendKey(NODE, "Z", "more", "t"),
    ReduceKey(NODE, "Z", "more"),
    CreateConstraint(NODE, "there", ("Z",), ("k",), "required", optional=True),
    RemoveConstraint("there"),
    RemoveIndex("more"),
    RemoveIndex("vectors"),
    DropProperty(RELATIONSHIP, "R", "v2"),
    DropProperty(NODE, "Z", "more"),
    DropProperty(NODE, "Z", "v"),
    RunQuery("MATCH (n:Z) SET n.newer = n.newer + 0.0"),  # the toy graph knows nothing of a query's changes
    DropProperty(RELATIONSHIP, "R", "n"),
    DropAdjacency("Z", "R", "C"),
    DropProperty(NODE, "Z", "newer"),
    RenameProperty(RELATIONSHIP, "R", "v", "w"),
    RenameType(NODE, "Z", "A"),
    DropType(NODE, "D"),
]
