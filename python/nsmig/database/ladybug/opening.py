"""Opening a LadybugDB file, also one whose log a killed process has torn."""

from __future__ import annotations

import logging
import os
import re
import shutil
import signal
import sys
from pathlib import Path
from typing import Any

from nsmig.errors import DatabaseError, LockedError

# The engine's own defaults map 8 TB of addresses and take 80 % of the memory.
SIZES = {"max_db_size": 1 << 34, "buffer_pool_size": 512 << 20}
_ROOM = 1 << 20  # bytes of free disk that the log of a small operation and of the records has room in

_log = logging.getLogger("nsmig")


def import_driver() -> Any:
    try:
        import ladybug
    except ImportError as error:
        raise DatabaseError("the package ladybug is not installed: pip install 'nsmig[ladybug]'") from error
    return ladybug


def open_file(path: Path) -> Any:
    """The engine's Database. A torn log is copied aside, then read as far as it is whole."""
    ladybug = import_driver()
    log = Path(f"{path}.wal")
    has_log = log.exists() and log.stat().st_size > 0
    torn = has_log and not _is_held(path) and _crashes(path, lenient=False)
    if not torn:
        try:
            return ladybug.Database(str(path), **SIZES)
        except RuntimeError as error:
            message = str(error).strip()
            if "Could not set lock on file" in message:
                holder = re.search(r"held by PID (\d+)", message)
                raise held(path, int(holder[1]) if holder else None) from error
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
        return ladybug.Database(str(path), **SIZES, throw_on_wal_replay_failure=False)
    except RuntimeError as error:
        raise _unopened(path, error) from error


def _unopened(path: Path, error: RuntimeError) -> DatabaseError:
    full = full_disk(path)
    return DatabaseError(f"{path}: LadybugDB cannot open the file: {str(error).strip()}{full and f'; {full}'}")


def full_disk(path: Path) -> str:
    """What to do about a full disk; empty if there is room."""
    free = shutil.disk_usage(path.parent).free
    return f"the disk is full ({free:,} bytes are free); make room on it and run again" if free < _ROOM else ""


def full_pool(refusal: str) -> str:
    """What to do where the engine has run out of memory; empty if it has not."""
    if "buffer pool is full" not in refusal:
        return ""
    return (
        f" This takes more than the {SIZES['buffer_pool_size'] >> 20} MB that LadybugDB is given; a query of one's own"
        " can be several"
    )


_CRASHES = (signal.SIGSEGV, signal.SIGABRT)  # and not the signals that somebody sends
# Begins a program of its own. What is in the current folder is not ours, a file named ladybug.py included.
PROLOGUE = "import sys; sys.path = [each for each in sys.path if each]\n"
_PROBE = f"""{PROLOGUE}import ladybug
ladybug.Database(sys.argv[1], throw_on_wal_replay_failure=sys.argv[2] == 'strict', **{SIZES!r})
"""


def _crashes(path: Path, lenient: bool) -> bool:
    """Whether opening the file kills the process, as a log that is torn inside a value does; tried in a process of
    its own."""
    import subprocess

    probe = [
        sys.executable,
        "-c",
        _PROBE,
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


def held(path: Path, pid: int | None) -> LockedError:
    by = f"process {pid}" if pid else "a process that the system does not name"
    return LockedError(by, "wait until it ends, or end it", f"a process has {path} open")
