"""A kind of database, as in the registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

from nsmig.database.base import Database
from nsmig.operations import Operation
from nsmig.values import SchemaView


@dataclass(frozen=True, slots=True)
class DatabaseKind:
    """A kind of database, as needed by the project file, the file checks and drift.

    ``options`` maps each option of a target to the type of its value; ``required`` are mandatory, ``paths`` are
    relative to the project's folder, ``nullable`` may be null, and ``ignored`` are further ones that are allowed and
    have no effect. ``connect`` opens a database with such options; ``look`` opens it so that not a byte changes and
    writing fails (None: ``connect`` changes nothing); ``refuse`` is its dialect's, and needs no driver.
    ``declares_types``: the database itself declares its types and properties, with or without rows. ``is_embedded``: it
    runs in this process, without a server.
    """

    name: str
    options: Mapping[str, type]
    required: tuple[str, ...]
    connect: Callable[[Mapping[str, Any]], AbstractContextManager[Database[Any]]]
    refuse: Callable[[Operation, SchemaView], None]
    declares_types: bool
    look: Callable[[Mapping[str, Any]], AbstractContextManager[Database[Any]]] | None = None
    is_embedded: bool = False
    paths: tuple[str, ...] = ()
    nullable: frozenset[str] = frozenset()
    ignored: frozenset[str] = frozenset()
