"""Opening a LadybugDB file, including one with a log torn by a killed process."""

from __future__ import annotations

import json
import logging
import os
import re
import shutil
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from pathlib import Path
from typing import IO, Any

from nsmig.errors import DatabaseError, LockedError

# The engine's own defaults map 8 TB of addresses and take 80 % of the memory.
SIZES = {"max_db_size": 1 << 34, "buffer_pool_size": 512 << 20}
_MAGIC = b"LBUG"  # how each of its files begins
_ROOM = 1 << 20  # bytes of free disk that are enough for the log of a small operation and the records

_log = logging.getLogger("nsmig")


def import_driver() -> Any:
    try:
        import ladybug
    except ImportError as error:
        raise DatabaseError("the ladybug package is not installed: pip install 'nsmig[ladybug]'") from error
    return ladybug


Opening = Callable[[Path], AbstractContextManager[Any]]  # of a file: the engine's Database


def opening(path: Path) -> AbstractContextManager[Any]:
    """The engine's Database, closed at the end."""
    return closing(open_file(path))


@contextmanager
def opening_to_look(path: Path) -> Iterator[Any]:
    """The engine's Database, read-only. Nothing is written: a log is only applied in memory. While it is open, no other
    process can open the file for writing.

    :raises LockedError: another process has it open for writing.
    :raises DatabaseError: the file is not a database, or its log is torn.
    """
    ladybug = import_driver()
    with _opened(path) as file:
        _share(path, file)
        begin = file.read(len(_MAGIC))
        if begin != _MAGIC:
            said = "this is not a LadybugDB file" if begin else "the file is empty, so it is not a LadybugDB file yet"
            raise DatabaseError(f"{path}: {said}")
        if _has_log(path) and _crashes(path, lenient=False, reads_only=True):
            raise _torn(path)
        try:
            database = ladybug.Database(str(path), **SIZES, read_only=True)
        except RuntimeError as error:
            raise _torn(path) if _is_torn(path, str(error)) else _unopened(path, error) from error
        with closing(database):
            yield database


def _opened(path: Path) -> IO[bytes]:
    try:
        return open(path, "rb")
    except OSError as error:
        raise DatabaseError(f"{path}: the file cannot be read: {error.strerror}") from error


def open_file(path: Path) -> Any:
    """The engine's Database. A torn log is copied aside, then read as far as it is intact."""
    ladybug = import_driver()
    log = _log_of(path)
    torn = _has_log(path) and not _is_held(path) and _crashes(path, lenient=False)
    if not torn:
        try:
            return ladybug.Database(str(path), **SIZES)
        except RuntimeError as error:
            message = str(error).strip()
            if "Could not set lock on file" in message:
                holder = re.search(r"held by PID (\d+)", message)
                raise held(path, int(holder[1]) if holder else None) from error
            if not _is_torn(path, message):
                raise _unopened(path, error) from error
    aside = _set_aside(log)
    _log.warning(
        "%s: a killed process left a torn log; its last, unfinished commit is dropped (a copy of the log is kept as"
        " %s)",
        path,
        aside,
    )
    _cut_until_readable(path, log)
    try:
        return ladybug.Database(str(path), **SIZES, throw_on_wal_replay_failure=False)
    except RuntimeError as error:
        raise _unopened(path, error) from error


def _log_of(path: Path) -> Path:
    return Path(f"{path}.wal")


def _has_log(path: Path) -> bool:
    log = _log_of(path)
    return log.exists() and log.stat().st_size > 0


def _is_torn(path: Path, refusal: str) -> bool:
    """Whether the engine reports a torn log."""
    past_its_end = "Reading past the end" in refusal and str(_log_of(path)) in refusal
    return "WAL file is corrupted" in refusal or past_its_end


def _torn(path: Path) -> DatabaseError:
    return DatabaseError(
        f"{path}: a killed process left a torn log, which must be repaired before it can be read, and this command"
        " changes nothing: `nsmig show` repairs it, and keeps a copy of the log"
    )


def _unopened(path: Path, error: RuntimeError) -> DatabaseError:
    advice = full_disk(path) or "check the target's path; if it is right, restore the file from a copy"
    return DatabaseError(f"{path}: LadybugDB cannot open the file: {str(error).strip()}; {advice}")


def full_disk(path: Path) -> str:
    """What to do about a full disk; empty if there is space."""
    free = shutil.disk_usage(path.parent).free
    return f"the disk is full ({free:,} bytes are free); free some space and run again" if free < _ROOM else ""


def full_pool(refusal: str) -> str:
    """What to do if the engine has run out of memory; empty if it has not."""
    if "buffer pool is full" not in refusal:
        return ""
    size = SIZES["buffer_pool_size"] >> 20
    return f" This needs more than the {size} MB that LadybugDB is given; split a query of your own into several"


_CRASHES = (signal.SIGSEGV, signal.SIGABRT)  # but not signals sent by others
# The beginning of a separate program. Files in the current folder are not ours, for example one named ladybug.py.
PROLOGUE = "import sys; sys.path = [each for each in sys.path if each]\n"
_PROBE = f"""{PROLOGUE}import json, ladybug
ladybug.Database(sys.argv[1], **json.loads(sys.argv[2]))
"""


def _crashes(path: Path, *, lenient: bool, reads_only: bool = False) -> bool:
    """Whether opening the file kills the process, as with a log that is torn inside a value; tried in a separate
    process."""
    import subprocess

    options = {**SIZES, "throw_on_wal_replay_failure": not lenient, "read_only": reads_only}
    probe = [sys.executable, "-c", _PROBE, str(path), json.dumps(options)]
    code = subprocess.run(probe, check=False, stdin=subprocess.DEVNULL, capture_output=True).returncode
    return -code in _CRASHES or code == 0xC0000005  # the latter is what Windows says


def _cut_until_readable(path: Path, log: Path) -> None:
    """Shorten a log, a little at first, until the engine survives reading it.

    The part cut off belongs to the torn commit or, if that was much shorter than the part, also to earlier commits:
    each remains complete, with its mark, or not at all.
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
            f"a killed process left a torn log; nsmig copies it before repairing it, but could not copy it to {aside}:"
            f" {error.strerror}; free some disk space and run again"
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


def _share(path: Path, file: IO[bytes]) -> None:
    """Take the engine's lock, shared with other readers; the engine itself does not lock for reading.

    :raises LockedError: a process has the file open for writing.
    """
    try:
        import fcntl
    except ImportError:
        return
    try:
        fcntl.lockf(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError as error:
        raise held(path, _writer(file)) from error


def _writer(file: IO[bytes]) -> int | None:
    """The process that holds the lock; None if the system does not provide it as Linux does."""
    import fcntl
    import struct

    if sys.platform != "linux":
        return None
    asked = "hhqqi"  # its struct flock
    answer = fcntl.fcntl(file, fcntl.F_GETLK, struct.pack(asked, fcntl.F_RDLCK, 0, 0, 0, 0))
    return int(struct.unpack(asked, answer)[-1]) or None


def held(path: Path, pid: int | None) -> LockedError:
    by = f"process {pid}" if pid else "a process that the system does not identify"
    return LockedError(by, "wait until it ends, or stop it", f"a process has {path} open")
