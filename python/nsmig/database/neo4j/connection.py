"""Talking to a Neo4j server.

Repeating any of nsmig's statements is harmless, so each is sent in an auto-commit transaction, and sent again if the
connection or the cluster fails. All sessions share their bookmarks: each sees what earlier ones wrote, on whichever
server it runs.
"""

from __future__ import annotations

import logging
import re
import time
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext, suppress
from typing import Any, TypeVar, cast

import neo4j
from neo4j.exceptions import AuthError, ClientError, ConfigurationError, DriverError, Forbidden, Neo4jError

from nsmig.database.base import Role, Statement
from nsmig.database.neo4j.catalog import NEWEST_TESTED, Server
from nsmig.database.neo4j.errors import (
    INDEX_NAME_TAKEN,
    explained,
    has_left_nothing,
    is_lost,
    lost_where_fenced,
    may_pass,
)
from nsmig.database.neo4j.journal import ASKED, FENCE, OWNER
from nsmig.database.neo4j.lease import lost
from nsmig.database.neo4j.live_catalog import drop_orphans
from nsmig.database.neo4j.options import Options
from nsmig.database.neo4j.stored import unreadable
from nsmig.errors import DatabaseError, ProjectError

Result = TypeVar("Result")

# The driver's log messages on a stop are not for the user's terminal, unless their program wants them.
logging.getLogger("neo4j").addHandler(logging.NullHandler())

TERMINATING, STOPPING = 60.0, 5.0  # seconds to wait for statements to end: another run's, and ours on Ctrl-C
OLDEST_SERVER = (5, 23)  # CALL (n) { … } IN TRANSACTIONS
_HAVE_VECTORS, _WITH_VECTORS = (2025, 10), (6, 0)  # the servers with such a type, and the protocol that carries it
# Neo4j's own agent, such as Neo4j/5.26.12 or Neo4j/2025.10-aura, and nothing after it: servers that only speak its
# protocol add a word of their own, or none, so KERNEL is asked for as well.
_AGENT = re.compile(r"Neo4j/(?P<major>\d+)\.(?P<minor>\d+)(?:\.\d+)*(?:[-+][\w.+-]*)?")
_KERNEL = "Neo4j Kernel"


@contextmanager
def connected(options: Options) -> Iterator[Connection]:
    """A connection to a server that is known to be Neo4j.

    :raises ProjectError: the driver does not accept an option.
    :raises DatabaseError: the server cannot be reached, refuses the user, is too old, or is not Neo4j.
    """
    try:
        connection = Connection(options)
    except (ConfigurationError, ValueError) as error:
        raise ProjectError(f"the neo4j target cannot be used: {error}") from error
    try:
        with explained(options), connection.driver.session(database=options.database_name) as session:
            server, has_kernel, is_enterprise = _identity(session)
            connection.notes = _notes_on(server.agent, has_kernel, options)
            connection.unreadable = _unreadable(server)
            connection.server = Server(server_version(server.agent) or NEWEST_TESTED, is_enterprise)
        yield connection
    finally:
        connection.driver.close()


class Connection:
    """A driver with the bookmarks of one run.

    ``unreadable`` and ``server``: see :class:`nsmig.database.neo4j.catalog.Catalog`. ``run`` identifies the run's
    transactions on the server. While the lock is held, ``owner`` is the token of its holder, and ``confirm_lock``
    raises :class:`LockedError` unless the server confirms that the lock is ours.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.run = str(uuid.uuid4())
        self.owner: str | None = None
        self.confirm_lock: Callable[[], None] = lambda: None
        self.notes: tuple[str, ...] = ()
        self.unreadable = ""
        self.server = Server()
        self.driver = _opened(options)
        self._bookmarks = neo4j.GraphDatabase.bookmark_manager()

    def rows(
        self, text: str, parameters: Mapping[str, Any] | None = None, timeout: float | None = None
    ) -> list[dict[str, Any]]:
        """Send one statement in an auto-commit transaction, also beside the run's own; returns its rows.

        :param timeout: seconds after which the server ends it with an error.
        """
        query = neo4j.Query(cast(Any, text), timeout=timeout)
        return self.attempt(
            lambda session: [row.data() for row in session.run(query, dict(parameters or {}))], is_change=False
        )

    def change(self, statement: Statement) -> list[dict[str, Any]]:
        """Send one statement under the lock, identified as this run's; returns its rows.

        :raises LockedError: it changes data, and the lock is no longer ours.
        """
        is_fenced = statement.role in (Role.DATA, Role.KEEP)
        text, parameters = self.fenced(statement) if is_fenced else (statement.text, dict(statement.parameters))
        query = neo4j.Query(text, metadata={"nsmig": self.run})

        def send(session: neo4j.Session) -> list[dict[str, Any]]:
            try:
                return [row.data() for row in session.run(query, parameters)]
            except Neo4jError:
                if statement.role is Role.DATA:
                    with suppress(Neo4jError, DriverError):  # the original error matters more
                        self._end_left_open(session)
                raise

        with lost_where_fenced() if is_fenced else nullcontext():
            return self.attempt(send)

    def _end_left_open(self, session: neo4j.Session) -> None:
        """End the batches of a failed statement: some of the server's errors leave one open with its locks, without the
        metadata that identifies a run's transactions, but on the same connection."""
        shown = "SHOW TRANSACTIONS YIELD transactionId, connectionId, currentQuery, metaData"
        rows = session.run(neo4j.Query(shown, metadata={"nsmig": self.run})).data()
        ours = {row["connectionId"] for row in rows if row["metaData"].get("nsmig") == self.run}
        left = [row["transactionId"] for row in rows if row["connectionId"] in ours and not row["currentQuery"]]
        if left:
            session.run("TERMINATE TRANSACTIONS $ids", ids=left).consume()

    def fenced(self, statement: Statement) -> tuple[str, dict[str, Any]]:
        """A statement in the form in which it is sent under the lock."""
        if self.owner is None:
            return statement.text, dict(statement.parameters)
        return f"{FENCE}{statement.text}", {**statement.parameters, OWNER: self.owner}

    def ask_fenced(self, transaction: neo4j.Transaction, statement: Statement) -> dict[str, Any]:
        """The single row of a statement that first checks whether the lock is ours.

        :raises LockedError: it is not.
        """
        text, parameters = self.fenced(statement)
        try:
            return dict(transaction.run(cast(Any, text), parameters).single(strict=True))
        except ClientError as error:
            if is_lost(error):
                raise lost() from error
            raise

    def change_schema(self, texts: Sequence[str]) -> None:
        """Create and drop constraints and indexes in one transaction, which first checks whether the lock is ours.

        :raises LockedError: it is not.
        """

        def send(session: neo4j.Session) -> None:
            with self.transaction(session) as transaction:
                if self.owner is not None:
                    transaction.run(ASKED, {OWNER: self.owner}).consume()
                for text in texts:
                    transaction.run(cast(Any, text)).consume()

        with lost_where_fenced():
            self.attempt(send)

    def end_transactions(self) -> None:
        """End everything that any nsmig run has in progress on the server; see :func:`end_transactions`."""
        self.attempt(lambda session: end_transactions(session, self.options.database_name, None))

    def attempt(self, work: Callable[[neo4j.Session], Result], is_change: bool = True) -> Result:
        """Do work in a session, and repeat it after transient failures.

        Before a change is sent again, the server must confirm that the lock is still ours, and end what was in
        progress: otherwise it might continue with batches while we are one operation further.

        :raises DatabaseError: the last attempt failed. It is ``changed_nothing`` if each attempt is known to have been
            refused as a whole: see :func:`has_left_nothing`.
        """
        attempts, meets_orphan, in_doubt = 1 + self.options.max_retry_attempts, False, False
        with self._explained(lambda: in_doubt):
            for attempt in range(1, attempts + 1):
                if attempt > 1 and is_change:
                    self.confirm_lock()
                try:
                    with self.session() as session:
                        if attempt > 1 and is_change:
                            end_transactions(session, self.options.database_name, self.run)
                        if meets_orphan:
                            drop_orphans(session)
                        return work(session)
                except (Neo4jError, DriverError) as error:
                    in_doubt |= not has_left_nothing(error)
                    if attempt == attempts or not may_pass(error):
                        raise
                    meets_orphan = getattr(error, "code", None) == INDEX_NAME_TAKEN
                time.sleep(self.options.retry_factor * 2 ** (attempt - 1))
        raise AssertionError("the last attempt returns or raises")

    @contextmanager
    def _explained(self, in_doubt: Callable[[], bool]) -> Iterator[None]:
        try:
            with explained(self.options):
                yield
        except DatabaseError as error:
            error.changed_nothing = isinstance(error.__cause__, Neo4jError) and not in_doubt()
            raise

    @contextmanager
    def session(self) -> Iterator[neo4j.Session]:
        """A session that sees what earlier ones wrote.

        Ctrl-C or SIGTERM immediately ends its current work and abandons it: the driver may have been in the middle of a
        message, and closing the session would wait for its statement. Anything still to be sent uses another
        connection.
        """
        session = self.driver.session(database=self.options.database_name, bookmark_manager=self._bookmarks)
        try:
            yield session
        except (KeyboardInterrupt, SystemExit):
            self.driver = _opened(self.options)
            self.stop()
            raise
        except BaseException:
            session.close()
            raise
        session.close()

    @contextmanager
    def transaction(self, session: neo4j.Session) -> Iterator[neo4j.Transaction]:
        """A transaction identified as this run's, which is committed at the end."""
        transaction = session.begin_transaction(metadata={"nsmig": self.run})
        try:
            yield transaction
            transaction.commit()
        except (KeyboardInterrupt, SystemExit):
            raise  # see session
        except BaseException:
            with suppress(Neo4jError, DriverError):  # the original error matters more
                transaction.close()
            raise

    def stop(self) -> None:
        """See :meth:`nsmig.database.base.Session.stop`."""
        # A server that has stopped has nothing in progress.
        name = self.options.database_name
        with suppress(Neo4jError, DriverError, DatabaseError), self.driver.session(database=name) as another:
            end_transactions(another, name, self.run, patience=STOPPING)


def _opened(options: Options) -> neo4j.Driver:
    auth = None if options.username is None else neo4j.basic_auth(options.username, options.password or "")
    return neo4j.GraphDatabase.driver(options.uri, auth=auth, **{**options.driver, "notifications_min_severity": "OFF"})


def end_transactions(session: neo4j.Session, database: str, run: str | None, patience: float = TERMINATING) -> None:
    """End what a run that lost its connection, was stopped or was killed left in progress; None: any run.

    Otherwise the server might continue with its batches while another run is one operation further.

    :param patience: seconds to wait for them to end.
    :raises DatabaseError: they have not ended by then. Statements rarely check whether they should end.
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
                f"the server did not end {', '.join(ids)} within {patience:g} s, which an earlier nsmig run left"
                " open; wait until SHOW TRANSACTIONS no longer lists it, and run again"
            )
        time.sleep(0.05)


def _notes_on(agent: str, has_kernel: bool, options: Options) -> tuple[str, ...]:
    """Notes for the user about the server. A server that is not known to be Neo4j is refused: a run relies on Neo4j's
    batches, locks and constraints, and other servers with its protocol have been found to lose changes without an
    error.

    :raises DatabaseError: it is not Neo4j, or too old.
    """
    version = server_version(agent)
    if version is None or not has_kernel:
        raise DatabaseError(
            f"the server at {options.uri} calls itself {agent!r}, but it is not Neo4j, and nsmig supports no other"
            " server with this protocol; point the target's uri at a Neo4j server"
        )
    if version < OLDEST_SERVER:
        oldest = ".".join(map(str, OLDEST_SERVER))
        raise DatabaseError(f"the server at {options.uri} is {agent}; nsmig needs Neo4j {oldest} or later")
    if version > NEWEST_TESTED:
        newest = "{}.{:02}".format(*NEWEST_TESTED)
        return (f"the server is {agent}; this version of nsmig was tested with versions up to {newest}",)
    return ()


def _unreadable(server: neo4j.ServerInfo) -> str:
    """See :class:`nsmig.database.neo4j.catalog.Catalog`: on servers newer than those tested, types that nsmig does not
    know, and vectors if the protocol is too old for them."""
    version = server_version(server.agent) or NEWEST_TESTED
    is_new = version > NEWEST_TESTED
    lacks_vectors = server.protocol_version < _WITH_VECTORS
    return unreadable(are_vectors=lacks_vectors) if is_new or (lacks_vectors and version >= _HAVE_VECTORS) else ""


def server_version(agent: str) -> tuple[int, int] | None:
    """Major and minor version of Neo4j from the server's agent string; None if that does not have Neo4j's own form.

    Releases up to 5 are numbered 5.26, those since then 2025.01; Aura appends ``-aura``.
    """
    found = _AGENT.fullmatch(agent)
    return (int(found["major"]), int(found["minor"])) if found else None


def _identity(session: neo4j.Session) -> tuple[neo4j.ServerInfo, bool, bool]:
    """The server, whether its components are Neo4j's, and whether it is the Enterprise edition. A server without the
    procedure has none."""
    try:
        result = session.run(
            "CALL dbms.components() YIELD name, edition RETURN collect(name) AS names, collect(edition) AS editions"
        )
        row = result.single(strict=True)
        return result.consume().server, _KERNEL in row["names"], "enterprise" in row["editions"]
    except AuthError:
        raise  # a wrong password is sent only once: the server locks a user out after a few attempts
    except Forbidden as error:
        raise DatabaseError(
            "the user may not call dbms.components(), which nsmig needs to tell Neo4j from servers that only speak"
            " its protocol; grant EXECUTE PROCEDURE dbms.components to a role of the user"
        ) from error
    except ClientError:
        return session.run("RETURN 1").consume().server, False, False
