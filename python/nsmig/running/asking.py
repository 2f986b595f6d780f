"""Checks of the data before a migration is begun, while its file can still be fixed.

A type change finds the values that it cannot convert before it changes any. If it is not the first operation of its
migration, earlier operations would be done by then. So its checks also run beforehand, under the names that the type
and the property have at that point, unless an operation in between may change which values there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

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

# These leave all values and labels unchanged.
_HARMLESS = (AddAdjacency, AddIndex, DropAdjacency, DropIndex, QueriesLeftOut, ReduceKey, RenameType)


def asked(task: Task, live: Any, dialect: Dialect[Any]) -> Iterator[tuple[Place, Turn]]:
    """The checks of the type changes, except for a first operation, as turns.

    :param live: what the database holds before the task.
    """
    if task.empty:
        return  # there are no values to check
    for index, operation in enumerate(task.operations):
        if index == 0 or not isinstance(operation, SetPropertyType):
            continue
        before = beforehand(operation, task.operations[:index], task.before)
        if before is None:
            continue
        try:
            turn, _ = dialect.turn((Step(before, task.before),), live)
        except DatabaseError:
            continue  # its obstacle may have disappeared by then
        if checks := tuple(each for each in turn.statements if each.is_early):
            yield task.place(index, index + 1), replace(turn, work=operation, statements=checks)


def beforehand(operation: SetPropertyType, earlier: Sequence[Operation], schema: SchemaView) -> SetPropertyType | None:
    """A type change in terms of the schema before these operations; None if they may change the values it applies to.

    :param schema: before them.
    """
    names, others = {operation.property}, []
    for each in reversed(earlier):
        if isinstance(each, RenameType) and (each.kind, each.new) == (operation.kind, operation.type):
            operation = replace(operation, type=each.old)
        elif _renames(each, operation):
            operation = replace(operation, property=each.old)
            names.add(each.old)
        elif isinstance(each, (CreateType, RenameType)) and _type_before(each) == (operation.kind, operation.type):
            return None  # a different type of that name
        else:
            others.append(each)
    if any(_may_touch(each, names) for each in others if getattr(each, "kind", operation.kind) is operation.kind):
        return None
    type_ = schema.type(operation.kind, operation.type)
    declared = set() if type_ is None else {*type_.keys, *type_.properties}
    if declared & names != {operation.property}:
        return None  # it does not exist there, or one of its later names does
    # A node may be of two types, whose properties of one name are one.
    is_renamed_node = operation.kind is Kind.NODE and len(names) > 1
    if is_renamed_node and any(name != operation.type for each in names for name in schema.declaring(each)):
        return None
    return operation


def _renames(other: Operation, operation: SetPropertyType) -> TypeGuard[RenameProperty | RenameKeyPart]:
    """Whether an operation gives the property the name that the type change uses."""
    return isinstance(other, (RenameProperty, RenameKeyPart)) and (other.kind, other.type, other.new) == (
        operation.kind,
        operation.type,
        operation.property,
    )


def _type_before(operation: CreateType | RenameType) -> tuple[Kind, str]:
    return operation.kind, operation.type if isinstance(operation, CreateType) else operation.old


def _may_touch(operation: Operation, names: set[str]) -> bool:
    """Whether an operation may change values of properties with these names, or pass them from one type to another."""
    match operation:
        case CreateType(keys=keys, properties=properties):
            return len(names) > 1 and not names.isdisjoint((*keys, *properties))
        case RenameProperty(old=old, new=new) | RenameKeyPart(old=old, new=new):
            return not names.isdisjoint((old, new))
        case AddProperty(property=name) | DropProperty(property=name):
            return name in names
        case ExtendKey(property=name) | SetPropertyType(property=name):
            return name in names
    return not isinstance(operation, _HARMLESS)
