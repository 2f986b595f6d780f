"""Indexes and constraints in LadybugDB: they are remembered in the schema, and nsmig creates none there.

Only the column of a vector follows its index: it becomes an array of 32-bit floats of the index's dimensions, as the
engine's own functions for vectors expect. An array keeps its length whatever happens to its table.
"""

from __future__ import annotations

from dataclasses import replace

from nsmig.catalog_operations import CreateConstraint, CreateEntry, CreateIndex
from nsmig.database.base import Role, Statement
from nsmig.database.ladybug.column_types import is_array, is_whole, item
from nsmig.database.ladybug.making import Made, declared
from nsmig.database.ladybug.property_operations import rows_of
from nsmig.database.ladybug.rebuild import can_copy
from nsmig.database.ladybug.retyping import defaults_as, rebuilt_with_type, with_type
from nsmig.database.ladybug.tables import Table, Tables, check
from nsmig.database.ladybug.values import quote
from nsmig.errors import DatabaseError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.values import SchemaView

_MOST = "cast('3.4028234663852886e+38', 'DOUBLE')"  # as a 32-bit float

INDEXES = Statement(
    Role.NOTE,
    "1 index is remembered in the schema only: nsmig creates none in LadybugDB",
    many="{count} indexes are remembered in the schema only: nsmig creates none in LadybugDB",
)
CONSTRAINTS = Statement(
    Role.NOTE,
    "1 optional constraint is remembered in the schema only: LadybugDB does not enforce it",
    many="{count} optional constraints are remembered in the schema only: LadybugDB does not enforce them",
)


def refuse_constraint(operation: CreateConstraint, before: SchemaView) -> None:
    if not operation.optional:
        raise UnsupportedError(
            operation,
            "LadybugDB would not enforce it; declare it with 'optional: true', and databases that cannot have it go"
            " without",
        )


def refuse_index(operation: CreateIndex, before: SchemaView) -> None:
    if not operation.optional and (reason := _obstacle(operation, before)):
        raise UnsupportedError(operation, reason)


def _obstacle(operation: CreateEntry, before: SchemaView) -> str | None:
    """The reason the column of a vector index cannot become an array of its dimensions."""
    dimensions = (operation.options or {}).get("dimensions")
    if operation.form != "vector" or dimensions is None:
        return None
    (name,) = operation.on
    for type in operation.types:
        there = before.type(operation.kind, type)
        if operation.kind is Kind.NODE and there and name in there.keys:
            return (
                f"{name!r} is part of the key of {type!r}, and LadybugDB cannot tell arrays apart; put the vectors into"
                " another property"
            )
        for other in before.entries_on(operation.kind, type):
            length = other.options.get("dimensions")
            is_beside = other.form == "vector" and other.properties == operation.on and other.name != operation.entry
            if is_beside and length not in (None, dimensions):
                return (
                    f"{name!r} of {type!r} is an array of {length} numbers for the index {other.name!r}; give both"
                    " the same dimensions, or put other vectors into another property"
                )
    return None


def create(operation: CreateEntry, before: SchemaView, live: Tables) -> Made:
    note = CONSTRAINTS if isinstance(operation, CreateConstraint) else INDEXES
    dimensions = (operation.options or {}).get("dimensions")
    if operation.form != "vector" or dimensions is None or _obstacle(operation, before):
        return [note], live
    checks: list[Statement] = []
    sent: list[Statement] = []
    for name in operation.types:
        table = declared(operation, operation.kind, name, before, live)
        found, changes, live = _with_length(operation, table, int(dimensions), live)
        checks += found
        sent += changes
    return [*checks, note, *sent], live


def _with_length(
    operation: CreateEntry, table: Table, dimensions: int, live: Tables
) -> tuple[list[Statement], list[Statement], Tables]:
    """The column of a vector as an array: checks, statements, and the tables after them. Whole numbers stay such."""
    (name,) = operation.on
    source = table.type(name)
    if source is None:
        raise DatabaseError(f"{operation.description}: the table {table.name!r} has no column {name!r}; restore it")
    of = _numbers(source)
    target = f"{of if of and is_whole(of) else 'FLOAT'}[{dimensions}]"
    if source == target:
        return [], [], live
    value, rows = f"n.{quote(name)}", rows_of(table)
    numbers = f"cast({value}, '{of}[]')" if is_array(source) else value  # the engine's list functions take no arrays
    problem = f"{table.kind.value}s hold a value in {name!r} that cannot become {target} without loss"
    problem += "" if of else f"; first give {name!r} the type LIST_OF_FLOATS"
    problem += "; vectors of an earlier model can be set to null first" if is_array(source) else ""
    present, checks = f"{rows} WHERE {value} IS NOT NULL", list[Statement]()
    if rows and of:
        other = check(problem, f"{present} AND size({numbers}) <> {dimensions}", "count(*)", "n LIMIT 25")
        checks.append(replace(other, is_early=True, is_lasting=True))
    if rows and (lost := _lost(numbers, of) if of else ["true"]):
        lossy = check(problem, f"{present} AND ({' OR '.join(lost)})", "count(*)", "n LIMIT 25")
        checks.append(replace(lossy, is_early=True))
    untyped = tuple(each for each in table.untyped if each != name)
    typed = replace(table, untyped=untyped, defaults=defaults_as(operation, table, name, target))
    # The engine takes minutes to set thousands of arrays. A transaction can replace a single table.
    if rows and of and len(operation.types) == 1 and can_copy(table, live):
        using = f"cast(value, '{target}')"
        sent, live = rebuilt_with_type(operation, table, typed, name, target, using, live)
        return checks, sent, live
    sent, live = with_type(table, typed, name, target, f"cast({numbers}, '{target}')" if of else None, live)
    return checks, sent, live


def _numbers(engine_type: str) -> str | None:
    """The type of the numbers in a list; None for a list of anything else, and for any other type."""
    of = item(engine_type)
    return of if of in ("FLOAT", "DOUBLE") or (of is not None and is_whole(of)) else None


def _lost(value: str, of: str) -> list[str]:
    """Conditions for a list that an array of its length would not hold as it is.

    A lambda with a branch or a test for null is wrong over many elements, and a filter loses some if a scan leaves rows
    out (`lambdas.py`), so this has only comparisons.
    """
    if is_whole(of):
        return []
    text = f"cast({value}, 'STRING')"  # a null is written as nothing
    found = [
        f"list_contains(list_transform({value}, each -> each >= -{_MOST} AND each <= {_MOST}), false)",
        *(f"{text} {each}" for each in ("CONTAINS ',,'", "STARTS WITH '[,'", "ENDS WITH ',]'", "= '[]'")),
    ]
    return found if of == "FLOAT" else [*found, f"NOT cast(cast({value}, 'FLOAT[]'), 'DOUBLE[]') = {value}"]
