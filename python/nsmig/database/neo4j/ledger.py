"""The ledger in Neo4j: nodestream's lock node with an owner and a lease on it, its records, and a journal."""

from __future__ import annotations

import os
import socket
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

from neo4j.time import Duration

from nsmig.database.base import FORMAT, Mark, Record, State, ignore, require_format
from nsmig.database.cypher import quoted
from nsmig.database.neo4j.connection import Connection
from nsmig.database.neo4j.journal import ALL, CONSTRAINTS, JOURNAL, LOCK, bookkeeping, state_of
from nsmig.database.neo4j.lease import LEASE, Lease
from nsmig.errors import DatabaseError, LockedError

POLLING = 0.5  # seconds between two looks at a held lock


class Neo4jLedger:
    """A :class:`nsmig.database.base.Ledger` in a Neo4j database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def lock(self, timeout: float, waiting: Callable[[str], None] = ignore) -> Iterator[Callable[[], None]]:
        """See :meth:`Ledger.lock`. The lease is by the server's clock."""
        connection = self._connection
        for constraint in CONSTRAINTS:
            connection.rows(constraint)
        owner = str(uuid.uuid4())
        deadline = time.monotonic() + timeout
        lease = Lease(lambda: self._renew(owner))
        try:
            valid_until, has_died = self._acquire(owner, deadline, waiting)
            lease.start(valid_until)
            connection.confirm_lock = lease.renew
            if has_died:
                connection.end_transactions()
            yield lease.check
        except BaseException:
            with suppress(DatabaseError):  # what went wrong before is the news; the lease runs out by itself
                self._give_back(lease, owner)
            raise
        self._give_back(lease, owner)

    def holder(self) -> str | None:
        """See :meth:`Ledger.holder`."""
        row = self._lock_node()
        return _holder(row) if row else None

    def _lock_node(self) -> dict[str, Any] | None:
        rows = self._connection.rows(f"MATCH (l:{quoted(LOCK)} {{lock: 'lock'}}) RETURN {_HOLDER}")
        return rows[0] if rows else None

    def unlock(self) -> None:
        """See :meth:`Ledger.unlock`. Nothing of the run that is said to be dead goes on in the server."""
        self._connection.rows(f"MATCH (l:{quoted(LOCK)}) DETACH DELETE l")
        self._connection.end_transactions()

    def state(self) -> State:
        """See :meth:`Ledger.state`."""
        return state_of(self._connection.rows(ALL)[0]["all"])

    def remember(self, records: Iterable[Record], ended: Iterable[str] = (), marks: Iterable[Mark] = ()) -> None:
        """See :meth:`Ledger.remember`. What was recorded earlier keeps its time."""
        for statement in bookkeeping(records, ended, marks):
            self._connection.change(statement)

    def _acquire(self, owner: str, deadline: float, waiting: Callable[[str], None]) -> tuple[float, bool]:
        """Take the lock, waiting for it.

        Gives the local time until which it is certainly held, and whether an earlier run may have left statements under
        way: its lease ran out, or a journal tells that it did not finish.
        """
        told = None
        while True:
            asked = time.monotonic()
            holder = {"owner": owner, "host": socket.gethostname(), "pid": os.getpid()}
            taken = self._connection.rows(_TAKE, {"owner": owner, "holder": holder, "lease": Duration(seconds=LEASE)})
            if taken:
                return asked + LEASE, taken[0]["died"]
            row = self._lock_node()
            if row is None:
                continue  # it was released between the statements
            require_format("the lock", row["format"])
            other = _holder(row)
            if time.monotonic() >= deadline:
                raise LockedError(other, "wait for it, or if that run is dead, remove it with `nsmig unlock`")
            if other != told:
                waiting(told := other)
            time.sleep(max(0.0, min(POLLING, deadline - time.monotonic())))

    def _renew(self, owner: str) -> bool:
        """Lengthen the lease; False if the lock is not ours any more."""
        text = f"MATCH (l:{quoted(LOCK)} {{lock: 'lock', owner: $owner}}) SET {_LEASE} RETURN count(l) AS count"
        return bool(self._connection.rows(text, {"owner": owner, "lease": Duration(seconds=LEASE)})[0]["count"])

    def _give_back(self, lease: Lease, owner: str) -> None:
        lease.stop()
        self._connection.confirm_lock = lambda: None
        self._connection.rows(f"MATCH (l:{quoted(LOCK)}) WHERE l.owner = $owner DELETE l", {"owner": owner})


_LEASE = "l.lease_until = datetime() + $lease"
_HOLDER = (
    "l.host AS host, l.pid AS pid, toString(l.since) AS since, l.lease_until IS NULL AS foreign, l.format AS format"
)

# Takes the lock if it is free or its lease ran out; else no row. Writing ``lock`` makes the server lock the node before
# it is read. The clock is that of the statement's start: who waited for the node takes no lease that has just run out.
_TAKE = (
    f"MERGE (l:{quoted(LOCK)} {{lock: 'lock'}}) ON CREATE SET l.owner = $owner SET l.lock = 'lock'"
    f" WITH l, l.lease_until IS NOT NULL OR EXISTS {{ (:{quoted(JOURNAL)}) }} AS died"
    f" WHERE l.owner = $owner OR (l.lease_until < datetime() AND coalesce(l.format, 1) <= {FORMAT})"
    f" SET l += $holder, l.since = datetime(), l.format = {FORMAT}, {_LEASE} RETURN died"
)


def _holder(row: Mapping[str, Any]) -> str:
    if row["foreign"]:
        return "nodestream, or a tool like it that leaves no name"
    return f"process {row['pid']} on {row['host']} since {row['since']}"
