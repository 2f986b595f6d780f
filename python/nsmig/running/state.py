"""What decides over what has to run on a database, found out from it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from nsmig._core import History
from nsmig.database.base import Database, State
from nsmig.operations import Operation
from nsmig.overwriting import Refuse
from nsmig.values import SchemaView


def state_for(history: History, database: Database[Any]) -> State:
    """What a database knows of its migrations, and whether it has rows, which is asked only if it decides: where a
    squash left queries out."""
    return replace(database.ledger.state(), has_rows=bool(history.elided()) and database.session.holds_rows())


def refusing(database: Database[Any]) -> Refuse:
    """What raises for an operation that the dialect refuses, or the server's own parser."""

    def refuse(operation: Operation, before: SchemaView) -> None:
        database.dialect.refuse(operation, before)
        database.session.refuse(operation, before)

    return refuse
