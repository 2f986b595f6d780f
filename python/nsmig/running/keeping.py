"""A run and its archive: who may go on without one, what is not in it, and a file for each turn that deletes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import replace
from pathlib import Path

from nsmig.archive.folder import Archive, alone
from nsmig.archive.manifest import Whole
from nsmig.database.base import State, Turn
from nsmig.errors import ArchiveError
from nsmig.running.events import Noted, Report
from nsmig.running.tasks import Task, Work, unfinished


@contextmanager
def opened(folder: str | Path | None, kind: str, state: State, no_archive: bool) -> Iterator[Archive | None]:
    """The archive in a folder, for a kind of database, which no other run writes to meanwhile; None if there is to be
    none.

    :raises ArchiveError: a migration was begun with another archive, or with an archive and this run has none.
    """
    if no_archive:
        yield None
        return
    with nullcontext() if folder is None else alone(Path(folder)):
        archive = None if folder is None else Archive.open(Path(folder), kind)
        _require_same(archive, state)
        yield archive


def _require_same(archive: Archive | None, state: State) -> None:
    """
    :raises ArchiveError: see :func:`opened`.
    """
    for name in sorted(unfinished(state)):
        begun = state.journal[name].archive
        if begun is not None and (archive is None or archive.name != begun):
            found = f"{archive.folder} is the archive {archive.name}" if archive else "this run has none"
            raise ArchiveError(
                name,
                f"was begun with the archive {begun}, and {found}; give the folder of that one with --archive, or"
                " --no-archive if what is still to be deleted may be lost. Nothing was changed",
            )


def begin(archive: Archive, state: State, planned: Work, report: Report) -> None:
    """Put the archive into the state that the database knows, and tell what will not be in it."""
    archive.settle(state.positions.get(archive.name))
    if unarchived := planned.unarchived:
        archive.tell(unarchived)
        report(Noted(None, f"what queries delete or replace is not archived ({', '.join(unarchived)})"))


@contextmanager
def kept(turn: Turn, task: Task, start: int, archive: Archive | None) -> Iterator[Turn]:
    """A turn with a file of the archive for what it takes, if it does.

    :param start: the number of its first operation, from 0.
    """
    if archive is None or not turn.takes:
        yield turn
        return
    operations = [each.to_dict() for each in turn.operations]
    keep = archive.begin(task.name, start + 1, operations, lambda: _whole(task))
    yield replace(turn, keep=keep)
    archive.end(keep)


def _whole(task: Task) -> Whole:
    migrations = dict.fromkeys([*task.migrations, *(each.name for each in task.records)])
    return Whole(tuple(each.to_dict() for each in task.operations), tuple(migrations), task.before.to_dict())
