"""The Neo4j adapter beside a plain driver, and what its tests share."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, cast

import neo4j

from nsmig.database import cypher
from nsmig.database.base import Mark, Role, Statement
from nsmig.database.neo4j.journal import JOURNAL, LOCK, MIGRATION
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
    Kind,
    Operation,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    SetPropertyType,
)
from support.databases import Opened, planned, turn
from support.reference import Graph, Node, Property, Relationship, Schema, apply, diff

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
MARK = Mark("m", "c", 1)
Rows = list[dict[str, Any]]
Send = Callable[..., Rows]


@contextmanager
def sending(uri: str) -> Iterator[Send]:
    """A plain driver that gives rows as mappings."""
    with neo4j.GraphDatabase.driver(uri, notifications_min_severity="OFF") as driver:

        def send(text: str, **parameters: Any) -> Rows:
            return send_by(driver, text, parameters)

        yield send


def send_by(driver: neo4j.Driver, text: str, parameters: Mapping[str, Any]) -> Rows:
    with driver.session() as session:
        return [row.data() for row in session.run(cast(Any, text), dict(parameters))]


def clear(send: Send) -> None:
    """Remove every row, constraint and index."""
    send("MATCH (n) DETACH DELETE n")
    for each in send("SHOW CONSTRAINTS YIELD name"):
        send(f"DROP CONSTRAINT {cypher.quoted(each['name'])}")
    for each in send("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'"):
        send(f"DROP INDEX {cypher.quoted(each['name'])}")


class Bench:
    """The adapter beside a plain driver to put rows in and look at them."""

    features = frozenset({"labels", "undeclared", "values", "repeat", *OWN_OPERATIONS})

    def __init__(self, database: Opened, driver: neo4j.Driver) -> None:
        self.database, self.driver = database, driver

    def run(self, text: str, **parameters: Any) -> Rows:
        return send_by(self.driver, text, parameters)

    def clear(self) -> None:
        clear(self.run)

    def load(self, graph: Graph, schema: Schema) -> None:
        self.clear()
        before = Schema()
        for operation in diff(before, schema):
            self.apply(operation, before)
            before, _ = apply(before, operation)
        q = cypher.quoted
        for node in graph.nodes:
            if node is not None:
                labels = "".join(f":{q(each)}" for each in sorted(node.labels))
                self.run(f"CREATE (n{labels}) SET n = $properties", properties=node.properties)
        for each in graph.relationships:
            if each is not None:
                ends = [graph.nodes[at].properties["_id"] for at in (each.start, each.end)]  # type: ignore[union-attr]
                self.run(
                    f"MATCH (a {{_id: $a}}), (b {{_id: $b}}) CREATE (a)-[r:{q(each.type)}]->(b) SET r = $properties",
                    a=ends[0],
                    b=ends[1],
                    properties=each.properties,
                )

    def apply(self, operation: Operation, before: Schema) -> None:
        self.database.dialect.refuse(operation, before)
        statements, promised = planned(self.database, operation, before, self.database.session.live())
        self.database.session.execute(turn(statements, operation), MARK, lambda rows: None)
        assert self.database.session.live() == promised

    def dump(self) -> Graph:
        nodes: list[Node | None] = []
        relationships: list[Relationship | None] = []
        position: dict[str, int] = {}
        own = [MIGRATION, LOCK, JOURNAL]
        with self.driver.session() as session:
            for (node,) in session.run(
                "MATCH (n) WHERE none(each IN labels(n) WHERE each IN $own) RETURN n ORDER BY n._id", own=own
            ):
                position[node.element_id] = len(nodes)
                nodes.append(Node(frozenset(node.labels), {key: native(value) for key, value in node.items()}))
            for (each,) in session.run("MATCH ()-[r]->() RETURN r"):
                ends = (position[each.start_node.element_id], position[each.end_node.element_id])
                relationships.append(
                    Relationship(each.type, *ends, {key: native(value) for key, value in each.items()})
                )
        return Graph(nodes, relationships)


def native(value: Any) -> Any:
    if isinstance(value, list):
        return [native(each) for each in value]
    return value.to_native() if hasattr(value, "to_native") else value


A = Schema(
    {"A": {"k": Property(key=True), "p": Property(indexed=True), "q": Property()}}, {"R": {"p": Property(indexed=True)}}
)


def entries(bench: Bench) -> list[tuple[str, tuple[str, ...], tuple[str, ...], str]]:
    """Name, types, properties and form of every constraint and index, sorted."""
    catalog = bench.database.session.live()
    return sorted(
        {(each.name, each.types, each.properties, each.form) for on in catalog.by_type.values() for each in on}
    )


def make(bench: Bench, schema: Schema, *creates: str) -> None:
    """What the schema declares, then rows."""
    bench.load(Graph(), schema)
    for each in creates:
        bench.run(f"CREATE {each}")


KEYED = Schema(
    {"A": {"k": Property(key=True), "p": Property(indexed=True)}, "B": {"p": Property()}},
    {"R": {"p": Property(indexed=True)}},
)
ROWS = [f"(:A {{k: {k}, p: 'p{k}'}})-[:R {{p: {k}, x: 'x'}}]->(:A:B {{k: {k + 10}, p: 'p{k}'}})" for k in range(3)]
INTERRUPTIBLE = [
    AddProperty(NODE, "A", "x", 1),
    DropProperty(NODE, "A", "p"),
    DropProperty(NODE, "A", "k"),
    RenameProperty(NODE, "A", "p", "q"),
    RenameProperty(NODE, "A", "k", "q"),
    RenameKeyPart(NODE, "A", "k", "q"),
    ExtendKey(NODE, "A", "p", None),
    ExtendKey(NODE, "A", "x", None),
    RenameType(NODE, "A", "C"),
    DropType(NODE, "A"),
    AddIndex(NODE, "A", "k"),
    DropIndex(NODE, "A", "p"),
    CreateType(NODE, "C", ("k",), ()),
    RenameType(RELATIONSHIP, "R", "S"),
    DropType(RELATIONSHIP, "R"),
    RenameProperty(RELATIONSHIP, "R", "p", "q"),
    ExtendKey(RELATIONSHIP, "R", "x", 1),
    RenameKeyPart(RELATIONSHIP, "R", "p", "q"),
    SetPropertyType(NODE, "A", "k", "STRING"),
    SetPropertyType(NODE, "A", "k", "FLOAT"),
    SetPropertyType(RELATIONSHIP, "R", "p", "STRING"),
    ReduceKey(NODE, "A", "k"),
    AddAdjacency("A", "R", "B"),
]


def part(statement: Statement) -> Statement | None:
    """What is left of a statement that is killed: one batch of one row, or the index of a constraint without it."""
    if statement.role is Role.DATA:
        one_row = statement.text.replace(" CALL (", " WITH * LIMIT 1 CALL (", 1)
        return Statement(Role.DATA, one_row, statement.parameters)
    constraint = re.fullmatch("CREATE CONSTRAINT (.*) IF NOT EXISTS FOR (.*) REQUIRE (.*) IS UNIQUE", statement.text)
    return constraint and Statement(Role.SCHEMA, "CREATE INDEX {} FOR {} ON {}".format(*constraint.groups()))


def schema(**types: str) -> Schema:
    """``A="k* p^"``: node types; ``*`` is a key, ``^`` an index."""
    return Schema(
        {
            name: {each.strip("*^"): Property(key="*" in each, indexed="^" in each) for each in text.split()}
            for name, text in types.items()
        }
    )


def steps(bench: Bench, before: Schema, *operations: Operation) -> None:
    for operation in operations:
        bench.apply(operation, before)
        before, _ = apply(before, operation)
