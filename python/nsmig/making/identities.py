"""Identities of types and properties across a history, regardless of their names.

A type or property is identified by the operation that created it, also after renames.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from nsmig._core import History, Schema
from nsmig.kinds import Kind
from nsmig.operations import DropProperty, DropType, Operation, RenameKeyPart, RenameProperty, RenameType
from nsmig.values import Migration, Renames

Made = tuple[str, int, str]  # what created it: a migration, the number of the operation, its name then
Owner = tuple[Kind, str]


@dataclass(slots=True)
class Identities:
    """The creator of each type and property, while the schema changes."""

    types: dict[Owner, Made] = field(default_factory=dict)
    properties: dict[Owner, dict[str, Made]] = field(default_factory=dict)

    def follow(self, operation: Operation, made: tuple[str, int], after: Schema) -> None:
        match operation:
            case RenameType(kind, old, new) if old != new and (kind, old) in self.types:
                self.types[kind, new] = self.types.pop((kind, old))
                self.properties[kind, new] = self.properties.pop((kind, old), {})
            case RenameProperty(kind, type, old, new) | RenameKeyPart(kind, type, old, new) if old != new:
                of = self.properties.get((kind, type), {})
                if old in of:
                    of[new] = of.pop(old)
            case DropProperty(kind, type, property):
                self.properties.get((kind, type), {}).pop(property, None)
            case DropType(kind, type):
                self.types.pop((kind, type), None)
                self.properties.pop((kind, type), None)
        kind_and_type = owner_of(operation)
        if kind_and_type is None:
            return
        kind, name = kind_and_type
        declared = after.type(kind, name)
        if declared is None:
            return
        self.types.setdefault(kind_and_type, (*made, name))
        of = self.properties.setdefault(kind_and_type, {})
        for property_ in declared.properties:
            of.setdefault(property_, (*made, property_))
        for property_ in of.keys() - declared.properties.keys():
            del of[property_]


def owner_of(operation: Operation) -> Owner | None:
    """The type that an operation changes, by its name after it."""
    if isinstance(operation, RenameType):
        return operation.kind, operation.new
    kind, name = getattr(operation, "kind", None), getattr(operation, "type", None)
    return (kind, name) if isinstance(kind, Kind) and isinstance(name, str) else None


def folded(operations: Iterable[Operation], schema: Schema) -> Schema:
    """The schema after consecutive operations."""
    for operation in operations:
        schema = schema.apply(operation)
    return schema


def identified(migrations: Iterable[Migration]) -> Identities:
    found, schema = Identities(), Schema()
    for migration in migrations:
        for number, operation in enumerate(migration.operations):
            schema = schema.apply(operation)
            found.follow(operation, (migration.name, number), schema)
    return found


def renames(now: Identities, then: Identities) -> Renames:
    """The names that are different then."""
    types: dict[str | tuple[Kind, str], str] = {}
    properties: dict[str | tuple[str, str] | tuple[Kind, str, str], str] = {}
    old_names = {(owner[0], made): owner[1] for owner, made in then.types.items()}
    for (kind, name), made in now.types.items():
        old = old_names.get((kind, made))
        if old is None:
            continue
        if old != name:
            types[kind, name] = old
        there = {made: property_ for property_, made in then.properties.get((kind, old), {}).items()}
        for property_, made_property in now.properties.get((kind, name), {}).items():
            was = there.get(made_property)
            if was is not None and was != property_:
                properties[kind, old, property_] = was
    return Renames(types, properties)


def renames_between(history: History, start: str, end: str | None) -> Renames:
    """The names that are different right after ``end`` (None: at the end) from those right after ``start``.

    Unknown for a migration that only a squash replaces.
    """
    names = history.effective()
    if start not in names or (end is not None and end not in names):
        return Renames()
    parts = (names[: names.index(each) + 1] if each else names for each in (start, end))
    before, after = (identified(history[name] for name in part) for part in parts)
    return renames(before, after)
