"""Carrying out turns in a LadybugDB file, and reading what it holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nsmig.database.base import Mark, Role, Statement, Turn
from nsmig.database.ladybug.connection import Connection
from nsmig.database.ladybug.dialect import ahead
from nsmig.database.ladybug.journal import journaled
from nsmig.database.ladybug.live_tables import read_tables, schema_of
from nsmig.database.ladybug.tables import Tables
from nsmig.errors import ConflictError
from nsmig.values import SchemaView


class LadybugSession:
    """A :class:`nsmig.database.base.Session` with a LadybugDB file."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def live(self) -> Tables:
        """See :meth:`Session.live`: all tables, their columns, keys and pairs."""
        return read_tables(self._connection.send) if self._connection.is_there else Tables()

    def live_schema(self, expected: SchemaView | None = None) -> dict[str, Any]:
        """See :meth:`Session.live_schema`: all tables but ours, with or without rows, foreign ones too."""
        return schema_of(self.live())

    def stop(self) -> None:
        """See :meth:`Session.stop`."""
        self._connection.interrupt()

    def execute(self, turn: Turn, mark: Mark | None, progress: Callable[[int], None]) -> tuple[()]:
        """See :meth:`Session.execute`. The changes and the mark are one transaction."""
        sent = [statement for statement in turn.statements if statement.role is not Role.NOTE]
        first = ahead(sent)

        def within() -> None:
            changed = 0
            for statement in sent[first:]:
                rows = self._pass(statement, turn)
                if statement.role is Role.DATA:
                    changed += rows[0][0]
                    progress(changed)
            if mark is not None:
                self._connection.send_all([journaled(mark)])

        with self._connection.reopened_on_error(repr(turn.work)):
            for statement in sent[:first]:
                self._pass(statement, turn)
        self._connection.atomically(within, repr(turn.work))
        return ()

    def _pass(self, statement: Statement, turn: Turn) -> list[list[Any]]:
        """Send a statement; a check must count nothing."""
        rows = self._connection.send(statement.text, statement.parameters)
        if statement.role is Role.CHECK and (count := int(rows[0][0])):
            raise ConflictError(turn.work, statement.problem, count, statement.show)
        return rows
