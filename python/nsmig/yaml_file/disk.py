"""Writing files to disk whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from nsmig.errors import FileInTheWayError, WriteError

# The errors of os.link on file systems without links (FAT, shared folders of virtual machines).
_NO_LINKS = {errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOTSUP, errno.EINVAL}


def write_new(path: str | Path, text: str) -> None:
    """Write a file that must not exist yet, completely or not at all. Creates folders as needed.

    :raises FileInTheWayError: something of that name exists; it is untouched.
    :raises WriteError: the name cannot be a file name, or the system refuses.
    """
    path = Path(path)
    check_name(path)
    temporary = _beside(path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            _write(temporary, text)
            _publish(temporary, path)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(path.parent)
    except FileExistsError as error:
        if error.filename2 is None and not os.path.lexists(path):  # not the file itself: a folder above it is a file
            raise WriteError(str(path), f"{error.filename} is not a folder") from error
        raise FileInTheWayError(
            str(path), "already exists and is not overwritten; move it away or choose another name"
        ) from error
    except OSError as error:
        raise WriteError(str(path), f"cannot be written: {error.strerror}") from error


@contextmanager
def whole(path: str | Path, mode: int = 0o666) -> Iterator[int]:
    """A descriptor for the new content of a file that may exist: afterwards the file has all of it, or is unchanged if
    an error leaves the block. Anything that is not a regular file (a pipe, a device) is written directly.

    :param mode: of a new file, subject to the process' umask.
    :raises WriteError: the system refuses.
    """
    path = Path(os.path.realpath(path))
    with _refusals(path):
        before = path.stat().st_mode if path.exists() else None
        is_file = before is None or stat.S_ISREG(before)
        draft = _beside(path) if is_file else path
        flags = os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0) if is_file else 0
        descriptor = os.open(draft, os.O_WRONLY | flags, mode)
    try:
        try:
            yield descriptor
            with _refusals(path):
                if is_file:
                    os.fsync(descriptor)
                if is_file and before is not None:
                    os.chmod(draft, stat.S_IMODE(before))
        finally:
            os.close(descriptor)
        with _refusals(path):
            if is_file:
                os.replace(draft, path)
    finally:
        if is_file:
            draft.unlink(missing_ok=True)
    sync_folder(path.parent)


def overwrite(path: str | Path, content: bytes, mode: int = 0o666) -> None:
    """Write the new content of a file that may exist; see :func:`whole`.

    :raises WriteError: the system refuses.
    """
    with whole(path, mode) as descriptor, open(descriptor, "wb", closefd=False) as file:
        file.write(content)


@contextmanager
def _refusals(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise WriteError(str(path), f"cannot be written: {error.strerror}") from error


def _beside(path: Path) -> Path:
    """The temporary name of a file. No reader treats it as a migration."""
    import secrets

    return path.with_name(f".{os.getpid()}-{secrets.token_hex(8)}.tmp")


def check_name(path: Path) -> None:
    """
    :raises WriteError: the name cannot be a file name.
    """
    name = path.name
    if not name or name.startswith("."):
        raise WriteError(str(path), f"{name!r} is no name for a file: it must not be empty or begin with a dot")
    if "\0" in str(path):
        raise WriteError(str(path), "a file name cannot hold a NUL character")
    if len(name.encode("utf-8", "surrogatepass")) > 255:
        raise WriteError(str(path), "the file name is longer than 255 bytes; choose a shorter one")


def _write(path: Path, text: str) -> None:
    with os.fdopen(
        os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o666), "wb"
    ) as file:
        file.write(text.encode())
        file.flush()
        os.fsync(file.fileno())


def _publish(temporary: Path, path: Path) -> None:
    """Give a finished file its name, unless the name is taken."""
    try:
        os.link(temporary, path)
    except OSError as error:
        if error.errno not in _NO_LINKS:
            raise
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL))  # claims the name, as a link would
        os.replace(temporary, path)


def sync_folder(folder: Path) -> None:
    """Make the new name survive a power failure, if the system allows it; the file exists in any case."""
    with suppress(OSError):  # a folder without read permission, a file system that cannot sync folders, Windows
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
