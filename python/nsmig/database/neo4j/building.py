"""Work that the server continues after a statement: it fills an index in the background, and may fail.

A failed index continues to exist. Reads ignore it and writes succeed, so no one notices.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nsmig.database.base import Role, Statement
from nsmig.database.neo4j.catalog import KEEP, create, drop, is_ours
from nsmig.database.neo4j.connection import Connection
from nsmig.database.neo4j.live_catalog import entry_of, read_catalog, read_kept
from nsmig.database.neo4j.rebuilding import forgotten, of_facts, put_back, unmade
from nsmig.database.survey import Unfinished
from nsmig.errors import DatabaseError, IndexFailedError

# Indexes that are not in use, and full-text ones that are updated later than writes.
_LATE = (
    "SHOW INDEXES YIELD name, state, type, entityType, labelsOrTypes, properties, owningConstraint, populationPercent,"
    " failureMessage, options WHERE owningConstraint IS NULL"
    " AND (state <> 'ONLINE' OR options.indexConfig['fulltext.eventually_consistent'])"
)
SHORTEST, LONGEST = 0.02, 1.0  # seconds between two checks
PATIENCE = 24 * 60 * 60  # seconds that a script waits for an index


def finish(connection: Connection, names: Sequence[str], progress: Callable[[float], None]) -> None:
    """See :meth:`nsmig.database.base.Session.finish`. It does not wait for anything that was dropped meanwhile."""
    pause = SHORTEST
    while True:
        late = [row for row in connection.rows(_LATE) if row["name"] in set(names)]
        rows = sorted((row for row in late if row["state"] != "ONLINE"), key=lambda row: names.index(row["name"]))
        for row in rows:
            if row["state"] == "FAILED":
                raise IndexFailedError(row["name"], _reason(row["failureMessage"]))
        if not rows:
            break
        progress((len(names) - len(rows) + sum(row["populationPercent"] for row in rows) / 100) / len(names))
        time.sleep(pause)
        pause = min(2 * pause, LONGEST)
    if late:
        connection.rows("CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()")
    if kept := {of_facts(each).to.name for each in read_kept(connection.rows)}.intersection(names):
        _change(connection, forgotten(sorted(kept)))


def unfinished(connection: Connection) -> list[Unfinished]:
    """See :meth:`nsmig.database.base.Session.unfinished`: our indexes, and everything that a stopped run was about to
    rebuild, including users' own."""
    rows = sorted(connection.rows(_LATE), key=lambda row: str(row["name"]))
    late = {row["name"]: row for row in rows if row["state"] != "ONLINE"}
    found = [_described(row) for row in late.values() if is_ours(entry_of(row, False))]
    kept = [of_facts(each) for each in read_kept(connection.rows)]
    created = {each.to.name for each in kept if each.was == each.to}
    there = read_catalog(connection.rows, connection.server).names if created else ()
    for entry in (each.to for each in kept):
        if entry.name in created and entry.name in late:
            found.append(_described(late[entry.name]))
        elif entry.name not in created or entry.name not in there:
            what = "is missing, and a run creates it" if entry.name in created else "is dropped, and a run rebuilds it"
            found.append(Unfinished(entry.name, f"the {entry.noun} {entry.name} {what} on {entry.place}", True))
    return found


def _described(row: Mapping[str, Any]) -> Unfinished:
    what = f"the index {row['name']} on {entry_of(row, False).place}"
    if row["state"] == "FAILED":
        return Unfinished(row["name"], f"{what} has failed: {_reason(row['failureMessage'])}", True)
    return Unfinished(row["name"], f"{what} is being built: {row['populationPercent']:.0f} % is done", False)


def mend(connection: Connection, unfinished: Sequence[Unfinished], *, after: bool) -> None:
    """See :meth:`nsmig.database.base.Session.mend`."""
    failed = set() if after else {each.name for each in unfinished if each.failed}
    for entry in (entry_of(row, False) for row in connection.rows(_LATE)) if failed else ():
        if entry.name in failed and entry.failed and is_ours(entry):
            connection.change_schema([drop(entry), create(entry)])
    facts = read_kept(connection.rows)
    if facts and connection.options.foreign_indexes == KEEP:
        _change(connection, put_back(facts, read_catalog(connection.rows, connection.server)))
        facts = [each for each in facts if of_facts(each).declared]
    if facts:
        _change(connection, unmade(facts, read_catalog(connection.rows, connection.server), after=after))


def _change(connection: Connection, statements: Iterable[Statement]) -> None:
    for statement in statements:
        if statement.role is Role.SCHEMA:
            connection.change_schema([statement.text])
            continue
        rows = connection.change(statement)
        if statement.role is Role.RECHECK and rows[0]["count"]:
            raise DatabaseError(f"{statement.problem}. To see it: {statement.show}")


def waiting(names: Iterable[str]) -> list[Statement]:
    """The statement with which a script waits, if there is anything to wait for: for all indexes, since some of these
    may have been dropped again."""
    return [Statement(Role.SCHEMA, f"CALL db.awaitIndexes({PATIENCE})")] if list(names) else []


def _reason(message: str) -> str:
    """The last cause that the server gives, without its stack trace."""
    return message.strip().splitlines()[0] if message.strip() else "no reason is given"
