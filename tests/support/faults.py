"""A history with every kind of operation, data for it on both databases, and runs of it that can be killed.

``python -m support.faults`` (see :func:`main`) is the runner: it has imported everything and forks for each run, so
that a kill hits the run itself and not the start of Python.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

import nsmig
from nsmig.database import open_database
from nsmig.database.ladybug import connection as ladybug_connection
from nsmig.errors import NsmigError
from nsmig.kinds import Kind
from nsmig.operations import (
    AddAdjacency,
    AddIndex,
    AddProperty,
    CreateType,
    DropAdjacency,
    DropIndex,
    DropProperty,
    DropType,
    ExtendKey,
    Operation,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from support.databases import Opened
from support.migrations import migration
from support.runs import run
from support.terminal import importing

NODE, RELATIONSHIP = Kind.NODE, Kind.RELATIONSHIP
MADE = "0-made"  # creates the types; the data comes after it

ADDING = {"neo4j": "toInteger(value) + 100", "ladybug": "size(value) + 100"}
OPERATIONS: dict[str, list[Operation]] = {
    MADE: [
        CreateType(NODE, "A", ("k",), ("p", "d", "i")),
        CreateType(NODE, "B", ("j",), ("p", "r")),
        CreateType(NODE, "Gone", ("k",), ()),
        CreateType(RELATIONSHIP, "R", (), ("p", "d")),
        CreateType(RELATIONSHIP, "Q", (), ()),
        AddIndex(NODE, "A", "i"),
        AddIndex(NODE, "A", "p"),
    ],
    "1-properties": [
        AddProperty(NODE, "A", "x", "new"),
        RenameProperty(NODE, "A", "p", "q"),
        DropProperty(NODE, "A", "d"),
        AddProperty(NODE, "A", "d", "again"),  # something else under an old name: not in one pass with its drop
        RenameProperty(NODE, "B", "r", "s"),
    ],
    "2-keys": [
        ExtendKey(NODE, "A", "t", None),
        RenameKeyPart(NODE, "A", "k", "key"),
        ExtendKey(NODE, "A", "x", "unused"),
        DropProperty(NODE, "A", "x"),
    ],
    "3-types": [
        AddIndex(NODE, "A", "q"),
        RenameType(NODE, "A", "C"),
        RenameType(RELATIONSHIP, "R", "S"),
        DropIndex(NODE, "C", "i"),
    ],
    "4-relationships": [
        AddProperty(RELATIONSHIP, "S", "w", "new"),
        RenameProperty(RELATIONSHIP, "S", "p", "q"),
        DropProperty(RELATIONSHIP, "S", "d"),
        ExtendKey(RELATIONSHIP, "S", "t", "d"),
        RenameKeyPart(RELATIONSHIP, "S", "t", "u"),
        AddIndex(RELATIONSHIP, "S", "q"),
    ],
    "5-drops": [
        DropType(NODE, "B"),
        DropType(NODE, "Gone"),
        DropType(RELATIONSHIP, "Q"),
        CreateType(NODE, "D", ("k",), ()),
        RenameProperty(NODE, "C", "q", "p"),
    ],
    "6-own": [
        SetPropertyType(NODE, "C", "i", "STRING"),
        SetPropertyType(NODE, "C", "i", "INTEGER", ADDING),  # it must be added only once
        SetPropertyType(RELATIONSHIP, "S", "q", "FLOAT"),
        ReduceKey(NODE, "C", "t"),
        RunQuery("MATCH (n:C) SET n.d = n.d + '+'"),  # must not be repeated
        AddAdjacency("C", "S", "D"),
        SetPropertyType(NODE, "C", "key", "STRING"),
        DropAdjacency("C", "S", "D"),
        RunQuery("MATCH (n:C) SET n.d = n.d + '-'"),
    ],
}
MIGRATIONS = [
    migration(name, operations, list(OPERATIONS)[at - 1 : at] if at else [])
    for at, (name, operations) in enumerate(OPERATIONS.items())
]
HISTORY = nsmig.History(MIGRATIONS)
# The part of it that version 0.1.0 could read.
IN_0_1 = nsmig.History(
    [
        migration(each.name, [op for op in each.operations if getattr(op, "using", None) is None], each.dependencies)
        for each in MIGRATIONS
    ]
)


def connect(options: Mapping[str, Any]) -> AbstractContextManager[Opened]:
    given = dict(options)
    return open_database(given.pop("database"), given)


def neo4j_data(send: Callable[..., list[dict[str, Any]]], count: int) -> None:
    """``count`` nodes of each sort, one of them with two of the labels, and relationships."""
    send(
        "UNWIND range(1, $count) AS i"
        " CREATE (a:A {k: 'a' + i, p: 'p' + i, d: i, i: i % 3})"
        " CREATE (ab:A:B {k: 'ab' + i, j: 'ab' + i, p: 'both' + i, d: i, r: [i, i]})"
        " CREATE (b:B {j: 'b' + i, p: i, r: 'r' + i})"
        " CREATE (:Gone {k: i}), (:Gone:A {k: 'g' + i, p: 'g'})"
        " CREATE (a)-[:R {p: i, d: i}]->(ab), (ab)-[:R {d: date('2020-01-02')}]->(b), (a)-[:Q]->(b)",
        count=count,
    )


def ladybug_data(send: Callable[[str], Any], count: int) -> None:
    """``count`` nodes of each sort, and relationships within one type and between two."""
    for pair in ("A TO A", "A TO B"):
        send(f"ALTER TABLE R ADD IF NOT EXISTS FROM {pair}")
    rows = f"UNWIND range(1, {count}) AS i WITH cast(i, 'STRING') AS i"
    send(f"{rows} CREATE (:A {{k: 'a' + i, p: 'p' + i, d: 'd' + i, i: 'i'}})")
    send(f"{rows} CREATE (:B {{j: 'b' + i, p: 'p', r: 'r' + i}})")
    send(f"{rows} CREATE (:Gone {{k: i}})")
    for end, values in (("A", "'a' + i, 'd', i"), ("B", "'b' + i, cast(NULL, 'STRING'), '0.5'")):
        send(f"COPY R FROM ({rows} RETURN 'a' + i, {values}) (from='A', to='{end}')")


def neo4j_dump(send: Callable[..., list[dict[str, Any]]]) -> dict[str, Any]:
    """Every value, constraint, index, record and journal entry, in an order that does not depend on ids."""
    own = ["__NodestreamMigration__", "__NodestreamMigrationLock__", "__NsmigJournal__"]
    nodes = send(
        "MATCH (n) WHERE none(each IN labels(n) WHERE each IN $own) RETURN labels(n) AS l, properties(n) AS p", own=own
    )
    relationships = send(
        "MATCH (a)-[r]->(b) RETURN properties(a) AS a, type(r) AS t, properties(r) AS p, properties(b) AS b"
    )
    entries = send("SHOW CONSTRAINTS YIELD name, type, labelsOrTypes, properties")
    entries += send("SHOW INDEXES YIELD name, type, labelsOrTypes, properties, owningConstraint WHERE type <> 'LOOKUP'")
    return {
        "nodes": _ordered({**row, "l": sorted(row["l"])} for row in nodes),
        "relationships": _ordered(relationships),
        "entries": _ordered(entries),
        "records": _ordered(send("MATCH (m:__NodestreamMigration__) RETURN m.name AS n, m.checksum AS c")),
        "journal": send("MATCH (j:__NsmigJournal__) RETURN properties(j) AS p"),
    }


def ladybug_dump(send: Callable[[str], Any]) -> dict[str, Any]:
    tables = sorted(map(tuple, send("CALL show_tables() RETURN name, type")))
    shown = [name for name, _ in tables if not name.startswith("__nsmig")]
    pairs = [
        (name, *row[:2])
        for name, kind in tables
        if kind == "REL"
        for row in send(f"CALL show_connection('{name}') RETURN *")
    ]
    state = [key for (key,) in send("MATCH (s:__nsmig_state__) RETURN s.k")]
    return {
        "tables": {name: sorted(map(repr, send(f"CALL table_info('{name}') RETURN name, type"))) for name in shown},
        "nodes": _ordered(
            _without_ids(node) for (node,) in send("MATCH (n) WHERE label(n) <> '__nsmig_state__' RETURN n")
        ),
        "relationships": {
            repr(pair): _ordered(
                [_without_ids(each) for each in row]
                for row in send("MATCH (a:{1})-[r:{0}]->(b:{2}) RETURN a, r, b".format(*pair))
            )
            for pair in sorted(pairs)
        },
        "state": sorted(state),
    }


def _without_ids(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in ("_ID", "_SRC", "_DST")}


def _ordered(rows: Any) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True, default=str) for row in rows)


# ---- Runs that can be killed -----------------------------------------------------------------------------------------


class Runner:
    """Forks a process for each run."""

    def __init__(self, options: Mapping[str, Any], renewing: bool) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "support.faults", json.dumps(dict(options)), *["renewing"] * renewing],
            env={**os.environ, **importing()},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def start(self, fast_forward: bool = False) -> int:
        """Start a run; return its process id."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"run {int(fast_forward)}\n")
        self._process.stdin.flush()
        return int(self._answer())

    def wait(self, pid: int) -> tuple[int, str]:
        """A run's exit code (negative: the signal that killed it) and its output."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"wait {pid}\n")
        self._process.stdin.flush()
        code, said = json.loads(self._answer())
        return code, said

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(60)


@contextmanager
def runner(options: Mapping[str, Any], renewing: bool = False) -> Iterator[Runner]:
    """:param renewing: renew LadybugDB's connection as if it had sent many statements with parameters."""
    made = Runner(options, renewing)
    try:
        yield made
    finally:
        made.close()


def killed_until_done(forks: Runner, chance: random.Random, longest: float, fast_forward: bool, most: int) -> int:
    """Run, and kill after a random time, up to ``most`` times, until a run finishes; return the number of kills."""
    kills = 0
    while True:
        pid = forks.start(fast_forward)
        if kills < most:
            time.sleep(chance.uniform(0, longest))
            os.kill(pid, signal.SIGKILL)
        code, said = forks.wait(pid)
        if code == 0:
            return kills
        assert code == -signal.SIGKILL, said
        kills += 1


def main(options: dict[str, Any]) -> None:
    """Answer ``run FAST_FORWARD`` with a process id, ``wait ID`` with its exit code and message."""
    connect(options)  # imports the driver
    pipes: dict[int, Any] = {}
    for line in sys.stdin:
        command, argument = line.split()
        if command == "run":
            reading, writing = os.pipe()
            pid = os.fork()
            if pid == 0:
                os.close(reading)
                _run_once(options, argument == "1", writing)
            os.close(writing)
            pipes[pid] = os.fdopen(reading)
            print(pid, flush=True)
        else:
            pid = int(argument)
            _, status = os.waitpid(pid, 0)
            with pipes.pop(pid) as pipe:
                print(json.dumps([os.waitstatus_to_exitcode(status), pipe.read()]), flush=True)


def _run_once(options: dict[str, Any], fast_forward: bool, writing: int) -> None:
    code = 1
    try:
        with connect(options) as database:
            count = run(HISTORY, database, fast_forward=fast_forward, lock_timeout=60)
            os.write(writing, str(count).encode())
            code = 0
    except NsmigError as error:
        os.write(writing, str(error).encode())
    finally:
        os._exit(code)


if __name__ == "__main__":
    if "renewing" in sys.argv:
        ladybug_connection.KEPT_STATEMENTS = 0
    main(json.loads(sys.argv[1]))
