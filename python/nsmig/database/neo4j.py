"""The Neo4j adapter: driver 6, server 5.23 or later, ``bolt://`` and ``neo4j://``.

Statements come from ``neo4j_statements``. Every one can be repeated without harm, so each is sent in an auto-commit
transaction, and sent again when the connection or the cluster fails. All sessions share their bookmarks: each sees what
the ones before it wrote, on whatever server it lands.
"""

from __future__ import annotations

import logging
import os
import re
import socket
import threading
import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict
from functools import partial
from typing import Any, ClassVar, TypeVar

from neo4j.exceptions import (
    AuthError,
    ClientError,
    ConfigurationError,
    DriverError,
    Forbidden,
    Neo4jError,
    ServiceUnavailable,
    SessionExpired,
)
from neo4j.time import Duration

import neo4j
from nsmig.database import cypher, neo4j_schema, neo4j_statements
from nsmig.database.base import Changes, Mark, Record, Role, Schema, State, Statement, ignore
from nsmig.database.cypher import quoted
from nsmig.database.neo4j_catalog import Catalog, Dialect, Entry, is_orphan, type_form
from nsmig.database.neo4j_statements import JOURNAL, LOCK, MIGRATION
from nsmig.errors import ConflictError, DatabaseError, LockedError, ProjectError, nearest
from nsmig.operations import Kind, Operation

Result = TypeVar("Result")

# What the driver logs on a stop is not for the user's terminal, unless their program asks for it.
logging.getLogger("neo4j").addHandler(logging.NullHandler())

LEASE, RENEWAL, POLLING = 60.0, 15.0, 0.5  # seconds
TERMINATING, STOPPING = 60.0, 5.0  # seconds to wait for statements to end: another run's, and our own on Ctrl-C
TOGETHER = 20  # constraints and indexes made in one transaction; the server slows down with more
OLDEST_SERVER = (5, 23)  # CALL (n) { … } IN TRANSACTIONS
NEWEST_TESTED = (2026, 8)
# Neo4j's own agent, such as Neo4j/5.26.12 or Neo4j/2025.10-aura, and nothing after it: servers that only speak its
# protocol add a word of their own, or none, so KERNEL is asked for as well.
_AGENT = re.compile(r"Neo4j/(?P<major>\d+)\.(?P<minor>\d+)(?:\.\d+)*(?:[-+][\w.+-]*)?")
_KERNEL = "Neo4j Kernel"

SCHEMES = tuple(f"{name}{safety}://" for name in ("neo4j", "bolt") for safety in ("", "+s", "+ssc"))

# Options that nodestream gives its writer or has for tuning; they mean nothing here.
IGNORED_OPTIONS = frozenset(
    [
        "batch_size",
        "chunk_size",
        "collect_stats",
        "connection_semaphore_limit",
        "execute_chunks_in_parallel",
        "flush_concurrency",
        "ingest_strategy_name",
        "retries_per_chunk",
        "use_apoc",
    ]
)

# The driver's own keywords that a project file can hold, and what each is.
DRIVER_OPTIONS = {
    "connection_acquisition_timeout": float,
    "connection_timeout": float,
    "connection_write_timeout": float,
    "encrypted": bool,
    "fetch_size": int,
    "initial_retry_delay": float,
    "keep_alive": bool,
    "liveness_check_timeout": float,
    "max_connection_lifetime": float,
    "max_connection_pool_size": int,
    "max_transaction_retry_time": float,
    "retry_delay_jitter_factor": float,
    "retry_delay_multiplier": float,
    "telemetry_disabled": bool,
    "user_agent": str,
}

OPTIONS = {
    "uri": str,
    "username": str,
    "password": str,
    "database_name": str,
    "use_enterprise_features": bool,
    "transaction_batch_size": int,
    "max_retry_attempts": int,
    "retry_factor": float,
}


def typed(options: Mapping[str, Any]) -> dict[str, Any]:
    """A target's options as what they are to be; what comes from the environment is text.

    :raises ProjectError: a value cannot be that. It is not repeated, as it may be a password in the wrong place.
    """
    nouns = {bool: "true or false", int: "a whole number", float: "a number", str: "a text; quote it"}

    def value(name: str, given: Any) -> Any:
        wanted = {**OPTIONS, **DRIVER_OPTIONS}.get(name)
        may_be_left_out = name in ("username", "password") or name in DRIVER_OPTIONS
        if wanted is None or type(given) is wanted or (given is None and may_be_left_out):
            return given
        try:
            if wanted is bool and isinstance(given, str):
                return {"true": True, "false": False}[given.lower()]
            if wanted in (int, float) and (isinstance(given, str) or type(given) is int):
                return wanted(given)
        except (KeyError, ValueError):
            pass
        raise ProjectError(f"the option {name} of a neo4j target must be {nouns[wanted]}")

    return {name: value(name, given) for name, given in options.items()}


class Neo4j:
    """A :class:`nsmig.database.base.Database` in a Neo4j server.

    :param uri: ``neo4j://host:7687`` (routing) or ``bolt://host:7687``, also with ``+s``; no name or password in it.
    :param username: of the database user; None if the server asks for none.
    :param password: its password; never shown again.
    :param database_name: the database within the server.
    :param use_enterprise_features: keys as NODE KEY constraints instead of uniqueness, as in nodestream.
    :param transaction_batch_size: rows changed per transaction of a batched statement.
    :param max_retry_attempts: how often a statement is sent again when the connection or the cluster fails.
    :param retry_factor: seconds before the first of these; each later one waits twice as long.
    :param options: the driver's own keywords; what only nodestream's writer uses is ignored.
    :raises ProjectError: an option that is none, or has no possible value.
    """

    def __init__(
        self,
        uri: str,
        username: str | None = None,
        password: str | None = None,
        *,
        database_name: str = "neo4j",
        use_enterprise_features: bool = False,
        transaction_batch_size: int = 10_000,
        max_retry_attempts: int = 3,
        retry_factor: float = 1,
        **options: Any,
    ) -> None:
        for name in sorted(options.keys() - IGNORED_OPTIONS - DRIVER_OPTIONS.keys()):
            known = OPTIONS.keys() | DRIVER_OPTIONS.keys() | IGNORED_OPTIONS
            raise ProjectError(f"a neo4j target has no option {name!r}{nearest(name, known)}")
        if transaction_batch_size < 1:
            raise ProjectError("transaction_batch_size must be a number of rows, at least 1")
        if max_retry_attempts < 0:
            raise ProjectError("max_retry_attempts must be how often something is sent again, at least 0")
        if "@" in uri or not uri.startswith(SCHEMES):
            raise ProjectError(
                f"the uri of a neo4j target starts with one of {', '.join(SCHEMES)} and holds no name or password;"
                " these are the options username and password"
            )
        self._uri, self._username, self._database = uri, username, database_name
        self._auth = None if username is None else neo4j.basic_auth(username, password or "")
        self._options = {name: value for name, value in options.items() if name in DRIVER_OPTIONS}
        self._attempts, self._retry_factor = 1 + max_retry_attempts, retry_factor
        self._run = str(uuid.uuid4())  # what our transactions are known by
        self._confirm_lock: Callable[[], None] = lambda: None
        self.notes: tuple[str, ...] = ()
        self._dialect = Dialect(transaction_batch_size, use_enterprise_features)

    def __repr__(self) -> str:
        return f"Neo4j({self._uri!r}, database_name={self._database!r})"

    def __enter__(self) -> Neo4j:
        try:
            self._driver = self._opened()
        except (ConfigurationError, ValueError) as error:
            raise ProjectError(f"the neo4j target cannot be used: {error}") from error
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()
        try:
            with self._explained(), self._driver.session(database=self._database) as session:
                self._require_neo4j(session)
        except BaseException:
            self._driver.close()
            raise
        return self

    def __exit__(self, *exc: object) -> None:
        self._driver.close()

    def _opened(self) -> neo4j.Driver:
        options = {**self._options, "notifications_min_severity": "OFF"}
        return neo4j.GraphDatabase.driver(self._uri, auth=self._auth, **options)

    # --- the lock

    @contextmanager
    def lock(self, timeout: float, waiting: Callable[[str], None] = ignore) -> Iterator[Callable[[], None]]:
        """See :meth:`Database.lock`. nodestream's lock node, with an owner and a lease by the server's clock on it."""
        self._make_bookkeeping()
        owner = str(uuid.uuid4())
        deadline = time.monotonic() + timeout
        lease = Lease(lambda: self._renew(owner))
        try:
            valid_until, has_died = self._acquire(owner, deadline, waiting)
            lease.start(valid_until)
            self._confirm_lock = lease.renew
            if has_died:
                self._attempt(lambda session: _end_transactions(session, self._database, None))
            yield lease.check
        except BaseException:
            with suppress(DatabaseError):  # what went wrong before is the news; the lease runs out by itself
                self._give_back(lease, owner)
            raise
        self._give_back(lease, owner)

    def holder(self) -> str | None:
        """See :meth:`Database.holder`."""
        rows = self._rows(f"MATCH (l:{quoted(LOCK)} {{lock: 'lock'}}) RETURN {_HOLDER}")
        return _holder(rows[0]) if rows else None

    def unlock(self) -> None:
        """See :meth:`Database.unlock`. Nothing of the run that is said to be dead goes on in the server."""
        self._rows(f"MATCH (l:{quoted(LOCK)}) DETACH DELETE l")
        self._attempt(lambda session: _end_transactions(session, self._database, None))

    def _make_bookkeeping(self) -> None:
        """The constraints that nodestream has; the lock is only one because of the second."""
        for label, key in ((MIGRATION, "name"), (LOCK, "lock")):
            name = quoted(f"{label}_node_key")
            self._rows(f"CREATE CONSTRAINT {name} IF NOT EXISTS FOR (n:{quoted(label)}) REQUIRE (n.{key}) IS UNIQUE")

    def _acquire(self, owner: str, deadline: float, waiting: Callable[[str], None]) -> tuple[float, bool]:
        """Take the lock, waiting for it.

        Gives the local time until which it is certainly held, and whether an earlier run may have left statements under
        way: its lease ran out, or a journal tells that it did not finish.
        """
        told = None
        while True:
            asked = time.monotonic()
            holder = {"owner": owner, "host": socket.gethostname(), "pid": os.getpid()}
            taken = self._rows(_TAKE, {"owner": owner, "holder": holder, "lease": Duration(seconds=LEASE)})
            if taken:
                return asked + LEASE, taken[0]["died"]
            other = self.holder()
            if other is None:
                continue  # it was released between the statements
            if time.monotonic() >= deadline:
                raise LockedError(other, "wait for it, or if that run is dead, remove it with `nsmig unlock`")
            if other != told:
                waiting(told := other)
            time.sleep(max(0.0, min(POLLING, deadline - time.monotonic())))

    def _renew(self, owner: str) -> bool:
        """Lengthen the lease; False if the lock is not ours any more."""
        text = f"MATCH (l:{quoted(LOCK)} {{lock: 'lock', owner: $owner}}) SET {_LEASE} RETURN count(l) AS count"
        return bool(self._rows(text, {"owner": owner, "lease": Duration(seconds=LEASE)})[0]["count"])

    def _give_back(self, lease: Lease, owner: str) -> None:
        lease.stop()
        self._confirm_lock = lambda: None
        self._rows(f"MATCH (l:{quoted(LOCK)}) WHERE l.owner = $owner DELETE l", {"owner": owner})

    # --- what is there

    def state(self) -> State:
        """See :meth:`Database.state`."""
        rows = self._rows(
            f"MATCH (n:{quoted(MIGRATION)}|{quoted(JOURNAL)})"
            " RETURN collect(n {.*, applied_at: toString(n.applied_at)}) AS all"
        )[0]["all"]
        records = [
            Record(each["name"], each["applied_at"], each.get("checksum"), each.get("nsmig_version"))
            for each in rows
            if "migration" not in each
        ]
        marks = [
            Mark(each["migration"], each["checksum"], each["done"], each.get("empty", False))
            for each in rows
            if "migration" in each
        ]
        return State(
            {each.name: each for each in sorted(records, key=lambda record: record.name)},
            {each.migration: each for each in sorted(marks, key=lambda mark: mark.migration)},
        )

    def live(self) -> Catalog:
        """See :meth:`Database.live`: all constraints, and the indexes that no constraint owns."""
        constraints = self._rows(
            "SHOW CONSTRAINTS YIELD name, type, entityType, labelsOrTypes, properties, propertyType"
        )
        indexes = self._rows(_INDEXES)
        own = " + ".join(f"COUNT {{ (:{quoted(each)}) }}" for each in (MIGRATION, LOCK, JOURNAL))
        rows = self._rows(
            f"MATCH (n) WITH count(n) AS nodes RETURN nodes = {own} AS empty"
        )  # both from the count store
        return Catalog.of(
            [_entry(row, True) for row in constraints] + [_entry(row, False) for row in indexes], rows[0]["empty"]
        )

    def live_schema(self, expected: Schema | None = None) -> dict[str, Any]:
        """See :meth:`Database.live_schema`: what constraints, indexes and rows show, and no more."""
        return neo4j_schema.read(self._rows, self.live(), expected)

    # --- operations

    transactional: ClassVar[bool] = False  # a statement in batches is several transactions

    def refuse(self, operation: Operation, before: Schema) -> None:
        """See :meth:`Database.refuse`."""
        neo4j_statements.refuse(operation, before)

    def statements(
        self, operation: Operation | Changes, before: Schema, live: Catalog
    ) -> tuple[list[Statement], Catalog]:
        """See :meth:`Database.statements`."""
        return neo4j_statements.statements(operation, before, live, self._dialect)

    def execute(
        self,
        statements: Iterable[Statement],
        operation: Operation | Changes,
        mark: Mark | None,
        progress: Callable[[int], None],
    ) -> None:
        """See :meth:`Database.execute`. Without statements it leaves no mark: repeating nothing is free."""
        changed = 0
        to_send = [each for each in statements if each.role is not Role.NOTE]
        for batch in _batches(to_send):
            if len(batch) > 1:
                self._attempt(partial(self._send_together, texts=[each.text for each in batch]))
                continue
            (statement,) = batch
            if statement.role is Role.QUERY:
                self._query(statement, mark)
                continue
            rows = self._change(statement)
            if statement.role in (Role.CHECK, Role.RECHECK) and (count := rows[0]["count"]):
                is_late = statement.role is Role.RECHECK
                raise ConflictError(operation, statement.problem, count, statement.show, is_late)
            if statement.role is Role.DATA:
                changed += rows[0]["count"]
                progress(changed)
        if to_send and mark is not None:
            self.remember([], marks=[mark])

    def remember(self, records: Iterable[Record], ended: Iterable[str] = (), marks: Iterable[Mark] = ()) -> None:
        """See :meth:`Database.remember`. What was recorded earlier keeps its time."""
        for statement in _bookkeeping(records, ended, marks):
            self._change(statement)

    def script(
        self,
        statements: Iterable[Statement] = (),
        records: Iterable[Record] = (),
        ended: Iterable[str] = (),
        marks: Iterable[Mark] = (),
    ) -> str:
        """See :meth:`Database.script`: for cypher-shell."""
        return cypher.script([*statements, *_bookkeeping(records, ended, marks)])

    # --- sending

    def _query(self, statement: Statement, mark: Mark | None) -> None:
        """A user's own statement, once: its mark is written in its transaction, and where it is there, all is done.

        One that makes transactions of its own, or changes constraints or indexes, cannot be in one with anything else;
        after a run that is killed or cut off meanwhile it is sent again.
        """
        with _taken_back():
            is_alone = mark is None or self._attempt(lambda session: _stands_alone(session, statement))
        if mark is None or is_alone:
            self._change(statement)
        else:
            with _taken_back():
                self._attempt(partial(self._send_once, statement=statement, mark=mark))

    def _send_once(self, session: neo4j.Session, statement: Statement, mark: Mark) -> None:
        """Send a statement with its mark, unless that is there. Writing to it first waits for an earlier attempt."""
        with self._transaction(session) as transaction:
            done = transaction.run(
                f"MERGE (j:{quoted(JOURNAL)} {{migration: $migration}}) ON CREATE SET j.done = 0"
                " SET j.checksum = $checksum RETURN j.done AS done",
                migration=mark.migration,
                checksum=mark.checksum,
            ).single(strict=True)["done"]
            if done < mark.done:
                transaction.run(statement.text, dict(statement.parameters)).consume()
                transaction.run(
                    f"MATCH (j:{quoted(JOURNAL)} {{migration: $migration}}) SET j.done = $done",
                    migration=mark.migration,
                    done=mark.done,
                ).consume()

    def _send_together(self, session: neo4j.Session, texts: list[str]) -> None:
        with self._transaction(session) as transaction:
            for text in texts:
                transaction.run(text).consume()

    def _rows(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[dict[str, Any]]:
        """Send one statement in an auto-commit transaction, which may be beside the run's; its rows."""
        return self._attempt(
            lambda session: [row.data() for row in session.run(text, dict(parameters or {}))], is_change=False
        )

    def _change(self, statement: Statement) -> list[dict[str, Any]]:
        """Send one statement under the lock, so that it is known as this run's; its rows."""
        query = neo4j.Query(statement.text, metadata={"nsmig": self._run})
        return self._attempt(lambda session: [row.data() for row in session.run(query, dict(statement.parameters))])

    def _attempt(self, work: Callable[[neo4j.Session], Result], is_change: bool = True) -> Result:
        """Do work in a session, again when it failed for a reason that may pass.

        Before a change is sent again, the lock must still be ours by the server's word, and the server ends what was
        under way: it might go on with batches while we are one operation further.
        """
        meets_orphan = False
        with self._explained():
            for attempt in range(1, self._attempts + 1):
                if attempt > 1 and is_change:
                    self._confirm_lock()
                try:
                    with self._session() as session:
                        if attempt > 1 and is_change:
                            _end_transactions(session, self._database, self._run)
                        if meets_orphan:
                            _drop_orphans(session)
                        return work(session)
                except (Neo4jError, DriverError) as error:
                    if attempt == self._attempts or not _may_pass(error):
                        raise
                    meets_orphan = getattr(error, "code", None) == _INDEX_NAME_TAKEN
                time.sleep(self._retry_factor * 2 ** (attempt - 1))
        raise AssertionError("the last attempt returns or raises")

    @contextmanager
    def _session(self) -> Iterator[neo4j.Session]:
        """A session that sees what the ones before it wrote.

        Ctrl-C or SIGTERM ends what it has under way at once, and leaves it: the driver may have been within a message,
        and to close the session is to wait for its statement. What is still to be sent has a connection of its own.
        """
        session = self._driver.session(database=self._database, bookmark_manager=self._bookmarks)
        try:
            yield session
        except (KeyboardInterrupt, SystemExit):
            self._driver = self._opened()
            self.stop()
            raise
        except BaseException:
            session.close()
            raise
        session.close()

    @contextmanager
    def _transaction(self, session: neo4j.Session) -> Iterator[neo4j.Transaction]:
        """A transaction that is known as this run's, and committed at the end."""
        transaction = session.begin_transaction(metadata={"nsmig": self._run})
        try:
            yield transaction
            transaction.commit()
        except (KeyboardInterrupt, SystemExit):
            raise  # see _session
        except BaseException:
            with suppress(Neo4jError, DriverError):  # what led here is the news
                transaction.close()
            raise

    def stop(self) -> None:
        """See :meth:`Database.stop`."""
        # A server that is gone has nothing under way.
        with suppress(Neo4jError, DriverError, DatabaseError), self._driver.session(database=self._database) as another:
            _end_transactions(another, self._database, self._run, patience=STOPPING)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """The driver's errors as one that says where and what."""
        try:
            yield
        except AuthError as error:
            raise DatabaseError(
                f"Neo4j at {self._uri} refused user {self._username!r}: {error.message};"
                " look at username and password of the target"
            ) from error
        except Neo4jError as error:
            if error.code == "Neo.ClientError.Database.DatabaseNotFound":
                raise DatabaseError(
                    f"Neo4j at {self._uri} has no database {self._database!r}; look at database_name of the target"
                ) from error
            ill = (error.code or "").startswith(_SERVER_IS_ILL)
            advice = "; look into the server's log and at the room on its disk, and restart it" if ill else ""
            raise DatabaseError(f"Neo4j at {self._uri}: {error.message} ({error.code}){advice}") from error
        except (ServiceUnavailable, SessionExpired) as error:
            raise DatabaseError(f"Neo4j at {self._uri} cannot be reached: {error}") from error
        except DriverError as error:
            raise DatabaseError(f"the driver for Neo4j at {self._uri}: {error}") from error

    def _require_neo4j(self, session: neo4j.Session) -> None:
        """Refuse every server that is not known to be Neo4j: its batches, locks and constraints are what a run relies
        on, and others that speak the same protocol have been found to lose changes without an error."""
        agent, has_kernel = _identity(session)
        version = server_version(agent)
        if version is None or not has_kernel:
            raise DatabaseError(
                f"the server at {self._uri} calls itself {agent!r}, but it is not Neo4j, and nsmig migrates no other"
                " server through this protocol; point the target's uri at a Neo4j server"
            )
        if version < OLDEST_SERVER:
            oldest = ".".join(map(str, OLDEST_SERVER))
            raise DatabaseError(f"the server at {self._uri} is {agent}; nsmig needs Neo4j {oldest} or later")
        if version > NEWEST_TESTED:
            newest = "{}.{:02}".format(*NEWEST_TESTED)
            self.notes = (f"the server is {agent}; the newest that this version of nsmig was tested with is {newest}",)


def server_version(agent: str) -> tuple[int, int] | None:
    """Major and minor version of Neo4j by what the server calls itself; None where that is not Neo4j's own form.

    Releases up to 5 are numbered 5.26, those since then 2025.01; Aura appends ``-aura``.
    """
    found = _AGENT.fullmatch(agent)
    return (int(found["major"]), int(found["minor"])) if found else None


def _identity(session: neo4j.Session) -> tuple[str, bool]:
    """What the server calls itself, and whether its components are Neo4j's. One without the procedure has none."""
    try:
        result = session.run("CALL dbms.components() YIELD name RETURN collect(name) AS names")
        names = result.single(strict=True)["names"]
        return result.consume().server.agent, _KERNEL in names
    except Forbidden as error:
        raise DatabaseError(
            "the user may not call dbms.components(), by which nsmig tells Neo4j from servers that only speak its"
            " protocol; grant EXECUTE PROCEDURE dbms.components to a role of the user"
        ) from error
    except ClientError:
        return session.run("RETURN 1").consume().server.agent, False


class Lease:
    """Renews a lock in the background and knows whether it is still held.

    Held means: the last renewal that the server confirmed is younger than the lease. So a thread that hangs or dies can
    only make ``check`` refuse, never let two runs go on. Of a lock that somebody else removes it learns with the next
    renewal.

    :param send: sends a renewal; whether the lock was still ours.
    """

    def __init__(self, send: Callable[[], bool]) -> None:
        self._send, self._valid_until = send, float("-inf")
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="nsmig-lease", daemon=True)

    def start(self, valid_until: float) -> None:
        """:param valid_until: when the lease runs out that came with the lock, in seconds of the monotonic clock."""
        self._valid_until = valid_until
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()

    def check(self) -> None:
        """:raises LockedError: the lock is lost. Not after it was given back."""
        if time.monotonic() >= self._valid_until and not self._stopped.is_set():
            raise _lost()

    def renew(self) -> None:
        """:raises LockedError: the lock is not ours any more."""
        asked = time.monotonic()
        if not self._send():
            self._valid_until = asked
            raise _lost()
        self._valid_until = asked + LEASE

    def _run(self) -> None:
        while not self._stopped.wait(RENEWAL):
            try:
                self.renew()
            except LockedError:
                return
            except DatabaseError:
                continue  # the server may come back before the lease runs out


def _lost() -> LockedError:
    return LockedError(None, "its lease could not be renewed or somebody removed it; run again")


def _bookkeeping(records: Iterable[Record], ended: Iterable[str], marks: Iterable[Mark]) -> Iterator[Statement]:
    """The one statement for what is to be remembered; none if that is nothing. Parts without work are left out.

    It is planned anew after every change of a constraint or an index; subqueries would double the time of that.
    """
    parts: list[str] = []
    parameters: dict[str, list[Any]] = {
        "records": [{name: value for name, value in asdict(each).items() if value is not None} for each in records],
        "ended": list(ended),
        "marks": [asdict(each) for each in marks],
    }
    if parameters["records"]:
        parts.append(
            f"UNWIND $records AS record MERGE (m:{quoted(MIGRATION)} {{name: record.name}})"
            " ON CREATE SET m.applied_at = datetime() SET m += record"
        )
    if parameters["marks"]:
        parts.append(
            f"UNWIND $marks AS mark MERGE (j:{quoted(JOURNAL)} {{migration: mark.migration}})"
            " SET j.checksum = mark.checksum, j.done = mark.done, j.empty = mark.empty"
        )
    if parameters["ended"]:
        parts.append(f"MATCH (j:{quoted(JOURNAL)}) WHERE j.migration IN $ended DELETE j")
    if parts:
        yield Statement(
            Role.DATA, " WITH count(*) AS rows ".join(parts), {name: rows for name, rows in parameters.items() if rows}
        )


def _batches(statements: Iterable[Statement]) -> Iterator[list[Statement]]:
    """The statements in order, several at a time where they may share a transaction."""
    batch: list[Statement] = []
    for statement in statements:
        if batch and not (statement.may_share and batch[-1].may_share and len(batch) < TOGETHER):
            yield batch
            batch = []
        batch.append(statement)
    if batch:
        yield batch


@contextmanager
def _taken_back() -> Iterator[None]:
    """An error that the server has answered with took the transaction back, and so all that was in it."""
    try:
        yield
    except DatabaseError as error:
        error.changed_nothing = isinstance(error.__cause__, Neo4jError)
        raise


def _stands_alone(session: neo4j.Session, statement: Statement) -> bool:
    """Whether a statement must not be in a transaction with others, by what the server says that it would do."""
    summary = session.run(f"EXPLAIN {statement.text}", dict(statement.parameters)).consume()
    plans = [summary.plan] if summary.plan else []
    for plan in plans:  # grows meanwhile
        plans += plan.get("children", ())
    return summary.query_type == "s" or any(plan["operatorType"].startswith("Transaction") for plan in plans)


_LEASE = "l.lease_until = datetime() + $lease"
_HOLDER = "l.host AS host, l.pid AS pid, toString(l.since) AS since, l.lease_until IS NULL AS foreign"

# Takes the lock if it is free or its lease ran out; else no row. Writing ``lock`` makes the server lock the node before
# it is read. The clock is that of the statement's start: who waited for the node takes no lease that has just run out.
_TAKE = (
    f"MERGE (l:{quoted(LOCK)} {{lock: 'lock'}}) ON CREATE SET l.owner = $owner SET l.lock = 'lock'"
    f" WITH l, l.lease_until IS NOT NULL OR EXISTS {{ (:{quoted(JOURNAL)}) }} AS died"
    " WHERE l.owner = $owner OR l.lease_until < datetime()"
    f" SET l += $holder, l.since = datetime(), {_LEASE} RETURN died"
)


def _end_transactions(session: neo4j.Session, database: str, run: str | None, patience: float = TERMINATING) -> None:
    """End what a run that lost its connection, was stopped or was killed has left under way; None is any run.

    The server might go on with its batches while somebody else is one operation further.

    :param patience: seconds to wait for the end of what has been told to end.
    :raises DatabaseError: it has not ended by then. Statements look seldom at whether they are to end.
    """
    under_way = (
        "SHOW TRANSACTIONS YIELD database, transactionId, metaData, status, currentQuery"
        " WHERE (NOT status STARTS WITH 'Terminated' OR currentQuery <> '')"
        " AND database = toLower($database) AND metaData.nsmig = coalesce($run, metaData.nsmig)"
        " RETURN collect(transactionId) AS ids"
    )
    until = time.monotonic() + patience
    while ids := session.run(under_way, database=database, run=run).single(strict=True)["ids"]:
        session.run("TERMINATE TRANSACTIONS $ids", ids=ids).consume()
        if time.monotonic() >= until:
            raise DatabaseError(
                f"the server has not ended {', '.join(ids)} within {patience:g} s, which an earlier run of nsmig left"
                " under way; wait until SHOW TRANSACTIONS does not list it any more, and run again"
            )
        time.sleep(0.05)


_INDEXES = (
    "SHOW INDEXES YIELD name, state, type, entityType, labelsOrTypes, properties, owningConstraint"
    " WHERE owningConstraint IS NULL"
)
_SERVER_IS_ILL = "Neo.DatabaseError.Transaction."  # it cannot write, or has given its database up since it could not
_INDEX_NAME_TAKEN = "Neo.ClientError.Schema.IndexWithNameAlreadyExists"


def _drop_orphans(session: neo4j.Session) -> None:
    """Drop the indexes of constraints that were being made when the server died, and now stand in their way."""
    for entry in [_entry(row.data(), False) for row in session.run(_INDEXES)]:
        if is_orphan(entry):
            session.run(f"DROP INDEX {quoted(entry.name)} IF EXISTS").consume()


def _holder(row: Mapping[str, Any]) -> str:
    if row["foreign"]:
        return "nodestream, or a tool like it that leaves no name"
    return f"process {row['pid']} on {row['host']} since {row['since']}"


def _entry(row: Mapping[str, Any], constraint: bool) -> Entry:
    kind = Kind.NODE if row["entityType"] == "NODE" else Kind.RELATIONSHIP
    form = {"NODE_PROPERTY_UNIQUENESS": "UNIQUENESS", "RELATIONSHIP_PROPERTY_UNIQUENESS": "UNIQUENESS"}.get(
        row["type"], row["type"]
    )
    form = form.removeprefix("RELATIONSHIP_") if form == "RELATIONSHIP_UNIQUENESS" else form
    if row.get("propertyType"):
        form = type_form(row["propertyType"])
    types, properties = tuple(row["labelsOrTypes"] or ()), tuple(row["properties"] or ())
    return Entry(row["name"], kind, types, properties, form, constraint, row.get("state", "ONLINE") == "ONLINE")


def _may_pass(error: Neo4jError | DriverError) -> bool:
    if isinstance(error, Neo4jError) and error.code == _INDEX_NAME_TAKEN:
        return True  # all names that we choose are free, but for what a dead server left: see _drop_orphans
    return isinstance(error, (ServiceUnavailable, SessionExpired)) or error.is_retryable()
