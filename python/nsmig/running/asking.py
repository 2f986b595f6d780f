"""What can be asked of the data before a migration is begun, so that its file may still be mended.

A type change by an expression finds the values on which that fails before it changes any. Where it is not the first
operation, what precedes it would be done by then. So it is asked beforehand too, under the names that the type and the
property have there, unless something in between may change which values there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, TypeGuard

from nsmig.database.base import Dialect, Role, Step, Turn
from nsmig.errors import Place, located
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

# They leave all values and labels as they are.
_HARMLESS = (AddAdjacency, AddIndex, DropAdjacency, DropIndex, QueriesLeftOut, ReduceKey, RenameType)


def asked(task: Task, live: Any, dialect: Dialect[Any]) -> Iterator[tuple[Place, Turn]]:
    """The checks of a task's type changes by expressions that are not its first operation, as turns.

    :param live: what the database holds before the task.
    """
    for index, operation in enumerate(task.operations):
        if index == 0 or not isinstance(operation, SetPropertyType) or operation.using is None:
            continue
        before = beforehand(operation, task.operations[:index], task.before)
        if before is None:
            continue
        place = task.place(index, index + 1)
        with located(place):
            turn, _ = dialect.turn((Step(before, task.before),), live, skip_rows=task.empty)
        if checks := tuple(each for each in turn.statements if each.role is Role.CHECK):
            yield place, replace(turn, work=operation, statements=checks)


def beforehand(operation: SetPropertyType, earlier: Sequence[Operation], schema: SchemaView) -> SetPropertyType | None:
    """A type change as it would be said before these operations; None if they may change the values that it meets.

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
            return None  # it is another type of that name
        else:
            others.append(each)
    # A node may be of two types, whose properties of one name are one.
    if any(not isinstance(each, _HARMLESS) and (_properties(each) or names) & names for each in others):
        return None
    type_ = schema.type(operation.kind, operation.type)
    declared = set() if type_ is None else {*type_.keys, *type_.properties}
    if declared & names != {operation.property}:
        return None  # it is not there, or a name that it gets is
    # A node may be of two types, whose properties of one name are one.
    is_renamed_node = operation.kind is Kind.NODE and len(names) > 1
    if is_renamed_node and any(name != operation.type for each in names for name in schema.declaring(each)):
        return None
    return operation


def _renames(other: Operation, operation: SetPropertyType) -> TypeGuard[RenameProperty | RenameKeyPart]:
    """Whether an operation has given the property the name by which the other one knows it."""
    return isinstance(other, (RenameProperty, RenameKeyPart)) and (other.kind, other.type, other.new) == (
        operation.kind,
        operation.type,
        operation.property,
    )


def _type_before(operation: CreateType | RenameType) -> tuple[Kind, str]:
    return operation.kind, operation.type if isinstance(operation, CreateType) else operation.old


def _properties(operation: Operation) -> set[str]:
    """The properties that an operation makes or changes. None if it may be any."""
    match operation:
        case CreateType(keys=keys, properties=properties):
            return {*keys, *properties}
        case RenameProperty(old=old, new=new) | RenameKeyPart(old=old, new=new):
            return {old, new}
        case AddProperty(property=name) | ExtendKey(property=name) | SetPropertyType(property=name):
            return {name}
        case DropProperty(property=name):
            return {name}
    return set()
