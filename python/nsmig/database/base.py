"""What a database must offer to be migrated: three protocols, and the values that cross them.

- A *ledger* is what the database remembers of its migrations, and the lock on it.
- A *dialect* turns operations into statements. It is pure: it needs the operation, the schema before it and what the
  database holds, but no connection, so a dry run, a test and a real run see the same statements.
- A *session* sends statements and reads what the database holds.

A kind of database implements the three and says so in a :class:`nsmig.database.kind.DatabaseKind`. It knows neither
files nor the core.
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

# What a database holds that its dialect must know (constraints, indexes, tables), as one immutable value that only its
# own dialect and session look into.
Live = TypeVar("Live")
Read = TypeVar("Read", covariant=True)  # the same, where it is only given


@dataclass(frozen=True, slots=True)
class Pass:
    """Operations on different properties of one type, not in its key, which commute: one pass over the rows."""

    operations: tuple[AddProperty | DropProperty | RenameProperty, ...]

    def __repr__(self) -> str:
        return ", ".join(map(repr, self.operations))


class Role(Enum):
    """What a statement is for."""

    CHECK = "check"  # one row with one integer: how many rows forbid the operation; 0 lets it go on
    SCHEMA = "schema"  # constraints, indexes, tables
    DATA = "data"  # values; may be batched in the server
    RECHECK = "recheck"  # like a check, after the data: rows that others have written meanwhile and that were spared
    QUERY = "query"  # a user's own, as given; may not be repeatable, so its mark is in its transaction where it can
    COUNT = "count"  # like a check, but stops nothing: rows that the user should know of
    TAKE = "take"  # deletes rows or values, batch by batch, each after it was written to the archive
    KEEP = "keep"  # what is dropped and still to be rebuilt, written down so that a killed run does not lose it
    NOTE = "note"  # nothing is sent: ``text`` tells the user what is not done, or left behind, and why


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement as it is sent. Every statement may be repeated without harm.

    ``problem`` and ``show`` belong to checks and counts: what the counted rows are, and a query that lists them, whose
    parameters are columns of the check's row. ``may_share``: it may be in one transaction with neighbours that may,
    too. ``makes``: the name of what the server goes on making after it, such as an index.
    """

    role: Role
    text: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    problem: str = ""
    show: str = ""
    may_share: bool = False
    makes: str = ""


# The format of what is remembered in a database. A higher number is for what an older version would misread; what
# version 0.1.0 wrote has no number and is of format 1.
FORMAT = 1


def require_format(what: str, found: int | None) -> None:
    """
    :param what: was found in that format, in words.
    :raises FormatError: the format is later than :data:`FORMAT`.
    """
    if found is not None and found > FORMAT:
        raise FormatError(what, found, FORMAT)


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
    operations. ``empty``: it was begun when there were no rows, so that all there are now have come later.
    ``numbered``: its format is written beside it, as by every version after 0.1.0. ``archive`` names
    the archive that what it deletes goes into."""

    migration: str
    checksum: str
    done: int
    empty: bool = False
    numbered: bool = field(default=True, compare=False)
    archive: str | None = None


@dataclass(frozen=True, slots=True)
class State:
    """What a database knows of its migrations: those applied, by name, and those begun and not finished, by name.
    ``has_rows``: there may be rows, see :meth:`Session.holds_rows`; nobody has to ask who has no use for it.
    ``positions``: in archives, by their names."""

    records: Mapping[str, Record]
    journal: Mapping[str, Mark]
    has_rows: bool = True
    positions: Mapping[str, Position] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Amendment:
    """A change of what is remembered. ``records`` are put, and keep their time where they are there already; those of
    ``forgotten`` names are taken away; ``renamed`` ones (old name → new name) keep all but their names; journal entries
    of ``ended`` names, with which nothing would go on, are taken away. ``done`` says it, a sentence each."""

    records: tuple[Record, ...] = ()
    forgotten: tuple[str, ...] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    ended: tuple[str, ...] = ()
    done: tuple[str, ...] = ()

    def on(self, state: State) -> State:
        """The state after it."""
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

    ``work`` is what errors call them. ``marks_itself``: the mark that follows is part of the statements' own
    transaction, so it is written even where a record comes next. ``is_atomic``: so is all that is remembered of it,
    and before that transaction nothing is changed that stays; so it needs no mark before it, and carries ``records``
    and the names of the journal entries that have ``ended``. ``is_whole``: the statements are one transaction without
    anything else, so that a refusal of one leaves nothing of any.
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
        """Whether it deletes rows or values that go into the archive first, for which it needs a ``keep``."""
        return any(each.role is Role.TAKE for each in self.statements)

    @property
    def is_sent(self) -> bool:
        return any(each.role is not Role.NOTE for each in self.statements)

    @property
    def makes(self) -> tuple[str, ...]:
        """The names of what the server goes on making after its statements."""
        return tuple(dict.fromkeys(each.makes for each in self.statements if each.makes))

    @property
    def is_query(self) -> bool:
        """Whether it sends a query of the user's, after which nobody knows what the database holds."""
        return any(each.role is Role.QUERY for each in self.statements)


def ignore(holder: str) -> None:
    """For those who need not know whom they wait for."""


class Ledger(Protocol):
    """What the database remembers of its migrations, and the lock under which that may change."""

    def lock(
        self, timeout: float, waiting: Callable[[str], None] = ignore
    ) -> AbstractContextManager[Callable[[], None]]:
        """Hold the migration lock; wait at most ``timeout`` seconds for it.

        :param waiting: called once for each run that holds it meanwhile, with who that is.

        Gives a function that raises :class:`LockedError` once the lock is lost; a run calls it before each statement it
        sends.
        :raises LockedError: another run holds it.
        :raises FormatError: a later version wrote it.
        """

    def holder(self) -> str | None:
        """Who holds the lock and since when, in words; None if nobody does."""

    def unlock(self) -> None:
        """Remove the lock, whoever holds it."""

    def state(self) -> State:
        """The applied and the begun migrations. Reads only; works without the lock and on a database never migrated.

        :raises FormatError: a later version wrote them.
        """

    def remember(self, records: Iterable[Record], ended: Iterable[str] = (), marks: Iterable[Mark] = ()) -> None:
        """Atomically record these migrations as applied, delete these journal entries, and store these progress marks.

        :param ended: names of the journal entries to delete.
        """

    def amend(self, amendment: Amendment, who: str) -> None:
        """Atomically change the records so, and write down who did it, when, and what."""


class Dialect(Protocol[Live]):
    """How a kind of database says operations. Pure."""

    def refuse(self, operation: Operation, before: SchemaView) -> None:
        """Raise :class:`UnsupportedError` if this database can never carry the operation out, whatever it holds.

        Of plain operations (see ``nsmig._core.Steps``) it refuses none, or all of a class and kind of type: one of them
        is asked about for all.
        """

    def keeping(self) -> Dialect[Live]:
        """The same, but what its turns delete they take (see :attr:`Role.TAKE`)."""

    def reach(self, operations: Sequence[Operation], start: int, before: SchemaView) -> int:
        """Before which operation the turn ends that begins with operation ``start``: how far one turn can go, at least
        an operation.

        :param before: the schema before operation ``start``.
        """

    def turn(self, steps: tuple[Step, ...], live: Live, *, skip_rows: bool = False) -> tuple[Turn, Live]:
        """A turn of exactly these steps, and what the database holds after it.

        :param skip_rows: change no rows: there were none when the migration was begun, and others have come since.
        :raises UnsupportedError: what the database holds is in the way.
        """

    def joined(self, first: Turn, second: Turn) -> Turn | None:
        """Two turns that follow each other as one; None where they must stay two."""

    def has_rows(self, live: Live) -> bool:
        """Whether there may be rows to change. True where the statements for an empty database are no others."""

    def is_shared(self) -> bool:
        """Whether others may change what the database holds while a run has the lock."""

    def foreseen(self, live: Live) -> Live:
        """What the database may hold when somebody sends a script that is made now: where statements for no rows would
        harm rows that have come since, there are rows."""

    def is_light(self, turns: Sequence[Turn]) -> bool:
        """Whether a migration of these turns may be begun and recorded together with others: repeated in their order,
        they end in the same."""

    def together(self, turns: Sequence[Turn], before: Live, after: Live) -> Turn | None:
        """One turn that comes to the same as all of these, which are light and of several migrations; None where they
        must be taken one by one.

        :param before: what the database holds before the first one.
        :param after: what it is to hold after the last one.
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
        """What the session or the ledger would send, as input for the database's own shell.

        :param awaited: what the server goes on making, and the shell is to wait for.
        """

    def script_begin(self) -> str:
        """What the ledger would send before all else of a run, but for the lock, as such input."""


class Session(Protocol[Read]):
    """A connection that carries out and reads."""

    def execute(self, turn: Turn, mark: Mark | None, progress: Callable[[int], None]) -> Sequence[str]:
        """Send a turn's statements, then write the mark, if there is one. Checks come first and stop everything.

        Of an atomic turn the records and the ends of journal entries are written with it.

        :param progress: called with the number of rows changed so far by these statements.
        :returns: what was counted that the user should know, a sentence each.
        :raises ConflictError: a check counted something; nothing was changed.
        """

    def finish(self, names: Sequence[str], progress: Callable[[float], None]) -> None:
        """Wait until the server has made what it goes on making after statements (see :class:`Statement`).

        :param progress: called with the share that is done, from 0 to 1, while it waits.
        :raises IndexFailedError: it could not make one.
        """

    def unfinished(self) -> Sequence[Unfinished]:
        """What the server goes on making for earlier runs, or could not make, by name. Reads only."""

    def mend(self, unfinished: Sequence[Unfinished], *, after: bool) -> None:
        """Begin to make again what of these the server could not make.

        :param after: the tasks of the run are done; what must wait for them is due now.
        """

    def live(self) -> Read:
        """What the database holds that the dialect must know."""

    def holds_rows(self) -> bool:
        """Whether there is any row that is not nsmig's or nodestream's own, of whatever type; True if that cannot be
        known."""

    def live_schema(self, expected: SchemaView | None = None) -> LiveSchema:
        """The database read back as a schema, without what nsmig and nodestream keep there.

        :param expected: what should be there. Of a row's types, those that declare a property here have it; where none
            does, all of them.

        Reads all rows of a database that does not know its types. A property of which nothing or more than one type is
        known is a STRING; cardinalities are MANY on both sides, and adjacencies may be left out: nothing looks at
        them.
        """

    def survey(self, sample: int | None, progress: Progress) -> Survey:
        """The database for somebody who has no schema for it: its :meth:`live_schema` with the adjacencies that rows
        have, and what had to be decided. Reads only, without the lock.

        :param sample: look at no more than so many rows of each type; None: at all of them.
        :param progress: called with the rows that are read, and how many there are.
        """

    def remains(self, kind: Kind, type: str) -> Sequence[tuple[str, str]]:
        """Constraints and indexes on a type that no row is of: each in words, and the statement that drops it."""

    def other_records(self) -> tuple[str, ...]:
        """What neo4j-migrations has recorded, in order; nothing where it has not been."""

    def unindexed(self) -> Sequence[Unindexed]:
        """The node types whose keys lack the index that they are to have, those of many rows first; none where another
        process keeps it from being known."""

    def unmovable(self) -> Sequence[str]:
        """What no change of a key or a name carries along, so that it is refused: a sentence a property. Reads only."""

    def refuse(self, operation: Operation, before: SchemaView) -> None:
        """Raise :class:`UnsupportedError` if the server's own parser does not take what the operation holds."""

    def stop(self) -> None:
        """End the statement that another thread has under way, which fails there. Never raises."""


@dataclass(frozen=True, slots=True)
class Database(Generic[Live]):
    """An open database. ``notes``: what the user should know of it, found out by connecting. ``kind`` is the kind's
    name; ``restoring`` takes archived rows back."""

    ledger: Ledger
    dialect: Dialect[Live]
    session: Session[Live]
    notes: tuple[str, ...] = ()
    kind: str = ""
    restoring: Restoring | None = None
