"""Operations on types in LadybugDB, and the list of all operations: what each refuses, and its statements.

LadybugDB has tables with typed columns instead of labels. Operations that change a key rebuild the table (``rebuild``);
those that change a column's type create another column (``retyping``). An operation's statements are sent in one
transaction with its mark (except for what a rebuild copies beforehand), so repeating it is harmless.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple

from nsmig.catalog_operations import CreateConstraint, CreateIndex, RemoveConstraint, RemoveEntry, RemoveIndex
from nsmig.database.base import Role, Statement
from nsmig.database.cypher import parameters, unsendable
from nsmig.database.ladybug import entries, retyping
from nsmig.database.ladybug import property_operations as properties
from nsmig.database.ladybug.making import NO_INDEXES, Made, composite_note, declared, free, make, with_column
from nsmig.database.ladybug.refusals import refuse_new_type, refuse_properties, refuse_serial, refuse_type
from nsmig.database.ladybug.tables import Table, Tables, check, finished, renamed, schema_statement
from nsmig.database.ladybug.values import CHECKPOINT, bound, lower, quote
from nsmig.errors import UnsupportedError
from nsmig.kinds import Kind
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
from nsmig.values import SchemaView


def refuse(operation: Operation, before: SchemaView) -> None:
    """Raise :class:`UnsupportedError` if LadybugDB cannot carry the operation out, whatever the data."""
    OPERATIONS[type(operation)].refuse(operation, before)


def statements(operation: Operation, before: SchemaView, live: Tables) -> Made:
    """The statements for an operation, in order, and the tables after them. Pure.

    :raises UnsupportedError: the tables prevent it, such as a column of a different type from the operation's default.
    :raises DatabaseError: the database lacks a table that the schema declares.
    """
    return OPERATIONS[type(operation)].statements(operation, before, live)


# --- Types ------------------------------------------------------------------------------------------------------------


def refuse_create(operation: CreateType, before: SchemaView) -> None:
    refuse_new_type(operation, operation.kind, operation.type, before)
    there = before.type(operation.kind, operation.type)
    known = sorted(there.properties) if there else []
    refuse_properties(operation, {*operation.keys, *operation.properties}, known)


def create(operation: CreateType, before: SchemaView, live: Tables) -> Made:
    names = (*operation.keys, *(each for each in operation.properties if each not in operation.keys))
    table = live.find(operation.type)
    if table is None:
        columns = tuple((name, "STRING") for name in names)
        made, live = make(
            Table(operation.type, operation.kind, columns, keys=operation.keys, untyped=tuple(sorted(names))), live
        )
        if operation.kind is Kind.NODE and len(operation.keys) > 1:
            made.append(composite_note(operation.type))
        return made, live
    if table.kind is not operation.kind or table.name != operation.type:
        free(operation, operation.type, live)
    if table.kind is Kind.NODE and set(table.keys) != set(operation.keys):
        raise UnsupportedError(
            operation, f"the database has a table of that name with the key {table.keys}; drop or rename it first"
        )
    sent: list[Statement] = []
    changed = replace(table, keys=table.keys if table.kind is Kind.NODE else operation.keys, indexes=())
    for name in names:
        added, changed = with_column(operation, changed, name, "STRING", untyped=True)
        sent += added
    return finished(sent, table, changed, live)


def refuse_nothing(operation: Operation, before: SchemaView) -> None:
    """Declared types can be dropped; types named by an adjacency are declared, or the fold refuses it."""


def drop(operation: DropType, before: SchemaView, live: Tables) -> Made:
    table = declared(operation, operation.kind, operation.type, before, live)
    sent = []
    for other in live.relationships() if table.kind is Kind.NODE else []:
        touching = [pair for pair in other.pairs if table.name in pair]
        sent += [
            schema_statement(f"ALTER TABLE {quote(other.name)} DROP FROM {quote(a)} TO {quote(b)}") for a, b in touching
        ]
        live = live.put(replace(other, pairs=tuple(pair for pair in other.pairs if pair not in touching)))
    sent.append(schema_statement(f"DROP TABLE {quote(table.name)}"))
    gone = lower(table.name)
    return sent, replace(live, tables={name: each for name, each in live.tables.items() if name != gone})


def refuse_rename(operation: RenameType, before: SchemaView) -> None:
    if operation.old != operation.new or before.type(operation.kind, operation.old) is None:
        refuse_type(operation, operation.new, operation.kind, before, besides=operation.old)


def rename(operation: RenameType, before: SchemaView, live: Tables) -> Made:
    if before.type(operation.kind, operation.old) is None and live.find(operation.old) is None:
        free(operation, operation.new, live)
        return make(Table(operation.new, operation.kind), live)  # as the fold does
    if operation.old == operation.new:
        return [], live
    table = declared(operation, operation.kind, operation.old, before, live)
    refuse_serial(operation, table, (name for name, _ in table.columns))
    same = lower(operation.old) == lower(operation.new)
    if not same:
        free(operation, operation.new, live)
    return renamed(table.name, operation.new, same), _with_pairs_renamed(
        live.put(replace(table, name=operation.new), instead_of=table), table.name, operation.new
    )


def _with_pairs_renamed(live: Tables, old: str, new: str) -> Tables:
    for other in live.relationships():
        if any(old in pair for pair in other.pairs):
            pairs = sorted((new if a == old else a, new if b == old else b) for a, b in other.pairs)
            live = live.put(replace(other, pairs=tuple(pairs)))
    return live


# --- Adjacencies, indexes, queries ------------------------------------------------------------------------------------


def change_adjacency(operation: AddAdjacency | DropAdjacency, before: SchemaView, live: Tables) -> Made:
    """The pairs of a relationship table. A loader may have added one, or a history may never have dropped it."""
    table = declared(operation, Kind.RELATIONSHIP, operation.relationship, before, live)
    pair = (operation.from_type, operation.to_type)
    for name in pair:
        declared(operation, Kind.NODE, name, before, live)
    a, b = map(quote, pair)
    if isinstance(operation, AddAdjacency):
        if pair in table.pairs:
            return [], live
        # The engine crashes if a property of the relationships was dropped since the last checkpoint.
        sent = [*[CHECKPOINT] * (not live.is_settled), f"ALTER TABLE {quote(table.name)} ADD FROM {a} TO {b}"]
        pairs = tuple(sorted({*table.pairs, pair}))
        return [*map(schema_statement, sent)], replace(live.put(replace(table, pairs=pairs)), is_settled=True)
    if pair not in table.pairs:
        return [], live
    rows = f"MATCH (a:{a})-[r:{quote(table.name)}]->(b:{b})"
    problem = f"relationships of type {table.name!r} still go from {pair[0]!r} to {pair[1]!r}"
    sent = [f"ALTER TABLE {quote(table.name)} DROP FROM {a} TO {b}"]
    pairs = tuple(each for each in table.pairs if each != pair)
    return [
        *[check(problem, rows, "count(*)", "a, r, b LIMIT 25")] * table.filled,
        *map(schema_statement, sent),
    ], live.put(replace(table, pairs=pairs))


def drop_index(operation: DropIndex, before: SchemaView, live: Tables) -> Made:
    if before.type(operation.kind, operation.type) is None and live.find(operation.type) is None:
        return [], live
    table = declared(operation, operation.kind, operation.type, before, live)
    if operation.property not in table.indexes:
        return [], live
    changed = replace(table, indexes=tuple(each for each in table.indexes if each != operation.property))
    return finished([Statement(Role.NOTE, NO_INDEXES)], table, changed, live)


def is_elsewhere(operation: RunQuery) -> bool:
    return operation.database not in (None, "ladybug")


def refuse_query(operation: RunQuery, before: SchemaView) -> None:
    if is_elsewhere(operation):
        return
    if reason := unsendable(operation.parameters):
        raise UnsupportedError(operation, f"LadybugDB refuses the parameters: {reason}")
    # The engine treats them as null, and would write that.
    if missing := parameters(operation.query) - operation.parameters.keys():
        raise UnsupportedError(operation, f"the query uses parameters that are not given: {', '.join(sorted(missing))}")


def run_query(operation: RunQuery, before: SchemaView, live: Tables) -> Made:
    if is_elsewhere(operation):
        return [
            Statement(Role.NOTE, f"the query is for {operation.database} only, so it was not sent to LadybugDB")
        ], live
    return [Statement(Role.QUERY, operation.query, bound(operation.parameters))], replace(live, uncertain=True)


def nothing(operation: QueriesLeftOut | RemoveEntry, before: SchemaView, live: Tables) -> Made:
    return [], live


# --- All operations ---------------------------------------------------------------------------------------------------


class Saying(NamedTuple):
    """The implementation of an operation: a function that refuses it, and one that makes its statements."""

    refuse: Callable[[Any, SchemaView], None]
    statements: Callable[[Any, SchemaView, Tables], Made]


OPERATIONS: dict[type[Operation], Saying] = {
    CreateType: Saying(refuse_create, create),
    DropType: Saying(refuse_nothing, drop),
    RenameType: Saying(refuse_rename, rename),
    AddProperty: Saying(properties.refuse_add, properties.add),
    DropProperty: Saying(properties.refuse_unnameable, properties.drop),
    RenameProperty: Saying(properties.refuse_rename, properties.rename),
    RenameKeyPart: Saying(properties.refuse_rename, properties.rename),
    ExtendKey: Saying(properties.refuse_extend_key, properties.extend_key),
    ReduceKey: Saying(properties.refuse_unnameable, properties.reduce_key),
    SetPropertyType: Saying(retyping.refuse_set_type, retyping.set_type),
    AddIndex: Saying(properties.refuse_add_index, properties.add_index),
    DropIndex: Saying(refuse_nothing, drop_index),
    AddAdjacency: Saying(refuse_nothing, change_adjacency),
    DropAdjacency: Saying(refuse_nothing, change_adjacency),
    RunQuery: Saying(refuse_query, run_query),
    QueriesLeftOut: Saying(refuse_nothing, nothing),
    CreateIndex: Saying(entries.refuse_index, entries.create),
    CreateConstraint: Saying(entries.refuse_constraint, entries.create),
    RemoveIndex: Saying(refuse_nothing, nothing),
    RemoveConstraint: Saying(refuse_nothing, nothing),
}
