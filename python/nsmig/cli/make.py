"""``nsmig make``."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

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
from nsmig.cli.screen import coloured, described
from nsmig.words import counted

if TYPE_CHECKING:
    from nsmig._core import Schema
    from nsmig.making.renames import Answers, Question
    from nsmig.operations import Operation
    from nsmig.project.project import Project
    from nsmig.values import Migration

Splits = tuple[list[tuple[str, str]], ...]


def _splits(ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> Splits:
    """Of each ``LEFT=RIGHT`` the ways to take it apart: names may hold a ``=``, too."""
    splits = []
    for each in given:
        ways = [(each[:at], each[at + 1 :]) for at, sign in enumerate(each) if sign == "=" and 0 < at < len(each) - 1]
        if not ways:
            raise click.BadParameter(f"{each!r} is not of the form {parameter.metavar}", ctx, parameter)
        splits.append(ways)
    return tuple(splits)


def _assigned(flag: str, splits: Splits, fits: Callable[[str, str], bool]) -> dict[str, str]:
    """What is left of the ``=`` → what is right of it; of several ways the first that fits."""
    assigned: dict[str, str] = {}
    for ways in splits:
        left, right = next((way for way in ways if fits(*way)), ways[0])
        if assigned.setdefault(left, right) != right:
            said = f"{left!r} has two answers, {assigned[left]!r} and {right!r}"
            raise click.BadParameter(said, param_hint=flag)
    return assigned


@click.command()
@tells_of_work
@project_option
@click.option("--dry-run", is_flag=True, help="Show what would be written, and write nothing.")
@click.option("--check", is_flag=True, help="Only tell, by exit code 3, that there is something to make.")
@click.option("-m", "--message", "slug", metavar="SLUG", help="Said in the name, after the time.")
@click.option("--rename-type", multiple=True, metavar="OLD=NEW", callback=_splits, help="This type was renamed.")
@click.option(
    "--rename-property", multiple=True, metavar="TYPE.OLD=NEW", callback=_splits, help="So was this property."
)
@click.option("--drop", multiple=True, metavar="TYPE[.P]",
              help="This type or property, or what connects two as in 'A-[R]->B', is to be dropped.")  # fmt: skip
@click.option("--key-default", multiple=True, metavar="TYPE.P=VALUE", callback=_splits,
              help="What existing data gets for a property that joins a key; read as YAML.")  # fmt: skip
@click.option("--empty", is_flag=True, help="A migration of one's own, whatever the schema is.")
@click.option("--query", metavar="TEXT", help="With --empty: a query that it sends.")
@click.option("--query-file", metavar="FILE", type=click.Path(path_type=Path), help="The same from a file.")
@click.option(
    "--elidable", is_flag=True, help="A database without rows that starts from a squash does not need the query."
)
@click.option("--before", metavar="NAME", shell_complete=migration_names,
              help="With --empty: put it before this migration.")  # fmt: skip
@click.option("--applied-on", multiple=True, metavar="TARGET", shell_complete=target_names,
              help="With --before: this target may have that one already, and runs the new one late.")  # fmt: skip
@click.option("--revert", metavar="NAME", shell_complete=migration_names,
              help="The way back: take the schema to before this migration.")  # fmt: skip
@click.option("--to", metavar="NAME", shell_complete=migration_names,
              help="With --revert: revert all from that one to this, both included.")  # fmt: skip
@click.option("--accept-loss", is_flag=True, help="With --revert: what cannot come back may be lost.")
@click.option("--update-schema", is_flag=True, help="With --revert: take the schema file back, too.")
@click.option("-n", "--no-input", is_flag=True, help="Ask nothing, as when there is no terminal.")
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
    """Write the next migration. It leads from what the folder adds up to, to the project's schema.

    What is gone from the schema was either renamed or dropped. At a terminal you are asked; elsewhere flags must
    say which, or the file hints.yaml beside the schema: nothing is dropped unasked.

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
                "--revert goes back to a schema that there was, so it takes no flags about a new one"
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
    """Write the migration that leads to the project's schema, or tell whether there is one to write."""
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
        click.echo(f"note: there is no folder {shown(opened.migrations)} yet; it begins with this migration", err=True)
    if not dry_run:
        write_new(path, text)
    print_made(migration, warnings, text, None if dry_run else shown(path), as_json)


def _operations(
    before: Schema, after: Schema, answers: Answers, hints: Answers, project: Project, *, asks: bool
) -> list[Operation]:
    """What leads from one schema to the other, by the answers given and those of a terminal."""
    from nsmig._core import diff
    from nsmig.making.extensions import check_extensions, left_out
    from nsmig.making.key_defaults import untyped_defaults
    from nsmig.making.renames import find_renames

    extensions = project.extensions
    renames = find_renames(before, after, answers, _ask if asks else None, hints, adjacencies=extensions)
    made = diff(before, after, renames, extensions=extensions)
    operations = with_defaults(made, after, answers, hints, asks=asks)
    check_extensions(operations, extensions, before)
    refuse_for_targets(operations, before, project)
    for sentence in left_out(before, after, renames, extensions):
        click.echo(f"note: {sentence}", err=True)
    for path, value in untyped_defaults(operations, after):
        said = f"{path} gets {value!r}, which is no text; for the text give --key-default {path}='\"…\"'"
        click.echo(f"note: {said}", err=True)
    return operations


def with_defaults(
    operations: list[Operation], after: Schema, answers: Answers, hints: Answers, *, asks: bool
) -> list[Operation]:
    """The operations with what rows that are there get in properties that join their key; a terminal is asked.

    :raises MissingDefaultError: nobody said.
    """
    from nsmig.making.key_defaults import MissingDefaultError, with_key_defaults, without_default

    filled = with_key_defaults(operations, after, answers.key_defaults, hints.key_defaults)
    open_ = without_default(filled, answers.key_defaults.keys() | hints.key_defaults.keys())
    if not open_:
        return filled
    if not asks:
        raise MissingDefaultError(open_)
    return with_key_defaults(filled, after, {path: _asked_default(path, filled, after) for path in open_})


def _asked_default(path: str, operations: list[Operation], after: Schema) -> Any:
    """What somebody at the terminal gives as a key's default; asked again until it is of the property's type."""
    from nsmig.errors import RenameError
    from nsmig.making.key_defaults import declared_type, require_fit

    def value_of(text: str) -> Any:
        value = _yaml_value(text)
        try:
            require_fit(path, value, operations, after)
        except RenameError as error:
            raise click.UsageError(str(error)) from error
        return [value]  # None would be taken for no answer

    type_ = declared_type(path, operations, after)
    question = f"{path} ({type_}) joins the key. What do rows that are there get in it?"
    return click.prompt(question, value_proc=value_of, err=True)[0]


def refuse_for_targets(operations: list[Operation], before: Schema, project: Project) -> None:
    """Stop at what the project's own targets can never take.

    :raises UnsupportedError: an operation is that.
    """
    from nsmig.errors import UnsupportedError
    from nsmig.overwriting import refusing
    from nsmig.project.target import refusals

    refuse = refusals(project.targets.values())
    schema = before
    for operation in operations:
        for reason in refusing(operation, schema, refuse):
            raise UnsupportedError(operation, f"{reason}. Nothing was written; change the schema, or the targets")
        schema = schema.apply(operation)


def _say_whether(has_changes: bool, as_json: bool) -> None:
    """Say whether there is a migration to write; by the exit code, too."""
    if as_json:
        print_json({"changes": has_changes})
    elif has_changes:
        click.echo("The schema has changes that no migration makes. Write one with: nsmig make")
    else:
        click.echo("No changes to migrate")
    if has_changes:
        raise click.exceptions.Exit(TO_DO)


def print_made(migration: Migration | None, warnings: list[str], text: str, file: Path | None, as_json: bool) -> None:
    """Say what was made, if anything was, and into what file it was written, if it was; else show its text."""
    if as_json:
        made = migration and migration.to_dict()
        print_json({"migration": made, "file": file and str(file), "warnings": warnings})
        return
    if migration is None:
        click.echo("No changes to migrate")
        return
    click.echo(f"{'Generated' if file else 'Would generate'} migration {migration.name}.")
    click.echo(f"The migration contains {counted(len(migration.operations), 'schema change')}.")
    for operation in migration.operations:
        click.echo(f"  - {described(operation)}")
    for warning in warnings:
        click.echo(f"{coloured('warning:', 'yellow', err=True)} {warning}", err=True)
    if file is None:
        click.echo(text, nl=False)
        return
    click.echo(f"Migration written to {file}")
    click.echo("Run `nsmig run` to apply the migration.")


def _warnings(operations: list[Operation], after: Schema) -> list[str]:
    """What a migration deletes, the keys that it fills, and the types that it leaves without a key."""
    from nsmig.making.key_defaults import null_keys
    from nsmig.operations import DropProperty, DropType, ReduceKey

    warnings = []
    if any(isinstance(operation, (DropType, DropProperty)) for operation in operations):
        warnings.append("what it drops is deleted with its data when it runs")
    for path in null_keys(operations, after):
        warnings.append(f"rows that are there and lack {path} get the text 'null' in it")
    reduced = {(each.kind, each.type) for each in operations if isinstance(each, ReduceKey)}
    for kind, name in sorted(reduced, key=lambda each: (each[0].value, each[1])):
        if (type_ := after.type(kind, name)) and not type_.keys:
            warnings.append(f"{kind.value} type {name} has no key any more, so nothing keeps its rows apart")
    return warnings


def answers_of(
    after: Schema, rename_type: Splits, rename_property: Splits, drop: tuple[str, ...], key_default: Splits
) -> Answers:
    """What the flags say of the way to the schema ``after``."""
    from nsmig.making.renames import Answers, declared

    types, paths = declared(after) if rename_type or rename_property or key_default else ((), ())

    def is_of_one_type(old: str, new: str) -> bool:
        return any(f"{old[:at]}.{new}" in paths for at, sign in enumerate(old) if sign == ".")

    defaults = _assigned("--key-default", key_default, lambda path, _: path in paths)
    return Answers(
        _assigned("--rename-type", rename_type, lambda _, new: new in types),
        _assigned("--rename-property", rename_property, is_of_one_type),
        frozenset(drop),
        {path: _yaml_value(text) for path, text in defaults.items()},
    )


def _ask(question: Question) -> str | None:
    from nsmig.errors import RenameError

    if not question.options:
        asks = "Disconnect the two?" if question.is_adjacency else "Drop it, with its data?"
        if click.confirm(f"{question.subject} is gone. {asks}", err=True):
            return None
        raise RenameError(f"nothing was written: {question.subject} is gone; put it back into the schema, or drop it")
    click.echo(f"{question.subject} is gone.", err=True)
    for number, option in enumerate(question.options, 1):
        click.echo(f"  {number}  it was renamed to {option}", err=True)
    click.echo("  0  none of these: it is dropped, with its data", err=True)
    chosen = click.prompt("Which?", type=click.IntRange(0, len(question.options)), prompt_suffix=" ", err=True)
    return question.options[chosen - 1] if chosen else None


def _yaml_value(text: str) -> Any:
    from nsmig._core import read_value
    from nsmig.errors import YamlError

    try:
        return read_value(text.encode("utf-8", "surrogatepass"))
    except YamlError as error:
        raise click.BadParameter(
            f"{text!r:.80} is not a YAML value: {error.problem}", param_hint="--key-default"
        ) from error
