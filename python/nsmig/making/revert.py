"""The way back: a migration that takes the schema to what it would be without some migrations.

A type or property is identified by the operation that created it, also after renames. So whatever the migrations
renamed is renamed back, what they created is dropped, and what they dropped is created again, without its data.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nsmig._core import History, Schema, diff
from nsmig.catalog_operations import removal
from nsmig.errors import NsmigError, UnknownMigrationError
from nsmig.kinds import NULL_KEY, Kind
from nsmig.making.identities import Identities, Made, Owner, folded, identified, owner_of, renames
from nsmig.operations import (
    AddProperty,
    CreateType,
    DropProperty,
    DropType,
    ExtendKey,
    Operation,
    QueriesLeftOut,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from nsmig.values import Migration


class RevertError(NsmigError):
    """These migrations cannot be reverted alone. ``dependents`` would have to be reverted as well."""

    def __init__(self, reason: str, dependents: Sequence[str] = ()) -> None:
        super().__init__(f"{reason}; nothing was written")
        self.reason, self.dependents = reason, tuple(dependents)


class LossError(NsmigError):
    """A revert would lose something, and that was not accepted. ``losses`` are one sentence each."""

    def __init__(self, losses: Sequence[str]) -> None:
        listed = "".join(f"\n  {each}" for each in losses)
        super().__init__(f"the revert cannot bring everything back; nothing was written without --accept-loss:{listed}")
        self.losses = tuple(losses)


@dataclass(frozen=True, slots=True)
class Revert:
    """A revert. ``before`` is the schema without the ``reverted`` migrations, which are named in order; ``gone`` are
    the losses that cannot come back, and ``deleted`` the deletions by the operations themselves, one sentence each."""

    reverted: tuple[str, ...]
    operations: tuple[Operation, ...]
    before: Schema
    gone: tuple[str, ...]
    deleted: tuple[str, ...]

    @property
    def losses(self) -> tuple[str, ...]:
        return (*self.gone, *self.deleted)


def revert(history: History, first: str, last: str | None = None, *, extensions: bool = True) -> Revert:
    """Take the schema back to what it would be without the migrations from ``first`` to ``last`` in their order, both
    included; if ``last`` is None, without ``first`` alone.

    A squash counts as what it replaces, if all of that has files. Law: the operations lead from the schema of the whole
    history to that of the history without these migrations.

    :param extensions: whether operations may be used that nodestream cannot read.
    :raises UnknownMigrationError: there is no migration of that name.
    :raises RevertError: others depend on them, or they are part of a squash whose files are gone.
    """
    whole = _expanded(history)
    names = [each.name for each in whole]
    reverted = _range(history, names, first, first if last is None else last)
    _require_all_dependents(whole, reverted)
    left = [each for each in whole if each.name not in reverted]
    now, before = identified(whole), identified(left)
    schema, wanted = (folded(_operations(each), Schema()) for each in (whole, left))
    replaced = tuple(_without_entries(_replaced(now, before), schema))
    more = diff(folded(replaced, schema), wanted, renames(now, before), extensions=extensions)
    operations = (*replaced, *more)
    _require_a_way(operations, schema)
    range_ = [each for each in whole if each.name in reverted]
    gone = tuple(dict.fromkeys(_gone(range_, whole, before)))
    return Revert(tuple(each.name for each in range_), operations, wanted, gone, tuple(_deleted(operations)))


# --- Which migrations -------------------------------------------------------------------------------------------------


def _expanded(history: History) -> list[Migration]:
    """The migrations in order; for a squash those that it replaces, if all of them have files."""
    squashes = {name: history.replaced(name) for name in history.order() if history.replaced(name)}
    leaves = {name: [each for each in members if each not in squashes] for name, members in squashes.items()}
    whole = {name for name, members in leaves.items() if all(each in history for each in members)}
    # A squash that stays counts as all of its members, including those with files.
    covered = {each for name in squashes.keys() - whole for each in squashes[name]}
    return [history[name] for name in history.order() if name not in whole and name not in covered]


def _range(history: History, names: list[str], first: str, last: str) -> frozenset[str]:
    """The names from one migration to another, both included."""
    start, end = min(_places(history, names, first)), max(_places(history, names, last))
    if start > end:
        raise RevertError(f"{last} comes before {first}")
    return frozenset(names[start : end + 1])


def _places(history: History, names: list[str], name: str) -> list[int]:
    """The position of a migration, or of the squash that replaces it.

    :raises UnknownMigrationError: no migration has that name.
    :raises RevertError: it is part of a squash, and other parts have no files.
    """
    members = {name, *history.replaced(name)} if name in history else {name}
    if places := [at for at, each in enumerate(names) if each in members]:
        return places
    if squash := next((each for each in names if name in history.replaced(each)), None):
        raise RevertError(
            f"{name} is part of the squash {squash}, and not all of its files are there; revert {squash}, or restore"
            " them"
        )
    raise UnknownMigrationError(name, names)


def _require_all_dependents(whole: list[Migration], reverted: frozenset[str]) -> None:
    """
    :raises RevertError: a migration outside the range depends on them.
    """
    needed, dependents = set(reverted), []
    for each in whole:
        if each.name in reverted:
            needed |= set(each.replaces)
        if each.name not in reverted and needed.intersection(each.dependencies):
            needed |= {each.name, *each.replaces}
            dependents.append(each.name)
    if dependents:
        raise RevertError(
            f"these depend on what is to be reverted: {', '.join(dependents)}; include them with --to {dependents[-1]}",
            dependents,
        )


def _require_a_way(operations: Iterable[Operation], schema: Schema) -> None:
    """
    :raises RevertError: an operation would stop on any value.
    """
    for operation in operations:
        if isinstance(operation, SetPropertyType) and (declared := schema.type(operation.kind, operation.type)):
            was = declared.properties.get(operation.property, "STRING")
            if (was, operation.to) in _NO_WAY_BACK:
                place = f"{operation.type}.{operation.property}"
                raise RevertError(f"{place} is now {was}, and its values cannot be converted back to {operation.to}")
        schema = schema.apply(operation)


def _operations(migrations: Iterable[Migration]) -> Iterator[Operation]:
    return (operation for migration in migrations for operation in migration.operations)


# --- Identity ---------------------------------------------------------------------------------------------------------


def _replaced(now: Identities, before: Identities) -> Iterator[Operation]:
    """Drops of whatever has a name that something else needs again."""
    identities = {(owner[0], made): owner[1] for owner, made in before.types.items()}
    for (kind, name), made in sorted(now.types.items(), key=lambda each: (each[0][0].value, each[0][1])):
        old = identities.get((kind, made))
        if old is None:
            if (kind, name) in before.types:
                yield DropType(kind, name)
            continue
        wanted = before.properties.get((kind, old), {})
        for property_, made_property in sorted(now.properties.get((kind, name), {}).items()):
            if property_ in wanted and made_property not in wanted.values():
                yield DropProperty(kind, name, property_)


def _without_entries(drops: Iterable[Operation], schema: Schema) -> Iterator[Operation]:
    """Drops of types and properties, each after the indexes and constraints on them."""
    for operation in drops:
        match operation:
            case DropType(kind, type):
                covering = schema.entries_on(kind, type)
            case DropProperty(kind, type, property):
                covering = [each for each in schema.entries_on(kind, type) if property in each.covered]
            case _:
                covering = []
        for each in (*map(removal, covering), operation):
            schema = schema.apply(each)
            yield each


# --- Losses -----------------------------------------------------------------------------------------------------------


def _gone(reverted: list[Migration], whole: list[Migration], before: Identities) -> Iterator[str]:
    """Things that existed before and that no operation brings back."""
    names = {each.name for each in reverted}
    owners = {(owner[0], made): owner for owner, made in before.types.items()}
    found, schema = Identities(), Schema()
    for migration in whole:
        for number, operation in enumerate(migration.operations):
            if migration.name in names:
                if isinstance(operation, QueriesLeftOut):
                    yield f"the effects of the queries of {', '.join(operation.queries)} stay"
                elif isinstance(operation, RunQuery):
                    yield f"the effects of a query of {migration.name} stay: {' '.join(operation.query.split()):.60}"
                elif was := _as_before(operation, found, owners):
                    there = before.properties.get(was, {}).values()
                    of = found.properties.get(owner_of(operation) or was, {})
                    yield from _gone_with(operation, schema, {name for name, made in of.items() if made in there})
            schema = schema.apply(operation)
            found.follow(operation, (migration.name, number), schema)


def _as_before(operation: Any, found: Identities, owners: Mapping[tuple[Kind, Made], Owner]) -> Owner | None:
    """The type that an operation changes, by its name in the schema without the migrations; None if it does not exist
    there."""
    owner = owner_of(operation)
    made = found.types.get(owner) if owner and not isinstance(operation, RenameType) else None
    return owners.get((owner[0], made)) if owner and made else None


def _gone_with(operation: Operation, schema: Schema, known: set[str]) -> Iterator[str]:
    """The losses of one operation on a type that existed before.

    :param known: the properties that existed before.
    """
    match operation:
        case DropType(kind, type):
            yield f"the {_ROWS[kind]} of {type} that were dropped are gone{_WITH_THEM[kind]}{_SHARED[kind]}"
        case DropProperty(_, type, property) if property in known:
            yield f"the values of {type}.{property} are gone"
        case SetPropertyType(_, type, property, to, using) if property in known and using is not None:
            yield f"the values of {type}.{property} from before an expression made them {to} are gone"
        case SetPropertyType(kind, type, property, to) if property in known:
            declared = schema.type(kind, type)
            was = declared.properties.get(property, "STRING") if declared else "STRING"
            if was == "STRING" and to != "STRING":
                yield f"the notation of the values of {type}.{property} from before they became {to} is gone"
        case ExtendKey(Kind.NODE, type, property, None) if property in known:
            yield f"rows that had no value in {type}.{property} keep {NULL_KEY!r}"
        case ExtendKey(_, type, property, default) | AddProperty(_, type, property, default) if (
            property in known and default is not None
        ):
            yield f"rows that had no value in {type}.{property} keep {default!r}"


_ROWS = {Kind.NODE: "nodes", Kind.RELATIONSHIP: "relationships"}
_SHARED = {Kind.NODE: ", and those that also have other types lost the properties of this one", Kind.RELATIONSHIP: ""}
_WITH_THEM = {Kind.NODE: ", with their relationships", Kind.RELATIONSHIP: ""}
# Types to which values of another type convert, but from which none convert back.
_NO_WAY_BACK = {("DATETIME", "DATE"), ("LIST_OF_DATETIMES", "LIST_OF_DATES")}


def _deleted(operations: Iterable[Operation]) -> Iterator[str]:
    """The deletions of data written since. Types and properties that the revert creates itself are empty."""
    made: set[tuple[Kind, str, str]] = set()
    for operation in operations:
        match operation:
            case AddProperty(kind, type, property):
                made.add((kind, type, property))
            case CreateType(kind, type):
                made |= {(kind, type, property) for property in (*operation.keys, *operation.properties)}
            case DropType(kind, type):
                yield f"the {_ROWS[kind]} of {type} are deleted{_WITH_THEM[kind]}"
            case DropProperty(_, type, property):
                yield f"the values of {type}.{property} are deleted"
            case SetPropertyType(kind, type, property, to) if to != "STRING" and (kind, type, property) not in made:
                yield f"the present notation of the values of {type}.{property} is lost where they become {to}"
