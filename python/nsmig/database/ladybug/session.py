"""Executing turns in a LadybugDB file, and reading its content."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

from nsmig.database.archiving import Position
from nsmig.database.base import Mark, Role, Statement, Turn
from nsmig.database.ladybug.connection import Connection
from nsmig.database.ladybug.dialect import ahead
from nsmig.database.ladybug.expressions import Evaluated, failing, require_parsed
from nsmig.database.ladybug.journal import bookkeeping, created, positioned
from nsmig.database.ladybug.live_tables import (
    has_rows,
    read_declared,
    read_tables,
    remarks,
    schema_of,
    stored_types,
)
from nsmig.database.ladybug.losses import Take
from nsmig.database.ladybug.refusals import unmovable
from nsmig.database.ladybug.tables import Tables
from nsmig.database.ladybug.taking import lines
from nsmig.database.ladybug.upkeep import unindexed
from nsmig.database.ladybug.values import inlined, internal_id
from nsmig.database.showing import short
from nsmig.database.survey import LiveSchema, Progress, Survey, Unfinished, Unindexed
from nsmig.errors import ConflictError, DatabaseError, LockedError
from nsmig.kinds import Kind
from nsmig.operations import Operation, SetPropertyType
from nsmig.values import SchemaView


class LadybugSession:
    """A :class:`nsmig.database.base.Session` with a LadybugDB file."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def live(self) -> Tables:
        """See :meth:`Session.live`: all tables, their columns, keys and pairs."""
        return read_tables(self._connection.send) if self._connection.is_there else Tables()

    def holds_rows(self) -> bool:
        """See :meth:`Session.holds_rows`. While another process has the file open, this is unknown."""
        with suppress(LockedError):
            return self._connection.is_there and has_rows(self._connection.send)
        return True

    def live_schema(self, expected: SchemaView | None = None) -> LiveSchema:
        """See :meth:`Session.live_schema`: all tables except ours, with or without rows, including foreign ones."""
        tables = self._declared()
        return LiveSchema(schema_of(tables), stored_types(tables))

    def survey(self, sample: int | None, progress: Progress) -> Survey:
        """See :meth:`Session.survey`: everything is in the catalog."""
        if not self._connection.is_there:
            raise DatabaseError(
                f"{self._connection.path}: there is no such file; check the path (`nsmig run` creates it)"
            )
        tables = self._declared()
        return Survey(schema_of(tables), tuple(remarks(tables)))

    def finish(self, names: Sequence[str], progress: Callable[[float], None]) -> None:
        """See :meth:`Session.finish`. Nothing continues after a statement."""

    def unfinished(self) -> tuple[()]:
        """See :meth:`Session.unfinished`."""
        return ()

    def mend(self, unfinished: Sequence[Unfinished], *, after: bool) -> None:
        """See :meth:`Session.mend`."""

    def remains(self, kind: Kind, type: str) -> tuple[()]:
        """See :meth:`Session.remains`: an index goes with its table."""
        return ()

    def other_records(self) -> tuple[()]:
        """See :meth:`Session.other_records`."""
        return ()

    def unindexed(self) -> list[Unindexed]:
        """See :meth:`Session.unindexed`."""
        with suppress(LockedError):
            return unindexed(self._connection.send) if self._connection.is_there else []
        return []

    def unmovable(self) -> list[str]:
        """See :meth:`Session.unmovable`."""
        return unmovable(self._declared())

    def _declared(self) -> Tables:
        return read_declared(self._connection.send) if self._connection.is_there else Tables()

    def refuse(self, operation: Operation, before: SchemaView) -> None:
        """See :meth:`Session.refuse`: expressions that the engine does not accept, or of another type."""
        if isinstance(operation, SetPropertyType) and (using := operation.using_on("ladybug")):
            require_parsed(operation, using, before, self._connection.types_of)

    def stop(self) -> None:
        """See :meth:`Session.stop`."""
        self._connection.interrupt()

    def execute(self, turn: Turn, mark: Mark | None, progress: Callable[[int], None]) -> tuple[()]:
        """See :meth:`Session.execute`. The changes and the mark are one transaction; see :mod:`rebuild` for what comes
        before it."""
        sent = [statement for statement in turn.statements if statement.role is not Role.NOTE]
        first = ahead(sent)

        changed, position = 0, None

        def send(statement: Statement) -> None:
            nonlocal changed
            rows = self._pass(statement, turn)
            if statement.role is Role.DATA:
                changed += _count(rows)
                progress(changed)

        def within() -> None:
            for statement in sent[first:]:
                send(statement)
            if position:
                self._connection.send_all([positioned(position)])
            self._connection.send_all([*created(turn.records), *bookkeeping((), turn.ended, [mark] if mark else [])])

        if turn.is_query:  # it may create many rows
            self._connection.index_keys()
        if first:
            with self._connection.reopened_on_error(turn.work.description):
                for statement in sent[:first]:
                    if isinstance(statement, Take):
                        position = self._archive(statement, turn)
                    else:
                        send(statement)
        self._connection.atomically(within, turn.work.description)
        return ()

    def _archive(self, statement: Take, turn: Turn) -> Position:
        """Archive what the following transaction deletes; returns the position that it must store."""
        assert turn.keep is not None
        size = turn.keep.write(0, lines(self._connection.send, statement))
        return Position(turn.keep.archive, turn.keep.file, size)

    def _pass(self, statement: Statement, turn: Turn) -> list[list[Any]]:
        """Send a statement; a check must count nothing."""
        if statement.role is Role.QUERY:
            return self._connection.send_query(statement.text, statement.parameters)
        try:
            rows = self._connection.send(inlined(statement))
        except DatabaseError as error:
            if isinstance(statement, Evaluated) and (found := failing(self._connection.send, statement)):
                raise ConflictError(turn.work, found.problem, found.count, found.show) from error
            raise
        if statement.role is Role.CHECK and (count := int(rows[0][0])):
            raise ConflictError(turn.work, statement.problem, count, short(statement.show, "id(n)", self._ids))
        return rows

    def _ids(self, query: str) -> list[str]:
        return [internal_id(value) for (value,) in self._connection.send(query)]


def _count(rows: list[list[Any]]) -> int:
    """The number of rows changed or copied, with which the engine begins its answer."""
    ((first, *_),) = rows
    return int(str(first).partition(" ")[0])
