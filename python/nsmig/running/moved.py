"""What became of archived types and properties: under which names their rows and values have a place now.

A type or a property that was dropped leaves its name vacant. Whatever a later migration makes under that name takes the
place (``make --revert`` does); what is renamed to it does not, since it is another thing. Where nothing is made under
that name, what is made under one that it had before takes it: a revert makes again what was renamed and then dropped
under its first name.

It is found out backwards: what a name means now is known, and each operation before says what it meant to the names
before it. So all entries of a task cost one walk over the operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from itertools import groupby
from typing import Any, NamedTuple

from nsmig._core import History, Schema
from nsmig.archive.manifest import Entry, Whole
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

Key = tuple[Kind, str]  # of a type


@dataclass(frozen=True, slots=True)
class Place:
    """Where a property belongs: its name now, None if it has none, and how its values were converted on the way there,
    by the operations' numbers."""

    now: str | None = None
    conversions: tuple[tuple[int, SetPropertyType], ...] = ()


@dataclass(frozen=True, slots=True)
class Way:
    """Where a type belongs, with the properties that it has; ``vacant`` are those that it has not, where they would
    belong if they had been dropped under a name."""

    now: str | None = None
    properties: Mapping[str, Place] = field(default_factory=dict)
    vacant: Mapping[str, Place] = field(default_factory=dict)


class Conversions(NamedTuple):
    """How values were converted, which were declared as a type."""

    was: str
    operations: tuple[SetPropertyType, ...]


@dataclass(frozen=True)
class Places:
    """Where archived rows and values belong in the schema ``now``.

    :param then: the schema when they were archived.
    :param ways: of its types.
    :param conversion: what the archived values were replaced by, if it was that.
    """

    now: Schema
    then: Schema
    ways: Mapping[Key, Way] = field(default_factory=dict)
    conversion: SetPropertyType | None = None
    # What was asked before: of each sort of rows where their values belong, and what types are called.
    _known: dict[Any, dict[str, list[str | tuple[str, str]]]] = field(default_factory=dict, compare=False)
    _called: dict[Key, str | None] = field(default_factory=dict, compare=False)

    def has_conversions(self, kind: Kind, types: Iterable[str]) -> bool:
        """Whether values of rows of these types may have been converted since."""
        return any(self.conversions(kind, [type], name) for type in types for name in self._declaring(kind, type))

    def type(self, kind: Kind, name: str) -> str | None:
        """What a type is called; None if it has no place. One that no migration declared keeps its name."""
        if (kind, name) not in self._called:
            self._called[kind, name] = self._type(kind, name)
        return self._called[kind, name]

    def _type(self, kind: Kind, name: str) -> str | None:
        if self.then.type(kind, name) is None:
            return name
        now = self.ways.get((kind, name), _NOWHERE).now
        return now if now is not None and self.now.type(kind, now) is not None else None

    def property(self, kind: Kind, type: str, name: str) -> str | None:
        """What a property of an archived type is called; None if it has no place."""
        way = self.ways.get((kind, type), _NOWHERE)
        place = way.properties.get(name, _NO_PLACE).now
        declared = self.now.type(kind, way.now) if way.now is not None else None
        return place if declared is not None and place in declared.properties else None

    def conversions(self, kind: Kind, types: Iterable[str], name: str) -> Conversions | None:
        """How later migrations have converted values of a property that rows of these types had; None if they have
        not. Of several types that declare it each converts it for all. What was made again as of another type is
        converted by the rule."""
        of = [each for each in types if name in self._declaring(kind, each)]
        places = [self.ways.get((kind, each), _NOWHERE).properties.get(name, _NO_PLACE) for each in of]
        found = sorted((each for place in places for each in place.conversions), key=lambda each: each[0])
        made = next((again for each in of if (again := self._as_now(kind, each, name))), None)
        if not of or not (found or made):
            return None
        own = self.conversion
        is_own = own is not None and (own.kind, own.property) == (kind, name) and own.type in of
        was = own.to if own and is_own else self.declared(kind, of[0], name)
        declared = {was} if is_own else {self.declared(kind, each, name) for each in of}
        kept: list[SetPropertyType] = []
        for operation in (*(operation for _, operation in found), *((made,) if made else ())):
            # STRING is also what the schema says of a property of which it knows nothing.
            if declared != {operation.to} or (operation.to == "STRING" and operation is not made):
                kept.append(operation)
            declared = {operation.to}
        return Conversions(was, tuple(kept)) if kept else None

    def _as_now(self, kind: Kind, type: str, name: str) -> SetPropertyType | None:
        """A conversion to what a property is declared as now, if it has a place."""
        place = self.property(kind, type, name)
        declared = self.now.type(kind, self.ways[kind, type].now or "") if place else None
        return SetPropertyType(kind, type, name, declared.properties[place]) if place and declared else None

    def declared(self, kind: Kind, type: str, name: str) -> str:
        """What an archived property was declared as."""
        return self._declaring(kind, type).get(name, "STRING")

    def _declaring(self, kind: Kind, type: str) -> Mapping[str, str]:
        there = self.then.type(kind, type)
        return there.properties if there else {}

    def is_as_before(self, kind: Kind, type: str, name: str) -> bool:
        """Whether a property has a place, and is declared as what it was."""
        again = self._as_now(kind, type, name)
        return again is not None and again.to == self.declared(kind, type, name)

    def values(
        self, kind: Kind, types: Iterable[str], values: Mapping[str, Any]
    ) -> tuple[dict[str, Any], list[tuple[str, str]]]:
        """Values under their names now, and those, as types and properties, that have no place.

        A value that several of a node's types declare goes wherever one of them has it; one that none declares stays.
        """
        placed: dict[str, Any] = {}
        lacking = []
        of_types = tuple(types)
        known = self._known.setdefault((kind, of_types), {})
        for name, value in values.items():
            if name not in known:
                known[name] = self._named(kind, of_types, name)
            for place in known[name]:
                if isinstance(place, str):
                    placed[place] = value
                else:
                    lacking.append(place)
        return placed, lacking

    def _named(self, kind: Kind, types: tuple[str, ...], name: str) -> list[str | tuple[str, str]]:
        """What a value is called now, or else the type and the property that it has no place for."""
        of = [each for each in types if name in self._declaring(kind, each)]
        places = sorted({place for each in of if (place := self.property(kind, each, name)) is not None})
        return [*places] or ([(of[0], name)] if of else [name])


_NO_PLACE, _NOWHERE = Place(), Way()


def places(entries: Sequence[Entry], history: History, state: State, now: Schema) -> list[Places]:
    """For each of the entries, which are in their order, where its rows belong: what its task did behind it is
    followed, and what the migrations after it that are applied did."""
    found: list[Places] = []
    for _, some in groupby(entries, key=lambda entry: entry.of):
        of = list(some)
        task = of[0].task
        found += _placed(of, _Walk.of(task, *_around(task, history, state)), now)
    return found


def _around(task: Whole, history: History, state: State) -> tuple[list[Operation], list[Operation]]:
    """The operations of the applied migrations before a task, and of those after it, in their order."""
    own = set(task.migrations)
    applied = {*state.records, *history.implied(list(state.records))}
    order = {name: at for at, name in enumerate(history.order())}
    names = [part for each in history.effective() if each in applied for part in _parts(each, own, history, order)]
    is_own = [bool(own & {each, *history.replaced(each)}) for each in names]
    first = is_own.index(True) if True in is_own else len(names)
    last = max((at for at, its in enumerate(is_own) if its), default=-1)

    def operations(of: Sequence[str]) -> list[Operation]:
        return [operation for each in of for operation in history[each].operations]

    return operations(names[:first]), operations(names[last + 1 :])


def _parts(name: str, own: Set[str], history: History, order: Mapping[str, int]) -> list[str]:
    """A migration; or, of a squash that was made of a task's own and others, the migrations that ran in its place.

    What came between them is in their files only: all of it, if none is missing.
    """
    members = sorted(history[name].replaces, key=lambda each: order.get(each, -1))
    if name in own or own.isdisjoint(history.replaced(name)) or any(each not in history for each in members):
        return [name]
    return [part for each in members for part in _parts(each, own, history, order)]


@dataclass(frozen=True)
class _Walk:
    """The operations of a task and those after it; ``schemas`` are those before each of the task's, ``formers`` the
    earlier names of what each of these drops."""

    operations: Sequence[Operation]
    schemas: Sequence[Schema]
    formers: Sequence[_Formers]

    @staticmethod
    def of(task: Whole, before: Sequence[Operation], after: Sequence[Operation]) -> _Walk:
        schema, formers = Schema.from_dict(dict(task.schema)), _Formers()
        for operation in before:
            formers = formers.after(operation)
        own = [Operation.from_dict(dict(each)) for each in task.operations]
        schemas, known = [], []
        for operation in own:
            schemas.append(schema)
            known.append(formers)
            schema, formers = schema.apply(operation), formers.after(operation)
        return _Walk([*own, *after], schemas, known)


def _placed(entries: Sequence[Entry], walk: _Walk, now: Schema) -> list[Places]:
    """See :func:`places`, for the entries of one task."""
    ways, end = _Ways.of(now), len(walk.operations)
    found: list[Places] = []
    for entry in reversed(entries):
        start = entry.first - 1
        conversion = None
        for at in reversed(range(start, end)):
            operation, is_own = walk.operations[at], at < start + len(entry.operations)
            if is_own and isinstance(operation, SetPropertyType):
                conversion = operation  # the archive says what came of it
                break
            ways.before(operation, at, walk)
        found.append(Places(now, walk.schemas[start], dict(ways.there), conversion))
        end = start + 1 if conversion else start
    return found[::-1]


@dataclass(frozen=True)
class _Formers:
    """The names that types, and properties of types, had before, the latest first."""

    names: Mapping[tuple[Kind, str, str], tuple[str, ...]] = field(default_factory=dict)

    def of(self, kind: Kind, type: str, property: str = "") -> tuple[str, ...]:
        """:param property: '' for the type itself."""
        return self.names.get((kind, type, property), ())

    def after(self, operation: Operation) -> _Formers:
        match operation:
            case RenameType(kind, old, new) if old != new:
                moved = {each: names for each, names in self.names.items() if each[:2] == (kind, old)}
                kept = {each: names for each, names in self.names.items() if each not in moved}
                renamed = {(kind, new, name): names for (_, _, name), names in moved.items()}
                return _Formers({**kept, **renamed, (kind, new, ""): (old, *self.of(kind, old))})
            case RenameProperty(kind, type, old, new) | RenameKeyPart(kind, type, old, new) if old != new:
                kept = {each: names for each, names in self.names.items() if each != (kind, type, old)}
                return _Formers({**kept, (kind, type, new): (old, *self.of(kind, type, old))})
            case DropType(kind, type):
                gone = {each for each in self.names if each[:2] == (kind, type)}
            case DropProperty(kind, type, name):
                gone = {(kind, type, name)} & self.names.keys()
            case _:
                return self
        return _Formers({each: names for each, names in self.names.items() if each not in gone}) if gone else self


@dataclass
class _Ways:
    """What names mean now, at some time in the past: of the types that are there, and of those that are not."""

    there: dict[Key, Way]
    vacant: dict[Key, Way] = field(default_factory=dict)

    @staticmethod
    def of(now: Schema) -> _Ways:
        declared = {(kind, name): now.type(kind, name) for kind in Kind for name in now.types(kind)}
        return _Ways(
            {
                key: Way(key[1], {each: Place(each) for each in type.properties})
                for key, type in declared.items()
                if type
            }
        )

    def before(self, operation: Operation, at: int, walk: _Walk) -> None:
        """Go back over an operation."""
        made: dict[str, Place]
        match operation:
            case RenameType(kind, old, new) if old != new:
                self.there[kind, old] = self.there.pop((kind, new), _NOWHERE)
                self.vacant.pop((kind, new), None)
            case DropType(kind, type):
                self.there[kind, type] = self._vacated(kind, type, at, walk)
            case CreateType(kind, type, keys, names):
                way = self.there.get((kind, type), _NOWHERE)
                made = {each: way.properties.get(each, _NO_PLACE) for each in (*keys, *names)}
                self.vacant[kind, type] = Way(way.now, {}, {**way.vacant, **made})
            case AddProperty(kind, type, name) | ExtendKey(kind, type, name) | AddIndex(kind, type, name):
                way = self.there.get((kind, type), _NOWHERE)
                made = {**way.vacant, name: way.properties.get(name, _NO_PLACE)}
                self.there[kind, type] = replace(way, vacant=made)
            case DropProperty(kind, type, name):
                way = self.there.get((kind, type), _NOWHERE)
                self._put(kind, type, name, _taken(way.vacant, name, kind, type, at, walk))
            case RenameProperty(kind, type, old, new) | RenameKeyPart(kind, type, old, new) if old != new:
                way = self.there.get((kind, type), _NOWHERE)
                vacant = {name: place for name, place in way.vacant.items() if name != new}
                properties = {**way.properties, old: way.properties.get(new, _NO_PLACE)}
                self.there[kind, type] = Way(way.now, properties, vacant)
            case SetPropertyType(kind, type, name):
                place = self.there.get((kind, type), _NOWHERE).properties.get(name, _NO_PLACE)
                self._put(kind, type, name, Place(place.now, ((at, operation), *place.conversions)))

    def _put(self, kind: Kind, type: str, name: str, place: Place) -> None:
        way = self.there.get((kind, type), _NOWHERE)
        self.there[kind, type] = replace(way, properties={**way.properties, name: place})

    def _vacated(self, kind: Kind, type: str, at: int, walk: _Walk) -> Way:
        """Where a type belongs that is dropped here, with its properties."""
        way = next((each for name in _names(kind, type, at, walk) if (each := self.vacant.get((kind, name)))), _NOWHERE)
        declared = walk.schemas[at].type(kind, type) if at < len(walk.schemas) else None
        names = declared.properties if declared else way.vacant
        places = {each: _taken(way.vacant, each, kind, type, at, walk) for each in names}
        return Way(way.now, places, way.vacant)


def _taken(vacant: Mapping[str, Place], name: str, kind: Kind, type: str, at: int, walk: _Walk) -> Place:
    """Where a property belongs that is dropped here."""
    return next((vacant[each] for each in _names(kind, type, at, walk, name) if each in vacant), _NO_PLACE)


def _names(kind: Kind, type: str, at: int, walk: _Walk, property: str = "") -> Iterator[str]:
    """The name of what is dropped here, and those that it had before and nothing else has."""
    yield property or type
    if at < len(walk.schemas):
        schema = walk.schemas[at]
        declared = schema.type(kind, type)
        for each in walk.formers[at].of(kind, type, property):
            is_taken = each in (declared.properties if declared else ()) if property else schema.type(kind, each)
            if not is_taken:
                yield each
