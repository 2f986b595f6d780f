"""Creating tables and columns for operations, and finding the tables that they require."""

from __future__ import annotations

from dataclasses import replace

from nsmig.database.base import Role, Statement
from nsmig.database.ladybug.tables import Table, Tables, commented, node_table, schema_statement
from nsmig.database.ladybug.values import ANCHOR, KEY_COLUMN, lower, quote
from nsmig.errors import DatabaseError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import Operation
from nsmig.values import SchemaView

NO_INDEXES = "LadybugDB has no secondary indexes; this one is kept only in the schema"

Made = tuple[list[Statement], Tables]  # an operation's statements, and the tables after them


def declared(operation: Operation, kind: Kind, name: str, before: SchemaView, live: Tables) -> Table:
    table = live.find(name)
    if table is None or table.name != name or table.kind is not kind:
        raise DatabaseError(
            f"{operation.description}: the database has no {kind.value} table {name!r}, though the migrations recorded"
            " as applied make one;"
            " restore it, or record as applied only what exists"
        )
    return table


def free(operation: Operation, name: str, live: Tables) -> None:
    if (taken := live.find(name)) is not None:
        raise UnsupportedError(
            operation,
            f"the database has a {taken.kind.value} table {taken.name!r} already, which no migration created; rename"
            " or drop it first",
        )


def composite_note(name: str) -> Statement:
    return Statement(
        Role.NOTE,
        f"LadybugDB has no composite keys: the key of {name!r} is only unique if the loader sets"
        f" {KEY_COLUMN} = nsmig.database.ladybug.key_of(values)",
    )


def make(table: Table, live: Tables) -> Made:
    """Create a table, given all but ``primary``."""
    if table.kind is Kind.NODE:
        created, table = node_table(table)
        return [created, *commented(None, table)], live.put(replace(table, managed=True))
    columns = "".join(f", {quote(name)} {engine_type}" for name, engine_type in table.columns)
    endpoints = f"FROM {quote(ANCHOR)} TO {quote(ANCHOR)}"
    sent = [] if live.anchor else [schema_statement(f"CREATE NODE TABLE {quote(ANCHOR)}(k STRING, PRIMARY KEY(k))")]
    sent.append(schema_statement(f"CREATE REL TABLE {quote(table.name)}({endpoints}{columns})"))
    sent.append(schema_statement(f"ALTER TABLE {quote(table.name)} DROP {endpoints}"))
    return sent + commented(None, table), replace(live, anchor=True).put(replace(table, managed=True))


def with_column(
    operation: Operation, table: Table, name: str, engine_type: str, untyped: bool
) -> tuple[list[Statement], Table]:
    """Add a column unless it exists. The comment is left to the caller."""
    if table.type(name) is not None:
        return [], table
    for other, _ in table.columns:
        if lower(other) == lower(name):
            raise UnsupportedError(
                operation, f"table {table.name!r} has a column {other!r}, which is the same name in LadybugDB"
            )
    return [schema_statement(f"ALTER TABLE {quote(table.name)} ADD {quote(name)} {engine_type}")], replace(
        table,
        columns=(*table.columns, (name, engine_type)),
        untyped=tuple(sorted({*table.untyped, name})) if untyped else table.untyped,
    )
