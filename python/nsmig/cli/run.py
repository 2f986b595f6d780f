"""``nsmig run``."""

from __future__ import annotations

import signal
import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.options import json_option, load_history, open_project, print_json, project_option
from nsmig.cli.targets import chosen_targets, on_each

if TYPE_CHECKING:
    from types import FrameType

    from nsmig.project import Target
    from nsmig.run import Event


@click.command()
@project_option
@click.option("-t", "--target", "names", multiple=True, help="A target of the project; may be repeated.")
@click.option("-a", "--all-targets", is_flag=True, help="All targets of the project.")
@click.option("--to", metavar="NAME", help="Stop after this migration.")
@click.option("--dry-run", is_flag=True, help="Print the statements for the database's own shell, and change nothing.")
@click.option("--fake", is_flag=True, help="Record the migrations as applied, without executing them.")
@click.option(
    "--lock-timeout",
    type=click.FloatRange(min=0),
    default=60.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for another run.",
)
@click.option(
    "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="Targets worked on side by side."
)
@json_option
def run(
    project: Path | None,
    names: tuple[str, ...],
    all_targets: bool,
    to: str | None,
    dry_run: bool,
    fake: bool,
    lock_timeout: float,
    jobs: int,
    as_json: bool,
) -> None:
    """Apply to each target the migrations that it lacks. An interrupted run goes on where it stopped."""
    from nsmig.database import connect
    from nsmig.errors import UnknownMigrationError
    from nsmig.run import preview
    from nsmig.run import run as run_on

    if dry_run and fake:
        raise click.UsageError("--dry-run and --fake exclude each other")
    signal.signal(signal.SIGTERM, _stop)
    opened = open_project(project)
    targets = chosen_targets(opened, names, all_targets)
    history = load_history(opened)
    if to is not None and to not in history:
        raise UnknownMigrationError(to, history.order())
    stopping = threading.Event()

    def work(target: Target) -> dict[str, Any]:
        with connect(target) as database:
            if dry_run:
                scripts = list(preview(history, database, to=to))
                if not as_json:
                    click.echo("".join(f"{script.rstrip()}\n" for script in scripts), nl=False)
                return {"scripts": scripts}
            screen = Screen(target.name, len(targets) > 1, as_json, stopping)
            screen.say(f"Executing migrations on target {target.name}...", prefix="")
            with screen.status if jobs == 1 else nullcontext():
                count = run_on(history, database, screen.report, to=to, fake=fake, lock_timeout=lock_timeout)
            done = f"{_counted(count)} {'recorded' if fake else 'applied'}" if count else "nothing to do"
            screen.say(f"Target {target.name}: {done}.", prefix="")
            return {"migrations": screen.migrations}

    results = on_each(targets, work, jobs, stopping)
    if as_json:
        print_json({"targets": results})
    if any("error" in result for result in results):
        raise click.exceptions.Exit(1)


class Screen:
    """What the user sees of the run on one target: lines on standard error; at a terminal, what is under way."""

    def __init__(self, target: str, is_one_of_several: bool, is_quiet: bool, stopping: threading.Event) -> None:
        self.migrations: list[dict[str, Any]] = []
        self._prefix = f"  {target}: " if is_one_of_several else "  "
        self._is_quiet, self._stopping = is_quiet, stopping
        self._under_way = ""
        self._status: Any = None
        if sys.stderr.isatty() and not is_quiet:
            from rich.console import Console

            self._status = Console(stderr=True, highlight=False, markup=False).status("")

    @property
    def status(self) -> AbstractContextManager[Any]:
        """Shows what is under way while it is entered."""
        return self._status or nullcontext()

    def say(self, text: str, prefix: str | None = None) -> None:
        if not self._is_quiet:
            click.echo(f"{self._prefix if prefix is None else prefix}{text}", err=True)

    def report(self, event: Event) -> None:
        """Tell of an event.

        :raises KeyboardInterrupt: the program was told to stop.
        """
        if self._stopping.is_set():
            raise KeyboardInterrupt
        if event.what == "started":
            self.migrations.append({"name": event.migration, "operations": event.total, "resumed_after": event.done})
            if event.done:
                self.say(f"{event.migration}: resumed after {event.done} of {event.total} operations")
        elif event.what == "operation" and event.operation is not None:
            step = f"{event.done + 1} of {event.total}: {event.operation.description}"
            self._under_way = f"{event.migration}, operation {step}"
            self._show(self._under_way)
        elif event.what == "rows":
            self._show(f"{self._under_way}, {event.rows} rows")
        elif event.what == "note":
            self.migrations[-1].setdefault("notes", []).append(event.text)
            self.say(f"{event.migration}: note: {event.text}")
        elif event.what == "applied":
            self.migrations[-1]["seconds"] = round(event.seconds, 3)
            self.say(f"{event.migration}: {_counted(event.total, 'operation')} in {event.seconds:.2f} s")
        elif event.what == "recorded":
            self.migrations.append({"name": event.migration, "recorded": True})
            self.say(f"{event.migration}: recorded, not executed")

    def _show(self, text: str) -> None:
        if self._status is not None:
            from rich.text import Text

            self._status.update(Text(text, no_wrap=True, overflow="ellipsis"))


def _counted(count: int, noun: str = "migration") -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _stop(signum: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt
