"""The interface between a database and an archive: rows that are archived before they are deleted.

A row is a line of JSON, with values that JSON lacks as ``{"t": type, "v": text}``:

- ``{"row": "node", "id", "labels", "values"}``: a deleted node;
- ``{"row": "relationship", "id", "type", "start", "end", "values"}``: a deleted relationship;
- ``{"row": "end", "id", "labels", "values"}``: a remaining node at an end of such a relationship;
- a remaining row that loses something has ``"gone": {"labels", "values"}`` (for a relationship, only ``values``); its
  ``labels`` and ``values`` are then the remaining ones;
- if its ``gone`` values were replaced, for example by a conversion, the replacements are in ``"became"``; null
  where a value was only removed.

``id`` joins the rows of one file, in which an end comes before its relationships; a server may give it to another row
later. For a remaining node, ``values`` are those of its key or, without a key, all remaining ones.
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

# Types that JSON has and returns unchanged; not every float is.
PLAIN = frozenset({str, int, bool, type(None)})


@dataclass(frozen=True, slots=True)
class Position:
    """The certain part of an archive: the content of its files up to byte ``size`` of the one with the number ``file``
    was deleted from the database, and nothing beyond that.

    The database stores it in the transaction that deletes; ``archive`` is the archive's name.
    """

    archive: str
    file: int
    size: int


@dataclass(frozen=True, slots=True)
class Keep:
    """Archives the rows of a turn before they are deleted.

    ``write(after, lines)`` puts lines behind the first ``after`` bytes of the file, replacing everything beyond these,
    and returns the file's size once they are on the disk. It raises :class:`ArchiveError` if that fails.
    """

    archive: str
    file: int
    write: Callable[[int, Iterable[Line]], int]


def number(value: float) -> Any:
    """A float in a form that JSON can hold."""
    return value if math.isfinite(value) else {"t": "float", "v": repr(value)}


def identity(
    labels: Iterable[str], values: Mapping[str, Any], keys: Mapping[str, tuple[str, ...]]
) -> Mapping[str, Any]:
    """The values that identify a node: those of its types' keys, or all of them if none of its types has a key with a
    value for each part.

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
    """The :func:`identity` of a node some of whose values were replaced: those count if they are part of a key.

    :param left: its other values.
    :param became: the replacements.
    """
    whole = {**left, **{name: value for name, value in became.items() if value is not None}}
    parts = identity(labels, whole, keys)
    return left if parts is whole else parts


def same(one: Any, other: Any) -> bool:
    """Whether encoded values are equal and of one type: 1 is not 1.0."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def grouped(keys: Iterable[Any]) -> Iterator[tuple[Any, list[int]]]:
    """The positions of equal keys, in order."""
    ordered = sorted(enumerate(keys), key=lambda each: repr(each[1]))
    for key, group in groupby(ordered, key=lambda each: each[1]):
        yield key, [at for at, _ in group]


# --- The way back -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A node with its labels, or a relationship with its type as its label, and its values, encoded. ``id`` is the
    database's name for it during the transaction, or during a restore that nothing else disturbs."""

    id: str
    labels: tuple[str, ...]
    values: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Edge:
    """A relationship to look for or create. ``start`` and ``end`` are ids of nodes."""

    type: str
    start: str
    end: str
    values: Mapping[str, Any]


class Returning(Protocol):
    """One transaction that puts rows back. Rows that it finds are locked until its end."""

    def nodes(self, wanted: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> list[list[Row]]:
        """For each of these labels and values, the nodes that have them all; if there are many, at least two."""

    def relationships(self, wanted: Sequence[Edge]) -> list[list[Row]]:
        """For each of these, the relationships of its type, between its ends, that have all its values."""

    def create_nodes(self, rows: Sequence[tuple[tuple[str, ...], Mapping[str, Any]]]) -> list[str]:
        """Create nodes with these labels and values; returns their ids."""

    def create_relationships(self, rows: Sequence[Edge]) -> None:
        """Create relationships."""

    def put_on_nodes(self, rows: Sequence[Row]) -> None:
        """Add labels and values to nodes."""

    def put_on_relationships(self, rows: Sequence[Row]) -> None:
        """Add values to relationships."""

    def position(self, archive: str) -> Position:
        """The position in an archive; its beginning if none is stored."""

    def move(self, position: Position) -> None:
        """Store a position."""


class Restoring(Protocol):
    """A database's means of taking rows back. ``changes_keys``: it can change a node's key."""

    @property
    def changes_keys(self) -> bool:
        """See above."""

    def atomically(self, work: Callable[[Returning], None]) -> None:
        """Do work in one transaction, and again in another one if that fails for a transient reason."""

    def shown(self, kind: Kind, rows: Sequence[Row]) -> str:
        """A query that lists these rows."""

    def converted(self, values: Sequence[Any], was: str, operation: SetPropertyType) -> list[Any]:
        """The result of an operation for these values, encoded before and after. Values that it cannot convert stay.

        :param was: the property type that they are declared as.
        """
