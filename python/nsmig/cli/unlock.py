"""``nsmig unlock``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.options import open_project, project_option, target_names
from nsmig.cli.output import tells_of_work
from nsmig.cli.targets import chosen_targets, connected, on_each

if TYPE_CHECKING:
    from nsmig.project.target import Target


@click.command()
@tells_of_work
@project_option
@click.option("-t", "--target", "names", multiple=True, shell_complete=target_names, help="A target of the project.")
@click.option("-a", "--all-targets", is_flag=True, help="All targets of the project.")
@click.option("-y", "--yes", is_flag=True, help="Remove it without asking.")
def unlock(project: Path | None, names: tuple[str, ...], all_targets: bool, yes: bool) -> None:
    """Remove the lock that a dead run left behind. Check first who holds it.

    \b
    nsmig unlock --target prod         show the holder, and ask
    nsmig unlock --target prod --yes   remove it without asking
    """

    def work(target: Target) -> dict[str, Any]:
        from nsmig.errors import LockedError

        with connected(target) as database:
            holder = database.ledger.holder()
            if holder is None:
                click.echo(f"Target {target.name} is not locked.")
                return {}
            click.echo(f"Target {target.name} is locked by {holder}.")
            if not yes and not sys.stdin.isatty():
                raise click.UsageError("there is no terminal to ask; give --yes to remove the lock")
            if yes or click.confirm("Is that run dead? Remove its lock?", err=True):
                database.ledger.unlock()
                if (still := database.ledger.holder()) is not None:
                    raise LockedError(
                        still, "only ending that process frees this database", "the database is still held by"
                    )
                click.echo("Removed.")
        return {}

    results = on_each(chosen_targets(open_project(project), names, all_targets), work)
    if any("error" in result for result in results):
        raise click.exceptions.Exit(1)
