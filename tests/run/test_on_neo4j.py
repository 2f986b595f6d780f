"""Faults of a Neo4j server and its network: a run ends like an undisturbed one."""

from __future__ import annotations

import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from nsmig import History
from nsmig.errors import DatabaseError, LockedError
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType
from nsmig.running.dry_run import preview
from support import faults
from support.databases import neo4j_at
from support.kills import neo4j_options, start
from support.migrations import migration
from support.neo4j_bench import Send, sending
from support.proxy import Proxy
from support.runs import run
from support.server import RELEASES, Server, server
from support.unlocks import unlock_neo4j


@pytest.mark.parametrize("runners", [5])
def test_neo4j_raced(send: Send, neo4j_server: Server, whole: dict[str, Any], runners: int) -> None:
    start(send, neo4j_server.uri)
    with faults.runner(neo4j_options(neo4j_server.uri)) as forks:
        ends = [forks.wait(pid) for pid in [forks.start() for _ in range(runners)]]
    assert sorted(ends) == sorted([(0, "0")] * (runners - 1) + [(0, str(len(faults.HISTORY) - 1))])
    assert faults.neo4j_dump(send) == whole


def test_neo4j_server_killed_and_started_again(tmp_path: Path, whole: dict[str, Any]) -> None:
    with server(tmp_path) as first, sending(first.uri) as send:
        start(send, first.uri)
        send("CALL db.prepareForReplanning()")  # data written so far is on the disk
        with faults.runner(neo4j_options(first.uri, max_retry_attempts=8, retry_factor=0.5)) as forks:
            pid = forks.start()
            time.sleep(1.5)
            first.kill()
            with server(tmp_path, port=int(first.uri.rpartition(":")[2])):
                assert forks.wait(pid) == (0, str(len(faults.HISTORY) - 1))
                assert faults.neo4j_dump(send) == whole


def test_own_server_killed_while_it_makes_a_constraint(tmp_path: Path) -> None:
    """It leaves the constraint's index, which blocks the constraint."""
    history = History([migration("one", [CreateType(Kind.NODE, "A", ("k", "p"), ())])])
    with server(tmp_path) as first, sending(first.uri) as send:
        for start in range(0, 150_000, 50_000):
            send("UNWIND range($start + 1, $start + 50000) AS i CREATE (:A {k: toString(i), p: 'x' + i})", start=start)
        indexes = "SHOW INDEXES YIELD name, owningConstraint WHERE name = 'A_node_key'"
        with ThreadPoolExecutor() as threads, neo4j_at(first.uri, max_retry_attempts=0) as database:
            running = threads.submit(run, history, database)
            while not send(indexes):
                assert not running.done()
            first.kill()
            assert isinstance(running.exception(), DatabaseError)
    with server(tmp_path) as second, sending(second.uri) as send:
        assert send(indexes) == [{"name": "A_node_key", "owningConstraint": None}]
        with neo4j_at(second.uri) as database:
            database.ledger.unlock()
            assert run(history, database) == 1
        assert send(indexes) == [{"name": "A_node_key", "owningConstraint": "A_node_key"}]


@pytest.mark.parametrize("direction", ["to server", "to client"])
def test_neo4j_cut_off(send: Send, neo4j_server: Server, whole: dict[str, Any], direction: str) -> None:
    start(send, neo4j_server.uri)
    cuts = set(random.Random(direction).sample(range(12, 150), 15))
    proxy = Proxy(int(neo4j_server.uri.rpartition(":")[2]), direction, cuts)
    try:
        with neo4j_at(proxy.uri, transaction_batch_size=5, max_retry_attempts=9, retry_factor=0.01) as database:
            run(faults.HISTORY, database)
    finally:
        proxy.close()
    assert proxy.done >= 10
    assert faults.neo4j_dump(send) == whole


def test_neo4j_by_routing(send: Send, neo4j_server: Server, whole: dict[str, Any]) -> None:
    """As in a cluster: the server says where to read and where to write."""
    start(send, neo4j_server.uri)
    with neo4j_at(neo4j_server.uri.replace("bolt://", "neo4j://"), transaction_batch_size=5) as database:
        assert run(faults.HISTORY, database) == len(faults.HISTORY) - 1
    assert faults.neo4j_dump(send) == whole


def test_neo4j_a_dead_lease_is_taken_over(send: Send, neo4j_server: Server, whole: dict[str, Any]) -> None:
    start(send, neo4j_server.uri)
    send(
        "CREATE (:__NodestreamMigrationLock__ {lock: 'lock', owner: 'dead', host: 'h', pid: 1,"
        " since: datetime(), lease_until: datetime() + duration('PT1S')})"
    )
    with neo4j_at(neo4j_server.uri, transaction_batch_size=5) as database:
        run(faults.HISTORY, database, lock_timeout=20)
    assert faults.neo4j_dump(send) == whole


def test_neo4j_nodestreams_lock_is_respected(send: Send, neo4j_server: Server) -> None:
    start(send, neo4j_server.uri)
    before = faults.neo4j_dump(send)
    send("CREATE (:__NodestreamMigrationLock__ {lock: 'lock'})")
    with neo4j_at(neo4j_server.uri) as database:
        with pytest.raises(LockedError, match="nsmig unlock"):
            run(faults.HISTORY, database, lock_timeout=0.3)
        assert faults.neo4j_dump(send) == before
        database.ledger.unlock()


def test_own_server_out_of_memory_or_read_only_is_passed_on(tmp_path: Path) -> None:
    settings = {"db.memory.transaction.max": "8m"}
    history = History([migration("big", [AddProperty(Kind.NODE, "A", "x", "y" * 1000)])])
    with server(tmp_path, settings=settings) as running, sending(running.uri) as send:
        for _ in range(20):
            send("UNWIND range(1, 1000) AS i CREATE (:A)")
        with neo4j_at(running.uri, transaction_batch_size=50_000) as database:
            with pytest.raises(DatabaseError, match=r"MemoryPool|memory"):
                run(history, database)
            assert database.ledger.holder() is None and database.ledger.state().journal["big"].done == 0
        with neo4j_at(running.uri, transaction_batch_size=100) as database:
            assert run(history, database) == 1
        assert send("MATCH (n:A) WHERE n.x IS NULL RETURN count(n) AS n") == [{"n": 0}]
        running.kill()
    with (
        server(tmp_path, settings={"server.databases.read_only": "neo4j"}) as running,
        neo4j_at(running.uri) as database,
    ):
        assert list(database.ledger.state().records) == ["big"]
        with pytest.raises(DatabaseError, match=r"AccessDatabase\); the database is read-only: make it writable"):
            run(history, database)
        assert database.ledger.state().journal == {}


@pytest.mark.parametrize("release", ["5.26", "2026"])
def test_own_server_whose_database_is_not_online(tmp_path: Path, release: str) -> None:
    """A server that may not write cannot bring a new database online."""
    settings = {"server.databases.read_only": "neo4j"}
    with (
        server(tmp_path, settings=settings, release=RELEASES[release]) as running,
        pytest.raises(DatabaseError, match=r"DatabaseUnavailable\); it is starting, recovering or stopped"),
        neo4j_at(running.uri, max_retry_attempts=0) as database,
    ):
        run(History([]), database)


def test_a_dry_run_is_what_a_run_sends(send: Send, neo4j_server: Server, whole: dict[str, Any]) -> None:
    """The text, sent statement by statement as cypher-shell does, leads to the same graph and the same records."""
    start(send, neo4j_server.uri)
    before = faults.neo4j_dump(send)
    with neo4j_at(neo4j_server.uri, transaction_batch_size=5) as database:
        text = "".join(preview(faults.HISTORY, database))
        assert faults.neo4j_dump(send) == before
        for piece in "\n".join(line for line in text.splitlines() if not line.startswith("//")).split(";\n"):
            if piece.strip():
                send(piece.strip().removesuffix(";"))
    assert faults.neo4j_dump(send) == whole


def test_neo4j_unlocked_while_it_runs(send: Send, neo4j_server: Server, whole: dict[str, Any]) -> None:
    """Two hundred times in the long run."""
    chance = random.Random(1)
    met = sum(unlock_neo4j(send, neo4j_server.uri, whole, chance, longest=1.5) for _ in range(6))
    assert met >= 3
