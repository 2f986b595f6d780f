"""Checks for what LadybugDB cannot name, store or distinguish, whatever the data; each operation lists those it
needs."""

from __future__ import annotations

from collections.abc import Iterable

from nsmig.database.ladybug.column_types import KEY_TYPES, NO_ENDS, no_copy
from nsmig.database.ladybug.tables import Table, Tables
from nsmig.database.ladybug.values import ENGINE_TYPES, KEY_COLUMN, PRIVATE, bound, engine_type_of, lower
from nsmig.errors import UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import AddProperty, CreateType, ExtendKey, Operation
from nsmig.values import SchemaView

_RESERVED = ("_id", "_label", "_src", "_dst", "_nodes", "_rels", "_length", "_row_offset", KEY_COLUMN)


def refuse_new_type(operation: Operation, kind: Kind, name: str, before: SchemaView) -> None:
    """An undeclared type that is created silently, as in the fold, must be possible."""
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
    """``besides`` is a type of the same kind whose name becomes free."""
    refuse_name(operation, "type", name)
    if "." in name:
        raise UnsupportedError(
            operation, f"LadybugDB cannot use a type named {name!r}: it reads a dot as database.table"
        )
    if lower(name).startswith(PRIVATE):
        raise UnsupportedError(operation, f"type names that begin with {PRIVATE!r} are reserved for nsmig")
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
                operation, f"the property name {name!r} is reserved by LadybugDB or nsmig; choose another name"
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


def column_type(operation: Operation, property_type: str) -> str:
    """The engine's type for a property type of a schema file."""
    if property_type not in ENGINE_TYPES:
        raise UnsupportedError(
            operation,
            f"LadybugDB has no column type for {property_type}; declare another type in the schema of this target,"
            " such as STRING",
        )
    return ENGINE_TYPES[property_type]


def refuse_key_type(operation: Operation, name: str, engine_type: str) -> None:
    if engine_type not in KEY_TYPES:
        raise UnsupportedError(
            operation,
            f"{name!r} is of type {engine_type} in LadybugDB, which has no exact text for it and cannot tell"
            " such keys apart",
        )


def refuse_copy(operation: Operation, tables: Iterable[Table]) -> None:
    """The rows of these tables would be copied."""
    for table in tables:
        for name, engine_type in table.columns:
            if reason := no_copy(engine_type):
                raise UnsupportedError(
                    operation,
                    f"the rows of table {table.name!r} would be copied, and {name!r} is {engine_type}, {reason}; put"
                    " its values into a property of another type and drop it first",
                )


def refuse_serial(operation: Operation, table: Table, names: Iterable[str]) -> None:
    """Something with a counter would be renamed."""
    for name in names:
        if table.type(name) == "SERIAL":
            raise UnsupportedError(
                operation,
                f"{name!r} of table {table.name!r} is SERIAL: after a rename the engine never drops such a table again;"
                " put its values into a property of another type and drop it first",
            )


def unmovable(tables: Tables) -> list[str]:
    """See :meth:`nsmig.database.base.Session.unmovable`."""
    found = []
    for table in sorted(tables.tables.values(), key=lambda table: (table.kind is not Kind.NODE, table.name)):
        what = f"{table.kind.value} type {table.name}"
        ends = " of a type that it connects" if table.kind is Kind.RELATIONSHIP else ""
        for name, engine_type in table.columns:
            if reason := no_copy(engine_type):
                also = ", of its own type or name, and of the name of its type" if engine_type == "SERIAL" else ""
                found.append(f"{what}: {name} is {engine_type}, {reason}; a change of the key{ends}{also} is refused")
        for name in table.keys if table.kind is Kind.NODE else ():
            if (engine_type := str(table.type(name))) not in KEY_TYPES:
                said = f"{name}, its key, is {engine_type}, which has no exact text in the engine"
                found.append(f"{what}: {said}; a longer key is refused")
        engine_type = str(table.type(str(table.primary)))
        if engine_type in NO_ENDS and (others := _neighbours(table, tables)):
            said = (
                f"{table.primary}, its key, is {engine_type}, by which the engine cannot find the ends of relationships"
            )
            found.append(f"{what}: {said}; a change of the key of {', '.join(others)} is refused while there are any")
    return found


def _neighbours(table: Table, tables: Tables) -> list[str]:
    """The other node tables that relationships connect with one."""
    pairs = [pair for each in tables.relationships() for pair in each.pairs if table.name in pair]
    return sorted({name for pair in pairs for name in pair} - {table.name})
