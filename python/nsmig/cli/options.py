"""Options that several commands share, and their values."""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, overload

import click

if TYPE_CHECKING:
    from nsmig._core import History
    from nsmig.project.project import Project

Command = TypeVar("Command", bound=Callable[..., Any])

BEGIN = "restore it; only if the history begins now, `nsmig make` writes the first one there"

TO_DO = 3  # exit code: there is something to do


def project_option(command: Command) -> Command:
    return click.option(
        "-p",
        "--project",
        type=click.Path(path_type=Path),
        help="The project file; else nsmig.yaml or nodestream.yaml in the current folder.",
    )(command)


def json_option(command: Command) -> Command:
    return click.option("--json", "as_json", is_flag=True, help="Print JSON.")(command)


def lock_timeout_option(text: str) -> Callable[[Command], Command]:
    """
    :param text: its help.
    """
    return click.option(
        "--lock-timeout",
        type=click.FloatRange(min=0),
        default=60.0,
        show_default=True,
        metavar="SECONDS",
        help=text,
    )


def migration_names(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """Completions for the shell: names of migrations, taken from their files."""
    project = _project_of(ctx)
    return (
        sorted(path.stem for path in project.migrations.glob("*.yaml") if path.stem.startswith(begun))
        if project
        else []
    )


def target_names(ctx: click.Context, _: click.Parameter, begun: str) -> list[str]:
    """Completions for the shell: names of the project's targets."""
    project = _project_of(ctx)
    return sorted(name for name in project.targets if name.startswith(begun)) if project else []


def _project_of(ctx: click.Context) -> Project | None:
    """The project of an incomplete command line; None if it cannot be read."""
    from nsmig.errors import NsmigError
    from nsmig.project.project import Project

    folder = Path(ctx.find_root().params.get("folder") or ".")
    try:
        return Project.load(folder / (ctx.params.get("project") or "."))
    except NsmigError:
        return None


def open_project(project: Path | None) -> Project:
    from nsmig.project.project import Project

    return Project.find(".") if project is None else Project.load(project)


def migrations_folder(project: Project) -> Path:
    """The project's migrations folder, relative to the current folder if it is inside it.

    :raises ProjectError: it is a file.
    """
    from nsmig.errors import ProjectError

    if project.migrations.exists() and not project.migrations.is_dir():
        place = shown(project.migrations)
        raise ProjectError(f"{place}: the migrations belong into a folder of this name, but it is a file; move it away")
    return shown(project.migrations)


def load_history(project: Project, *, may_begin: bool = False) -> History:
    """The project's history. Messages name its files relative to the current folder if they are inside it.

    :param may_begin: whether the history may begin now, in a folder that does not exist yet.
    :raises MissingFolderError: there is no such folder.
    :raises ProjectError: it is a file.
    """
    from nsmig._core import History
    from nsmig.errors import MissingFolderError
    from nsmig.project.folder import when_missing

    folder = migrations_folder(project)
    try:
        return History.load(folder)
    except MissingFolderError as error:
        advice = when_missing(project)
        if may_begin and advice is None:
            return History([])
        raise MissingFolderError(error.folder, advice or BEGIN) from None


@overload
def whole_name(history: History, given: str) -> str: ...
@overload
def whole_name(history: History, given: str | None) -> str | None: ...
def whole_name(history: History, given: str | None) -> str | None:
    """The full name of a migration given by its name, or by a beginning that no other name has.

    :raises UnknownMigrationError: no migration has such a name.
    :raises AmbiguousNameError: several have.
    """
    from nsmig.errors import AmbiguousNameError, UnknownMigrationError

    if given is None or given in history:
        return given
    order = history.order()
    match [name for name in order if given and name.startswith(given)]:
        case []:
            raise UnknownMigrationError(given, order)
        case [name]:
            return name
        case names:
            raise AmbiguousNameError(given, names)


def shown(path: Path) -> Path:
    """A path for people to read."""
    for absolute in (Path(os.path.abspath(path)), path.resolve()):
        with suppress(ValueError):
            return absolute.relative_to(Path.cwd())
    return path


def print_json(value: Any) -> None:
    """Print a value as JSON."""
    import json

    click.echo(json.dumps(of_json(value), indent=2, default=str, ensure_ascii=False))


def of_json(value: Any) -> Any:
    """The value, with numbers that JSON lacks as texts, written as in a migration file."""
    if isinstance(value, dict):
        return {key: of_json(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [of_json(each) for each in value]
    if isinstance(value, float) and not isfinite(value):
        return ".nan" if value != value else ".inf" if value > 0 else "-.inf"
    return value
