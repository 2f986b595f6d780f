"""A kind of database, as the registry has it."""

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
    """A kind of database, as the project file, the file checks and drift need to know it.

    ``options`` maps each option of a target to the type of its value; ``required`` are those without which there is no
    target, ``paths`` those that are relative to the project's folder, ``nullable`` those that may be null, ``ignored``
    further ones that may be there and mean nothing. ``connect`` opens a database with options of
    these types, and ``look`` does that so that not a byte of it changes, whatever writes fails (None: ``connect``
    changes none); ``refuse`` is its dialect's, and needs no driver. ``declares_types``: the database itself knows which
    types and properties there are, with or without rows. ``is_embedded``: it works in this process, without a server.
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
