"""Plan → database: lock, step, record, resume. During a run only this module and ``account`` change a database.

What makes a run safe to kill at any moment:

- Before a migration's first statement its journal entry is written (:class:`Mark`: name, checksum, nothing done); after
  each turn it says how many operations are done. Every statement may be repeated, so the next run continues with the
  turn that was under way.
- A turn is one operation, or several that the dialect sends together.
- A turn that is a single transaction together with its journal entry (see :class:`Turn`) needs no entry before it, and
  a migration's last such turn includes its record.
- Otherwise migrations are recorded, and their journal entries deleted, in the transaction that begins the next one;
  nothing is sent for a migration before all earlier ones are recorded. Light ones (see :meth:`Dialect.is_light`) are
  begun and recorded many at a time: repeating them in order has the same result. If the dialect has a single turn for
  all of them, it is one transaction; if that is refused, they are taken one by one, so that those before the fault are
  applied and those after it are not begun.
- A run waits for anything that the server builds in the background, such as an index, before it records the migration
  and before a user's query.
- A migration that fails before changing anything is un-begun: its journal entry is deleted and its file may be edited.
- A migration begun on an empty database changes no rows when it is repeated: any rows there were added later.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from nsmig._core import History
from nsmig.database.base import Database, Dialect, Session, State, Turn
from nsmig.database.survey import Unfinished
from nsmig.errors import DatabaseError, Place, RowsError, doubted, located
from nsmig.running import keeping
from nsmig.running.account import Account, Effects, effects_on
from nsmig.running.announcing import Note, announce
from nsmig.running.asking import asked
from nsmig.running.events import (
    Noted,
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
# The most migrations that are begun and recorded together, and about how many statements they have: for a server, a
# transaction of a few hundred costs no more than several smaller ones, but one of a thousand does.
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
    :param fake: record the migrations as applied, including half-done ones, and change nothing else.
    :param fast_forward: squash the pending migrations and apply the shorter list of operations.
    :param lock_timeout: seconds to wait for another run.
    :param ignore_unknown: do not report records that are in no file, as where several projects share a database.
    :param wait: record a migration when its indexes are in use; otherwise as soon as the server knows of them.
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
            with keeping.opened(archive, database.kind, state, no_archive) as kept_in:
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
    """Whatever earlier runs recorded without waiting, or has failed since; all of it is started again."""
    unfinished = session.unfinished()
    for each in unfinished:
        what = "it is made again" if each.failed else "this run waits for it" if wait else "it is still being built"
        report(Noted(None, f"{each.text}; {what}"))
    session.mend(unfinished, after=False)
    return unfinished


def _notes(planned: Work, edited: list[str], unknown: list[str], ignore_unknown: bool) -> Iterator[Noted]:
    """Notes on records that do not match the files."""
    for name in edited:
        yield Noted(
            None,
            f"{name} was edited after it was applied here; restore its file, and put the change into a new migration",
        )
    if unknown and not ignore_unknown:
        listed = ", ".join(unknown)
        yield Noted(None, f"recorded as applied, but in no file: {listed}; is this checkout behind the database?")
    # Which rows are deleted with a type depends on the known types, and some may be unknown.
    for name, types in planned.dropped.items() if unknown else ():
        yield Noted(
            name,
            f"{', '.join(unknown)}: recorded, but in no file, so their types are not known here: a node that is also of"
            f" one of these is deleted with {', '.join(types)}",
        )


def _record(history: History, database: Database[Any], state: State, to: str | None, report: Report) -> int:
    """Record the pending migrations, however far any of them came and whether or not this database could apply them."""
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
    """Do the tasks one after another, then record the squashes whose members are now all applied."""
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
        with suppress(DatabaseError):  # report the first error; repeating what is not recorded is harmless
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
    """Tasks that are begun together. ``together``: one turn that does the work of all. ``asked``: turns that only
    check, before anything is begun."""

    begun: list[Begun]
    together: Turn | None
    asked: tuple[tuple[Place, Turn], ...] = ()


def _batches(planned: Iterable[Task], dialect: Dialect[Any], effects: Effects) -> Iterator[_Batch]:
    """The tasks with their turns, many light ones together, unless their data have to be checked beforehand. A batch is
    done before the next is requested.

    The content of the database is read again when others may have changed it, and after a query.
    """
    batch: list[Begun] = []
    may_change = dialect.is_shared() and not effects.foresees
    statements = 0
    before, live, read = None, None, None  # when it was read; None: not yet, or a query has come since

    def ended() -> Iterator[_Batch]:
        """The batch collected so far, if any; it ends before the next task."""
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
            yield from ended()  # do what precedes the fault first
            raise
        if task.has_queries and not effects.foresees:
            read = None
        is_light = not task.done and dialect.is_light(turns)
        if task.stands_in:
            yield from ended()  # nothing before it created rows, so there are none unless others added some
            if effects.holds_rows():
                raise RowsError(task.name)
        checks = () if task.was_begun or effects.foresees else tuple(asked(task, live, dialect))
        is_alone = checks or not is_light
        if is_alone or len(batch) == LIGHT_TASKS or statements >= LIGHT_STATEMENTS:
            yield from ended()
        if is_alone:
            yield _Batch([(task, turns)], None, checks)
        else:
            if not batch:
                before, statements = live, 0
            batch.append((task, turns))
            statements += sum(len(turn.statements) for turn in turns)
        live = after
    yield from ended()


def _turns(task: Task, start: int, live: Any, dialect: Dialect[Any], foresees: bool) -> tuple[list[Turn], Any]:
    """The turns of a task from an operation on, and what the database holds after them.

    They end with a user's query, unless it is to be treated as having no effect.
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
    """Send the turns of a batch as one. False if there is no such turn, or it was refused as a whole and changed
    nothing."""
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
    if not effects.foresees:  # if it is refused they are announced one by one
        _announce_all(batch, effects.report)
    for task, turn, start in _placed(batch.begun):
        account.expect(turn, task, start + len(turn.operations))
    for task, _ in batch.begun:
        account.finish(task)
    return True


def _announce_all(batch: _Batch, report: Report) -> None:
    noted: dict[str, Counter[Note]] = {task.name: Counter() for task, _ in batch.begun}
    for task, turn, start in _placed(batch.begun):
        announce(turn, task, start, noted[task.name], report)


def _placed(begun: Iterable[Begun]) -> Iterator[tuple[Task, Turn, int]]:
    """Each turn with the index of its first operation."""
    for task, turns in begun:
        start = task.done
        for turn in turns:
            yield task, turn, start
            start += len(turn.operations)


def _carry_out(task: Task, turns: list[Turn], dialect: Dialect[Any], effects: Effects, account: Account) -> None:
    done = task.done
    noted: Counter[Note] = Counter()
    if not turns:
        account.finish(task)
    while turns:
        for turn in turns:
            end = done + len(turn.operations)
            try:
                if turn.is_query:
                    account.wait()
                _take(account.loaded(turn, task, end), task, done, noted, effects)
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


def _take(turn: Turn, task: Task, start: int, noted: Counter[Note], effects: Effects) -> None:
    """Do one turn: report it, send it, mark it."""

    def progress(rows: int) -> None:
        effects.require_lock()
        effects.report(RowsChanged(task.name, rows))

    announce(turn, task, start, noted, effects.report)
    if turn.is_sent:
        end = start + len(turn.operations)
        effects.require_lock()
        # The last turn is followed by the record, which needs no mark before it.
        mark = task.mark(end) if turn.marks_itself or end < len(task.operations) else None
        with located(task.place(start, end)), keeping.kept(turn, task, start, effects.archive) as turn:
            counted = effects.execute(turn, mark, progress)
        for text in counted:
            effects.report(Noted(task.name, text))
