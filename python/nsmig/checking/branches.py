"""Migrations of concurrent branches whose order matters.

Two migrations are concurrent if neither depends on the other, directly or indirectly: different databases may run them
in different orders. Their order matters if they act on the same thing (a type, its key, a property) in ways that do not
commute. In doubt it matters. Nodes of two types are not considered.

A migration that comes before or after every other is concurrent with none: the core leaves these out and returns the
runs in between (``History.concurrent``). Within a run only pairs that act on the same thing are examined.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, product

from nsmig.catalog_operations import CreateEntry, RemoveEntry
from nsmig.kinds import ORDERED_FORMS, Kind
from nsmig.operations import (
    AddAdjacency,
    AddIndex,
    AddProperty,
    CreateType,
    DropAdjacency,
    DropIndex,
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
from nsmig.values import Entry, Migration

_NONE: Mapping[str, Entry] = {}


@dataclass(frozen=True, slots=True)
class Clash:
    """Two concurrent migrations and, in each, the index of an operation."""

    first: Migration
    first_index: int
    second: Migration
    second_index: int

    @property
    def operations(self) -> tuple[Operation, Operation]:
        return self.first.operations[self.first_index], self.second.operations[self.second_index]

    @property
    def of_queries(self) -> list[str]:
        """The names of those whose operation is a query."""
        both = zip((self.first, self.second), self.operations, strict=True)
        return [migration.name for migration, operation in both if isinstance(operation, RunQuery)]

    @property
    def reason(self) -> str:
        one, other = self.operations
        said = f"{one.description!r} and {other.description!r}"
        if _is_of_all(one) or _is_of_all(other):
            return f"{said}: what a query depends on is not known, unless it says what it 'touches'"
        if isinstance(one, RunQuery) or isinstance(other, RunQuery):
            return f"{said}: the query touches what the other one changes"
        return f"{said} do not commute"


def clashes(run: Sequence[Migration], removed: Mapping[str, Entry] = _NONE) -> Iterator[Clash]:
    """Pairs of concurrent migrations whose order matters, with operations that do not commute; each pair once.

    A migration with a query is reported with one of those with which that clashes, since it may clash with all.

    :param run: ordered by dependencies. Dependencies on other migrations are ignored.
    :param removed: the indexes and constraints that it removes, by name.
    """
    ancestors: list[int] = []  # as bits
    for dependencies in _positions_before(run):
        bits = 0
        for each in dependencies:
            bits |= ancestors[each] | 1 << each
        ancestors.append(bits)

    parts: dict[object, _Uses] = defaultdict(_Uses)  # a property, a key, an adjacency
    users: dict[object, _Uses] = defaultdict(_Uses)  # a type, by whatever operation
    makers: dict[object, _Uses] = defaultdict(_Uses)  # a type as a whole: created, dropped, renamed, touched by a query
    takers = _Uses()  # operations that may delete nodes with their relationships
    touching = _Uses()  # queries that touch relationships
    for at, migration in enumerate(run):
        for index, operation in enumerate(migration.operations):
            for part in _parts(operation, removed):
                parts[part].add(at, index)
            for type_ in _types(operation, removed):
                users[type_].add(at, index)
                if isinstance(operation, (CreateType, DropType, RenameType, RunQuery)):
                    makers[type_].add(at, index)
            if _takes_relationships(operation):
                takers.add(at, index)
            if isinstance(operation, RunQuery) and any(kind is Kind.RELATIONSHIP for kind, _ in _types(operation)):
                touching.add(at, index)

    candidates = chain(
        (clash for type_, made in makers.items() for clash in _concurrent(run, ancestors, made, users[type_])),
        (clash for type_, made in makers.items() for clash in _concurrent(run, ancestors, users[type_], made)),
        (clash for uses in parts.values() for clash in _concurrent(run, ancestors, uses, uses)),
        _concurrent(run, ancestors, takers, touching),
        _concurrent(run, ancestors, touching, takers),
        _with_a_query(run, ancestors),
    )
    seen: set[tuple[str, str]] = set()
    told: set[str] = set()  # migrations with queries
    for clash in candidates:
        pair = clash.first.name, clash.second.name
        if (
            pair in seen
            or _commute(*clash.operations, removed)
            or (clash.of_queries and told.issuperset(clash.of_queries))
        ):
            continue
        seen.add(pair)
        told.update(clash.of_queries)
        yield clash


def _concurrent(run: Sequence[Migration], ancestors: list[int], later: _Uses, earlier: _Uses) -> Iterator[Clash]:
    """Operations of two concurrent migrations, one of each: the first of ``earlier``, the second of ``later``."""
    for at, indexes in sorted(later.indexes.items()):
        for before in _bits(earlier.mask & ((1 << at) - 1) & ~ancestors[at]):
            for index, later_index in product(earlier.indexes[before], indexes):
                yield Clash(run[before], index, run[at], later_index)


def _with_a_query(run: Sequence[Migration], ancestors: list[int]) -> Iterator[Clash]:
    """For each migration with a query that declares nothing, the first migration that is concurrent with it."""
    for at, migration in enumerate(run):
        query = next((index for index, each in enumerate(migration.operations) if _is_of_all(each)), None)
        other = None if query is None else _first_concurrent(run, ancestors, at)
        if query is not None and other is not None:
            yield Clash(migration, query, run[other], 0) if at < other else Clash(run[other], 0, migration, query)


def _positions_before(migrations: Sequence[Migration]) -> list[list[int]]:
    """For each migration, the positions of those that it depends on."""
    position = {migration.name: at for at, migration in enumerate(migrations)}
    return [[position[name] for name in each.dependencies if name in position] for each in migrations]


class _Uses:
    """The operations of a run that act on one thing, by the position of their migration; ``mask`` has these as bits."""

    def __init__(self) -> None:
        self.mask = 0
        self.indexes: dict[int, list[int]] = defaultdict(list)

    def add(self, at: int, index: int) -> None:
        self.mask |= 1 << at
        self.indexes[at].append(index)


def _first_concurrent(run: Sequence[Migration], ancestors: list[int], at: int) -> int | None:
    """The position of the first migration with operations that is concurrent with the one at ``at``."""
    for other, migration in enumerate(run):
        if other != at and migration.operations and not ancestors[max(at, other)] >> min(at, other) & 1:
            return other
    return None


def _is_of_all(operation: Operation) -> bool:
    """Whether it is a query that does not declare what it touches."""
    return isinstance(operation, RunQuery) and operation.touches is None


def _takes_relationships(operation: Operation) -> bool:
    """Whether it may delete nodes, and with them relationships of any type."""
    if isinstance(operation, RunQuery):
        return any(kind is Kind.NODE for kind, _ in _types(operation))
    return isinstance(operation, DropType) and operation.kind is Kind.NODE


def _types(operation: Operation, removed: Mapping[str, Entry] = _NONE) -> list[tuple[Kind, str]]:
    """The types that an operation acts on or presumes."""
    if isinstance(operation, (CreateEntry, RemoveEntry)):
        entry = _entry(operation, removed)
        return [(entry.kind, name) for name in entry.types] if entry else []
    if isinstance(operation, (AddAdjacency, DropAdjacency)):
        return [
            (Kind.NODE, operation.from_type),
            (Kind.RELATIONSHIP, operation.relationship),
            (Kind.NODE, operation.to_type),
        ]
    if isinstance(operation, RunQuery):
        of = ((Kind.NODE, "nodes"), (Kind.RELATIONSHIP, "relationships"))
        return [(kind, name) for kind, key in of for name in (operation.touches or {}).get(key, ())]
    if isinstance(operation, QueriesLeftOut):
        return []
    kind: Kind = operation.kind  # type: ignore[attr-defined]
    if isinstance(operation, RenameType):
        return [(kind, operation.old), (kind, operation.new)]
    return [(kind, operation.type)]  # type: ignore[attr-defined]


def _parts(operation: Operation, removed: Mapping[str, Entry] = _NONE) -> list[tuple[object, ...]]:
    """The properties, keys, adjacencies, indexes and constraints that an operation acts on."""
    if isinstance(operation, (CreateEntry, RemoveEntry)):
        entry = _entry(operation, removed)
        names = entry.covered if entry else ()
        types = _types(operation, removed)
        parts: list[tuple[object, ...]] = [("entry", operation.entry)]
        parts += ((*each, name) for each, name in product(types, names))
        if entry and entry.form in ORDERED_FORMS:  # a constraint is not on exactly the properties of a key
            parts += ((*each, "key", None) for each in types)
        return parts
    if isinstance(operation, (AddAdjacency, DropAdjacency)):
        return [(operation.from_type, operation.relationship, operation.to_type)]
    if isinstance(operation, (CreateType, DropType, RenameType, RunQuery, QueriesLeftOut)):
        return []
    type_: tuple[object, ...] = (operation.kind, operation.type)  # type: ignore[attr-defined]
    if isinstance(operation, (RenameProperty, RenameKeyPart)):
        return [(*type_, operation.old), (*type_, operation.new)]
    on_key = [(*type_, "key", None)] if isinstance(operation, (ExtendKey, ReduceKey)) else []
    return [(*type_, operation.property), *on_key]  # type: ignore[attr-defined]


def _entry(operation: CreateEntry | RemoveEntry, removed: Mapping[str, Entry]) -> Entry | None:
    return operation.created if isinstance(operation, CreateEntry) else removed.get(operation.entry)


def _entries_commute(
    one: CreateEntry | RemoveEntry, other: CreateEntry | RemoveEntry, removed: Mapping[str, Entry]
) -> bool:
    """Whether two indexes or constraints may be created or removed in either order."""
    if isinstance(one, RemoveEntry) and isinstance(other, RemoveEntry):
        return True
    first, second = _entry(one, removed), _entry(other, removed)
    if first is None or second is None or one.entry == other.entry:
        return False
    return not first.clashes_with(second)


def _commute(one: Operation, other: Operation, removed: Mapping[str, Entry]) -> bool:
    """Whether two operations on one thing have the same result in either order; rarely certain for a query."""
    if isinstance(one, RunQuery) or isinstance(other, RunQuery):
        if _is_of_all(one) or _is_of_all(other):
            return False
        if isinstance(one, RunQuery) and isinstance(other, RunQuery):
            return None not in (one.database, other.database) and one.database != other.database
        return isinstance(other if isinstance(one, RunQuery) else one, (AddIndex, DropIndex))
    if one == other:
        return True
    if isinstance(one, (CreateEntry, RemoveEntry)) and isinstance(other, (CreateEntry, RemoveEntry)):
        return _entries_commute(one, other, removed)
    adjacencies, indexes = (AddAdjacency, DropAdjacency), (AddIndex, DropIndex)
    if isinstance(one, adjacencies) and isinstance(other, adjacencies):
        return _parts(one) != _parts(other)
    if isinstance(one, adjacencies) or isinstance(other, adjacencies):
        return isinstance(one, CreateType) or isinstance(other, CreateType)
    for an_index, another in ((one, other), (other, one)):
        if isinstance(an_index, indexes) and not isinstance(another, indexes):
            if isinstance(another, (CreateEntry, RemoveEntry)):
                entry = _entry(another, removed)
                is_alike = entry is None or (entry.form in ORDERED_FORMS and len(entry.properties) == 1)
                return not is_alike
            return isinstance(another, (AddProperty, ExtendKey, ReduceKey, SetPropertyType))
    if isinstance(one, (ExtendKey, ReduceKey)) and isinstance(other, (ExtendKey, ReduceKey)):
        return type(one) is type(other) and one.property != other.property
    return False


def _bits(mask: int) -> Iterator[int]:
    """The positions of the bits that are set, the lowest first."""
    while mask:
        lowest = mask & -mask
        yield lowest.bit_length() - 1
        mask ^= lowest
