"""``nsmig show``."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.options import TO_DO, json_option, load_history, open_project, print_json, project_option, target_names
from nsmig.cli.output import out_option
from nsmig.cli.targets import connected, on_each

if TYPE_CHECKING:
    from nsmig.project.target import Target

# How a target stands to each migration.
Standing = dict[str, dict[str, Any]]

RECENT = 20  # migrations shown of those that need nothing, unless --all


@click.command()
@project_option
@click.option(
    "-t",
    "--target",
    "names",
    multiple=True,
    shell_complete=target_names,
    help="A target of the project; may be repeated. Default: all.",
)
@click.option(
    "-a", "--all", "everything", is_flag=True, help=f"All migrations, not only the last {RECENT} and what matters."
)
@click.option(
    "--check", is_flag=True, help="Exit with 3 if somebody has to look: pending, begun, edited since, or in no file."
)
@json_option
@out_option
def show(project: Path | None, names: tuple[str, ...], everything: bool, check: bool, as_json: bool) -> None:
    """Tell which migrations each target has. In a project without targets, list the history.

    What somebody has to look at is always shown: begun, edited since, without a file; and what is to run next.
    Of the rest, the last ones.

    \b
    nsmig show --target prod --all       what prod has, and since when
    nsmig show --check                   exit code 3: something is pending
    """

    def stand(target: Target) -> dict[str, Any]:
        from nsmig.running.standing import standing

        with connected(target) as database:
            return {"standing": standing(history, database.ledger.state())}

    opened = open_project(project)
    history = load_history(opened, may_begin=not check)
    targets = [opened.target(name) for name in (dict.fromkeys(names) or sorted(opened.targets))]
    results = on_each(targets, stand)
    standings = {result["target"]: result["standing"] for result in results if "standing" in result}
    errors = {result["target"]: result["error"] for result in results if "error" in result}
    order = history.order()
    every = [*order, *sorted({name for each in standings.values() for name in each}.difference(order))]

    def row(name: str) -> dict[str, Any]:
        return {
            "name": name,
            "replaces": history.replaced(name) if name in history else [],
            "targets": {target: standings[target].get(name) for target in standings},
        }

    if as_json:
        print_json({"migrations": list(map(row, every)), **({"errors": errors} if errors else {})})
    elif not every and not errors:
        click.echo("There are no migrations. Write the first with: nsmig make")
    elif standings or not targets:
        shown = every if everything else [*_noteworthy(every[:-RECENT], standings), *every[-RECENT:]]
        _print_table(list(map(row, shown)), list(standings))
        _print_counts(len(every), len(every) - len(shown), standings)
    if errors:
        raise click.exceptions.Exit(1)
    from nsmig.running.standing import OPEN

    states = {facts["state"] for each in standings.values() for facts in each.values()}
    if check and states & (OPEN - ({"unknown"} & opened.ignored)):
        raise click.exceptions.Exit(TO_DO)


_WORDS = {
    "applied": "applied",
    "edited": "edited since",
    "pending": "pending",
    "covered": "-",
    "unknown": "unknown (no file)",
    "missing": "missing (no file)",
}
_COLORS = {
    "applied": "green",
    "edited": "yellow",
    "begun": "yellow",
    "pending": "cyan",
    "unknown": "yellow",
    "missing": "red",
}


def _noteworthy(names: list[str], standings: Mapping[str, Standing]) -> Iterator[str]:
    """Those at which somebody has to look on some target; of what is merely pending the next to run."""
    if not standings:
        return
    from nsmig.running.standing import OPEN

    pending = 0
    for name in names:
        states = {facts["state"] for stands in standings.values() if (facts := stands.get(name))} & OPEN
        pending += states == {"pending"}
        if states and (states != {"pending"} or pending <= RECENT):
            yield name


def _print_counts(count: int, hidden: int, standings: Mapping[str, Standing]) -> None:
    """How many migrations there are, and how many in each state; nothing where the table shows that well enough."""
    if not hidden and count <= RECENT:
        return
    counts = [f"{target}: {', '.join(_counted(stands))}" for target, stands in standings.items()]
    said = f"{count} migrations" + (f", {hidden} not shown (--all)" if hidden else "")
    click.echo("; ".join([said, *counts]))


def _counted(stands: Standing) -> list[str]:
    """How many migrations are in each state, in the order of the table's words."""
    states = [facts["state"] for facts in stands.values()]
    return [f"{states.count(state)} {state}" for state in (*_WORDS, "begun") if state in states]


def _print_table(rows: list[dict[str, Any]], targets: list[str]) -> None:
    """A table with a column for each target; plain text unless at a terminal."""
    if sys.stdout.isatty():
        from rich import box
        from rich.console import Console
        from rich.table import Table
        from rich.text import Text

        table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
        for heading in ("Migration", *targets):
            table.add_column(Text(heading), overflow="fold")
        for row in rows:
            cells = [row["targets"][target] for target in targets]
            styled = [Text(_words(facts), style=_COLORS.get(facts["state"] if facts else "", "")) for facts in cells]
            table.add_row(Text(_named(row)), *styled)
        Console().print(table)
        return
    header = ["Migration", *targets]
    lines = [[_named(row), *(_words(row["targets"][target]) for target in targets)] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *lines, strict=True)]
    for line in [header, ["-" * width for width in widths], *lines]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _named(row: dict[str, Any]) -> str:
    """A squash says what it stands for."""
    replaced = row["replaces"]
    return f"{row['name']} (squash of {len(replaced)})" if replaced else str(row["name"])


def _words(facts: dict[str, Any] | None) -> str:
    """How a migration stands, and since when; nodestream records nothing but the name."""
    if facts is None:
        return "-"
    if facts["state"] == "begun":
        from nsmig.running.standing import progress

        return f"begun, {progress(facts)} done"
    if "applied_at" not in facts:
        return _WORDS[facts["state"]]
    since = f"applied {facts['applied_at'][:19]}" if facts["applied_at"] else "applied by nodestream"
    return since if facts["state"] == "applied" else f"{since}, {_WORDS[facts['state']]}"
