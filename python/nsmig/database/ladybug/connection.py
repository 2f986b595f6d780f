"""Talking to the engine: one connection for each process and file."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

from nsmig.database.base import Statement
from nsmig.database.ladybug.journal import STATE_INDEX, STATE_TABLE, TABLE_NAMES, numbered, state_exists
from nsmig.database.ladybug.opening import Opening, full_disk, full_pool, held, import_driver, opening, opening_to_look
from nsmig.database.ladybug.upkeep import index_keys, keys_to_index
from nsmig.database.ladybug.values import CHECKPOINT
from nsmig.errors import DatabaseError, LockedError

_log = logging.getLogger("nsmig")
_SHOWN = 500  # characters of a statement in an error
KEPT_STATEMENTS = 50
# Our statements are short, or write, which the engine does in one thread; more threads cost a fifth more time and
# memory.
ONE_THREAD, ALL_THREADS = 1, 0
# For as long as the file is open: see ``upkeep``.
NO_INDEXES_YET = "CALL enable_default_hash_index=false"

_open_paths: set[str] = set()  # the files that this process has open
_open_paths_guard = threading.Lock()
# The driver looks for its C library on first use; two threads must not do that at once.
_one_opening = threading.Lock()


@contextmanager
def connected(path: Path, *, reads_only: bool = False) -> Iterator[Connection]:
    """A connection to a file. If another process has it open, everything that needs it raises :class:`LockedError`.

    :param reads_only: nothing in it changes.
    :raises DatabaseError: its folder does not exist, the engine is not installed, or it cannot open the file.
    """
    if not path.parent.is_dir():
        raise DatabaseError(f"{path}: the folder {str(path.parent)!r} does not exist; create it")
    import_driver()
    connection = Connection(path, opening_to_look if reads_only else opening)
    try:
        if path.exists():
            with suppress(LockedError):
                connection.open()
        yield connection
    finally:
        connection.close()


class Connection:
    """The engine on one file, opened when needed and reopened after an error."""

    def __init__(self, path: Path, opening: Opening) -> None:
        self.path = path
        self._opening = opening
        self._file = ExitStack()
        self._driver: Any = None
        self._connection: Any = None
        self._opened = ""
        self._prepared: set[str] = set()  # texts that were sent with parameters
        self._has_state = False
        self._is_indexed = False  # since the last transaction
        self.is_numbered = False  # the file has the format number

    @property
    def is_open(self) -> bool:
        return self._connection is not None

    @property
    def is_there(self) -> bool:
        """Whether the file exists: reading does not create it."""
        return self.is_open or self.path.exists()

    def state_exists(self) -> bool:
        if not self._has_state:
            self._has_state = state_exists(self.send(TABLE_NAMES))
        return self._has_state

    def send_all(self, statements: Iterable[Statement]) -> None:
        for statement in statements:
            self.send(statement.text, statement.parameters)

    def atomically(self, work: Callable[[], None], doing: object) -> None:
        """Do work in a transaction, after creating the table for the state if necessary.

        :param doing: its name in errors.
        """
        with self.reopened_on_error(doing):
            if not self.state_exists():
                self.send(f"CREATE NODE TABLE {STATE_TABLE}")
                self.send(f"CREATE HASH INDEX {STATE_INDEX}")
            self._is_indexed = False
            self._forget_statements()
            self.send("BEGIN TRANSACTION")
            if not self.is_numbered:
                self.send(numbered().text)
            work()
            self.send("COMMIT")
            self.is_numbered = True

    def index_keys(self, only_filled: bool = False) -> None:
        """Create missing indexes. If that fails, keys are looked up without them, which is not an error."""
        if self._is_indexed:
            return
        try:
            with self.reopened_on_error("making hash indexes for keys"):
                index_keys(self.send, keys_to_index(self.send, only_filled))
            self._is_indexed = not only_filled
        except LockedError:
            raise
        except DatabaseError as error:
            _log.warning("%s", error)

    def checkpoint(self) -> None:
        """Write the log into the file itself, as closing it would."""
        try:
            self.send(CHECKPOINT)
        except DatabaseError as error:
            full = full_disk(self.path)
            told = f"writing the log into the file: {error}{full and f'; {full}'}. What was applied stays"
            raise DatabaseError(told) from error

    @contextmanager
    def reopened_on_error(self, doing: object) -> Iterator[None]:
        """The engine has rolled back by then, but must be reopened before anything else is sent to it."""
        if full := full_disk(self.path):
            raise DatabaseError(f"{doing}: {self.path}: {full}. This changed nothing; earlier work is kept")
        try:
            yield
        except DatabaseError as error:
            full = full_disk(self.path)  # the engine does not always say so
            self.close()
            self.open()
            if type(error) is DatabaseError:
                told = DatabaseError(
                    f"{doing}: {error}{full and f'; {full}'}. This changed nothing; earlier work is kept"
                )
                told.changed_nothing = True
                raise told from error
            raise
        except BaseException:  # Ctrl-C, or the caller's progress function
            self.close()
            raise

    def send(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[list[Any]]:
        connection = self.open()
        if parameters:
            self._prepared.add(text)
        try:
            result = connection.execute(text, dict(parameters or {}))
            if isinstance(result, list):  # within a transaction, the error takes all of it back
                raise DatabaseError("a query must be a single statement; use one RunQuery for each")
            rows: list[list[Any]] = result.get_all()
            result.close()
        except RuntimeError as error:
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
            raise DatabaseError(f"LadybugDB refused {shown!r}: {str(error).strip()}{full_pool(str(error))}") from error
        return rows

    def types_of(self, text: str) -> list[str]:
        """The types of the columns that a query gives."""
        try:
            result = self.open().execute(text)
            types = list(result.get_column_data_types())
            result.close()
        except RuntimeError as error:
            raise DatabaseError(f"LadybugDB refused it: {str(error).strip()}") from error
        return types

    def send_query(self, text: str, parameters: Mapping[str, Any]) -> list[list[Any]]:
        """Send a user's query, using all processors."""
        connection = self.open()
        connection.set_max_threads_for_exec(ALL_THREADS)
        try:
            return self.send(text, parameters)
        finally:
            connection.set_max_threads_for_exec(ONE_THREAD)

    def open(self) -> Any:
        if self._connection is None:
            path = os.path.realpath(self.path)
            with _open_paths_guard:
                if path in _open_paths:
                    raise held(self.path, os.getpid())
                _open_paths.add(path)
            try:
                with _one_opening:
                    self._driver = self._file.enter_context(self._opening(self.path))
                    self._connect()
            except BaseException:
                self._file.close()
                with _open_paths_guard:
                    _open_paths.discard(path)
                raise
            self._opened = path
            self.send(NO_INDEXES_YET)
        return self._connection

    def _connect(self) -> None:
        self._connection = import_driver().Connection(self._driver, num_threads=ONE_THREAD)
        self._prepared.clear()

    def _forget_statements(self) -> None:
        """The driver keeps every statement with parameters in the engine's buffer pool while a connection is open."""
        if len(self._prepared) > KEPT_STATEMENTS:
            before = self._connection
            self._connect()
            before.close()

    def close(self) -> None:
        if self._connection is None:
            return
        connection, self._connection, self._driver = self._connection, None, None
        self._has_state = self._is_indexed = False
        try:
            connection.close()
            self._file.close()
        finally:
            with _open_paths_guard:
                _open_paths.discard(self._opened)

    def interrupt(self) -> None:
        """End the statement that another thread is running."""
        if (connection := self._connection) is not None:
            connection.interrupt()
