"""Plan → database: the only module with effects on one. Lock, step, record, resume.

What makes a run safe to kill at any moment:

- Before a migration's first statement its journal is written (:class:`Mark`: name, checksum, nothing done), after each
  of its turns how many operations are done. Every statement may be repeated, so the next run goes on at the turn that
  was under way.
- A turn is one operation; where the database repeats what was interrupted anyway, also several that commute or that
  only make and drop constraints and indexes.
- Migrations are recorded, and their journals end, in one transaction with the beginning of the next one; nothing is
  sent for a migration before all earlier ones are recorded. Those that only make and drop constraints and indexes are
  begun and recorded several at a time: done again in their order, they end in the same.
- What fails before it has changed anything is not begun any more, and may be edited.
- What was begun in an empty database changes no rows when it is done again: all that are there now have come later.
- With ``fast_forward`` the pending migrations are one task, whose journal bears the name of the last of them. A later
  run, with or without ``fast_forward``, finds that journal, squashes the same migrations again and goes on in the same
  list of operations; if files have changed and the list is another one, it refuses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from nsmig.database.base import Changes, Database, Mark, Record, Role, State, Statement
from nsmig.errors import DatabaseError, EditedError, FoldError, HistoryError, UnknownMigrationError, UnsupportedError
from nsmig.operations import (
    AddProperty,
    CreateType,
    DropProperty,
    DropType,
    Kind,
    Operation,
    RenameProperty,
    RenameType,
    RunQuery,
)
from nsmig.values import Migration, checksum

if TYPE_CHECKING:
    from nsmig import History, Schema

LOCK_TIMEOUT = 60.0  # seconds
LOOK_AGAIN = 5.0  # seconds after which what the database holds is read again, for the next migration
TOGETHER = 20  # migrations at most that are begun and recorded together
FAST_FORWARD = "fast-forward to "  # the name of a fast-forward's journal, with its last migration


@dataclass(frozen=True, slots=True)
class Step:
    """An operation and the schema before it."""

    operation: Operation
    before: Schema


@dataclass(frozen=True, slots=True)
class Task:
    """What runs under one journal: a migration, or several as one squash.

    ``was_begun`` is whether there was an interrupted run, ``done`` how many of the steps it has done, ``empty`` whether
    there were no rows when it was begun, ``records`` what is remembered when the task is through, ``migrations`` those
    that are applied then.
    """

    name: str
    checksum: str
    steps: tuple[Step, ...]
    done: int
    records: tuple[Record, ...]
    migrations: tuple[str, ...]
    empty: bool = False
    was_begun: bool = False

    def mark(self, done: int) -> Mark:
        """The journal's entry when so many steps are done."""
        return Mark(self.name, self.checksum, done, self.empty)

    @property
    def is_fast_forward(self) -> bool:
        return self.name.startswith(FAST_FORWARD)


@dataclass(frozen=True, slots=True)
class Turn:
    """Statements that go together and the steps they are for. After them ``done`` steps of the task are done."""

    steps: tuple[Step, ...]
    operation: Operation | Changes
    statements: tuple[Statement, ...]
    done: int

    @property
    def is_sent(self) -> bool:
        return any(each.role is not Role.NOTE for each in self.statements)


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened during a run. ``what`` tells which of the other fields are set.

    waiting (text: who holds the lock) · planned (total: migrations to run) · started (migration, total: its
    operations, done: those an earlier run did) · operation (migration, done, total, operation; before it is sent) ·
    rows (migration, rows: changed by the statements under way) · note (migration, text) · applied (migration, total,
    seconds; where several are recorded together, the seconds of each are their mean) · recorded (migration; with
    ``fake`` or as part of a fast-forward)
    """

    what: str
    migration: str = ""
    operation: Operation | None = None
    done: int = 0
    total: int = 0
    rows: int = 0
    seconds: float = 0.0
    text: str = ""


Report = Callable[[Event], None]


def pending(history: History, state: State, to: str | None = None) -> list[Migration]:
    """The migrations to run, in order; one that was begun and not finished comes first.

    :param to: the last one to run.
    :raises HistoryError: one was begun whose file is gone, or ``to`` does not run by itself.
    :raises UnknownMigrationError: ``to`` names no migration.
    """
    if to is not None and to not in history:
        raise UnknownMigrationError(to, history.order())
    unknown = _begun(state)
    begun = [name for name in history.order() if name in unknown]
    for name in sorted(unknown.difference(begun)):
        raise HistoryError(f"migration {name!r} was begun and not finished, but it is in no file; restore its file")
    planned = [history[name] for name in begun] + history.plan([*state.records, *begun])
    if to is None:
        return planned
    order = history.order()
    for name in begun:
        if order.index(name) > order.index(to):
            raise HistoryError(f"migration {name!r} was begun and not finished and comes after {to!r}; finish it first")
    names = [migration.name for migration in planned]
    if to in names:
        return planned[: names.index(to) + 1]
    if to in state.records:
        return []
    raise HistoryError(f"{to!r} does not run by itself: a squash stands for it, or it is applied as part of one")


def tasks(
    history: History, database: Database, state: State, to: str | None = None, fast_forward: bool = False
) -> list[Task]:
    """Every step to run with the schema before it. Nothing is read from the database or sent to it.

    :param to: the last migration to run.
    :param fast_forward: all that are not begun as one squash.
    :raises HistoryError: see :func:`pending`.
    :raises FoldError: an operation that cannot be applied to the schema before it.
    :raises UnsupportedError: an operation that this database can never carry out.
    :raises EditedError: what was begun has other operations now.
    """
    planned = pending(history, state, to)
    begun = _begun(state)
    schema = history.schema_of(list(state.records))
    made = []
    for migration in [each for each in planned if each.name in begun]:
        made.append(task := _task(migration, history, database, state, schema))
        schema = _after(task, schema)
    rest = [each for each in planned if each.name not in begun]
    for name in sorted(name for name in unfinished(state) if name.startswith(FAST_FORWARD)):
        members = _members(name, history, state, to)
        made.append(task := _squashed(members, history, database, state, schema))
        names = {each.name for each in members}
        schema, rest = _after(task, schema), [each for each in rest if each.name not in names]
    if fast_forward and len(rest) > 1:
        return [*made, _squashed(rest, history, database, state, schema)]
    for migration in rest:
        made.append(task := _task(migration, history, database, state, schema))
        schema = _after(task, schema)
    return made


def run(
    history: History,
    database: Database,
    report: Report,
    *,
    to: str | None = None,
    fake: bool = False,
    fast_forward: bool = False,
    lock_timeout: float = LOCK_TIMEOUT,
) -> int:
    """Apply to an open database what it lacks, under one lock.

    :param to: the last migration to apply.
    :param fake: record the migrations as applied, half-done ones too, and change nothing else.
    :param fast_forward: squash the pending migrations, and apply the shorter list of operations.
    :param lock_timeout: seconds to wait for another run.
    :returns: how many migrations were applied.
    :raises NsmigError: see :func:`tasks` (then nothing was changed) and :meth:`Database.execute` (then what came before
        is applied and the next run goes on from there).
    """
    with database.lock(lock_timeout, lambda holder: report(Event("waiting", text=holder))) as still_locked:
        state = database.state()
        if fake:
            return _record(history, database, state, to, report)
        planned = tasks(history, database, state, to, fast_forward)
        if finished := sorted(state.journal.keys() - unfinished(state)):
            database.remember([], finished)
        total = sum(len(task.migrations) for task in planned)
        report(Event("planned", total=total))
        if unknown := _unknown(history, state):
            for task in planned:
                for note in _notes_on_unknown(task, unknown):
                    report(Event("note", task.name, text=note))
        _carry_out(planned, database, report, still_locked)
        return total


def _unknown(history: History, state: State) -> list[str]:
    """What is recorded, but neither in a file nor replaced by a squash that is."""
    gone = {name for name in state.records if name not in history}
    if gone:
        gone = gone.difference(each for name in history.order() for each in history.replaced(name))
    return sorted(gone)


def _notes_on_unknown(task: Task, unknown: list[str]) -> Iterator[str]:
    """Whose rows go with a type is judged by the types that are known, and not all may be."""
    dropped = [step.operation for step in task.steps if isinstance(step.operation, DropType)]
    if types := sorted(each.type for each in dropped if each.kind is Kind.NODE):
        yield (
            f"{', '.join(unknown)}: recorded, but in no file, so their types are not known here: a node that is also of"
            f" one of these is deleted with {', '.join(types)}"
        )


def _record(history: History, database: Database, state: State, to: str | None, report: Report) -> int:
    """Record what is pending. How far any of it came, or whether this database could do it, is no matter."""
    planned = pending(history, State(state.records, {}), to)
    report(Event("planned", total=len(planned)))
    records = {record.name: record for migration in planned for record in _records(migration, history)}
    ended = state.journal.keys() - unfinished(State({**state.records, **records}, state.journal))
    if records or ended:
        database.remember(records.values(), sorted(ended))
    for migration in planned:
        report(Event("recorded", migration.name))
    return len(planned)


def preview(
    history: History, database: Database, *, to: str | None = None, fast_forward: bool = False
) -> Iterator[str]:
    """What a run would send under its lock, as input for the database's own shell, in pieces. Changes nothing."""
    transcript = Transcript(database)
    planned = tasks(history, database, database.state(), to, fast_forward)
    _carry_out(planned, transcript, transcript.report, lambda: None)
    yield from transcript.texts


class Transcript:
    """Stands before a database in a dry run: answers what reads, takes down what would be sent."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.transactional = database.transactional
        self.live, self.statements = database.live, database.statements
        self.texts: list[str] = []

    def report(self, event: Event) -> None:
        if event.what == "started":
            self.texts.append(f"// migration {event.migration}\n")
        elif event.what == "operation" and event.operation is not None:
            self.texts.append(f"// {event.migration}: {' '.join(event.operation.description.split())}\n")

    def execute(
        self,
        statements: Sequence[Statement],
        operation: Operation | Changes,
        mark: Mark | None,
        progress: Callable[[int], None],
    ) -> None:
        self.texts.append(self._database.script(statements, marks=[mark] if mark else []))

    def remember(self, records: Sequence[Record], ended: Sequence[str], marks: Sequence[Mark] = ()) -> None:
        self.texts.append(self._database.script(records=records, ended=ended, marks=marks))


def _carry_out(
    planned: list[Task], database: Database | Transcript, report: Report, still_locked: Callable[[], None]
) -> None:
    """Do the tasks one after the other."""
    done: list[Task] = []  # carried out and not recorded yet
    untouched: set[str] = set()  # of those begun just now, what has changed nothing yet: it may be edited still
    settled = time.monotonic()

    def settle(*marks: Mark) -> None:
        nonlocal settled
        still_locked()
        records = [record for task in done for record in task.records]
        database.remember(records, [*(task.name for task in done), *sorted(untouched)], marks)
        seconds, settled = time.monotonic() - settled, time.monotonic()
        for task in done:
            report(Event("applied", task.name, total=len(task.steps), seconds=seconds / len(done)))
            if task.is_fast_forward:
                _tell_recorded(task, report)
        done.clear()

    try:
        for batch in _batches(planned, database):
            for task, _ in batch:
                report(Event("started", task.name, done=task.done, total=len(task.steps)))
            if any(task.empty or any(turn.is_sent for turn in turns) for task, turns in batch):
                settle(*(task.mark(task.done) for task, _ in batch))
            untouched |= {task.name for task, _ in batch if not task.was_begun}
            for task, turns in batch:
                while turns:
                    for turn in turns:
                        with _touching(task, turn, untouched):
                            _take(turn, task, database, report, still_locked)
                    is_through = turn.done == len(task.steps)
                    turns = [] if is_through else _turns(replace(task, done=turn.done), database, database.live())[0]
                done.append(task)
            untouched.clear()
    except BaseException:
        if done or untouched:
            with suppress(DatabaseError):  # what went wrong before is the news; what is lost is repeated without harm
                settle()
        raise
    if done:
        settle()


@contextmanager
def _touching(task: Task, turn: Turn, untouched: set[str]) -> Iterator[None]:
    """After a turn its task is not untouched any more, unless the turn fails before it has changed anything."""
    changed_nothing = not turn.is_sent
    try:
        yield
    except DatabaseError as error:
        changed_nothing = error.changed_nothing
        raise
    finally:
        if not changed_nothing:
            untouched.discard(task.name)


def _batches(planned: list[Task], database: Database | Transcript) -> Iterator[list[tuple[Task, list[Turn]]]]:
    """The tasks with their turns; several together where they only make and drop constraints and indexes."""
    live: Any = None
    read = float("-inf")
    batch: list[tuple[Task, list[Turn]]] = []
    for task in planned:
        if read < 0 or (time.monotonic() - read > LOOK_AGAIN and not isinstance(database, Transcript)):
            yield from [batch] if batch else []
            batch = []
            live, read = database.live(), time.monotonic()
        queries = any(isinstance(step.operation, RunQuery) for step in task.steps)
        if not database.transactional and not task.done and live.empty and not queries:
            task = replace(task, empty=True)
        turns, live = _turns(task, database, live)
        if queries and not isinstance(database, Transcript):
            read = float("-inf")
        is_light = not database.transactional and not task.done and all(map(_is_schema_only, turns))
        if batch and (not is_light or len(batch) == TOGETHER):
            yield batch
            batch = []
        batch.append((task, turns))
        if not is_light:
            yield batch
            batch = []
    if batch:
        yield batch


def _take(
    turn: Turn, task: Task, database: Database | Transcript, report: Report, still_locked: Callable[[], None]
) -> None:
    """Take one turn: tell of it, send it, mark it."""

    def rows(changed: int) -> None:
        still_locked()
        report(Event("rows", task.name, rows=changed))

    first = turn.done - len(turn.steps)
    for index, step in enumerate(turn.steps, first):
        report(Event("operation", task.name, step.operation, done=index, total=len(task.steps)))
    for text in dict.fromkeys(each.text for each in turn.statements if each.role is Role.NOTE):
        report(Event("note", task.name, text=text))
    if turn.is_sent:
        still_locked()
        is_last = turn.done == len(task.steps)  # what follows the last turn is the record
        is_marked = database.transactional or isinstance(turn.operation, RunQuery)
        mark = None if is_last and not is_marked else task.mark(turn.done)
        with _placed(_place(task, first, turn.done)):
            database.execute(turn.statements, turn.operation, mark, rows)


@contextmanager
def _placed(place: str) -> Iterator[None]:
    """Errors about an operation say where it stands."""
    try:
        yield
    except DatabaseError as error:
        error.args = (f"{place}: {error}",)
        raise


def _place(task: Task, start: int, end: int) -> str:
    """Where a run is, in an error's words: in the steps from ``start`` until before ``end``."""
    name = task.name if task.is_fast_forward else f"migration {task.name!r}"
    place = f"operation {end}" if start + 1 == end else f"operations {start + 1} to {end}"
    return f"{name}, {place} of {len(task.steps)}"


def _turns(task: Task, database: Database | Transcript, live: Any) -> tuple[list[Turn], Any]:
    """What is to be sent for the rest of a task, and what the database holds after it.

    Ends with a query of the user's own that is sent: nobody knows what the database holds after that.
    """
    turns: list[Turn] = []
    if task.empty and not live.empty:
        turns, after = _turns(task, database, replace(live, empty=True))
        return turns, replace(after, empty=False)
    position = task.done
    while position < len(task.steps):
        steps = task.steps[position : position + 1] if database.transactional else _one_pass(task.steps, position)
        changes = [step.operation for step in steps]
        operation = changes[0] if len(changes) == 1 else Changes(tuple(changes))  # type: ignore[arg-type]
        with _placed(_place(task, position, position + len(steps))):
            statements, live = database.statements(operation, steps[0].before, live)
        position += len(steps)
        turn = Turn(steps, operation, tuple(statements), position)
        if turns and not database.transactional and _is_schema_only(turns[-1]) and _is_schema_only(turn):
            last = turns.pop()
            turn = Turn((*last.steps, *steps), operation, (*last.statements, *statements), position)
        turns.append(turn)
        if isinstance(operation, RunQuery) and turn.is_sent and not isinstance(database, Transcript):
            break
    return turns, live


def _one_pass(steps: Sequence[Step], first: int) -> tuple[Step, ...]:
    """The steps from ``first`` on that :class:`Changes` can hold together; always that one."""
    taken: set[str] = set()
    end = first
    while end < len(steps):
        step, start = steps[end].operation, steps[first]
        if not isinstance(step, (AddProperty, DropProperty, RenameProperty)):
            break
        names = {step.old, step.new} if isinstance(step, RenameProperty) else {step.property}
        declared = start.before.type(step.kind, step.type)
        keys = declared.keys if declared else ()
        is_same = (step.kind, step.type) == (start.operation.kind, start.operation.type)  # type: ignore[attr-defined]
        if not is_same or names & (taken | set(keys)) or (isinstance(step, RenameProperty) and step.old == step.new):
            break
        taken |= names
        end += 1
    return tuple(steps[first : max(end, first + 1)])


def _is_schema_only(turn: Turn) -> bool:
    """Such turns may be one: each makes on its types what the schema after it wants, whatever is there."""
    return all(each.role in (Role.SCHEMA, Role.NOTE) for each in turn.statements)


def _tell_recorded(task: Task, report: Report) -> None:
    for name in task.migrations:
        report(Event("recorded", name))


def unfinished(state: State) -> set[str]:
    """Of the journal what somebody has begun and nobody finished: a migration, or a fast-forward, that is not applied.

    Another program may have finished it, which knows of no journal.
    """
    return {name for name in state.journal if name.removeprefix(FAST_FORWARD) not in state.records}


def _begun(state: State) -> set[str]:
    """Migrations that were begun by themselves and not finished."""
    return {name for name in unfinished(state) if not name.startswith(FAST_FORWARD)}


def _members(name: str, history: History, state: State, to: str | None) -> list[Migration]:
    """The migrations that a fast-forward of this name began."""
    last = name.removeprefix(FAST_FORWARD)
    if last not in history:
        raise HistoryError(f"a {name!r} was begun and not finished, but {last!r} is in no file; restore its file")
    begun = _begun(state)
    members = [each for each in pending(history, state, last) if each.name not in begun]
    if to != last and to in {each.name for each in members}:
        raise HistoryError(f"a {name!r} was begun and not finished, and cannot stop at {to!r}; run without --to first")
    return members


def _task(migration: Migration, history: History, database: Database, state: State, schema: Schema) -> Task:
    """The task of one migration."""
    steps = []
    for index, operation in enumerate(migration.operations):
        with _placed(f"migration {migration.name!r}, operation {index + 1} of {len(migration.operations)}"):
            refuse_overwriting(operation, schema)
            database.refuse(operation, schema)
        steps.append(Step(operation, schema))
        try:
            schema = schema.apply(operation)
        except FoldError as error:
            raise FoldError(migration.name, migration.file, index, operation, error.reason) from None
    return _made(migration.name, [migration], steps, history, state)


def _squashed(members: list[Migration], history: History, database: Database, state: State, schema: Schema) -> Task:
    """One task for all members, by the squash of their operations."""
    from nsmig import squash

    places = [(each, index) for each in members for index in range(len(each.operations))]
    try:
        operations = squash([each.operations[index] for each, index in places], base=schema)
    except FoldError as error:
        member, index = places[error.index]
        raise FoldError(member.name, member.file, index, member.operations[index], error.reason) from None
    steps = []
    name = f"{FAST_FORWARD}{members[-1].name}"
    for index, operation in enumerate(operations):
        with _placed(f"{name}, operation {index + 1} of {len(operations)}"):
            refuse_overwriting(operation, schema)
            database.refuse(operation, schema)
        steps.append(Step(operation, schema))
        schema = schema.apply(operation)
    return _made(name, members, steps, history, state)


def _made(name: str, members: list[Migration], steps: list[Step], history: History, state: State) -> Task:
    """The task, if what was done of it are the first of the same operations."""
    digest = checksum(step.operation for step in steps)
    mark = state.journal.get(name)
    if mark is not None and mark.checksum != digest:
        raise EditedError(name, mark.done, members[-1].name)
    return Task(
        name,
        digest,
        tuple(steps),
        mark.done if mark else 0,
        tuple(record for member in members for record in _records(member, history)),
        tuple(each.name for each in members),
        mark.empty if mark else False,
        mark is not None,
    )


def _records(migration: Migration, history: History) -> list[Record]:
    """What is remembered when a migration is applied: it, and all that it stands for."""
    from nsmig import __version__

    return [
        Record(
            name, checksum=checksum(history[name].operations) if name in history else None, nsmig_version=__version__
        )
        for name in [migration.name, *history.replaced(migration.name)]
    ]


def _after(task: Task, before: Schema) -> Schema:
    """The schema after a task."""
    return task.steps[-1].before.apply(task.steps[-1].operation) if task.steps else before


def refuse_overwriting(operation: Operation, before: Schema) -> None:
    """What folds as nodestream folds it, but would merge two types' data.

    :raises UnsupportedError: it would.
    """
    if isinstance(operation, RenameType) and operation.old != operation.new:
        there = before.type(operation.kind, operation.new)
        if there is not None:
            reason = f"{operation.kind.value} type {operation.new!r} exists; drop or rename it first"
            raise UnsupportedError(operation, reason)
    if isinstance(operation, CreateType):
        there = before.type(operation.kind, operation.type)
        if there is not None and there.keys != operation.keys:
            keys = ", ".join(there.keys) or "(none)"
            reason = f"{operation.kind.value} type {operation.type!r} exists with the key {keys}"
            raise UnsupportedError(operation, f"{reason}; drop it first, or extend its key")
