"""Whether rows fit the indexes and constraints that a schema declares: checks before one is created, and before values
under one are changed.

The server refuses a constraint that rows violate, but an index silently leaves out what it cannot hold, or fails in the
background.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

from nsmig.database.base import Role, Statement
from nsmig.database.cypher import quoted, used
from nsmig.database.neo4j.catalog import Catalog, limited
from nsmig.database.neo4j.catalog import Entry as OnServer
from nsmig.database.neo4j.checks import alike, check
from nsmig.database.neo4j.conversions import is_of
from nsmig.database.neo4j.declared import moved, on_server
from nsmig.database.neo4j.effects import held, pattern
from nsmig.database.neo4j.limits import TEXT, too_large, too_long
from nsmig.database.neo4j.writing import value_of, written
from nsmig.kinds import Kind
from nsmig.operations import Operation, RenameKeyPart, RenameProperty
from nsmig.values import Entry, SchemaView

# A vector is a list of numbers; of the server's own type VECTOR, which only newer ones know, it knows the dimension.
_NO_VECTORS = (
    "STRING | BOOLEAN | INTEGER | FLOAT | DATE | LOCAL TIME | ZONED TIME | LOCAL DATETIME | ZONED DATETIME | DURATION"
    " | POINT"
)


def fitting(entry: Entry, before: SchemaView) -> Iterator[Statement]:
    """Checks of the rows before an index or a constraint is created. They only read values, so they may run early."""
    yield from (replace(each, is_early=True) for each in _checks(entry, before))


def _checks(entry: Entry, before: SchemaView) -> Iterator[Statement]:
    rows, values = pattern(entry.kind, *entry.types), held(entry.properties)
    of = f"{entry.kind.value}s of {' and '.join(map(repr, entry.types))}"
    names, which = " and ".join(map(repr, entry.properties)), f"the {entry.noun} {entry.name!r}"
    if entry.form in ("required", "key"):
        absent = " OR ".join(f"{value} IS NULL" for value in values.values())
        missing = check(f"MATCH {rows} WHERE {absent}", {}, f"{of} have no value in {names}, which {which} requires")
        yield replace(missing, is_lasting=True)
    if entry.form in ("unique", "key"):
        problem = f"{of} share the value of {names}, which {which} keeps distinct"
        yield alike(rows, values.values(), problem, counted=f"{entry.kind.value}s")
    if entry.form == "type":
        to = entry.options["type"]
        (value,) = values.values()
        wrong = f"MATCH {rows} WHERE NOT {is_of(value, to)}"
        yield check(wrong, {}, f"{of} hold a value in {names} that is not of type {to}, which {which} requires")
    dimensions = entry.options.get("dimensions")
    if unfit := _UNFIT.get(entry.form):
        what = unfit.replace("numbers", f"{dimensions or ''} numbers".strip())
        problem = f"{of} hold a value in {names} that is not {what}, so {which} would leave them out"
        yield check(f"MATCH {rows} WHERE {_left_out(entry, before)}", {}, problem)
        if dimensions is not None:
            (value,) = values.values()
            is_other = f"CASE WHEN {value} IS :: LIST<ANY> THEN size({value}) <> {dimensions} ELSE false END"
            yield replace(check(f"MATCH {rows} WHERE {is_other}", {}, problem), is_lasting=True)
    yield from oversized(entry)


_UNFIT = {"text": "a text", "fulltext": "a text", "point": "a point", "vector": "a list of numbers"}


def overlong(entry: Entry) -> Iterator[Statement]:
    """Texts that a text index cannot hold, or with which a full-text index must not be built: see ``limits.TEXT``."""
    if names := limited(on_server(entry)):
        yield too_long(pattern(entry.kind, *entry.types), overlong_for(entry), [f"n.{quoted(each)}" for each in names])


def oversized(entry: Entry) -> Iterator[Statement]:
    """Values that an index or a constraint cannot hold, whatever else they are."""
    if entry.form in ("unique", "key", "range"):
        rows, of = pattern(entry.kind, *entry.types), f"{entry.kind.value}s of {' and '.join(map(repr, entry.types))}"
        yield too_large(rows, of, held(entry.properties), {})
    yield from overlong(entry)


def overlong_for(entry: Entry | OnServer) -> str:
    """The problem with texts that are too long for an index, in words."""
    return f"texts of more than {TEXT:,} bytes, which the {entry.noun} {entry.name!r} cannot hold"


def unfound(entry: Entry) -> Iterator[Statement]:
    """A count of vectors that an index leaves out (measured on 5.26.12 and 2026.08.1). Some rows have such a vector on
    purpose, so it stops nothing. Without a similarity, the server takes cosine."""
    if entry.form != "vector":
        return
    (name,) = entry.properties
    value, is_cosine = f"n.{quoted(name)}", entry.options.get("similarity", "cosine") == "cosine"
    # Cosine squares 64 bits; euclidean compares 32.
    most = 1e154 if is_cosine else 3.4028234663852886e38
    is_left_out = f"any(each IN {value} WHERE NOT abs(toFloat(each)) <= {most})"
    is_left_out += f" OR none(each IN {value} WHERE abs(toFloat(each)) > 1e-162)" * is_cosine
    rows = f"MATCH {pattern(entry.kind, *entry.types)} WHERE CASE WHEN {value} IS :: LIST<ANY> THEN {is_left_out} END"
    held = f"{entry.kind.value}s hold {'only zeros, ' * is_cosine}NaN, or a number that is too large in {name!r}"
    yield replace(check(rows, {}, f"{held}, so no search of {entry.name!r} finds them"), role=Role.COUNT)


def _left_out(entry: Entry, before: SchemaView) -> str:
    """The condition for rows with a value that the index would leave out: of each property on the types that declare
    it."""
    parts = []
    for name in entry.properties:
        value = f"n.{quoted(name)}"
        if entry.form == "vector":
            unfit = _no_vector(value)
        elif entry.form == "point":
            unfit = f"NOT {value} IS :: POINT"
        else:
            lists = " | LIST<STRING NOT NULL>" if entry.form == "fulltext" else ""
            unfit = f"NOT {value} IS :: STRING{lists}"
        types = [each for each in entry.types if _declares(before, entry.kind, each, name)]
        is_of_all = len(types) in (0, len(entry.types))
        parts.append(unfit if is_of_all else f"n:{'|'.join(map(quoted, types))} AND {unfit}")
    return " OR ".join(f"({each})" for each in parts) if len(parts) > 1 else parts[0]


def _declares(before: SchemaView, kind: Kind, type: str, property: str) -> bool:
    declared = before.type(kind, type)
    return declared is not None and property in declared.properties


def _no_vector(value: str) -> str:
    numbers = f"{value} IS :: LIST<INTEGER NOT NULL> OR {value} IS :: LIST<FLOAT NOT NULL>"
    return (
        f"{value} IS NOT NULL AND CASE WHEN {value} IS :: LIST<ANY> THEN NOT ({numbers})"
        f" ELSE {value} IS :: {_NO_VECTORS} END"
    )


# --- Values that change -----------------------------------------------------------------------------------------------


def broken(operations: Sequence[Operation], before: SchemaView, live: Catalog) -> Iterator[Statement]:
    """Rows that would share a value that a declared constraint keeps distinct, because operations write it. The server
    would refuse the batch that does."""
    for entry in before.entries():
        is_there = not entry.optional or entry.name in live.names
        if entry.form in ("unique", "key") and is_there:
            yield from _shared(operations, entry, before)


def _shared(operations: Sequence[Operation], entry: Entry, before: SchemaView) -> Iterator[Statement]:
    """The check on one constraint after all operations together, which may each write one of its properties."""
    (type,), which = entry.types, f"the constraint {entry.name!r}"
    now: dict[str, str] = {}
    parameters: dict[str, Any] = {}
    doubtful, is_broken = None, False
    for position, operation in enumerate(operations):
        name, value, given = written(operation, now, str(position) if position else "")
        if not name or operation.kind is not entry.kind:  # type: ignore[attr-defined]
            continue
        of: str = operation.type  # type: ignore[attr-defined]
        if of != type and entry.kind is Kind.RELATIONSHIP:
            continue
        old = operation.old if isinstance(operation, (RenameProperty, RenameKeyPart)) else None
        is_carried = of == type and old in entry.properties  # the constraint moves, with a check of its own
        for each, becomes in {**({old: "null"} if old else {}), name: value}.items():
            other = f"CASE WHEN n:{quoted(of)} THEN {becomes} ELSE {value_of(each, now)} END"
            now[each] = becomes if of == type else other
        entry, parameters = moved(entry, operation, before), parameters | given
        if name in entry.properties and not is_carried:
            is_broken, doubtful = True, None if of == type else f"MATCH (n:{quoted(of)}:{quoted(type)})"
    if is_broken:
        rows, values = pattern(entry.kind, type), [value_of(each, now) for each in entry.properties]
        problem, counted = f"{entry.kind.value}s would share the value that {which} keeps distinct", entry.kind.value
        yield alike(rows, values, problem, used(" ".join(values), parameters), doubtful, counted=f"{counted}s")
