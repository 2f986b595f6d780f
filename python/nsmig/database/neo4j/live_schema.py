"""A live Neo4j database as the content of a schema file.

Keys and indexes are those of constraints and indexes; properties, their types and adjacencies are those that rows have.
So types and properties that nothing holds are not there. A row of several labels counts for each, but for properties
that some of these are expected to have and others are not.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nsmig.database.neo4j.catalog import NODE_KEY, RANGE, UNIQUE, Catalog, Entry, is_ours, is_type
from nsmig.database.neo4j.conversions import schema_type
from nsmig.database.neo4j.journal import JOURNAL, LOCK, MIGRATION
from nsmig.kinds import Kind
from nsmig.values import SchemaView

_PRIVATE = (MIGRATION, LOCK, JOURNAL)

_HELD = """MATCH {0} WITH n, {1} AS names UNWIND CASE WHEN size(keys(n)) = 0 THEN [null] ELSE keys(n) END AS property
RETURN DISTINCT names, property, valueType(n[property]) AS type"""
_NODES, _RELATIONSHIPS = _HELD.format("(n)", "labels(n)"), _HELD.format("()-[n]->()", "[type(n)]")
_ENDS = "MATCH (a)-[r]->(b) RETURN DISTINCT labels(a) AS starts, type(r) AS name, labels(b) AS ends"

Rows = Callable[[str], list[dict[str, Any]]]


def read(rows: Rows, live: Catalog, expected: SchemaView | None = None) -> dict[str, Any]:
    """
    :param rows: sends a query and gives its rows.
    :param live: the constraints and indexes.
    :param expected: see :meth:`nsmig.database.base.Database.live_schema`.
    """
    ends = {(a, row["name"], b) for row in rows(_ENDS) for a in row["starts"] for b in row["ends"]}
    many = {"from_side_cardinality": "MANY", "to_side_cardinality": "MANY"}
    return {
        "cardinalities": [
            {
                "adjacency": {"from_node_type": a, "relationship_type": name, "to_node_type": b},
                "cardinality": dict(many),
            }
            for a, name, b in sorted(ends)
            if not {a, b}.intersection(_PRIVATE)
        ],
        "nodes": _types(Kind.NODE, rows(_NODES), live, expected),
        "relationships": _types(Kind.RELATIONSHIP, rows(_RELATIONSHIPS), live, expected),
    }


def _types(kind: Kind, found: list[dict[str, Any]], live: Catalog, expected: SchemaView | None) -> list[dict[str, Any]]:
    held: dict[str, dict[str, set[str | None]]] = {name: {} for of, name in live.by_type if of is kind}
    for row in found:
        property_ = row["property"]
        declaring = set(expected.declaring(property_)) if expected and kind is Kind.NODE and property_ else set()
        having = declaring.intersection(row["names"]) or row["names"]
        for name in row["names"]:
            types = held.setdefault(name, {})
            if property_ is not None and name in having:
                types.setdefault(property_, set()).add(schema_type(row["type"]))
    return [
        {"name": name, "properties": _properties(types, live.on(kind, name))}
        for name, types in sorted(held.items())
        if name not in _PRIVATE
    ]


def _properties(held: dict[str, set[str | None]], entries: tuple[Entry, ...]) -> dict[str, Any]:
    """The properties that rows hold or constraints and indexes name, each with what is known of it."""
    keys = _key(entries)
    indexed = {each.properties[0] for each in entries if each.form == RANGE and len(each.properties) == 1}
    known = dict(held)
    for entry in entries:
        if is_type(entry):
            known[entry.properties[0]] = {schema_type(entry.form.removeprefix("IS :: "))}
    return {
        property: {
            "is_indexed": property in indexed,
            "is_key": property in keys,
            "type": next(iter(types)) or "STRING" if len(types := known.get(property, set())) == 1 else "STRING",
        }
        for property in sorted({*known, *keys, *indexed})
    }


def _key(entries: tuple[Entry, ...]) -> tuple[str, ...]:
    """The properties of our constraint on a type; where there is none of ours, of the only one that could be it."""
    unique = [each for each in entries if each.constraint and each.form in (UNIQUE, NODE_KEY)]
    ours = [each for each in unique if is_ours(each)]
    chosen = ours or unique
    return chosen[0].properties if len(chosen) == 1 else ()
