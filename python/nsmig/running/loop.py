"""Plan → database: with ``account`` the only module with effects on one. Lock, step, record, resume.

What makes a run safe to kill at any moment:

- Before a migration's first statement its journal entry is written (:class:`Mark`: name, checksum, nothing done), after
  each of its turns how many operations are done. Every statement may be repeated, so the next run goes on at the turn
  that was under way.
- A turn is one operation or, where the dialect says that they go together, several.
- A turn that is one transaction with what is remembered of it (see :class:`Turn`) needs no entry before it, and the
  last one of a migration carries its record.
- Else migrations are recorded, and their journal entries deleted, in one transaction with the beginning of the next
  one; nothing is sent for a migration before all earlier ones are recorded. Light ones (see :meth:`Dialect.is_light`)
  are begun and recorded many at a time: repeated in their order, they end in the same. Where the dialect has one turn
  for them all, it is one transaction; if that is refused, they are taken one by one, so that what precedes the fault is
  applied, and what follows it is not begun.
- What the server goes on making after a statement, such as an index, is waited for before a migration is recorded and
  before a query of the user's.
- A migration that fails before changing anything is un-begun: its journal entry is deleted and its file may be edited.
- What was begun in an empty database changes no rows when it is repeated: all that are there now have come later.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nsmig._core import History
from nsmig.database.base import Database, Dialect, Role, Session, State, Turn
from nsmig.database.survey import Unfinished
from nsmig.errors import DatabaseError, Place, RowsError, doubted, located
from nsmig.running import keeping
from nsmig.running.account import Account, Effects, effects_on
from nsmig.running.asking import asked
from nsmig.running.events import (
    Noted,
    OperationStarted,
    Planned,
    Recorded,
    Report,
    RowsChanged,
    Started,
    Waiting,
    unheard,
)
from nsmig.running.state import refusing, state_for
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
# At most so many migrations are begun and recorded together, and they have about so many statements: a transaction of
# a few hundred costs a server no more than some smaller ones, one of a thousand does.
LIGHT_TASKS, LIGHT_STATEMENTS = 2000, 600


def run(
    history: History,
    database: Database[Any],
    report: Report = unheard,
    *,
    to: str | None = None,
    fake: bool = False,
    fast_forward: bool = False,
    lock_timeout: float = LOCK_TIMEOUT,
    ignore_unknown: bool = False,
    wait: bool = True,
    archive: str | Path | None = None,
    no_archive: bool = False,
) -> int:
    """Apply to an open database what it lacks, under one lock.

    :param report: called with each event (see :mod:`nsmig.running.events`); what it raises stops the run.
    :param to: the last migration to apply.
    :param fake: record the migrations as applied, half-done ones too, and change nothing else.
    :param fast_forward: squash the pending migrations, and apply the shorter list of operations.
    :param lock_timeout: seconds to wait for another run.
    :param ignore_unknown: do not report records that are in no file, as where several projects share a database.
    :param wait: record a migration when the indexes that it makes are in use; else when the server knows of them.
    :param archive: the folder of an archive, to which what operations delete is written before they delete it.
    :param no_archive: use none, also for what was begun with one.
    :returns: how many migrations were applied.
    :raises ArchiveError: something was begun with another archive, or the folder's cannot be used.
    :raises NsmigError: see :func:`tasks` (then nothing was changed) and :meth:`Session.execute` (then what came before
        is applied and the next run goes on from there).
    """
    ledger, session = database.ledger, database.session
    with ledger.lock(lock_timeout, lambda holder: report(Waiting(holder))) as require_lock:
        state = state_for(history, database)
        if fake:
            return _record(history, database, state, to, report)
        changed, missing = edited(history, state), unknown(history, state)
        with doubted(doubt(changed, [] if ignore_unknown else missing)):
            planned = tasks(history, refusing(database), state, to, fast_forward)
            dialect = database.dialect
            kept_in = keeping.opened(archive, database.kind, state, no_archive)
            if kept_in is not None:
                keeping.begin(kept_in, state, planned, report)
                planned, dialect = replace(planned, archive=kept_in.name), dialect.keeping()
            if finished := sorted(state.journal.keys() - unfinished(state)):
                ledger.remember([], finished)
            report(Planned(len(planned.migrations)))
            for note in _notes(planned, changed, missing, ignore_unknown):
                report(note)
            effects = effects_on(database, report, require_lock, wait, kept_in)
            left = _unfinished(session, report, wait)
            carry_out(planned, dialect, effects)
            if left:
                session.mend(left, after=True)
                effects.finish([each.name for each in left], effects.building)
        return len(planned.migrations)


def _unfinished(session: Session[Any], report: Report, wait: bool) -> Sequence[Unfinished]:
    """What earlier runs have recorded without waiting for it, or what has failed since; all begun again."""
    unfinished = session.unfinished()
    for each in unfinished:
        what = "it is made again" if each.failed else "this run waits for it" if wait else "it is still being built"
        report(Noted(None, f"{each.text}; {what}"))
    if unfinished:
        session.mend(unfinished, after=False)
    return unfinished


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
    planned = pending(history, State(state.records, {}, has_rows=False), to)
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
    account = Account(effects)
    try:
        for batch in _batches(planned, dialect, effects):
            for place, turn in batch.asked:
                effects.require_lock()
                with located(place):
                    effects.execute(turn, None, lambda rows: None)
            for task, _ in batch.begun:
                effects.report(Started(task.name, len(task.operations), task.done))
            if any(
                task.empty or any(turn.is_sent and not turn.is_atomic for turn in turns) for task, turns in batch.begun
            ):
                account.settle(task.mark(task.done) for task, _ in batch.begun)
                account.begin(task for task, _ in batch.begun)
            if not _taken_together(batch, effects, account):
                for task, turns in batch.begun:
                    _carry_out(task, turns, dialect, effects, account)
            account.untouched.clear()
        account.settle_what_is_left()
    except BaseException as error:
        if not isinstance(error, Exception):
            account.leave_awaited()
        with suppress(DatabaseError):  # the first error is the news; what is not recorded is repeated without harm
            account.settle_what_is_left()
        raise
    if more := planned.covered:
        effects.require_lock()
        effects.remember(more, (), ())
        for record in more:
            effects.report(Recorded(record.name))


Begun = tuple[Task, list[Turn]]  # with the turns that are known before anything is sent


@dataclass(frozen=True, slots=True)
class _Batch:
    """Tasks that are begun at once. ``together``: a turn that does what all of theirs do. ``asked``: turns that only
    check, before anything is begun."""

    begun: list[Begun]
    together: Turn | None
    asked: tuple[tuple[Place, Turn], ...] = ()


def _batches(planned: Iterable[Task], dialect: Dialect[Any], effects: Effects) -> Iterator[_Batch]:
    """The tasks with their turns; light ones many together. What a batch does is done before the next is asked for.

    What the database holds is read again when it may have changed by itself, and after a query.
    """
    batch: list[Begun] = []
    may_change = dialect.is_shared() and not effects.foresees
    statements = 0
    before, live, read = None, None, None  # when it was read; None: not yet, or a query has come since

    def ended() -> Iterator[_Batch]:
        """What is together so far, if anything, as it ends before the next task."""
        if batch:
            turns = [turn for _, turns in batch for turn in turns]
            together = dialect.together(turns, before, live) if len(batch) > 1 and turns else None
            yield _Batch(batch.copy(), together)
            batch.clear()

    for task in planned:
        if read is None or (may_change and time.monotonic() - read > LOOK_AGAIN):
            yield from ended()
            live, read = effects.live(), time.monotonic()
        if not task.done and not task.has_queries and not dialect.has_rows(live):
            task = replace(task, empty=True)
        try:
            turns, after = _turns(task, task.done, live, dialect, effects.foresees)
        except DatabaseError:
            yield from ended()  # what precedes the fault is done first
            raise
        if task.has_queries and not effects.foresees:
            read = None
        is_light = not task.done and dialect.is_light(turns)
        if task.stands_in:
            yield from ended()  # what precedes it has made no rows, so there are none unless somebody else has
            if effects.holds_rows():
                raise RowsError(task.name)
        if not is_light or len(batch) == LIGHT_TASKS or statements >= LIGHT_STATEMENTS:
            yield from ended()
        if not is_light:
            first = () if task.was_begun or effects.foresees else tuple(asked(task, live, dialect))
            yield _Batch([(task, turns)], None, first)
        else:
            if not batch:
                before, statements = live, 0
            batch.append((task, turns))
            statements += sum(len(turn.statements) for turn in turns)
        live = after
    yield from ended()


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


def _taken_together(batch: _Batch, effects: Effects, account: Account) -> bool:
    """Take the turns of a batch as one; False if there is none, or it was refused as a whole and so changed nothing."""
    if batch.together is None:
        return False
    last = batch.begun[-1][0]
    if effects.foresees:
        _announce_all(batch, effects.report)
    try:
        if batch.together.is_sent:
            effects.require_lock()
            with located(last.place(0, len(last.operations))):
                effects.execute(batch.together, None, lambda rows: None)
    except BaseException as error:
        if isinstance(error, DatabaseError) and error.changed_nothing:
            return False
        account.untouched.clear()
        raise
    if not effects.foresees:  # where all is refused they are announced one by one
        _announce_all(batch, effects.report)
    for task, turn, start in _placed(batch.begun):
        account.expect(turn, task, start + len(turn.operations))
    for task, _ in batch.begun:
        account.finish(task)
    return True


def _announce_all(batch: _Batch, report: Report) -> None:
    for task, turn, start in _placed(batch.begun):
        _announce(turn, task, start, report)


def _placed(begun: Iterable[Begun]) -> Iterator[tuple[Task, Turn, int]]:
    """Every turn with the number of its first operation."""
    for task, turns in begun:
        start = task.done
        for turn in turns:
            yield task, turn, start
            start += len(turn.operations)


def _carry_out(task: Task, turns: list[Turn], dialect: Dialect[Any], effects: Effects, account: Account) -> None:
    done = task.done
    if not turns:
        account.finish(task)
    while turns:
        for turn in turns:
            end = done + len(turn.operations)
            try:
                if turn.is_query:
                    account.wait()
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

    _announce(turn, task, start, effects.report)
    if turn.is_sent:
        end = start + len(turn.operations)
        effects.require_lock()
        # What follows the last turn is the record, which needs no mark before it.
        mark = task.mark(end) if turn.marks_itself or end < len(task.operations) else None
        with located(task.place(start, end)), keeping.kept(turn, task, start, effects.archive) as turn:
            counted = effects.execute(turn, mark, progress)
        for text in counted:
            effects.report(Noted(task.name, text))


def _announce(turn: Turn, task: Task, start: int, report: Report) -> None:
    for index, operation in enumerate(turn.operations, start):
        report(OperationStarted(task.name, index, len(task.operations), operation))
    for text in dict.fromkeys(each.text for each in turn.statements if each.role is Role.NOTE):
        report(Noted(task.name, text))
