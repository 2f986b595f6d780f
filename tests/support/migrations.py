"""Migrations of given sequences, and chains of them."""

from __future__ import annotations

from collections.abc import Iterable

from nsmig import History
from nsmig.operations import Operation
from nsmig.values import Migration


def migration(
    name: str,
    operations: Iterable[Operation] = (),
    dependencies: Iterable[str] = (),
    replaces: Iterable[str] = (),
    file: str | None = None,
) -> Migration:
    return Migration(name, tuple(operations), tuple(dependencies), tuple(replaces), file)


def chained(*operations: Operation | Iterable[Operation]) -> History:
    """A chain of migrations m0, m1, …; each with one operation, or several."""
    lists = [(each,) if isinstance(each, Operation) else each for each in operations]
    return History([migration(f"m{at}", each, [f"m{at - 1}"] if at else []) for at, each in enumerate(lists)])
