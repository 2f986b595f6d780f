"""``nsmig check``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.options import (
    TO_DO,
    json_option,
    migrations_folder,
    open_project,
    print_json,
    project_option,
    target_names,
)
from nsmig.cli.output import out_option
from nsmig.cli.screen import shown_finding
from nsmig.words import counted

if TYPE_CHECKING:
    from nsmig._core import History
    from nsmig.findings import Diagnosis
    from nsmig.project.target import Target


# Errors that do not prevent comparing a target with the files.
_COMPARABLE = ("schema-unknown", "no-folder", "not-applicable")


def _codes(ctx: click.Context, parameter: click.Parameter, given: tuple[str, ...]) -> frozenset[str]:
    from nsmig.errors import nearest
    from nsmig.findings import CODES, IGNORABLE

    for code in given:
        if code not in IGNORABLE:
            trouble = "is an error and cannot be ignored" if code in CODES else f"is not a code{nearest(code, CODES)}"
            raise click.BadParameter(f"{code!r} {trouble}", ctx, parameter)
    return frozenset(given)


def _known_codes(ctx: click.Context, parameter: click.Parameter, begun: str) -> list[str]:
    from nsmig.findings import IGNORABLE

    return [code for code in IGNORABLE if code.startswith(begun)]


@click.command()
@project_option
@click.option(
    "-t",
    "--target",
    "names",
    multiple=True,
    shell_complete=target_names,
    help="Also compare with this target; may be repeated.",
)
@click.option("--since", metavar="GIT_REF", help="Report drops in migrations that this branch or commit lacks.")
@click.option(
    "--ignore",
    multiple=True,
    metavar="CODE",
    callback=_codes,
    shell_complete=_known_codes,
    help="Ignore findings with this code.",
)
@click.option("--strict", is_flag=True, help="Exit with 1 for warnings as well.")
@click.option("--github", is_flag=True, help="Print annotations for GitHub.")
@json_option
@out_option
def check(
    project: Path | None,
    names: tuple[str, ...],
    since: str | None,
    ignore: frozenset[str],
    strict: bool,
    github: bool,
    as_json: bool,
) -> None:
    """Find everything that is wrong, without a database.

    Exits with 1 if there are errors, with 3 if there are warnings, else with 0. docs/findings.md explains each code.

    \b
    To ignore a code in the whole project, in nsmig.yaml: check: {ignore: [CODE]}
    To ignore it in a migration, or in the project of a
    nodestream.yaml, a comment in that file:              # nsmig: ignore CODE

    \b
    nsmig check --since origin/main   what does this change drop?
    nsmig check --target prod         does the database agree with the files?
    """
    from nsmig.checking.folder import check as check_project
    from nsmig.checking.ignoring import ignored_in, without_ignored
    from nsmig.findings import Severity, ordered
    from nsmig.project.target import refusals

    if github and as_json:
        raise click.UsageError("--github and --json exclude each other")
    opened = open_project(project)
    targets = [opened.target(name) for name in dict.fromkeys(names)]
    checked = check_project(migrations_folder(opened), opened, since=since, refusals=refusals(opened.targets.values()))
    for note in checked.notes:
        click.echo(f"note: {note}", err=True)
    found = list(checked.found)
    errors: dict[str, Any] = {}
    # Records are compared with the files even where the schema is unknown, the folder is missing, or the migrations do
    # not fold.
    if not any(each.severity is Severity.ERROR and each.code not in _COMPARABLE for each in found):
        more, errors = _compared(checked.history, targets, found)
        found = more
    elif targets:
        click.echo("The targets were not checked: fix the errors first.", err=True)
    kept = ordered(without_ignored(found, opened.ignored | ignored_in(str(opened.file)) | ignore))
    if as_json:
        counts = {"migrations": len(checked.history), "readable_by_nodestream": checked.readable_by_nodestream}
        listed = {"findings": [each.to_dict() for each in kept], "ignored": len(found) - len(kept)}
        print_json({**counts, **listed, **({"errors": errors} if errors else {})})
    elif github:
        for each in kept:
            click.echo(each.annotation)
    else:
        readable = checked.readable_by_nodestream if opened.must_suit_nodestream else None
        _print(kept, len(found) - len(kept), len(checked.history), readable, len(errors))
    severities = {each.severity for each in kept}
    if errors or Severity.ERROR in severities or (strict and Severity.WARNING in severities):
        raise click.exceptions.Exit(1)
    if Severity.WARNING in severities:
        raise click.exceptions.Exit(TO_DO)


def _compared(
    history: History, targets: list[Target], found: list[Diagnosis]
) -> tuple[list[Diagnosis], dict[str, Any]]:
    """Mismatches between the history and the targets, and why a target could not be checked, by its name.

    :param found: the findings in the files, which are included, with what the targets say about them.
    """
    if not targets:
        return found, {}
    from nsmig.cli.targets import connected, on_each
    from nsmig.database import database_kind
    from nsmig.running.standing import disagreements, doubted_by

    def compare(target: Target) -> dict[str, Any]:
        declares_types = database_kind(target.database).declares_types
        with connected(target) as database:
            return {"answer": disagreements(history, target.name, database, declares_types=declares_types)}

    results = on_each(targets, compare)
    errors = {result["target"]: result["error"] for result in results if "error" in result}
    answers = [result["answer"] for result in results if "answer" in result]
    doubts = [each.doubt for each in answers if each.doubt]
    return [
        *(doubted_by(each, doubts) for each in found),
        *(each for answer in answers for each in answer.found),
    ], errors


def _print(found: list[Diagnosis], ignored: int, migrations: int, readable: bool | None, unasked: int) -> None:
    """
    :param readable: whether nodestream can read the migrations; None if it does not matter.
    :param unasked: how many targets could not be checked.
    """
    for each in found:
        click.echo(shown_finding(each))
    counts = [
        counted(count, word)
        for word in ("error", "warning", "notice")
        if (count := sum(each.severity.value == word for each in found))
    ]
    if unasked:
        counts.append(f"{counted(unasked, 'target')} could not be checked")
    click.echo(
        f"{counted(migrations, 'migration')}: {', '.join(counts) or 'nothing found'}"
        f"{f' ({ignored} ignored)' if ignored else ''}."
        f"{'' if readable is None else ' nodestream can read them.' if readable else ' nodestream cannot read them.'}"
    )
