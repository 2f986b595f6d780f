"""Operations in Neo4j: see :class:`nsmig.database.base.Dialect`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from copy import copy
from dataclasses import replace

from nsmig.catalog_operations import CreateEntry
from nsmig.database import cypher
from nsmig.database.base import Mark, Pass, Record, Role, Statement, Step, Turn
from nsmig.database.neo4j.assemble import difference, statements
from nsmig.database.neo4j.building import waiting
from nsmig.database.neo4j.catalog import Catalog, Settings
from nsmig.database.neo4j.journal import CONSTRAINTS, PRIVATE, bookkeeping
from nsmig.database.neo4j.operations import effect
from nsmig.database.neo4j.options import Options
from nsmig.errors import UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import (
    AddProperty,
    DropProperty,
    ExtendKey,
    Operation,
    RenameProperty,
    RunQuery,
    SetPropertyType,
)
from nsmig.values import SchemaView


def refuse(operation: Operation, before: SchemaView) -> None:
    """See :meth:`Dialect.refuse`."""
    if not isinstance(operation, RunQuery):
        for name in _names(operation):
            if reason := cypher.unnameable(name):
                raise UnsupportedError(operation, f"Neo4j refuses it: {reason}")
        if isinstance(operation, CreateEntry) and not operation.entry.strip():
            raise UnsupportedError(operation, f"Neo4j refuses it: the name {operation.entry!r} is blank")
        type_names = {getattr(operation, each, None) for each in ("type", "old", "new")}
        type_names |= {*getattr(operation, "types", ())}
        if getattr(operation, "kind", None) is Kind.NODE and (taken := type_names.intersection(PRIVATE)):
            raise UnsupportedError(operation, f"{taken.pop()} is where nsmig and nodestream record their migrations")
    if isinstance(operation, _REFUSABLE) and (reason := effect(operation, before, Settings()).refused):
        raise UnsupportedError(operation, reason)


_REFUSABLE = (
    AddProperty,
    ExtendKey,
    RunQuery,
    SetPropertyType,
)  # their effects depend on values that the server may not accept
_NAMES = ("type", "property", "old", "new", "from_type", "relationship", "to_type", "entry")
_LISTS = ("keys", "properties", "types", "on")


def _names(operation: Operation) -> list[str]:
    single = [getattr(operation, each) for each in _NAMES if hasattr(operation, each)]
    filters = (getattr(operation, "options", None) or {}).get("filter", ())
    return [*single, *filters, *(name for each in _LISTS for name in getattr(operation, each, ()))]


class Neo4jDialect:
    """A :class:`nsmig.database.base.Dialect`: Cypher for the target's edition and batch size.

    A statement in batches is several transactions, so after an interruption it is repeated; neighbouring property
    operations of one type are one pass over its rows.
    """

    def __init__(self, options: Options) -> None:
        self.settings = Settings(
            options.transaction_batch_size, options.use_enterprise_features, options.foreign_indexes
        )

    def refuse(self, operation: Operation, before: SchemaView) -> None:
        """See :meth:`Dialect.refuse`."""
        refuse(operation, before)

    def keeping(self) -> Neo4jDialect:
        """See :meth:`Dialect.keeping`."""
        kept = copy(self)
        kept.settings = replace(self.settings, keeps=True)
        return kept

    def reach(self, operations: Sequence[Operation], start: int, before: SchemaView) -> int:
        """See :meth:`Dialect.reach`: the operations that one :class:`Pass` can hold, or one."""
        taken: set[str] = set()
        first, end = operations[start], start
        while end < len(operations):
            operation = operations[end]
            if not isinstance(operation, (AddProperty, DropProperty, RenameProperty)):
                break
            is_rename = isinstance(operation, RenameProperty)
            names = {operation.old, operation.new} if is_rename else {operation.property}  # type: ignore[union-attr]
            declared = before.type(operation.kind, operation.type)
            keys = declared.keys if declared else ()
            is_same = (operation.kind, operation.type) == (first.kind, first.type)  # type: ignore[attr-defined]
            if not is_same or names & (taken | set(keys)) or (is_rename and len(names) == 1):
                break
            taken |= names
            end += 1
        return max(end, start + 1)

    def turn(self, steps: tuple[Step, ...], live: Catalog, *, skip_rows: bool = False) -> tuple[Turn, Catalog]:
        """See :meth:`Dialect.turn`."""
        operations = tuple(step.operation for step in steps)
        work = operations[0] if len(operations) == 1 else Pass(operations)  # type: ignore[arg-type]
        seen = replace(live, empty=True) if skip_rows else live
        made, after = statements(work, steps[0].before, seen, self.settings)
        after = replace(after, empty=live.empty) if skip_rows else after
        return Turn(operations, work, tuple(made), marks_itself=isinstance(work, RunQuery)), after

    def joined(self, first: Turn, second: Turn) -> Turn | None:
        """See :meth:`Dialect.joined`: turns that only create and drop constraints and indexes, each of which creates on
        its types what the schema after it wants, whatever exists."""
        if not _is_schema_only(first) or not _is_schema_only(second):
            return None
        return Turn((*first.operations, *second.operations), second.work, (*first.statements, *second.statements))

    def has_rows(self, live: Catalog) -> bool:
        """See :meth:`Dialect.has_rows`."""
        return not live.empty

    def is_shared(self) -> bool:
        """See :meth:`Dialect.is_shared`. The lock only excludes other runs."""
        return True

    def foreseen(self, live: Catalog) -> Catalog:
        """See :meth:`Dialect.foreseen`. Statements omitted for a database without rows would only have changed rows."""
        return live

    def is_light(self, turns: Sequence[Turn]) -> bool:
        """See :meth:`Dialect.is_light`: operations that only change constraints and indexes."""
        return all(
            each.role not in (Role.DATA, Role.TAKE, Role.QUERY, Role.KEEP) for turn in turns for each in turn.statements
        )

    def together(self, turns: Sequence[Turn], before: Catalog, after: Catalog) -> Turn | None:
        """See :meth:`Dialect.together`: the final drops and creations, in a database without rows.

        If there are rows, each constraint and index is created separately, so that no one waits for the locks of all of
        them. But what exists in the end already is not created in between: a run that was killed after creating it and
        before recording it arrives here again, and rows added since may fit only the end.
        """
        if not all(map(_is_schema_only, turns)):
            return None
        made = list(difference(before, after))
        others = after.entries.keys() - {each.makes for each in made}
        begun = [each for turn in turns for each in turn.statements if each.makes in others]
        if made and not before.empty:
            return None
        return Turn((), turns[-1].work, (*made, *begun), is_whole=True)

    def script(
        self,
        statements: Iterable[Statement] = (),
        records: Iterable[Record] = (),
        ended: Iterable[str] = (),
        marks: Iterable[Mark] = (),
        awaited: Iterable[str] = (),
    ) -> str:
        """See :meth:`Dialect.script`: for cypher-shell."""
        return cypher.script([*statements, *waiting(awaited), *bookkeeping(records, ended, marks)])

    def script_begin(self) -> str:
        """See :meth:`Dialect.script_begin`: the constraints of the bookkeeping."""
        return cypher.script(Statement(Role.SCHEMA, each) for each in CONSTRAINTS)


def _is_schema_only(turn: Turn) -> bool:
    return all(each.role in (Role.SCHEMA, Role.NOTE) for each in turn.statements)
