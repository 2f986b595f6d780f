"""Changing the type of a column in LadybugDB: the engine has no statement for it, so another column takes its place."""

from __future__ import annotations

from dataclasses import replace

from nsmig.database.base import Statement
from nsmig.database.ladybug import expressions
from nsmig.database.ladybug.column_types import is_array, kept_type, schema_type
from nsmig.database.ladybug.conversions import can_be, default_as, refused
from nsmig.database.ladybug.lambdas import counted
from nsmig.database.ladybug.making import Made
from nsmig.database.ladybug.property_operations import lenient, refuse_unnameable, rows_of, table_of
from nsmig.database.ladybug.rebuild import columns_of, rebuild
from nsmig.database.ladybug.refusals import column_type, refuse_key_type, refuse_serial
from nsmig.database.ladybug.tables import Table, Tables, check, data_statement, finished, schema_statement
from nsmig.database.ladybug.values import CONVERTED, ENGINE_TYPES, quote
from nsmig.errors import DatabaseError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import Operation, SetPropertyType
from nsmig.values import Entry, SchemaView


def refuse_set_type(operation: SetPropertyType, before: SchemaView) -> None:
    refuse_unnameable(operation, before)
    target = column_type(operation, operation.to)
    using = operation.using_on("ladybug")
    if using == "":
        raise UnsupportedError(operation, "'using' has no expression for ladybug; add one")
    if using and (reason := expressions.refused(using)):
        raise UnsupportedError(operation, f"the expression of 'using' is refused: {reason}")
    there = before.type(operation.kind, operation.type)
    if operation.kind is Kind.NODE and there and operation.property in there.keys:
        refuse_key_type(operation, operation.property, target)


def set_type(operation: SetPropertyType, before: SchemaView, live: Tables) -> Made:
    table = table_of(operation, before, live)
    if table is None:
        return lenient(operation, before, live)
    name, source = operation.property, table.type(operation.property)
    if source is None:
        raise DatabaseError(f"{operation.description}: the table {table.name!r} has no column {name!r}; restore it")
    target = kept_type(source, operation.to) or column_type(operation, operation.to)
    typed = replace(table, untyped=tuple(each for each in table.untyped if each != name))
    if source == target:
        return finished([], table, typed, live)
    if is_array(source) and (entry := _vectors(operation, before)):
        raise UnsupportedError(
            operation,
            f"{name!r} is {source} for the index {entry.name!r}; remove the index before the change, and create it"
            " after it",
        )
    value, rows, using = f"n.{quote(name)}", rows_of(table), operation.using_on("ladybug")
    conversion = None
    if using or can_be(value, source, target):
        conversion = expressions.becoming(value, source, target, using, is_present=True)
    checks: list[Statement] = []
    lossy = None if using else refused(value, source, target)
    if rows:
        checks += counted(operation, rows, value, source, [each for each in (conversion, lossy) if each])
    if rows and using:
        checks.append(expressions.wrong(operation, rows, value, source, using))
    elif rows and lossy:
        of = "" if source == ENGINE_TYPES.get(schema_type(source) or "") else f", which is {source},"
        problem = f"{table.kind.value}s hold a value in {name!r}{of} that cannot become {operation.to} without loss"
        checks.append(replace(check(problem, f"{rows} WHERE {lossy}", "count(*)", "n LIMIT 25"), is_early=True))
    typed = replace(typed, defaults=defaults_as(operation, table, name, target))
    if table.kind is Kind.NODE and (name in table.keys or typed.default(name)):
        sent, live = rebuilt_with_type(operation, table, typed, name, target, using, live)
        return [*checks, *sent], live
    sent, live = with_type(table, typed, name, target, conversion, live)
    return [*checks, *sent], live


def _vectors(operation: SetPropertyType, before: SchemaView) -> Entry | None:
    """The vector index for which a property is an array."""
    entries = before.entries_on(operation.kind, operation.type)
    of = (each for each in entries if each.form == "vector" and each.properties == (operation.property,))
    return next((each for each in of if "dimensions" in each.options), None)


def rebuilt_with_type(
    operation: Operation, table: Table, typed: Table, name: str, target: str, using: str | None, live: Tables
) -> Made:
    """A column of another type in the place of the old one, in a node table that is rebuilt.

    :param typed: the table after it, apart from the columns.
    :param using: an expression over ``value`` that converts it; None: the rule.
    """
    in_place = tuple((each, target if each == name else of) for each, of in table.columns)
    changed, source = replace(typed, columns=in_place), table.type(name)
    columns = [each._replace(was=source, using=using) if each.name == name else each for each in columns_of(changed)]
    return rebuild(operation, table, changed, columns, None, live)


def with_type(table: Table, typed: Table, name: str, target: str, conversion: str | None, live: Tables) -> Made:
    """A column of another type in place of one that is not part of a key.

    :param typed: the table after it, apart from the columns.
    :param conversion: an expression for a value of a row ``n`` that is not null; None: no row has one.
    """
    rows, new = rows_of(table), quote(CONVERTED)
    sent = [schema_statement(f"ALTER TABLE {quote(table.name)} ADD {new} {target}")]
    if rows and conversion:
        present = f"{rows} WHERE n.{quote(name)} IS NOT NULL"
        sent.append(data_statement(f"{present} SET n.{new} = {conversion} RETURN count(*)"))
    sent.append(schema_statement(f"ALTER TABLE {quote(table.name)} DROP {quote(name)}"))
    sent.append(schema_statement(f"ALTER TABLE {quote(table.name)} RENAME {new} TO {quote(name)}"))
    others = tuple(each for each in table.columns if each[0] != name)
    return finished(sent, table, replace(typed, columns=(*others, (name, target))), live)


def defaults_as(operation: Operation, table: Table, name: str, target: str) -> tuple[tuple[str, str], ...]:
    """The defaults of a table's columns after one of them becomes of another type.

    :raises UnsupportedError: it would lose its own.
    """
    refuse_serial(operation, table, [name])
    default, source = table.default(name), str(table.type(name))
    if default is None:
        return table.defaults
    changed = default_as(default, source, target)
    if changed is None or table.kind is Kind.RELATIONSHIP:
        raise UnsupportedError(
            operation,
            f"{name!r} of table {table.name!r} is {source} DEFAULT {default}, which a column of another type would not"
            f" have, so new rows would get no value; put its values into a new property and drop {name!r}",
        )
    return tuple((each, changed if each == name else text) for each, text in table.defaults)
