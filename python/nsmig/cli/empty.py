"""``nsmig make --empty``: a migration of the user's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from nsmig.cli.options import load_history, print_json, shown, whole_name
from nsmig.cli.targets import connected

if TYPE_CHECKING:
    from nsmig._core import History
    from nsmig.making.inserting import Insertion
    from nsmig.operations import Operation
    from nsmig.project.project import Project
    from nsmig.values import Migration


@dataclass(frozen=True, slots=True)
class Wishes:
    """The flags of an empty migration. ``query_file`` contains a query, ``before`` is the migration to insert it
    before, and ``applied_on`` names targets that may already have that one."""

    query: str | None
    query_file: Path | None
    elidable: bool
    before: str | None
    applied_on: tuple[str, ...]

    def check(self, empty: bool) -> None:
        """
        :raises click.UsageError: these cannot be combined.
        """
        has_query = self.query is not None or self.query_file is not None
        if not empty and (has_query or self.elidable or self.before is not None or self.applied_on):
            raise click.UsageError("--query, --query-file, --elidable, --before and --applied-on go with --empty")
        if self.query is not None and self.query_file is not None:
            raise click.UsageError("give the query by --query or by --query-file, not by both")
        if self.elidable and not has_query:
            raise click.UsageError("--elidable goes with --query or --query-file")
        if self.applied_on and self.before is None:
            raise click.UsageError("--applied-on goes with --before")

    def operations(self) -> list[Operation]:
        """
        :raises click.UsageError: the query cannot be read, or is empty.
        """
        from nsmig.operations import RunQuery

        query = self.query
        if self.query_file is not None:
            try:
                query = self.query_file.read_text(encoding="utf-8").rstrip("\n")
            except OSError as error:
                raise click.UsageError(f"--query-file {self.query_file}: {error.strerror}") from error
            except UnicodeDecodeError as error:
                raise click.UsageError(f"--query-file {self.query_file}: is not UTF-8: {error}") from error
        if query is not None and not query.strip():
            raise click.UsageError("the query is empty")
        return [] if query is None else [RunQuery(query, elidable=self.elidable)]


def make_empty(project: Project, wishes: Wishes, slug: str | None, *, dry_run: bool, as_json: bool) -> None:
    """Write a migration of the user's own, at the end or before another."""
    from nsmig.making.extensions import check_extensions
    from nsmig.making.inserting import inserted
    from nsmig.making.naming import next_migration
    from nsmig.yaml_file.disk import write_new
    from nsmig.yaml_file.migration_file import migration_path, migration_text

    history = load_history(project, may_begin=wishes.before is None)
    operations = wishes.operations()
    check_extensions(operations, project.extensions)
    migration, insertion = next_migration(history, operations, datetime.now(), slug), None
    if wishes.before is not None:
        before = whole_name(history, wishes.before)
        insertion = inserted(history, migration, before)
        migration = insertion.migration
        _require_allowed(history, before, project, wishes.applied_on)
    path = migration_path(project.migrations, migration.name)
    text = migration_text(migration.to_dict())
    if not dry_run:
        write_new(path, text)
        if insertion is not None:
            _change(insertion, path)
    _report(migration, text, path, insertion, dry_run=dry_run, as_json=as_json)


def _change(insertion: Insertion, made: Path) -> None:
    """Write the new content of the other file; if that fails, remove the new file."""
    from nsmig.yaml_file.disk import overwrite

    try:
        overwrite(insertion.file, insertion.text.encode())
    except BaseException:
        made.unlink(missing_ok=True)
        raise


def _require_allowed(history: History, before: str, project: Project, allowed: Sequence[str]) -> None:
    """Stop if a target already has the migration before which another is inserted, unless that is allowed.

    :raises ProjectError: targets have it, or cannot be checked.
    :raises TargetError: an allowed name is not a target.
    """
    from nsmig.errors import FAST_FORWARD, NsmigError, ProjectError

    for name in allowed:
        project.target(name)
    refused: dict[str, str] = {}
    for name in sorted(set(project.targets).difference(allowed)):
        try:
            with connected(project.target(name)) as database:
                state = database.ledger.state()
        except (NsmigError, OSError) as error:
            refused[name] = f"target {name!r} cannot be asked whether it has {before!r} ({error})"
            continue
        is_under_way = any(each == before or each.startswith(FAST_FORWARD) for each in state.journal)
        if is_under_way or before in state.records or before in history.implied(state.records):
            refused[name] = f"target {name!r} has {before!r} already"
    if refused:
        reasons, flags = "; ".join(refused.values()), " ".join(f"--applied-on {name}" for name in refused)
        raise ProjectError(
            f"{reasons}. Nothing was written. There the new migration would run after {before!r}; if that is"
            f" right, give {flags}"
        )


def _report(
    migration: Migration, text: str, path: Path, insertion: Insertion | None, *, dry_run: bool, as_json: bool
) -> None:
    changed = None if insertion is None else str(shown(insertion.file))
    if as_json:
        file = None if dry_run else str(shown(path))
        print_json({"migration": migration.to_dict(), "file": file, "changed": None if dry_run else changed})
        return
    click.echo(f"{'Would generate' if dry_run else 'Generated'} migration {migration.name}.")
    if changed:
        click.echo(f"{changed} {'would depend' if dry_run else 'depends'} on it.")
    if dry_run:
        click.echo(text, nl=False)
        return
    click.echo(f"Migration written to {shown(path)}")
    if migration.operations:
        click.echo("Run `nsmig run` to apply the migration.")
    else:
        click.echo("Add its operations, then run `nsmig run`.")
