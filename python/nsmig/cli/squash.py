"""``nsmig squash``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

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
    from nsmig.operations import Operation
    from nsmig.values import Migration, SquashReport


SHOWN = 80  # characters of a query


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
@click.option("--name", metavar="NAME", help="Its name. Default: squash_from_A_to_B, as in nodestream.")
@click.option("--single-label", is_flag=True,
              help="Promise that no node carries two types of the schema. More can then be squashed.")  # fmt: skip
@click.option("--keep-queries", is_flag=True, help="Also keep queries that are declared elidable.")
@click.option("--dry-run", is_flag=True, help="Show what would be written, but write nothing.")
@click.option("-v", "--verbose", is_flag=True, help="List the operations that stay as they were.")
@json_option
@out_option
def squash(
    project: Path | None,
    first: str,
    last: str | None,
    name: str | None,
    single_label: bool,
    keep_queries: bool,
    dry_run: bool,
    verbose: bool,
    as_json: bool,
) -> None:
    """Write one migration that does the same as several.

    It leaves every graph with the same values, with as few operations as possible. The files that it replaces stay: a
    database that has some of them runs the rest, and one that has none runs the squash alone.

    Queries that are declared elidable are left out. Such a squash runs only on a database without rows; other databases
    run the migrations that it replaces, and need their files.

    \b
    nsmig squash --from 20240101120000 --to 20241231120000 --dry-run
    """
    from nsmig.yaml_file.disk import write_new
    from nsmig.yaml_file.migration_file import migration_path, migration_text

    opened = open_project(project)
    history = load_history(opened)
    first, last = whole_name(history, first), whole_name(history, last)
    migration, report = _squashed(history, first, last, name, single_label, keep_queries)
    if not opened.extensions:
        from nsmig.making.extensions import check_extensions

        check_extensions(migration.operations, allowed=False)
    path = migration_path(opened.migrations, migration.name)
    text = migration_text(migration.to_dict())
    is_written = report.after < report.before or not _is_one(history, first, last)
    if is_written and not dry_run:
        write_new(path, text)
    if as_json:
        made, file = (migration.to_dict(), str(shown(path))) if is_written else (None, None)
        print_json({"migration": made, **_report_in_json(report), "file": None if dry_run else file})
    elif is_written:
        click.echo(f"{'Would generate' if dry_run else 'Generated'} squashed migration {migration.name}.")
        _print_gain(migration, report)
        _print_reasons(report, single_label, verbose)
        _print_end(report, path, text, dry_run)
    else:
        click.echo(f"Nothing to squash: {first} would not get shorter")
        _print_reasons(report, single_label, verbose)


def _is_one(history: History, first: str, last: str | None) -> bool:
    """Whether a range is a single migration."""
    return first == (last or history.order()[-1])


def _squashed(
    history: History, first: str, last: str | None, name: str | None, single_label: bool, keep_queries: bool
) -> tuple[Migration, SquashReport]:
    """:raises ProjectError: the name is already used by another migration, or by one that a squash replaces."""
    from nsmig.errors import DuplicateMigrationError, ProjectError

    if taken_by := next((each for each in history.order() if name in history.replaced(each)), None):
        raise ProjectError(f"the squash {taken_by!r} replaces a migration named {name!r}; give this one another name")
    try:
        return history.squash_and_report(first, last, name=name, single_label=single_label, keep_queries=keep_queries)
    except DuplicateMigrationError as error:
        known = f"{error.files[0]} is a migration named {error.name!r} already"
        raise ProjectError(f"{known}; give the squash another name with --name") from error


def _report_in_json(report: SquashReport) -> dict[str, Any]:
    def listed(operations: Iterable[Operation]) -> list[dict[str, Any]]:
        return [operation.to_dict() for operation in operations]

    kept = [
        {"code": each.code, "reason": each.reason, "operations": listed(each.operations)}
        | ({} if each.costs is None else {"costs": each.costs})
        for each in report.kept
    ]
    return {"before": report.before, "after": report.after, "kept": kept, "left_out": listed(report.left_out)}


def _described(operation: Operation) -> str:
    """An operation on one line; a query is abbreviated."""
    text = " ".join(getattr(operation, "query", "").split())
    shortened = text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
    return f"{described(operation)}: {shortened}" if text else described(operation)


def _print_gain(migration: Migration, report: SquashReport) -> None:
    counts = f"{counted(report.before, 'operation')} became {report.after}"
    if report.after >= report.before:
        counts = f"it saves none of {counted(report.before, 'operation')}"
    click.echo(f"It replaces {counted(len(migration.replaces), 'migration')}; {counts}.")


def _print_end(report: SquashReport, path: Path, text: str, dry_run: bool) -> None:
    """Print where the file is, and which other files it needs; in a dry run, its text."""
    if dry_run:
        click.echo(text, nl=False)
        return
    click.echo(f"Migration written to {shown(path)}")
    if report.left_out:
        click.echo(
            "Databases with rows run the migrations it replaces: keep those files while any such database may lack"
            " them."
        )
    else:
        click.echo("Keep the files it replaces until every database has run them or the squash.")


def _print_reasons(report: SquashReport, single_label: bool, verbose: bool) -> None:
    """Print what was left out, and why the squash is not shorter, one line each."""
    for each in report.left_out:
        click.echo(f"Left out (elidable): {_described(each)}")
    for kept in report.kept:
        costs = "" if kept.costs is None else f"; {counted(kept.costs, 'operation')} more because of it"
        what = counted(len(kept.operations), "operation")
        if kept.code == "wall" and costs:
            click.echo(f"Kept ({kept.code}): {_described(kept.operations[0])}{costs}")
        else:
            click.echo(f"Kept ({kept.code}), {what}: {kept.reason}{costs}")
        for each in kept.operations if verbose else ():
            click.echo(f"  - {_described(each)}")
    _print_hints(report, single_label, verbose)


def _print_hints(report: SquashReport, single_label: bool, verbose: bool) -> None:
    if any(each.code == "entangled" for each in report.kept) and not single_label:
        click.echo("If no node carries two of these types, --single-label squashes them as well.")
    if any(each.costs for each in report.kept if each.code == "wall"):
        click.echo("A query that a database without rows does not need may be declared 'elidable: true'.")
        click.echo(
            "Operations on other types can cross a query that says which types it touches: 'touches:"
            " {nodes: [...], relationships: [...]}'."
        )
    if report.kept:
        more = "" if verbose else "; --verbose lists the operations"
        click.echo(f"docs/squash.md explains each of these{more}.")
