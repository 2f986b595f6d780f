"""The places of findings in files."""

from __future__ import annotations

import errno
import os
import stat
from functools import lru_cache

from nsmig._core import lines_of
from nsmig.findings import Diagnosis
from nsmig.values import Migration


def of_operation(code: str, migration: Migration, index: int, said: str, says_operation: bool = True) -> Diagnosis:
    if says_operation:
        said = f"{migration.operations[index].description}: {said}"
    return Diagnosis(code, said, migration.file, place(migration.file, "operations", index), migration.name)


def place(file: str | None, key: str, index: int | None = None) -> int:
    """The line of a key's value in a migration file or, with an index, of one of its items; 0 if the file has no such
    value, or cannot be opened by its name as text."""
    try:
        lines = _lines(file, os.stat(as_path(file)).st_mtime_ns).get(key, []) if file else []
    except OSError:
        return 0
    at = 0 if index is None else index + 1
    return lines[at] if at < len(lines) else 0


@lru_cache(maxsize=16)
def _lines(file: str, changed: int) -> dict[str, list[int]]:
    """The lines of a migration file's values; read again if the file has changed."""
    return lines_of(content(file))


def content(file: str) -> bytes:
    """The content of a file. Pipes and devices, which may never end, are not opened.

    :raises OSError: it is not a regular file, or cannot be read.
    """
    path = as_path(file)
    if not stat.S_ISREG(os.stat(path).st_mode):
        raise OSError(errno.EINVAL, "is no regular file", file)
    with open(path, "rb") as opened:
        return opened.read()


def as_text(path: bytes) -> str:
    """A file's name as the core returns it, whatever its bytes are."""
    return path.decode("utf-8", errors="replace")


def as_path(file: str) -> bytes:
    """The path to open a file by, whatever the locale is; a name that is not a text leads to no file."""
    return file.encode("utf-8", errors="surrogateescape")
