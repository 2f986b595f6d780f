"""An archive's content comes back on the real engines, value for value."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from neo4j.vector import Vector

import nsmig
from nsmig.database.base import Record
from nsmig.database.ladybug import connection as ladybug_connection
from nsmig.database.ladybug import opening
from nsmig.database.neo4j.stored import decoded, encoded
from nsmig.errors import ConflictError
from nsmig.kinds import Kind
from nsmig.making.revert import revert
from nsmig.operations import DropProperty, DropType, Operation
from nsmig.running.restoring import restore
from support.columns import COLUMNS
from support.databases import connection, ladybug_at, neo4j_at
from support.engines import core_schema
from support.ladybug_bench import ROWS, SMALL, LadybugEngine, dump
from support.migrations import chained
from support.neo4j_bench import Bench
from support.reference import Conflict, Graph, Property, Schema, fold
from support.runs import run
from support.server import Server
from support.squash_cases import random_graph, random_schema
from support.stops import Stopped, stopping

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP


def with_a_way_back(base: Schema, lost: Sequence[Operation | list[Operation]]) -> nsmig.History:
    """A history that creates a schema, drops, and reverts the drop."""
    first = nsmig.diff(nsmig.Schema(), core_schema(base), extensions=True)
    of = chained(first, *lost)
    return chained(first, *lost, revert(of, "m1", f"m{len(lost)}").operations)


# --- LadybugDB --------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    engine = LadybugEngine(tmp_path_factory.mktemp("small") / "graph.lbug")
    # Without the relationship that is equal to another one, since a lost value could not find its row.
    engine.load(Graph(ROWS.nodes, ROWS.relationships[1:]), SMALL)
    engine.database.ledger.remember([Record("m0")], ["m"])
    engine.close()
    return engine.path.read_bytes()


LOST: list[list[Operation]] = [
    [DropProperty(NODE, "A", "p")],
    [DropProperty(RELATIONSHIP, "R", "p"), DropProperty(RELATIONSHIP, "R", "w")],
    [DropType(NODE, "A"), DropType(NODE, "C")],
    [DropType(RELATIONSHIP, "R"), DropType(NODE, "B"), DropType(RELATIONSHIP, "S"), DropType(NODE, "A")],
]


@pytest.mark.parametrize("every", [11, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("lost", LOST, ids=repr)
def test_on_ladybug(
    tmp_path: Path, file: bytes, lost: list[Operation], every: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also if a restore is stopped after every few statements."""
    monkeypatch.setattr(opening, "_crashes", lambda path, lenient: False)
    monkeypatch.setattr(ladybug_connection, "KEPT_STATEMENTS", 0)
    monkeypatch.setattr("nsmig.running.returned.BATCH", 3)
    path = tmp_path / "graph.lbug"
    path.write_bytes(file)
    of = with_a_way_back(SMALL, [lost])
    with ladybug_at(path) as database:
        send = connection(database).send
        before = dump(send, database.session.live()).canonical()
        run(of, database, archive=tmp_path / "archive", to="m1")
        run(of, database)
        for name in SMALL.nodes:  # columns without a migration that the tables lost
            with suppress(nsmig.NsmigError):
                send(f"ALTER TABLE {name} ADD `row id` INT64")
    dropped = path.read_bytes()
    for after in count(step=every):
        for leftover in tmp_path.glob("graph.lbug*"):
            leftover.unlink()
        path.write_bytes(dropped)
        try:
            with ladybug_at(path) as database, stopping(connection(database), "send", after):
                restore(of, database, tmp_path / "archive")
            break
        except Stopped:
            pass
        with ladybug_at(path) as database:
            outcome = restore(of, database, tmp_path / "archive")
            assert not outcome.left.counts and not outcome.taken.counts
            now = dump(connection(database).send, database.session.live()).canonical()
            assert now == before, (after, now, before)
    assert after > 0
    with ladybug_at(path) as database:
        again = restore(of, database, tmp_path / "archive")
        assert (again.nodes, again.relationships, again.values) == (0, 0, 0)
        assert dump(connection(database).send, database.session.live()).canonical() == before


@pytest.mark.parametrize(("engine_type", "values", "known"), COLUMNS, ids=[each[0] for each in COLUMNS])
def test_every_column_type_of_ladybug_comes_back(
    tmp_path: Path, engine_type: str, values: list[str], known: str | None
) -> None:
    """If the type that a migration creates again has such a column, from a loader or handmade."""
    base = Schema({"T": {"k": Property(key=True), "v": Property()}}, {"R": {"v": Property()}})
    of = with_a_way_back(base, [[DropType(NODE, "T"), DropType(RELATIONSHIP, "R")]])
    with ladybug_at(tmp_path / "graph.lbug") as database:
        send = connection(database).send

        def make() -> None:
            for table in ("T", "R"):
                send(f"ALTER TABLE {table} DROP v")
                send(f"ALTER TABLE {table} ADD v {engine_type}")

        run(of, database, to="m0")
        send("ALTER TABLE R ADD FROM T TO T")
        make()
        for at, value in enumerate(values):
            send(f"CREATE (:T {{k: '{at}', v: {value}}})")
            send(f"MATCH (a:T {{k: '{at}'}}) CREATE (a)-[:R {{v: {value}}}]->(a)")
        looked = ["MATCH (n:T) RETURN n.k, n.v, cast(n.v, 'STRING') ORDER BY n.k"]
        looked.append("MATCH (a:T)-[n:R]->(b:T) RETURN a.k, b.k, n.v, cast(n.v, 'STRING') ORDER BY a.k")
        before = [list(map(repr, send(each))) for each in looked]
        run(of, database, archive=tmp_path / "archive", to="m1")
        run(of, database)
        make()
        outcome = restore(of, database, tmp_path / "archive")
        assert (outcome.nodes, outcome.relationships) == (len(values), len(values))
        assert [list(map(repr, send(each))) for each in looked] == before


@pytest.mark.parametrize("seed", range(20))
def test_random_graphs_on_ladybug(seed: int, tmp_path: Path) -> None:
    rng = random.Random(seed)
    base = random_schema(rng)
    graph = random_graph(rng, base, 1, contents=("1", "x", "null", "", "5"), numbered=True)
    lost: list[Operation] = [DropType(kind, name) for kind in Kind for name in base.of(kind) if rng.random() < 0.7]
    if not lost:
        return
    engine = LadybugEngine(tmp_path / "graph.lbug")
    try:
        with suppress(Conflict, ConflictError):
            engine.load(graph, base)
            before = engine.dump().canonical()
            engine.database.ledger.remember([Record("m0")], ["m"])
            of = with_a_way_back(base, [lost])
            run(of, engine.database, archive=tmp_path / "archive", to="m1")
            run(of, engine.database)
            for name in fold(lost, base).nodes.keys() ^ base.nodes.keys():
                engine.send(f"ALTER TABLE `{name}` ADD `row id` INT64")
            outcome = restore(of, engine.database, tmp_path / "archive")
            assert not outcome.left.counts
            assert engine.dump().canonical() == before
    finally:
        engine.close()


# --- Neo4j ------------------------------------------------------------------------------------------------------------

VALUES = [
    "9223372036854775807", "-9223372036854775808", "0.1", "-0.0", "1e308", "toFloat('NaN')", "1.0 / 0", "-1.0 / 0", "true",
    "'é\\n\"\\\\'", "''", "[1, 2]", "[]", "['a', ',']", "[1.5, -0.0]", "[true]", "[toFloat('NaN')]",
    "date('0001-01-01')", "date('9999-12-31')", "time('12:31:14.645876123+01:00')", "localtime('12:31:14.000000001')",
    "datetime('2015-06-24T12:50:35.556000001+01:00')", "datetime('2015-06-24T12:50:35Z')",
    "datetime('2015-06-24T12:50:35[UTC]')", "datetime('2020-10-25T02:30:00.000000007+02:00[Europe/Oslo]')",
    "datetime('2020-10-25T02:30:00.000000007+01:00[Europe/Oslo]')", "datetime({year: 1850, timezone: 'Europe/Oslo'})",
    "localdatetime('2015-07-04T19:32:24.000000001')", "duration('P1Y2M3DT4H5M6.000000007S')",
    "duration({months: -1, days: 5, seconds: -7, nanoseconds: -3})", "point({x: 1, y: 2})", "point({x: 1.5, y: 2, z: -0.0})",
    "point({latitude: 1, longitude: 2})", "point({latitude: 1, longitude: 2, height: 3})",
    "[datetime('2015-06-24T12:50:35Z'), datetime('2015-06-24T12:50:35Z')]", "[datetime('2015-06-24T12:50:35[UTC]')]",
    "[date('2020-01-01')]", "[localtime('12:00')]", "[duration('P1D')]", "[point({x: 1, y: 2})]", "time('12:00-18:00')",
]  # fmt: skip


@pytest.mark.releases("5.23", "5.26", "2026", "2026-cypher5")
def test_every_type_of_neo4j_comes_back(bench: Bench, tmp_path: Path) -> None:
    base = Schema({"A": {"k": Property(key=True), "v": Property()}}, {"R": {"v": Property()}})
    of = with_a_way_back(
        base, [DropProperty(NODE, "A", "v"), DropProperty(RELATIONSHIP, "R", "v"), DropType(NODE, "A")]
    )
    values = VALUES
    bench.declare(base)
    bench.send("MATCH (n:__NsmigJournal__|__NodestreamMigration__) DELETE n")
    bench.database.ledger.remember([Record("m0")])
    for at, value in enumerate(values):
        bench.send(f"WITH {value} AS v CREATE (a:A {{k: {at}, v: v, same: v}})-[:R {{v: v, same: v, k: {at}}}]->(a)")
    before = _seen(bench)
    run(of, bench.database, archive=tmp_path, to="m3")
    run(of, bench.database)
    assert _seen(bench) == {"nodes": [], "relationships": []}
    outcome = restore(of, bench.database, tmp_path)
    assert (outcome.nodes, outcome.relationships) == (len(values), len(values))
    assert not outcome.left.counts and _seen(bench) == before
    for rows in ("(n:A)", "()-[n:R]->()"):  # equal for the server, except two with NaN
        assert bench.send(f"MATCH {rows} WHERE NOT n.v = n.same RETURN count(n) AS c") == [{"c": 2}]


@pytest.mark.parametrize("of", ["f32", "f64", "i8", "i16", "i32", "i64"])
def test_a_vector_is_the_same_when_read_back(of: Any) -> None:
    """Only Enterprise servers store them."""
    vector = Vector([1.0, 2.0, 3.0] if of.startswith("f") else [1, 2, 3], of)
    stored = json.loads(json.dumps(encoded({"v": vector})))
    back = decoded(stored["v"])
    assert (back.raw(), back.dtype) == (vector.raw(), vector.dtype)


def _seen(bench: Bench) -> dict[str, Any]:
    """All rows, as a driver and as the server's own text show them."""
    text = "[key IN keys(n) | [key, valueType(n[key]), toStringOrNull(n[key])]] AS told, properties(n) AS p"
    own = "none(l IN labels(n) WHERE l STARTS WITH '__N')"
    nodes = bench.send(f"MATCH (n) WHERE {own} RETURN labels(n) AS l, {text}")
    edges = bench.send(f"MATCH ()-[n]->() RETURN type(n) AS l, {text}")
    return {
        name: sorted(
            repr((sorted(each["l"]), sorted(map(repr, each["told"])), sorted(map(repr, each["p"].items()))))
            for each in rows
        )
        for name, rows in (("nodes", nodes), ("relationships", edges))
    }


def _random(rng: random.Random) -> tuple[Schema, Graph, list[Operation]]:
    """A schema, a graph of nodes with several labels, and drops outside keys."""
    base = random_schema(rng)
    graph = random_graph(rng, base, 3, numbered=True)
    edges = [r and replace(r, properties={**r.properties, "i": at}) for at, r in enumerate(graph.relationships)]
    lost: list[Operation] = []
    after = base
    for _ in range(rng.randint(1, 4)):
        types = [(kind, name) for kind in Kind for name in after.types(kind)]
        if types:
            kind, name = rng.choice(types)
            plain = [each for each, facts in after.of(kind)[name].items() if not facts.key]
            lost.append(
                DropProperty(kind, name, rng.choice(plain)) if plain and rng.random() < 0.6 else DropType(kind, name)
            )
            after = fold(lost[-1:], after)
    return base, Graph(graph.nodes, edges), lost


@pytest.mark.parametrize("seed", [*range(12), *(pytest.param(each, marks=pytest.mark.long) for each in range(12, 60))])
def test_random_graphs_on_neo4j(seed: int, bench: Bench, neo4j_server: Server, tmp_path: Path) -> None:
    base, graph, lost = _random(random.Random(seed))
    if not lost or not any(graph.nodes):
        return
    of = with_a_way_back(base, [lost])
    bench.load(graph, base)
    bench.send("MATCH (n:__NsmigJournal__|__NodestreamMigration__) DELETE n")
    bench.database.ledger.remember([Record("m0")])
    before = bench.dump().canonical()
    with neo4j_at(neo4j_server.uri, transaction_batch_size=2) as database:
        run(of, database, archive=tmp_path, to="m1")
        run(of, database)
        outcome = restore(of, database, tmp_path)
    assert not outcome.left.counts and not outcome.taken.counts
    assert bench.dump().canonical() == before


@pytest.mark.parametrize("every", [5, pytest.param(1, marks=pytest.mark.long)])
def test_a_restore_that_is_stopped_goes_on_neo4j(
    bench: Bench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: int
) -> None:
    """Stopped after every fifth statement; after every one takes a minute."""
    monkeypatch.setattr("nsmig.running.returned.BATCH", 2)
    base = Schema({"A": {"k": Property(key=True), "p": Property()}, "B": {"p": Property()}}, {"R": {"w": Property()}})
    of = with_a_way_back(base, [DropProperty(RELATIONSHIP, "R", "w"), DropType(NODE, "A")])
    create = (
        "CREATE (:A {k: 1, p: 'x'})-[:R {w: 1}]->(:A:B {k: 2, p: 'y'})-[:R {w: 2}]->(b:B {p: 3})<-[:R]-(:A {p: 'none'}),"
        " (:A {p: 'none'})-[:S {w: date()}]->(b)"
    )

    def start() -> None:
        bench.declare(base)
        bench.send("MATCH (n:__NsmigJournal__|__NodestreamMigration__) DELETE n")
        bench.database.ledger.remember([Record("m0")])
        bench.send(create)

    for after in count(step=every):
        start()
        before, folder = _seen(bench), tmp_path / str(after)
        run(of, bench.database, archive=folder, to="m2")
        run(of, bench.database)
        try:
            with stopping(connection(bench.database), "attempt", after):
                restore(of, bench.database, folder)
            break
        except Stopped:
            restore(of, bench.database, folder)
        assert _seen(bench) == before, f"stopped after statement {after + 1}"
        restore(of, bench.database, folder)
        assert _seen(bench) == before, "twice is once"
    assert after > 5 and _seen(bench) == before


def test_a_row_that_a_constraint_refuses_is_left_and_all_others_come_back(bench: Bench, tmp_path: Path) -> None:
    base = Schema({"A": {"k": Property(key=True), "p": Property()}, "B": {"k": Property(key=True)}}, {"R": {}})
    of = with_a_way_back(base, [DropType(NODE, "A")])
    bench.declare(base)
    bench.send("MATCH (n:__NsmigJournal__|__NodestreamMigration__) DELETE n")
    bench.database.ledger.remember([Record("m0")])
    bench.send("UNWIND range(1, 9) AS k CREATE (:A {k: k, p: k})-[:R]->(:B {k: k})")
    bench.send("CREATE CONSTRAINT mine FOR (n:A) REQUIRE n.p IS UNIQUE")
    run(of, bench.database, archive=tmp_path, to="m1")
    run(of, bench.database)
    bench.send("CREATE (:A {k: 20, p: 5})")
    outcome = restore(of, bench.database, tmp_path)
    assert (outcome.nodes, outcome.relationships) == (8, 8)
    assert outcome.left.counts == {
        "the database refuses it: another row has the same key, or it allows no such value": 1,
        "a node at its end is not there": 1,
    }
    assert [each["values"]["p"] for each in outcome.left.examples[next(iter(outcome.left.counts))]] == [5]
    assert bench.send("MATCH (n:A) RETURN count(n) AS c") == [{"c": 9}]
    again = restore(of, bench.database, tmp_path)
    assert (again.nodes, again.relationships) == (0, 0)
    bench.send("DROP CONSTRAINT mine IF EXISTS")
