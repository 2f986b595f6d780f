"""What LadybugDB cannot name, store or tell apart, whatever data it holds; each operation says which it asks."""

from __future__ import annotations

from collections.abc import Iterable

from nsmig.database.ladybug.values import KEY_COLUMN, PRIVATE, bound, engine_type_of, lower
from nsmig.errors import UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType, ExtendKey, Operation
from nsmig.values import SchemaView

_RESERVED = ("_id", "_label", "_src", "_dst", "_nodes", "_rels", "_length", "_row_offset", KEY_COLUMN)


def refuse_new_type(operation: Operation, kind: Kind, name: str, before: SchemaView) -> None:
    """A type that the schema does not declare, and that is made as the fold makes it, must be possible."""
    if before.type(kind, name) is None:
        refuse_type(operation, name, kind, before)


def refuse_name(operation: Operation, what: str, name: str) -> None:
    if not name or "\0" in name:
        raise UnsupportedError(
            operation, f"LadybugDB cannot name a {what} {name!r}: a name must not be empty or contain NUL"
        )
    try:
        name.encode()
    except UnicodeEncodeError:
        raise UnsupportedError(operation, f"LadybugDB cannot name a {what} {name!r}: it is not valid Unicode") from None


def refuse_type(operation: Operation, name: str, kind: Kind, before: SchemaView, besides: str | None = None) -> None:
    """``besides`` is a type of the same kind that gives up its name."""
    refuse_name(operation, "type", name)
    if "." in name:
        raise UnsupportedError(
            operation, f"LadybugDB cannot use a type named {name!r}: it reads a dot as database.table"
        )
    if lower(name).startswith(PRIVATE):
        raise UnsupportedError(operation, f"type names that begin with {PRIVATE!r} are nsmig's own")
    for each in Kind:
        for other in before.but_for_case(each, name):
            if each is kind and (other == besides or (other == name and isinstance(operation, CreateType))):
                continue
            raise UnsupportedError(
                operation,
                f"{name!r} and the {each.value} type {other!r} would be one table in LadybugDB, which ignores"
                " letter case and has one"
                " namespace for node and relationship types; choose another name",
            )


def refuse_properties(operation: Operation, names: Iterable[str], known: Iterable[str]) -> None:
    taken = {lower(each): each for each in known}
    for name in sorted(names):
        refuse_name(operation, "property", name)
        lowered = lower(name)
        if lowered in _RESERVED or lowered.startswith(PRIVATE):
            raise UnsupportedError(
                operation, f"the property name {name!r} is taken by LadybugDB or nsmig; choose another name"
            )
        if taken.setdefault(lowered, name) != name:
            raise UnsupportedError(
                operation,
                f"the properties {name!r} and {taken[lowered]!r} would be one column in LadybugDB, which ignores"
                " letter case;"
                " choose another name",
            )


def refuse_default(operation: AddProperty | ExtendKey) -> None:
    """A default that no column can hold."""
    try:
        engine_type_of(operation.default)
        bound(operation.default)
    except (ValueError, OverflowError) as error:
        raise UnsupportedError(
            operation, f"LadybugDB cannot store the default {operation.default!r}: {error}"
        ) from None


def refuse_key_type(operation: Operation, name: str, engine_type: str) -> None:
    if engine_type in ("DOUBLE", "BLOB") or engine_type.endswith("]"):
        raise UnsupportedError(
            operation,
            f"{name!r} is of type {engine_type} in LadybugDB, which has no exact text for it and cannot tell"
            " such keys apart",
        )
