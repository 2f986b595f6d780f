"""The interface that a database must implement to be migrated: three protocols, and the values that cross them.

- A *ledger* holds the records of migrations in the database, and the lock.
- A *dialect* turns operations into statements. It is pure: it needs the operation, the schema before it and the
  content of the database, but no connection, so a dry run, a test and a real run see the same statements.
- A *session* sends statements and reads the content of the database.

A kind of database implements all three and is described by a :class:`nsmig.database.kind.DatabaseKind`. It depends on
neither files nor the core.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Any, Generic, Protocol, TypeVar

from nsmig.database.archiving import Keep, Position, Restoring
from nsmig.database.survey import LiveSchema, Progress, Survey, Unfinished, Unindexed
from nsmig.errors import FormatError
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, DropProperty, Operation, RenameProperty
from nsmig.values import SchemaView

# The content of a database that its dialect needs (constraints, indexes, tables), as one immutable value that only its
# own dialect and session interpret.
Live = TypeVar("Live")
Read = TypeVar("Read", covariant=True)  # the same, where it is only returned


@dataclass(frozen=True, slots=True)
class Pass:
    """Operations on different properties of one type, not in its key, which commute: one pass over the rows."""

    operations: tuple[AddProperty | DropProperty | RenameProperty, ...]

    @property
    def description(self) -> str:
        """One line for people."""
        return "; ".join(each.description for each in self.operations)


class Role(Enum):
    """The purpose of a statement."""

    CHECK = "check"  # one row with one integer: how many rows prevent the operation; 0 lets it proceed
    SCHEMA = "schema"  # constraints, indexes, tables
    DATA = "data"  # values; may be batched in the server
    RECHECK = "recheck"  # like a check, after the data: rows that others wrote meanwhile and that were left alone
    QUERY = "query"  # a user's query; may not be repeatable, so its mark is in its transaction if possible
    COUNT = "count"  # like a check, but does not stop the run: rows that the user should know about
    TAKE = "take"  # deletes rows or values, batch by batch, each after it was written to the archive
    KEEP = "keep"  # what has to be rebuilt after being dropped, stored so that a killed run does not lose it
    NOTE = "note"  # not sent: ``text`` informs the user about something not done or left behind, and why


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it is sent. Repeating a statement is always harmless.

    ``problem`` and ``show`` belong to checks and counts: what the counted rows are, and a query that lists them, whose
    parameters are columns of the check's row. ``may_share``: it may share a transaction with neighbours that also may.
    ``makes``: the name of whatever the server builds in the background after it, such as an index. ``is_early``: it
    only reads values, so it finds the same before operations that do not change these. ``is_lasting``: an early one
    that finds the same after its values were converted by a rule: nulls stay null, and lists keep their length.
    ``many``: a note that a migration is given once: what it says of several, with their ``{count}``.
    """

    role: Role
    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    show: str = ""
    may_share: bool = False
    makes: str = ""
    is_early: bool = False
    is_lasting: bool = False
    many: str = ""


# The format of the records, journal and lock. It only increases if an older version would misread something; version
# 0.1.0 wrote no number, and its format is 1.
FORMAT = 1


def require_format(what: str, found: int | None) -> None:
    """
    :param what: the thing found in that format, in words.
    :raises FormatError: the format is later than :data:`FORMAT`.
    """
    if found is not None and found > FORMAT:
        raise FormatError(what, found, FORMAT)


@dataclass(frozen=True, slots=True)
class Record:
    """The record of an applied migration. nodestream records only the name."""

    name: str
    applied_at: str | None = None
    checksum: str | None = None
    nsmig_version: str | None = None


@dataclass(frozen=True, slots=True)
class Mark:
    """A journal entry: the first ``done`` operations of a migration are applied. ``checksum`` covers all its
    operations. ``empty``: it was begun when there were no rows, so any rows were added later.
    ``numbered``: it has a format number, as written by every version after 0.1.0. ``archive`` names the
    archive for what it deletes."""

    migration: str
    checksum: str
    done: int
    empty: bool = False
    numbered: bool = field(default=True, compare=False)
    archive: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """The migration state of a database: records by name, and journal entries by name.
    ``has_rows``: there may be rows, see :meth:`Session.holds_rows`; True if it was not needed.
    ``positions``: in archives, by their names."""

    records: Mapping[str, Record]
    journal: Mapping[str, Mark]
    has_rows: bool = True
    positions: Mapping[str, Position] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change to the records. ``records`` are written (existing ones keep their time); those of ``forgotten`` names
    are removed; ``renamed`` ones (old name → new name) keep everything but their names; journal entries of ``ended``
    names, with which no run would continue, are removed. ``done`` describes it, one sentence each."""

    records: tuple[Record, ...] = ()
    forgotten: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    ended: tuple[str, ...] = ()
    done: tuple[str, ...] = ()

    def on(self, state: State) -> State:
        """The state after the change."""
        kept = {name: each for name, each in state.records.items() if name not in self.forgotten}
        named = [replace(each, name=self.renamed.get(name, name)) for name, each in kept.items()]
        journal = {name: mark for name, mark in state.journal.items() if name not in self.ended}
        return replace(state, records={each.name: each for each in (*named, *self.records)}, journal=journal)


@dataclass(frozen=True, slots=True)
class Step:
    """An operation and the schema before it."""

    operation: Operation
    before: SchemaView


@dataclass(frozen=True, slots=True)
class Turn:
    """Operations that are sent together, and their statements.

    ``work`` is their name in errors. ``marks_itself``: the mark that follows is part of the statements' own
    transaction, so it is written even if a record comes next. ``is_atomic``: so are the records, and nothing permanent
    is changed before that transaction; the turn needs no mark before it, and includes ``records`` and the names of the
    journal entries that have ``ended``. ``is_whole``: the statements are one transaction and nothing else, so if one
    is refused none has any effect.
    """

    operations: tuple[Operation, ...]
    work: Operation | Pass
    statements: tuple[Statement, ...]
    marks_itself: bool = False
    is_atomic: bool = False
    is_whole: bool = False
    records: tuple[Record, ...] = ()
    ended: tuple[str, ...] = ()
    keep: Keep | None = None

    @property
    def takes(self) -> bool:
        """Whether it deletes rows or values that are archived first, for which it needs a ``keep``."""
        return any(each.role is Role.TAKE for each in self.statements)

    @property
    def is_sent(self) -> bool:
        return any(each.role is not Role.NOTE for each in self.statements)

    @property
    def makes(self) -> tuple[str, ...]:
        """The names of whatever the server builds in the background after its statements."""
        return tuple(dict.fromkeys(each.makes for each in self.statements if each.makes))

    @property
    def is_query(self) -> bool:
        """Whether it sends a user's query, after which the content of the database is unknown."""
        return any(each.role is Role.QUERY for each in self.statements)


def ignore(holder: str) -> None:
    """Ignore who holds the lock."""


class Ledger(Protocol):
    """The records of migrations in the database, and the lock under which they may change."""

    def lock(
        self, timeout: float, waiting: Callable[[str], None] = ignore
    ) -> AbstractContextManager[Callable[[], None]]:
        """Hold the migration lock; wait at most ``timeout`` seconds for it.

        :param waiting: called once for each run that holds it in the meantime, with its holder.

        Yields a function that raises :class:`LockedError` once the lock is lost; a run calls it before each statement.
        :raises LockedError: another run holds it.
        :raises FormatError: a later version wrote it.
        """

    def holder(self) -> str | None:
        """The holder of the lock and since when, in words; None if it is free."""

    def unlock(self) -> None:
        """Remove the lock, whoever holds it."""

    def state(self) -> State:
        """The applied and the begun migrations. Read-only; works without the lock and on a database that was never
        migrated.

        :raises FormatError: a later version wrote them.
        """

    def remember(self, records: Iterable[Record], ended: Iterable[str] = (), marks: Iterable[Mark] = ()) -> None:
        """Atomically record these migrations as applied, delete these journal entries, and store these progress marks.

        :param ended: names of the journal entries to delete.
        """

    def amend(self, amendment: Amendment, who: str) -> None:
        """Atomically change the records, and log who did it, when, and what."""


class Dialect(Protocol[Live]):
    """Translates operations into statements for a kind of database. Pure."""

    def refuse(self, operation: Operation, before: SchemaView) -> None:
        """Raise :class:`UnsupportedError` if this database can never carry the operation out, whatever it holds.

        Of plain operations (see ``nsmig._core.Steps``) it refuses either none or all of the same class and kind of
        type, so it is called for one of them.
        """

    def keeping(self) -> Dialect[Live]:
        """The same dialect, except that its turns archive what they delete (see :attr:`Role.TAKE`)."""

    def reach(self, operations: Sequence[Operation], start: int, before: SchemaView) -> int:
        """The end (exclusive) of the turn that begins with operation ``start``: at least one operation.

        :param before: the schema before operation ``start``.
        """

    def turn(self, steps: tuple[Step, ...], live: Live, *, skip_rows: bool = False) -> tuple[Turn, Live]:
        """A turn of exactly these steps, and what the database holds after it.

        :param skip_rows: change no rows: there were none when the migration was begun, and others have come since.
        :raises UnsupportedError: the content of the database prevents it.
        """

    def joined(self, first: Turn, second: Turn) -> Turn | None:
        """Two consecutive turns as one; None if they must remain two."""

    def has_rows(self, live: Live) -> bool:
        """Whether there may be rows to change. True if the statements for an empty database are the same."""

    def is_shared(self) -> bool:
        """Whether others may change the database while a run has the lock."""

    def foreseen(self, live: Live) -> Live:
        """The content to assume for a script that is sent later: with rows, if statements for an empty database would
        harm rows added since."""

    def is_light(self, turns: Sequence[Turn]) -> bool:
        """Whether a migration of these turns may be begun and recorded together with others: repeating them in order
        has the same result."""

    def together(self, turns: Sequence[Turn], before: Live, after: Live) -> Turn | None:
        """One turn with the same result as all of these, which are light and of several migrations; None if they must
        be taken one by one.

        :param before: what the database holds before the first one.
        :param after: what it should hold after the last one.
        :returns: a turn that is whole.
        """

    def script(
        self,
        statements: Iterable[Statement] = (),
        records: Iterable[Record] = (),
        ended: Iterable[str] = (),
        marks: Iterable[Mark] = (),
        awaited: Iterable[str] = (),
    ) -> str:
        """The statements of the session or the ledger, as input for the database's own shell.

        :param awaited: what the server builds in the background, for which the shell waits.
        """

    def script_begin(self) -> str:
        """The first statements of the ledger in a run, except for the lock, as input for that shell."""


class Session(Protocol[Read]):
    """A connection that executes turns and reads."""

    def execute(self, turn: Turn, mark: Mark | None, progress: Callable[[int], None]) -> Sequence[str]:
        """Send a turn's statements, then write the mark, if there is one. Checks come first and stop everything.

        The records and ended journal entries of an atomic turn are written with it.

        :param progress: called with the number of rows changed so far by these statements.
        :returns: counts that the user should know about, one sentence each.
        :raises ConflictError: a check counted something; nothing was changed.
        """

    def finish(self, names: Sequence[str], progress: Callable[[float], None]) -> None:
        """Wait until the server has built what it builds in the background (see :class:`Statement`).

        :param progress: called with the progress, from 0 to 1, while it waits.
        :raises IndexFailedError: it could not build one.
        """

    def unfinished(self) -> Sequence[Unfinished]:
        """Anything that the server is still building for earlier runs, or could not build, by name. Read-only."""

    def mend(self, unfinished: Sequence[Unfinished], *, after: bool) -> None:
        """Start rebuilding those that the server could not build, and forget what it has built since.

        :param after: the tasks of the run are done, so those that have to wait for them are due.
        """

    def live(self) -> Read:
        """The content of the database that the dialect needs."""

    def holds_rows(self) -> bool:
        """Whether there are rows of any type other than nsmig's and nodestream's own; True if that cannot be
        determined."""

    def live_schema(self, expected: SchemaView | None = None) -> LiveSchema:
        """The database read back as a schema, without nsmig's and nodestream's own data.

        :param expected: the expected schema. A row's property belongs to those of its types that declare it here; if
            none does, to all of them.

        Reads all rows of a database that does not declare its types. A property with no or several known types is a
        STRING; cardinalities are MANY on both sides, and adjacencies, which are not used, may be missing.
        """

    def survey(self, sample: int | None, progress: Progress) -> Survey:
        """The database for someone without a schema for it: its :meth:`live_schema` with the adjacencies that rows
        have, and the decisions that had to be made. Read-only, without the lock.

        :param sample: read at most this many rows of each type; None: all.
        :param progress: called with the number of rows read and the total.
        """

    def remains(self, kind: Kind, type: str) -> Sequence[tuple[str, str]]:
        """Constraints and indexes on a type without rows: each in words, with the statement that drops it."""

    def other_records(self) -> tuple[str, ...]:
        """The records of neo4j-migrations, in order; empty if it was not used."""

    def unindexed(self) -> Sequence[Unindexed]:
        """The node types whose keys lack the index that they should have, those with many rows first; empty if another
        process prevents reading it."""

    def unmovable(self) -> Sequence[str]:
        """Properties that cannot survive a change of a key or a name, which is therefore refused: one sentence each.
        Read-only."""

    def refuse(self, operation: Operation, before: SchemaView) -> None:
        """Raise :class:`UnsupportedError` if the server's own parser does not accept an expression of the operation."""

    def stop(self) -> None:
        """End the statement that another thread is running, which then fails there. Never raises."""


@dataclass(frozen=True, slots=True)
class Database(Generic[Live]):
    """An open database. ``notes``: facts for the user that were found when connecting. ``kind`` is the kind's name;
    ``restoring`` puts archived rows back."""

    ledger: Ledger
    dialect: Dialect[Live]
    session: Session[Live]
    notes: tuple[str, ...] = ()
    kind: str = ""
    restoring: Restoring | None = None
