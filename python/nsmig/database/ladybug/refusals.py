"""What LadybugDB cannot carry out, whatever data it holds."""

from __future__ import annotations

from collections.abc import Iterable

from nsmig.database.cypher import parameters, unsendable
from nsmig.database.ladybug.values import ENGINE_TYPES, KEY_COLUMN, PRIVATE, bound, engine_type_of, lower
from nsmig.errors import UnsupportedError
from nsmig.operations import (
    AddAdjacency,
    AddIndex,
    AddProperty,
    CreateType,
    DropAdjacency,
    DropIndex,
    DropType,
    ExtendKey,
    Kind,
    Operation,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from nsmig.values import SchemaView

_RESERVED = ("_id", "_label", "_src", "_dst", "_nodes", "_rels", "_length", "_row_offset", KEY_COLUMN)


def refuse(operation: Operation, before: SchemaView) -> None:
    """Raise :class:`UnsupportedError` for what LadybugDB cannot carry out, whatever data it holds."""
    if isinstance(operation, RunQuery):
        if not is_elsewhere(operation) and (reason := unsendable(operation.parameters)):
            raise UnsupportedError(operation, f"LadybugDB refuses the parameters: {reason}")
        # The engine takes null for them, and would write it.
        if not is_elsewhere(operation) and (missing := parameters(operation.query) - operation.parameters.keys()):
            raise UnsupportedError(operation, f"the query uses parameters that it lacks: {', '.join(sorted(missing))}")
        return
    if isinstance(operation, (AddAdjacency, DropAdjacency)):
        return  # its types are declared, or the fold refuses it
    kind: Kind = operation.kind  # type: ignore[attr-defined]
    if isinstance(operation, RenameType):
        if operation.old != operation.new or before.type(kind, operation.old) is None:
            _refuse_type(operation, operation.new, kind, before, besides=operation.old)
        return
    name: str = operation.type  # type: ignore[attr-defined]
    declared = before.type(kind, name)
    if declared is None and not isinstance(operation, (DropType, DropIndex)):
        _refuse_type(operation, name, kind, before)
    known = sorted(declared.properties) if declared else []
    if isinstance(operation, CreateType):
        _refuse_properties(operation, {*operation.keys, *operation.properties}, known)
    elif isinstance(operation, (AddProperty, ExtendKey)):
        _refuse_properties(operation, {operation.property}, known)
        _refuse_default(operation, kind)
        if isinstance(operation, ExtendKey) and kind is Kind.NODE and declared:
            declared_type = declared.properties.get(operation.property, "STRING")
            refuse_key_type(operation, operation.property, ENGINE_TYPES[declared_type])
    elif isinstance(operation, SetPropertyType):
        if kind is Kind.NODE and declared and operation.property in declared.keys:
            refuse_key_type(operation, operation.property, ENGINE_TYPES[operation.to])
    elif isinstance(operation, AddIndex):
        _refuse_properties(operation, {operation.property}, known)
    elif isinstance(operation, (RenameProperty, RenameKeyPart)) and operation.old != operation.new:
        _refuse_properties(operation, {operation.new}, [each for each in known if each != operation.old])


def is_elsewhere(operation: Operation) -> bool:
    return isinstance(operation, RunQuery) and operation.database not in (None, "ladybug")


def _refuse_name(operation: Operation, what: str, name: str) -> None:
    if not name or "\0" in name:
        raise UnsupportedError(
            operation, f"LadybugDB cannot name a {what} {name!r}: a name must not be empty or contain NUL"
        )
    try:
        name.encode()
    except UnicodeEncodeError:
        raise UnsupportedError(operation, f"LadybugDB cannot name a {what} {name!r}: it is not valid Unicode") from None


def _refuse_type(operation: Operation, name: str, kind: Kind, before: SchemaView, besides: str | None = None) -> None:
    """``besides`` is a type of the same kind that gives up its name."""
    _refuse_name(operation, "type", name)
    if "." in name:
        raise UnsupportedError(
            operation, f"LadybugDB cannot use a type named {name!r}: it reads a dot as database.table"
        )
    if lower(name).startswith(PRIVATE):
        raise UnsupportedError(operation, f"type names that begin with {PRIVATE!r} are nsmig's own")
    lowered = lower(name)
    for each in Kind:
        for other in before.types(each):
            if len(other) != len(name) or lower(other) != lowered:
                continue
            if each is kind and (other == besides or (other == name and isinstance(operation, CreateType))):
                continue
            raise UnsupportedError(
                operation,
                f"{name!r} and the {each.value} type {other!r} would be one table in LadybugDB, which ignores"
                " letter case and has one"
                " namespace for node and relationship types; choose another name",
            )


def _refuse_properties(operation: Operation, names: Iterable[str], known: Iterable[str]) -> None:
    taken = {lower(each): each for each in known}
    for name in sorted(names):
        _refuse_name(operation, "property", name)
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


def _refuse_default(operation: AddProperty | ExtendKey, kind: Kind) -> None:
    try:
        engine_type = engine_type_of(operation.default)
        bound(operation.default)
    except (ValueError, OverflowError) as error:
        raise UnsupportedError(
            operation, f"LadybugDB cannot store the default {operation.default!r}: {error}"
        ) from None
    if isinstance(operation, ExtendKey) and kind is Kind.NODE:
        refuse_key_type(operation, operation.property, engine_type)


def refuse_key_type(operation: Operation, name: str, engine_type: str) -> None:
    if engine_type in ("DOUBLE", "BLOB") or engine_type.endswith("]"):
        raise UnsupportedError(
            operation,
            f"{name!r} is of type {engine_type} in LadybugDB, which has no exact text for it and cannot tell"
            " such keys apart",
        )
