"""The rows of the database that archived rows correspond to, while a file of an archive is restored.

The mapping is kept in a file in the archive's folder, since there may be millions of rows, and since the next restore
needs it if this one is killed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from nsmig.errors import ArchiveError

FILE = "restoring.sqlite"


class Joined:
    """The rows of one file by their ids and lines, each with its id in the database, or None if it is not there.

    A server may reuse the id of a deleted node, so an id means what its last line says.
    """

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def begin(self, number: int) -> None:
        """Begin another file, unless a killed restore was at this one."""
        ((there,),) = self._connection.execute("SELECT coalesce(max(number), 0) FROM file")
        if there != number:
            for table in ("row", "used", "file"):
                self._connection.execute(f"DELETE FROM {table}")
            self._connection.execute("INSERT INTO file VALUES (?)", (number,))
            self._connection.commit()

    def put(self, rows: Iterable[tuple[str, int, str | None]], *, are_nodes: bool = False) -> None:
        """Store ids, lines and their ids in the database; they are on the disk when this returns.

        :param are_nodes: they were deleted, so an earlier end with that id is the same node.
        """
        values = ((*row, are_nodes) for row in rows)
        self._connection.executemany("INSERT OR REPLACE INTO row VALUES (?, ?, ?, ?)", values)
        self._connection.commit()

    def known(self, id: str, line: int) -> bool:
        """Whether a line is stored."""
        return bool(self._connection.execute("SELECT 1 FROM row WHERE id = ? AND line = ?", (id, line)).fetchone())

    def later(self, id: str, line: int) -> str | None:
        """The node that was deleted later and is the same as an end on this line, if there is one."""
        text = "SELECT its FROM row WHERE id = ? AND line > ? AND is_node ORDER BY line LIMIT 1"
        found = self._connection.execute(text, (id, line)).fetchone()
        return found[0] if found else None

    def of(self, id: str, line: int) -> str | None:
        """The meaning of an id on a line."""
        text = "SELECT its FROM row WHERE id = ? AND line <= ? ORDER BY line DESC LIMIT 1"
        found = self._connection.execute(text, (id, line)).fetchone()
        return found[0] if found else None

    def use(self, its: str, id: str, line: int) -> bool:
        """Assign a relationship of the database to an archived one; False if it is already assigned to another."""
        self._connection.execute("INSERT OR IGNORE INTO used VALUES (?, ?, ?)", (its, id, line))
        taken = self._connection.execute("SELECT id, line FROM used WHERE its = ?", (its,)).fetchone()
        return bool(taken == (id, line))


@contextmanager
def joined(folder: Path) -> Iterator[Joined]:
    """The known rows of an archive; forgotten if nothing goes wrong.

    :raises ArchiveError: the folder cannot be written.
    """
    path = folder / FILE
    try:
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE IF NOT EXISTS file (number INTEGER)")
        connection.execute(
            "CREATE TABLE IF NOT EXISTS row (id TEXT, line INTEGER, its TEXT, is_node INTEGER, PRIMARY KEY (id, line))"
            " WITHOUT ROWID"
        )
        connection.execute(
            "CREATE TABLE IF NOT EXISTS used (its TEXT PRIMARY KEY, id TEXT, line INTEGER) WITHOUT ROWID"
        )
    except (OSError, sqlite3.Error) as error:
        raise ArchiveError(str(path), f"cannot be written: {error}") from error
    try:
        yield Joined(connection)
    except sqlite3.Error as error:
        raise ArchiveError(str(path), f"cannot be written: {error}; restore again, which goes on") from error
    finally:
        connection.close()
    path.unlink()
