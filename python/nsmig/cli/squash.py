"""``nsmig squash``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nsmig.cli.options import (
    json_option,
    load_history,
    migration_names,
    open_project,
    print_json,
    project_option,
    shown,
    whole_name,
)
from nsmig.cli.output import out_option, tells_of_work
from nsmig.cli.screen import described
from nsmig.words import counted

if TYPE_CHECKING:
    from nsmig._core import History
    from nsmig.values import Migration, SquashReport


@click.command()
@tells_of_work
@project_option
@click.option(
    "--from",
    "first",
    metavar="NAME",
    required=True,
    shell_complete=migration_names,
    help="The first migration to squash.",
)
@click.option(
    "--to",
    "last",
    metavar="NAME",
    shell_complete=migration_names,
    help="The last one. Default: the last of the history.",
)
@click.option("--name", metavar="NAME", help="What to call it. Default: squash_from_A_to_B, as nodestream does.")
@click.option("--single-label", is_flag=True,
              help="Promise that no node carries two types of the schema. More can then be squashed.")  # fmt: skip
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@json_option
@out_option
def squash(
    project: Path | None,
    first: str,
    last: str | None,
    name: str | None,
    single_label: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write one migration that does what several do.

    It gives every graph the same values, with as few operations as that takes. Their files stay: a database that has
    some of them runs the others, one that has none runs the squash alone.

    \b
    nsmig squash --from 20240101120000 --to 20241231120000 --dry-run
    """
    from nsmig.yaml_file.disk import write_new
    from nsmig.yaml_file.migration_file import migration_path, migration_text

    opened = open_project(project)
    history = load_history(opened)
    first, last = whole_name(history, first), whole_name(history, last)
    migration, report = _squashed(history, first, last, name, single_label)
    if not opened.extensions:
        from nsmig.making.extensions import check_extensions

        check_extensions(migration.operations, allowed=False)
    path = migration_path(opened.migrations, migration.name)
    text = migration_text(migration.to_dict())
    if not dry_run:
        write_new(path, text)
    if as_json:
        kept = [
            {
                "code": each.code,
                "reason": each.reason,
                "operations": [operation.to_dict() for operation in each.operations],
            }
            for each in report.kept
        ]
        counts = {"before": report.before, "after": report.after, "kept": kept}
        print_json({"migration": migration.to_dict(), **counts, "file": None if dry_run else str(shown(path))})
        return
    click.echo(f"{'Would generate' if dry_run else 'Generated'} squashed migration {migration.name}.")
    click.echo(
        f"It replaces {counted(len(migration.replaces), 'migration')};"
        f" {counted(report.before, 'operation')} became {report.after}."
    )
    _print_kept(report, single_label)
    if dry_run:
        click.echo(text, nl=False)
        return
    click.echo(f"Migration written to {shown(path)}")
    click.echo("Keep the files that it replaces until every database has run them or the squash.")


def _squashed(
    history: History, first: str, last: str | None, name: str | None, single_label: bool
) -> tuple[Migration, SquashReport]:
    """
    :raises ProjectError: the name is another migration's, or that of one which a squash replaces.
    """
    from nsmig.errors import DuplicateMigrationError, ProjectError

    if taken_by := next((each for each in history.order() if name in history.replaced(each)), None):
        raise ProjectError(f"the squash {taken_by!r} replaces a migration named {name!r}; give this one another name")
    try:
        return history.squash_and_report(first, last, name=name, single_label=single_label)
    except DuplicateMigrationError as error:
        known = f"{error.files[0]} is a migration named {error.name!r} already"
        raise ProjectError(f"{known}; give the squash another name with --name") from error


def _print_kept(report: SquashReport, single_label: bool) -> None:
    """What was not squashed, and why."""
    for each in report.kept:
        click.echo(f"Kept as it was ({each.code}): {each.reason}")
        for operation in each.operations:
            click.echo(f"  - {described(operation)}")
    if any(each.code == "entangled" for each in report.kept) and not single_label:
        click.echo("If no node carries two of these types, --single-label squashes them as well.")
