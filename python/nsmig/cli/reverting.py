"""``nsmig make --revert``."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

import click

from nsmig.cli.making import Splits, answers_of, print_made, refuse_for_targets, with_defaults
from nsmig.cli.options import load_history, shown, whole_name
from nsmig.cli.screen import coloured

if TYPE_CHECKING:
    from pathlib import Path

    from nsmig._core import History
    from nsmig.making.revert import Revert
    from nsmig.operations import Operation
    from nsmig.project.project import Project


@dataclass(frozen=True, slots=True)
class Wishes:
    """The options of ``make --revert``. ``name`` is None if it was not given."""

    name: str | None
    to: str | None
    accept_loss: bool
    update_schema: bool

    def check(self) -> None:
        """
        :raises click.UsageError: one of these options is given without --revert.
        """
        of_a_revert = {"--to": self.to, "--accept-loss": self.accept_loss, "--update-schema": self.update_schema}
        for option, given in of_a_revert.items():
            if given and self.name is None:
                raise click.UsageError(f"{option} needs --revert NAME")


def make_revert(
    opened: Project,
    wishes: Wishes,
    slug: str | None,
    key_default: Splits,
    *,
    asks: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Write the migration that takes the schema back to before some others.

    :raises LossError: it would lose something, and that was not accepted.
    """
    from nsmig.making.extensions import check_extensions
    from nsmig.making.hints import read_hints
    from nsmig.making.naming import next_migration
    from nsmig.making.revert import LossError, revert
    from nsmig.yaml_file.disk import write_new
    from nsmig.yaml_file.migration_file import migration_path, migration_text

    history = load_history(opened)
    first, last = whole_name(history, str(wishes.name)), whole_name(history, wishes.to)
    way = revert(history, first, last, extensions=opened.extensions)
    answers = answers_of(way.before, (), (), (), key_default)
    made = with_defaults(list(way.operations), way.before, answers, read_hints(opened.hints_file), asks=asks)
    check_extensions(made, opened.extensions, history.schema())
    refuse_for_targets(made, history.schema(), opened)
    if not made:
        for sentence in way.losses if not as_json else ():
            click.echo(f"{coloured('warning:', 'yellow', err=True)} {sentence}", err=True)
        return print_made(None, [], "", None, as_json)
    if way.losses and not (wishes.accept_loss or dry_run) and not (asks and _accepted(way)):
        raise LossError(way.losses)
    migration = next_migration(history, made, datetime.now(), slug or f"revert {first}")
    path = migration_path(opened.migrations, migration.name)
    text = migration_text(migration.to_dict())
    schema_file = None if dry_run else _schema_file(opened, wishes, history, asks=asks)
    if not dry_run:
        write_new(path, text)
        try:
            if schema_file is not None:
                _write_schema(schema_file, made, history, opened)
        except BaseException:
            path.unlink()
            raise
    print_made(migration, list(way.losses), text, None if dry_run else shown(path), as_json)
    if opened.schema_file is not None and not dry_run:
        done = (
            f"{shown(opened.schema_file)} was changed as well."
            if schema_file
            else (f"{shown(opened.schema_file)} is unchanged: the next `nsmig make` would bring the change back.")
        )
        click.echo(done, err=True)


def _accepted(way: Revert) -> bool:
    """Whether the user at the terminal accepts the loss."""
    for sentence in way.losses:
        click.echo(f"{coloured('warning:', 'yellow', err=True)} {sentence}", err=True)
    return click.confirm("Write the revert anyway?", err=True)


def _schema_file(opened: Project, wishes: Wishes, history: History, *, asks: bool) -> Path | None:
    """The schema file, if it should be changed.

    :raises RevertError: it should, but differs from the result of the migrations.
    """
    from nsmig._core import diff
    from nsmig.making.revert import RevertError

    path = opened.schema_file
    if not (wishes.update_schema or (asks and path)):
        return None
    if path is None:
        raise RevertError("the project has no schema file to change")
    is_as_made = not diff(history.schema(), opened.wanted().schema, extensions=opened.extensions)
    if not wishes.update_schema:
        question = f"Change {shown(path)}, too? What is in comments there is lost."
        return path if is_as_made and click.confirm(question, err=True) else None
    if not is_as_made:
        said = "has changes that no migration makes yet; write a migration for them first, or change the file by hand"
        raise RevertError(f"{shown(path)} {said}")
    return path


def _write_schema(path: Path, operations: list[Operation], history: History, opened: Project) -> None:
    """The schema file's content after these operations. It keeps what migrations do not express, such as
    cardinalities. An index that the file does not name has the name that the migrations gave it."""
    from nsmig._core import Schema
    from nsmig.making.identities import folded
    from nsmig.yaml_file.disk import overwrite
    from nsmig.yaml_file.schema_file import nodestream_schema_text, schema_text

    before = opened.wanted().schema.to_dict()
    if opened.extensions:
        made = history.schema().to_dict()
        before = {section: each for section, each in before.items() if section not in ("indexes", "constraints")}
        before |= {section: made[section] for section in ("indexes", "constraints") if section in made}
    content = folded(operations, Schema.from_dict(before)).to_dict()
    overwrite(path, (nodestream_schema_text if opened.is_shared else schema_text)(content).encode())
