"""From the effect of an operation to its statements, in one order for all operations.

Check; drop our constraints and indexes that are no longer wanted; change the data in batches; create those that are
wanted and missing; count what the user should know about. An empty database has nothing to check, change or count,
which spares the server most of its work on a long history: it takes tens of milliseconds to plan each new statement.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from nsmig.database.base import Pass, Role, Statement
from nsmig.database.cypher import quoted
from nsmig.database.neo4j import foreign, rebuilding
from nsmig.database.neo4j.batches import side_by_side
from nsmig.database.neo4j.catalog import (
    NODE_KEY,
    ORDERED,
    RANGE,
    UNIQUE,
    Catalog,
    Entry,
    Settings,
    demands_value,
    drop,
    free_name,
    is_orphan,
    is_ours,
    is_type,
    limited,
    serves,
    type_form,
)
from nsmig.database.neo4j.checks import key_checks, keyless, obstacles, overwritten, spared, standing
from nsmig.database.neo4j.conversions import cypher_type
from nsmig.database.neo4j.effects import Assignment, Effect, Loss, Wanted, held, pattern
from nsmig.database.neo4j.fitting import broken, overlong_for
from nsmig.database.neo4j.following import Change, creating, dropping, follow, names_on
from nsmig.database.neo4j.limits import too_large, too_long
from nsmig.database.neo4j.losses import takes, unreadable
from nsmig.database.neo4j.operations import effect, is_for_neo4j
from nsmig.database.neo4j.writing import may_be_large, written
from nsmig.kinds import Kind
from nsmig.operations import (
    CreateType,
    Operation,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
)
from nsmig.values import Entry as Declared
from nsmig.values import SchemaView


def statements(
    work: Operation | Pass, before: SchemaView, live: Catalog, settings: Settings
) -> tuple[list[Statement], Catalog]:
    """The statements for an operation or a pass, in order, and the catalog after them."""
    if isinstance(work, RunQuery):
        return _query(work, live)
    operations: Sequence[Operation] = work.operations if isinstance(work, Pass) else [work]
    effects = [effect(each, before, settings) for each in operations if not _is_nothing(each)]
    changes, after = _changes(effects, [each for each in operations if not _is_nothing(each)], before, live, settings)
    following = rebuilding.merged(move for each in changes for move in each.following)
    early = [creating(each.to, after) for each in following if rebuilding.is_first(each)]
    late = [creating(each.to, after) for each in following if not rebuilding.is_first(each)]
    is_rowless = live.empty
    return [
        *(() if is_rowless else _row_checks(effects)),
        *(() if is_rowless else broken(operations, before, live)),
        *(() if is_rowless else _written(operations, live)),
        *(
            ()
            if is_rowless or not (settings.keeps and live.unreadable)
            else unreadable(_losses(effects), live.unreadable)
        ),
        *(each for change in changes for each in change.checks),
        *foreign.questions(following, settings),
        *(() if is_rowless else rebuilding.conflicts(following, live)),
        *rebuilding.kept(following),
        *(each for change in changes for each in change.drops),
        *(dropping(each.was, operations[0]) for each in following),
        *early,
        *(() if is_rowless else _data(effects, operations, before, settings)),
        *(each for change in changes for each in change.creations),
        *late,
        *rebuilding.proved(following),
        *foreign.announced(following),
        *(each for change in changes for each in change.notes),
    ], after


def _changes(
    effects: Sequence[Effect], operations: Sequence[Operation], before: SchemaView, live: Catalog, settings: Settings
) -> tuple[list[Change], Catalog]:
    """The changes to constraints and indexes by each operation, and the catalog after all of them."""
    changes: list[Change] = []
    carried: dict[str, Declared] = {}
    for each, operation in zip(effects, operations, strict=True):
        declared, live = follow(operation, before, live, settings, carried)
        wanted = replace(each, wanted=declared.wanted) if declared.wanted else each
        own, live = _change(wanted, operation, names_on(operation, before), live, settings)
        changes += declared, own
    return changes, live


def _is_nothing(operation: Operation) -> bool:
    return isinstance(operation, (RenameType, RenameProperty, RenameKeyPart)) and operation.old == operation.new


def _query(operation: RunQuery, live: Catalog) -> tuple[list[Statement], Catalog]:
    if not is_for_neo4j(operation):
        return [Statement(Role.NOTE, f"the query is for {operation.database} only, so it was not sent to Neo4j")], live
    return [Statement(Role.QUERY, operation.query, operation.parameters)], replace(live, empty=False)


def difference(before: Catalog, after: Catalog) -> Iterator[Statement]:
    """The statements from one catalog to another: drops, then creations, each by name."""
    old, new = before.entries, after.entries
    kept = {name for name, each in new.items() if old.get(name) == each and old[name].config == each.config}
    yield from (Statement(Role.SCHEMA, drop(old[name])) for name in sorted(old.keys() - kept))
    yield from (creating(new[name], after) for name in sorted(new.keys() - kept))


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
    """Check for values that are too large for an existing index, on any type that a row may have. The server would
    refuse the batch that writes them, and has been seen to leave its transaction open or to stop."""
    for operation in operations:
        if isinstance(operation, RenameType):
            for entry in live.on(operation.kind, operation.new):
                rows = pattern(operation.kind, operation.old)
                if entry.form in ORDERED:
                    of = f"{operation.kind.value}s of {operation.old!r}"
                    yield too_large(rows, of, held(entry.properties), {})
                if names := limited(entry):
                    yield too_long(rows, overlong_for(entry), list(held(names).values()))
            continue
        name, value, parameters = written(operation)
        if not name or not may_be_large(operation):
            continue
        for entry in live.entries.values():
            if entry.kind is not operation.kind:  # type: ignore[attr-defined]
                continue
            if entry.kind is Kind.RELATIONSHIP and operation.type not in entry.types:  # type: ignore[attr-defined]
                continue  # a relationship has one type
            if name in entry.properties and entry.form in ORDERED:
                values = held(entry.properties) | {name: value}
                yield too_large(_also(operation, entry), f"{entry.kind.value}s", values, parameters)
            if name in limited(entry):
                yield too_long(_also(operation, entry), overlong_for(entry), [value], parameters)


def _also(operation: Any, entry: Entry) -> str:
    """The rows of an operation's type that an index covers."""
    if operation.type in entry.types or entry.kind is Kind.RELATIONSHIP:
        return pattern(operation.kind, operation.type)
    return f"(n:{quoted(operation.type)}&({'|'.join(map(quoted, entry.types))}))"


# --- Constraints and indexes ------------------------------------------------------------------------------------------


def _change(
    effect: Effect, operation: Operation, declared: Collection[str], live: Catalog, settings: Settings
) -> tuple[Change, Catalog]:
    """The change to nsmig's own constraints and indexes and to users', and the catalog after it.

    :param declared: the names of those that the schema declares, which are neither.
    """
    if effect.wanted is None:
        return Change(), live
    wanted = _entries(effect.wanted, settings)
    following = foreign.moves(effect, live, settings, declared)
    followed = [replace(each.to, online=each.to.constraint) for each in following]
    there, live = live, live.changed([each.was for each in following], followed)
    dropped = [entry for entry in _on(live, effect.wanted) if _is_to_drop(entry, wanted)]
    remaining = live.changed(dropped, ())
    made: list[Entry] = []
    begun: list[Entry] = []  # by an interrupted run, or by someone else
    for entry in wanted:
        others = (
            each for each in remaining.on(entry.kind, entry.types[0]) if is_type(each) or each.name not in declared
        )
        serving = [each for each in others if serves(each, entry)]
        if not serving:
            made.append(replace(entry, name=free_name(entry, remaining.names | {each.name for each in made})))
        elif not any(each.online or each in followed for each in serving):
            begun.append(serving[0])
    checks: list[Statement] = list(_forbidding(effect.wanted, live))
    counts: list[Statement] = []
    for entry in made:
        checks += obstacles(entry, remaining)
        if entry.constraint and effect.key and not live.empty and not is_type(entry):
            is_early = isinstance(operation, CreateType)  # which reads values only
            checks += (replace(each, is_early=is_early) for each in key_checks(entry, effect.key, there, settings))
            if entry.form == UNIQUE and len(effect.key.before) != len(entry.properties):
                counts.append(keyless(entry))
        elif not entry.constraint and not live.empty and effect.wanted.touched and not effect.renamed:
            rows = f"{entry.kind.value}s of {entry.types[0]!r}"
            checks.append(too_large(pattern(entry.kind, entry.types[0]), rows, held(entry.properties), {}))
    spared = {*declared, *(each.name for each in followed)}
    return Change(
        checks,
        [dropping(entry, operation) for entry in dropped],
        [creating(entry, live) for entry in (*made, *begun)],
        [*counts, *_left_behind(effect.wanted, remaining, spared), *_narrower(made, remaining, declared)],
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


def _left_behind(wanted: Wanted, remaining: Catalog, spared: Collection[str]) -> Iterator[Statement]:
    """Notes on users' own constraints and indexes that the operation leaves: on a removed type or property, or an index
    that is no longer declared."""
    for entry in remaining.on(wanted.kind, wanted.old or ""):
        is_undeclared = (
            wanted.undeclared is not None and entry.form == RANGE and entry.properties == (wanted.undeclared,)
        )
        is_gone = wanted.new != wanted.old or wanted.gone & set(entry.properties)
        if entry.name not in spared and (is_gone or is_undeclared):
            place = f"{wanted.old} ({', '.join(entry.properties)})"
            yield Statement(
                Role.NOTE,
                f"the {entry.noun} {entry.name} on {place} was not created by nsmig or nodestream and is left as it is",
            )


def _narrower(made: Sequence[Entry], remaining: Catalog, declared: Collection[str]) -> Iterator[Statement]:
    """Notes on users' own constraints that allow fewer rows than the new key."""
    for key in made:
        for entry in remaining.on(key.kind, key.types[0]):
            is_theirs = entry.name not in declared
            if is_theirs and entry.form in (UNIQUE, NODE_KEY) and set(entry.properties) < set(key.properties):
                yield Statement(
                    Role.NOTE,
                    f"the {entry.noun} {entry.name} on {entry.place} was not created by nsmig or nodestream and"
                    f" stays; it refuses nodes that differ only in the rest of the key ({', '.join(key.properties)})",
                )
