"""A run's maintenance of a file besides its migrations: hash indexes for keys, and removing what a killed run half
built.

Tables are created without an index, which takes 3.3 MB of the buffer pool while the file is open. With few rows none is
needed, since the engine finds duplicates by a scan; with many, each new row would scan all of them.
"""

from __future__ import annotations

from typing import NamedTuple

from nsmig.database.ladybug.live_tables import Send, count_rows
from nsmig.database.ladybug.values import ANCHOR, CHECKPOINT, REBUILT, STATE, literal, quote
from nsmig.database.survey import Unindexed

FEW_ROWS = 5_000
HASHED_TABLES = 64  # tables of few rows that have an index
MOST_INDEXES = 110  # in all, which leaves a quarter of the pool for everything else; otherwise even reading fails


def index_keys(send: Send, names: list[str]) -> None:
    """Create a hash index on the key of each of these node tables, outside transactions."""
    for name in names:
        send(_index(send, name))


def keys_to_index(send: Send, only_filled: bool) -> list[str]:
    """The node tables that should have an index, have none, and for which there is room.

    :param only_filled: leave those without rows to the next run.
    """
    lacking = _lacking(send)
    return [name for name in lacking.names[: lacking.room] if name in lacking.rows or not only_filled]


def unindexed(send: Send) -> list[Unindexed]:
    """The node tables, except ours, that should have an index and have none."""
    lacking = _lacking(send)
    return [
        Unindexed(name, lacking.rows.get(name, 0) > FEW_ROWS, _index(send, name) if at < lacking.room else None)
        for at, name in enumerate(lacking.names)
        if name != STATE
    ]


class _Lacking(NamedTuple):
    """``names`` of the node tables that should have an index and have none: those with many rows, then the first others
    in order of creation. ``room``: how many more are possible; ``rows``: the counts of those that have any."""

    names: list[str]
    room: int
    rows: dict[str, int]


def _lacking(send: Send) -> _Lacking:
    indexed = {row[0] for row in send("CALL show_indexes() RETURN *") if row[2] == "HASH"}
    shown = sorted(send("CALL show_tables() RETURN id, name, type"))
    names = [name for _, name, kind in shown if kind == "NODE" and name not in (ANCHOR, REBUILT)]
    if indexed.issuperset(names):
        return _Lacking([], 0, {})
    rows = count_rows(send, names)
    large = {STATE, *(name for name, count in rows.items() if count > FEW_ROWS)}
    small = [name for name in names if name not in large]
    free = HASHED_TABLES - len(indexed.intersection(small))
    lacking = [name for name in names if name in large - indexed]
    lacking += [name for name in small if name not in indexed][: max(0, free)]
    return _Lacking(lacking, max(0, MOST_INDEXES - len(indexed)), rows)


def _index(send: Send, name: str) -> str:
    """The statement that creates the hash index of a table's key."""
    (key,) = (row[1] for row in send(f"CALL table_info({literal(name)}) RETURN *") if row[4])
    return f"CREATE HASH INDEX {quote('_PK')} FOR (n:{quote(name)}) ON (n.{quote(key)})"


def drop_half_built(send: Send) -> None:
    """Drop the table left by a killed rebuild, with its pairs."""
    kinds = dict(send("CALL show_tables() RETURN name, type"))
    if REBUILT not in kinds:
        return
    pairs = [
        (relationship, row[0], row[1])
        for relationship, kind in kinds.items()
        if kind == "REL"
        for row in send(f"CALL show_connection({literal(relationship)}) RETURN *")
        if REBUILT in (row[0], row[1])
    ]
    send("BEGIN TRANSACTION")
    for relationship, a, b in pairs:
        send(f"ALTER TABLE {quote(relationship)} DROP FROM {quote(a)} TO {quote(b)}")
    send(f"DROP TABLE {quote(REBUILT)}")
    send("COMMIT")
    send(CHECKPOINT)
