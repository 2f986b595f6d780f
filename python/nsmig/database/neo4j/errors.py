"""The driver's errors as ours, and which of them may pass."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import AuthError, DriverError, Neo4jError, ServiceUnavailable, SessionExpired

from nsmig.database.neo4j.lease import lost
from nsmig.database.neo4j.options import Options
from nsmig.errors import DatabaseError

_ADVICE = {
    "Neo.ClientError.General.WriteOnReadOnlyAccessDatabase": "the database is read-only: make it writable on the"
    " server, or point the target at a database that is",
    "Neo.TransientError.General.DatabaseUnavailable": "it is starting, recovering or stopped (see SHOW DATABASES and"
    " the server's log); run again when it is online",
    "Neo.ClientError.Security.Forbidden": "grant that privilege to a role of the target's user, or use another user;"
    " a run reads and writes all rows, and creates and drops constraints and indexes",
}
_SERVER_IS_ILL = "Neo.DatabaseError.Transaction."  # it cannot write, or has given its database up since it could not
# SHOW INDEXES fails so now and then while an index is being filled (5.26.12): the share it is to show is above one.
_WRONG_PROGRESS = "Invalid progress specified"
# A query that is planned while the server brings hundreds of new indexes into use, one after the other.
_CHANGING = "Could not compile query due to insanely frequent schema changes"
_BY_ZERO = "Neo.ClientError.Statement.ArithmeticError"
# What the server answers with these has left nothing behind, unless the statement commits by itself: docs/refused.md
# lists them. Not among them are a commit or a member of a cluster that failed, of which nobody knows.
_REFUSALS = (
    *("Neo.ClientError.Database.", "Neo.ClientError.General.", "Neo.ClientError.Procedure.", "Neo.ClientError.Schema."),
    *("Neo.ClientError.Security.", "Neo.ClientError.Statement.", "Neo.ClientError.Transaction."),
    *("Neo.DatabaseError.Schema.", "Neo.DatabaseError.Statement.", "Neo.DatabaseError.Transaction.TransactionStart"),
    *("Neo.TransientError.General.", "Neo.TransientError.Transaction."),
)
INDEX_NAME_TAKEN = "Neo.ClientError.Schema.IndexWithNameAlreadyExists"


@contextmanager
def explained(options: Options) -> Iterator[None]:
    """The driver's errors as one that says where and what.

    :raises DatabaseError: one of them was raised within.
    """
    uri = options.uri
    try:
        yield
    except AuthError as error:
        if options.username is None:
            raise DatabaseError(
                f"Neo4j at {uri} requires authentication: give the target a username and password (with just a uri,"
                " the password is read from NSMIG_PASSWORD)"
            ) from error
        raise DatabaseError(
            f"Neo4j at {uri} refused user {options.username!r}: {error.message};"
            " look at username and password of the target"
        ) from error
    except Neo4jError as error:
        if error.code == "Neo.ClientError.Database.DatabaseNotFound":
            raise DatabaseError(
                f"Neo4j at {uri} has no database {options.database_name!r}; check the target's database_name"
            ) from error
        ill = (error.code or "").startswith(_SERVER_IS_ILL)
        advice = "check the server's log and its free disk space, and restart it" if ill else ""
        advice = _ADVICE.get(error.code or "", advice)
        said = f"Neo4j at {uri}: {error.message} ({error.code})"
        raise DatabaseError(f"{said}; {advice}" if advice else said) from error
    except (ServiceUnavailable, SessionExpired) as error:
        raise DatabaseError(
            f"Neo4j at {uri} cannot be reached: {error}; is it running, and are host and port right?"
        ) from error
    except DriverError as error:
        raise DatabaseError(f"the driver for Neo4j at {uri}: {error}") from error


@contextmanager
def lost_where_fenced() -> Iterator[None]:
    """A statement that asks first whether the lock is ours divides by zero where it is not.

    :raises LockedError: so it was.
    """
    try:
        yield
    except DatabaseError as error:
        if is_lost(error.__cause__):
            raise lost() from error.__cause__
        raise


def is_lost(error: BaseException | None) -> bool:
    """Whether a statement of ours was not carried out since the lock is not ours."""
    return getattr(error, "code", None) == _BY_ZERO


def has_left_nothing(error: Neo4jError | DriverError) -> bool:
    """Whether the server has refused a statement as a whole. In doubt it has not."""
    return isinstance(error, Neo4jError) and (error.code or "").startswith(_REFUSALS)


def may_pass(error: Neo4jError | DriverError) -> bool:
    """Whether the same may succeed when it is sent again."""
    if isinstance(error, Neo4jError) and error.code == INDEX_NAME_TAKEN:
        return True  # all names that we choose are free, but for what a dead server left: see Connection.attempt
    if isinstance(error, Neo4jError) and (error.message or "").startswith((_WRONG_PROGRESS, _CHANGING)):
        return True
    return isinstance(error, (ServiceUnavailable, SessionExpired)) or error.is_retryable()
