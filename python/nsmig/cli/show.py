"""``nsmig show``."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.options import TO_DO, json_option, load_history, open_project, print_json, project_option
from nsmig.cli.targets import on_each

if TYPE_CHECKING:
    from nsmig import History
    from nsmig.project import Target


@click.command()
@project_option
@click.option("-t", "--target", "names", multiple=True, help="A target of the project; may be repeated. Default: all.")
@click.option("--check", is_flag=True, help="Exit with 3 if a target lacks a migration.")
@json_option
def show(project: Path | None, names: tuple[str, ...], check: bool, as_json: bool) -> None:
    """Tell which migrations each target has. In a project without targets, list the history."""
    opened = open_project(project)
    history = load_history(opened)
    targets = [opened.target(name) for name in (dict.fromkeys(names) or sorted(opened.targets))]
    results = on_each(targets, lambda target: {"standing": _standing(history, target)})
    standings = {result["target"]: result["standing"] for result in results if "standing" in result}
    order = history.order()
    unknown = sorted({name for standing in standings.values() for name in standing if name not in history})
    rows = [{"name": name, "targets": {t: standings[t].get(name) for t in standings}} for name in [*order, *unknown]]
    errors = {result["target"]: result["error"] for result in results if "error" in result}
    if as_json:
        print_json({"migrations": rows, **({"errors": errors} if errors else {})})
    elif standings or not targets:
        _print_table(rows, list(standings))
    if errors:
        raise click.exceptions.Exit(1)
    lacking = any(
        facts["state"] in ("pending", "begun") for standing in standings.values() for facts in standing.values()
    )
    if check and lacking:
        raise click.exceptions.Exit(TO_DO)


def _standing(history: History, target: Target) -> dict[str, dict[str, Any]]:
    """Per migration how it stands on a target.

    ``state``: applied, edited (applied, and its file changed since), begun, pending, covered (by a squash), unknown
    (recorded, in no file); with what is recorded of it.
    """
    from nsmig.database import connect
    from nsmig.values import checksum

    with connect(target) as database:
        state = database.state()
    planned = {migration.name for migration in history.plan(list(state.records))}
    standing: dict[str, dict[str, Any]] = {}
    for name in [*history.order(), *sorted((set(state.records) | set(state.journal)) - set(history.order()))]:
        record = state.records.get(name)
        facts: dict[str, Any]
        if record is not None:
            facts = {"state": "unknown", "applied_at": record.applied_at}
            if name in history:
                is_edited = record.checksum is not None and record.checksum != checksum(history[name].operations)
                facts["state"] = "edited" if is_edited else "applied"
        elif name in state.journal:
            facts = {"state": "begun", "done": state.journal[name].done}
        else:
            facts = {"state": "pending" if name in planned else "covered"}
        standing[name] = facts
    return standing


_WORDS = {
    "applied": "applied",
    "edited": "applied, file edited since",
    "pending": "pending",
    "covered": "-",
    "unknown": "applied, no file",
}
_COLORS = {"applied": "green", "edited": "yellow", "begun": "yellow", "pending": "cyan", "unknown": "yellow"}


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
            table.add_row(Text(row["name"]), *styled)
        Console().print(table)
        return
    header = ["Migration", *targets]
    lines = [[row["name"], *(_words(row["targets"][target]) for target in targets)] for row in rows]
    widths = [max(map(len, column)) for column in zip(header, *lines, strict=True)]
    for line in [header, ["-" * width for width in widths], *lines]:
        click.echo("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())


def _words(facts: dict[str, Any] | None) -> str:
    if facts is None:
        return "-"
    if facts["state"] == "begun":
        return f"begun, {facts['done']} operations done"
    if facts["state"] == "applied" and facts["applied_at"]:
        return f"applied {facts['applied_at'][:19]}"
    return _WORDS[facts["state"]]
