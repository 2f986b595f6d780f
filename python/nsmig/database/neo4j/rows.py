"""Reading whole rows for an archive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from nsmig.database.neo4j.stored import IN_UTC, column, may_be_in_utc, without_zone
from nsmig.kinds import Kind

if TYPE_CHECKING:
    import neo4j

# Locks a row without changing anything.
LOCKED = "SET n += {}"

# One record holds the rows ``n`` of a statement whose labels and names of values are the same: the names, what the rows
# have in common, and a list for each value. The driver decodes such columns in half the time that a map for each row
# takes, and most need no look at each value. Nothing else in such a statement may look at a property: Neo4j 5.26 has
# been seen to give true in place of a value of which the same statement asks if it is there.
_COMMON = {Kind.NODE: "labels(n)", Kind.RELATIONSHIP: "type(n)"}
_OF_EACH = {
    Kind.NODE: ("elementId(n)",),
    Kind.RELATIONSHIP: ("elementId(n)", "elementId(startNode(n))", "elementId(endNode(n))"),
}
_NAMES = {Kind.NODE: ("labels", "gone", "id"), Kind.RELATIONSHIP: ("type", "gone", "id", "start", "end")}


def collected(kind: Kind, more: str) -> str:
    """What follows the rows ``n`` of a statement, to return them as :func:`read` expects them.

    :param more: what else they have in common, or an aggregate.
    """
    columns = ", ".join(f"collect({each})" for each in _OF_EACH[kind])
    return (
        f"WITH n, properties(n) AS held WITH keys(held) AS names, {_COMMON[kind]} AS common, {more} AS more,"
        f" [{columns}] AS ids, collect(held) AS rows"
        " RETURN names, common, more, ids, [name IN names | [row IN rows | row[name]]]"
    )


def by_id(kind: Kind) -> str:
    """The rows whose ids are a parameter."""
    return f"MATCH {'(n)' if kind is Kind.NODE else '()-[n]->()'} WHERE elementId(n) IN $ids"


def read(transaction: neo4j.Transaction, kind: Kind, text: str, parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The rows that a statement has :func:`collected`, by name, their values encoded."""
    rows: list[dict[str, Any]] = []
    in_doubt: dict[str, dict[str, Any]] = {}
    for names, common, more, ids, raw in transaction.run(text, dict(parameters)):
        columns = [column(name, values) for name, values in zip(names, raw, strict=True)]
        each = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)] or [{} for _ in ids[0]]
        some = [
            dict(zip(_NAMES[kind], (common, more, *its), strict=True), values=values)
            for *its, values in zip(*ids, each, strict=True)
        ]
        special = [each for each, values in zip(columns, raw, strict=True) if each is not values]
        if any(map(may_be_in_utc, chain.from_iterable(special))):
            in_doubt |= {row["id"]: row for row in some}
        rows += some
    if in_doubt:
        asked = f"[key IN keys(n) | [key, {IN_UTC.format(value='n[key]')}]]"
        told = transaction.run(f"{by_id(kind)} RETURN elementId(n), {asked}", ids=list(in_doubt))
        for id, answers in told:
            values = in_doubt[id]["values"]
            values |= {name: without_zone(values[name], is_in_utc) for name, is_in_utc in answers}
    return rows


def locked(transaction: neo4j.Transaction, kind: Kind, ids: Sequence[str]) -> list[dict[str, Any]]:
    """These rows, read under their locks."""
    text = f"{by_id(kind)} {LOCKED} {collected(kind, 'null')}"
    return read(transaction, kind, text, {"ids": list(ids)}) if ids else []
