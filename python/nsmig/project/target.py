"""The databases that a project migrates, and the tags in their options."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nsmig.database import database_kind, open_database
from nsmig.database.base import Database
from nsmig.errors import NsmigError, ProjectFileError, TargetError, UnsupportedError, nearest
from nsmig.kinds import DATABASES
from nsmig.operations import Operation
from nsmig.overwriting import Refuse, refusing
from nsmig.yaml_file.reading import Tagged, read

if TYPE_CHECKING:
    from nsmig._core import Schema


@dataclass(frozen=True, slots=True, repr=False)
class Target:
    """A database to migrate, as the project file describes it.

    ``settings`` are unresolved: :class:`Tagged` values are looked up when the target is used. ``root`` is the project's
    folder, and ``config`` is what ``!config`` refers to: the scopes' config of a nodestream project. ``archive`` is the
    folder to which runs write what they delete, unresolved like a setting.
    """

    name: str
    settings: Mapping[str, Any]
    root: Path
    config: Mapping[str, tuple[Any, ...]] = field(default_factory=dict)
    archive: Any = None

    @property
    def database(self) -> str:
        """The kind of database, one of ``DATABASES``.

        :raises TargetError: it is not one of them.
        """
        written = self.settings.get("database")
        kind = self._resolved("database", written)
        if not isinstance(kind, str) or kind not in DATABASES:
            # A value from elsewhere is not repeated: it may be a password in the wrong place.
            said = f"is {kind!r}{nearest(kind, DATABASES)}" if isinstance(written, str) else "is missing or unknown"
            raise TargetError(self.name, f"database {said}; it must be one of {', '.join(DATABASES)}")
        return kind

    def having(self, option: str, value: Any) -> Target:
        """This target with another value of an option, if its kind of database has that option."""
        has = option in database_kind(self.database).options
        return replace(self, settings={**self.settings, option: value}) if has else self

    def resolve(self) -> dict[str, Any]:
        """The options for the database, without ``database`` itself: tags are resolved, and paths relative to the
        project's folder.

        :raises TargetError: the kind of database is unknown, an environment variable is unset, or a tag is unknown.
        :raises ProjectFileError: a file to include cannot be read.
        """
        options = {name: self._resolved(name, value) for name, value in self.settings.items() if name != "database"}
        for name in database_kind(self.database).paths:
            if isinstance(options.get(name), str):
                options[name] = str(self.root / options[name])
        return options

    def archive_folder(self) -> Path | None:
        """The folder of its archive, if it has one.

        :raises TargetError: it is not a text, or has a tag that cannot be resolved.
        """
        folder = self._resolved("archive", self.archive)
        if folder is None:
            return None
        if not isinstance(folder, str) or not folder:
            raise TargetError(self.name, "the option archive must be the path of a folder, a text")
        return self.root / folder

    def files(self) -> list[str]:
        """The files that its options name.

        :raises NsmigError: as :meth:`resolve`.
        """
        options = self.resolve()
        return [options[name] for name in database_kind(self.database).paths if isinstance(options.get(name), str)]

    def __repr__(self) -> str:
        return f"Target({self.name!r}, options: {', '.join(sorted(self.settings))})"

    def _resolved(self, option: str, value: Any, passed: tuple[Tagged, ...] = ()) -> Any:
        """Resolve the tags in ``value``. ``passed`` are the tags that led to it."""
        if isinstance(value, Tagged):
            if value in passed:
                raise TargetError(self.name, f"option {option!r}: !{value.tag} {value.value} leads back to itself")
            return self._resolved(option, self._looked_up(option, value), (*passed, value))
        if isinstance(value, dict):
            return {key: self._resolved(option, each, passed) for key, each in value.items()}
        if isinstance(value, list):
            return [self._resolved(option, each, passed) for each in value]
        return value

    def _looked_up(self, option: str, tagged: Tagged) -> Any:
        if tagged.tag == "delayed":
            return tagged.value
        if tagged.tag not in ("env", "include", "config"):
            raise TargetError(
                self.name,
                f"option {option!r} has a tag that is unknown; known are !env, !include, !config and !delayed;"
                " a text that begins with ! belongs in quotes",
            )
        if not isinstance(tagged.value, str) or not tagged.value:
            raise TargetError(self.name, f"option {option!r}: !{tagged.tag} must be followed by a name")
        if tagged.tag == "env":
            if tagged.value not in os.environ:
                unset = f"the environment variable {tagged.value} is not set"
                raise TargetError(self.name, f"option {option!r}: {unset}; set it, and try again")
            return os.environ[tagged.value]
        if tagged.tag == "include":
            return _included(self.root / tagged.value)
        found = self.config.get(tagged.value, ())
        if len(found) != 1:
            trouble = "differs between the scopes' configs" if found else "is in no scope's config"
            raise TargetError(self.name, f"option {option!r}: !config {tagged.value} {trouble}; write the value here")
        return found[0]


def open_target(target: Target, *, reads_only: bool = False) -> AbstractContextManager[Database[Any]]:
    """The target's database, not yet connected: entering it does that.

    :param reads_only: see :func:`nsmig.database.open_database`.
    :raises TargetError: the target description is invalid.
    """
    try:
        return open_database(target.database, target.resolve(), reads_only=reads_only)
    except TargetError:
        raise
    except NsmigError as error:
        raise TargetError(target.name, str(error)) from error


def refusals(targets: Iterable[Target]) -> dict[str, Refuse]:
    """The functions that refuse operations, for the kinds of database of these targets."""
    kinds = set()
    for target in targets:
        with suppress(TargetError):  # its variable is not set here, which is reported when the target is used
            kinds.add(target.database)
    return {kind: database_kind(kind).refuse for kind in sorted(kinds)}


def require_possible(
    operations: Iterable[Operation], before: Schema, refusals: Mapping[str, Refuse], advice: str
) -> None:
    """
    :param before: the schema before the operations, which are consecutive.
    :param refusals: see :func:`refusals`.
    :param advice: appended to the reason.
    :raises UnsupportedError: a kind of database can never carry one of them out.
    """
    for operation in operations:
        for reason in refusing(operation, before, refusals):
            raise UnsupportedError(operation, f"{reason}. Nothing was written; {advice}")
        before = before.apply(operation)


def _included(file: Path) -> Any:
    return read(file, ProjectFileError, keeps_tags=True).root.value()
