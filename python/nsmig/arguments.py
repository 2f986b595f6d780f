"""The valid arguments of operations."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from nsmig.errors import OperationError, nearest
from nsmig.kinds import DATABASES, PROPERTY_TYPES


def checked(operation: str, argument: str, name: str, value: Any, entry: Any) -> Any:
    """The argument's value as its field holds it; name lists become sorted tuples."""
    if name in ("keys", "properties", "queries", "types"):
        if isinstance(value, (list, tuple, set, frozenset)) and all(isinstance(each, str) for each in value):
            return tuple(sorted(set(value)))
        raise OperationError(f"{argument} of {operation} must be a list or set of strings, not {value!r}", entry)
    if name == "on":
        if isinstance(value, (list, tuple)) and all(isinstance(each, str) for each in value):
            return tuple(value)
        raise OperationError(f"{argument} of {operation} must be a list of strings, not {value!r}", entry)
    if name == "options" and value is None:
        return None
    if name in ("parameters", "options"):
        if isinstance(value, Mapping) and all(isinstance(each, str) for each in value):
            return dict(value)
        raise OperationError(f"{argument} of {operation} must be a mapping with string keys, not {value!r}", entry)
    if name == "to" and value not in PROPERTY_TYPES:
        raise unknown(operation, argument, value, PROPERTY_TYPES, entry)
    if name == "database" and value is not None and value not in DATABASES:
        raise unknown(operation, argument, value, DATABASES, entry)
    if name == "using":
        require_texts(operation, argument, value, entry)
        return dict(value) if isinstance(value, Mapping) else value
    if name == "touches":
        return touched(operation, value, entry)
    if name in ("elidable", "may_be_null", "optional"):
        require_flag(operation, argument, value, entry)
        return value
    if name == "default" or isinstance(value, str) or (name == "database" and value is None):
        return value
    raise OperationError(f"{argument} of {operation} must be a string, not {value!r}", entry)


def unknown(operation: str, argument: str, value: Any, known: Collection[str], entry: Any = None) -> OperationError:
    meant = nearest(str(value), known) or nearest(str(value).swapcase(), known)  # NEO4J
    return OperationError(f"{argument} of {operation} must be one of {', '.join(known)}, not {value!r}{meant}", entry)


def require_flag(operation: str, argument: str, value: Any, entry: Any = None) -> None:
    """
    :raises OperationError: neither true nor false.
    """
    if not isinstance(value, bool):
        raise OperationError(f"{argument} of {operation} must be true or false, not {value!r}", entry)


def require_texts(operation: str, argument: str, value: Any, entry: Any = None) -> None:
    """:raises OperationError: it is not None, a text, or texts by kinds of database."""
    if value is None:
        return
    texts = value if isinstance(value, Mapping) else {None: value}
    for database, text in texts.items():
        if database is not None and database not in DATABASES:
            raise unknown(operation, f"a key of {argument}", database, DATABASES, entry)
        if not isinstance(text, str):
            wanted = "a string, or a mapping of kinds of database to strings"
            raise OperationError(f"{argument} of {operation} must be {wanted}, not {value!r}", entry)
    if not texts or not all(text.strip() for text in texts.values()):
        raise OperationError(f"{argument} of {operation} is empty; leave it out", entry)


def touched(operation: str, value: Any, entry: Any = None) -> dict[str, list[str]] | None:
    """A declaration of the types that a query touches: each list sorted, without repetition and not empty.

    :raises OperationError: it is neither None nor such a declaration, or names no type.
    """
    if value is None:
        return None
    wanted = "a mapping of nodes and relationships to lists of types"
    if not isinstance(value, Mapping) or not value.keys() <= {"nodes", "relationships"}:
        raise OperationError(f"touches of {operation} must be {wanted}, not {value!r}", entry)
    for names in value.values():
        is_listed = isinstance(names, (list, tuple, set, frozenset)) and all(isinstance(each, str) for each in names)
        if not is_listed:
            raise OperationError(f"touches of {operation} must be {wanted}, not {value!r}", entry)
    listed = {kind: sorted(set(value[kind])) for kind in ("nodes", "relationships") if value.get(kind)}
    if not listed:
        raise OperationError(
            f"touches of {operation} names no type; leave it out if the query may touch all types", entry
        )
    return listed
