"""``nsmig repair``."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.making import Splits, assigned, splits_of
from nsmig.cli.options import (
    TO_DO,
    json_option,
    load_history,
    lock_timeout_option,
    migration_names,
    open_project,
    print_json,
    project_option,
    target_names,
)
from nsmig.cli.output import tells_of_work
from nsmig.cli.targets import chosen_targets, connected, print_drift, print_waiting

if TYPE_CHECKING:
    from nsmig._core import History
    from nsmig.database.base import Amendment, Database
    from nsmig.project.target import Target
    from nsmig.running.repair import Answers, Difference


@click.command()
@tells_of_work
@project_option
@click.option("-t", "--target", "name", shell_complete=target_names, help="A target of the project.")
@click.option(
    "--accept",
    multiple=True,
    metavar="NAME",
    shell_complete=migration_names,
    help="Accept this migration's edited file as what was applied.",
)
@click.option(
    "--forget",
    multiple=True,
    metavar="NAME",
    help="Remove this migration's record; if it has a file, the next run executes it again.",
)
@click.option(
    "--rename",
    multiple=True,
    metavar="OLD=NEW",
    callback=splits_of,
    help="Rename the record OLD to NEW, the name of its file now.",
)
@click.option(
    "--baseline",
    metavar="NAME",
    shell_complete=migration_names,
    help="Record this migration and all before it, where neo4j-migrations has its records.",
)
@click.option(
    "--make-optional",
    is_flag=True,
    help="Create the optional indexes and constraints that the target was migrated without, if it can have them now.",
)
@click.option("--dry-run", is_flag=True, help="Show what would change, and change nothing.")
@lock_timeout_option("How long to wait for a run.")
@json_option
def repair(
    project: Path | None,
    name: str | None,
    accept: tuple[str, ...],
    forget: tuple[str, ...],
    rename: Splits,
    baseline: str | None,
    make_optional: bool,
    dry_run: bool,
    lock_timeout: float,
    as_json: bool,
) -> None:
    """Show where records and files differ, and fix the records.

    For each difference it shows how to resolve it, and what the next run would do then. Flags choose what to fix; at
    a terminal it asks. Give the full names of migrations. Only records change, never data; each repair is logged in
    the database, with who did it and when. To record migrations without running them: nsmig run --fake.

    With --make-optional it creates the optional indexes and constraints that were left out.

    Exits with 3 if there are differences and none was fixed.

    \b
    nsmig repair --target prod                       look
    nsmig repair --target prod --accept NAME         the edited file is right
    nsmig repair --target prod --forget NAME         it was never meant to be here
    nsmig repair --target prod --make-optional       on another edition
    """
    from nsmig.running.repair import Answers, differences
    from nsmig.running.state import state_for

    opened = open_project(project)
    (target,) = chosen_targets(opened, (name,) if name else (), all_targets=False)
    history = load_history(opened)
    with connected(target) as database:
        if make_optional:
            if accept or forget or rename or baseline:
                raise click.UsageError("--make-optional cannot be combined with other repairs")
            _make_optional(history, target, database, lock_timeout, dry_run, as_json)
            return
        state = state_for(history, database)
        renamed = assigned("--rename", rename, lambda old, new: old in state.records and new in history)
        answers = Answers(accept, forget, renamed, baseline)
        found = differences(history, state, database.session.other_records())
        if answers.is_empty and sys.stdin.isatty() and not (dry_run or as_json):
            answers = _asked(found)
        if answers.is_empty:
            _print_differences(found, target, as_json)
            if found:
                raise click.exceptions.Exit(TO_DO)
            return
        mended, then = _mend(history, database, answers, lock_timeout, dry_run)
        _print_mended(mended, then, target, dry_run, as_json)
        if (baseline or answers.accept) and not dry_run:
            print_drift(history, target, database)


def _mend(
    history: History, database: Database[Any], answers: Answers, lock_timeout: float, dry_run: bool
) -> tuple[Amendment, str]:
    from nsmig.running.repair import mending, next_run
    from nsmig.running.repair import repair as mend
    from nsmig.running.state import state_for

    if dry_run:
        state = state_for(history, database)
        mended = mending(history, state, answers, database.session.other_records())
        return mended, next_run(history, mended.on(state))
    return mend(
        history,
        database,
        answers,
        lock_timeout=lock_timeout,
        waiting=print_waiting,
    )


def _make_optional(
    history: History, target: Target, database: Database[Any], lock_timeout: float, dry_run: bool, as_json: bool
) -> None:
    from nsmig.running.optional import make_optional

    found = make_optional(history, database, lock_timeout=lock_timeout, waiting=print_waiting, dry_run=dry_run)
    if as_json:
        made = [{"name": each.entry.name, "statement": each.statement} for each in found.made]
        left_out = [{"name": each.entry.name, "reason": each.why_not} for each in found.left_out]
        notes = list(found.notes)
        print_json({"target": target.name, "made": made, "left_out": left_out, "notes": notes, "dry_run": dry_run})
        return
    for each in found.made:
        text = f"the optional {each.entry.noun} {each.entry.name} on {each.entry.place}"
        said = f"would create {text}: {each.statement}" if dry_run else f"created {text}"
        click.echo(f"Target {target.name}: {said}")
    for note in found.notes:
        click.echo(f"Target {target.name}: note: {note}")
    for each in found.left_out:
        click.echo(f"Target {target.name}: left out: the {each.entry.noun} {each.entry.name}: {each.why_not}")
    if not found.made and not found.left_out:
        click.echo(f"Target {target.name} has all its optional indexes and constraints.")


def _print_differences(found: list[Difference], target: Target, as_json: bool) -> None:
    if as_json:
        print_json({"target": target.name, "differences": [_facts(each) for each in found]})
        return
    if not found:
        click.echo(f"Target {target.name}: records and files agree.")
    for each in found:
        click.echo(each.text)
        for way in each.ways:
            click.echo("  " + _line(way))


def _line(way: Any) -> str:
    then = f"; the next run {way.then}" if way.then else ""
    return f"{way.flag + ': ' if way.answers else ''}{way.text}{then}"


def _facts(difference: Difference) -> dict[str, Any]:
    facts = asdict(difference)
    for way in facts["ways"]:
        del way["answers"]
    return facts


def _print_mended(mended: Amendment, then: str, target: Target, dry_run: bool, as_json: bool) -> None:
    if as_json:
        print_json({"target": target.name, "done": list(mended.done), "next": then, "dry_run": dry_run})
        return
    for sentence in mended.done:
        click.echo(f"Target {target.name}: {'(dry run) ' if dry_run else ''}{sentence}")
    click.echo(f"After that, the next run {then}." if dry_run else f"The next run {then}.")


def _asked(found: list[Difference]) -> Answers:
    """The choice made at the terminal."""
    from nsmig.running.repair import answered

    given = []
    for each in found:
        click.echo(each.text, err=True)
        ways = [way for way in each.ways if way.answers]
        for way in each.ways:
            number = f"{ways.index(way) + 1}" if way.answers else "-"
            click.echo(f"  {number}  {way.text}{f'; the next run {way.then}' if way.then else ''}", err=True)
        if ways:
            click.echo("  0  leave it", err=True)
            chosen = click.prompt("Which?", type=click.IntRange(0, len(ways)), prompt_suffix=" ", err=True)
            given += [ways[chosen - 1].answers] if chosen else []
    return answered([each for each in given if each is not None])
