"""LadybugDB, an embedded graph database in one file.

Precautions for correctness, each for a reproduced fault of the engine (held by tests/database/on_ladybug):

- One operation with its mark, or with the record that it completes, is one transaction. A migration resumes at the
  operation that was not committed.
- Copied rows are not in the log: they are written and counted before the transaction that relies on them (``rebuild``).
- After a failed statement the engine's memory no longer agrees with the file: the database is closed and reopened.
- A checkpoint separates a dropped relationship property from a new pair (``operations`` puts it there).
- Statements with parameters are released now and then, and tables are created without indexes, since both occupy the
  buffer pool (``connection``, ``upkeep``).
- A log torn by a killed process is set aside and read up to its last whole commit.
- On a full disk nothing is sent, because the engine ends the whole process if it cannot write to its log. It still does
  so if the disk fills up while it writes, and leaves a torn log.

Opening a file may change it: the engine writes when it opens one, and applies what a killed process left in its log.
``look`` opens it read-only.

The lock is the file's own: a second process cannot open the file, and a killed one holds nothing. The engine does not
protect against a second opening in the same process, so ``connection`` does. A file that does not exist is created by
the first write or the lock, not by looking.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from nsmig.database.base import Database
from nsmig.database.kind import DatabaseKind
from nsmig.database.ladybug.operations import refuse
from nsmig.database.ladybug.tables import Tables
from nsmig.database.ladybug.values import key_of as key_of
from nsmig.errors import ProjectError


def connect(options: Mapping[str, Any]) -> AbstractContextManager[Database[Tables]]:
    """A LadybugDB file, not yet open: entering opens it, unless another process has it open. The lock waits for that
    process.

    :param options: ``path`` of the file, whose folder must exist.
    :raises ProjectError: the path is empty.
    :raises DatabaseError: on entering: the folder does not exist, or the file cannot be opened.
    """
    return _connected(_path(options), reads_only=False)


def look(options: Mapping[str, Any]) -> AbstractContextManager[Database[Tables]]:
    """The same file opened read-only: nothing in it changes, and writing fails. Other processes can also read it, but
    not write.

    :raises ProjectError: the path is empty.
    :raises DatabaseError: on entering: as :func:`connect`; or it is not a LadybugDB file, or has a torn log.
    """
    return _connected(_path(options), reads_only=True)


def _path(options: Mapping[str, Any]) -> Path:
    if not options["path"]:
        raise ProjectError("the option path of a ladybug target must be the name of a file")
    return Path(options["path"])


@contextmanager
def _connected(path: Path, *, reads_only: bool) -> Iterator[Database[Tables]]:
    from nsmig.database.ladybug.connection import connected
    from nsmig.database.ladybug.dialect import LadybugDialect
    from nsmig.database.ladybug.ledger import LadybugLedger
    from nsmig.database.ladybug.returning import LadybugRestoring
    from nsmig.database.ladybug.session import LadybugSession

    with connected(path, reads_only=reads_only) as connection:
        session = LadybugSession(connection)
        yield Database(
            LadybugLedger(connection), LadybugDialect(), session, kind=KIND.name, restoring=LadybugRestoring(connection)
        )


KIND = DatabaseKind(
    name="ladybug",
    options={"path": str},
    required=("path",),
    connect=connect,
    look=look,
    refuse=refuse,
    declares_types=True,
    is_embedded=True,
    paths=("path",),
)
