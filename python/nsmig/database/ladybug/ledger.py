"""The ledger in a LadybugDB file: the file's own lock, and a table for records and journal."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from nsmig.database.base import FORMAT, Amendment, Mark, Record, State, ignore
from nsmig.database.ladybug.beside import look
from nsmig.database.ladybug.connection import Connection
from nsmig.database.ladybug.journal import ALL, TABLE_NAMES, amending, bookkeeping, number_of, state_exists, state_of
from nsmig.database.ladybug.upkeep import drop_half_built
from nsmig.errors import LockedError

_log = logging.getLogger("nsmig")
_POLL = 0.2  # seconds between two attempts to get a held lock


class LadybugLedger:
    """A :class:`nsmig.database.base.Ledger` in a LadybugDB file."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    @contextmanager
    def lock(self, timeout: float, waiting: Callable[[str], None] = ignore) -> Iterator[Callable[[], None]]:
        """See :meth:`Ledger.lock`. Opens the file, so no one else can."""
        until, told = time.monotonic() + timeout, None
        while True:
            try:
                self._connection.open()
                break
            except LockedError as error:
                if time.monotonic() >= until:
                    raise
                if error.holder is not None and error.holder != told:
                    waiting(told := error.holder)
                time.sleep(min(_POLL, max(0.0, until - time.monotonic())))
        with self._connection.reopened_on_error("taking away what a killed run has half built"):
            drop_half_built(self._connection.send)
        self._connection.index_keys()
        yield self._require_lock
        if self._connection.is_open:
            self._connection.index_keys(only_filled=True)
            self._connection.checkpoint()

    def _require_lock(self) -> None:
        if not self._connection.is_open:
            raise LockedError(None, f"{self._connection.path} was closed in the meantime; run again")

    def holder(self) -> str | None:
        """See :meth:`Ledger.holder`."""
        if self._connection.is_open or not self._connection.is_there:
            return None
        try:
            self._connection.open()
        except LockedError as error:
            return error.holder
        return None

    def unlock(self) -> None:
        """Nothing to do: the operating system releases the file when its holder ends, in whatever way."""

    def state(self) -> State:
        """See :meth:`Ledger.state`. Reads beside another process that has the file open, if the engine allows it."""
        try:
            if not self._connection.is_there or not self._connection.state_exists():
                return State({}, {})
            rows = self._connection.send(ALL)
            self._connection.is_numbered = number_of(rows) == FORMAT
            return state_of(rows)
        except LockedError as error:
            if (state := self._beside()) is None:
                raise
            _log.warning("%s: read beside %s, which has the file open", self._connection.path, error.holder)
            return state

    def _beside(self) -> State | None:
        path = self._connection.path
        if (names := look(path, TABLE_NAMES)) is None:
            return None
        if not state_exists(names):
            return State({}, {})
        rows = look(path, ALL)
        return None if rows is None else state_of(rows)

    def remember(self, records: Iterable[Record], ended: Iterable[str] = (), marks: Iterable[Mark] = ()) -> None:
        """See :meth:`Ledger.remember`."""
        if sent := bookkeeping(records, ended, marks):
            self._connection.atomically(lambda: self._connection.send_all(sent), "recording what is applied")

    def amend(self, amendment: Amendment, who: str) -> None:
        """See :meth:`Ledger.amend`."""
        rows = dict(self._connection.send(ALL)) if self._connection.state_exists() else {}
        sent = amending(rows, amendment, who)
        self._connection.atomically(lambda: self._connection.send_all(sent), "fixing the records")
