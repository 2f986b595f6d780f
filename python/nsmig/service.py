"""What an application calls to migrate its databases by itself, for example when it starts.

The names are those of the package: ``nsmig.connect``, ``nsmig.inspect``, ``nsmig.restore``, ``nsmig.run`` and
``nsmig.show``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from nsmig._core import History
from nsmig.database.base import Database
from nsmig.database.survey import Survey
from nsmig.project.project import Project
from nsmig.project.target import Target, open_target
from nsmig.running.loop import run as run
from nsmig.running.restoring import restore as restore
from nsmig.running.standing import standing
from nsmig.running.state import state_for


def connect(
    target: str | Mapping[str, Any], project: str | Path = ".", *, reads_only: bool = False
) -> AbstractContextManager[Database[Any]]:
    """A database, opened by ``with``.

    :param target: the name of a target of the project, or its options as they stand in a project file:
        ``{"database": "neo4j", "uri": "neo4j://db:7687", "username": "neo4j", "password": …}``.
    :param project: the project file or its folder, which paths are relative to. Only read where a name is given.
    :param reads_only: for :func:`inspect` alone: not a byte of the database changes. Otherwise LadybugDB writes when a
        file is opened, as it does after a killed process.
    :raises TypeError: the target is neither.
    :raises ProjectError: the project or the target is described wrongly.
    :raises DatabaseError: on entering: the database cannot be reached.
    """
    if not isinstance(target, (str, Mapping)):
        raise TypeError(f"target must be a name or the options of a target, not {target!r:.80}")
    if isinstance(target, str):
        return open_target(Project.load(project).target(target), reads_only=reads_only)
    folder = Path(project)
    options = Target("database", dict(target), folder if folder.is_dir() else folder.parent)
    return open_target(options, reads_only=reads_only)


def inspect(
    database: Database[Any], *, sample: int | None = None, progress: Callable[[int, int], None] | None = None
) -> Survey:
    """What a database holds. Nothing is locked or written.

    ``nsmig.Schema.from_dict(survey.content)`` is its schema.

    :param database: from :func:`connect`.
    :param sample: look at no more than so many rows of each type; None: at all of them.
    :param progress: called with the rows read and how many there are.
    :raises DatabaseError: it cannot be read.
    """
    if sample is not None and (type(sample) is not int or sample < 1):
        raise TypeError(f"sample must be a number of rows, at least 1, not {sample!r}")
    return database.session.survey(sample, progress or (lambda done, total: None))


def show(history: History, database: Database[Any]) -> dict[str, dict[str, Any]]:
    """How a database stands to each migration, in the order of the history; records that are in no file come last.

    ``state`` of each is applied, edited, begun, pending, covered, unknown or missing, as ``nsmig show`` says it; beside
    it stand the facts that belong to it, such as ``applied_at``. Nothing is locked or written.

    :param database: from :func:`connect`.
    :raises DatabaseError: it cannot be read.
    """
    return standing(history, state_for(history, database))
