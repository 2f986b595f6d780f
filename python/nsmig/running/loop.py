"""Plan → database: the only module with effects on one. Lock, step, record, resume.

What makes a run safe to kill at any moment:

- Before a migration's first statement its journal entry is written (:class:`Mark`: name, checksum, nothing done), after
  each of its turns how many operations are done. Every statement may be repeated, so the next run goes on at the turn
  that was under way.
- A turn is one operation or, where the dialect says that they go together, several.
- A turn that is one transaction with what is remembered of it (see :class:`Turn`) needs no entry before it, and the
  last one of a migration carries its record.
- Else migrations are recorded, and their journal entries deleted, in one transaction with the beginning of the next
  one; nothing is sent for a migration before all earlier ones are recorded. Light ones (see :meth:`Dialect.is_light`)
  are begun and recorded several at a time: repeated in their order, they end in the same.
- A migration that fails before changing anything is un-begun: its journal entry is deleted and its file may be edited.
- What was begun in an empty database changes no rows when it is repeated: all that are there now have come later.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from nsmig._core import History
from nsmig.database.base import Database, Dialect, Mark, Record, Role, State, Turn
from nsmig.errors import DatabaseError, doubted, located
from nsmig.running.events import (
    Applied,
    Noted,
    OperationStarted,
    Planned,
    Recorded,
    Report,
    RowsChanged,
    Started,
    Waiting,
)
from nsmig.running.tasks import (
    Task,
    Work,
    covered,
    doubt,
    edited,
    pending,
    records,
    steps_of,
    tasks,
    unfinished,
    unknown,
)

LOCK_TIMEOUT = 60.0  # seconds
LOOK_AGAIN = 5.0  # seconds after which what the database holds is read again, for the next migration
LIGHT_TASKS = 20  # migrations at most that are begun and recorded together


@dataclass(frozen=True, slots=True)
class Effects:
    """All that carrying out tasks does outside itself: on a database in a run, on a text in a dry run.

    ``foresees``: what the database holds is read once and then taken as planned, also after a query.
    """

    live: Callable[[], Any]
    execute: Callable[[Turn, Mark | None, Callable[[int], None]], Sequence[str]]
    remember: Callable[[Iterable[Record], Iterable[str], Iterable[Mark]], None]
    report: Report
    require_lock: Callable[[], None]
    foresees: bool = False


def run(
    history: History,
    database: Database[Any],
    report: Report,
    *,
    to: str | None = None,
    fake: bool = False,
    fast_forward: bool = False,
    lock_timeout: float = LOCK_TIMEOUT,
    ignore_unknown: bool = False,
) -> int:
    """Apply to an open database what it lacks, under one lock.

    :param to: the last migration to apply.
    :param fake: record the migrations as applied, half-done ones too, and change nothing else.
    :param fast_forward: squash the pending migrations, and apply the shorter list of operations.
    :param lock_timeout: seconds to wait for another run.
    :param ignore_unknown: do not report records that are in no file, as where several projects share a database.
    :returns: how many migrations were applied.
    :raises NsmigError: see :func:`tasks` (then nothing was changed) and :meth:`Session.execute` (then what came before
        is applied and the next run goes on from there).
    """
    ledger, session = database.ledger, database.session
    with ledger.lock(lock_timeout, lambda holder: report(Waiting(holder))) as require_lock:
        state = ledger.state()
        if fake:
            return _record(history, database, state, to, report)
        changed, missing = edited(history, state), unknown(history, state)
        with doubted(doubt(changed, [] if ignore_unknown else missing)):
            planned = tasks(history, database.dialect.refuse, state, to, fast_forward)
            if finished := sorted(state.journal.keys() - unfinished(state)):
                ledger.remember([], finished)
            report(Planned(len(planned.migrations)))
            for note in _notes(planned, changed, missing, ignore_unknown):
                report(note)
            effects = Effects(session.live, session.execute, ledger.remember, report, require_lock)
            carry_out(planned, database.dialect, effects)
        return len(planned.migrations)


def _notes(planned: Work, edited: list[str], unknown: list[str], ignore_unknown: bool) -> Iterator[Noted]:
    """What is recorded and does not fit the files."""
    for name in edited:
        yield Noted(
            None,
            f"{name} was edited after it was applied here; restore its file, and put the change into a new migration",
        )
    if unknown and not ignore_unknown:
        listed = ", ".join(unknown)
        yield Noted(None, f"recorded as applied, but in no file: {listed}; is this checkout behind the database?")
    # Whose rows go with a type is judged by the types that are known, and not all may be.
    for name, types in planned.dropped.items() if unknown else ():
        yield Noted(
            name,
            f"{', '.join(unknown)}: recorded, but in no file, so their types are not known here: a node that is also of"
            f" one of these is deleted with {', '.join(types)}",
        )


def _record(history: History, database: Database[Any], state: State, to: str | None, report: Report) -> int:
    """Record what is pending, however far any of it came and whether or not this database could do it."""
    planned = pending(history, State(state.records, {}), to)
    report(Planned(len(planned)))
    made = {record.name: record for name in planned for record in records(name, history)}
    more = covered(history, [*state.records, *made])
    made |= {record.name: record for record in more}
    ended = state.journal.keys() - unfinished(State({**state.records, **made}, state.journal))
    if made or ended:
        database.ledger.remember(made.values(), sorted(ended))
    for name in [*planned, *(record.name for record in more)]:
        report(Recorded(name))
    return len(planned)


# --- The loop ---------------------------------------------------------------------------------------------------------


def carry_out(planned: Work, dialect: Dialect[Any], effects: Effects) -> None:
    """Do the tasks one after the other, and then record the squashes that they, or earlier runs, have made up."""
    account = _Account(effects)
    try:
        for batch in _batches(planned, dialect, effects):
            for task, _ in batch:
                effects.report(Started(task.name, len(task.operations), task.done))
            if any(task.empty or any(turn.is_sent and not turn.is_atomic for turn in turns) for task, turns in batch):
                account.settle(task.mark(task.done) for task, _ in batch)
                account.begin(task for task, _ in batch)
            for task, turns in batch:
                _carry_out(task, turns, dialect, effects, account)
            account.untouched.clear()
    except BaseException:
        with suppress(DatabaseError):  # the first error is the news; what is not recorded is repeated without harm
            account.settle_what_is_left()
        raise
    account.settle_what_is_left()
    if more := planned.covered:
        effects.require_lock()
        effects.remember(more, (), ())
        for record in more:
            effects.report(Recorded(record.name))


class _Account:
    """What was carried out, or begun and not touched, and is not in the ledger as that yet.

    ``untouched`` names tasks that this run has begun and that have changed nothing so far.
    """

    def __init__(self, effects: Effects) -> None:
        self.untouched: set[str] = set()
        self._effects = effects
        self._done: list[Task] = []
        self._settled = time.monotonic()

    def begin(self, begun: Iterable[Task]) -> None:
        self.untouched |= {task.name for task in begun if not task.was_begun}

    def finish(self, task: Task) -> None:
        self._done.append(task)

    def loaded(self, turn: Turn, task: Task, end: int) -> Turn:
        """A turn of a task until before operation ``end``. An atomic one carries the records of all that is done with
        it."""
        if not (turn.is_atomic and turn.is_sent):
            return turn
        done = [*self._done, task] if end == len(task.operations) else self._done
        records = tuple(record for each in done for record in each.records)
        has_entry = task.was_begun or len(turn.operations) < len(task.operations)
        return replace(turn, records=records, ended=tuple(each.name for each in done if each is not task or has_entry))

    def taken(self, turn: Turn, task: Task, end: int) -> None:
        """A turn is done, with all that it was loaded with."""
        if turn.is_sent:
            self.untouched.discard(task.name)
        if end == len(task.operations):
            self.finish(task)
        if turn.is_atomic and turn.is_sent:
            self._report()

    def settle(self, marks: Iterable[Mark] = ()) -> None:
        """Record what is done, un-begin what is untouched, and store these marks, all at once."""
        self._effects.require_lock()
        made = [record for task in self._done for record in task.records]
        self._effects.remember(made, [*(task.name for task in self._done), *sorted(self.untouched)], list(marks))
        self._report()
        self._settled = time.monotonic()

    def _report(self) -> None:
        """What is done is recorded."""
        if not self._done:
            return
        seconds, self._settled = time.monotonic() - self._settled, time.monotonic()
        for task in self._done:
            self._effects.report(Applied(task.name, len(task.operations), seconds / len(self._done)))
            for name in task.migrations if task.is_fast_forward else ():
                self._effects.report(Recorded(name))
        self._done.clear()

    def settle_what_is_left(self) -> None:
        if self._done or self.untouched:
            self.settle()


Begun = tuple[Task, list[Turn]]  # with the turns that are known before anything is sent


def _batches(planned: Iterable[Task], dialect: Dialect[Any], effects: Effects) -> Iterator[list[Begun]]:
    """The tasks with their turns; light ones several together. What a batch does is done before the next is asked for.

    What the database holds is read again when it may have changed by itself, and after a query.
    """
    batch: list[Begun] = []
    may_change = dialect.is_shared() and not effects.foresees
    live, read = None, None  # when it was read; None: not yet, or a query has come since
    for task in planned:
        if read is None or (may_change and time.monotonic() - read > LOOK_AGAIN):
            if batch:
                yield batch
            batch = []
            live, read = effects.live(), time.monotonic()
        if not task.done and not task.has_queries and not dialect.has_rows(live):
            task = replace(task, empty=True)
        turns, live = _turns(task, task.done, live, dialect, effects.foresees)
        if task.has_queries and not effects.foresees:
            read = None
        is_light = not task.done and dialect.is_light(turns)
        if batch and (not is_light or len(batch) == LIGHT_TASKS):
            yield batch
            batch = []
        batch.append((task, turns))
        if not is_light:
            yield batch
            batch = []
    if batch:
        yield batch


def _turns(task: Task, start: int, live: Any, dialect: Dialect[Any], foresees: bool) -> tuple[list[Turn], Any]:
    """The turns of a task from an operation on, and what the database holds after them.

    They end with a query of the user's, unless its effect is to be foreseen as none.
    """
    turns: list[Turn] = []
    _, schema = steps_of(task.operations[:start], task.before)
    while start < len(task.operations):
        end = dialect.reach(task.operations, start, schema)
        steps, schema = steps_of(task.operations[start:end], schema)
        with located(task.place(start, end)):
            turn, live = dialect.turn(steps, live, skip_rows=task.empty)
        start = end
        if turns and (joined := dialect.joined(turns[-1], turn)):
            turns[-1] = joined
        else:
            turns.append(turn)
        if turn.is_query and not foresees:
            break
    return turns, live


def _carry_out(task: Task, turns: list[Turn], dialect: Dialect[Any], effects: Effects, account: _Account) -> None:
    done = task.done
    if not turns:
        account.finish(task)
    while turns:
        for turn in turns:
            end = done + len(turn.operations)
            try:
                _take(account.loaded(turn, task, end), task, done, effects)
            except DatabaseError as error:
                if not error.changed_nothing:
                    account.untouched.discard(task.name)
                raise
            except BaseException:
                if turn.is_sent:
                    account.untouched.discard(task.name)
                raise
            account.taken(turn, task, end)
            done = end
        turns = [] if done == len(task.operations) else _turns(task, done, effects.live(), dialect, effects.foresees)[0]


def _take(turn: Turn, task: Task, start: int, effects: Effects) -> None:
    """Take one turn: report it, send it, mark it."""

    def progress(rows: int) -> None:
        effects.require_lock()
        effects.report(RowsChanged(task.name, rows))

    end = start + len(turn.operations)
    for index, operation in enumerate(turn.operations, start):
        effects.report(OperationStarted(task.name, index, len(task.operations), operation))
    for text in dict.fromkeys(each.text for each in turn.statements if each.role is Role.NOTE):
        effects.report(Noted(task.name, text))
    if turn.is_sent:
        effects.require_lock()
        # What follows the last turn is the record, which needs no mark before it.
        mark = task.mark(end) if turn.marks_itself or end < len(task.operations) else None
        with located(task.place(start, end)):
            counted = effects.execute(turn, mark, progress)
        for text in counted:
            effects.report(Noted(task.name, text))
