"""Errors of databases, and of runs on them."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from nsmig.errors.base import FAST_FORWARD, NsmigError
from nsmig.errors.files import FoldError
from nsmig.words import counted


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a run something happened: at operations ``first`` to ``operation``, both counted from 1 and usually the
    same, ``of`` the operations that the migration (or fast-forward) has."""

    migration: str
    first: int
    operation: int
    of: int

    def __str__(self) -> str:
        name = self.migration if self.migration.startswith(FAST_FORWARD) else f"migration {self.migration!r}"
        one = self.first == self.operation
        numbers = f"operation {self.operation}" if one else f"operations {self.first} to {self.operation}"
        return f"{name}, {numbers} of {self.of}"


class DatabaseError(NsmigError):
    """The database returned an error, in its own words, or cannot be reached.

    ``changed_nothing``: the current work has certainly changed nothing. ``place``: where in a run it happened; None
    outside of a run.
    """

    changed_nothing = False
    place: Place | None = None

    def _said(self) -> str:
        return f"{self.place}: {super()._said()}" if self.place else super()._said()


@contextmanager
def located(place: Place) -> Iterator[None]:
    """Set the place of database errors raised within."""
    try:
        yield
    except DatabaseError as error:
        error.place = place
        raise


@contextmanager
def doubted(doubt: str | None) -> Iterator[None]:
    """Set the doubt of errors from migrations that do not apply and statements that fail."""
    try:
        yield
    except (FoldError, DatabaseError) as error:
        is_of_a_statement = isinstance(error, DatabaseError) and error.place and not isinstance(error, LockedError)
        if doubt is not None and (isinstance(error, FoldError) or is_of_a_statement):
            error.doubt = doubt
        raise


class RowsError(DatabaseError):
    """The database has rows, but a ``squash`` with queries left out was about to run: they were added after
    planning."""

    changed_nothing = True

    def __init__(self, squash: str) -> None:
        super().__init__(
            f"squash {squash!r} left queries out, so it runs only on a database without rows, and rows were added"
            " after this run began; it changed nothing. Run again: the migrations that it replaces then run instead"
        )
        self.squash = squash


class IndexFailedError(DatabaseError):
    """The server could not build an index.

    ``name`` is the name of the index; ``reason`` is the server's.
    """

    def __init__(self, name: str, reason: str) -> None:
        self.name, self.reason = name, reason
        super().__init__(
            f"the server could not build the index {name!r}: {reason}; fix the data and run again, which drops the"
            " index and rebuilds it"
        )


class UnsupportedError(DatabaseError):
    """This kind of database cannot carry out the operation, whatever the data."""

    changed_nothing = True

    def __init__(self, operation: Any, reason: str) -> None:
        super().__init__(f"{operation.description}: {reason}")
        self.operation, self.reason = operation, reason


class ClashError(DatabaseError):
    """A constraint refuses a row, for example because another row has the same key."""


class ConflictError(DatabaseError):
    """The data prevents an operation. ``count`` rows are affected; ``query`` shows them.

    :param is_late: others wrote these rows after the operation had checked for conflicts.
    """

    def __init__(self, operation: Any, problem: str, count: int, query: str, is_late: bool = False) -> None:
        done = "All other rows were changed" if is_late else "This operation changed nothing"
        super().__init__(f"{operation.description}: {problem}: {count}. {done}. To see them: {query}")
        self.operation, self.problem, self.count, self.query = operation, problem, count, query
        self.changed_nothing = not is_late


class LockedError(DatabaseError):
    """Another run, or another program, holds the lock. ``holder`` says who and since when; None: this run lost the
    lock."""

    def __init__(self, holder: str | None, advice: str, held: str = "another run holds the lock") -> None:
        problem = "this run lost the lock" if holder is None else f"{held}: {holder}"
        super().__init__(f"{problem}; {advice}")
        self.holder = holder


class FormatError(DatabaseError):
    """The database was written by a later version, in format ``found``; this version knows formats up to ``known``."""

    changed_nothing = True

    def __init__(self, what: str, found: int, known: int) -> None:
        super().__init__(
            f"{what} of this database was written by a later version of nsmig (format {found}; this version knows"
            f" format {known}); use that version, or a later one"
        )
        self.found, self.known = found, known


class EditedError(NsmigError):
    """Migration ``name``, or a fast-forward of that name, was begun with different operations.

    :param done: how many operations were done.
    :param last: the last migration of a fast-forward; for a migration, itself.
    :param version: the version of nsmig that began it, if it is known to be a different one.
    """

    def __init__(self, name: str, done: int, last: str, version: str | None = None) -> None:
        stopped = f"stopped after {counted(done, 'operation')}"
        if name == last:
            problem = f"migration {name!r} {stopped} and its file was edited since"
            advice = "restore the file as it was, run again, and put the change into a new migration"
        else:
            problem = (
                f"the {name} {stopped}, and the files of its migrations, or the set of applied ones, have changed since"
            )
            advice = "restore the files as they were, run again, and put the new changes into later migrations"
        by_hand = (
            f"or bring the database to that state by hand, and then record it with nsmig run --fake --to"
            f" {shlex.quote(last)}"
        )
        if version is not None:
            advice += f"; if no file has changed, finish it with nsmig {version}, which began it"
        super().__init__(f"{problem}; {advice}; {by_hand}")
        self.name, self.done, self.version = name, done, version
