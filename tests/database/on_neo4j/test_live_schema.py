"""The schema that rows show: the server's procedures give the same as asking every value for its type."""

from __future__ import annotations

import datetime
import random
from collections.abc import Mapping
from typing import Any

import pytest
from neo4j.exceptions import Forbidden
from neo4j.spatial import WGS84Point
from neo4j.time import Duration

import nsmig
from nsmig.database.base import Mark
from nsmig.database.cypher import quoted
from nsmig.database.neo4j import live_schema
from nsmig.database.neo4j.others import Rows
from nsmig.errors import DatabaseError
from nsmig.kinds import Kind
from nsmig.operations import AddIndex, CreateType, SetPropertyType
from nsmig.running.drift import drift
from support.databases import connection
from support.neo4j_bench import Bench, Send, make, schema
from support.reference import Property, Schema, apply
from support.server import CYPHER_25, Server

pytestmark = pytest.mark.releases("5.26", "2026")

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
EMPTY = Schema()


def test_it_is_what_the_migrations_say_where_rows_show_it(empty_bench: Bench) -> None:
    before = EMPTY
    for operation in (
        CreateType(NODE, "A", ("k", "l"), ("n", "when")),
        CreateType(NODE, "B", ("id",), ("list",)),
        CreateType(RELATIONSHIP, "R", (), ("p",)),
        SetPropertyType(NODE, "A", "n", "INTEGER"),
        SetPropertyType(NODE, "A", "when", "DATETIME"),
        SetPropertyType(NODE, "B", "list", "LIST_OF_BOOLEANS"),
        SetPropertyType(RELATIONSHIP, "R", "p", "FLOAT"),
        AddIndex(NODE, "A", "n"),
        AddIndex(RELATIONSHIP, "R", "p"),
    ):
        empty_bench.apply(operation, before)
        before, _ = apply(before, operation)
    rows = "(:A {k: '1', l: '1', n: 1, when: localdatetime()})-[:R {p: 0.5}]->(:B {id: '1', list: [true]})"
    empty_bench.send(f"CREATE {rows}")
    empty_bench.database.ledger.remember([], marks=[Mark("m", "c", 1)])
    assert empty_bench.database.session.live_schema().content == before.to_dict()


def test_what_rows_do_not_tell(bench: Bench) -> None:
    make(bench, schema(A="k* p^ gone", Gone="k*", Nothing="x"))
    bench.send("CREATE (:A:Extra {k: 1, p: 1, day: date(), at: point({x: 1, y: 2})}), (:A {k: 2, p: 'x'}), ()")
    bench.send("CREATE CONSTRAINT FOR (n:Other) REQUIRE n.id IS UNIQUE")
    bench.send("CREATE TEXT INDEX FOR (n:A) ON (n.k)")
    found = {
        each["name"]: " ".join(
            f"{name}{'*' * facts['is_key']}{'^' * facts['is_indexed']}:{facts['type']}"
            for name, facts in each["properties"].items()
        )
        for each in bench.database.session.live_schema().content["nodes"]
    }
    assert found == {
        "A": "at:POINT day:DATE k*:INTEGER p^:STRING",
        "Extra": "at:POINT day:DATE k:INTEGER p:INTEGER",
        "Gone": "k*:STRING",
        "Other": "id*:STRING",
    }


def test_of_nothing(empty_bench: Bench, neo4j_server: object) -> None:
    assert empty_bench.database.session.live_schema().content == {"cardinalities": [], "nodes": [], "relationships": []}


# --- Against a query that asks every value ----------------------------------------------------------------------------

VALUES = [
    *(1, -(2**63), 0.5, "x", "", True, [1, 2], [0.5], ["a"], [""], [False], [], [], b"ab", b""),
    *(datetime.date(2020, 1, 2), datetime.time(1), datetime.datetime(2020, 1, 2), Duration(months=1)),
    datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc),
    [datetime.datetime(2020, 1, 2)],
    [datetime.datetime(2020, 1, 2, tzinfo=datetime.timezone.utc)],
    [datetime.date(2020, 1, 2)],
    WGS84Point((1, 2)),
    [WGS84Point((1, 2))],
]
NAMES = ["A", "B", "C", "A:B", "`", "a`b:`c", "''", "\\", "ü ", "\n"]
PROPERTIES = ["p", "q", "`p`", "r:", "\\u0041"]
TYPES = ["STRING", "INTEGER", "FLOAT", "DATETIME", "LIST_OF_STRINGS", "LIST_OF_INTEGERS", "LIST_OF_FLOATS"]


def fill(send: Send, chance: random.Random) -> None:
    """Rows of several types and of none, with values of few or many types per property; some rows removed again."""
    usual = {each: chance.sample(VALUES, chance.choice([1, 2, 5])) for each in PROPERTIES}

    def properties() -> dict[str, Any]:
        return {each: chance.choice(usual[each]) for each in chance.sample(PROPERTIES, chance.randint(0, 3))}

    used = chance.sample(NAMES, chance.randint(1, len(NAMES)))
    for _ in range(30):
        labels = "".join(
            f":{quoted(each)}" for each in chance.sample(used, min(len(used), chance.choice([0, 1, 1, 2, 3])))
        )
        send(f"CREATE (n{labels}) SET n = $properties", properties=properties())
    for _ in range(20):
        create = (
            f"MATCH (a) WITH a ORDER BY rand() LIMIT 1 CREATE (a)-[r:{quoted(chance.choice(used))}]->(a) SET r = $to"
        )
        send(create, to=properties())
    send(f"MATCH (n:{quoted(used[0])}) WITH n LIMIT 5 DETACH DELETE n")
    send(f"MATCH (n) WITH n LIMIT 10 REMOVE n:{quoted(chance.choice(used))}, n.{quoted(chance.choice(PROPERTIES))}")


def asked(send: Send, text: str) -> list[dict[str, Any]]:
    """The expected answer of the procedures, by asking every value; empty lists, which they miss, are known here."""
    if not text.startswith("CALL db.schema."):
        return []
    rows, names = ("(n)", "labels(n)") if "nodeTypeProperties" in text else ("()-[n]->()", "[type(n)]")
    return send(
        f"MATCH {rows} UNWIND CASE WHEN size(keys(n)) = 0 THEN [null] ELSE keys(n) END AS property"
        f" RETURN {names} AS names, property, collect(DISTINCT valueType(n[property])) AS types"
    )


@pytest.mark.parametrize("seed", range(12))
def test_it_is_what_asking_every_value_says(empty_bench: Bench, seed: int) -> None:
    chance, send = random.Random(seed), empty_bench.send
    fill(send, chance)
    live, rows = empty_bench.database.session.live(), connection(empty_bench.database).rows
    nodes, relationships = (
        {
            name: {each: Property(type=chance.choice(TYPES)) for each in chance.sample(PROPERTIES, 3)}
            for name in chance.sample(NAMES, 6)
        }
        for _ in Kind
    )
    expected = nsmig.Schema.from_dict(Schema(nodes, relationships).to_dict())

    def by_asking(text: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        return rows(text, parameters) if "valueType(value)" in text else asked(send, text)

    assert live_schema.read(rows, live) == live_schema.read(by_asking, live)
    found, wanted = (live_schema.read(each, live, expected) for each in (rows, by_asking))
    differences = [
        list(drift(expected, nsmig.Schema.from_dict(each.content), declares_types=False, stored=each.stored))
        for each in (found, wanted)
    ]
    assert differences[0] == differences[1] != []


def test_empty_lists_are_looked_for_only_where_lists_of_texts_are_not_expected(
    empty_bench: Bench, neo4j_server: Server
) -> None:
    """In Cypher 25 the procedures distinguish them from lists of texts."""
    in_question = 2 if neo4j_server.release.settings == CYPHER_25 else 3
    rows: Rows = connection(empty_bench.database).rows
    sent = []

    def counting(text: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        sent.append(text)
        return rows(text, parameters)

    empty_bench.send("CREATE (:A {p: ['x'], q: 1}), (:A {p: []}), (:B {p: 'x'})")
    live = empty_bench.database.session.live()
    for type_, queries in (("LIST_OF_STRINGS", 2), ("LIST_OF_FLOATS", in_question + 1)):
        sent.clear()
        live_schema.read(counting, live, Schema({"A": {"p": Property(type=type_)}}))
        assert len(sent) == queries


def test_without_the_right_to_call_the_procedures_the_error_says_what_to_grant(empty_bench: Bench) -> None:
    def refused(text: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
        raise DatabaseError("no") from Forbidden._hydrate_neo4j(code="Neo.ClientError.Security.Forbidden", message="no")

    with pytest.raises(DatabaseError, match=r"no; .* grant EXECUTE PROCEDURE db\.schema\.\*"):
        live_schema.read(refused, empty_bench.database.session.live())
