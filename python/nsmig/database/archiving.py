"""What a database and an archive know of each other: rows that are written down before they are deleted.

A row is a line of JSON, with what is no value of JSON's as ``{"t": type, "v": text}``:

- ``{"row": "node", "id", "labels", "values"}``: a node that was deleted;
- ``{"row": "relationship", "id", "type", "start", "end", "values"}``: a relationship that was deleted;
- ``{"row": "end", "id", "labels", "values"}``: a node that stayed, which such a relationship began or ended at;
- one that stays and loses something has ``"gone": {"labels", "values"}`` (of a relationship, ``values`` alone); its
  ``labels`` and ``values`` are then those that are left.

``id`` joins the rows of one file, in which an end comes before its relationships; a server may give it to another row
later. Of a node that stays, ``values`` are those of its key, or all
that are left where it has none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

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
