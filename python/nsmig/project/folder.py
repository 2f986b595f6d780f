"""The folder of a project's migrations."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nsmig.project.project import Project


def when_missing(project: Project) -> str | None:
    """What to do if the project's migrations folder is missing; None if `nsmig make` may simply create one.

    That is the case if nothing suggests that there should be one: the project file does not name it, and no folder
    nearby has a similar name.
    """
    from difflib import get_close_matches

    folder = project.migrations
    if folder.is_symlink():
        return f"it is a link that leads to {os.readlink(folder)!r}, which is not there; fix the link"
    begin = f"if the history begins now, make the folder: mkdir {folder}"
    beside = sorted(each.name for each in os.scandir(folder.parent) if each.is_dir()) if folder.parent.is_dir() else []
    like = get_close_matches(folder.name, beside, n=1)
    if not like and not project.names_folder:
        return None if project.has_schema else begin
    mend = f"fix `migrations` in {project.file}" if project.kind == "nsmig" else f"rename it to {folder.name}"
    there = f"there is one named {like[0]!r}; " if like else ""
    return f"{there}{mend}, or, {begin}"
