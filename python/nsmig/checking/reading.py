"""Reading the history of a folder that may have faults."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from nsmig._core import History, read_value
from nsmig.checking.diagnosing import as_text, place
from nsmig.errors import (
    CycleError,
    HistoryError,
    MissingFolderError,
    OverlapError,
    TakenNameError,
    YamlError,
    nearest_migration,
)
from nsmig.findings import Diagnosis
from nsmig.operations import Operation
from nsmig.values import Migration

FEW = 10  # findings of missing names for which similar names are looked up


@dataclass(frozen=True, slots=True)
class Usable:
    """The usable part of a folder, and ``found``, the findings about the rest.

    ``history`` has every readable migration, without its faults. ``intact`` is the part that does not depend on any
    fault, so findings in it are not consequences of other findings.
    """

    history: History
    intact: History
    found: tuple[Diagnosis, ...] = ()

    @property
    def is_whole(self) -> bool:
        return not self.found


def read(folder: Path) -> Usable:
    """Read the usable part of a folder.

    :param folder: the folder, as its files are to be named.
    """
    try:
        history = History.load(folder)
    except MissingFolderError:
        nothing = History([])
        return Usable(nothing, nothing, (Diagnosis("no-folder", "there is no such migrations folder", str(folder)),))
    except YamlError as error:
        unreadable = [error, *error.others]
    except HistoryError:
        unreadable = []
    else:
        return Usable(history, history)
    found = [Diagnosis("unreadable", each.problem, each.file, each.line) for each in unreadable]
    broken = {each.file for each in unreadable}
    readable = [_read(path) for path in sorted(folder.glob("*.yaml")) if as_text(os.fsencode(path)) not in broken]
    unread = {Path(file).stem for file in broken}
    migrations, more = _mended(readable, unread)
    history, still_more, left_out = _ordered(migrations)
    wrong = unread | left_out | {each.migration for each in more if each.code == "missing-dependency"}
    dependent = _dependent_on(wrong, _dependents(readable))
    intact, *_ = _ordered([each for each in migrations if each.name not in dependent])
    return Usable(history, intact, (*found, *more, *still_more))


def _ordered(migrations: list[Migration]) -> tuple[History, list[Diagnosis], set[str | None]]:
    """The migrations in order, without circular dependencies and overlapping squashes; the findings; and the names
    concerned."""
    found: list[Diagnosis] = []
    wrong: set[str | None] = set()
    while True:
        try:
            return History(migrations), found, wrong
        except CycleError as error:
            found.append(_circle(error))
            wrong.update(error.path)
            migrations = _without_cycle(migrations, error.path)
        except OverlapError as error:
            wrong.add(error.squashes[1])
            both = " and ".join(map(repr, error.squashes))
            found.append(
                Diagnosis(
                    "overlap",
                    f"the squashes {both} both replace {', '.join(error.shared)},"
                    " but neither replaces everything that the other does",
                    error.files[1],
                    migration=error.squashes[1],
                )
            )
            migrations = [replace(each, replaces=()) if each.name == error.squashes[1] else each for each in migrations]


def _circle(error: CycleError) -> Diagnosis:
    path = " -> ".join(error.path)
    if not isinstance(error, TakenNameError):
        return Diagnosis("cycle", path, error.files[0], migration=error.path[0])
    said = (
        f"{error.name!r} is the name of a migration that squash {error.squash!r} replaces, and comes after it ({path})"
    )
    return Diagnosis("name-taken", said, error.file, place(error.file, "name"), error.name)


def _without_cycle(migrations: list[Migration], path: Sequence[str]) -> list[Migration]:
    """The migrations without one dependency of a circle or, if the circle leads through squashes, without all of its
    dependencies."""
    first, second = path[:2]
    mended = [
        replace(each, dependencies=tuple(name for name in each.dependencies if name != second))
        if each.name == first
        else each
        for each in migrations
    ]
    if mended != migrations:
        return mended
    mended = [replace(each, dependencies=(), replaces=()) if each.name in path else each for each in migrations]
    return mended if mended != migrations else [replace(each, dependencies=(), replaces=()) for each in migrations]


def _read(path: Path) -> Migration:
    """The migration in a file that the core can read."""
    content = read_value(path.read_bytes())
    operations = [Operation.from_dict(each) for each in content["operations"]]
    return Migration(
        content["name"],
        tuple(operations),
        content["dependencies"],
        content.get("replaces", ()),
        as_text(os.fsencode(path)),
    )


def _dependents(migrations: Iterable[Migration]) -> dict[str, list[str]]:
    """For each name, the migrations that depend on it directly."""
    dependents = defaultdict(list)
    for each in migrations:
        for name in each.dependencies:
            dependents[name].append(each.name)
    return dependents


def _dependent_on(names: Iterable[str | None], dependents: Mapping[str, Sequence[str]]) -> set[str | None]:
    """These names, and those of all migrations that depend on any of them, at any depth."""
    found: set[str | None] = set()
    waiting = list(names)
    while waiting:
        if (reached := waiting.pop()) not in found:
            found.add(reached)
            waiting += dependents.get(reached or "", ())
    return found


def _mended(migrations: Sequence[Migration], known: set[str]) -> tuple[list[Migration], list[Diagnosis]]:
    """The migrations without duplicates of a name and without dependencies on missing names, and the findings.

    :param known: further names that exist.
    """
    found: list[Diagnosis] = []
    by_name: dict[str, Migration] = {}
    for each in migrations:
        if (first := by_name.setdefault(each.name, each)) is not each:
            said = f"the name {each.name!r} is taken by {first.file}"
            found.append(Diagnosis("duplicate-name", said, each.file, place(each.file, "name"), each.name))
    dependents = _dependents(by_name.values())
    names = by_name.keys() | known | {name for each in by_name.values() for name in each.replaces}
    mended = []
    for each in by_name.values():
        kept = [name for name in each.dependencies if name in by_name]
        for at, name in enumerate(each.dependencies):
            if name not in names:
                # Looking up similar names takes time that grows with the folder, so only do it for the first few.
                meant = ""
                if len(found) < FEW:
                    meant = nearest_migration(name, by_name.keys() - _dependent_on([each.name], dependents))
                said = f"{each.name!r} depends on {name!r}, which no file defines{meant}"
                line = place(each.file, "dependencies", at)
                found.append(Diagnosis("missing-dependency", said, each.file, line, each.name))
        mended.append(replace(each, dependencies=tuple(kept)))
    return mended, found
