"""From the effect of an operation to its statements, in one order for all operations.

Check; drop our constraints and indexes that are no longer wanted; change the data in batches; create those that are
wanted and missing; count what the user should know about. An empty database has nothing to check, change or count,
which spares the server most of its work on a long history: it takes tens of milliseconds to plan each new statement.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from nsmig.database.base import Pass, Role, Statement
from nsmig.database.cypher import quoted
from nsmig.database.neo4j import foreign
from nsmig.database.neo4j.batches import side_by_side
from nsmig.database.neo4j.catalog import (
    NODE_KEY,
    ORDERED,
    RANGE,
    UNIQUE,
    Catalog,
    Entry,
    Settings,
    create,
    demands_value,
    drop,
    free_name,
    is_orphan,
    is_ours,
    is_type,
    serves,
    type_form,
)
from nsmig.database.neo4j.checks import key_checks, keyless, obstacles, overwritten, spared, standing
from nsmig.database.neo4j.conversions import cypher_type
from nsmig.database.neo4j.effects import Assignment, Effect, Loss, Wanted, held, pattern
from nsmig.database.neo4j.expressions import becoming
from nsmig.database.neo4j.limits import too_large
from nsmig.database.neo4j.losses import takes, unreadable
from nsmig.database.neo4j.operations import effect, is_for_neo4j
from nsmig.kinds import Kind
from nsmig.operations import (
    AddProperty,
    ExtendKey,
    Operation,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from nsmig.values import SchemaView


def statements(
    work: Operation | Pass, before: SchemaView, live: Catalog, settings: Settings
) -> tuple[list[Statement], Catalog]:
    """The statements for an operation or a pass, in order, and the catalog after them."""
    if isinstance(work, RunQuery):
        return _query(work, live)
    operations: Sequence[Operation] = work.operations if isinstance(work, Pass) else [work]
    effects = [effect(each, before, settings) for each in operations if not _is_nothing(each)]
    checks: list[Statement] = []
    drops: list[Statement] = []
    creations: list[Statement] = []
    notes: list[Statement] = []
    moves: list[foreign.Move] = []
    found = live
    for each in effects:
        change, live = _change(each, live, settings)
        checks += change.checks
        drops += change.drops
        creations += change.creations
        notes += change.notes
        moves += change.following
    following = foreign.merged(moves)
    early = [_create(each.to, live) for each in following if foreign.is_first(each)]
    late = [_create(each.to, live) for each in following if not foreign.is_first(each)]
    return [
        *(() if live.empty else _row_checks(effects)),
        *(() if live.empty else _written(operations, found)),
        *(
            ()
            if live.empty or not (settings.keeps and live.unreadable)
            else unreadable(_losses(effects), live.unreadable)
        ),
        *checks,
        *foreign.questions(following, settings),
        *(() if live.empty else foreign.conflicts(following)),
        *foreign.kept(following),
        *drops,
        *(_drop(each.was) for each in following),
        *early,
        *(() if live.empty else _data(effects, operations, before, settings)),
        *creations,
        *late,
        *foreign.proved(following),
        *foreign.announced(following),
        *notes,
    ], live


def _is_nothing(operation: Operation) -> bool:
    return isinstance(operation, (RenameType, RenameProperty, RenameKeyPart)) and operation.old == operation.new


def _query(operation: RunQuery, live: Catalog) -> tuple[list[Statement], Catalog]:
    if not is_for_neo4j(operation):
        return [Statement(Role.NOTE, f"the query is for {operation.database} only, so it was not sent to Neo4j")], live
    return [Statement(Role.QUERY, operation.query, operation.parameters)], replace(live, empty=False)


def difference(before: Catalog, after: Catalog) -> Iterator[Statement]:
    """The statements from one catalog to another: drops, then creations, each by name."""
    old, new = before.entries, after.entries
    yield from (_drop(old[name]) for name in sorted(old) if new.get(name) != old[name])
    yield from (_create(new[name], after) for name in sorted(new) if old.get(name) != new[name])


def _drop(entry: Entry) -> Statement:
    return Statement(Role.SCHEMA, drop(entry))


def _create(entry: Entry, live: Catalog) -> Statement:
    # If there are rows, each releases its locks before the next takes its own, so no one waits for many types.
    return Statement(Role.SCHEMA, create(entry), may_share=live.empty, makes="" if entry.constraint else entry.name)


# --- Rows -------------------------------------------------------------------------------------------------------------


def _row_checks(effects: Sequence[Effect]) -> Iterator[Statement]:
    """The effects' own checks, and one pass over the rows for values that renames would overwrite."""
    renames = [each.renamed for each in effects if each.renamed]
    alone = {overwritten([each]).text for each in renames} if len(renames) > 1 else set()
    if alone:
        yield overwritten(renames)
    for each in effects:
        yield from (check for check in each.checks if check.text not in alone)


def _data(
    effects: Sequence[Effect], operations: Sequence[Operation], before: SchemaView, settings: Settings
) -> Iterator[Statement]:
    """One statement for all assignments, then other changes of rows, and a check of what others wrote meanwhile.

    A row may match one assignment's condition but not another's, which then leaves it unchanged. All are in one SET,
    which costs the server less than several (measured: three quarters).
    """
    if settings.keeps:
        yield from takes(_losses(effects), before, settings)
        effects = [replace(each, assignment=None, data=()) if each.losses else each for each in effects]
    assignments: list[Assignment] = []
    for position, each in enumerate(effects):
        if each.assignment and (made := each.assignment(str(position) if position else "")):
            assignments.append(made)
    if assignments:
        first = operations[0]
        rows = " OR ".join(f"({each.rows})" for each in assignments) if len(assignments) > 1 else assignments[0].rows
        parameters = {name: value for each in assignments for name, value in each.parameters.items()}
        kind, type = first.kind, first.type  # type: ignore[attr-defined]  # assignments are on one type's rows
        sets = ", ".join(each.sets for each in assignments)
        yield side_by_side(f"{pattern(kind, type)} WHERE {rows}", f"SET {sets}", parameters, settings)
    for each in effects:
        yield from each.data
    if renames := [each.renamed for each in effects if each.renamed]:
        yield spared(renames)


def _losses(effects: Sequence[Effect]) -> list[Loss]:
    """All that is to be archived."""
    suffixed = [(str(at) if at else "", each.losses) for at, each in enumerate(effects) if each.losses]
    return [loss for suffix, losses in suffixed for loss in losses(suffix)]


def _written(operations: Sequence[Operation], live: Catalog) -> Iterator[Statement]:
    """Check for values that are too large for an existing index, on any other type that a row may have. The server
    would refuse the batch that writes them, and has been seen to leave its transaction open."""
    for operation in operations:
        if isinstance(operation, RenameType):
            for entry in live.on(operation.kind, operation.new):
                if entry.form in ORDERED:
                    rows = f"{operation.kind.value}s of {operation.old!r}"
                    yield too_large(pattern(operation.kind, operation.old), rows, held(entry.properties), {})
            continue
        written, value, parameters = _value(operation)
        if not written:
            continue
        for entry in live.entries.values():
            is_of_kind = entry.kind is operation.kind  # type: ignore[attr-defined]
            if is_of_kind and written in entry.properties and entry.form in ORDERED:
                values = held(entry.properties) | {written: value}
                yield too_large(_also(operation, entry), f"{entry.kind.value}s", values, parameters)


def _value(operation: Operation) -> tuple[str, str, dict[str, Any]]:
    """The property to which an operation writes texts or lists of any length, and their expression; '' if none."""
    if isinstance(operation, (RenameProperty, RenameKeyPart)):
        return operation.new, f"coalesce(n.{quoted(operation.old)}, n.{quoted(operation.new)})", {}
    if isinstance(operation, (AddProperty, ExtendKey)) and isinstance(operation.default, (str, list, tuple)):
        return operation.property, f"coalesce(n.{quoted(operation.property)}, $default)", {"default": operation.default}
    if isinstance(operation, SetPropertyType) and operation.using is not None:
        return operation.property, becoming(f"n.{quoted(operation.property)}", operation), {}
    return "", "", {}


def _also(operation: Any, entry: Entry) -> str:
    """The rows of an operation's type that an index covers."""
    if operation.type in entry.types or entry.kind is Kind.RELATIONSHIP:
        return pattern(operation.kind, operation.type)
    return f"(n:{quoted(operation.type)}&({'|'.join(map(quoted, entry.types))}))"


# --- Constraints and indexes ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Change:
    """The changes to our constraints and indexes, the checks before them, and users' own that should follow."""

    checks: Sequence[Statement] = ()
    drops: Sequence[Statement] = ()
    creations: Sequence[Statement] = ()
    notes: Sequence[Statement] = ()
    following: Sequence[foreign.Move] = ()


def _change(effect: Effect, live: Catalog, settings: Settings) -> tuple[_Change, Catalog]:
    """The change to the constraints and indexes that an effect wants, and the catalog after it."""
    if effect.wanted is None:
        return _Change(), live
    wanted = _entries(effect.wanted, settings)
    following = foreign.moves(effect, live, settings)
    followed = [replace(each.to, online=each.to.constraint) for each in following]
    before, live = live, live.changed([each.was for each in following], followed)
    dropped = [entry for entry in _on(live, effect.wanted) if _is_to_drop(entry, wanted)]
    remaining = live.changed(dropped, ())
    made: list[Entry] = []
    begun: list[Entry] = []  # by an interrupted run, or by someone else
    for entry in wanted:
        serving = [each for each in remaining.on(entry.kind, entry.types[0]) if serves(each, entry)]
        if not serving:
            made.append(replace(entry, name=free_name(entry, remaining.names | {each.name for each in made})))
        elif not any(each.online or each in followed for each in serving):
            begun.append(serving[0])
    checks: list[Statement] = list(_forbidding(effect.wanted, live))
    counts: list[Statement] = []
    for entry in made:
        checks += obstacles(entry, remaining)
        if entry.constraint and effect.key and not live.empty and not is_type(entry):
            checks += key_checks(entry, effect.key, before, settings)
            if entry.form == UNIQUE and len(effect.key.before) != len(entry.properties):
                counts.append(keyless(entry))
        elif not entry.constraint and not live.empty and effect.wanted.touched and not effect.renamed:
            rows = f"{entry.kind.value}s of {entry.types[0]!r}"
            checks.append(too_large(pattern(entry.kind, entry.types[0]), rows, held(entry.properties), {}))
    return _Change(
        checks,
        list(map(_drop, dropped)),
        [_create(entry, live) for entry in (*made, *begun)],
        [*counts, *_left_behind(effect.wanted, remaining, followed), *_narrower(made, remaining)],
        following,
    ), remaining.changed((), (replace(each, online=each.constraint) for each in made))


def _forbidding(wanted: Wanted, live: Catalog) -> Iterator[Statement]:
    """Users' own constraints that prevent dropping a property."""
    if wanted.old == wanted.new and wanted.gone:
        for entry in live.on(wanted.kind, wanted.old or ""):
            if demands_value(entry) and not is_ours(entry) and wanted.gone & set(entry.properties):
                yield standing(entry, "demands the property")


def _entries(wanted: Wanted, settings: Settings) -> list[Entry]:
    """The constraints and indexes required on the type after the operation, with nodestream's names."""
    if wanted.new is None:
        return []
    kind, type = wanted.kind, wanted.new
    keys = wanted.keys if kind is Kind.NODE else ()  # nodestream has no constraints on relationships
    entries = []
    if keys and wanted.touched is None:
        entries.append(Entry(f"{type}_node_key", kind, (type,), keys, settings.key_form, True))
    for each in wanted.indexes:
        if keys != (each,) and (wanted.touched is None or each in wanted.touched):
            entries.append(Entry(f"{type}_{each}_additional_index", kind, (type,), (each,), RANGE, False))
    for each, to in sorted(wanted.types.items()) if settings.enterprise else ():
        # STRING is also the type of an undeclared property.
        if to != "STRING" and (wanted.touched is None or each in wanted.touched):
            entries.append(Entry(f"{type}_{each}_type", kind, (type,), (each,), type_form(cypher_type(to)), True))
    return entries


def _on(live: Catalog, wanted: Wanted) -> Iterator[Entry]:
    """The entries concerned by the operation, on the old and the new type."""
    for type in sorted({each for each in (wanted.old, wanted.new) if each is not None}):
        for entry in live.on(wanted.kind, type):
            is_narrow = is_type(entry) or not entry.constraint
            if wanted.touched is None or (is_narrow and wanted.touched.issuperset(entry.properties)):
                yield entry


def _is_to_drop(entry: Entry, wanted: Sequence[Entry]) -> bool:
    is_wanted = any(entry.constraint == each.constraint and serves(entry, each) for each in wanted)
    return is_orphan(entry) or (is_ours(entry) and not is_wanted)


def _left_behind(wanted: Wanted, remaining: Catalog, followed: Sequence[Entry]) -> Iterator[Statement]:
    """Notes on users' own constraints and indexes that the operation leaves: on a removed type or property, or an index
    that is no longer declared."""
    for entry in remaining.on(wanted.kind, wanted.old or ""):
        is_undeclared = (
            wanted.undeclared is not None and entry.form == RANGE and entry.properties == (wanted.undeclared,)
        )
        is_gone = wanted.new != wanted.old or wanted.gone & set(entry.properties)
        if entry not in followed and (is_gone or is_undeclared):
            place = f"{wanted.old} ({', '.join(entry.properties)})"
            yield Statement(
                Role.NOTE,
                f"the {entry.noun} {entry.name} on {place} was not created by nsmig or nodestream and is left as it is",
            )


def _narrower(made: Sequence[Entry], remaining: Catalog) -> Iterator[Statement]:
    """Notes on users' own constraints that allow fewer rows than the new key."""
    for key in made:
        for entry in remaining.on(key.kind, key.types[0]):
            if entry.form in (UNIQUE, NODE_KEY) and set(entry.properties) < set(key.properties):
                yield Statement(
                    Role.NOTE,
                    f"the {entry.noun} {entry.name} on {entry.place} was not created by nsmig or nodestream and"
                    f" stays; it refuses nodes that differ only in the rest of the key ({', '.join(key.properties)})",
                )
