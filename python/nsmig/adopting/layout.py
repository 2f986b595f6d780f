"""Where the files of an adopted database go."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nsmig.adopting.adopt import AdoptionError, Layout
from nsmig.adopting.source import PASSWORD, Login, settings_of
from nsmig.project.new import for_editors
from nsmig.project.project import Project
from nsmig.project.target import Target, refusals
from nsmig.yaml_file.writing import dump


def layout_of(folder: Path, project: Project | None, given: str, login: Login) -> Layout:
    """
    :param folder: the folder of a new project.
    :param project: the existing project, which is kept.
    :param given: the database as given by the user.
    :raises AdoptionError: the existing project does not have this database.
    """
    if project is None:
        settings = settings_of(given, login, folder)
        name = "local" if settings["database"] == "ladybug" else "neo4j"
        is_beside = "path" in settings and not Path(settings["path"]).is_absolute()
        return Layout(
            folder / "migrations",
            folder / "schema.yaml",
            (folder / "nsmig.yaml", for_editors("project", _project_text(name, settings, login))),
            True,
            refusals([Target(name, settings, folder)]),
            ignored=(folder / ".gitignore", f"{settings['path']}*") if is_beside else None,
        )
    if given not in project.targets and not any(_is_same(given, each) for each in project.targets.values()):
        raise AdoptionError(
            f"{project.file}: the project has no target for this database; add it there and give its name, or start in"
            " another folder"
        )
    refused = refusals(project.targets.values())
    return Layout(
        project.migrations, project.schema_file, None, project.extensions, refused, is_shared=project.is_shared
    )


def _is_same(given: str, target: Target) -> bool:
    """Whether a target is the database of that address, as in a project left by a killed attempt."""
    path = target.settings.get("path")
    return target.settings.get("uri") == given or (
        isinstance(path, str) and os.path.realpath(target.root / path) == os.path.realpath(given)
    )


def _project_text(name: str, settings: Mapping[str, Any], login: Login) -> str:
    lines = ["# A project of nsmig. Paths are relative to this file.", "migrations: migrations", "schema: schema.yaml"]
    lines += ["targets:", f"  {name}:"]
    lines += [f"    {option}: {_scalar(value)}" for option, value in settings.items()]
    if settings["database"] == "neo4j":
        lines.append(f"    password: {'null' if login.password is None else f'!env {PASSWORD}'}")
    return "\n".join(lines) + "\n"


def _scalar(value: Any) -> str:
    """A value as YAML on one line."""
    return dump([value]).removeprefix("- ").rstrip("\n")
