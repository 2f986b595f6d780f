"""Errors in files, histories and projects."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nsmig.errors.base import NsmigError, nearest_migration
from nsmig.words import some


class OperationError(NsmigError):
    """An operation's description is invalid. ``entry`` is what was given."""

    def __init__(self, message: str, entry: Any = None) -> None:
        super().__init__(message)
        self.entry = entry


class YamlError(NsmigError):
    """A file cannot be read. ``line`` and ``column`` count from 1; 0 for the whole file.

    ``others`` are the errors of further files that were read with it, ordered by name.
    """

    def __init__(self, file: str, line: int, column: int, problem: str, others: Sequence[YamlError] = ()) -> None:
        place = f"{file}:{line}:{column}" if line else file
        super().__init__("\n".join([f"{place}: {problem}", *map(str, others)]))
        self.file, self.line, self.column, self.problem, self.others = file, line, column, problem, tuple(others)


class HistoryError(NsmigError):
    """The migrations of a folder are not a valid history."""


class MissingFolderError(HistoryError):
    """The ``folder`` does not exist. ``advice`` says what to do."""

    def __init__(
        self, folder: str, advice: str = "fix the path, or create the folder if the history begins now"
    ) -> None:
        super().__init__(f"{folder}: there is no such migrations folder; {advice}")
        self.folder, self.advice = folder, advice


class DuplicateMigrationError(HistoryError):
    """Two migrations have the same name. ``files`` are their files."""

    def __init__(self, name: str, files: Sequence[str]) -> None:
        super().__init__(
            f"two migrations are named {name!r}: {' and '.join(files)}; rename the one that no database has"
            " applied, or remove it"
        )
        self.name, self.files = name, tuple(files)


class MissingDependencyError(HistoryError):
    """Migration ``name`` (in ``file``) depends on ``missing``, and there is no such migration."""

    def __init__(self, name: str, file: str, missing: str, known: Sequence[str]) -> None:
        meant = nearest_migration(missing, known) or "; restore its file or, if it was renamed, write its new name"
        super().__init__(f"{file}: {name!r} depends on {missing!r}, which no file defines{meant}")
        self.name, self.file, self.missing = name, file, missing


class CycleError(HistoryError):
    """Migrations depend on each other in a circle. ``path`` lists them in order, with the first again at the end."""

    def __init__(self, path: Sequence[str], files: Sequence[str]) -> None:
        super().__init__(
            f"migrations depend on each other in a circle: {' -> '.join(path)} (in {', '.join(files)});"
            " remove one of these dependencies"
        )
        self.path, self.files = tuple(path), tuple(files)


class TakenNameError(CycleError):
    """Migration ``name`` (in ``file``) comes after ``squash``, which replaces a migration of this name."""

    def __init__(self, name: str, file: str, squash: str, path: Sequence[str], files: Sequence[str]) -> None:
        HistoryError.__init__(
            self,
            f"{file}: the squash {squash!r} replaces a migration named {name!r}, and this one comes after the squash"
            f" ({' -> '.join(path)}). If it is a new migration, give it another name: where the squash is applied, this"
            " name counts as applied, too. If it is the one replaced, restore its dependencies",
        )
        self.name, self.file, self.squash = name, file, squash
        self.path, self.files = tuple(path), tuple(files)


class OverlapError(HistoryError):
    """Two squashes replace some, not all, of each other's migrations. ``shared`` is what both replace."""

    def __init__(self, squashes: Sequence[str], files: Sequence[str], shared: Sequence[str]) -> None:
        super().__init__(
            f"the squashes {' and '.join(squashes)} (in {' and '.join(files)}) both replace {', '.join(shared)},"
            " but neither replaces everything that the other does; remove the one that no database has applied"
        )
        self.squashes, self.files, self.shared = tuple(squashes), tuple(files), tuple(shared)


class PlanError(HistoryError):
    """A partly applied ``squash`` (in ``file``) needs the migration ``missing``, which has no file. ``until``, if not
    None, is a member of the squash up to which the history was requested. ``is_elided``: the squash left queries out,
    and there are rows."""

    def __init__(self, squash: str, file: str, missing: str, until: str | None = None, is_elided: bool = False) -> None:
        if is_elided:
            problem = (
                f"squash {squash!r} left queries out, so it runs only on a target without rows, and not with"
                f" --fast-forward; here {missing!r} must run in its place,"
            )
            advice = "restore that file"
        elif until is None:
            problem = f"some of the migrations that squash {squash!r} replaces are applied and some are not,"
            problem += f" so {missing!r} must run,"
            advice = "restore that file"
        else:
            problem = f"a run to {until!r} takes only some of the migrations that squash {squash!r} replaces,"
            problem += f" among them {missing!r},"
            advice = f"restore that file, or give {squash!r} instead of {until!r}"
        super().__init__(f"{file}: {problem} but it is in no file; {advice}")
        self.squash, self.file, self.missing, self.until = squash, file, missing, until
        self.is_elided = is_elided


class UnknownMigrationError(NsmigError, KeyError):
    """No migration has this ``name``."""

    def __init__(self, name: str, known: Sequence[str]) -> None:
        super().__init__(
            f"no migration is named {name!r}{nearest_migration(name, known) or '; `nsmig show` lists them'}"
        )
        self.name = name

    def _said(self) -> str:  # KeyError would print the repr
        return str(self.args[0])


class AmbiguousNameError(NsmigError):
    """Several migrations have names that begin with ``beginning``: ``names``, in order."""

    def __init__(self, beginning: str, names: Sequence[str]) -> None:
        shown = some([*map(repr, names)], 5)
        super().__init__(f"{beginning!r} is ambiguous; it could mean {shown}; give a longer beginning")
        self.beginning, self.names = beginning, tuple(names)


class BeyondError(HistoryError):
    """A run was to stop at ``to``, but the database also has ``applied``, which depend on it."""

    def __init__(self, to: str, applied: Sequence[str]) -> None:
        super().__init__(
            f"the database is already past {to!r}: it also has {', '.join(map(repr, applied))}, and `nsmig run` undoes"
            " nothing. `nsmig make --revert` writes a migration that does; deleted data comes back only from an archive"
            " (`nsmig restore`) or a backup"
        )
        self.to, self.applied = to, tuple(applied)


class RangeError(NsmigError):
    """An invalid range of migrations: ``first`` comes after ``last``."""

    def __init__(self, first: str, last: str) -> None:
        super().__init__(f"{first!r} comes after {last!r} in the order of the history; swap them")
        self.first, self.last = first, last


class FoldError(NsmigError):
    """An operation cannot be applied to the schema before it.

    ``migration`` and ``file`` may be None (a bare list of operations); ``index`` counts operations from 0;
    ``operation`` is its description as a dict; ``reason`` says what exists instead.
    """

    def __init__(self, migration: str | None, file: str | None, index: int, operation: Any, reason: str) -> None:
        place = f"{file or migration}: " if file or migration else ""
        super().__init__(f"{place}operation {index + 1} ({operation.description}): {reason}")
        self.migration, self.file, self.index, self.operation, self.reason = migration, file, index, operation, reason


class RenameError(NsmigError):
    """A given rename does not fit the two schemas."""


class SchemaError(NsmigError):
    """A schema file or dict is invalid. ``place`` is the path of keys to the problem."""

    def __init__(self, place: str, problem: str) -> None:
        super().__init__(f"{place}: {problem}" if place else problem)
        self.place, self.problem = place, problem


class SchemaFileError(SchemaError, YamlError):
    """A schema file cannot be read, or is invalid."""

    def __init__(self, file: str, line: int, column: int, problem: str) -> None:
        YamlError.__init__(self, file, line, column, problem)
        self.place = f"{file}:{line}:{column}" if line else file


class WriteError(NsmigError):
    """The file ``path`` cannot be written; no part of it remains."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem


class FileInTheWayError(WriteError, FileExistsError):
    """A new file cannot be written because it already exists."""


class ProjectError(NsmigError):
    """The project file, or something it refers to, cannot be used."""


class ProjectFileError(ProjectError, YamlError):
    """The project file, or a file next to it, cannot be read or is invalid."""


class IntrospectionError(ProjectError):
    """A nodestream project does not load, so its schema is unknown.

    ``plugin`` is the plugin at fault, with its package and version if known; ``pipeline`` is the file
    and ``step`` its step, counted from 1, with the name of the implementation; all may be None. ``reason`` is
    nodestream's own exception.
    """

    def __init__(self, pipeline: str | None, step: str | None, reason: str, plugin: str | None = None) -> None:
        named = f"plugin {plugin}" if plugin else None
        place = ": ".join(each for each in (named, pipeline, step) if each)
        advice = (
            "install a version of the plugin that loads here, or remove it from the project file"
            if plugin
            else "fix it"
        )
        super().__init__(f"{place or 'nodestream'}: {reason}; nothing was introspected, {advice} and try again")
        self.pipeline, self.step, self.reason, self.plugin = pipeline, step, reason, plugin


class TargetError(ProjectError):
    """The project has no target ``name``, or its description is invalid."""

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"target {name!r}: {problem}")
        self.name, self.problem = name, problem


class ArchiveError(NsmigError):
    """An archive cannot be written, read or used. ``path`` is its folder, or the file concerned."""

    def __init__(self, path: str, problem: str) -> None:
        super().__init__(f"{path}: {problem}")
        self.path, self.problem = path, problem
