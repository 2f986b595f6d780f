"""Operations as Cypher for Neo4j: a pure function of the operation, the schema before it and the catalog.

The plan of each operation is the same: checks; drop the constraints and indexes that are ours and no longer wanted;
change the data in batches; create what is wanted and missing. What is wanted comes from the schema alone, never from
what was just dropped, so that an operation that stopped anywhere is finished by repeating it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from nsmig.database.base import Changes, Role, Schema, Statement
from nsmig.database.cypher import quoted, unnameable, unsendable, unstorable
from nsmig.database.neo4j_catalog import (
    NODE_KEY,
    RANGE,
    UNIQUE,
    Catalog,
    Dialect,
    Entry,
    create,
    free_name,
    is_orphan,
    is_ours,
    is_type,
    serves,
    type_form,
)
from nsmig.database.neo4j_checks import (
    conflicts,
    key_checks,
    key_default,
    obstacles,
    overwritten,
    pattern,
    same,
    spared,
)
from nsmig.database.neo4j_conversions import can_be, converted, cypher_type, is_of
from nsmig.errors import UnsupportedError
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
    Kind,
    Operation,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)

CONCURRENT_BATCHES = (
    4  # half the time of one after the other on two cores; more would crowd out the server's other work
)

MIGRATION, LOCK, JOURNAL = "__NodestreamMigration__", "__NodestreamMigrationLock__", "__NsmigJournal__"


@dataclass(frozen=True, slots=True)
class Rebuild:
    """What an operation means for constraints and indexes.

    ``old`` and ``new`` are the type's name before and after (None: no such type); ``keys`` and ``indexes`` are declared
    after it, ``types`` are the properties' declared types. ``touched`` limits it to indexes and type constraints on
    these properties; None is everything on the type.
    """

    kind: Kind
    old: str | None
    new: str | None
    keys: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    touched: frozenset[str] | None = None
    types: Mapping[str, str] = field(default_factory=dict)


def refuse(operation: Operation, before: Schema) -> None:
    """Raise :class:`UnsupportedError` for what no data makes possible: see ``Database.refuse``."""
    if isinstance(operation, RunQuery):
        if is_ours_to_run(operation) and (reason := unsendable(operation.parameters)):
            raise UnsupportedError(operation, f"Neo4j refuses the parameters: {reason}")
        return
    for name in _names(operation):
        if reason := unnameable(name):
            raise UnsupportedError(operation, f"Neo4j refuses it: {reason}")
    type_names = {getattr(operation, each, None) for each in ("type", "old", "new")}
    if getattr(operation, "kind", None) is Kind.NODE and (taken := type_names & {MIGRATION, LOCK, JOURNAL}):
        raise UnsupportedError(operation, f"{taken.pop()} is where nsmig and nodestream remember their migrations")
    if isinstance(operation, (AddProperty, ExtendKey)) and (reason := unstorable(operation.default)):
        raise UnsupportedError(operation, f"Neo4j refuses the default: {reason}")


def is_ours_to_run(query: RunQuery) -> bool:
    return query.database in (None, "neo4j")


def statements(
    operation: Operation | Changes, before: Schema, live: Catalog, dialect: Dialect
) -> tuple[list[Statement], Catalog]:
    """The statements for an operation, in order, and the catalog after them: see ``Database.statements``.

    In an empty database there is nothing to check and no data to change. That spares the server most of its work on a
    long history: it plans every new statement, at tens of milliseconds each.
    """
    if isinstance(operation, Changes):
        return _for_changes(operation, before, live, dialect)
    return _for_one(operation, before, live, dialect)


def _for_changes(changes: Changes, before: Schema, live: Catalog, dialect: Dialect) -> tuple[list[Statement], Catalog]:
    """As for each change alone, but with one statement for the data of all, and one look at what renames overwrite."""
    renames = [each for each in changes.changes if isinstance(each, RenameProperty)]
    looks = {overwritten([each]).text for each in renames}
    all_made: list[Statement] = []
    for change in changes.changes:
        made, live = _for_one(change, before, live, dialect)
        all_made += made
    first = next((i for i, each in enumerate(all_made) if each.role is Role.DATA), len(all_made))
    rest = [each for each in all_made[first:] if each.role is not Role.DATA]
    data = [] if live.empty else list(_changed_properties(changes.changes, before, dialect))
    return [
        *([overwritten(renames)] if renames and not live.empty else []),
        *(each for each in all_made if each.role is Role.CHECK and each.text not in looks),
        *(each for each in all_made[:first] if each.role is Role.SCHEMA),
        *data,
        *(each for each in rest if each.role is Role.SCHEMA),
        *(each for each in all_made if each.role is Role.NOTE),
    ], live


def _for_one(operation: Operation, before: Schema, live: Catalog, dialect: Dialect) -> tuple[list[Statement], Catalog]:
    refuse(operation, before)
    if isinstance(operation, (RenameType, RenameProperty, RenameKeyPart)) and operation.old == operation.new:
        return [], live
    if isinstance(operation, RunQuery):
        return _query(operation, live)
    rebuild = _rebuild(operation, before)
    refused, data = (
        ([], []) if live.empty else (list(conflicts(operation, before)), list(_data(operation, before, dialect)))
    )
    if rebuild is None:
        return [*refused, *data], live
    wanted = _wanted(rebuild, dialect)
    dropped = [
        entry
        for entry in _on(live, rebuild)
        if is_orphan(entry)
        or (is_ours(entry) and not any(entry.constraint == each.constraint and serves(entry, each) for each in wanted))
    ]
    remaining = live.changed(dropped, ())
    made: list[Entry] = []
    for entry in wanted:
        if not any(serves(each, entry) for each in remaining.on(entry.kind, entry.types[0])):
            made.append(replace(entry, name=free_name(entry, remaining.names | {each.name for each in made})))
    checks = [*refused]
    for entry in made:
        if entry.constraint:
            checks += obstacles(entry, remaining)
            checks += () if live.empty or is_type(entry) else key_checks(operation, entry, before, live, dialect)
    return [
        *checks,
        *(Statement(Role.SCHEMA, f"DROP {entry.noun.upper()} {quoted(entry.name)} IF EXISTS") for entry in dropped),
        *data,
        # Elsewhere each lets go of its locks before the next one takes its own: nobody waits for a list of types.
        *(Statement(Role.SCHEMA, create(entry), may_share=live.empty) for entry in made),
        *_left_behind(operation, rebuild, remaining),
        *_narrower(made, remaining),
    ], remaining.changed((), made)


def _query(operation: RunQuery, live: Catalog) -> tuple[list[Statement], Catalog]:
    if not is_ours_to_run(operation):
        return [Statement(Role.NOTE, f"the query is for {operation.database} only; not sent to Neo4j")], live
    return [Statement(Role.QUERY, operation.query, operation.parameters)], replace(live, empty=False)


# --- constraints and indexes


def _rebuild(operation: Operation, before: Schema) -> Rebuild | None:
    if isinstance(operation, (AddAdjacency, DropAdjacency)):
        return None
    kind: Kind = getattr(operation, "kind")  # noqa: B009  every operation that gets here has one
    type_before = getattr(operation, "type", None) or getattr(operation, "old")  # noqa: B009
    declared = before.type(kind, type_before)
    keys, indexes = (declared.keys, declared.indexes) if declared else ((), ())
    rebuild = _rebuild_of_names(operation, kind, keys, indexes)
    if rebuild is None or isinstance(operation, (CreateType, DropType)):
        return rebuild
    types = dict(declared.properties) if declared else {}
    match operation:
        case DropProperty(property=dropped):
            types.pop(dropped, None)
        case RenameProperty(old=old, new=new) | RenameKeyPart(old=old, new=new) if old in types:
            types[new] = types.pop(old)
        case SetPropertyType(property=typed, to=to):
            types[typed] = to
    return replace(rebuild, types=types)


def _rebuild_of_names(
    operation: Operation, kind: Kind, keys: tuple[str, ...], indexes: tuple[str, ...]
) -> Rebuild | None:
    match operation:
        case CreateType():
            return Rebuild(kind, operation.type, operation.type, operation.keys)
        case DropType():
            return Rebuild(kind, operation.type, None)
        case RenameType():
            return Rebuild(kind, operation.old, operation.new, keys, indexes)
        case ExtendKey(type=type, property=added) if kind is Kind.NODE:
            return Rebuild(kind, type, type, _with(keys, added), indexes)
        case ReduceKey(type=type, property=removed) if kind is Kind.NODE:
            return Rebuild(kind, type, type, _without(keys, removed), indexes)
        case SetPropertyType(type=type, property=typed):
            return Rebuild(kind, type, type, keys, indexes, frozenset({typed}))
        case AddIndex(type=type, property=indexed):
            return Rebuild(kind, type, type, keys, _with(indexes, indexed), frozenset({indexed}))
        case DropIndex(type=type, property=indexed):
            return Rebuild(kind, type, type, keys, _without(indexes, indexed), frozenset({indexed}))
        case DropProperty(type=type, property=dropped):
            touched = None if dropped in keys else frozenset({dropped})
            return Rebuild(kind, type, type, _without(keys, dropped), _without(indexes, dropped), touched)
        case RenameProperty(type=type, old=old, new=new) | RenameKeyPart(type=type, old=old, new=new):
            touched = None if {old, new} & set(keys) else frozenset({old, new})
            return Rebuild(kind, type, type, _renamed(keys, old, new), _renamed(indexes, old, new), touched)
    return None


def _wanted(rebuild: Rebuild, dialect: Dialect) -> list[Entry]:
    """What must exist on the type after the operation, with the names that nodestream gives."""
    if rebuild.new is None:
        return []
    kind, type = rebuild.kind, rebuild.new
    keys = rebuild.keys if kind is Kind.NODE else ()  # nodestream knows no constraint on relationships
    wanted = []
    if keys and rebuild.touched is None:
        wanted.append(Entry(f"{type}_node_key", kind, (type,), keys, dialect.key_form, True))
    for each in rebuild.indexes:
        if keys != (each,) and (rebuild.touched is None or each in rebuild.touched):
            wanted.append(Entry(f"{type}_{each}_additional_index", kind, (type,), (each,), RANGE, False))
    for each, to in sorted(rebuild.types.items()) if dialect.enterprise else ():
        # STRING is also what the schema says of a property of which it knows nothing.
        if to != "STRING" and (rebuild.touched is None or each in rebuild.touched):
            wanted.append(Entry(f"{type}_{each}_type", kind, (type,), (each,), type_form(cypher_type(to)), True))
    return wanted


def _on(live: Catalog, rebuild: Rebuild) -> list[Entry]:
    """The entries that the operation is about, on the old and the new type."""
    return [
        entry
        for type in sorted({rebuild.old, rebuild.new} - {None}, key=str)
        for entry in live.on(rebuild.kind, str(type))
        if rebuild.touched is None
        or ((is_type(entry) or not entry.constraint) and rebuild.touched.issuperset(entry.properties))
    ]


def _left_behind(operation: Operation, rebuild: Rebuild, remaining: Catalog) -> Iterator[Statement]:
    """Notes on what users made themselves and the operation leaves on a type or property that is gone."""
    gone = {getattr(operation, "old", None), getattr(operation, "property", None)}
    for entry in remaining.on(rebuild.kind, rebuild.old or ""):
        if rebuild.new != rebuild.old or (isinstance(operation, _PROPERTY_GOES) and gone & set(entry.properties)):
            place = f"{rebuild.old} ({', '.join(entry.properties)})"
            yield Statement(
                Role.NOTE,
                f"the {entry.noun} {entry.name} on {place} was not made by nsmig or nodestream and stays as it is",
            )


def _narrower(made: Sequence[Entry], remaining: Catalog) -> Iterator[Statement]:
    """Notes on what users made themselves and allows fewer rows than the key that is made."""
    for key in made:
        for entry in remaining.on(key.kind, key.types[0]):
            if entry.form in (UNIQUE, NODE_KEY) and set(entry.properties) < set(key.properties):
                place = f"{key.types[0]} ({', '.join(entry.properties)})"
                yield Statement(
                    Role.NOTE,
                    f"the {entry.noun} {entry.name} on {place} was not made by nsmig or nodestream and stays:"
                    f" it refuses nodes that differ only in the rest of the key ({', '.join(key.properties)})",
                )


_PROPERTY_GOES = (DropProperty, RenameProperty, RenameKeyPart)


# --- data


def _data(operation: Operation, before: Schema, dialect: Dialect) -> Iterator[Statement]:
    match operation:
        case AddProperty() | DropProperty() | RenameProperty() | ExtendKey() | RenameKeyPart():
            yield from _changed_properties([operation], before, dialect)
        case SetPropertyType(kind, type, typed, to):
            value = f"n.{quoted(typed)}"
            rows = f"{pattern(kind, type)} WHERE NOT {is_of(value, to)} AND {can_be(value, to)}"
            yield _side_by_side(rows, f"SET {value} = {converted(value, to)}", {}, dialect)
        case RenameType(Kind.NODE, old, new):
            yield _batched(pattern(Kind.NODE, old), f"SET n:{quoted(new)} REMOVE n:{quoted(old)}", {}, dialect)
        case RenameType(Kind.RELATIONSHIP, old, new):
            # A relationship's type cannot be set. Copy and deletion are one transaction: none is there twice.
            rows = f"(a)-[n:{quoted(old)}]->(b)"
            copy = f"CREATE (a)-[copy:{quoted(new)}]->(b) SET copy = properties(n) DELETE n"
            yield _batched(rows, copy, {}, dialect, "n, a, b")
        case DropType(Kind.RELATIONSHIP, type):
            yield _batched(pattern(Kind.RELATIONSHIP, type), "DELETE n", {}, dialect)
        case DropType(Kind.NODE, type):
            yield from _drop_node_type(type, before, dialect)


PropertyChange = AddProperty | DropProperty | RenameProperty | ExtendKey | RenameKeyPart


def _changed_properties(changes: Sequence[PropertyChange], before: Schema, dialect: Dialect) -> Iterator[Statement]:
    """The data of changes, and what is looked at after them."""
    yield from _property_changes(changes, before, dialect)
    if renames := [each for each in changes if isinstance(each, (RenameProperty, RenameKeyPart))]:
        yield spared(renames)


def _property_changes(changes: Sequence[PropertyChange], before: Schema, dialect: Dialect) -> Iterator[Statement]:
    """One statement for changes of one type's properties, none of which touches what another does; none for no change.

    A row may be matched by one change's condition and not by another's, whose action then leaves it as it is. All are
    in one SET, which costs the server less than several (measured: three quarters).
    """
    parts = []
    parameters: dict[str, Any] = {}
    for position, change in enumerate(changes):
        kind, type, suffix = change.kind, change.type, str(position) if position else ""
        match change:
            case AddProperty() | ExtendKey():
                default = key_default(change) if isinstance(change, ExtendKey) else change.default
                if default is None:
                    continue
                target, name = f"n.{quoted(change.property)}", f"default{suffix}"
                parameters[name] = default
                parts.append((f"{target} IS NULL", f"{target} = coalesce({target}, ${name})"))
            case DropProperty(property=dropped):
                target, others = f"n.{quoted(dropped)}", _others(kind, type, dropped, before)
                sparing, removed = _sparing(target, others, f"others{suffix}", parameters)
                parts.append((f"{target} IS NOT NULL{sparing}", removed))
            case RenameProperty(old=old) | RenameKeyPart(old=old):
                source, target, others = f"n.{quoted(old)}", f"n.{quoted(change.new)}", _others(kind, type, old, before)
                stays = ""
                if others:
                    parameters[f"others{suffix}"] = others
                    stays = f"WHEN {_carries(f'others{suffix}')} THEN {source} "
                moved = f"{target} = coalesce({target}, {source})"
                # Another value there was written by somebody since the check. This is right in whatever order the
                # server takes the parts of a SET.
                gone = f"WHEN {target} IS NULL OR {same(target, source)} THEN null"
                parts.append((f"{source} IS NOT NULL", f"{moved}, {source} = CASE {stays}{gone} ELSE {source} END"))
    if parts:
        condition = " OR ".join(f"({each})" for each, _ in parts) if len(parts) > 1 else parts[0][0]
        rows = f"{pattern(changes[0].kind, changes[0].type)} WHERE {condition}"
        yield _side_by_side(rows, f"SET {', '.join(action for _, action in parts)}", parameters, dialect)


def _sparing(target: str, others: list[str], name: str, parameters: dict[str, Any]) -> tuple[str, str]:
    """A condition's end and an action that remove a property from all rows but those of the other types."""
    if not others:
        return "", f"{target} = null"
    parameters[name] = others
    return f" AND NOT {_carries(name)}", f"{target} = CASE WHEN {_carries(name)} THEN {target} END"


def _drop_node_type(type: str, before: Schema, dialect: Dialect) -> Iterator[Statement]:
    """Nodes of another managed type lose the label and what only this type declares; the others go."""
    managed = [each for each in before.types(Kind.NODE) if each != type]
    if managed:
        declared = before.type(Kind.NODE, type)
        parameters: dict[str, Any] = {"managed": managed}
        actions = []
        for position, each in enumerate(sorted(declared.properties if declared else ())):
            target, others = f"n.{quoted(each)}", [name for name in before.declaring(each) if name != type]
            if others:
                parameters[f"others{position}"] = others
                actions.append(f"SET {target} = CASE WHEN {_carries(f'others{position}')} THEN {target} END")
            else:
                actions.append(f"REMOVE {target}")
        actions.append(f"REMOVE n:{quoted(type)}")
        yield _batched(
            f"{pattern(Kind.NODE, type)} WHERE {_carries('managed')}", " ".join(actions), parameters, dialect
        )
    rest = f" WHERE NOT {_carries('managed')}" if managed else ""
    yield _batched(
        f"{pattern(Kind.NODE, type)}{rest}", "DETACH DELETE n", {"managed": managed} if managed else {}, dialect
    )


def _side_by_side(rows: str, action: str, parameters: Mapping[str, Any], dialect: Dialect) -> Statement:
    """Rows changed in batches that run at the same time and together hold as many rows as one batch elsewhere.

    For properties alone: each row is locked by its own batch, while batches that make or delete relationships lock the
    nodes at their ends and would wait for each other.
    """
    fewer = replace(dialect, batch=max(1, dialect.batch // CONCURRENT_BATCHES))
    return _batched(rows, action, parameters, fewer, batches=f"{CONCURRENT_BATCHES} CONCURRENT TRANSACTIONS")


def _batched(
    rows: str,
    action: str,
    parameters: Mapping[str, Any],
    dialect: Dialect,
    scope: str = "n",
    batches: str = "TRANSACTIONS",
) -> Statement:
    text = f"MATCH {rows} CALL ({scope}) {{ {action} }} IN {batches} OF {dialect.batch} ROWS RETURN count(*) AS count"
    return Statement(Role.DATA, text, parameters)


def _carries(parameter: str) -> str:
    """Whether node ``n`` has one of the labels in a parameter."""
    return f"any(label IN labels(n) WHERE label IN ${parameter})"


def _others(kind: Kind, type: str, property: str, before: Schema) -> list[str]:
    """The other node types that declare a property; a relationship has one type only."""
    return [each for each in before.declaring(property) if each != type] if kind is Kind.NODE else []


# --- names


_NAMES = ("type", "property", "old", "new", "from_type", "relationship", "to_type")


def _names(operation: Operation) -> list[str]:
    single = [getattr(operation, each) for each in _NAMES if hasattr(operation, each)]
    return [*single, *getattr(operation, "keys", ()), *getattr(operation, "properties", ())]


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(sorted({*names, name}))


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(each for each in names if each != name)


def _renamed(names: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    """The old name's place goes to the new one, which loses its own."""
    kept = {each for each in names if each not in (old, new)}
    return tuple(sorted(kept | ({new} if old in names else set())))
