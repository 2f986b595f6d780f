"""Data that other tools keep in a Neo4j database for themselves, recognized by its names."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nsmig.database.cypher import quoted
from nsmig.errors import LockedError

NEO4J_MIGRATIONS = "neo4j-migrations"
CHAIN, CHAIN_LOCK = "__Neo4jMigration", "__Neo4jMigrationsLock"

Rows = Callable[[str, Mapping[str, Any]], list[dict[str, Any]]]  # sends a query and returns its rows

# By tool: its labels.
_LABELS = {
    NEO4J_MIGRATIONS: re.compile(f"{CHAIN}|{CHAIN_LOCK}"),
    "nodestream": re.compile("__Nodestream[A-Za-z]*__"),
    "neosemantics (n10s)": re.compile("_GraphConfig|_NsPrefDef|_MapDef|_MapNs|_n10sValidatorConfig"),
    "Bloom": re.compile("_Bloom_[A-Za-z]+_"),
}
# Types of relationships between such nodes. Others may exist with the same name.
BETWEEN = {
    "MIGRATED_TO": (NEO4J_MIGRATIONS, CHAIN),
    "REPEATED": (NEO4J_MIGRATIONS, CHAIN),
    "_Bloom_HAS_SCENE_": ("Bloom", "_Bloom_Perspective_"),
    "_IN": ("neosemantics (n10s)", "_MapDef"),
}


def tool_of(label: str) -> str | None:
    """The tool that uses nodes of this label; None if they are the user's own."""
    return next((tool for tool, labels in _LABELS.items() if labels.fullmatch(label)), None)


def theirs(types: Iterable[str], rows: Rows) -> dict[str, str]:
    """Those of these relationship types that only connect such nodes, with their tools.

    The server keeps both counts.
    """
    found = {}
    for name in sorted(BETWEEN.keys() & set(types)):
        tool, label = BETWEEN[name]
        text = (
            f"RETURN COUNT {{ ()-[:{quoted(name)}]->() }} = COUNT {{ (:{quoted(label)})-[:{quoted(name)}]->() }} AS all"
        )
        if rows(text, {})[0]["all"]:
            found[name] = tool
    return found


def recorded(rows: Rows) -> tuple[str, ...]:
    """The records of neo4j-migrations, in the order of its chain, without the chain's start.

    :raises LockedError: it is running.
    """
    if is_locked(rows):
        raise LockedError(NEO4J_MIGRATIONS, "wait until it is done, and try again", "another tool holds its lock")
    text = (
        f"MATCH p = (:{quoted(CHAIN)} {{version: 'BASELINE'}})-[:MIGRATED_TO*1..]->(m:{quoted(CHAIN)})"
        " RETURN m.version + coalesce(' ' + m.description, '') AS name ORDER BY length(p), name"
    )
    return tuple(str(row["name"]) for row in rows(text, {}))


def is_locked(rows: Rows) -> bool:
    """Whether neo4j-migrations is running."""
    return bool(rows(f"RETURN EXISTS {{ (:{quoted(CHAIN_LOCK)}) }} AS locked", {})[0]["locked"])
