"""Functions for applications that migrate their own databases, for example at start-up.

They are exported by the package: ``nsmig.connect``, ``nsmig.inspect``, ``nsmig.restore``, ``nsmig.run``, ``nsmig.show``
and ``nsmig.view``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from nsmig._core import History
from nsmig.database.base import Database
from nsmig.database.survey import Survey
from nsmig.page import page, seen, utc_now
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

    :param target: the name of a target of the project, or its options as in a project file:
        ``{"database": "neo4j", "uri": "neo4j://db:7687", "username": "neo4j", "password": …}``.
    :param project: the project file or its folder, to which paths are relative. Only read if the target is a name.
    :param reads_only: for :func:`inspect` only: not a byte of the database changes. Otherwise LadybugDB may write when
        it opens a file, for example after a killed process.
    :raises TypeError: the target is neither a name nor options.
    :raises ProjectError: the project or target description is invalid.
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
    """Describe what a database holds. Locks and writes nothing.

    ``nsmig.Schema.from_dict(survey.content)`` is its schema.

    :param database: from :func:`connect`.
    :param sample: read at most this many rows of each type; None: all.
    :param progress: called with the number of rows read and the total.
    :raises DatabaseError: it cannot be read.
    """
    if sample is not None and (type(sample) is not int or sample < 1):
        raise TypeError(f"sample must be a number of rows, at least 1, not {sample!r}")
    return database.session.survey(sample, progress or (lambda done, total: None))


def show(history: History, database: Database[Any]) -> dict[str, dict[str, Any]]:
    """The state of each migration on a database, in the order of the history; records without a file come last.

    ``state`` is applied, edited, begun, pending, covered, unknown or missing, as in ``nsmig show``, together with facts
    such as ``applied_at``. Locks and writes nothing.

    :param database: from :func:`connect`.
    :raises DatabaseError: it cannot be read.
    """
    return standing(history, state_for(history, database))


def view(
    history: History, databases: Mapping[str, Database[Any]] | None = None, *, title: str = "Schema and migrations"
) -> str:
    """The text of a self-contained HTML file: the schema, the history, and the differences between any two points.

    Without databases it is the same for the same history. Nothing is locked or written.

    :param databases: from :func:`connect`, by their names on the page.
    :param title: the subject of the page.
    :raises FoldError: an operation cannot be applied.
    :raises DatabaseError: one cannot be read.
    """
    targets = [seen(history, name, database) for name, database in (databases or {}).items()]
    return page(history, title, targets, utc_now() if targets else None)
