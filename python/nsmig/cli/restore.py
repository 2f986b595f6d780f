"""``nsmig restore``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.options import (
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
from nsmig.cli.targets import chosen_targets, connected, end_on_sigterm, print_waiting
from nsmig.words import counted

if TYPE_CHECKING:
    from nsmig.archive.manifest import Entry
    from nsmig.database.base import Database
    from nsmig.running.outcome import Outcome


@click.command()
@tells_of_work
@project_option
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.option("-t", "--target", "name", shell_complete=target_names, help="The target that the archive is of.")
@click.option(
    "--only", metavar="NAME", shell_complete=migration_names, help="Restore only what this migration deleted."
)
@click.option("--dry-run", is_flag=True, help="Show what would be put back, and change nothing.")
@lock_timeout_option("How long to wait for a run.")
@json_option
def restore(
    project: Path | None,
    folder: Path,
    name: str | None,
    only: str | None,
    dry_run: bool,
    lock_timeout: float,
    as_json: bool,
) -> None:
    """Put back data that a run with --archive deleted or converted.

    Rows are found by their keys or, without a key, by all their values. No value is written over another; such values
    are counted, with a query. The types and properties must be as they were (nsmig make --revert, nsmig run); later
    renames are followed. A restore that was stopped continues; a second one does nothing.

    \b
    nsmig restore dropped              all that is in the folder dropped
    nsmig restore dropped --dry-run    what that would be
    """
    end_on_sigterm()
    opened = open_project(project)
    (target,) = chosen_targets(opened, (name,) if name else (), False)
    history = load_history(opened)
    from nsmig.running.restoring import restore as put_back

    begun: list[int] = []

    def report(entry: Entry, outcome: Outcome) -> None:
        if entry.number not in begun and not as_json:
            begun.append(entry.number)
            rows = ", ".join(f"{kind}: {number}" for kind, number in entry.rows.items() if kind != "end")
            click.echo(f"  {entry.migration}: {_dropped(entry)} ({rows or 'nothing'})")

    with connected(target) as database:
        if not as_json:
            click.echo(f"Restoring {folder} into target {target.name}...")
        try:
            outcome = put_back(
                history,
                database,
                folder,
                report,
                only=only,
                dry_run=dry_run,
                lock_timeout=lock_timeout,
                waiting=print_waiting,
            )
        except (KeyboardInterrupt, SystemExit):
            click.echo("What is put back stays: `nsmig restore` goes on where this stopped.", err=True)
            raise
        if as_json:
            print_json(_facts(outcome, database))
        else:
            click.echo(_report(outcome, target.name, dry_run))
            for line in _left(outcome, database):
                click.echo(line, err=True)


def _dropped(entry: Entry) -> str:
    """The operations of an entry, in words."""
    from nsmig.operations import Operation

    return ", ".join(Operation.from_dict(dict(each)).description for each in entry.operations)


def _report(outcome: Outcome, target: str, dry_run: bool) -> str:
    parts = [
        counted(outcome.nodes, "node"),
        counted(outcome.relationships, "relationship"),
        f"{counted(outcome.values, 'value')} of existing rows",
    ]
    verb = "would come back" if dry_run else "came back"
    return f"Target {target}: {', '.join(parts)} {verb}."


def _left(outcome: Outcome, database: Database[Any]) -> list[str]:
    """Data that did not come back, one line each."""
    assert database.restoring is not None
    lines = []
    for (kind, type, name), count in sorted(outcome.taken.counts.items(), key=repr):
        query = database.restoring.shown(kind, outcome.taken.examples[kind, type, name])
        there = "has another value now, which stays" if count == 1 else "have other values now, which stay"
        lines.append(f"{type}.{name}: {counted(count, kind.value)} {there}. To see them: {query}")
    for (type, name, was), count in sorted(outcome.lacking.counts.items()):
        why = f"it is not {was} again" if was else "no migration declares it now"
        lines.append(f"{type}.{name}: {counted(count, 'value')} left out: {why}")
    for reason, count in sorted(outcome.left.counts.items()):
        lines.append(f"{counted(count, 'row')} left out, since {reason}:")
        lines += [f"  {_line(each)}" for each in outcome.left.examples[reason]]
    return lines


def _line(line: Any) -> str:
    """An archived row, for people."""
    import json

    values = {**line["values"], **line.get("gone", {}).get("values", {})}
    named = ":".join(line["labels"]) if "labels" in line else line["type"]
    return f"{line['row']} {named} {json.dumps(values, ensure_ascii=False)}"


def _facts(outcome: Outcome, database: Database[Any]) -> dict[str, Any]:
    assert database.restoring is not None
    return {
        "nodes": outcome.nodes,
        "relationships": outcome.relationships,
        "values": outcome.values,
        "there": outcome.there,
        "taken": [
            {
                "kind": kind.value,
                "type": type,
                "property": name,
                "count": count,
                "query": database.restoring.shown(kind, outcome.taken.examples[kind, type, name]),
            }
            for (kind, type, name), count in sorted(outcome.taken.counts.items(), key=repr)
        ],
        "lacking": [
            {"type": type, "property": name, "count": count, **({"as": was} if was else {})}
            for (type, name, was), count in sorted(outcome.lacking.counts.items())
        ],
        "left": [
            {"reason": reason, "count": count, "rows": outcome.left.examples[reason]}
            for reason, count in sorted(outcome.left.counts.items())
        ],
    }
