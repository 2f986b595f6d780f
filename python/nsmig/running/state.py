"""Facts read from a database that decide what has to run on it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nsmig._core import History
from nsmig.database.base import Database, State
from nsmig.operations import Operation
from nsmig.overwriting import Refuse
from nsmig.values import SchemaView


def state_for(history: History, database: Database[Any]) -> State:
    """The migrations recorded in a database, and whether it has rows, which is only read if it matters: if queries were
    left out of a squash."""
    return replace(database.ledger.state(), has_rows=bool(history.elided()) and database.session.holds_rows())


def refusing(database: Database[Any]) -> Refuse:
    """A function that raises for an operation that the dialect, or the server's own parser, refuses."""

    def refuse(operation: Operation, before: SchemaView) -> None:
        database.dialect.refuse(operation, before)
        database.session.refuse(operation, before)

    return refuse
