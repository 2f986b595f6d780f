"""A run that a full disk stopped continues when there is space."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from nsmig import History
from nsmig.kinds import Kind
from nsmig.operations import AddIndex, AddProperty, CreateType, ExtendKey, RenameProperty
from support import faults
from support.databases import connection, ladybug_at, neo4j_at
from support.disk import small_disk
from support.kills import dump_ladybug
from support.migrations import migration
from support.neo4j_bench import Send, sending
from support.projects import write_project
from support.runs import run
from support.server import Server, server
from support.terminal import nsmig

BIG = [
    migration("one", [CreateType(Kind.NODE, "A", ("k",), ("i",))]),
    migration("two", [AddIndex(Kind.NODE, "A", "i"), AddProperty(Kind.NODE, "A", "x", "y" * 1000)], ["one"]),
    migration("three", [RenameProperty(Kind.NODE, "A", "i", "j"), ExtendKey(Kind.NODE, "A", "j", "")], ["two"]),
]


BIG_HISTORY = History(BIG)


def test_neo4j_on_a_full_disk(send: Send, neo4j_server: Server, tmp_path: Path) -> None:
    def start(uri: str, send: Send) -> None:
        with neo4j_at(uri) as database:
            run(BIG_HISTORY, database, to="one")
        send("UNWIND range(1, 6000) AS i CREATE (:A {k: i, i: 'i' + i})")

    send.clear()
    start(neo4j_server.uri, send)
    with neo4j_at(neo4j_server.uri) as database:
        run(BIG_HISTORY, database)
    whole = faults.neo4j_dump(send)
    settings = {"db.tx_log.preallocate": "false", "db.tx_log.rotation.size": "1m"}
    with small_disk(tmp_path / "disk") as leave:
        with server(tmp_path / "disk", settings=settings) as running, sending(running.uri) as send_there:
            target = f"{{database: neo4j, uri: '{running.uri}', transaction_batch_size: 1000}}"
            write_project(tmp_path, target, *BIG)
            start(running.uri, send_there)
            leave(2 << 20)
            for says in (r"migration 'two', operation 2 of 2: .* restart it", "restart it"):
                stopped = nsmig(tmp_path, "run", "--lock-timeout", "0")
                assert stopped.code == 1 and re.search(says, stopped.err) and "Traceback" not in stopped.err, stopped
            running.kill()
        leave(1 << 30)
        port = int(running.uri.rpartition(":")[2])
        with server(tmp_path / "disk", port=port, settings=settings), sending(running.uri) as send_there:
            with neo4j_at(running.uri) as database:
                assert list(database.ledger.state().records) == ["one"] and list(database.ledger.state().journal) == [
                    "two"
                ]
                database.ledger.unlock()
            again = nsmig(tmp_path, "run")
            assert again.code == 0, again
            assert faults.neo4j_dump(send_there) == whole


def refused_until_there_is_room(folder: Path, path: Path, leave: Callable[[int], None], *free: int) -> None:
    """A run on this file says what to do while this many bytes are free, and continues when there is space."""
    write_project(folder, f"{{database: ladybug, path: '{path}'}}", *BIG)
    for each in free:
        leave(each)
        refused = nsmig(folder, "run")
        assert refused.code == 1 and "free some" in refused.err and "Traceback" not in refused.err, refused
    leave(1 << 30)
    again = nsmig(folder, "run")
    assert again.code == 0, again


def test_ladybug_on_a_full_disk(tmp_path: Path) -> None:
    """Nothing is sent to the engine, which cannot continue if the disk fills up while it writes."""
    whole, torn = tmp_path / "whole.lbug", tmp_path / "disk" / "torn.lbug"
    with small_disk(tmp_path / "disk") as leave:
        for path in (whole, torn):
            with ladybug_at(path) as database:
                run(BIG_HISTORY, database, to="one")
                connection(database).send("UNWIND range(1, 6000) AS i CREATE (:A {k: CAST(i AS STRING), i: 'i'})")
        with ladybug_at(whole) as database:
            run(BIG_HISTORY, database)
        refused_until_there_is_room(tmp_path, torn, leave, 100_000, 0, 0)
        assert dump_ladybug(torn) == dump_ladybug(whole)


@pytest.mark.parametrize("free", [4_000_000, 12_000_000, 17_000_000])
def test_ladybug_on_a_disk_that_fills_up_while_rows_are_copied(tmp_path: Path, free: int) -> None:
    """During the copy, just after it, and at the last checkpoint."""
    whole, torn = tmp_path / "whole.lbug", tmp_path / "disk" / "torn.lbug"
    with ladybug_at(whole) as database:
        run(BIG_HISTORY, database, to="one")
        connection(database).send(
            "UNWIND range(1, 6000) AS i CREATE (:A {k: CAST(i AS STRING), i: repeat(CAST(i AS STRING), 250)})"
        )
        run(BIG_HISTORY, database, to="two")
    with small_disk(tmp_path / "disk") as leave:
        shutil.copyfile(whole, torn)
        with ladybug_at(whole) as database:
            run(BIG_HISTORY, database)
        refused_until_there_is_room(tmp_path, torn, leave, free)
        assert dump_ladybug(torn) == dump_ladybug(whole)
