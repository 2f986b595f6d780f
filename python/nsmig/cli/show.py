"""``nsmig show``."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.options import TO_DO, json_option, load_history, open_project, print_json, project_option, target_names
from nsmig.cli.output import out_option
from nsmig.cli.screen import coloured
from nsmig.cli.targets import connected, on_each
from nsmig.words import counted

if TYPE_CHECKING:
    from nsmig._core import History
    from nsmig.database.survey import Unfinished, Unindexed
    from nsmig.project.target import Target

# The state of each migration on a target.
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
    "--check",
    is_flag=True,
    help="Exit with 3 if something needs attention: pending, begun, edited since, in no file, or an index not in use.",
)
@click.option("--graph", is_flag=True, help="Draw the branches of all migrations, newest first.")
@json_option
@out_option
def show(
    project: Path | None, names: tuple[str, ...], everything: bool, graph: bool, check: bool, as_json: bool
) -> None:
    """Show which migrations each target has. In a project without targets, list the history.

    Migrations that need attention (begun, edited since, without a file) and those to run next are always listed; of the
    others, only the most recent. A migration is covered if a squash counts for it, or if what it replaces has run or
    runs instead.

    With several targets a symbol shows the state on each, and targets that have every migration get no column. If
    their names do not fit the terminal, they are numbered.

    Also lists keys in a LadybugDB file without an index (with --all, those of small tables too), and indexes that a
    Neo4j server has not filled yet, or could not fill.

    \b
    nsmig show --target prod --all       what prod has, and since when
    nsmig show --check                   exit code 3: something is pending
    nsmig show --graph                   branches, like git log --graph
    """

    def stand(target: Target) -> dict[str, Any]:
        from nsmig.running.standing import standing
        from nsmig.running.state import state_for

        with connected(target) as database:
            stands, session = standing(history, state_for(history, database)), database.session
            return {"standing": stands, "unindexed": session.unindexed(), "unfinished": session.unfinished()}

    if graph and as_json:
        raise click.UsageError("--graph and --json exclude each other")
    opened = open_project(project)
    history = load_history(opened, may_begin=not check)
    targets = [opened.target(name) for name in (dict.fromkeys(names) or sorted(opened.targets))]
    results = on_each(targets, stand)
    standings, errors = _by_target(results, "standing"), _by_target(results, "error")
    unindexed, unfinished = _by_target(results, "unindexed"), _by_target(results, "unfinished")
    order = history.order()
    every = [*order, *sorted({name for each in standings.values() for name in each}.difference(order))]
    if as_json:
        more = {"unindexed": _in_json(unindexed), "unfinished": _in_json(unfinished), "errors": errors}
        migrations = [_row(history, standings, name) for name in every]
        print_json({"migrations": migrations, **{name: each for name, each in more.items() if each}})
    elif not every and not errors:
        click.echo("There are no migrations. Write the first with: nsmig make")
    elif standings or not targets:
        shown = every if everything or graph else [*_noteworthy(every[:-RECENT], standings), *every[-RECENT:]]
        lines = _graph(history, every) if graph else [("", name) for name in shown]
        rows = [(left, _row(history, standings, name) if name else {}) for left, name in lines]
        _print_table(rows, standings, in_words=everything or len(standings) <= 1)
        _print_counts(len(every), len(every) - len(shown), standings)
        _print_unindexed(unindexed, everything)
        _print_unfinished(unfinished)
    if errors:
        raise click.exceptions.Exit(1)
    from nsmig.running.standing import OPEN

    states = {facts["state"] for each in standings.values() for facts in each.values()}
    if check and (any(unfinished.values()) or states & (OPEN - ({"unknown"} & opened.ignored))):
        raise click.exceptions.Exit(TO_DO)


def _row(history: History, standings: Mapping[str, Standing], name: str) -> dict[str, Any]:
    """A migration, and its state on each target."""
    return {
        "name": name,
        "replaces": history.replaced(name) if name in history else [],
        "targets": {target: standings[target].get(name) for target in standings},
    }


def _by_target(results: Iterable[dict[str, Any]], what: str) -> dict[str, Any]:
    """One kind of result of the targets, by their names."""
    return {result["target"]: result[what] for result in results if what in result}


def _in_json(values: Mapping[str, Sequence[Any]]) -> dict[str, list[dict[str, Any]]]:
    """Values by target, for targets that have some."""
    return {target: list(map(asdict, each)) for target, each in values.items() if each}


# By state: its sign in a table with several targets, the meaning of the sign, its colour.
_STATES = {
    "applied": ("+", "applied", "green"),
    "edited": ("~", "edited since", "yellow"),
    "pending": ("-", "pending", "cyan"),
    "covered": ("=", "covered by a squash or by its members", None),
    "unknown": ("?", "unknown (no file)", "yellow"),
    "missing": ("x", "missing (no file)", "red"),
    "begun": ("!", "begun", "yellow"),
}
_SETTLED = {"applied", "covered"}  # states in which nothing remains to be done


def _noteworthy(names: list[str], standings: Mapping[str, Standing]) -> Iterator[str]:
    """Migrations that need attention on some target; of those that are only pending, the next to run."""
    if not standings:
        return
    from nsmig.running.standing import OPEN

    pending = 0
    for name in names:
        states = {facts["state"] for stands in standings.values() if (facts := stands.get(name))} & OPEN
        pending += states == {"pending"}
        if states and (states != {"pending"} or pending <= RECENT):
            yield name


def _graph(history: History, every: list[str]) -> list[tuple[str, str]]:
    """The graph before each name, newest migration first; lines in between have no name. Migrations without a file come
    last."""
    from nsmig.page.lanes import in_text, lanes, parents

    drawn = [(left, row.name if row else "") for left, row in in_text(lanes(history.order(), parents(history)))]
    width = max((len(left) for left, _ in drawn), default=0)
    others = [("", name) for name in every if name not in history]
    return [(f"{left.ljust(width)}  ", name) for left, name in (*drawn, *others)]


def _print_table(rows: list[tuple[str, dict[str, Any]]], standings: Mapping[str, Standing], in_words: bool) -> None:
    """A table with a column for each target: in words, or with signs, and then only for targets that do not have all.

    Each row is the graph with the name, and the cells; a line in between has no cells.

    If the names of targets are too wide for the terminal, the columns are numbered, and the names are listed below.
    """
    complete = [] if in_words else list(filter(lambda target: _has_all(standings[target]), standings))
    targets = [target for target in standings if target not in complete]
    cells = [[row["targets"][target] if row else None for target in targets] for _, row in rows]
    texts = [
        [_in_words(each) if in_words and row else _sign(each) for each in line]
        for (_, row), line in zip(rows, cells, strict=True)
    ]
    lines = [[left + (_named(row) if row else ""), *line] for (left, row), line in zip(rows, texts, strict=True)]
    header = ["Migration", *targets]
    widths = _widths(header, lines)
    legend = {} if in_words or _fits(widths) else {str(number): name for number, name in enumerate(targets, 1)}
    if legend:
        header = ["Migration", *legend]
        widths = _widths(header, lines)
    _print_line(header, widths)
    _print_line(["-" * width for width in widths], widths)
    for line, facts in zip(lines, cells, strict=True):
        _print_line(line, widths, [None, *(_STATES[each["state"]][2] if each else None for each in facts)])
    if not in_words:
        occurring = {each["state"] for line in cells for each in line if each}
        signs = [
            f"{coloured(sign, colour)} {words}"
            for state, (sign, words, colour) in _STATES.items()
            if state in occurring
        ]
        if signs:
            click.echo(f"{', '.join(signs)}\nin words, with times: --all, or one --target")
        for number, target in legend.items():
            click.echo(f"{number}: {target}")
        if complete:
            click.echo(f"have all: {', '.join(complete)}")


def _widths(header: list[str], lines: list[list[str]]) -> list[int]:
    return [max(map(len, column)) for column in zip(header, *lines, strict=True)]


def _fits(widths: list[int]) -> bool:
    """Whether a line of these columns fits the terminal. Without a terminal any line does."""
    return not sys.stdout.isatty() or sum(widths) + 2 * (len(widths) - 1) <= shutil.get_terminal_size().columns


def _print_line(cells: list[str], widths: list[int], colours: Iterable[str | None] = ()) -> None:
    padded = [cell.ljust(width) for cell, width in zip(cells, widths, strict=True)]
    *before, last = padded
    line = [*before, last.rstrip()]
    click.echo("  ".join(coloured(*each) for each in zip_longest(line, colours)).rstrip())


def _has_all(stands: Standing) -> bool:
    return {facts["state"] for facts in stands.values()} <= _SETTLED


def _print_counts(count: int, hidden: int, standings: Mapping[str, Standing]) -> None:
    """The number of migrations, and of those in each state; nothing if the table already shows that."""
    if not hidden and count <= RECENT:
        return
    counts = [f"{target}: {', '.join(_counted(stands))}" for target, stands in standings.items()]
    said = counted(count, "migration") + (f", {hidden} not shown (--all)" if hidden else "")
    if len(counts) == 1:
        click.echo(f"{said}; {counts[0]}")
    else:
        click.echo("\n  ".join([said, *counts]))


def _print_unindexed(unindexed: Mapping[str, Sequence[Unindexed]], everything: bool) -> None:
    """For each target, the keys (of types with many rows, or all) that lack an index, with the statements that create
    it."""
    for target, every in unindexed.items():
        types = [each for each in every if each.is_slow or everything]
        if statements := [each.statement for each in types if each.statement]:
            click.echo(f"{target}: these keys have no index yet; `nsmig run` creates it, or:")
            for statement in statements:
                click.echo(f"  {statement};")
        if beyond := [each.type for each in types if not each.statement]:
            said = f"{target}: there is no memory for an index of the key of {', '.join(beyond)}"
            click.echo(f"{said}; drop one that no loader needs (docs/ladybugdb.md)")


def _print_unfinished(unfinished: Mapping[str, Sequence[Unfinished]]) -> None:
    for target, some in unfinished.items():
        for each in some:
            click.echo(f"{target}: {each.text}")


def _counted(stands: Standing) -> list[str]:
    """The number of migrations in each state, in the order of the table of states."""
    states = [facts["state"] for facts in stands.values()]
    return [f"{states.count(state)} {state}" for state in _STATES if state in states]


def _named(row: dict[str, Any]) -> str:
    """The name, and for a squash the number of migrations that it replaces."""
    replaced = row["replaces"]
    return f"{row['name']} (squash of {len(replaced)})" if replaced else str(row["name"])


def _sign(facts: dict[str, Any] | None) -> str:
    return _STATES[facts["state"]][0] if facts else ""


def _in_words(facts: dict[str, Any] | None) -> str:
    if facts is None:
        return "-"
    from nsmig.running.standing import in_words

    return in_words(facts)
