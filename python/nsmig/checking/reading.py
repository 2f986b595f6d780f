"""The history of a folder that may not be one."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nsmig._core import History, read_value
from nsmig.checking.diagnosing import as_text, place
from nsmig.errors import CycleError, HistoryError, OverlapError, YamlError, nearest
from nsmig.findings import Diagnosis
from nsmig.operations import Operation
from nsmig.values import Migration


def read(folder: Path) -> tuple[History, list[Diagnosis]]:
    """Load a folder's history. If it is invalid, the history of the migrations that are still usable, and why.

    :param folder: as its files are to be named.
    """
    try:
        return History.load(folder), []
    except YamlError as error:
        unreadable = [error, *error.others]
    except HistoryError:
        unreadable = []
    found = [Diagnosis("unreadable", each.problem, each.file, each.line) for each in unreadable]
    broken = {each.file for each in unreadable}
    migrations = [_read(path) for path in sorted(folder.glob("*.yaml")) if as_text(os.fsencode(path)) not in broken]
    migrations, more = _mended(migrations, known={Path(file).stem for file in broken})
    found += more
    while True:
        try:
            return History(migrations), found
        except CycleError as error:
            found.append(Diagnosis("cycle", " -> ".join(error.path), error.files[0], migration=error.path[0]))
            migrations = _without_cycle(migrations, error.path)
        except OverlapError as error:
            both = " and ".join(map(repr, error.squashes))
            found.append(
                Diagnosis(
                    "overlap",
                    f"the squashes {both} both replace {', '.join(error.shared)},"
                    " but neither replaces all that the other does",
                    error.files[1],
                    migration=error.squashes[1],
                )
            )
            migrations = [replace(each, replaces=()) if each.name == error.squashes[1] else each for each in migrations]


def _without_cycle(migrations: list[Migration], path: Sequence[str]) -> list[Migration]:
    """The migrations without one dependency of a circle or, where the circle leads through squashes, without all of
    those on it."""
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
    """The migration of a file that the core can read."""
    content = read_value(path.read_bytes())
    operations = [Operation.from_dict(each) for each in content["operations"]]
    return Migration(
        content["name"],
        tuple(operations),
        content["dependencies"],
        content.get("replaces", ()),
        as_text(os.fsencode(path)),
    )


def _mended(migrations: Sequence[Migration], known: set[str]) -> tuple[list[Migration], list[Diagnosis]]:
    """The migrations without those whose name is taken and without dependencies on none, and what was left out.

    :param known: further names that are not missing.
    """
    found: list[Diagnosis] = []
    by_name: dict[str, Migration] = {}
    for each in migrations:
        if (first := by_name.setdefault(each.name, each)) is not each:
            said = f"the name {each.name!r} is taken by {first.file}"
            found.append(Diagnosis("duplicate-name", said, each.file, place(each.file, "name"), each.name))
    names = by_name.keys() | known | {name for each in by_name.values() for name in each.replaces}
    mended = []
    for each in by_name.values():
        kept = [name for name in each.dependencies if name in by_name]
        for at, name in enumerate(each.dependencies):
            if name not in names:
                said = f"{each.name!r} depends on {name!r}, which is in no file{nearest(name, by_name)}"
                line = place(each.file, "dependencies", at)
                found.append(Diagnosis("missing-dependency", said, each.file, line, each.name))
        mended.append(replace(each, dependencies=tuple(kept)))
    return mended, found
