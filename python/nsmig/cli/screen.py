"""The user's screen: colours, and the lines of a run."""

from __future__ import annotations

import os
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.options import of_json
from nsmig.words import counted

if TYPE_CHECKING:
    from nsmig.findings import Diagnosis
    from nsmig.operations import Operation
    from nsmig.running.events import Event

# The colour of an operation by the beginning of its name: additions, losses, and other changes.
_OPERATIONS = {"Create": "green", "Add": "green", "Connect": "green", "Drop": "red", "Disconnect": "red"}
_SEVERITIES = {"error": "red", "warning": "yellow", "notice": "cyan"}


def coloured(text: str, colour: str | None, *, err: bool = False) -> str:
    """The text in a colour, if standard output (or error) is a terminal and the user wants colours."""
    stream = sys.stderr if err else sys.stdout
    if not colour or not stream.isatty() or os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return text
    return click.style(text, fg=colour)


def described(operation: Operation) -> str:
    """An operation, on a line for standard output."""
    text = operation.description
    return coloured(text, _OPERATIONS.get(text.split()[0], "yellow"))


def shown_finding(diagnosis: Diagnosis) -> str:
    """A finding and its advice, on two lines for standard output."""
    code = f"{diagnosis.severity.value}[{diagnosis.code}]"
    line = str(diagnosis).replace(code, coloured(code, _SEVERITIES[diagnosis.severity.value]), 1)
    return f"{line}\n  {diagnosis.advice}"


def shown_error(text: str) -> str:
    """An error, on a line for standard error."""
    return f"{coloured('error:', 'red', err=True)} {text}"


def error_facts(error: Exception) -> dict[str, Any]:
    """An error for JSON: its kind, its message and its fields."""
    from nsmig.running.events import error_to_dict

    if isinstance(error, click.ClickException):
        return {"kind": type(error).__name__, "message": error.format_message()}
    return error_to_dict(error)


def print_event(facts: dict[str, Any]) -> None:
    """Print JSON on one line of standard output."""
    import json

    click.echo(json.dumps(of_json(facts), default=str, ensure_ascii=False))


@contextmanager
def progress_in_rows() -> Iterator[Callable[[int, int], None]]:
    """At a terminal, the number of rows read so far, and the total."""
    if not sys.stderr.isatty():
        yield lambda done, total: None
        return
    from rich.console import Console

    console = Console(stderr=True, highlight=False, markup=False, emoji=False)
    with console.status("", spinner="line" if console.options.ascii_only else "dots") as status:
        yield lambda done, total: status.update(f"{done:,} of {total:,} rows read")


class Screen:
    """The run on one target: lines on standard error; at a terminal, also the current step.

    With ``as_json`` it prints lines of JSON on standard output instead. Equal notes are printed once per migration.

    ``begun`` and ``applied`` count migrations.
    """

    def __init__(self, target: str, is_one_of_several: bool, as_json: bool, stopping: threading.Event) -> None:
        self.begun = self.applied = 0
        self._target, self._as_json, self._stopping = target, as_json, stopping
        self._prefix = f"  {target}: " if is_one_of_several else "  "
        self._total = 0
        self._under_way = "", ""
        self._places: dict[str, str] = {}
        self._notes: Counter[tuple[str, str]] = Counter()
        self._live: _Live | None = None

    @contextmanager
    def status(self) -> Iterator[None]:
        """Within the block, a terminal shows the current step."""
        if self._as_json or not sys.stderr.isatty():
            yield
            return
        self._live = _Live()
        try:
            with self._live.status:
                yield
        finally:
            self._live = None

    def say(self, text: str, prefix: str | None = None) -> None:
        if self._as_json:
            return
        line = f"{self._prefix if prefix is None else prefix}{text}"
        if self._live:
            self._live.say(line)
        else:
            click.echo(line, err=True)

    def report(self, event: Event) -> None:
        """Report an event.

        :raises KeyboardInterrupt: the program has to stop.
        """
        if self._stopping.is_set():
            raise KeyboardInterrupt
        self.print(event)

    def print(self, event: Event) -> None:
        """Report an event, also while the program stops. A note on a migration is printed when the migration ends."""
        from nsmig.running import events

        match event:
            case events.Noted(str(migration), text):
                self._notes[migration, text] += 1
                return
            case events.Applied(migration):
                self._print_notes(migration)
            case events.Failed() | events.Finished():
                self._print_notes()
        self._print(event)

    def _print_notes(self, migration: str | None = None) -> None:
        """Print the notes on a migration, or all notes, each once with its count."""
        from nsmig.running.events import Noted

        for about, text in [each for each in self._notes if migration is None or each[0] == migration]:
            self._print(Noted(about, text, self._notes.pop((about, text))))

    def _print(self, event: Event) -> None:
        if self._as_json:
            print_event({"target": self._target, **event.to_dict()})
        else:
            self._tell(event)

    def _tell(self, event: Event) -> None:
        from nsmig.errors import FAST_FORWARD
        from nsmig.running import events

        match event:
            case events.Waiting(text):
                self.say(f"Target {self._target}: waiting for the database, held by {text}", prefix="")
            case events.Planned(total):
                self._total = total
            case events.Started(migration, total, done):
                self.begun += 1
                is_one = not migration.startswith(FAST_FORWARD)
                self._places[migration] = f"Migration {self.begun} of {self._total}" if is_one else "Fast-forward"
                if done:
                    self.say(f"{migration}: resumed after {done} of {counted(total, 'operation')}")
            case events.OperationStarted(migration, done, total, operation) if self._live:
                self._under_way = (
                    f"{self._places[migration]}, operation {done + 1} of {total}",
                    f"{operation.description} ({migration})",
                )
                self._show(": ".join(self._under_way))
            case events.RowsChanged(_, rows):
                place, what = self._under_way
                self._show(f"{place}, {rows:,} {'row' if rows == 1 else 'rows'}: {what}")
            case events.Building(share):
                self._show(f"building indexes, {share:.0%} done")
            case events.Noted(migration, text, times):
                about = f"{migration}: " if migration else ""
                note = coloured("note:", "yellow", err=True)
                self.say(f"{about}{note} {text}{f' ({times} times)' if times > 1 else ''}")
            case events.Applied(migration, total, seconds):
                self.applied += 1
                self.say(f"{coloured(migration, 'green', err=True)}: {counted(total, 'operation')} in {seconds:.2f} s")
            case events.Recorded(migration):
                self.say(f"{coloured(migration, 'green', err=True)}: recorded")
            case events.Scripted(text):
                click.echo(text, nl=False)

    def _show(self, text: str) -> None:
        if self._live:
            self._live.show(text)


class _Live:
    """The current step, on the last line of a terminal; other lines go above it.

    Everything printed meanwhile must pass through its console, which knows the position of the cursor.
    """

    def __init__(self) -> None:
        from rich.console import Console

        self._console = Console(stderr=True, highlight=False, markup=False, emoji=False)
        self._is_ascii = self._console.options.ascii_only
        self.status = self._console.status("", spinner="line" if self._is_ascii else "dots")

    def say(self, line: str) -> None:
        """A line, which the terminal breaks if it is too long."""
        from rich.text import Text

        self._console.print(Text.from_ansi(self._printable(line)), soft_wrap=True)

    def show(self, text: str) -> None:
        """The current step, cut to the terminal's width."""
        from rich.text import Text

        line = Text(self._printable(" ".join(text.split())))
        line.truncate(self._console.width - 2, overflow="crop" if self._is_ascii else "ellipsis")  # 2: of the spinner
        self.status.update(line)

    def _printable(self, text: str) -> str:
        """The text as it will be written, so that its width is known."""
        encoding: Any = self._console.encoding
        return text.encode(encoding, "json").decode(encoding)
