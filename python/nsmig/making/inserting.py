"""Inserting a migration of the user's own before an existing one."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nsmig._core import History, read_value
from nsmig.errors import ProjectError, YamlError
from nsmig.yaml_file.writing import dump

if TYPE_CHECKING:
    from nsmig.values import Migration

_DEPENDENCIES = re.compile(r"^dependencies:.*\n(?:[ \t-].*\n)*", re.MULTILINE)


class Insertion(NamedTuple):
    """The files to write: ``migration``, and the new ``text`` of ``file``."""

    migration: Migration
    file: Path
    text: str


def inserted(history: History, migration: Migration, before: str) -> Insertion:
    """Insert a new migration before another: it takes over the other's dependencies, and the other depends on it alone.

    :param before: the name of a migration with a file.
    :raises ProjectError: nothing can come before it, or the form of its file does not allow the change.
    :raises HistoryError: the result is not a valid history.
    """
    there = history[before]
    file = there.file or before
    if not there.dependencies:
        raise ProjectError(
            f"{file}: {before!r} depends on nothing, so it begins the history and nothing can come before it; choose"
            " a later one, or write a migration of your own after it"
        )
    if squash := next((each for each in history.order() if before in history.replaced(each)), None):
        raise ProjectError(
            f"{file}: the squash {squash!r} replaces {before!r}, and would not contain the new migration; choose"
            f" one after {squash!r}, or remove the squash if no database has applied it"
        )
    if there.replaces:
        raise ProjectError(
            f"{file}: {before!r} is a squash, and what it replaces would not come after the new migration; choose"
            " one after it, or remove the squash if no database has applied it"
        )
    new, after = replace(migration, dependencies=there.dependencies), replace(there, dependencies=(migration.name,))
    others = [history[name] for name in history.order() if name != before]
    History([*others, new, after])
    return Insertion(new, Path(file), _with_dependencies(Path(file), after))


def _with_dependencies(file: Path, wanted: Migration) -> str:
    """The text of a file with different dependencies and everything else unchanged.

    :raises ProjectError: the form of the file makes that uncertain.
    """
    try:
        text = file.read_bytes().decode()
        changed, count = _DEPENDENCIES.subn(lambda _: dump({"dependencies": list(wanted.dependencies)}), f"{text}\n")
        said = {**read_value(text.encode()), "dependencies": list(wanted.dependencies)}
        is_certain = count == 1 and read_value(changed.encode()) == said
    except (UnicodeDecodeError, YamlError):
        is_certain = False
    if not is_certain:
        raise ProjectError(
            f"{file}: its dependencies are not on lines of their own, so they cannot be changed for certain; make the"
            f" migration without --before, and let {wanted.name!r} depend on it by hand"
        )
    return changed[:-1]
