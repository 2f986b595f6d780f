"""Operations in LadybugDB: see :class:`nsmig.database.base.Dialect`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import takewhile

from nsmig.database.base import Mark, Record, Role, Statement, Step, Turn
from nsmig.database.ladybug.journal import STATE_TABLE, bookkeeping
from nsmig.database.ladybug.losses import takes
from nsmig.database.ladybug.operations import refuse
from nsmig.database.ladybug.operations import statements as statements_for
from nsmig.database.ladybug.tables import Tables
from nsmig.database.ladybug.values import CHECKPOINT, COPY, inlined
from nsmig.operations import AddAdjacency, AddProperty, CreateType, Operation
from nsmig.values import SchemaView

_DROPS_NO_COLUMN = (CreateType, AddProperty, AddAdjacency)


class LadybugDialect:
    """A :class:`nsmig.database.base.Dialect`: an operation with its mark is one transaction, which is the most that the
    engine can do in one.

    :param keeps: archive what operations delete first.
    """

    def __init__(self, keeps: bool = False) -> None:
        self._keeps = keeps

    def keeping(self) -> LadybugDialect:
        """See :meth:`Dialect.keeping`."""
        return LadybugDialect(keeps=True)

    def refuse(self, operation: Operation, before: SchemaView) -> None:
        """See :meth:`Dialect.refuse`."""
        refuse(operation, before)

    def reach(self, operations: Sequence[Operation], start: int, before: SchemaView) -> int:
        """See :meth:`Dialect.reach`."""
        return start + 1

    def turn(self, steps: tuple[Step, ...], live: Tables, *, skip_rows: bool = False) -> tuple[Turn, Tables]:
        """See :meth:`Dialect.turn`. Rows are never skipped: a transaction that was interrupted has changed none."""
        (step,) = steps
        made, after = statements_for(step.operation, step.before, live)
        if self._keeps:
            checks = list(takewhile(lambda each: each.role is Role.CHECK, made))
            made = [*checks, *takes(step.operation, step.before, live), *made[len(checks) :]]
        if made and not isinstance(step.operation, _DROPS_NO_COLUMN):
            after = replace(after, is_settled=False)
        return Turn((step.operation,), step.operation, tuple(made), is_atomic=True), after

    def joined(self, first: Turn, second: Turn) -> Turn | None:
        """See :meth:`Dialect.joined`."""
        return None

    def has_rows(self, live: Tables) -> bool:
        """See :meth:`Dialect.has_rows`."""
        return True

    def is_shared(self) -> bool:
        """See :meth:`Dialect.is_shared`. The lock is the file's own."""
        return False

    def foreseen(self, live: Tables) -> Tables:
        """See :meth:`Dialect.foreseen`."""
        return replace(live, uncertain=True)

    def is_light(self, turns: Sequence[Turn]) -> bool:
        """See :meth:`Dialect.is_light`."""
        return False

    def together(self, turns: Sequence[Turn], before: Tables, after: Tables) -> None:
        """See :meth:`Dialect.together`. None is light."""

    def script(
        self,
        statements: Iterable[Statement] = (),
        records: Iterable[Record] = (),
        ended: Iterable[str] = (),
        marks: Iterable[Mark] = (),
        awaited: Iterable[str] = (),
    ) -> str:
        """See :meth:`Dialect.script`. The engine's shell continues after an error, so check each answer when pasting
        it."""
        statements = list(statements)
        sent = [statement for statement in statements if statement.role is not Role.NOTE]
        first = ahead(sent)
        within = [*sent[first:], *bookkeeping(records, ended, marks)]
        lines = [_comment(statement.text) for statement in statements if statement.role is Role.NOTE]
        for statement in sent[:first]:
            if statement.role is Role.CHECK:
                lines.append(_comment(f"must give 0, else stop: {statement.problem}"))
            lines.append(_ended(statement))
        if within:
            made = [f"CREATE NODE TABLE IF NOT EXISTS {STATE_TABLE};"]
            lines += [*made, "BEGIN TRANSACTION;", *map(_ended, within), "COMMIT;"]
        return "".join(f"{line}\n" for line in lines)

    def script_begin(self) -> str:
        """See :meth:`Dialect.script_begin`. The bookkeeping table is created where it is first written to."""
        return ""


def ahead(sent: list[Statement]) -> int:
    """How many statements come before the transaction, each on its own: up to the last one that may not be inside
    it."""
    return max((at for at, each in enumerate(sent, 1) if _stands_alone(each)), default=0)


def _stands_alone(statement: Statement) -> bool:
    """Checks and archives read the data before anything changes, and copied rows are not in the log: see
    ``rebuild``."""
    return statement.role in (Role.CHECK, Role.TAKE) or statement.text == CHECKPOINT or statement.text.startswith(COPY)


def _ended(statement: Statement) -> str:
    """For the shell. A user's query may end in a comment."""
    return inlined(statement) + ("\n;" if statement.role is Role.QUERY else ";")


def _comment(text: str) -> str:
    return "\n".join(f"// {line}" for line in text.splitlines())
