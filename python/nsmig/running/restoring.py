"""Putting back what an archive holds: under one lock, file by file, the last deletion first, as it is undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from nsmig._core import History
from nsmig.archive.folder import certain_size, read, require_whole
from nsmig.archive.manifest import Entry
from nsmig.database.archiving import Position
from nsmig.database.base import Database, ignore
from nsmig.errors import ArchiveError
from nsmig.operations import DropProperty, DropType, Operation, SetPropertyType
from nsmig.running.joined import Joined, joined
from nsmig.running.loop import LOCK_TIMEOUT
from nsmig.running.moved import Places, places
from nsmig.running.outcome import Outcome
from nsmig.running.returned import File
from nsmig.running.tasks import unfinished
from nsmig.running.trying import Trying


def unheard(entry: Entry, outcome: Outcome) -> None:
    """For those who want to know nothing before the end."""


def restore(
    history: History,
    database: Database[Any],
    folder: str | Path,
    report: Callable[[Entry, Outcome], None] = unheard,
    *,
    only: str | None = None,
    dry_run: bool = False,
    lock_timeout: float = LOCK_TIMEOUT,
    waiting: Callable[[str], None] = ignore,
) -> Outcome:
    """Put back what an archive holds and has a place now; never over a value that is there.

    :param report: called when a file is begun and after each batch of it, with what came of all so far.
    :param only: of this migration alone.
    :param dry_run: change nothing, and tell what would be done with the database as it is. So the values of rows that
        the restore itself would bring back have no row yet.
    :param lock_timeout: seconds to wait for a run.
    :param waiting: called with who holds the lock meanwhile.
    :raises ArchiveError: the archive cannot be used, or has no place here; nothing was changed.
    :raises DatabaseError: the database refused something; what came before stays, and another restore goes on.
    """
    folder = Path(folder)
    with database.ledger.lock(lock_timeout, waiting) as require_lock:
        state = database.ledger.state()
        heading, entries = read(folder)
        if heading.database != database.kind or database.restoring is None:
            raise ArchiveError(str(folder), f"is the archive of a {heading.database} database; give its target")
        position = state.positions.get(heading.archive)
        require_whole(folder, entries, position)
        if begun := sorted(unfinished(state)):
            raise ArchiveError(
                str(folder), f"{', '.join(begun)} was begun and not finished; finish it with `nsmig run`, then restore"
            )
        now = history.schema_of(list(state.records))
        chosen = [each for each in entries if only in (None, each.migration, *each.task.migrations)]
        placed = list(zip(chosen, places(chosen, history, state, now), strict=True))[::-1]
        _require_a_place(folder, placed, only)
        passed = _passed(placed)
        restoring = Trying(database.restoring) if dry_run else database.restoring
        whole, certain = Outcome(), position or Position(heading.archive, 0, 0)
        with _rows_of(folder, dry_run) as ids:
            for entry, where in placed:
                report(entry, whole)
                size = certain_size(entry, certain)
                file = File(folder, heading.archive, entry, size, where, ids, restoring, entry.number in passed)
                for outcome in file.batches():
                    require_lock()
                    whole.add(outcome)
                    report(entry, whole)
        return whole


@contextmanager
def _rows_of(folder: Path, dry_run: bool) -> Iterator[Joined]:
    """Which archived rows are which; of a dry run, elsewhere."""
    if not dry_run:
        with joined(folder) as ids:
            yield ids
        return
    with TemporaryDirectory() as elsewhere, joined(Path(elsewhere)) as ids:
        yield ids


def _require_a_place(folder: Path, placed: Sequence[tuple[Entry, Places]], only: str | None) -> None:
    """
    :raises ArchiveError: nothing is of that migration, or nothing of it all has a place.
    """
    if not placed and only is not None:
        raise ArchiveError(str(folder), f"holds nothing of a migration named {only!r}; nothing was changed")
    lacking = [name for entry, where in placed for name in lacking_of(entry, where)]
    if lacking and len(lacking) == sum(len(list(_losing(entry))) for entry, _ in placed):
        raise ArchiveError(
            str(folder),
            f"what it holds has no place in this database: {', '.join(dict.fromkeys(lacking))}; make it again (`nsmig"
            " make --revert` of the migration that dropped or changed it, then `nsmig run`), and restore. Nothing was"
            " changed",
        )


def _passed(placed: Sequence[tuple[Entry, Places]]) -> frozenset[int]:
    """The entries whose values were between two conversions, where those before the first one come back."""
    found: list[int] = []
    coming: set[Any] = set()
    for entry, where in sorted(placed, key=lambda each: each[0].number):
        if (own := where.conversion) is not None:
            place = own.kind, where.type(own.kind, own.type), where.property(own.kind, own.type, own.property)
            if where.is_as_before(own.kind, own.type, own.property):
                coming.add(place)
            elif place in coming:
                found.append(entry.number)
    return frozenset(found)


def lacking_of(entry: Entry, where: Places) -> Iterator[str]:
    """What an entry's operations dropped or converted and has no place."""
    for each in _losing(entry):
        type = where.type(each.kind, each.type)
        if isinstance(each, DropType) and type is None:
            yield f"{each.kind.value} type {each.type}"
        if isinstance(each, DropProperty) and where.property(each.kind, each.type, each.property) is None:
            yield f"{each.type}.{each.property}"
        if isinstance(each, SetPropertyType) and not where.is_as_before(each.kind, each.type, each.property):
            yield f"{each.type}.{each.property} as {where.declared(each.kind, each.type, each.property)}"


def _losing(entry: Entry) -> Iterator[DropType | DropProperty | SetPropertyType]:
    for each in map(Operation.from_dict, map(dict, entry.operations)):
        if isinstance(each, (DropType, DropProperty, SetPropertyType)):
            yield each
