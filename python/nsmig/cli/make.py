"""``nsmig make``."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.making import Splits, answers_of, print_made, refuse_for_targets, splits_of, with_defaults
from nsmig.cli.options import (
    TO_DO,
    json_option,
    load_history,
    migration_names,
    open_project,
    print_json,
    project_option,
    shown,
    target_names,
)
from nsmig.cli.output import out_option, tells_of_work

if TYPE_CHECKING:
    from nsmig._core import Schema
    from nsmig.making.renames import Answers, Question
    from nsmig.operations import Operation
    from nsmig.project.project import Project


@click.command()
@tells_of_work
@project_option
@click.option("--dry-run", is_flag=True, help="Show what would be written, but write nothing.")
@click.option("--check", is_flag=True, help="Write nothing; exit with 3 if there is something to make.")
@click.option("-m", "--message", "slug", metavar="SLUG", help="Appended to the name, after the timestamp.")
@click.option("--rename-type", multiple=True, metavar="OLD=NEW", callback=splits_of, help="This type was renamed.")
@click.option(
    "--rename-property", multiple=True, metavar="TYPE.OLD=NEW", callback=splits_of, help="This property was renamed."
)
@click.option("--drop", multiple=True, metavar="TYPE[.P]",
              help="This type, property or adjacency ('A-[R]->B') may be dropped.")  # fmt: skip
@click.option("--key-default", multiple=True, metavar="TYPE.P=VALUE", callback=splits_of,
              help="The value for existing data when a property joins a key; read as YAML.")  # fmt: skip
@click.option("--empty", is_flag=True, help="Start a migration of your own, independent of the schema.")
@click.option("--query", metavar="TEXT", help="With --empty: the query to run.")
@click.option("--query-file", metavar="FILE", type=click.Path(path_type=Path), help="The same, read from this file.")
@click.option("--elidable", is_flag=True, help="Databases without rows that start from a squash do not need the query.")
@click.option("--before", metavar="NAME", shell_complete=migration_names,
              help="With --empty: put it before this migration.")  # fmt: skip
@click.option("--applied-on", multiple=True, metavar="TARGET", shell_complete=target_names,
              help="With --before: this target may already have that one, and runs the new one late.")  # fmt: skip
@click.option("--revert", metavar="NAME", shell_complete=migration_names,
              help="Write the way back: to the schema before this migration.")  # fmt: skip
@click.option("--to", metavar="NAME", shell_complete=migration_names,
              help="With --revert: revert everything from that one to this, both included.")  # fmt: skip
@click.option("--accept-loss", is_flag=True, help="With --revert: accept the loss of what cannot come back.")
@click.option("--update-schema", is_flag=True, help="With --revert: also revert the schema file.")
@click.option("-n", "--no-input", is_flag=True, help="Ask no questions, as without a terminal.")
@json_option
@out_option
def make(
    project: Path | None,
    dry_run: bool,
    check: bool,
    slug: str | None,
    rename_type: Splits,
    rename_property: Splits,
    drop: tuple[str, ...],
    key_default: Splits,
    no_input: bool,
    as_json: bool,
    empty: bool,
    revert: str | None,
    to: str | None,
    accept_loss: bool,
    update_schema: bool,
    **of_empty: Any,
) -> None:
    """Write the next migration.

    It leads from the result of the folder's migrations to the project's schema.

    Anything that is no longer in the schema was either renamed or dropped. At a terminal nsmig asks which; elsewhere
    flags have to say so, or a hints.yaml next to the schema file. Nothing is dropped without an answer.

    \b
    nsmig make --rename-property Person.born=birth -m birth
    nsmig make --drop Person.nickname --dry-run
    nsmig make --check                exit code 3: the schema has changed
    nsmig make --empty -m trim --query-file trim.cypher --elidable
    nsmig make --empty -m sums --before 20240101120000
    nsmig make --revert 20240101 --to 20240301 --update-schema
    """
    from nsmig.cli import reverting
    from nsmig.cli.empty import Wishes, make_empty

    wishes, back = Wishes(**of_empty), reverting.Wishes(revert, to, accept_loss, update_schema)
    wishes.check(empty)
    back.check()
    opened = open_project(project)
    if back.name is not None:
        if empty or check or rename_type or rename_property or drop:
            raise click.UsageError(
                "--revert goes back to a schema that there was, so it takes no flags about a new schema"
            )
        asks = not no_input and sys.stdin.isatty()
        return reverting.make_revert(opened, back, slug, key_default, asks=asks, dry_run=dry_run, as_json=as_json)
    if empty:
        if check or rename_type or rename_property or drop or key_default:
            raise click.UsageError("--empty does not look at the schema, so it takes no flags about it")
        return make_empty(opened, wishes, slug, dry_run=dry_run, as_json=as_json)
    flags = (rename_type, rename_property, drop, key_default)
    _make_next(opened, slug, flags, dry_run=dry_run, check=check, no_input=no_input, as_json=as_json)


def _make_next(
    opened: Project,
    slug: str | None,
    flags: tuple[Splits, Splits, tuple[str, ...], Splits],
    *,
    dry_run: bool,
    check: bool,
    no_input: bool,
    as_json: bool,
) -> None:
    """Write the migration that leads to the project's schema, or report whether there is one to write."""
    from nsmig._core import diff
    from nsmig.making.adjacencies import refuse_undeclared
    from nsmig.making.hints import read_hints
    from nsmig.making.naming import next_migration
    from nsmig.yaml_file.disk import write_new
    from nsmig.yaml_file.migration_file import migration_path, migration_text

    history = load_history(opened, may_begin=True)
    wanted = opened.wanted()
    before, after = history.schema(), wanted.schema
    hints = read_hints(opened.hints_file)
    for note in wanted.notes:
        click.echo(f"note: {note}", err=True)
    if opened.extensions:
        refuse_undeclared(after)
    if check:
        return _say_whether(bool(diff(before, after, extensions=opened.extensions)), as_json)
    answers = answers_of(after, *flags)
    operations = _operations(before, after, answers, hints, opened, asks=not no_input and sys.stdin.isatty())
    if not operations:
        return print_made(None, [], "", None, as_json)
    warnings = _warnings(operations, after)
    migration = next_migration(history, operations, datetime.now(), slug)
    path = migration_path(opened.migrations, migration.name)
    text = migration_text(migration.to_dict())
    if not opened.migrations.exists():
        click.echo(f"note: there is no folder {shown(opened.migrations)} yet; this migration is its first", err=True)
    if not dry_run:
        write_new(path, text)
    print_made(migration, warnings, text, None if dry_run else shown(path), as_json)


def _operations(
    before: Schema, after: Schema, answers: Answers, hints: Answers, project: Project, *, asks: bool
) -> list[Operation]:
    """The operations from one schema to the other, by the given answers and those from a terminal."""
    from nsmig._core import diff
    from nsmig.making.extensions import check_extensions, left_out
    from nsmig.making.key_defaults import untyped_defaults
    from nsmig.making.rebuilt import rebuilt
    from nsmig.making.renames import find_renames

    extensions = project.extensions
    renames = find_renames(before, after, answers, _ask if asks else None, hints, adjacencies=extensions)
    made = diff(before, after, renames, extensions=extensions)
    operations = with_defaults(made, after, answers, hints, asks=asks)
    check_extensions(operations, extensions, before)
    refuse_for_targets(operations, before, project)
    for sentence in (*left_out(before, after, renames, extensions), *rebuilt(operations, before, renames)):
        click.echo(f"note: {sentence}", err=True)
    for path, value in untyped_defaults(operations, after):
        said = f"{path} is given {value!r}, which is not a text; for the text give --key-default {path}='\"…\"'"
        click.echo(f"note: {said}", err=True)
    return operations


def _say_whether(has_changes: bool, as_json: bool) -> None:
    """Report whether there is a migration to write, also by the exit code."""
    if as_json:
        print_json({"changes": has_changes})
    elif has_changes:
        click.echo("The schema has changes that no migration makes. Write one with: nsmig make")
    else:
        click.echo("No changes to migrate")
    if has_changes:
        raise click.exceptions.Exit(TO_DO)


def _warnings(operations: list[Operation], after: Schema) -> list[str]:
    """Warnings about what a migration deletes, the keys that it fills, and the types that it leaves without a key."""
    from nsmig.making.key_defaults import null_keys
    from nsmig.operations import DropProperty, DropType, ReduceKey

    warnings = []
    if any(isinstance(operation, (DropType, DropProperty)) for operation in operations):
        warnings.append("running this migration deletes the data of what it drops")
    for path in null_keys(operations, after):
        warnings.append(f"existing rows without {path} get the text 'null' in it")
    reduced = {(each.kind, each.type) for each in operations if isinstance(each, ReduceKey)}
    for kind, name in sorted(reduced, key=lambda each: (each[0].value, each[1])):
        if (type_ := after.type(kind, name)) and not type_.keys:
            warnings.append(f"{kind.value} type {name} no longer has a key, so nothing keeps its rows distinct")
    return warnings


def _ask(question: Question) -> str | None:
    from nsmig.errors import RenameError

    if not question.options:
        asks = "Disconnect the two?" if question.is_adjacency else "Drop it with its data?"
        if click.confirm(f"{question.subject} is no longer in the schema. {asks}", err=True):
            return None
        raise RenameError(
            f"nothing was written: {question.subject} is no longer in the schema; put it back there, or drop it"
        )
    click.echo(f"{question.subject} is no longer in the schema.", err=True)
    for number, option in enumerate(question.options, 1):
        click.echo(f"  {number}  it was renamed to {option}", err=True)
    click.echo("  0  none of these: it was dropped, with its data", err=True)
    chosen = click.prompt("Which?", type=click.IntRange(0, len(question.options)), prompt_suffix=" ", err=True)
    return question.options[chosen - 1] if chosen else None
