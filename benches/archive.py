"""Archiving a drop and restoring it, beside the drop alone and a load by the driver: ``python benches/archive.py``.

All in one run on one server, so that only the ratios count: nodes with ten properties and a key.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nsmig import History
from nsmig.cli import UNUSED
from nsmig.kinds import Kind
from nsmig.making.revert import revert
from nsmig.operations import CreateType, DropType, Operation
from nsmig.running.loop import run
from nsmig.running.restoring import restore
from support.databases import neo4j_at
from support.migrations import chained
from support.server import server

if TYPE_CHECKING:
    import neo4j

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


def read(driver: neo4j.Driver) -> None:
    """What an archive costs at least, besides the drop."""
    with driver.session() as session:
        for _ in session.run("MATCH (n:A) RETURN n"):
            pass


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


def carried_out(step: str, uri: str, folder: Path) -> tuple[float, float]:
    """A step in a process of its own, as the command is: seconds without its start, and its largest size in MB."""
    command = [sys.executable, __file__, "--step", step, "--uri", uri, "--folder", str(folder)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": PATH})
    seconds, size = json.loads(answer.stdout)
    return seconds, size


PATH = os.pathsep.join([str(Path(__file__).parent), str(Path(__file__).parent.parent / "tests")])


def step(which: str, uri: str, folder: str) -> None:
    sys.modules.update(dict.fromkeys(UNUSED))  # type: ignore[arg-type]  # as the command does
    of = chained(MADE, DROPPED)
    back: History = chained(MADE, DROPPED, revert(of, "m1").operations)
    with neo4j_at(uri) as database:
        if which == "restore":
            run(back, database)
            seconds = timed(lambda: restore(back, database, folder))
        else:
            seconds = timed(lambda: run(of, database, archive=folder if which == "archive and drop" else None))
    print(json.dumps([seconds, size()]))


def size() -> float:
    """The largest size of this process, in MB. What ``getrusage`` says of it begins with that of its parent."""
    (line,) = (each for each in Path("/proc/self/status").read_text().splitlines() if each.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def measure(count: int, uri: str, folder: Path, rounds: int = 1) -> list[dict[str, tuple[float, float]]]:
    """Of each round the seconds and the client's size in MB of each step. The first round is the server's to warm up,
    where there are several."""
    import neo4j

    measured = []
    with neo4j.GraphDatabase.driver(uri, notifications_min_severity="OFF") as driver, begun(uri, driver) as start:
        for number in range(rounds):
            start()
            of_round = {"load": (timed(lambda: load(driver, count)), 0.0)}
            of_round["read"] = (timed(lambda: read(driver)), 0.0)
            of_round["drop"] = carried_out("drop", uri, folder)
            start()
            load(driver, count)
            for each in ("archive and drop", "restore"):
                of_round[each] = carried_out(each, uri, folder / str(number))
            measured.append(of_round)
    return measured


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument(
        "--rounds", type=int, default=3, help="the first only warms the server up, if there are several"
    )
    for each in ("--step", "--uri", "--folder"):
        parser.add_argument(each, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.step:
        step(given.step, given.uri, given.folder)
        return
    with tempfile.TemporaryDirectory() as folder, server(Path(folder) / "neo4j") as running:
        measured = measure(given.nodes, running.uri, Path(folder) / "archive", given.rounds)
    print(f"{given.nodes} nodes with ten properties")
    for of_round in measured[1:] or measured:
        seconds = {name: value for name, (value, _) in of_round.items()}
        told = ", ".join(f"{name} {value:.1f} s" for name, value in seconds.items())
        most = max(each for _, each in of_round.values())
        floor = seconds["archive and drop"] / (seconds["drop"] + seconds["read"])
        dropped, restored = seconds["archive and drop"] / seconds["drop"], seconds["restore"] / seconds["load"]
        print(told)
        print(f"  archive and drop: {dropped:.2f} x the drop alone (aim 2.5), {floor:.2f} x that and reading the rows")
        print(f"  restore: {restored:.2f} x the load (aim 3)")
        print(f"  the client has at most {most:.0f} MB (aim 150), {of_round['drop'][1]:.0f} MB without an archive")


if __name__ == "__main__":
    main()
