"""Archives of real engines: runs that stop after any statement, or between archiving rows and deleting them.

The loop, the dialect and the ledger are real; for the toy see ``test_archive.py``, for real processes
``test_archive_killed.py``.
"""

from __future__ import annotations

import json
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import nsmig
from nsmig import History
from nsmig.archive.folder import Archive
from nsmig.database.base import Record
from nsmig.database.ladybug import connection as ladybug_connection
from nsmig.database.ladybug import opening
from nsmig.database.neo4j.stored import unreadable
from nsmig.errors import ConflictError
from nsmig.kinds import Kind
from nsmig.operations import DropProperty, DropType, Operation, SetPropertyType
from support.archives import entries, rows
from support.databases import connection, ladybug_at, neo4j_at
from support.engines import core_schema
from support.ladybug_bench import ROWS as LADYBUG_ROWS
from support.ladybug_bench import SMALL, LadybugEngine, dump
from support.migrations import chained
from support.neo4j_bench import Bench, make, schema
from support.reference import Property, Schema
from support.runs import run
from support.server import Server
from support.stops import Stopped, stopping

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
TYPES = Schema(schema(A="k* p^ q", B="p", C="k*").nodes, {"R": {"w": Property()}, "S": {}})
DROPS: list[Operation | list[Operation]] = [
    [DropProperty(NODE, "A", "p"), DropProperty(NODE, "A", "q")],
    DropProperty(NODE, "A", "k"),
    DropType(NODE, "A"),
    DropType(NODE, "C"),
    DropType(RELATIONSHIP, "R"),
    DropProperty(RELATIONSHIP, "R", "w"),
    SetPropertyType(NODE, "A", "p", "INTEGER", "size(value)"),
    [SetPropertyType(NODE, "A", "k", "STRING"), SetPropertyType(RELATIONSHIP, "R", "w", "INTEGER", "1")],
]
GRAPH = [
    *[f"(:A {{k: {k}, p: 'p{k}', q: [{k}.5]}})-[:R {{w: {k}}}]->(:A:B {{k: {k + 10}, p: 'p{k}', q: date()}})" for k in range(3)],
    "(c:C {k: 1})-[:R {w: point({x: 1, y: 2})}]->(c)<-[:S]-(:A {k: 20, q: 1})",
    "(:A {p: 'no key'})-[:R]->(:A {p: 'no key'})",
    "(c)-[:R {w: 1}]->(:B {p: 1})",
]  # fmt: skip


def without_ids(folder: Path) -> Counter[str]:
    """The rows of an archive, without the server's ids."""
    return Counter(
        json.dumps({name: each for name, each in row.items() if name not in ("id", "start", "end")}, sort_keys=True)
        for row in rows(folder)
    )


@contextmanager
def writing_stopped(after: int) -> Iterator[None]:
    """Stop a run once an archive has this many batches, each before the server deletes it."""
    write: Callable[..., int] = Archive._write
    wrote = 0

    def stopped(*arguments: Any) -> int:
        nonlocal wrote
        size = write(*arguments)
        wrote += 1
        if wrote > after:
            raise Stopped
        return size

    Archive._write = stopped  # type: ignore[method-assign, assignment]
    try:
        yield
    finally:
        Archive._write = write  # type: ignore[method-assign]


# Ten seconds each: these differ most in their statements; the rest is part of `make long`.
STOPPED = [
    pytest.param(at, work, marks=[pytest.mark.long] * (at == "statement" and place not in (0, 2, 6)))
    for at in ("write", "statement")
    for place, work in enumerate(DROPS)
]


@pytest.mark.parametrize(("at", "work"), STOPPED, ids=repr)
def test_on_neo4j(bench: Bench, neo4j_server: Server, tmp_path: Path, work: Any, at: str) -> None:
    with neo4j_at(neo4j_server.uri, transaction_batch_size=2) as database:
        of = chained(nsmig.diff(nsmig.Schema(), core_schema(TYPES), extensions=True), work)

        def start() -> None:
            make(bench, TYPES, *GRAPH)
            bench.send("MATCH (n:__NsmigJournal__|__NodestreamMigration__) DELETE n")
            database.ledger.remember([Record("m0")])

        def contents() -> Any:
            state = database.ledger.state()
            labels = bench.send("MATCH (n) WHERE none(l IN labels(n) WHERE l STARTS WITH '__N') RETURN labels(n), n")
            left = bench.send("MATCH ()-[r]->() RETURN type(r), properties(r)")
            return sorted(map(repr, labels)), sorted(map(repr, left)), sorted(state.records), state.journal

        start()
        run(of, database, archive=tmp_path / "whole")
        whole, lost = contents(), without_ids(tmp_path / "whole")
        assert lost
        for after in count():
            start()
            stop = stopping(connection(database), "attempt", after) if at == "statement" else writing_stopped(after)
            folder = tmp_path / str(after)
            try:
                with stop:
                    run(of, database, archive=folder)
                break
            except Stopped:
                run(of, database, archive=folder)
            assert contents() == whole and without_ids(folder) == lost, f"stopped after {at} {after + 1}"
            assert all(entry["sha256"] for entry in entries(folder))
        assert after > 0


LOST_IN_LADYBUG = [
    *DROPS[2:6],
    DropProperty(NODE, "B", "x"),
    DropProperty(NODE, "A", "p"),
    SetPropertyType(NODE, "A", "p", "INTEGER", "size(value)"),
    SetPropertyType(NODE, "A", "k", "INTEGER", "size(value)"),
    SetPropertyType(RELATIONSHIP, "R", "w", "INTEGER"),
]


@pytest.mark.parametrize("work", LOST_IN_LADYBUG, ids=repr)
def test_on_ladybug(tmp_path: Path, work: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    # No process is killed here, so no log is torn, and none has to be tried in a separate process.
    monkeypatch.setattr(opening, "_crashes", lambda path, lenient: False)
    monkeypatch.setattr(ladybug_connection, "KEPT_STATEMENTS", 0)  # renewed before each transaction
    path = tmp_path / "graph.lbug"
    engine = LadybugEngine(path)
    engine.load(LADYBUG_ROWS, SMALL)
    engine.database.ledger.remember([Record("m0")], ["m"])
    engine.close()
    file = path.read_bytes()
    of: History = chained(nsmig.diff(nsmig.Schema(), core_schema(SMALL), extensions=True), work)

    def started() -> Any:
        for leftover in tmp_path.glob("graph.lbug*"):
            leftover.unlink()
        path.write_bytes(file)
        return ladybug_at(path)

    def contents(database: Any) -> Any:
        state, live = database.ledger.state(), database.session.live()
        return dump(connection(database).send, live).canonical(), live, sorted(state.records), state.journal

    with started() as database:
        run(of, database, archive=tmp_path / "whole")
        whole = contents(database)
    lost = Counter(map(repr, rows(tmp_path / "whole")))
    assert lost
    for after in count():
        folder = tmp_path / str(after)
        try:
            with started() as database, stopping(connection(database), "send", after):
                run(of, database, archive=folder)
            break
        except Stopped:
            with ladybug_at(path) as database:
                run(of, database, archive=folder)
                assert contents(database) == whole, f"stopped after statement {after + 1}"
        assert Counter(map(repr, rows(folder))) == lost, f"stopped after statement {after + 1}"
        assert all(entry["sha256"] for entry in entries(folder))
    assert after > 0
    with started() as database, pytest.raises(Stopped), writing_stopped(0):
        run(of, database, archive=tmp_path / "written")
    with ladybug_at(path) as database:
        assert len(database.ledger.state().records) == 1, "written, and not deleted"
        run(of, database, archive=tmp_path / "written")
        assert contents(database) == whole
    assert Counter(map(repr, rows(tmp_path / "written"))) == lost


@pytest.mark.releases("5.23", "5.26", "2026", "2026-cypher5")
def test_others_who_write_meanwhile_lose_nothing(neo4j_server: Server, tmp_path: Path) -> None:
    """Values that are written after a row was read, and relationships that a node gets, are archived or still there."""
    uri = neo4j_server.uri
    with neo4j_at(uri, transaction_batch_size=20) as database:
        send = connection(database).rows
        send("MATCH (n) DETACH DELETE n")
        database.ledger.remember([Record("m0")])
        send("UNWIND range(1, 400) AS k CREATE (:T {k: k, n: 0})")
        send("UNWIND range(1, 5) AS k CREATE (:Other {k: k})")
        done, failures = threading.Event(), []

        def write(seed: int) -> None:
            with neo4j_at(uri) as mine:
                own, wrote = connection(mine).rows, 0
                while not done.is_set():
                    wrote += 1
                    k = (wrote * 7919 + seed) % 400 + 1
                    try:
                        # Neo4j lets a statement continue with a node that another one has deleted since it was matched.
                        own(
                            f"MATCH (n:T {{k: {k}}}) SET n += {{}} WITH n WHERE n:T SET n.n = {wrote}"
                            f" CREATE (:Seen {{k: {k}, n: {wrote}}})"
                        )
                        own(
                            f"MATCH (n:T {{k: {k}}}), (o:Other {{k: {wrote % 5 + 1}}})"
                            f" CREATE (n)-[:E {{id: '{seed}-{wrote}'}}]->(o) CREATE (:Made {{id: '{seed}-{wrote}'}})"
                        )
                    except nsmig.NsmigError as error:
                        failures.append(error)

        writers = [threading.Thread(target=write, args=(seed,)) for seed in (1, 2)]
        for each in writers:
            each.start()
        of = chained(
            nsmig.diff(nsmig.Schema(), core_schema(schema(T="k", Other="k")), extensions=True), DropType(NODE, "T")
        )
        try:
            run(of, database, archive=tmp_path)
        finally:
            done.set()
            for each in writers:
                each.join()
        archived = rows(tmp_path)
        nodes = {each["values"]["k"]: each["values"]["n"] for each in archived if each["row"] == "node"}
        made = {each["id"] for each in send("MATCH (m:Made) RETURN m.id AS id")}
        left = {each["id"] for each in send("MATCH (:T)-[e:E]->() RETURN e.id AS id")}
        kept = [each["values"]["id"] for each in archived if each["row"] == "relationship"]
        assert len(nodes) + send("MATCH (n:T) RETURN count(n) AS c")[0]["c"] == 400
        assert len(kept) == len(set(kept)) and set(kept) | left == made, "each that was committed is somewhere, once"
        seen = send("MATCH (s:Seen) RETURN s.k AS k, s.n AS n")
        # Of two writers the later one wins, so a value that was never overwritten must be the one in the archive.
        for k, value in nodes.items():
            written = [each["n"] for each in seen if each["k"] == k]
            assert value in (written or [0])


@pytest.mark.parametrize(
    ("work", "problem"),
    [
        (DropProperty(NODE, "A", "q"), "nodes of 'A' hold values of types that the Neo4j driver cannot read"),
        (SetPropertyType(NODE, "A", "q", "INTEGER", "1"), "nodes of 'A' hold values of types"),
        (DropType(NODE, "A"), "nodes of 'A' hold values of types"),
        (DropType(NODE, "C"), "relationships of 'C' hold values of types"),
        (DropProperty(NODE, "A", "p"), ""),
    ],
    ids=repr,
)
def test_what_the_driver_cannot_read_is_counted_before_anything_changes(
    bench: Bench, neo4j_server: Server, tmp_path: Path, work: Operation, problem: str
) -> None:
    """Points take the place of types that a newer server may have."""
    with neo4j_at(neo4j_server.uri, transaction_batch_size=2) as database:
        assert connection(database).unreadable == "", "it reads all that this server has"
        connection(database).unreadable = f"{unreadable(are_vectors=True)} OR value IS :: POINT"
        of = chained(nsmig.diff(nsmig.Schema(), core_schema(TYPES), extensions=True), work)
        make(
            bench,
            TYPES,
            *[f"(:A {{k: {k}, q: 1}})" for k in range(9)],
            "(c:C {k: 1})-[:R {w: point({x: 1, y: 2})}]->(c)",
        )
        bench.send("MATCH (n:__NsmigJournal__|__NodestreamMigration__) DELETE n")
        database.ledger.remember([Record("m0")])
        bench.send("CREATE (:A {k: 20, q: point({x: 1, y: 2})})")
        before = bench.dump().canonical()
        if not problem:
            run(of, database, archive=tmp_path)
            return
        with pytest.raises(ConflictError, match=rf"{problem}.*--no-archive if they may be lost: 1\.") as caught:
            run(of, database, archive=tmp_path)
        assert bench.dump().canonical() == before
        assert len(bench.send(caught.value.query)) == 1
        run(of, database, no_archive=True)
