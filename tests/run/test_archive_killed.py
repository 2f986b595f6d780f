"""Runs with an archive, and restores, whose processes are killed at random; and disks that fill up."""

from __future__ import annotations

import gzip
import random
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from nsmig.errors import ArchiveError
from nsmig.running.loop import run
from nsmig.running.restoring import restore
from support.archives import entries, rows
from support.archiving import history, killed_until_done
from support.databases import connection, ladybug_at, neo4j_at
from support.kills import unlocking
from support.neo4j_bench import Bench
from support.server import Server

NODES = 3000


def made_on_neo4j(bench: Bench) -> None:
    bench.send.clear()
    run(history(), bench.database, to="m0")
    bench.send(
        f"UNWIND range(1, {NODES}) AS k CREATE (a:A {{k: k, p: 'p' + k, q: [k, 0.5]}}) FOREACH (x IN CASE k % 3 WHEN 0 THEN [1] ELSE [] END | SET a:B)"
    )
    bench.send("MATCH (a:A), (b:A {k: (a.k * 7) % 3000 + 1}) CREATE (a)-[:R {w: a.k}]->(b)")


def seen_on_neo4j(bench: Bench) -> Any:
    nodes = bench.send("MATCH (n:A|B) RETURN n.k AS k, labels(n) AS l, n.p AS p, n.q AS q")
    edges = bench.send("MATCH (a)-[r:R]->(b) RETURN a.k AS a, b.k AS b, r.w AS w")
    return sorted(repr((each["k"], sorted(each["l"]), each["p"], each["q"])) for each in nodes), sorted(
        map(repr, edges)
    )


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long), pytest.param(2, marks=pytest.mark.long)])
def test_killed_at_random_neo4j(bench: Bench, neo4j_server: Server, tmp_path: Path, seed: int) -> None:
    chance = random.Random(seed)
    made_on_neo4j(bench)
    before = seen_on_neo4j(bench)
    options = {"database": "neo4j", "uri": neo4j_server.uri, "transaction_batch_size": 50}
    with unlocking(bench.send):
        kills = killed_until_done(options, tmp_path, "run", chance, 2.5)
        assert kills and seen_on_neo4j(bench) != before
        for entry in entries(tmp_path):
            of = f"{entry['number']:04}.jsonl.gz"
            ids = [each["id"] for each in rows(tmp_path, of)]
            assert len(ids) == len(set(ids)) > 0, "each row once"
        run(history(), bench.database)
        kills += killed_until_done(options, tmp_path, "restore", chance, 2.5)
    assert seen_on_neo4j(bench) == before, f"after {kills} kills"


@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.long), pytest.param(2, marks=pytest.mark.long)])
def test_killed_at_random_on_ladybug(tmp_path: Path, seed: int) -> None:
    chance, path = random.Random(seed), tmp_path / "graph.lbug"
    with ladybug_at(path) as database:
        run(history(), database, to="m0")
        send = connection(database).send
        send("ALTER TABLE R ADD FROM A TO A")
        send(f"UNWIND range(1, {NODES}) AS k CREATE (:A {{k: cast(k, 'STRING'), p: 'p', q: cast(k, 'STRING')}})")
        send(
            "MATCH (a:A), (b:A) WHERE b.k = cast((cast(a.k, 'INT64') * 7) % 3000 + 1, 'STRING') CREATE (a)-[:R {w: a.k}]->(b)"
        )
        before = seen_on_ladybug(send)
    options = {"database": "ladybug", "path": str(path)}
    kills = killed_until_done(options, tmp_path / "archive", "run", chance, 1.5)
    with ladybug_at(path) as database:
        run(history(), database)
        assert seen_on_ladybug(connection(database).send) != before
    kills += killed_until_done(options, tmp_path / "archive", "restore", chance, 2)
    with ladybug_at(path) as database:
        assert seen_on_ladybug(connection(database).send) == before, f"after {kills} kills"


def seen_on_ladybug(send: Any) -> Any:
    return sorted(send("MATCH (n:A) RETURN n.k, n.p, n.q")), sorted(
        send("MATCH (a:A)-[r:R]->(b:A) RETURN a.k, b.k, r.w")
    )


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """Writing more fails, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_disk_that_fills_up_neo4j(bench: Bench, neo4j_server: Server, tmp_path: Path) -> None:
    made_on_neo4j(bench)
    before = seen_on_neo4j(bench)
    with neo4j_at(neo4j_server.uri, transaction_batch_size=100) as database:
        with (
            files_of_at_most(20_000),
            pytest.raises(ArchiveError, match=r"too large\. Nothing of this batch was deleted"),
        ):
            run(history(), database, archive=tmp_path, to="m1")
        left = bench.send("MATCH (a:A) WHERE a.q IS NOT NULL RETURN a.k AS k")
        assert 0 < len(left) < NODES
        ((_, position),) = database.ledger.state().positions.items()
        file = tmp_path / "0001.jsonl.gz"
        held = gzip.decompress(file.read_bytes()[: position.size]).splitlines()
        assert len(held) == NODES - len(left), "what is certain is what was deleted"
        run(history(), database, archive=tmp_path)
        restore(history(), database, tmp_path)
    assert seen_on_neo4j(bench) == before
