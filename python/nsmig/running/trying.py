"""A dry run of a restore: it looks, and changes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nsmig.database.archiving import Edge, Position, Restoring, Returning, Row
from nsmig.kinds import Kind
from nsmig.operations import SetPropertyType

NOT_MADE = ""  # the id of a node that would be created


@dataclass(frozen=True)
class Trying:
    """A :class:`Restoring` that replaces another."""

    restoring: Restoring

    @property
    def changes_keys(self) -> bool:
        """See :class:`Restoring`."""
        return self.restoring.changes_keys

    def atomically(self, work: Callable[[Returning], None]) -> None:
        """See :meth:`Restoring.atomically`."""
        self.restoring.atomically(lambda transaction: work(_Looking(transaction)))

    def converted(self, values: Sequence[Any], was: str, operation: SetPropertyType) -> list[Any]:
        """See :meth:`Restoring.converted`."""
        return self.restoring.converted(values, was, operation)

    def shown(self, kind: Kind, rows: Sequence[Row]) -> str:
        """See :meth:`Restoring.shown`."""
        return self.restoring.shown(kind, rows)


@dataclass(frozen=True)
class _Looking:
    """A :class:`Returning` that creates nothing. It begins each file from the start."""

    transaction: Returning

    def nodes(self, wanted: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> list[list[Row]]:
        return self.transaction.nodes(wanted)

    def relationships(self, wanted: Sequence[Edge]) -> list[list[Row]]:
        there = [at for at, each in enumerate(wanted) if NOT_MADE not in (each.start, each.end)]
        found = dict(zip(there, self.transaction.relationships([wanted[at] for at in there]), strict=True))
        return [found.get(at, []) for at in range(len(wanted))]

    def create_nodes(self, rows: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> list[str]:
        return [NOT_MADE] * len(rows)

    def create_relationships(self, rows: Sequence[Edge]) -> None:
        """Nothing."""

    def put_on_nodes(self, rows: Sequence[Row]) -> None:
        """Nothing."""

    def put_on_relationships(self, rows: Sequence[Row]) -> None:
        """Nothing."""

    def position(self, archive: str) -> Position:
        return Position(archive, 0, 0)

    def move(self, position: Position) -> None:
        """Nothing."""
