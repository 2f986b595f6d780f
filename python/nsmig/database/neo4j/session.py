"""Executing turns in a Neo4j database, and reading its content."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

from nsmig.catalog_operations import CreateEntry
from nsmig.database.base import FORMAT, Mark, Role, Statement, Turn
from nsmig.database.cypher import inlined, literal, quoted
from nsmig.database.neo4j import admission, building, expressions, live_schema, others, survey
from nsmig.database.neo4j.catalog import Catalog, drop
from nsmig.database.neo4j.connection import Connection
from nsmig.database.neo4j.effects import pattern
from nsmig.database.neo4j.errors import refusal
from nsmig.database.neo4j.journal import JOURNAL, bookkeeping
from nsmig.database.neo4j.live_catalog import is_empty, read_catalog
from nsmig.database.neo4j.losses import Take
from nsmig.database.neo4j.taking import take
from nsmig.database.showing import short
from nsmig.database.survey import LiveSchema, Progress, Survey, Unfinished
from nsmig.errors import ConflictError, DatabaseError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import Operation, SetPropertyType
from nsmig.values import SchemaView

if TYPE_CHECKING:
    import neo4j

CREATIONS = 20  # constraints and indexes created in one transaction; with more the server slows down


class Neo4jSession:
    """A :class:`nsmig.database.base.Session` with a Neo4j database."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def live(self) -> Catalog:
        """See :meth:`Session.live`: all constraints, and the indexes that no constraint owns."""
        connection = self._connection
        return replace(read_catalog(connection.rows, connection.server), unreadable=connection.unreadable)

    def holds_rows(self) -> bool:
        """See :meth:`Session.holds_rows`."""
        return not is_empty(self._connection.rows)

    def live_schema(self, expected: SchemaView | None = None) -> LiveSchema:
        """See :meth:`Session.live_schema`: from constraints, indexes and rows only."""
        return live_schema.read(self._connection.rows, self.live(), expected)

    def survey(self, sample: int | None, progress: Progress) -> Survey:
        """See :meth:`Session.survey`."""
        return survey.read(self._connection.rows, self.live(), sample, progress)

    def finish(self, names: Sequence[str], progress: Callable[[float], None]) -> None:
        """See :meth:`Session.finish`."""
        building.finish(self._connection, names, progress)

    def unfinished(self) -> list[Unfinished]:
        """See :meth:`Session.unfinished`: our indexes that are not in use, and users' own that were dropped to be
        rebuilt."""
        return building.unfinished(self._connection)

    def mend(self, unfinished: Sequence[Unfinished], *, after: bool) -> None:
        """See :meth:`Session.mend`."""
        building.mend(self._connection, unfinished, after=after)

    def remains(self, kind: Kind, type: str) -> list[tuple[str, str]]:
        """See :meth:`Session.remains`."""
        left = self.live().on(kind, type)
        types = sorted({type, *(each for entry in left for each in entry.types)})
        asked = ", ".join(f"EXISTS {{ {pattern(kind, each)} }}" for each in types)
        filled = dict(zip(types, self._connection.rows(f"RETURN [{asked}] AS filled")[0]["filled"], strict=True))
        if filled[type]:
            return []
        empty = [entry for entry in left if not any(filled[each] for each in entry.types)]
        return [(f"the {each.noun} {each.name} on {each.place}", drop(each)) for each in empty]

    def other_records(self) -> tuple[str, ...]:
        """See :meth:`Session.other_records`."""
        return others.recorded(self._connection.rows)

    def unindexed(self) -> tuple[()]:
        """See :meth:`Session.unindexed`: a key's constraint is its index."""
        return ()

    def unmovable(self) -> tuple[()]:
        """See :meth:`Session.unmovable`: the server moves values of all types."""
        return ()

    def refuse(self, operation: Operation, before: SchemaView) -> None:
        """See :meth:`Session.refuse`: expressions that the server's parser does not accept, and indexes and constraints
        that the server cannot have."""
        if isinstance(operation, CreateEntry):
            admission.require(self._connection, operation)
        if isinstance(operation, SetPropertyType) and (using := operation.using_on("neo4j")):
            try:
                self._connection.rows(expressions.asked(using))
            except DatabaseError as error:
                reason = "the server does not take the expression of 'using', which may name no variable but value"
                raise UnsupportedError(operation, f"{reason}: {refusal(error)}") from error

    def stop(self) -> None:
        """See :meth:`Session.stop`."""
        self._connection.stop()

    def execute(self, turn: Turn, mark: Mark | None, progress: Callable[[int], None]) -> list[str]:
        """See :meth:`Session.execute`. Without statements it writes no mark, since repeating nothing is free."""
        changed, counted, is_untouched = 0, [], True
        to_send = [each for each in turn.statements if each.role is not Role.NOTE]
        if turn.is_whole:
            self._connection.change_schema([each.text for each in to_send])
            return []
        try:
            for batch in _batches(to_send):
                # These commit batch by batch, even if they fail later.
                is_untouched &= batch[0].role not in (Role.DATA, Role.TAKE)
                statement = batch[-1]
                if isinstance(statement, Take):
                    changed = self._take(statement, turn, changed, progress)
                    continue
                rows = self._send(batch, mark)
                is_untouched &= statement.role in (Role.CHECK, Role.COUNT)
                if statement.role in (Role.CHECK, Role.RECHECK) and (count := rows[0]["count"]):
                    is_late = statement.role is Role.RECHECK
                    said = f" (the server says: {rows[0]['said']})" if "said" in rows[0] else ""
                    show = short(inlined(statement.show, rows[0]), "elementId(n)", self._ids)
                    raise ConflictError(turn.work, f"{statement.problem}{said}", count, show, is_late)
                if statement.role is Role.COUNT and (count := rows[0]["count"]):
                    counted.append(f"{statement.problem}: {count}. To see them: {statement.show}")
                if statement.role is Role.DATA:
                    changed += rows[0]["count"]
                    progress(changed)
            if to_send and mark is not None:
                for statement in bookkeeping((), (), [mark]):
                    self._connection.change(statement)
        except DatabaseError as error:
            error.changed_nothing &= is_untouched
            raise
        return counted

    def _ids(self, query: str) -> list[str]:
        rows = self._connection.change(Statement(Role.CHECK, query))
        return [literal(value) for row in rows for value in row.values()]

    def _take(self, statement: Take, turn: Turn, changed: int, progress: Callable[[int], None]) -> int:
        """The number of rows changed by this and earlier statements."""
        assert turn.keep is not None
        return changed + take(self._connection, statement, turn.keep, lambda rows: progress(changed + rows))

    def _send(self, batch: list[Statement], mark: Mark | None) -> list[dict[str, Any]]:
        """The rows of a batch's statement, if it returns any."""
        if batch[0].role is Role.SCHEMA:
            self._change_schema(batch)
        elif batch[0].role is Role.QUERY:
            self._query(batch[0], mark)
        else:
            return self._connection.change(batch[0])
        return []

    def _query(self, statement: Statement, mark: Mark | None) -> None:
        """Run a user's statement once: its mark is written in its transaction, and if the mark exists it is done.

        A statement with transactions of its own, or that changes constraints or indexes, cannot share one with anything
        else; if the run is killed or cut off meanwhile it is sent again.
        """
        is_alone, may_commit = self._connection.attempt(lambda session: _needs(session, statement))
        try:
            if mark is None or is_alone:
                self._connection.confirm_lock()  # nothing can be prepended to a user's statement
                self._connection.change(statement)
            else:
                self._connection.attempt(partial(self._send_once, statement=statement, mark=mark))
        except DatabaseError as error:
            error.changed_nothing &= not may_commit
            raise

    def _send_once(self, session: neo4j.Session, statement: Statement, mark: Mark) -> None:
        """Send a statement with its mark, unless the mark exists. Writing to it first waits for an earlier attempt."""
        with self._connection.transaction(session) as transaction:
            begun = Statement(
                Role.DATA,
                f"MERGE (j:{quoted(JOURNAL)} {{migration: $migration}}) ON CREATE SET j.done = 0"
                f" SET j.checksum = $checksum, j.format = {FORMAT} RETURN j.done AS done",
                {"migration": mark.migration, "checksum": mark.checksum},
            )
            done = self._connection.ask_fenced(transaction, begun)["done"]
            if done < mark.done:
                transaction.run(statement.text, dict(statement.parameters)).consume()
                transaction.run(
                    f"MATCH (j:{quoted(JOURNAL)} {{migration: $migration}}) SET j.done = $done",
                    migration=mark.migration,
                    done=mark.done,
                ).consume()

    def _change_schema(self, batch: list[Statement]) -> None:
        """All in one transaction; if that is refused, one by one, so that everything before the fault is done."""
        try:
            self._connection.change_schema([each.text for each in batch])
        except DatabaseError as error:
            if len(batch) == 1 or not error.changed_nothing:
                raise
            self._connection.change_schema([batch[0].text])
            try:
                for statement in batch[1:]:
                    self._connection.change_schema([statement.text])
            except DatabaseError as later:
                later.changed_nothing = False
                raise


def _batches(statements: Iterable[Statement]) -> Iterator[list[Statement]]:
    """The statements in order, several together if they may share a transaction."""
    batch: list[Statement] = []
    for statement in statements:
        if batch and not (statement.may_share and batch[-1].may_share and len(batch) < CREATIONS):
            yield batch
            batch = []
        batch.append(statement)
    if batch:
        yield batch


def _needs(session: neo4j.Session, statement: Statement) -> tuple[bool, bool]:
    """Whether a statement cannot share a transaction, and whether part of it may be committed before its end, according
    to the server's plan. A plan does not show what a procedure does."""
    summary = session.run(f"EXPLAIN {statement.text}", dict(statement.parameters)).consume()
    operators = set(_operators(summary.plan)) if summary.plan else set()
    has_own = any(each.startswith("Transaction") for each in operators)
    calls = any(each.startswith("ProcedureCall") for each in operators)
    return summary.query_type == "s" or has_own, has_own or calls


def _operators(plan: Mapping[str, Any]) -> Iterator[str]:
    """The names of all operators of a plan, from the top."""
    yield plan["operatorType"]
    for child in plan.get("children", ()):
        yield from _operators(child)
