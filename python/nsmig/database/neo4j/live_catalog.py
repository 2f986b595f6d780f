"""Reading a server's constraints and indexes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from nsmig.database.cypher import quoted
from nsmig.database.neo4j.catalog import Catalog, Entry, Server, config_of, drop, is_orphan, limited, type_form
from nsmig.database.neo4j.journal import KEPT, PRIVATE
from nsmig.kinds import Kind

if TYPE_CHECKING:
    import neo4j

Rows = Callable[[str], list[dict[str, Any]]]  # sends a query and returns its rows

_INDEXES = (
    "SHOW INDEXES YIELD name, state, type, entityType, labelsOrTypes, properties, owningConstraint, options"
    " WHERE owningConstraint IS NULL"
)
_CONSTRAINTS = "SHOW CONSTRAINTS YIELD name, type, entityType, labelsOrTypes, properties, propertyType"
_WITH_GRAPH_TYPES = "CYPHER 25 SHOW CONSTRAINTS YIELD *"  # whether or not this version has the column classification
_IS_EMPTY = "MATCH (n) WITH count(n) AS nodes RETURN nodes = {} AS empty".format(
    " + ".join(f"COUNT {{ (:{quoted(each)}) }}" for each in PRIVATE)
)  # the server keeps both counts


def read_catalog(rows: Rows, server: Server) -> Catalog:
    """All constraints, the indexes that no constraint owns, and whether there are user rows."""
    constraints = rows(_WITH_GRAPH_TYPES if server.has_graph_types else _CONSTRAINTS)
    entries = [entry_of(row, True) for row in constraints] + [entry_of(row, False) for row in rows(_INDEXES)]
    return replace(Catalog.of(entries, is_empty(rows)), server=server)


def is_empty(rows: Rows) -> bool:
    """Whether there are no user rows."""
    return bool(rows(_IS_EMPTY)[0]["empty"])


def read_kept(rows: Rows) -> list[str]:
    """The facts about what a killed run dropped and did not rebuild."""
    return [row["facts"] for row in rows(f"MATCH (k:{quoted(KEPT)}) RETURN k.facts AS facts ORDER BY k.name")]


def read_limits(rows: Rows) -> frozenset[tuple[Kind, str, str]]:
    """The properties of types under an index that keeps each text whole: see :func:`limited`."""
    entries = [entry_of(row, False) for row in rows(_INDEXES)]
    return frozenset((each.kind, type, name) for each in entries for type in each.types for name in limited(each))


def drop_orphans(session: neo4j.Session) -> None:
    """Drop the indexes of constraints that were being created when the server died, which now block them."""
    for entry in [entry_of(row.data(), False) for row in session.run(_INDEXES)]:
        if is_orphan(entry):
            session.run(drop(entry)).consume()


def entry_of(row: Mapping[str, Any], constraint: bool) -> Entry:
    """A row of SHOW CONSTRAINTS or SHOW INDEXES."""
    kind = Kind.NODE if row["entityType"] == "NODE" else Kind.RELATIONSHIP
    form = {"NODE_PROPERTY_UNIQUENESS": "UNIQUENESS", "RELATIONSHIP_PROPERTY_UNIQUENESS": "UNIQUENESS"}.get(
        row["type"], row["type"]
    )
    form = form.removeprefix("RELATIONSHIP_") if form == "RELATIONSHIP_UNIQUENESS" else form
    if row.get("propertyType"):
        form = type_form(row["propertyType"])
    types, properties = tuple(row["labelsOrTypes"] or ()), tuple(row["properties"] or ())
    state = row.get("state", "ONLINE")
    config = config_of((row.get("options") or {}).get("indexConfig") or {}) if not constraint else ""
    in_graph_type = row.get("classification", _OF_NONE) != _OF_NONE
    return Entry(
        row["name"],
        kind,
        types,
        properties,
        form,
        constraint,
        state == "ONLINE",
        state == "FAILED",
        config,
        in_graph_type,
    )


_OF_NONE = "undesignated"  # the classification of a constraint that belongs to no graph type
