"""What became of archived types and properties: under which names their rows and values have a place now.

A type or a property that was dropped leaves its name vacant. Whatever a later migration makes under that name takes the
place (``make --revert`` does), and is followed from there; what is renamed to it does not, since it is another thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from nsmig._core import History, Schema
from nsmig.archive.manifest import Entry
from nsmig.database.base import State
from nsmig.kinds import Kind
from nsmig.operations import (
    AddIndex,
    AddProperty,
    CreateType,
    DropProperty,
    DropType,
    ExtendKey,
    Operation,
    RenameKeyPart,
    RenameProperty,
    RenameType,
)


@dataclass(slots=True)
class Name:
    """What something is called, or was when it was dropped."""

    now: str
    is_there: bool = True


@dataclass(slots=True)
class Followed:
    """A type with its properties, by the names that the archive has."""

    type: Name
    properties: dict[str, Name]


@dataclass(frozen=True)
class Places:
    """Where archived rows and values belong in the schema ``now``.

    :param types: those of the schema when they were archived.
    """

    now: Schema
    types: Mapping[tuple[Kind, str], Followed] = field(default_factory=dict)

    def type(self, kind: Kind, name: str) -> str | None:
        """What a type is called; None if it has no place. One that no migration declared keeps its name."""
        followed = self.types.get((kind, name))
        if followed is None:
            return name
        is_there = followed.type.is_there and self.now.type(kind, followed.type.now) is not None
        return followed.type.now if is_there else None

    def property(self, kind: Kind, type: str, name: str) -> str | None:
        """What a property of an archived type is called; None if it has no place."""
        followed = self.types[kind, type]
        place, declared = followed.properties[name], self.now.type(kind, followed.type.now)
        is_there = place.is_there and followed.type.is_there and declared is not None
        return place.now if is_there and declared and place.now in declared.properties else None

    def values(
        self, kind: Kind, types: Iterable[str], values: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Values under their names now, and those, as types and properties, that have no place.

        A value that several of a node's types declare goes wherever one of them has it; one that none declares stays.
        """
        placed: dict[str, Any] = {}
        lacking = []
        declaring = [each for each in types if (kind, each) in self.types]
        for name, value in values.items():
            of = [each for each in declaring if name in self.types[kind, each].properties]
            places = {place for each in of if (place := self.property(kind, each, name)) is not None}
            if not of:
                places = {name}
            if not places:
                lacking.append((of[0], name))
            placed |= dict.fromkeys(sorted(places), value)
        return placed, lacking


def places(entry: Entry, history: History, state: State, now: Schema) -> Places:
    """Follow what an entry is of through the rest of its task and the migrations after it that are applied."""
    then = Schema.from_dict(dict(entry.schema))
    types = {
        (kind, name): Followed(Name(name), {each: Name(each) for each in declared.properties})
        for kind in Kind
        for name in then.types(kind)
        if (declared := then.type(kind, name)) is not None
    }
    operations = [Operation.from_dict(dict(each)) for each in (*entry.operations, *entry.rest)]
    for operation in [*operations, *_later(entry, history, state)]:
        _follow(types, operation)
    return Places(now, types)


def _later(entry: Entry, history: History, state: State) -> list[Operation]:
    """The operations of the migrations that came after an entry's, in order."""
    own = set(entry.migrations)
    applied = {*state.records, *history.implied(list(state.records))}
    names = [each for each in history.effective() if each in applied]
    last = max((at for at, each in enumerate(names) if own & {each, *history.replaced(each)}), default=-1)
    return [operation for each in names[last + 1 :] for operation in history[each].operations]


def _follow(types: Mapping[tuple[Kind, str], Followed], operation: Operation) -> None:
    kind = getattr(operation, "kind", None)
    of_kind = [each for (its_kind, _), each in types.items() if its_kind is kind]
    match operation:
        case RenameType(_, old, new):
            for each in _there(of_kind, old):
                each.type.now = new
        case DropType(_, type):
            for each in _there(of_kind, type):
                each.type.is_there = False
                for name in each.properties.values():
                    name.is_there = False
        case CreateType(_, type, keys, properties):
            for each in of_kind:
                if not each.type.is_there and each.type.now == type:
                    each.type.is_there = True
            _make(of_kind, type, (*keys, *properties))
        case AddProperty(_, type, property) | ExtendKey(_, type, property) | AddIndex(_, type, property):
            _make(of_kind, type, (property,))
        case DropProperty(_, type, property):
            for name in _properties(of_kind, type, property):
                name.is_there = False
        case RenameProperty(_, type, old, new) | RenameKeyPart(_, type, old, new):
            for name in _properties(of_kind, type, old):
                name.now = new


def _there(types: Iterable[Followed], name: str) -> list[Followed]:
    return [each for each in types if each.type.is_there and each.type.now == name]


def _properties(types: Iterable[Followed], type: str, name: str) -> list[Name]:
    return [each for of in _there(types, type) for each in of.properties.values() if each.is_there and each.now == name]


def _make(types: Iterable[Followed], type: str, names: Sequence[str]) -> None:
    """Properties that are made take the places that are vacant, unless they are there."""
    for of in _there(types, type):
        there = {each.now for each in of.properties.values() if each.is_there}
        for each in of.properties.values():
            if not each.is_there and each.now in names and each.now not in there:
                each.is_there = True
                there.add(each.now)
