"""The Neo4j adapter beside a plain driver, and the shared parts of its tests."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, cast

import neo4j

from nsmig.catalog_operations import creation
from nsmig.database import cypher
from nsmig.database.base import Mark, Role, Statement
from nsmig.database.neo4j.journal import ARCHIVE, JOURNAL, KEPT, LOCK, MIGRATION
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
    Operation,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    SetPropertyType,
)
from nsmig.running.state import refusing
from support.databases import Opened, planned, turn
from support.reference import Graph, Node, Property, Relationship, Schema, apply, diff

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
MARK = Mark("m", "c", 1)
Rows = list[dict[str, Any]]

# All rows in one statement, whatever their labels and types.
LOAD = """
UNWIND $nodes AS each CREATE (n:$(each.labels)) SET n = each.properties
WITH collect(n) AS nodes UNWIND $relationships AS each WITH nodes[each.start] AS a, nodes[each.end] AS b, each
CREATE (a)-[r:$(each.type)]->(b) SET r = each.properties
"""


class Send:
    """A plain driver that returns rows as mappings."""

    def __init__(self, driver: neo4j.Driver) -> None:
        self._driver = driver

    def __call__(self, text: str, **parameters: Any) -> Rows:
        with self._driver.session() as session:
            return [row.data() for row in session.run(cast(Any, text), parameters)]

    def clear(self) -> None:
        """Remove every row, constraint and index."""
        self("MATCH (n) DETACH DELETE n")
        self._change(f"DROP {each}" for each in self.made().values())

    def restore(self, wanted: frozenset[str]) -> None:
        """Remove every row, and leave only the constraints and indexes that these statements create, and nsmig's own.
        Creating one is the server's slowest step, so existing ones stay."""
        self("MATCH (n) DETACH DELETE n")
        made = self.made()
        self._change(f"DROP {each}" for text, each in made.items() if text not in wanted and "`__N" not in each)
        self._change(wanted - made.keys())

    def made(self) -> dict[str, str]:
        """The statement that creates each constraint and index, and the one that drops it."""
        constraints = self("SHOW CONSTRAINTS YIELD name, createStatement")
        indexes = self(
            "SHOW INDEXES YIELD name, type, owningConstraint, createStatement"
            " WHERE type <> 'LOOKUP' AND owningConstraint IS NULL"
        )
        return {
            each["createStatement"]: f"{what} {cypher.quoted(each['name'])}"
            for what, rows in (("CONSTRAINT", constraints), ("INDEX", indexes))
            for each in rows
        }

    def _change(self, texts: Iterable[str]) -> None:
        """In one transaction, finished when the indexes are online."""
        if listed := sorted(texts):
            with self._driver.session() as session, session.begin_transaction() as transaction:
                for each in listed:
                    transaction.run(cast(Any, each)).consume()
                transaction.commit()
            self("CALL db.awaitIndexes(60)")


@contextmanager
def sending(uri: str) -> Iterator[Send]:
    with neo4j.GraphDatabase.driver(uri, notifications_min_severity="OFF") as driver:
        yield Send(driver)


class Bench:
    """The adapter beside a plain driver to insert rows and read them."""

    features = frozenset({"labels", "undeclared", "values", "times", "repeat", "entries", *OWN_OPERATIONS})

    def __init__(self, database: Opened, driver: neo4j.Driver) -> None:
        self.database, self.driver, self.send = database, driver, Send(driver)
        self._declared: dict[str, frozenset[str]] = {}  # by schema: the statements for its constraints and indexes

    def load(self, graph: Graph, schema: Schema) -> None:
        self.declare(schema)
        place = {at: new for new, at in enumerate(at for at, node in enumerate(graph.nodes) if node)}
        nodes = [{"labels": sorted(node.labels), "properties": node.properties} for node in graph.nodes if node]
        relationships = [
            {"type": r.type, "start": place[r.start], "end": place[r.end], "properties": r.properties}
            for r in graph.relationships
            if r
        ]
        self.send(LOAD, nodes=nodes, relationships=relationships)

    def declare(self, schema: Schema) -> None:
        """Remove every row, and leave only the constraints and indexes of a schema."""
        known = repr(schema)
        if known in self._declared:
            self.send.restore(self._declared[known])
            return
        self.send.clear()
        before, live, made = Schema(), self.database.session.live(), []
        for operation in [*diff(before, schema), *map(creation, schema.entries())]:
            self.database.dialect.refuse(operation, before)
            statements, live = planned(self.database, operation, before, live)
            made += statements
            before, _ = apply(before, operation)
        if made:
            self.database.session.execute(turn(made, operation), None, lambda rows: None)
        assert self.database.session.live() == live
        self._declared[known] = frozenset(self.send.made())

    def apply(self, operation: Operation, before: Schema) -> None:
        refusing(self.database)(operation, before)
        statements, promised = planned(self.database, operation, before, self.database.session.live())
        self.database.session.execute(turn(statements, operation), MARK, lambda rows: None)
        assert self.database.session.live() == promised

    def dump(self) -> Graph:
        nodes: list[Node | None] = []
        relationships: list[Relationship | None] = []
        position: dict[str, int] = {}
        own = [MIGRATION, LOCK, JOURNAL, ARCHIVE, KEPT]
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
    """Create the declared schema, then the rows."""
    bench.declare(schema)
    if creates:
        bench.send(f"CREATE {', '.join(creates)}")


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
    """What a killed statement leaves: one batch of one row, or a constraint's index without the constraint."""
    if statement.role is Role.DATA:
        one_row = statement.text.replace(" CALL (", " WITH * LIMIT 1 CALL (", 1)
        return Statement(Role.DATA, one_row, statement.parameters)
    constraint = re.fullmatch("CREATE CONSTRAINT (.*) IF NOT EXISTS FOR (.*) REQUIRE (.*) IS UNIQUE", statement.text)
    return constraint and Statement(Role.SCHEMA, "CREATE INDEX {} FOR {} ON {}".format(*constraint.groups()))


def schema(**types: str) -> Schema:
    """``A="k* p^"``: node types; ``*`` marks a key, ``^`` an index."""
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
