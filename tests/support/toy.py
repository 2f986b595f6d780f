"""A toy kind of database behind the three protocols: the toy graph of ``reference.py`` on a disk that survives.

It can be killed after any statement, costs microseconds, and is as careless as the protocols allow: without
transactions each row that an operation changes is a separate statement, and a user's query must not be sent twice. So a
run's promises about a database are proved here for the loop itself.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from nsmig.catalog_operations import CreateConstraint, CreateEntry, CreateIndex, RemoveEntry
from nsmig.database.archiving import Position, Returning, Row
from nsmig.database.base import (
    Amendment,
    Database,
    Mark,
    Pass,
    Record,
    Role,
    State,
    Statement,
    Step,
    Turn,
    ignore,
)
from nsmig.database.kind import DatabaseKind
from nsmig.database.survey import LiveSchema, Progress, Survey, Unfinished
from nsmig.errors import ConflictError, DatabaseError, IndexFailedError, LockedError, UnsupportedError
from nsmig.kinds import Kind
from nsmig.operations import (
    AddIndex,
    AddProperty,
    CreateType,
    DropIndex,
    DropProperty,
    DropType,
    Operation,
    RenameProperty,
    RunQuery,
    SetPropertyType,
)
from nsmig.values import SchemaView
from support.reference import Conflict, Graph, Node, Schema, apply, execute
from support.toy_archive import Loss, Returned, converted, losses


class Killed(BaseException):
    """For the run, the process has ended: nothing in it may catch this."""


@dataclass(eq=False)
class Disk:
    """The part that survives a kill. ``made`` are the constraints and indexes, as types with their keys, indexes and
    properties. ``sent`` counts the statements; the process is killed after statement ``kill_after``. ``refused``: a
    type on which it creates nothing. ``fails`` is an index that it cannot build; ``finished`` lists waits, with what
    was recorded by then."""

    graph: Graph = field(default_factory=Graph)
    made: dict[tuple[Kind, str], tuple[tuple[str, ...], ...]] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    journal: dict[str, Mark] = field(default_factory=dict)
    positions: dict[str, Position] = field(default_factory=dict)
    locked_by: str | None = None
    sent: int = 0
    kill_after: int | None = None
    refused: str | None = None
    fails: str | None = None
    failed: list[str] = field(default_factory=list)  # indexes that earlier runs have left like this
    finished: list[tuple[str, list[str]]] = field(default_factory=list)
    written: list[Mark] = field(default_factory=list)  # every mark, in order

    def send(self, change: Callable[[], None]) -> None:
        """Execute one whole statement."""
        change()
        self.sent += 1
        if self.sent == self.kill_after:
            raise Killed

    def note(self, records: Iterable[Record], ended: Iterable[str], marks: Iterable[Mark]) -> None:
        for record in records:
            self.records.setdefault(record.name, replace(record, applied_at="2020-01-02T03:04:05"))
        for name in ended:
            self.journal.pop(name, None)
        for mark in marks:
            self.journal[mark.migration] = mark
            self.written.append(mark)

    def is_empty(self) -> bool:
        return not any(self.graph.nodes)

    def contents(self) -> dict[str, Any]:
        """Everything that must be equal after two runs."""
        return {"graph": self.graph.canonical(), "made": self.made, "records": sorted(self.records)}


class ToyLedger:
    def __init__(self, disk: Disk) -> None:
        self._disk = disk

    @contextmanager
    def lock(self, timeout: float, waiting: Callable[[str], None] = ignore) -> Iterator[Callable[[], None]]:
        if self._disk.locked_by is not None:
            waiting(self._disk.locked_by)
            raise LockedError(self._disk.locked_by, "wait for it")
        self._disk.locked_by = "a toy run"
        try:
            yield self._require_lock
        finally:
            self._disk.locked_by = None

    def _require_lock(self) -> None:
        if self._disk.locked_by is None:
            raise LockedError(None, "run again")

    def holder(self) -> str | None:
        return self._disk.locked_by

    def unlock(self) -> None:
        self._disk.locked_by = None

    def state(self) -> State:
        return State(dict(self._disk.records), dict(self._disk.journal), positions=dict(self._disk.positions))

    def remember(self, records: Iterable[Record], ended: Iterable[str] = (), marks: Iterable[Mark] = ()) -> None:
        self._disk.send(lambda: self._disk.note(records, ended, marks))

    def amend(self, amendment: Amendment, who: str) -> None:
        def put() -> None:
            for old, new in amendment.renamed.items():
                self._disk.records[new] = replace(self._disk.records.pop(old), name=new)
            for name in amendment.forgotten:
                del self._disk.records[name]
            self._disk.records.update({each.name: each for each in amendment.records})
            for name in amendment.ended:
                del self._disk.journal[name]

        self._disk.send(put)


FOREIGN = (("foreign",),)  # a type that a query has created

Catalog = tuple[bool, Mapping[tuple[Kind, str], Any]]  # whether there are no rows; constraints and indexes


@dataclass(frozen=True, slots=True)
class ToyTurn(Turn):
    """A turn with the schema before it, from which its effects follow."""

    before: SchemaView = field(default_factory=Schema)


@dataclass(frozen=True)
class ToyDialect:
    """``transactional``: a turn is one operation, and one transaction with its mark. ``keeps``: deletions of rows or
    values archive them first."""

    transactional: bool
    keeps: bool = False

    def keeping(self) -> ToyDialect:
        return ToyDialect(self.transactional, keeps=True)

    def refuse(self, operation: Operation, before: SchemaView) -> None:
        if isinstance(operation, CreateType) and operation.type == "Unbearable":
            raise UnsupportedError(operation, "a toy holds no type of that name")

    def reach(self, operations: Sequence[Operation], start: int, before: SchemaView) -> int:
        first = operations[start]
        taken: set[str] = set()
        end = start
        while not self.transactional and end < len(operations):
            operation = operations[end]
            if not isinstance(operation, (AddProperty, DropProperty, RenameProperty)):
                break
            if self.keeps and DropProperty in (type(first), type(operation)):
                break
            is_rename = isinstance(operation, RenameProperty)
            names = {operation.old, operation.new} if is_rename else {operation.property}  # type: ignore[union-attr]
            declared = before.type(operation.kind, operation.type)
            keys = set(declared.keys) if declared else set()
            if (operation.kind, operation.type) != (getattr(first, "kind", None), getattr(first, "type", None)):
                break
            if names & (taken | keys) or len(names) == is_rename:
                break
            taken |= names
            end += 1
        return max(end, start + 1)

    def turn(self, steps: tuple[Step, ...], live: Catalog, *, skip_rows: bool = False) -> tuple[Turn, Catalog]:
        operations = tuple(step.operation for step in steps)
        work = operations[0] if len(operations) == 1 else Pass(operations)  # type: ignore[arg-type]
        is_empty, made = live
        if isinstance(work, RunQuery):
            query = Statement(Role.QUERY, work.query, work.parameters)
            return ToyTurn(
                operations, work, (query,), not self.transactional, self.transactional, before=steps[0].before
            ), (False, made)
        if isinstance(work, CreateType) and made.get((work.kind, work.type)) == FOREIGN:
            raise UnsupportedError(work, "a type of that name is there, which no migration made")
        statements = []
        entries = (CreateEntry, RemoveEntry)  # which it only remembers
        if not isinstance(work, (CreateType, AddIndex, DropIndex, *entries)) and not (is_empty or skip_rows):
            takes = self.keeps and isinstance(work, (DropType, DropProperty, SetPropertyType))
            statements += [Statement(Role.CHECK, "check"), Statement(Role.TAKE if takes else Role.DATA, "rows")]
        if isinstance(work, CreateConstraint) and not (is_empty or skip_rows):
            statements.append(Statement(Role.CHECK, "check"))
        makes = f"{work.type}_{work.property}" if isinstance(work, AddIndex) else ""
        makes = work.entry if isinstance(work, CreateIndex) else makes
        statements.append(Statement(Role.SCHEMA, "constraints", makes=makes))
        return ToyTurn(operations, work, tuple(statements), is_atomic=self.transactional, before=steps[0].before), live

    def joined(self, first: Turn, second: Turn) -> Turn | None:
        if self.transactional or not self.is_light([first, second]):
            return None
        assert isinstance(first, ToyTurn)
        statements = (*first.statements, *second.statements)
        return ToyTurn((*first.operations, *second.operations), second.work, statements, before=first.before)

    def has_rows(self, live: Catalog) -> bool:
        return self.transactional or not live[0]

    def is_shared(self) -> bool:
        return not self.transactional

    def foreseen(self, live: Any) -> Any:
        return live

    def is_light(self, turns: Sequence[Turn]) -> bool:
        return not self.transactional and all(each.role is Role.SCHEMA for turn in turns for each in turn.statements)

    def together(self, turns: Sequence[Turn], before: Catalog, after: Catalog) -> Turn | None:
        if not before[0]:
            return None
        operations = tuple(each for turn in turns for each in turn.operations)
        names = [name for turn in turns for name in turn.makes] or [""]
        made = (Statement(Role.SCHEMA, "constraints", makes=name) for name in names)
        first = turns[0]
        assert isinstance(first, ToyTurn)
        return ToyTurn(operations, turns[-1].work, tuple(made), is_whole=True, before=first.before)

    def script(
        self,
        statements: Iterable[Statement] = (),
        records: Iterable[Record] = (),
        ended: Iterable[str] = (),
        marks: Iterable[Mark] = (),
        awaited: Iterable[str] = (),
    ) -> str:
        lines = [each.text for each in statements if each.role is not Role.NOTE]
        lines += [f"record {each.name}" for each in records] + [f"end {name}" for name in ended]
        lines += [f"mark {each.migration} {each.done}" for each in marks]
        return "".join(f"{line}\n" for line in lines)

    def script_begin(self) -> str:
        return ""


class ToySession:
    def __init__(self, disk: Disk, transactional: bool) -> None:
        self._disk, self._transactional = disk, transactional

    def live(self) -> Catalog:
        return self._disk.is_empty(), dict(self._disk.made)

    def holds_rows(self) -> bool:
        return not self._disk.is_empty()

    def live_schema(self, expected: SchemaView | None = None) -> LiveSchema:
        sections: dict[str, list[Any]] = {"cardinalities": [], "nodes": [], "relationships": []}
        for (kind, name), (keys, indexes, names) in sorted(self._disk.made.items(), key=repr):
            properties = {
                each: {"is_indexed": each in indexes, "is_key": each in keys, "type": "STRING"} for each in names
            }
            sections[f"{kind.value}s"].append({"name": name, "properties": properties})
        return LiveSchema(sections)

    def finish(self, names: Sequence[str], progress: Callable[[float], None]) -> None:
        for name in names:
            self._disk.finished.append((name, sorted(self._disk.records)))
            if name == self._disk.fails:
                raise IndexFailedError(name, "a toy cannot build it")

    def unfinished(self) -> Sequence[Unfinished]:
        return [Unfinished(name, f"{name} has failed", True) for name in self._disk.failed]

    def mend(self, unfinished: Sequence[Unfinished], *, after: bool) -> None:
        if unfinished:
            self._disk.finished.append(("fixed after" if after else "fixed", sorted(self._disk.records)))
        self._disk.failed.clear()

    def unindexed(self) -> tuple[()]:
        return ()

    def survey(self, sample: int | None, progress: Progress) -> Survey:
        return Survey(self.live_schema().content)

    def remains(self, kind: Kind, type: str) -> tuple[()]:
        return ()

    def other_records(self) -> tuple[()]:
        return ()

    def unmovable(self) -> tuple[()]:
        return ()

    def refuse(self, operation: Operation, before: SchemaView) -> None:
        if isinstance(operation, SetPropertyType) and operation.using == "not an expression":
            raise UnsupportedError(operation, "a toy does not understand it")

    def stop(self) -> None:
        """Its statements take no time."""

    def execute(self, turn: Turn, mark: Mark | None, progress: Callable[[int], None]) -> tuple[()]:
        if turn.is_query:
            self._query(turn, mark)
        elif all(each.role is Role.CHECK for each in turn.statements):
            self._checked(turn)
        elif turn.is_whole:
            self._disk.send(lambda: self._make(turn))
        elif self._transactional:
            after = self._checked(turn)
            position = self._archived(turn, after) if turn.takes else None
            self._disk.send(lambda: self._write(after, turn, mark, position))
        else:
            for statement in turn.statements:
                if statement.role is Role.CHECK:
                    self._checked(turn)
                elif statement.role is Role.TAKE:
                    self._take_row_by_row(turn, progress)
                elif statement.role is Role.DATA:
                    self._write_row_by_row(turn, progress)
                else:
                    self._disk.send(lambda: self._make(turn))
            if mark is not None:
                self._disk.send(lambda: self._disk.note([], [], [mark]))
        return ()

    def _query(self, turn: Turn, mark: Mark | None) -> None:
        """Add a node or, for ``make TYPE``, a type, and the mark in the same transaction; nothing if the mark
        exists."""
        assert mark is not None or turn.records, "a query without its mark or record may be sent twice"
        (statement,) = turn.statements
        there = self._disk.journal.get(mark.migration) if mark else None

        def add() -> None:
            number = len(self._disk.graph.nodes)
            node = Node(frozenset({str(statement.parameters.get("type", "Added"))}), {"n": number})
            if statement.text.startswith("make "):
                self._disk.made[Kind.NODE, statement.text.removeprefix("make ")] = FOREIGN
            else:
                self._disk.graph = replace(self._disk.graph, nodes=[*self._disk.graph.nodes, node])
            self._disk.note(turn.records, turn.ended, [mark] if mark else [])

        if mark is None or there is None or there.done < mark.done:
            self._disk.send(add)

    def _checked(self, turn: Turn) -> Graph:
        """The graph after a turn.

        :raises ConflictError: its data does not allow it.
        """
        graph = self._disk.graph
        for operation, before, _ in _schemas(turn):
            try:
                graph = execute(graph, operation, before)
            except Conflict as conflict:
                raise ConflictError(turn.work, "rows are in the way", conflict.count, "look") from conflict
        return graph

    def _archived(self, turn: Turn, after: Graph) -> Position:
        """Archive everything that a turn deletes."""
        assert turn.keep is not None
        lost = [line for row in losses(self._disk.graph, after) for line in row.lines]
        size = turn.keep.write(0, lost)
        self._disk.send(lambda: None)
        return Position(turn.keep.archive, turn.keep.file, size)

    def _take_row_by_row(self, turn: Turn, progress: Callable[[int], None]) -> None:
        """Each row is archived and then deleted, by a statement that stores the archive's position."""
        keep, after, taken = turn.keep, self._checked(turn), 0
        assert keep is not None
        there = self._disk.positions.get(keep.archive)
        size = there.size if there and there.file == keep.file else 0
        for loss in losses(self._disk.graph, after):
            size = keep.write(size, loss.lines)
            self._disk.send(lambda: None)  # a kill here leaves a row archived but not deleted
            self._disk.send(lambda loss=loss, size=size: self._delete(loss, Position(keep.archive, keep.file, size)))  # type: ignore[misc]
            progress(taken := taken + 1)

    def _delete(self, loss: Loss, position: Position) -> None:
        for rows, at, row in loss.puts:
            self._put(rows, at, row)
        self._disk.positions[position.archive] = position

    def _write(self, after: Graph, turn: Turn, mark: Mark | None, position: Position | None) -> None:
        if any(each.text == "rows" for each in turn.statements):
            self._disk.graph = after
        if position is not None:
            self._disk.positions[position.archive] = position
        self._make(turn)
        self._disk.note(turn.records, turn.ended, [mark] if mark else [])

    def _write_row_by_row(self, turn: Turn, progress: Callable[[int], None]) -> None:
        """Each changed row is one statement; a node is deleted with its relationships."""
        after, changed = self._checked(turn), 0
        for at, row in enumerate(after.relationships):
            if repr(self._disk.graph.relationships[at]) != repr(row):  # 7 is not 7.0
                self._disk.send(lambda at=at, row=row: self._put("relationships", at, row))  # type: ignore[misc]
                progress(changed := changed + 1)
        for at, node in enumerate(after.nodes):
            if repr(self._disk.graph.nodes[at]) != repr(node):
                self._disk.send(lambda at=at, node=node: self._put("nodes", at, node))  # type: ignore[misc]
                progress(changed := changed + 1)

    def _put(self, rows: str, at: int, row: Any) -> None:
        changed = list(getattr(self._disk.graph, rows))
        changed[at] = row
        self._disk.graph = replace(self._disk.graph, **{rows: changed})

    def _make(self, turn: Turn) -> None:
        """Create what the schema after each step wants, whatever exists."""
        if any(getattr(each, "type", None) == self._disk.refused is not None for each in turn.operations):
            error = DatabaseError(f"a toy refuses {self._disk.refused}")
            error.changed_nothing = True
            raise error
        for _, before, after in _schemas(turn):
            for kind in Kind:
                for name in {*before.types(kind), *after.types(kind)}:
                    wanted = after.type(kind, name)
                    self._disk.made.pop((kind, name), None)
                    if wanted is not None:
                        self._disk.made[kind, name] = (wanted.keys, wanted.indexes, tuple(sorted(wanted.properties)))


@dataclass(frozen=True)
class ToyRestoring:
    """Each transaction is a statement."""

    changes_keys = True

    disk: Disk

    def atomically(self, work: Callable[[Returning], None]) -> None:
        transaction = Returned(self.disk.graph, dict(self.disk.positions))
        work(transaction)

        def commit() -> None:
            self.disk.graph, self.disk.positions = transaction.graph, transaction.positions

        self.disk.send(commit)

    def converted(self, values: Sequence[Any], was: str, operation: SetPropertyType) -> list[Any]:
        return [converted(each, operation) for each in values]

    def shown(self, kind: Kind, rows: Sequence[Row]) -> str:
        return f"look at {', '.join(each.id for each in rows)}"


def _schemas(turn: Turn) -> Iterator[tuple[Operation, Schema, Schema]]:
    """Each operation with the schema before and after it."""
    assert isinstance(turn, ToyTurn)
    before = _plain(turn.before)
    for operation in turn.operations:
        after, _ = apply(before, operation)
        yield operation, before, after
        before = after


def _plain(schema: SchemaView) -> Schema:
    return schema if isinstance(schema, Schema) else Schema.from_dict(schema.to_dict())


@contextmanager
def opened(disk: Disk, transactional: bool) -> Iterator[Database[Any]]:
    yield Database(
        ToyLedger(disk),
        ToyDialect(transactional),
        ToySession(disk, transactional),
        ("this is a toy",),
        "toy",
        ToyRestoring(disk),
    )


DISKS: dict[str, Disk] = {}  # by a target's path, for a whole test


def connect(options: Mapping[str, Any]) -> Any:
    disk = DISKS.setdefault(options["path"], Disk())
    return opened(disk, options.get("transactional", False))


KIND = DatabaseKind(
    name="toy",
    options={"path": str, "transactional": bool},
    required=("path",),
    connect=connect,
    refuse=ToyDialect(False).refuse,
    declares_types=True,
    paths=("path",),
)


def same_bytes(disk: Disk) -> str:
    """A text that is equal for equal contents."""
    return json.dumps(disk.contents(), default=repr, sort_keys=True)
