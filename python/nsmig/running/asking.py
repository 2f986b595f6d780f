"""Checks of the data before a migration is begun, while its file can still be fixed.

A type change finds the values that it cannot convert before it changes any. An index, a constraint or the key of a new
type finds those that it does not allow. If it is not the first operation of its migration, earlier operations would be
done by then. So its checks also run beforehand, under the names that the type and the properties have at that point,
unless an operation in between may change which values there are. A database may hold rows of a type, or values of a
property, before a migration declares it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
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
    DropType,
    ExtendKey,
    Operation,
    QueriesLeftOut,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from nsmig.running.tasks import Task
from nsmig.values import SchemaView

Asked = SetPropertyType | CreateEntry | CreateType

# These leave all values and labels unchanged.
_HARMLESS = (AddAdjacency, AddIndex, CreateEntry, DropAdjacency, DropIndex, QueriesLeftOut, ReduceKey, RemoveEntry)


def asked(task: Task, live: Any, dialect: Dialect[Any]) -> Iterator[tuple[Place, Turn]]:
    """The checks of the type changes, indexes, constraints and keys, except for a first operation, as turns.

    :param live: what the database holds before the task.
    """
    if task.empty or len(task.operations) < 2:
        return
    removes = any(isinstance(each, RemoveEntry) for each in task.operations)
    declared = {each.name for each in task.before.entries()} if removes else set[str]()
    earlier = Earlier()
    for index, operation in enumerate(task.operations):
        if isinstance(operation, RemoveEntry) and operation.entry in declared:
            # One that is created again must not meet itself.
            with suppress(DatabaseError):
                _, live = dialect.turn((Step(operation, task.before),), live)
        if index and not _is_left_out(operation, task.before, live, dialect):
            for turn in _turns(operation, earlier, task.before, live, dialect):
                yield task.place(index, index + 1), turn
        is_for_one = isinstance(operation, RunQuery) and operation.database is not None
        if not is_for_one or _is_sent(operation, task.before, live, dialect):
            earlier.add(operation)


def _turns(
    operation: Operation, earlier: Earlier, before: SchemaView, live: Any, dialect: Dialect[Any]
) -> Iterator[Turn]:
    """The checks of an operation that may run beforehand.

    :param before: the schema before the earlier operations.
    """
    for each in _on_one_type(operation):
        for question, is_converted in _questions(each, earlier.of(each), before):
            try:
                turn, _ = dialect.turn((Step(question, before),), live)
            except DatabaseError:
                continue  # its obstacle may have disappeared by then
            if checks := tuple(c for c in turn.statements if (c.is_lasting if is_converted else c.is_early)):
                yield replace(turn, work=operation, statements=checks)


def _is_left_out(operation: Operation, before: SchemaView, live: Any, dialect: Dialect[Any]) -> bool:
    """Whether an optional index or constraint is only noted."""
    return isinstance(operation, CreateEntry) and operation.optional and not _is_sent(operation, before, live, dialect)


def _is_sent(operation: Operation, before: SchemaView, live: Any, dialect: Dialect[Any]) -> bool:
    try:
        return dialect.turn((Step(operation, before),), live)[0].is_sent
    except DatabaseError:
        return True


def _on_one_type(operation: Operation) -> Iterator[Asked]:
    """An operation that checks values, once for each type."""
    if isinstance(operation, SetPropertyType) or (isinstance(operation, CreateType) and operation.keys):
        yield operation
    if isinstance(operation, CreateEntry):
        yield from (replace(operation, types=(type_,)) for type_ in operation.types)


def _questions(operation: Asked, earlier: Sequence[Operation], schema: SchemaView) -> Iterator[tuple[Asked, bool]]:
    """The operation in terms of the schema before these others, and whether it is a question about values that they
    convert."""
    if before := beforehand(operation, earlier, schema):
        yield before, False
    elif isinstance(operation, CreateEntry):
        others = [each for each in earlier if not _converts_by_rule(each)]
        if before := beforehand(operation, others, schema):
            yield before, True


def beforehand(operation: Asked, earlier: Sequence[Operation], schema: SchemaView) -> Asked | None:
    """A type change, index, constraint or key on one type in terms of the schema before these operations; None if they
    may change the values it applies to.

    :param schema: before them.
    """
    kind, (type_, now) = operation.kind, _subject(operation)
    names, others = set(now), []
    is_created = isinstance(operation, CreateType)
    declared = set(now) if is_created else set[str]()
    original = {name: name for name in now}
    for each in reversed(earlier):
        if isinstance(each, RenameType) and (each.kind, each.new) == (kind, type_) and not is_created:
            type_ = each.old
        elif _renames(each, (kind, type_), original.values()):
            original = {name: each.old if was == each.new else was for name, was in original.items()}
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
    is_renamed = len(names) > len(now)
    if any(_may_touch(each, kind, names, is_renamed) for each in others):
        return None
    there = schema.type(kind, type_)
    if (there is None) is not is_created:
        return None
    if there is not None:
        declared.update((*there.keys, *there.properties))
    # Of a full-text index, a type may have only some of the properties.
    there_before = {name: was for name, was in original.items() if was in declared}
    is_some = isinstance(operation, CreateEntry) and operation.form == "fulltext" and there_before
    if not (is_some or len(there_before) == len(now)) or names & declared != set(there_before.values()):
        return None  # it does not exist there, or one of its later names does
    # A node may be of two types, whose properties of one name are one.
    is_renamed_node = kind is Kind.NODE and is_renamed
    if is_renamed_node and any(name != type_ for each in names for name in schema.declaring(each)):
        return None
    if isinstance(operation, CreateType):
        return operation
    if isinstance(operation, SetPropertyType):
        return replace(operation, type=type_, property=original[operation.property])
    on = tuple(there_before[name] for name in operation.on if name in there_before)
    options = dict(operation.options or {})
    if "filter" in options:
        options["filter"] = [there_before[name] for name in options["filter"]]
    return replace(operation, types=(type_,), on=on, options=options or None)


def _subject(operation: Asked) -> tuple[str, tuple[str, ...]]:
    """The type and the properties whose values an operation checks."""
    if isinstance(operation, CreateType):
        return operation.type, operation.keys
    if isinstance(operation, SetPropertyType):
        return operation.type, (operation.property,)
    (type_,) = operation.types
    return type_, operation.created.covered


def _renames(
    other: Operation, owner: tuple[Kind, str], names: Collection[str]
) -> TypeGuard[RenameProperty | RenameKeyPart]:
    """Whether an operation gives one of the properties of a type its name."""
    if not isinstance(other, (RenameProperty, RenameKeyPart)):
        return False
    return (other.kind, other.type) == owner and other.new in names


def _converts_by_rule(operation: Operation) -> bool:
    return isinstance(operation, SetPropertyType) and not operation.using


def _may_touch(operation: Operation, kind: Kind, names: set[str], is_renamed: bool) -> bool:
    """Whether an operation may change values of properties with these names on types of this kind, or which rows have
    them, or, if they are renamed, pass them from one type to another."""
    if isinstance(operation, DropType):
        return kind in (operation.kind, Kind.RELATIONSHIP)  # a relationship is deleted with its node
    if getattr(operation, "kind", kind) is not kind:
        return False
    match operation:
        case CreateType(keys=keys, properties=properties):
            return is_renamed and not names.isdisjoint((*keys, *properties))
        case RenameProperty(old=old, new=new) | RenameKeyPart(old=old, new=new):
            return not names.isdisjoint((old, new))
        case AddProperty(property=name, default=default):
            return name in names and default is not None
        case DropProperty(property=name):
            return name in names
        case ExtendKey(property=name) | SetPropertyType(property=name):
            return name in names
    return not isinstance(operation, (*_HARMLESS, RenameType))


class Earlier:
    """The operations so far, found by what they are about: a migration may have thousands."""

    def __init__(self) -> None:
        self._operations: list[Operation] = []
        self._about: dict[tuple[object, ...], list[int]] = defaultdict(list)

    def add(self, operation: Operation) -> None:
        at = len(self._operations)
        self._operations.append(operation)
        for key, enough in _about(operation):
            if not enough or len(self._about[key]) < enough:
                self._about[key].append(at)

    def of(self, operation: Asked) -> list[Operation]:
        """Those that matter to :func:`beforehand`, in order. Not all that rule the same question out."""
        kind, (type_, properties) = operation.kind, _subject(operation)
        if walls := self._about[("all",)] or self._about[("all", kind)]:
            return [self._operations[walls[0]]]
        found, types, names = set[int](), [type_], list(properties)
        for each in types:  # which grow with each rename that is found
            for at in self._about[(kind, "type", each)]:
                found.add(at)
                one = self._operations[at]
                if isinstance(one, RenameType) and one.old not in types:
                    types.append(one.old)
        for name in names:
            for at in self._about[(kind, "renamed", name)]:
                found.add(at)
                one = self._operations[at]
                if isinstance(one, (RenameProperty, RenameKeyPart)):
                    names += [each for each in (one.old, one.new) if each not in names]
        for name in names:
            found.update(self._about[(kind, "written", name)], self._about[(kind, "converted", name)])
            found.update(at for each in types for at in self._about[(kind, "added", each, name)])
            if len(names) > len(properties):
                found.update(self._about[(kind, "made", name)])
        return [self._operations[at] for at in sorted(found)]


def _about(operation: Operation) -> Iterator[tuple[tuple[object, ...], int]]:
    """What an operation is about, for :class:`Earlier`, each with how many such operations are enough; 0: all."""
    match operation:
        case RenameType(kind=kind, old=old, new=new):
            yield from (((kind, "type", each), 0) for each in (old, new))
        case CreateType(kind=kind, type=type_, keys=keys, properties=properties):
            yield (kind, "type", type_), 0
            # One of them may be the type itself.
            yield from (((kind, "made", name), 2) for name in dict.fromkeys((*keys, *properties)))
        case RenameProperty(kind=kind, old=old, new=new) | RenameKeyPart(kind=kind, old=old, new=new):
            yield from (((kind, "renamed", name), 0) for name in (old, new))
        case AddProperty(kind=kind, type=type_, property=name, default=None):
            yield (kind, "added", type_, name), 1
        case SetPropertyType(kind=kind, property=name):
            yield (kind, "converted" if _converts_by_rule(operation) else "written", name), 1
        case AddProperty(kind=kind, property=name) | DropProperty(kind=kind, property=name):
            yield (kind, "written", name), 1
        case ExtendKey(kind=kind, property=name):
            yield (kind, "written", name), 1
        case DropType(kind=Kind.RELATIONSHIP):
            yield ("all", Kind.RELATIONSHIP), 1
        case _ if not isinstance(operation, _HARMLESS):
            yield ("all",), 1
