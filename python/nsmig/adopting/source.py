"""The database given by the user: a target of the project, the address of a server, or a LadybugDB file."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nsmig.errors import ProjectError, nearest
from nsmig.project.project import Project
from nsmig.project.target import Target

_LIKE_A_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|(neo4j|bolt)(\+s|\+ssc)?:|[^/]*@", re.IGNORECASE)
PASSWORD = "NEO4J_PASSWORD"  # the variable from which a new project file reads the password


@dataclass(frozen=True, slots=True)
class Login:
    """Login options for a server. ``password`` is only sent, never written."""

    username: str = "neo4j"
    password: str | None = None
    database_name: str | None = None


def is_uri(given: str) -> bool:
    """Whether the user means a uri, well formed or not. A malformed one may contain a password, so it is never treated
    as a path, which an error would repeat."""
    return _LIKE_A_URI.match(given) is not None and not Path(given).is_file()


def named(given: str, project: Project | None, login: Login) -> Target:
    """The target that ``given`` refers to.

    :param given: the name of a target, a uri, or a path.
    :param login: for a uri.
    :raises ProjectError: there is no such target, and it is neither a uri nor an existing file.
    """
    root = project.root if project else Path()
    if project and given in project.targets:
        return project.target(given)
    if is_uri(given):
        return Target("neo4j", {**_server(given, login), "password": login.password}, root)
    if Path(given).is_file():
        return Target("local", {"database": "ladybug", "path": os.path.abspath(given)}, root)
    targets = f"a target of {project.file}, " if project else ""
    hint = nearest(given, project.targets) if project else ""
    raise ProjectError(f"{given!r} is not {targets}the uri of a server, or a file that is there{hint}")


def _server(uri: str, login: Login) -> dict[str, Any]:
    name = {"database_name": login.database_name} if login.database_name else {}
    username = None if login.password is None else login.username
    return {"database": "neo4j", "uri": uri, "username": username, **name}


def settings_of(given: str, login: Login, folder: Path) -> Mapping[str, Any]:
    """The options for a server (without its password) or a file in a project file in ``folder``."""
    if is_uri(given):
        return _server(given, login)
    absolute = Path(os.path.abspath(given))
    beside = Path(os.path.abspath(folder))
    path = absolute.relative_to(beside) if absolute.is_relative_to(beside) else absolute
    return {"database": "ladybug", "path": path.as_posix()}
