"""Processor time of a Neo4j server beside its floor: ``python benches/neo4j_scale.py [--nodes 1000000] [--rounds 3]``.

For each case: nsmig's statements, then those that an expert would send by hand, knowing that the data is fine; on the
same rows, in turns, in one run. The floor of `check` is the procedure that it calls; that of many migrations is the
constraints and indexes that their run created and dropped, twenty per transaction, a wait for them, and one record.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any, cast

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "tests")]

import neo4j  # noqa: E402

import peers  # noqa: E402
import results  # noqa: E402
from many_migrations import history  # noqa: E402
from nsmig import History  # noqa: E402
from nsmig.catalog_operations import CreateIndex  # noqa: E402
from nsmig.database.base import Mark, Record, Role, Session, Turn  # noqa: E402
from nsmig.database.neo4j.journal import CONSTRAINTS, FENCE, LOCK, OWNER, bookkeeping  # noqa: E402
from nsmig.database.neo4j.session import CREATIONS  # noqa: E402
from nsmig.kinds import Kind  # noqa: E402
from nsmig.operations import (  # noqa: E402
    AddProperty,
    CreateType,
    DropProperty,
    Operation,
    RenameProperty,
    RenameType,
    SetPropertyType,
)
from nsmig.running.loop import run  # noqa: E402
from support.databases import Opened, neo4j_at, planned, turn  # noqa: E402
from support.migrations import migration  # noqa: E402
from support.reference import Property, Schema  # noqa: E402
from support.server import server  # noqa: E402

LABELS = 50
DIMENSIONS = 384
AWAIT = "CALL db.awaitIndexes(3600)"
ROWS = Schema({"T": {name: Property(key=name == "id") for name in ("id", "a", "b", "c")}})
ROW = "CREATE (:T {id: i, a: toString(i), b: 'x' + i, c: i % 7})"
FILL = "MATCH (n:T) CALL (n) { SET n.d = coalesce(n.d, 'unknown') } IN 4 CONCURRENT TRANSACTIONS OF 2500 ROWS"
KEY = "CREATE CONSTRAINT {0}_node_key FOR (n:{0}) REQUIRE n.id IS UNIQUE"
CHANGES: dict[str, tuple[Operation, str]] = {
    "type change": (SetPropertyType(Kind.NODE, "T", "a", "INTEGER"), "SET n.a = toInteger(n.a)"),
    "rename": (RenameProperty(Kind.NODE, "T", "a", "z"), "SET n.z = n.a, n.a = null"),
    "default": (AddProperty(Kind.NODE, "T", "d", "unknown"), "SET n.d = 'unknown'"),
    "label rename": (RenameType(Kind.NODE, "T", "U"), "SET n:U REMOVE n:T"),
    "drop": (DropProperty(Kind.NODE, "T", "b"), "SET n.b = null"),
}


class Server:
    """A driver, and the processor time that the server's process has used."""

    def __init__(self, driver: neo4j.Driver, pid: int) -> None:
        self.driver, self._pid = driver, pid

    def send(self, *texts: str, **parameters: Any) -> None:
        """All in one transaction if there are several."""
        with self.driver.session() as session:
            if len(texts) == 1:
                session.run(cast(Any, texts[0]), parameters).consume()
                return
            with session.begin_transaction() as transaction:
                for text in texts:
                    transaction.run(cast(Any, text)).consume()
                transaction.commit()

    def seconds(self, work: Callable[[], object]) -> float:
        before = self._used()
        work()
        return self._used() - before

    def _used(self) -> float:
        fields = Path(f"/proc/{self._pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


class Recording:
    """A session that keeps the texts of statements that change constraints and indexes."""

    def __init__(self, session: Session[Any]) -> None:
        self.live, self.live_schema, self.stop = session.live, session.live_schema, session.stop
        self.finish, self.mend, self.unfinished = session.finish, session.mend, session.unfinished
        self.unindexed, self.survey = session.unindexed, session.survey
        self.remains, self.other_records = session.remains, session.other_records
        self.unmovable, self.refuse = session.unmovable, session.refuse
        self.holds_rows = session.holds_rows
        self.texts: list[str] = []
        self._execute = session.execute

    def execute(self, turn: Turn, mark: Mark | None, progress: Callable[[int], None]) -> Sequence[str]:
        self.texts += [each.text for each in turn.statements if each.role is Role.SCHEMA]
        return self._execute(turn, mark, progress)


def check(at: Server, database: Opened, nodes: int) -> Iterator[tuple[str, float, float]]:
    peers.clear(at.driver)
    for label in range(LABELS):
        create = f"CREATE (:L{label} {{id: i, a{label}: 'x' + i, b: i % 7, c: i * 0.5}})"
        rows = f"UNWIND range(1, $rows) AS i CALL (i) {{ {create} }} IN TRANSACTIONS OF 20000 ROWS"
        at.send(rows, rows=max(1, nodes // LABELS))
    # Four of five relationship types have a single type at one end; for the fifth, both ends have to be checked.
    for name, ends in (("R0", (0, 1)), ("R1", (1, 2)), ("R2", (2, 3)), ("R3", (3, 4)), ("R4", (5, 6)), ("R4", (7, 8))):
        match = f"MATCH (a:L{ends[0]}) CALL (a) {{ MATCH (b:L{ends[1]}) WITH a, b LIMIT 1 CREATE (a)-[:{name}]->(b) }}"
        at.send(f"{match} IN TRANSACTIONS OF 20000 ROWS")
    ours = at.seconds(database.session.live_schema)
    yield "check --target", ours, at.seconds(lambda: at.send("CALL db.schema.nodeTypeProperties()"))
    yield "inspect, beside what check reads", at.seconds(lambda: database.session.survey(None, unseen)), ours


def unseen(done: int, total: int) -> None:
    """Discards a survey's progress."""


def changes(at: Server, database: Opened, nodes: int) -> Iterator[tuple[str, float, float]]:
    def fill() -> None:
        peers.clear(at.driver)
        at.send(KEY.format("T"))
        at.send(f"UNWIND range(1, $rows) AS i CALL (i) {{ {ROW} }} IN TRANSACTIONS OF 20000 ROWS", rows=nodes)

    def by_nsmig(operation: Operation) -> None:
        statements, _ = planned(database, operation, ROWS, database.session.live())
        database.session.execute(turn(statements, operation), None, lambda rows: None)

    def by_hand(operation: Operation, change: str) -> None:
        if isinstance(operation, RenameType):
            at.send("DROP CONSTRAINT T_node_key")
        at.send(f"MATCH (n:T) CALL (n) {{ {change} }} IN 4 CONCURRENT TRANSACTIONS OF 2500 ROWS")
        if isinstance(operation, RenameType):
            at.send(KEY.format("U"))

    for name, (operation, change) in CHANGES.items():
        took = []
        for work in (lambda: by_nsmig(operation), lambda: by_hand(operation, change)):  # noqa: B023  # called at once
            fill()
            took.append(at.seconds(work))
        yield name, took[0], took[1]


def vectors(at: Server, database: Opened, nodes: int) -> Iterator[tuple[str, float, float]]:
    """A type is renamed below a vector index that its schema declares; by hand, the index is dropped and created."""
    index = CreateIndex(Kind.NODE, "near", ("T",), ("v",), "vector", {"dimensions": DIMENSIONS, "similarity": "cosine"})
    made = migration("m0", (CreateType(Kind.NODE, "T", ("id",), ("v",)), index))
    renamed = migration("m1", (RenameType(Kind.NODE, "T", "U"),), ["m0"])
    row = "CREATE (:T {id: i, v: [j IN range(1, $dimensions) | rand() - 0.5]})"

    def fill() -> None:
        peers.clear(at.driver)
        run(History([made]), database, lambda event: None)
        rows = f"UNWIND range(1, $rows) AS i CALL (i) {{ {row} }} IN TRANSACTIONS OF 5000 ROWS"
        at.send(rows, rows=nodes, dimensions=DIMENSIONS)
        at.send(AWAIT)

    def by_hand() -> None:
        at.send("DROP INDEX near")
        at.send("DROP CONSTRAINT T_node_key")
        at.send("MATCH (n:T) CALL (n) { SET n:U REMOVE n:T } IN 4 CONCURRENT TRANSACTIONS OF 2500 ROWS")
        at.send(KEY.format("U"))
        options = f"{{`vector.dimensions`: {DIMENSIONS}, `vector.similarity_function`: 'cosine'}}"
        at.send(f"CREATE VECTOR INDEX near FOR (n:U) ON n.v OPTIONS {{indexConfig: {options}}}")
        at.send(AWAIT)

    took = []
    for work in (lambda: run(History([made, renamed]), database, lambda event: None), by_hand):
        fill()
        took.append(at.seconds(work))
    yield "label rename with a vector index", took[0], took[1]


def migrations(at: Server, database: Opened, count: int) -> Iterator[tuple[str, float, float]]:
    peers.clear(at.driver)
    recording = Recording(database.session)
    ours = at.seconds(lambda: run(History(history(count)), replace(database, session=recording), lambda event: None))
    peers.clear(at.driver)
    (record,) = bookkeeping([Record(f"{number:06}") for number in range(count)], (), ())

    def by_hand() -> None:
        for start in range(0, len(recording.texts), CREATIONS):
            at.send(*recording.texts[start : start + CREATIONS])
        at.send("CALL db.awaitIndexes(300)")
        at.send(record.text, **record.parameters)

    yield f"{count} migrations", ours, at.seconds(by_hand)


def fence(at: Server, database: Opened, nodes: int) -> Iterator[tuple[str, float, float]]:
    """A statement that checks the lock's owner, beside the same one without the check."""
    took = []
    for text in (f"{FENCE}{FILL}", FILL):
        peers.clear(at.driver)
        at.send(CONSTRAINTS[1])
        at.send(f"CREATE (:{LOCK} {{lock: 'lock', owner: 'us'}})")
        at.send(f"UNWIND range(1, $rows) AS i CALL (i) {{ {ROW} }} IN TRANSACTIONS OF 20000 ROWS", rows=nodes)
        took.append(at.seconds(lambda: at.send(text, **{OWNER: "us"})))  # noqa: B023  # called at once
    yield "the lock asked for", took[0], took[1]


def compare(uri: str, pid: int, nodes: int, counts: Sequence[int], rounds: int, only: str) -> list[str]:
    """The table's lines."""
    took: dict[str, list[tuple[float, float]]] = {}
    with neo4j.GraphDatabase.driver(uri, notifications_min_severity="OFF") as driver, neo4j_at(uri) as database:
        at = Server(driver, pid)
        for _ in range(rounds + 1):  # the first one warms up
            many = ((migrations, count) for count in counts)
            for bench, size in ((check, nodes), (changes, nodes), (fence, nodes), (vectors, nodes // 10), *many):
                if only not in ("all", bench.__name__):
                    continue
                for name, ours, floor in bench(at, database, size):
                    took.setdefault(name, []).append((ours, floor))
    lines = ["| what | server, s | floor, s | ratio, median (least, most) |", "|---|---|---|---|"]
    for name, pairs in took.items():
        ratios = sorted(ours / max(floor, 0.01) for ours, floor in pairs[1:])
        ours, floor = map(median, zip(*pairs[1:], strict=True))
        lines.append(
            f"| {name} | {ours:.2f} | {floor:.2f} | {median(ratios):.2f} ({ratios[0]:.2f}, {ratios[-1]:.2f}) |"
        )
    return lines


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nodes", type=int, default=1_000_000)
    parser.add_argument("--migrations", type=int, nargs="*", default=[1000, 3000])
    parser.add_argument("--only", choices=["all", "check", "changes", "fence", "vectors", "migrations"], default="all")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server", metavar="URI PID", nargs=2, help="one that may be emptied; else one is started")
    given = parser.parse_args(arguments)
    sizes = given.nodes, given.migrations, given.rounds, given.only
    with TemporaryDirectory() as folder:
        if given.server:
            lines = compare(given.server[0], int(given.server[1]), *sizes)
        else:
            with server(Path(folder)) as running:
                lines = compare(running.uri, running.pid, *sizes)
    results.write("neo4j_scale", [f"{given.nodes:,} nodes, processor time of the server", "", *lines])


if __name__ == "__main__":
    main()
