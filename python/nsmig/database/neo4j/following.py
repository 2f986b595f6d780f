"""Declared indexes and constraints through an operation: created, removed, and carried along by renames.

What should exist comes from the schema, never from what was dropped, so a killed run ends in the same state when it
repeats the operation. Anything of that name that is not as declared stops the operation before it changes anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from nsmig.catalog_operations import CreateEntry, RemoveEntry
from nsmig.database.base import Role, Statement
from nsmig.database.neo4j.catalog import (
    RANGE,
    Catalog,
    Entry,
    Settings,
    clash,
    create,
    drop,
    is_orphan,
    is_ours,
    is_type,
)
from nsmig.database.neo4j.declared import (
    difference,
    in_words,
    is_elsewhere,
    is_something_else,
    lacking,
    moved,
    on_server,
    with_options_of,
)
from nsmig.database.neo4j.effects import Wanted
from nsmig.database.neo4j.fitting import fitting, overlong, oversized, unfound
from nsmig.database.neo4j.rebuilding import Move, forgotten, kept
from nsmig.errors import UnsupportedError
from nsmig.operations import Operation, RenameKeyPart, RenameProperty, RenameType
from nsmig.values import Entry as Declared
from nsmig.values import SchemaView


@dataclass(frozen=True, slots=True)
class Change:
    """The changes to constraints and indexes, the checks before them, and those that are rebuilt. ``wanted``: nsmig's
    own that are due now."""

    checks: Sequence[Statement] = ()
    drops: Sequence[Statement] = ()
    creations: Sequence[Statement] = ()
    notes: Sequence[Statement] = ()
    following: Sequence[Move] = ()
    wanted: Wanted | None = None


def dropping(entry: Entry, operation: Operation) -> Statement:
    """
    :raises UnsupportedError: it belongs to a graph type.
    """
    if entry.graph_type:
        raise UnsupportedError(
            operation,
            f"the constraint {entry.name!r} on {entry.place} belongs to the database's graph type, from which only"
            " ALTER CURRENT GRAPH TYPE may take it",
        )
    return Statement(Role.SCHEMA, drop(entry))


def creating(entry: Entry, live: Catalog) -> Statement:
    # If there are rows, each releases its locks before the next takes its own, so no one waits for many types.
    return Statement(Role.SCHEMA, create(entry), may_share=live.empty, makes="" if entry.constraint else entry.name)


def follow(
    operation: Operation, before: SchemaView, live: Catalog, settings: Settings, carried: dict[str, Declared]
) -> tuple[Change, Catalog]:
    """The changes that an operation makes to declared ones, and the catalog after it.

    :param before: the schema before the operation, and before those that share a pass with it.
    :param carried: declared ones as earlier operations of the same pass have left them, by name; is updated.
    """
    match operation:
        case CreateEntry():
            return _created(operation, before, live)
        case RemoveEntry():
            return _removed(operation, before, live, settings)
        case RenameType() | RenameProperty() | RenameKeyPart():
            type = operation.old if isinstance(operation, RenameType) else operation.type
            declared = [carried.get(each.name, each) for each in before.entries_on(operation.kind, type)]
            return _carried(operation, declared, before, live, carried) if declared else (Change(), live)
    return Change(), live


def names_on(operation: Operation, before: SchemaView) -> frozenset[str]:
    """The names of the declared ones on the types that an operation is about."""
    is_renamed = isinstance(operation, RenameType)
    types = [getattr(operation, each, None) for each in (("old", "new") if is_renamed else ("type",))]
    kind = getattr(operation, "kind", None)
    return frozenset(each.name for type in types if kind and type for each in before.entries_on(kind, type))


# --- Created ----------------------------------------------------------------------------------------------------------


def _created(operation: CreateEntry, before: SchemaView, live: Catalog) -> tuple[Change, Catalog]:
    declared = operation.created
    wanted = on_server(declared)
    if reason := lacking(wanted, live.server):
        if not declared.optional:
            raise UnsupportedError(operation, needing(reason))
        return Change(notes=[_left_out(declared, reason)]), live
    _refuse_our_name(operation, wanted)
    found, dropped = live.named(wanted.name), list[Entry]()
    if found is not None and not _is_broken(found, wanted):
        if says := difference(found, wanted):
            raise UnsupportedError(
                operation,
                f"the database has {in_words(found)} of that name, which {says}: drop it there, or declare it as it is"
                " there, or under another name",
            )
        note = f"the {wanted.noun} {wanted.name} on {wanted.place} already exists and is taken over"
        waited = [] if found.online else [creating(wanted, live)]
        return Change(creations=waited, notes=[Statement(Role.NOTE, note)]), live
    if found is not None:
        dropped.append(found)
    for other in _clashing(wanted, live):
        if not (is_type(other) and is_ours(other)):
            raise UnsupportedError(operation, _in_the_way(other))
        dropped.append(other)  # the declared one serves in its place
    remaining = live.changed(dropped, ())
    made = replace(wanted, online=wanted.constraint)
    change = Change(
        () if live.empty else list(fitting(declared, before)),
        [dropping(each, operation) for each in dropped],
        [*_remembered(wanted, live), creating(wanted, live)],
        () if live.empty else list(unfound(declared)),
    )
    return change, remaining.changed((), [made])


def _left_out(declared: Declared, reason: str) -> Statement:
    nouns = "indexes" if declared.noun == "index" else "constraints"
    one, many = f"1 optional {declared.noun} is left out", f"{{count}} optional {nouns} are left out"
    return Statement(Role.NOTE, f"{one}: {reason}", many=f"{many}: {reason}")


def needing(reason: str) -> str:
    """The advice for a reason why a server cannot have something."""
    return f"{reason}; with optional: true it is left out where the database cannot have it"


def _refuse_our_name(operation: Operation, wanted: Entry) -> None:
    is_like_a_key = is_orphan(replace(wanted, online=False))
    if is_ours(wanted) or is_like_a_key:
        noun = "constraint" if is_like_a_key else wanted.noun
        raise UnsupportedError(
            operation,
            f"{wanted.name!r} is what nodestream and nsmig call their own {noun} on {wanted.place}; give the declared"
            " one another name",
        )


def _clashing(wanted: Entry, live: Catalog) -> Iterator[Entry]:
    """Others beside which the server does not allow it."""
    for other in live.on(wanted.kind, wanted.types[0]):
        if other.name != wanted.name and clash(other, wanted):
            yield other


def _in_the_way(other: Entry) -> str:
    return (
        f"the database has {in_words(other)} on {other.place} under the name {other.name!r}, and allows only one there:"
        " drop it, or declare it under that name"
    )


def _is_broken(found: Entry, wanted: Entry) -> bool:
    """Whether it is the wanted one but failed, or its index, without the constraint because the server died while it
    created that."""
    is_orphan = wanted.constraint and not found.constraint and not found.online and found.form == RANGE
    return (found.failed or is_orphan) and not is_elsewhere(found, wanted)


def _remembered(wanted: Entry, live: Catalog) -> Iterator[Statement]:
    """The facts by which the next run rebuilds an index that fails in the background."""
    if not (wanted.constraint or live.empty):
        yield from kept([Move(wanted, wanted, declared=True)])


# --- Removed ----------------------------------------------------------------------------------------------------------


def _removed(operation: RemoveEntry, before: SchemaView, live: Catalog, settings: Settings) -> tuple[Change, Catalog]:
    found = live.named(operation.entry)
    declared = next((each for each in before.entries() if each.name == operation.entry), None)
    forgets = list(forgotten([operation.entry])) if not live.empty and (found is None or found.failed) else []
    wanted = None
    if declared is not None and declared.form == "type" and settings.enterprise:
        of = before.type(declared.kind, declared.types[0])
        types, touched = dict(of.properties) if of else {}, frozenset(declared.properties)
        wanted = Wanted(declared.kind, declared.types[0], declared.types[0], types=types, touched=touched)
    if found is None:
        return Change(creations=forgets, wanted=wanted), live
    expected = on_server(declared) if declared else None
    if expected is not None and is_something_else(found, expected) and not _is_broken(found, expected):
        text = f"the {found.noun} {found.name} on {found.place} is not the declared one and is left as it is"
        return Change(notes=[Statement(Role.NOTE, text)], wanted=wanted), live
    return Change((), [dropping(found, operation)], forgets, wanted=wanted), live.changed([found], ())


# --- Carried ----------------------------------------------------------------------------------------------------------


def _carried(
    operation: RenameType | RenameProperty | RenameKeyPart,
    declared: Sequence[Declared],
    before: SchemaView,
    live: Catalog,
    carried: dict[str, Declared],
) -> tuple[Change, Catalog]:
    checks: list[Statement] = []
    creations: list[Statement] = []
    moves: list[Move] = []
    for each in declared:
        now = moved(each, operation, before)
        was, to = on_server(each), on_server(now)
        if was == to:
            continue
        carried[each.name] = now
        found = live.named(each.name)
        if found is None and each.optional:
            continue
        if found is None and (reason := lacking(to, live.server)):
            which = f"the {to.noun} {to.name!r} on {to.place}"
            raise UnsupportedError(operation, f"{which}: {needing(reason)}")
        _refuse_our_name(operation, to)
        if found is not None and not (_is_broken(found, to) or _is_broken(found, was)):
            if not difference(found, to):
                creations += [] if found.online else [creating(to, live)]
                continue  # a killed run has come this far
            if says := difference(found, was):
                raise UnsupportedError(operation, _changed(found, was, says))
        for other in _clashing(to, live):
            raise UnsupportedError(operation, _in_the_way(other))
        to = with_options_of(found, to) if found else to
        moves.append(Move(found or was, to, declared=True))
        checks += () if live.empty else (*overlong(each), *oversized(now))
        live = live.changed([found] if found else (), [replace(to, online=to.constraint)])
    return Change(checks, creations=creations, following=moves), live


def _changed(found: Entry, was: Entry, says: str) -> str:
    if is_something_else(found, was):
        return (
            f"the name {found.name!r} belongs to {in_words(found)} on {found.place} in the database, so the declared"
            f" {was.noun} on {was.place} cannot have it; give one of them another name"
        )
    return (
        f"the {found.noun} {found.name!r}, which it concerns, {says}: someone has changed it; drop it, and the run"
        " creates it as declared"
    )
