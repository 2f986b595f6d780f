"""Reading the tables of a LadybugDB file, and deriving a schema from them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from nsmig.database.ladybug.column_types import KEY_TYPES, schema_type
from nsmig.database.ladybug.tables import REMARK, Table, Tables
from nsmig.database.ladybug.values import ANCHOR, ENGINE_TYPES, KEY_COLUMN, PRIVATE, REBUILT, literal, lower, quote
from nsmig.database.survey import Remark
from nsmig.kinds import Kind

COUNTED_TOGETHER = 50  # tables
Send = Callable[[str], list[list[Any]]]  # sends a query and returns its rows


def read_tables(send: Send) -> Tables:
    """All tables, their columns, keys and pairs, and which of them may have rows. Tables without our comment are
    foreign (``managed`` is false)."""
    declared = read_declared(send)
    rows = count_rows(send, [table.name for table in declared.tables.values() if table.kind is Kind.NODE])
    # A relationship table can only have rows if both ends of a pair do.
    filled = {
        key: replace(table, filled=True)
        for key, table in declared.tables.items()
        if any(rows.keys() >= {*each} for each in (table.pairs if table.primary is None else [(table.name,)]))
    }
    return replace(declared, tables={**declared.tables, **filled})


def read_declared(send: Send) -> Tables:
    """The same without rows: one query for each table, two for a relationship table, and one for all."""
    shown = send("CALL show_tables() RETURN name, type, comment")
    tables = {
        lower(name): _table(send, name, kind, comment)
        for name, kind, comment in sorted(shown)
        if kind in ("NODE", "REL") and not name.startswith(PRIVATE)
    }
    return Tables(tables, anchor=any(name == ANCHOR for name, _, _ in shown))


def has_rows(send: Send) -> bool:
    """Whether any table except ours has a row. There are no relationships without nodes."""
    return bool(
        count_rows(send, [table.name for table in read_declared(send).tables.values() if table.kind is Kind.NODE])
    )


def count_rows(send: Send, nodes: list[str]) -> dict[str, int]:
    """The number of rows of each of these node tables that has any.

    One query over several tables is cheaper than one for each, but over a thousand, time and memory grow quadratically.
    """
    counted: dict[str, int] = {}
    for start in range(0, len(nodes), COUNTED_TOGETHER):
        some = "|".join(map(quote, nodes[start : start + COUNTED_TOGETHER]))
        counted |= {str(name): int(count) for name, count in send(f"MATCH (n:{some}) RETURN label(n), count(*)")}
    return counted


def schema_of(tables: Tables) -> dict[str, Any]:
    """The tables as the content of a schema file: all except ours, with or without rows, including foreign ones."""
    adjacencies = sorted((a, table.name, b) for table in tables.relationships() for a, b in table.pairs)
    return {
        "cardinalities": [
            {
                "adjacency": {"from_node_type": a, "relationship_type": name, "to_node_type": b},
                "cardinality": {"from_side_cardinality": "MANY", "to_side_cardinality": "MANY"},
            }
            for a, name, b in adjacencies
        ],
        "nodes": _types(tables, Kind.NODE),
        "relationships": _types(tables, Kind.RELATIONSHIP),
    }


def stored_types(tables: Tables) -> dict[tuple[Kind, str, str], str]:
    """See :class:`nsmig.database.survey.LiveSchema`: ``stored``."""
    return {
        (table.kind, table.name, name): engine_type
        for table in tables.tables.values()
        for name, engine_type in table.columns
        if _type_in_schema(table, name, engine_type) is None
    }


def _type_in_schema(table: Table, name: str, engine_type: str) -> str | None:
    """The schema type of a column; None if it has none, or is part of a node's key, which no migration can create with
    that type."""
    type_ = schema_type(engine_type)
    is_key = table.kind is Kind.NODE and name in table.keys
    return None if is_key and type_ and ENGINE_TYPES[type_] not in KEY_TYPES else type_


def remarks(tables: Tables) -> Iterator[Remark]:
    """Remarks on what a schema cannot express."""
    stored = stored_types(tables)
    for table in sorted(tables.tables.values(), key=lambda table: (table.kind is not Kind.NODE, table.name)):
        if table.remark:
            yield Remark(f"its comment, which nsmig keeps within its own: {table.remark}", table.kind, table.name)
        for name, _ in sorted(table.columns):
            if engine_type := stored.get((table.kind, table.name, name)):
                is_known = schema_type(engine_type) is not None
                which = "no migration can make a key" if is_known else "is no type of a schema file"
                said = f"{name} is {engine_type}, which {which}; it is left as it is"
                yield Remark(said, table.kind, table.name)


def _types(tables: Tables, kind: Kind) -> list[dict[str, Any]]:
    return [
        {
            "name": table.name,
            "properties": {
                name: {
                    "is_indexed": name in table.indexes,
                    "is_key": name in table.keys,
                    "type": _type_in_schema(table, name, engine) or "STRING",
                }
                for name, engine in sorted(table.columns)
            },
        }
        for table in sorted(tables.tables.values(), key=lambda table: table.name)
        if table.kind is kind
    ]


def _table(send: Send, name: str, kind: str, comment: str) -> Table:
    info = send(f"CALL table_info({literal(name)}) RETURN *")
    columns = tuple((row[1], row[2]) for row in info if row[1] != KEY_COLUMN)
    defaults = tuple((row[1], row[3]) for row in info if row[1] != KEY_COLUMN and row[3] not in ("NULL", ""))
    facts = _facts(comment)
    indexes, untyped = (tuple(facts[each]) for each in ("indexes", "untyped")) if facts else ((), ())
    (remark,) = [each.removeprefix(REMARK) for each in untyped if each.startswith(REMARK)] or [""]
    untyped, remark = tuple(each for each in untyped if not each.startswith(REMARK)), remark if facts else comment
    keys = tuple(facts["keys"]) if facts else ()
    if kind == "REL":
        connections = send(f"CALL show_connection({literal(name)}) RETURN *")
        pairs = tuple(sorted((a, b) for a, b, *_ in connections if REBUILT not in (a, b)))
        return Table(
            name, Kind.RELATIONSHIP, columns, None, keys, indexes, untyped, pairs, defaults, bool(facts), remark
        )
    (primary,) = (row[1] for row in info if row[4])
    if not facts and primary != KEY_COLUMN:
        keys = (primary,)
    return Table(name, Kind.NODE, columns, primary, keys, indexes, untyped, (), defaults, bool(facts), remark)


def _facts(comment: str) -> dict[str, list[str]] | None:
    """The facts in our comment on a table; None if it is not ours."""
    try:
        facts = json.loads(comment)
    except ValueError:
        return None
    return facts if isinstance(facts, dict) and set(facts) == {"keys", "indexes", "untyped"} else None
