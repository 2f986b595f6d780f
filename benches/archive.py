"""Archiving a drop and restoring it, beside the drop alone and a load by the driver: ``python benches/archive.py``.

All in one run on one server, so that only the ratios count: nodes with ten properties and a key.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import neo4j

from nsmig import History
from nsmig.kinds import Kind
from nsmig.making.revert import revert
from nsmig.operations import CreateType, DropType, Operation
from nsmig.running.loop import run
from nsmig.running.restoring import restore
from support.databases import neo4j_at
from support.migrations import chained
from support.server import server

PROPERTIES = tuple(f"p{place}" for place in range(9))
MADE = CreateType(Kind.NODE, "A", ("k",), PROPERTIES)
DROPPED: list[Operation] = [DropType(Kind.NODE, "A")]
BATCH = 10_000


def row(number: int) -> dict[str, Any]:
    values: list[Any] = [
        f"name {number}",
        number % 97,
        number / 7,
        number % 2 == 0,
        "x" * 20,
        number * 3,
        "é",
        1.5,
        "z",
    ]
    return {"k": number, **dict(zip(PROPERTIES, values, strict=True))}


def load(driver: neo4j.Driver, count: int) -> None:
    """The driver's best bulk way: UNWIND, a transaction for each batch."""
    rows = map(row, range(count))
    with driver.session() as session:
        while some := list(islice(rows, BATCH)):
            session.run("UNWIND $rows AS row CREATE (n:A) SET n = row", rows=some).consume()


def timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@contextmanager
def begun(uri: str, driver: neo4j.Driver) -> Iterator[Callable[[], None]]:
    """What makes the database as it was before a drop, without its rows."""

    def start() -> None:
        with driver.session() as session:
            session.run("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS").consume()
        with neo4j_at(uri) as database:
            run(chained(MADE), database)

    yield start


def measure(count: int, uri: str, folder: Path) -> dict[str, float]:
    of = chained(MADE, DROPPED)
    back: History = chained(MADE, DROPPED, revert(of, "m1").operations)
    seconds: dict[str, float] = {}
    with neo4j.GraphDatabase.driver(uri, notifications_min_severity="OFF") as driver, begun(uri, driver) as start:
        for _ in range(2):  # the first time warms the server up
            start()
            seconds["load"] = timed(lambda: load(driver, count))
            with neo4j_at(uri) as database:
                seconds["drop"] = timed(lambda: run(of, database))
        start()
        load(driver, count)
        with neo4j_at(uri) as database:
            seconds["archive and drop"] = timed(lambda: run(of, database, archive=folder))
            run(back, database)
            seconds["restore"] = timed(lambda: restore(back, database, folder))
    return seconds


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    count = parser.parse_args().nodes
    with tempfile.TemporaryDirectory() as folder, server(Path(folder) / "neo4j") as running:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        seconds = measure(count, running.uri, Path(folder) / "archive")
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{count} nodes with ten properties; memory of this process: {before:.0f} MB, at most {peak:.0f} MB")
    for name, value in seconds.items():
        print(f"{name:20}{value:8.1f} s")
    print(f"archive and drop: {seconds['archive and drop'] / seconds['drop']:.2f} x the drop alone (at most 2.5)")
    print(f"restore: {seconds['restore'] / seconds['load']:.2f} x the load (at most 3)")


if __name__ == "__main__":
    main()
