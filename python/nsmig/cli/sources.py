"""Databases that a command line names: a target of the project, a uri, or a file."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from nsmig.adopting.source import Login
    from nsmig.project.project import Project
    from nsmig.project.target import Target

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True)
class Source:
    """The named database. ``project`` is the project that was found or given, if any; ``login`` is empty if the target
    contains its own."""

    given: str
    target: Target
    project: Project | None
    login: Login


def login_options(command: Command) -> Command:
    """The login for a server that is given by its uri."""
    command = click.option(
        "--username", default="neo4j", show_default=True, metavar="NAME", help="With a uri: the user of the database."
    )(command)
    return click.option("--database-name", metavar="NAME", help="With a uri: the database within the server.")(command)


def source(
    given: str | None, project: Path | None, username: str, database_name: str | None, *, looks_here: bool = True
) -> Source:
    """:param looks_here: whether the project in this folder is used if no other is given.
    :param given: as on the command line; None: the only existing target.
    :raises click.UsageError: none is given, and there is not exactly one.
    :raises NsmigError: the project has no target of that name.
    """
    from nsmig.adopting.source import Login, is_uri, named
    from nsmig.cli.targets import chosen_targets
    from nsmig.errors import ProjectError
    from nsmig.project.project import PROJECT_FILES, Project

    opened = None
    if project is not None:
        opened = Project.load(project)
    elif looks_here and any(Path(name).is_file() for name in PROJECT_FILES):
        opened = Project.find(".")
    if given is None:
        if opened is None:
            raise ProjectError("there is no project here; give the uri of a server, or a LadybugDB file")
        (target,) = chosen_targets(opened, (), all_targets=False)
        return Source(target.name, target, opened, Login())
    is_own = opened is not None and given in opened.targets
    login = Login(username, _password(given, username), database_name) if is_uri(given) and not is_own else Login()
    return Source(given, named(given, opened, login), opened, login)


def _password(uri: str, username: str) -> str | None:
    """The password for a server: asked for at a terminal, otherwise from NSMIG_PASSWORD. None: the server asks for
    none.

    :raises ProjectError: the uri itself contains one, or is not a valid uri. It is not repeated.
    """
    from nsmig.database import open_database

    open_database("neo4j", {"uri": uri})  # which does not connect yet
    if "NSMIG_PASSWORD" in os.environ:
        return os.environ["NSMIG_PASSWORD"]
    if not sys.stdin.isatty():
        return None
    asked = click.prompt(
        f"Password of {username} (empty: if the server needs none)",
        default="",
        hide_input=True,
        show_default=False,
        err=True,
    )
    return asked or None
