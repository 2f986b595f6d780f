"""nsmig and nodestream run as programs, one after the other, on the same migrations and the same Neo4j server."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import neo4j
import yaml

from nsmig.database.cypher import quoted
from nsmig.values import Migration
from nsmig.yaml_file import migration_path, migration_text, write_new


class Took(NamedTuple):
    """``seconds`` of wall time and ``megabytes`` of resident memory of a whole process, including Python's start."""

    seconds: float
    megabytes: float


def write_project(folder: Path, uri: str, migrations: Sequence[Migration]) -> None:
    """A project that both programs read."""
    target = {"database": "neo4j", "uri": uri, "username": "neo4j", "password": "no password is asked for"}
    (folder / "nodestream.yaml").write_text(yaml.safe_dump({"targets": {"db": target}}))
    (folder / "migrations").mkdir(exist_ok=True)
    for each in migrations:
        write_new(migration_path(folder / "migrations", each.name), migration_text(each.to_dict()))


def nsmig(folder: Path, *arguments: str) -> Took:
    return python(folder, "-m", "nsmig", "run", *arguments)


def python(folder: Path, *arguments: str) -> Took:
    return _timed([sys.executable, *arguments], folder)


def nodestream(folder: Path, interpreter: str = sys.executable) -> Took:
    program = "import sys; from nodestream.cli.application import run; sys.argv[0] = 'nodestream'; run()"
    return _timed([interpreter, "-c", program, "migrations", "run", "-t", "db"], folder)


def _timed(command: list[str], folder: Path) -> Took:
    began = time.perf_counter()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        assert process.stdout is not None
        said = process.stdout.read()
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    seconds = time.perf_counter() - began
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{said.decode(errors='replace')[-2000:]}")
    return Took(seconds, used.ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10))


def clear(driver: neo4j.Driver) -> None:
    """Make the database like new, except for its caches."""

    def send(text: str) -> list[dict[str, Any]]:
        with driver.session() as session:
            return [row.data() for row in session.run(cast(Any, text))]

    send("MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 50000 ROWS")
    for each in send("SHOW CONSTRAINTS YIELD name"):
        send(f"DROP CONSTRAINT {quoted(each['name'])}")
    for each in send("SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP'"):
        send(f"DROP INDEX {quoted(each['name'])}")
    send("CALL db.clearQueryCaches()")
