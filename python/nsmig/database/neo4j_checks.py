"""Checks before an operation on Neo4j: what rows forbid it, counted and shown before anything changes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nsmig.database.base import Role, Schema, Statement
from nsmig.database.cypher import inlined, quoted
from nsmig.database.neo4j_catalog import (
    NODE_KEY,
    RANGE,
    UNIQUE,
    Catalog,
    Dialect,
    Entry,
    is_type,
    serves,
)
from nsmig.database.neo4j_conversions import can_be, converted
from nsmig.kinds import NULL_KEY
from nsmig.operations import (
    AddProperty,
    DropAdjacency,
    ExtendKey,
    Kind,
    Operation,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    SetPropertyType,
)


def conflicts(operation: Operation, before: Schema) -> Iterator[Statement]:
    """What no constraint would tell and must not go on."""
    match operation:
        case RenameProperty() | RenameKeyPart():
            yield overwritten([operation])
        case SetPropertyType(kind, type, typed, to):
            value = f"n.{quoted(typed)}"
            rows = f"MATCH {pattern(kind, type)} WHERE {value} IS NOT NULL AND NOT {can_be(value, to)}"
            yield _check(rows, {}, f"{kind.value}s hold a value in {typed!r} that cannot become {to} without loss")
            declared = before.type(kind, type)
            if kind is Kind.NODE and declared and typed in declared.keys:
                values = {each: f"n.{quoted(each)}" for each in declared.keys}
                yield _duplicates(type, quoted(type), values | {typed: converted(value, to)}, {})
        case DropAdjacency():
            yield _connected(operation, before)
    yield from _keys_of_other_types(operation, before)


def _keys_of_other_types(operation: Operation, before: Schema) -> Iterator[Statement]:
    """A node of several types has one property for all: what is written for one must not break the key of another."""
    parameters: dict[str, Any] = {}
    match operation:
        case (AddProperty(Kind.NODE, type, written) | ExtendKey(Kind.NODE, type, written)) as change:
            default = key_default(change) if isinstance(change, ExtendKey) else change.default
            if default is None:
                return
            value, parameters = f"coalesce(n.{quoted(written)}, $default)", {"default": default}
        case RenameProperty(Kind.NODE, type, old, written) | RenameKeyPart(Kind.NODE, type, old, written):
            value = f"coalesce(n.{quoted(written)}, n.{quoted(old)})"
        case SetPropertyType(Kind.NODE, type, written, to):
            value = converted(f"n.{quoted(written)}", to)
        case _:
            return
    for other in before.declaring(written):
        declared = before.type(Kind.NODE, other)
        if other == type or declared is None or written not in declared.keys:
            continue
        values = {each: f"n.{quoted(each)}" for each in declared.keys}
        values[written] = f"CASE WHEN n:{quoted(type)} THEN {value} ELSE n.{quoted(written)} END"
        proviso = f"MATCH (n:{quoted(type)}:{quoted(other)}) WITH count(n) AS doubtful WHERE doubtful > 0 "
        yield _duplicates(other, quoted(other), values, parameters, proviso)


def overwritten(renames: Sequence[RenameProperty | RenameKeyPart]) -> Statement:
    """Renames on one type must not overwrite: both properties hold values, and not the same."""
    kind, new = renames[0].kind, " or ".join(repr(each.new) for each in renames)
    return _holding_both(renames, [each.new for each in renames], f"{kind.value}s already hold another value in {new}")


def spared(renames: Sequence[RenameProperty | RenameKeyPart]) -> Statement:
    """After renames: rows to which others gave another value meanwhile, so that they kept both."""
    kind, new = renames[0].kind, " or ".join(repr(each.new) for each in renames)
    problem = f"{kind.value}s were given another value in {new} meanwhile, and keep both"
    return replace(_holding_both(renames, [each.old for each in renames], problem), role=Role.RECHECK)


def _holding_both(renames: Sequence[RenameProperty | RenameKeyPart], rare: list[str], problem: str) -> Statement:
    """Rows that hold different values under the old and the new name.

    :param rare: names that hardly any row has; asked first, and WITH keeps the planner from asking for all at once.
    """
    pairs = [(f"n.{quoted(each.old)}", f"n.{quoted(each.new)}") for each in renames]
    some = " OR ".join(f"n.{quoted(each)} IS NOT NULL" for each in rare)
    differs = " OR ".join(
        f"CASE WHEN {a} IS NULL OR {b} IS NULL THEN false ELSE NOT {same(a, b)} END" for a, b in pairs
    )
    return _check(f"MATCH {pattern(renames[0].kind, renames[0].type)} WHERE {some} WITH n WHERE {differs}", {}, problem)


def same(one: str, other: str) -> str:
    """Whether two expressions give the same value. NaN differs from itself; two of them, or two lists with NaN at the
    same places, are the same here."""
    both_nan = f"({one} <> {one} AND {other} <> {other} AND toStringList([] + {one}) = toStringList([] + {other}))"
    return f"(coalesce({one} = {other}, false) OR coalesce({both_nan}, false))"


def _connected(operation: DropAdjacency, before: Schema) -> Statement:
    """Relationships that no other declared adjacency allows; a node of several labels may be an end by several."""
    a, relationship, b = operation.from_type, operation.relationship, operation.to_type
    others = [
        [ends["from_node_type"], ends["to_node_type"]]
        for each in before.to_dict()["cardinalities"]
        if (ends := each["adjacency"])["relationship_type"] == relationship
        and (ends["from_node_type"], ends["to_node_type"]) != (a, b)
    ]
    rows = f"MATCH (a:{quoted(a)})-[n:{quoted(relationship)}]->(b:{quoted(b)})"
    if others:
        rows += " WHERE none(each IN $others WHERE each[0] IN labels(a) AND each[1] IN labels(b))"
    problem = f"relationships of type {relationship!r} still go from {a!r} to {b!r}"
    return _check(rows, {"others": others} if others else {}, problem)


def obstacles(entry: Entry, remaining: Catalog) -> Iterator[Statement]:
    """What users made and the server does not allow beside the constraint."""
    for each in remaining.on(entry.kind, entry.types[0]):
        blocks = each.form == RANGE and each.properties == entry.properties
        blocks |= entry.form == NODE_KEY and each.form == UNIQUE and set(each.properties) == set(entry.properties)
        if is_type(entry):
            blocks = is_type(each) and each.properties == entry.properties
        if blocks and each.types == entry.types:
            show = f"SHOW {'CONSTRAINTS' if each.constraint else 'INDEXES'} YIELD name WHERE name = $name"
            yield Statement(
                Role.CHECK,
                f"{show} RETURN count(*) AS count",
                {"name": each.name},
                f"the {each.noun} {each.name!r}, not made by nsmig, stands in the way of a constraint; drop it",
                inlined(show, {"name": each.name}),
            )


def key_checks(
    operation: Operation, entry: Entry, before: Schema, live: Catalog, dialect: Dialect
) -> Iterator[Statement]:
    """A new constraint must hold for the values as they will be; what the old constraint proves is not counted."""
    values = {each: f"n.{quoted(each)}" for each in entry.properties}
    parameters: dict[str, Any] = {}
    labels = quoted(entry.types[0])
    guard = None  # rows without which the constraint before is proof enough
    match operation:
        case RenameType(old=old, new=new):
            labels = f"{quoted(old)}|{quoted(new)}"
            guard = f"MATCH (n:{quoted(new)})"
        case RenameProperty(old=old, new=new) | RenameKeyPart(old=old, new=new):
            if new in values:
                values[new] = f"coalesce(n.{quoted(old)}, n.{quoted(new)})"
            guard = f"MATCH (n:{labels}) WHERE n.{quoted(old)} IS NULL AND n.{quoted(new)} IS NOT NULL"
        case ExtendKey(property=added):
            values[added] = f"coalesce(n.{quoted(added)}, $default)"
            parameters["default"] = key_default(operation)
            guard = f"MATCH (n:{labels}) WHERE false"
    proved = guard is not None and _has_constraint(operation, before, live, len(entry.properties))
    proviso = f"{guard} WITH count(n) AS doubtful WHERE doubtful > 0 " if proved else ""
    if not (proved and isinstance(operation, ExtendKey)):
        yield _duplicates(entry.types[0], labels, values, parameters, proviso)
    if dialect.enterprise:
        absent = " OR ".join(f"{value} IS NULL" for value in values.values())
        yield _check(
            f"MATCH (n:{labels}) WHERE {absent}", parameters, f"nodes of {entry.types[0]!r} lack a part of their key"
        )


def _duplicates(
    type: str, labels: str, values: Mapping[str, str], parameters: Mapping[str, Any], proviso: str = ""
) -> Statement:
    """Nodes that would have one key; ``values`` maps its parts to expressions."""
    alias = {value: f"key{position}" for position, value in enumerate(values.values())}
    present = " AND ".join(f"{value} IS NOT NULL" for value in alias)
    grouped = ", ".join(f"{value} AS {name}" for value, name in alias.items())
    rows = f"MATCH (n:{labels}) WHERE {present} WITH {grouped}, count(*) AS nodes WHERE nodes > 1"
    problem = f"nodes of {type!r} share their key ({', '.join(values)}) with another node"
    show = inlined(f"{rows} RETURN {', '.join(alias.values())}, nodes LIMIT 25", parameters)
    counted = f"{proviso}{rows} RETURN coalesce(sum(nodes), 0) AS count"
    return Statement(Role.CHECK, counted, parameters, problem, show)


def _has_constraint(operation: Operation, before: Schema, live: Catalog, parts: int) -> bool:
    """Whether the key before the operation is enforced right now, and has no more parts than the one after it."""
    type = getattr(operation, "type", None) or getattr(operation, "old")  # noqa: B009
    declared = before.type(Kind.NODE, type)
    if declared is None or not 0 < len(declared.keys) <= parts:
        return False
    key = Entry("", Kind.NODE, (type,), declared.keys, UNIQUE, True)
    return any(serves(each, key) for each in live.on(Kind.NODE, type))


def _check(rows: str, parameters: Mapping[str, Any], problem: str) -> Statement:
    used = {name: value for name, value in parameters.items() if f"${name}" in rows}
    return Statement(
        Role.CHECK, f"{rows} RETURN count(*) AS count", used, problem, inlined(f"{rows} RETURN n LIMIT 25", used)
    )


def pattern(kind: Kind, type: str) -> str:
    return f"(n:{quoted(type)})" if kind is Kind.NODE else f"()-[n:{quoted(type)}]->()"


def key_default(operation: ExtendKey) -> Any:
    return NULL_KEY if operation.default is None and operation.kind is Kind.NODE else operation.default
