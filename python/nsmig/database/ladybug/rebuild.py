"""Rebuilding a node table, with its relationships copied and counted, because a primary key cannot be changed.

Rows are copied by COPY, the only way for a million rows to fit through the buffer pool. Its rows are not in the
engine's log, so no transaction that copies may drop the source or be marked as done: a kill during its commit would
lose all rows. So the new table is created, filled, written by a checkpoint and counted first, while the old one is
unchanged; then one transaction replaces the old one. Whatever a kill leaves before that is dropped by the next run
(``upkeep``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from nsmig.database.base import Statement
from nsmig.database.ladybug.column_types import KEY_TYPES, NO_ENDS, no_copy
from nsmig.database.ladybug.expressions import becoming
from nsmig.database.ladybug.refusals import refuse_copy, refuse_key_type
from nsmig.database.ladybug.tables import (
    Table,
    Tables,
    check,
    commented,
    copy_statement,
    node_table,
    renamed,
    schema_statement,
)
from nsmig.database.ladybug.values import CHECKPOINT, KEY_COLUMN, NATIVE_KEYS, REBUILT, literal, quote
from nsmig.kinds import Kind
from nsmig.operations import Operation


class Column(NamedTuple):
    """A column of a rebuilt table: the first of ``sources`` that is not null, otherwise the operation's value if it
    ``fills``."""

    name: str
    type: str
    sources: tuple[str, ...]
    fills: bool = False
    was: str | None = None  # the type of the source, if it is different
    using: str | None = None  # an expression that converts the source

    def of(self, variable: str) -> str:
        sources = [f"{variable}.{quote(each)}" for each in self.sources]
        parts = [becoming(each, self.was or self.type, self.type, self.using) for each in sources]
        parts += [f"cast($value, '{self.type}')"] * self.fills
        return f"coalesce({', '.join(parts)})" if len(parts) > 1 else (parts or ["NULL"])[0]


def columns_of(table: Table) -> list[Column]:
    return [Column(name, engine_type, (name,)) for name, engine_type in table.columns]


def _identity(table: Table, changed: Table, columns: list[Column], variable: str) -> str:
    """An expression on an old node: the primary key of the new one."""
    by_name = {each.name: each for each in columns}
    if len(changed.keys) == 1 and changed.type(changed.keys[0]) in NATIVE_KEYS:
        return by_name[changed.keys[0]].of(variable)
    if changed.keys:
        return " + '|' + ".join(f"({encoded(by_name[key].of(variable))})" for key in changed.keys)
    if not table.keys:
        return f"{variable}.{quote(KEY_COLUMN)}"
    # Nothing of the key remains, so any unique value will do, except one that reveals what was dropped.
    return f"sha256(cast({variable}.{quote(str(table.primary))}, 'STRING'))"


def encoded(value: str) -> str:
    """:func:`key_of` in the engine's language, whose replace() returns '' for null."""
    escaped = f"replace(replace(cast({value}, 'STRING'), '~', '~0'), '|', '~1')"
    return f"CASE WHEN {value} IS NULL THEN '-' ELSE '+' + {escaped} END"


def rebuild(
    operation: Operation, table: Table, changed: Table, columns: list[Column], value: Any, live: Tables
) -> tuple[list[Statement], Tables]:
    """Rebuild a node table with different keys, with its relationships copied and counted."""
    for key in changed.keys:
        refuse_key_type(operation, key, str(changed.type(key)))
    created, built = node_table(replace(changed, name=REBUILT))
    pairs = [(other, pair) for other in live.relationships() for pair in other.pairs if table.name in pair]
    refuse_copy(operation, [changed, *(other for other, _ in pairs)])
    done = replace(built, name=table.name, managed=True)
    # Adding a pair after dropping a relationship property kills the process, unless there is a checkpoint in between.
    sent = [schema_statement(CHECKPOINT)] * bool(pairs)
    sent += [created, *(_between(other, pair, "ADD", table.name) for other, pair in pairs)]
    if table.filled:
        unfindable = {pair: found for pair in pairs if (found := _unfindable(table, pair, live))}
        copied = [pair for pair in pairs if pair not in unfindable]
        checks = [*_checks(table, built, columns, value), *unfindable.values()]
        sent = [*checks, *sent, *_copied(table, built, columns, copied, value, live)]
    sent += [_between(other, pair, "DROP") for other, pair in pairs]
    sent += [schema_statement(f"DROP TABLE {quote(table.name)}"), *renamed(REBUILT, table.name)]
    return sent + commented(None, done), live.put(done)


def can_copy(table: Table, live: Tables) -> bool:
    """Whether a node table can be rebuilt with the same key, whatever its rows are. COPY refuses some types of keys."""
    pairs = [(other, pair) for other in live.relationships() for pair in other.pairs if table.name in pair]
    copied = [*table.columns, *(column for other, _ in pairs for column in other.columns)]
    return (
        table.kind is Kind.NODE
        and node_table(table)[1].primary == table.primary
        and table.type(str(table.primary)) not in NO_ENDS
        and all(table.type(key) in KEY_TYPES for key in table.keys)
        and not any(no_copy(engine_type) for _, engine_type in copied)
        and not any(_unfindable(table, pair, live) for pair in pairs)
    )


Pair = tuple[Table, tuple[str, str]]  # a relationship table, and two node tables that it connects


def _between(relationship: Table, pair: tuple[str, str], change: str, instead_of: str | None = None) -> Statement:
    a, b = (quote(REBUILT if end == instead_of else end) for end in pair)
    return schema_statement(f"ALTER TABLE {quote(relationship.name)} {change} FROM {a} TO {b}")


def _checks(table: Table, built: Table, columns: list[Column], value: Any) -> list[Statement]:
    """Check for rows that the new key does not allow."""
    rows = f"MATCH (n:{quote(table.name)})"
    key = _identity(table, built, columns, "n")
    shared = f"nodes of {table.name!r} would share their key with others"
    keyed = f"{rows} WITH {key} AS key, count(*) AS nodes WHERE nodes > 1"
    sent = [check(shared, keyed, "coalesce(sum(nodes), 0)", "key, nodes LIMIT 25", value)]
    if built.primary != KEY_COLUMN:
        absent = f"nodes of {table.name!r} have no value for the remaining key"
        sent.append(check(absent, f"{rows} WHERE {key} IS NULL", "count(*)", "n LIMIT 25", value))
    return sent


def _unfindable(table: Table, pair: Pair, live: Tables) -> Statement | None:
    """Check that these relationships do not exist, if their other end prevents copying them."""
    other, (a, b) = pair
    end = live.find(b if a == table.name else a)
    if end is None or end.name == table.name or (engine_type := end.type(str(end.primary))) not in NO_ENDS:
        return None
    problem = (
        f"relationships of {other.name!r} would be copied, but LadybugDB cannot find their ends by {end.primary!r},"
        f" the key of {end.name!r}, which is {engine_type}; extend the key of {end.name!r} first, and it can"
    )
    matched = f"MATCH (a:{quote(a)})-[r:{quote(other.name)}]->(b:{quote(b)})"
    return check(problem, matched, "count(*)", "a, r, b LIMIT 25")


def _copied(
    table: Table, built: Table, columns: list[Column], pairs: list[Pair], value: Any, live: Tables
) -> list[Statement]:
    """Fill the new table and its pairs, and count. All columns are named, because the engine evaluates a function as
    default once for thousands of rows."""

    def key(variable: str, name: str) -> str:
        if name == table.name:
            return _identity(table, built, columns, variable)
        return f"{variable}.{quote(primaries[name])}"

    primaries = {each.name: str(each.primary) for each in live.tables.values()}
    rows = f"MATCH (n:{quote(table.name)})"
    values = [key("n", table.name)] * (built.primary == KEY_COLUMN) + [each.of("n") for each in columns]
    sent = [copy_statement(REBUILT, f"{rows} RETURN {', '.join(values)}", "", value)]
    counts = [_counted(f"nodes of {table.name!r}", f"{rows} WITH count(*) AS had", f"(s:{quote(REBUILT)})")]
    for other, (a, b) in pairs:
        new_a, new_b = (REBUILT if end == table.name else end for end in (a, b))
        relationship = quote(other.name)
        matched = f"MATCH (a:{quote(a)})-[r:{relationship}]->(b:{quote(b)})"
        values = [key("a", a), key("b", b), *(f"r.{quote(name)}" for name, _ in other.columns)]
        ends = f" (from={literal(new_a)}, to={literal(new_b)})"
        sent.append(copy_statement(other.name, f"{matched} RETURN {', '.join(values)}", ends, value))
        copies = f"(:{quote(new_a)})-[s:{relationship}]->(:{quote(new_b)})"
        counts.append(_counted(f"relationships of {other.name!r}", f"{matched} WITH count(*) AS had", copies))
    return [*sent, schema_statement(CHECKPOINT), *counts]


def _counted(what: str, had: str, copies: str) -> Statement:
    counted = f"{had} OPTIONAL MATCH {copies} WITH had, count(s) AS has"
    return check(f"{what} were not copied", counted, "abs(had - has)", "had, has")
