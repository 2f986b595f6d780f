"""The statements of a run, as text for the database's own shell."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from tempfile import TemporaryFile
from typing import Any

from nsmig._core import History
from nsmig.database.base import Database, Mark, Record, Role, Turn
from nsmig.errors import doubted
from nsmig.running.account import Effects
from nsmig.running.events import Event, Noted, OperationStarted, Started
from nsmig.running.loop import carry_out
from nsmig.running.state import refusing, state_for
from nsmig.running.tasks import doubt, edited, tasks, unknown

PIECE = 500  # lines


def preview(
    history: History,
    database: Database[Any],
    *,
    to: str | None = None,
    fast_forward: bool = False,
    ignore_unknown: bool = False,
    wait: bool = True,
) -> Iterator[str]:
    """The statements that a run would send under its lock, as input for the database's own shell, in pieces. Changes
    nothing.

    Everything is known before the first piece is returned, so that no one sends half a script. Until then it is in a
    temporary file, since it may be large.

    :raises NsmigError: see :func:`tasks`.
    """
    dialect = database.dialect
    beginning = iter([dialect.script_begin()])
    with TemporaryFile("w+", encoding="utf-8", errors="surrogatepass", newline="") as file:

        def report(event: Event) -> None:
            if isinstance(event, Started):
                file.write(next(beginning, ""))
                file.write(f"// migration {event.migration}\n")
            elif isinstance(event, OperationStarted):
                file.write(f"// {event.migration}: {' '.join(event.operation.description.split())}\n")
            elif isinstance(event, Noted):
                file.write("".join(f"// {line}\n" for line in event.text.splitlines()))

        def execute(turn: Turn, mark: Mark | None, progress: Callable[[int], None]) -> tuple[()]:
            statements = [each for each in turn.statements if each.role is not Role.NOTE]  # see ``report``
            file.write(dialect.script(statements, turn.records, turn.ended, [mark] if mark else []))
            return ()

        def finish(names: Sequence[str], progress: Callable[[float], None]) -> None:
            file.write(dialect.script(awaited=names if wait else ()))

        def remember(records: Iterable[Record], ended: Iterable[str], marks: Iterable[Mark]) -> None:
            file.write(dialect.script(records=records, ended=ended, marks=marks))

        state = state_for(history, database)
        effects = Effects(
            lambda: dialect.foreseen(database.session.live()),
            execute,
            finish,
            remember,
            report,
            lambda: None,
            lambda: False,
            foresees=True,
        )
        with doubted(doubt(edited(history, state), [] if ignore_unknown else unknown(history, state))):
            carry_out(tasks(history, refusing(database), state, to, fast_forward), dialect, effects)
        file.seek(0)
        while piece := "".join(islice(file, PIECE)):
            yield piece
