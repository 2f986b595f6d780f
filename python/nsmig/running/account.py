"""The effects of a run, and which of them are not yet in the ledger."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Any

from nsmig.archive.folder import Archive
from nsmig.database.base import Database, Mark, Record, Turn
from nsmig.errors import IndexFailedError, Place
from nsmig.running.events import Applied, Building, Recorded, Report
from nsmig.running.tasks import Task


@dataclass(frozen=True, slots=True)
class Effects:
    """All effects of carrying out tasks: on a database in a run, on a text in a dry run.

    ``foresees``: the content of the database is read once and then assumed as planned, even after a query.
    ``archive``: receives what turns delete, before they do.
    """

    live: Callable[[], Any]
    execute: Callable[[Turn, Mark | None, Callable[[int], None]], Sequence[str]]
    finish: Callable[[Sequence[str], Callable[[float], None]], None]
    remember: Callable[[Iterable[Record], Iterable[str], Iterable[Mark]], None]
    report: Report
    require_lock: Callable[[], None]
    holds_rows: Callable[[], bool]
    foresees: bool = False
    archive: Archive | None = None

    def building(self, share: float) -> None:
        """The server is still building something in the background."""
        self.require_lock()
        self.report(Building(share))


def effects_on(
    database: Database[Any], report: Report, require_lock: Callable[[], None], wait: bool, archive: Archive | None
) -> Effects:
    """The effects of a run on an open database.

    :param wait: wait for what the server builds in the background.
    """
    session = database.session
    finish = session.finish if wait else _not_awaited
    return Effects(
        session.live,
        session.execute,
        finish,
        database.ledger.remember,
        report,
        require_lock,
        session.holds_rows,
        archive=archive,
    )


def _not_awaited(names: Sequence[str], progress: Callable[[float], None]) -> None:
    """Do not wait: the server will finish these eventually."""


class Account:
    """Work that was done, or begun without any change, and is not yet recorded in the ledger.

    ``untouched`` names tasks that this run has begun and that have changed nothing so far.
    """

    def __init__(self, effects: Effects) -> None:
        self.untouched: set[str] = set()
        self._effects = effects
        self._done: list[Task] = []
        self._awaited: dict[str, Place] = {}  # what the server is building → where it was ordered
        self._settled = time.monotonic()

    def begin(self, begun: Iterable[Task]) -> None:
        self.untouched |= {task.name for task in begun if not task.was_begun}

    def finish(self, task: Task) -> None:
        self._done.append(task)

    def expect(self, turn: Turn, task: Task, end: int) -> None:
        """Whatever a turn that ends before operation ``end`` has ordered must exist before the task is recorded."""
        self._awaited |= dict.fromkeys(turn.makes, task.place(end - len(turn.operations), end))

    def wait(self) -> None:
        """Wait until everything ordered exists.

        :raises DatabaseError: something could not be built. The tasks before the one that ordered it are still done.
        """
        try:
            if self._awaited:
                self._effects.finish(list(self._awaited), self._effects.building)
        except IndexFailedError as error:
            error.place = self._awaited[error.name]
            names = [task.name for task in self._done] + [error.place.migration]
            self._done = self._done[: names.index(error.place.migration)]
            kept = {task.name for task in self._done}
            self._awaited = {name: place for name, place in self._awaited.items() if place.migration in kept}
            raise
        self._awaited.clear()

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
        """A turn is done, with everything that it was loaded with."""
        if turn.is_sent:
            self.untouched.discard(task.name)
        self.expect(turn, task, end)
        if end == len(task.operations):
            self.finish(task)
        if turn.is_atomic and turn.is_sent:
            self._report()

    def leave_awaited(self) -> None:
        """A stopped run does not wait: migrations that need the wait, and later ones, are not recorded."""
        waiting = {place.migration for place in self._awaited.values()}
        self._done = list(takewhile(lambda task: task.name not in waiting, self._done))
        self._awaited.clear()

    def settle(self, marks: Iterable[Mark] = ()) -> None:
        """Record what is done, un-begin what is untouched, and store these marks, all at once."""
        self.wait()
        self._effects.require_lock()
        made = [record for task in self._done for record in task.records]
        self._effects.remember(made, [*(task.name for task in self._done), *sorted(self.untouched)], list(marks))
        self._report()
        self._settled = time.monotonic()

    def _report(self) -> None:
        """Report what has been recorded."""
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
