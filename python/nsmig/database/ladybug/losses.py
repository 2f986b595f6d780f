"""Deletions by operations in LadybugDB, as statements that archive first: see ``taking``, which reads the rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from nsmig.database.base import Role, Statement
from nsmig.database.ladybug.column_types import kept_type
from nsmig.database.ladybug.making import declared
from nsmig.database.ladybug.refusals import column_type
from nsmig.database.ladybug.stored import is_storable
from nsmig.database.ladybug.tables import Table, Tables
from nsmig.database.ladybug.values import quote
from nsmig.errors import UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import DropProperty, DropType, Operation, SetPropertyType
from nsmig.values import SchemaView


class Conversion(NamedTuple):
    """The conversion of a column's values: the type, and the user's expression, if it does not follow the rule."""

    type: str
    using: str | None


@dataclass(frozen=True, slots=True)
class Take(Statement):
    """A statement of :attr:`Role.TAKE`: archive what the following statements delete.

    ``table`` loses its rows, or only the values of ``column``, which a ``conversion`` replaces; ``relationships`` are
    the tables that lose relationships of its rows, each for these pairs only. ``live`` are all tables before.
    """

    table: Table = field(kw_only=True)
    column: str | None = field(kw_only=True)
    conversion: Conversion | None = field(kw_only=True, default=None)
    relationships: tuple[Table, ...] = field(kw_only=True)
    live: Tables = field(kw_only=True)


def takes(operation: Operation, before: SchemaView, live: Tables) -> Iterator[Take]:
    """The deletions of an operation, if any.

    :raises UnsupportedError: a column's type is one whose values cannot be archived.
    """
    if not isinstance(operation, (DropType, DropProperty, SetPropertyType)):
        return
    if before.type(operation.kind, operation.type) is None and live.find(operation.type) is None:
        return  # the fold creates it silently
    table = declared(operation, operation.kind, operation.type, before, live)
    column = None if isinstance(operation, DropType) else operation.property
    relationships = tuple(_touching(table, live)) if column is None and table.kind is Kind.NODE else ()
    if not table.filled or (column is not None and table.type(column) is None):
        return
    conversion = None
    if isinstance(operation, SetPropertyType):
        source = str(table.type(operation.property))
        target = kept_type(source, operation.to) or column_type(operation, operation.to)
        conversion = Conversion(target, operation.using_on("ladybug"))
        if target == source:
            return
    for each in (table, *relationships):
        for name, engine_type in each.columns:
            if not is_storable(engine_type) and (column in (None, name) or not table.keys):
                raise UnsupportedError(
                    operation,
                    f"{name!r} of {each.name!r} is {engine_type}, whose values cannot be archived without loss; keep"
                    " them elsewhere, and drop it in a run with --no-archive",
                )
    text = f"MATCH (n:{quote(table.name)}) RETURN count(*)"
    yield Take(
        Role.TAKE, text, table=table, column=column, conversion=conversion, relationships=relationships, live=live
    )


def _touching(table: Table, live: Tables) -> Iterator[Table]:
    """The relationship tables with pairs of a node table, limited to these pairs."""
    for other in live.relationships():
        if pairs := tuple(pair for pair in other.pairs if table.name in pair):
            yield replace(other, pairs=pairs)
