"""``nsmig run``."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.options import (
    json_option,
    load_history,
    migration_names,
    of_json,
    open_project,
    project_option,
    target_names,
)
from nsmig.cli.targets import chosen_targets, connected, on_each

if TYPE_CHECKING:
    from types import FrameType

    from nsmig.database.base import Database
    from nsmig.project import Target
    from nsmig.run import Event


@click.command()
@project_option
@click.option(
    "-t",
    "--target",
    "names",
    multiple=True,
    shell_complete=target_names,
    help="A target of the project; may be repeated.",
)
@click.option("-a", "--all-targets", is_flag=True, help="All targets of the project.")
@click.option("--to", metavar="NAME", shell_complete=migration_names, help="Stop after this migration.")
@click.option("--dry-run", is_flag=True, help="Print the statements for the database's own shell, and change nothing.")
@click.option(
    "--fast-forward", is_flag=True, help="Squash what is pending, and execute the shorter list of operations."
)
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
    fast_forward: bool,
    fake: bool,
    lock_timeout: float,
    jobs: int,
    as_json: bool,
) -> None:
    """Apply to each target the migrations that it lacks. An interrupted run goes on where it stopped.

    \b
    nsmig run                          the only target of the project
    nsmig run --target prod --dry-run  what would be sent to prod
    nsmig run --all-targets --jobs 4   all targets, four at a time

    With --json, standard output gets one JSON object a line, each with "target" and "event": waiting (text: who holds
    the lock), planned (total), started (migration, total, done), operation (migration, done, total, operation),
    rows (migration, rows), note (migration, text), applied (migration, total, seconds), recorded (migration),
    script (text; for --dry-run), finished (migrations, seconds) or failed (error).
    """
    from nsmig.errors import NsmigError, UnknownMigrationError
    from nsmig.run import preview
    from nsmig.run import run as run_on

    if fake and (dry_run or fast_forward):
        raise click.UsageError(f"--{'dry-run' if dry_run else 'fast-forward'} and --fake exclude each other")
    signal.signal(signal.SIGTERM, _stop)
    opened = open_project(project)
    targets = chosen_targets(opened, names, all_targets)
    history = load_history(opened, must_exist=True)
    if to is not None and to not in history:
        raise UnknownMigrationError(to, history.order())
    stopping = threading.Event()
    running: set[Database] = set()

    def stop() -> None:
        stopping.set()
        for database in list(running):
            database.stop()

    def work(target: Target) -> dict[str, Any]:
        screen = Screen(target.name, len(targets) > 1, as_json, stopping)
        began = time.monotonic()
        try:
            with connected(target) as database:
                if dry_run:
                    script = None
                    if len(targets) > 1:
                        screen.script(f"// target {target.name}\n")
                    for script in preview(history, database, to=to, fast_forward=fast_forward):
                        screen.script(script)
                    if script is None:
                        screen.say(f"Target {target.name}: nothing to do.", prefix="")
                    return {}
                screen.say(f"Executing migrations on target {target.name}...", prefix="")
                running.add(database)
                with screen.status if jobs == 1 else nullcontext():
                    count = run_on(
                        history,
                        database,
                        screen.report,
                        to=to,
                        fake=fake,
                        fast_forward=fast_forward,
                        lock_timeout=lock_timeout,
                    )
        except (NsmigError, OSError) as error:
            if stopping.is_set():
                raise KeyboardInterrupt from error
            screen.emit("failed", error=str(error))
            if screen.begun:
                screen.say("What was applied stays; mend the cause, then `nsmig run` goes on where this stopped.")
            raise
        seconds = round(time.monotonic() - began, 3)
        done = f"{_counted(count)} {'recorded' if fake else 'applied'} in {seconds:.2f} s" if count else "nothing to do"
        screen.say(f"Target {target.name}: {done}.", prefix="")
        screen.emit("finished", migrations=count, seconds=seconds)
        return {}

    try:
        results = on_each(targets, work, jobs, stop)
    except (KeyboardInterrupt, SystemExit):
        click.echo(
            "What is done is known, and the lock is given back: `nsmig run` goes on where this stopped.", err=True
        )
        raise
    if failed := [result["target"] for result in results if "error" in result]:
        if len(targets) > 1:
            click.echo(f"{_counted(len(failed), 'target')} of {len(targets)} failed: {', '.join(failed)}", err=True)
        raise click.exceptions.Exit(1)


class Screen:
    """What the user sees of the run on one target: lines on standard error; at a terminal, what is under way.

    With ``as_json`` it is lines of JSON on standard output instead.
    """

    def __init__(self, target: str, is_one_of_several: bool, as_json: bool, stopping: threading.Event) -> None:
        self.begun = 0
        self._target, self._as_json, self._stopping = target, as_json, stopping
        self._prefix = f"  {target}: " if is_one_of_several else "  "
        self._total = 0
        self._under_way = ""
        self._status: Any = None
        if sys.stderr.isatty() and not as_json:
            from rich.console import Console

            self._status = Console(stderr=True, highlight=False, markup=False).status("")

    @property
    def status(self) -> AbstractContextManager[Any]:
        """Shows what is under way while it is entered."""
        return self._status or nullcontext()

    def say(self, text: str, prefix: str | None = None) -> None:
        if not self._as_json:
            click.echo(f"{self._prefix if prefix is None else prefix}{text}", err=True)

    def emit(self, event: str, **facts: Any) -> None:
        if self._as_json:
            line = {"target": self._target, "event": event, **facts}
            click.echo(json.dumps(of_json(line), default=str, ensure_ascii=False))

    def script(self, text: str) -> None:
        if self._as_json:
            self.emit("script", text=text)
        else:
            click.echo(text, nl=False)

    def report(self, event: Event) -> None:
        """Tell of an event.

        :raises KeyboardInterrupt: the program was told to stop.
        """
        if self._stopping.is_set():
            raise KeyboardInterrupt
        self.emit(event.what, **_facts(event))
        if event.what == "waiting":
            self.say(f"Target {self._target}: waiting for the lock, held by {event.text}", prefix="")
        elif event.what == "planned":
            self._total = event.total
        elif event.what == "started":
            self.begun += 1
            if event.done:
                self.say(f"{event.migration}: resumed after {event.done} of {event.total} operations")
        elif event.what == "operation" and event.operation is not None:
            step = f"{event.done + 1} of {event.total}: {event.operation.description}"
            self._under_way = f"{event.migration} (of {_counted(self._total)}), operation {step}"
            self._show(self._under_way)
        elif event.what == "rows":
            self._show(f"{self._under_way}, {event.rows:,} rows")
        elif event.what == "note":
            self.say(f"{event.migration}: note: {event.text}")
        elif event.what == "applied":
            self.say(f"{event.migration}: {_counted(event.total, 'operation')} in {event.seconds:.2f} s")
        elif event.what == "recorded":
            self.say(f"{event.migration}: recorded")

    def _show(self, text: str) -> None:
        if self._status is not None:
            from rich.text import Text

            self._status.update(Text(text, no_wrap=True, overflow="ellipsis"))


def _facts(event: Event) -> dict[str, Any]:
    """The fields that an event of its kind has."""
    shown = {
        "waiting": ("text",),
        "planned": ("total",),
        "started": ("migration", "total", "done"),
        "operation": ("migration", "done", "total", "operation"),
        "rows": ("migration", "rows"),
        "note": ("migration", "text"),
        "applied": ("migration", "total", "seconds"),
        "recorded": ("migration",),
    }[event.what]
    facts = {name: getattr(event, name) for name in shown}
    if event.operation is not None:
        facts["operation"] = event.operation.to_dict()
    return facts


def _counted(count: int, noun: str = "migration") -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def _stop(signum: int, frame: FrameType | None) -> None:
    sys.exit(128 + signum)
