"""Databases for tests to open, as a target would."""

from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import AbstractContextManager
from typing import Any

from nsmig.database import open_database
from nsmig.database.base import Database, Statement, Step, Turn
from nsmig.operations import Operation
from nsmig.values import SchemaView

Opened = Database[Any]


def neo4j_at(
    uri: str, username: str | None = None, password: str | None = None, **options: Any
) -> AbstractContextManager[Opened]:
    """A Neo4j database, not yet connected."""
    return open_database("neo4j", {"uri": uri, "username": username, "password": password, **options})


def ladybug_at(path: str | os.PathLike[str], **options: Any) -> AbstractContextManager[Opened]:
    """A LadybugDB file, not yet open."""
    return open_database("ladybug", {"path": os.fspath(path), **options})


def connection(database: Opened) -> Any:
    """The adapter's own connection, for anything that no protocol offers."""
    return database.session._connection  # type: ignore[attr-defined]


def planned(database: Opened, operation: Operation, before: SchemaView, live: Any) -> tuple[list[Statement], Any]:
    """The dialect's turn for one operation, and the database's content after it."""
    turn, after = database.dialect.turn((Step(operation, before),), live)
    return list(turn.statements), after


def turn(sent: Iterable[Statement], operation: Operation) -> Turn:
    """A turn of these statements, whatever the operation would need."""
    return Turn((), operation, tuple(sent))
