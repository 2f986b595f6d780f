"""The targets that a command works on, and working on several at once."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.screen import coloured, error_facts, shown_error, shown_finding

if TYPE_CHECKING:
    from types import FrameType

    from nsmig._core import History
    from nsmig.database.base import Database
    from nsmig.project.project import Project
    from nsmig.project.target import Target


@contextmanager
def connected(target: Target, *, reads_only: bool = False) -> Iterator[Database[Any]]:
    """The target's database, open; its notes go to standard error.

    :param reads_only: see :func:`nsmig.database.open_database`.
    :raises TargetError: the target's description is invalid.
    :raises DatabaseError: the database cannot be reached.
    """
    from nsmig.project.target import open_target

    with open_target(target, reads_only=reads_only) as database:
        for note in database.notes:
            click.echo(f"Target {target.name}: {coloured('note:', 'yellow', err=True)} {note}", err=True)
        yield database


def print_waiting(holder: str) -> None:
    """Print who holds the lock meanwhile."""
    click.echo(f"waiting for the database, held by {holder}", err=True)


def end_on_sigterm() -> None:
    """Let SIGTERM end the program like an exception, so that current work is ended and the lock released."""

    def stop(signum: int, frame: FrameType | None) -> None:
        sys.exit(128 + signum)

    signal.signal(signal.SIGTERM, stop)


def drift_on(history: History, target: Target, database: Database[Any]) -> list[str]:
    """The differences between the database and its records, after recording migrations without running them.

    :raises DatabaseError: it cannot be read.
    """
    from nsmig.database import database_kind
    from nsmig.running.standing import disagreements

    declares_types = database_kind(target.database).declares_types
    found = disagreements(history, target.name, database, declares_types=declares_types).found
    return [*map(shown_finding, found)]


def print_drift(history: History, target: Target, database: Database[Any]) -> None:
    """Print each difference, or that nothing differs.

    :raises DatabaseError: see :func:`drift_on`.
    """
    found = drift_on(history, target, database)
    for line in found or [f"Target {target.name} matches its migrations."]:
        click.echo(line, err=True)


def chosen_targets(project: Project, names: tuple[str, ...], all_targets: bool) -> list[Target]:
    """The named targets, or all, or the only one.

    :raises TargetError: a name is unknown.
    :raises click.UsageError: none is named, and there are several, or none at all.
    """
    if all_targets and project.targets:
        return [project.target(name) for name in sorted(project.targets)]
    if names:
        return [project.target(name) for name in dict.fromkeys(names)]
    if len(project.targets) == 1:
        return [project.target(name) for name in project.targets]
    if not project.targets:
        raise click.UsageError(f"the project has no target; add one under 'targets:' in {project.file}")
    takes_all = any(each.name == "all_targets" for each in click.get_current_context().command.params)
    known = ", ".join(sorted(project.targets))
    raise click.UsageError(f"which target? Give --target with one of {known}{', or --all-targets' * takes_all}")


def on_each(
    targets: list[Target],
    work: Callable[[Target], dict[str, Any]],
    jobs: int = 1,
    stop: Callable[[], None] = lambda: None,
    advice: Callable[[str], str | None] = lambda target: None,
) -> list[dict[str, Any]]:
    """The result of ``work`` for each target, with its name, in order.

    A target that fails gives ``error``, the facts of an error that is printed at once, and does not stop the others.

    :param jobs: the number of targets to work on at once.
    :param advice: what to do, printed after the error of the target of that name.
    :param stop: called when the user wants to stop, to end work that continues in threads.
    """
    from nsmig.errors import NsmigError, TargetError

    def attempt(target: Target) -> dict[str, Any]:
        try:
            return {"target": target.name, **work(target)}
        except (NsmigError, OSError) as error:
            if debug:
                raise
            said = str(error) if isinstance(error, TargetError) else f"target {target.name!r}: {error}"
            click.echo("\n  ".join(filter(None, (shown_error(said), advice(target.name)))), err=True)
            return {"target": target.name, "error": error_facts(error)}

    debug = click.get_current_context().find_root().params["debug"]
    if jobs == 1 or len(targets) == 1:
        return [attempt(target) for target in targets]
    from nsmig.cli.side_by_side import on_several

    return on_several(targets, lambda number: attempt(targets[number]), jobs, stop)
