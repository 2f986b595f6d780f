"""The driver's errors as nsmig's, and which of them are transient."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from neo4j.exceptions import AuthError, ClientError, DriverError, Neo4jError, ServiceUnavailable, SessionExpired

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
_SERVER_IS_ILL = "Neo.DatabaseError.Transaction."  # it cannot write, or has closed the database for that reason
# SHOW INDEXES occasionally fails while an index is being filled (5.26.12), because the share that it shows exceeds one.
_WRONG_PROGRESS = "Invalid progress specified"
# A query planned while the server puts hundreds of new indexes into use, one after the other.
_CHANGING = "Could not compile query due to insanely frequent schema changes"
_BY_ZERO = "Neo.ClientError.Statement.ArithmeticError"
# Errors after which the server has changed nothing, unless the statement commits by itself: docs/refused.md lists them.
# They do not include failures of a commit or of a cluster member, whose outcome is unknown.
_REFUSALS = (
    *("Neo.ClientError.Database.", "Neo.ClientError.General.", "Neo.ClientError.Procedure.", "Neo.ClientError.Schema."),
    *("Neo.ClientError.Security.", "Neo.ClientError.Statement.", "Neo.ClientError.Transaction."),
    *("Neo.DatabaseError.Schema.", "Neo.DatabaseError.Statement.", "Neo.DatabaseError.Transaction.TransactionStart"),
    *("Neo.TransientError.General.", "Neo.TransientError.Transaction."),
)
INDEX_NAME_TAKEN = "Neo.ClientError.Schema.IndexWithNameAlreadyExists"


def refusal(error: DatabaseError) -> str:
    """What the server's parser said about a statement, without the place in it.

    :raises DatabaseError: this error, which is of another kind.
    """
    if not isinstance(error.__cause__, ClientError):
        raise error
    return str(error.__cause__.message).split(" (line ")[0]


@contextmanager
def explained(options: Options) -> Iterator[None]:
    """Explain errors of the driver: where they happened, and what to do.

    :raises DatabaseError: the driver raised an error within the block.
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
            " check the target's username and password"
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
    """A statement that first checks whether the lock is ours divides by zero if it is not.

    :raises LockedError: it is not ours.
    """
    try:
        yield
    except DatabaseError as error:
        if is_lost(error.__cause__):
            raise lost() from error.__cause__
        raise


def is_lost(error: BaseException | None) -> bool:
    """Whether a statement of ours was refused because the lock is not ours."""
    return getattr(error, "code", None) == _BY_ZERO


def has_left_nothing(error: Neo4jError | DriverError) -> bool:
    """Whether the server has refused a statement as a whole. False in case of doubt."""
    return isinstance(error, Neo4jError) and (error.code or "").startswith(_REFUSALS)


def may_pass(error: Neo4jError | DriverError) -> bool:
    """Whether the same statement may succeed when sent again."""
    if isinstance(error, Neo4jError) and error.code == INDEX_NAME_TAKEN:
        return True  # all names that we choose are free, except for those left by a dead server: see Connection.attempt
    if isinstance(error, Neo4jError) and (error.message or "").startswith((_WRONG_PROGRESS, _CHANGING)):
        return True
    return isinstance(error, (ServiceUnavailable, SessionExpired)) or error.is_retryable()
