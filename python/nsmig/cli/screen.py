"""What the user sees of a run."""

from __future__ import annotations

import json
import sys
import threading
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

import click

from nsmig.cli.options import of_json
from nsmig.words import counted

if TYPE_CHECKING:
    from nsmig.running.events import Event


class Screen:
    """The run on one target: lines on standard error; at a terminal, what is under way.

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

    def report(self, event: Event) -> None:
        """Tell of an event.

        :raises KeyboardInterrupt: the program was told to stop.
        """
        if self._stopping.is_set():
            raise KeyboardInterrupt
        self.print(event)

    def print(self, event: Event) -> None:
        """Tell of an event, also while the program stops."""
        if self._as_json:
            line = {"target": self._target, **event.to_dict()}
            click.echo(json.dumps(of_json(line), default=str, ensure_ascii=False))
        else:
            self._tell(event)

    def _tell(self, event: Event) -> None:
        from nsmig.running import events

        match event:
            case events.Waiting(text):
                self.say(f"Target {self._target}: waiting for the lock, held by {text}", prefix="")
            case events.Planned(total):
                self._total = total
            case events.Started(migration, total, done):
                self.begun += 1
                if done:
                    self.say(f"{migration}: resumed after {done} of {total} operations")
            case events.OperationStarted(migration, done, total, operation):
                step = f"{done + 1} of {total}: {operation.description}"
                self._under_way = f"{migration} (of {counted(self._total, 'migration')}), operation {step}"
                self._show(self._under_way)
            case events.RowsChanged(_, rows):
                self._show(f"{self._under_way}, {rows:,} rows")
            case events.Noted(migration, text):
                self.say(f"{migration}: note: {text}" if migration else f"note: {text}")
            case events.Applied(migration, total, seconds):
                self.say(f"{migration}: {counted(total, 'operation')} in {seconds:.2f} s")
            case events.Recorded(migration):
                self.say(f"{migration}: recorded")
            case events.Scripted(text):
                click.echo(text, nl=False)

    def _show(self, text: str) -> None:
        if self._status is not None:
            from rich.text import Text

            self._status.update(Text(text, no_wrap=True, overflow="ellipsis"))
