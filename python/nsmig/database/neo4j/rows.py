"""Reading whole rows for an archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nsmig.database.archiving import PLAIN
from nsmig.database.neo4j.stored import IN_UTC, encoded, may_be_in_utc, without_zone
from nsmig.kinds import Kind

if TYPE_CHECKING:
    import neo4j

# Locks a row without changing anything.
LOCKED = "SET n += {}"

# The collected content of rows ``n``, before a last column: one record for all rows halves the driver's work. Nothing
# else in such a statement may read a property: Neo4j 5.26 has been seen to return true instead of a value whose
# presence the same statement checks.
RETURNED = {
    Kind.NODE: "elementId(n), labels(n), properties(n)",
    Kind.RELATIONSHIP: "elementId(n), type(n), elementId(startNode(n)), elementId(endNode(n)), properties(n)",
}
_NAMES = {
    Kind.NODE: ("id", "labels", "values", "gone"),
    Kind.RELATIONSHIP: ("id", "type", "start", "end", "values", "gone"),
}


def collected(kind: Kind, more: str) -> str:
    """The text after RETURN.

    :param more: the expression for the last column.
    """
    return f"collect([{RETURNED[kind]}, {more}])"


def by_id(kind: Kind) -> str:
    """The rows whose ids are a parameter."""
    return f"MATCH {'(n)' if kind is Kind.NODE else '()-[n]->()'} WHERE elementId(n) IN $ids"


def read(transaction: neo4j.Transaction, kind: Kind, text: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows that a statement has :func:`collected`, by name, with encoded values."""
    (found,) = transaction.run(text, dict(parameters)).single(strict=True)
    rows = [dict(zip(_NAMES[kind], row, strict=True)) for row in found]
    in_doubt = {}
    for row in rows:
        if all(type(value) in PLAIN for value in row["values"].values()):
            continue
        row["values"] = encoded(row["values"])
        if any(map(may_be_in_utc, row["values"].values())):
            in_doubt[row["id"]] = row
    if in_doubt:
        asked = f"[key IN keys(n) | [key, {IN_UTC.format(value='n[key]')}]]"
        told = transaction.run(f"{by_id(kind)} RETURN elementId(n), {asked}", ids=list(in_doubt))
        for id, answers in told:
            values = in_doubt[id]["values"]
            values |= {name: without_zone(values[name], is_in_utc) for name, is_in_utc in answers}
    return rows


def locked(transaction: neo4j.Transaction, kind: Kind, ids: Sequence[str]) -> list[dict[str, Any]]:
    """These rows, read under their locks."""
    text = f"{by_id(kind)} {LOCKED} WITH n RETURN {collected(kind, 'null')}"
    return read(transaction, kind, text, {"ids": list(ids)}) if ids else []
