"""``nsmig run``."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.options import (
    json_option,
    load_history,
    lock_timeout_option,
    migration_names,
    open_project,
    project_option,
    target_names,
    whole_name,
)
from nsmig.cli.output import Incomplete, out_option
from nsmig.cli.screen import Screen
from nsmig.cli.targets import chosen_targets, connected, drift_on, end_on_sigterm, on_each, print_drift
from nsmig.words import counted

if TYPE_CHECKING:
    from nsmig._core import History
    from nsmig.database.base import Database
    from nsmig.errors import NsmigError
    from nsmig.project.target import Target


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
@click.option("--dry-run", is_flag=True, help="Print the statements for the database's own shell, but change nothing.")
@click.option(
    "--fast-forward", is_flag=True, help="Squash the pending migrations and execute the shorter list of operations."
)
@click.option(
    "--no-wait", is_flag=True, help="Record migrations before the server has filled their indexes (`show` lists those)."
)
@click.option(
    "--follow-foreign-indexes/--keep-foreign-indexes",
    "follow",
    default=None,
    help="Whether constraints and indexes that you made on Neo4j follow what is renamed. Default: they do, but a run"
    " stops before full-text and vector indexes of more than 100,000 rows.",
)
@click.option(
    "--archive",
    metavar="DIR",
    type=click.Path(path_type=Path),
    help="Write what operations delete to this folder before deleting it (`nsmig restore` puts it back). Default: the"
    " target's `archive`, if it has one.",
)
@click.option("--no-archive", is_flag=True, help="Delete without an archive, even what was begun with one.")
@click.option("--fake", is_flag=True, help="Record the migrations as applied without executing them.")
@lock_timeout_option("How long to wait for another run.")
@click.option(
    "--jobs", type=click.IntRange(min=1), default=1, show_default=True, help="How many targets to work on side by side."
)
@json_option
@out_option
def run(
    project: Path | None,
    names: tuple[str, ...],
    all_targets: bool,
    to: str | None,
    dry_run: bool,
    fast_forward: bool,
    no_wait: bool,
    follow: bool | None,
    archive: Path | None,
    no_archive: bool,
    fake: bool,
    lock_timeout: float,
    jobs: int,
    as_json: bool,
) -> None:
    """Apply to each target the migrations that it lacks. An interrupted run continues where it stopped.

    \b
    nsmig run                          the only target of the project
    nsmig run --target prod --dry-run  what would be sent to prod
    nsmig run --all-targets --jobs 4   all targets, four at a time
    nsmig run --archive dropped        keep what is dropped in the folder dropped

    With --json, standard output gets one JSON object a line, each with "target" and "event": waiting (text: who holds
    the lock), planned (total), started (migration, total, done), operation (migration, done, total, operation),
    rows (migration, rows), building (share: what is done of the indexes, from 0 to 1), note (migration, text, times),
    applied (migration, total, seconds), recorded (migration), script (text; for --dry-run), finished (migrations,
    seconds) or failed (error, kind: its class, facts: its fields and, where it is known, migration, operation: its
    number, of: how many there are).
    """
    _exclude("fake", fake, {"dry-run": dry_run, "fast-forward": fast_forward})
    _exclude("archive", archive is not None, {"dry-run": dry_run, "fake": fake, "no-archive": no_archive})
    end_on_sigterm()
    opened = open_project(project)
    targets = chosen_targets(opened, names, all_targets)
    if archive and len(targets) > 1:
        raise click.UsageError(
            "--archive works with one target only; give each target its own `archive` in the project file"
        )
    history = load_history(opened)
    to, given = whole_name(history, to), to
    if to != given:  # the records depend on it
        click.echo(f"--to {given} is {to}.", err=True)
    command = Command(
        history=history,
        to=to,
        fast_forward=fast_forward,
        fake=fake,
        lock_timeout=lock_timeout,
        jobs=1 if dry_run else jobs,
        as_json=as_json,
        is_one_of_several=len(targets) > 1,
        ignore_unknown="unknown" in opened.ignored,
        wait=not no_wait,
        foreign_indexes=None if follow is None else "follow" if follow else "keep",
        archive=archive,
        no_archive=no_archive,
    )
    _work_on(targets, command, dry_run)


def _work_on(targets: list[Target], command: Command, dry_run: bool) -> None:
    """:raises Incomplete: one failed, and the content of standard output must not be used."""
    try:
        results = on_each(
            targets, command.preview if dry_run else command.run, command.jobs, command.stop, command.advice.get
        )
    except (KeyboardInterrupt, SystemExit):
        click.echo(
            "Progress is saved and the lock is released; `nsmig run` continues where this run stopped.", err=True
        )
        raise
    _require_success(results, len(targets), is_script=dry_run and not command.as_json)


def _exclude(option: str, is_given: bool, others: Mapping[str, bool]) -> None:
    """
    :raises click.UsageError: two options are given that exclude each other.
    """
    for other in (name for name, is_so in others.items() if is_given and is_so):
        raise click.UsageError(f"--{other} and --{option} exclude each other")


def _require_success(results: Sequence[Mapping[str, Any]], targets: int, is_script: bool) -> None:
    """:param results: of the targets.
    :raises Incomplete: one failed, and the content of standard output must not be used.
    """
    if failed := [result["target"] for result in results if "error" in result]:
        if targets > 1:
            click.echo(f"{counted(len(failed), 'target')} of {targets} failed: {', '.join(failed)}", err=True)
        raise Incomplete if is_script else click.exceptions.Exit(1)


@dataclass(frozen=True, eq=False)
class Command:
    """The command's options, and the current runs, so that they can be stopped from another thread."""

    history: History
    to: str | None
    fast_forward: bool
    fake: bool
    lock_timeout: float
    jobs: int
    as_json: bool
    is_one_of_several: bool
    ignore_unknown: bool
    wait: bool
    foreign_indexes: str | None  # the command's choice for foreign indexes; None: each target's own
    archive: Path | None  # the command's choice; None: each target's own
    no_archive: bool
    stopping: threading.Event = field(default_factory=threading.Event)
    running: set[Database[Any]] = field(default_factory=set)
    advice: dict[str, str] = field(default_factory=dict)  # by name of the target that failed

    def stop(self) -> None:
        self.stopping.set()
        for database in list(self.running):
            database.session.stop()

    def preview(self, target: Target) -> dict[str, Any]:
        """Print what a run would send."""
        from nsmig.errors import NsmigError
        from nsmig.running.dry_run import preview
        from nsmig.running.events import Failed, Noted, Scripted

        screen = self._screen(target)
        script = None
        try:
            with connected(self._as_asked(target)) as database:
                if self.is_one_of_several:
                    screen.print(Scripted(f"// target {target.name}\n"))
                for script in preview(
                    self.history,
                    database,
                    to=self.to,
                    fast_forward=self.fast_forward,
                    ignore_unknown=self.ignore_unknown,
                    wait=self.wait,
                ):
                    screen.print(Scripted(script))
        except (NsmigError, OSError) as error:
            screen.print(Failed.by(error))
            raise
        if script is None:
            screen.say(f"Target {target.name}: nothing to do.", prefix="")
        elif (folder := target.archive_folder()) and not self.no_archive:
            text = f"a run first writes deleted and replaced data to {folder}, which this script does not"
            screen.report(Noted(None, text))
        return {}

    def run(self, target: Target) -> dict[str, Any]:
        """Apply to a target the migrations that it lacks."""
        from nsmig.errors import ConflictError, NsmigError
        from nsmig.running.events import Failed, Finished, Noted

        screen = self._screen(target)
        began = time.monotonic()
        try:
            with connected(self._as_asked(target)) as database:
                screen.say(f"Executing migrations on target {target.name}...", prefix="")
                self.running.add(database)
                try:
                    with screen.status() if self.jobs == 1 else nullcontext():
                        count = self._carry_out(database, screen, self.archive or target.archive_folder())
                    if self.fake and not self.as_json:
                        print_drift(self.history, target, database)
                    elif self.fake:
                        for text in drift_on(self.history, target, database):
                            screen.print(Noted(None, text))
                except NsmigError as error:
                    if screen.begun or (isinstance(error, ConflictError) and error.changed_nothing):
                        self.advice[target.name] = _advice(error, screen, database)
                    raise
        except (NsmigError, OSError) as error:
            if self.stopping.is_set():
                raise KeyboardInterrupt from error
            screen.print(Failed.by(error))
            raise
        seconds = round(time.monotonic() - began, 3)
        verb = "recorded" if self.fake else "applied"
        nothing = (
            "nothing to do" if len(self.history) else "there are no migrations yet; `nsmig make` writes the first one"
        )
        done = f"{counted(count, 'migration')} {verb} in {seconds:.2f} s" if count else nothing
        screen.print(Finished(count, seconds))
        screen.say(f"Target {target.name}: {done}.", prefix="")
        return {}

    def _carry_out(self, database: Database[Any], screen: Screen, archive: Path | None) -> int:
        from nsmig.running.loop import run

        return run(
            self.history,
            database,
            screen.report,
            to=self.to,
            fake=self.fake,
            fast_forward=self.fast_forward,
            lock_timeout=self.lock_timeout,
            ignore_unknown=self.ignore_unknown,
            wait=self.wait,
            archive=archive,
            no_archive=self.no_archive,
        )

    def _as_asked(self, target: Target) -> Target:
        """
        :raises TargetError: its kind is unknown.
        """
        return target.having("foreign_indexes", self.foreign_indexes) if self.foreign_indexes else target

    def _screen(self, target: Target) -> Screen:
        return Screen(target.name, self.is_one_of_several, self.as_json, self.stopping)


def _advice(error: NsmigError, screen: Screen, database: Database[Any]) -> str:
    """The consequences of a run that failed after it began, and what to do."""
    from nsmig.errors import FAST_FORWARD, DatabaseError
    from nsmig.running.tasks import unfinished

    place = error.place if isinstance(error, DatabaseError) else None
    with suppress(DatabaseError):  # it can no longer be reached
        if place and place.migration not in unfinished(database.ledger.state()):
            before = f"; migrations applied before it are kept ({counted(screen.applied, 'migration')})" * bool(
                screen.applied
            )
            return (
                f"{place.migration} has changed nothing{before}. Edit or remove it, or put a query before it that"
                " fixes the data; then run `nsmig run` again."
            )
    name = place.migration if place else "NAME"
    return (
        "Completed work is kept. Fix the cause and leave the file unchanged; `nsmig run` then continues where this run"
        " stopped. If that is impossible, make the rest of the migration's changes by hand, and record it:"
        f" nsmig run --fake --to {name.removeprefix(FAST_FORWARD)}"
    )
