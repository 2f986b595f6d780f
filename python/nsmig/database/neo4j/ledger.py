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

from nsmig.database.base import FORMAT, Amendment, Mark, Record, State, ignore, require_format
from nsmig.database.cypher import quoted
from nsmig.database.neo4j.connection import TERMINATING, Connection
from nsmig.database.neo4j.journal import ALL, CONSTRAINTS, JOURNAL, LOCK, amending, bookkeeping, state_of
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
            valid_until, has_begun = self._acquire(owner, deadline, waiting)
            lease.start(valid_until)
            connection.owner, connection.confirm_lock = owner, lease.renew
            if has_begun:
                connection.end_transactions()
            yield lease.check
        except BaseException:
            with suppress(DatabaseError):  # the earlier error is more important; the lease expires by itself
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
        """See :meth:`Ledger.unlock`. When it returns, nothing of the supposedly dead run continues on the server,
        and nothing that it may still send will change data."""
        self._connection.rows(f"MATCH (l:{quoted(LOCK)}) DETACH DELETE l")
        self._wait_for_batches(TERMINATING)

    def _wait_for_batches(self, seconds: float) -> None:
        """End what runs have in progress, and wait for what cannot be ended from here: creating a lock waits for all
        statements that were begun under an earlier one.

        :raises DatabaseError: they have not ended in time.
        """
        self._connection.end_transactions()
        text = f"CREATE (l:{quoted(LOCK)} {{lock: 'lock'}}) DELETE l"
        try:
            self._connection.rows(text, timeout=seconds)
        except DatabaseError as error:
            if getattr(error.__cause__, "code", None) == _TAKEN:
                return  # by a run that has waited
            if getattr(error.__cause__, "code", None) == _TIMED_OUT:
                raise DatabaseError(
                    f"statements of an earlier nsmig run have not ended within {seconds:.0f} s; wait until SHOW"
                    " TRANSACTIONS no longer lists them, and try again"
                ) from error
            raise

    def state(self) -> State:
        """See :meth:`Ledger.state`."""
        return state_of(self._connection.rows(ALL)[0]["all"])

    def remember(self, records: Iterable[Record], ended: Iterable[str] = (), marks: Iterable[Mark] = ()) -> None:
        """See :meth:`Ledger.remember`. What was recorded earlier keeps its time."""
        for statement in bookkeeping(records, ended, marks):
            self._connection.change(statement)

    def amend(self, amendment: Amendment, who: str) -> None:
        """See :meth:`Ledger.amend`."""
        self._connection.change(amending(amendment, who))

    def _acquire(self, owner: str, deadline: float, waiting: Callable[[str], None]) -> tuple[float, bool]:
        """Take the lock, waiting for it. An expired one is removed, and created again in another transaction, which
        waits for the statements that were begun under it.

        Returns the local time until which it is certainly held, and whether the journal has an earlier, unfinished run,
        whose statements may still be running.
        """
        told = None
        while True:
            asked = time.monotonic()
            holder = {"host": socket.gethostname(), "pid": os.getpid()}
            taken = self._connection.rows(_TAKE, {"owner": owner, "holder": holder, "lease": Duration(seconds=LEASE)})
            if taken:
                return asked + LEASE, taken[0]["begun"]
            row = self._lock_node()
            if row is None:
                continue  # it was released between the statements
            require_format("the lock", row["format"])
            if row["dead"] and self._connection.rows(_REMOVE_DEAD)[0]["count"]:
                self._wait_for_batches(max(LEASE, deadline - time.monotonic()))
                continue
            other = _holder(row)
            if time.monotonic() >= deadline:
                raise LockedError(other, "wait for it; if that run is dead, remove the lock with `nsmig unlock`")
            if other != told:
                waiting(told := other)
            time.sleep(max(0.0, min(POLLING, deadline - time.monotonic())))

    def _renew(self, owner: str) -> bool:
        """Extend the lease; False if the lock is no longer ours."""
        text = f"MATCH (l:{quoted(LOCK)} {{lock: 'lock', owner: $owner}}) SET {_LEASE} RETURN count(l) AS count"
        return bool(self._connection.rows(text, {"owner": owner, "lease": Duration(seconds=LEASE)})[0]["count"])

    def _give_back(self, lease: Lease, owner: str) -> None:
        lease.stop()
        self._connection.owner, self._connection.confirm_lock = None, lambda: None
        self._connection.rows(f"MATCH (l:{quoted(LOCK)}) WHERE l.owner = $owner DELETE l", {"owner": owner})


_TIMED_OUT = "Neo.ClientError.Transaction.TransactionTimedOutClientConfiguration"
_TAKEN = "Neo.ClientError.Schema.ConstraintValidationFailed"
_LEASE = "l.lease_until = datetime() + $lease"
_DEAD = f"l.lease_until < datetime() AND coalesce(l.format, 1) <= {FORMAT}"
_HOLDER = (
    "l.host AS host, l.pid AS pid, toString(l.since) AS since, l.lease_until IS NULL AS foreign, l.format AS format,"
    f" coalesce({_DEAD}, false) AS dead"
)

# Takes the lock if it is free; otherwise returns no row.
_TAKE = (
    f"MERGE (l:{quoted(LOCK)} {{lock: 'lock'}})"
    f" ON CREATE SET l.owner = $owner, l += $holder, l.since = datetime(), l.format = {FORMAT}, {_LEASE}"
    f" WITH l WHERE l.owner = $owner RETURN EXISTS {{ (:{quoted(JOURNAL)}) }} AS begun"
)
# Writing to the node first makes the server lock it before it is read, so that a lease renewed meanwhile is not taken
# for dead.
_REMOVE_DEAD = (
    f"MATCH (l:{quoted(LOCK)} {{lock: 'lock'}}) SET l.lock = 'lock' WITH l WHERE {_DEAD} DELETE l"
    " RETURN count(*) AS count"
)


def _holder(row: Mapping[str, Any]) -> str:
    if row["foreign"]:
        return "nodestream, or a tool like it that leaves no name"
    return f"process {row['pid']} on {row['host']} since {row['since']}"
