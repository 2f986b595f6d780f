"""Shared by the commands that write the next migration: answers on the command line, questions, refusals, and the final
report."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.options import print_json
from nsmig.cli.screen import coloured, described
from nsmig.words import counted

if TYPE_CHECKING:
    from nsmig._core import Schema
    from nsmig.making.renames import Answers
    from nsmig.operations import Operation
    from nsmig.project.project import Project
    from nsmig.values import Migration

Splits = tuple[list[tuple[str, str]], ...]


def splits_of(ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> Splits:
    """All ways to split each ``LEFT=RIGHT``: names may contain a ``=``."""
    splits = []
    for each in given:
        ways = [(each[:at], each[at + 1 :]) for at, sign in enumerate(each) if sign == "=" and 0 < at < len(each) - 1]
        if not ways:
            raise click.BadParameter(f"{each!r} is not of the form {parameter.metavar}", ctx, parameter)
        splits.append(ways)
    return tuple(splits)


def assigned(flag: str, splits: Splits, fits: Callable[[str, str], bool]) -> dict[str, str]:
    """Left of the ``=`` → right of it; if there are several ways, the first that applies."""
    assigned: dict[str, str] = {}
    for ways in splits:
        left, right = next((way for way in ways if fits(*way)), ways[0])
        if assigned.setdefault(left, right) != right:
            said = f"{left!r} has two answers, {assigned[left]!r} and {right!r}; give only one"
            raise click.BadParameter(said, param_hint=flag)
    return assigned


def with_defaults(
    operations: list[Operation], after: Schema, answers: Answers, hints: Answers, *, asks: bool
) -> list[Operation]:
    """The operations, with values for existing rows in properties that join their key; asks at a terminal.

    :raises MissingDefaultError: a value was not given.
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
    """A key's default entered at the terminal; asks again until it is of the property's type."""
    from nsmig.errors import RenameError
    from nsmig.making.key_defaults import declared_type, require_fit

    def value_of(text: str) -> Any:
        value = _yaml_value(text)
        try:
            require_fit(path, value, operations, after)
        except RenameError as error:
            raise click.UsageError(str(error)) from error
        return [value]  # None would count as no answer

    type_ = declared_type(path, operations, after)
    question = f"{path} ({type_}) joins the key. What value should existing rows get?"
    return click.prompt(question, value_proc=value_of, err=True)[0]


def refuse_for_targets(operations: list[Operation], before: Schema, project: Project) -> None:
    """Stop at an operation that the project's own targets can never carry out.

    :raises UnsupportedError: there is such an operation.
    """
    from nsmig.project.target import refusals, require_possible

    require_possible(operations, before, refusals(project.targets.values()), "change the schema, or the targets")


def print_made(migration: Migration | None, warnings: list[str], text: str, file: Path | None, as_json: bool) -> None:
    """Report the migration, if there is one, and the file it was written to; if it was not written, show its text."""
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


def answers_of(
    after: Schema, rename_type: Splits, rename_property: Splits, drop: tuple[str, ...], key_default: Splits
) -> Answers:
    """The flags' answers about the way to the schema ``after``."""
    from nsmig.making.renames import Answers, declared

    types, paths = declared(after) if rename_type or rename_property or key_default else ((), ())

    def is_of_one_type(old: str, new: str) -> bool:
        return any(f"{old[:at]}.{new}" in paths for at, sign in enumerate(old) if sign == ".")

    defaults = assigned("--key-default", key_default, lambda path, _: path in paths)
    return Answers(
        assigned("--rename-type", rename_type, lambda _, new: new in types),
        assigned("--rename-property", rename_property, is_of_one_type),
        frozenset(drop),
        {path: _yaml_value(text) for path, text in defaults.items()},
    )


def _yaml_value(text: str) -> Any:
    from nsmig._core import read_value
    from nsmig.errors import YamlError

    try:
        return read_value(text.encode("utf-8", "surrogatepass"))
    except YamlError as error:
        raise click.BadParameter(
            f"{text!r:.80} is not a YAML value: {error.problem}", param_hint="--key-default"
        ) from error
