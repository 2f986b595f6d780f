"""Building a node table anew, its relationships moved over and counted: a primary key cannot be changed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from nsmig.database.base import Statement
from nsmig.database.ladybug.conversions import converted
from nsmig.database.ladybug.refusals import refuse_key_type
from nsmig.database.ladybug.tables import (
    Table,
    Tables,
    check,
    commented,
    data_statement,
    node_table,
    renamed,
    schema_statement,
)
from nsmig.database.ladybug.values import CHECKPOINT, KEY_COLUMN, NATIVE_KEYS, REBUILT, quote
from nsmig.operations import (
    Operation,
)


class Column(NamedTuple):
    """A column of a rebuilt table: the first of ``sources`` that is not null, else the operation's value if it
    ``fills``."""

    name: str
    type: str
    sources: tuple[str, ...]
    fills: bool = False
    was: str | None = None  # the type of the source, where it is another one

    def of(self, variable: str) -> str:
        parts = [converted(f"{variable}.{quote(each)}", self.was or self.type, self.type) for each in self.sources]
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
    # Nothing is left of the key, so any unique value will do, but not one that tells what was dropped.
    return f"sha256(cast({variable}.{quote(str(table.primary))}, 'STRING'))"


def encoded(value: str) -> str:
    """:func:`key_of` in the engine's language, whose replace() makes '' of null."""
    escaped = f"replace(replace(cast({value}, 'STRING'), '~', '~0'), '|', '~1')"
    return f"CASE WHEN {value} IS NULL THEN '-' ELSE '+' + {escaped} END"


def rebuild(
    operation: Operation, table: Table, changed: Table, columns: list[Column], value: Any, live: Tables
) -> tuple[list[Statement], Tables]:
    """Build a node table anew with other keys, its relationships moved over and counted: a primary key cannot be
    changed."""
    for key in changed.keys:
        refuse_key_type(operation, key, str(changed.type(key)))
    created, built = node_table(replace(changed, name=REBUILT), live)
    old, new = quote(table.name), quote(REBUILT)
    pairs = [(other, pair) for other in live.relationships() for pair in other.pairs if table.name in pair]
    key = _identity(table, changed, columns, "n")

    sent = [_check_unique(table, f"MATCH (n:{old}) WITH {key} AS key, count(*) AS nodes", value)]
    if built.primary != KEY_COLUMN:
        absent = f"MATCH (n:{old}) WHERE {key} IS NULL"
        sent.append(
            check(
                f"nodes of {table.name!r} have no value for the key that is left",
                absent,
                "count(*)",
                "n LIMIT 25",
                value,
            )
        )
    if pairs:  # adding one after a relationship property was dropped kills the process, unless a checkpoint is between
        sent.append(schema_statement(CHECKPOINT))
    sent += created
    assigned = [f"{quote(KEY_COLUMN)}: {key}"] if built.primary == KEY_COLUMN else []
    assigned += [f"{quote(each.name)}: {each.of('n')}" for each in columns if each.of("n") != "NULL"]
    sent.append(data_statement(f"MATCH (n:{old}) CREATE (:{new} {{{', '.join(assigned)}}}) RETURN count(*)", value))
    for other, pair in pairs:
        sent += _moved(table, changed, columns, str(built.primary), other, pair, value)
    sent += [schema_statement(f"DROP TABLE {old}"), *renamed(REBUILT, table.name)]
    done = replace(built, name=table.name, managed=True)
    return sent + commented(None, done), live.put(done)


def _check_unique(table: Table, keyed: str, value: Any) -> Statement:
    problem = f"nodes of {table.name!r} would share their key with others"
    return check(problem, f"{keyed} WHERE nodes > 1", "coalesce(sum(nodes), 0)", "key, nodes LIMIT 25", value)


def _moved(
    table: Table, changed: Table, columns: list[Column], primary: str, other: Table, pair: tuple[str, str], value: Any
) -> list[Statement]:
    """Copy the relationships of one pair to the rebuilt table and let go of the pair.

    One WITH per side keeps this a hash join: a function of columns in a WHERE over two tables becomes a cross product.
    """
    a, b = pair
    new_a, new_b = (REBUILT if end == table.name else end for end in pair)
    relationship = quote(other.name)
    found, start, end = "", "a", "b"
    if a == table.name:
        found += f" WITH a, r, b, {_identity(table, changed, columns, 'a')} AS key_a MATCH (x:{quote(REBUILT)})"
        found += f" WHERE x.{quote(primary)} = key_a"
        start = "x"
    if b == table.name:
        found += f" WITH {start}, r, b, {_identity(table, changed, columns, 'b')} AS key_b MATCH (y:{quote(REBUILT)})"
        found += f" WHERE y.{quote(primary)} = key_b"
        end = "y"
    properties = ", ".join(f"{quote(name)}: r.{quote(name)}" for name, _ in other.columns)
    matched = f"MATCH (a:{quote(a)})-[r:{relationship}]->(b:{quote(b)})"
    counted = (
        f"{matched} WITH count(*) AS had OPTIONAL MATCH (:{quote(new_a)})-[s:{relationship}]->(:{quote(new_b)})"
        " WITH had, count(s) AS has"
    )
    return [
        schema_statement(f"ALTER TABLE {relationship} ADD FROM {quote(new_a)} TO {quote(new_b)}"),
        data_statement(
            f"{matched}{found} CREATE ({start})-[:{relationship} {{{properties}}}]->({end}) RETURN count(*)", value
        ),
        check(f"relationships of {other.name!r} were not carried over", counted, "abs(had - has)", "had, has"),
        schema_statement(f"ALTER TABLE {relationship} DROP FROM {quote(a)} TO {quote(b)}"),
    ]
