"""The databases that can be migrated.

Facts about a kind are requested from its package when needed, and a driver is imported when a target of its kind is
opened.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any

from nsmig.database.base import Database
from nsmig.database.kind import DatabaseKind
from nsmig.errors import ProjectError, nearest
from nsmig.kinds import DATABASES, SCHEMA_FORMATS
from nsmig.values import SchemaView


def database_kind(name: str) -> DatabaseKind:
    """The kind of database of that name, one of :data:`nsmig.kinds.DATABASES`."""
    kind: DatabaseKind = import_module(DATABASES[name]).KIND
    return kind


def schema_format(name: str) -> Callable[[SchemaView], str]:
    """What prints a schema in a database's own form, one of :data:`nsmig.kinds.SCHEMA_FORMATS`."""
    module, function = SCHEMA_FORMATS[name]
    write: Callable[[SchemaView], str] = getattr(import_module(module), function)
    return write


def open_database(
    name: str, options: Mapping[str, Any], *, reads_only: bool = False
) -> AbstractContextManager[Database[Any]]:
    """A database of a kind, not yet connected: entering it connects.

    :param options: of a target, with its tags resolved; values from the environment are text.
    :param reads_only: opening it does not change it either, and writing fails.
    :raises ProjectError: an option is missing, unknown, or invalid. Its value is not repeated: it may be a password
        in the wrong place.
    """
    kind = database_kind(name)
    for required in kind.required:
        if required not in options:
            raise ProjectError(f"option {required!r} is missing; a {name} target needs it")
    for option in sorted(options.keys() - kind.options.keys() - kind.ignored):
        known = kind.options.keys() | kind.ignored
        raise ProjectError(f"a {name} target has no option {option!r}{nearest(option, known)}")
    connect = kind.look if reads_only and kind.look else kind.connect
    return connect(typed(kind, options))


def typed(kind: DatabaseKind, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options with their proper types; values from the environment are text.

    :raises ProjectError: a value does not fit. It is not repeated.
    """
    return {option: _typed(kind, option, value) for option, value in options.items()}


_NOUNS = {bool: "true or false", int: "a whole number", float: "a number", str: "a text; quote it"}


def _typed(kind: DatabaseKind, option: str, given: Any) -> Any:
    """An option with its proper type."""
    wanted = kind.options.get(option)
    if wanted is None or type(given) is wanted or (given is None and option in kind.nullable):
        return given
    try:
        if wanted is bool and isinstance(given, str):
            return {"true": True, "false": False}[given.lower()]
        if wanted in (int, float) and (isinstance(given, str) or type(given) is int):
            return wanted(given)
    except (KeyError, ValueError):
        pass
    raise ProjectError(f"the option {option} of a {kind.name} target must be {_NOUNS[wanted]}")
