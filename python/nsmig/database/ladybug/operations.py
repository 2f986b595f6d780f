"""What an operation is in LadybugDB: statements as a pure function of the operation, the schema before it and tables.

LadybugDB has tables with typed columns instead of labels. Operations that touch a key build the table anew
(``rebuild``), those that change a column's type make another column (``conversions``).

The statements of one operation are sent in one transaction with its mark, so the operation as a whole can be repeated
without harm.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from nsmig.database.base import Role, Statement
from nsmig.database.ladybug.conversions import can_be, converted
from nsmig.database.ladybug.rebuild import columns_of, rebuild
from nsmig.database.ladybug.refusals import is_elsewhere, refuse_key_type
from nsmig.database.ladybug.tables import (
    Table,
    Tables,
    check,
    commented,
    data_statement,
    finished,
    node_table,
    renamed,
    schema_statement,
)
from nsmig.database.ladybug.values import (
    ANCHOR,
    CHECKPOINT,
    CONVERTED,
    ENGINE_TYPES,
    KEY_COLUMN,
    SWAP,
    bound,
    engine_type_of,
    lower,
    quote,
)
from nsmig.errors import DatabaseError, UnsupportedError
from nsmig.kinds import NULL_KEY
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
from nsmig.values import SchemaView

NO_INDEXES = "LadybugDB has no secondary indexes; remembered in the schema only"


def statements(operation: Operation, before: SchemaView, live: Tables) -> tuple[list[Statement], Tables]:
    """The statements for an operation, in order, and the tables after them. Pure.

    :raises UnsupportedError: the tables are in the way, such as a column of another type than the operation's default.
    :raises DatabaseError: the database lacks a table that the schema declares.
    """
    if is_elsewhere(operation):
        assert isinstance(operation, RunQuery)
        return [Statement(Role.NOTE, f"the query is for {operation.database} only; not sent to LadybugDB")], live
    match operation:
        case RunQuery(query, parameters):
            return [Statement(Role.QUERY, query, bound(parameters))], live
        case AddAdjacency() | DropAdjacency():
            return _adjacency(operation, before, live)
        case CreateType():
            return _create(operation, live)
        case DropType():
            return _drop(_declared(operation, operation.kind, operation.type, before, live), live)
        case RenameType():
            return _rename(operation, before, live)
        case DropIndex():
            return _drop_index(operation, before, live)
        case (
            AddProperty()
            | AddIndex()
            | ExtendKey()
            | DropProperty()
            | RenameProperty()
            | RenameKeyPart()
            | ReduceKey()
            | SetPropertyType()
        ):
            if before.type(operation.kind, operation.type) is None and live.find(operation.type) is None:
                return _lenient(operation, before, live)
            table = _declared(operation, operation.kind, operation.type, before, live)
            return _on_table(operation, table, before, live)
    raise AssertionError(f"not an operation: {operation!r}")


def _declared(operation: Operation, kind: Kind, name: str, before: SchemaView, live: Tables) -> Table:
    table = live.find(name)
    if table is None or table.name != name or table.kind is not kind:
        raise DatabaseError(
            f"{operation!r}: the database has no {kind.value} table {name!r}, though the migrations recorded as"
            " applied make one;"
            " restore it, or record as applied only what is there"
        )
    return table


def _free(operation: Operation, name: str, live: Tables) -> None:
    if (taken := live.find(name)) is not None:
        raise UnsupportedError(
            operation,
            f"the database has a {taken.kind.value} table {taken.name!r} already, which no migration made;"
            " rename or drop it first",
        )


def _lenient(operation: Operation, before: SchemaView, live: Tables) -> tuple[list[Statement], Tables]:
    """Like the fold, make the type that an operation names and nothing declares, with the property it speaks of."""
    match operation:
        case AddProperty(kind=kind, type=name, property=column) | ExtendKey(kind=kind, type=name, property=column):
            engine_type, untyped = _type_of(operation, before)
        case AddIndex(kind=kind, type=name, property=column):
            engine_type, untyped = "STRING", True
        case _:
            raise UnsupportedError(operation, "no type of that name is declared")
    table = Table(
        name,
        kind,
        ((column, engine_type),),
        keys=(column,) if isinstance(operation, ExtendKey) else (),
        indexes=(column,) if isinstance(operation, AddIndex) else (),
        untyped=(column,) if untyped else (),
    )
    made, live = _make(table, live)
    return made + [Statement(Role.NOTE, NO_INDEXES)] * isinstance(operation, AddIndex), live


def _create(operation: CreateType, live: Tables) -> tuple[list[Statement], Tables]:
    names = (*operation.keys, *(each for each in operation.properties if each not in operation.keys))
    table = live.find(operation.type)
    if table is None:
        columns = tuple((name, "STRING") for name in names)
        made, live = _make(
            Table(operation.type, operation.kind, columns, keys=operation.keys, untyped=tuple(sorted(names))), live
        )
        if operation.kind is Kind.NODE and len(operation.keys) > 1:
            made.append(_composite_note(operation.type))
        return made, live
    if table.kind is not operation.kind or table.name != operation.type:
        _free(operation, operation.type, live)
    if table.kind is Kind.NODE and set(table.keys) != set(operation.keys):
        raise UnsupportedError(
            operation, f"the database has a table of that name with the key {table.keys}; drop or rename it first"
        )
    sent: list[Statement] = []
    changed = replace(table, keys=table.keys if table.kind is Kind.NODE else operation.keys, indexes=())
    for name in names:
        added, changed = _with_column(operation, changed, name, "STRING", untyped=True)
        sent += added
    return finished(sent, table, changed, live)


def _composite_note(name: str) -> Statement:
    return Statement(
        Role.NOTE,
        f"LadybugDB has no composite keys: the key of {name!r} is unique only where whoever loads nodes sets"
        f" {KEY_COLUMN} = nsmig.database.ladybug.key_of(values)",
    )


def _make(table: Table, live: Tables) -> tuple[list[Statement], Tables]:
    """Create a table that is described up to ``primary`` and ``hashed``."""
    if table.kind is Kind.NODE:
        created, table = node_table(table, live)
        created += commented(None, table)
        return created, live.put(replace(table, managed=True))
    columns = "".join(f", {quote(name)} {engine_type}" for name, engine_type in table.columns)
    endpoints = f"FROM {quote(ANCHOR)} TO {quote(ANCHOR)}"
    sent = [] if live.anchor else [schema_statement(f"CREATE NODE TABLE {quote(ANCHOR)}(k STRING, PRIMARY KEY(k))")]
    sent.append(schema_statement(f"CREATE REL TABLE {quote(table.name)}({endpoints}{columns})"))
    sent.append(schema_statement(f"ALTER TABLE {quote(table.name)} DROP {endpoints}"))
    return sent + commented(None, table), replace(live, anchor=True).put(replace(table, managed=True))


def _drop(table: Table, live: Tables) -> tuple[list[Statement], Tables]:
    sent = []
    for other in live.relationships() if table.kind is Kind.NODE else []:
        touching = [pair for pair in other.pairs if table.name in pair]
        sent += [
            schema_statement(f"ALTER TABLE {quote(other.name)} DROP FROM {quote(a)} TO {quote(b)}") for a, b in touching
        ]
        live = live.put(replace(other, pairs=tuple(pair for pair in other.pairs if pair not in touching)))
    sent.append(schema_statement(f"DROP TABLE {quote(table.name)}"))
    return sent, replace(live, tables={name: each for name, each in live.tables.items() if each is not table})


def _rename(operation: RenameType, before: SchemaView, live: Tables) -> tuple[list[Statement], Tables]:
    if before.type(operation.kind, operation.old) is None and live.find(operation.old) is None:
        _free(operation, operation.new, live)
        return _make(Table(operation.new, operation.kind), live)  # as the fold does
    if operation.old == operation.new:
        return [], live
    table = _declared(operation, operation.kind, operation.old, before, live)
    same = lower(operation.old) == lower(operation.new)
    if not same:
        _free(operation, operation.new, live)
    return renamed(table.name, operation.new, same), _with_pairs_renamed(
        live.put(replace(table, name=operation.new), instead_of=table), table.name, operation.new
    )


def _with_pairs_renamed(live: Tables, old: str, new: str) -> Tables:
    for other in live.relationships():
        if any(old in pair for pair in other.pairs):
            pairs = sorted((new if a == old else a, new if b == old else b) for a, b in other.pairs)
            live = live.put(replace(other, pairs=tuple(pairs)))
    return live


def _adjacency(
    operation: AddAdjacency | DropAdjacency, before: SchemaView, live: Tables
) -> tuple[list[Statement], Tables]:
    """The pairs of a relationship table. A loader may have added one, or a history may never have dropped it."""
    table = _declared(operation, Kind.RELATIONSHIP, operation.relationship, before, live)
    pair = (operation.from_type, operation.to_type)
    for name in pair:
        _declared(operation, Kind.NODE, name, before, live)
    a, b = map(quote, pair)
    if isinstance(operation, AddAdjacency):
        if pair in table.pairs:
            return [], live
        # Without the checkpoint this kills the process where a property of the relationships was dropped.
        sent = [CHECKPOINT, f"ALTER TABLE {quote(table.name)} ADD FROM {a} TO {b}"]
        pairs = tuple(sorted({*table.pairs, pair}))
        return [*map(schema_statement, sent)], live.put(replace(table, pairs=pairs))
    if pair not in table.pairs:
        return [], live
    rows = f"MATCH (a:{a})-[r:{quote(table.name)}]->(b:{b})"
    problem = f"relationships of type {table.name!r} still go from {pair[0]!r} to {pair[1]!r}"
    sent = [f"ALTER TABLE {quote(table.name)} DROP FROM {a} TO {b}"]
    pairs = tuple(each for each in table.pairs if each != pair)
    return [
        check(problem, rows, "count(*)", "a, r, b LIMIT 25"),
        *map(schema_statement, sent),
    ], live.put(replace(table, pairs=pairs))


def _drop_index(operation: DropIndex, before: SchemaView, live: Tables) -> tuple[list[Statement], Tables]:
    if before.type(operation.kind, operation.type) is None and live.find(operation.type) is None:
        return [], live
    table = _declared(operation, operation.kind, operation.type, before, live)
    if operation.property not in table.indexes:
        return [], live
    changed = replace(table, indexes=tuple(each for each in table.indexes if each != operation.property))
    return finished([Statement(Role.NOTE, NO_INDEXES)], table, changed, live)


def _on_table(operation: Operation, table: Table, before: SchemaView, live: Tables) -> tuple[list[Statement], Tables]:
    """The operations that change one table's properties."""
    match operation:
        case AddProperty(property=name, default=value):
            if name in table.keys and table.kind is Kind.NODE:
                return _fill_key(operation, table, name, value, live)
            return _add(operation, table, _type_of(operation, before), value, live)
        case ExtendKey(property=name, default=value):
            if table.kind is Kind.NODE:
                return _extend_key(operation, table, before, live)
            keys = tuple(sorted({*table.keys, name}))
            return _add(operation, table, _type_of(operation, before), value, live, keys=keys)
        case AddIndex(property=name):
            sent, changed = _with_column(operation, table, name, "STRING", untyped=True)
            changed = replace(changed, indexes=tuple(sorted({*changed.indexes, name})))
            return finished([*sent, Statement(Role.NOTE, NO_INDEXES)], table, changed, live)
        case ReduceKey(property=name):
            return _reduce_key(operation, table, name, live)
        case SetPropertyType(property=name, to=to):
            return _set_type(operation, table, name, ENGINE_TYPES[to], live)
        case DropProperty(property=name):
            return _drop_property(operation, table, name, live)
        case RenameProperty(old=old, new=new) | RenameKeyPart(old=old, new=new):
            return ([], live) if old == new else _rename_property(operation, table, old, new, live)
    raise AssertionError(f"not an operation on a table: {operation!r}")


def _type_of(operation: AddProperty | ExtendKey, before: SchemaView) -> tuple[str, bool]:
    """The engine's type for an added property, and whether nothing is known of it. The schema says STRING of all it
    does not know."""
    declared = before.type(operation.kind, operation.type)
    known = declared.properties.get(operation.property, "STRING") if declared else "STRING"
    if known != "STRING":
        return ENGINE_TYPES[known], False
    return engine_type_of(operation.default), operation.default is None


def _with_column(
    operation: Operation, table: Table, name: str, engine_type: str, untyped: bool
) -> tuple[list[Statement], Table]:
    """Add a column unless it is there. The comment is left to the caller."""
    if table.type(name) is not None:
        return [], table
    for other, _ in table.columns:
        if lower(other) == lower(name):
            raise UnsupportedError(
                operation, f"table {table.name!r} has a column {other!r}, which is the same name to LadybugDB"
            )
    return [schema_statement(f"ALTER TABLE {quote(table.name)} ADD {quote(name)} {engine_type}")], replace(
        table,
        columns=(*table.columns, (name, engine_type)),
        untyped=tuple(sorted({*table.untyped, name})) if untyped else table.untyped,
    )


def _filling(operation: Operation, table: Table, changed: Table, name: str, value: Any) -> tuple[list[Statement], Any]:
    """What rows of ``table`` that lack a value get: the default or, where the column cannot hold it, None, with a check
    that no row lacks one."""
    column, given = changed.type(name), engine_type_of(value)
    if value is None or column in (given, "STRING") or (column, given) == ("DOUBLE", "INT64") or value == []:
        return [], value
    problem = f"the column {name!r} of {table.name!r} is {column} and cannot hold {value!r}"
    if table.type(name) is None:
        raise UnsupportedError(operation, problem)
    rows = _rows(table)
    lacking = check(
        f"{problem}, which {table.kind.value}s without a value would get",
        f"{rows} WHERE n.{quote(name)} IS NULL",
        "count(*)",
        "n LIMIT 25",
    )
    return [lacking] * bool(rows), None


def _rows(table: Table, variable: str = "n") -> str | None:
    """A pattern for all rows; None where there can be none, since SET on a relationship table without pairs kills
    the process."""
    if table.kind is Kind.NODE:
        return f"MATCH ({variable}:{quote(table.name)})"
    return f"MATCH ()-[{variable}:{quote(table.name)}]->()" if table.pairs else None


def _add(
    operation: AddProperty | ExtendKey,
    table: Table,
    column: tuple[str, bool],
    value: Any,
    live: Tables,
    keys: tuple[str, ...] | None = None,
) -> tuple[list[Statement], Tables]:
    name = operation.property
    sent, changed = _with_column(operation, table, name, *column)
    checks, value = _filling(operation, table, changed, name, value)
    changed = replace(changed, keys=changed.keys if keys is None else keys)
    rows = _rows(table)
    if value is not None and rows:
        sent.append(
            data_statement(f"{rows} WHERE n.{quote(name)} IS NULL SET n.{quote(name)} = $value RETURN count(*)", value)
        )
    return finished([*checks, *sent], table, changed, live)


def _fill_key(
    operation: Operation, table: Table, name: str, value: Any, live: Tables
) -> tuple[list[Statement], Tables]:
    """Give a part of the key a value where it has none."""
    if value is None or table.primary != KEY_COLUMN:
        return [], live  # a primary key is never null
    checks, value = _filling(operation, table, table, name, value)
    if value is None:
        return checks, live
    columns = [each._replace(fills=each.name == name) for each in columns_of(table)]
    return rebuild(operation, table, table, columns, value, live)


def _extend_key(operation: ExtendKey, table: Table, before: SchemaView, live: Tables) -> tuple[list[Statement], Tables]:
    name = operation.property
    value = NULL_KEY if operation.default is None else operation.default
    if name in table.keys:
        return _fill_key(operation, table, name, value, live)
    _, changed = _with_column(operation, table, name, *_type_of(operation, before))
    checks, value = _filling(operation, table, changed, name, value)
    refuse_key_type(operation, name, str(changed.type(name)))
    changed = replace(changed, keys=(*table.keys, name))
    columns = [
        each._replace(sources=(name,) if table.type(name) else (), fills=value is not None)
        if each.name == name
        else each
        for each in columns_of(changed)
    ]
    sent, live = rebuild(operation, table, changed, columns, value, live)
    return [*checks, *sent, *[_composite_note(table.name)] * (len(changed.keys) > 1)], live


def _reduce_key(operation: ReduceKey, table: Table, name: str, live: Tables) -> tuple[list[Statement], Tables]:
    changed = replace(table, keys=tuple(each for each in table.keys if each != name))
    if table.kind is Kind.NODE and changed.keys != table.keys:
        return rebuild(operation, table, changed, columns_of(changed), None, live)
    return finished([], table, changed, live)


def _set_type(
    operation: SetPropertyType, table: Table, name: str, target: str, live: Tables
) -> tuple[list[Statement], Tables]:
    source = table.type(name)
    if source is None:
        raise DatabaseError(f"{operation!r}: the table {table.name!r} has no column {name!r}; restore it")
    typed = replace(table, untyped=tuple(each for each in table.untyped if each != name))
    if source == target:
        return finished([], table, typed, live)
    value, rows = f"n.{quote(name)}", _rows(table)
    checks = []
    test = can_be(value, source, target)
    if rows and test != "true":
        problem = f"{table.kind.value}s hold a value in {name!r} that cannot become {operation.to} without loss"
        refused = f" AND NOT ({test})" if test else ""
        checks = [check(problem, f"{rows} WHERE {value} IS NOT NULL{refused}", "count(*)", "n LIMIT 25")]
    if table.kind is Kind.NODE and name in table.keys:
        in_place = tuple((each, target if each == name else of) for each, of in table.columns)
        changed = replace(typed, columns=in_place)
        columns = [each._replace(was=source) if each.name == name else each for each in columns_of(changed)]
        sent, live = rebuild(operation, table, changed, columns, None, live)
        return [*checks, *sent], live
    new = quote(CONVERTED)
    sent = [schema_statement(f"ALTER TABLE {quote(table.name)} ADD {new} {target}")]
    if rows and test:
        conversion = converted(value, source, target)
        sent.append(data_statement(f"{rows} WHERE {value} IS NOT NULL SET n.{new} = {conversion} RETURN count(*)"))
    sent.append(schema_statement(f"ALTER TABLE {quote(table.name)} DROP {quote(name)}"))
    sent.append(schema_statement(f"ALTER TABLE {quote(table.name)} RENAME {new} TO {quote(name)}"))
    others = tuple(each for each in table.columns if each[0] != name)
    return finished([*checks, *sent], table, replace(typed, columns=(*others, (name, target))), live)


def _drop_property(operation: Operation, table: Table, name: str, live: Tables) -> tuple[list[Statement], Tables]:
    changed = without(table, name)
    if table.kind is Kind.NODE and name in table.keys:
        return rebuild(operation, table, changed, columns_of(changed), None, live)
    return finished([schema_statement(f"ALTER TABLE {quote(table.name)} DROP {quote(name)}")], table, changed, live)


def without(table: Table, name: str) -> Table:
    def rest(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(each for each in names if each != name)

    columns = tuple(each for each in table.columns if each[0] != name)
    return replace(
        table, columns=columns, keys=rest(table.keys), indexes=rest(table.indexes), untyped=rest(table.untyped)
    )


def _rename_property(
    operation: Operation, table: Table, old: str, new: str, live: Tables
) -> tuple[list[Statement], Tables]:
    if table.type(new) is not None:
        return _rename_onto(operation, table, old, new, live)
    if any(lower(other) == lower(new) for other, _ in table.columns if other != old):
        raise UnsupportedError(operation, f"table {table.name!r} has a column that is {new!r} but for letter case")
    changed = _with_name(table, old, new)
    names = (old, SWAP, new) if lower(old) == lower(new) else (old, new)
    sent = [
        schema_statement(f"ALTER TABLE {quote(table.name)} RENAME {quote(a)} TO {quote(b)}") for a, b in pairwise(names)
    ]
    return finished(sent, table, changed, live)


def _with_name(table: Table, old: str, new: str) -> Table:
    def renamed(name: str) -> str:
        return new if name == old else name

    return replace(
        table,
        columns=tuple((renamed(name), engine_type) for name, engine_type in table.columns),
        primary=renamed(table.primary) if table.primary else None,
        keys=tuple(map(renamed, table.keys)),  # in place: the order is that of key_of
        indexes=tuple(sorted(map(renamed, table.indexes))),
        untyped=tuple(sorted(map(renamed, table.untyped))),
    )


def _rename_onto(
    operation: Operation, table: Table, old: str, new: str, live: Tables
) -> tuple[list[Statement], Tables]:
    """Rename a property to one that exists: allowed where no value would be lost."""
    if table.type(old) != table.type(new):
        raise UnsupportedError(
            operation,
            f"{new!r} exists on {table.name!r} and is {table.type(new)}, {old!r} is {table.type(old)}; drop"
            f" {new!r} first",
        )
    a, b = f"n.{quote(old)}", f"n.{quote(new)}"
    rows = _rows(table)
    changed = _with_name(without(table, new), old, new)
    checks = [
        check(
            f"rows of {table.name!r} have another value in {new!r}",
            f"{rows} WHERE {a} <> {b}",
            "count(*)",
            "n LIMIT 25",
        )
    ] * bool(rows)
    if table.kind is Kind.NODE and {old, new} & set(table.keys):
        columns = [
            each._replace(sources=(old, new) if each.name == new else (each.name,)) for each in columns_of(changed)
        ]
        sent, live = rebuild(operation, table, changed, columns, None, live)
        return checks + sent, live
    moved = [data_statement(f"{rows} WHERE {a} IS NOT NULL SET {b} = {a} RETURN count(*)")] * bool(rows)
    # The column of the new name stays where it is.
    changed = replace(changed, columns=without(table, old).columns)
    dropped = schema_statement(f"ALTER TABLE {quote(table.name)} DROP {quote(old)}")
    return finished([*checks, *moved, dropped], table, changed, live)
