"""What a run would send, as text for the database's own shell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from nsmig._core import History
from nsmig.database.base import Database, Mark, Record, Turn
from nsmig.running.events import Event, OperationStarted, Started
from nsmig.running.loop import Effects, carry_out
from nsmig.running.tasks import tasks


def preview(
    history: History, database: Database[Any], *, to: str | None = None, fast_forward: bool = False
) -> Iterator[str]:
    """What a run would send under its lock, as input for the database's own shell, in pieces. Changes nothing.

    :raises NsmigError: see :func:`tasks`.
    """
    dialect = database.dialect
    texts: list[str] = []

    def report(event: Event) -> None:
        if isinstance(event, Started):
            texts.append(f"// migration {event.migration}\n")
        elif isinstance(event, OperationStarted):
            texts.append(f"// {event.migration}: {' '.join(event.operation.description.split())}\n")

    def execute(turn: Turn, mark: Mark | None, progress: Callable[[int], None]) -> tuple[()]:
        texts.append(dialect.script(turn.statements, marks=[mark] if mark else []))
        return ()

    def remember(records: Iterable[Record], ended: Iterable[str], marks: Iterable[Mark]) -> None:
        texts.append(dialect.script(records=records, ended=ended, marks=marks))

    planned = tasks(history, dialect.refuse, database.ledger.state(), to, fast_forward)
    effects = Effects(database.session.live, execute, remember, report, lambda: None, foresees=True)
    carry_out(planned, dialect, effects)
    yield from texts
