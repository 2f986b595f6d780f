"""Property changes on a big graph: ``python benches/big_data.py [--nodes 1000000] [--nodestream PYTHON]``.

One migration with five changes to one type's properties, run by nodestream and by nsmig on the same Neo4j server.
Prints the seconds of whole processes and their resident memory.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

import neo4j  # noqa: E402

import peers  # noqa: E402
from nsmig.kinds import Kind  # noqa: E402
from nsmig.operations import AddProperty, CreateType, DropProperty, RenameProperty  # noqa: E402
from nsmig.values import Migration  # noqa: E402
from support.server import server  # noqa: E402

NODE = Kind.NODE
MADE = Migration("000000", (CreateType(NODE, "Person", ("id",), ("a", "b", "c")),))
CHANGED = Migration(
    "000001",
    (
        AddProperty(NODE, "Person", "country", "unknown"),
        RenameProperty(NODE, "Person", "a", "name"),
        DropProperty(NODE, "Person", "b"),
        AddProperty(NODE, "Person", "active", True),
        RenameProperty(NODE, "Person", "c", "score"),
    ),
    ("000000",),
)


def compare(folder: Path, uri: str, nodes: int, python: str) -> dict[str, peers.Took]:
    """Time and memory of each program; printed as a table."""
    took = {}
    with neo4j.GraphDatabase.driver(uri, notifications_min_severity="OFF") as driver:
        programs: dict[str, Callable[[], peers.Took]] = {
            "nodestream": lambda: peers.nodestream(folder, python),
            "nsmig": lambda: peers.nsmig(folder),
        }
        for name, start in programs.items():
            peers.clear(driver)
            for file in (folder / "migrations").glob("*.yaml"):
                file.unlink()
            peers.write_project(folder, uri, [MADE])
            start()
            with driver.session() as session:
                session.run(
                    "UNWIND range(1, $nodes) AS i CALL (i) { CREATE (:Person {id: i, a: 'name ' + i, b: i, c: i % 7}) }"
                    " IN TRANSACTIONS OF 50000 ROWS",
                    nodes=nodes,
                ).consume()
            peers.write_project(folder, uri, [CHANGED])
            took[name] = start()
            with driver.session() as session:
                done = session.run(
                    "MATCH (n:Person {country: 'unknown', active: true})"
                    " WHERE n.name = 'name ' + n.id AND n.score = n.id % 7"
                    " AND n.a IS NULL AND n.b IS NULL AND n.c IS NULL RETURN count(n) AS count"
                ).single(strict=True)["count"]
            assert done == nodes, f"{name} changed {done} of {nodes} nodes as it should"
    print(f"five property changes on {nodes:,} nodes, whole processes")
    for name, (seconds, megabytes) in took.items():
        share = seconds / took["nodestream"].seconds
        print(f"{name:11} {seconds:8.2f} s {megabytes:6.0f} MB   it / nodestream: {share:.2f}")
    return took


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--nodestream", metavar="PYTHON", default=sys.executable, help="an interpreter that has it")
    parser.add_argument("--uri", help="a running server that may be emptied; else one is started")
    given = parser.parse_args(arguments)
    with TemporaryDirectory() as folder:
        if given.uri:
            compare(Path(folder), given.uri, given.nodes, given.nodestream)
        else:
            with server(Path(folder) / "neo4j") as running:
                compare(Path(folder), running.uri, given.nodes, given.nodestream)


if __name__ == "__main__":
    main()
