"""What a database must offer to be migrated: the protocol that ``run`` drives, and the values that cross it.

An adapter turns an operation into statements with a pure function of the operation, the schema before it and what the
database holds (``live``), so that a dry run, a test and a real run see the same thing. Adapters know neither files nor
the core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, ClassVar, Protocol

from nsmig.operations import AddProperty, DropProperty, Kind, Operation, RenameProperty
from nsmig.values import Type as Type


class Schema(Protocol):
    """The part of a schema that adapters look at: declared (managed) types and what they declare."""

    def type(self, kind: Kind, name: str) -> Type | None:
        """The type of that name, or None if the schema declares none."""

    def types(self, kind: Kind) -> list[str]:
        """Names of all declared types of a kind, sorted."""

    def declaring(self, property: str) -> list[str]:
        """Names of the node types that declare a property of this name, sorted."""

    def to_dict(self) -> dict[str, Any]:
        """The content of a schema file; adjacencies are its ``cardinalities``."""


@dataclass(frozen=True, slots=True)
class Changes:
    """Property changes of one type, on different properties, none of them in its key.

    Such operations commute, so one pass over the rows does them all.
    """

    changes: tuple[AddProperty | DropProperty | RenameProperty, ...]

    def __repr__(self) -> str:
        return ", ".join(map(repr, self.changes))


class Role(Enum):
    """What a statement is for."""

    CHECK = "check"  # one row with one integer: how many rows forbid the operation; 0 lets it go on
    SCHEMA = "schema"  # constraints, indexes, tables
    DATA = "data"  # values; may be batched in the server
    RECHECK = "recheck"  # like a check, after the data: rows that others have written meanwhile and that were spared
    QUERY = (
        "query"  # a user's own, as given; may not be repeatable, so its mark is part of its transaction where it can
    )
    NOTE = "note"  # nothing is sent: ``text`` tells the user what is not done, or left behind, and why


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it is sent. Every statement may be repeated without harm.

    ``problem`` and ``show`` belong to checks: what the counted rows are, and a query that lists them. ``may_share``: it
    may be in one transaction with neighbours that may, too.
    """

    role: Role
    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    show: str = ""
    may_share: bool = False


@dataclass(frozen=True, slots=True)
class Record:
    """An applied migration as the database remembers it. nodestream records the name alone."""

    name: str
    applied_at: str | None = None
    checksum: str | None = None
    nsmig_version: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """How far a migration has come: its first ``done`` operations are applied. ``checksum`` is of all its
    operations. ``empty``: it was begun when there were no rows, so that all there are now have come later."""

    migration: str
    checksum: str
    done: int
    empty: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """What a database knows of its migrations: those applied, by name, and those begun and not finished, by name."""

    records: Mapping[str, Record]
    journal: Mapping[str, Mark]


def ignore(holder: str) -> None:
    """For those who need not know whom they wait for."""


class Database(Protocol):
    """An open database. A context manager: entering connects (and says clearly if it cannot), leaving closes.

    ``transactional``: an operation and its mark are one transaction. Elsewhere an operation that was interrupted is
    repeated, and ``statements`` takes :class:`Changes`, too. ``notes``: what the user should know of the database once
    it is connected.
    """

    transactional: ClassVar[bool]
    notes: tuple[str, ...]

    def __enter__(self) -> Database: ...

    def __exit__(self, *exc: object) -> None: ...

    def lock(
        self, timeout: float, waiting: Callable[[str], None] = ignore
    ) -> AbstractContextManager[Callable[[], None]]:
        """Hold the migration lock; wait at most ``timeout`` seconds for it.

        :param waiting: told, once for each of them, who holds it meanwhile.

        Gives a function that raises :class:`LockedError` once the lock is lost; ``run`` calls it before each statement
        it sends.
        :raises LockedError: somebody else holds it.
        """

    def holder(self) -> str | None:
        """Who holds the lock and since when, in words; None if nobody does."""

    def unlock(self) -> None:
        """Remove the lock, whoever holds it."""

    def stop(self) -> None:
        """End the statement that another thread has under way, which fails there. Never raises."""

    def state(self) -> State:
        """The applied and the begun migrations. Reads only; works without the lock and on a database never migrated."""

    def live(self) -> Any:
        """What the database holds that ``statements`` must know (constraints, indexes, tables), as one immutable
        value. Where not ``transactional``, a dataclass whose ``empty`` tells that there are no rows to change."""

    def live_schema(self, expected: Schema | None = None) -> dict[str, Any]:
        """The database read back as the content of a schema file, without what nsmig and nodestream keep there.

        :param expected: what should be there. Of a row's types, those that declare a property here have it; where none
            does, all of them.

        Reads all rows of a database that does not know its types. A property of which nothing or more than one type is
        known is a STRING; cardinalities are MANY on both sides.
        """

    def refuse(self, operation: Operation, before: Schema) -> None:
        """Raise :class:`UnsupportedError` if this database can never carry the operation out, whatever data it
        holds."""

    def statements(self, operation: Operation | Changes, before: Schema, live: Any) -> tuple[list[Statement], Any]:
        """The statements for an operation, in order, and what the database will hold after them. Pure."""

    def execute(
        self,
        statements: Iterable[Statement],
        operation: Operation | Changes,
        mark: Mark | None,
        progress: Callable[[int], None],
    ) -> None:
        """Send statements, then write the mark, if there is one. Checks come first and stop everything.

        :param operation: what the statements are for; said in errors.
        :param progress: called with the number of rows changed so far by these statements.
        :raises ConflictError: a check counted something; nothing was changed.
        """

    def remember(self, records: Iterable[Record], ended: Iterable[str] = (), marks: Iterable[Mark] = ()) -> None:
        """In one transaction: these migrations are applied, now; these journals end; and so far have others come.

        :param ended: names whose journal ends.
        """

    def script(
        self,
        statements: Iterable[Statement] = (),
        records: Iterable[Record] = (),
        ended: Iterable[str] = (),
        marks: Iterable[Mark] = (),
    ) -> str:
        """What ``execute`` or ``remember`` would send, as input for the database's own shell."""
