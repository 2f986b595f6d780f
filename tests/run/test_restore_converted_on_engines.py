"""Converted values come back on the real engines, value for value."""

from __future__ import annotations

from itertools import count
from pathlib import Path
from typing import Any

import pytest

import nsmig
from nsmig.database.base import Record
from nsmig.kinds import Kind
from nsmig.operations import DropProperty, Operation, SetPropertyType
from nsmig.running.restoring import restore
from support.databases import connection, ladybug_at, neo4j_at
from support.engines import core_schema
from support.meanings import IS_X, LEVEL
from support.migrations import chained
from support.neo4j_bench import Bench
from support.reference import Property, Schema
from support.runs import run
from support.server import Server
from support.stops import Stopped, stopping

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
RELEASES = pytest.mark.releases("5.26", "2026")


def of_type(type: str) -> Schema:
    return Schema({"A": {"k": Property(key=True), "v": Property(type=type)}}, {"R": {"v": Property(type=type)}})


def both(to: str, using: Any = None, may_be_null: bool = False) -> list[Operation]:
    return [
        SetPropertyType(kind, type, "v", to, using, may_be_null) for kind, type in ((NODE, "A"), (RELATIONSHIP, "R"))
    ]


def history(base: Schema, *operations: Any) -> nsmig.History:
    return chained(nsmig.diff(nsmig.Schema(), core_schema(base), extensions=True), *operations)


# By declared type, in both languages: values, and an expression that turns no text into null.
NOTHING = {"neo4j": "null", "ladybug": "cast(NULL, '{}')"}
NEO4J = {
    "INTEGER": ["1", "-9223372036854775808"],
    "FLOAT": ["0.1", "-0.0", "toFloat('NaN')", "1.0 / 0"],
    "BOOLEAN": ["true", "false"],
    "DATE": ["date('9999-12-31')"],
    "TIME": ["time('12:31:14.645876123+01:00')", "localtime('12:31:14.000000001')"],
    "DATETIME": [
        "datetime('2015-06-24T12:50:35Z')",
        "datetime('2015-06-24T12:50:35[UTC]')",
        "datetime('2020-10-25T02:30:00.000000007+02:00[Europe/Oslo]')",
        "localdatetime('2015-07-04T19:32:24.000000001')",
    ],
    "DURATION": ["duration('P1Y2M3DT4H5M6.000000007S')"],
    "POINT": ["point({x: 1.5, y: 2, z: -0.0})", "point({latitude: 1, longitude: 2})"],
    "LIST_OF_STRINGS": ["['a', ',']", "[]"],
    "LIST_OF_DATETIMES": ["[datetime('2015-06-24T12:50:35[UTC]')]", "[datetime('2015-06-24T12:50:35Z')]"],
}
LADYBUG = {
    "INTEGER": ["1", "-9223372036854775807"],
    "FLOAT": ["0.1", "1e300", "cast('nan', 'DOUBLE')"],
    "BOOLEAN": ["true", "false"],
    "DATE": ["date('1999-12-31')"],
    "DATETIME": ["timestamp('2015-07-04 19:32:24.000001')"],
    "LIST_OF_STRINGS": ["['a', ',']", "cast([], 'STRING[]')"],
    "LIST_OF_FLOATS": ["[0.1, 1e300]"],
}


def there_and_back(type: str) -> list[list[Operation]]:
    nothing = {"neo4j": "null", "ladybug": f"cast(NULL, '{_ENGINE.get(type, type)}')"}
    return [both("STRING", "'gone'"), both(type, nothing, may_be_null=True)]


_ENGINE = {"INTEGER": "INT64", "FLOAT": "DOUBLE", "BOOLEAN": "BOOL", "DATETIME": "TIMESTAMP",
           "LIST_OF_STRINGS": "STRING[]", "LIST_OF_FLOATS": "DOUBLE[]"}  # fmt: skip


@RELEASES
@pytest.mark.parametrize("type", NEO4J)
def test_every_type_on_neo4j(bench: Bench, tmp_path: Path, type: str) -> None:
    base = of_type(type)
    of = history(base, *there_and_back(type))
    begin(bench, base)
    for at, value in enumerate(NEO4J[type]):
        bench.send(f"WITH {value} AS v CREATE (a:A {{k: '{at}', v: v}})-[:R {{v: v}}]->(a), (:A {{k: 'none {at}'}})")
    before = seen_on_neo4j(bench)
    run(of, bench.database, archive=tmp_path, to="m1")
    assert bench.send("MATCH (n:A) WHERE n.v <> 'gone' RETURN count(n) AS c") == [{"c": 0}]
    run(of, bench.database)
    outcome = restore(of, bench.database, tmp_path)
    assert outcome.values == 2 * len(NEO4J[type]) and not outcome.left.counts and not outcome.lacking.counts
    assert seen_on_neo4j(bench) == before


@pytest.mark.parametrize("type", LADYBUG)
def test_every_type_on_ladybug(tmp_path: Path, type: str) -> None:
    of = history(of_type(type), *there_and_back(type))
    with ladybug_at(tmp_path / "graph.lbug") as database:
        send = connection(database).send
        run(of, database, to="m0")
        send("ALTER TABLE R ADD FROM A TO A")
        for at, value in enumerate(LADYBUG[type]):
            send(f"CREATE (:A {{k: '{at}', v: {value}}}), (:A {{k: 'none {at}'}})")
            send(f"MATCH (a:A {{k: '{at}'}}) CREATE (a)-[:R {{v: {value}}}]->(a)")
        before = seen_on_ladybug(send)
        run(of, database, archive=tmp_path / "archive", to="m1")
        assert send("MATCH (n:A) WHERE n.v <> 'gone' RETURN count(*)") == [[0]]
        run(of, database)
        outcome = restore(of, database, tmp_path / "archive")
        assert outcome.values == 2 * len(LADYBUG[type]) and not outcome.left.counts and not outcome.lacking.counts
        assert seen_on_ladybug(send) == before


def begin(bench: Bench, base: Schema) -> None:
    bench.declare(base)
    bench.send("MATCH (n:__NsmigJournal__|__NodestreamMigration__) DELETE n")
    bench.database.ledger.remember([Record("m0")])


def seen_on_neo4j(bench: Bench) -> Any:
    told = "valueType(n.v) AS t, toStringOrNull(n.v) AS s, n.v AS v"
    nodes = bench.send(f"MATCH (n:A) RETURN n.k AS k, labels(n) AS l, n.p AS p, {told}")
    edges = bench.send(f"MATCH ()-[n:R]->() RETURN n.w AS k, type(n) AS l, n.p AS p, {told}")
    return sorted(map(repr, nodes)), sorted(map(repr, edges))


def seen_on_ladybug(send: Any) -> Any:
    nodes = send("MATCH (n:A) RETURN n.k, n.v, cast(n.v, 'STRING')")
    edges = send("MATCH (a:A)-[n:R]->(b:A) RETURN a.k, b.k, n.v, cast(n.v, 'STRING')")
    return sorted(map(repr, nodes)), sorted(map(repr, edges))


# --- Chains of conversions, keys, stops -------------------------------------------------------------------------------

BASE = Schema({"A": {"k": Property(key=True), "v": Property()}, "B": {"v": Property()}}, {"R": {"v": Property()}})
CHAIN: list[Any] = [
    [SetPropertyType(NODE, "A", "v", "INTEGER", LEVEL.using), SetPropertyType(RELATIONSHIP, "R", "v", "INTEGER")],
    [SetPropertyType(NODE, "A", "v", "FLOAT"), DropProperty(RELATIONSHIP, "R", "v")],
]
BACK: list[Any] = [
    SetPropertyType(NODE, "A", "v", "STRING"),
    *nsmig.diff(
        nsmig.Schema.from_dict({"relationships": [{"name": "R", "properties": {}}]}),
        nsmig.Schema.from_dict({"relationships": [{"name": "R", "properties": {"v": "STRING"}}]}),
    ),
]


@pytest.mark.parametrize("every", [7, pytest.param(1, marks=pytest.mark.long)])
@RELEASES
def test_a_chain_on_neo4j_stopped_and_written_to_meanwhile(
    bench: Bench, neo4j_server: Server, tmp_path: Path, every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nsmig.running.returned.BATCH", 2)
    of = history(BASE, *CHAIN, BACK)
    create = (
        "CREATE (a:A {k: 'a', v: 'high'})-[:R {v: '07', w: 1}]->(b:A:B {k: 'b', v: 'low'}),"
        " (a)-[:R {v: '+8', w: 2}]->(b), (:A {k: 'c', v: 'high'}), (:A {p: 1, v: 'low'}), (:B {v: 'other'})"
    )

    def made() -> Any:
        begin(bench, BASE)
        bench.send(create)
        return seen_on_neo4j(bench)

    with neo4j_at(neo4j_server.uri, transaction_batch_size=2) as database:
        for after in count(step=every):
            before, folder = made(), tmp_path / str(after)
            run(of, database, archive=folder, to="m2")
            bench.send("MATCH (n:A {k: 'c'}) SET n.v = 5.0")
            run(of, database)
            try:
                with stopping(connection(database), "attempt", after):
                    restore(of, database, folder)
                stopped = False
            except Stopped:
                restore(of, database, folder)
                stopped = True
            written = bench.send("MATCH (n:A {k: 'c'}) RETURN n.v AS v")
            assert written == [{"v": "5.0"}], "what was written since stays"
            bench.send("MATCH (n:A {k: 'c'}) SET n.v = 'high'")
            assert seen_on_neo4j(bench) == before, f"stopped after statement {after + 1}"
            if not stopped:
                break
        assert after > 0


@RELEASES
def test_what_was_written_since_has_a_query(bench: Bench, tmp_path: Path) -> None:
    of = history(BASE, CHAIN[0][:1], SetPropertyType(NODE, "A", "v", "STRING"))
    begin(bench, BASE)
    bench.send("CREATE (:A {k: 'a', v: 'high'}), (:A {k: 'b', v: 'low'})")
    run(of, bench.database, archive=tmp_path)
    bench.send("MATCH (n:A {k: 'a'}) SET n.v = 'mine'")
    outcome = restore(of, bench.database, tmp_path)
    assert outcome.taken.counts == {(NODE, "A", "v"): 1} and outcome.values == 1
    assert bench.database.restoring is not None
    query = bench.database.restoring.shown(NODE, outcome.taken.examples[NODE, "A", "v"])
    assert [each["n"]["v"] for each in bench.send(query)] == ["mine"]
    assert sorted(each["v"] for each in bench.send("MATCH (n:A) RETURN n.v AS v")) == ["low", "mine"]


@RELEASES
def test_an_expression_that_fails_on_a_value_is_asked_value_by_value(bench: Bench) -> None:
    assert bench.database.restoring is not None
    operation = SetPropertyType(NODE, "A", "v", "DATE", "date(value)")
    given = bench.database.restoring.converted(["2020-01-02", "no date", None], "STRING", operation)
    assert given == [{"t": "date", "v": "2020-01-02"}, "no date", None]


def test_an_expression_that_fails_on_a_value_is_asked_value_by_value_on_ladybug(tmp_path: Path) -> None:
    with ladybug_at(tmp_path / "graph.lbug") as database:
        assert database.restoring is not None
        connection(database).send("CREATE NODE TABLE T(k STRING PRIMARY KEY)")
        operation = SetPropertyType(NODE, "A", "v", "DATE", "cast(value, 'DATE')")
        given = database.restoring.converted(["2020-01-02", "no date", None], "STRING", operation)
        assert given == [{"t": "date", "v": "2020-01-02"}, "no date", None]
        by_rule = SetPropertyType(NODE, "A", "v", "INTEGER")
        assert database.restoring.converted([1.0, 1.5, None], "FLOAT", by_rule) == [1, 1.5, None]
        is_x = SetPropertyType(NODE, "A", "v", "BOOLEAN", IS_X.using)
        assert database.restoring.converted(["x", "y"], "STRING", is_x) == [True, False]


def test_a_chain_on_ladybug(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nsmig.running.returned.BATCH", 1)
    of = history(BASE, *CHAIN, BACK)
    with ladybug_at(tmp_path / "graph.lbug") as database:
        send = connection(database).send
        run(of, database, to="m0")
        send("ALTER TABLE R ADD FROM A TO A")
        send("CREATE (:A {k: 'a', v: 'high'}), (:A {k: 'b', v: 'low'}), (:A {k: 'c', v: 'high'}), (:A {k: 'd'})")
        send("MATCH (a:A {k: 'a'}), (b:A {k: 'b'}) CREATE (a)-[:R {v: '07'}]->(b)")
        before = seen_on_ladybug(send)
        run(of, database, archive=tmp_path / "archive", to="m2")
        send("MATCH (n:A {k: 'c'}) SET n.v = 5.0")
        run(of, database)
        outcome = restore(of, database, tmp_path / "archive")
        assert not outcome.left.counts and not outcome.lacking.counts
        assert outcome.taken.counts == {(NODE, "A", "v"): 1}
        send("MATCH (n:A {k: 'c'}) SET n.v = 'high'")
        assert seen_on_ladybug(send) == before
        again = restore(of, database, tmp_path / "archive")
        assert not again.values and seen_on_ladybug(send) == before


@RELEASES
def test_a_key_on_neo4j(bench: Bench, tmp_path: Path) -> None:
    of = history(BASE, SetPropertyType(NODE, "A", "k", "INTEGER"), SetPropertyType(NODE, "A", "k", "STRING"))
    begin(bench, BASE)
    bench.send("CREATE (:A {k: '07', v: 'x'}), (:A {k: '8', v: 'x'})")
    before = seen_on_neo4j(bench)
    run(of, bench.database, archive=tmp_path)
    assert seen_on_neo4j(bench) != before
    outcome = restore(of, bench.database, tmp_path)
    assert outcome.values == 1 and not outcome.left.counts and seen_on_neo4j(bench) == before


def test_a_key_on_ladybug_stays(tmp_path: Path) -> None:
    """The engine changes no primary key."""
    of = history(BASE, SetPropertyType(NODE, "A", "k", "INTEGER"), SetPropertyType(NODE, "A", "k", "STRING"))
    with ladybug_at(tmp_path / "graph.lbug") as database:
        send = connection(database).send
        run(of, database, to="m0")
        send("CREATE (:A {k: '07', v: 'x'}), (:A {k: '8', v: 'x'})")
        run(of, database, archive=tmp_path / "archive")
        outcome = restore(of, database, tmp_path / "archive")
        assert outcome.left.counts == {"no key can be changed in this database": 1}
        assert sorted(send("MATCH (n:A) RETURN n.k")) == [["7"], ["8"]]
