"""LadybugDB's tables as values, and the statements that create and rename them.

A node table has exactly one primary key column, which never changes; a relationship table lists the pairs of node
tables it connects. Comments on tables are the only place for facts that the engine does not store: declared keys,
indexes and "type unknown" are kept there as JSON, together with anyone else's comment.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

from nsmig.database.base import Role, Statement
from nsmig.database.ladybug.values import COPY, KEY_COLUMN, NATIVE_KEYS, SWAP, bound, inline, literal, lower, quote
from nsmig.kinds import Kind

# The beginning of a remark, which is in the list of untyped columns: version 0.1.0 treats a comment with a further
# entry as foreign, but keeps items in that list that are not columns. No column's name has a NUL.
REMARK = "\0comment: "


@dataclass(frozen=True, slots=True)
class Table:
    """A table in the database, with the facts from its comment.

    ``columns`` are names and engine types in the table's order, without ``_nsmig_key``. ``keys`` are in the order in
    which :func:`key_of` wants their values. ``primary`` is a node table's primary key column; ``pairs`` are the node
    tables that a relationship table connects, sorted. ``defaults`` are columns with the default of a new row, in the
    engine's language. ``remark`` is someone else's comment. ``filled``: it may have rows.
    """

    name: str
    kind: Kind
    columns: tuple[tuple[str, str], ...] = ()
    primary: str | None = None
    keys: tuple[str, ...] = ()
    indexes: tuple[str, ...] = ()
    untyped: tuple[str, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()
    managed: bool = False
    remark: str = ""
    filled: bool = field(default=False, compare=False)

    def type(self, column: str) -> str | None:
        return dict(self.columns).get(column)

    def default(self, column: str) -> str | None:
        return dict(self.defaults).get(column)

    @property
    def comment(self) -> str:
        untyped = [*self.untyped, *[REMARK + self.remark] * bool(self.remark)]
        return json.dumps({"keys": self.keys, "indexes": self.indexes, "untyped": untyped}, ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Tables:
    """All tables except ours, by name in lower ASCII case (which is how the engine compares names), and whether the
    anchor exists.

    ``uncertain``: it is unknown which have rows, so all may. ``is_settled``: since the last checkpoint no column of a
    relationship table can have been dropped.
    """

    tables: Mapping[str, Table] = field(default_factory=dict)
    anchor: bool = False
    uncertain: bool = field(default=False, compare=False)
    is_settled: bool = field(default=False, compare=False)

    def find(self, name: str) -> Table | None:
        table = self.tables.get(lower(name))
        return replace(table, filled=True) if table and self.uncertain else table

    def put(self, table: Table, instead_of: Table | None = None) -> Tables:
        tables = dict(self.tables)
        if instead_of:
            del tables[lower(instead_of.name)]
        tables[lower(table.name)] = table
        return replace(self, tables=tables)

    def relationships(self) -> list[Table]:
        names = (table.name for table in self.tables.values() if table.kind is Kind.RELATIONSHIP)
        return [table for name in sorted(names) if (table := self.find(name))]


def schema_statement(text: str) -> Statement:
    return Statement(Role.SCHEMA, text)


def data_statement(text: str, value: Any = None) -> Statement:
    return Statement(Role.DATA, text, {"value": bound(value)} if "$value" in text else {})


def copy_statement(name: str, query: str, ends: str, value: Any = None) -> Statement:
    """Copy a query's rows into an empty table, or between ends that have none of these relationships."""
    return data_statement(f"{COPY}{quote(name)} FROM ({query}){ends}", value)


def check(problem: str, matched: str, counted: str, shown: str, value: Any = None) -> Statement:
    parameters = {"value": bound(value)} if "$value" in matched else {}
    show = inline(f"{matched} RETURN {shown}", parameters)
    return Statement(Role.CHECK, f"{matched} RETURN {counted}", parameters, problem, show)


def node_table(table: Table) -> tuple[Statement, Table]:
    """CREATE NODE TABLE, without the comment."""
    single = len(table.keys) == 1 and table.type(table.keys[0]) in NATIVE_KEYS
    primary = table.keys[0] if single else KEY_COLUMN
    # Without a value from the loader, the key column gets a random unique value and enforces nothing.
    columns = [] if single else [f"{quote(KEY_COLUMN)} STRING DEFAULT cast(gen_random_uuid(), 'STRING')"]
    for name, engine_type in table.columns:
        default = table.default(name)
        columns.append(f"{quote(name)} {engine_type}" + (f" DEFAULT {default}" if default else ""))
    created = schema_statement(
        f"CREATE NODE TABLE {quote(table.name)}({', '.join(columns)}, PRIMARY KEY({quote(primary)}))"
    )
    return created, replace(table, primary=primary)


def commented(before: Table | None, table: Table) -> list[Statement]:
    if before is not None and before.managed and before.comment == table.comment:
        return []
    return [schema_statement(f"COMMENT ON TABLE {quote(table.name)} IS {literal(table.comment)}")]


def finished(sent: list[Statement], before: Table, after: Table, live: Tables) -> tuple[list[Statement], Tables]:
    """With the comment that marks a table as ours."""
    return sent + commented(before, after), live.put(replace(after, managed=True))


def renamed(old: str, new: str, via_swap: bool = False) -> list[Statement]:
    names = (old, SWAP, new) if via_swap else (old, new)
    return [schema_statement(f"ALTER TABLE {quote(a)} RENAME TO {quote(b)}") for a, b in pairwise(names)]
