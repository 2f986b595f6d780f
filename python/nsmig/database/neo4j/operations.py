"""The operations on Neo4j, one function each: what the operation refuses, checks and changes, and which constraints and
indexes its type should have afterwards. ``assemble`` turns this into statements.

The wanted state comes from the schema alone, never from what was just dropped, so that repeating an operation that
stopped anywhere completes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from typing import Any

from nsmig.catalog_operations import CreateEntry, RemoveEntry
from nsmig.database.base import Statement
from nsmig.database.cypher import quoted, unsendable, unstorable
from nsmig.database.neo4j import expressions
from nsmig.database.neo4j.batches import batched, side_by_side
from nsmig.database.neo4j.catalog import Settings
from nsmig.database.neo4j.checks import (
    connected_without,
    duplicates_after_conversion,
    keys_of_other_types,
    overwritten,
    same,
    unconvertible,
)
from nsmig.database.neo4j.conversions import is_of
from nsmig.database.neo4j.effects import Assignment, Effect, KeyAfter, Loss, Wanted, pattern
from nsmig.kinds import NULL_KEY, Kind
from nsmig.operations import (
    AddAdjacency,
    AddIndex,
    AddProperty,
    CreateType,
    DropAdjacency,
    DropIndex,
    DropProperty,
    DropType,
    ExtendKey,
    Operation,
    QueriesLeftOut,
    ReduceKey,
    RenameKeyPart,
    RenameProperty,
    RenameType,
    RunQuery,
    SetPropertyType,
)
from nsmig.values import SchemaView, Type


def effect(operation: Operation, before: SchemaView, settings: Settings) -> Effect:
    """The effect of an operation, given the schema before it."""
    match operation:
        case CreateType():
            return create_type(operation)
        case DropType():
            return drop_type(operation, before, settings)
        case RenameType():
            return rename_type(operation, before, settings)
        case AddProperty():
            return add_property(operation, before)
        case DropProperty():
            return drop_property(operation, before)
        case RenameProperty() | RenameKeyPart():
            return rename_property(operation, before)
        case ExtendKey():
            return extend_key(operation, before)
        case ReduceKey():
            return reduce_key(operation, before)
        case SetPropertyType():
            return set_property_type(operation, before, settings)
        case AddIndex() | DropIndex():
            return change_index(operation, before)
        case AddAdjacency() | QueriesLeftOut() | CreateEntry() | RemoveEntry():
            return Effect()
        case DropAdjacency():
            return Effect(checks=connected_without(operation, before))
        case RunQuery():
            return run_query(operation)
    raise AssertionError(f"not an operation: {operation!r}")


# --- Types ------------------------------------------------------------------------------------------------------------


def create_type(operation: CreateType) -> Effect:
    type = operation.type
    return Effect(
        wanted=Wanted(operation.kind, type, type, operation.keys),
        key=KeyAfter(quoted(type)),
    )


def drop_type(operation: DropType, before: SchemaView, settings: Settings) -> Effect:
    """Nodes that also have another managed type lose the label and the properties that only this type declares; other
    nodes are deleted."""
    kind, type = operation.kind, operation.type

    def losses(suffix: str = "") -> Iterator[Loss]:
        managed = [each for each in before.types(Kind.NODE) if each != type]
        if kind is Kind.RELATIONSHIP:
            yield Loss(kind, type, "", "DELETE n")
            return
        if managed:
            parameters: dict[str, Any] = {"managed": managed}
            actions, values = [], {}
            for position, each in enumerate(sorted(_declared(before, kind, type).properties)):
                target, others = f"n.{quoted(each)}", [name for name in before.declaring(each) if name != type]
                if others:
                    parameters[f"others{position}"] = others
                    values[each] = f"NOT {_carries(f'others{position}')}"
                    actions.append(f"SET {target} = CASE WHEN {_carries(f'others{position}')} THEN {target} END")
                else:
                    values[each] = "true"
                    actions.append(f"REMOVE {target}")
            action = " ".join([*actions, f"REMOVE n:{quoted(type)}"])
            yield Loss(kind, type, _carries("managed"), action, values, (type,), parameters)
        rest = f"NOT {_carries('managed')}" if managed else ""
        yield Loss(kind, type, rest, "DETACH DELETE n", parameters={"managed": managed} if managed else {})

    data = (batched(each.rows, each.action, each.parameters, settings) for each in losses())
    return Effect(wanted=Wanted(kind, type, None), data=data, losses=losses)


def rename_type(operation: RenameType, before: SchemaView, settings: Settings) -> Effect:
    kind, old, new = operation.kind, operation.old, operation.new
    declared = _declared(before, kind, old)

    def data() -> Iterator[Statement]:
        if kind is Kind.NODE:
            yield side_by_side(pattern(kind, old), f"SET n:{quoted(new)} REMOVE n:{quoted(old)}", {}, settings)
        else:
            # A relationship's type cannot be changed. Copy and deletion are one transaction, so none exists twice.
            copy = f"CREATE (a)-[copy:{quoted(new)}]->(b) SET copy = properties(n) DELETE n"
            yield batched(f"(a)-[n:{quoted(old)}]->(b)", copy, {}, settings, "n, a, b")

    return Effect(
        wanted=Wanted(kind, old, new, declared.keys, declared.indexes, dict(declared.properties)),
        key=KeyAfter(
            f"{quoted(old)}|{quoted(new)}",
            doubtful=f"MATCH (n:{quoted(new)})",
            type_before=old,
            before=declared.keys,
        ),
        data=data(),
    )


# --- Properties -------------------------------------------------------------------------------------------------------


def add_property(operation: AddProperty, before: SchemaView) -> Effect:
    value = operation.default
    return Effect(
        refused=_unstorable(value),
        checks=keys_of_other_types(operation, _default_value(operation.property, value), {"default": value}, before)
        if value is not None
        else (),
        assignment=lambda suffix: _fill(operation.property, value, suffix),
    )


def drop_property(operation: DropProperty, before: SchemaView) -> Effect:
    kind, type, dropped = operation.kind, operation.type, operation.property
    declared = _declared(before, kind, type)

    def assignment(suffix: str) -> Assignment:
        target, others = f"n.{quoted(dropped)}", _others(kind, type, dropped, before)
        if not others:
            return Assignment(f"{target} IS NOT NULL", f"{target} = null")
        name = f"others{suffix}"
        spared = f"{target} IS NOT NULL AND NOT {_carries(name)}"
        return Assignment(spared, f"{target} = CASE WHEN {_carries(name)} THEN {target} END", {name: others})

    def losses(suffix: str) -> Iterator[Loss]:
        each = assignment(suffix)
        is_lost = f"NOT {_carries(f'others{suffix}')}" if each.parameters else "true"
        yield Loss(kind, type, each.rows, f"SET {each.sets}", {dropped: is_lost}, parameters=each.parameters)

    return Effect(
        wanted=Wanted(
            kind,
            type,
            type,
            _without(declared.keys, dropped),
            _without(declared.indexes, dropped),
            {name: of for name, of in declared.properties.items() if name != dropped},
            None if dropped in declared.keys else frozenset({dropped}),
            frozenset({dropped}),
        ),
        key=KeyAfter(quoted(type)),
        assignment=assignment,
        losses=losses,
    )


def rename_property(operation: RenameProperty | RenameKeyPart, before: SchemaView) -> Effect:
    """Values move from the old name to the new one without overwriting existing ones.

    Rows that also have another managed type which declares the old name keep it as well.
    """
    kind, type, old, new = operation.kind, operation.type, operation.old, operation.new
    declared = _declared(before, kind, type)
    source, target = f"n.{quoted(old)}", f"n.{quoted(new)}"
    moved = f"coalesce({target}, {source})"

    def assignment(suffix: str) -> Assignment:
        others = _others(kind, type, old, before)
        name = f"others{suffix}"
        stays = f"WHEN {_carries(name)} THEN {source} " if others else ""
        # Another value there was written by someone since the check. This is right in whatever order the server takes
        # the parts of a SET. With coalesce in place of the first CASE it reads both properties beforehand, at a quarter
        # of the statement's cost.
        gone = f"WHEN {target} IS NULL THEN null WHEN {same(target, source)} THEN null"
        kept = f"CASE WHEN {target} IS NULL THEN {source} ELSE {target} END"
        sets = f"{target} = {kept}, {source} = CASE {stays}{gone} ELSE {source} END"
        return Assignment(f"{source} IS NOT NULL", sets, {name: others} if others else {})

    def checks() -> Iterator[Statement]:
        yield overwritten([operation])
        yield from keys_of_other_types(operation, moved, {}, before)

    return Effect(
        wanted=Wanted(
            kind,
            type,
            type,
            _renamed(declared.keys, old, new),
            _renamed(declared.indexes, old, new),
            {new if name == old else name: of for name, of in declared.properties.items() if name != new},
            None if {old, new} & set(declared.keys) else frozenset({old, new}),
            frozenset({old}),
        ),
        key=KeyAfter(
            quoted(type),
            {new: f"coalesce({source}, {target})"},
            doubtful=f"MATCH (n:{quoted(type)}) WHERE {source} IS NULL AND {target} IS NOT NULL",
            type_before=type,
            before=declared.keys,
        ),
        checks=checks(),
        assignment=assignment,
        renamed=operation,
    )


def extend_key(operation: ExtendKey, before: SchemaView) -> Effect:
    kind, type, added = operation.kind, operation.type, operation.property
    declared = _declared(before, kind, type)
    # nodestream gives nodes this text for a part without a default, since null cannot be part of a key.
    value = NULL_KEY if operation.default is None and kind is Kind.NODE else operation.default
    filled = _default_value(added, value)
    return Effect(
        refused=_unstorable(operation.default),
        wanted=Wanted(kind, type, type, _with(declared.keys, added), declared.indexes, dict(declared.properties))
        if kind is Kind.NODE
        else None,
        key=KeyAfter(
            quoted(type), {added: filled}, {"default": value}, doubtful="", type_before=type, before=declared.keys
        ),
        checks=keys_of_other_types(operation, filled, {"default": value}, before) if value is not None else (),
        assignment=lambda suffix: _fill(added, value, suffix),
    )


def reduce_key(operation: ReduceKey, before: SchemaView) -> Effect:
    kind, type, removed = operation.kind, operation.type, operation.property
    if kind is Kind.RELATIONSHIP:
        return Effect()
    declared = _declared(before, kind, type)
    keys = _without(declared.keys, removed)
    return Effect(
        wanted=Wanted(kind, type, type, keys, declared.indexes, dict(declared.properties)),
        key=KeyAfter(quoted(type)),
    )


def set_property_type(operation: SetPropertyType, before: SchemaView, settings: Settings) -> Effect:
    kind, type, typed, to = operation.kind, operation.type, operation.property, operation.to
    declared = _declared(before, kind, type)
    value, using = f"n.{quoted(typed)}", operation.using_on("neo4j")
    becomes = expressions.becoming(value, operation)

    def losses(suffix: str = "") -> Iterator[Loss]:
        is_other = f"NOT {is_of(value, to)}"
        # The value is read once.
        action = f"SET {value} = head([value IN [{value}] | {expressions.replacing(operation)}])"
        yield Loss(kind, type, is_other, action, {typed: "true"}, converts=True)

    def data() -> Iterator[Statement]:
        for each in losses():
            yield side_by_side(each.rows, each.action, {}, settings)

    return Effect(
        refused=_inexpressible(using),
        wanted=Wanted(
            kind,
            type,
            type,
            declared.keys,
            declared.indexes,
            {**declared.properties, typed: to},
            frozenset({typed}),
        ),
        checks=chain(
            expressions.wrong(operation, using) if using else unconvertible(operation),
            duplicates_after_conversion(operation, declared, becomes),
            keys_of_other_types(operation, becomes, {}, before),
        ),
        data=data(),
        losses=losses,
    )


# --- Indexes and queries ----------------------------------------------------------------------------------------------


def change_index(operation: AddIndex | DropIndex, before: SchemaView) -> Effect:
    kind, type, indexed = operation.kind, operation.type, operation.property
    declared = _declared(before, kind, type)
    changed = _with if isinstance(operation, AddIndex) else _without
    indexes = changed(declared.indexes, indexed)
    properties = dict(declared.properties)
    undeclared = indexed if isinstance(operation, DropIndex) else None
    wanted = Wanted(kind, type, type, declared.keys, indexes, properties, frozenset({indexed}), undeclared=undeclared)
    return Effect(wanted=wanted)


def is_for_neo4j(query: RunQuery) -> bool:
    return query.database in (None, "neo4j")


def run_query(operation: RunQuery) -> Effect:
    reason = unsendable(operation.parameters) if is_for_neo4j(operation) else None
    return Effect(refused=reason and f"Neo4j refuses the parameters: {reason}")


# --- Parts of the above -----------------------------------------------------------------------------------------------


def _unstorable(default: Any) -> str | None:
    reason = unstorable(default)
    return reason and f"Neo4j refuses the default: {reason}"


def _inexpressible(using: str | None) -> str | None:
    if using == "":
        return "'using' has no expression for neo4j; add one"
    reason = using and expressions.refused(using)
    return reason and f"the expression of 'using' is refused: {reason}"


def _default_value(property: str, value: Any) -> str:
    """The expression for a property with a default instead of null."""
    return f"n.{quoted(property)}" if value is None else f"coalesce(n.{quoted(property)}, $default)"


def _fill(property: str, value: Any, suffix: str) -> Assignment | None:
    if value is None:
        return None
    target, name = f"n.{quoted(property)}", f"default{suffix}"
    return Assignment(f"{target} IS NULL", f"{target} = coalesce({target}, ${name})", {name: value})


def _carries(parameter: str) -> str:
    """Whether node ``n`` has one of the labels in a parameter."""
    return f"any(label IN labels(n) WHERE label IN ${parameter})"


def _others(kind: Kind, type: str, property: str, before: SchemaView) -> list[str]:
    """The other node types that declare a property; a relationship has only one type."""
    return [each for each in before.declaring(property) if each != type] if kind is Kind.NODE else []


def _declared(before: SchemaView, kind: Kind, type: str) -> Type:
    """A type's declaration; empty if the schema has no type of that name, which the fold then creates silently."""
    return before.type(kind, type) or Type((), {}, ())


def _with(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(sorted({*names, name}))


def _without(names: tuple[str, ...], name: str) -> tuple[str, ...]:
    return tuple(each for each in names if each != name)


def _renamed(names: tuple[str, ...], old: str, new: str) -> tuple[str, ...]:
    """Replace the old name with the new one, which loses its previous place."""
    kept = {each for each in names if each not in (old, new)}
    return tuple(sorted(kept | ({new} if old in names else set())))
