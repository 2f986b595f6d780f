"""What a database and an archive know of each other: rows that are written down before they are deleted.

A row is a line of JSON, with what is no value of JSON's as ``{"t": type, "v": text}``:

- ``{"row": "node", "id", "labels", "values"}``: a node that was deleted;
- ``{"row": "relationship", "id", "type", "start", "end", "values"}``: a relationship that was deleted;
- ``{"row": "end", "id", "labels", "values"}``: a node that stayed, which such a relationship began or ended at;
- one that stays and loses something has ``"gone": {"labels", "values"}`` (of a relationship, ``values`` alone); its
  ``labels`` and ``values`` are then those that are left;
- one whose ``gone`` values were replaced by others, as where their type changed, has these in ``"became"``; null
  means that nothing took its place.

``id`` joins the rows of one file, in which an end comes before its relationships; a server may give it to another row
later. Of a node that stays, ``values`` are those of its key, or all
that are left where it has none.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, Protocol

from nsmig.kinds import Kind

if TYPE_CHECKING:
    from nsmig.operations import SetPropertyType

Line = Mapping[str, Any]

# What JSON has, and gives back as it was; not every float is.
PLAIN = frozenset({str, int, bool, type(None)})


@dataclass(frozen=True, slots=True)
class Position:
    """How much of an archive is certain: what its files hold up to byte ``size`` of that with the number ``file`` was
    deleted from the database, and nothing of what follows.

    The database writes it in the transaction that deletes; ``archive`` is the archive's name.
    """

    archive: str
    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Keep:
    """Where the rows of a turn go before they are deleted.

    ``write(after, lines)`` puts lines behind the first ``after`` bytes of the file, in place of whatever follows these,
    and gives the file's size once they are on the disk. It raises :class:`ArchiveError` if they are not.
    """

    archive: str
    file: int
    write: Callable[[int, Iterable[Line]], int]


def number(value: float) -> Any:
    """A float as JSON can hold it."""
    return value if math.isfinite(value) else {"t": "float", "v": repr(value)}


def identity(
    labels: Iterable[str], values: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]]
) -> Mapping[str, Any]:
    """Of a node's values those that tell it from others: of the keys of its types; all of them if no type has a key
    that it has a value for each part of.

    :param keys: of the types that have one.
    """
    parts = {
        part: values[part]
        for label in labels
        if (key := keys.get(label)) and all(values.get(each) is not None for each in key)
        for part in key
    }
    return parts or values


def identified(
    labels: Iterable[str], left: Mapping[str, Any], became: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]]
) -> Mapping[str, Any]:
    """The :func:`identity` of a node some of whose values were replaced: those count as far as they are of a key.

    :param left: its values without them.
    :param became: what they were replaced by.
    """
    whole = {**left, **{name: value for name, value in became.items() if value is not None}}
    parts = identity(labels, whole, keys)
    return left if parts is whole else parts


def same(one: Any, other: Any) -> bool:
    """Whether encoded values are equal and of one type: 1 is not 1.0."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def grouped(keys: Iterable[Any]) -> Iterator[tuple[Any, list[int]]]:
    """The places of equal keys, in order."""
    ordered = sorted(enumerate(keys), key=lambda each: repr(each[1]))
    for key, group in groupby(ordered, key=lambda each: each[1]):
        yield key, [at for at, _ in group]


# --- The way back -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A node with its labels, or a relationship with its type for a label, and its values, encoded. ``id`` is what the
    database knows it by, as long as the transaction lasts, or a restore that nothing else disturbs."""

    id: str
    labels: tuple[str, ...]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edge:
    """A relationship that is looked for or made. ``start`` and ``end`` are ids of nodes."""

    type: str
    start: str
    end: str
    values: Mapping[str, Any]


class Returning(Protocol):
    """One transaction that puts rows back. Rows that it finds are locked until its end."""

    def nodes(self, wanted: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> list[list[Row]]:
        """For each of these labels and values the nodes that have them all, of many at least two."""

    def relationships(self, wanted: Sequence[Edge]) -> list[list[Row]]:
        """For each of these the relationships of its type, between its ends, that have all its values."""

    def create_nodes(self, rows: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> list[str]:
        """Nodes with these labels and values; their ids."""

    def create_relationships(self, rows: Sequence[Edge]) -> None:
        """Relationships."""

    def put_on_nodes(self, rows: Sequence[Row]) -> None:
        """Give nodes these labels and values, besides those that they have."""

    def put_on_relationships(self, rows: Sequence[Row]) -> None:
        """Give relationships these values, besides those that they have."""

    def position(self, archive: str) -> Position:
        """The position in an archive, at its beginning where nothing is known of it."""

    def move(self, position: Position) -> None:
        """Store a position."""


class Restoring(Protocol):
    """How a database takes rows back. ``changes_keys``: it can give a node another key."""

    @property
    def changes_keys(self) -> bool:
        """See above."""

    def atomically(self, work: Callable[[Returning], None]) -> None:
        """Do work in one transaction, and again in another one if that fails for a reason that may pass."""

    def shown(self, kind: Kind, rows: Sequence[Row]) -> str:
        """A query that lists these rows."""

    def converted(self, values: Sequence[Any], was: str, operation: SetPropertyType) -> list[Any]:
        """What an operation would make of these values, encoded before and after. What it cannot convert stays.

        :param was: the property type that they are declared as.
        """
