"""Operations on a table's properties and keys in LadybugDB: what each refuses, and its statements."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import Any

from nsmig.database.base import Role, Statement
from nsmig.database.ladybug.column_types import holds, is_array
from nsmig.database.ladybug.making import NO_INDEXES, Made, composite_note, declared, make, with_column
from nsmig.database.ladybug.rebuild import columns_of, rebuild
from nsmig.database.ladybug.refusals import (
    column_type,
    refuse_default,
    refuse_key_type,
    refuse_new_type,
    refuse_properties,
    refuse_serial,
)
from nsmig.database.ladybug.tables import Table, Tables, check, data_statement, finished, schema_statement
from nsmig.database.ladybug.values import KEY_COLUMN, SWAP, bound, engine_type_of, lower, quote
from nsmig.errors import UnsupportedError
from nsmig.kinds import NULL_KEY, Kind
from nsmig.operations import (
    AddIndex,
    AddProperty,
    DropProperty,
    ExtendKey,
    Operation,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    SetPropertyType,
)
from nsmig.values import SchemaView

OnProperty = (
    AddProperty | AddIndex | ExtendKey | DropProperty | ReduceKey | RenameProperty | RenameKeyPart | SetPropertyType
)


def refuse_unnameable(operation: OnProperty, before: SchemaView) -> None:
    """A type that the operation creates silently must be possible; declared types are."""
    refuse_new_type(operation, operation.kind, operation.type, before)


def refuse_add(operation: AddProperty | ExtendKey, before: SchemaView) -> None:
    refuse_add_index(operation, before)
    refuse_default(operation)


def add(operation: AddProperty, before: SchemaView, live: Tables) -> Made:
    table = table_of(operation, before, live)
    if table is None:
        return lenient(operation, before, live)
    if operation.property in table.keys and table.kind is Kind.NODE:
        return _fill_key(operation, table, operation.property, operation.default, live)
    return _add(operation, table, _type_of(operation, before), operation.default, live)


def refuse_extend_key(operation: ExtendKey, before: SchemaView) -> None:
    refuse_add(operation, before)
    if operation.kind is Kind.NODE:
        refuse_key_type(operation, operation.property, engine_type_of(operation.default))
        if there := before.type(Kind.NODE, operation.type):
            known = there.properties.get(operation.property, "STRING")
            refuse_key_type(operation, operation.property, column_type(operation, known))


def extend_key(operation: ExtendKey, before: SchemaView, live: Tables) -> Made:
    table = table_of(operation, before, live)
    if table is None:
        return lenient(operation, before, live)
    if table.kind is Kind.NODE:
        return _extend_node_key(operation, table, before, live)
    keys = tuple(sorted({*table.keys, operation.property}))
    return _add(operation, table, _type_of(operation, before), operation.default, live, keys=keys)


def refuse_add_index(operation: AddIndex | AddProperty | ExtendKey, before: SchemaView) -> None:
    refuse_unnameable(operation, before)
    there = before.type(operation.kind, operation.type)
    refuse_properties(operation, {operation.property}, sorted(there.properties) if there else [])


def add_index(operation: AddIndex, before: SchemaView, live: Tables) -> Made:
    table = table_of(operation, before, live)
    if table is None:
        return lenient(operation, before, live)
    sent, changed = with_column(operation, table, operation.property, "STRING", untyped=True)
    changed = replace(changed, indexes=tuple(sorted({*changed.indexes, operation.property})))
    return finished([*sent, Statement(Role.NOTE, NO_INDEXES)], table, changed, live)


def table_of(operation: OnProperty, before: SchemaView, live: Tables) -> Table | None:
    """The table of an operation; None if it is not declared and does not exist."""
    if before.type(operation.kind, operation.type) is None and live.find(operation.type) is None:
        return None
    return declared(operation, operation.kind, operation.type, before, live)


def lenient(operation: Operation, before: SchemaView, live: Tables) -> Made:
    """Like the fold, create an undeclared type that an operation names, with the property that it names."""
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
    made, live = make(table, live)
    return made + [Statement(Role.NOTE, NO_INDEXES)] * isinstance(operation, AddIndex), live


def _type_of(operation: AddProperty | ExtendKey, before: SchemaView) -> tuple[str, bool]:
    """The engine's type for an added property, and whether it is undeclared. Undeclared properties are STRING in the
    schema."""
    declared = before.type(operation.kind, operation.type)
    known = declared.properties.get(operation.property, "STRING") if declared else "STRING"
    if known != "STRING":
        return column_type(operation, known), False
    return engine_type_of(operation.default), operation.default is None


def _filling(operation: Operation, table: Table, changed: Table, name: str, value: Any) -> tuple[list[Statement], Any]:
    """The value for rows of ``table`` without one: the default or, if the column cannot hold it, None, with a check
    that no row lacks a value."""
    column, given = changed.type(name), engine_type_of(value)
    if value is None or column in (given, "STRING") or (column, given) == ("DOUBLE", "INT64"):
        return [], value
    if value == [] and not is_array(str(column)):
        return [], value
    if holds(str(column), bound(value)):
        return [], value
    problem = f"the column {name!r} of {table.name!r} is {column} and cannot hold {value!r}"
    if table.type(name) is None:
        raise UnsupportedError(operation, problem)
    rows = rows_of(table)
    lacking = check(
        f"{problem}, which {table.kind.value}s without a value would get",
        f"{rows} WHERE n.{quote(name)} IS NULL",
        "count(*)",
        "n LIMIT 25",
    )
    return [lacking] * bool(rows), None


def rows_of(table: Table, variable: str = "n") -> str | None:
    """A pattern for all rows, or None for a table without rows, for which nothing is sent. The engine crashes on a SET
    on a relationship table without pairs."""
    if not table.filled or (table.kind is Kind.RELATIONSHIP and not table.pairs):
        return None
    name = quote(table.name)
    return f"MATCH ({variable}:{name})" if table.kind is Kind.NODE else f"MATCH ()-[{variable}:{name}]->()"


def _add(
    operation: AddProperty | ExtendKey,
    table: Table,
    column: tuple[str, bool],
    value: Any,
    live: Tables,
    keys: tuple[str, ...] | None = None,
) -> Made:
    name = operation.property
    sent, changed = with_column(operation, table, name, *column)
    checks, value = _filling(operation, table, changed, name, value)
    changed = replace(changed, keys=changed.keys if keys is None else keys)
    rows = rows_of(table)
    if value is not None and rows:
        given = f"cast($value, '{changed.type(name)}')" if holds(str(changed.type(name)), bound(value)) else "$value"
        filled = f"{rows} WHERE n.{quote(name)} IS NULL SET n.{quote(name)} = {given} RETURN count(*)"
        sent.append(data_statement(filled, value))
    return finished([*checks, *sent], table, changed, live)


def _fill_key(operation: Operation, table: Table, name: str, value: Any, live: Tables) -> Made:
    """Give a key part a value where it has none."""
    if value is None or table.primary != KEY_COLUMN:
        return [], live  # a primary key is never null
    checks, value = _filling(operation, table, table, name, value)
    if value is None:
        return checks, live
    columns = [each._replace(fills=each.name == name) for each in columns_of(table)]
    return rebuild(operation, table, table, columns, value, live)


def _extend_node_key(operation: ExtendKey, table: Table, before: SchemaView, live: Tables) -> Made:
    name = operation.property
    value = NULL_KEY if operation.default is None else operation.default
    if name in table.keys:
        return _fill_key(operation, table, name, value, live)
    _, changed = with_column(operation, table, name, *_type_of(operation, before))
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
    return [*checks, *sent, *[composite_note(table.name)] * (len(changed.keys) > 1)], live


def reduce_key(operation: ReduceKey, before: SchemaView, live: Tables) -> Made:
    table = table_of(operation, before, live)
    if table is None:
        return lenient(operation, before, live)
    changed = replace(table, keys=tuple(each for each in table.keys if each != operation.property))
    if table.kind is Kind.NODE and changed.keys != table.keys:
        return rebuild(operation, table, changed, columns_of(changed), None, live)
    return finished([], table, changed, live)


def drop(operation: DropProperty, before: SchemaView, live: Tables) -> Made:
    table, name = table_of(operation, before, live), operation.property
    if table is None:
        return lenient(operation, before, live)
    changed = without(table, name)
    if table.kind is Kind.NODE and name in table.keys:
        return rebuild(operation, table, changed, columns_of(changed), None, live)
    return finished([schema_statement(f"ALTER TABLE {quote(table.name)} DROP {quote(name)}")], table, changed, live)


def without(table: Table, name: str) -> Table:
    def rest(names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(each for each in names if each != name)

    columns = tuple(each for each in table.columns if each[0] != name)
    return replace(
        table,
        columns=columns,
        keys=rest(table.keys),
        indexes=rest(table.indexes),
        untyped=rest(table.untyped),
        defaults=tuple(each for each in table.defaults if each[0] != name),
    )


def refuse_rename(operation: RenameProperty | RenameKeyPart, before: SchemaView) -> None:
    refuse_unnameable(operation, before)
    there = before.type(operation.kind, operation.type)
    others = sorted(each for each in (there.properties if there else ()) if each != operation.old)
    if operation.old != operation.new:
        refuse_properties(operation, {operation.new}, others)


def rename(operation: RenameProperty | RenameKeyPart, before: SchemaView, live: Tables) -> Made:
    table, old, new = table_of(operation, before, live), operation.old, operation.new
    if table is None:
        return lenient(operation, before, live)
    if old == new:
        return [], live
    if table.type(new) is not None:
        return _rename_onto(operation, table, old, new, live)
    if any(lower(other) == lower(new) for other, _ in table.columns if other != old):
        raise UnsupportedError(operation, f"table {table.name!r} has a column that is {new!r} but for letter case")
    refuse_serial(operation, table, [old])
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
        defaults=tuple((renamed(name), default) for name, default in table.defaults),
        primary=renamed(table.primary) if table.primary else None,
        keys=tuple(map(renamed, table.keys)),  # in place: the order is that of key_of
        indexes=tuple(sorted(map(renamed, table.indexes))),
        untyped=tuple(sorted(map(renamed, table.untyped))),
    )


def _rename_onto(operation: Operation, table: Table, old: str, new: str, live: Tables) -> Made:
    """Rename a property to one that exists: allowed if no value would be lost."""
    if table.type(old) != table.type(new):
        raise UnsupportedError(
            operation,
            f"{new!r} exists on {table.name!r} and is {table.type(new)}, {old!r} is {table.type(old)}; drop"
            f" {new!r} first",
        )
    refuse_serial(operation, table, [old, new])
    if table.default(old) != table.default(new):
        said = f"{old!r} of {table.name!r} has the DEFAULT {table.default(old)}, {new!r} {table.default(new)}"
        raise UnsupportedError(operation, f"{said}, so new rows would get another value; drop {new!r} first")
    a, b = f"n.{quote(old)}", f"n.{quote(new)}"
    rows = rows_of(table)
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
