"""The folder of an archive while a run writes to it.

The database says how much of it is certain (:class:`Position`), since that is stored in the transaction that deletes.
What a killed run left beyond that is of a transaction that did not commit, so the next run drops it.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import re
import uuid
import zlib
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timezone
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

from nsmig.archive.manifest import Entry, Heading, Whole, read_entry, read_heading, text_of
from nsmig.database.archiving import Keep, Line, Position
from nsmig.errors import ArchiveError
from nsmig.version import __version__
from nsmig.yaml_file.disk import overwrite

HEADING, IGNORING = "archive.json", ".gitignore"
_ENTRY = re.compile(r"(\d{4,})\.json")
_PRIVATE = 0o600
# The fastest level: a higher one takes more time than the database does.
_LEVEL = 1
_ANOTHER = "; give a folder that can be made and written there. Nothing was changed"
_NOTHING = ". Nothing of this batch was deleted; what came before stays"
_TOGETHER = 1000  # lines that are compressed at once


class Archive:
    """An archive that a run writes to. Its methods raise :class:`ArchiveError` or :class:`WriteError` for what the
    system refuses."""

    def __init__(self, folder: Path, heading: Heading, entries: Sequence[Entry]) -> None:
        self.folder, self.heading = folder, heading
        self._entries = {each.number: each for each in entries}
        self._counts: dict[int, Counter[str]] = {}  # of the file that is being written, at its last sizes
        self._tasks: dict[str, Entry] = {}  # by name, the entry that a task of this run is in

    @property
    def name(self) -> str:
        return self.heading.archive

    @staticmethod
    def open(folder: Path, database: str) -> Archive:
        """An archive in a folder that is not there yet, is empty, or is an archive of this kind of database.

        :raises ArchiveError: the folder holds something else, or cannot be written.
        """
        _make(folder)
        with _refusals(folder, _ANOTHER):
            there = sorted(each.name for each in folder.iterdir())
        if HEADING in there:
            heading, entries = read(folder)
            if heading.database != database:
                raise ArchiveError(str(folder), f"is the archive of a {heading.database} database; give another folder")
            with _refusals(folder, _ANOTHER):
                _require_writable(folder)
            return Archive(folder, heading, entries)
        # A run that was killed right here has left the one, or a draft of the other.
        if [name for name in there if name != IGNORING and not name.endswith(".tmp")]:
            raise ArchiveError(
                str(folder), "is not empty, and no archive of nsmig; give a folder that is, or that does not exist yet"
            )
        heading = Heading(
            uuid.uuid4().hex, database, datetime.now(timezone.utc).isoformat(timespec="seconds"), __version__
        )
        with _refusals(folder, _ANOTHER):
            folder.chmod(0o700)
            overwrite(folder / IGNORING, b"*\n", _PRIVATE)
            overwrite(folder / HEADING, text_of(heading), _PRIVATE)
        return Archive(folder, heading, ())

    def tell(self, not_archived: Sequence[str]) -> None:
        """Write down what is not archived of what is to run now."""
        told = tuple(dict.fromkeys((*self.heading.not_archived, *not_archived)))
        if told != self.heading.not_archived:
            self.heading = replace(self.heading, not_archived=told)
            overwrite(self.folder / HEADING, text_of(self.heading), _PRIVATE)

    def settle(self, position: Position | None) -> None:
        """Drop what is not certain.

        :param position: what the database says; None: it knows nothing of this archive.
        :raises ArchiveError: the archive is of another database, or lacks what is certain.
        """
        certain = position or Position(self.name, 0, 0)
        require_whole(self.folder, self._entries.values(), position)
        for number, entry in sorted(self._entries.items()):
            size = certain_size(entry, certain)
            if size == entry.size:
                continue
            if entry.is_through:
                raise ArchiveError(
                    str(self.folder),
                    f"holds more than was deleted from this database ({entry_path(self.folder, number).name}), which"
                    " may have been put back to an earlier state; give another folder",
                )
            if size:
                with _refusals(self._rows(number)), open(self._rows(number), "r+b") as file:
                    file.truncate(size)
                self._finish(number)
            else:
                self._forget(number)

    def begin(
        self,
        migration: str,
        first: int,
        operations: Sequence[Mapping[str, Any]],
        whole: Callable[[], Whole],
    ) -> Keep:
        """A file for what a turn deletes; the one that it began, if it was stopped. See :class:`Entry`.

        :param whole: the task; called once for each.
        """
        last = max(self._entries, default=0)
        number = last + 1
        if last and (self._entries[last].migration, self._entries[last].first) == (migration, first):
            number = last
        if migration not in self._tasks:
            self._tasks[migration] = self._holding(migration, number, whole())
        of = self._tasks[migration]
        entry = Entry(number, migration, first, tuple(operations), of.of, of.task)
        rows = self._rows(number)
        with _refusals(rows):
            os.close(os.open(rows, os.O_CREAT | os.O_WRONLY, _PRIVATE))
            self._counts = {rows.stat().st_size: Counter(map(kind_of, lines(rows, rows.stat().st_size)))}
        self._put(entry)  # which also puts the name of the rows' file on the disk, since that is in the same folder
        return Keep(self.name, number, lambda after, lines: self._write(rows, after, lines))

    def _holding(self, migration: str, number: int, task: Whole) -> Entry:
        """The entry that a task is in: an earlier run's, if the task was begun by it, or else a new one."""
        same = (each for each in self._entries.values() if each.migration == migration and each.task == task)
        return next(same, Entry(number, migration, 0, (), number, task))

    def end(self, keep: Keep) -> None:
        """The turn is through: what its file holds is all that it deleted."""
        self._finish(keep.file)

    def _write(self, path: Path, after: int, lines: Iterable[Line]) -> int:
        counts = Counter(self._counts[after] if after else ())
        with _refusals(path, _NOTHING), open(path, "r+b") as file:
            file.truncate(after)
            file.seek(after)
            lines = iter(lines)
            if (first := next(lines, None)) is not None:
                _compress(file, _counted(_with(first, lines), counts))
                file.flush()
                os.fsync(file.fileno())
            size = file.tell()
        self._counts = {after: self._counts.get(after, Counter()), size: counts}
        return size

    def _finish(self, number: int) -> None:
        rows = self._rows(number)
        with _refusals(rows):
            size, digest = rows.stat().st_size, _digest(rows)
        counts = self._counts.get(size) or Counter(map(kind_of, lines(rows, size)))
        self._put(replace(self._entries[number], rows=dict(sorted(counts.items())), size=size, sha256=digest))
        self._counts = {}

    def _put(self, entry: Entry) -> None:
        self._entries[entry.number] = entry
        overwrite(entry_path(self.folder, entry.number), text_of(entry), _PRIVATE)

    def _forget(self, number: int) -> None:
        with _refusals(self.folder):
            entry_path(self.folder, number).unlink(missing_ok=True)
            self._rows(number).unlink(missing_ok=True)
        del self._entries[number]

    def _rows(self, number: int) -> Path:
        return rows_path(self.folder, number)


@contextmanager
def alone(folder: Path) -> Iterator[None]:
    """Keep other processes from writing an archive in a folder meanwhile, which is made if need be. Runs on two
    databases do not know of each other, and one would drop what the other is writing as not certain.

    :raises ArchiveError: another process does, or the folder cannot be made.
    """
    _make(folder)
    try:
        import fcntl
    except ImportError:  # Windows, which cannot lock a folder
        yield
        return
    with _refusals(folder, _ANOTHER):
        descriptor = os.open(folder, os.O_RDONLY)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ArchiveError(
                str(folder), "another run is writing to it; wait for that one, or give another folder"
            ) from error
        except OSError:
            pass  # a file system without locks
        yield
    finally:
        os.close(descriptor)  # which gives the lock back


def _make(folder: Path) -> None:
    with _refusals(folder, _ANOTHER):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


# --- Reading ----------------------------------------------------------------------------------------------------------


def read(folder: Path) -> tuple[Heading, list[Entry]]:
    """What an archive says of itself, its entries in order.

    :raises ArchiveError: the folder holds no archive, or the archive was altered.
    """
    with _refusals(folder):
        names = sorted(each.name for each in folder.iterdir())
    if HEADING not in names:
        raise ArchiveError(str(folder), f"is no archive of nsmig: there is no {HEADING} in it")
    numbers = sorted(int(found[1]) for name in names if (found := _ENTRY.fullmatch(name)))
    if numbers != list(range(1, len(numbers) + 1)):
        missing = next(each for each in range(1, len(numbers) + 2) if each not in numbers)
        raise ArchiveError(str(folder), f"lacks {entry_path(folder, missing).name}; take the archive from a copy")
    entries: list[Entry] = []
    for each in numbers:
        entries.append(read_entry(entry_path(folder, each), each, entries))
    return read_heading(folder / HEADING), entries


def entry_path(folder: Path, number: int) -> Path:
    return folder / f"{number:04}.json"


def rows_path(folder: Path, number: int) -> Path:
    return folder / f"{number:04}.jsonl.gz"


def certain_size(entry: Entry, certain: Position) -> int:
    """How many bytes of an entry's file were deleted from the database."""
    if entry.number < certain.file and entry.size is not None:
        return entry.size
    return certain.size if entry.number == certain.file else 0


def require_whole(folder: Path, entries: Iterable[Entry], position: Position | None) -> None:
    """
    :raises ArchiveError: the archive is of another database, or its files are not as they were written.
    """
    entries = list(entries)
    if position is None and any(each.size for each in entries):
        raise ArchiveError(
            str(folder),
            "was written from another database: this one knows nothing of it. Give the target that it is of",
        )
    certain = position or Position("", 0, 0)
    if certain.file > len(entries):
        raise ArchiveError(str(folder), f"lacks {entry_path(folder, certain.file).name}; take the archive from a copy")
    for entry in entries:
        path = rows_path(folder, entry.number)
        size = path.stat().st_size if path.exists() else 0
        needed = certain_size(entry, certain)
        if size < needed:
            raise ArchiveError(str(path), f"is cut off: it has {size} bytes of {needed}; take the archive from a copy")
        if entry.is_through and size == entry.size == needed and _digest(path) != entry.sha256:
            raise ArchiveError(str(path), "was altered: its checksum is another; take the archive from a copy")


def lines(path: Path, size: int) -> Iterator[Line]:
    """The lines in the first ``size`` bytes of a file.

    :raises ArchiveError: the file was altered or cut off.
    """
    with _refusals(path), open(path, "rb") as file:
        try:
            with gzip.open(_Beginning(file, size), "rb") as members:  # type: ignore[call-overload]
                yield from map(json.loads, members)
        except (ValueError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise ArchiveError(str(path), "was altered or cut off; take the archive from a copy") from error


def kind_of(line: Line) -> str:
    """What a line counts as: a row of its kind that was deleted, one that lost values, or an end."""
    return f"{line['row']} values" if "gone" in line else str(line["row"])


class _Beginning:
    """The first bytes of a file, as a file."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file, self._left = file, size

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(self._left if size < 0 else min(size, self._left))
        self._left -= len(data)
        return data


def _compress(file: BinaryIO, lines: Iterator[Line]) -> None:
    """As a member of its own: a file of several is as good as one of one."""
    with gzip.GzipFile("", "wb", fileobj=file, compresslevel=_LEVEL, mtime=0) as member:
        while some := [_text(each) for each in islice(lines, _TOGETHER)]:
            member.write("".join(some).encode())


_text_of = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode


def _text(line: Line) -> str:
    return _text_of(line) + "\n"


def _with(first: Line, others: Iterator[Line]) -> Iterator[Line]:
    yield first
    yield from others


def _counted(lines: Iterator[Line], counts: Counter[str]) -> Iterator[Line]:
    for line in lines:
        counts[kind_of(line)] += 1
        yield line


def _digest(path: Path) -> str:
    digest = hashlib.sha256()
    with open(path, "rb") as file:
        while piece := file.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _require_writable(folder: Path) -> None:
    probe = folder / f".{os.getpid()}.tmp"
    os.close(os.open(probe, os.O_CREAT | os.O_WRONLY, _PRIVATE))
    probe.unlink()


@contextmanager
def _refusals(path: Path, what: str = "") -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ArchiveError(str(path), f"the archive cannot be used: {error.strerror or error}{what}") from error
