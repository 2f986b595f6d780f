"""Runs that are killed at random moments until one finishes."""

from __future__ import annotations

import random
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from nsmig._core import History
from nsmig.database.ladybug.upkeep import keys_to_index
from support import faults
from support.databases import connection, ladybug_at, neo4j_at
from support.neo4j_bench import Send
from support.runs import run

ROWS = 12  # of each sort


def start(send: Send, uri: str) -> None:
    """The types and the data, with only the migration that creates them applied."""
    send.clear()
    with neo4j_at(uri) as database:
        run(faults.HISTORY, database, to=faults.MADE)
    faults.neo4j_data(send, ROWS)


def neo4j_options(uri: str, **more: Any) -> dict[str, Any]:
    return {"database": "neo4j", "uri": uri, "transaction_batch_size": 5, **more}


def undisturbed(send: Send, uri: str, history: History = faults.HISTORY) -> dict[str, Any]:
    """The graph after an undisturbed run."""
    with neo4j_at(uri, transaction_batch_size=5) as database:
        assert run(history, database) == len(history) - 1
    dump = faults.neo4j_dump(send)
    assert dump["journal"] == [] and len(dump["records"]) == len(history)
    return dump


@contextmanager
def unlocking(send: Send) -> Iterator[None]:
    """A user's reaction to a kill, for locks whose process is dead."""
    stopped = threading.Event()

    def work() -> None:
        while not stopped.wait(0.02):
            for lock in send("MATCH (l:__NodestreamMigrationLock__) RETURN l.pid AS pid, elementId(l) AS id"):
                if not _lives(lock["pid"]):
                    dead = "MATCH (l:__NodestreamMigrationLock__) WHERE elementId(l) = $id AND l.pid = $pid DELETE l"
                    send(dead, **lock)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _lives(pid: int) -> bool:
    with suppress(FileNotFoundError, ProcessLookupError):  # gone before it is opened, or before it is read
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    return False


def kill_neo4j(
    send: Send, uri: str, whole: dict[str, Any], chance: random.Random, fast_forward: bool, most: int
) -> int:
    start(send, uri)
    with faults.runner(neo4j_options(uri)) as forks, unlocking(send):
        kills = faults.killed_until_done(forks, chance, 0.7, fast_forward, most)
    assert faults.neo4j_dump(send) == whole, f"after {kills} kills"
    return kills


def start_ladybug(path: Path, rows: int = ROWS) -> None:
    with ladybug_at(path) as database:
        run(faults.HISTORY, database, to=faults.MADE)
        with database.ledger.lock(0):  # which gives the keys their indexes
            faults.ladybug_data(connection(database).send, rows)


def dump_ladybug(path: Path) -> dict[str, Any]:
    with ladybug_at(path) as database:
        return faults.ladybug_dump(connection(database).send)


def unindexed(path: Path) -> list[str]:
    """The node tables with rows but no hash index."""
    with ladybug_at(path) as database:
        return keys_to_index(connection(database).send, only_filled=True)


def kill_ladybug(
    folder: Path, chance: random.Random, fast_forward: bool, most: int, rows: int = ROWS, renewing: bool = False
) -> int:
    """Kill runs at moments spread over the time that a run takes.

    :param renewing: each of their transactions has its own connection.
    """
    whole, torn = folder / "whole.lbug", folder / "torn.lbug"
    start_ladybug(whole, rows)
    shutil.copyfile(whole, torn)
    began = time.monotonic()
    with ladybug_at(whole) as database:
        run(faults.HISTORY, database)
    longest = max(0.4, (time.monotonic() - began) / 2)
    with faults.runner({"database": "ladybug", "path": str(torn)}, renewing) as forks:
        kills = faults.killed_until_done(forks, chance, longest, fast_forward, most)
    assert unindexed(torn) == [] == unindexed(whole)
    assert dump_ladybug(torn) == dump_ladybug(whole), f"after {kills} kills"
    return kills
