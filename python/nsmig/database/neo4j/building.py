"""What the server goes on doing after a statement: it fills an index in the background, and may fail at it.

An index that has failed stays there. Reads pass it over and writes succeed, so nobody notices.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nsmig.database.base import Role, Statement, Unfinished
from nsmig.database.cypher import quoted
from nsmig.database.neo4j.catalog import create, is_ours
from nsmig.database.neo4j.connection import Connection
from nsmig.database.neo4j.live_catalog import entry_of
from nsmig.errors import IndexFailedError

_UNFINISHED = (
    "SHOW INDEXES YIELD name, state, type, entityType, labelsOrTypes, properties, owningConstraint, populationPercent,"
    " failureMessage WHERE state <> 'ONLINE' AND owningConstraint IS NULL"
)
SHORTEST, LONGEST = 0.02, 1.0  # seconds between two looks
PATIENCE = 24 * 60 * 60  # seconds that a script waits for an index


def finish(connection: Connection, names: Sequence[str], progress: Callable[[float], None]) -> None:
    """See :meth:`nsmig.database.base.Session.finish`. What somebody has dropped meanwhile is not waited for."""
    pause = SHORTEST
    while True:
        rows = [row for row in connection.rows(_UNFINISHED) if row["name"] in set(names)]
        for row in sorted(rows, key=lambda row: names.index(row["name"])):
            if row["state"] == "FAILED":
                raise IndexFailedError(row["name"], _reason(row["failureMessage"]))
        if not rows:
            return
        progress((len(names) - len(rows) + sum(row["populationPercent"] for row in rows) / 100) / len(names))
        time.sleep(pause)
        pause = min(2 * pause, LONGEST)


def unfinished(connection: Connection) -> list[Unfinished]:
    """See :meth:`nsmig.database.base.Session.unfinished`: indexes of ours."""
    rows = sorted(connection.rows(_UNFINISHED), key=lambda row: str(row["name"]))
    return [_told(row) for row in rows if is_ours(entry_of(row, False))]


def _told(row: Mapping[str, Any]) -> Unfinished:
    place = f"the index {row['name']} on {row['labelsOrTypes'][0]} ({', '.join(row['properties'])})"
    if row["state"] == "FAILED":
        return Unfinished(row["name"], f"{place} has failed: {_reason(row['failureMessage'])}", True)
    return Unfinished(row["name"], f"{place} is being built: {row['populationPercent']:.0f} % is done", False)


def mend(connection: Connection, unfinished: Sequence[Unfinished]) -> None:
    """See :meth:`nsmig.database.base.Session.mend`."""
    failed = {each.name for each in unfinished if each.failed}
    rows = connection.rows(_UNFINISHED) if failed else []
    for entry in (entry_of(row, False) for row in rows if row["name"] in failed):
        connection.change(Statement(Role.SCHEMA, f"DROP INDEX {quoted(entry.name)} IF EXISTS"))
        connection.change(Statement(Role.SCHEMA, create(entry)))


def waiting(names: Iterable[str]) -> list[Statement]:
    """Statements of a script that wait for indexes."""
    return [
        Statement(Role.SCHEMA, "CALL db.awaitIndex($name, $seconds)", {"name": each, "seconds": PATIENCE})
        for each in names
    ]


def _reason(message: str) -> str:
    """The last cause that the server names, without the trace below it."""
    return message.strip().splitlines()[0] if message.strip() else "no reason is given"
