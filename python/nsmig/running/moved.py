"""What became of archived types and properties: under which names their rows and values have a place now.

A type or a property that was dropped leaves its name vacant. Whatever a later migration makes under that name takes the
place (``make --revert`` does), and is followed from there; what is renamed to it does not, since it is another thing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

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
    SetPropertyType,
)


@dataclass(slots=True)
class Name:
    """What something is called, or was when it was dropped; of a property, how its values were converted since, by
    numbers in the history's order."""

    now: str
    is_there: bool = True
    conversions: tuple[tuple[int, SetPropertyType], ...] = ()


class Conversions(NamedTuple):
    """How values were converted, which were declared as a type."""

    was: str
    operations: tuple[SetPropertyType, ...]


@dataclass(slots=True)
class Followed:
    """A type with its properties, by the names that the archive has."""

    type: Name
    properties: dict[str, Name]


@dataclass(frozen=True)
class Places:
    """Where archived rows and values belong in the schema ``now``.

    :param then: the schema when they were archived.
    :param types: those of it.
    :param conversion: what the archived values were replaced by, if it was that.
    """

    now: Schema
    then: Schema
    types: Mapping[tuple[Kind, str], Followed] = field(default_factory=dict)
    conversion: SetPropertyType | None = None

    def has_conversions(self) -> bool:
        """Whether archived values may have been converted since."""
        return any(
            self.conversions(kind, [type], name)
            for (kind, type), each in self.types.items()
            for name in each.properties
        )

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

    def conversions(self, kind: Kind, types: Iterable[str], name: str) -> Conversions | None:
        """How later migrations have converted values of a property that rows of these types had; None if they have
        not. Of several types that declare it each converts it for all. What was made again as of another type is
        converted by the rule."""
        of = [each for each in types if (kind, each) in self.types and name in self.types[kind, each].properties]
        numbered = [each for type in of for each in self.types[kind, type].properties[name].conversions]
        found = tuple(operation for _, operation in sorted(numbered, key=lambda each: each[0]))
        made = next((again for each in of if (again := self._as_now(kind, each, name))), None)
        if not of or not (found or made):
            return None
        own = self.conversion
        is_own = own is not None and (own.kind, own.property) == (kind, name) and own.type in of
        declared = [own.to] if own and is_own else sorted({self.declared(kind, each, name) for each in of})
        kept: list[SetPropertyType] = []
        for operation in (*found, *((made,) if made else ())):
            # STRING is also what the schema says of a property of which it knows nothing.
            if declared != [operation.to] or (operation.to == "STRING" and operation is not made):
                kept.append(operation)
            declared = [operation.to]
        was = own.to if own and is_own else self.declared(kind, of[0], name)
        return Conversions(was, tuple(kept)) if kept else None

    def _as_now(self, kind: Kind, type: str, name: str) -> SetPropertyType | None:
        """A conversion to what a property is declared as now, if it has a place."""
        place = self.property(kind, type, name)
        declared = self.now.type(kind, self.types[kind, type].type.now)
        return SetPropertyType(kind, type, name, declared.properties[place]) if place and declared else None

    def declared(self, kind: Kind, type: str, name: str) -> str:
        """What an archived property was declared as."""
        there = self.then.type(kind, type)
        return there.properties.get(name, "STRING") if there else "STRING"

    def is_as_before(self, kind: Kind, type: str, name: str) -> bool:
        """Whether a property has a place, and is declared as what it was."""
        there = self.types.get((kind, type))
        place = self.property(kind, type, name) if there and name in there.properties else None
        if there is None or place is None:
            return False
        declared = self.now.type(kind, there.type.now)
        return declared is not None and declared.properties[place] == self.declared(kind, type, name)

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
    conversion = None
    for operation in map(Operation.from_dict, map(dict, entry.operations)):
        if isinstance(operation, SetPropertyType):
            conversion = operation  # the archive says what came of it
        else:
            _follow(types, operation, 0)
    later = [*map(Operation.from_dict, map(dict, entry.rest)), *_later(entry, history, state)]
    for number, operation in enumerate(later, 1):
        _follow(types, operation, number)
    return Places(now, then, types, conversion)


def _later(entry: Entry, history: History, state: State) -> list[Operation]:
    """The operations of the migrations that came after an entry's, in order."""
    own = set(entry.migrations)
    applied = {*state.records, *history.implied(list(state.records))}
    names = [each for each in history.effective() if each in applied]
    last = max((at for at, each in enumerate(names) if own & {each, *history.replaced(each)}), default=-1)
    return [operation for each in names[last + 1 :] for operation in history[each].operations]


def _follow(types: Mapping[tuple[Kind, str], Followed], operation: Operation, number: int) -> None:
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
        case SetPropertyType(_, type, property):
            for name in _properties(of_kind, type, property):
                name.conversions = (*name.conversions, (number, operation))


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
