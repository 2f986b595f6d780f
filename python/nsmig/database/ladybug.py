"""The adapter for LadybugDB, an embedded graph database in one file.

What the engine needs to stay right, each for a reproduced fault of it (held by tests/database/on_ladybug):

- One operation with its mark is one transaction. A migration resumes at the operation that was not committed.
- After a failed statement the engine's memory no longer agrees with the file: the database is closed and opened again.
- A checkpoint separates a dropped relationship property from a new pair (``ladybug_statements`` puts it there).
- A log torn by a killed process is set aside and read up to its last whole commit.
- On a full disk nothing is sent: the engine ends the whole process when it cannot write to its log. When the disk fills
  up while it writes it still does, and leaves a torn log.

The file's own lock is the lock: a second process cannot open the file, and a killed one holds nothing. The engine does
not protect against a second opening in the same process, so this module does. A file that does not exist is made by the
first write or the lock, not by a look.
"""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, ClassVar

from nsmig.database.base import Changes, Mark, Record, Role, Schema, State, Statement, ignore
from nsmig.database.ladybug_refusals import refuse
from nsmig.database.ladybug_statements import statements
from nsmig.database.ladybug_tables import Live, Table
from nsmig.database.ladybug_values import (
    ANCHOR,
    CHECKPOINT,
    ENGINE_TYPES,
    KEY_COLUMN,
    PRIVATE,
    STATE,
    inlined,
    key_of,
    literal,
    quote,
)
from nsmig.errors import ConflictError, DatabaseError, LockedError
from nsmig.operations import Kind, Operation

__all__ = ["Ladybug", "Live", "Table", "key_of"]

# The engine's own defaults map 8 TB of addresses and take 80 % of the memory.
_SIZES = {"max_db_size": 1 << 34, "buffer_pool_size": 512 << 20}
_POLL = 0.2  # seconds between two looks at a held lock
_STATE_TABLE = f"{quote(STATE)}(k STRING, v STRING, PRIMARY KEY(k))"
_SHOWN = 500  # characters of a statement in an error
_ROOM = 1 << 20  # bytes of free disk that the log of a small operation and of the records has room in

_open_paths: set[str] = set()  # what this process has open
_open_paths_guard = threading.Lock()
# The driver looks for its C library at the first opening; two threads must not do that at once.
_opening = threading.Lock()
_log = logging.getLogger("nsmig")


class Ladybug:
    """A LadybugDB file as a :class:`nsmig.database.base.Database`.

    :param path: the database file; its folder must exist.
    :param options: there are none; given ones are an error.
    """

    def __init__(self, path: str | os.PathLike[str], **options: Any) -> None:
        if options:
            names = ", ".join(sorted(options))
            raise DatabaseError(f"a ladybug target takes the option path and no other; remove {names}")
        if not isinstance(path, (str, os.PathLike)) or not os.fspath(path):
            raise DatabaseError("the option path of a ladybug target must be the name of a file")
        self.path = Path(path)
        self._driver: Any = None
        self._connection: Any = None
        self._opened = ""
        self._has_state = False
        self.notes: tuple[str, ...] = ()

    def __repr__(self) -> str:
        return f"Ladybug({str(self.path)!r})"

    def __enter__(self) -> Ladybug:
        if not self.path.parent.is_dir():
            raise DatabaseError(f"{self.path}: the folder {str(self.path.parent)!r} does not exist; create it")
        _import_driver()
        if self.path.exists():
            with suppress(LockedError):  # said by whatever needs the database; holder() and lock() deal with it
                self._connected()
        return self

    def __exit__(self, *exc: object) -> None:
        self._close()

    # -- lock ----------------------------------------------------------------------------------------------------------

    @contextmanager
    def lock(self, timeout: float, waiting: Callable[[str], None] = ignore) -> Iterator[Callable[[], None]]:
        """Open the file, which nobody else can then; wait at most ``timeout`` seconds for it. See the protocol."""
        until, told = time.monotonic() + timeout, None
        while True:
            try:
                self._connected()
                break
            except LockedError as error:
                if time.monotonic() >= until:
                    raise
                if error.holder is not None and error.holder != told:
                    waiting(told := error.holder)
                time.sleep(min(_POLL, max(0.0, until - time.monotonic())))
        yield self._still_locked
        if self._connection is not None:
            self._send(CHECKPOINT)

    def _still_locked(self) -> None:
        if self._connection is None:
            raise LockedError(None, f"{self.path} was closed in between; run again")

    def holder(self) -> str | None:
        if self._connection is not None or not self.path.exists():
            return None
        try:
            self._connected()
        except LockedError as error:
            return error.holder
        return None

    def unlock(self) -> None:
        """Nothing to do: the operating system frees the file when its holder ends, however it ends."""

    def stop(self) -> None:
        """See :meth:`Database.stop`."""
        if (connection := self._connection) is not None:
            connection.interrupt()

    # -- what is there -------------------------------------------------------------------------------------------------

    def state(self) -> State:
        if not self._is_there() or not self._state_exists():
            return State({}, {})
        rows = self._send(f"MATCH (s:{quote(STATE)}) RETURN s.k, s.v ORDER BY s.k")
        entries = [(*key.split("/", 1), json.loads(value)) for key, value in rows]
        return State(
            records={name: Record(name, **facts) for kind, name, facts in entries if kind == "applied"},
            journal={name: Mark(name, **facts) for kind, name, facts in entries if kind == "journal"},
        )

    def live(self) -> Live:
        """All tables, their columns, keys and pairs. Tables without our comment are foreign (``managed`` is false)."""
        if not self._is_there():
            return Live()
        shown = self._send("CALL show_tables() RETURN name, type, comment")
        hashed = {row[0] for row in self._send("CALL show_indexes() RETURN *") if row[1] == "_PK"}
        tables = [
            self._table(name, kind, comment, name in hashed)
            for name, kind, comment in shown
            if kind in ("NODE", "REL") and not name.startswith(PRIVATE)
        ]
        live = Live(anchor=any(name == ANCHOR for name, _, _ in shown))
        for table in sorted(tables, key=lambda table: table.name):
            live = live.put(table)
        return live

    def live_schema(self, expected: Schema | None = None) -> dict[str, Any]:
        """See :meth:`Database.live_schema`: all tables but ours, with or without rows, foreign ones too."""
        live = self.live()
        types = {engine: name for name, engine in ENGINE_TYPES.items()}
        many = {"from_side_cardinality": "MANY", "to_side_cardinality": "MANY"}

        def of(kind: Kind) -> list[dict[str, Any]]:
            return [
                {
                    "name": table.name,
                    "properties": {
                        name: {
                            "is_indexed": name in table.indexes,
                            "is_key": name in table.keys,
                            "type": types.get(engine, "STRING"),
                        }
                        for name, engine in sorted(table.columns)
                    },
                }
                for table in sorted(live.tables.values(), key=lambda table: table.name)
                if table.kind is kind
            ]

        adjacencies = sorted((a, table.name, b) for table in live.relationships() for a, b in table.pairs)
        return {
            "cardinalities": [
                {
                    "adjacency": {"from_node_type": a, "relationship_type": name, "to_node_type": b},
                    "cardinality": dict(many),
                }
                for a, name, b in adjacencies
            ],
            "nodes": of(Kind.NODE),
            "relationships": of(Kind.RELATIONSHIP),
        }

    def _table(self, name: str, kind: str, comment: str, hashed: bool) -> Table:
        info = self._send(f"CALL table_info({literal(name)}) RETURN *")
        columns = tuple((row[1], row[2]) for row in info if row[1] != KEY_COLUMN)
        if kind == "REL":
            connections = self._send(f"CALL show_connection({literal(name)}) RETURN *")
            table = Table(
                name, Kind.RELATIONSHIP, columns, pairs=tuple(sorted((row[0], row[1]) for row in connections))
            )
        else:
            (primary,) = (row[1] for row in info if row[4])
            keys = () if primary == KEY_COLUMN else (primary,)
            table = Table(name, Kind.NODE, columns, primary, keys, hashed=hashed)
        return _remembered(table, comment)

    def _state_exists(self) -> bool:
        if not self._has_state:
            self._has_state = bool(self._send(f"CALL show_tables() WHERE name = {literal(STATE)} RETURN name"))
        return self._has_state

    # -- operations ----------------------------------------------------------------------------------------------------

    transactional: ClassVar[bool] = True

    def refuse(self, operation: Operation, before: Schema) -> None:
        refuse(operation, before)

    def statements(self, operation: Operation | Changes, before: Schema, live: Live) -> tuple[list[Statement], Live]:
        assert not isinstance(operation, Changes)  # nobody makes them for a transactional database
        return statements(operation, before, live)

    def execute(
        self,
        statements: Iterable[Statement],
        operation: Operation | Changes,
        mark: Mark | None,
        progress: Callable[[int], None],
    ) -> None:
        sent = [statement for statement in statements if statement.role is not Role.NOTE]
        ahead = _ahead(sent)

        def within() -> None:
            changed = 0
            for statement in sent[ahead:]:
                rows = self._pass(statement, operation)
                if statement.role is Role.DATA:
                    changed += rows[0][0]
                    progress(changed)
            if mark is not None:
                self._send_all([_journaled(mark)])

        with self._reopened_on_error(repr(operation)):
            for statement in sent[:ahead]:
                self._pass(statement, operation)
        self._remember(within, repr(operation))

    def remember(self, records: Iterable[Record], ended: Iterable[str] = (), marks: Iterable[Mark] = ()) -> None:
        sent = _bookkeeping(records, ended, marks)
        if sent:
            self._remember(lambda: self._send_all(sent), "recording what is applied")

    def script(
        self,
        statements: Iterable[Statement] = (),
        records: Iterable[Record] = (),
        ended: Iterable[str] = (),
        marks: Iterable[Mark] = (),
    ) -> str:
        """Text for the engine's shell. It goes on after an error, so whoever pastes it must look at each answer."""
        statements = list(statements)
        sent = [statement for statement in statements if statement.role is not Role.NOTE]
        ahead = _ahead(sent)
        within = [*sent[ahead:], *_bookkeeping(records, ended, marks)]
        lines = [_comment(statement.text) for statement in statements if statement.role is Role.NOTE]
        for statement in sent[:ahead]:
            if statement.role is Role.CHECK:
                lines.append(_comment(f"must give 0, else stop: {statement.problem}"))
            lines.append(_ended(statement))
        if within:
            made = [f"CREATE NODE TABLE IF NOT EXISTS {_STATE_TABLE};"]
            lines += [*made, "BEGIN TRANSACTION;", *map(_ended, within), "COMMIT;"]
        return "".join(f"{line}\n" for line in lines)

    # -- talking to the engine -----------------------------------------------------------------------------------------

    def _pass(self, statement: Statement, operation: Operation | Changes) -> list[list[Any]]:
        rows = self._send(statement.text, statement.parameters)
        if statement.role is Role.CHECK and (count := int(rows[0][0])):
            raise ConflictError(operation, statement.problem, count, statement.show)
        return rows

    def _send_all(self, statements: Iterable[Statement]) -> None:
        for statement in statements:
            self._send(statement.text, statement.parameters)

    def _remember(self, within: Callable[[], None], doing: str) -> None:
        """Run ``within`` in a transaction, with the table for the state there."""
        with self._reopened_on_error(doing):
            if not self._state_exists():
                self._send(f"CREATE NODE TABLE {_STATE_TABLE}")
            self._send("BEGIN TRANSACTION")
            within()
            self._send("COMMIT")

    @contextmanager
    def _reopened_on_error(self, doing: str) -> Iterator[None]:
        """The engine has rolled back by then, but must be opened again before anything else is sent to it."""
        if full := _full_disk(self.path):
            raise DatabaseError(f"{doing}: {self.path}: {full}. Nothing was changed by this; what came before stays")
        try:
            yield
        except DatabaseError as error:
            self._close()
            self._connected()
            if type(error) is DatabaseError:
                told = DatabaseError(f"{doing}: {error}. Nothing was changed by this; what came before stays")
                told.changed_nothing = True
                raise told from error
            raise
        except BaseException:  # Ctrl-C, or the caller's progress function
            self._close()
            raise

    def _send(self, text: str, parameters: Mapping[str, Any] | None = None) -> list[list[Any]]:
        connection = self._connected()
        try:
            result = connection.execute(text, dict(parameters or {}))
            if isinstance(result, list):  # within a transaction, the error takes all of it back
                raise DatabaseError("one query must be one statement; make each a RunQuery of its own")
            rows: list[list[Any]] = result.get_all()
            result.close()
        except RuntimeError as error:
            shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
            raise DatabaseError(f"LadybugDB refused {shown!r}: {str(error).strip()}") from error
        return rows

    def _is_there(self) -> bool:
        """Whether there is anything to look at: looking makes no file."""
        return self._connection is not None or self.path.exists()

    def _connected(self) -> Any:
        if self._connection is None:
            path = os.path.realpath(self.path)
            with _open_paths_guard:
                if path in _open_paths:
                    raise _held(self.path, os.getpid())
                _open_paths.add(path)
            try:
                with _opening:
                    self._driver = _open(self.path)
                    self._connection = _import_driver().Connection(self._driver)
            except BaseException:
                with _open_paths_guard:
                    _open_paths.discard(path)
                raise
            self._opened = path
        return self._connection

    def _close(self) -> None:
        if self._connection is None:
            return
        connection, driver = self._connection, self._driver
        self._connection = self._driver = None
        self._has_state = False
        try:
            connection.close()
            driver.close()
        finally:
            with _open_paths_guard:
                _open_paths.discard(self._opened)


def _ahead(sent: list[Statement]) -> int:
    """How many statements go before the transaction: checks only read, and checkpoints cannot be inside."""
    return next(
        (i for i, each in enumerate(sent) if each.role is not Role.CHECK and each.text != CHECKPOINT), len(sent)
    )


def _ended(statement: Statement) -> str:
    """For the shell. A user's query may end in a comment."""
    return inlined(statement) + ("\n;" if statement.role is Role.QUERY else ";")


def _journaled(mark: Mark) -> Statement:
    return Statement(
        Role.DATA,
        f"MERGE (s:{quote(STATE)} {{k: $k}}) SET s.v = $v",
        {"k": f"journal/{mark.migration}", "v": json.dumps({"checksum": mark.checksum, "done": mark.done})},
    )


def _bookkeeping(records: Iterable[Record], ended: Iterable[str], marks: Iterable[Mark]) -> list[Statement]:
    now = datetime.now(timezone.utc).isoformat(timespec="seconds")
    sent = []
    if kept := [
        {
            "k": f"applied/{record.name}",
            "v": json.dumps({"applied_at": now, "checksum": record.checksum, "nsmig_version": record.nsmig_version}),
        }
        for record in sorted(records, key=lambda record: record.name)
    ]:
        sent.append(
            Statement(
                Role.DATA,
                f"UNWIND $kept AS each MERGE (s:{quote(STATE)} {{k: each.k}}) SET s.v = each.v",
                {"kept": kept},
            )
        )
    if names := [f"journal/{name}" for name in ended]:
        sent.append(Statement(Role.DATA, f"MATCH (s:{quote(STATE)}) WHERE s.k IN $ended DELETE s", {"ended": names}))
    return [*sent, *map(_journaled, marks)]


def _import_driver() -> Any:
    try:
        import ladybug
    except ImportError as error:
        raise DatabaseError("the package ladybug is not installed: pip install 'nsmig[ladybug]'") from error
    return ladybug


def _open(path: Path) -> Any:
    """The engine's Database. A torn log is copied aside, then read as far as it is whole."""
    ladybug = _import_driver()
    log = Path(f"{path}.wal")
    has_log = log.exists() and log.stat().st_size > 0
    torn = has_log and not _is_held(path) and _crashes(path, lenient=False)
    if not torn:
        try:
            return ladybug.Database(str(path), **_SIZES)
        except RuntimeError as error:
            message = str(error).strip()
            if "Could not set lock on file" in message:
                held = re.search(r"held by PID (\d+)", message)
                raise _held(path, int(held[1]) if held else None) from error
            if "WAL file is corrupted" not in message and not (
                "Reading past the end" in message and str(log) in message
            ):
                raise _unopened(path, error) from error
    aside = _set_aside(log)
    _log.warning(
        "%s: a killed process left a torn log; its last, unfinished commit is dropped (the log is kept as %s)",
        path,
        aside,
    )
    _cut_until_readable(path, log)
    try:
        return ladybug.Database(str(path), **_SIZES, throw_on_wal_replay_failure=False)
    except RuntimeError as error:
        raise _unopened(path, error) from error


def _unopened(path: Path, error: RuntimeError) -> DatabaseError:
    full = _full_disk(path)
    return DatabaseError(f"{path}: LadybugDB cannot open the file: {str(error).strip()}{full and f'; {full}'}")


def _full_disk(path: Path) -> str:
    """What to do about a full disk; empty if there is room."""
    free = shutil.disk_usage(path.parent).free
    return f"the disk is full ({free:,} bytes are free); make room on it and run again" if free < _ROOM else ""


_CRASHES = (signal.SIGSEGV, signal.SIGABRT)  # and not the signals that somebody sends
_PROBE = (
    "import ladybug, sys; ladybug.Database(sys.argv[1], throw_on_wal_replay_failure=sys.argv[2] == 'strict', **{sizes})"
)


def _crashes(path: Path, lenient: bool) -> bool:
    """Whether opening the file kills the process, as a log that is torn inside a value does; tried in a process of
    its own."""
    probe = [
        sys.executable,
        "-c",
        _PROBE.replace("{sizes}", repr(_SIZES)),
        str(path),
        "lenient" if lenient else "strict",
    ]
    code = subprocess.run(probe, check=False, stdin=subprocess.DEVNULL, capture_output=True).returncode
    return -code in _CRASHES or code == 0xC0000005  # the latter is what Windows says


def _cut_until_readable(path: Path, log: Path) -> None:
    """Shorten a log, by little at first, until the engine survives reading it.

    What is cut off belongs to the commit that was torn or, where that was much shorter than what had to go, also to
    commits before it: each is there as a whole, with its mark, or not at all.
    """
    cut = 64
    while log.stat().st_size and _crashes(path, lenient=True):
        os.truncate(log, max(0, log.stat().st_size - cut))
        cut *= 2


def _set_aside(log: Path) -> Path:
    number = 1
    while (aside := log.with_name(f"{log.name}.torn-{number}")).exists():
        number += 1
    try:
        shutil.copyfile(log, aside)
    except OSError as error:
        aside.unlink(missing_ok=True)
        raise DatabaseError(
            f"a killed process left a torn log, which is copied before it is mended, and cannot be copied to {aside}:"
            f" {error.strerror}; make room on the disk and run again"
        ) from error
    return aside


def _is_held(path: Path) -> bool:
    """Whether another process holds the engine's lock, which is a record lock on the file; nothing is read."""
    try:
        import fcntl
    except ImportError:
        return False
    with open(path, "rb+") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _held(path: Path, pid: int | None) -> LockedError:
    by = f"process {pid}" if pid else "a process that the system does not name"
    return LockedError(by, f"it has {path} open; wait until it ends, or end it")


def _remembered(table: Table, comment: str) -> Table:
    """The table with what our comment on it says; as it is if the comment is not ours."""
    try:
        facts = json.loads(comment)
    except ValueError:
        return table
    if not isinstance(facts, dict) or set(facts) != {"keys", "indexes", "untyped"}:
        return table
    keys, indexes, untyped = (tuple(facts[each]) for each in ("keys", "indexes", "untyped"))
    return replace(table, keys=keys, indexes=indexes, untyped=untyped, managed=True)


def _comment(text: str) -> str:
    return "\n".join(f"// {line}" for line in text.splitlines())
