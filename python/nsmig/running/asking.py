"""Checks of the data before a migration is begun, while its file can still be fixed.

A type change finds the values that it cannot convert before it changes any, and an index, a constraint or the key of a
new type those that it does not allow. If it is not the first operation of its migration, earlier operations would be
done by then. So its checks also run beforehand, under the names that the type and the properties have at that point,
unless an operation in between may change which values there are. A database may hold rows of a type, or values of a
property, before a migration declares it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, TypeGuard

from nsmig.catalog_operations import CreateEntry, RemoveEntry
from nsmig.database.base import Dialect, Step, Turn
from nsmig.errors import DatabaseError, Place
from nsmig.kinds import Kind
from nsmig.operations import (
    AddAdjacency,
    AddIndex,
    AddProperty,
    CreateType,
    DropAdjacency,
    DropIndex,
    DropProperty,
    ExtendKey,
    Operation,
    QueriesLeftOut,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    SetPropertyType,
)
from nsmig.running.tasks import Task
from nsmig.values import SchemaView

Asked = SetPropertyType | CreateEntry | CreateType

# These leave all values and labels unchanged.
_HARMLESS = (
    *(AddAdjacency, AddIndex, CreateEntry, DropAdjacency, DropIndex, QueriesLeftOut, ReduceKey, RemoveEntry),
    RenameType,
)


def asked(task: Task, live: Any, dialect: Dialect[Any]) -> Iterator[tuple[Place, Turn]]:
    """The checks of the type changes, indexes, constraints and keys, except for a first operation, as turns.

    :param live: what the database holds before the task.
    """
    if task.empty:
        return  # there are no values to check
    declared = {each.name for each in task.before.entries()}
    for index, operation in enumerate(task.operations):
        if isinstance(operation, RemoveEntry) and operation.entry in declared:
            # One that is created again must not meet itself.
            with suppress(DatabaseError):
                _, live = dialect.turn((Step(operation, task.before),), live)
        for each in _on_one_type(operation) if index else ():
            before = beforehand(each, task.operations[:index], task.before)
            if before is None:
                continue
            try:
                turn, _ = dialect.turn((Step(before, task.before),), live)
            except DatabaseError:
                continue  # its obstacle may have disappeared by then
            if checks := tuple(check for check in turn.statements if check.is_early):
                yield task.place(index, index + 1), replace(turn, work=operation, statements=checks)


def _on_one_type(operation: Operation) -> Iterator[Asked]:
    """An operation that checks values, once for each type."""
    if isinstance(operation, (SetPropertyType, CreateType)):
        yield operation
    if isinstance(operation, CreateEntry):
        yield from (replace(operation, types=(type_,)) for type_ in operation.types)


def beforehand(operation: Asked, earlier: Sequence[Operation], schema: SchemaView) -> Asked | None:
    """A type change, index, constraint or key on one type in terms of the schema before these operations; None if they
    may change the values it applies to.

    :param schema: before them.
    """
    kind, (type_, now) = operation.kind, _subject(operation)
    names, others = set(now), []
    is_created = isinstance(operation, CreateType)
    declared = set(now) if is_created else set[str]()
    for each in reversed(earlier):
        if isinstance(each, RenameType) and (each.kind, each.new) == (kind, type_) and not is_created:
            type_ = each.old
        elif _renames(each, (kind, type_), now):
            now = tuple(each.old if name == each.new else name for name in now)
            names.add(each.old)
        elif isinstance(each, RenameType) and each.kind is kind and type_ in (each.old, each.new):
            return None  # a different type of that name
        elif isinstance(each, CreateType) and (each.kind, each.type) == (kind, type_):
            declared.update((*each.keys, *each.properties))
            is_created = True
        elif isinstance(each, AddProperty) and each.default is None and (each.kind, each.type) == (kind, type_):
            declared.add(each.property)
        else:
            others.append(each)
    if any(_may_touch(each, names) for each in others if getattr(each, "kind", kind) is kind):
        return None
    there = schema.type(kind, type_)
    if (there is None) is not is_created:
        return None
    if there is not None:
        declared.update((*there.keys, *there.properties))
    if names & declared != set(now):
        return None  # it does not exist there, or one of its later names does
    # A node may be of two types, whose properties of one name are one.
    is_renamed_node = kind is Kind.NODE and names > set(now)
    if is_renamed_node and any(name != type_ for each in names for name in schema.declaring(each)):
        return None
    if isinstance(operation, CreateType):
        return operation
    if isinstance(operation, SetPropertyType):
        return replace(operation, type=type_, property=now[0])
    return replace(operation, types=(type_,), on=now)


def _subject(operation: Asked) -> tuple[str, tuple[str, ...]]:
    """The type and the properties whose values an operation checks."""
    if isinstance(operation, CreateType):
        return operation.type, operation.keys
    if isinstance(operation, SetPropertyType):
        return operation.type, (operation.property,)
    (type_,) = operation.types
    return type_, operation.on


def _renames(
    other: Operation, owner: tuple[Kind, str], names: Sequence[str]
) -> TypeGuard[RenameProperty | RenameKeyPart]:
    """Whether an operation gives one of the properties of a type its name."""
    if not isinstance(other, (RenameProperty, RenameKeyPart)):
        return False
    return (other.kind, other.type) == owner and other.new in names


def _may_touch(operation: Operation, names: set[str]) -> bool:
    """Whether an operation may change values of properties with these names, or pass them from one type to another."""
    match operation:
        case CreateType(keys=keys, properties=properties):
            return len(names) > 1 and not names.isdisjoint((*keys, *properties))
        case RenameProperty(old=old, new=new) | RenameKeyPart(old=old, new=new):
            return not names.isdisjoint((old, new))
        case AddProperty(property=name, default=default):
            return name in names and default is not None
        case DropProperty(property=name):
            return name in names
        case ExtendKey(property=name) | SetPropertyType(property=name):
            return name in names
    return not isinstance(operation, _HARMLESS)
