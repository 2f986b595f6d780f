"""Checks before an operation on Neo4j: conflicting rows are counted and shown before anything changes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from nsmig.database.base import Role, Statement
from nsmig.database.cypher import inlined, quoted, used
from nsmig.database.neo4j.catalog import NODE_KEY, RANGE, UNIQUE, Catalog, Entry, Settings, is_type, serves
from nsmig.database.neo4j.conversions import can_be
from nsmig.database.neo4j.effects import KeyAfter, held, pattern
from nsmig.database.neo4j.limits import too_large
from nsmig.kinds import Kind
from nsmig.operations import (
    AddProperty,
    DropAdjacency,
    ExtendKey,
    RenameKeyPart,
    RenameProperty,
    SetPropertyType,
)
from nsmig.values import SchemaView, Type


def unconvertible(operation: SetPropertyType) -> Iterator[Statement]:
    """Values that cannot be converted to the new type without loss."""
    to = operation.to
    rows = (
        f"MATCH {pattern(operation.kind, operation.type)} WITH n, n.{quoted(operation.property)} AS value"  # read once
    )
    problem = f"{operation.kind.value}s hold a value in {operation.property!r} that cannot become {to} without loss"
    found = check(f"{rows} WHERE value IS NOT NULL AND NOT {can_be('value', to)}", {}, problem)
    yield replace(found, is_early=True)


def duplicates_after_conversion(operation: SetPropertyType, declared: Type, becomes: str) -> Iterator[Statement]:
    """Nodes that would share a key once part of it is converted. No constraint is created that would detect them.

    :param becomes: the expression for the converted value.
    """
    if operation.kind is Kind.NODE and operation.property in declared.keys:
        values = held(declared.keys) | {operation.property: becomes}
        yield _duplicates(operation.type, quoted(operation.type), values, {})


def keys_of_other_types(
    operation: AddProperty | ExtendKey | RenameProperty | RenameKeyPart | SetPropertyType,
    value: str,
    parameters: Mapping[str, Any],
    before: SchemaView,
) -> Iterator[Statement]:
    """Nodes of several types share their properties: a value written for one type must not break the key of another.

    :param value: the expression for the value written.
    """
    if operation.kind is Kind.RELATIONSHIP:
        return
    type = operation.type
    written = operation.new if isinstance(operation, (RenameProperty, RenameKeyPart)) else operation.property
    for other in before.declaring(written):
        declared = before.type(Kind.NODE, other)
        if other == type or declared is None or written not in declared.keys:
            continue
        values = held(declared.keys)
        values[written] = f"CASE WHEN n:{quoted(type)} THEN {value} ELSE n.{quoted(written)} END"
        yield _duplicates(other, quoted(other), values, parameters, f"MATCH (n:{quoted(type)}:{quoted(other)})")


def overwritten(renames: Sequence[RenameProperty | RenameKeyPart]) -> Statement:
    """Renames on a type must not overwrite: rows with different values in both properties."""
    kind, new = renames[0].kind, " or ".join(repr(each.new) for each in renames)
    return _holding_both(renames, [each.new for each in renames], f"{kind.value}s already hold another value in {new}")


def spared(renames: Sequence[RenameProperty | RenameKeyPart]) -> Statement:
    """After renames: rows to which others wrote a different value meanwhile, so that they kept both."""
    kind, new = renames[0].kind, " or ".join(repr(each.new) for each in renames)
    problem = f"{kind.value}s were given another value in {new} meanwhile, and keep both"
    return replace(_holding_both(renames, [each.old for each in renames], problem), role=Role.RECHECK)


def _holding_both(renames: Sequence[RenameProperty | RenameKeyPart], rare: list[str], problem: str) -> Statement:
    """Rows with different values under the old and the new name.

    :param rare: names that few rows have; they are checked first, and WITH keeps the planner from checking all at once.
    """
    pairs = [(f"n.{quoted(each.old)}", f"n.{quoted(each.new)}") for each in renames]
    some = " OR ".join(f"n.{quoted(each)} IS NOT NULL" for each in rare)
    differs = " OR ".join(
        f"CASE WHEN {a} IS NULL OR {b} IS NULL THEN false ELSE NOT {same(a, b)} END" for a, b in pairs
    )
    return check(f"MATCH {pattern(renames[0].kind, renames[0].type)} WHERE {some} WITH n WHERE {differs}", {}, problem)


def same(one: str, other: str) -> str:
    """Whether two expressions have the same value.

    NaN differs from itself; here two of them, or two lists with NaN in the same places, are the same. Both readings of
    the repeated hour at the end of summer time are equal to the server, but different here
    (findings/equal-but-unique.sh).
    """
    texts = f"toStringList([] + {one}) = toStringList([] + {other})"
    equal = f"{one} = {other} AND (NOT valueType({one}) CONTAINS 'ZONED DATETIME' OR {texts})"
    both_nan = f"{one} <> {one} AND {other} <> {other} AND {texts}"
    return f"(coalesce({equal}, false) OR coalesce({both_nan}, false))"


def connected_without(operation: DropAdjacency, before: SchemaView) -> Iterator[Statement]:
    """Relationships that no other declared adjacency allows; a node of several labels may be an end through any of
    them."""
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
    yield check(rows, {"others": others} if others else {}, problem)


def obstacles(entry: Entry, remaining: Catalog) -> Iterator[Statement]:
    """Users' own constraints and indexes that the server does not allow beside a new one."""
    for each in remaining.on(entry.kind, entry.types[0]):
        blocks = each.form == RANGE and each.properties == entry.properties and (entry.constraint or each.failed)
        blocks |= entry.form == NODE_KEY and each.form == UNIQUE and set(each.properties) == set(entry.properties)
        if is_type(entry):
            blocks = is_type(each) and each.properties == entry.properties
        if blocks and each.types == entry.types:
            state, what = "has failed and " * each.failed, "a constraint" if entry.constraint else "an index"
            yield standing(each, f"{state}blocks {what}")


def standing(entry: Entry, what: str) -> Statement:
    """A user's constraint or index prevents an operation while it exists.

    :param what: its effect, in words.
    """
    show = f"SHOW {'CONSTRAINTS' if entry.constraint else 'INDEXES'} YIELD name WHERE name = $name"
    problem = f"the {entry.noun} {entry.name!r}, not made by nsmig, {what}; drop it"
    parameters = {"name": entry.name}
    return Statement(Role.CHECK, f"{show} RETURN count(*) AS count", parameters, problem, inlined(show, parameters))


def key_checks(entry: Entry, key: KeyAfter, live: Catalog, settings: Settings) -> Iterator[Statement]:
    """A new constraint must hold for the future values; what the old constraint guarantees is not checked."""
    values = {each: key.values.get(each, held_) for each, held_ in held(entry.properties).items()}
    type = entry.types[0]
    is_proved = key.doubtful is not None and _is_enforced(key, entry, live)
    if not is_proved or key.doubtful:
        yield _duplicates(type, key.labels, values, key.parameters, key.doubtful if is_proved else None)
    if not is_proved or key.doubtful or len(entry.properties) > len(key.before):
        yield too_large(f"(n:{key.labels})", f"nodes of {type!r}", values, key.parameters)
    if settings.enterprise:
        absent = " OR ".join(f"{value} IS NULL" for value in values.values())
        rows = f"MATCH (n:{key.labels}) WHERE {absent}"
        yield check(rows, key.parameters, f"nodes of {type!r} lack a part of their key")


def keyless(entry: Entry) -> Statement:
    """Nodes that a uniqueness constraint for a key does not cover, since they lack part of it."""
    absent = " OR ".join(f"n.{quoted(each)} IS NULL" for each in entry.properties)
    type = entry.types[0]
    key = ", ".join(entry.properties)
    problem = f"nodes of {type!r} lack a part of their key ({key}), so the constraint does not keep them distinct"
    return replace(check(f"MATCH (n:{quoted(type)}) WHERE {absent}", {}, problem), role=Role.COUNT)


def _duplicates(
    type: str, labels: str, values: Mapping[str, str], parameters: Mapping[str, Any], doubtful: str | None = None
) -> Statement:
    """Nodes that would share a key; ``values`` maps its parts to expressions."""
    problem = f"nodes of {type!r} share their key ({', '.join(values)}) with another node"
    return alike(f"(n:{labels})", values.values(), problem, parameters, doubtful)


def alike(
    rows: str,
    values: Iterable[str],
    problem: str,
    parameters: Mapping[str, Any] | None = None,
    doubtful: str | None = None,
    counted: str = "nodes",
) -> Statement:
    """Rows ``n`` with the same values as another row.

    :param rows: the pattern that matches them.
    :param values: the expressions whose values are compared; rows that lack one are ignored.
    :param doubtful: the beginning of a query; if it matches no ``n``, all are known to differ.
    :param counted: what they are, in words.
    """
    given = parameters or {}
    alias = {value: f"key{position}" for position, value in enumerate(values)}
    present = " AND ".join(f"{value} IS NOT NULL" for value in alias)
    grouped = ", ".join(f"{value} AS {name}" for value, name in alias.items())
    shared = f"MATCH {rows} WHERE {present} WITH {grouped}, count(*) AS {counted} WHERE {counted} > 1"
    proviso = f"{doubtful} WITH count(n) AS doubtful WHERE doubtful > 0 " if doubtful else ""
    show = inlined(f"{shared} RETURN {', '.join(alias.values())}, {counted} LIMIT 25", given)
    return Statement(Role.CHECK, f"{proviso}{shared} RETURN coalesce(sum({counted}), 0) AS count", given, problem, show)


def _is_enforced(key: KeyAfter, entry: Entry, live: Catalog) -> bool:
    """Whether the key before the operation is currently enforced, and has no more parts than the one after it."""
    if not 0 < len(key.before) <= len(entry.properties):
        return False
    enforced = Entry("", Kind.NODE, (key.type_before,), key.before, UNIQUE, True)
    return any(serves(each, enforced) for each in live.on(Kind.NODE, key.type_before))


def check(rows: str, parameters: Mapping[str, Any], problem: str) -> Statement:
    """A check that no row ``n`` is matched.

    :param rows: the beginning of a query.
    """
    given = used(rows, parameters)
    return Statement(
        Role.CHECK, f"{rows} RETURN count(*) AS count", given, problem, inlined(f"{rows} RETURN n LIMIT 25", given)
    )
